"""The bars that signals depend on: the newest ones of that number tell the same as all of them."""

from __future__ import annotations

import numpy as np
import pytest

from mas.data import sample_bars
from mas.replay import signals_of
from mas.series import Condition
from nl2strat.codegen import load
from nl2strat.codegen.memory import EXPONENTIAL, FINITE, SMOOTHED, memory_of
from nl2strat.language.checker import check
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.parser import parse_program
from nl2strat.language.reference.examples import Example
from tests.test_examples import EXAMPLES, checked, python

BOUNDED = [example for example in EXAMPLES if (memory_of(checked(example).program) or 10**6) < 4000]


def program(condition: str, head: str = "") -> str:
    return f'strategy "S"\nsymbol EURUSD\ntimeframe H1\n{head}\nenter long when {condition}\nend\nend strategy\n'


def memory(condition: str, head: str = "") -> int | None:
    text = program(condition, head)
    return memory_of(check(parse_program(text), text).program)


def test_most_examples_depend_on_some_bars_only():
    assert len(BOUNDED) >= 35


@pytest.mark.parametrize("example", BOUNDED, ids=[example.name for example in BOUNDED])
def test_a_window_tells_what_all_bars_tell(example: Example) -> None:
    found = checked(example).program
    bars = sample_bars(str(found.symbol), str(found.timeframe))
    strategy, count = load(python(example))(), memory_of(found)
    assert count is not None
    whole = signals_of(strategy, bars)
    for end in np.linspace(min(count + 50, len(bars) - 1), len(bars), 12).astype(int):
        part = signals_of(strategy, bars[max(end - count, 0) : end])
        for name, array in whole.items():
            if isinstance(array, Condition):
                assert part[name].true[-1] == array.true[end - 1], (name, end)
            else:
                expected = array.values[end - 1]
                assert part[name].values[-1] == pytest.approx(expected, rel=1e-10, abs=1e-12, nan_ok=True), (name, end)


NUMBERS = {"int": 14, "float": 2}


@pytest.mark.parametrize("name", sorted(FINITE | EXPONENTIAL | SMOOTHED))
def test_every_function_that_is_said_to_forget_does(name: str) -> None:
    """Each function on its own, on bars that a window of them cannot know."""
    function = FUNCTIONS[name]
    given = [f"{p.default:g}" if p.default is not None else str(NUMBERS[p.kind]) for p in function.numbers]
    series = {"series": "close", "condition": "close > open"}
    arguments = [series[p.kind] if p.kind in series else given.pop(0) for p in function.params]
    call = f"{name}({', '.join(arguments)})"
    condition = call if function.result == "bool" else f"{call} > {call}[3]"
    text = program(condition)
    found = check(parse_program(text), text).program
    count, bars = memory_of(found), sample_bars("EURUSD", "H1", count=9000)
    assert count is not None
    from nl2strat.codegen import render

    strategy = load(render(found))()
    whole = signals_of(strategy, bars)["enter_long"]
    for end in range(len(bars) - 60, len(bars)):
        part = signals_of(strategy, bars[max(end - count, 0) : end])["enter_long"]
        assert (part.true[-1], part.false[-1]) == (whole.true[end - 1], whole.false[end - 1]), end


@pytest.mark.parametrize(
    ("condition", "bars"),
    [
        ("close > open", 3),
        ("close > close[5]", 8),
        ("close crosses above sma(close, 20)", 23),
        ("close > highest(high, 20)[3] for 4 bars", 29),
        ("close > ema(close, 10)", 147),
        ("close > (sma(close, 10)) on D1", 290),
        ("close > sma(ema(close, 10), 30)", 176),
        ("close > yesterday_high()", 123),
        ("close > swing_high(3)", None),
        ("close > (remember close when close > open)", None),
        ("obv() > obv()[3]", None),
    ],
)
def test_how_many(condition: str, bars: int | None) -> None:
    assert memory(condition) == bars


def test_an_input_counts_with_the_most_it_may_be():
    assert memory("close > sma(close, n)", "input n = 10 in 5..50") == 52
    assert memory("close > sma(close, n)", "input n = 10") is None


def test_definitions_of_metatrader_that_differ_look_at_all_bars():
    assert memory("rsi(14) < 30", "indicators metatrader") is None
    assert memory("close > sma(close, 20)", "indicators metatrader") == 22
