"""What the runtime knows about an order and the position made from it beside what the terminal knows.

A `Plan` is what `MAS.manage` was told about an order; `Held` is a position with its plan, the distances settled at the
fill, and how far the plan has been carried out. `management` does the work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import field

from mas import fills
from mas.adds import Extended
from mas.dataclass import dataclass
from mas.distances import Distance, Percent, settled
from mas.errors import ParameterError
from mas.schedules import Schedule
from mas.terminals.simulated.book import Position

Level = float | Callable[[], float]
"""A price: fixed, or what it is at the close being handled (NaN while that is not available)."""

_MOVERS = {fills.KEPT: "", fills.EVEN: "breakeven", fills.TRAILED: "trailing"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds entries back beside the positions that are open; None is "no such limit".

    `spread_at_most` is a price distance, `volume_at_most` lots; `daily_loss` and `daily_profit` are account currency or
    `Percent` of the balance at the start of the day. `wait`: bars after an event, ("loss", 5) each. `skip`: entries
    after a result, ("loss", 1) each.
    """

    spread_at_most: float | None = None
    volume_at_most: float | None = None
    daily_loss: float | Percent | None = None
    daily_profit: float | Percent | None = None
    wait: tuple[tuple[str, float], ...] = ()
    skip: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for event, _ in self.wait:
            if event not in ("entry", "exit", "loss", "win", "stop"):
                raise ParameterError(f'there is no waiting after "{event}": say entry, exit, loss, win or stop')
        for result, _ in self.skip:
            if result not in ("loss", "win"):
                raise ParameterError(f'entries are skipped after a loss or a win, not after "{result}"')


@dataclass(frozen=True, slots=True)
class Policy:
    """The entry policy (rule 6) under which an order was sent; a waiting order meets it again when it fills."""

    pyramid: int = 1
    reversal: bool = True
    trades_per_day: int | None = None
    pending: bool = False
    hedging: bool = False
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class TargetStep:
    """From an age on (in bars) the target is elsewhere: at a distance from the entry, or at a price."""

    bars: int
    distance: Distance | None = None
    price: Level | None = None


@dataclass(slots=True)
class Plan:
    """What is to be done about one order and its position. Ages are in bars; None is "nothing of the kind"."""

    stop_distance: Distance | None = None
    target_distance: Distance | None = None
    target_steps: tuple[TargetStep, ...] = ()
    """In order of their ages."""
    trail: Distance | None = None
    trail_after: Distance | None = None
    line: Level | None = None
    """A price that the stop follows."""
    line_after: Distance | None = None
    even_after: Distance | None = None
    even_plus: Distance = 0.0
    locks: tuple[tuple[Distance, Distance], ...] = ()
    """(profit at which the stop comes to lie, profit that must be reached) each."""
    close_after: int | None = None
    close_at: tuple[Schedule, ...] = ()
    valid_bars: int | None = None
    valid_until: tuple[Schedule, ...] = ()
    group: Hashable = None
    tag: str | None = None
    reverses: bool = False
    cancel_at: tuple[Schedule, ...] = ()
    one_cancels_other: bool = False
    extended: Extended | None = None
    """The entry as its adds know it."""
    adds: bool = False
    """The order adds to an entry."""
    policy: Policy | None = None

    @property
    def rows(self) -> Hashable:
        """The group whose trades may be one row (see `results.merge_parts`); what was added is not part of one."""
        return None if self.adds else self.group


NO_PLAN = Plan()
"""Of orders that nothing was said about. Never changed: who has something to say makes a plan of its own."""


@dataclass(slots=True)
class Held:
    """A position as the strategy that opened it sees it."""

    position: Position
    risk: float
    """1R: distance from the fill to the stop as it was sent; NaN without a stop."""
    plan: Plan = field(default_factory=lambda: NO_PLAN)
    extreme: float = math.nan
    """Best price since the entry, NaN before its first bar has closed."""
    scanned: int = 0
    """Bars before this one are known to hold no better price."""
    trail: float = math.nan
    trail_after: float = -math.inf
    line_after: float = -math.inf
    even_after: float = math.nan
    even_plus: float = 0.0
    locks: tuple[tuple[float, float], ...] = ()
    """The plan's distances, settled at the fill (see `fills.managed_stop`); locks that are done are gone."""
    stepped: int = 0
    """How many of the plan's target steps have been taken."""
    reduced: frozenset[str] = frozenset()
    """Rules that have taken their part of it; each may once."""

    def settle(self) -> None:
        """Work out the plan's distances now that the fill is known."""
        plan, fill, risk = self.plan, self.position.entry, self.risk

        def known(distance: Distance | None, otherwise: float) -> float:
            return otherwise if distance is None else settled(distance, fill, risk)

        self.trail = known(plan.trail, math.nan)
        self.trail_after = known(plan.trail_after, -math.inf)
        self.line_after = known(plan.line_after, -math.inf)
        self.even_after = known(plan.even_after, math.nan)
        self.even_plus = settled(plan.even_plus, fill, risk)
        self.locks = tuple((settled(profit, fill, risk), settled(after, fill, risk)) for profit, after in plan.locks)

    @property
    def moves(self) -> bool:
        """Whether its stop may still be moved."""
        return self.plan.line is not None or self.moves_at_extremes

    @property
    def moves_at_extremes(self) -> bool:
        """Whether a better price than ever since the entry may move its stop."""
        return self.trail > 0.0 or self.even_after == self.even_after or bool(self.locks)

    @property
    def trails_at_once(self) -> bool:
        return self.trail > 0.0 and self.trail_after == -math.inf

    @property
    def since(self) -> int:
        """The bar from which its age counts: that of its fill, or of the entry that it adds to."""
        return self.position.bar if self.plan.extended is None else self.plan.extended.since

    def age(self, bar: int) -> int:
        """Bars since entry at the close of a bar: 1 at the close of the entry bar (rule 13)."""
        return bar - self.since + 1

    def aged(self, bars: int) -> int:
        """The bar at whose close it is that old."""
        return self.since + bars - 1

    def target_of(self, step: TargetStep) -> float:
        """Where a step puts the target now; NaN while that is not known."""
        position = self.position
        if step.distance is not None:
            return position.entry + position.side * settled(step.distance, position.entry, self.risk)
        return math.nan if step.price is None else price_of(step.price)


def price_of(level: Level) -> float:
    """The price at the close being handled; NaN while it is not available."""
    return level() if callable(level) else level


def moved_stop(held: Held, tick: float, digits: int) -> tuple[str, float]:
    """Where a position's stop comes to lie at a bar close, its extreme being known, and why ("" if it stays).

    Break-even first, then trailing, locked profit, and a line that it follows: each only if it protects more. What is
    done with is taken off `held`.
    """
    position = held.position
    side, entry = position.side, position.entry
    profit = fills.extreme_profit(side, entry, held.extreme)
    mover, level = fills.managed_stop(
        side, entry, held.extreme, position.sl, held.trail, held.trail_after, held.even_after,
        entry + side * held.even_plus, tick, digits,
    )  # fmt: skip
    reason = _MOVERS[mover]
    if fills.at_or_above(profit, held.even_after):
        held.even_after = math.nan
    for locked, after in held.locks:
        if fills.at_or_above(profit, after):
            reason, level = _better(side, entry + side * locked, level, tick, digits, "breakeven", reason)
    held.locks = tuple(lock for lock in held.locks if not fills.at_or_above(profit, lock[1]))
    if held.plan.line is not None and (held.line_after == -math.inf or fills.at_or_above(profit, held.line_after)):
        reason, level = _better(side, price_of(held.plan.line), level, tick, digits, "trailing", reason)
    return reason, level


def _better(
    side: int, offered: float, level: float, tick: float, digits: int, mover: str, reason: str
) -> tuple[str, float]:
    raised = fills.advanced_stop(side, offered, level, tick, digits)
    return (reason, level) if raised == level else (mover, raised)
