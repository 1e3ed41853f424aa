"""The built-in library of symbols: what a symbol is made of, and typical values of some hundred of them.

`symbols.csv` has one row per symbol, columns as `SymbolSpec` names them, with `KINDS` supplying what a whole class of
symbols shares. The values are typical of retail MetaTrader accounts (all-in spreads, 2023 to 2025), not those of any
one broker: good enough to backtest with, and to be replaced by a file (`mas.symbol_file`) or by what a real terminal
reports. An empty swap means that no typical value exists (exotic pairs, energies: brokers differ wildly) and none is
charged.
"""

from __future__ import annotations

import csv
from dataclasses import field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from mas.dataclass import dataclass
from mas.errors import ParameterError

if TYPE_CHECKING:
    from mas.terminals.simulated.terms import SymbolTerms

LIBRARY, INFERRED, FILE, TERMINAL = "library", "inferred", "file", "terminal"
"""Where a specification comes from."""


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
    source: str = LIBRARY  # LIBRARY, INFERRED, FILE or TERMINAL
    terms: SymbolTerms | None = field(default=None, hash=False)  # what else its broker sets, where somebody said so


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


def pair_in(name: str) -> tuple[str, str] | None:
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
def rows() -> tuple[dict[str, str], ...]:
    """The rows of `symbols.csv`."""
    text = files("mas").joinpath("symbols.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def spec_of_row(row: dict[str, str]) -> SymbolSpec:
    """The specification in a row."""
    return new_spec(
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


def new_spec(name: str, kind: str, digits: int, base: str, profit: str, **fields: Any) -> SymbolSpec:
    """A symbol of a class of `KINDS`; `fields` say what its class leaves open, and what it does otherwise."""
    point = power_of_ten(-digits)
    shared: dict[str, Any] = KINDS[kind]._asdict() | fields
    return SymbolSpec(
        name=name,
        kind=kind,
        digits=digits,
        point=point,
        tick_size=point,
        pip=usual_pip(name, digits, point),
        currency_base=base,
        currency_profit=profit,
        currency_margin=base if kind == "forex" else profit,
        **shared,
    )


def inferred(name: str, digits: int | None) -> SymbolSpec:
    """A cautious specification of a symbol that nobody wrote down.

    A pair by its name; five decimals are quoted for currencies only; all else is a contract of one unit.
    """
    base, profit = pair_in(name) or ("USD", "USD")
    if base in COINS:
        kind, contract, usual, spread = "crypto", 1.0, 2, 100
    elif base != profit or digits == 5:
        kind, contract, usual, spread = "forex", 100_000.0, 3 if profit in _THREE_DIGITS else 5, 30
    else:
        kind, contract, usual, spread = "stock", 1.0, 2, 5
    return new_spec(
        name, kind, usual, base, profit, contract_size=contract, spread=spread, swap_mode="DISABLED", inferred=True,
        source=INFERRED, description="not in the library: inferred",
    )  # fmt: skip


def rescaled(spec: SymbolSpec, known: str, digits: int | None, point: float | None) -> SymbolSpec:
    """The same symbol quoted with other decimals: what is counted in points is worth the same money as before."""
    if digits is not None and not 0 <= digits <= 8:
        raise ParameterError(f"digits must be 0 to 8, not {digits}")
    digits = spec.digits if digits is None else digits
    point = point or power_of_ten(-digits)
    if point == spec.point and digits == spec.digits:
        return spec
    ratio = spec.point / point
    in_points = spec.swap_mode == "POINTS"
    tick_size = point if spec.tick_size == spec.point else max(spec.tick_size, point)
    usual = spec.kind != "forex" and spec.pip == usual_pip(known, spec.digits, spec.point)
    terms = spec.terms
    if terms is not None and terms.tick_value:
        terms = replace(terms, tick_value=terms.tick_value * tick_size / spec.tick_size)
    return replace(
        spec,
        digits=digits,
        point=point,
        tick_size=tick_size,
        pip=usual_pip(known, digits, point) if usual else spec.pip,  # a currency's pip is a convention
        terms=terms,
        spread=max(1, round(spec.spread * ratio)) if spec.spread else 0,
        stops_level=round(spec.stops_level * ratio),
        freeze_level=round(spec.freeze_level * ratio),
        swap_long=spec.swap_long * ratio if in_points else spec.swap_long,
        swap_short=spec.swap_short * ratio if in_points else spec.swap_short,
    )


def usual_pip(name: str, digits: int, point: float) -> float:
    """EXECUTION rule 22, and the same thought for other digits: an odd number of decimals ends in a tenth of a pip."""
    if name in _PIPS:
        return _PIPS[name]
    if digits % 2 == 0:
        return point
    return power_of_ten(1 - digits) if point == power_of_ten(-digits) else 10 * point


def power_of_ten(exponent: int) -> float:
    """10 ** exponent as the float that the decimal text gives: 10 * 1e-05 is not 1e-04 in floats."""
    return float(f"1e{exponent}")
