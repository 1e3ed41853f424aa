"""One account with several symbols: a terminal per symbol, their books members of a joint one.

Each symbol keeps its own market, player, checks and positions, so that all of them work as they do alone. What the
account has once (balance, tickets, history, margin, equity) they have together. Terminals join by changing their parts'
class rather than by being made anew: a run may learn of its second symbol while it is under way.
"""

from __future__ import annotations

from collections import ChainMap
from typing import Any

from mas import constants as mt5
from mas.fills import LONG, SHORT
from mas.terminals.simulated.book import Book, Order, Position
from mas.terminals.simulated.events import Event, Ruin
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.playing import Player
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.structs import OrderCheckResult, OrderSendResult

_ONE_FOR_ALL = ("balance", "changes", "_tickets", "_deal_tickets")


class JointBook(Book):
    """The whole account; positions and orders are live views of its members' ones."""

    def __init__(self, first: Book) -> None:
        vars(self).update(vars(first))
        self.players: list[Player] = []
        self.calm = -1
        """Nothing that the prices do can ruin the account while `changes` is this number."""
        self.positions = ChainMap()  # type: ignore[assignment]
        self.orders = ChainMap()  # type: ignore[assignment]

    def admit(self, terminal: SimulatedTerminal) -> None:
        """Make a terminal's book a member."""
        book: Any = terminal.book
        views: Any = (self.positions, self.orders)
        for view, own in zip(views, (book.positions, book.orders), strict=True):
            view.maps.insert(0, own)  # a chain lists its last map first
        for name in _ONE_FOR_ALL:
            del vars(book)[name]
        book.__class__, book.joint = MemberBook, self
        book.records, book.dues = self.records, self.dues
        terminal._checks.whole = self
        player: Any = terminal.player
        player.__class__, player.joint = JointPlayer, self
        self.players.append(player)


def _joint_attribute(name: str) -> Any:
    """An attribute that the members of an account have together."""
    return property(lambda book: getattr(book.joint, name), lambda book, value: setattr(book.joint, name, value))


class MemberBook(Book):
    """One symbol's positions and orders in an account with several symbols."""

    joint: JointBook
    balance = _joint_attribute("balance")
    changes = _joint_attribute("changes")
    _tickets = _joint_attribute("_tickets")
    _deal_tickets = _joint_attribute("_deal_tickets")

    def margin(self, market: Market | None = None, side: int = LONG, more: float = 0.0, lots: float = 0.0) -> float:
        return self.joint.margin(market, side, more, lots)

    def floating(self) -> float:
        return self.joint.floating()

    def assets(self) -> float:
        return self.joint.assets()

    def stop_out_equity(self, margin: float | None = None) -> float:
        """What the balance with this symbol's positions must keep above, while the others stand as they do now."""
        elsewhere = self.joint.floating() - super().floating()
        return self.joint.stop_out_equity(margin) - elsewhere


class JointPlayer(Player):
    """Plays one symbol; a stop-out is one of the whole account."""

    joint: JointBook

    def _levels(self, gap: float) -> list[Ruin]:
        return [] if self.joint.calm == self.joint.changes else super()._levels(gap)

    def _is_safe(self) -> bool:
        return False  # what the others lose meanwhile counts too

    def _stop_out(self, bar: int, step: int, event: Event) -> None:
        book = self.joint
        assert isinstance(event.what, Ruin)
        self._stand(bar, step, event.price, buying=event.what.side == SHORT)
        level = _level(book)
        if book.terms.stop_out == "worst":
            worst = min(book.positions.values(), key=lambda p: (p.profit() + p.swap, p.ticket))
            self._close_ruined(worst, level)
            return
        for player in book.players:
            for order in list(player.book.orders.values()):
                player._drop(order, mt5.ORDER_STATE_CANCELED, mt5.TRADE_RETCODE_NO_MONEY)
        for position in list(book.positions.values()):
            self._close_ruined(position, level)

    def _close_ruined(self, position: Position, level: float) -> None:
        """Close a position of whatever symbol at its quote of the moment."""
        player = next(player for player in self.joint.players if player.market is position.market)
        price = position.market.closing_price(position.side)
        player._server_close(position, price, "stop_out", f"so {level:.2f}%", mt5.DEAL_REASON_SO)


def _level(book: Book) -> float:
    margin = book.margin()
    return 100.0 * book.equity() / margin if margin else 0.0


class Exchange(SimulatedTerminal):
    """The terminal's functions over all symbols of an account; the clocks are moved by whoever plays the symbols."""

    def __init__(self, first: SimulatedTerminal, book: JointBook) -> None:
        vars(self).update(vars(first))
        self.book = book
        self._markets, self._infos, self._books, self._histories = {}, {}, set(), {}
        self._legs: dict[str, SimulatedTerminal] = {}
        self._first, self._joint = first, book
        self.initialize()

    def admit(self, terminal: SimulatedTerminal) -> None:
        """Add a symbol."""
        self._joint.admit(terminal)
        symbol = terminal.market.symbol
        self._legs[symbol], self._markets[symbol] = terminal, terminal.market
        self._infos[symbol] = terminal.static_symbol_info
        if self.overseer is not None:
            self.overseer.take_in(terminal, self)

    def order_check(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderCheckResult | None:
        leg = self._leg(request, fields)
        answer = leg.order_check(request, **fields)
        self._error = leg.last_error()
        return answer

    def order_send(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        leg = self._leg(request, fields)
        answer = leg.order_send(request, **fields)
        self._error = leg.last_error()
        return answer

    def _leg(self, request: dict[str, Any] | None, fields: dict[str, Any]) -> SimulatedTerminal:
        """The terminal of the symbol that a request is about; what is about none is refused by the first."""
        asked = fields if request is None else request
        if not isinstance(asked, dict):
            return self._first
        found: Position | Order | None = self._named(self.book.positions, asked.get("position"))
        found = found or self._named(self.book.orders, asked.get("order"))
        symbol = found.market.symbol if found is not None else asked.get("symbol")
        return self._legs.get(symbol, self._first) if isinstance(symbol, str) else self._first

    @staticmethod
    def _named(items: Any, ticket: Any) -> Any:
        return items.get(ticket) if isinstance(ticket, int) else None

    def _market(self, symbol: str) -> Market | None:
        """The market of a symbol, as it stands."""
        market = self._markets.get(symbol) if isinstance(symbol, str) else None
        if market is None:
            self._error = (mt5.RES_E_NOT_FOUND, "Terminal: Not found")
        return market
