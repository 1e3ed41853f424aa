"""The registry says what mas.indicators does, and no phrase means two things."""

from __future__ import annotations

import inspect
from collections import Counter

import numpy as np
import pytest

import mas.indicators
from mas.errors import ParameterError
from mas.series import Condition
from nl2strat.language.functions import AMBIGUOUS, FUNCTIONS, Function, Param, lookup, phrases, suggest
from nl2strat.language.parser import parse_program
from tests.market import as_numbers, call, default_numbers, random_bars

BARS = random_bars(900)  # into a second month
ENTRIES = pytest.mark.parametrize("entry", FUNCTIONS.values(), ids=FUNCTIONS)

WAITS_FOR_AN_EVENT = {
    *("rising", "falling", "turns_up", "turns_down"),
    *("swing_high", "swing_low", "fractal_up", "fractal_down", "value_when", "bars_since"),
    *("session_open", "session_high", "session_low", "session_close"),
    *("pivot", "r1", "r2", "r3", "s1", "s2", "s3"),
    *("yesterday_open", "yesterday_high", "yesterday_low", "yesterday_close", "day_change", "day_gap"),
    *(f"last_{period}_{price}" for period in ("week", "month") for price in ("open", "high", "low", "close")),
    *(name for name in FUNCTIONS if name.startswith(("camarilla_", "woodie_", "fib_")) or "divergence" in name),
}
"""Their first value depends on the bars; the registry gives the earliest bar it can stand on."""


def test_registry_and_package_name_the_same_functions() -> None:
    """Every entry has its function in mas.indicators and every function its entry."""
    assert sorted(FUNCTIONS) == list(mas.indicators.__all__)
    assert len(FUNCTIONS) >= 90


def test_no_module_hides_a_function() -> None:
    """A family's module never bears a function's name, which would replace it in the package."""
    assert not set(mas.indicators.FAMILIES) & set(FUNCTIONS)


@ENTRIES
def test_entry_matches_the_signature_of_its_function(entry: Function) -> None:
    """Numbers and times of day come in order, with the same names and defaults, after the series or the bars."""
    parameters = list(inspect.signature(getattr(mas.indicators, entry.name)).parameters.values())
    fixed = [p for p in parameters if p.name not in ("bars", "source", "condition", "a", "b", "zone")]
    wanted = [p for p in entry.params if p.kind in ("int", "float", "clock")]
    assert [p.name for p in fixed] == [p.name for p in wanted]
    defaults = [None if p.default is inspect.Parameter.empty else p.default for p in fixed]
    assert defaults == [p.default for p in wanted]
    assert ("zone" in [p.name for p in parameters]) == entry.has_clock


@ENTRIES
def test_result_is_of_the_type_and_range_promised(entry: Function) -> None:
    """A bool entry gives a condition, any other a series, inside its range."""
    result = call(entry, BARS)
    assert isinstance(result, Condition) == (entry.result == "bool")
    values = as_numbers(result)
    known = values[~np.isnan(values)]
    assert len(known)
    assert entry.low is None or known.min() >= entry.low
    assert entry.high is None or known.max() <= entry.high


@ENTRIES
def test_first_value_stands_where_the_warm_up_ends(entry: Function) -> None:
    """Before `warmup` bars nothing is available; right after them something is."""
    for numbers in (default_numbers(entry), [n + 2 if p.kind == "int" else n for p, n in _numbered(entry)]):
        values, expected = as_numbers(call(entry, BARS, numbers)), entry.warmup(numbers)
        known = np.flatnonzero(~np.isnan(values))
        if entry.name in WAITS_FOR_AN_EVENT:
            told = np.flatnonzero(values == 1) if entry.result == "bool" else known
            assert told[0] >= expected
        else:
            assert known[0] == expected


@ENTRIES
def test_cutting_the_future_changes_nothing(entry: Function) -> None:
    """The first k values on all bars are the values on the first k bars: nothing looks ahead."""
    for seed, cut in ((1, 1), (2, 29), (3, 120), (4, 257)):
        bars = random_bars(300, seed)
        whole, part = as_numbers(call(entry, bars)), as_numbers(call(entry, bars[:cut]))
        np.testing.assert_array_equal(whole[:cut], part)


@ENTRIES
def test_few_bars_are_no_error(entry: Function) -> None:
    """Lengths longer than the data give as many values as bars, none of them available when the warm-up is longer."""
    for count in (0, 1, 2, 5):
        values = as_numbers(call(entry, random_bars(count)))
        assert len(values) == count
        early = values[: entry.warmup(default_numbers(entry))]
        assert np.isnan(early).all() or (entry.result == "bool" and not (early == 1).any())


@ENTRIES
def test_numbers_outside_the_range_are_refused(entry: Function) -> None:
    """The function refuses what the registry's ranges refuse, naming the argument."""
    for place, param in enumerate(entry.numbers):
        numbers = default_numbers(entry)
        assert param.low is not None
        wrong = [param.low - 1, float("nan"), *([2.5] if param.kind == "int" else [])]
        wrong += [] if param.high is None or param.high >= 100_000 else [param.high + 1]
        for value in wrong:
            numbers[place] = value
            with pytest.raises(ParameterError, match=param.name):
                call(entry, BARS, numbers)


@ENTRIES
def test_lowest_allowed_numbers_work(entry: Function) -> None:
    """Every argument at the low end of its range still gives values."""
    lows = [float(p.low) if p.low is not None else 1.0 for p in entry.numbers]
    assert len(as_numbers(call(entry, BARS, lows))) == len(BARS)


@ENTRIES
def test_entry_is_described(entry: Function) -> None:
    """Every entry has a title, a definition and a source, and its phrases are lower case with single blanks."""
    assert entry.title
    assert entry.definition
    assert not entry.definition.endswith(".")
    assert entry.source
    assert entry.synonyms
    for phrase in entry.synonyms:
        assert phrase == " ".join(phrase.lower().split())


@ENTRIES
def test_name_can_be_written_in_the_language(entry: Function) -> None:
    """No name collides with a word of the grammar or is too long for it."""
    source = f'strategy "x"\nenter long when {entry.name}(1) > {entry.name}(2)\nend\nend strategy\n'
    assert parse_program(source).rules


def test_no_phrase_means_two_things() -> None:
    """A phrase belongs to one entry, or to the list of ambiguous ones, never to both or to two."""
    said = Counter(phrase for entry in FUNCTIONS.values() for phrase in entry.synonyms)
    assert [phrase for phrase, times in said.items() if times > 1] == []
    assert sorted(set(said) & set(AMBIGUOUS)) == []
    assert {name for names in AMBIGUOUS.values() for name in names} <= set(FUNCTIONS)


def test_words_of_silence_follow_the_contract() -> None:
    """Where a text is silent the defaults of EXECUTION rule 20 hold."""
    expected = {
        "rsi": "rsi(length = 14, source = close)",
        "atr": "atr(length = 14)",
        "adx": "adx(length = 14)",
        "bb_upper": "bb_upper(length = 20, deviations = 2, source = close)",
        "macd": "macd(fast = 12, slow = 26, signal = 9, source = close)",
        "stoch_k": "stoch_k(length = 14, smooth = 3, signal = 3)",
        "dc_upper": "dc_upper(length = 20)",
    }
    assert {name: FUNCTIONS[name].signature for name in expected} == expected
    assert phrases()["moving average"] == "sma"


def test_lookup_and_suggestions() -> None:
    """A known name is found, a near one proposed, and nothing is made up for the rest."""
    assert lookup("rsi") is FUNCTIONS["rsi"]
    assert lookup("rsii") is None
    wanted = {"rsii": "rsi", "williams_r": "williams_r", "moving_average": "sma", "bb_uper": "bb_upper", "xqz": None}
    assert {word: suggest(word) for word in wanted} == wanted


def _numbered(entry: Function) -> list[tuple[Param, float]]:
    return list(zip(entry.numbers, default_numbers(entry), strict=True))
