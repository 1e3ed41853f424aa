"""MetaTrader's return codes of trade requests: what each means, and whether sending again makes sense.

Source: the constants of the MetaTrader5 package 5.0.6231; classes as in reference mt5.md, section 4.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from mas import constants as mt5


class Kind(Enum):
    """What a client may do after a return code."""

    DONE = "done"
    TRANSIENT = "transient"  # refresh the quote, wait, send again a few times
    UNKNOWN = "unknown"  # perhaps carried out: never send again before looking
    PERMANENT = "permanent"  # sending the same again will be refused again


class Retcode(NamedTuple):
    """A return code; `meaning` and `action` are clauses without a full stop, `action` may be empty."""

    code: int
    kind: Kind
    meaning: str
    action: str = ""


_TABLE = (
    Retcode(mt5.TRADE_RETCODE_REQUOTE, Kind.TRANSIENT, "the price moved (requote)", "allow a larger deviation"),
    Retcode(mt5.TRADE_RETCODE_REJECT, Kind.PERMANENT, "the broker rejected the request"),
    Retcode(mt5.TRADE_RETCODE_CANCEL, Kind.PERMANENT, "the request was cancelled by the dealer"),
    Retcode(mt5.TRADE_RETCODE_PLACED, Kind.UNKNOWN, "the order was accepted, its result is pending"),
    Retcode(mt5.TRADE_RETCODE_DONE, Kind.DONE, "the request was carried out"),
    Retcode(mt5.TRADE_RETCODE_DONE_PARTIAL, Kind.DONE, "the request was carried out in part"),
    Retcode(mt5.TRADE_RETCODE_ERROR, Kind.PERMANENT, "the server failed to process the request"),
    Retcode(
        mt5.TRADE_RETCODE_TIMEOUT, Kind.UNKNOWN, "the server did not answer in time",
        "look for the order in the terminal before sending it again",
    ),
    Retcode(mt5.TRADE_RETCODE_INVALID, Kind.PERMANENT, "the request contradicts itself or what it names is gone"),
    Retcode(
        mt5.TRADE_RETCODE_INVALID_VOLUME, Kind.PERMANENT, "the volume is not allowed",
        "keep between the smallest and the largest volume of the symbol, in whole steps",
    ),
    Retcode(
        mt5.TRADE_RETCODE_INVALID_PRICE, Kind.PERMANENT, "the price is not allowed",
        "round it to the tick size; limit orders wait beyond the market, stop orders on its other side",
    ),
    Retcode(
        mt5.TRADE_RETCODE_INVALID_STOPS, Kind.PERMANENT, "the stop loss or take profit is not allowed",
        "put it on the right side and farther from the price than the symbol's stops level",
    ),
    Retcode(
        mt5.TRADE_RETCODE_TRADE_DISABLED, Kind.PERMANENT, "trading is disabled",
        "use the master password rather than the investor's, and check that the symbol may be traded",
    ),
    Retcode(mt5.TRADE_RETCODE_MARKET_CLOSED, Kind.PERMANENT, "the market is closed", "wait for the next session"),
    Retcode(mt5.TRADE_RETCODE_NO_MONEY, Kind.PERMANENT, "there is not enough free margin", "trade a smaller volume"),
    Retcode(mt5.TRADE_RETCODE_PRICE_CHANGED, Kind.TRANSIENT, "the price changed", "allow a larger deviation"),
    Retcode(
        mt5.TRADE_RETCODE_PRICE_OFF, Kind.TRANSIENT, "there are no quotes for the symbol",
        "put it into Market Watch and wait for a quote",
    ),
    Retcode(
        mt5.TRADE_RETCODE_INVALID_EXPIRATION, Kind.PERMANENT, "the expiration is not allowed",
        "give a later time, in the server's clock, or a type_time that the symbol allows",
    ),
    Retcode(mt5.TRADE_RETCODE_ORDER_CHANGED, Kind.PERMANENT, "the order has changed meanwhile", "read it again"),
    Retcode(mt5.TRADE_RETCODE_TOO_MANY_REQUESTS, Kind.TRANSIENT, "too many requests", "send fewer"),
    Retcode(mt5.TRADE_RETCODE_NO_CHANGES, Kind.PERMANENT, "nothing would change: it is so already"),
    Retcode(
        mt5.TRADE_RETCODE_SERVER_DISABLES_AT, Kind.PERMANENT, "the broker's server forbids automated trading",
        "ask the broker",
    ),
    Retcode(
        mt5.TRADE_RETCODE_CLIENT_DISABLES_AT, Kind.PERMANENT, "automated trading is switched off in the terminal",
        "press Algo Trading in the terminal's toolbar; it is green when on",
    ),
    Retcode(mt5.TRADE_RETCODE_LOCKED, Kind.TRANSIENT, "the request is locked for processing"),
    Retcode(
        mt5.TRADE_RETCODE_FROZEN, Kind.PERMANENT, "the order or position is frozen",
        "the price is too near to its level to change it",
    ),
    Retcode(
        mt5.TRADE_RETCODE_INVALID_FILL, Kind.PERMANENT, "the filling mode is not allowed",
        "leave type_filling out: it is chosen from what the symbol allows",
    ),
    Retcode(
        mt5.TRADE_RETCODE_CONNECTION, Kind.TRANSIENT, "the terminal has no connection to the trade server",
        "check the network",
    ),
    Retcode(mt5.TRADE_RETCODE_ONLY_REAL, Kind.PERMANENT, "only real accounts may do this"),
    Retcode(mt5.TRADE_RETCODE_LIMIT_ORDERS, Kind.PERMANENT, "the account has as many waiting orders as it may have"),
    Retcode(mt5.TRADE_RETCODE_LIMIT_VOLUME, Kind.PERMANENT, "the symbol's volume limit is reached"),
    Retcode(mt5.TRADE_RETCODE_INVALID_ORDER, Kind.PERMANENT, "the symbol does not allow this type of order"),
    Retcode(
        mt5.TRADE_RETCODE_POSITION_CLOSED, Kind.PERMANENT, "the position is closed already",
        "a stop, a target or another program was faster",
    ),
    Retcode(mt5.TRADE_RETCODE_INVALID_CLOSE_VOLUME, Kind.PERMANENT, "more than the position's volume cannot be closed"),
    Retcode(mt5.TRADE_RETCODE_CLOSE_ORDER_EXIST, Kind.PERMANENT, "another order is closing the position"),
    Retcode(mt5.TRADE_RETCODE_LIMIT_POSITIONS, Kind.PERMANENT, "the account has as many positions as it may have"),
    Retcode(mt5.TRADE_RETCODE_REJECT_CANCEL, Kind.PERMANENT, "the activation of the order was rejected"),
    Retcode(mt5.TRADE_RETCODE_LONG_ONLY, Kind.PERMANENT, "only long positions are allowed on the symbol"),
    Retcode(mt5.TRADE_RETCODE_SHORT_ONLY, Kind.PERMANENT, "only short positions are allowed on the symbol"),
    Retcode(mt5.TRADE_RETCODE_CLOSE_ONLY, Kind.PERMANENT, "positions on the symbol can only be closed"),
    Retcode(
        mt5.TRADE_RETCODE_FIFO_CLOSE, Kind.PERMANENT, "positions must be closed in the order of their opening (FIFO)",
        "close the oldest first",
    ),
    Retcode(
        mt5.TRADE_RETCODE_HEDGE_PROHIBITED, Kind.PERMANENT, "opposite positions on one symbol are not allowed",
        "close the other one first",
    ),
)  # fmt: skip

RETCODES: dict[int, Retcode] = {row.code: row for row in _TABLE}
"""Every return code of a trade request."""

ACCEPTED = frozenset({mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_DONE_PARTIAL, mt5.TRADE_RETCODE_PLACED})
"""Codes of a request that was not refused."""


def kind_of(code: int) -> Kind:
    """The class of a return code; codes that nobody knows are permanent, so that nothing is sent twice."""
    row = RETCODES.get(code)
    return row.kind if row else Kind.PERMANENT


def sentence(code: int, comment: str = "") -> str:
    """What a return code means and what to do: "the market is closed (10018): wait for the next session".

    Args: comment: what the server wrote beside it; shown for codes that are not in the table.
    """
    row = RETCODES.get(code)
    if row is None:
        return f"the server answered with the unknown code {code}" + (f" ({comment})" if comment else "")
    return f"{row.meaning} ({code})" + (f": {row.action}" if row.action else "")
