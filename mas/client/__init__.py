"""class MAS: the documented client API. Strategies subclass it (`import mas; class Mine(mas)`) and override callbacks.

Every attribute of its own begins with an underscore: documented strategies set `hold`, `period`, `index` ... on `self`.
Failures are answered the way the documentation has it (see `mas.answers`) and logged; a wrong argument where no
failure value is documented raises a ParameterError that names it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas import history, request
from mas.answers import SIMULATED, Failure, order_id_of, ticket_of
from mas.errors import MasError, ParameterError
from mas.management import Policy
from mas.replay import Replay, replay_on
from mas.rules import RuleMethods

if TYPE_CHECKING:
    from mas.terminals.simulated.terminal import SimulatedTerminal
    from mas.terminals.structs import OrderSendResult

log = logging.getLogger("mas")

NO_REPLAY = "no subscription is running, so there is no account to trade on: call subscribe_bars first"
NO_TERMINAL = (
    "no MetaTrader 5 terminal is connected: real orders and live bars need one (backtest_toggle=True does not)"
)


class MAS(RuleMethods):
    """A trading client."""

    wake_while_open = False
    """For classes with `signals`: call `receive_bars` at every close while a position is open."""

    def __init__(self) -> None:
        self._session: Replay | None = None
        self._policy: Policy | None = None
        self._entering = 1
        self._account_number = 0
        self._server = "Simulated"
        self._last_replay: Replay | None = None

    # ------------------------------------------------------------- callbacks

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        """A bar has closed; `is_end` with the last of a replay."""

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        """A tick has come."""

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        """The trade server has answered a request."""

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        """An order has been filled."""

    # ------------------------------------------------------------- login

    def login(self, params: dict[str, Any]) -> bool | Failure:
        """Connect. Without a terminal at hand the simulated one is opened: backtests need no more.

        Returns: True, or a false message with a `code`.
        """
        try:
            given = request.clean(params, "login")
            for key in ("account", "password", "server"):
                if key not in given:
                    raise ParameterError(f"login needs the key {key}")
            digits = str(given["account"]).strip()
            self._account_number = int(digits) if digits.isdecimal() else 0  # examples print "YOUR_ACCOUNT"
            self._server = str(given["server"])
        except ParameterError as error:
            return self._failed("login", str(error), mt5.RES_E_INVALID_PARAMS)
        log.info("no MetaTrader 5 terminal at hand: the simulated one is used, for backtests only")
        return True

    # ------------------------------------------------------------- data

    def subscribe_bars(self, params: dict[str, Any]) -> None:
        """Replay history bar by bar to `receive_bars`, and return when the last has been handled.

        Raises: ParameterError: a key is missing or wrong. DataError: no bars. MasError: live bars, no terminal.
        """
        wanted = history.subscription(request.clean(params, "subscribe_bars"))
        if not wanted.backtest:
            raise MasError(NO_TERMINAL)
        bars = history.find_bars(wanted)
        self._last_replay = replay_on(self, bars, deposit=wanted.capital)

    def unsubscribe_bars(self, params: dict[str, Any] | None = None) -> None:
        """In a replay: stop after the bar being handled."""
        self.stop_all_subscriptions()

    def unsubscribe_ticks(self, params: dict[str, Any] | None = None) -> None:
        """In a replay: stop after the item being handled."""
        self.stop_all_subscriptions()

    def stop_all_subscriptions(self) -> None:
        """In a replay: stop after the item being handled."""
        if self._session is not None:
            self._session.stopping = True

    def get_bars_from_pos(self, params: dict[str, Any]) -> Any:
        """Bars as a pandas DataFrame, oldest first; empty when there are none.

        In a replay position 0 is the bar being handled: the one that has just opened is not shown.
        """
        pandas = import_module("pandas")
        columns = ["time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume"]
        terminal = self._terminal()
        try:
            given = request.clean(params, "get_bars_from_pos")
            code = getattr(mt5, f"TIMEFRAME_{given['timeframe']}", -1)
            start, count = int(given.get("start_pos", 0)), int(given["count"])
            start += 0 if terminal is None or terminal.market.inside else 1
            rates = terminal.copy_rates_from_pos(given["symbol"], code, start, count) if terminal else None
        except (KeyError, TypeError, ValueError, ParameterError) as error:
            log.warning("get_bars_from_pos: wrong parameters: %r", error)
            rates = None
        if rates is None:
            return pandas.DataFrame(columns=columns)
        table = pandas.DataFrame({name: rates[name] for name in columns})
        table["time"] = pandas.to_datetime(table["time"], unit="s")
        return table

    # ------------------------------------------------------------- account

    def get_account_info(self) -> dict[str, Any]:
        """The account as a dict, or a dict with the single key `error`."""
        terminal = self._terminal()
        info = terminal.account_info() if terminal is not None else None
        if info is None:
            return {"error": "Failed to retrieve account information"}
        return {
            **info._asdict(),
            "free_margin": info.margin_free,
            "login": self._account_number,
            "server": self._server,
        }

    def get_positions(self, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The open positions, filtered by `symbol`, else `group`, else `ticket`."""
        terminal = self._terminal()
        if terminal is None:
            return []
        found = [p._asdict() for p in terminal.positions_get(**_filter(params)) or ()]
        for position in found:
            position["time"], position["time_update"] = _moment(position["time"]), _moment(position["time_update"])
        return found

    def get_pending_orders(self, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The waiting orders, filtered like positions."""
        terminal = self._terminal()
        if terminal is None:
            return []
        return [_order_dict(order._asdict()) for order in terminal.orders_get(**_filter(params)) or ()]

    def get_orders_total(self) -> int:
        """How many orders are waiting."""
        terminal = self._terminal()
        return 0 if terminal is None else terminal.orders_total() or 0

    # ------------------------------------------------------------- trade

    def send_order(self, params: dict[str, Any]) -> str:
        """Send an order; see the documentation for the keys.

        Returns: the order id ("BT1" in a backtest), or a false message whose `code` is MetaTrader's return code.
        """
        session = self._session
        try:
            given = request.clean(params, "send_order")
            if given.get("backtest_toggle", True) is False and session is not None:
                raise ParameterError(
                    "a real order (backtest_toggle=False) inside a replay would trade on old bars: it was not sent"
                )
            if session is None:
                return self._failed("send_order", NO_REPLAY, mt5.TRADE_RETCODE_CONNECTION)
            return self._send(session, given)
        except ParameterError as error:
            return self._failed("send_order", str(error), mt5.TRADE_RETCODE_INVALID)

    def _send(self, session: Replay, given: dict[str, Any]) -> str:
        terminal = session.terminal
        if given.get("symbol") != session.bars.symbol:
            raise ParameterError(
                f"symbol must be {session.bars.symbol}, the one being played, not {given.get('symbol')!r}"
            )
        if given.get("order_id") is not None:
            given["position"] = ticket_of(given["order_id"])
        if given.get("position"):
            self._fit_closing(session, given)
        asked = request.trade_request(given, session.symbol_info, terminal.quote())
        pending = asked["action"] == mt5.TRADE_ACTION_PENDING
        if pending and self._policy is not None and self._policy.pending:
            asked["through"] = True  # rule 14: a price that the market opens beyond fills at that open
        pushed = len(session.pushes)
        answer = terminal.order_send(asked)
        if answer is None:
            code, text = terminal.last_error()
            return self._failed("send_order", text, code)
        if answer.retcode not in (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_PLACED):
            return self._refused(session, answer)
        session.sent += 1
        if pending and self._policy is not None and self._policy.pending:
            session.management.plan(answer.order).policy = self._policy
        order_id = order_id_of(answer.order)
        if session.tells_status:
            session.tell_status(order_id, answer, before=pushed)  # the answer comes before the fill
        return order_id

    def _fit_closing(self, session: Replay, given: dict[str, Any]) -> None:
        """An order that closes more than is open closes what is open."""
        held = session.management.held.get(ticket_of(given["position"]))
        if held is not None and isinstance(given.get("volume"), int | float) and given["volume"] > held.position.volume:
            if given["volume"] > held.position.volume + 1e-9:
                log.warning("the order closes %g lots; only %g are open", given["volume"], held.position.volume)
            given["volume"] = held.position.volume

    def _refused(self, session: Replay, answer: OrderSendResult) -> Failure:
        if answer.retcode == mt5.TRADE_RETCODE_MARKET_CLOSED:
            session.unfilled += 1
            log.debug("an order decided on the last bar finds no next bar to fill in")
        else:
            session.refuse(answer)
            log.info("order refused (%d): %s", answer.retcode, answer.comment)
        if session.tells_status:
            session.tell_status("", answer)
        return Failure(f"{answer.comment} ({answer.retcode})", answer.retcode)

    def modify_order(self, params: dict[str, Any]) -> bool:
        """Change a waiting order's price and, where given, its levels and expiration."""
        session = self._session
        try:
            given = request.clean(params, "modify_order")
            ticket = ticket_of(given.get("order_id"))
            if session is None:
                raise ParameterError(NO_REPLAY)
            orders = session.terminal.orders_get(ticket=ticket)
            if not orders:
                raise ParameterError(f"no order {given['order_id']} is waiting")
            return self._change(session, "modify", ticket, request.modification(given, orders[0], session.symbol_info))
        except ParameterError as error:
            self._failed("modify_order", str(error), mt5.TRADE_RETCODE_INVALID)
            return False

    def cancel_order(self, params: dict[str, Any]) -> bool:
        """Delete a waiting order."""
        session = self._session
        try:
            ticket = ticket_of(request.clean(params, "cancel_order").get("order_id"))
            if session is None:
                raise ParameterError(NO_REPLAY)
            return self._change(session, "cancel", ticket, {"action": mt5.TRADE_ACTION_REMOVE, "order": ticket})
        except ParameterError as error:
            self._failed("cancel_order", str(error), mt5.TRADE_RETCODE_INVALID)
            return False

    def modify_position_sltp(self, params: dict[str, Any]) -> bool:
        """Move a position's stop, target or both; the one that is not given stays."""
        session = self._session
        try:
            given = request.clean(params, "modify_position_sltp")
            ticket = ticket_of(given.get("position_id"))
            if session is None:
                raise ParameterError(NO_REPLAY)
            held = session.terminal.positions_get(ticket=ticket)
            if not held:
                raise ParameterError(f"no position {given['position_id']} is open")
            return self._change(session, "", ticket, request.new_levels(given, held[0], session.symbol_info))
        except ParameterError as error:
            self._failed("modify_position_sltp", str(error), mt5.TRADE_RETCODE_INVALID)
            return False

    def _change(self, session: Replay, action: str, ticket: int, change: dict[str, Any]) -> bool:
        """Send a change of something that exists; True if it was accepted or is so already."""
        answer = session.terminal.order_send(change)
        if answer is None or answer.retcode not in (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_NO_CHANGES):
            text = session.terminal.last_error()[1] if answer is None else f"{answer.comment} ({answer.retcode})"
            log.info("change of %s%d refused: %s", SIMULATED, ticket, text)
            return False
        if action and session.tells_status:
            session.tell_status(order_id_of(ticket), answer, action)
        return True

    def order_check(self, params: dict[str, Any]) -> dict[str, Any]:
        """What an order would do, without sending it; empty on failure."""
        session = self._session
        try:
            if session is None:
                raise ParameterError(NO_REPLAY)
            given = request.clean(params, "order_check")
            asked = request.trade_request(given, session.symbol_info, session.terminal.quote())
            answer = session.terminal.order_check(asked)
            if answer is None:
                raise ParameterError(session.terminal.last_error()[1])
        except ParameterError as error:
            self._failed("order_check", str(error), mt5.TRADE_RETCODE_INVALID)
            return {}
        checked = answer._asdict()
        del checked["request"]
        return checked

    def calc_order_margin(self, params: dict[str, Any]) -> float:
        """The margin of an order in account currency; -1.0 on failure."""
        return self._calculated("calc_order_margin", params, ("volume", "price"))

    def calc_order_profit(self, params: dict[str, Any]) -> float:
        """The profit between two prices in account currency; -1.0 on failure."""
        return self._calculated("calc_order_profit", params, ("volume", "price_open", "price_close"))

    def _calculated(self, what: str, params: dict[str, Any], keys: tuple[str, ...]) -> float:
        terminal = self._terminal()
        try:
            if terminal is None:
                raise ParameterError(NO_REPLAY)
            given = request.clean(params, what)
            kind = request.order_type({"order_type": given.get("action")})
            call = terminal.order_calc_margin if what == "calc_order_margin" else terminal.order_calc_profit
            result: float | None = call(kind, str(given.get("symbol")), *(request.number(given, key) for key in keys))
            if result is None:
                raise ParameterError(terminal.last_error()[1])
        except ParameterError as error:
            self._failed(what, str(error), mt5.TRADE_RETCODE_INVALID)
            return -1.0
        return result

    # ------------------------------------------------------------- report

    def generate_data_report(self) -> dict[str, Any]:
        """Figures of the trades closed so far: `{"status": True, "data": {...}}`, or False with `error`."""
        from mas.data_report import data_report, missing_trades

        session = self._session or self._last_replay
        return missing_trades() if session is None else data_report(session.trades(), session.terminal.book.deposit)

    # ------------------------------------------------------------- inside

    def _terminal(self) -> SimulatedTerminal | None:
        """The account of the running replay, else of the last one."""
        session = self._session or self._last_replay
        return None if session is None else session.terminal

    def _failed(self, what: str, text: str, code: int) -> Failure:
        log.error("%s: %s", what, text)
        return Failure(text, code)


def _filter(params: dict[str, Any] | None) -> dict[str, Any]:
    """The one filter that counts: symbol before group before ticket."""
    given = request.clean(params or {}, "this function")
    for key in ("symbol", "group"):
        if given.get(key):
            return {key: str(given[key])}
    return {"ticket": ticket_of(given["ticket"])} if given.get("ticket") is not None else {}


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _order_dict(order: dict[str, Any]) -> dict[str, Any]:
    for key in ("time_setup", "time_done", "time_expiration"):
        order[key] = _moment(order[key]) if order[key] else None
    return order
