"""A trade request as the MetaTrader5 module demands it, whatever it was built from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mas.errors import ParameterError
from mas.terminals.structs import TradeRequest

FLOATS = ("volume", "price", "stoplimit", "sl", "tp")
TEXTS = ("symbol", "comment")
_LONGEST = 29  # UTF-16 units: what this build of the package lets through


def plain_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the module knows, each with exactly the type it takes; None counts as not given.

    Raises: ParameterError: a value cannot be of that type; the message names the field.
    """
    plain: dict[str, Any] = {}
    for name in TradeRequest._fields:
        value = request.get(name)
        if value is None:
            continue
        try:
            plain[name] = _typed(name, value)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(f"{name} of a trade request cannot be {value!r}") from None
    return plain


def _typed(name: str, value: Any) -> Any:
    if name in FLOATS:
        amount = float(value)
        if not math.isfinite(amount):  # what a broker's server makes of it is nobody's guess
            raise ValueError(name)
        return amount
    if name in TEXTS:
        return _shortened(str(value))
    whole = int(value)
    if whole < 0 or whole != value:
        raise ValueError(name)
    return whole


def _shortened(text: str) -> str:
    """At most 29 UTF-16 units, without cutting a character in two."""
    return text.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", errors="ignore")
