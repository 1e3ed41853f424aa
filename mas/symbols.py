"""What a symbol is called, and what it is: digits, point, pip, contract, volumes, currencies, typical costs.

`symbol_spec("EURUSD.sml")` is the EURUSD specification under the broker's own name; `canonical_symbol` is for
comparing names. What is known is the built-in library (`mas.symbol_table`), and above it the user's own file of symbols
(`mas.symbol_file`), if there is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

from mas import symbol_file
from mas.errors import ParameterError
from mas.symbol_table import (
    COINS,
    CURRENCIES,
    KINDS,
    SymbolSpec,
    inferred,
    pair_in,
    rescaled,
    rows,
    spec_of_row,
)

__all__ = [
    "COINS", "CURRENCIES", "KINDS", "SymbolSpec", "canonical_symbol", "is_known_symbol", "symbol_names", "symbol_spec",
]  # fmt: skip


class Library(NamedTuple):
    """What is known of symbols. Names and aliases in capitals."""

    specs: Mapping[str, SymbolSpec]
    aliases: Mapping[str, str]
    """Also of each name to itself."""
    spelled: Mapping[str, SymbolSpec]
    """What holds for one spelling only: the file's EURUSD.sml does not touch EURUSD."""


_SUFFIX = re.compile(
    r"(?:m|c|i|z|x|b|r|s|t|h|k|f|e|p|pro|ecn|raw|stp|cash|micro|mini|spot|std|vip|sml|zero|prime|ft|sb)$", re.I
)


def symbol_spec(name: str, digits: int | None = None, point: float | None = None) -> SymbolSpec:
    """The specification of a symbol under the name given, suffixes and aliases resolved.

    Args: name: "EURUSD", "EURUSD.sml", "USD/JPY", "#AAPL", "gold" ... digits: decimals that the data has; they
    override the library's, and point, tick size, pip and all costs in points follow. point: where the data says it.
    Returns: `inferred=True` if the symbol is not in the library.
    Raises: ParameterError: the name is empty, or digits are not 0 to 8.
    """
    asked, library = _clean(name), _library()
    known = _canonical(asked, library)
    spec = library.spelled.get(asked.upper()) or library.specs.get(known) or inferred(known, digits)
    shown = known if asked.upper().replace("-", "").replace("_", "") == known else asked
    return rescaled(replace(spec, name=shown), known, digits, point)


def canonical_symbol(name: str) -> str:
    """The library's name of a symbol ("EURUSD.sml" -> "EURUSD", "US100" -> "NAS100"); unknown ones in capitals.

    Raises: ParameterError: the name is empty.
    """
    return _canonical(_clean(name), _library())


def is_known_symbol(name: str) -> bool:
    """Whether the name leads to a row of the library, by whatever suffix or alias."""
    library = _library()
    return _canonical(_clean(name), library) in library.specs


def symbol_names() -> tuple[str, ...]:
    """The names that are known: the library's in its order, then those that the file adds."""
    return tuple(_library().specs)


def _clean(name: str) -> str:
    text = str(name).strip().rsplit(":", 1)[-1]  # TradingView writes OANDA:EURUSD
    text = re.sub(r"[\s/\\]", "", text)
    if not re.search(r"[A-Za-z0-9]", text):
        raise ParameterError(f'"{name}" is not a symbol name: give something like "EURUSD"')
    return text


def _canonical(asked: str, library: Library) -> str:
    for candidate in _readings(asked, library):
        found = library.aliases.get(candidate)
        if found:
            return found
    for candidate in _readings(asked, library):
        if pair_in(candidate):
            return candidate
    return asked.upper()


def _readings(asked: str, library: Library) -> list[str]:
    """Capitalised names that `asked` may stand for, likeliest first."""
    bare = re.sub(r"^[^A-Za-z0-9]+", "", asked)  # "#AAPL"
    head = re.split(r"[^A-Za-z0-9]", bare)[0]  # "EURUSD.sml", "US30_cash", "EURUSD#"
    joined = re.sub(r"[^A-Za-z0-9]", "", bare)  # "EUR-USD", "BTC_USD"
    names = [asked, bare, joined, head]
    names += [short for n in (head, joined) if (short := _without_suffix(n, library)) != n]
    return [n.upper() for n in names]


def _without_suffix(name: str, library: Library) -> str:
    """ "EURUSDm" -> "EURUSD"; nothing is cut from names that are no known symbol without it."""
    for cut in range(1, min(6, len(name) - 2)):
        stem = name[:-cut].upper()
        known = library.specs.get(library.aliases.get(stem, ""))
        if _SUFFIX.fullmatch(name[-cut:]) and ((known and known.kind != "stock") or pair_in(stem)):
            return stem
    return name


# ----------------------------------------------------------------- what is known


def _library() -> Library:
    """The built-in library with the user's file laid over it. Raises: ParameterError: the file is wrong."""
    stamp = symbol_file.active()
    return _built_in() if stamp is None else _merged(stamp)


@cache
def _built_in() -> Library:
    specs = {row["name"]: spec_of_row(row) for row in rows()}
    aliases = {alias: row["name"] for row in rows() for alias in (row["name"], *row["aliases"].split())}
    return Library(specs, aliases, {})


@lru_cache(maxsize=4)
def _merged(stamp: symbol_file.Stamp) -> Library:
    built_in = _built_in()
    specs, aliases, spelled = dict(built_in.specs), dict(built_in.aliases), {}
    for entry in symbol_file.read_symbols(stamp.path, _typical):
        name = entry.spec.name.upper()
        own = _canonical(name, built_in)
        if own != name and own in built_in.specs:  # another spelling of a symbol that the library has
            spelled.update(dict.fromkeys((name, *(alias.upper() for alias in entry.aliases)), entry.spec))
            continue
        specs[name] = entry.spec
        for alias in (name, *(alias.upper() for alias in entry.aliases)):
            if alias != name and alias in built_in.specs:
                raise ParameterError(f"{stamp.path}: [{entry.spec.name}] aliases: {alias} is another symbol's own name")
            aliases[alias] = name
    return Library(specs, aliases, spelled)


def _typical(name: str) -> tuple[SymbolSpec | None, str]:
    """What the library alone knows of a name (None if nothing but a guess), and the canonical name."""
    asked, library = _clean(name), _built_in()
    known = _canonical(asked, library)
    return library.specs.get(known), known
