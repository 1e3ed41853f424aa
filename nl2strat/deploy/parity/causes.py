"""Why a run did something else than the backtest: what its journal says of that bar.

A cause is named only where the records show it: a request that was refused, a note, a command, a quote that was another
than the bar's, a level that the bar did not reach.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from mas import constants as mt5
from mas.terminals.guarded.events import by_guard
from mas.terminals.retcodes import ACCEPTED
from mas.trading.inputs import Closed, Ended, Moved
from mas.trading.session import MISSED, PAUSED
from nl2strat.deploy.parity.deeds import CHANGE, ENTRY, EXIT, LEVELS, ORDER, REMOVAL, Deed
from nl2strat.deploy.parity.rerun import Step
from nl2strat.deploy.parity.told import WAITED, Request, Stretch
from nl2strat.deploy.parity.wording import number, points

_LEAST = 1e-8
_BY_MONEY = frozenset({"daily loss", "daily profit"})


class Cause(StrEnum):
    """Kinds of reasons."""

    SPREAD = "spread"
    QUOTE = "quote"
    """The quote at which the run acted was not the bar's first one."""
    SLIPPAGE = "slippage"
    PARTIAL = "partial fill"
    INSIDE = "inside the bar"
    """What came first, or how far the ask went, inside a bar: the bar does not say."""
    MISSED = "missed bar"
    PAUSED = "paused"
    COMMAND = "command"
    GUARD = "guard"
    REFUSED = "refused"
    EXPIRED = "expired"
    """The process was not there in time."""
    BY_HAND = "by hand"
    REVISED = "revised bar"
    SIGNALS = "signals"
    COSTS = "costs"
    FOLLOWS = "follows"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Found:
    """A cause, and a sentence about it."""

    cause: Cause
    why: str


def other_fields(run: Deed, test: Deed, point: float) -> list[str]:
    """In what two deeds differ, by name."""
    names = [
        name
        for name in ("price", "sl", "tp")
        if not (name == "price" and run.what == LEVELS)
        and not (name != "price" and run.what == EXIT)
        and abs(getattr(run, name) - getattr(test, name)) > point * 1e-3
    ]
    if run.what != LEVELS and abs(run.volume - test.volume) > _LEAST:
        names.append("volume")
    if run.what == EXIT and run.reason != test.reason:
        names.append("reason")
    return names


@dataclass(frozen=True)
class Scene:
    """One bar of the run and of the backtest.

    Args: point: of the symbol. exact: the run's quotes were those that the backtest makes of the bar.
    """

    stretch: Stretch
    step: Step
    point: float
    exact: bool = False
    before: Stretch | None = None
    """The one before it: what a guard closes is heard of a bar later."""

    # ------------------------------------------------------------- both did it, not alike

    def explain(self, run: Deed, test: Deed, names: list[str]) -> Found | None:
        """Why the two differ in these fields; None: the bar has no reason."""
        if run.what in (LEVELS, CHANGE):
            return self._moved(run) or self._other_signals()
        if run.what == ORDER:
            return self._other_quote(run, names) or self._other_signals()
        if "reason" in names:
            return self._other_end(run, test)
        if names == ["volume"]:
            return self._partial(run) or self._other_signals()
        if "price" in names:
            return self._other_price(run, test)
        return self._moved(run) or self._other_signals()

    def _other_price(self, run: Deed, test: Deed) -> Found | None:
        gap = run.price - test.price
        if run.inside:
            if self.exact:
                return None
            text = f"it filled {points(gap, self.point)} from where the bar shows it"
            return Found(Cause.SLIPPAGE, text)
        request = self._request_of(run)
        if request is None:
            return None
        buys = (run.side == "long") == (run.what == ENTRY)
        quote = request.quote.ask if buys else request.quote.bid
        spread = self._bar_spread
        parts = {
            Cause.SLIPPAGE: run.price - quote,
            Cause.QUOTE: request.quote.bid - (test.price - spread if buys else test.price),
            Cause.SPREAD: (request.quote.ask - request.quote.bid - spread) if buys else 0.0,
        }
        told = {
            Cause.SLIPPAGE: f"filled {points(parts[Cause.SLIPPAGE], self.point)} from the quote",
            Cause.QUOTE: f"the quote stood {points(parts[Cause.QUOTE], self.point)} from the bar's first",
            Cause.SPREAD: f"the spread was {points(parts[Cause.SPREAD], self.point)} from the bar's",
        }
        if abs(sum(parts.values()) - gap) > self.point * 0.01:
            return None
        some = [cause for cause in parts if abs(parts[cause]) > self.point * 1e-3]
        worst = max(some, key=lambda cause: abs(parts[cause]))
        return Found(worst, "; ".join(told[cause] for cause in some))

    @property
    def _bar_spread(self) -> float:
        """What the backtest took as the spread at the first tick after this bar: price."""
        return self.step.spread

    def _other_quote(self, run: Deed, names: list[str]) -> Found | None:
        """A waiting order whose price or levels hang on a quote that was another than the bar's first."""
        request = next((r for r in self.stretch.requests if r.outcome.order == run.ticket), None)
        if request is None:
            return None
        gaps = {
            Cause.QUOTE: request.quote.bid - self.step.opening,
            Cause.SPREAD: request.quote.ask - request.quote.bid - self._bar_spread,
        }
        worst = max(gaps, key=lambda cause: abs(gaps[cause]))
        if abs(gaps[worst]) <= self.point * 1e-3:
            return None
        what = "quote" if worst is Cause.QUOTE else "spread"
        return Found(worst, f"the {what} was {points(gaps[worst], self.point)} from the bar's")

    def _partial(self, run: Deed) -> Found | None:
        request = next((r for r in self.stretch.requests if r.outcome.order == run.ticket), None)
        asked = float(request.intent.request.get("volume") or 0.0) if request is not None else 0.0
        if run.what != ENTRY or asked <= run.volume + _LEAST:
            return None
        return Found(Cause.PARTIAL, f"{run.volume:g} of {asked:g} lots were filled")

    def _other_end(self, run: Deed, test: Deed) -> Found | None:
        """Closed in the same bar, for another reason."""
        if run.inside and test.inside and not self.exact:
            return Found(
                Cause.INSIDE, f"{run.reason} came first, and the backtest presumes {test.reason}: both lie in the bar"
            )
        return alone(self, run, None)

    # ------------------------------------------------------------- what stands in the records

    def _other_signals(self) -> Found | None:
        """Whether the strategy's signals were others than the whole history makes them."""
        known, whole = self.stretch.bar.signals, self.step.signals
        names = [name for name, value in known.items() if name in whole and not _same(value, whole[name])]
        if not names:
            return None
        return Found(Cause.SIGNALS, f"over all bars {', '.join(names)} came out otherwise")

    def _moved(self, run: Deed) -> Found | None:
        event = next(
            (e for e in reversed(self.stretch.events) if isinstance(e, Moved) and e.ticket == run.ticket), None
        )
        if event is None:
            return None
        return Found(
            Cause.BY_HAND,
            f"somebody else moved it: stop {number(event.sl, self.point)}, target {number(event.tp, self.point)}",
        )

    def _request_of(self, deed: Deed) -> Request | None:
        """The request at the market by which the run did something."""
        for request in self.stretch.requests:
            asked = request.intent.request
            if asked.get("action") != mt5.TRADE_ACTION_DEAL or request.outcome.retcode not in ACCEPTED:
                continue
            closes = bool(asked.get("position"))
            if deed.what == ENTRY and not closes and request.outcome.order == deed.ticket:
                return request
            if deed.what == EXIT and self._closes(request, deed):
                return request
        return None

    def _closes(self, request: Request, deed: Deed) -> bool:
        events = request.outcome.seen.events
        return any(isinstance(e, Closed) and abs(e.price - deed.price) < self.point * 1e-3 for e in events)

    @cached_property
    def refused(self) -> list[Request]:
        """Requests of the run's that were not accepted."""
        fine = (*ACCEPTED, mt5.TRADE_RETCODE_NO_CHANGES)
        return [request for request in self.stretch.requests if request.outcome.retcode not in fine]

    def refusal(self, what: str, side: str) -> Found | None:
        """A refused request of the kind that would have done something."""
        for request in self.refused:
            if _kind_of(request.intent.request) not in _ASKED[what] or not _fits(request.intent.request, what, side):
                continue
            outcome = request.outcome
            if request.how == "expired":
                return Found(Cause.EXPIRED, "it was not sent while its bar was the newest: the process was not there")
            if by_guard(outcome.comment):
                return Found(Cause.GUARD, f"the guard {outcome.comment.removeprefix('guard ')} refused it")
            return Found(Cause.REFUSED, f"{outcome.comment} ({outcome.retcode})")
        return None

    def waited(self) -> Found | None:
        """Why entries were not sent."""
        reasons = {str(note.get("reason")) for note in self.stretch.notes if note.get("kind") in WAITED}
        if MISSED in reasons or self.stretch.bar.missed:
            return Found(Cause.MISSED, "the run saw the bar too late: no entries are taken then")
        if PAUSED in reasons or self.stretch.paused:
            return Found(Cause.PAUSED, "the run was paused")
        if "spread" in reasons and not self._is_bars_spread:
            return Found(Cause.SPREAD, "the spread was too wide when the run looked")
        return None

    @property
    def _is_bars_spread(self) -> bool:
        seen = self.stretch.bar.seen
        return abs(seen.ask - seen.bid - self._bar_spread) <= self.point * 1e-3

    def gone_instead(self) -> Found | None:
        """A waiting order that the server would not fill."""
        if not any(isinstance(e, Ended) and e.state == mt5.ORDER_STATE_REJECTED for e in self.stretch.events):
            return None
        return Found(Cause.REFUSED, "the server deleted the order when it was to be filled")

    def guard_note(self, *actions: str) -> Mapping[str, Any] | None:
        """An act of the run's guards in this bar."""
        notes = [*self.stretch.notes, *(self.before.notes if self.before is not None else ())]
        return next((note for note in notes if note.get("kind") == "guard" and note.get("action") in actions), None)

    @property
    def hangs_on_money(self) -> bool:
        """Whether a limit by the day's result has held entries back, here or there."""
        reasons = {str(note.get("reason")) for note in self.stretch.notes if note.get("kind") in WAITED}
        return bool((reasons | self.step.held_back) & _BY_MONEY)

    @property
    def flattened(self) -> str:
        """The command, if one closed everything."""
        told = [c for c in self.stretch.commands if c.name == "flatten"]
        return (
            "" if not told else f"told to {told[0].reason or 'flatten'}" + (f" by {told[0].by}" if told[0].by else "")
        )


_ASKED = {
    ENTRY: ("deal", "pending"), ORDER: ("pending",), EXIT: ("close",), LEVELS: ("levels",), CHANGE: ("change",),
    REMOVAL: ("remove",),
}  # fmt: skip


def alone(scene: Scene, run: Deed | None, test: Deed | None) -> Found | None:
    """Why only one side did something; None: the bar has no reason."""
    if run is None:
        assert test is not None
        return _only_backtest(scene, test)
    return _only_run(scene, run)


def _only_backtest(scene: Scene, deed: Deed) -> Found | None:
    found = scene.refusal(deed.what, deed.side)
    if found is not None:
        return found
    if deed.what in (ENTRY, ORDER):
        halted = scene.guard_note("halted", "refused")
        if halted is not None:
            return Found(Cause.GUARD, str(halted.get("text", "a guard forbade it")))
        if not deed.inside:
            waited = scene.waited()
            if waited is not None:
                return waited
    if deed.inside:
        return scene.gone_instead() or inside(scene, deed, in_run=False)
    return scene._other_signals() or _backtests_guard(scene, deed)


def _only_run(scene: Scene, deed: Deed) -> Found | None:
    if deed.what in (EXIT, REMOVAL):
        if scene.flattened and not deed.inside:
            return Found(Cause.COMMAND, scene.flattened)
        acted = scene.guard_note("closed", "halted")
        if acted is not None and not deed.inside:
            return Found(Cause.GUARD, str(acted.get("text", "a guard closed it")))
        if deed.reason == "manual":
            return Found(Cause.BY_HAND, "somebody else closed it")
    if deed.what in (LEVELS, CHANGE):
        moved = scene._moved(deed)
        if moved is not None:
            return moved
    if deed.inside:
        return inside(scene, deed, in_run=True)
    return scene._other_signals() or _backtests_guard(scene, deed)


def _backtests_guard(scene: Scene, deed: Deed) -> Found | None:
    """A guard that acted in the backtest and not in the run."""
    if not scene.step.guards:
        return None
    return Found(Cause.GUARD, f"in the backtest only: {scene.step.guards[0].text}")


def inside(scene: Scene, deed: Deed, *, in_run: bool) -> Found | None:
    """Whether a fill inside a bar is one that the bar leaves open.

    What the run filled, the bar may not reach by its own spread. What only the backtest filled, it reaches by its
    spread, and the run's quotes did not.
    """
    if scene.exact:
        return None
    bar, spread = scene.stretch.bar, scene.step.spread_inside
    asks = (deed.side == "long") == (deed.what == ENTRY)
    low, high = (bar.low + spread, bar.high + spread) if asks else (bar.low, bar.high)
    reached = low - scene.point * 1e-3 <= deed.price <= high + scene.point * 1e-3
    if in_run and not reached:
        text = f"{number(deed.price, scene.point)} was reached inside the bar, which does not show it"
        return Found(Cause.INSIDE, text)
    if not in_run and asks and reached:
        return Found(Cause.INSIDE, "by the bar's spread the ask reached it, and the run's quotes did not")
    if scene.step.levels_inside > 1:
        return Found(Cause.INSIDE, "several levels lie in the bar, and it does not say which came first")
    return None


def _kind_of(request: Mapping[str, Any]) -> str:
    action = request.get("action")
    if action == mt5.TRADE_ACTION_DEAL:
        return "close" if request.get("position") else "deal"
    return {
        mt5.TRADE_ACTION_PENDING: "pending", mt5.TRADE_ACTION_SLTP: "levels", mt5.TRADE_ACTION_MODIFY: "change",
        mt5.TRADE_ACTION_REMOVE: "remove", mt5.TRADE_ACTION_CLOSE_BY: "close",
    }.get(int(action or 0), "")  # fmt: skip


def _fits(request: Mapping[str, Any], what: str, side: str) -> bool:
    if what not in (ENTRY, EXIT):
        return True
    buys = int(request.get("type") or 0) % 2 == 0
    return buys == ((side == "long") == (what == ENTRY))


def _same(one: float | bool, other: float | bool) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return bool(one) == bool(other)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return abs(one - other) <= 1e-6 * max(1.0, abs(one), abs(other))
