"""A file of symbol specifications, laid over the built-in library: what your broker really has.

One TOML file, `symbols.toml` in the user's configuration folder (or the one that MAS_SYMBOLS or `mas.settings` names):

    [EURUSD]                       # for every name that leads to it, such as EURUSD.sml
    spread = 6
    swap_long = -8.2
    swap_short = 3.1

    ["EURUSD.pro"]                 # for this one spelling
    spread = 1

    [WIDGET]                       # unknown to the library: kind, digits, contract_size, currency_profit and spread
    kind = "index"
    digits = 1
    contract_size = 10
    currency_profit = "EUR"
    spread = 12
    aliases = ["WIDGET50"]
    margin_initial = 500
    sessions = {mon = ["09:00-17:30"]}

Keys are the fields of `SymbolSpec` and of the symbol's terms of trade (`mas.broker_terms`). What a table does not say
is typical of the symbol, or of its kind. Where digits or point are other than the library's, what is counted in points
follows; what the table itself says counts in its own points.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from mas import constants as mt5
from mas import tables
from mas.errors import ParameterError
from mas.folders import config_folder
from mas.settings import settings
from mas.symbol_table import FILE, KINDS, SymbolSpec, inferred, new_spec, pair_in, rescaled

FILE_VARIABLE = "MAS_SYMBOLS"
"""Environment variable with the path of the file."""

HEADING = "# Symbol specifications"
"""How files begin that this program writes."""


def _mode_names(prefix: str) -> dict[int, str]:
    """A family of MetaTrader's constants by their numbers, without the prefix."""
    return {value: name[len(prefix) :] for name, value in vars(mt5).items() if name.startswith(prefix)}


CALC_MODES, SWAP_MODES = _mode_names("SYMBOL_CALC_MODE_"), _mode_names("SYMBOL_SWAP_MODE_")


class Entry(NamedTuple):
    """One table of the file."""

    spec: SymbolSpec
    aliases: tuple[str, ...] = ()


class Stamp(NamedTuple):
    """A file at one point of its life: another time or size means that it has to be read again."""

    path: Path
    modified: int
    size: int


Typical = Callable[[str], tuple[SymbolSpec | None, str]]
"""What the library knows of a name, and the name's canonical form."""


def symbols_path() -> Path:
    """Where the file is, whether or not it exists."""
    return _named_path() or config_folder() / "mas" / "symbols.toml"


def active() -> Stamp | None:
    """The file that counts now; None if there is none.

    Raises: ParameterError: one was named, and is not there.
    """
    path = symbols_path()
    try:
        status = path.stat()
    except OSError as error:
        if _named_path() is None:
            return None
        raise ParameterError(f"the file of symbols {path} cannot be read: {error.strerror or error}") from None
    return Stamp(path, status.st_mtime_ns, status.st_size)


def _named_path() -> Path | None:
    if settings.symbols is not None:
        return Path(settings.symbols).expanduser()
    given = os.environ.get(FILE_VARIABLE, "").strip()
    return Path(given).expanduser() if given else None


# ------------------------------------------------------------- reading


def read_symbols(path: Path, typical: Typical) -> list[Entry]:
    """The tables of a file, checked and completed.

    Raises: ParameterError: the message names the file, the table and the key.
    """
    found: dict[str, Entry] = {}
    for name, table in tables.load_toml(path, "the file of symbols").items():
        if not isinstance(table, Mapping):
            raise ParameterError(f"{path}: {name} stands outside of any table: write [EURUSD] above the keys of EURUSD")
        if name.upper() in found:
            raise ParameterError(f"{path}: [{name}] is there twice, in capitals and not")
        found[name.upper()] = _entry(name, table, f"{path}: [{name}]", typical)
    return list(found.values())


def _entry(name: str, table: tables.Table, where: str, typical: Typical) -> Entry:
    from mas.broker_terms import SYMBOL_FIELDS, symbol_terms

    for key, value in table.items():
        if isinstance(value, Mapping) and key not in SYMBOL_FIELDS:
            raise ParameterError(f'{where} {key} is a table: a name with a dot stands in quotes, ["{name}.{key}"]')
    given = tables.read_table(table, SPEC_FIELDS | SYMBOL_FIELDS, where)
    aliases = given.pop("aliases", ())
    terms = {key: given.pop(key) for key in SYMBOL_FIELDS if key in given}
    try:
        standing, known = typical(name)
    except ParameterError as error:
        raise ParameterError(f"{where} {error}") from None
    spec = rescaled(_base(known, standing, given, where), known, given.get("digits"), given.get("point"))
    changes = given | _following(spec, given)
    spec = replace(spec, name=name, source=FILE, inferred=False, terms=symbol_terms(terms), **changes)
    _check(spec, where)
    return Entry(spec, aliases)


def _base(known: str, standing: SymbolSpec | None, given: Mapping[str, Any], where: str) -> SymbolSpec:
    """What a table's keys are laid over."""
    kind = given.get("kind")
    if standing is None and pair_in(known):
        standing = inferred(known, None)
    if standing is not None:
        return standing if kind in (None, standing.kind) else replace(standing, **KINDS[kind]._asdict())
    missing = [key for key in ("kind", "digits", "contract_size", "currency_profit", "spread") if key not in given]
    if missing:
        raise ParameterError(f"{where} is not in the library, and {', '.join(missing)} must be given for a new symbol")
    profit = given["currency_profit"]
    return new_spec(
        known, given["kind"], given["digits"], given.get("currency_base", profit), profit, swap_mode="DISABLED",
        contract_size=given["contract_size"], spread=given["spread"],
    )  # fmt: skip


def _following(spec: SymbolSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """What changes along with the keys given, unless the table says otherwise."""
    follows: dict[str, Any] = {}
    if "swap_mode" not in given and spec.swap_mode == "DISABLED" and {"swap_long", "swap_short"} & given.keys():
        follows["swap_mode"] = KINDS[given.get("kind", spec.kind)].swap_mode
    if "currency_margin" not in given:
        for key in ("currency_profit", "currency_base"):
            if key in given and spec.currency_margin == getattr(spec, key):
                follows["currency_margin"] = given[key]
    return follows


def _check(spec: SymbolSpec, where: str) -> None:
    """Raises: ParameterError: fields that do not go together."""
    if spec.volume_min > spec.volume_max:
        raise ParameterError(f"{where} volume_min {spec.volume_min:g} is above volume_max {spec.volume_max:g}")
    for key, part in (("tick_size", spec.point), ("volume_min", spec.volume_step)):
        steps = getattr(spec, key) / part
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-6 * steps:
            unit = "point" if key == "tick_size" else "volume_step"
            raise ParameterError(f"{where} {key} {getattr(spec, key):g} is not a multiple of {unit} {part:g}")
    if spec.point < 10.0**-spec.digits * (1 - 1e-9):
        raise ParameterError(f"{where} point {spec.point:g} needs more decimals than {spec.digits} digits")


def _digits(value: Any) -> int:
    digits = tables.whole(value)
    if digits > 8:
        raise tables.Unfit("must be 0 to 8")
    return digits


SPEC_FIELDS: dict[str, tables.Reader] = {
    "kind": tables.one_of(KINDS), "description": tables.text, "aliases": tables.texts, "digits": _digits,
    "point": tables.above_zero, "tick_size": tables.above_zero, "pip": tables.above_zero, "spread": tables.whole,
    "contract_size": tables.above_zero, "volume_min": tables.above_zero, "volume_step": tables.above_zero,
    "volume_max": tables.above_zero, "currency_base": tables.asset, "currency_profit": tables.currency,
    "currency_margin": tables.currency, "calc_mode": tables.one_of(CALC_MODES.values()), "stops_level": tables.whole,
    "freeze_level": tables.whole, "swap_mode": tables.one_of(SWAP_MODES.values()), "swap_long": tables.number,
    "swap_short": tables.number, "swap_rollover3days": tables.weekday,
}  # fmt: skip
"""How each key of a specification is read."""


# ------------------------------------------------------------- writing


def as_toml(specs: Iterable[SymbolSpec], comment: str = "") -> str:
    """Specifications as such a file, every field written out. Args: comment: further lines of its heading."""
    lines = [HEADING, *(f"# {line}" for line in comment.splitlines())]
    for spec in specs:
        lines += ["", f"[{_quoted(spec.name)}]"]
        lines += [f"{key} = {_written(value)}" for key, value in written_fields(spec).items()]
    return "\n".join(lines) + "\n"


def written_fields(spec: SymbolSpec) -> dict[str, Any]:
    """The fields of a specification and its terms by the keys of a file, in words where MetaTrader has numbers."""
    from mas.broker_terms import as_words

    skipped = ("name", "inferred", "source", "terms")
    plain = {item.name: getattr(spec, item.name) for item in fields(spec) if item.name not in skipped}
    plain["swap_rollover3days"] = tables.DAYS[spec.swap_rollover3days]
    return plain | (dict(as_words(spec.terms)) if spec.terms is not None else {})


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_written(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
