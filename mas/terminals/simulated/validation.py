"""What a trade request must be to be accepted, and MetaTrader's return code where it is not.

`read_request` is the module's own check of a request's types (a wrong one makes the call fail); `check_...` are the
trade server's, in the order of its table of checks: the first that fails gives the code.
"""

from __future__ import annotations

import math
from typing import Any

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT
from mas.terminals.simulated.book import Order, Position
from mas.terminals.simulated.market import Market
from mas.terminals.structs import TradeRequest

DONE, PLACED = mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_PLACED

COMMENTS = {
    mt5.TRADE_RETCODE_DONE: "Request executed",
    mt5.TRADE_RETCODE_PLACED: "Request placed",
    mt5.TRADE_RETCODE_INVALID: "Invalid request",
    mt5.TRADE_RETCODE_INVALID_VOLUME: "Invalid volume",
    mt5.TRADE_RETCODE_INVALID_PRICE: "Invalid price",
    mt5.TRADE_RETCODE_INVALID_STOPS: "Invalid stops",
    mt5.TRADE_RETCODE_MARKET_CLOSED: "Market closed",
    mt5.TRADE_RETCODE_NO_MONEY: "No money",
    mt5.TRADE_RETCODE_INVALID_EXPIRATION: "Invalid expiration",
    mt5.TRADE_RETCODE_NO_CHANGES: "No changes",
    mt5.TRADE_RETCODE_INVALID_ORDER: "Invalid order",
    mt5.TRADE_RETCODE_POSITION_CLOSED: "Position doesn't exist",
    mt5.TRADE_RETCODE_INVALID_CLOSE_VOLUME: "Close volume exceeds the position volume",
    mt5.TRADE_RETCODE_CANCEL: "Request canceled",
}
"""The trade server's words for its return codes."""

PENDING = frozenset(range(mt5.ORDER_TYPE_BUY_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT + 1))
STOP_LIMITS = (mt5.ORDER_TYPE_BUY_STOP_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT)

_KINDS: dict[str, type] = {name: type(empty) for name, empty in TradeRequest()._asdict().items()}
_NAMES, _EMPTY = tuple(_KINDS), tuple(TradeRequest())
_LONGEST_TEXT = 29


def read_request(request: Any) -> TradeRequest | str:
    """The request as a tuple, missing keys as zero; or the text of the error that the MetaTrader5 module reports."""
    if not isinstance(request, dict):
        return "Invalid params"
    for name, value in request.items():
        kind = _KINDS.get(name)
        if kind is None:
            continue  # as in the module: keys that are not fields are ignored
        if not isinstance(value, kind) or (isinstance(value, int) and not 0 <= value < 2**64):
            return f'Invalid "{name}" argument'
        if isinstance(value, str) and len(value.encode("utf-16-le")) > 2 * _LONGEST_TEXT:
            return f'Invalid "{name}" argument'
    return TradeRequest(*map(request.get, _NAMES, _EMPTY))


def check_volume(market: Market, volume: float) -> int:
    """DONE, or 10014: not a multiple of the step between minimum and maximum."""
    spec = market.spec
    if not spec.volume_min - 1e-9 <= volume <= spec.volume_max + 1e-9:  # NaN fails as well
        return mt5.TRADE_RETCODE_INVALID_VOLUME
    if not math.isclose(fills.round_volume_down(volume, spec.volume_step), volume, abs_tol=1e-9):
        return mt5.TRADE_RETCODE_INVALID_VOLUME
    return DONE


def check_market_entry(market: Market, request: TradeRequest) -> int:
    """DONE, or why a market order that opens a position is refused."""
    code = check_volume(market, request.volume)
    if code != DONE:
        return code
    side = LONG if request.type == mt5.ORDER_TYPE_BUY else SHORT
    if not _levels_ok(market, side, market.closing_price(side), request.sl, request.tp):
        return mt5.TRADE_RETCODE_INVALID_STOPS
    return DONE


def check_closing(position: Position | None, request: TradeRequest) -> int:
    """DONE, or why a market order cannot close that position."""
    if position is None:
        return mt5.TRADE_RETCODE_POSITION_CLOSED
    opposite = mt5.ORDER_TYPE_SELL if position.side == LONG else mt5.ORDER_TYPE_BUY
    if request.type != opposite or request.symbol not in ("", position.market.symbol):
        return mt5.TRADE_RETCODE_INVALID
    if request.volume > position.volume + 1e-9:
        return mt5.TRADE_RETCODE_INVALID_CLOSE_VOLUME
    if math.isclose(request.volume, position.volume, abs_tol=1e-9):
        return DONE
    return check_volume(position.market, request.volume)


def check_pending(market: Market, request: TradeRequest, through: bool = False) -> int:
    """DONE, or why a waiting order is refused.

    Args: through: its price may already have been passed; it then fills at the first tick (EXECUTION rule 14).
    """
    code = check_volume(market, request.volume)
    if code != DONE:
        return code
    if not _expiration_ok(market, request.type_time, request.expiration):
        return mt5.TRADE_RETCODE_INVALID_EXPIRATION
    return check_pending_levels(market, request.type, request.price, request.stoplimit, request.sl, request.tp, through)


def check_pending_levels(
    market: Market, kind: int, price: float, stoplimit: float, sl: float, tp: float, through: bool = False
) -> int:
    """DONE, or 10015 for a price that cannot wait, 10016 for stops on the wrong side of it."""
    spec = market.spec
    if not _on_grid(market, price) or (kind in STOP_LIMITS and not _on_grid(market, stoplimit)):
        return mt5.TRADE_RETCODE_INVALID_PRICE
    near = spec.stops_level * spec.point
    quote = market.ask if fills.buys(kind) else market.bid
    if not through:
        waiting = fills.waits(kind, price, stoplimit, market.bid, market.ask)
        if not waiting or (near and abs(price - quote) < near - fills.tolerance(price, quote)):
            return mt5.TRADE_RETCODE_INVALID_PRICE
    side = LONG if fills.buys(kind) else SHORT
    if not _levels_ok(market, side, stoplimit if kind in STOP_LIMITS else price, sl, tp):
        return mt5.TRADE_RETCODE_INVALID_STOPS
    return DONE


def check_levels(position: Position | None, sl: float, tp: float) -> int:
    """DONE, or why a position's levels cannot be set so."""
    if position is None:
        return mt5.TRADE_RETCODE_POSITION_CLOSED
    if fills.same(sl, position.sl) and fills.same(tp, position.tp):
        return mt5.TRADE_RETCODE_NO_CHANGES
    market = position.market
    if not _levels_ok(market, position.side, market.closing_price(position.side), sl, tp):
        return mt5.TRADE_RETCODE_INVALID_STOPS
    return DONE


def check_modification(order: Order | None, request: TradeRequest) -> int:
    """DONE, or why a waiting order cannot be changed so."""
    if order is None:
        return mt5.TRADE_RETCODE_INVALID_ORDER
    if not _expiration_ok(order.market, request.type_time, request.expiration):
        return mt5.TRADE_RETCODE_INVALID_EXPIRATION
    wanted = (request.price, request.stoplimit, request.sl, request.tp)
    if wanted == (order.price, order.stoplimit, order.sl, order.tp) and request.expiration == order.expiration:
        return mt5.TRADE_RETCODE_NO_CHANGES
    return check_pending_levels(order.market, order.kind, *wanted)


def _levels_ok(market: Market, side: int, price: float, sl: float, tp: float) -> bool:
    """Both levels on the tick grid, on their side of the price, and outside the stops level."""
    if not fills.protects(side, price, sl, tp):
        return False
    near = market.spec.stops_level * market.spec.point
    for level in (sl, tp):
        if level != 0.0:
            if near and abs(price - level) < near - fills.tolerance(price, level):
                return False
            if not _on_grid(market, level):
                return False
    return True


def _on_grid(market: Market, price: float) -> bool:
    if not 0.0 < price < math.inf:
        return False
    ticks = price / market.spec.tick_size
    return abs(ticks - round(ticks)) < 1e-4  # a tenth of a thousandth of a tick is the last bit of a float


def _expiration_ok(market: Market, time_type: int, expiration: int) -> bool:
    if time_type in (mt5.ORDER_TIME_GTC, mt5.ORDER_TIME_DAY):
        return True
    return time_type in (mt5.ORDER_TIME_SPECIFIED, mt5.ORDER_TIME_SPECIFIED_DAY) and expiration > market.time
