"""What a strategy's own trading has come to: results by day, runs of wins and losses, when something last happened.

An entry is what was decided at once: the parts of a group, with what was added to it, count as one. It has closed when
its last part has, and its result is the sum of theirs, costs included. Times are bars of the symbol that was traded;
sums and runs are those of all symbols together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from mas.dataclass import dataclass
from mas.results import ClosedTrade

STOPS = frozenset({"sl", "trailing", "breakeven"})
"""Exit reasons that are a stop."""

_EVENTS: dict[tuple[str | None, bool], tuple[str, ...]] = {
    ("won", False): ("exit", "win"),
    ("won", True): ("exit", "win", "stop"),
    ("lost", False): ("exit", "loss"),
    ("lost", True): ("exit", "loss", "stop"),
    (None, False): ("exit",),
    (None, True): ("exit", "stop"),
}
"""By the result of an entry, and whether its stop has ended it."""

_DAY = 86_400
_CENTS = 8
"""Decimals to which sums of money are rounded: beyond them there is only float noise."""


@dataclass(frozen=True, slots=True)
class Finished:
    """An entry that has closed."""

    symbol: str
    profit: float
    """Account currency, after costs."""
    reason: str
    """Why its last part was closed."""

    @property
    def result(self) -> str | None:
        """ "won", "lost", or None for neither."""
        return "won" if self.profit > 0.0 else "lost" if self.profit < 0.0 else None

    @property
    def events(self) -> tuple[str, ...]:
        """What has happened with it, in the words of the language."""
        return _EVENTS[self.result, self.reason in STOPS]


class Ledger:
    """Kept by the managements of all symbols of a run together; `opened` and `closed` are told in order of time."""

    def __init__(self) -> None:
        self.held_back: Counter[str] = Counter()
        """How many entries were not taken, by the reason (see `mas.limits`)."""
        self._losses = self._wins = 0
        self._last: Finished | None = None
        self._results: defaultdict[int, float] = defaultdict(float)
        self._partly: dict[Hashable, float] = {}
        self._when: dict[tuple[str, str], int] = {}
        self._times: dict[tuple[str, str], int] = {}
        self._finished: Counter[str] = Counter()
        self._skipping: dict[int, tuple[int, float]] = {}
        """Of each rule that skips entries: at how many such results it began, and how many entries are left."""
        self._unread: list[tuple[ClosedTrade, Hashable, int]] = []
        """Entries that have `ended` and were not looked at yet: most runs never ask."""

    # ------------------------------------------------------------- what is told

    def opened(self, symbol: str, bar: int, time: int) -> None:
        """An entry's order has filled and made a position. Args: bar: of its symbol. time: epoch seconds."""
        key = symbol, "entry"
        self._when[key], self._times[key] = bar, time

    def closed(self, trade: ClosedTrade, entry: Hashable, bar: int, day: int, *, remains: bool) -> Finished | None:
        """A position, or a part of it, has closed.

        Args: entry: what it is a part of. bar: of its symbol. day: days since the epoch, the data's clock. remains:
            whether something of the entry is still open.
        Returns: the entry, if that has closed.
        """
        self._read()
        total = self._add(entry, trade.net, day)
        if remains:
            self._partly[entry] = total
            return None
        return self._finish(Finished(trade.symbol, total, trade.exit_reason), bar, trade.exit_time)

    def ended(self, trade: ClosedTrade, entry: Hashable, bar: int) -> None:
        """An entry has closed with its only position, or the last; args as those of `closed`."""
        self._unread.append((trade, entry, bar))

    def _read(self) -> None:
        """Look at what has ended."""
        if not self._unread:
            return
        unread, self._unread = self._unread, []
        for trade, entry, bar in unread:
            total = self._add(entry, trade.net, trade.exit_time // _DAY)
            self._finish(Finished(trade.symbol, total, trade.exit_reason), bar, trade.exit_time)

    def _add(self, entry: Hashable, net: float, day: int) -> float:
        """Enter a result. Returns: what its entry has come to so far."""
        self._results[day] = round(self._results[day] + net, _CENTS)
        return round((self._partly.pop(entry, 0.0) if self._partly else 0.0) + net, _CENTS)

    def _finish(self, finished: Finished, bar: int, time: int) -> Finished:
        self._last = finished
        for event in finished.events:
            key = finished.symbol, event
            self._when[key] = bar
            self._times[key] = time
            self._finished[event] += 1
        result = finished.result
        self._losses = self._losses + 1 if result == "lost" else 0
        self._wins = self._wins + 1 if result == "won" else 0
        return finished

    # ------------------------------------------------------------- what is asked

    @property
    def losses(self) -> int:
        """In a row, up to the last entry that has closed."""
        self._read()
        return self._losses

    @property
    def wins(self) -> int:
        """In a row, up to the last entry that has closed."""
        self._read()
        return self._wins

    @property
    def last(self) -> Finished | None:
        """The last entry that has closed."""
        self._read()
        return self._last

    def result_on(self, day: int) -> float:
        """What the positions and parts closed on a day have brought, after costs, account currency."""
        self._read()
        return self._results.get(day, 0.0)

    def in_a_row_after(self, closing: Sequence[tuple[Hashable, float]]) -> tuple[int, int]:
        """Losses and wins in a row once more has closed. Args: closing: of each position its entry, all of which ends,
        and its profit after costs."""
        self._read()
        totals: dict[Hashable, float] = {}
        for entry, net in closing:
            before = totals.pop(entry, self._partly.get(entry, 0.0))
            totals[entry] = round(before + net, _CENTS)  # last in order: an entry ends with its last part
        losses, wins = self._losses, self._wins
        for total in totals.values():
            losses, wins = losses + 1 if total < 0.0 else 0, wins + 1 if total > 0.0 else 0
        return losses, wins

    def when(self, symbol: str, event: str) -> int | None:
        """The bar of the symbol in which the last such event was; None before the first.

        Args: event: "entry" (a fill), or of an entry that has closed "exit", "loss", "win", "stop".
        """
        self._read()
        return self._when.get((symbol, event))

    def remembered(self) -> tuple[object, ...]:
        """What rules may ask of the past, sums of money left out, to be compared with another ledger's."""
        self._read()
        return self._losses, self._wins, tuple(sorted(self._when.items())), tuple(sorted(self._finished.items()))

    def time(self, symbol: str, event: str) -> int | None:
        """The time of the last such event (epoch seconds); None before the first."""
        self._read()
        return self._times.get((symbol, event))

    def skips(self, rules: Sequence[tuple[str, float]]) -> bool:
        """Whether the entry that would be sent now is passed over, which is counted down.

        Args: rules: the strategy's, always in the same order: ("loss", 2) passes over two entries after each loss.
        """
        self._read()
        passed = False
        for place, (result, entries) in enumerate(rules):
            count = self._finished[result]
            began, left = self._skipping.get(place, (0, 0.0))
            if count != began:
                left = entries
            if left >= 1:
                passed, left = True, left - 1
            self._skipping[place] = (count, left)
        return passed
