"""The grammar: sound, fully used by the test programs, and the same language to Lark and to a model's mask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from lark import Lark, Tree
from lark.exceptions import UnexpectedInput

from nl2strat.language import ast
from nl2strat.language.engine import engine
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.grammar import grammar_text
from nl2strat.language.printer import print_answer, print_program
from nl2strat.language.words import keywords, reserved_words
from tests.grammar_coverage import Coverage
from tests.lengths import for_all, lengths
from tests.strategies import GROUPS, Options, programs
from tests.wild import answers, full_programs, wild_programs
from tests.wild_expressions import TIMEFRAMES

llguidance = pytest.importorskip("llguidance")


class Bytes:
    """The simplest vocabulary: one token for each byte, and one for the end."""

    eos_token_id, bos_token_id = 256, None
    special_token_ids = (256,)
    tokens = tuple([bytes([i]) for i in range(256)] + [b"<eos>"])

    def __call__(self, text: str | bytes) -> list[int]:
        return list(text if isinstance(text, bytes) else text.encode())


@cache
def mask() -> Any:
    """A tokenizer and the grammar, as a server that constrains a model would hold them."""
    tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Bytes()), slices=[])
    return tokenizer, llguidance.LLMatcher.grammar_from_lark(grammar_text())


def masked(text: str) -> bool:
    """Whether a model held to the grammar could write the text, byte by byte, and stop there."""
    tokenizer, grammar = mask()
    matcher = llguidance.LLMatcher(tokenizer, grammar, log_level=0)
    data = list(text.encode())
    return matcher.try_consume_tokens(data) == len(data) and bool(matcher.is_accepting())


def parsed(text: str) -> bool:
    try:
        engine().parse(text)
    except UnexpectedInput:
        return False
    return True


def test_the_grammar_is_sound() -> None:
    """Lark's strict mode finds no conflict between rules and no terminals that take each other's text."""
    Lark(grammar_text(), parser="lalr", strict=True)


def test_the_mask_takes_the_grammar() -> None:
    """llguidance, which constrains the models of several providers, finds nothing wrong with it."""
    tokenizer, grammar = mask()
    assert llguidance.LLMatcher.validate_grammar(grammar, tokenizer) == ""


def test_the_grammar_keeps_to_the_common_ground() -> None:
    """No construct that one of the engines does not know: see the head of the file."""
    rules = "\n".join(line.split("//")[0] for line in grammar_text().splitlines())
    assert not re.search(r"%ignore|%declare|%extend|\(\?[=!<]|[*+?}]\?\S|~\s*\d|\\b|\.\d+\s*:", rules)


def programs_pass_the_mask(program: ast.Program) -> None:
    assert masked(print_program(program))


@pytest.mark.parametrize("examples", lengths(20, 60))
def test_programs_pass_the_mask(examples: int) -> None:
    """A model held to the grammar can write every program in its canonical form."""
    for_all(examples, programs_pass_the_mask, wild_programs())


@settings(max_examples=20, deadline=None)
@given(answers())
def test_questions_pass_the_mask(answer: ast.Answer) -> None:
    """And it can ask instead."""
    assert masked(print_answer(answer))


PIECES = ("", " ", "\n", "x", "1", ".", "(", ")", "not ", " and ", "R", "%", "end\n", '"')


def the_mask_and_the_parser_agree_on_mutants(program: ast.Program, data: st.DataObject) -> None:
    text = print_program(program)
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 4)))
    piece = data.draw(
        st.sampled_from(("", " ", "\n", "x", "1", ".", "(", ")", "not ", " and ", "R", "%", "end\n", '"'))
    )
    mutant = text[:start] + piece + text[end:]
    assert masked(mutant) == parsed(mutant), mutant


@pytest.mark.parametrize("examples", lengths(40, 120))
def test_the_mask_and_the_parser_agree_on_mutants(examples: int) -> None:
    """What the mask lets through parses, and what parses is let through: one language, not two."""
    for_all(examples, the_mask_and_the_parser_agree_on_mutants, wild_programs(), st.data())


def rules_used(tree: Tree[Any]) -> set[str]:
    return {str(node.data) for node in tree.iter_subtrees()}


def plain_texts() -> list[str]:
    """What no canonical print shows, or only by luck: every head with and without its parts, questions, first lines."""
    parts = ("timeframe H4\n", "input x = 1\n", "let y = close\n")
    heads = [p for n in range(4) for p in combinations(parts, n)]
    ends = "exit all when close > open\nend strategy"
    texts = [f'strategy "x"\n{"".join(head)}{ends}{newline}' for head in heads for newline in ("", "\n")]
    asked = ['question "Which?"\n', '\nquestion "Which?"\nquestion "When?"\nquestion "Why?"\n']
    values = [f'strategy "x"\nlet y = close on {timeframe}\n{ends}' for timeframe in TIMEFRAMES]
    bare = 'strategy "x"\nindicators textbook\nenter long in XAUUSD when close > open\nend\nend strategy'
    return [*texts, *asked, *values, "\n" + texts[0], bare]


def test_generated_programs_use_all_of_the_grammar() -> None:
    """Whatever is added to the grammar must be added to the generators.

    Their programs use every expansion of every rule, and every word of each choice of words; the examples are the
    same in every run.
    """
    coverage = Coverage()
    coverage.read(plain_texts())
    either = st.one_of(full_programs(), wild_programs())
    drawn(either, lambda program: coverage.read([print_program(program)]), lambda: not coverage.missing())
    assert coverage.missing() == set()


def drawn(
    generator: st.SearchStrategy[ast.Program], read: Callable[[ast.Program], None], enough: Callable[[], bool]
) -> None:
    """Reads programs, the same ones in every run, until it is enough or there have been many."""
    for number in range(40):
        if enough():
            return

        @seed(number)
        @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(generator)
        def collect(program: ast.Program) -> None:
            read(program)

        collect()


MEANINGFUL = """
    program title assume symbol timeframe input define entry exit place_stop place_limit valid stop target take_after
    trail breakeven size_lots size_share risk_share risk_money close_after offset level trade trade_days window days
    close_at daily_limit pyramid no_reversal or_expr and_expr negation for_bars within_bars compare cross sum product
    on_timeframe past group call name price flag position number number_unit number_percent number_r clock
    sequence latch remember ratchet of_symbol in_zone account_value account_flag account reduce alert cancel_at
    cancel_when dates_from dates_between dates_until only daily_share daily_money spread_cap volume_cap wait skip
    hedging one_cancels_other valid_until target_step trail_line lock add scale size_money lots
"""
"""Rules that the typed generator must use; the rest are amounts and counts given by name, and questions."""


def test_programs_that_mean_something_use_nearly_every_rule() -> None:
    """The typed generator, which the reference runs, covers the language but for amounts and counts given by name."""
    seen: set[str] = set()
    wanted = set(re.findall(r"\w+", MEANINGFUL))
    options = Options(groups=GROUPS, others=("XAUUSD",))

    def read(program: ast.Program) -> None:
        seen.update(rules_used(engine().parse(print_program(program))))

    drawn(programs(options), read, lambda: len(wanted - seen) <= 2)
    assert len(wanted - seen) <= 2, wanted - seen


def test_registry_names_are_names_of_the_language() -> None:
    """Every function can be called as the grammar spells names, and none is a reserved word."""
    for name in FUNCTIONS:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name)
        assert name not in keywords()


def test_reserved_words_come_from_the_grammar() -> None:
    """Words of statements, clauses, operators, units and days; and Python's, which generated code needs."""
    assert {"enter", "crosses", "since", "pips", "monday", "mon", "textbook", "lambda"} <= reserved_words()
    assert not {"fast", "trend", "length"} & reserved_words()


def test_the_grammar_is_small_enough_to_send() -> None:
    """It goes into every constrained request: keep it within a few thousand tokens."""
    assert len(json.dumps(grammar_text())) < 12_000
