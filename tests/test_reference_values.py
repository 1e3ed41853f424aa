"""The reference on paper: states, other symbols and zones, parts of the day, and what is known of the account."""

from __future__ import annotations

import pytest

from tests.reference.bars import History
from tests.small_markets import FLAT, MONDAY, bars, closing, run, values

DAY = [(k, k + 1, k - 1, k + 0.5) for k in range(30)]
"""Bar k opens at k:00 and at k pips, and reaches one pip further each way."""


def test_then_wants_the_first_on_an_earlier_bar():
    """Of 2 bars: the two before this one."""
    rows = closing(20, 5, -1, -1, -1)
    assert values("close > 1.1010 then within 2 bars close < 1.1", *rows) == [False, False, True, False, False]
    assert values("close < 1.1 then within 3 bars close < 1.1", *closing(-1, -2, 3)) == [None, True, False]


def test_then_again_takes_the_whole_before_as_its_first():
    """A at 0, B at 1, so `A then B` is true at 1 only, and C may follow within 2 bars."""
    rows = closing(20, -20, 0, 0, 0)
    chain = "close > 1.1010 then within 1 bars close < 1.0990 then within 2 bars close == 1.1"
    assert values(chain, *rows) == [False, False, True, True, False]


def test_a_latch_begins_ends_and_ends_first():
    rows = closing(0, 20, 5, -20, 0, 30)
    assert values("latch from close > 1.1010 until close < 1.0990", *rows) == [False, True, True, False, False, True]
    assert values("latch from close > 1.0 until close > 1.1010", *closing(0, 20, 5)) == [True, False, True]


def test_a_latch_takes_the_unknown_for_not_true():
    assert values("latch from close > 1 until sma(close, 3) > 1", *closing(0, 0, 0)) == [True, True, False]


def test_remember_keeps_the_value_of_the_last_true_bar():
    rows = closing(0, 20, 5, 30)
    assert values("remember close when close > 1.1010", *rows) == [None, 1.102, 1.102, 1.103]
    assert values("remember sma(close, 3) when close > 1.1010", *rows)[1:3] == [None, None]


def test_a_ratchet_moves_one_way_until_it_begins_anew():
    rows = closing(0, 20, 5, -20, -10)
    assert values("ratchet up close", *rows) == [1.1, 1.102, 1.102, 1.102, 1.102]
    assert values("ratchet down close", *rows) == [1.1, 1.1, 1.1, 1.098, 1.098]
    assert values("ratchet up close until close < 1.0990", *rows) == [1.1, 1.102, 1.102, 1.098, 1.099]
    assert values("ratchet up sma(close, 2)", *closing(0, 20, -60))[0] is None


def other(*hours: int) -> History:
    """XAUUSD, hourly, only the bars that open at these hours; each closes at 1300 and its hour."""
    rows = bars(*[(0, 0, 0, 0)] * len(hours), name="XAUUSD")
    prices = [1300.0 + hour for hour in hours]
    times = [MONDAY + 3600 * hour for hour in hours]
    return History(rows.symbol, "H1", times, prices, prices, prices, prices, rows.volume, rows.spread)


def test_another_symbol_is_seen_as_of_its_last_bar_that_has_ended():
    """No bar at 1:00: at 2:00 its close of 0:00-1:00 is the last; a bar that ends with ours counts."""
    gold = {"XAUUSD": other(0, 2)}
    assert values("close of XAUUSD", FLAT, FLAT, FLAT, others=gold) == [1300.0, 1300.0, 1302.0]
    assert values("close of XAUUSD", FLAT, others={"XAUUSD": other(5)}) == [None]
    assert values("(close - open + 3 pips) of XAUUSD", FLAT, others=gold) == [pytest.approx(0.3)]
    assert values("(close > close[1]) of XAUUSD", FLAT, FLAT, FLAT, others=gold) == [None, None, True]


def test_another_symbol_on_a_higher_timeframe():
    """Its four hours end with ours at 4:00."""
    gold = {"XAUUSD": other(0, 1, 2, 3, 4)}
    assert values("close on H4 of XAUUSD", *[FLAT] * 5, others=gold) == [None, None, None, 1303.0, 1303.0]


def test_time_and_weekday_by_another_clock():
    """1:00 UTC is 2:00 in Berlin; Tokyo's Tuesday begins at 15:00 UTC."""
    assert values('time in "Europe/Berlin" == 02:00', FLAT, FLAT) == [True, False]
    assert values("time == 02:00", FLAT, FLAT) == [False, True]
    assert values('tuesday in "Asia/Tokyo"', *[FLAT] * 16)[12:] == [False, False, True, True]


def test_a_part_of_the_day_is_known_when_it_is_over():
    """1:00-3:00 is bars 1 and 2, known at 3:00, the close of bar 2, until the day ends; the last bar belongs to it."""
    highs = values("session_high(01:00, 03:00)", *DAY)
    assert highs[:3] == [None, None, 1.1003]
    assert set(highs[2:24]) == {1.1003}
    assert highs[24:27] == [None, None, 1.1027]
    assert values("session_low(01:00, 03:00)", *DAY)[2] == 1.1
    assert values("session_close(01:00, 03:00)", *DAY)[2] == 1.10025


def test_the_open_of_a_session_is_known_as_its_first_bar_closes():
    opens = values("session_open(01:30)", *DAY)
    assert opens[:4] == [None, None, 1.1002, 1.1002]
    assert opens[23:27] == [1.1002, None, None, 1.1026]


def test_a_session_over_midnight_belongs_to_the_day_on_which_it_ends():
    """22:00-2:00: bars 22 to 25, known at 2:00 of the second day; on the first there was only 0:00-2:00."""
    highs = values("session_high(22:00, 02:00)", *DAY)
    assert highs[:3] == [None, 1.1002, 1.1002]
    assert highs[23:27] == [1.1002, None, 1.1026, 1.1026]


def test_a_session_by_another_clock():
    """2:00-4:00 in Berlin is 1:00-3:00 UTC; Berlin's day begins at 23:00 UTC."""
    highs = values('session_high(02:00, 04:00) in "Europe/Berlin"', *DAY)
    assert highs[:3] == [None, None, 1.1003]
    assert highs[22:24] == [1.1003, None]


LOSE = (0, 5, -15, 0)
ONE_BAR = "close after 1 bars\nend"


def test_losses_in_a_row_end_the_entries():
    """Stopped in bars 1 and 2: two in a row, and no third entry."""
    body = "enter long when losses in a row < 2\nstop 10 pips\nend"
    assert [t[1] for t in run(body, FLAT, LOSE, LOSE, FLAT, FLAT)] == [1, 2]


def test_the_last_trade_is_neither_won_nor_lost_before_the_first():
    """A win of 3 pips from bar 1 to bar 2; at that tick it is already the last trade."""
    body = f"enter long when time == 01:00 or last trade won\n{ONE_BAR}"
    rows = FLAT, (0, 5, -5, 3), (3, 5, -5, 0), (0, 5, -5, 0)
    assert [(t[1], t[2], t[4]) for t in run(body, *rows)] == [(1, 0, 3), (2, 3, 0)]


def test_bars_since_an_exit_count_from_the_bar_of_the_exit():
    """Closed at the open of bar 2: at its own tick -1, at the close of bar 4 it is 2, so bar 5 buys."""
    body = f"enter long when time == 01:00 or bars since exit >= 2\n{ONE_BAR}"
    assert [t[1] for t in run(body, *[FLAT] * 7)] == [1, 5]
    body = f"enter long when time == 01:00 or bars since exit < 0\n{ONE_BAR}"
    assert [t[1] for t in run(body, *[FLAT] * 4)] == [1, 2, 3]


def test_trades_open_and_today_and_the_side_that_is_held():
    """A second while one is open; none of a third; exits come before, so what they close does not count."""
    body = "enter long when trades open < 2 and time >= 01:00\nend\npyramid 5\nexit long when time == 04:00"
    assert [t[1] for t in run(body, *[FLAT] * 5)] == [1, 2, 4]
    body = f"enter long when trades today < 2\n{ONE_BAR}"
    assert [t[1] for t in run(body, *[FLAT] * 26)] == [1, 2, 24, 25]
    body = "enter long when time == 01:00\nend\nenter short when holding long\nend"
    assert [t[:2] for t in run(body, FLAT, FLAT, FLAT)] == [("long", 1), ("short", 2)]


def test_the_result_of_today_begins_anew_each_day():
    """0.1 lot loses 10 pips: -10; the next day it is 0 again."""
    body = "enter long when result today >= 0\nstop 10 pips\nend"
    rows = [FLAT, LOSE, *[FLAT] * 22, FLAT, FLAT]
    assert [t[1] for t in run(body, *rows)] == [1, 24]


def test_an_exit_asks_for_the_average_entry():
    """Bought at 0 and at 10: 5 on average, and bar 3 closes at 4."""
    body = "enter long when time >= 01:00\nend\npyramid 2\nexit long when close < average entry"
    rows = FLAT, (0, 12, -1, 10), (10, 12, 5, 6), (6, 8, 2, 4), (4, 5, 1, 2)
    assert [(t[1], t[3]) for t in run(body, *rows)][:2] == [(1, 4), (2, 4)]
