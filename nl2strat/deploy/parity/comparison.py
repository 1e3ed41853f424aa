"""The run and the backtest side by side, bar by bar: what pairs up, what differs, and which difference follows from
which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nl2strat.deploy.parity.causes import Cause, Found, Scene, alone, other_fields
from nl2strat.deploy.parity.deeds import ENTRY, EXIT, ORDER, Deed, Picture
from nl2strat.deploy.parity.rerun import Step
from nl2strat.deploy.parity.told import Stretch
from nl2strat.deploy.parity.wording import in_words
from nl2strat.machine import iso

_KINDS = (ORDER, ENTRY, EXIT, "levels", "change", "removal")
_LEAST = 1e-8


@dataclass(frozen=True)
class Difference:
    """One decision that the run and the backtest did not make alike."""

    number: int
    """From 1 on."""
    bar: int
    """Open time of the bar at whose close, or in which, it was: epoch seconds of the data's clock."""
    what: str
    """ "entry", "exit", "levels", "order", "change", "removal", "bar" or "signals"."""
    side: str
    run: str
    """What the run did; empty: nothing."""
    backtest: str
    """What the backtest did; empty: nothing."""
    cause: Cause
    why: str
    """One sentence."""
    follows: int | None = None
    """The number of the difference without which this one would not be."""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "number": self.number, "bar": iso(self.bar), "what": self.what, "side": self.side, "run": self.run,
            "backtest": self.backtest, "cause": self.cause.value, "why": self.why, "follows": self.follows,
        }  # fmt: skip


@dataclass(frozen=True)
class ParityReport:
    """How a run relates to the backtest of the same bars."""

    run: str
    strategy: str
    symbol: str
    timeframe: str
    terminal: str
    bars: int
    """How many closes were compared."""
    first: int | None
    last: int | None
    """Open times of the first and the last of those bars."""
    decisions: int
    """How many things the run did."""
    alike: int
    """How many of them the backtest did just so."""
    trades: int
    """Closed trades of the run until the last of those bars."""
    net: float
    """What they came to, account currency."""
    backtest_trades: int
    backtest_net: float
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """The differences for which nothing in the run's records is a reason."""
        return tuple(one for one in self.differences if one.cause is Cause.UNEXPLAINED)

    @property
    def causes(self) -> dict[str, int]:
        """How many differences each cause has, the most frequent first."""
        return dict(Counter(one.cause.value for one in self.differences).most_common())

    def as_json(self) -> dict[str, Any]:
        """Plain data, for files and pages."""
        return {
            "run": self.run, "strategy": self.strategy, "symbol": self.symbol, "timeframe": self.timeframe,
            "terminal": self.terminal, "bars": self.bars,
            "from": None if self.first is None else iso(self.first),
            "to": None if self.last is None else iso(self.last),
            "decisions": self.decisions, "alike": self.alike, "trades": self.trades, "net": round(self.net, 2),
            "backtest_trades": self.backtest_trades, "backtest_net": round(self.backtest_net, 2),
            "causes": self.causes, "unexplained": len(self.unexplained),
            "differences": [one.as_json() for one in self.differences], "notes": list(self.notes),
        }  # fmt: skip


@dataclass
class Comparison:
    """Goes through both, stretch by stretch, and keeps what belongs together.

    Args: point: of the symbol. exact: see `Scene`.
    """

    point: float
    exact: bool = False
    differences: list[Difference] = field(default_factory=list)
    decisions: int = 0
    alike: int = 0
    _partner: dict[int, int] = field(default_factory=dict)
    """Positions and orders of the run, and those of the backtest that they are."""
    _owner: dict[int, int] = field(default_factory=dict)
    """The same the other way round."""
    _tainted: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    """Tickets of run and backtest that differ from their partners, or have none, and by which difference."""
    _past: int | None = None
    """The latest difference by which balances and what rules remember may have become different."""
    _before: tuple[Picture, Picture] | None = None
    _last: Stretch | None = None

    def add(self, stretch: Stretch, step: Step) -> None:
        """Compare one bar."""
        self.decisions += len(stretch.deeds)
        scene = Scene(stretch, step, self.point, self.exact, self._last)
        pairs, ours, theirs = self._pairs(stretch.deeds, step.deeds)
        first = len(self.differences)
        waiting: list[tuple[Deed | None, Deed | None, str]] = []
        for run, test in pairs:
            names = other_fields(run, test, self.point)
            if not names:
                self.alike += 1
            elif (found := scene.explain(run, test, names)) is not None:
                self._enter(stretch, run, test, found)
            else:
                waiting.append((run, test, ", ".join(names)))
        for one, other in (*((deed, None) for deed in ours), *((None, deed) for deed in theirs)):
            if (found := alone(scene, one, other)) is not None:
                self._enter(stretch, one, other, found)
            else:
                waiting.append((one, other, ""))
        for one, other, fields in waiting:
            self._enter(
                stretch,
                one,
                other,
                *self._consequence(
                    one, other, money=scene.hangs_on_money or fields == "volume", names=fields, first=first
                ),
            )
        self._before, self._last = (stretch.picture, step.picture), stretch

    # ------------------------------------------------------------- pairs

    def _pairs(
        self, ours: Sequence[Deed], theirs: Sequence[Deed]
    ) -> tuple[list[tuple[Deed, Deed]], list[Deed], list[Deed]]:
        """What belongs together, and what is left on each side."""
        pairs: list[tuple[Deed, Deed]] = []
        left: tuple[list[Deed], list[Deed]] = ([], [])
        for kind in _KINDS:
            run, test = [d for d in ours if d.what == kind], [d for d in theirs if d.what == kind]
            for rule in (self._are_partners_alike, self._are_partners, self._are_alike, self._share_rule, _share_side):
                for one in list(run):
                    other = next((d for d in test if rule(one, d)), None)
                    if other is None:
                        continue
                    run.remove(one)
                    test.remove(other)
                    pairs.append((one, other))
                    if kind in (ENTRY, ORDER):
                        self._partner[one.ticket], self._owner[other.ticket] = other.ticket, one.ticket
            left[0].extend(run)
            left[1].extend(test)
        return pairs, *left

    def _are_partners(self, run: Deed, test: Deed) -> bool:
        return self._partner.get(run.ticket) == test.ticket

    def _are_partners_alike(self, run: Deed, test: Deed) -> bool:
        return self._are_partners(run, test) and not other_fields(run, test, self.point)

    def _are_alike(self, run: Deed, test: Deed) -> bool:
        return self._are_new(run, test) and not other_fields(run, test, self.point)

    def _share_rule(self, run: Deed, test: Deed) -> bool:
        return self._are_new(run, test) and _share_side(run, test) and run.reason == test.reason

    def _are_new(self, run: Deed, test: Deed) -> bool:
        """Whether both make something that has no partner yet."""
        return run.what in (ENTRY, ORDER) and run.ticket not in self._partner and (test.ticket not in self._owner)

    # ------------------------------------------------------------- what follows from what

    def _enter(
        self, stretch: Stretch, run: Deed | None, test: Deed | None, found: Found, follows: int | None = None
    ) -> None:
        number = len(self.differences) + 1
        some = run or test
        assert some is not None
        self.differences.append(
            Difference(
                number, stretch.bar.time, some.what, some.side, in_words(run, self.point), in_words(test, self.point),
                found.cause, found.why, follows,
            )
        )  # fmt: skip
        root = number if follows is None else follows
        for deed, tickets in zip((run, test), self._tainted, strict=True):
            if deed is not None:
                tickets.setdefault(deed.ticket, root)
        if run is None or test is None:
            self._taint_partner(some, in_run=run is not None, root=root)
        if some.what in (ENTRY, EXIT):
            self._past = root

    def _taint_partner(self, deed: Deed, *, in_run: bool, root: int) -> None:
        """What only one of a pair did makes them different."""
        if in_run and deed.ticket in self._partner:
            self._tainted[1].setdefault(self._partner[deed.ticket], root)
        if not in_run and deed.ticket in self._owner:
            self._tainted[0].setdefault(self._owner[deed.ticket], root)

    def _consequence(
        self, run: Deed | None, test: Deed | None, *, names: str, first: int, money: bool
    ) -> tuple[Found, int | None]:
        """Why something differs for which the bar itself has no reason: because something differed before.

        Args: names: of what differs, if both did it. first: how many differences there were before this bar. money:
            whether it may hang on the balance.
        """
        root = self._root(run, test) or self._root_of_state()
        if root is not None:
            return Found(Cause.FOLLOWS, f"what was open was not the same, since difference {root}"), root
        before = self._before
        if before is not None and before[0].ledger != before[1].ledger and self._past is not None:
            text = f"what rules remember was not the same, since difference {self._past}"
            return Found(Cause.FOLLOWS, text), self._past
        if len(self.differences) > first:  # in the same bar: one thing made room for another
            root = self.differences[first].follows or self.differences[first].number
            return Found(Cause.FOLLOWS, f"it goes with difference {root}"), root
        gap = before[0].balance - before[1].balance if before is not None else 0.0
        if money and abs(gap) > 0.005:
            told = f"the balance was {gap:+.2f} from the backtest's"
            if self._past is not None:
                return Found(Cause.FOLLOWS, f"{told}, since difference {self._past}"), self._past
            return Found(Cause.COSTS, f"{told}: the broker's costs are not those of the backtest"), None
        what = f": {names} differ" if names else ""
        return Found(Cause.UNEXPLAINED, f"nothing in the run's records is a reason{what}"), None

    def _root(self, run: Deed | None, test: Deed | None) -> int | None:
        """The difference that the positions or orders which these are about have already."""
        for deed, tickets in zip((run, test), self._tainted, strict=True):
            if deed is not None and deed.ticket in tickets:
                return tickets[deed.ticket]
        return None

    def _root_of_state(self) -> int | None:
        """The difference that something which was open or waiting before has."""
        for picture, tickets in zip(self._before or (), self._tainted, strict=False):
            for ticket in (*picture.positions, *picture.orders):
                if ticket in tickets:
                    return tickets[ticket]
        return None


def _share_side(run: Deed, test: Deed) -> bool:
    return run.what in (ENTRY, ORDER) and run.side == test.side
