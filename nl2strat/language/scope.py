"""What the checker knows while it walks a program: the names so far, where it is, and the problems found."""

from __future__ import annotations

from dataclasses import field, replace
from decimal import Decimal
from difflib import get_close_matches

from mas.dataclass import dataclass
from nl2strat.errors import Problem
from nl2strat.language import ast
from nl2strat.language.types import Type

LONGEST = 100_000
"""The longest look back in bars."""


@dataclass(frozen=True)
class Where:
    """What an expression may mention at its place.

    `position`: the open position (directly in the conditions of an exit). `flat`: whether one is open (directly in
    the conditions of an entry). `account`: the strategy's own trades (directly in the condition of a rule).
    `reward`: multiples of R. `fill`: percent means percent of the entry price.
    """

    place: str = "here"
    position: bool = False
    flat: bool = False
    account: bool = False
    reward: bool = False
    fill: bool = False
    timeframe: str | None = None
    symbol: str | None = None

    def inside(self, place: str) -> Where:
        """Within something that is computed for every bar, position or not."""
        return Where(place, timeframe=self.timeframe, symbol=self.symbol)

    def on(self, timeframe: str) -> Where:
        return replace(self.inside(f'"on {timeframe}"'), timeframe=timeframe)

    def of(self, symbol: str) -> Where:
        return Where(f'"of {symbol}"', symbol=symbol)

    @property
    def elsewhere(self) -> str:
        """The timeframe and the symbol as they are written: `on H4 of XAUUSD`."""
        on = f"on {self.timeframe}" if self.timeframe is not None else ""
        return f"{on} of {self.symbol}".strip() if self.symbol is not None else on


@dataclass
class Scope:
    """Names and problems. Lets are added as they are checked, so that only earlier ones are known."""

    inputs: dict[str, ast.Input] = field(default_factory=dict)
    lets: dict[str, tuple[ast.Let, Type]] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    """Lets that stand further down."""
    foreign: set[str] = field(default_factory=set)
    """Lets in which another symbol is spoken of."""
    timeframe: str | None = None
    symbols: tuple[str, ...] = ()
    """What the header names, in its order."""
    definitions: str = "textbook"
    """Whose definitions of the indicators hold."""
    pip: float | None = None
    """The pip of the symbol, where it is a currency pair: what tells a slip from a price difference."""
    used: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def refuse(self, code: str, node: ast.Node, message: str, hint: str = "") -> None:
        self.problems.append(_located(code, node, message, hint))

    def warn(self, code: str, node: ast.Node, message: str, hint: str = "") -> None:
        self.warnings.append(_located(code, node, message, hint))

    def is_foreign(self, expr: ast.Node) -> bool:
        """Whether an expression speaks of another symbol, itself or through a let."""
        return any(
            isinstance(node, ast.OfSymbol) or (isinstance(node, ast.Name) and node.id in self.foreign)
            for node in ast.walk(expr)
        )

    def refuse_unknown(self, node: ast.Name) -> None:
        """A name that is neither an input nor a let."""
        if node.id in self.later:
            self.refuse("N205", node, f'"{node.id}" is used above the line that defines it', "move its let up")
            return
        near = get_close_matches(node.id, [*self.inputs, *self.lets, *_PRICES], n=1, cutoff=0.6)
        hint = (
            f'did you mean "{near[0]}"?' if near else "define it with let or input, or write a function: ema(close, 20)"
        )
        self.refuse("N201", node, f'unknown name "{node.id}"', hint)

    def input_of(self, node: ast.Name, wanted: str) -> ast.Input | None:
        """The input that a number may be replaced by, as in `ema(close, length)` or `width pips`."""
        self.used.add(node.id)
        if node.id in self.inputs:
            return self.inputs[node.id]
        if node.id in self.lets:
            message = f'{wanted} must be a number or an input, and "{node.id}" is a let'
            self.refuse("T303", node, message, f"write: input {node.id} = NUMBER")
        else:
            self.refuse_unknown(node)
        return None

    def number(self, node: ast.Count, wanted: str) -> tuple[Decimal, Decimal, Decimal] | None:
        """Default, lowest and highest value of a number or an input; None (and a problem) if it is neither."""
        if isinstance(node, ast.Number):
            return node.value, node.value, node.value
        found = self.input_of(node, wanted)
        if found is None:
            return None
        low = found.default if found.low is None else found.low
        high = found.default if found.high is None else found.high
        return found.default, min(low, found.default), max(high, found.default)

    def whole(self, node: ast.Count, wanted: str, low: int = 1, high: int = LONGEST) -> None:
        """Refuses what is not a whole number in range; an input must be one over its whole range."""
        values = self.number(node, wanted)
        if values is None:
            return
        steps = list(values)
        if isinstance(node, ast.Name):
            steps.append(self.inputs[node.id].step or Decimal(1))
        if any(value != value.to_integral_value() for value in steps):
            self.refuse("V402", node, f"{wanted} must be a whole number")
        self.between(node, wanted, low, high)

    def between(self, node: ast.Count, wanted: str, low: float, high: float, *, above: bool = False) -> None:
        """Refuses a number outside low..high; `above`: the low end itself is refused too."""
        values = self.number(node, wanted)
        if values is None:
            return
        _, least, most = values
        too_low = least <= low if above else least < low
        if too_low or most > high:
            shown = f"above {low:g}" if above else f"at least {low:g}"
            limit = shown if too_low else f"at most {high:,.0f}"
            self.refuse("V401", node, f"{wanted} must be {limit}")


_PRICES = ("open", "high", "low", "close", "volume", "time", "entry", "profit", "flat")


def _located(code: str, node: ast.Node, message: str, hint: str) -> Problem:
    return Problem(code, message, node.at.line, node.at.column, node.at.width, hint)
