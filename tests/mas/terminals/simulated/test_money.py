"""Profit, margin, swap and conversion by hand, for each calculation mode and account currency."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mas import constants as mt5
from mas.bars import Bars
from mas.errors import ParameterError
from mas.symbols import SymbolSpec, symbol_spec
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.conversion import Rates
from mas.terminals.simulated.money import Money
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from tests.mas.scenarios import MONDAY, flat, market

INDEX = SymbolSpec(
    "IDX", digits=1, point=0.1, tick_size=0.5, pip=1.0, contract_size=10.0, volume_min=1.0, volume_step=1.0,
    volume_max=100.0, currency_base="USD", currency_profit="USD", currency_margin="USD", calc_mode="CFD", spread=0,
)  # fmt: skip
BUY = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": 0, "volume": 1.0}
SELL = {**BUY, "type": 1}


def opened(bars: Bars, **settings: Any) -> SimulatedTerminal:
    """At the first tick of bar 0."""
    terminal = SimulatedTerminal(bars, **settings)
    terminal.initialize()
    terminal.open_bar(0)
    return terminal


@pytest.mark.parametrize(
    ("mode", "terms", "margin"),
    [
        ("FOREX", {}, 2 * 10 / 50), ("FOREX_NO_LEVERAGE", {}, 2 * 10), ("CFD", {}, 2 * 10 * 4000),
        ("CFDLEVERAGE", {}, 2 * 10 * 4000 / 50), ("CFDINDEX", {"tick_value": 2.5}, 2 * 10 * 4000 * 2.5 / 0.5),
        ("FUTURES", {"margin_initial": 500.0}, 2 * 500), ("EXCH_FUTURES", {"margin_initial": 500.0}, 2 * 500),
        ("EXCH_STOCKS", {}, 2 * 10 * 4000), ("SERV_COLLATERAL", {}, 0.0), ("CFD", {"margin_initial": 500.0}, 2 * 500),
        ("CFDLEVERAGE", {"margin_initial": 500.0}, 2 * 500 / 50), ("CFD", {"margin_rate": 0.25}, 2 * 10 * 4000 / 4),
        ("EXCH_STOCKS_MOEX", {}, 2 * 10 * 4000), ("EXCH_BONDS", {"face_value": 1000.0}, 2 * 10 * 1000 * 4000 / 100),
        ("EXCH_BONDS_MOEX", {"margin_rate": 0.5}, 2 * 10 * 4000 / 2), ("EXCH_OPTIONS", {}, 2 * 10 * 4000),
        ("EXCH_OPTIONS_MARGIN", {"margin_initial": 500.0}, 2 * 500),
        ("EXCH_FUTURES_FORTS", {"margin_initial": 500.0}, 2 * 500),
    ],
)  # fmt: skip
def test_margin_follows_the_calculation_mode(mode: str, terms: dict[str, Any], margin: float) -> None:
    """Two lots of ten units at 4000 with a leverage of 50 (reference mt5.md, section 9)."""
    money = Money(replace(INDEX, calc_mode=mode), "USD", 50, SymbolTerms(**terms))
    assert money.margin(2.0, 4000.0) == pytest.approx(margin)


def test_maintenance_margin_counts_once_a_position_is_open() -> None:
    """The order asks for the initial margin, the position holds the maintenance margin."""
    money = Money(
        replace(INDEX, calc_mode="FUTURES"), "USD", 50, SymbolTerms(margin_initial=500, margin_maintenance=400)
    )
    assert (money.margin(1.0, 4000.0), money.margin(1.0, 4000.0, held=True)) == (500, 400)


def test_profit_of_futures_counts_ticks() -> None:
    """Two lots, ten ticks of 2.50."""
    money = Money(replace(INDEX, calc_mode="FUTURES"), "USD", 50, SymbolTerms(tick_value=2.5))
    assert money.profit(1, 2.0, 4000.0, 4005.0) == 50.0


@pytest.mark.parametrize(
    ("mode", "terms", "profit"),
    [
        ("FOREX", {}, 100.0), ("CFD", {}, 100.0), ("CFDLEVERAGE", {}, 100.0), ("EXCH_STOCKS", {}, 100.0),
        ("CFDINDEX", {"tick_value": 2.5}, 100.0), ("EXCH_FUTURES", {"tick_value": 2.5}, 50.0),
        ("EXCH_FUTURES_FORTS", {"tick_value": 2.5}, 50.0), ("EXCH_BONDS", {"face_value": 1000.0}, 1000.0),
        ("EXCH_BONDS_MOEX", {}, 100.0), ("EXCH_OPTIONS", {}, 100.0), ("SERV_COLLATERAL", {}, 0.0),
    ],
)  # fmt: skip
def test_profit_follows_the_calculation_mode(mode: str, terms: dict[str, Any], profit: float) -> None:
    """Two lots of ten units, from 4000 to 4005 and back for a short."""
    money = Money(replace(INDEX, calc_mode=mode), "USD", 50, SymbolTerms(**terms))
    assert money.profit(1, 2.0, 4000.0, 4005.0) == pytest.approx(profit)
    assert money.profit(-1, 2.0, 4000.0, 4005.0) == pytest.approx(-profit)


@pytest.mark.parametrize(
    ("side", "price", "margin"),
    [(1, 4000.0, 1000.0), (1, 3990.0, 900.0), (1, 4010.0, 1000.0), (-1, 4010.0, 900.0), (-1, 3990.0, 1000.0),
     (1, 3000.0, 0.0)],
)  # fmt: skip
def test_forts_margin_is_reduced_by_what_the_price_is_better_than_the_settlement(
    side: int, price: float, margin: float
) -> None:
    """Two lots at 500; 5 per unit of price and lot; never below nothing."""
    terms = SymbolTerms(margin_initial=500.0, tick_value=2.5, settlement_price=4000.0)
    money = Money(replace(INDEX, calc_mode="EXCH_FUTURES_FORTS"), "USD", 50, terms)
    assert money.margin(2.0, price, side=side) == pytest.approx(margin)


def test_collateral_is_an_asset() -> None:
    """It takes no margin and makes no profit; what it is worth counts as the account's assets."""
    spec = replace(INDEX, name="EURUSD", calc_mode="SERV_COLLATERAL")
    terminal = opened(market(flat(4000.0, 3), spec=spec), terms=SymbolTerms(liquidity_rate=0.7))
    terminal.order_send(BUY)
    account, info = terminal.account_info(), terminal.symbol_info("EURUSD")
    assert account is not None
    assert info is not None
    assert (account.assets, account.margin, account.equity) == (28_000.0, 0.0, 10_000.0)
    assert (info.trade_calc_mode, info.trade_liquidity_rate) == (mt5.SYMBOL_CALC_MODE_SERV_COLLATERAL, 0.7)


def test_the_platform_and_the_package_number_options_differently() -> None:
    """FORTS futures are 34 in a terminal, options 35, and bonds show their face value."""
    found = []
    for mode in ("EXCH_FUTURES_FORTS", "EXCH_OPTIONS", "EXCH_BONDS"):
        spec = replace(symbol_spec("EURUSD"), calc_mode=mode)
        info = opened(market(flat(1.1, 3), spec=spec), terms=SymbolTerms(face_value=1000.0)).symbol_info("EURUSD")
        assert info is not None
        found.append((info.trade_calc_mode, info.trade_face_value))
    assert found == [(34, 0.0), (35, 0.0), (37, 1000.0)]


def test_hedged_lots_cost_what_the_symbol_says() -> None:
    """Larger leg: that leg alone; base method: uncovered lots in full, covered ones by the hedged contract size."""
    bars = market(flat(1.1, 3))
    margins = []
    for terms in (
        SymbolTerms(), SymbolTerms(hedged_use_leg=False), SymbolTerms(hedged_use_leg=False, margin_hedged=50_000.0),
        SymbolTerms(hedged_use_leg=False, margin_hedged=0.0),
    ):  # fmt: skip
        terminal = opened(bars, terms=terms)
        terminal.order_send({**BUY, "volume": 0.3})
        terminal.order_send({**SELL, "volume": 0.1})
        account = terminal.account_info()
        assert account is not None
        margins.append(account.margin)
    assert margins == [330.0, 330.0, 275.0, 220.0]


def eurgbp() -> Bars:
    return market([(0.85, 0.86, 0.84, 0.85)] * 4, symbol="EURGBP")


def gbpusd() -> Bars:
    """Another timeframe: two days, at 1.25 and 1.30."""
    return market([(1.25, 1.3, 1.2, 1.3), (1.30, 1.3, 1.2, 1.3)], symbol="GBPUSD", timeframe="D1")


def test_profit_is_converted_by_the_bars_of_other_symbols() -> None:
    """At the open of the newest bar that has begun, and without a note; their own quotes can be asked for."""
    terminal = opened(eurgbp(), others=[gbpusd()])
    assert terminal.order_calc_profit(0, "EURGBP", 1.0, 0.85, 0.86) == 1250.0
    assert terminal.market.money.note == "" or "EUR" in terminal.market.money.note
    tick, info = terminal.symbol_info_tick("GBPUSD"), terminal.symbol_info("GBPUSD")
    assert tick is not None
    assert info is not None
    assert (tick.bid, info.trade_mode) == (1.25, mt5.SYMBOL_TRADE_MODE_DISABLED)
    assert terminal.symbols_total() == 2
    rates = terminal.copy_rates_from_pos("GBPUSD", mt5.TIMEFRAME_D1, 0, 9)
    assert rates is not None
    assert rates["close"].tolist() == [1.25]


def test_without_them_a_typical_rate_is_used_and_said() -> None:
    """1.28 dollars per pound."""
    terminal = opened(eurgbp())
    assert terminal.order_calc_profit(0, "EURGBP", 1.0, 0.85, 0.86) == 1280.0
    assert "typical 1.28 USD per GBP" in terminal.market.money.note


def test_rates_cross_through_a_third_currency() -> None:
    """Pound to yen by way of the dollar, over time; an unknown currency is an error that names the symbol."""
    usdjpy = market([(150.0, 151, 149, 150)] * 2, symbol="USDJPY", timeframe="D1")
    rate = Rates([gbpusd(), usdjpy]).between("GBP", "JPY")
    assert (rate.at(MONDAY), rate.at(MONDAY + 86_400), rate.at(0)) == (187.5, 195.0, 187.5)
    assert rate.over(np.array([MONDAY, MONDAY + 90_000])).tolist() == [187.5, 195.0]
    with pytest.raises(ParameterError, match=r"from GBP to XXX.*EURGBP"):
        Money(symbol_spec("EURGBP"), "XXX", 100)


@pytest.mark.parametrize(
    ("mode", "long", "night"),
    [
        ("DISABLED", -5.0, 0.0), ("POINTS", -5.0, -5.0), ("CURRENCY_DEPOSIT", -5.0, -5.0),
        ("CURRENCY_PROFIT", -5.0, -5.0), ("CURRENCY_SYMBOL", -5.0, -5.5), ("CURRENCY_MARGIN", -5.0, -5.5),
        ("INTEREST_CURRENT", -3.6, -11.0), ("INTEREST_OPEN", -3.6, -11.0),
    ],
)  # fmt: skip
def test_swap_by_mode(mode: str, long: float, night: float) -> None:
    """One lot of EURUSD at 1.1000 over one night."""
    spec = replace(symbol_spec("EURUSD"), swap_mode=mode, swap_long=long)
    terminal = opened(market(flat(1.1, 30), spec=spec), account=AccountTerms(swaps=True), others=[_eurusd()])
    terminal.order_send(BUY)
    terminal.open_bar(24)
    (position,) = terminal.positions_get() or ()
    assert position.swap == pytest.approx(night)


def _eurusd() -> Bars:
    return market(flat(1.1, 2), timeframe="D1")


def test_swap_of_a_week() -> None:
    """Monday to Friday one night each, Wednesday three, the weekend none: seven; only from the second day on."""
    spec = replace(symbol_spec("EURUSD"), swap_mode="POINTS", swap_long=-1.0, swap_rollover3days=3)
    terminal = opened(market(flat(1.1, 8), timeframe="D1", spec=spec), account=AccountTerms(swaps=True))
    terminal.order_send(BUY)
    paid = []
    for bar in range(1, 8):
        terminal.open_bar(bar)
        paid.append((terminal.positions_get() or ())[0].swap)
    assert paid == [-1, -2, -5, -6, -7, -7, -7]
    assert opened(market(flat(1.1, 8), spec=spec)).rollover.active is False


def test_nights_that_nobody_looked_at_are_charged_as_well() -> None:
    """The search for the next touched bar stops at each morning, so that a stop-out knows the swap."""
    spec = replace(symbol_spec("EURUSD"), swap_mode="POINTS", swap_long=-1.0)
    terminal = opened(market(flat(1.1, 80), spec=spec), account=AccountTerms(swaps=True))
    terminal.order_send(BUY)
    assert (terminal.next_touch(1, 80), terminal.next_touch(25, 80)) == (24, 48)
    terminal.play(48)
    terminal.close_all("end_of_data")
    assert terminal.book.closed[0][1].swap == -2.0
    assert terminal.book.balance == 10_000 - 2.0


def test_swap_ruins_an_account() -> None:
    """Equity counts it: what is charged overnight may lead to the stop-out."""
    spec = replace(symbol_spec("EURUSD"), swap_mode="CURRENCY_DEPOSIT", swap_long=-700.0)
    terminal = opened(market(flat(1.1, 80), spec=spec), account=AccountTerms(swaps=True), deposit=1_200.0)
    terminal.order_send(BUY)
    bar = terminal.next_touch(1, 80)
    terminal.play(bar)
    assert (bar, terminal.positions_get()) == (24, ())
    assert terminal.book.closed[0][1].exit_reason == "stop_out"


@pytest.mark.parametrize("wrong", [{"stop_out": "none"}, {"slippage": -1.0}])
def test_terms_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    """ParameterError, which names what was wrong."""
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        AccountTerms(**wrong)
    with pytest.raises(ParameterError, match="per"):
        Commission(1.0, per="year")
    with pytest.raises(ParameterError, match="commission"):
        Commission(float("nan"))


@pytest.mark.parametrize(
    ("mode", "entry", "profit"), [("REOPEN_CURRENT", 1.10205, 200.0), ("REOPEN_BID", 1.10305, 300.0)]
)
def test_swap_by_reopening(mode: str, entry: float, profit: float) -> None:
    """Closed at the day's last price (or the new day's first bid), opened again five points worse: two deals."""
    spec = replace(symbol_spec("EURUSD"), swap_mode=mode, swap_long=-5.0)
    rows = [*flat(1.1, 23), *flat(1.102), *flat(1.103, 24), *flat(1.104, 3)]
    terminal = opened(market(rows, spec=spec), account=AccountTerms(swaps=True))
    terminal.order_send(BUY)
    terminal.open_bar(24)
    (position,) = terminal.positions_get() or ()
    assert (position.ticket, position.identifier, position.swap) == (1, 1, 0.0)
    assert (position.price_open, terminal.book.balance) == (entry, 10_000 + profit)
    closing, opening = (terminal.history_deals_get(position=1) or ())[1:]
    assert (closing.type, closing.entry, closing.profit, closing.reason) == (1, 1, profit, mt5.DEAL_REASON_ROLLOVER)
    assert (opening.type, opening.entry, opening.price, opening.order) == (0, 0, entry, closing.order)


def test_a_reopened_position_is_one_trade() -> None:
    """Its row runs from the first entry; what reopening cost is its swap, and equity is what it should be."""
    spec = replace(symbol_spec("EURUSD"), swap_mode="REOPEN_CURRENT", swap_short=-5.0, swap_rollover3days=2)
    bars = market([*flat(1.1, 24), *flat(1.102, 24), *flat(1.104, 4)], spec=spec)
    terminal = opened(bars, account=AccountTerms(swaps=True))
    terminal.order_send(SELL)
    terminal.open_bar(24)
    assert terminal.book.equity() == pytest.approx(10_000 - 200 - 5)
    terminal.order_send({**BUY, "volume": 0.4, "position": 1})
    terminal.open_bar(48)
    assert terminal.book.equity() == pytest.approx(10_000 - 200 - 5 - (200 + 15) * 0.6)
    terminal.close_all("end_of_data")
    rows = [trade for _, trade in terminal.book.closed]
    assert [(row.volume, row.entry_price, row.exit_price) for row in rows] == [(0.4, 1.1, 1.102), (0.6, 1.1, 1.104)]
    assert [(row.profit, row.swap) for row in rows] == [(-80.0, -2.0), (-240.0, -12.0)]
    assert terminal.book.balance == 10_000 - 80 - 2 - 240 - 12
    assert sum(amount for _, amount in terminal.book.swaps) == pytest.approx(0.0)


def test_swap_by_the_factors_of_each_day() -> None:
    """Sunday to Saturday as the broker says: here the weekend costs and Friday is free."""
    spec = replace(symbol_spec("EURUSD"), swap_mode="POINTS", swap_long=-1.0)
    terms = SymbolTerms(swap_days=(1, 1, 1, 1.5, 1, 0, 1))
    terminal = opened(market(flat(1.1, 8), timeframe="D1", spec=spec), account=AccountTerms(swaps=True), terms=terms)
    terminal.order_send(BUY)
    paid = []
    for bar in range(1, 8):
        terminal.open_bar(bar)
        paid.append((terminal.positions_get() or ())[0].swap)
    assert paid == [-1, -2, -3.5, -4.5, -4.5, -5.5, -6.5]
    with pytest.raises(ParameterError, match="swap_days"):
        SymbolTerms(swap_days=(1.0, 3.0))
