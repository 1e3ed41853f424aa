"""Cases 1 to 39 and 60 on: orders that are accepted, and what becomes of them."""

from __future__ import annotations

import pytest

from mas import constants as mt5
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from tests.conformance.stage import BUY, SELL, Stage, at, case

IN, OUT, _, OUT_BY = range(4)
DONE = mt5.TRADE_RETCODE_DONE

# ------------------------------------------------------------- market orders


@case(1)
def market_buy(stage: Stage) -> None:
    """A buy fills at the ask; order, deal and position name each other."""
    answer = stage.buy(sl=1.09, tp=1.12, magic=7, comment="mine")
    assert (answer.retcode, answer.volume, answer.price, answer.bid, answer.ask) == (DONE, 0.1, 1.1001, 1.1, 1.1001)
    position = stage.position(answer.order)
    assert (position.type, position.price_open, position.sl, position.tp, position.magic) == (0, 1.1001, 1.09, 1.12, 7)
    assert (position.price_current, position.profit, position.identifier) == (1.1, -1.0, answer.order)
    order = stage.finished(answer.order)
    assert (order.state, order.position_id, order.volume_current) == (mt5.ORDER_STATE_FILLED, answer.order, 0.0)
    (deal,) = stage.mt5.history_deals_get(ticket=answer.order)
    assert (deal.ticket, deal.position_id, deal.entry, deal.type) == (answer.deal, answer.order, IN, 0)


@case(2)
def market_sell(stage: Stage) -> None:
    """A sell fills at the bid, and its profit is reckoned at the ask."""
    answer = stage.sell()
    position = stage.position(answer.order)
    assert (answer.price, position.type, position.price_current, position.profit) == (1.1, 1, 1.1001, -1.0)


@case(3)
def opposite_order_opens_on_a_hedging_account(stage: Stage) -> None:
    """Two positions, charged once in margin."""
    stage.buy()
    stage.sell()
    account = stage.mt5.account_info()
    assert (stage.mt5.positions_total(), account.margin, account.margin_mode) == (2, 110.01, 2)


@case(4)
def close_whole(stage: Stage) -> None:
    """The opposite type with the position's ticket closes it."""
    ticket = stage.buy().order
    answer = stage.sell(position=ticket)
    assert (answer.retcode, stage.position(ticket), stage.balance()) == (DONE, None, 9_999.0)
    assert stage.deals(ticket) == [(IN, 0.1, 1.1001, 0.0), (OUT, 0.1, 1.1, -1.0)]


@case(5)
def close_part(stage: Stage) -> None:
    """The rest stays with price, stop and target; closing it takes no symbol."""
    ticket = stage.buy(0.3, sl=1.09).order
    assert stage.sell(0.1, position=ticket).retcode == DONE
    rest = stage.position(ticket)
    assert (rest.volume, rest.price_open, rest.sl) == (0.2, 1.1001, 1.09)
    assert stage.sell(0.2, position=ticket, symbol="").retcode == DONE
    assert [deal[:2] for deal in stage.deals(ticket)] == [(IN, 0.3), (OUT, 0.1), (OUT, 0.2)]


@case(6)
def stop_loss(stage: Stage) -> None:
    """Fires where the bid reaches it; order, deal and comment say so."""
    ticket = stage.buy(sl=1.096).order
    stage.to(3)
    assert stage.deals(ticket)[-1] == (OUT, 0.1, 1.096, -41.0)
    deal = stage.mt5.history_deals_get(position=ticket)[-1]
    assert (deal.reason, deal.comment) == (mt5.DEAL_REASON_SL, "sl 1.096")


@case(7)
def take_profit(stage: Stage) -> None:
    """Fires where the bid reaches it."""
    ticket = stage.buy(tp=1.104).order
    stage.to(4)
    deal = stage.mt5.history_deals_get(position=ticket)[-1]
    assert (deal.reason, deal.comment, round(deal.price, 6)) == (mt5.DEAL_REASON_TP, "tp 1.104", 1.104)


@case(8)
def sltp(stage: Stage) -> None:
    """Levels move; zero takes one away."""
    ticket = stage.buy(sl=1.09).order
    assert stage.send(mt5.TRADE_ACTION_SLTP, position=ticket, sl=1.095, tp=1.11).retcode == DONE
    assert (stage.position(ticket).sl, stage.position(ticket).tp) == (1.095, 1.11)
    assert stage.send(mt5.TRADE_ACTION_SLTP, position=ticket, tp=1.11).retcode == DONE
    assert stage.position(ticket).sl == 0.0


@case(9)
def close_by(stage: Stage) -> None:
    """The smaller volume goes off both; the result is the first one's, at the second's price."""
    long, short = stage.buy(0.3).order, stage.sell(0.1).order
    answer = stage.send(mt5.TRADE_ACTION_CLOSE_BY, position=long, position_by=short)
    assert (answer.retcode, answer.volume, answer.price) == (DONE, 0.1, 1.1)
    assert (stage.position(long).volume, stage.position(short)) == (0.2, None)
    assert stage.deals(long)[-1] == (OUT_BY, 0.1, 1.1, -1.0)
    assert stage.deals(short)[-1] == (OUT_BY, 0.1, 1.1, 0.0)
    order = stage.finished(answer.order)
    assert (order.type, order.position_id, order.position_by_id) == (mt5.ORDER_TYPE_CLOSE_BY, long, short)
    assert stage.balance() == 9_999.0


@case(10, account=AccountTerms(slippage=5.0))
def slippage(stage: Stage) -> None:
    """Market orders fill so many points worse."""
    ticket = stage.buy().order
    assert round(stage.position(ticket).price_open, 6) == 1.10015
    assert round(stage.sell(position=ticket).price, 6) == 1.09995


@case(11, account=AccountTerms(commission=Commission(3.5)))
def commission_per_lot(stage: Stage) -> None:
    """Charged with each deal, and not part of the position's profit."""
    ticket = stage.buy().order
    assert (stage.balance(), stage.position(ticket).profit) == (9_999.65, -1.0)
    stage.sell(position=ticket)
    assert stage.balance() == 9_998.3
    assert [round(d.commission, 2) for d in stage.mt5.history_deals_get(position=ticket)] == [-0.35, -0.35]


@case(12, account=AccountTerms(commission=Commission(0.01, per="percent", on="in", least=2.0)))
def commission_of_the_value(stage: Stage) -> None:
    """0.01 % of 11 001 dollars is less than the least charge; an exit costs nothing."""
    first, second = stage.buy(0.1).order, stage.buy(1.0).order
    assert stage.balance() == 10_000 - 2.0 - 11.0
    stage.sell(position=first)
    assert stage.mt5.history_deals_get(position=first)[-1].commission == 0.0
    assert stage.position(second).volume == 1.0


@case(13, account=AccountTerms(swaps=True), spec={"swap_long": -6.6, "swap_short": 2.0})
def swap(stage: Stage) -> None:
    """A night costs its points, in the position until the exit deal realises them."""
    ticket, short = stage.buy(0.1).order, stage.sell(0.1).order
    stage.to(30)
    assert (stage.position(ticket).swap, stage.position(short).swap) == (-0.66, 0.2)
    account = stage.mt5.account_info()
    assert account.profit == pytest.approx(sum(p.profit + p.swap for p in stage.mt5.positions_get()))
    stage.sell(0.1, position=ticket)
    deal = stage.mt5.history_deals_get(position=ticket)[-1]
    assert (deal.swap, deal.profit, stage.balance()) == (-0.66, 49.0, 10_048.34)


# ------------------------------------------------------------- waiting orders


def _fills(stage: Stage, kind: int, price: float, bar: int, fill: float, **fields: float) -> None:
    answer = stage.wait(kind, price, **fields)
    assert (answer.retcode, answer.order > 0, answer.deal) == (DONE, True, 0)
    waiting = stage.mt5.orders_get(ticket=answer.order)[0]
    assert (waiting.state, waiting.type, waiting.price_open) == (mt5.ORDER_STATE_PLACED, kind, price)
    stage.to(bar)
    assert stage.mt5.orders_total() == 1
    stage.to(bar + 1)
    assert stage.mt5.orders_total() == 0
    assert stage.finished(answer.order).state == mt5.ORDER_STATE_FILLED
    assert round(stage.position(answer.order).price_open, 6) == fill


@case(20)
def buy_limit(stage: Stage) -> None:
    """Fills where the ask comes down to it."""
    _fills(stage, mt5.ORDER_TYPE_BUY_LIMIT, 1.096, 2, 1.096)


@case(21)
def sell_limit(stage: Stage) -> None:
    """Fills where the bid goes up to it."""
    _fills(stage, mt5.ORDER_TYPE_SELL_LIMIT, 1.104, 3, 1.104)


@case(22)
def buy_stop(stage: Stage) -> None:
    """Fills where the ask goes up to it."""
    _fills(stage, mt5.ORDER_TYPE_BUY_STOP, 1.1045, 3, 1.1045)


@case(23)
def sell_stop(stage: Stage) -> None:
    """Fills where the bid comes down to it."""
    _fills(stage, mt5.ORDER_TYPE_SELL_STOP, 1.0965, 2, 1.0965)


@case(24)
def sell_stop_limit(stage: Stage) -> None:
    """Becomes a limit order under the same ticket, which fills later."""
    ticket = stage.wait(mt5.ORDER_TYPE_SELL_STOP_LIMIT, 1.0965, stoplimit=1.1).order
    stage.to(3)
    order = stage.mt5.orders_get(ticket=ticket)[0]
    assert (order.type, order.price_open, order.price_stoplimit) == (mt5.ORDER_TYPE_SELL_LIMIT, 1.1, 0.0)
    stage.to(4)
    assert stage.position(ticket).price_open == 1.1


@case(25)
def buy_stop_limit(stage: Stage) -> None:
    """Its mirror: triggered, it waits below."""
    ticket = stage.wait(mt5.ORDER_TYPE_BUY_STOP_LIMIT, 1.104, stoplimit=1.1).order
    stage.to(5)
    order = stage.mt5.orders_get(ticket=ticket)[0]
    assert (order.type, order.price_open) == (mt5.ORDER_TYPE_BUY_LIMIT, 1.1)


@case(26)
def modify(stage: Stage) -> None:
    """Price and levels change, ticket and volume stay; what is not sent again is gone."""
    ticket = stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.09, sl=1.08).order
    assert stage.send(mt5.TRADE_ACTION_MODIFY, order=ticket, price=1.096, tp=1.11).retcode == DONE
    order = stage.mt5.orders_get(ticket=ticket)[0]
    assert (order.price_open, order.sl, order.tp, order.volume_initial) == (1.096, 0.0, 1.11, 0.1)
    stage.to(3)
    assert stage.position(ticket).tp == 1.11


@case(27)
def cancel(stage: Stage) -> None:
    """Ends in the history as cancelled."""
    ticket = stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.09).order
    assert stage.send(mt5.TRADE_ACTION_REMOVE, order=ticket).retcode == DONE
    assert (stage.mt5.orders_total(), stage.finished(ticket).state) == (0, mt5.ORDER_STATE_CANCELED)


@case(28)
def unaffordable_when_triggered(stage: Stage) -> None:
    """Margin is asked for at the fill: the order ends as rejected."""
    ticket = stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.096, 50.0).order
    stage.to(3)
    assert (stage.finished(ticket).state, stage.mt5.positions_total()) == (mt5.ORDER_STATE_REJECTED, 0)


# ------------------------------------------------------------- expiry


def _expires(stage: Stage, bar: int, **validity: int) -> None:
    ticket = stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.05, **validity).order
    stage.to(bar - 1)
    assert stage.mt5.orders_total() == 1
    stage.to(bar)
    assert stage.mt5.orders_total() == 0
    assert stage.finished(ticket).state == mt5.ORDER_STATE_EXPIRED


@case(30)
def good_till_cancelled(stage: Stage) -> None:
    """Still there after two days."""
    stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.05, type_time=mt5.ORDER_TIME_GTC)
    stage.to(59)
    assert stage.mt5.orders_total() == 1


@case(31)
def good_for_the_day(stage: Stage) -> None:
    """Gone at the first tick of the next server day."""
    _expires(stage, 24, type_time=mt5.ORDER_TIME_DAY)


@case(32)
def good_until_a_time(stage: Stage) -> None:
    """Gone at the first tick at or after it."""
    _expires(stage, 5, type_time=mt5.ORDER_TIME_SPECIFIED, expiration=at(0, 5))


@case(33)
def good_until_a_day(stage: Stage) -> None:
    """Lives through that day, whatever hour is named."""
    _expires(stage, 48, type_time=mt5.ORDER_TIME_SPECIFIED_DAY, expiration=at(1, 9))


@case(34)
def modified_expiry(stage: Stage) -> None:
    """A modification carries the new validity."""
    ticket = stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.05).order
    change = {"order": ticket, "price": 1.05, "type_time": mt5.ORDER_TIME_SPECIFIED, "expiration": at(0, 4)}
    assert stage.send(mt5.TRADE_ACTION_MODIFY, **change).retcode == DONE
    stage.to(4)
    assert stage.finished(ticket).state == mt5.ORDER_STATE_EXPIRED


@case(35, terms=SymbolTerms(gtc_mode=mt5.SYMBOL_ORDERS_DAILY))
def nothing_stays_overnight(stage: Stage) -> None:
    """Orders and levels of a symbol with daily orders are gone the next day; the position is not."""
    ticket = stage.buy(sl=1.05, tp=1.2).order
    stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.05)
    stage.to(23)
    assert (stage.mt5.orders_total(), stage.position(ticket).sl) == (1, 1.05)
    stage.to(24)
    assert (stage.mt5.orders_total(), stage.position(ticket).sl, stage.position(ticket).tp) == (0, 0.0, 0.0)


@case(36, terms=SymbolTerms(gtc_mode=mt5.SYMBOL_ORDERS_DAILY_NO_STOPS))
def levels_stay_overnight(stage: Stage) -> None:
    """Orders go, levels stay."""
    ticket = stage.buy(sl=1.05).order
    stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.05)
    stage.to(24)
    assert (stage.mt5.orders_total(), stage.position(ticket).sl) == (0, 1.05)


# ------------------------------------------------------------- helpers of the module


@case(60)
def buy_sell_and_close(stage: Stage) -> None:
    """The module's own helpers."""
    assert stage.clock.Buy("EURUSD", 0.1).retcode == DONE
    assert stage.clock.Sell("EURUSD", 0.2).retcode == DONE
    assert stage.clock.Close("EURUSD") is True
    assert stage.mt5.positions_total() == 0
    assert stage.clock.Close("EURUSD") is False


@case(61)
def order_check(stage: Stage) -> None:
    """Nothing happens; zero means it would be accepted."""
    request = {"action": 1, "symbol": "EURUSD", "type": BUY, "volume": 0.1}
    answer = stage.mt5.order_check(request)
    assert (answer.retcode, answer.comment, round(answer.margin, 2)) == (0, "Done", 110.01)
    assert stage.mt5.order_check({**request, "type": SELL, "volume": 0.0}).retcode == 10014
    assert stage.mt5.positions_total() == 0
