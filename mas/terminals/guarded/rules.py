"""What a file of guards says, as plain data; `reading` makes it from TOML, docs/guards.md explains every key.

None is "no such limit". Money is account currency, times are those of the server's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ACTIONS, HALTS, SCOPES = ("flatten", "refuse"), ("day", "good"), ("account", "strategy")
MEASURES, STARTS = ("equity", "balance"), ("balance", "equity", "higher")
KINDS, PEAK_TIMES = ("static", "trailing", "locking"), ("tick", "day")
LOSS_BASES, DRAWDOWN_BASES = ("initial", "start"), ("initial", "peak")
ALARMS = ("alarm", "halt")

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Lots:
    """Most lots: of one order, and open and waiting together, of a symbol and in total."""

    per_order: float | None = None
    per_symbol: float | None = None
    total: float | None = None


@dataclass(frozen=True)
class Positions:
    """Most positions, waiting orders counted as if all of them had filled."""

    per_symbol: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Rate:
    """Most orders that open something or wait, in any 60 seconds and in a day."""

    per_minute: int | None = None
    per_day: int | None = None


@dataclass(frozen=True)
class Limit:
    """What both kinds of loss limits say: how much may be lost, measured how, and what happens then."""

    name: str
    percent: float | None = None
    amount: float | None = None
    """One of the two is given."""
    percent_of: str = "initial"
    measure: str = "equity"
    """What may not fall too far: "equity" or "balance"."""
    act_at: float = 100.0
    """Percent of the limit at which the guard acts."""
    risk: bool = False
    """Refuse an order if all stops being hit, its own included, would go beyond the limit."""
    action: str = "flatten"
    halt: str = "day"

    def money(self, base: float) -> float:
        """How much may be lost before the guard acts, account currency."""
        whole = self.amount if self.percent is None else self.percent / 100.0 * base
        assert whole is not None
        return whole * self.act_at / 100.0


@dataclass(frozen=True)
class DailyLoss(Limit):
    """Loss since the day began, from its `start`: the balance then, the equity then, or the higher of both."""

    start: str = "balance"


@dataclass(frozen=True)
class Drawdown(Limit):
    """Loss from the initial balance ("static"), from the peak ("trailing"), or from the peak until the floor has come
    to the initial balance plus `lock_at`, where it stays ("locking")."""

    kind: str = "static"
    peak_of: str = "equity"
    peak_at: str = "tick"
    """When the peak is taken: at every look, or at each start of a day."""
    lock_at: float = 0.0
    halt: str = "good"


@dataclass(frozen=True)
class Spread:
    """Widest spread at which an order may open something, points."""

    points: float | None = None
    by_symbol: Mapping[str, float] = field(default_factory=dict)

    def limit(self, symbol: str) -> float | None:
        """For a symbol."""
        return self.by_symbol.get(symbol, self.points)


@dataclass(frozen=True)
class Hours:
    """When new risk may be taken, minutes of the day by weekday (0 Sunday); outside nothing waits, either."""

    trade: Mapping[int, Spans] | None = None
    outside: str = "refuse"


@dataclass(frozen=True)
class Weekend:
    """From when to when nothing may be open, minutes of the week (0: Sunday midnight)."""

    flat_from: int | None = None
    until: int = 1440


@dataclass(frozen=True)
class Quotes:
    """Seconds after which a quote that has not changed is too old to open anything on."""

    max_age: float | None = None


@dataclass(frozen=True)
class Slippage:
    """Points by which a fill may be worse than the quote it was sent on."""

    points: float | None = None
    action: str = "alarm"


@dataclass(frozen=True)
class Margin:
    """Margin levels, percent: the least that an order may leave, and the one at which everything is closed."""

    min_level: float | None = None
    flatten_level: float | None = None
    halt: str = "day"


@dataclass(frozen=True)
class Symbols:
    """What may be traded: what is allowed (if anything is listed) and not forbidden."""

    allowed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kill:
    """A file whose existence ends all trading."""

    file: str = ""
    action: str = "flatten"


@dataclass(frozen=True)
class Rules:
    """All guards of an account."""

    source: str = ""
    """The file or the preset they are from."""
    about: str = ""
    initial: float | None = None
    """Starting balance; None: the balance when the guards look for the first time."""
    day_starts: int = 0
    """Minute of the server's day."""
    scope: str = "account"
    """Whose positions and orders count in limits of lots, positions and orders."""
    flatten: str = "strategy"
    """Whose positions and orders a guard closes."""
    reserve: float = 0.0
    """What closing a lot may cost (commission, slippage), kept back from every equity limit."""
    lots: Lots = Lots()
    positions: Positions = Positions()
    rate: Rate = Rate()
    daily_loss: tuple[DailyLoss, ...] = ()
    drawdown: tuple[Drawdown, ...] = ()
    spread: Spread = field(default_factory=Spread)
    hours: Hours = field(default_factory=Hours)
    weekend: Weekend = Weekend()
    quotes: Quotes = Quotes()
    slippage: Slippage = Slippage()
    margin: Margin = Margin()
    symbols: Symbols = Symbols()
    kill: Kill = Kill()

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The loss limits."""
        return (*self.daily_loss, *self.drawdown)
