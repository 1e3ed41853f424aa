"""Walk-forward: choose on one stretch of bars, trade the choice on the next, move on; the pieces that were traded are
joined into one run.

Nothing of a test, or of what follows it, is known to the choice: a search sees its own bars and those before them
(signals are warmed up there, nothing is traded). The joined run is one account: each test begins with what the one
before has left, and closes its positions at its last bar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from mas.metric_table import Value
from mas.metrics import compute_metrics
from mas.results import Backtest
from nl2strat.errors import UsageError
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.forward import days
from nl2strat.research.joined import joined
from nl2strat.research.optimise import nothing_found, ranking
from nl2strat.research.studies import Found, Search, Tried, Window
from nl2strat.research.windows import WalkWindow, Windows

if TYPE_CHECKING:
    from mas.bars import Bars


@dataclass(frozen=True)
class Step:
    """One window: what was chosen in it, and what that made afterwards."""

    window: WalkWindow
    found: Found
    chosen: Tried | None
    """None: nothing could be chosen, and nothing was traded."""
    why_not: str
    test: Backtest | None
    figures: dict[str, Value]
    """Of the test alone."""
    efficiency: float | None
    """Return a day of the test over return a day of the training; None where the training made nothing."""


@dataclass(frozen=True)
class Walked:
    """A finished walk-forward."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    joined: Backtest
    """All tests one after the other, on one account."""
    figures: dict[str, Value]
    """Of the joined run."""
    efficiency: float | None
    """Mean return a day of all tests over that of the trainings; None where the trainings made nothing."""

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped before its last window."""
        return any(step.found.ended == "interrupted" for step in self.steps)


def walk_forward(
    evaluator: Evaluator, windows: Windows, search_on: Callable[[Window], Search],
    tell: Callable[[str], None] = lambda _: None,
) -> Walked:  # fmt: skip
    """Walk through the windows.

    Args: search_on: makes the search of a training.
    Raises: KeyboardInterrupt: in the first window. UsageError: in no window anything could be chosen.
    """
    steps: list[Step] = []
    notes = list(windows.notes)
    balance = evaluator.settings.deposit
    for place, window in enumerate(windows.steps):
        tell(f"window {place + 1} of {len(windows.steps)}")
        search = search_on(Window((window.train,)))
        found = search.run()
        step = _step(evaluator, search, found, window, balance)
        steps.append(step)
        if step.test is not None:
            balance = float(step.test.balance[-1])
        if found.ended:
            notes.append(f"stopped in window {window.number}; the windows after it were not tried")
            break
        if balance <= 0:
            notes.append(f"the account was lost in window {window.number}; nothing was traded after it")
            break
    if all(step.test is None for step in steps):
        if steps[-1].found.ended:
            raise KeyboardInterrupt
        raise UsageError(f"nothing could be chosen in any of {len(steps)} windows; in the first: {steps[0].why_not}")
    pieces = [(evaluator.bars[slice(*step.window.test)], step.test) for step in steps]
    whole = joined(pieces, evaluator.settings.deposit)
    return Walked(tuple(steps), tuple(notes), whole, compute_metrics(whole), _overall(evaluator, steps))


def _step(evaluator: Evaluator, search: Search, found: Found, window: WalkWindow, balance: float) -> Step:
    admissible = [tried for tried in found.distinct if tried.admissible]
    if not admissible or found.ended:
        why = "it was not searched to its end" if found.ended else str(nothing_found(found, search.plan))
        return Step(window, found, None, why, None, {}, None)
    chosen = ranking(admissible)[0]
    test = with_deposit(evaluator, balance).backtest(chosen.values, *window.test)
    figures = compute_metrics(test)
    before = _by_day(evaluator.bars, window.train, chosen.measured[0].figures.get("total_return_percent"))
    after = _by_day(evaluator.bars, window.test, figures["total_return_percent"])
    efficiency = after / before if before is not None and after is not None and before > 0 else None
    return Step(window, found, chosen, "", test, figures, efficiency)


def with_deposit(evaluator: Evaluator, deposit: float) -> Evaluator:
    """The same, on an account with another deposit, whatever the strategy says of it."""
    if deposit == evaluator.settings.deposit:
        return evaluator
    settings = replace(evaluator.settings, deposit=deposit, given=evaluator.settings.given | {"deposit"})
    return Evaluator(evaluator.compiled, evaluator.bars, settings, evaluator.finer)


def _by_day(bars: Bars, part: tuple[int, int], percent: Value) -> float | None:
    length = days(bars, *part)
    return None if percent is None or length <= 0 else float(percent) / length


def _overall(evaluator: Evaluator, steps: Sequence[Step]) -> float | None:
    """Of the windows in which something was chosen: an equal weight for each."""
    before, after = [], []
    for step in steps:
        if step.chosen is None:
            continue
        trained = step.chosen.measured[0].figures.get("total_return_percent")
        before.append(_by_day(evaluator.bars, step.window.train, trained) or 0.0)
        after.append(_by_day(evaluator.bars, step.window.test, step.figures["total_return_percent"]) or 0.0)
    return fmean(after) / fmean(before) if before and fmean(before) > 0 else None
