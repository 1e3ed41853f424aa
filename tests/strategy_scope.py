"""What a generated program may contain, and what its expressions may mention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, wraps
from typing import Any

from hypothesis import strategies as st

from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS, Function
from tests.wild_expressions import numbers

Draw = Callable[[st.SearchStrategy[Any]], Any]

ZONES = ("Europe/London", "America/New_York", "Asia/Tokyo", "UTC")

STATES = ("then", "latch", "remember", "ratchet")
MOMENTS = ("zone", "sessions")
CLAUSES = (
    "valid_until", "target_steps", "trail_line", "locks", "lots_takes", "size_money", "scale", "add",
)  # fmt: skip
RULES = (
    "reduce", "alert", "dates", "only", "cancel", "daily_caps", "spread_cap", "volume_cap", "wait", "skip",
    "hedging", "oco",
)  # fmt: skip
GROUPS = (*STATES, *MOMENTS, "account", "average_entry", *CLAUSES, *RULES, "settings")
"""Constructs that can be left out, by name; `of SYMBOL`, `in SYMBOL` and several symbols need symbols besides."""


@dataclass(frozen=True, repr=False)
class Options:
    """What the programs may contain, so that a test can leave out what it does not model."""

    functions: tuple[str, ...] = tuple(FUNCTIONS)
    depth: int = 2
    entries: int = 3
    inputs: bool = True
    lets: bool = True
    pending: bool = True
    takes: bool = True
    trailing: bool = True
    timeframes: tuple[str, ...] = ("H4", "D1")
    zones: tuple[str, ...] = ZONES
    schedule: bool = True
    position_values: bool = True
    sizes: tuple[str, ...] = ("none", "lots", "share", "risk", "money")
    symbol: str = "EURUSD"
    timeframe: str = "H1"
    definitions: tuple[str, ...] = ("textbook",)
    groups: tuple[str, ...] = ()
    """Which of GROUPS may occur."""
    others: tuple[str, ...] = ()
    """Symbols that values may be `of`."""
    also: tuple[str, ...] = ()
    """Symbols that the same rules may trade."""
    traded: tuple[str, ...] = ()
    """Symbols that rules may name to trade in."""
    scale: Decimal = Decimal("1.1")
    """About where the price is, for comparisons of a price with a number."""


@dataclass(frozen=True, repr=False)
class Scope:
    """What an expression may mention."""

    options: Options
    lengths: tuple[str, ...] = ()
    """Inputs that may stand where a number of bars is wanted."""
    lets: dict[str, str] = field(default_factory=dict)
    """Name to kind: "price", "distance", "oscillator", "bool"."""

    def __hash__(self) -> int:
        return hash((self.options, self.lengths, *self.lets.items()))

    def functions(self, *results: str) -> list[Function]:
        """The allowed functions with one of these results; "bounded" is an oscillator with a range."""
        found = [FUNCTIONS[name] for name in self.options.functions if not FUNCTIONS[name].has_clock]
        return [f for f in found if f.result in results or ("bounded" in results and is_bounded(f))]

    def higher(self) -> Scope:
        """Within `on TIMEFRAME`: no other timeframe or symbol, no let, nothing about the moment of decision."""
        left = tuple(g for g in self.options.groups if g not in MOMENTS)
        return replace(
            self, lets={}, options=replace(self.options, timeframes=(), others=(), schedule=False, groups=left)
        )

    def foreign(self) -> Scope:
        """Within `of SYMBOL`: a timeframe may stand inside, else as within `on`; inputs stay."""
        return replace(self.higher(), options=replace(self.higher().options, timeframes=self.options.timeframes))

    def has(self, group: str) -> bool:
        return group in self.options.groups

    def names(self, kind: str) -> list[str]:
        return [name for name, its in self.lets.items() if its == kind]


def is_bounded(function: Function) -> bool:
    return function.result == "oscillator" and function.low is not None and function.high is not None


def lazily(make: Callable[..., st.SearchStrategy[Any]]) -> Callable[..., st.SearchStrategy[Any]]:
    """A strategy that is built when it is drawn from: recursion costs nothing, and its repr stays short.

    It is built once for the same arguments: building and checking strategies takes longer than drawing from them.
    """
    made = cache(make)

    @st.composite
    def strategy(draw: Draw, *args: Any, **kwargs: Any) -> Any:
        return draw(made(*args, **kwargs))

    return wraps(make)(cache(strategy))


@cache
def literals(low: float, high: float, places: int = 2) -> st.SearchStrategy[ast.Expr]:
    return numbers(low, high, places).map(signed)


def signed(value: Decimal) -> ast.Expr:
    return ast.Minus(ast.Number(-value)) if value < 0 else ast.Number(value)
