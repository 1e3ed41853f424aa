"""The terminal's own tuples as ours: a struct sequence has no `_replace`, and a newer package may have more fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mas.terminals import structs

_NAMES = (
    "Tick AccountInfo TerminalInfo SymbolInfo TradeRequest OrderCheckResult OrderSendResult "
    "TradeOrder TradePosition TradeDeal BookInfo"
)
STRUCTS: dict[str, Any] = {name: getattr(structs, name) for name in _NAMES.split()}
"""Our tuples by the names of the module's."""


class _Other(NamedTuple):
    """A tuple of a kind that we do not know: field names and values."""

    fields: tuple[str, ...]
    values: tuple[Any, ...]


def struct(name: str, fields: Sequence[str], values: Sequence[Any]) -> Any:
    """Our tuple of that name; fields that we do not know are left out, missing ones keep their defaults."""
    ours = STRUCTS.get(name)
    if ours is None:
        return _Other(tuple(fields), tuple(values))
    if tuple(fields) == ours._fields:
        return ours(*values)
    return ours(**{field: value for field, value in zip(fields, values, strict=True) if field in ours._fields})


def localised(value: Any) -> Any:
    """A result of the MetaTrader5 module, with our tuples in place of its own."""
    if not isinstance(value, tuple) or type(value) in _OURS:
        return value
    if not hasattr(value, "_asdict"):
        return tuple(localised(item) for item in value)
    fields = value._asdict()
    return struct(type(value).__name__, tuple(fields), [localised(item) for item in fields.values()])


_OURS = frozenset(STRUCTS.values())
