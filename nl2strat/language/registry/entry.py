"""What one registry entry is made of. Nothing here computes anything: the functions live in mas.indicators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from mas.dataclass import dataclass

Form = Literal["series", "oscillator", "bars", "condition"]
"""How a DSL call becomes a Python call.

series      ema(close, 200)       -> ema(bars.close, 200)         arguments in the same order
oscillator  rsi(14), rsi(14, x)   -> rsi(bars.close, 14), rsi(x, 14)   source last and optional, first in Python
bars        atr(14)               -> atr(bars, 14)                the bars come in front
condition   count(green(), 10)    -> count(green(bars), 10)       arguments in the same order
"""

Kind = Literal["series", "condition", "int", "float", "clock"]
"""What an argument may be: `int` and `float` are numbers known before the run (a literal or an input), `clock` is a
time of day such as 09:30, given in Python as text."""

Type = Literal["price", "distance", "oscillator", "volume", "count", "ratio", "bool", "number", "same", "difference"]
"""What a call gives. `same`: what its series argument is. `difference`: a difference of two such values, so a
distance when the argument is a price, else what the argument is without its range."""

Category = Literal[
    "average", "statistics", "momentum", "trend", "bands", "volatility", "volume", "candle", "pattern", "level",
    "state", "calendar", "arithmetic",
]  # fmt: skip


@dataclass(frozen=True)
class Param:
    """One argument. `default` None: it must be given; a series' default is the name of a price.

    A number must lie in low..high, both included; None is unbounded.
    """

    name: str
    kind: Kind
    default: float | str | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in ("int", "float")


@dataclass(frozen=True)
class Difference:
    """How MetaTrader's definition of an indicator differs: in words, its warm-up, its type if that is another."""

    definition: str
    lookback: Callable[..., int]
    result: Type | None = None


@dataclass(frozen=True)
class Function:
    """One indicator: how it is called, what it gives, what it means, and what traders call it.

    `params` are in the order of the DSL. `low` and `high` are the range that the result cannot leave, if there is
    one. `synonyms` are English phrases, lower case, words separated by one blank (a hyphen in a text is a blank here);
    a phrase belongs to one entry only.
    """

    name: str
    title: str
    form: Form
    params: tuple[Param, ...]
    result: Type
    definition: str
    source: str
    category: Category
    synonyms: tuple[str, ...]
    lookback: Callable[..., int]
    low: float | None = None
    high: float | None = None
    metatrader: Difference | None = None
    """What `indicators metatrader` changes; None: nothing."""

    @property
    def numbers(self) -> tuple[Param, ...]:
        """The numeric arguments, in order."""
        return tuple(p for p in self.params if p.is_number)

    @property
    def has_clock(self) -> bool:
        """Whether it is about times of day, and so may be said `in` another zone."""
        return any(p.kind == "clock" for p in self.params)

    @property
    def required(self) -> int:
        """How many arguments must be given."""
        return sum(p.default is None for p in self.params)

    @property
    def signature(self) -> str:
        """`rsi(length = 14, source = close)`."""
        return f"{self.name}({', '.join(_shown(p) for p in self.params)})"

    def by(self, definitions: str) -> Function:
        """The entry as a program with `indicators DEFINITIONS` means it ("textbook", "metatrader")."""
        other = self.metatrader
        if other is None or definitions != "metatrader":
            return self
        return replace(self, definition=other.definition, lookback=other.lookback, result=other.result or self.result)

    def warmup(self, arguments: Sequence[float] = ()) -> int:
        """Bars before the first value, given the numeric arguments in order (missing ones by default).

        What a series or condition argument needs itself comes on top. Entries that wait for an event or for a day
        to pass give the least.
        """
        rest = [p.default for p in self.numbers[len(arguments) :]]
        numbers = [*arguments, *(float(d) for d in rest if d is not None)]
        return max(0, int(self.lookback(*(int(n) if float(n).is_integer() else n for n in numbers))))


def _shown(param: Param) -> str:
    if param.default is None:
        return param.name
    default = param.default if isinstance(param.default, str) else f"{param.default:g}"
    return f"{param.name} = {default}"


# ------------------------------------------------------------------ arguments that many entries share

LONGEST = 100_000
"""The longest window TA-Lib takes."""

SOURCE = Param("source", "series")
CLOSE = Param("source", "series", "close")


def length(default: int | None = None, low: int = 1, name: str = "length") -> Param:
    """A number of bars."""
    return Param(name, "int", default, low, LONGEST)


def factor(name: str, default: float, low: float = 0, high: float = 1000) -> Param:
    """A number that need not be whole."""
    return Param(name, "float", default, low, high)


def none(*_: float) -> int:
    """No warm-up: the first bar has a value."""
    return 0
