"""Market orders in a replay: where they fill, how they end, and what the result says; each figure by hand."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import mas
from mas.backtest import run_backtest
from mas.errors import DataError, ParameterError
from mas.series import Condition, Series
from tests.mas.scenarios import MONDAY, Scripted, close_all, flat, market, order, play, summary, trades_of

RISING = [(1.1 + n / 1000, 1.1009 + n / 1000, 1.0995 + n / 1000, 1.1005 + n / 1000) for n in range(8)]


def test_a_market_order_fills_at_the_next_open_and_pays_the_spread_on_the_buying_side():
    """Rules 1 and 3: long in at ask, out at bid; short in at bid, out at ask; each with its own bar's spread."""
    bars = market(RISING, spread=np.arange(8) * 10.0)
    assert trades_of(bars, {0: order("buy"), 2: close_all}) == [("long", 1, 1.1011, 3, 1.103, "signal")]
    assert trades_of(bars, {0: order("sell"), 2: close_all}) == [("short", 1, 1.101, 3, 1.1033, "signal")]


def test_the_spread_argument_overrides_the_data_and_the_specification_serves_last():
    """Rule 1, and the result says in words what was charged."""
    bars = market(RISING, spread=np.full(8, 30.0))
    charged = [play(bars, {0: order("buy")}, spread=s)[0] for s in (None, 5, 0)]
    assert [round(r.trades[0].entry_price, 6) for r in charged] == [1.1013, 1.10105, 1.101]
    assert [r.spread for r in charged] == ["the spread column of the data", "5 points", "0 points"]
    typical = play(market(RISING, spread=None), {0: order("buy")})[0]
    assert typical.spread == "10 points, typical of EURUSD"


def test_profit_is_price_times_contract_times_lots():
    """The documented check value: 0.1 lot of EURUSD over 50 pips is 50.00."""
    bars = market([*flat(1.09, 2), *flat(1.095, 3)])
    result, _ = play(bars, {0: order("buy"), 1: close_all})
    assert result.trades[0].profit == 50.0
    assert result.balance.tolist() == [10_000, 10_000, 10_050, 10_050, 10_050]


def test_yen_profit_is_converted_at_the_closing_price():
    """USDJPY in a USD account: 1000 yen per 0.01 at 0.1 lot, divided by the exit price."""
    bars = market([*flat(100.0, 2), *flat(101.0, 3)], symbol="USDJPY")
    result = run_backtest(Scripted({0: order_of("USDJPY"), 1: close_of("USDJPY")}), bars)
    assert result.trades[0].profit == round(10_000 / 101.0, 2)
    assert result.notes == ()


def test_a_cross_is_converted_at_a_stated_fixed_rate():
    """EURGBP cannot be converted from its own bars: the note says what was done."""
    bars = market([*flat(0.85, 2), *flat(0.86, 3)], symbol="EURGBP")
    result = run_backtest(Scripted({0: order_of("EURGBP"), 1: close_of("EURGBP")}), bars)
    assert result.trades[0].profit == 128.0
    assert "1.28 USD per GBP" in result.notes[0]


def order_of(symbol):
    return lambda client: client.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1})


def close_of(symbol):
    return lambda client: [client.close_trade(trade) for trade in client.trades(symbol)]


STOPPED = [*flat(1.1, 2), (1.1, 1.1005, 1.097, 1.098), *flat(1.098, 2)]


def test_stop_and_target_are_live_in_the_entry_bar():
    """Rule 9: bar 1 is the entry bar of an order decided at the close of bar 0."""
    bars = market([*flat(1.1), (1.1, 1.104, 1.096, 1.1), *flat(1.1, 2)])
    assert trades_of(bars, {0: order("buy", sl=1.097)}) == [("long", 1, 1.1, 1, 1.097, "sl")]
    assert trades_of(bars, {0: order("buy", tp=1.103)}) == [("long", 1, 1.1, 1, 1.103, "tp")]
    assert trades_of(bars, {0: order("sell", sl=1.103)}) == [("short", 1, 1.1, 1, 1.103, "sl")]
    assert trades_of(bars, {0: order("sell", tp=1.097)}) == [("short", 1, 1.1, 1, 1.097, "tp")]


def test_a_short_is_stopped_by_the_ask():
    """Rule 9: high + spread reaches the stop although the high itself does not."""
    bars = market([*flat(1.1, 2), (1.1, 1.1019, 1.1, 1.1), *flat(1.1, 2)], spread=np.full(5, 10.0))
    assert trades_of(bars, {0: order("sell", sl=1.102)}) == [("short", 1, 1.1, 2, 1.102, "sl")]
    assert trades_of(bars, {0: order("sell", sl=1.10201)})[0][5] == "end_of_data"


def test_a_gap_hurts_at_the_stop_and_helps_at_the_target():
    """Rule 10."""
    down = market([*flat(1.1, 2), *flat(1.09, 2)])
    assert trades_of(down, {0: order("buy", sl=1.097)}) == [("long", 1, 1.1, 2, 1.09, "sl")]
    assert trades_of(down, {0: order("sell", tp=1.097)}) == [("short", 1, 1.1, 2, 1.09, "tp")]


def test_a_bar_that_holds_both_levels_is_a_stop_and_counted():
    """Rule 11; the trade row says so too."""
    bars = market([*flat(1.1, 2), (1.1, 1.105, 1.095, 1.1), *flat(1.1, 2)])
    result, _ = play(bars, {0: order("buy", sl=1.097, tp=1.103)})
    assert summary(result.trades[0])[3:] == (2, 1.097, "sl")
    assert (result.ambiguous, result.trades[0].ambiguous) == (1, True)


def test_a_level_equal_to_the_extreme_is_touched_in_decimals():
    """Rule 5: 1.1 + 0.003 as a float is not 1.103, as a price it is."""
    bars = market([*flat(1.1, 2), (1.1, 1.1 + 0.003, 1.0999, 1.1), *flat(1.1, 2)])
    assert trades_of(bars, {0: order("buy", tp=1.103)}) == [("long", 1, 1.1, 2, 1.103, "tp")]


def test_exits_come_before_entries_so_a_position_closes_and_opens_at_the_same_open():
    """Rule 4."""

    def both(client):
        close_all(client)
        return order("buy")(client)

    assert trades_of(market(RISING), {0: order("buy"), 2: both})[:2] == [
        ("long", 1, 1.101, 3, 1.103, "signal"), ("long", 3, 1.103, 7, 1.1075, "end_of_data"),
    ]  # fmt: skip


def test_an_exit_signal_beats_a_stop_that_the_open_has_gapped():
    """The decided exit is at the same first tick, so only the reason tells them apart."""
    bars = market([*flat(1.1, 3), *flat(1.09, 2)])
    assert trades_of(bars, {0: order("buy", sl=1.097), 2: close_all}) == [("long", 1, 1.1, 3, 1.09, "signal")]


def test_nothing_is_filled_after_the_last_bar():
    """Rules 3 and 18: the order is unfilled, what is open is closed at the last close, a short at the ask."""
    bars = market(RISING, spread=np.full(8, 10.0))
    result, client = play(bars, {0: order("sell"), 7: order("buy")})
    assert [summary(t) for t in result.trades] == [("short", 1, 1.101, 7, 1.1076, "end_of_data")]
    assert (result.unfilled, result.refused) == (1, ())
    assert not client.answers[1]
    assert client.answers[1].code == 10018


@pytest.mark.parametrize("keys", [{"sl": 1.101}, {"sl": 1.1}, {"tp": 1.1}, {"sl": float("nan")}, {"tp": float("nan")}])
def test_levels_on_the_wrong_side_refuse_the_entry(keys):
    """Rule 8: 10016, told to the strategy and kept in the result; a level that is not available is one of them."""
    result, client = play(market(flat(1.1, 4)), {0: order("buy", **keys)})
    assert (result.trades, client.answers[0].code, bool(client.answers[0])) == ((), 10016, False)
    assert [(r.time, r.retcode) for r in result.refused] == [(MONDAY + 3600, 10016)]


def test_a_stop_inside_the_spread_refuses_a_long():
    """Rule 8: the position would close at the bid, and the stop lies above it."""
    bars = market(flat(1.1, 4), spread=np.full(4, 20.0))
    assert play(bars, {0: order("buy", sl=1.1001)})[1].answers[0].code == 10016


@pytest.mark.parametrize(("volume", "traded"), [(0.129, 0.12), (0.3, 0.3), (1.0, 1.0), (0.1 + 0.2, 0.3)])
def test_volume_is_rounded_down_to_the_step(volume, traded):
    """Rule 7."""
    assert play(market(flat(1.1, 4)), {0: order("buy", volume)})[0].trades[0].volume == traded


@pytest.mark.parametrize("volume", [0.009, 0.0, -1.0, 100.01, float("nan")])
def test_volume_outside_the_limits_is_refused(volume):
    """Rule 7: 10014."""
    assert play(market(flat(1.1, 4)), {0: order("buy", volume)})[1].answers[0].code == 10014


def test_margin_must_cover_the_position():
    """Leverage 1:100: 9 lots at 1.1 hold 9900, which 10000 covers; 9.1 lots hold 10010, which it does not."""
    bars = market(flat(1.1, 4))
    assert play(bars, {0: order("buy", 9.0)})[1].answers[0] == "BT1"
    assert play(bars, {0: order("buy", 9.1)})[1].answers[0].code == 10019
    assert play(bars, {0: order("buy", 9.1)}, leverage=500)[1].answers[0] == "BT1"


def test_an_account_that_is_ruined_is_closed_at_the_stop_out_price():
    """Margin 9900, level 50 %: at 4950 of equity, which is 5050 or 0.00561 at 9 lots away."""
    bars = market([*flat(1.1, 2), (1.1, 1.1, 1.08, 1.085), *flat(1.085, 2)])
    result, _ = play(bars, {0: order("buy", 9.0)})
    trade = result.trades[0]
    assert (trade.exit_reason, trade.exit_bar) == ("stop_out", 2)
    assert trade.exit_price == 1.09439
    assert result.balance[-1] == 10_000 - 5049


def test_commission_is_charged_on_both_deals():
    """7 per lot and deal at 0.1 lot: 0.7 when it opens, 1.4 in the trade."""
    bars = market(flat(1.1, 5))
    result, _ = play(bars, {0: order("buy"), 2: close_all}, commission=7.0)
    assert result.balance.tolist() == [10_000, 9_999.3, 9_999.3, 9_998.6, 9_998.6]
    assert (result.trades[0].commission, result.trades[0].net) == (-1.4, -1.4)


def test_equity_is_balance_and_what_floats_at_each_close():
    """0.1 lot: 10 per 0.001; the long is marked at the bid, the short at the ask."""
    bars = market(RISING, spread=np.full(8, 10.0))
    long, short = (play(bars, {0: order(kind), 3: close_all})[0] for kind in ("buy", "sell"))
    assert (long.equity - long.balance).round(6).tolist() == [0, 4, 14, 24, 0, 0, 0, 0]
    assert (short.equity - short.balance).round(6).tolist() == [0, -6, -16, -26, 0, 0, 0, 0]
    assert long.equity[-1] == long.balance[-1] == 10_000 + long.trades[0].profit


def test_positions_can_be_closed_in_parts():
    """0.03 of 0.1 lot, then the rest; more than is open closes what is open."""

    def part(volume):
        return lambda c: c.send_order({"symbol": "EURUSD", "order_type": "sell", "volume": volume, "order_id": "BT1"})

    result, _ = play(market(RISING), {0: order("buy"), 1: part(0.03), 2: part(5)})
    assert [(t.volume, t.exit_bar, t.profit) for t in result.trades] == [(0.03, 2, 3.0), (0.07, 3, 14.0)]


class Signals(mas.MAS):
    """Records at which closes it is called."""

    def __init__(self, **signals):
        super().__init__()
        self.arrays, self.called = signals, []

    def signals(self, bars):
        return self.arrays

    def receive_bars(self, symbol, data, is_end):
        self.called.append((data["time"].hour, is_end))
        if self.signal("enter_long") and not self.trades(symbol):
            self.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1})


def conditions(**where):
    return {name: Condition(np.isin(np.arange(8), hours)) for name, hours in where.items()}


def test_a_class_with_signals_is_called_only_where_one_is_true():
    """Exits matter only while a position is open; the last bar always comes."""
    client = Signals(**conditions(enter_long=[2], exit_long=[0, 1, 4]))
    run_backtest(client, market(RISING))
    assert client.called == [(2, False), (4, False), (7, True)]


def test_a_class_that_asks_for_it_is_called_at_every_close_while_it_holds():
    """`wake_while_open`."""

    class Watching(Signals):
        wake_while_open = True

    client = Watching(**conditions(enter_long=[2]))
    run_backtest(client, market(RISING))
    assert [hour for hour, _ in client.called] == [2, 3, 4, 5, 6, 7]


def test_signals_must_be_conditions_or_series_of_these_bars():
    """The message names the key."""
    for wrong in (np.ones(8), Condition(np.ones(5, bool)), Series(np.ones(9))):
        with pytest.raises(ParameterError, match="enter_long"):
            run_backtest(Signals(enter_long=wrong), market(RISING))


def test_a_signal_or_value_that_does_not_exist_is_named():
    """With what there is."""

    class Asking(Signals):
        def receive_bars(self, symbol, data, is_end):
            self.signal("enter_lnog")

    with pytest.raises(ParameterError, match='"enter_lnog": it gives enter_long'):
        run_backtest(Asking(**conditions(enter_long=[0])), market(RISING))


def test_an_exception_in_a_callback_is_logged_with_the_bar_and_raised(caplog):
    """Quirk Q14 of the documentation: never swallowed."""

    def fail(client):
        raise ZeroDivisionError("division by zero")

    with caplog.at_level(logging.ERROR, "mas"), pytest.raises(ZeroDivisionError):
        play(market(RISING), {3: fail})
    assert "receive_bars failed on the bar of 2024-01-01 03:00" in caplog.text


def test_what_cannot_be_played_is_refused():
    """No bars, no money, no leverage, a negative cost."""
    bars = market(RISING)
    with pytest.raises(DataError):
        run_backtest(Scripted({}), bars[0:0])
    for wrong in ({"deposit": 0}, {"leverage": 0}, {"commission": -1}, {"spread": -1}, {"spread": float("nan")}):
        with pytest.raises(ParameterError):
            run_backtest(Scripted({}), bars, **wrong)
