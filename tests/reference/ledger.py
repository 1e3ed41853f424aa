"""What one account has come to: its balance, the rows of closed trades, how entries ended, day by day and in a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .bars import at_least

STOPS = ("sl", "trailing", "breakeven")


@dataclass(frozen=True)
class Trade:
    """A closed position, or a part of one (rule 16). Times are open times of the bars of the fills."""

    side: str
    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    exit_reason: str
    volume: Decimal
    sl: float | None
    tp: float | None
    group: int = 0
    """The entry it belongs to."""
    symbol: str = ""

    @property
    def place(self) -> tuple[object, ...]:
        """Parts with the same one are one row."""
        return self.group, self.entry_time, self.entry_price, self.exit_time, self.exit_price, self.exit_reason


@dataclass(frozen=True)
class Closed:
    """An entry that is over: all its parts and adds have closed, the last one in the bar of that time."""

    symbol: str
    time: int
    profit: float
    reason: str


class Ledger:
    """Shared by all symbols of a strategy."""

    def __init__(self, deposit: float, leverage: int) -> None:
        self.balance = deposit
        self.leverage = leverage
        self.trades: list[Trade] = []
        self.closed: list[Closed] = []
        self.groups = 0
        self.profits: dict[int, float] = {}
        """By entry, so far."""
        self.results: dict[date, float] = {}
        """By the day of the closing fill."""
        self.fills: dict[date, int] = {}
        """Entries by the day of their fill."""
        self.entered: dict[str, int] = {}
        """The time of the newest fill of an entry, by symbol."""
        self.skips: list[list[object]] = []
        """For each `skip` rule: after which result, how many, how many are left."""

    def new_entry(self, symbol: str, time: int, day: date) -> int:
        self.groups += 1
        self.entered[symbol] = time
        self.fills[day] = self.fills.get(day, 0) + 1
        return self.groups

    def book(self, row: Trade, profit: float, day: date) -> None:
        """A position, or a part of it, has closed."""
        self.balance += profit
        self.profits[row.group] = self.profits.get(row.group, 0.0) + profit
        self.results[day] = self.results.get(day, 0.0) + profit
        for k, other in enumerate(self.trades):
            if other.place == row.place:  # parts that end together: one row
                self.trades[k] = replace(other, volume=other.volume + row.volume)
                return
        self.trades.append(row)

    def entry_closed(self, symbol: str, time: int, group: int, reason: str) -> None:
        """The last of an entry has closed."""
        ended = Closed(symbol, time, self.profits[group], reason)
        self.closed.append(ended)
        for rule in self.skips:
            if outcome(ended) == rule[0]:
                rule[2] = rule[1]

    def in_a_row(self, wanted: str) -> int:
        """How many of the newest closed entries ended like that."""
        count = 0
        for ended in reversed(self.closed):
            if outcome(ended) != wanted:
                break
            count += 1
        return count

    def newest(self, symbol: str, event: str) -> int | None:
        """When the last such thing happened in the symbol."""
        if event == "entry":
            return self.entered.get(symbol)
        found = [c.time for c in self.closed if c.symbol == symbol and happened(c, event)]
        return found[-1] if found else None

    def cap_reached(self, tally: str, amount: float, percent: bool, day: date) -> bool:
        """Whether the day's closed trades have lost (or made) so much; percent of the balance before its first deal."""
        result = self.results.get(day, 0.0)
        limit = (self.balance - result) * amount / 100 if percent else amount
        return at_least(result if tally == "profit" else -result, limit)


def outcome(ended: Closed) -> str | None:
    """`loss`, `win`, or None for neither."""
    if ended.profit > 1e-9:
        return "win"
    return "loss" if ended.profit < -1e-9 else None


def happened(ended: Closed, event: str) -> bool:
    if event == "stop":
        return ended.reason in STOPS
    return event == "exit" or outcome(ended) == event
