"""Expressions: what has a value or a truth at each bar close."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Union

from mas.dataclass import dataclass
from nl2strat.language.ast.nodes import Node


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
    """Something about the open position: its entry price, its profit as a price distance, its age in bars.

    `average entry` is the volume-weighted fill price of all positions open on its side of the symbol.
    """

    name: Literal["entry", "profit", "bars since entry", "average entry"]


@dataclass(frozen=True)
class AccountValue(Node):
    """Something about the strategy's own trading so far; what a `bars since ...` waits for may never have happened."""

    name: Literal[
        "trades open", "trades today", "result today", "losses in a row", "wins in a row",
        "bars since exit", "bars since loss", "bars since win",
    ]  # fmt: skip


@dataclass(frozen=True)
class AccountFlag(Node):
    """A fact about the strategy's own trading: what it holds on the symbol, how its last closed trade ended."""

    name: Literal["holding long", "holding short", "last trade won", "last trade lost"]


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
class OfSymbol(Node):
    """`(close > sma(close, 20)) on H4 of XAUUSD`: the same of another symbol, as of its last bar that has ended."""

    value: Expr
    symbol: str


@dataclass(frozen=True)
class InZone(Node):
    """`time in "Europe/London"`: the time of day, the weekday or a session's price by another clock."""

    value: Expr
    zone: str


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
class Then(Node):
    """`A then within 5 bars B`: B is true now, and A was true on one of the 5 bars before this one."""

    first: Expr
    bars: Count
    second: Expr


@dataclass(frozen=True)
class Latch(Node):
    """`latch from A until B`: on from a bar on which A is true until one on which B is; B wins where both are."""

    begins: Expr
    ends: Expr


@dataclass(frozen=True)
class Remember(Node):
    """`remember high when A`: the value on the last bar on which A was true."""

    value: Expr
    when: Expr


@dataclass(frozen=True)
class Ratchet(Node):
    """`ratchet up X until A`: the highest X so far; begins anew with X on a bar on which A is true."""

    direction: Literal["up", "down"]
    value: Expr
    until: Expr | None = None


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
    Number, Name, Quantity, Clock, Price, Flag, PositionValue, AccountValue, AccountFlag, Call, Past, OnTimeframe,
    OfSymbol, InZone, Minus, Arithmetic, Compare, Cross, ForBars, WithinBars, Then, Latch, Remember, Ratchet,
    Negation, AllOf, AnyOf,
]  # fmt: skip
