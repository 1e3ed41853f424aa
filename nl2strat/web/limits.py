"""Guards as the page edits them: a preset, some of its numbers changed, and the file that a run is given.

limits = Limits("cautious", {"daily_loss.percent": 3.0, "weekend.flat_from": "fri 21:00"})
limits.sentences; file_of(home, limits)
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.errors import ParameterError
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from mas.terminals.guarded.rules import Limit, Rules

Changes = Mapping[str, float | str | None]

FIELDS: Mapping[str, str] = {
    "daily_loss.percent": "%", "daily_loss.amount": "money", "drawdown.percent": "%", "drawdown.amount": "money",
    "account.initial": "money", "lots.per_order": "lots", "lots.total": "lots", "positions.total": "",
    "rate.per_minute": "", "spread.points": "points", "margin.min_level": "%", "quotes.max_age": "s",
    "weekend.flat_from": "",
}  # fmt: skip
"""What can be changed, "table.key", and its unit; everything else stays as the preset has it."""

_ONE_OF = {
    "daily_loss.percent": "daily_loss.amount", "daily_loss.amount": "daily_loss.percent",
    "drawdown.percent": "drawdown.amount", "drawdown.amount": "drawdown.percent",
}  # fmt: skip
_WITHOUT = frozenset({*_ONE_OF, "spread.points", "quotes.max_age", "weekend.flat_from"})
"""Keys without which their table says nothing: to empty one is to do without the rule."""


class LimitError(UsageError):
    """A limit that cannot be. `field`: which of `FIELDS`, empty where it is none of them."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Limits:
    """Args: preset: its name; empty: no limits but the changes. changes: values of `FIELDS`; None does without one."""

    preset: str = ""
    changes: Changes = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, Any]:
        """As a file of guards has them. Raises: LimitError: a field or a value that cannot be."""
        found = preset_tables(self.preset)
        for name, value in self.changes.items():
            _set(found, name, value)
        return found

    @property
    def rules(self) -> Rules:
        """Raises: LimitError: a limit that cannot be, or some that contradict each other."""
        from mas.terminals.guarded.reading import rules_of

        tables = self.tables
        try:
            return rules_of(tables, "limits")
        except ParameterError as error:
            raise _at_field(str(error)) from None

    @property
    def sentences(self) -> list[str]:
        """What they mean. Raises: as `rules`."""
        from mas.terminals.guarded.wording import sentences

        return sentences(self.rules)

    def check(self, balance: float) -> None:
        """Raises: LimitError: a limit that an account of this balance has broken already, or never could."""
        rules = self.rules
        for limit in rules.limits:
            _check_limit(limit, rules.initial or balance, balance)


def fields_of(preset: str) -> dict[str, float | str | None]:
    """The fields that make sense for a preset, with its values; of percent and amount the one that it names."""
    tables = preset_tables(preset)
    values = {name: _first(tables.get(_split(name)[0])).get(_split(name)[1]) for name in FIELDS}
    left_out = {name for name, other in _ONE_OF.items() if values[name] is None and values[other] is not None}
    left_out |= {name for name in _ONE_OF if name.endswith(".amount") and values[name] is None}
    return {name: value for name, value in values.items() if name not in left_out}


def preset_tables(preset: str) -> dict[str, Any]:
    """The tables of a preset; none for the empty name. Raises: LimitError: there is none of that name."""
    from mas.terminals.guarded.presets import preset_text

    if not preset:
        return {}
    try:
        return tomllib.loads(preset_text(preset))
    except ParameterError as error:
        raise LimitError(str(error)) from None


def file_of(home: Path, limits: Limits) -> str | None:
    """What a run is given as its guards: a preset's name, or a file in the data folder that never changes.

    Returns: None where there are no limits. Raises: LimitError: a limit that cannot be.
    """
    limits.rules  # noqa: B018  (checked before anything is written)
    if not limits.changes:
        return limits.preset or None
    text = written(limits)
    folder = home / "guards"
    folder.mkdir(exist_ok=True)
    name = limits.preset or "limits"
    file = folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.toml"
    if not file.exists():
        part = file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    return str(file)


def written(limits: Limits) -> str:
    """The file, as TOML. Raises: LimitError: a limit that cannot be."""
    named = f"{limits.preset}, changed" if limits.preset else "Limits of one's own"
    lines = [f"# {named}."]
    for name, table in limits.tables.items():
        for one in table if isinstance(table, list) else [table]:
            lines += ["", f"[[{name}]]" if isinstance(table, list) else f"[{name}]"]
            lines += [f"{key} = {_toml(value)}" for key, value in one.items()]
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------ inside


def _split(name: str) -> tuple[str, str]:
    table, _, key = name.partition(".")
    return table, key


def _first(table: Any) -> Mapping[str, Any]:
    """A table, or the first of several."""
    found: Mapping[str, Any] = (table[0] if isinstance(table, list) and table else table) or {}
    return found


def _set(tables: dict[str, Any], name: str, value: float | str | None) -> None:
    """Change one value. Raises: LimitError: no such field, or a value that it cannot have."""
    from mas.tables import Unfit
    from mas.terminals.guarded.reading import TABLES

    if name not in FIELDS:
        raise LimitError(f"there is no limit {name!r} to change; there are {', '.join(FIELDS)}")
    table, key = _split(name)
    if value is None or value == "":
        _unset(tables, table, key, whole=name in _WITHOUT)
        return
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        TABLES[table][key](value)
    except Unfit as complaint:
        raise LimitError(f"{name} {complaint}, not {value!r}", name) from None
    found = copy.deepcopy(tables.get(table, {}))
    first = found[0] if isinstance(found, list) else found
    first[key] = value
    if name in _ONE_OF:
        first.pop(_split(_ONE_OF[name])[1], None)
        if key == "amount":
            first.pop("percent_of", None)
    tables[table] = found


def _unset(tables: dict[str, Any], table: str, key: str, *, whole: bool) -> None:
    if whole or list(_first(tables.get(table))) == [key]:
        tables.pop(table, None)
    elif table in tables:
        tables[table] = {name: value for name, value in _first(tables[table]).items() if name != key}


def _at_field(message: str) -> LimitError:
    """A complaint about the tables as a whole, at the field that it names or the first of its table."""
    message = message.removeprefix("limits: ")
    found = re.match(r"\[+(\w+)\]+(?: number \d+)? ?(\w*)", message)
    if found is None:
        return LimitError(message)
    table, key = found.groups()
    names = [name for name in FIELDS if _split(name)[0] == table]
    exact = f"{table}.{key}"
    return LimitError(message, exact if exact in names else names[0] if names else "")


def _check_limit(limit: Limit, initial: float, balance: float) -> None:
    """Raises: LimitError: see `Limits.check`."""
    from mas.terminals.guarded.rules import DailyLoss

    of_now = (isinstance(limit, DailyLoss) and limit.percent_of == "start") or limit.percent_of == "peak"
    money = limit.money(balance if of_now else initial)
    table = "daily_loss" if isinstance(limit, DailyLoss) else "drawdown"
    name = f"{table}.{'amount' if limit.percent is None else 'percent'}"
    if money >= balance:
        raise LimitError(
            f"it allows a loss of {money:,.2f}, and the account has {balance:,.2f}: it would act when everything is "
            "gone. Set a smaller one, or the balance that it refers to", name,
        )  # fmt: skip
    if getattr(limit, "kind", "") == "static" and balance <= initial - money:
        raise LimitError(
            f"the account has {balance:,.2f}, and {initial - money:,.2f} is the least that it may have: it would be "
            "closed at once. Set the balance that the limit refers to", "account.initial",
        )  # fmt: skip


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=True) if isinstance(value, str) else repr(value)
