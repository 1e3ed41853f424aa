"""What a symbol is: digits, point, pip, contract, volumes, currencies, typical costs.

The library is `symbols.csv`: one row per symbol, columns as `SymbolSpec` names them, with `KINDS` supplying what a
whole class of symbols shares. The values are typical of retail MetaTrader accounts (all-in spreads, 2023 to 2025),
not those of any one broker: good enough to backtest with, and to be replaced by what a real terminal reports. An
empty swap means that no typical value exists (exotic pairs, energies: brokers differ wildly) and none is charged.

`symbol_spec("EURUSD.sml")` is the EURUSD specification under the broker's own name; `canonical_symbol` is for
comparing names.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from mas.errors import ParameterError


@dataclass(frozen=True)
class SymbolSpec:
    """The trading conditions of one symbol; prices in the profit currency, volumes in lots."""

    name: str
    digits: int
    point: float  # the smallest decimal of a quote
    tick_size: float  # the grid that order prices lie on
    pip: float
    contract_size: float  # units of the base (shares, ounces, index points) in one lot
    volume_min: float
    volume_step: float
    volume_max: float
    currency_base: str
    currency_profit: str
    currency_margin: str
    calc_mode: str  # MetaTrader's SYMBOL_CALC_MODE_..., the part after that prefix
    spread: int  # points, typical
    stops_level: int = 0  # points between the price and a new SL, TP or pending order
    freeze_level: int = 0
    swap_mode: str = "DISABLED"  # MetaTrader's SYMBOL_SWAP_MODE_..., the part after that prefix
    swap_long: float = 0.0  # per night, in the unit of swap_mode (points, or percent per year)
    swap_short: float = 0.0
    swap_rollover3days: int = 3  # 0 Sunday ... 6 Saturday
    kind: str = "forex"
    description: str = ""
    inferred: bool = False  # not in the library: guessed from the name and the digits


class Kind(NamedTuple):
    """What all symbols of a class share."""

    calc_mode: str
    volume_min: float
    volume_step: float
    volume_max: float
    swap_mode: str
    swap_rollover3days: int


KINDS = {
    "forex": Kind("FOREX", 0.01, 0.01, 100.0, "POINTS", 3),
    "metal": Kind("CFDLEVERAGE", 0.01, 0.01, 50.0, "POINTS", 3),
    "energy": Kind("CFDLEVERAGE", 0.01, 0.01, 50.0, "POINTS", 5),
    "index": Kind("CFDLEVERAGE", 0.1, 0.1, 250.0, "INTEREST_CURRENT", 5),
    "crypto": Kind("CFDLEVERAGE", 0.01, 0.01, 100.0, "INTEREST_CURRENT", 5),
    "stock": Kind("CFDLEVERAGE", 0.1, 0.1, 5000.0, "INTEREST_CURRENT", 5),
}
"""The classes of symbols that the library's `kind` column names."""

_MONEY = """
USD EUR JPY GBP CHF CAD AUD NZD SEK NOK DKK PLN HUF CZK
SGD HKD CNH CNY MXN ZAR TRY ILS THB RUB BRL INR KRW RON
"""
CURRENCIES = frozenset(_MONEY.split())
"""Money: two of them side by side make a currency pair."""

_CRYPTO = "BTC XBT ETH LTC BCH BNB SOL XRP ADA DOT XLM TRX EOS UNI LNK ETC ZEC XMR DOGE AVAX LINK MATIC"
COINS = frozenset(_CRYPTO.split())
"""Crypto currencies: a coin before a currency (or before USDT, USDC) makes a crypto pair."""

_PIPS = {"XAUUSD": 0.1}  # EXECUTION rule 22: whatever the digits
_THREE_DIGITS = frozenset({"JPY", "HUF", "THB", "KRW", "INR", "RUB"})
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
    asked = _clean(name)
    known = canonical_symbol(name)
    spec = _library().get(known) or _inferred(known, digits)
    shown = known if asked.upper().replace("-", "").replace("_", "") == known else asked
    return _rescaled(replace(spec, name=shown), known, digits, point)


def canonical_symbol(name: str) -> str:
    """The library's name of a symbol ("EURUSD.sml" -> "EURUSD", "US100" -> "NAS100"); unknown ones in capitals.

    Raises: ParameterError: the name is empty.
    """
    asked = _clean(name)
    for candidate in _readings(asked):
        found = _aliases().get(candidate)
        if found:
            return found
    for candidate in _readings(asked):
        if _pair(candidate):
            return candidate
    return asked.upper()


def is_known_symbol(name: str) -> bool:
    """Whether the name leads to a row of the library, by whatever suffix or alias."""
    return canonical_symbol(name) in _library()


def symbol_names() -> tuple[str, ...]:
    """The names in the library, in its order."""
    return tuple(_library())


def _clean(name: str) -> str:
    text = str(name).strip().rsplit(":", 1)[-1]  # TradingView writes OANDA:EURUSD
    text = re.sub(r"[\s/\\]", "", text)
    if not re.search(r"[A-Za-z0-9]", text):
        raise ParameterError(f'"{name}" is not a symbol name: give something like "EURUSD"')
    return text


def _readings(asked: str) -> list[str]:
    """Capitalised names that `asked` may stand for, likeliest first."""
    bare = re.sub(r"^[^A-Za-z0-9]+", "", asked)  # "#AAPL"
    head = re.split(r"[^A-Za-z0-9]", bare)[0]  # "EURUSD.sml", "US30_cash", "EURUSD#"
    joined = re.sub(r"[^A-Za-z0-9]", "", bare)  # "EUR-USD", "BTC_USD"
    names = [asked, bare, joined, head]
    names += [short for n in (head, joined) if (short := _without_suffix(n)) != n]
    return [n.upper() for n in names]


def _without_suffix(name: str) -> str:
    """ "EURUSDm" -> "EURUSD"; nothing is cut from names that are no known symbol without it."""
    for cut in range(1, min(6, len(name) - 2)):
        stem = name[:-cut].upper()
        known = _library().get(_aliases().get(stem, ""))
        if _SUFFIX.fullmatch(name[-cut:]) and ((known and known.kind != "stock") or _pair(stem)):
            return stem
    return name


def _pair(name: str) -> tuple[str, str] | None:
    """Base and profit currency if the name is two of them side by side."""
    for quote in ("USDT", "USDC", name[-3:]):
        base = name.removesuffix(quote)
        money = quote in CURRENCIES or len(quote) == 4
        if base != name and (
            (base in COINS and money) or (base in CURRENCIES and quote in CURRENCIES and base != quote)
        ):
            return base, quote
    return None


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("mas").joinpath("symbols.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _library() -> dict[str, SymbolSpec]:
    return {row["name"]: _from_row(row) for row in _rows()}


@cache
def _aliases() -> dict[str, str]:
    return {alias: row["name"] for row in _rows() for alias in (row["name"], *row["aliases"].split())}


def _from_row(row: dict[str, str]) -> SymbolSpec:
    return _spec(
        row["name"],
        row["kind"],
        int(row["digits"]),
        row["base"],
        row["profit"],
        contract_size=float(row["contract_size"]),
        spread=int(row["spread"]),
        description=row["description"],
        **_swap(row),
    )


def _swap(row: dict[str, str]) -> dict[str, Any]:
    if not row["swap_long"]:
        return {"swap_mode": "DISABLED"}
    return {"swap_long": float(row["swap_long"]), "swap_short": float(row["swap_short"])}


def _spec(name: str, kind: str, digits: int, base: str, profit: str, **fields: Any) -> SymbolSpec:
    point = _power(-digits)
    shared: dict[str, Any] = KINDS[kind]._asdict() | fields
    return SymbolSpec(
        name=name,
        kind=kind,
        digits=digits,
        point=point,
        tick_size=point,
        pip=_pip(name, digits, point),
        currency_base=base,
        currency_profit=profit,
        currency_margin=base if kind == "forex" else profit,
        **shared,
    )


def _inferred(name: str, digits: int | None) -> SymbolSpec:
    """A cautious specification of a symbol that nobody wrote down.

    A pair by its name; five decimals are quoted for currencies only; all else is a contract of one unit.
    """
    base, profit = _pair(name) or ("USD", "USD")
    if base in COINS:
        kind, contract, usual, spread = "crypto", 1.0, 2, 100
    elif base != profit or digits == 5:
        kind, contract, usual, spread = "forex", 100_000.0, 3 if profit in _THREE_DIGITS else 5, 30
    else:
        kind, contract, usual, spread = "stock", 1.0, 2, 5
    fields: dict[str, Any] = {"contract_size": contract, "spread": spread, "swap_mode": "DISABLED", "inferred": True}
    return _spec(name, kind, usual, base, profit, description="not in the library: inferred", **fields)


def _rescaled(spec: SymbolSpec, known: str, digits: int | None, point: float | None) -> SymbolSpec:
    """The same symbol quoted with other decimals: what is counted in points is worth the same money as before."""
    if digits is not None and not 0 <= digits <= 8:
        raise ParameterError(f"digits must be 0 to 8, not {digits}")
    digits = spec.digits if digits is None else digits
    point = point or _power(-digits)
    if point == spec.point and digits == spec.digits:
        return spec
    ratio = spec.point / point
    in_points = spec.swap_mode == "POINTS"
    return replace(
        spec,
        digits=digits,
        point=point,
        tick_size=point,
        pip=spec.pip if spec.kind == "forex" else _pip(known, digits, point),  # a currency's pip is a convention
        spread=max(1, round(spec.spread * ratio)) if spec.spread else 0,
        stops_level=round(spec.stops_level * ratio),
        freeze_level=round(spec.freeze_level * ratio),
        swap_long=spec.swap_long * ratio if in_points else spec.swap_long,
        swap_short=spec.swap_short * ratio if in_points else spec.swap_short,
    )


def _pip(name: str, digits: int, point: float) -> float:
    """EXECUTION rule 22, and the same thought for other digits: an odd number of decimals ends in a tenth of a pip."""
    if name in _PIPS:
        return _PIPS[name]
    if digits % 2 == 0:
        return point
    return _power(1 - digits) if point == _power(-digits) else 10 * point


def _power(exponent: int) -> float:
    """10 ** exponent as the float that the decimal text gives: 10 * 1e-05 is not 1e-04 in floats."""
    return float(f"1e{exponent}")
