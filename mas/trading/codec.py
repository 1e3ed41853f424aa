"""Inputs, events and outcomes as JSON, and back: exactly the same, or an error.

An object has its `kind` and the fields of its class. Numbers that JSON has no sign for are texts: "nan", "inf", "-inf".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar, get_type_hints

import numpy as np

from mas.bars import Bars
from mas.errors import DataError
from mas.terminals.structs import AccountInfo, SymbolInfo
from mas.trading.channel import Start
from mas.trading.inputs import BarClosed, Closed, Command, Ended, Event, Input, Moved, Observation, Opened, Outcome

Item = Input | Event | Outcome
T = TypeVar("T")

KINDS: Mapping[str, type] = {
    "bar": BarClosed, "observation": Observation, "command": Command, "opened": Opened, "closed": Closed,
    "ended": Ended, "moved": Moved, "outcome": Outcome,
}  # fmt: skip
_NAMES = {kind: name for name, kind in KINDS.items()}
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_json(item: Item) -> dict[str, Any]:
    """A plain dict that `json` writes and `from_json` reads."""
    kind: Any = type(item)
    hints = _hints(kind)
    return {
        "kind": _NAMES[kind], **{name: _plain(getattr(item, name), hints[name]) for name in hints},
    }  # fmt: skip


def from_json(data: Any) -> Item:
    """The item again.

    Raises: DataError: a kind or a field that is not known, one that is missing, or a value of another type.
    """
    if not isinstance(data, dict) or data.get("kind") not in KINDS:
        found = data.get("kind") if isinstance(data, dict) else data
        raise DataError(f"kind must be one of {', '.join(KINDS)}, not {found!r}: another version may have written it")
    kind: Any = KINDS[data["kind"]]
    hints, given = _hints(kind), {name: value for name, value in data.items() if name != "kind"}
    unknown, missing = given.keys() - hints.keys(), _needed(kind) - given.keys()
    if unknown or missing:
        what = f"has no field {', '.join(sorted(unknown))}" if unknown else f"lacks {', '.join(sorted(missing))}"
        raise DataError(f"{data['kind']} {what}: another version may have written it")
    item: Item = kind(**{name: _read(value, hints[name], f"{data['kind']}.{name}") for name, value in given.items()})
    return item


def dumps(item: Item) -> str:
    """The JSON text of an item, on one line."""
    return json.dumps(to_json(item), separators=(",", ":"), allow_nan=False)


def loads(text: str, kind: type[T]) -> T:
    """The item of a text.

    Raises: DataError: it is no JSON, or not of that kind.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise DataError(f"no JSON: {error}") from None
    item = from_json(data)
    if not isinstance(item, kind):
        raise DataError(f"kind must be {_NAMES.get(kind, str(kind))}, not {data['kind']!r}")
    return item


def start_to_json(start: Start) -> dict[str, Any]:
    """A plain dict of what a run began with; its bars are not in it, only which they are."""
    bars, times = start.bars, start.bars.time
    return {
        "kind": "start", "symbol": bars.symbol, "timeframe": bars.timeframe, "bars": len(bars),
        "last": int(times[-1]) if len(times) else 0, "account": _named(start.account), "info": _named(start.symbol),
        "seen": to_json(start.seen), "earlier": list(start.earlier),
    }  # fmt: skip


def start_from_json(data: Mapping[str, Any], bars: Bars) -> Start:
    """The start again. Args: bars: as many as the dict says, the last of them opening at `last`.

    Raises: DataError: it is not of this version, or those are not its bars.
    """
    try:
        account, info = AccountInfo(**data["account"]), SymbolInfo(**data["info"])
        seen = _of_kind(data["seen"], Observation, "start.seen")
        last, count, earlier = data["last"], data["bars"], tuple(data["earlier"])
    except (KeyError, TypeError) as error:
        raise DataError(f"a start that cannot be read ({error}): another version may have written it") from None
    if len(bars) != count or (count and int(bars.time[-1]) != last):
        found = int(bars.time[-1]) if len(bars) else 0
        raise DataError(f"the run began with {count} bars up to {last}, and there are {len(bars)} up to {found} now")
    return Start(bars, account, info, seen, earlier)


def _named(item: AccountInfo | SymbolInfo) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else _number(value) for name, value in item._asdict().items()}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _needed(kind: Any) -> frozenset[str]:
    return frozenset(f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)


def _plain(value: Any, hint: Any) -> Any:
    """A field's value as JSON has it."""
    if hint is Observation:
        return to_json(value)
    if isinstance(value, Mapping):
        return {name: _number(found) for name, found in value.items()}
    if isinstance(value, tuple):
        return [to_json(event) for event in value]
    return float(value) if hint is float and math.isfinite(value) else _number(value)


def _number(value: Any) -> Any:
    """A value of a field or a signal: a text, a truth, a whole number, or a number with its three exceptions."""
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _read(value: Any, hint: Any, where: str) -> Any:
    if hint is float:
        return _real(value, where)
    if hint in (int, str, bool):
        if type(value) is not hint:
            raise DataError(f"{where} must be of type {hint.__name__}, not {value!r}")
        return value
    if hint is Observation:
        return _of_kind(value, Observation, where)
    if isinstance(value, list):
        return tuple(_of_kind(event, Event, where) for event in value)
    if not isinstance(value, dict):
        raise DataError(f"{where} must be an object, not {value!r}")
    return {name: of if isinstance(of, bool) else _real(of, f"{where}.{name}") for name, of in value.items()}


def _real(value: Any, where: str) -> float:
    if isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{where} must be a number, not {value!r}")
    return float(value)


def _of_kind(value: Any, kind: Any, where: str) -> Any:
    item = from_json(value)
    if not isinstance(item, kind):
        raise DataError(f"{where} may not be of kind {value['kind']!r}")
    return item
