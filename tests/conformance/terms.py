"""Cases 62 to 99: the broker's terms: sessions, gaps, costs, swap, calculation modes, exchange symbols, ticks."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from mas import constants as mt5
from mas.modelling import course_of
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from mas.ticks import Ticks
from tests.conformance.stage import BUY, SELL, Stage, at, case

IN, OUT = range(2)
DONE = mt5.TRADE_RETCODE_DONE
BUY_LIMIT, SELL_LIMIT, BUY_STOP = mt5.ORDER_TYPE_BUY_LIMIT, mt5.ORDER_TYPE_SELL_LIMIT, mt5.ORDER_TYPE_BUY_STOP

# ------------------------------------------------------------- sessions and gaps

NOT_AT_TWO = SymbolTerms(sessions={1: ((0, 120), (180, 1440))})
"""Monday without the hour that falls to 1.0950; the next opens at 1.0980."""


@case(62, terms=NOT_AT_TWO)
def stop_outside_the_sessions(stage: Stage) -> None:
    """What the closed hour has passed is hit at the first price of the next session."""
    ticket, other = stage.buy(sl=1.099).order, stage.buy(sl=1.096).order
    stage.to(3)
    assert stage.mt5.positions_total() == 2
    stage.to(4)
    assert stage.deals(ticket)[-1] == (OUT, 0.1, 1.098, -21.0)
    assert stage.position(other) is not None


@case(63, terms=NOT_AT_TWO)
def waiting_order_outside_the_sessions(stage: Stage) -> None:
    """A limit is not filled in the closed hour, and better than its price after it."""
    missed, better = stage.wait(BUY_LIMIT, 1.096).order, stage.wait(BUY_LIMIT, 1.099).order
    stage.to(3)
    assert stage.mt5.orders_total() == 2
    stage.to(4)
    assert stage.position(better).price_open == pytest.approx(1.0981)
    assert stage.mt5.orders_get()[0].ticket == missed


@case(64, terms=NOT_AT_TWO, account=AccountTerms(gaps="level"))
def gap_at_the_level(stage: Stage) -> None:
    """The other rule for gaps: the price that was written in the order."""
    ticket = stage.buy(sl=1.099).order
    stage.to(4)
    assert stage.deals(ticket)[-1][2] == 1.099


# ------------------------------------------------------------- costs


@case(65, account=AccountTerms(commission=Commission(3.0, per="deal", charged="day")))
def commission_at_the_end_of_the_day(stage: Stage) -> None:
    """Blocked until midnight, then charged by a deal of its own."""
    ticket = stage.buy().order
    account = stage.mt5.account_info()
    assert (account.balance, account.commission_blocked) == (10_000.0, 3.0)
    assert account.margin_free == pytest.approx(account.equity - account.margin - 3.0)
    stage.to(24)
    assert stage.mt5.account_info().commission_blocked == 0.0
    deal = stage.mt5.history_deals_get(0, at(9))[-1]
    assert (deal.type, deal.profit, deal.time) == (mt5.DEAL_TYPE_COMMISSION_DAILY, -3.0, at(1))
    assert (stage.balance(), stage.mt5.history_deals_get(position=ticket)[0].commission) == (9_997.0, 0.0)


@case(66, account=AccountTerms(commission=Commission(2.0), fee=Commission(0.5, per="deal", on="out")))
def fee(stage: Stage) -> None:
    """A field of its own beside the commission."""
    ticket = stage.buy().order
    stage.sell(position=ticket)
    assert [(d.commission, d.fee) for d in stage.mt5.history_deals_get(position=ticket)] == [(-0.2, 0.0), (-0.2, -0.5)]
    assert stage.balance() == pytest.approx(10_000 - 1.0 - 0.9)


@case(67, account=AccountTerms(commission=Commission(10.0, tiers=((1.0, 4.0),), currency="base", most=4.5)))
def commission_by_tiers(stage: Stage) -> None:
    """In euros: ten a lot, four from a whole lot on, at most 4.50 dollars."""
    deals = [stage.mt5.history_deals_get(ticket=stage.buy(lots).order)[0] for lots in (0.1, 1.0, 1.1)]
    assert [round(deal.commission, 2) for deal in deals] == [-1.1, -4.4, -4.5]


@case(68, account=AccountTerms(swaps=True), spec={"swap_long": -1.0, "swap_rollover3days": 1, "swap_mode": "POINTS"})
def triple_swap(stage: Stage) -> None:
    """The night from Monday to Tuesday counts three times, the next once."""
    ticket = stage.buy(1.0).order
    stage.to(24)
    assert stage.position(ticket).swap == -3.0
    stage.to(48)
    assert stage.position(ticket).swap == -4.0


@case(
    69, account=AccountTerms(swaps=True), terms=SymbolTerms(swap_days=(0, 0.5, 2, 1, 1, 1, 0)),
    spec={"swap_long": -1.0, "swap_mode": "POINTS"},
)  # fmt: skip
def swap_by_weekday(stage: Stage) -> None:
    """Half a night on Monday, two on Tuesday."""
    ticket = stage.buy(1.0).order
    stage.to(24)
    assert stage.position(ticket).swap == -0.5
    stage.to(48)
    assert stage.position(ticket).swap == -2.5


@case(70, account=AccountTerms(swaps=True), spec={"swap_long": -6.0, "swap_mode": "REOPEN_CURRENT"})
def swap_by_reopening(stage: Stage) -> None:
    """Closed at the day's last price, opened six points higher: two deals of the rollover, the identifier stays."""
    ticket = stage.buy(0.1).order
    stage.to(24)
    (position,) = stage.mt5.positions_get()
    assert (position.identifier, round(position.price_open, 6), position.swap) == (ticket, 1.10506, 0.0)
    assert stage.deals(ticket) == [(IN, 0.1, 1.1001, 0.0), (OUT, 0.1, 1.105, 49.0), (IN, 0.1, 1.10506, 0.0)]
    assert [d.reason for d in stage.mt5.history_deals_get(position=ticket)][1:] == [mt5.DEAL_REASON_ROLLOVER] * 2
    stage.sell(0.1, position=position.ticket)
    assert stage.balance() == pytest.approx(10_000 + 49.0 - 0.6)


@case(71, currency="EUR")
def account_in_another_currency(stage: Stage) -> None:
    """Profit in dollars, converted at the closing price; margin in the base currency needs no rate."""
    ticket = stage.buy(1.0).order
    stage.to(4)
    account = stage.mt5.account_info()
    assert (account.currency, account.margin) == ("EUR", 1_000.0)
    assert stage.position(ticket).profit == round(490 / 1.105, 2)
    stage.sell(1.0, position=ticket)
    assert stage.balance() == pytest.approx(10_000 + 490 / 1.105, abs=0.01)


# ------------------------------------------------------------- calculation modes


@case(
    75, terms=SymbolTerms(margin_initial=500.0, margin_maintenance=400.0, tick_value=2.0),
    spec={"calc_mode": "FUTURES", "currency_margin": "USD"},
)  # fmt: skip
def futures(stage: Stage) -> None:
    """Margin per lot, less once the position is open; profit by ticks."""
    assert stage.mt5.order_calc_margin(BUY, "EURUSD", 2.0, 1.1) == 1_000.0
    assert stage.mt5.order_calc_profit(SELL, "EURUSD", 2.0, 1.1, 1.099) == 400.0
    stage.buy(2.0)
    assert stage.mt5.account_info().margin == 800.0


@case(
    76, terms=SymbolTerms(margin_initial=500.0, settlement_price=1.101),
    spec={"calc_mode": "EXCH_FUTURES_FORTS", "currency_margin": "USD"},
)  # fmt: skip
def forts_futures(stage: Stage) -> None:
    """What a buy is below the settlement price, and a sale above it, comes off the margin."""
    prices = ((BUY, 1.1), (BUY, 1.102), (SELL, 1.102), (SELL, 1.1))
    assert [stage.mt5.order_calc_margin(way, "EURUSD", 1.0, price) for way, price in prices] == [400, 500, 400, 500]
    stage.buy(1.0)
    stage.refused(mt5.TRADE_RETCODE_NO_MONEY, stage.sell(50.0))
    assert stage.mt5.account_info().margin == 410.0
    assert stage.mt5.symbol_info("EURUSD").trade_calc_mode == 34


@case(
    77, terms=SymbolTerms(face_value=1_000.0),
    spec={"calc_mode": "EXCH_BONDS", "contract_size": 10.0, "currency_margin": "USD"},
)  # fmt: skip
def bonds(stage: Stage) -> None:
    """Prices are percent of the face value."""
    assert stage.mt5.order_calc_margin(BUY, "EURUSD", 2.0, 98.5) == 19_700.0
    assert stage.mt5.order_calc_profit(BUY, "EURUSD", 2.0, 98.5, 99.0) == 100.0
    info = stage.mt5.symbol_info("EURUSD")
    assert (info.trade_calc_mode, info.trade_face_value) == (mt5.SYMBOL_CALC_MODE_EXCH_BONDS, 1_000.0)


@case(78, terms=SymbolTerms(liquidity_rate=0.5), spec={"calc_mode": "SERV_COLLATERAL"})
def collateral(stage: Stage) -> None:
    """No margin, no profit: an asset."""
    stage.buy(1.0)
    account = stage.mt5.account_info()
    assert (account.assets, account.margin, account.profit) == (55_000.0, 0.0, 0.0)


@case(79, deposit=1_200.0)
def margin_call_is_a_state(stage: Stage) -> None:
    """Between the levels of the call and of the stop-out nothing is closed; nothing more can be opened."""
    ticket = stage.buy(1.0).order
    assert stage.mt5.account_info().margin_level > 100.0
    stage.to(3)
    account = stage.mt5.account_info()
    assert account.margin_so_so < account.margin_level < account.margin_so_call
    assert account.margin_level == pytest.approx(100 * account.equity / account.margin)
    stage.refused(10019, stage.buy(0.01))
    assert stage.position(ticket) is not None


# ------------------------------------------------------------- exchange symbols

LAST = SymbolTerms(chart_mode=mt5.SYMBOL_CHART_MODE_LAST, margin_initial=100.0)


@case(80, terms=LAST, spec={"calc_mode": "EXCH_FUTURES"})
def last_price_triggers_levels(stage: Stage) -> None:
    """A short's stop waits for the Last price, and is dealt at the ask."""
    hit, spared = stage.sell(sl=1.106).order, stage.sell(sl=1.1061).order
    stage.to(4)
    assert stage.deals(hit)[-1][2] == 1.1061
    assert stage.position(spared) is not None
    assert stage.mt5.symbol_info_tick("EURUSD").last == 1.105


@case(81, terms=LAST, spec={"calc_mode": "EXCH_FUTURES"})
def last_price_triggers_stop_orders(stage: Stage) -> None:
    """Stop orders too, but not limits."""
    stop, never, limit = (stage.wait(*order).order for order in ((4, 1.106), (4, 1.1061), (2, 1.0951)))
    stage.to(4)
    assert stage.position(stop).price_open == pytest.approx(1.1061)
    assert stage.position(limit).price_open == pytest.approx(1.0951)
    assert [order.ticket for order in stage.mt5.orders_get()] == [never]


@case(82, terms=SymbolTerms(execution=mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE, filling_mode=mt5.SYMBOL_FILLING_BOC))
def book_or_cancel(stage: Stage) -> None:
    """A limit that would fill at once is cancelled instead; stops cannot be sent that way (10030)."""
    marketable = stage.wait(BUY_LIMIT, 1.101, type_filling=mt5.ORDER_FILLING_BOC)
    assert (marketable.retcode, stage.finished(marketable.order).state) == (DONE, mt5.ORDER_STATE_CANCELED)
    assert stage.wait(BUY_LIMIT, 1.0999, type_filling=mt5.ORDER_FILLING_BOC).retcode == DONE
    assert (stage.mt5.orders_total(), stage.mt5.positions_total()) == (1, 0)
    stage.refused(10030, stage.wait(BUY_STOP, 1.11, type_filling=mt5.ORDER_FILLING_BOC))


# ------------------------------------------------------------- netting in the bar of a fill


@case(85, account=AccountTerms(netting=True))
def target_of_an_increase(stage: Stage) -> None:
    """Not hit in the bar of the fill, though its high came before; in the next one it is."""
    ticket = stage.buy().order
    stage.wait(BUY_LIMIT, 1.096, tp=1.0995)
    stage.to(3)
    assert stage.position(ticket).volume == 0.2
    stage.to(4)
    assert stage.deals(ticket)[-1][:3] == (OUT, 0.2, 1.0995)


# ------------------------------------------------------------- recorded ticks


@case(90)
def recorded_ticks(stage: Stage) -> None:
    """Those up to the clock, with their own asks and stamps."""
    market = stage.clock.market
    bids = np.array([1.1, 1.1, 1.1, 1.095, 1.098, 1.098, 1.106, 1.105])
    stamps = 1000 * np.array([at(0, 1) + 5, at(0, 1) + 900, at(0, 2), *(at(0, 2) + np.array([60, 3599]))])
    stamps = np.concatenate((stamps, 1000 * (at(0, 3) + np.array([1, 2, 3]))))
    ticks = Ticks("EURUSD", stamps, bids, np.round(bids + 0.0002, 5), market.spec)
    course_of(market, "real_ticks", ticks).lead(stage.clock)
    stage.clock.open_bar(2)
    monday, tuesday = (datetime.fromtimestamp(at(day), UTC) for day in (0, 1))
    found = stage.mt5.copy_ticks_range("EURUSD", monday, tuesday, mt5.COPY_TICKS_ALL)
    assert [int(stamp) for stamp in found["time_msc"]] == stamps[:3].tolist()
    assert [round(float(ask), 5) for ask in found["ask"]] == [1.1002] * 3
    stage.clock.open_bar(3)
    tick = stage.mt5.symbol_info_tick("EURUSD")
    assert (tick.time_msc, tick.bid, tick.ask) == (stamps[5], 1.098, 1.0982)
