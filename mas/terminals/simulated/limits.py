"""Single checks of a trade request against a symbol's conditions: each gives 0, or MetaTrader's return code."""

from __future__ import annotations

import math

from mas import constants as mt5
from mas import fills
from mas.fills import LONG, SHORT
from mas.terminals.simulated.book import Book
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import EVERY_ORDER, SymbolTerms
from mas.terminals.structs import TradeRequest

PENDING = frozenset(range(mt5.ORDER_TYPE_BUY_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT + 1))
STOP_LIMITS = (mt5.ORDER_TYPE_BUY_STOP_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT)

_MODES = (1, 1, 2, 2, 4, 4, 8, 8)
"""Bit of a symbol's `order_mode` for each type of order: market, limit, stop, stop-limit."""
_FILLINGS = {
    mt5.ORDER_FILLING_FOK: mt5.SYMBOL_FILLING_FOK,
    mt5.ORDER_FILLING_IOC: mt5.SYMBOL_FILLING_IOC,
    mt5.ORDER_FILLING_BOC: mt5.SYMBOL_FILLING_BOC,
}
_AT_A_PRICE = (mt5.SYMBOL_TRADE_EXECUTION_REQUEST, mt5.SYMBOL_TRADE_EXECUTION_INSTANT)
_DAY = 86_400


def order_allowed(terms: SymbolTerms, request: TradeRequest) -> bool:
    """Whether the symbol takes orders of that type, with a stop and a target where they are given."""
    if terms.order_mode & EVERY_ORDER == EVERY_ORDER:
        return True
    asked = _MODES[request.type]
    asked |= mt5.SYMBOL_ORDER_SL if request.sl else 0
    asked |= mt5.SYMBOL_ORDER_TP if request.tp else 0
    return terms.order_mode & asked == asked


def check_volume(market: Market, volume: float) -> int:
    """10014: not a multiple of the step between minimum and maximum."""
    spec = market.spec
    if not spec.volume_min - 1e-9 <= volume <= spec.volume_max + 1e-9:  # NaN fails as well
        return mt5.TRADE_RETCODE_INVALID_VOLUME
    if abs(fills.round_volume_down(volume, spec.volume_step) - volume) > 1e-9:
        return mt5.TRADE_RETCODE_INVALID_VOLUME
    return 0


def check_filling(terms: SymbolTerms, filling: int) -> int:
    """10030: the symbol does not fill market orders that way (reference mt5.md, 3.1)."""
    if filling == mt5.ORDER_FILLING_RETURN:
        allowed = terms.execution != mt5.SYMBOL_TRADE_EXECUTION_MARKET
    elif filling in (mt5.ORDER_FILLING_FOK, mt5.ORDER_FILLING_IOC):
        allowed = terms.execution in _AT_A_PRICE or bool(terms.filling_mode & _FILLINGS[filling])
    else:
        allowed = False
    return 0 if allowed else mt5.TRADE_RETCODE_INVALID_FILL


def check_pending_filling(terms: SymbolTerms, request: TradeRequest) -> int:
    """10030: waiting orders fill by RETURN; BOC is for limits, where the symbol has it."""
    filling = request.type_filling
    if filling == mt5.ORDER_FILLING_BOC:
        limit = request.type not in (mt5.ORDER_TYPE_BUY_STOP, mt5.ORDER_TYPE_SELL_STOP)
        return 0 if limit and terms.filling_mode & mt5.SYMBOL_FILLING_BOC else mt5.TRADE_RETCODE_INVALID_FILL
    return 0 if filling == mt5.ORDER_FILLING_RETURN else check_filling(terms, filling)


def check_expiration(market: Market, time_type: int, expiration: int) -> int:
    """10022: a validity that the symbol does not know, or one that is over."""
    if not (0 <= time_type <= mt5.ORDER_TIME_SPECIFIED_DAY and market.terms.expiration_mode & 1 << time_type):
        return mt5.TRADE_RETCODE_INVALID_EXPIRATION
    if time_type == mt5.ORDER_TIME_SPECIFIED_DAY and expiration > 0:
        expiration = (expiration // _DAY + 1) * _DAY
    dated = time_type in (mt5.ORDER_TIME_SPECIFIED, mt5.ORDER_TIME_SPECIFIED_DAY)
    return mt5.TRADE_RETCODE_INVALID_EXPIRATION if dated and expiration <= market.time else 0


def check_trade_mode(terms: SymbolTerms, side: int) -> int:
    """10042, 10043, 10044: positions of that side may not be opened."""
    mode = terms.trade_mode
    if mode == mt5.SYMBOL_TRADE_MODE_FULL:
        return 0
    if mode == mt5.SYMBOL_TRADE_MODE_CLOSEONLY:
        return mt5.TRADE_RETCODE_CLOSE_ONLY
    if mode == mt5.SYMBOL_TRADE_MODE_LONGONLY and side == SHORT:
        return mt5.TRADE_RETCODE_LONG_ONLY
    if mode == mt5.SYMBOL_TRADE_MODE_SHORTONLY and side == LONG:
        return mt5.TRADE_RETCODE_SHORT_ONLY
    return 0


def check_deal_price(market: Market, request: TradeRequest) -> int:
    """10015: under instant execution the client names a price, and it must be one."""
    at_a_price = market.terms.execution in _AT_A_PRICE
    return mt5.TRADE_RETCODE_INVALID_PRICE if at_a_price and not on_grid(market, request.price) else 0


def has_moved(market: Market, request: TradeRequest) -> bool:
    """Whether the market has left the price that the client named by more than the deviation allows."""
    if market.terms.execution not in _AT_A_PRICE:
        return False
    quote = market.ask if fills.buys(request.type) else market.bid
    return abs(quote - request.price) > request.deviation * market.spec.point + fills.tolerance(quote, request.price)


def check_stops(market: Market, side: int, price: float, sl: float, tp: float) -> int:
    """10016: a level off the tick grid, on the wrong side of the price, or inside the stops level."""
    if sl == 0.0 and tp == 0.0:
        return 0
    if not fills.protects(side, price, sl, tp):
        return mt5.TRADE_RETCODE_INVALID_STOPS
    near = market.spec.stops_level * market.spec.point
    for level in (sl, tp):
        if level != 0.0 and (_too_near(price, level, near) or not on_grid(market, level)):
            return mt5.TRADE_RETCODE_INVALID_STOPS
    return 0


def check_waiting(
    market: Market, kind: int, price: float, stoplimit: float, sl: float, tp: float, through: bool = False
) -> int:
    """10015 for a price that cannot wait, 10016 for stops on the wrong side of it, 10015 for one too near."""
    if not on_grid(market, price) or (kind in STOP_LIMITS and not on_grid(market, stoplimit)):
        return mt5.TRADE_RETCODE_INVALID_PRICE
    # Exchanges take a limit that could fill at once; it then does, at its price or better.
    free = through or (market.terms.execution == mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE and kind in (2, 3))
    if not free and not fills.waits(kind, price, stoplimit, market.bid, market.ask):
        return mt5.TRADE_RETCODE_INVALID_PRICE
    side = LONG if fills.buys(kind) else SHORT
    code = check_stops(market, side, stoplimit if kind in STOP_LIMITS else price, sl, tp)
    if code or free:
        return code
    quote = market.ask if fills.buys(kind) else market.bid
    near = _too_near(price, quote, market.spec.stops_level * market.spec.point)
    return mt5.TRADE_RETCODE_INVALID_PRICE if near else 0


def beyond_volume_limit(book: Book, market: Market, side: int, more: float) -> bool:
    """Whether open and waiting lots of one direction would exceed what the symbol allows."""
    lots = sum(p.volume for p in book.positions.values() if p.market is market and p.side == side)
    buying = side == LONG
    lots += sum(o.volume for o in book.orders.values() if o.market is market and fills.buys(o.kind) == buying)
    return lots + more > market.terms.volume_limit + 1e-9


def inside_freeze(market: Market, price: float, *levels: float) -> bool:
    """Whether the market is too near to a level for anything to be changed."""
    frozen = market.spec.freeze_level * market.spec.point
    return any(level != 0.0 and _too_near(price, level, frozen) for level in levels)


def on_grid(market: Market, price: float) -> bool:
    """Whether a price is positive and a multiple of the tick size."""
    if not 0.0 < price < math.inf:
        return False
    ticks = price / market.spec.tick_size
    return abs(ticks - round(ticks)) < 1e-4  # a tenth of a thousandth of a tick is the last bit of a float


def _too_near(price: float, level: float, distance: float) -> bool:
    return distance > 0.0 and abs(price - level) < distance - fills.tolerance(price, level)
