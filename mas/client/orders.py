"""Placing, changing and cancelling orders, simulated and real ones.

Where an order goes: into the running replay; else, with `backtest_toggle` False, to the connected terminal; else to a
simulated account that stands at the newest bar of the history. Later calls go where the id says.
"""

from __future__ import annotations

import logging
from typing import Any

from mas import constants as mt5
from mas import history, request
from mas.answers import Failure, is_simulated, ticket_of
from mas.client.core import NO_TERMINAL, Core
from mas.client.desk import Desk
from mas.errors import BrokerError, DataError, ParameterError, Rejected
from mas.fills import LONG
from mas.messages import translated
from mas.replay import Replay
from mas.subscriptions import symbol_of
from mas.terminals.guarded.events import by_guard
from mas.terminals.retcodes import ACCEPTED
from mas.terminals.structs import OrderSendResult, SymbolInfo, Tick

log = logging.getLogger("mas")

REAL_ORDER_IN_REPLAY = "a real order (backtest_toggle=False) inside a replay would trade on old bars: it was not sent"
SIMULATED_ORDER_LIVE = "a simulated order (backtest_toggle=True) inside a live run has no account: it was not sent"
NOT_SIMULATED = "order {value} is a simulated one, and a real order cannot close it: it was not sent"


class OrderMethods(Core):
    """send_order, modify_order, cancel_order, modify_position_sltp."""

    def send_order(self, params: dict[str, Any]) -> str:
        """Send an order; see the documentation for the keys.

        Returns: the order id ("BT1" for a simulated one), or a false message whose `code` is MetaTrader's return code.
        """
        session = self._session
        try:
            if session is not None and session.express is not None and type(params) is dict:
                order_id = session.express.send(params)
                if order_id is not None:
                    return order_id
            given = request.clean(params, "send_order")
            self._sign(given)
            toggle = given.get("backtest_toggle")
            if toggle is not None and not isinstance(toggle, bool):
                raise ParameterError(f"backtest_toggle must be True or False, not {toggle!r}")
            if session is not None:
                if toggle is session.is_live:
                    raise ParameterError(SIMULATED_ORDER_LIVE if toggle else REAL_ORDER_IN_REPLAY)
                return self._send(session, given)
            if toggle if toggle is not None else self._backtesting:
                return self._send_to_desk(given)
            return self._send_live(given)
        except ParameterError as error:
            return self._failure("send_order", str(error), mt5.TRADE_RETCODE_INVALID)
        except DataError as error:
            return self._failure("send_order", str(error), mt5.TRADE_RETCODE_PRICE_OFF)
        except Rejected as error:
            return self._failure("send_order", str(error), error.retcode)
        except BrokerError as error:
            return self._failure("send_order", str(error), mt5.TRADE_RETCODE_CONNECTION)

    def _sign(self, given: dict[str, Any]) -> None:
        """An order of a strategy whose class has a `magic` carries it, closings included, unless it names another."""
        magic = getattr(type(self), "magic", None)
        if given.get("magic") is None and type(magic) is int:
            given["magic"] = magic

    def modify_order(self, params: dict[str, Any]) -> bool:
        """Change a waiting order's price and, where given, its levels and expiration."""
        return self._changed("modify_order", "order_id", params)

    def cancel_order(self, params: dict[str, Any]) -> bool:
        """Delete a waiting order."""
        return self._changed("cancel_order", "order_id", params)

    def modify_position_sltp(self, params: dict[str, Any]) -> bool:
        """Move a position's stop, target or both; the one that is not given stays."""
        return self._changed("modify_position_sltp", "position_id", params)

    # ------------------------------------------------------------- a new order, simulated

    def _send(self, session: Replay, given: dict[str, Any]) -> str:
        symbol = given.get("symbol")
        if isinstance(symbol, str) and session.plays_others:
            session = session.of(symbol)
        terminal = session.terminal
        info, tick = _simulated_symbol(session, given)
        asked = self._request(session, terminal, given, info, tick)
        pending = asked["action"] == mt5.TRADE_ACTION_PENDING
        if pending and self._policy is not None and self._policy.pending:
            asked["through"] = True  # rule 14: a price that the market opens beyond fills at that open
        pushed = len(session.pushes)
        answer = session.management.send(asked)
        if answer is None:
            code, text = terminal.last_error()
            return self._failure("send_order", text, code)
        if answer.retcode not in ACCEPTED:
            return self._refused(session, answer)
        session.accepted(answer)
        if pending and self._policy is not None and self._policy.pending:
            session.management.plan(answer.order).policy = self._policy
        order_id: str = terminal.book.order_id(answer.order or asked.get("position") or 0)
        if session.tells_status:
            session.tell_status(order_id, answer, before=pushed)  # the answer comes before the fill
        return order_id

    def _request(
        self, session: Replay | None, terminal: Any, given: dict[str, Any], info: SymbolInfo, tick: Tick
    ) -> dict[str, Any]:
        """The request that the parameters mean: an order, the close of a position, a change of its levels."""
        if given.get("order_id") is not None:
            given["position"] = ticket_of(given["order_id"])
        position = given.get("position")
        if position is None or (type(position) is int and position == 0) or given.get("position_by") is not None:
            return request.trade_request(given, info, tick)
        ticket = given["position"] = ticket_of(position)
        if session is not None:
            self._fit_closing(session, given)
            if not _same_side(session, ticket, given):
                return request.trade_request(given, info, tick)
        held = terminal.positions_get(ticket=ticket)
        return request.trade_request(given, info, tick, held[0] if held else None)

    def _fit_closing(self, session: Replay, given: dict[str, Any]) -> None:
        """An order that closes more than is open closes what is open."""
        held = session.management.held.get(given["position"])
        if held is not None and isinstance(given.get("volume"), int | float) and given["volume"] > held.position.volume:
            if given["volume"] > held.position.volume + 1e-9:
                log.warning("the order closes %g lots; only %g are open", given["volume"], held.position.volume)
            given["volume"] = held.position.volume

    def _refused(self, session: Replay, answer: OrderSendResult) -> Failure:
        over = answer.retcode == mt5.TRADE_RETCODE_MARKET_CLOSED and not session.is_live
        if over and session.bar >= len(session.bars) - 1:
            session.unfilled += 1
            log.debug("an order decided on the last bar finds no next bar to fill in")
        else:
            session.refuse(answer)
            level = logging.INFO if by_guard(answer.comment) else logging.WARNING  # guards tell of their own acts
            log.log(level, "order refused (%d): %s", answer.retcode, translated(answer.comment))
        if session.tells_status:
            session.tell_status("", answer)
        return Failure(translated(f"{answer.comment} ({answer.retcode})"), answer.retcode)

    def _send_to_desk(self, given: dict[str, Any]) -> str:
        """A simulated order while nothing is being played."""
        symbol = symbol_of(given)
        account = self._last_replay
        if not isinstance(account, Desk):
            account = self._last_replay = self._new_desk(symbol)
        desk = account.desk(symbol)
        if desk is None:
            desk = self._new_desk(symbol)
            account.join(desk)
        answer = self._send(desk, given)
        account.deliver()  # the pushes of all its desks
        return answer

    def _new_desk(self, symbol: str) -> Desk:
        latest = self._last_replay
        timeframe = latest.bars.timeframe if latest is not None and latest.bars.symbol == symbol else ""
        beside = [lane.bars for lane in latest.lanes] if isinstance(latest, Desk) else []
        client: Any = self
        return Desk(client, history.newest_bars(symbol, self._connection, timeframe), beside=beside)

    # ------------------------------------------------------------- a new order, real

    def _send_live(self, given: dict[str, Any]) -> str:
        if self._connection is None:
            raise BrokerError(NO_TERMINAL)
        connection = self._connection
        for key in ("order_id", "position", "position_by"):
            if is_simulated(given.get(key)):
                raise ParameterError(NOT_SIMULATED.format(value=given[key]))
        symbol = symbol_of(given)
        if given.get("type_filling") is None and self._profile is not None:
            given["type_filling"] = self._profile.type_filling
        connection.symbol_select(symbol, True)
        info, tick = connection.symbol_info(symbol), connection.symbol_info_tick(symbol)
        asked = self._request(None, connection, given, info, tick)
        watch = self._order_watch()
        watch.begin(tick.time)
        answer = connection.order_send(asked)
        if answer.retcode not in ACCEPTED:
            refusal = connection.refusal(answer)
            log.warning("order refused (%d): %s", answer.retcode, refusal or answer.comment)
            self._tell("", answer)
            return Failure(str(refusal or answer.comment), answer.retcode)
        order_id = str(answer.order or asked.get("position") or 0)
        self._tell(order_id, answer)
        if asked["action"] == mt5.TRADE_ACTION_DEAL:
            watch.filled(order_id, answer, str(given["order_type"]))
        elif asked["action"] == mt5.TRADE_ACTION_PENDING:
            watch.waits(answer.order, str(given["order_type"]))
        return order_id

    def _tell(self, order_id: str, answer: OrderSendResult, action: str = "") -> None:
        """Push the answer to a real request."""
        status: dict[str, Any] = {
            "status": answer.retcode,
            "retcode": answer.retcode,
            "message": answer.comment,
            "request": answer.request._asdict(),
        }
        if action:
            status["action"] = action
        self._live_loop().put("receive_order_status", order_id, status)

    # ------------------------------------------------------------- a change of what is there

    def _changed(self, what: str, key: str, params: dict[str, Any]) -> bool:
        try:
            given = request.clean(params, what)
            ticket = ticket_of(given.get(key))
            session = self._session_of(given[key])
            terminal: Any = self._live() if session is None else session.exchange
            change = self._change(what, terminal, ticket, given)
            answer = terminal.order_send(change)
        except (ParameterError, BrokerError) as error:
            self._failed(what, str(error))
            return False
        if answer is None or answer.retcode not in (*ACCEPTED, mt5.TRADE_RETCODE_NO_CHANGES):
            text = terminal.last_error()[1] if answer is None else f"{answer.comment} ({answer.retcode})"
            log.warning("%s of %s refused: %s", what, given[key], text)
            return False
        self._tell_change(session, what, ticket, answer)
        return True

    def _session_of(self, order_id: Any) -> Replay | None:
        """The simulation that an id belongs to; None: the connected terminal."""
        if self._session is not None:
            return self._session
        if self._connection is not None and not is_simulated(order_id):
            return None
        if self._last_replay is None:
            raise BrokerError(NO_TERMINAL)
        return self._last_replay

    def _change(self, what: str, terminal: Any, ticket: int, given: dict[str, Any]) -> dict[str, Any]:
        if what == "cancel_order":
            return request.removal(given, ticket)
        found = terminal.orders_get(ticket=ticket) if what == "modify_order" else terminal.positions_get(ticket=ticket)
        if not found:
            raise ParameterError(
                f"no order {ticket} is waiting" if what == "modify_order" else f"no position {ticket} is open"
            )
        info = terminal.symbol_info(found[0].symbol)
        if what == "modify_order":
            return request.modification(given, found[0], info)
        return request.new_levels(given, found[0], info)

    def _tell_change(self, session: Replay | None, what: str, ticket: int, answer: OrderSendResult) -> None:
        action = {"modify_order": "modify", "cancel_order": "cancel"}.get(what, "")
        if not action:
            return
        if session is None:
            self._tell(str(ticket), answer, action)
        elif session.tells_status:
            session.tell_status(session.exchange.book.order_id(ticket), answer, action)
            if isinstance(session, Desk):
                session.deliver()


def _same_side(session: Replay, ticket: int, given: dict[str, Any]) -> bool:
    """Whether an order has the direction of the position it names: then it changes that position's levels."""
    held = session.management.held.get(ticket)
    return held is not None and given.get("order_type") == ("buy" if held.position.side == LONG else "sell")


def _simulated_symbol(session: Replay, given: dict[str, Any]) -> tuple[SymbolInfo, Tick]:
    """The symbol's conditions and quote in a simulation."""
    symbol: Any = given.get("symbol")
    terminal: Any = session.terminal
    if symbol == session.bars.symbol:
        return session.symbol_info, terminal.quote()
    info = terminal.symbol_info(symbol) if isinstance(symbol, str) else None
    tick = None if info is None else terminal.symbol_info_tick(symbol)
    if info is None or tick is None:
        raise ParameterError(f"symbol must be {session.bars.symbol}, the one being played, not {symbol!r}")
    return info, tick
