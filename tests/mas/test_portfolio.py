"""Several symbols on one clock and one account; each figure by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.backtest import run_backtest
from mas.bars import Bars
from mas.client import MAS
from mas.errors import DataError, MasError, ParameterError
from mas.metrics import compute_metrics
from mas.terminals.simulated.terms import AccountTerms
from tests.mas.portfolios import EUR, GBP, GOLD, HOUR, QUIET, Both, Reading, close, order, rising, row, run, without
from tests.mas.scenarios import flat, market
from tests.mas.test_invariants import walk

# ------------------------------------------------------------- the clock


def test_symbols_are_handled_in_their_order_at_each_open():
    """All closes of an hour come before those of the next; is_end with each symbol's own last bar."""
    _, client = run({}, rising(EUR, 1.1, 3), rising(GBP, 1.3, 2))
    assert client.called == [(EUR, 0, False), (GBP, 0, False), (EUR, 1, False), (GBP, 1, True), (EUR, 2, True)]


def test_each_order_fills_at_its_own_symbols_next_open():
    """Rules 1 and 3: with the spread of that symbol's bar."""
    result, _ = run(
        {(EUR, 0): order(EUR), (GBP, 1): order(GBP, "sell"), (EUR, 3): close(EUR), (GBP, 4): close(GBP)},
        rising(EUR, 1.1, spread=np.arange(8) * 10.0),
        rising(GBP, 1.3, spread=np.arange(8) * 20.0),
    )
    assert list(map(row, result.trades)) == [
        (EUR, "long", 1, 1.1011, 4, 1.104, "signal"),
        (GBP, "short", 2, 1.302, 5, 1.306, "signal"),
    ]
    assert result.symbols == (EUR, GBP)


def test_a_missing_bar_leaves_the_decision_for_the_next_one_that_opens():
    """GBPUSD has no bars 2 and 3: what was decided at the close of bar 1 fills at the open of bar 4."""
    gbp = without(rising(GBP, 1.3), 2, 3)
    result, client = run({(GBP, 1): order(GBP)}, rising(EUR, 1.1), gbp)
    assert [hour for symbol, hour, _ in client.called if symbol == GBP] == [0, 1, 4, 5, 6, 7]
    assert row(result.trades[0])[2:4] == (4, 1.304)


def test_an_order_for_a_symbol_without_a_bar_fills_at_its_last_quote():
    """At hour 3 the last of gold is the close of its bar 1 (and its spread); it counts from the bar that comes next."""
    gold = without(market([(1900.0, 1910.0, 1890.0, 1905.0 + n) for n in range(8)], symbol=GOLD), 2, 3, 4)
    gold = replace(gold, spread=np.full(len(gold), 20.0))
    script = {
        (EUR, 2): order(GOLD, volume=1.0, sl=1800.0, plan={"close_after": 2}),
        (EUR, 3): lambda client: [(t.bars, t.entry, t.symbol) for t in client.trades(GOLD)],
        (EUR, 5): lambda client: [t.bars for t in client.trades(GOLD)],
    }
    result, client = run(script, rising(EUR, 1.1), gold, kind=Reading)
    trade = result.trades[0]
    assert row(trade) == (GOLD, "long", 3, 1906.2, 7, 1900.0, "time")
    assert (trade.entry_bar, trade.exit_bar, trade.pending) == (3, 7, False)
    assert client.answers[1:] == [[(1, 1906.2, GOLD)], [3]]  # bars of the symbol that the rules run on


def test_the_stop_of_an_order_filled_between_bars_acts_from_the_next_bar_on():
    """Bar 1 of gold reached 1890 before the order was there; bar 5 reaches it afterwards."""
    gold = without(market([(1900.0, 1910.0, 1890.0, 1905.0)] * 8, symbol=GOLD), 2, 3, 4)
    result, _ = run({(EUR, 2): order(GOLD, volume=1.0, sl=1895.0)}, rising(EUR, 1.1), gold, kind=Reading)
    assert row(result.trades[0]) == (GOLD, "long", 3, 1905.0, 5, 1895.0, "sl")


def test_a_waiting_order_placed_between_bars_lives_as_long_as_it_says():
    """Valid for one bar: the bar after the gap, and no other."""
    gold = without(market([(1900.0, 1910.0, 1890.0, 1905.0)] * 8, symbol=GOLD), 2, 3, 4)
    for valid, price, traded in ((1, 1895.0, 1), (1, 1880.0, 0)):
        step = order(GOLD, "buy_limit", 1.0, price=price, plan={"valid_bars": valid})
        result, _ = run({(EUR, 2): step}, rising(EUR, 1.1), gold, kind=Reading)
        assert (len(result.trades), result.unfilled) == (traded, 1 - traded)


def test_nothing_is_filled_after_a_symbols_last_bar():
    """GBPUSD ends at bar 3: what is open closes there, at its last price, and orders are refused with 10018."""
    script = {(GBP, 0): order(GBP), (EUR, 4): order(GBP), (EUR, 3): order(GBP)}
    result, client = run(script, rising(EUR, 1.1), rising(GBP, 1.3, 4))
    assert list(map(row, result.trades)) == [(GBP, "long", 1, 1.301, 3, 1.3035, "end_of_data")]
    assert [getattr(a, "code", a) for a in client.answers] == ["BT1", 10018, 10018]
    assert result.unfilled == 2


def test_a_symbol_that_begins_later_has_no_price_before():
    """10021, and what is asked of it is empty."""
    late = without(rising(GBP, 1.3), 0, 1, 2)
    result, client = run({(EUR, 0): order(GBP), (EUR, 2): order(GBP)}, rising(EUR, 1.1), late)
    assert client.answers[0].code == 10021
    assert [row(t)[2:4] for t in result.trades] == [(3, 1.303)]


def test_bars_that_lie_across_each_other_are_refused():
    """Half an hour apart: there is no moment at which both have closed."""
    shifted = rising(GBP, 1.3)
    shifted = replace(shifted, time=shifted.time + HOUR // 2)
    with pytest.raises(DataError, match="inside one of EURUSD"):
        run({}, rising(EUR, 1.1), shifted)


def test_timeframes_and_clocks_must_agree():
    with pytest.raises(DataError, match="one timeframe"):
        run({}, rising(EUR, 1.1), rising(GBP, 1.3, timeframe="M15"))
    known = {"timezone_known": True}
    with pytest.raises(DataError, match="Europe/Athens"):
        run({}, rising(EUR, 1.1, **known), rising(GBP, 1.3, timezone="Europe/Athens", **known))


# ------------------------------------------------------------- one account


def test_balance_and_equity_are_those_of_all_symbols():
    """0.1 lot each: 10 for 0.001. EURUSD is open in bars 1 to 3, GBPUSD (short) in bars 2 to 4."""
    result, _ = run(
        {(EUR, 0): order(EUR), (GBP, 1): order(GBP, "sell"), (EUR, 3): close(EUR), (GBP, 4): close(GBP)},
        rising(EUR, 1.1),
        rising(GBP, 1.3),
    )
    assert result.balance.tolist() == [10_000, 10_000, 10_000, 10_000, 10_030, 10_000, 10_000, 10_000]
    assert (result.equity - result.balance).round(6).tolist() == [0, 5, 15 - 5, 25 - 15, -25, 0, 0, 0]
    figures = compute_metrics(result)
    assert (figures["trades"], figures["net_profit"], figures["exposure_percent"]) == (2, 0.0, 50.0)


def test_margin_is_that_of_all_symbols():
    """5 lots of EURUSD at 1.1 hold 5500: 3.4 of GBPUSD at 1.3 (4420) are covered, 3.5 (4550) are not."""
    for lots, answer in ((3.4, "BT2"), (3.5, 10019)):
        bars = market(flat(1.1, 4)), market(flat(1.3, 4), symbol=GBP)
        _, client = run({(EUR, 0): order(EUR, volume=5.0), (GBP, 0): order(GBP, volume=lots)}, *bars)
        assert getattr(client.answers[1], "code", client.answers[1]) == answer


def test_limits_of_the_account_count_all_symbols():
    """One position, then one waiting order, whatever the symbol: 10040 and 10033."""
    bars = market(flat(1.1, 4)), market(flat(1.3, 4), symbol=GBP)
    _, client = run({(EUR, 0): order(EUR), (GBP, 0): order(GBP)}, *bars, account=AccountTerms(limit_positions=1))
    assert client.answers[1].code == 10040
    script = {(EUR, 0): order(EUR, "buy_limit", price=1.0), (GBP, 0): order(GBP, "buy_limit", price=1.2)}
    _, client = run(script, *bars, account=AccountTerms(limit_orders=1))
    assert client.answers[1].code == 10033


CRASH = [*flat(1.1, 2), (1.1, 1.1, 1.08, 1.085), *flat(1.085, 2)]


def test_a_stop_out_closes_all_symbols():
    """Margin 5500 + 3900 = 9400: at 4700 of equity, 5300 below, which is 0.0106 of 5 lots at 1.1."""
    bars = market(CRASH), market(flat(1.3, 5), symbol=GBP)
    script = {(EUR, 0): order(EUR, volume=5.0), (GBP, 0): order(GBP, volume=3.0)}
    result, _ = run(script, *bars)
    assert [row(t)[0::2] for t in result.trades] == [(EUR, 1, 2, "stop_out"), (GBP, 1, 2, "stop_out")]
    assert result.trades[0].exit_price == 1.0894
    assert result.balance[-1] == 10_000 - 5300


def test_the_losses_of_one_symbol_count_against_the_other():
    """GBPUSD has lost 3000 before EURUSD falls: 2300 more are enough, 0.0046 of 5 lots."""
    gbp = market([*flat(1.3, 2), *flat(1.29, 3)], symbol=GBP)
    eur = market([*flat(1.1, 3), (1.1, 1.1, 1.08, 1.085), *flat(1.085, 1)])
    result, _ = run({(EUR, 0): order(EUR, volume=5.0), (GBP, 0): order(GBP, volume=3.0)}, eur, gbp)
    assert [row(t)[4:] for t in result.trades] == [(3, 1.0954, "stop_out"), (3, 1.29, "stop_out")]


def test_the_other_policy_closes_the_worst_position_wherever_it_is():
    """GBPUSD is 3000 down and EURUSD 2300 when the level is reached: GBPUSD goes, EURUSD lives on."""
    gbp = market([*flat(1.3, 2), *flat(1.29, 3)], symbol=GBP)
    eur = market([*flat(1.1, 3), (1.1, 1.1, 1.09539, 1.097), *flat(1.097, 1)])
    result, _ = run(
        {(EUR, 0): order(EUR, volume=5.0), (GBP, 0): order(GBP, volume=3.0)}, eur, gbp,
        account=AccountTerms(stop_out="worst"),
    )  # fmt: skip
    assert [row(t)[0::6] for t in result.trades] == [(GBP, "stop_out"), (EUR, "end_of_data")]


def test_money_is_converted_at_the_rate_of_a_symbol_at_hand():
    """EURGBP earns 100 pounds; GBPUSD opens at 1.31 in the bar of the exit."""
    cross = market([*flat(0.85, 2), *flat(0.86, 3)], symbol="EURGBP")
    pounds, euros = market([*flat(1.3, 2), *flat(1.31, 3)], symbol=GBP), market(flat(1.1, 5))

    class Cross(Both):
        symbols = ("EURGBP",)

    result, _ = run({("EURGBP", 0): order("EURGBP"), ("EURGBP", 1): close("EURGBP")}, cross, pounds, euros, kind=Cross)
    assert (result.trades[0].profit, result.notes) == (131.0, ())


# ------------------------------------------------------------- rules by symbol


def test_position_rules_are_per_symbol_and_the_daily_limit_is_not():
    """A long in one symbol does not keep the other from going short; a third entry of the day is refused."""

    def enter(symbol: str, long: bool) -> Any:
        def step(client: Both) -> Any:
            side = client.entry_side(symbol, long=long, short=not long, trades_per_day=2)
            return side and order(symbol, "buy" if side == "long" else "sell")(client)

        return step

    script = {(EUR, 0): enter(EUR, True), (GBP, 0): enter(GBP, False), (EUR, 2): close(EUR), (EUR, 3): enter(EUR, True)}
    result, client = run(script, rising(EUR, 1.1), rising(GBP, 1.3))
    assert client.answers[:2] == ["BT1", "BT2"]
    assert client.answers[3] is None
    assert len(result.trades) == 2


def test_prices_sizes_and_grids_are_those_of_the_symbol():
    yen = market(flat(150.0, 4), symbol="USDJPY", spread=np.full(4, 20.0))

    def look(client: Both) -> Any:
        return (client.bid("USDJPY"), client.ask("USDJPY"), client.pip("USDJPY"), client.point("USDJPY"),
                client.round_price("USDJPY", 150.00049), client.pip(EUR))  # fmt: skip

    class Dollars(Both):
        symbols = (EUR, "USDJPY")

    _, client = run({(EUR, 1): look}, rising(EUR, 1.1, 4), yen, kind=Dollars)
    assert client.answers == [(150.0, 150.02, 0.01, 0.001, 150.0, 0.0001)]


def test_a_signal_is_that_of_the_symbol_being_handled():
    class Signals(MAS):
        symbols = (EUR, GBP)

        def __init__(self) -> None:
            super().__init__()
            self.fired: list[tuple[str, int]] = []

        def signals(self, bars: Bars) -> dict[str, Any]:
            return {"enter_long": bars.close > (1.103 if bars.symbol == EUR else 1.305), "price": bars.close}

        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
            assert self.value("price") == data["close"]
            if self.signal("enter_long"):
                self.fired.append((symbol, data["time"].hour))

    client = Signals()
    run_backtest(client, rising(EUR, 1.1), others=(rising(GBP, 1.3),))
    assert client.fired == [(EUR, 3), (EUR, 4), (GBP, 5)] or client.fired[:2] == [(EUR, 3), (EUR, 4)]
    assert {hour for symbol, hour in client.fired if symbol == GBP} == {5, 6, 7}


def test_the_account_and_its_positions_are_seen_from_every_symbol():
    """get_positions, get_account_info, modifying and closing by id, whatever symbol is being handled."""
    script = {
        (EUR, 0): order(EUR), (GBP, 0): order(GBP),
        (EUR, 1): lambda c: sorted(p["symbol"] for p in c.get_positions()),
        (GBP, 1): lambda c: c.modify_position_sltp({"position_id": "BT1", "sl": 1.05}),
        (EUR, 2): lambda c: c.get_positions({"symbol": EUR})[0]["sl"],
        (GBP, 2): lambda c: round(c.get_account_info()["margin"], 2),
        (GBP, 3): close(EUR),
    }  # fmt: skip
    result, client = run(script, rising(EUR, 1.1), rising(GBP, 1.3))
    assert client.answers[2:6] == [[EUR, GBP], True, 1.05, round(110.1 + 130.1, 2)]
    assert [row(t)[0] for t in result.trades] == [EUR, GBP]


# ------------------------------------------------------------- reading other symbols


def test_another_symbols_bars_are_seen_once_they_have_ended():
    """Gold has no bar 3: what is known at the close of bar 3 is its bar 2."""
    gold = without(market([(float(n), n + 0.5, n - 0.5, float(n)) for n in range(10, 18)], symbol=GOLD), 3)
    bars = rising(EUR, 1.1).beside(gold)
    other = bars.of(GOLD)
    assert other.align(other.close).values.tolist() == [10, 11, 12, 12, 14, 15, 16, 17]
    assert bars.of(GOLD) is other
    assert bars.of(EUR).align(bars.of(EUR).close).values.tolist() == bars.close.values.tolist()


def test_a_higher_timeframe_of_another_symbol_is_aligned_in_two_steps():
    """Two-hour gold bars: the one of hours 0 and 1 has ended at the close of bar 1."""
    gold = market([(float(n), n + 0.5, n - 0.5, float(n)) for n in range(10, 18)], symbol=GOLD)
    other = rising(EUR, 1.1).beside(gold).of(GOLD)
    hours = other.on("H2")
    seen = other.align(hours.align(hours.close)).values
    assert np.isnan(seen[0])
    assert seen[1:].tolist() == [11, 11, 13, 13, 15, 15, 17]


@QUIET
@given(st.integers(0, 10_000), st.integers(2, 119), st.floats(0.5, 1.0))
def test_slices_of_bars_know_nothing_later_of_their_siblings(seed: int, cut: int, share: float) -> None:
    """What `of` shows on bars cut short is what the whole bars show up to there, and its raw bars end there too."""
    gold = replace(walk(seed + 1), symbol=GOLD)
    gold = without(gold, *np.flatnonzero(np.random.default_rng(seed).random(120) > share))
    whole = walk(seed).beside(gold)
    part = whole[:cut]
    seen, cut_seen = (bars.of(GOLD).align(bars.of(GOLD).close).values for bars in (whole, part))
    np.testing.assert_array_equal(seen[:cut], cut_seen)
    if len(part.of(GOLD)):
        assert part.of(GOLD).decision_time[-1] <= part.decision_time[-1]


def test_a_symbol_without_bars_is_named_with_the_option_that_gives_them():
    with pytest.raises(MasError, match=r"XAUUSD.*--data XAUUSD=FILE.*XAUUSD_H1\.csv"):
        rising(EUR, 1.1).of(GOLD)
    with pytest.raises(ParameterError, match="--data GBPUSD=FILE"):
        run_backtest(Both(), rising(EUR, 1.1))
    with pytest.raises(ParameterError, match="the bars are of USDJPY"):
        run_backtest(Both(), rising("USDJPY", 150.0), others=(rising(GBP, 1.3),))


def test_symbols_must_be_names():
    class Wrong(Both):
        symbols = EUR  # type: ignore[assignment]

    with pytest.raises(ParameterError, match="symbols must be names"):
        run_backtest(Wrong(), rising(EUR, 1.1))


# ------------------------------------------------------------- bars found on the way


class Alone(Both):
    symbols = ()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """GBPUSD bars where MAS_DATA says."""
    bars = rising(GBP, 1.3)
    lines = []
    for i, stamp in enumerate(bars.time):
        prices = (f"{getattr(bars, column).values[i]:.5f}" for column in ("open", "high", "low", "close"))
        lines.append(f"{np.datetime64(int(stamp), 's')},{','.join(prices)}")
    (tmp_path / "GBPUSD_H1.csv").write_text("time,open,high,low,close\n" + "\n".join(lines) + "\n")
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    return tmp_path


def test_a_symbol_is_loaded_when_it_is_first_traded(folder):
    """In the middle of a run on one symbol; before that nothing was known of it."""
    script = {
        (EUR, 2): order(GBP),
        (EUR, 3): lambda c: c.trades(GBP)[0].bars,
        (EUR, 4): close(GBP),
        (EUR, 5): order(EUR),
    }
    result, client = run(script, rising(EUR, 1.1), kind=Alone, spread=0)
    assert list(map(row, result.trades)) == [
        (GBP, "long", 3, 1.303, 5, 1.305, "signal"), (EUR, "long", 6, 1.106, 7, 1.1075, "end_of_data"),
    ]  # fmt: skip
    assert client.answers[1] == 1
    assert [symbol for symbol, _, _ in client.called] == [EUR] * 8
    assert result.symbols == (EUR, GBP)


def test_a_symbol_that_nobody_has_is_refused(folder):
    _, client = run({(EUR, 2): order("AUDUSD")}, rising(EUR, 1.1), kind=Alone)
    assert client.answers[0].code == 10013
    assert "AUDUSD" in client.answers[0]


def test_a_documented_script_subscribes_to_several_symbols(folder):
    """Both in one replay, in the order of the list."""
    lines = (folder / "GBPUSD_H1.csv").read_text()
    (folder / "EURUSD_H1.csv").write_text(lines)
    client = Alone({(GBP, 2): order(EUR)})
    client.subscribe_bars({"symbol": [GBP, EUR], "timeframe": "H1", "backtest_toggle": True})
    assert client.called[:3] == [(GBP, 0, False), (EUR, 0, False), (GBP, 1, False)]
    assert client.answers == ["BT1"]
    assert len(client.called) == 16


def test_the_band_of_a_symbol_that_was_loaded_on_the_way(folder):
    """GBPUSD, loaded at the close of bar 2, holds both levels in bar 3: the copy of the run plays it too."""
    result, _ = run({(EUR, 2): order(GBP, sl=1.3025, tp=1.3039)}, rising(EUR, 1.1), kind=Alone, spread=0)
    assert row(result.trades[0]) == (GBP, "long", 3, 1.303, 3, 1.3025, "sl")
    assert result.band is not None
    assert (round(result.band.worst, 2), round(result.band.best, 2)) == (-5.0, 9.0)
