"""What keeps a state, against loops over the bars written from the words of the language."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from mas import latch, ratchet_down, ratchet_up, remember, then_within
from mas.errors import ParameterError
from mas.indicators import value_when
from mas.series import Condition, Series, within_bars
from tests.market import as_numbers

NAN = math.nan
LETTERS = {"T": (True, False), "F": (False, True), "?": (False, False)}


def condition(letters: str) -> Condition:
    """T, F and ? (unknown), one for each bar."""
    pairs = [LETTERS[letter] for letter in letters.replace(" ", "")]
    return Condition([true for true, _ in pairs], [false for _, false in pairs])


def letters(truth: Condition) -> str:
    return "".join("T" if true else "F" if false else "?" for true, false in zip(truth.true, truth.false, strict=True))


def random_condition(rng: np.random.Generator, count: int, often: float) -> Condition:
    true = rng.random(count) < often
    return Condition(true, ~true & (rng.random(count) < 0.8))


def random_values(rng: np.random.Generator, count: int) -> Series:
    """Whole numbers, so that some are equal, with gaps."""
    values = rng.integers(-20, 20, count).astype(float)
    values[rng.random(count) < 0.2] = NAN
    return Series(values)


# ------------------------------------------------------------------ by hand


def test_a_sequence_looks_at_the_bars_before_this_one() -> None:
    """The first part on the same bar does not count; N bars later it still does, N + 1 later no longer."""
    first = condition("TFFFF FFTFF")
    always = condition("TTTTT TTTTT")
    assert letters(then_within(first, 3, always)) == "?TTTFFFFTT"
    assert letters(then_within(first, 1, always)) == "?TFFFFFFTF"


def test_a_sequence_is_unknown_only_where_that_matters() -> None:
    """False wins over unknown, whichever part it is."""
    assert letters(then_within(condition("????"), 1, condition("TF?F"))) == "?F?F"
    assert letters(then_within(condition("FF??"), 1, condition("????"))) == "?FF?"
    assert letters(then_within(condition("?TFF"), 2, condition("TTTT"))) == "??TT"


def test_a_sequence_of_three_reads_from_the_left() -> None:
    """A, then B within 2, then C within 2."""
    a, b, c = condition("FTFFFFFF"), condition("FFFTFFFF"), condition("FFFFFTFT")
    assert letters(then_within(then_within(a, 2, b), 2, c)) == "FFFFFTFF"


def test_a_latch_keeps_its_state() -> None:
    """On from the bar that sets it, off from the bar that resets it; the reset wins; unknown sets nothing."""
    begins = condition("F?TFF TFTFF")
    ends = condition("FFFF? TFFFT")
    assert letters(latch(begins, ends)) == "FFTTTFFTTF"


def test_a_remembered_value_is_that_of_the_last_time() -> None:
    """Not available before the first time, nor where it was not available then."""
    values = Series([1, 2, NAN, 4, 5, 6])
    when = condition("F?TFTF")
    np.testing.assert_array_equal(remember(values, when).values, [NAN, NAN, NAN, NAN, 5, 5])
    np.testing.assert_array_equal(remember(values, when).values, value_when(when, values).values)


def test_a_ratchet_moves_one_way() -> None:
    """Up or down only, anew with the value of a bar that ends it, and not on bars without a value."""
    values = Series([NAN, 3, 1, 5, NAN, 2, NAN, 4, 1])
    np.testing.assert_array_equal(ratchet_up(values).values, [NAN, 3, 3, 5, 5, 5, 5, 5, 5])
    np.testing.assert_array_equal(ratchet_down(values).values, [NAN, 3, 1, 1, 1, 1, 1, 1, 1])
    until = condition("TFF?FTTFF")  # on the seventh bar there is no value to begin with
    np.testing.assert_array_equal(ratchet_up(values, until).values, [NAN, 3, 3, 5, 5, 2, 2, 4, 4])
    np.testing.assert_array_equal(ratchet_down(values, until).values, [NAN, 3, 1, 1, 1, 2, 2, 2, 1])


# ------------------------------------------------------------------ against loops


def looped_latch(begins: Condition, ends: Condition) -> list[bool]:
    state, result = False, []
    for i in range(len(begins)):
        if ends.true[i]:
            state = False
        elif begins.true[i]:
            state = True
        result.append(state)
    return result


def looped_ratchet(values: Series, until: Condition | None, better: object) -> list[float]:
    r, result = NAN, []
    for i, x in enumerate(values.values.tolist()):
        if x == x:
            r = x if r != r or (until is not None and until.true[i]) else better(r, x)  # type: ignore[operator]
        result.append(r)
    return result


def looped_sequence(first: Condition, n: int, second: Condition) -> list[float]:
    before = within_bars(first, n)
    result = []
    for i in range(len(first)):
        past = (before.true[i - 1], before.false[i - 1]) if i else (False, False)
        if past[1] or second.false[i]:
            result.append(0.0)
        else:
            result.append(1.0 if past[0] and second.true[i] else NAN)
    return result


@pytest.mark.parametrize("seed", range(12))
def test_states_agree_with_loops(seed: int) -> None:
    """Random truths, unknowns and gaps, dense and rare."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(0, 300))
    a, b = (random_condition(rng, count, often) for often in rng.choice([0.02, 0.2, 0.7], 2))
    x, n = random_values(rng, count), int(rng.integers(1, 8))
    np.testing.assert_array_equal(latch(a, b).true, looped_latch(a, b))
    assert not latch(a, b).unknown.any()
    for until in (None, a):
        np.testing.assert_array_equal(ratchet_up(x, until).values, looped_ratchet(x, until, max))
        np.testing.assert_array_equal(ratchet_down(x, until).values, looped_ratchet(x, until, min))
    np.testing.assert_array_equal(as_numbers(then_within(a, n, b)), looped_sequence(a, n, b))


# ------------------------------------------------------------------ limits


def test_a_million_bars_take_no_time() -> None:
    """Every state form over 1 000 000 bars, also when a ratchet begins anew on every other bar."""
    rng, count = np.random.default_rng(0), 1_000_000
    a, b = random_condition(rng, count, 0.5), random_condition(rng, count, 0.01)
    x = Series(rng.standard_normal(count))
    begin = time.perf_counter()
    then_within(a, 5, b), latch(a, b), remember(x, b), ratchet_up(x, a), ratchet_down(x)
    assert time.perf_counter() - begin < 5.0  # far below a second by itself; the machine may be busy


def test_what_does_not_fit_is_refused() -> None:
    """Conditions, not series; the same bars on both sides."""
    yes, x = condition("TT"), Series([1, 2])
    with pytest.raises(ParameterError, match="condition"):
        latch(x, yes)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="series"):
        ratchet_up(yes)  # type: ignore[arg-type]
    for call in (lambda: latch(yes, condition("T")), lambda: ratchet_up(x, condition("T")),
                 lambda: remember(x, condition("T")), lambda: then_within(yes, 1, condition("T"))):  # fmt: skip
        with pytest.raises(ParameterError, match="bars do not go together"):
            call()
