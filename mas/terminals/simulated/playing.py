"""What one bar does to the book.

The decisions are those of `mas.fills`; `searching` finds the bars in which one is due, and this module carries them out
in the order that `events` presumes.
"""

from __future__ import annotations

from dataclasses import replace

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT, STOPPED
from mas.terminals.simulated.book import Book, Order, Position, Touchable, server_order
from mas.terminals.simulated.costs import slipped
from mas.terminals.simulated.events import Event, Rank, Ruin, presumed_first
from mas.terminals.simulated.funds import affordable
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.netting import fill, position_of, stop_or_reduction
from mas.terminals.simulated.path import Course, Entered, Path, Step, depends, stop_first, target_first, whole_bars
from mas.terminals.simulated.searching import Search


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


class Player(Search):
    """Plays the bars of one market to a book.

    Each bar is played along a path; without one (see `follow`) a bar is a single step. `target_first` presumes the
    opposite of EXECUTION rule 11, and of two orders at both ends of a bar the farther, for the other case. `depending`
    are the positions (tickets) whose end (or whose beginning) depended on it.
    """

    def __init__(self, book: Book, market: Market) -> None:
        super().__init__(book, market)
        self.listener = Listener()
        self.target_first = False
        self.depending: set[int] = set()
        self._course: Course | None = None
        self._now: tuple[float, float] | None = None
        """Bid and ask at which the rest of an exact step begins; None at its start."""
        self._bar = -1
        """The bar being played."""
        self._moved = False
        """Something has happened in the step, and the market stands where it did."""
        self._entered: dict[int, Entered] = {}
        """Of each order that was reached in this bar, and of each position that it opened or added to: where."""
        self._at_once: set[int] = set()
        """Orders placed in this bar that may fill in the step in which they were."""

    def follow(self, course: Course | None) -> None:
        """Play the bars along their paths from now on; the market's own quotes may have been exchanged."""
        self._course = course
        self._bars = self._path = whole_bars(self.market)

    def follows(self, order: Order, filled: int) -> None:
        """An order was placed because another one has filled inside a bar: it waits as a target that came with that.

        Where the bar has a course, from the next step on, or in the rest of an exact one; where the target is presumed
        wherever it may be, in the step of the fill.
        """
        entered = self._entered.get(filled)
        if entered is None or not self.market.inside:
            return
        at_once = self.target_first and not self._path.exact
        if at_once or self._path is not self._bars:
            order.live_from, self._entered[order.ticket] = self.market.bar, entered
        if at_once:
            self._at_once.add(order.ticket)

    # ------------------------------------------------------------- playing a bar

    def play(self, bar: int) -> None:
        """Let everything happen that the bar does after its first tick."""
        self._entered.clear()
        self._at_once.clear()
        path = self._course(bar) if self._course is not None else None
        if path is None:
            self._path = self._bars
            if self._bars.next_traded(bar) == bar:
                self._play_step(bar, bar)
            return
        self._path, stop = path, len(path)
        step = self._next_step(bar, 0, stop)
        while step < stop:
            self._play_step(bar, step)
            step = self._next_step(bar, step + 1, stop)

    def _next_step(self, bar: int, step: int, stop: int) -> int:
        """The first step in [step, stop) of a bar that may touch a level; `stop` if none does."""
        items: list[Touchable] = [*self.book.positions.values()]
        items += [order for order in self.book.orders.values() if order.live_from <= bar <= order.last_bar]
        if self.book.positions and step < stop:
            items += self._levels(self._path.gap(step))
        for item in items:
            stop = self._find(item, self._path, step, stop)
        return stop

    def _play_step(self, bar: int, step: int) -> None:
        self._now, self._bar, self._moved = None, bar, False
        while True:
            event = self._next_event(bar, step)
            if event is None:
                return
            self._moved = True
            if self.overseer is None:
                self._carry_out(bar, step, event)
            elif isinstance(event.what, Ruin) and event.what.guard:
                self._stand(bar, step, event.price, buying=event.what.side == SHORT)
                self.overseer.breach(event.what, bar)
            else:
                with self.overseer.guards.busy():
                    self._carry_out(bar, step, event)
                self.overseer.happened()

    def _carry_out(self, bar: int, step: int, event: Event) -> None:
        if isinstance(event.what, Ruin):
            self._stop_out(bar, step, event)
        elif isinstance(event.what, Position):
            self._leave(bar, step, event, event.what)
        else:
            self._trigger(bar, step, event, event.what)

    def _next_event(self, bar: int, step: int) -> Event | None:
        book = self.book
        events = [e for p in book.positions.values() if (e := self._position_event(p, step)) is not None]
        if book.positions:
            targeted = self.target_first and not self._path.exact and any(e.rank == Rank.TARGET for e in events)
            for level in self._levels(self._path.gap(step)):
                if level.guard and targeted:
                    continue  # the other thing that can have happened: the target came before the guard's limit
                if (e := self._ruin_event(level, step)) is not None:
                    events.append(e)
        events += [e for o in book.orders.values() if (e := self._order_event(o, bar, step)) is not None]
        return presumed_first(events, self.target_first and not self._path.exact) if events else None

    def _prices(self, step: int, asks: bool) -> Step:
        """What is left of a step on one side of the market."""
        quotes = self._path.quotes(asks)
        if self._now is None:
            return self._path.step(quotes, step)
        now, close = self._now[asks], quotes.close[step]
        return Step(now, max(now, close), min(now, close), close)

    def _dealt(self, price: float, step: int, buying: bool, asks: bool) -> float:
        """The price at which a deal is made: what buys pays the ask, though the Last price has triggered it."""
        return round(price + self._path.gap(step), self.market.spec.digits + 3) if buying and not asks else price

    def _entry_in(self, ticket: int, step: int) -> Entered | None:
        """How a position came to be open, if that was in this very step and its course is not known."""
        entered = self._entered.get(ticket)
        return entered if entered is not None and entered.step == step and not self._path.exact else None

    def _position_event(self, position: Position, step: int) -> Event | None:
        if position.sl == 0.0 and position.tp == 0.0:
            return None
        side, buying = position.side, position.side == SHORT
        asks = self.market.ask_decides(buying)
        prices = self._prices(step, asks)
        decide = target_first if self.target_first else stop_first
        kind, price, ambiguous = decide(position, prices, self._entry_in(position.ticket, step))
        if not kind:
            return None
        opening = prices.opening
        if kind == STOPPED and not self._path.exact and self._takes_off(position, self._path, step):
            if self.target_first:
                return None  # once the order has filled
            ambiguous = True
        if self.book.terms.gaps == "level":
            price = position.sl if kind == STOPPED else position.tp
        if kind == STOPPED:
            rank, end, beyond = Rank.STOP, -side, fills.stop_hit(side, opening, opening, position.sl)
        else:
            rank, end, beyond = Rank.TARGET, side, fills.target_hit(side, opening, opening, position.tp)
        far = 0.0 if beyond else fills.apart(price, opening)
        price = self._dealt(price, step, buying, asks)
        return Event(beyond, kind == STOPPED, end, far, rank, position.ticket, position, price, ambiguous)

    def _ruin_event(self, ruin: Ruin, step: int) -> Event | None:
        opening, high, low, _ = self._prices(step, ruin.side == SHORT)
        if ruin.guard and self._moved:
            opening = self.market.closing_price(ruin.side)
        if not fills.stop_hit(ruin.side, high, low, ruin.price):
            return None
        price = fills.stop_price(ruin.side, opening, ruin.price)
        far = fills.apart(price, opening)
        return Event(price == opening, True, -ruin.side, far, Rank.RUIN, ruin.ticket, ruin, price)

    def _order_event(self, order: Order, bar: int, step: int) -> Event | None:
        entered = self._entry_in(order.ticket, step) is not None
        if not order.live_from <= bar <= order.last_bar or (entered and order.ticket not in self._at_once):
            return None
        asks = self._ask_triggers(order)
        opening, high, low, _ = self._prices(step, asks)
        if not fills.triggered(order.kind, high, low, order.price):
            return None
        far = fills.distance_from_open(order.kind, opening, order.price)
        gap = self.book.terms.gaps == "open" and not entered
        price = fills.pending_price(order.kind, opening, order.price) if gap else order.price
        price = self._dealt(price, step, fills.buys(order.kind), asks)
        end = -1 if fills.falls_to(order.kind) else 1
        return Event(far == 0.0 and not entered, False, end, far, Rank.ORDER, order.ticket, order, price)

    def _stand(self, bar: int, step: int, price: float, buying: bool) -> None:
        """Set the clock to where a buy (or a sell) is made at that price; an exact step goes on from there."""
        market, path = self.market, self._path
        market.trade_at(bar, price, buying, step + 1 if path.exact else 1)
        if path.exact:
            digits, gap = market.spec.digits + 3, path.gap(step)
            self._now = (round(price - gap, digits), price) if buying else (price, round(price + gap, digits))
            market.bid, market.ask = self._now

    def _note(self, position: Position, step: int, entered: Entered | None) -> None:
        """Remember a position whose end depends on what came first where the data do not say."""
        known, path = step, self._path
        if path.exact:
            if path.known is None or path.unit is None:
                return
            known, path = path.unit[step], path.known
        quotes = path.quotes(self.market.ask_decides(position.side == SHORT))
        if depends(position, path.step(quotes, known), entered) or self._takes_off(position, path, known):
            self.depending.add(position.ticket)

    def _takes_off(self, position: Position, path: Path, step: int) -> bool:
        """Whether a step holds the stop of a netting position and a limit order that takes something off it."""
        book = self.book
        if not book.terms.netting or position.sl == 0.0 or not book.orders:
            return False
        waiting = [
            order
            for order in book.orders.values()
            if order.live_from <= self._bar <= order.last_bar and self._entry_in(order.ticket, step) is None
        ]
        return stop_or_reduction(self.market, position, waiting, path, step)

    def _note_rival(self, step: int, order: Order) -> None:
        """Remember what has filled at the other end of a step, where this order cannot fill for it, or turns it."""
        if self._path.exact:
            return
        falling = fills.falls_to(order.kind)
        rivals = {t for t, e in self._entered.items() if e.step == step and e.falling != falling and t != order.ticket}
        if rivals:
            self.depending |= rivals | {order.ticket}

    def _leave(self, bar: int, step: int, event: Event, position: Position) -> None:
        entered = self._entered.get(position.ticket)
        if event.ambiguous or (self._path.exact and (entered is None or entered.step != step)):
            self._note(position, step, None)
        self._stand(bar, step, event.price, buying=position.side == SHORT)
        if not event.stop:
            self._server_close(position, event.price, "tp", f"tp {position.tp:g}", mt5.DEAL_REASON_TP)
        else:
            comment = f"sl {position.sl:g}"
            price = self._slipped(event.price, mt5.ORDER_TYPE_SELL if position.side == LONG else mt5.ORDER_TYPE_BUY)
            self._server_close(
                position, price, position.stop_by, comment, mt5.DEAL_REASON_SL, ambiguous=event.ambiguous
            )

    def _stop_out(self, bar: int, step: int, event: Event) -> None:
        """The account is ruined: all waiting orders are deleted and all positions closed, as in MetaTrader's tester.

        Under the other policy only the worst position is closed, as by a server; the rest is looked at again.
        """
        assert isinstance(event.what, Ruin)
        book = self.book
        self._stand(bar, step, event.price, buying=event.what.side == SHORT)
        margin = book.margin()
        level = 100.0 * book.equity() / margin if margin else 0.0
        doomed = list(book.positions.values())
        if book.terms.stop_out == "worst":
            doomed = [min(doomed, key=lambda position: (position.profit() + position.swap, position.ticket))]
        else:
            for order in list(book.orders.values()):
                self._drop(order, mt5.ORDER_STATE_CANCELED, mt5.TRADE_RETCODE_NO_MONEY)
        for position in doomed:
            price = self.market.closing_price(position.side)
            self._server_close(position, price, "stop_out", f"so {level:.2f}%", mt5.DEAL_REASON_SO)

    def _server_close(
        self, position: Position, price: float, why: str, comment: str, reason: int, *, ambiguous: bool = False
    ) -> None:
        order = server_order(position, self.book.ticket(), comment, reason)
        volume = position.volume
        self.book.close(position, price, why, order=order, ambiguous=ambiguous)
        self.listener.closed(position, order, volume, price)

    def _trigger(self, bar: int, step: int, event: Event, order: Order) -> None:
        """A waiting order has been reached: fill it, turn it into its limit order, or drop it."""
        if order.kind in (fills.BUY_STOP_LIMIT, fills.SELL_STOP_LIMIT):
            self._stand(bar, step, event.price, buying=fills.buys(order.kind))
            self._become_limit(bar, step, order)
            return
        self._stand(bar, step, event.price, buying=fills.buys(order.kind))
        self._note_rival(step, order)
        if not self.listener.admits(order, event.price):
            self._drop(order, mt5.ORDER_STATE_CANCELED, mt5.TRADE_RETCODE_CANCEL)
            return
        side = LONG if fills.buys(order.kind) else SHORT
        if not fills.protects(side, self.market.closing_price(side), order.sl, order.tp):
            self._drop(order, mt5.ORDER_STATE_REJECTED, mt5.TRADE_RETCODE_INVALID_STOPS)
            return
        self.listener.opening(order)
        held = position_of(self.book, order.market.symbol) if self.book.terms.netting else None
        if held is not None and held.ticket not in self._entered:
            self._note(held, step, None)
        if not affordable(self.book, order.market, order.kind, order.volume, event.price):
            self._drop(order, mt5.ORDER_STATE_REJECTED, mt5.TRADE_RETCODE_NO_MONEY)
            return
        entered = self._entered[order.ticket] = Entered(step, fills.falls_to(order.kind))
        price = self._slipped(event.price, order.kind, order.kind in (fills.BUY_STOP, fills.SELL_STOP))
        position = fill(self.book, self.listener, order, price, inside=True, fill_at_open=event.at_open)
        if position is None or position.ticket not in self.book.positions:
            return
        self._entered[position.ticket] = entered  # what it adds to a netting position is the position's from now on
        own = replace(position, tp=order.tp) if self.book.terms.netting else position  # the target rests by now
        self._note(own, step, entered)
        if self._path.exact:
            return
        left = self._position_event(position, step)
        if left is not None:  # in the bar of the fill the stop counts wherever the bar touches it (rule 14)
            self._leave(bar, step, left, position)

    def _become_limit(self, bar: int, step: int, order: Order) -> None:
        """A stop-limit order becomes a limit order, which waits from the next step on, or in the rest of an exact one.

        Whether the price came back after it was touched cannot be known from one bar: it is presumed not to have, or to
        have where the other case is looked at.
        """
        order.was = order.kind
        order.kind = fills.BUY_LIMIT if fills.buys(order.kind) else fills.SELL_LIMIT
        order.price, order.stoplimit = order.stoplimit, 0.0
        _, high, low, _ = self._prices(step, self._ask_triggers(order))
        back = not self._path.exact and fills.triggered(order.kind, high, low, order.price)
        if back:
            self.depending.add(order.ticket)
        if self.target_first and back:
            self._entered[order.ticket] = Entered(step, fills.falls_to(order.kind))
            self._at_once.add(order.ticket)
        elif self._path is self._bars:
            order.live_from = bar + 1
        else:
            self._entered[order.ticket] = Entered(step, fills.falls_to(order.kind))
        order.search_again()

    def _slipped(self, price: float, kind: int, slips: bool = True) -> float:
        """The price at which an order that takes what it gets fills, where slippage is modelled."""
        return slipped(self.book.terms.slippage, self.market, price, kind) if slips else price

    def _drop(self, order: Order, state: int, retcode: int) -> None:
        self.book.finish(order, state)
        self.listener.ended(order, retcode)
