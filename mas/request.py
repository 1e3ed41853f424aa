"""From the parameters of `send_order` to a MetaTrader 5 trade request: one function for every terminal.

The request comes out with every type as the MetaTrader5 module demands it, its volume rounded down to the step and its
levels rounded to the tick (EXECUTION rules 7 and 8), and a filling mode that the symbol allows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mas import constants as mt5
from mas import fills
from mas.answers import ticket_of
from mas.errors import ParameterError
from mas.terminals.structs import SymbolInfo, Tick, TradeOrder, TradePosition

ORDER_TYPES = {
    "buy": mt5.ORDER_TYPE_BUY,
    "sell": mt5.ORDER_TYPE_SELL,
    "buy_limit": mt5.ORDER_TYPE_BUY_LIMIT,
    "sell_limit": mt5.ORDER_TYPE_SELL_LIMIT,
    "buy_stop": mt5.ORDER_TYPE_BUY_STOP,
    "sell_stop": mt5.ORDER_TYPE_SELL_STOP,
    "buy_stop_limit": mt5.ORDER_TYPE_BUY_STOP_LIMIT,
    "sell_stop_limit": mt5.ORDER_TYPE_SELL_STOP_LIMIT,
}
"""The `order_type` strings."""

ORDER_NAMES = {code: name for name, code in ORDER_TYPES.items()}

DEVIATION, MAGIC, COMMENT = 10, 123_456, "MAS Order"
"""Documented defaults: points, expert number, comment."""
MODIFIED, CANCELLED = "Modified by MAS", "Cancel by MAS"
"""Documented comments of a change and of a cancellation."""

_LONGEST_COMMENT = 29
_FARTHEST = 253_402_300_800
"""Seconds up to the end of the year 9999: no datetime goes beyond."""

_KEYS = frozenset({
    "symbol", "order_type", "volume", "price", "stoplimit", "sl", "tp", "magic", "comment", "deviation", "position",
    "position_by", "order_id", "position_id", "type_filling", "type_time", "expiration", "backtest_toggle", "action",
})  # fmt: skip
"""Keys that need no cleaning."""


def clean(params: Any, what: str) -> dict[str, Any]:
    """The parameters as a dict of their own, blanks around the keys taken off.

    Raises: ParameterError: they are no dict.
    """
    if type(params) is dict and params.keys() <= _KEYS:
        return params.copy()
    if not isinstance(params, Mapping):
        raise ParameterError(f"{what} takes one dict of parameters, not {type(params).__name__}")
    return {str(key).strip(): value for key, value in params.items()}


def order_type(params: Mapping[str, Any]) -> int:
    """MetaTrader's number of the `order_type`.

    Raises: ParameterError: it is missing or unknown.
    """
    name = params.get("order_type")
    try:
        return ORDER_TYPES[name]  # type: ignore[index]
    except (KeyError, TypeError):
        known = ", ".join(ORDER_TYPES)
        raise ParameterError(f"order_type must be one of {known}, not {name!r}") from None


def trade_request(
    params: Mapping[str, Any], info: SymbolInfo, tick: Tick, held: TradePosition | None = None
) -> dict[str, Any]:
    """What the parameters of send_order ask for, as a request for `order_send`.

    A market or a waiting order; with `position` the closing of that position, in part or whole; with `position` and
    the type that the position itself has, a change of its `sl` and `tp`; with `position_by` the closing of two
    opposite positions by each other.

    Args: params: cleaned. held: the position that is named, where it is at hand: without it every order that names a
        position closes it.
    Raises: ParameterError: a value of the wrong type; the message names the key.
    """
    if params.get("position_by") is not None:
        return close_by(params, info)
    kind = order_type(params)
    if held is not None and held.type == kind:
        return new_levels(params, held, info)
    market = kind in (mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL)
    request: dict[str, Any] = {
        "action": mt5.TRADE_ACTION_DEAL if market else mt5.TRADE_ACTION_PENDING,
        "symbol": info.name,
        "type": kind,
        "volume": volume_of(params, info),
        "magic": _whole(params, "magic", MAGIC),
        "deviation": _whole(params, "deviation", DEVIATION),
        "comment": str(params.get("comment") or COMMENT)[:_LONGEST_COMMENT],
        "type_filling": filling(params, info, market),
    }
    if market:
        request["price"] = tick.ask if kind == mt5.ORDER_TYPE_BUY else tick.bid
        if params.get("position"):
            request["position"] = ticket_of(params["position"])
    else:
        request["price"] = price_of(params, "price", info)
        if kind in (mt5.ORDER_TYPE_BUY_STOP_LIMIT, mt5.ORDER_TYPE_SELL_STOP_LIMIT):
            request["stoplimit"] = price_of(params, "stoplimit", info)
        request["type_time"], request["expiration"] = validity(params, info.expiration_mode)
    for level in ("sl", "tp"):
        if params.get(level) is not None:
            request[level] = price_of(params, level, info)
    return request


def close_by(params: Mapping[str, Any], info: SymbolInfo) -> dict[str, Any]:
    """Two opposite positions of one symbol close each other, as far as the smaller goes.

    Raises: ParameterError: one of the two ids is missing or none.
    """
    return {
        "action": mt5.TRADE_ACTION_CLOSE_BY,
        "symbol": info.name,
        "position": ticket_of(params.get("position")),
        "position_by": ticket_of(params["position_by"]),
        "magic": _whole(params, "magic", MAGIC),
        "comment": str(params.get("comment") or COMMENT)[:_LONGEST_COMMENT],
    }


def modification(params: Mapping[str, Any], order: TradeOrder, info: SymbolInfo) -> dict[str, Any]:
    """A change of a waiting order: what is not given is sent again, or the terminal would erase it."""
    levels = {"sl": order.sl, "tp": order.tp, "stoplimit": order.price_stoplimit}
    for key in levels:
        if params.get(key) is not None:
            levels[key] = price_of(params, key, info)
    time_type, expiration = order.type_time, order.time_expiration
    if params.get("expiration") is not None:
        time_type, expiration = validity(params)
    return {
        "action": mt5.TRADE_ACTION_MODIFY,
        "order": order.ticket,
        "price": price_of(params, "price", info),
        **levels,
        "type_time": time_type,
        "expiration": expiration,
        "comment": str(params.get("comment") or MODIFIED)[:_LONGEST_COMMENT],
    }


def removal(params: Mapping[str, Any], ticket: int) -> dict[str, Any]:
    """The cancellation of a waiting order."""
    comment = str(params.get("comment") or CANCELLED)[:_LONGEST_COMMENT]
    return {"action": mt5.TRADE_ACTION_REMOVE, "order": ticket, "comment": comment}


def new_levels(params: Mapping[str, Any], position: TradePosition, info: SymbolInfo) -> dict[str, Any]:
    """A change of a position's stop and target; the one that is not given stays.

    Raises: ParameterError: neither is given.
    """
    if params.get("sl") is None and params.get("tp") is None:
        raise ParameterError("sl or tp must be given")
    levels = {"sl": position.sl, "tp": position.tp}
    for key in levels:
        if params.get(key) is not None:
            levels[key] = price_of(params, key, info)
    return {"action": mt5.TRADE_ACTION_SLTP, "symbol": position.symbol, "position": position.ticket, **levels}


def volume_of(params: Mapping[str, Any], info: SymbolInfo) -> float:
    """The lots asked for, rounded down to the step; NaN stays NaN, for the terminal to refuse."""
    volume = number(params, "volume")
    return fills.round_volume_down(volume, info.volume_step) if math.isfinite(volume / info.volume_step) else volume


def price_of(params: Mapping[str, Any], key: str, info: SymbolInfo) -> float:
    """A price rounded to the tick; NaN, for the terminal to refuse, where there is none so far from 0."""
    price = number(params, key)
    size = info.trade_tick_size
    return fills.round_to_tick(price, size, info.digits) if math.isfinite(price / (size or 1.0)) else math.nan


def filling(params: Mapping[str, Any], info: SymbolInfo, market: bool) -> int:
    """The filling mode: as given, else what the symbol allows (a blind FOK is the commonest refusal, 10030)."""
    if params.get("type_filling") is not None:
        return _whole(params, "type_filling", 0)
    if not market:
        return mt5.ORDER_FILLING_RETURN
    if info.trade_exemode in (mt5.SYMBOL_TRADE_EXECUTION_MARKET, mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE):
        if info.filling_mode & mt5.SYMBOL_FILLING_FOK:
            return mt5.ORDER_FILLING_FOK
        if info.filling_mode & mt5.SYMBOL_FILLING_IOC:
            return mt5.ORDER_FILLING_IOC
        return mt5.ORDER_FILLING_RETURN
    return mt5.ORDER_FILLING_FOK


def validity(params: Mapping[str, Any], modes: int = 0) -> tuple[int, int]:
    """`type_time` and `expiration`; an expiration with no type of its own makes the order a dated one.

    Args: modes: the symbol's `expiration_mode`, 0 if it is not known. Where it has no GTC, silence means DAY.
    """
    expiration = params.get("expiration")
    usual = mt5.ORDER_TIME_GTC if expiration is None else mt5.ORDER_TIME_SPECIFIED
    if expiration is None and modes & 3 == mt5.SYMBOL_EXPIRATION_DAY:
        usual = mt5.ORDER_TIME_DAY
    kind = _whole(params, "type_time", usual)
    if kind in (mt5.ORDER_TIME_GTC, mt5.ORDER_TIME_DAY) or expiration is None:
        return kind, 0
    return kind, epoch_seconds(expiration, "expiration")


def epoch_seconds(moment: Any, key: str) -> int:
    """Seconds of the server's wall clock: a naive datetime is that clock already.

    Raises: ParameterError: neither a datetime nor a number nor a text that names one.
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            raise ParameterError(
                f'{key} must look like "2024-01-31" or "2024-01-31 09:30:00", not "{moment}"'
            ) from None
    if isinstance(moment, datetime):
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    if isinstance(moment, int | float) and not isinstance(moment, bool) and abs(moment) < _FARTHEST:
        return int(moment)
    raise ParameterError(f"{key} must be a datetime, not {type(moment).__name__}")


def number(params: Mapping[str, Any], key: str) -> float:
    """The number under a key.

    Raises: ParameterError: it is missing, or no number.
    """
    value = params.get(key)
    if type(value) is float:
        return value
    if isinstance(value, bool) or value is None:
        raise ParameterError(f"{key} must be a number" + (": it is missing" if value is None else f", not {value}"))
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ParameterError(f"{key} must be a number, not {value!r}") from None
    except OverflowError:
        raise ParameterError(f"{key} must be a smaller number") from None


def _whole(params: Mapping[str, Any], key: str, default: int) -> int:
    value = params.get(key)
    if value is None:
        return default
    if type(value) is int and value >= 0:
        return value
    try:
        whole = int(value)
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(f"{key} must be a whole number, not {value!r}") from None
    if whole < 0 or whole != value:
        raise ParameterError(f"{key} must be a whole number, 0 or more, not {value!r}")
    return whole
