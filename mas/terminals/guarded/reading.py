"""A file of guards, read and checked: a wrong key or value is an error that names file, table and key."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mas.errors import ParameterError
from mas.tables import (
    DAYS,
    Reader,
    Unfit,
    above_zero,
    amount,
    load_toml,
    number,
    one_of,
    read_table,
    sessions,
    switch,
    table_of,
    text,
    texts,
    whole,
)
from mas.terminals.guarded import rules as of
from mas.terminals.guarded.rules import Rules

WHAT = "the file of guards"


def _percent(value: Any) -> float:
    share = above_zero(value)
    if share > 100.0:
        raise Unfit("must be a percentage above 0, up to 100")
    return share


def _count(value: Any) -> int:
    found = whole(value)
    if not found:
        raise Unfit("must be a whole number, 1 or more")
    return found


def _clock(value: Any) -> int:
    """ "17:00" as a minute of the day."""
    hour, colon, minute = value.strip().partition(":") if isinstance(value, str) else ("", "", "")
    fits = colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2
    if not (fits and int(hour) < 24 and int(minute) < 60):
        raise Unfit('must be a time of the server\'s clock, such as "17:00"')
    return 60 * int(hour) + int(minute)


def _moment(value: Any) -> int:
    """ "fri 21:00" as a minute of the week, which begins on Sunday."""
    day, _, clock = value.strip().lower().partition(" ") if isinstance(value, str) else ("", "", "")
    if day[:3] not in DAYS or not day.isalpha():
        raise Unfit('must be a day and a time of the server\'s clock, such as "fri 21:00"')
    try:
        return DAYS.index(day[:3]) * 1440 + _clock(clock)
    except Unfit:
        raise Unfit('must be a day and a time of the server\'s clock, such as "fri 21:00"') from None


def _points_by_symbol(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise Unfit("must be a table of symbols and points, such as {EURUSD = 15, XAUUSD = 40}")
    return {str(symbol): above_zero(points) for symbol, points in value.items()}


def _name(value: Any) -> str:
    found = text(value)
    if not found or len(found) > 20 or not found.isascii():
        raise Unfit("must be a short text, 20 plain characters at most")
    return found


_LIMIT: dict[str, Reader] = {
    "name": _name, "percent": _percent, "amount": above_zero, "measure": one_of(of.MEASURES), "act_at": _percent,
    "risk": switch, "action": one_of(of.ACTIONS), "halt": one_of(of.HALTS),
}  # fmt: skip

TABLES: dict[str, dict[str, Reader]] = {
    "account": {
        "initial": above_zero, "day_starts": _clock, "scope": one_of(of.SCOPES), "flatten": one_of(of.SCOPES),
        "reserve": amount,
    },
    "lots": {"per_order": above_zero, "per_symbol": above_zero, "total": above_zero},
    "positions": {"per_symbol": _count, "total": _count},
    "rate": {"per_minute": _count, "per_day": _count},
    "daily_loss": {**_LIMIT, "percent_of": one_of(of.LOSS_BASES), "start": one_of(of.STARTS)},
    "drawdown": {
        **_LIMIT, "percent_of": one_of(of.DRAWDOWN_BASES), "kind": one_of(of.KINDS), "peak_of": one_of(of.MEASURES),
        "peak_at": one_of(of.PEAK_TIMES), "lock_at": number,
    },
    "spread": {"points": above_zero, "by_symbol": _points_by_symbol},
    "hours": {"trade": sessions, "outside": one_of(of.ACTIONS)},
    "weekend": {"flat_from": _moment, "until": _moment},
    "quotes": {"max_age": above_zero},
    "slippage": {"points": above_zero, "action": one_of(of.ALARMS)},
    "margin": {"min_level": above_zero, "flatten_level": above_zero, "halt": one_of(of.HALTS)},
    "symbols": {"allowed": texts, "forbidden": texts},
    "kill": {"file": text, "action": one_of(of.ACTIONS)},
}  # fmt: skip
"""Every table and key of a file, and how it is read."""

_SEVERAL: dict[str, type[of.Limit]] = {"daily_loss": of.DailyLoss, "drawdown": of.Drawdown}
_SINGLE: dict[str, type] = {
    "lots": of.Lots, "positions": of.Positions, "rate": of.Rate, "spread": of.Spread, "hours": of.Hours,
    "weekend": of.Weekend, "quotes": of.Quotes, "slippage": of.Slippage, "margin": of.Margin, "symbols": of.Symbols,
    "kill": of.Kill,
}  # fmt: skip
_NEEDED = {
    "hours": "trade", "weekend": "flat_from", "quotes": "max_age", "slippage": "points", "kill": "file",
}  # fmt: skip
"""Without that key the table says nothing."""


def read_guards(path: Path, source: str = "") -> Rules:
    """The rules of a file.

    Args: source: what to call it, if not by its path.
    Raises: ParameterError: it cannot be read, or a table, a key or a value is wrong; the message says which.
    """
    rules = rules_of(load_toml(path, WHAT), source or str(path))
    head = itertools.takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8-sig").splitlines())
    return replace(rules, about=" ".join(line.lstrip("# ") for line in head))


def rules_of(tables: Mapping[str, Any], source: str) -> Rules:
    """The rules that the tables of a file mean.

    Raises: ParameterError: as `read_guards`.
    """
    for name in tables:
        if name not in TABLES:
            raise ParameterError(f"{source}: [{name}] is no table of a file of guards: it has {', '.join(TABLES)}")
    account = _table(tables, "account", source)
    parts: dict[str, Any] = {
        name: kind(**_table(tables, name, source)) for name, kind in _SINGLE.items() if name in tables
    }
    for name, kind in _SEVERAL.items():
        if name in tables:
            parts[name] = _several(tables[name], name, kind, source)
    rules = Rules(source=source, **account, **parts)
    _check(rules, tables, source)
    return rules


def _table(tables: Mapping[str, Any], name: str, source: str) -> dict[str, Any]:
    return read_table(table_of(tables.get(name, {}), f"{source}: {name}"), TABLES[name], f"{source}: [{name}]")


def _several(value: Any, name: str, kind: type[of.Limit], source: str) -> tuple[Any, ...]:
    """A table, or an array of tables."""
    found: list[of.Limit] = []
    for number_, table in enumerate(value if isinstance(value, list) else [value], 1):
        where = f"{source}: [{name}]" if not isinstance(value, list) else f"{source}: [[{name}]] number {number_}"
        keys = read_table(table_of(table, where), TABLES[name], where)
        if ("percent" in keys) == ("amount" in keys):
            raise ParameterError(f"{where} needs one of percent and amount, such as percent = 5")
        if "percent_of" in keys and "percent" not in keys:
            raise ParameterError(f"{where} percent_of says of what percent is taken, and there is only an amount")
        keys.setdefault("name", name if number_ == 1 else f"{name}_{number_}")
        found.append(kind(**keys))
        if isinstance(found[-1], of.Drawdown):
            _check_drawdown(found[-1], keys, where)
    return tuple(found)


def _check_drawdown(limit: of.Drawdown, keys: Mapping[str, Any], where: str) -> None:
    for key, kinds in (("lock_at", ("locking",)), ("peak_of", of.KINDS[1:]), ("peak_at", of.KINDS[1:])):
        if key in keys and limit.kind not in kinds:
            raise ParameterError(f'{where} {key} is for kind = "{kinds[0]}", and kind is "{limit.kind}"')
    if limit.percent_of == "peak" and limit.kind != "trailing":
        raise ParameterError(f'{where} percent_of = "peak" is for kind = "trailing", and kind is "{limit.kind}"')


def _check(rules: Rules, tables: Mapping[str, Any], source: str) -> None:
    """Raises: ParameterError: tables that say nothing, or that contradict each other."""
    for name, key in _NEEDED.items():
        if name in tables and key not in tables[name]:
            raise ParameterError(f"{source}: [{name}] needs {key}; without it the table has no effect")
    if rules.kill.file == "" and "kill" in tables:
        raise ParameterError(f"{source}: [kill] file must name a file, not ''")
    names = [limit.name for limit in rules.limits]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(f"{source}: two limits are called {twice}; give one of them another name")
    both = set(rules.symbols.allowed) & set(rules.symbols.forbidden)
    if both:
        raise ParameterError(f"{source}: [symbols] {min(both)} is both allowed and forbidden; leave one out")
    weekend = rules.weekend
    if weekend.flat_from is not None and weekend.flat_from == weekend.until:
        raise ParameterError(f"{source}: [weekend] flat_from and until are the same moment: nothing could ever be open")
    low, high = rules.margin.flatten_level, rules.margin.min_level
    if low is not None and high is not None and low >= high:
        raise ParameterError(
            f"{source}: [margin] flatten_level {low:g} must be below min_level {high:g}: an order could be opened and "
            "closed again at once"
        )
