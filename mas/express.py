"""The short way of ordinary orders in a replay: a market order, or the close of a whole position.

`send_order` takes what is asked apart into a request, the terminal reads and judges the request, and the answer comes
back. Most orders of most backtests are of two kinds of which nearly everything is known beforehand: what the account
and the symbol allow does not change in a run. `Express` looks at the rest, in the order in which the terminal would,
with the terminal's own checks. It takes an order only if every one of them is passed, and then has the same book do the
same; in any doubt it takes nothing, and the order goes the long way, which finds the reason and says it.

The tests play the same runs both ways and compare everything that a terminal can be asked afterwards.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas import fills
from mas.answers import order_id_of
from mas.fills import LONG, SHORT
from mas.request import COMMENT, MAGIC
from mas.terminals.simulated import limits
from mas.terminals.simulated.core import SUCCESS
from mas.terminals.simulated.costs import slipped
from mas.terminals.simulated.funds import affordable
from mas.terminals.simulated.holdings import Position
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.simulated.terms import EVERY_ORDER
from mas.terminals.simulated.validation import DONE

if TYPE_CHECKING:
    from mas.replay import Replay

KEYS = frozenset({"symbol", "order_type", "volume", "sl", "tp", "magic", "comment", "backtest_toggle", "order_id"})
"""What an ordinary order may say."""

_USUAL = itemgetter("symbol", "order_type", "volume", "magic", "comment", "backtest_toggle")
_Said = tuple[int, float, int, str]
"""Side, lots, magic number and comment of an order."""
_SIDES = {"buy": LONG, "sell": SHORT}
_AT_A_PRICE = (mt5.SYMBOL_TRADE_EXECUTION_REQUEST, mt5.SYMBOL_TRADE_EXECUTION_INSTANT)
_LONGEST_COMMENT = 29
_MOST_KNOWN = 10_000
_HALF_WORD = 2**31


class Express:
    """Serves one replay. `send` gives the order id, or None for what has to go the long way."""

    def __init__(self, session: Replay, magic: Any) -> None:
        self.session, self.terminal = session, session.terminal
        self.market, self.book, self.books = self.terminal.market, self.terminal.book, session.management
        self.symbol, self.spec = self.market.symbol, self.market.spec
        self.filling = self.books.filling
        self._points = self.book.terms.slippage
        signed = magic if type(magic) is int else MAGIC
        self._signed = signed if 0 <= signed < _HALF_WORD else None
        """What orders carry that name no magic number; None: the class has one that cannot be."""
        self._known: dict[tuple[Any, ...], _Said] = {}
        """What orders have said -> how it was understood: a strategy says the same again and again."""
        self._lots: dict[float, float] = {}
        """Volumes that were found to be ordinary -> the lots that they are."""
        self._ample: dict[float, float] = {}
        """Lots -> the balance with which nobody need look whether they can be paid, while nothing else is open."""
        self._comments: set[str] = set()
        """Comments that were found to be ordinary."""
        self.closes = True
        """Whether positions may be closed without the strategy's own verbs, which it might have changed."""

    def send(self, params: dict[str, Any]) -> str | None:
        """Carry out an order. Returns: its id; None: nothing was done, it is not one of the ordinary."""
        if not self._is_open():
            return None
        try:
            said = _USUAL(params)
            known = self._known.get(said)
        except (KeyError, TypeError):
            said = known = None
        if (
            said is None
            or known is None
            or said[5] is not True
            or type(said[2]) is not float
            or type(said[3]) is not int
        ):
            known = self._read(params)
            if known is None:
                return None
            if said is not None and len(self._known) < _MOST_KNOWN:
                self._known[said] = known
        side, lots, magic, comment = known
        if said is not None and len(params) == len(said):
            return self._open(side, lots, 0.0, 0.0, magic, comment)
        order_id, sl, tp = params.get("order_id"), params.get("sl"), params.get("tp")
        if not params.keys() <= KEYS:
            return None
        if order_id is not None:
            return self._close(order_id, side, lots, magic, comment) if sl is None and tp is None else None
        if sl is not None or tp is not None:
            sl, tp = self._level(sl), self._level(tp)
            market = self.market
            if not (sl >= 0.0 and tp >= 0.0) or limits.check_stops(market, side, market.closing_price(side), sl, tp):
                return None
            return self._open(side, lots, sl, tp, magic, comment)
        return self._open(side, lots, 0.0, 0.0, magic, comment)

    def close_all(self, side: int, comment: str) -> bool:
        """Close all positions of a side that the strategy holds, oldest first, by an ordinary order for each.

        Returns: False: nothing was done, some of it is not ordinary.
        """
        if (
            not self.closes
            or not self._is_open()
            or self._signed is None
            or (comment not in self._comments and not self._learns(comment))
        ):
            return False
        positions = []
        for ticket, held in self.books.held.items():
            position = held.position
            if position.side == side:
                volume = position.volume
                if (self._lots.get(volume) or self._lots_of(volume)) != volume or ticket not in self.book.positions:
                    return False
                positions.append(position)
        for position in positions:
            self._leave(position, self._signed, comment)
        return True

    # ------------------------------------------------------------- what is done

    def _open(self, side: int, lots: float, sl: float, tp: float, magic: int, comment: str) -> str | None:
        book, market = self.book, self.market
        asked, kind = (market.ask, mt5.ORDER_TYPE_BUY) if side == LONG else (market.bid, mt5.ORDER_TYPE_SELL)
        price = slipped(self._points, market, asked, kind) if self._points else asked
        if not self._affordable(side, lots, price):
            return None
        self.terminal.answered(SUCCESS)
        position = book.open_at_market(market, kind, lots, asked, price, sl, tp, magic, comment, self.filling)
        self.books.hold(position)
        self.session.sent += 1
        return order_id_of(position.ticket)

    def _close(self, order_id: Any, side: int, lots: float, magic: int, comment: str) -> str | None:
        if type(order_id) is not str or not order_id.startswith("BT") or not order_id[2:].isdecimal():
            return None
        ticket = int(order_id[2:])
        position = self.book.positions.get(ticket)
        if position is None or position.side == side or position.volume != lots or ticket not in self.books.held:
            return None
        return order_id_of(self._leave(position, magic, comment))

    def _leave(self, position: Position, magic: int, comment: str) -> int:
        """Close a whole position. Returns: the number of the order."""
        market = self.market
        buys = position.side == SHORT
        asked, kind = (market.ask, mt5.ORDER_TYPE_BUY) if buys else (market.bid, mt5.ORDER_TYPE_SELL)
        price = slipped(self._points, market, asked, kind) if self._points else asked
        self.terminal.answered(SUCCESS)
        number, trade = self.book.close_at_market(position, kind, asked, price, magic, comment, self.filling)
        self.books.gone(position, trade)
        self.session.sent += 1
        return number

    # ------------------------------------------------------------- what is looked at

    def _is_open(self) -> bool:
        """Whether the terminal takes market orders now, of this symbol alone."""
        market = self.market
        return (
            market.selected
            and (market.traded is None or market.is_traded)
            and self.session.joint is None
            and self.terminal.ready
        )

    def _affordable(self, side: int, lots: float, price: float) -> bool:
        """As `funds.affordable`, which is asked wherever there is something open."""
        book, money, market = self.book, self.market.money, self.market
        if book.positions:
            kind = mt5.ORDER_TYPE_BUY if side == LONG else mt5.ORDER_TYPE_SELL
            return affordable(book, market, kind, lots, price)
        ample = self._ample.get(lots)
        if ample is None:
            ample = self._most_needed(lots)
            if len(self._ample) < _MOST_KNOWN:
                self._ample[lots] = ample
        if book.balance - book.dues.blocked > ample:
            return True
        floating = 0 + money.profit(side, lots, price, market.closing_price(side))
        return book.balance - book.dues.blocked + floating >= money.margin(lots, price, side=side)

    def _most_needed(self, lots: float) -> float:
        """What an order of that size may need, at whatever price of these bars and however wide the spread."""
        money, market = self.market.money, self.market
        lowest, highest = market.bids.ends[0], market.asks.ends[1]
        if self._points or money.drifts or money.settles or lowest <= 0.0:
            return math.inf
        loss = max(-money.profit(LONG, lots, highest, lowest), -money.profit(SHORT, lots, lowest, highest))
        return loss + max(money.margin(lots, price) for price in (lowest, highest))

    def _read(self, params: dict[str, Any]) -> _Said | None:
        """What an order says, apart from its levels and the position it closes."""
        if not params.keys() <= KEYS or params.get("symbol") != self.symbol:
            return None
        toggle, magic = params.get("backtest_toggle"), params.get("magic")
        name, volume, comment = params.get("order_type"), params.get("volume"), params.get("comment")
        side = _SIDES.get(name) if type(name) is str else None
        if side is None or not (toggle is None or toggle is True):
            return None
        lots = self._lots_of(volume)
        if lots is None:
            return None
        if comment is None:
            comment = COMMENT
        if type(comment) is not str or (comment not in self._comments and not self._learns(comment)):
            return None
        if magic is None:
            magic = self._signed
        if type(magic) is not int or not 0 <= magic < _HALF_WORD:
            return None
        return side, lots, magic, comment

    def _lots_of(self, volume: Any) -> float | None:
        """The lots that a volume is rounded to, if they may be traded."""
        if type(volume) is not float:
            return None
        lots = self._lots.get(volume)
        if lots is not None:
            return lots
        if not math.isfinite(volume / self.spec.volume_step):
            return None
        lots = fills.round_volume_down(volume, self.spec.volume_step)
        if limits.check_volume(self.market, lots):
            return None
        if len(self._lots) < _MOST_KNOWN:
            self._lots[volume] = lots
        return lots

    def _learns(self, comment: str) -> bool:
        """Whether a comment goes into a request as it stands."""
        known = 0 < len(comment) <= _LONGEST_COMMENT and comment.isascii()
        if known and len(self._comments) < _MOST_KNOWN:
            self._comments.add(comment)
        return known

    def _level(self, price: Any) -> float:
        """The level on the tick grid; 0.0 for none, below that for what is no level."""
        if price is None:
            return 0.0
        size = self.spec.tick_size
        if type(price) is not float or not math.isfinite(price / (size or 1.0)):
            return -1.0
        return fills.round_to_tick(price, size, self.spec.digits)


def express_of(session: Replay, strategy: Any) -> Express | None:
    """The short way for a replay that begins; None where account, symbol, strategy or guards want every order looked
    at closely."""
    from mas.replay import Replay, overrides

    terminal = session.terminal
    if type(session) is not Replay or type(terminal) is not SimulatedTerminal:
        return None
    account, terms, spec = terminal.account, terminal.market.terms, terminal.market.spec
    plain_account = (
        account.api_allowed and account.hedging_allowed and not account.netting and not account.fifo_close
        and not account.limit_positions
    )  # fmt: skip
    plain_symbol = (
        terminal.market.recorded is None
        and terms.execution not in _AT_A_PRICE
        and terms.trade_mode == mt5.SYMBOL_TRADE_MODE_FULL
        and terms.order_mode & EVERY_ORDER == EVERY_ORDER
        and not terms.volume_limit
        and not spec.freeze_level
        and not limits.check_filling(terms, session.management.filling)
        and 0 < len(spec.name) <= _LONGEST_COMMENT
        and spec.name.isascii()
    )
    told = session.tells_status or session.tells_execution
    accepts = terminal.accepts_requests == DONE
    if not (plain_account and plain_symbol and accepts) or told or terminal.overseer is not None:
        return None
    express = Express(session, getattr(type(strategy), "magic", None))
    express.closes = not any(overrides(type(strategy), verb) for verb in ("send_order", "close_trade", "trades"))
    return express
