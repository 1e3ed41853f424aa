"""The reference itself: each rule of EXECUTION.md on a handful of bars that can be worked out on paper."""

from __future__ import annotations

import math
import random
from decimal import Decimal

import numpy as np
import pytest
import talib

from tests.reference import averages, oscillators, ranges
from tests.reference.bars import History
from tests.reference.evaluate import Evaluator
from tests.reference.simulate import Account, simulate
from tests.small_markets import FLAT, LONG, SHORT, bars, program, run, told


def test_an_order_fills_at_the_next_open_and_what_is_left_ends_at_the_last_close():
    """Rules 3 and 18."""
    assert run(LONG.format("size 1 lots"), FLAT, (1, 6, 0, 2), (2, 9, 1, 7)) == [("long", 1, 1, 2, 7, "end_of_data")]


def test_nothing_fills_after_the_last_bar():
    """Rule 3: a signal on the last bar trades nothing."""
    assert run(LONG.format("size 1 lots"), FLAT) == []


def test_a_buy_deals_at_the_ask():
    """Rule 1: in at open + spread; a short comes back at the ask."""
    rows = FLAT, (1, 6, 0, 2), (2, 9, 1, 7)
    assert run(LONG.format(""), *rows, spread=2) == [("long", 1, 3, 2, 7, "end_of_data")]
    assert run(SHORT.format(""), *rows, spread=2) == [("short", 1, 1, 2, 9, "end_of_data")]


def test_a_stop_and_a_target_are_touched_by_the_side_that_closes():
    """Rule 9: a short's levels are reached by the ask."""
    rows = FLAT, (0, 5, -5, 0), (0, 8, -8, 0), (0, 10, -12, 0)
    assert run(SHORT.format("stop 10 pips"), *rows, spread=2) == [("short", 1, 0, 2, 10, "sl")]
    assert run(SHORT.format("target 10 pips"), *rows, spread=2) == [("short", 1, 0, 3, -10, "tp")]
    assert run(LONG.format("target 8 pips"), *rows, spread=2) == [("long", 1, 2, 3, 10, "tp")]


def test_a_level_equal_to_the_extreme_is_touched():
    """Rule 5: 1.1000 - 0.0010 is the low 1.0990, whatever the floats say."""
    assert run(LONG.format("stop 10 pips"), FLAT, (0, 5, -10, 0), FLAT) == [("long", 1, 0, 1, -10, "sl")]


def test_a_gap_fills_at_the_open():
    """Rule 10: worse at the stop, better at the target."""
    rows = FLAT, FLAT
    assert run(LONG.format("stop 10 pips"), *rows, (-30, -20, -40, -30)) == [("long", 1, 0, 2, -30, "sl")]
    assert run(LONG.format("target 10 pips"), *rows, (30, 40, 20, 30)) == [("long", 1, 0, 2, 30, "tp")]


def test_the_stop_comes_first_and_is_counted_as_ambiguous():
    """Rule 11."""
    account = Account(program(LONG.format("stop 10 pips\ntarget 10 pips")), bars(FLAT, (0, 20, -20, 0))).run()
    assert told(account.trades) == [("long", 1, 0, 1, -10, "sl")]
    assert account.ambiguous == 1


def test_a_stop_on_the_wrong_side_is_refused():
    """Rule 8: with a spread of 12 pips the bid is already below a stop 10 pips under the fill."""
    account = Account(program(LONG.format("stop 10 pips")), bars(FLAT, FLAT, spread=12)).run()
    assert account.trades == []
    assert account.refusals == [(1, "10016")]


def test_a_reversal_closes_and_opens_at_the_same_open():
    """Rule 6, and `no reversal`."""
    body = "enter long when time == 01:00\nend\nenter short when time == 02:00\nend"
    rows = FLAT, (1, 6, 0, 2), (3, 9, 1, 7)
    assert run(body, *rows) == [("long", 1, 1, 2, 3, "reverse"), ("short", 2, 3, 2, 7, "end_of_data")]
    assert run(body + "\nno reversal", *rows) == [("long", 1, 1, 2, 7, "end_of_data")]


def test_entries_of_both_sides_cancel_out():
    """Rule 6: neither is taken; the conflict is counted."""
    body = "enter long when time == 01:00\nend\nenter short when time == 01:00\nend"
    account = Account(program(body), bars(FLAT, FLAT)).run()
    assert (account.trades, account.conflicts) == ([], 1)


def test_an_exit_and_an_entry_at_one_close_both_happen():
    """Rule 4: exits before entries, so the position is closed and opened again."""
    body = "enter long when time >= 01:00\nend\nexit long when time == 02:00"
    assert run(body, FLAT, (1, 6, 0, 2), (3, 9, 1, 7)) == [
        ("long", 1, 1, 2, 3, "signal"),
        ("long", 2, 3, 2, 7, "end_of_data"),
    ]


def test_pyramid_adds_up_to_its_number():
    """Rule 6: the same side again, and one exit for all."""
    body = "enter long when time >= 01:00\nend\nexit all when time == 04:00\npyramid 2"
    assert run(body, *[(k, k + 5, k - 5, k) for k in range(5)])[:2] == [
        ("long", 1, 1, 4, 4, "signal"),
        ("long", 2, 2, 4, 4, "signal"),
    ]


def test_a_trailing_stop_follows_from_the_next_bar_on():
    """Rule 12: highest high 30 minus 10; not yet in the bar that made the high."""
    rows = FLAT, (0, 5, -5, 0), (5, 30, 4, 25), (25, 26, 15, 18)
    assert run(LONG.format("trail 10 pips"), *rows) == [("long", 1, 0, 3, 20, "trailing")]


def test_trailing_after_a_profit_waits_for_it():
    """Rule 12: the stop stays at -20 until the profit at the extreme has reached 25 pips."""
    clauses = LONG.format("stop 20 pips\ntrail 10 pips after 25 pips")
    assert run(clauses, FLAT, FLAT, (0, 20, -5, 0), (0, 1, -25, 0)) == [("long", 1, 0, 3, -20, "sl")]
    assert run(clauses, FLAT, FLAT, (0, 30, -5, 25), (25, 26, 15, 18)) == [("long", 1, 0, 3, 20, "trailing")]


def test_break_even_moves_the_stop_to_the_entry_with_its_offset():
    """Rule 12; the short mirrors with the ask of the lows."""
    rows = FLAT, FLAT, (0, 20, -20, 0), FLAT
    clauses = "stop 30 pips\nbreakeven after 20 pips plus 3 pips"
    assert run(LONG.format(clauses), *rows) == [("long", 1, 0, 3, 0, "breakeven")]  # opens beyond +3: a gap
    assert run(SHORT.format(clauses), *rows, spread=1) == [("short", 1, 0, 3, 1, "end_of_data")]  # ask low is -19
    deeper = FLAT, FLAT, (0, 20, -21, 0), FLAT
    assert run(SHORT.format(clauses), *deeper, spread=1) == [("short", 1, 0, 3, 1, "breakeven")]


def test_close_after_counts_from_the_entry_bar():
    """Rule 13: opened in bar 1, closed at the open of bar 1 + 2."""
    rows = FLAT, (1, 6, 0, 2), (2, 7, 0, 3), (3, 9, 1, 7)
    assert run(LONG.format("close after 2 bars"), *rows) == [("long", 1, 1, 3, 3, "time")]
    body = LONG.format("") + "\nexit long when bars since entry >= 2"
    assert run(body, *rows) == [("long", 1, 1, 3, 3, "signal")]


def test_a_waiting_order_fills_at_its_price_or_at_a_worse_or_better_open():
    """Rule 14: a stop gaps up, a limit gaps down."""
    stop, limit = LONG.format("place stop at 1.1010"), LONG.format("place limit at 1.0990")
    assert run(stop, FLAT, FLAT, (0, 15, -5, 12))[0][:3] == ("long", 2, 10)
    assert run(stop, FLAT, FLAT, (20, 25, 15, 18))[0][:3] == ("long", 2, 20)
    assert run(limit, FLAT, FLAT, (0, 15, -15, 12))[0][:3] == ("long", 2, -10)
    assert run(limit, FLAT, FLAT, (-20, -15, -25, -18))[0][:3] == ("long", 2, -20)


def test_a_waiting_order_buys_at_the_ask():
    """Rule 14: with a spread of 2 the bid high 8 is the ask 10."""
    assert run(LONG.format("place stop at 1.1010"), FLAT, (0, 8, -5, 0), spread=2)[0][:3] == ("long", 1, 10)
    assert run(LONG.format("place stop at 1.1010"), FLAT, (0, 7, -5, 0), spread=2) == []


def test_a_waiting_order_may_be_stopped_but_not_win_in_the_bar_of_its_fill():
    """Rule 14."""
    rows = FLAT, (0, 40, -20, 0), (0, 12, -5, 0)
    assert run(LONG.format("place stop at 1.1010\nstop 20 pips"), *rows) == [("long", 1, 10, 1, -10, "sl")]
    assert run(LONG.format("place stop at 1.1010\ntarget 20 pips"), *rows) == [("long", 1, 10, 2, 0, "end_of_data")]


def test_validity_counts_bars():
    """Rule 14: valid for 1 bar is bar i+1 only."""
    rows = FLAT, FLAT, (0, 15, -5, 12)
    assert run(LONG.format("place stop at 1.1010\nvalid for 1 bars"), *rows) == []
    assert len(run(LONG.format("place stop at 1.1010\nvalid for 2 bars"), *rows)) == 1


def test_a_new_signal_replaces_the_waiting_order_of_its_rule():
    """Rule 14."""
    body = "enter long when close > 0\nplace stop at high + 1 pips\nend"
    assert run(body, (0, 20, -5, 0), (0, 5, -5, 0), (0, 10, -5, 0))[0][:3] == ("long", 2, 6)


def test_of_two_legs_in_one_bar_the_nearer_fills_first():
    """Rule 14: the buy stop at +10 is nearer to the open than the sell stop at -20."""
    body = "enter long when time == 01:00\nplace stop at 1.1010\nend\n"
    body += "enter short when time == 01:00\nplace stop at 1.0980\nend\nno reversal"
    assert run(body, FLAT, (0, 30, -30, 0)) == [("long", 1, 10, 1, 0, "end_of_data")]


def test_sessions_gate_by_the_decision_time():
    """Rule 15: 01:00 is in, 02:00 is out; an opposite entry outside does not close either."""
    body = "enter long when time == 01:00\nend\nenter short when time == 02:00\nend\ntrade between 01:00 and 02:00"
    assert run(body, FLAT, (1, 6, 0, 2), (3, 9, 1, 7)) == [("long", 1, 1, 2, 7, "end_of_data")]


def test_close_at_is_the_first_open_at_or_after_the_clock():
    """Rule 15, and in another zone: 01:30 London is 02:30 in Berlin."""
    rows = FLAT, (1, 6, 0, 2), (3, 9, 1, 7), (4, 9, 1, 7)
    assert run(LONG.format("") + "\nclose at 02:00", *rows) == [("long", 1, 1, 2, 3, "session")]
    assert run(LONG.format("") + '\nclose at 03:30 in "Europe/Berlin"', *rows) == [("long", 1, 1, 3, 4, "session")]


def test_the_daily_limit_counts_fills():
    """Rule 15: one trade a day, the next one on the next day."""
    rows = [FLAT] * 30
    body = "enter long when close > 0\nclose after 1 bars\nend\nlimit 1 trades per day"
    assert [t[1] for t in run(body, *rows)] == [1, 24]


def test_parts_are_rows_with_one_entry_and_merge_when_they_end_together():
    """Rule 16: half at 1R, the rest at 3R; stopped together they are one row."""
    clauses = LONG.format("stop 10 pips\ntarget 3R\ntake 50% after 1R")
    won = simulate(program(clauses), bars(FLAT, FLAT, (0, 15, 0, 12), (12, 35, 10, 30)))
    assert told(won) == [("long", 1, 0, 2, 10, "tp"), ("long", 1, 0, 3, 30, "tp")]
    assert [t.volume for t in won] == [Decimal("0.05"), Decimal("0.05")]
    lost = simulate(program(clauses), bars(FLAT, FLAT, (0, 5, -15, 0)))
    assert [(t.volume, t.exit_reason) for t in lost] == [(Decimal("0.10"), "sl")]


def test_risk_is_rounded_down_to_the_step():
    """Rules 7 and 8: 1% of 10 000 over 30 pips is 0.3333 lots."""
    (trade,) = simulate(program(LONG.format("stop 30 pips\nrisk 1% of balance")), bars(FLAT, FLAT))
    assert trade.volume == Decimal("0.33")
    account = Account(program(LONG.format("stop 30 pips\nrisk 0.01% of balance")), bars(FLAT, FLAT)).run()
    assert account.refusals == [(1, "10014")]


def test_unknown_is_neither_true_nor_false():
    """Rule 2: not (sma > 0) is not true while the sma is missing."""
    tested = program("let average = sma(close, 3)\nenter long when not average > 0\nend")
    values = Evaluator(tested, bars(FLAT, FLAT, FLAT))
    when = tested.rules[0].when
    assert [values.at(when, i) for i in range(3)] == [None, None, False]


def test_a_higher_timeframe_is_seen_when_it_has_ended():
    """Rule 17: the bar 03:00-04:00 decides at 04:00 and sees the four hours that end then."""
    tested = program("enter long when close on H4 > 0\nend")
    values = Evaluator(tested, bars(*[(k, k, k, k) for k in range(6)]))
    seen = [values.at(tested.rules[0].when.left, i) for i in range(6)]
    assert seen == [None, None, None, 1.1003, 1.1003, 1.1003]


@pytest.fixture(scope="module")
def market() -> History:
    """Random hourly bars."""
    generator = random.Random(5)
    rows, price = [], 0.0
    for _ in range(400):
        close = price + generator.gauss(0, 8)
        rows.append(
            (price, max(price, close) + generator.random() * 5, min(price, close) - generator.random() * 5, close)
        )
        price = close + generator.gauss(0, 1)
    result = bars(*rows)
    result.volume = [float(generator.randint(50, 500)) for _ in rows]
    return result


TALIB = {
    "sma": lambda m: (averages.sma(m.close, 10), talib.SMA(np.array(m.close), 10)),
    "ema": lambda m: (averages.ema(m.close, 10), talib.EMA(np.array(m.close), 10)),
    "wma": lambda m: (averages.wma(m.close, 10), talib.WMA(np.array(m.close), 10)),
    "dema": lambda m: (averages.dema(m.close, 10), talib.DEMA(np.array(m.close), 10)),
    "tema": lambda m: (averages.tema(m.close, 10), talib.TEMA(np.array(m.close), 10)),
    "trima": lambda m: (averages.trima(m.close, 9), talib.TRIMA(np.array(m.close), 9)),
    "linreg": lambda m: (averages.linreg(m.close, 10), talib.LINEARREG(np.array(m.close), 10)),
    "stdev": lambda m: (averages.stdev(m.close, 10), talib.STDDEV(np.array(m.close), 10)),
    "rsi": lambda m: (oscillators.rsi(m.close, 14), talib.RSI(np.array(m.close), 14)),
    "macd": lambda m: (oscillators.macd(m.close), talib.MACD(np.array(m.close))[0]),
    "macd_signal": lambda m: (oscillators.macd_signal(m.close), talib.MACD(np.array(m.close))[1]),
    "macd_hist": lambda m: (oscillators.macd_hist(m.close), talib.MACD(np.array(m.close))[2]),
    "roc": lambda m: (oscillators.roc(m.close), talib.ROC(np.array(m.close), 10)),
    "cmo": lambda m: (oscillators.cmo(m.close), talib.CMO(np.array(m.close), 14)),
    "atr": lambda m: (ranges.atr(m), talib.ATR(*hlc(m), 14)),
    "adx": lambda m: (ranges.adx(m), talib.ADX(*hlc(m), 14)),
    "plus_di": lambda m: (ranges.plus_di(m), talib.PLUS_DI(*hlc(m), 14)),
    "minus_di": lambda m: (ranges.minus_di(m), talib.MINUS_DI(*hlc(m), 14)),
    "cci": lambda m: (oscillators.cci(m, 20), talib.CCI(*hlc(m), 20)),
    "williams_r": lambda m: (oscillators.williams_r(m), talib.WILLR(*hlc(m), 14)),
    "mfi": lambda m: (oscillators.mfi(m), talib.MFI(*hlc(m), np.array(m.volume), 14)),
    "stoch_k": lambda m: (oscillators.stoch_k(m), talib.STOCH(*hlc(m), 14, 3, 0, 3, 0)[0]),
    "stoch_d": lambda m: (oscillators.stoch_d(m), talib.STOCH(*hlc(m), 14, 3, 0, 3, 0)[1]),
    "aroon_up": lambda m: (oscillators.aroon_up(m), talib.AROON(*hlc(m)[:2], 14)[1]),
    "psar": lambda m: (ranges.psar(m), talib.SAR(*hlc(m)[:2], 0.02, 0.2)),
    "kama": lambda m: (averages.kama(m.close, 10), talib.KAMA(np.array(m.close), 10)),
    "trix": lambda m: (oscillators.trix(m.close, 10), talib.TRIX(np.array(m.close), 10)),
    "obv": lambda m: (oscillators.obv(m), talib.OBV(np.array(m.close), np.array(m.volume))),
    "bb_upper": lambda m: (ranges.bb_upper(m.close), talib.BBANDS(np.array(m.close), 20, 2, 2)[0]),
    "bb_lower": lambda m: (ranges.bb_lower(m.close), talib.BBANDS(np.array(m.close), 20, 2, 2)[2]),
}


def hlc(m: History) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(m.high), np.array(m.low), np.array(m.close)


@pytest.mark.parametrize("name", TALIB)
def test_the_loops_agree_with_ta_lib(name: str, market: History):
    """Rule 21: each naive definition is TA-Lib's, where both show a value."""
    ours, theirs = TALIB[name](market)
    shared = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None and not math.isnan(b)]
    assert len(shared) > 300
    for a, b in shared[30:]:  # TA-Lib shows some averages of averages a few bars later
        assert a == pytest.approx(b, rel=1e-7, abs=1e-9)


def test_cutting_the_future_changes_no_past_trade(market: History):
    """No look-ahead: the same program on the first 300 bars trades the same up to there."""
    body = """enter long when rsi(7) crosses above 40 and close > ema(close, 50)
stop 2 * atr(14)
target 2R
end
enter short when (close < sma(close, 5)) on H4 and stoch_k(14, 3, 3) > 80
trail 3 * atr(14)
end"""
    whole, part = (simulate(program(body), m) for m in (market, market.first(300)))
    over = market.time[299]
    assert len(part) > 5
    assert [t for t in part if t.exit_time < over] == [t for t in whole if t.exit_time < over]
