"""What to tell a trader about a refused request or a terminal that is not ready, looked up in the terminal itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mas import constants as mt5
from mas.errors import BrokerError
from mas.messages import template, translated
from mas.terminals import troubles
from mas.terminals.link import Link
from mas.terminals.retcodes import sentence
from mas.terminals.structs import OrderSendResult, SymbolInfo, Tick

_SELLING = (
    mt5.ORDER_TYPE_SELL, mt5.ORDER_TYPE_SELL_LIMIT, mt5.ORDER_TYPE_SELL_STOP, mt5.ORDER_TYPE_SELL_STOP_LIMIT,
)  # fmt: skip


def obstacles(link: Link) -> tuple[str, ...]:
    """What keeps orders from being carried out, in sentences of the language chosen; never raises."""
    try:
        terminal, account = link.ask_now("terminal_info"), link.ask_now("account_info")
    except BrokerError as error:
        return (translated(str(error)),)
    found = (
        (not terminal.connected, troubles.NO_BROKER_LINK),
        (terminal.tradeapi_disabled, troubles.PYTHON_TRADING_OFF),
        (not terminal.trade_allowed, troubles.ALGO_TRADING_OFF),
        (not account.trade_allowed, troubles.ACCOUNT_MAY_NOT_TRADE),
        (not account.trade_expert, troubles.BROKER_FORBIDS_EXPERTS),
    )
    return tuple(translated(trouble.sentence()) for stands, trouble in found if stands)


def explain(link: Link, result: OrderSendResult, request: Mapping[str, Any]) -> str:
    """Why a request was refused and what would do, in the language chosen.

    Asks the terminal where that helps, and never raises.
    Args: request: in the broker's own names.
    """
    text = translated(sentence(result.retcode, result.comment))
    try:
        more = _more(link, result.retcode, request)
    except BrokerError:
        more = ""
    return template("%s. %s") % (text, more) if more else text


def _more(link: Link, code: int, request: Mapping[str, Any]) -> str:
    if code in (mt5.TRADE_RETCODE_CLIENT_DISABLES_AT, mt5.TRADE_RETCODE_TRADE_DISABLED):
        return " ".join(obstacles(link))
    if code == mt5.TRADE_RETCODE_PRICE_OFF:
        return translated(troubles.NO_QUOTES.sentence(str(request.get("symbol", ""))))
    if code == mt5.TRADE_RETCODE_INVALID_STOPS and request.get("symbol"):
        info, tick = link.ask("symbol_info", request["symbol"]), link.ask("symbol_info_tick", request["symbol"])
        return translated(stops_that_would_do(_is_long(link, request), info, tick, request))
    return ""


def _is_long(link: Link, request: Mapping[str, Any]) -> bool:
    """Whether the stops are those of a long position."""
    if request.get("action") == mt5.TRADE_ACTION_SLTP:
        held = link.ask("positions_get", ticket=request.get("position", 0))
        return not held or held[0].type == mt5.POSITION_TYPE_BUY
    return request.get("type") not in _SELLING


def stops_that_would_do(is_long: bool, info: SymbolInfo, tick: Tick, request: Mapping[str, Any]) -> str:
    """The nearest levels that the stops level allows: measured from the side at which the position would close.

    The levels of a waiting order are measured from its own price. Section 6 of the reference mt5.md.
    """
    waiting = request.get("action") in (mt5.TRADE_ACTION_PENDING, mt5.TRADE_ACTION_MODIFY)
    entry = request.get("stoplimit") or request.get("price") or 0.0
    price = entry if waiting and entry else (tick.bid if is_long else tick.ask)
    distance = info.trade_stops_level * info.point
    low, high = (f"{level:.{info.digits}f}" for level in (price - distance, price + distance))
    stop, target = (f"{low} or lower", f"{high} or higher") if is_long else (f"{high} or higher", f"{low} or lower")
    side = "long" if is_long else "short"
    level = f"stops level {info.trade_stops_level} points" if info.trade_stops_level else "no stated stops level"
    return f"For a {side} position at {price:.{info.digits}f} ({level}): sl {stop}, tp {target}"
