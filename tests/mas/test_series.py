"""Series and conditions: decimal comparisons, three-valued truth, no way to look forward."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas import series as m
from mas.errors import ParameterError
from mas.series import Condition, Series, crosses, crosses_above, crosses_below, for_bars, within_bars

NAN = float("nan")
TRUTHS = [True, False, None]

numbers = st.one_of(st.floats(-1e6, 1e6, width=32), st.just(NAN), st.sampled_from([0.0, 1.1, 1.1 + 1e-12]))
columns = st.integers(1, 30).flatmap(
    lambda n: st.tuples(st.lists(numbers, min_size=n, max_size=n), st.lists(numbers, min_size=n, max_size=n))
)
truths = st.lists(st.sampled_from(TRUTHS), min_size=1, max_size=30)


def condition(known: list[bool | None]) -> Condition:
    """A condition from True, False and None (unknown)."""
    return Condition([k is True for k in known], [k is False for k in known])


def known(result: Condition) -> list[bool | None]:
    """The inverse of `condition`."""
    assert not (result.true & result.false).any()
    return [True if t else False if f else None for t, f in zip(result.true, result.false, strict=True)]


@pytest.mark.parametrize(
    ("array", "scalar"),
    [
        (operator.gt, m.above),
        (operator.lt, m.below),
        (operator.ge, m.at_least),
        (operator.le, m.at_most),
        (operator.eq, m.equal),
        (operator.ne, m.differ),
    ],
)
@given(pair=columns)
def test_arrays_and_numbers_compare_alike(
    array: Callable[[Series, Series], Condition],
    scalar: Callable[[float, float], bool],
    pair: tuple[list[float], list[float]],
) -> None:
    """Each comparison of series is, bar by bar, its twin on numbers, and unknown exactly where a side is NaN."""
    a, b = pair
    result = array(Series(a), Series(b))
    assert result.true.tolist() == [scalar(x, y) for x, y in zip(a, b, strict=True)]
    assert result.unknown.tolist() == [x != x or y != y for x, y in zip(a, b, strict=True)]


def test_the_last_bit_of_a_float_decides_nothing() -> None:
    """0.1 + 0.2 equals 0.3, is not above it, and the difference is exactly zero."""
    total, third = Series([0.1]) + 0.2, Series([0.3])
    assert total.values[0] != third.values[0]
    assert known(total == third) == [True]
    assert known(total > third) == [False]
    assert known(total >= third) == [True]
    assert known(total - third > 0) == [False]
    assert (total - third).values.tolist() == [0.0]
    assert m.equal(0.1 + 0.2, 0.3)


def test_numbers_stand_on_either_side() -> None:
    """Python and numpy numbers work left and right of every operator."""
    x = Series([2.0, 4.0])
    others: list[Any] = [2, 2.0, np.float64(2), np.int64(2)]
    for number in others:
        assert (number + x).values.tolist() == [4, 6]
        assert (number - x).values.tolist() == [0, -2]
        assert (number * x).values.tolist() == [4, 8]
        assert (number / x).values.tolist() == [1, 0.5]
        assert known(number < x) == [False, True]
    assert (-x).values.tolist() == [-2, -4]


def test_division_by_zero_is_not_available() -> None:
    """Nothing becomes infinite."""
    assert np.isnan((Series([1.0, 0.0]) / Series([0.0, 0.0])).values).all()
    assert np.isnan((1 / Series([0.0])).values).all()


@given(values=st.lists(numbers, min_size=1, max_size=20), bars=st.integers(0, 25))
def test_the_past_is_shifted_in(values: list[float], bars: int) -> None:
    """s[n] is the value n bars ago and not available before the first bar."""
    expected = ([NAN] * bars + values)[: len(values)]
    np.testing.assert_array_equal(Series(values)[bars].values, expected)


def test_the_future_cannot_be_reached() -> None:
    """A negative shift, of a series or a condition, is refused."""
    for thing in (Series([1.0]), Condition([True])):
        with pytest.raises(ParameterError, match="future"):
            thing[-1]


def test_truth_of_a_whole_series_is_refused() -> None:
    """`if series`, `a and b` and iteration are mistakes, said so at once."""
    for thing in (Series([1.0]), Condition([True])):
        with pytest.raises(ParameterError):
            bool(thing)
        with pytest.raises(TypeError):
            iter(thing)


def test_what_does_not_fit_is_refused() -> None:
    """Other lengths, texts and truth values are refused with a reason."""
    with pytest.raises(ParameterError, match="do not go together"):
        Series([1.0, 2.0]) + Series([1.0])
    with pytest.raises(ParameterError, match="str"):
        _ = Series([1.0]) > "1"  # type: ignore[operator]
    with pytest.raises(ParameterError, match="bool"):
        _ = Series([1.0]) > True
    with pytest.raises(ParameterError, match="combine"):
        Condition([True]) & True  # type: ignore[operator]
    with pytest.raises(ParameterError, match="never cross"):
        crosses_above(1, 2)


def test_logic_is_kleene() -> None:
    """Unknown and false is false, unknown or true is true, all else with unknown is unknown."""
    pairs = [(a, b) for a in TRUTHS for b in TRUTHS]
    left, right = condition([a for a, _ in pairs]), condition([b for _, b in pairs])
    both = [False if False in p else None if None in p else True for p in pairs]
    either = [True if True in p else None if None in p else False for p in pairs]
    assert known(left & right) == both
    assert known(left | right) == either
    assert known(~left) == [None if a is None else not a for a, _ in pairs]


@given(pair=columns)
def test_crossing_is_at_or_below_before_and_above_now(pair: tuple[list[float], list[float]]) -> None:
    """a crosses above b means a[1] <= b[1] and a > b; below is its mirror; crosses is either (EXECUTION rule 5)."""
    a, b = Series(pair[0]), Series(pair[1])
    assert known(crosses_above(a, b)) == known((a[1] <= b[1]) & (a > b))
    assert known(crosses_below(a, b)) == known((a[1] >= b[1]) & (a < b))
    assert known(crosses(a, b)) == known(crosses_above(a, b) | crosses_below(a, b))


def test_a_number_is_crossed_like_a_series() -> None:
    """Either side of a crossing may be a constant."""
    x = Series([1.0, 3.0, 3.0, 2.0, 1.0])
    assert known(crosses_above(x, 2)) == [False, True, False, False, False]
    assert known(crosses_below(x, 2)) == [None, False, False, False, True]
    assert known(crosses_above(2, x)) == known(crosses_below(x, 2))


@given(truth=truths, bars=st.integers(1, 8))
def test_runs_and_windows_follow_their_definition(truth: list[bool | None], bars: int) -> None:
    """for_bars is the Kleene AND of the last n bars, within_bars the OR; bars before the first are unknown."""
    every, some = condition(truth), condition(truth)
    for n in range(1, bars):
        every, some = every & condition(truth)[n], some | condition(truth)[n]
    assert known(for_bars(condition(truth), bars)) == known(every)
    assert known(within_bars(condition(truth), bars)) == known(some)


def test_a_run_needs_a_whole_number_of_bars() -> None:
    """Zero, half and not-a-number bars are refused."""
    for bars in (0, 1.5, NAN):
        with pytest.raises(ParameterError, match="bars"):
            for_bars(Condition([True]), bars)  # type: ignore[arg-type]


def test_scalar_twins_say_no_without_a_value() -> None:
    """None and NaN compare as False, whatever the question."""
    for twin in (m.above, m.below, m.at_least, m.at_most, m.equal, m.differ):
        assert not twin(None, 1.0)
        assert not twin(1.0, NAN)
