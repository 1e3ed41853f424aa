"""Cases 100 and up: every return code the simulator gives for a refusal, numbered after the code's last digits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mas import constants as mt5
from mas.terminals.simulated.terms import AccountTerms, SymbolTerms
from tests.conformance.stage import SELL, Stage, at, case

INSTANT = SymbolTerms(execution=mt5.SYMBOL_TRADE_EXECUTION_INSTANT)
BUY_LIMIT, BUY_STOP = mt5.ORDER_TYPE_BUY_LIMIT, mt5.ORDER_TYPE_BUY_STOP
DONE = mt5.TRADE_RETCODE_DONE
MODIFY, REMOVE = mt5.TRADE_ACTION_MODIFY, mt5.TRADE_ACTION_REMOVE
SLTP, CLOSE_BY = mt5.TRADE_ACTION_SLTP, mt5.TRADE_ACTION_CLOSE_BY
MONDAY_MORNING = {1: ((0, 120),)}


@case(104, terms=INSTANT)
def requote(stage: Stage) -> None:
    """10004: under instant execution the market is farther from the price than the deviation; the quote is told."""
    answer = stage.buy(price=1.0998, deviation=20)
    stage.refused(10004, answer)
    assert (answer.bid, answer.ask) == (1.1, 1.1001)
    assert stage.buy(price=1.0998, deviation=30).price == 1.1001


@case(113)
def invalid_request(stage: Stage) -> None:
    """10013: an unknown action or symbol, a closing order of the position's own type."""
    stage.refused(10013, stage.send(99))
    stage.refused(10013, stage.buy(symbol="GBPUSD"))
    ticket = stage.buy().order
    stage.refused(10013, stage.buy(position=ticket))
    stage.refused(10013, stage.send(CLOSE_BY, position=ticket, position_by=ticket))
    stage.refused(10013, stage.send(CLOSE_BY, position=ticket, position_by=stage.buy().order))


@case(114)
def invalid_volume(stage: Stage) -> None:
    """10014: below the minimum, above the maximum, off the step, for orders and partial closings."""
    for volume in (0.0, 0.001, 0.015, 100.01, float("1e300")):
        stage.refused(10014, stage.buy(volume))
    stage.refused(10014, stage.wait(BUY_LIMIT, 1.09, 0.015))
    stage.refused(10014, stage.sell(0.015, position=stage.buy().order))


@case(115)
def invalid_price(stage: Stage) -> None:
    """10015: a waiting order on the wrong side, off the grid or without a price."""
    wrong = ((2, 1.1001), (3, 1.1), (4, 1.1001), (5, 1.1), (2, 1.090004), (2, 0.0), (6, 1.1), (7, 1.1001))
    for kind, price in wrong:
        stage.refused(10015, stage.wait(kind, price, stoplimit=price))


@case(116, terms=INSTANT)
def invalid_price_under_instant_execution(stage: Stage) -> None:
    """10015: a market order without its price."""
    stage.refused(10015, stage.buy())
    assert stage.buy(price=1.1001).retcode == DONE


@case(117, spec={"stops_level": 50})
def price_inside_the_stops_level(stage: Stage) -> None:
    """10015: a waiting order too near to the market; at the very distance it passes."""
    stage.refused(10015, stage.wait(BUY_LIMIT, 1.0997))
    stage.refused(10015, stage.wait(BUY_STOP, 1.1005))
    assert stage.wait(BUY_LIMIT, 1.0996).retcode == DONE


@case(118)
def invalid_stops(stage: Stage) -> None:
    """10016: levels on the wrong side of the closing price or off the grid, of orders and of positions."""
    for levels in ({"sl": 1.1}, {"tp": 1.1}, {"sl": 1.090005}, {"sl": -1.0}):
        stage.refused(10016, stage.buy(**levels))
    stage.refused(10016, stage.wait(BUY_LIMIT, 1.09, sl=1.09))
    stage.refused(10016, stage.send(SLTP, position=stage.buy().order, sl=1.11))


@case(119, spec={"stops_level": 50})
def stops_inside_the_stops_level(stage: Stage) -> None:
    """10016: measured from the side at which the position closes; equality passes."""
    stage.refused(10016, stage.buy(sl=1.09951))
    assert stage.buy(sl=1.0995).retcode == DONE
    stage.refused(10016, stage.sell(sl=1.10059))
    assert stage.sell(sl=1.1006).retcode == DONE


@case(120, terms=SymbolTerms(trade_mode=mt5.SYMBOL_TRADE_MODE_DISABLED))
def trade_disabled(stage: Stage) -> None:
    """10017: the symbol is not traded."""
    stage.refused(10017, stage.buy())


@case(121, account=AccountTerms(trade_allowed=False))
def investor_password(stage: Stage) -> None:
    """10017: the account may only look."""
    stage.refused(10017, stage.buy())
    assert stage.mt5.account_info().trade_allowed is False


@case(122, terms=SymbolTerms(sessions=MONDAY_MORNING))
def market_closed(stage: Stage) -> None:
    """10018: outside the symbol's sessions; order_check does not look at them."""
    ticket = stage.buy().order
    stage.to(2)
    stage.refused(10018, stage.buy())
    stage.refused(10018, stage.sell(position=ticket))
    stage.refused(10018, stage.wait(BUY_LIMIT, 1.05))
    assert stage.mt5.order_check({"action": 1, "symbol": "EURUSD", "type": 0, "volume": 0.1}).retcode == 0


@case(123)
def after_the_last_bar(stage: Stage) -> None:
    """10018: the history is over."""
    stage.clock.end()
    stage.refused(10018, stage.buy())


@case(124)
def no_money(stage: Stage) -> None:
    """10019: the margin is not covered."""
    stage.refused(10019, stage.buy(50.0))


@case(125)
def no_quotes(stage: Stage) -> None:
    """10021: the symbol is not in the Market Watch, and cannot be taken out while it is used."""
    assert stage.mt5.symbol_select("EURUSD", False) is True
    stage.refused(10021, stage.buy())
    assert stage.mt5.symbol_info_tick("EURUSD") is None
    assert stage.mt5.symbol_select("EURUSD", True) is True
    assert stage.buy().retcode == DONE
    assert stage.mt5.symbol_select("EURUSD", False) is False


@case(126)
def invalid_expiration(stage: Stage) -> None:
    """10022: unknown, missing, or over."""
    stage.refused(10022, stage.wait(BUY_LIMIT, 1.09, type_time=9))
    stage.refused(10022, stage.wait(BUY_LIMIT, 1.09, type_time=mt5.ORDER_TIME_SPECIFIED))
    stage.refused(10022, stage.wait(BUY_LIMIT, 1.09, type_time=mt5.ORDER_TIME_SPECIFIED, expiration=at(0, 1)))
    stage.refused(10022, stage.wait(BUY_LIMIT, 1.09, type_time=mt5.ORDER_TIME_SPECIFIED_DAY, expiration=at(-1, 5)))
    ticket = stage.wait(BUY_LIMIT, 1.09).order
    stage.refused(10022, stage.send(MODIFY, order=ticket, price=1.08, type_time=mt5.ORDER_TIME_SPECIFIED))


@case(127, terms=SymbolTerms(expiration_mode=mt5.SYMBOL_EXPIRATION_GTC))
def expiration_not_offered(stage: Stage) -> None:
    """10022: the symbol has no orders for the day."""
    stage.refused(10022, stage.wait(BUY_LIMIT, 1.09, type_time=mt5.ORDER_TIME_DAY))
    assert stage.wait(BUY_LIMIT, 1.09).retcode == DONE


@case(128)
def no_changes(stage: Stage) -> None:
    """10025: of a position's levels, and of a waiting order."""
    ticket = stage.buy(sl=1.09).order
    stage.refused(10025, stage.send(SLTP, position=ticket, sl=1.09))
    order = stage.wait(BUY_LIMIT, 1.09).order
    stage.refused(10025, stage.send(MODIFY, order=order, price=1.09))


@case(129, account=AccountTerms(trade_expert=False))
def server_disables_experts(stage: Stage) -> None:
    """10026."""
    stage.refused(10026, stage.buy())


@case(130, account=AccountTerms(autotrading=False))
def autotrading_off(stage: Stage) -> None:
    """10027: the button of the terminal; terminal_info shows it."""
    stage.refused(10027, stage.buy())
    assert stage.mt5.terminal_info().trade_allowed is False


@case(131, account=AccountTerms(api_allowed=False))
def api_off(stage: Stage) -> None:
    """No answer and -8: the terminal's option for Python."""
    assert stage.buy() is None
    assert stage.mt5.last_error()[0] == -8
    assert stage.mt5.terminal_info().tradeapi_disabled is True


@case(132, spec={"freeze_level": 100})
def frozen(stage: Stage) -> None:
    """10029: within the freeze level nothing of an order or a position may be changed."""
    order = stage.wait(BUY_LIMIT, 1.0995).order
    stage.refused(10029, stage.send(MODIFY, order=order, price=1.09))
    stage.refused(10029, stage.send(REMOVE, order=order))
    ticket = stage.buy(sl=1.0995).order
    stage.refused(10029, stage.sell(position=ticket))
    stage.refused(10029, stage.send(SLTP, position=ticket, sl=1.09))
    stage.refused(10029, stage.send(CLOSE_BY, position=ticket, position_by=stage.sell().order))


@case(133, terms=SymbolTerms(filling_mode=mt5.SYMBOL_FILLING_IOC))
def invalid_filling(stage: Stage) -> None:
    """10030: market execution takes the modes of its mask, and never RETURN."""
    for filling in (mt5.ORDER_FILLING_FOK, mt5.ORDER_FILLING_RETURN, mt5.ORDER_FILLING_BOC, 9):
        stage.refused(10030, stage.buy(type_filling=filling))
    ticket = stage.buy(type_filling=mt5.ORDER_FILLING_IOC).order
    stage.refused(10030, stage.sell(position=ticket))
    stage.refused(10030, stage.wait(BUY_LIMIT, 1.09, type_filling=mt5.ORDER_FILLING_BOC))


@case(134, terms=replace(INSTANT, filling_mode=0))
def instant_execution_fills_any_way(stage: Stage) -> None:
    """FOK, IOC and RETURN, whatever the mask says."""
    for filling in (0, 1, 2):
        assert stage.buy(price=1.1001, type_filling=filling).retcode == DONE


@case(135, account=AccountTerms(connected=False))
def no_connection_to_the_server(stage: Stage) -> None:
    """10031: the terminal is there, the broker is not."""
    stage.refused(10031, stage.buy())
    assert stage.mt5.terminal_info().connected is False


@case(136, account=AccountTerms(limit_orders=2))
def too_many_orders(stage: Stage) -> None:
    """10033."""
    for price in (1.09, 1.08):
        stage.wait(BUY_LIMIT, price)
    stage.refused(10033, stage.wait(BUY_LIMIT, 1.07))
    assert stage.buy().retcode == DONE


@case(137, terms=SymbolTerms(volume_limit=1.0))
def too_many_lots(stage: Stage) -> None:
    """10034: open and waiting lots of one direction together."""
    stage.buy(0.4)
    stage.wait(BUY_LIMIT, 1.09, 0.4)
    stage.refused(10034, stage.buy(0.3))
    stage.refused(10034, stage.wait(BUY_STOP, 1.11, 0.3))
    assert stage.sell(0.9).retcode == DONE


@case(138)
def invalid_order(stage: Stage) -> None:
    """10035: an unknown type, or an order that is gone."""
    stage.refused(10035, stage.deal(8))
    stage.refused(10035, stage.deal(BUY_LIMIT))
    stage.refused(10035, stage.wait(SELL, 1.09))
    for action in (MODIFY, REMOVE):
        stage.refused(10035, stage.send(action, order=99, price=1.09))


@case(139, terms=SymbolTerms(order_mode=mt5.SYMBOL_ORDER_MARKET | mt5.SYMBOL_ORDER_STOP | mt5.SYMBOL_ORDER_SL))
def order_not_offered(stage: Stage) -> None:
    """10035: the symbol has no limits, no targets and no closing by."""
    stage.refused(10035, stage.wait(BUY_LIMIT, 1.09))
    stage.refused(10035, stage.buy(tp=1.2))
    first, second = stage.buy(sl=1.09).order, stage.sell().order
    stage.refused(10035, stage.send(CLOSE_BY, position=first, position_by=second))
    assert stage.wait(BUY_STOP, 1.11).retcode == DONE


@case(140)
def position_gone(stage: Stage) -> None:
    """10036: for closing, for its levels, for closing by."""
    ticket = stage.buy().order
    stage.sell(position=ticket)
    stage.refused(10036, stage.sell(position=ticket))
    stage.refused(10036, stage.send(SLTP, position=ticket, sl=1.09))
    stage.refused(10036, stage.send(CLOSE_BY, position=ticket, position_by=stage.sell().order))


@case(141)
def closing_too_much(stage: Stage) -> None:
    """10038."""
    stage.refused(10038, stage.sell(0.2, position=stage.buy(0.1).order))


@case(142, account=AccountTerms(limit_positions=2))
def too_many_positions(stage: Stage) -> None:
    """10040: on a hedging account waiting orders count."""
    stage.buy()
    order = stage.wait(BUY_LIMIT, 1.09).order
    stage.refused(10040, stage.buy())
    stage.refused(10040, stage.wait(BUY_LIMIT, 1.08))
    stage.send(REMOVE, order=order)
    assert stage.buy().retcode == DONE


@case(143, account=AccountTerms(limit_positions=1, netting=True))
def positions_of_a_netting_account(stage: Stage) -> None:
    """Waiting orders do not count, nor does what joins a position."""
    stage.wait(BUY_LIMIT, 1.09)
    assert [stage.buy().retcode, stage.buy().retcode] == [DONE, DONE]


@case(144, terms=SymbolTerms(trade_mode=mt5.SYMBOL_TRADE_MODE_LONGONLY))
def long_only(stage: Stage) -> None:
    """10042; closing a long is no short."""
    stage.refused(10042, stage.sell())
    stage.refused(10042, stage.wait(mt5.ORDER_TYPE_SELL_LIMIT, 1.11))
    assert stage.sell(position=stage.buy().order).retcode == DONE


@case(145, terms=SymbolTerms(trade_mode=mt5.SYMBOL_TRADE_MODE_SHORTONLY))
def short_only(stage: Stage) -> None:
    """10043."""
    stage.refused(10043, stage.buy())
    assert stage.buy(position=stage.sell().order).retcode == DONE


@case(146, terms=SymbolTerms(trade_mode=mt5.SYMBOL_TRADE_MODE_CLOSEONLY))
def close_only(stage: Stage) -> None:
    """10044."""
    stage.refused(10044, stage.buy())
    stage.refused(10044, stage.sell())


@case(147, account=AccountTerms(netting=True), terms=SymbolTerms(trade_mode=mt5.SYMBOL_TRADE_MODE_LONGONLY))
def long_only_on_a_netting_account(stage: Stage) -> None:
    """A sell that takes off the position passes, one that would reverse it is 10042."""
    stage.buy(0.2)
    stage.refused(10042, stage.sell(0.3))
    assert stage.sell(0.2).retcode == DONE


@case(148, account=AccountTerms(fifo_close=True))
def fifo(stage: Stage) -> None:
    """10045: the oldest position goes first."""
    first, second = stage.buy().order, stage.buy().order
    stage.refused(10045, stage.sell(position=second))
    assert [stage.sell(position=ticket).retcode for ticket in (first, second)] == [DONE, DONE]


@case(149, account=AccountTerms(hedging_allowed=False))
def hedging_prohibited(stage: Stage) -> None:
    """10046: no opposite positions."""
    ticket = stage.buy().order
    stage.refused(10046, stage.sell())
    assert stage.sell(position=ticket).retcode == DONE
    assert stage.sell().retcode == DONE


@case(150)
def wrong_types(stage: Stage) -> None:
    """No answer at all: None, -2 and the field's name."""
    assert stage.buy(1) is None
    assert stage.mt5.last_error() == (-2, 'Invalid "volume" argument')


@case(151, terms=replace(INSTANT, sessions={}), spec={"stops_level": 50})
def the_first_failing_check_gives_the_code(stage: Stage) -> None:
    """Of a request with everything wrong, one fault after the other is mended; the codes come in the table's order."""
    request: dict[str, Any] = {"volume": 0.001, "type_filling": 3, "price": 0.0, "sl": 1.1, "symbol": "GBPUSD"}
    mended: tuple[dict[str, Any], ...] = ({}, {"symbol": "EURUSD"}, {"volume": 50.0}, {"type_filling": 0})
    codes = []
    for change in mended:
        request |= change
        codes.append(stage.buy(**request).retcode)
    assert codes == [10013, 10014, 10030, 10018]
