"""The forms of the grammar for other engines say the same as the one file."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import lark
import pytest

from nl2strat.language.engine import engine
from nl2strat.language.grammar import grammar_text
from nl2strat.language.parser import normalise
from nl2strat.language.words import reserved_words
from nl2strat.translate.llm.examples import BUILT_IN
from nl2strat.translate.llm.gbnf import NotConvertible, gbnf, plain_lark
from tests.nl2strat.llm.gbnf_reader import Grammar

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.strat"))
SOURCES = [*BUILT_IN, *(path.read_text(encoding="utf-8") for path in EXAMPLES[::6])]


@pytest.fixture(scope="module")
def reader() -> Grammar:
    return Grammar(gbnf())


@pytest.fixture(scope="module")
def plain() -> lark.Lark:
    return lark.Lark(plain_lark(), parser="lalr")


def is_ours(text: str) -> bool:
    try:
        engine().parse(text)
    except lark.exceptions.LarkError:
        return False
    return True


def uses_a_reserved_word_as_a_name(text: str) -> bool:
    """The one thing that another engine takes for a name, where our lexer sees a keyword: `stop at + 5 pips`."""
    words = re.finditer(rf"\b(?:{'|'.join(sorted(reserved_words()))})\b", text)
    return any(is_ours(f"{text[: word.start()]}zz{text[word.end() :]}") for word in words)


def same_verdict(accepted: bool, text: str) -> bool:
    """Whether another engine's verdict is ours, but for that."""
    ours = is_ours(text)
    return accepted == ours or (accepted and uses_a_reserved_word_as_a_name(text))


def mutants(text: str, count: int) -> list[str]:
    """Small mistakes: a character gone, doubled, or another; a word gone. Always the same ones."""
    chance = random.Random(text)
    found = []
    for _ in range(count):
        place = chance.randrange(len(text))
        kind = chance.randrange(4)
        if kind == 0:
            found.append(text[:place] + text[place + 1 :])
        elif kind == 1:
            found.append(text[:place] + text[place] + text[place:])
        elif kind == 2:
            found.append(text[:place] + chance.choice('aZ9 .,()[]=<>\n%:"#') + text[place + 1 :])
        else:
            words = text.split(" ")
            del words[chance.randrange(len(words))]
            found.append(" ".join(words))
    return found


def test_all_rules_are_there() -> None:
    names = [line.split(" ::= ")[0] for line in gbnf().splitlines()]
    ours = [line for line in grammar_text().splitlines() if line[:1].isalpha() or line[:1] in "_?!"]
    assert len(names) == len([line for line in ours if ":" in line])
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("source", SOURCES)
def test_programs_are_sentences_of_each_form(source: str, reader: Grammar, plain: lark.Lark) -> None:
    text = normalise(source)
    assert is_ours(text)
    assert reader.accepts(text)
    plain.parse(text)


@pytest.mark.parametrize("source", [*BUILT_IN, *SOURCES[2:4]])
def test_mutants_are_judged_alike(source: str, reader: Grammar, plain: lark.Lark) -> None:
    judged = {True: 0, False: 0}
    for mutant in mutants(normalise(source), 15):
        ours = is_ours(mutant)
        assert same_verdict(reader.accepts(mutant), mutant), mutant
        try:
            plain.parse(mutant)
            assert ours, mutant
        except lark.exceptions.LarkError:
            assert not ours, mutant
        judged[ours] += 1
    assert judged[False]


def test_a_reserved_word_as_a_name_is_all_that_differs(reader: Grammar) -> None:
    text = 'strategy "x"\nenter long when close > open\nstop at + 5 pips\nend\nend strategy\n'
    assert reader.accepts(text)
    assert not is_ours(text)
    assert uses_a_reserved_word_as_a_name(text)
    assert not uses_a_reserved_word_as_a_name(text.replace("at + 5", "close ++ 5"))


def test_an_answer_that_only_asks_is_a_sentence(reader: Grammar) -> None:
    assert reader.accepts('question "Long or short?"\n')
    assert not reader.accepts('question "Long or short?"')


@pytest.mark.parametrize(
    "grammar",
    ['start: "a"\n%ignore " "\n', 'start.2: "a"\n', 'start: "a"i\n', "start: A\nA: /a/i\n", 'start: "a"~2..3\n',
     "start: A\nA: /(?=a)b/\n", "start: A\nA: /a+?/\n"],
)  # fmt: skip
def test_what_has_no_counterpart_is_refused_not_dropped(grammar: str) -> None:
    with pytest.raises(NotConvertible):
        gbnf(grammar)


class Bytes:
    """A tokenizer of bytes, for llguidance."""

    eos_token_id, bos_token_id, special_token_ids = 256, None, (256,)
    tokens = (*(bytes([byte]) for byte in range(256)), b"<eos>")

    def __call__(self, text: str | bytes) -> list[int]:
        return list(text if isinstance(text, bytes) else text.encode())


def test_llguidance_takes_every_example_byte_by_byte_and_refuses_what_lark_refuses() -> None:
    llguidance = pytest.importorskip("llguidance")
    tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Bytes()), slices=[])
    for form in (grammar_text(), plain_lark()):
        grammar = llguidance.LLMatcher.grammar_from_lark(form)
        assert llguidance.LLMatcher.validate_grammar(grammar) == ""

        fresh = llguidance.LLMatcher(tokenizer, grammar, log_level=0)

        def accepts(text: str, fresh: Any = fresh) -> bool:
            data, matcher = text.encode(), fresh.deep_copy()
            return matcher.try_consume_tokens(list(data)) == len(data) and bool(matcher.is_accepting())

        for source in [*BUILT_IN, *(path.read_text(encoding="utf-8") for path in EXAMPLES)]:
            text = normalise(source)
            assert accepts(text)
            for mutant in mutants(text, 3):
                assert same_verdict(accepts(mutant), mutant), mutant


@pytest.mark.slow
def test_xgrammar_judges_as_we_do() -> None:
    xgrammar = pytest.importorskip("xgrammar", reason="needs xgrammar, which pulls in several gigabytes")
    from xgrammar.testing import _is_grammar_accept_string as accepts

    grammar = xgrammar.Grammar.from_ebnf(gbnf())
    for source in [*BUILT_IN, *(path.read_text(encoding="utf-8") for path in EXAMPLES)]:
        text = normalise(source)
        assert accepts(grammar, text)
        for mutant in mutants(text, 10):
            assert same_verdict(accepts(grammar, mutant), mutant), mutant
