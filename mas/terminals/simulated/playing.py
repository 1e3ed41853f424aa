"""What one bar does to the book.

The decisions are those of `mas.fills`; this module finds the bars in which one is due, and carries them out in the
order that is presumed: first what the bar's open is already beyond (EXECUTION rule 10); then the price visits one end
of the bar, then the other. The end with a position's stop comes first (rule 11), else the one whose level is nearer to
the open (rule 14); on the way to an end the nearer level is met first.
"""

from __future__ import annotations

from typing import NamedTuple

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT, STOPPED
from mas.terminals.simulated.book import Book, Order, Position, Touchable, server_order
from mas.terminals.simulated.market import Market

STOP_OUT_LEVEL = 0.5
"""Equity per margin at or below which all positions are closed."""

_STOP, _TARGET, _RUIN, _ORDER = 0, 1, 2, 3
"""Who comes first at one price."""


class Listener:
    """Who is told what the terminal does. All methods may be overridden; the terminal works without any of them."""

    def admits(self, order: Order, price: float) -> bool:
        """A waiting order is about to fill at that price: may it? Its `sl` and `tp` may still be moved."""
        return True

    def opening(self, order: Order) -> None:
        """The order fills next; the quote stands at its price."""

    def opened(self, position: Position, order: Order) -> None:
        """A position has been opened."""

    def closed(self, position: Position, order: Order, volume: float, price: float) -> None:
        """A position, or part of it, has been closed."""

    def ended(self, order: Order, retcode: int) -> None:
        """A waiting order is gone without a fill."""


class Event(NamedTuple):
    """Something that a bar does, with its place in the order of things."""

    at_open: bool
    stop: bool
    end: int
    """The end of the bar it lies at: -1 the low, +1 the high."""
    distance: float
    """From the bar's open."""
    rank: int
    ticket: int
    what: Position | Order | Ruin
    price: float
    ambiguous: bool = False


class Ruin(Touchable):
    """The price at which one side's positions have eaten up the margin: one more level to watch."""

    __slots__ = ("market", "price", "side", "ticket")

    def __init__(self, market: Market, side: int, price: float) -> None:
        super().__init__()
        self.market, self.side, self.price, self.ticket = market, side, price, 0


class Player:
    """Plays the bars of one market to a book."""

    def __init__(self, book: Book, market: Market) -> None:
        self.book, self.market = book, market
        self.listener = Listener()
        self._ruin: Ruin | None = None
        self._ruin_of = -1

    # ------------------------------------------------------------- finding the bars

    def next_touch(self, start: int, stop: int) -> int:
        """The first bar in [start, stop) that may touch a level of the book; `stop` if none does."""
        if self.book.positions:
            for position in self.book.positions.values():
                stop = self._touch(position, start, stop)
            ruin = self._find_ruin()
            if ruin is not None:
                stop = self._touch(ruin, start, stop)
        for order in self.book.orders.values():
            stop = self._touch(order, start, stop)
        return stop

    def _touch(self, item: Touchable, start: int, stop: int) -> int:
        if item.touch >= start:
            return min(item.touch, stop)
        begin = max(start, item.scanned, item.live_from if isinstance(item, Order) else 0)
        if begin >= stop:
            return stop
        found = self._search(item, begin, stop)
        item.scanned = found
        item.touch = found if found < stop else -1
        return found

    def _search(self, item: Touchable, begin: int, stop: int) -> int:
        market = self.market
        if isinstance(item, Position):
            below, above = (item.sl, item.tp) if item.side == LONG else (item.tp, item.sl)
            return market.first_touch(market.closing(item.side), below, above, begin, stop)
        if isinstance(item, Ruin):
            below, above = (item.price, 0.0) if item.side == LONG else (0.0, item.price)
            return market.first_touch(market.closing(item.side), below, above, begin, stop)
        assert isinstance(item, Order)
        quotes = market.asks if fills.buys(item.kind) else market.bids
        below, above = (item.price, 0.0) if fills.falls_to(item.kind) else (0.0, item.price)
        end = min(stop, item.last_bar + 1)
        found = market.first_touch(quotes, below, above, begin, end) if begin < end else end
        return found if found < end else stop

    def _find_ruin(self) -> Ruin | None:
        """The stop-out price of positions that all face one way; None where there is none to watch."""
        if self._ruin_of != self.book.changes:
            self._ruin_of = self.book.changes
            self._ruin = self._compute_ruin()
        return self._ruin

    def _compute_ruin(self) -> Ruin | None:
        # Opposite positions offset each other up to the spread between them, which is neglected here.
        money, positions = self.market.money, self.book.positions.values()
        quantity = money.contract * sum(p.side * p.volume for p in positions)
        weighted = money.contract * sum(p.side * p.volume * p.entry for p in positions)
        loss = self.book.balance - STOP_OUT_LEVEL * self.book.margin()
        price = money.ruin(quantity, weighted, loss)
        if price <= 0.0:
            return None
        spec = self.market.spec
        return Ruin(
            self.market, LONG if quantity > 0.0 else SHORT, fills.round_to_tick(price, spec.tick_size, spec.digits)
        )

    # ------------------------------------------------------------- playing a bar

    def play(self, bar: int) -> None:
        """Let everything happen that the bar does after its first tick."""
        while True:
            event = self._next_event(bar)
            if event is None:
                return
            if isinstance(event.what, Ruin):
                self._stop_out(bar, event)
            elif isinstance(event.what, Position):
                self._leave(bar, event, event.what)
            else:
                self._trigger(bar, event, event.what)

    def _next_event(self, bar: int) -> Event | None:
        book = self.book
        events = [e for p in book.positions.values() if (e := self._position_event(p, bar)) is not None]
        if (
            book.positions
            and (ruin := self._find_ruin()) is not None
            and (e := self._ruin_event(ruin, bar)) is not None
        ):
            events.append(e)
        events += [e for o in book.orders.values() if (e := self._order_event(o, bar)) is not None]
        return presumed_first(events) if events else None

    def _position_event(self, position: Position, bar: int) -> Event | None:
        if position.sl == 0.0 and position.tp == 0.0:
            return None
        q, side = self.market.closing(position.side), position.side
        opening, levels = q.open[bar], (position.sl, position.tp)
        standing = (position.standing(bar), position.fill_at_open)
        kind, price, ambiguous = fills.leave(side, opening, q.high[bar], q.low[bar], *levels, *standing)
        if not kind:
            return None
        if kind == STOPPED:
            rank, end, beyond = _STOP, -side, fills.stop_hit(side, opening, opening, position.sl)
        else:
            rank, end, beyond = _TARGET, side, fills.target_hit(side, opening, opening, position.tp)
        far = 0.0 if beyond else abs(price - opening)
        return Event(beyond, kind == STOPPED, end, far, rank, position.ticket, position, price, ambiguous)

    def _ruin_event(self, ruin: Ruin, bar: int) -> Event | None:
        q = self.market.closing(ruin.side)
        if not fills.stop_hit(ruin.side, q.high[bar], q.low[bar], ruin.price):
            return None
        opening = q.open[bar]
        price = fills.stop_price(ruin.side, opening, ruin.price)
        return Event(price == opening, True, -ruin.side, abs(price - opening), _RUIN, 0, ruin, price)

    def _order_event(self, order: Order, bar: int) -> Event | None:
        if bar > order.last_bar or bar < order.live_from:
            return None
        q = self.market.asks if fills.buys(order.kind) else self.market.bids
        if not fills.triggered(order.kind, q.high[bar], q.low[bar], order.price):
            return None
        far = fills.distance_from_open(order.kind, q.open[bar], order.price)
        price = fills.pending_price(order.kind, q.open[bar], order.price)
        end = -1 if fills.falls_to(order.kind) else 1
        return Event(far == 0.0, False, end, far, _ORDER, order.ticket, order, price)

    def _leave(self, bar: int, event: Event, position: Position) -> None:
        self.market.trade_at(bar, event.price, buying=position.side == SHORT)
        if not event.stop:
            self._server_close(position, event.price, "tp", f"tp {position.tp:g}", mt5.DEAL_REASON_TP)
        else:
            comment = f"sl {position.sl:g}"
            self._server_close(
                position, event.price, position.stop_by, comment, mt5.DEAL_REASON_SL, ambiguous=event.ambiguous
            )

    def _stop_out(self, bar: int, event: Event) -> None:
        """The account is ruined: all waiting orders are deleted and all positions closed, as in MetaTrader's tester."""
        assert isinstance(event.what, Ruin)
        self.market.trade_at(bar, event.price, buying=event.what.side == SHORT)
        for order in list(self.book.orders.values()):
            self.book.finish(order, mt5.ORDER_STATE_CANCELED)
            self.listener.ended(order, mt5.TRADE_RETCODE_NO_MONEY)
        level = 100.0 * (self.book.balance + self.book.floating()) / self.book.margin()
        for position in list(self.book.positions.values()):
            price = self.market.closing_price(position.side)
            self._server_close(position, price, "stop_out", f"so {level:.2f}%", mt5.DEAL_REASON_SO)

    def _server_close(
        self, position: Position, price: float, why: str, comment: str, reason: int, *, ambiguous: bool = False
    ) -> None:
        order = server_order(position, self.book.ticket(), comment, reason)
        volume = position.volume
        self.book.close(position, price, why, order=order, ambiguous=ambiguous)
        self.listener.closed(position, order, volume, price)

    def _trigger(self, bar: int, event: Event, order: Order) -> None:
        """A waiting order has been reached: fill it, turn it into its limit order, or drop it."""
        if order.kind in (fills.BUY_STOP_LIMIT, fills.SELL_STOP_LIMIT):
            self._become_limit(bar, order)
            return
        self.market.trade_at(bar, event.price, buying=fills.buys(order.kind))
        if not self.listener.admits(order, event.price):
            self._drop(order, mt5.ORDER_STATE_CANCELED, mt5.TRADE_RETCODE_CANCEL)
            return
        side = LONG if fills.buys(order.kind) else SHORT
        if not fills.protects(side, self.market.closing_price(side), order.sl, order.tp):
            self._drop(order, mt5.ORDER_STATE_REJECTED, mt5.TRADE_RETCODE_INVALID_STOPS)
            return
        self.listener.opening(order)
        if not affordable(self.book, order, event.price):
            self._drop(order, mt5.ORDER_STATE_REJECTED, mt5.TRADE_RETCODE_NO_MONEY)
            return
        position = self.book.open(order, event.price, inside=True, fill_at_open=event.at_open)
        self.listener.opened(position, order)
        stopped = self._position_event(position, bar) if position.ticket in self.book.positions else None
        if stopped is not None:  # in the bar of the fill the stop counts wherever the bar touches it (rule 14)
            self._leave(bar, stopped, position)

    def _become_limit(self, bar: int, order: Order) -> None:
        """A stop-limit order becomes a limit order, which waits from the next bar on.

        Whether the price came back after it was touched cannot be known from one bar.
        """
        order.was = order.kind
        order.kind = fills.BUY_LIMIT if fills.buys(order.kind) else fills.SELL_LIMIT
        order.price, order.stoplimit, order.live_from = order.stoplimit, 0.0, bar + 1
        order.search_again()

    def _drop(self, order: Order, state: int, retcode: int) -> None:
        self.book.finish(order, state)
        self.listener.ended(order, retcode)


def presumed_first(events: list[Event]) -> Event:
    """Of all that a bar does, what is presumed to happen first (see the top of this module)."""
    at_open = [event for event in events if event.at_open]
    if at_open:
        return min(at_open, key=lambda event: (event.rank, event.ticket))
    nearest = min(events, key=lambda event: (event.distance, event.rank, event.ticket))
    ends = {event.end for event in events if event.stop} or {nearest.end}
    return min((e for e in events if e.end in ends), key=lambda event: (event.distance, event.rank, event.ticket))


def affordable(book: Book, order: Order, price: float) -> bool:
    """Whether equity covers the margin of all positions with one more."""
    side = LONG if fills.buys(order.kind) else SHORT
    money = order.market.money
    floating = book.floating() + money.profit(side, order.volume, price, order.market.closing_price(side))
    return book.balance + floating >= book.margin(order.market, side, money.margin(order.volume, price))
