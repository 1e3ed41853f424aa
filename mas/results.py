"""What a backtest leaves behind: trades, the account's curve, and everything that did not go as asked.

Plain frozen data: reports, metrics and tests read it, nothing here computes a trade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mas.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mas.bars import Bars
    from mas.terminals.guarded.events import GuardEvent
    from mas.trade_columns import TradeColumns


EXIT_REASONS = (
    "signal", "reverse", "sl", "tp", "trailing", "breakeven", "time", "session", "limit", "stop_out", "end_of_data",
)  # fmt: skip
"""Why a trade may end (EXECUTION, the machine-readable result)."""


class ClosedTrade(NamedTuple):
    """One round trip, or one part of it where a position was closed in parts.

    A backtest makes them by the ten thousand: a named tuple takes a tenth of the time of a frozen dataclass.
    """

    symbol: str
    side: str
    """"long" or "short"."""
    volume: float
    """Lots."""
    entry_time: int
    """Open time (epoch seconds, the data's clock) of the bar in which the entry filled."""
    exit_time: int
    entry_price: float
    exit_price: float
    sl: float | None
    """Stop loss and take profit as first set; None where there was none."""
    tp: float | None
    profit: float
    """Price profit in the account currency, costs not taken off."""
    commission: float
    """Zero or negative, entry and exit together."""
    swap: float
    exit_reason: str
    """One of `EXIT_REASONS`."""
    entry_bar: int
    exit_bar: int
    ambiguous: bool
    """Stop and target both lay inside the exit bar, so the stop was presumed (rule 11)."""
    order_id: str
    """The id that `send_order` returned for the entry."""
    comment: str = ""
    """The comment of the entry order: the rule it came from."""
    pending: bool = False
    """Entered by a waiting order, inside its bar; False at the bar's first tick."""

    @property
    def net(self) -> float:
        """Profit after costs, account currency."""
        return self.profit + self.commission + self.swap

    @property
    def direction(self) -> int:
        """+1 long, -1 short."""
        return 1 if self.side == "long" else -1


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order that the terminal did not accept."""

    time: int
    """Open time of the bar at whose first tick it was sent."""
    text: str
    retcode: int


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the strategy said."""

    time: int
    """Of the decision: when the bar closed (epoch seconds, the data's clock)."""
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class Band:
    """Between what the net profit lies, whatever came first inside bars where the data do not say."""

    worst: float
    """Account currency: the stop first wherever stop and target may both have been reached."""
    best: float
    """The target first."""
    trades_depending: int
    """Trades whose end depended on it."""


@dataclass(frozen=True, slots=True)
class MarginUse:
    """How close the account came to its stop-out (see `mas.margin_calls`)."""

    lowest: float | None = None
    """Lowest margin level, percent; None if no margin was ever used."""
    called: int | None = None
    """Open time of the first bar in which the broker's level for a margin call was reached; None: in none."""


@dataclass(frozen=True)
class Played:
    """One symbol of a run over several."""

    bars: Bars
    spread_points: npt.NDArray[np.float64]
    """The spread charged at each of its bars, points."""
    spread: str
    """Which spread that is, in words."""


@dataclass(frozen=True)
class Backtest:
    """Result of one run over one stretch of bars.

    With several symbols, "bar" in it means a moment of their common clock (the union of their bars' open times), in
    trades too; `bars` are the main symbol's, filled up at moments at which it has none.
    """

    bars: Bars
    deposit: float
    currency: str
    trades: tuple[ClosedTrade, ...]
    """In order of their exits."""
    balance: npt.NDArray[np.float64]
    """Per bar close, shape (bars,): deposit and everything realised up to that close."""
    equity: npt.NDArray[np.float64]
    """Per bar close: balance plus the floating profit of what is open."""
    conflicts: int = 0
    """Closes at which a long and a short entry cancelled out (rule 6)."""
    ambiguous: int = 0
    """Bars that held both the stop and the target of a position (rule 11)."""
    refused: tuple[Refusal, ...] = ()
    orders_sent: int = 0
    """Accepted orders, closing orders included."""
    unfilled: int = 0
    """Waiting orders that ended without a fill, and orders decided on the last bar."""
    leverage: int = 100
    spread: str = ""
    """Which spread was charged, in words: "2 points", "column of the data", "EURUSD specification, 10 points"."""
    spread_points: npt.NDArray[np.float64] | None = None
    """The spread charged at each bar, points, shape (bars,); None: the bars' own column, else the specification's."""
    notes: tuple[str, ...] = ()
    """Approximations a reader must know of (such as a currency conversion at a fixed rate)."""
    modelling: str = "pessimistic"
    """How prices moved inside bars: one of `mas.modelling.MODES`."""
    fallback: int = 0
    """Bars that were played by the pessimistic rule for want of finer data that agree with them."""
    band: Band | None = None
    """None if it was not asked for, or if the strategy cannot be run again."""
    alerts: tuple[Alert, ...] = ()
    held_back: Mapping[str, int] = field(default_factory=dict)
    """How many entries were not taken, by the reason: "wait", "daily loss", "daily profit", "spread", "skip" or
    "volume"."""
    guards: tuple[GuardEvent, ...] = ()
    """What guards have done, in order; orders that they refused are among it, and not in `refused`."""
    margin: MarginUse = MarginUse()
    played: tuple[Played, ...] = ()
    """Each symbol of a run over several, the main one first; empty with one."""

    @cached_property
    def columns(self) -> TradeColumns:
        """The trades as columns."""
        from mas.trade_columns import TradeColumns

        return TradeColumns.of(self.trades)

    def knowing(self, columns: TradeColumns) -> Backtest:
        """The same, told its columns by somebody who has made them already."""
        self.__dict__["columns"] = columns
        return self

    @property
    def symbols(self) -> tuple[str, ...]:
        """What was played, the main symbol first."""
        return tuple(part.bars.symbol for part in self.played) or (self.bars.symbol,)

    @property
    def net(self) -> float:
        """Profit of all trades after costs."""
        return round(sum(trade.net for trade in self.trades), 8)


def merge_parts(trades: Iterable[tuple[object, ClosedTrade]]) -> list[ClosedTrade]:
    """One row for parts of one entry that ended together.

    Args: trades: (group or None, row) pairs in order of exit. Rows of a group with the same entry bar, entry price,
        exit bar, exit price and reason become one, in the place of the first.
    """
    merged: list[ClosedTrade] = []
    places: dict[object, int] = {}
    for group, trade in trades:
        entry, exit_ = (trade.entry_bar, trade.entry_price), (trade.exit_bar, trade.exit_price, trade.exit_reason)
        key = (group, trade.symbol, *entry, *exit_)
        place = places.get(key) if group is not None else None
        if place is None:
            places[key] = len(merged)
            merged.append(trade)
            continue
        first = merged[place]
        merged[place] = first._replace(
            volume=round(first.volume + trade.volume, 8),
            profit=round(first.profit + trade.profit, 8),
            commission=round(first.commission + trade.commission, 8),
            swap=round(first.swap + trade.swap, 8),
            ambiguous=first.ambiguous or trade.ambiguous,
            tp=first.tp if first.tp == trade.tp else None,
        )
    return merged
