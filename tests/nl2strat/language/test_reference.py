"""The language reference, editor support and the table of examples: complete, true, and current."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lark import Token, Tree

from nl2strat.language.engine import engine
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.parser import normalise
from nl2strat.language.reference import editors, grammar
from nl2strat.language.reference.document import language_reference
from nl2strat.language.reference.examples import read_examples
from nl2strat.language.reference.files import generated
from nl2strat.language.reference.functions import CATEGORIES, UNITS
from nl2strat.language.reference.prose import FRAMES, SECTIONS, Piece
from nl2strat.language.words import FREE, keywords, terminal_words

ROOT = Path(__file__).resolve().parents[3]
PIECES = [piece for section in SECTIONS for piece in section.pieces]
EXAMPLES = read_examples(ROOT / "examples")

every_piece = pytest.mark.parametrize("piece", PIECES, ids=[piece.name for piece in PIECES])


@pytest.mark.parametrize("name", generated(ROOT))
def test_generated_files_are_current(name: str) -> None:
    """What the grammar, the registry, the prose and the examples give is what stands in the checkout."""
    path = ROOT / name
    assert path.is_file(), "write it with: python -m nl2strat.language.reference"
    written = path.read_text(encoding="utf-8")
    assert written == generated(ROOT)[name], "not current; write it anew with: python -m nl2strat.language.reference"


def test_every_name_of_the_grammar_is_explained() -> None:
    """Each rule and each alias has one piece, and no piece is about something that is gone."""
    assert sorted(piece.name for piece in PIECES) == sorted(grammar.names())


@every_piece
def test_examples_are_instances(piece: Piece) -> None:
    """The example of a construct parses, and has that construct in its parse tree."""
    tree = engine().parse(normalise(FRAMES[piece.kind].format(piece.example)))
    assert piece.name in {str(node.data) for node in tree.iter_subtrees()}


@every_piece
def test_the_syntax_is_the_example_s(piece: Piece) -> None:
    """The words that a construct cannot do without, as its syntax shows them, stand in its example."""
    shown = grammar.syntax(piece.name)
    if "\n" in shown or "|" in re.sub(r"\([^)]*\)", "", shown):
        return  # several ways to say it: the example shows one
    plain = re.sub(r"<[^>]*>|\[[^\]]*\]|\([^)]*\)|\.\.\.", " ", shown.replace('"["', " ").replace('"]"', " "))
    needed = set(re.findall(r"[a-z]{2,}", plain))
    assert needed <= set(re.findall(r"[a-z]+", piece.example)), shown


def test_all_statements_of_the_grammar_are_shown_as_lines() -> None:
    """Optional parts, choices and repetitions come out as a reader needs them."""
    assert grammar.syntax("entry") == "enter (long | short) [in <symbol>] when <expression>\n  <clause> ...\nend"
    assert grammar.syntax("place_stop") == "place stop at <value> [limit <value>]"
    assert grammar.syntax("past") == '<value>"["<count>"]"'
    assert grammar.syntax("cancel_when") == "cancel [long | short] orders when <expression>"
    assert grammar.choices()["count"] == ("<number>", "<name>")


def test_the_reference_has_every_function() -> None:
    """Each registry entry has its row, under a heading, with its unit."""
    text = language_reference()
    for entry in FUNCTIONS.values():
        assert text.split("### MetaTrader")[0].count(f"| `{entry.signature}` |") == 1
        assert entry.category in CATEGORIES
        assert entry.result in UNITS


def test_no_placeholder_of_the_reference_is_unexplained() -> None:
    """Whatever stands in pointed brackets is a construct with a heading or a row of the table of words."""
    text = language_reference()
    rows = set(re.findall(r"^\| `<([a-z ]+)>` \|", text, re.MULTILINE))
    headings = {name.replace("_", " ") for name in grammar.names()}
    either = {"rule", "clause", "define"}  # chapters of their own
    assert set(re.findall(r"<([a-z ]+)>", text)) <= rows | headings | either


# --------------------------------------------------------------------------- editors


def test_every_keyword_has_one_class() -> None:
    """Each word of the grammar is matched by exactly one of the patterns."""
    for word in keywords():
        found = [one.name for one in editors.token_classes() if re.fullmatch(one.pattern, word)]
        assert len(found) == 1, (word, found)


def test_operators_and_units_are_terminals_of_the_grammar() -> None:
    """What the classes are made of is there."""
    assert {*editors.OPERATORS, *editors.UNITS, "TIMEFRAME", "BASE"} <= set(terminal_words())


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_editors_leave_nothing_uncoloured(example: Any) -> None:
    """Every character of an example but blanks belongs to a token."""
    text = example.path.read_text(encoding="utf-8")
    found = list(editors.tokens(text))
    assert not [token for name, token in found if not name]
    assert "".join(token for _, token in found).replace(" ", "") == re.sub(r"\s", "", text)


CLASSES = {
    "NUMBER": {"number"},
    "STRING": {"string"},
    "TIMEFRAME": {"timeframe"},
    "SYMBOL": {"symbol"},
    "DATE": {"number"},
    "UNIT": {"number", "unit"},
    "CMP": {"operator"},
    "CROSS": {"operator"},
    "SIDE": {"keyword"},
    "NAME": {"name", "function"},
}
"""Terminal of the grammar -> the classes in which an editor may show it."""


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_editors_agree_with_the_parser(example: Any) -> None:
    """What the parser takes for a number, a symbol, a name ... has that colour."""
    text = example.program
    coloured = []
    at = 0
    for name, token in editors.tokens(text):
        at = text.index(token, at)
        coloured.append((at, at + len(token), name))
        at += len(token)
    for token in leaves(engine().parse(text)):
        if token.type not in CLASSES or token in FREE:  # a word of the language that may also be a name
            continue
        start = token.start_pos + len(token) - len(token.lstrip())
        shown = {name for begin, end, name in coloured if begin <= start < end}
        assert shown <= CLASSES[token.type], (token, shown)
        assert shown


def leaves(tree: Tree[Token]) -> list[Any]:
    return list(tree.scan_values(lambda value: isinstance(value, Token)))


def test_editor_files_are_what_editors_read() -> None:
    """Both are JSON of patterns that compile; the groups of a pattern have as many names as it has groups."""
    text_mate = json.loads(editors.text_mate())
    assert text_mate["scopeName"] == "source.nl2strat"
    for rule in text_mate["patterns"]:
        assert re.compile(rule["match"]).groups == (3 if "captures" in rule else 0)
    for rule in json.loads(editors.code_mirror())["start"]:
        tokens = rule["token"]
        assert re.compile(rule["regex"]).groups == (len(tokens) if isinstance(tokens, list) else 0)
        assert "(?<" not in rule["regex"]  # a simple mode cannot look back


def test_no_word_is_explained_twice() -> None:
    """The table of words has each once; and each function whose definition MetaTrader changes is told."""
    text = language_reference()
    rows = re.findall(r"^\| `<([a-z ]+)>` \|", text, re.MULTILINE)
    assert len(rows) == len(set(rows))
    changed = text.split("### MetaTrader's definitions")[1]
    for entry in FUNCTIONS.values():
        assert (f"| `{entry.signature}` |" in changed) == (entry.metatrader is not None)
