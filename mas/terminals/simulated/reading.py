"""A request's types, as strictly as the MetaTrader5 module takes them (reference mt5.md, 1.1)."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from mas.terminals.structs import TradeRequest

_EMPTY = TradeRequest()
_NAMES = TradeRequest._fields
_KINDS: dict[str, type] = {name: type(empty) for name, empty in _EMPTY._asdict().items()}
_TYPES = tuple(_KINDS.values())
_SHORT_WORDS = frozenset({"action", "type", "type_filling", "type_time"})
"""32 bits wide; the other whole numbers have 64."""
_whole = itemgetter(*(place for place, kind in enumerate(_TYPES) if kind is int))
_LONGEST_TEXT = 29
_HALF_WORD = 2**31


def read_request(request: Any) -> TradeRequest | str:
    """The request as a tuple, missing keys as zero; or the text of the error that the MetaTrader5 module reports.

    Keys that are no fields are ignored, as in the module.
    """
    if not isinstance(request, dict):
        return "Invalid params"
    read = TradeRequest(*map(request.get, _NAMES, _EMPTY))
    if tuple(map(type, read)) == _TYPES:  # the ordinary case: everything exactly of its type, nothing extreme
        numbers, comment, symbol = _whole(read), read.comment, read.symbol
        ordinary = min(numbers) >= 0 and max(numbers) < _HALF_WORD and comment.isascii() and symbol.isascii()
        if ordinary and len(comment) <= _LONGEST_TEXT and len(symbol) <= _LONGEST_TEXT:
            return read
    for name, value in zip(_NAMES, read, strict=True):
        if not _fits(name, value):
            return f'Invalid "{name}" argument'
    return read


def _fits(name: str, value: Any) -> bool:
    """Subclasses pass (numpy.float64 is a float, bool an int), other numbers do not."""
    if not isinstance(value, _KINDS[name]):
        return False
    if isinstance(value, str):
        return len(value.encode("utf-16-le", "surrogatepass")) <= 2 * _LONGEST_TEXT
    if not isinstance(value, int):
        return True
    if name == "expiration":
        return -(2**63) <= value < 2**63
    return 0 <= value < (2**32 if name in _SHORT_WORDS else 2**64)
