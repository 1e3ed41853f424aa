"""Statements: entries with their clauses, exits, and the rules that hold for the whole strategy."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Union

from mas.dataclass import dataclass
from nl2strat.language.ast.expressions import Clock, Count, Expr
from nl2strat.language.ast.nodes import Node

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
    """`take 50% after 1R`: close that share of the position (or so many lots of it) at a profit (or `at` a price)."""

    share: Count
    bracket: Bracket
    lots: bool = False


@dataclass(frozen=True)
class TargetStep(Node):
    """`target 2% after 12 bars`: from that age on, the target is there."""

    bracket: Bracket
    bars: Count


@dataclass(frozen=True)
class Trail(Node):
    distance: Expr
    after: Expr | None = None


@dataclass(frozen=True)
class TrailLine(Node):
    """`trail at psar() after 1R`: at each bar close the stop moves to that price, if it protects more there."""

    price: Expr
    after: Expr | None = None


@dataclass(frozen=True)
class Lock(Node):
    """`lock 1R after 2R`: the stop moves to that profit once the other has been reached."""

    profit: Expr
    after: Expr


@dataclass(frozen=True)
class Add(Node):
    """`add 5 times every 2% against scaled 1.5`: further entries at every so much from the first fill.

    `against` the position they are limit orders (a grid), `ahead` of it stop orders. `factor`: each is that many times
    the size of the one before.
    """

    times: Count
    every: Expr
    way: Literal["against", "ahead"]
    factor: Count | None = None


@dataclass(frozen=True)
class ScaleSize(Node):
    """`scale size by 2 after loss at most 4 times`: the size times so much for each loss (or win) in a row."""

    factor: Count
    result: Literal["loss", "win"]
    times: Count


@dataclass(frozen=True)
class ValidUntil(Node):
    """`valid until 17:00 in "Europe/London"`: a waiting order goes at the first bar open at or after that time."""

    clock: Clock
    zone: str | None = None


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


@dataclass(frozen=True)
class Money(Node):
    """`size 1000 money`: the position's value in account currency."""

    amount: Count


Size = Union[Lots, Share, Money, Risk, RiskMoney]


@dataclass(frozen=True)
class Entry(Node):
    """`enter long when … end`. `order` None is a market order; `size` None is 0.1 lot; `symbol` None the strategy's."""

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
    symbol: str | None = None
    valid_until: ValidUntil | None = None
    target_steps: tuple[TargetStep, ...] = ()
    trail_line: TrailLine | None = None
    locks: tuple[Lock, ...] = ()
    add: Add | None = None
    scale: ScaleSize | None = None
    twice: tuple[str, ...] = ()
    """Clauses that were written more than once; the checker refuses them."""


@dataclass(frozen=True)
class Exit(Node):
    side: Literal["long", "short", "all"]
    when: Expr
    symbol: str | None = None


@dataclass(frozen=True)
class Reduce(Node):
    """`reduce long by 50% when COND`: close a share (or so many lots) of a position, once in its life."""

    side: Literal["long", "short", "all"]
    share: Count
    when: Expr
    lots: bool = False
    symbol: str | None = None


@dataclass(frozen=True)
class Alert(Node):
    """`alert "text" when COND`: say so, and trade nothing."""

    text: str
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
class Dates(Node):
    """`trade from 2020-01-01 until 2023-12-31`: entries are decided on these days only, both included."""

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class Only(Node):
    """`only long`: entries of the other side are not taken."""

    side: Side


@dataclass(frozen=True)
class CancelAt(Node):
    """`cancel orders at 17:00`: delete all waiting orders at the first bar open at or after that time."""

    clock: Clock
    zone: str | None = None
    days: tuple[Day, ...] = ()


@dataclass(frozen=True)
class CancelWhen(Node):
    """`cancel long orders when COND`: delete the waiting orders of a side (None: all)."""

    side: Side | None
    when: Expr


@dataclass(frozen=True)
class DailyCap(Node):
    """`daily loss at most 3%`: no entry on a day whose closed trades have lost (or made) so much already.

    Percent is of the balance at the start of the day, else account currency.
    """

    tally: Literal["loss", "profit"]
    amount: Count
    percent: bool


@dataclass(frozen=True)
class SpreadCap(Node):
    """`spread at most 2 pips`: no entry is sent while the spread is wider."""

    distance: Expr


@dataclass(frozen=True)
class VolumeCap(Node):
    """`volume at most 2 lots`: no entry that would make the open volume of its symbol larger."""

    lots: Count


@dataclass(frozen=True)
class Wait(Node):
    """`wait 5 bars after loss`: no entry is decided until so many bars after such an event."""

    bars: Count
    event: Literal["entry", "exit", "loss", "win", "stop"]


@dataclass(frozen=True)
class Skip(Node):
    """`skip 1 entry after loss`: after each such trade the next entries are passed over."""

    entries: Count
    result: Literal["loss", "win"]


@dataclass(frozen=True)
class Hedging(Node):
    """`allow hedging`: an opposite entry opens beside the position held."""


@dataclass(frozen=True)
class OneCancelsOther(Node):
    """`one cancels other`: when a waiting order fills, the other waiting orders of its symbol go."""


@dataclass(frozen=True)
class Pyramid(Node):
    """`pyramid 3`: up to so many entries the same way."""

    entries: Count


@dataclass(frozen=True)
class NoReversal(Node):
    """`no reversal`: opposite entries are ignored while a position is open."""


Rule = Union[
    Entry, Exit, Reduce, Alert, Trade, Dates, Only, CloseAt, CancelAt, CancelWhen, DailyLimit, DailyCap, SpreadCap,
    VolumeCap, Wait, Skip, Pyramid, NoReversal, Hedging, OneCancelsOther,
]  # fmt: skip


@dataclass(frozen=True)
class Setting(Node):
    """`account commission 3.5`: what a backtest presumes unless it is told otherwise.

    Commission is per lot and side, spread and slippage are in points.
    """

    name: Literal["deposit", "leverage", "commission", "spread", "slippage"]
    value: Decimal


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
    also: tuple[str, ...] = ()
    """Further symbols that the same rules trade."""
    account: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Answer(Node):
    """What a model says that cannot answer with a program: it asks."""

    questions: tuple[str, ...]
