"""What a sentence is made of once its phrases are read: the vocabulary between reading and assembling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Union

from nl2strat.language import ast
from nl2strat.language.ast import Expr


@dataclass(frozen=True)
class Open:
    """An opening. `said` is "long", "short", "sell" or "" as the words have it; `order` for a pending one."""

    said: str
    order: ast.Pending | None = None
    like: bool = False
    """Whether it has the brackets and the size of the opening before it ("I do the exact opposite")."""


@dataclass(frozen=True)
class Leave:
    """A closing of "long", "short" or "" whatever is open."""

    said: str


@dataclass(frozen=True)
class When:
    """A condition and how it was introduced: "when", "first" (an event of which it is the first), "only",
    "unless", "wait", "" (bare), "until", "while"."""

    condition: Expr
    link: str


@dataclass(frozen=True)
class Stay:
    """A side that is held while the condition holds: when it no longer does the position ends. If no rule opens that
    side, it is opened while it does."""

    side: ast.Side
    condition: Expr


@dataclass(frozen=True)
class Setup:
    """The conditions of a sentence that states nothing else; a later action takes them, or a reference."""

    conditions: tuple[Expr, ...]
    used: bool = False


@dataclass(frozen=True)
class Filter:
    """A restriction of entries of a side ("" both)."""

    side: str
    condition: Expr


@dataclass(frozen=True)
class Clause:
    """Part of an entry: `field` is the field of `ast.Entry`, or "takes"; `side` if the text says it.

    "bracket" is a stop and a target at one distance, "sized stop" a stop and the size that follows from it, "several"
    other clauses that one phrase says at once.
    """

    field: Literal[
        "stop", "target", "takes", "trail", "breakeven", "size", "close_after", "valid",
        "valid_until", "target_steps", "trail_line", "locks", "scale", "add", "bracket", "sized stop", "several",
    ]  # fmt: skip
    value: object
    side: str = ""
    beyond: str = ""
    """Where a stop or target stands by the text: "above" or "below" the entry."""
    every: bool = False
    """Whether the text gives it to all entries of its sentence ("both with a 30 pip stop"), to each side its own."""

    @property
    def parts(self) -> tuple[Clause, ...]:
        """The clauses of single fields that this one stands for."""
        if self.field == "bracket":
            return replace(self, field="stop"), replace(self, field="target")
        if self.field == "several":
            assert isinstance(self.value, tuple)
            return self.value
        if self.field == "sized stop":
            assert isinstance(self.value, tuple)
            return replace(self, field="stop", value=self.value[0]), replace(self, field="size", value=self.value[1])
        return (self,)


@dataclass(frozen=True)
class Rule:
    """A rule of the whole program."""

    rule: ast.Rule


@dataclass(frozen=True)
class Blocked:
    """Days, or hours (of some days), without entries."""

    days: tuple[str, ...] = ()
    start: ast.Clock | None = None
    end: ast.Clock | None = None
    zone: str | None = None


@dataclass(frozen=True)
class AtTime:
    """`at 09:00`: a condition of an opening, or when a closing happens."""

    clock: ast.Clock
    zone: str | None = None
    days: tuple[str, ...] = ()


@dataclass(frozen=True)
class Only:
    """Only one side is traded."""

    side: ast.Side


@dataclass(frozen=True)
class Policy:
    """`reverse`: opposite entries turn the position; `flat`: entries only when nothing is open; ..."""

    name: Literal["reverse", "flat", "same", "opposite", "otherwise", "weekend", "no stop", "no target"]
    side: str = ""
    crossing: bool = False
    """Whether only the crossing is meant ("exit on the cross back"), not what else the entry asks for."""


@dataclass(frozen=True)
class Market:
    symbol: str


@dataclass(frozen=True)
class Basket:
    """Several markets, each traded by the same rules."""

    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Presumed:
    """What a backtest presumes about the account: deposit, leverage, costs."""

    setting: ast.Setting


@dataclass(frozen=True)
class Frame:
    timeframe: str


@dataclass(frozen=True)
class Setting:
    """`fast = 12`."""

    input: ast.Input


@dataclass(frozen=True)
class Definition:
    """A name for a condition or a pair of bands; the parser has already stored it."""

    name: str


@dataclass(frozen=True)
class Mention:
    """An indicator named in a heading; what follows may refer to it. `settles`: it only says how long one named
    elsewhere is."""

    value: Expr
    settles: bool = False
    others: tuple[Expr, ...] = ()
    """Further ones, of a list ("EMAs 9, 21 and 55")."""


@dataclass(frozen=True)
class Listing:
    """What heads a list of conditions. `one`: whether one is enough (None: not said); `side`: of a filter."""

    one: bool | None
    side: str | None = None


@dataclass(frozen=True)
class Title:
    """A heading or label: names the strategy, carries no rule."""

    text: str


@dataclass(frozen=True)
class Aside:
    """Words that frame a rule and change nothing ("my plan", "if filled")."""


@dataclass(frozen=True)
class Talk:
    """Small talk, shown as ignored."""


@dataclass(frozen=True)
class Mark:
    """Punctuation and conjunctions between elements: ",", ";", ":", "and", "break"."""

    kind: str


@dataclass(frozen=True)
class Unknown:
    """A token nothing could be made of."""

    word: str


Item = Union[
    Open,
    Leave,
    When,
    Stay,
    Setup,
    Filter,
    Clause,
    Rule,
    Blocked,
    AtTime,
    Only,
    Policy,
    Market,
    Basket,
    Presumed,
    Frame,
    Setting,
    Definition,
    Mention,
    Listing,
    Title,
    Aside,
    Talk,
    Mark,
    Unknown,
]


@dataclass(frozen=True)
class Element:
    """An item with its tokens, `first` (inclusive) to `last` (exclusive)."""

    item: Item
    first: int
    last: int
