"""The fill model, rule by rule, on plain numbers."""

import math

import pytest

from mas import fills
from mas.fills import ENTERED, HELD, LONG, NOTHING, SHORT, STOPPED, TARGETED


@pytest.mark.parametrize(
    ("price", "tick", "digits", "expected"),
    [
        (1.100005, 1e-5, 5, 1.10001),
        (1.100015, 1e-5, 5, 1.10002),
        (1.1000049, 1e-5, 5, 1.1),
        (1.005, 0.01, 2, 1.01),
        (2.675, 0.01, 2, 2.68),
        (-2.675, 0.01, 2, -2.68),
        (1912.375, 0.25, 2, 1912.5),
        (1912.37, 0.25, 2, 1912.25),
    ],
)
def test_levels_round_to_the_nearest_tick_half_ticks_away_from_zero(price, tick, digits, expected):
    """Rule 8, in decimals: 2.675 is a half although the float is a hair below."""
    assert fills.round_to_tick(price, tick, digits) == expected


@pytest.mark.parametrize(
    ("volume", "step", "expected"),
    [
        (0.3, 0.1, 0.3),
        (0.1 + 0.2, 0.1, 0.3),
        (0.29, 0.01, 0.29),
        (0.129, 0.01, 0.12),
        (0.009, 0.01, 0.0),
        (7.0, 0.5, 7.0),
    ],
)
def test_volumes_round_down_as_decimals(volume, step, expected):
    """Rule 7: 0.3 holds three steps of 0.1, whatever 0.3 / 0.1 says."""
    assert fills.round_volume_down(volume, step) == expected


def leave(side, bar, sl=0.0, tp=0.0, entered=HELD, at_open=True):
    opening, high, low = bar
    return fills.leave(side, opening, high, low, sl, tp, entered, at_open)


@pytest.mark.parametrize(
    ("side", "bar", "sl", "tp", "expected"),
    [
        (LONG, (1.10, 1.11, 1.09), 1.095, 0.0, (STOPPED, 1.095, False)),
        (LONG, (1.10, 1.11, 1.09), 0.0, 1.105, (TARGETED, 1.105, False)),
        (SHORT, (1.10, 1.11, 1.09), 1.105, 0.0, (STOPPED, 1.105, False)),
        (SHORT, (1.10, 1.11, 1.09), 0.0, 1.095, (TARGETED, 1.095, False)),
        (LONG, (1.10, 1.11, 1.09), 1.08, 1.12, (NOTHING, 0.0, False)),
        (LONG, (1.10, 1.11, 1.09), 0.0, 0.0, (NOTHING, 0.0, False)),
        (LONG, (1.10, 1.11, 1.09), 1.09, 0.0, (STOPPED, 1.09, False)),  # equal to the extreme: touched
        (LONG, (1.10, 1.11, 0.3 * 3), 0.9, 0.0, (STOPPED, 0.9, False)),  # 0.8999999999999999 is 0.9
    ],
)
def test_touched_levels_fill_at_the_level(side, bar, sl, tp, expected):
    """Rules 9 and 10 where the bar opens between the levels."""
    assert leave(side, bar, sl, tp) == expected


@pytest.mark.parametrize(
    ("side", "bar", "sl", "tp", "expected"),
    [
        (LONG, (1.08, 1.11, 1.07), 1.09, 0.0, (STOPPED, 1.08, False)),
        (LONG, (1.12, 1.13, 1.07), 0.0, 1.11, (TARGETED, 1.12, False)),
        (SHORT, (1.12, 1.13, 1.07), 1.11, 0.0, (STOPPED, 1.12, False)),
        (SHORT, (1.08, 1.13, 1.07), 0.0, 1.09, (TARGETED, 1.08, False)),
        (LONG, (1.12, 1.13, 1.07), 1.09, 1.11, (TARGETED, 1.12, False)),  # the open comes first
        (LONG, (1.08, 1.13, 1.07), 1.09, 1.11, (STOPPED, 1.08, False)),
    ],
)
def test_an_open_beyond_a_level_fills_there(side, bar, sl, tp, expected):
    """Rule 10: a gap hurts at the stop and helps at the target, and it decides alone."""
    assert leave(side, bar, sl, tp) == expected


def test_both_levels_in_a_bar_are_a_stop_and_ambiguous():
    """Rule 11."""
    assert leave(LONG, (1.10, 1.12, 1.08), 1.09, 1.11) == (STOPPED, 1.09, True)
    assert leave(SHORT, (1.10, 1.12, 1.08), 1.11, 1.09) == (STOPPED, 1.11, True)


def test_in_the_bar_of_a_pending_fill_only_the_stop_counts():
    """Rule 14: no target, and the open is no gap unless the fill was there."""
    assert leave(LONG, (1.10, 1.12, 1.095), 1.09, 1.11, ENTERED, False) == (NOTHING, 0.0, False)
    assert leave(LONG, (1.08, 1.12, 1.08), 1.09, 1.11, ENTERED, False) == (STOPPED, 1.09, False)
    assert leave(LONG, (1.08, 1.12, 1.08), 1.09, 1.11, ENTERED, True) == (STOPPED, 1.08, False)


@pytest.mark.parametrize(
    ("kind", "price", "opening", "expected"),
    [
        (fills.BUY_LIMIT, 1.09, 1.10, 1.09),
        (fills.BUY_LIMIT, 1.09, 1.08, 1.08),
        (fills.SELL_LIMIT, 1.11, 1.10, 1.11),
        (fills.SELL_LIMIT, 1.11, 1.12, 1.12),
        (fills.BUY_STOP, 1.11, 1.10, 1.11),
        (fills.BUY_STOP, 1.11, 1.12, 1.12),
        (fills.SELL_STOP, 1.09, 1.10, 1.09),
        (fills.SELL_STOP, 1.09, 1.08, 1.08),
    ],
)
def test_pending_orders_fill_at_their_price_or_an_open_beyond(kind, price, opening, expected):
    """Rule 14: better for limits, worse for stops."""
    assert fills.triggered(kind, max(opening, price), min(opening, price), price)
    assert fills.pending_price(kind, opening, price) == expected


@pytest.mark.parametrize(
    ("kind", "quiet"), [(fills.BUY_LIMIT, 1.1), (fills.SELL_STOP, 1.1), (fills.SELL_STOP_LIMIT, 1.1)]
)
def test_orders_below_the_market_wait_for_the_low(kind, quiet):
    assert not fills.triggered(kind, quiet, quiet, quiet - 0.01)
    assert fills.triggered(kind, quiet, quiet - 0.01, quiet - 0.01)


def test_the_nearer_order_is_the_one_the_open_is_closer_to():
    """Rule 14 on two legs: distances are measured from the open, and an open beyond is no distance at all."""
    assert fills.distance_from_open(fills.BUY_STOP, 1.10, 1.11) == pytest.approx(0.01)
    assert fills.distance_from_open(fills.BUY_STOP, 1.12, 1.11) == 0.0


def managed(**changes):
    values = {
        "side": LONG, "entry": 1.1, "extreme": 1.105, "sl": 1.09, "trail": math.nan, "after": -math.inf,
        "even_after": math.nan, "even": 1.1, "tick": 1e-5, "digits": 5,
    }  # fmt: skip
    return fills.managed_stop(*{**values, **changes}.values())


def test_a_trailing_stop_follows_the_extreme_and_never_moves_back():
    """Rule 12."""
    assert managed(trail=0.01) == (fills.TRAILED, 1.095)
    assert managed(trail=0.02) == (fills.KEPT, 1.09)
    assert managed(trail=0.01, after=0.006) == (fills.KEPT, 1.09)
    assert managed(trail=0.01, after=0.005) == (fills.TRAILED, 1.095)
    assert managed(side=SHORT, extreme=1.095, sl=1.11, trail=0.01) == (fills.TRAILED, 1.105)


def test_break_even_moves_the_stop_once_the_profit_was_there():
    """Rule 12: to the entry price, or beyond it by an offset; trailing wins if it is better."""
    assert managed(even_after=0.005) == (fills.EVEN, 1.1)
    assert managed(even_after=0.0051) == (fills.KEPT, 1.09)
    assert managed(even_after=0.005, even=1.1002) == (fills.EVEN, 1.1002)
    assert managed(even_after=0.005, trail=0.003) == (fills.TRAILED, 1.102)
    assert managed(even_after=0.005, trail=0.03) == (fills.EVEN, 1.1)


@pytest.mark.parametrize(
    ("want", "held", "policy", "expected"),
    [
        ((True, False), (0, 0), (1, True, 0, -1), fills.ENTER_LONG),
        ((True, False), (1, 0), (1, True, 0, -1), fills.NO_ENTRY),
        ((True, False), (1, 0), (2, True, 0, -1), fills.ENTER_LONG),
        ((False, True), (1, 0), (1, True, 0, -1), fills.ENTER_SHORT),
        ((False, True), (1, 0), (1, False, 0, -1), fills.NO_ENTRY),
        ((True, True), (0, 0), (1, True, 0, -1), fills.CONFLICT),
        ((False, False), (0, 0), (1, True, 0, -1), fills.NO_ENTRY),
        ((True, False), (0, 0), (1, True, 2, 2), fills.NO_ENTRY),
        ((True, False), (0, 0), (1, True, 1, 2), fills.ENTER_LONG),
    ],
)
def test_the_entry_policy(want, held, policy, expected):
    """Rule 6 and the daily limit of rule 15."""
    assert fills.entry(*want, *held, *policy) == expected


def test_stops_must_stand_on_their_side_of_the_closing_price():
    """Rule 8: a stop at the price, beyond it, or not a number protects nothing."""
    assert fills.protects(LONG, 1.1, 1.09, 1.11)
    assert fills.protects(SHORT, 1.1, 1.11, 1.09)
    assert fills.protects(LONG, 1.1, 0.0, 0.0)
    for sl, tp in ((1.1, 0.0), (1.12, 0.0), (0.0, 1.1), (0.0, 1.05), (math.nan, 0.0), (0.0, math.nan)):
        assert not fills.protects(LONG, 1.1, sl, tp)
