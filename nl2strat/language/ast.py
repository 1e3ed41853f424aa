"""The strategy language as frozen dataclasses: what the parser builds and every reading starts from.

Names follow the grammar: rule `for_bars` is class `ForBars`. `at` is the place in the source (line and
column from 1, width); it never takes part in comparison, so `parse(print(x)) == x` holds.
Numbers are `Decimal`, so that a program prints exactly as it was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Literal, Union


@dataclass(frozen=True)
class Place:
    """Where a node stands in the source."""

    line: int = 1
    column: int = 1
    width: int = 1


NOWHERE = Place()


@dataclass(frozen=True, kw_only=True)
class Node:
    at: Place = field(default=NOWHERE, compare=False, repr=False)


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Number(Node):
    """A plain number, never negative (see `Minus`)."""

    value: Decimal


@dataclass(frozen=True)
class Name(Node):
    """An input or a `let`."""

    id: str


Unit = Literal["pips", "points", "%", "R"]
Count = Union[Number, Name]


@dataclass(frozen=True)
class Quantity(Node):
    """A number with a unit: `30 pips`, `2%`, `3R`, or an input with one: `width pips`, `reward R`, `share percent`."""

    amount: Count
    unit: Unit


@dataclass(frozen=True)
class Clock(Node):
    """A time of day, `09:30`."""

    hour: int
    minute: int


PriceField = Literal["open", "high", "low", "close", "volume", "time"]


@dataclass(frozen=True)
class Price(Node):
    """A column of the bar; `time` is the decision time (the bar's close) as a time of day."""

    field: PriceField


FlagName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "flat"]


@dataclass(frozen=True)
class Flag(Node):
    """A fact: the decision falls on that weekday; `flat`: no position is open."""

    name: FlagName


@dataclass(frozen=True)
class PositionValue(Node):
    """Something about the open position: its entry price, its profit as a price distance, its age in bars."""

    name: Literal["entry", "profit", "bars since entry"]


@dataclass(frozen=True)
class Call(Node):
    """`ema(close, 200)`: a registry entry with its arguments."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Past(Node):
    """`close[3]`: the value that many bars ago."""

    value: Expr
    bars: Count


@dataclass(frozen=True)
class OnTimeframe(Node):
    """`(close > sma(close, 20)) on D1`: as of the last bar of that timeframe that has ended."""

    value: Expr
    timeframe: str


@dataclass(frozen=True)
class Minus(Node):
    value: Expr


@dataclass(frozen=True)
class Arithmetic(Node):
    operator: Literal["+", "-", "*", "/"]
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Compare(Node):
    operator: Literal[">", "<", ">=", "<=", "==", "!="]
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Cross(Node):
    """`a crosses above b`, `below`, or `through` (either way)."""

    direction: Literal["above", "below", "through"]
    left: Expr
    right: Expr


@dataclass(frozen=True)
class ForBars(Node):
    """`COND for 3 bars`: true on each of the last so many bars, this one included."""

    condition: Expr
    bars: Count


@dataclass(frozen=True)
class WithinBars(Node):
    """`COND within 5 bars`: true on at least one of the last so many bars, this one included."""

    condition: Expr
    bars: Count


@dataclass(frozen=True)
class Negation(Node):
    condition: Expr


@dataclass(frozen=True)
class AllOf(Node):
    """`a and b and c`; at least two."""

    conditions: tuple[Expr, ...]


@dataclass(frozen=True)
class AnyOf(Node):
    """`a or b or c`; at least two."""

    conditions: tuple[Expr, ...]


Expr = Union[
    Number, Name, Quantity, Clock, Price, Flag, PositionValue, Call, Past, OnTimeframe, Minus, Arithmetic,
    Compare, Cross, ForBars, WithinBars, Negation, AllOf, AnyOf,
]  # fmt: skip


# ----------------------------------------------------------------- statements

Side = Literal["long", "short"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True)
class Input(Node):
    """`input length = 14 in 7..28 step 7`: a number a user may turn."""

    name: str
    default: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    step: Decimal | None = None


@dataclass(frozen=True)
class Let(Node):
    name: str
    value: Expr


@dataclass(frozen=True)
class Offset(Node):
    """A bracket as a distance from the entry fill: `30 pips`, `2 * atr(14)`, `1%`, `3R`."""

    distance: Expr


@dataclass(frozen=True)
class Level(Node):
    """A bracket as a price of the signal bar: `at lowest(low, 10) - 5 pips`."""

    price: Expr


Bracket = Union[Offset, Level]


@dataclass(frozen=True)
class Pending(Node):
    """A pending entry: `place stop at P`, `place limit at P`, `place stop at P limit Q` (stop-limit)."""

    kind: Literal["stop", "limit"]
    price: Expr
    limit: Expr | None = None


@dataclass(frozen=True)
class Take(Node):
    """`take 50% after 1R`: close that share of the position at a profit (or `at` a price)."""

    share: Count
    bracket: Bracket


@dataclass(frozen=True)
class Trail(Node):
    distance: Expr
    after: Expr | None = None


@dataclass(frozen=True)
class Breakeven(Node):
    after: Expr
    plus: Expr | None = None


@dataclass(frozen=True)
class Lots(Node):
    """`size 0.25 lots`."""

    lots: Count


@dataclass(frozen=True)
class Share(Node):
    """`size 10% of equity`: the position's value as a share of the account."""

    percent: Count
    base: Literal["balance", "equity"]


@dataclass(frozen=True)
class Risk(Node):
    """`risk 1% of balance`: lose that share if the stop is hit."""

    percent: Count
    base: Literal["balance", "equity"]


@dataclass(frozen=True)
class RiskMoney(Node):
    """`risk 100 money`: lose that much account currency if the stop is hit."""

    amount: Count


Size = Union[Lots, Share, Risk, RiskMoney]


@dataclass(frozen=True)
class Entry(Node):
    """`enter long when … end`. `order` None is a market order; `size` None is 0.1 lot."""

    side: Side
    when: Expr
    order: Pending | None = None
    valid: Count | None = None
    stop: Bracket | None = None
    target: Bracket | None = None
    takes: tuple[Take, ...] = ()
    trail: Trail | None = None
    breakeven: Breakeven | None = None
    size: Size | None = None
    close_after: Count | None = None
    twice: tuple[str, ...] = ()
    """Clauses that were written more than once; the checker refuses them."""


@dataclass(frozen=True)
class Exit(Node):
    side: Literal["long", "short", "all"]
    when: Expr


@dataclass(frozen=True)
class Trade(Node):
    """`trade between 08:00 and 17:00 in "Europe/London" on mon, tue`: when entries are allowed.

    Several such lines widen each other (entries are allowed where any of them allows). Zone None is the data's.
    """

    start: Clock | None = None
    end: Clock | None = None
    zone: str | None = None
    days: tuple[Day, ...] = ()


@dataclass(frozen=True)
class CloseAt(Node):
    """`close at 17:00 on fri`: close everything at the first bar open at or after that time."""

    clock: Clock
    zone: str | None = None
    days: tuple[Day, ...] = ()


@dataclass(frozen=True)
class DailyLimit(Node):
    """`limit 3 trades per day`, counted by the day of the fill."""

    trades: Count


@dataclass(frozen=True)
class Pyramid(Node):
    """`pyramid 3`: up to so many entries the same way."""

    entries: Count


@dataclass(frozen=True)
class NoReversal(Node):
    """`no reversal`: opposite entries are ignored while a position is open."""


Rule = Union[Entry, Exit, Trade, CloseAt, DailyLimit, Pyramid, NoReversal]


@dataclass(frozen=True)
class Program(Node):
    """A whole strategy. `symbol` and `timeframe` None are bound to the data before it is compiled."""

    name: str
    symbol: str | None = None
    timeframe: str | None = None
    definitions: Literal["textbook", "metatrader"] = "textbook"
    assumptions: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    lets: tuple[Let, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Answer(Node):
    """What a model says that cannot answer with a program: it asks."""

    questions: tuple[str, ...]


def children(node: Node) -> Iterator[Node]:
    """The direct sub-nodes of a node, in source order of the dataclass fields."""
    for item in fields(node):
        value = getattr(node, item.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def transform(node: Node, change: Callable[[Node], Node]) -> Any:
    """The tree with `change` applied to every node, children first; what did not change is kept as it is."""
    changes: dict[str, Any] = {}
    for item in fields(node):
        old = getattr(node, item.name)
        if isinstance(old, Node):
            new: Any = transform(old, change)
        elif isinstance(old, tuple):
            new = tuple(transform(part, change) if isinstance(part, Node) else part for part in old)
        else:
            continue
        if new is not old and new != old:
            changes[item.name] = new
    return change(replace(node, **changes) if changes else node)
