"""The mirror of a strategy's part of an account: a simulated terminal in which nothing happens by itself.

Its book is changed by what the real terminal reports and by nothing else; balance and equity are what was observed.
What is sent to it goes out through a channel, and what that has done comes back as events before `order_send` returns,
so that whoever works on a simulated terminal works on this one. Positions have the ticket of the order that made them,
and go by their identifier outside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mas import constants as mt5
from mas import fills
from mas.errors import MasError
from mas.fills import LONG
from mas.terminals.simulated.book import Order, Position, exit_reason, server_order
from mas.terminals.simulated.growing import GrowingMarket
from mas.terminals.simulated.history import History
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms
from mas.terminals.simulated.validation import COMMENTS
from mas.terminals.structs import OrderCheckResult, OrderSendResult, TradeRequest
from mas.trading.channel import Channel, Start
from mas.trading.inputs import Closed, Ended, Event, Moved, Observation, Opened, Outcome
from mas.trading.live_book import LiveBook
from mas.trading.withheld import STOP_LIMITS, Withheld

ACCEPTED = (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_DONE_PARTIAL, mt5.TRADE_RETCODE_PLACED)
BY_HAND = "manual"
"""Exit reason of what somebody else has closed."""

_BY_SERVER = {mt5.DEAL_REASON_TP: "tp", mt5.DEAL_REASON_SO: "stop_out"}
_LEAST = 1e-9


class Mirror(SimulatedTerminal):
    """See the top of this module. `holds_back` says why no entry is to be sent, if it is not empty."""

    kind_of_market = GrowingMarket
    kind_of_book = LiveBook
    market: GrowingMarket
    book: LiveBook

    def __init__(self, start: Start, channel: Channel) -> None:
        account = start.account
        terms = AccountTerms(
            netting=account.margin_mode != mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING, fifo_close=account.fifo_close
        )
        super().__init__(
            start.bars, deposit=account.balance, leverage=max(account.leverage, 1), currency=account.currency or "USD",
            account=terms,
        )  # fmt: skip
        self.channel = channel
        self.static_symbol_info = self._infos[start.bars.symbol] = start.symbol
        self.login_number, self.server = account.login, account.server
        self.holds_back: Callable[[], str] = str
        self.doubt: MasError | None = None
        """Why nothing is sent any more: nobody knows what has become of a request, or it cannot be written down."""
        self._sent: dict[int, Order] = {}
        """Orders that have been sent and never waited."""
        self.not_closed: list[tuple[int, str]] = []
        """Positions (tickets) that should not be open, and could not be closed."""
        self._news: deque[Event] = deque()
        self.withheld = Withheld(self)
        self._quote = start.seen
        self.observe(start.seen)

    # ------------------------------------------------------------- what is seen

    def observe(self, seen: Observation) -> None:
        """Take over quote and account, and carry out what has happened, in its order."""
        self._quote = seen
        self.book.see(seen)
        if seen.rate:
            self.market.money.convert_at(seen.rate)
        self.market.stand(seen.time, seen.bid, seen.ask)
        self._news += seen.events
        while self._news:
            event = self.withheld.inwards(self._news.popleft())
            if event is not None:
                self._happen(event)
        self.market.stand(self._quote.time, self._quote.bid, self._quote.ask)

    def _happen(self, event: Event) -> None:
        if isinstance(event, Opened):
            self._opened(event)
        elif isinstance(event, Closed):
            self._closed(event)
        elif isinstance(event, Ended):
            self._ended(event.order, event.state, event.time)
        else:
            self._moved(event)

    def _opened(self, event: Opened) -> None:
        listener, book = self.player.listener, self.book
        order = book.orders.get(event.order) or self._sent.get(event.order) or self._stranger(event)
        waited = order.ticket in book.orders
        held = book.called(event.position)
        admitted = held is not None or not waited or self._admits(order, event)
        if waited and held is None:
            self.market.went(event.time)
            listener.opening(order)
        self.market.went(event.time)
        filled = self._filled(order, event)
        if held is not None and filled.ticket == held.ticket:  # a further part of what has filled already
            book.enlarge(held, filled, event)
            return
        position = book.enlarge(held, filled, event) if held is not None else book.admit(filled, event, inside=waited)
        listener.opened(position, filled)
        if not admitted and position.ticket in book.positions:
            self.channel.note("not admitted", order=order.ticket, volume=event.volume)
            self._close_now(position)

    def _admits(self, order: Order, event: Opened) -> bool:
        """Whether the entry policy would have let a waiting order fill. Its levels stay what they are."""
        levels = order.sl, order.tp
        try:
            return self.player.listener.admits(order, event.price)
        finally:
            order.sl, order.tp = levels

    def _filled(self, order: Order, event: Opened) -> Order:
        """The order, or as much of it as has filled."""
        left = round(order.volume - event.volume, 8)
        self._sent[order.ticket] = order
        if left > _LEAST and order.ticket in self.book.orders:
            part = replace(order, volume=event.volume, state=mt5.ORDER_STATE_PARTIAL)
            part.done_at, part.filled_at, part.position = event.time, event.price, event.position
            order.volume = left
            return part
        order.volume = event.volume
        order.position = event.position
        self.book.finish(order, mt5.ORDER_STATE_FILLED, event.price)
        return order

    def _stranger(self, event: Opened) -> Order:
        """An order under our magic number that the strategy has not sent."""
        self.channel.note("unknown order", order=event.order, volume=event.volume)
        kind = mt5.ORDER_TYPE_BUY if event.side == LONG else mt5.ORDER_TYPE_SELL
        return Order(
            ticket=event.order, kind=kind, market=self.market, volume=event.volume, sl=event.sl, tp=event.tp,
            set_at=event.time, bar=self.market.bar,
        )  # fmt: skip

    def _close_now(self, position: Position) -> None:
        """Close what the entry policy would not have let open."""
        kind = mt5.ORDER_TYPE_SELL if position.side == LONG else mt5.ORDER_TYPE_BUY
        answer = self.order_send(
            action=mt5.TRADE_ACTION_DEAL, symbol=self.market.symbol, type=kind, volume=position.volume,
            price=self.market.closing_price(position.side), position=position.ticket, magic=position.magic,
            type_filling=self._market_filling(), comment="limit",
        )  # fmt: skip
        if answer is None or answer.retcode not in ACCEPTED:
            self.not_closed.append((position.ticket, "limit"))

    def _closed(self, event: Closed) -> None:
        position, book = self.book.called(event.position), self.book
        if position is None:
            self.channel.note("unknown position closed", position=event.position, volume=event.volume)
            return
        self.market.went(event.time)
        waiting = book.orders.get(event.order)
        order = waiting or self._sent.get(event.order) or self._servers(position, event)
        volume = min(event.volume, position.volume)
        ours = waiting is not None or event.order in self._sent
        reason = self._reason(position, order, event, ours=ours)
        order.position = event.position
        book.settle_trade(position, order, event, volume, reason)
        rests = waiting is not None and waiting.volume > event.volume + _LEAST
        if rests or reason == "reverse" or order.state == mt5.ORDER_STATE_FILLED:  # not done, or entered already
            order.filled_at, order.done_at = event.price, event.time
        else:
            book.finish(order, mt5.ORDER_STATE_FILLED, event.price)
        if rests:
            order.volume = round(order.volume - event.volume, 8)
        self.player.listener.closed(position, order, volume, event.price)

    def _servers(self, position: Position, event: Closed) -> Order:
        return server_order(position, event.order, "", event.reason)

    @staticmethod
    def _reason(position: Position, order: Order, event: Closed, *, ours: bool) -> str:
        if event.reason == mt5.DEAL_REASON_SL:
            return position.stop_by
        if event.reason in _BY_SERVER:
            return _BY_SERVER[event.reason]
        if not ours:
            return BY_HAND
        reverses = order.volume > position.volume + _LEAST
        return "reverse" if reverses else exit_reason(order.comment)

    def drop(self, ticket: int) -> None:
        """A waiting order that is not at the broker's any more is over."""
        self._ended(ticket, mt5.ORDER_STATE_CANCELED, self._quote.time)
        self.market.stand(self._quote.time, self._quote.bid, self._quote.ask)

    def _ended(self, ticket: int, state: int, time: int) -> None:
        order = self.book.orders.get(ticket)
        if order is None:
            return
        self.withheld.forget(ticket)
        self.market.went(time)
        if state == mt5.ORDER_STATE_REJECTED:  # by the server, as it filled: beyond its own stop, or without the margin
            self.channel.note("refused at fill", order=ticket, price=order.price, sl=order.sl, time=time)
        self.book.finish(order, state)
        code = mt5.TRADE_RETCODE_REJECT if state == mt5.ORDER_STATE_REJECTED else mt5.TRADE_RETCODE_CANCEL
        self.player.listener.ended(order, code)

    def _moved(self, event: Moved) -> None:
        self.channel.note("moved by hand", ticket=event.ticket, sl=event.sl, tp=event.tp)
        if not event.waiting:
            position = self.book.called(event.ticket)
            if position is not None:
                position.set_levels(event.sl, event.tp)
            return
        order = self.book.orders.get(event.ticket)
        if order is None:
            return
        if order.kind in STOP_LIMITS and fills.same(event.price, order.stoplimit):
            order.was, order.stoplimit = order.kind, 0.0
            order.kind = fills.BUY_LIMIT if fills.buys(order.kind) else fills.SELL_LIMIT
        order.price, order.sl, order.tp = event.price, event.sl, event.tp

    # ------------------------------------------------------------- what is sent

    def order_send(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        """Have a request carried out. Raises: MasError: nobody knows what has become of it, or it may not be sent."""
        read = self._read(request, fields)
        if read is None:
            return None
        given = dict(fields if request is None else request)
        why = "doubt" if self.doubt is not None else self.holds_back() if _enters(read) else ""
        if why:
            self.channel.note("not sent", reason=why, **{k: v for k, v in given.items() if v is not None})
            return self._refused(read, mt5.TRADE_RETCODE_CANCEL)
        if read.action in (mt5.TRADE_ACTION_REMOVE, mt5.TRADE_ACTION_MODIFY) and self.withheld.has(read.order):
            return self._changed_inside(read)
        asked = self._outwards(given)
        answer = self._carried_out(asked, read)
        passed = answer.retcode == mt5.TRADE_RETCODE_INVALID_PRICE and self._is_passed(read)
        if passed and given.get("through") is True:  # EXECUTION rule 14: it fills where the market stands
            return self._carried_out(*self._at_market(asked, read))
        return answer

    def order_check(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderCheckResult | None:
        """What the request would do, as far as the mirror knows."""
        return super().order_check(request, **fields)

    def _changed_inside(self, read: TradeRequest) -> OrderSendResult:
        """Delete or change an order that is not at the broker's just now."""
        self._accepted(read, Outcome(mt5.TRADE_RETCODE_DONE, read.order, 0, 0.0, 0.0, "", self._quote))
        if read.action == mt5.TRADE_ACTION_REMOVE:
            self.drop(read.order)
        return self._refused(read, mt5.TRADE_RETCODE_DONE)._replace(order=read.order)

    def _carried_out(self, asked: Mapping[str, Any], read: TradeRequest) -> OrderSendResult:
        outcome = self.ask(asked, read.comment)
        if outcome.retcode in ACCEPTED:
            self._accepted(read, outcome)
        self.observe(outcome.seen)
        if outcome.retcode in ACCEPTED and read.action == mt5.TRADE_ACTION_REMOVE:
            self.drop(read.order)
        return OrderSendResult(
            outcome.retcode, outcome.deal, outcome.order, outcome.volume, outcome.price, outcome.seen.bid,
            outcome.seen.ask, outcome.comment, outcome.order, 0, read,
        )  # fmt: skip

    def ask(self, asked: Mapping[str, Any], comment: str) -> Outcome:
        """Have a request carried out outside; what it has done is not taken over yet. Raises: as `order_send`."""
        try:
            return self.channel.send(asked, comment)
        except MasError as error:  # whatever a strategy makes of it, the session hears of it
            self.doubt = error
            raise

    def _accepted(self, read: TradeRequest, outcome: Outcome) -> None:
        """What a request that was accepted has changed at once."""
        if read.action == mt5.TRADE_ACTION_PENDING:
            self.book.orders[outcome.order] = self._order(read, outcome.order)
        elif read.action in (mt5.TRADE_ACTION_DEAL, mt5.TRADE_ACTION_CLOSE_BY):
            order = self._sent[outcome.order] = self._order(read, outcome.order)
            order.volume = outcome.volume or read.volume
        elif read.action == mt5.TRADE_ACTION_MODIFY and read.order in self.book.orders:
            order = self.book.orders[read.order]
            order.price, order.stoplimit, order.sl, order.tp = read.price, read.stoplimit, read.sl, read.tp
            order.time_type, order.expiration = read.type_time, read.expiration
        elif read.action == mt5.TRADE_ACTION_SLTP and read.position in self.book.positions:
            self.book.positions[read.position].set_levels(read.sl, read.tp, read.comment or "sl")

    def _outwards(self, given: dict[str, Any]) -> dict[str, Any]:
        """The request with what a real terminal wants to know: the symbol, and positions by their identifiers."""
        asked = {**given, "symbol": given.get("symbol") or self.market.symbol}
        for key in ("position", "position_by"):
            held = self.book.positions.get(given.get(key) or 0)
            if held is not None:
                asked[key] = held.identifier
        if given.get("order"):
            asked["order"] = self.withheld.outside(given["order"])
        return asked

    def _is_passed(self, read: TradeRequest) -> bool:
        """Whether the market is already beyond a waiting order's price, so that no server would take it."""
        if read.action != mt5.TRADE_ACTION_PENDING or read.type in STOP_LIMITS:
            return False
        return not fills.waits(read.type, read.price, read.stoplimit, self.market.bid, self.market.ask)

    def _at_market(self, asked: dict[str, Any], read: TradeRequest) -> tuple[dict[str, Any], TradeRequest]:
        """The same as an order at the market."""
        buying = fills.buys(read.type)
        kind = mt5.ORDER_TYPE_BUY if buying else mt5.ORDER_TYPE_SELL
        price = self.market.ask if buying else self.market.bid
        filling = self._market_filling()
        changed: dict[str, Any] = {
            "action": mt5.TRADE_ACTION_DEAL,
            "type": kind,
            "price": price,
            "type_filling": filling,
        }
        kept = {k: v for k, v in asked.items() if k not in ("through", "stoplimit", "type_time", "expiration")}
        return {**kept, **changed}, read._replace(**changed, stoplimit=0.0, type_time=0, expiration=0)

    def _market_filling(self) -> int:
        from mas.request import filling

        return filling({}, self.static_symbol_info, market=True)

    def _refused(self, read: TradeRequest, code: int) -> OrderSendResult:
        market = self.market
        return OrderSendResult(code, 0, 0, 0.0, 0.0, market.bid, market.ask, COMMENTS[code], 0, 0, read)

    # ------------------------------------------------------------- prices

    def _history(self, symbol: str, timeframe: int, *whole: int) -> History | None:
        self._histories.clear()  # the bars have grown since
        return super()._history(symbol, timeframe, *whole)


def _enters(read: TradeRequest) -> bool:
    """Whether a request may open something."""
    deals = read.action == mt5.TRADE_ACTION_DEAL and not read.position
    return deals or read.action == mt5.TRADE_ACTION_PENDING
