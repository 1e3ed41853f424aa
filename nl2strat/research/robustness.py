"""How far a backtest can be believed: all checks of a finished run, what was not checked, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nl2strat.library.fingerprint import sha256
from nl2strat.library.tried import Period, Tried, tried_on
from nl2strat.research.checks import TITLES, Check, NotRun, Robustness
from nl2strat.research.quick import QUICK_WORK, THOROUGH_WORK, Case, Found, quick_checks
from nl2strat.research.verdict import verdict_of

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.ticks import Ticks
    from nl2strat.backtesting import Outcome

FEW_HOURS = 0.75
"""A strategy that may enter at a smaller part of the bars than this bets on its hours, days or dates as well."""
HOURS = "Inside its hours the condition adds nothing: it is the hours that earn."
HOW = "add --robust, or press the button of the page, to run them"


def quickly(outcome: Outcome) -> Robustness:
    """What the run itself can tell, in a few milliseconds."""
    case = Case(outcome, tried_by(outcome), QUICK_WORK)
    later = [NotRun(name, title, HOW) for name, title in TITLES.items()]
    if not len(case.trades):
        later = [NotRun(one.name, one.title, "there were no trades") for one in later]
    return together(case, [*quick_checks(case), *later])


def of_walk_forward(outcome: Outcome) -> Robustness:
    """As `quickly`, of a joined walk-forward: it is nobody's best of many, and there is no one configuration to run
    again."""
    words = "Every choice was made on earlier bars, so that it counts as one try."
    case = Case(outcome, Tried(1), QUICK_WORK, words)
    later = [NotRun(name, title, "a walk-forward has no one configuration") for name, title in TITLES.items()]
    return together(case, [*quick_checks(case), *later])


def thoroughly(
    outcome: Outcome, bars: Bars, finer: Bars | Ticks | None = None, tell: Callable[[str], None] = lambda _: None
) -> Robustness:
    """Everything, running the strategy again some hundred times.

    Args: bars, finer: what it was run on. tell: called with what is being done.
    """
    from nl2strat.research.thorough import lab_of, thorough_checks

    case = Case(outcome, tried_by(outcome), THOROUGH_WORK)
    tell("robustness: trades drawn again")
    found = list(quick_checks(case))
    return together(case, settled([*found, *thorough_checks(lab_of(case, bars, finer, tell))]))


def settled(found: Sequence[Found]) -> list[Found]:
    """One answer to the question whether the rule or the market has earned it: that of entries at random bars, which
    play exits and stops again, where they were run.

    They fall inside the hours of the strategy. Where these are few, and the same positions at other times do worse, it
    is the hours that earn: no skill of the condition, but no luck either. Then other times have the say.
    """
    by_name = {one.name: one for one in found if isinstance(one, Check)}
    played, moved = by_name.get("permutation"), by_name.get("timing")
    if played is None or moved is None:
        return list(found)
    changed = replace(moved, stand="note", reason="")
    if played.stand == "luck" and moved.stand != "luck" and played.values["share_of_bars"] < FEW_HOURS:
        changed = replace(played, stand="note", reason="", text=f"{played.text} {HOURS}")
    return [changed if one.name == changed.name else one for one in found]


def together(case: Case, found: Sequence[Found]) -> Robustness:
    """The verdict on what was found."""
    checks = tuple(one for one in found if isinstance(one, Check))
    not_run = tuple(one for one in found if isinstance(one, NotRun))
    net = float(case.trades.net.sum())
    return Robustness(verdict_of(len(case.trades), net, case.currency, checks, not_run), checks, not_run)


def tried_by(outcome: Outcome) -> Tried | None:
    """What the user has tried on these bars, this run included."""
    compiled, bars = outcome.compiled, outcome.backtest.bars
    period = Period(bars.symbol, bars.timeframe, int(bars.time[0]), int(bars.time[-1]), bars.synthetic)
    sharpe = outcome.metrics.get("sharpe")
    return tried_on(period, (sha256(compiled.dsl), sha256(compiled.python)), None if sharpe is None else float(sharpe))
