"""Names, quotes and docstrings: whatever the user writes, what comes out is an identifier or a literal."""

from __future__ import annotations

import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nl2strat.codegen.code import literal
from nl2strat.codegen.layout import WIDTH, docstring, string_lines
from nl2strat.codegen.names import HELPERS, RUNTIME, class_name, describe
from nl2strat.language.parser import parse_program

anything = st.text(st.characters(codec="utf-8"), max_size=300)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("RSI pullback in an uptrend", "RSIPullbackInAnUptrend"),
        ("50/200 golden cross", "Strategy50200GoldenCross"),
        ("none", "NoneStrategy"),
        ("True", "TrueStrategy"),
        ("exception", "ExceptionStrategy"),
        ("MAS", "MASStrategy"),
        ("series", "SeriesStrategy"),
        ("黄金交叉", "Strategy"),
        ("()", "Strategy"),
        ("R", "RStrategy"),
        ("percent", "PercentStrategy"),
    ],
)
def test_titles_become_class_names(title: str, name: str) -> None:
    """A title gives a CamelCase name that means nothing else."""
    assert class_name(title) == name


@given(anything)
def test_every_title_gives_an_identifier(title: str) -> None:
    """No title can be anything but a plain ASCII identifier."""
    name = class_name(title)
    assert name.isidentifier()
    assert name.isascii()
    assert not keyword.iskeyword(name)
    assert name[0].isupper()


@given(anything)
def test_literals_read_back(text: str) -> None:
    """A text survives as a literal, and so does it in pieces."""
    assert ast.literal_eval(literal(text)) == text
    lines = string_lines(text, 60)
    assert ast.literal_eval("(" + "\n".join(lines) + ")") == text
    assert all(len(line) <= 60 for line in lines)


@given(anything)
def test_no_text_gets_out_of_a_docstring(text: str) -> None:
    """Whatever the text, the docstring is one string and nothing after it."""
    source = "\n".join(docstring(text, 4))
    tree = ast.parse("class X:\n" + source)
    (statement,) = tree.body[0].body  # type: ignore[attr-defined]
    assert isinstance(statement.value.value, str)
    assert all(len(line) <= WIDTH for line in source.split("\n"))


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ("green() then within 5 bars red()", "green_then_within_5_red"),
        ("latch from green() until red()", "from_green_until_red"),
        ("remember high when red()", "high_when_red"),
        ("ratchet up low", "ratchet_up_low"),
        ("ratchet down high until red()", "ratchet_down_high_until_red"),
        ("close on H4 of XAUUSD", "xauusd_h4_close"),
        ('time in "Europe/London"', "time_london"),
        ("session_high(08:00, 09:30)", "session_high_0800_0930"),
        ("losses in a row < 3", "losses_in_a_row_below_3"),
        ("holding long", "holding_long"),
    ],
)
def test_names_say_what_they_hold(condition: str, name: str) -> None:
    """A made-up name is the expression in its own words."""
    (let,) = parse_program(f'strategy "x"\nlet x = {condition}\nexit all when a\nend strategy\n').lets
    assert describe(let.value) == name


def test_the_runtime_keeps_its_names() -> None:
    """Every public attribute of MAS is reserved, so that no input can replace it; every helper is there to import."""
    mas = pytest.importorskip("mas.client").MAS
    public = {name for name in dir(mas) if not name.startswith("_")}
    assert public <= RUNTIME
    import mas as module

    assert set(module.__all__) >= HELPERS
