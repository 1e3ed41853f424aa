"""A walk-forward as others read it: a JSON object, a report, tables in the terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.metric_table import format_metric
from mas.metrics import LEAST_TRADES, warnings_for
from nl2strat.machine import iso, trade_objects
from nl2strat.research.optimised import WIDE
from nl2strat.research.space import fixed_object

if TYPE_CHECKING:
    from rich.console import Console

    from nl2strat.backtesting import Outcome
    from nl2strat.research.evaluating import Evaluator
    from nl2strat.research.space import Space
    from nl2strat.research.studies import Plan
    from nl2strat.research.walk_forward import Step, Walked

POOR = 0.5
"""Below this walk-forward efficiency less than half of what was found has come true."""
POINTS = 1000
"""Of the equity in the JSON object."""


def walked_object(walked: Walked, evaluator: Evaluator, space: Space, plan: Plan, *, anchored: bool) -> dict[str, Any]:
    """The object of a finished walk-forward."""
    joined = walked.joined
    return {
        "kind": "anchored" if anchored else "rolling",
        "goals": [goal.text for goal in plan.goals],
        "constraints": [bound.text for bound in plan.constraints],
        "sampler": "grid" if plan.grid or space.size <= plan.trials else plan.sampler,
        "seed": plan.seed,
        "inputs": {axis.name: list(axis.values) for axis in space.axes},
        "fixed": fixed_object(space),
        "windows": [_step_object(step, evaluator, space, plan) for step in walked.steps],
        "efficiency": walked.efficiency,
        "metrics": walked.figures,
        "trades": trade_objects(joined.trades),
        "equity": equity_points(walked),
        "notes": list(walked.notes),
        "notice": evaluator.notice,
        "warnings": warnings_of(walked),
    }


def _step_object(step: Step, evaluator: Evaluator, space: Space, plan: Plan) -> dict[str, Any]:
    window, chosen = step.window, step.chosen
    return {
        "number": window.number,
        "train": _period(evaluator, window.train),
        "test": {**_period(evaluator, window.test), "short": window.short},
        "trials": len(step.found.trials),
        "configurations": len(step.found.distinct),
        "chosen": None if chosen is None else {axis.name: chosen.values[axis.name] for axis in space.axes},
        "goals": {}
        if chosen is None
        else {goal.text: goal.shown(score) for goal, score in zip(plan.goals, chosen.scores, strict=True)},
        "why_not": step.why_not,
        "in_sample": {} if chosen is None else dict(chosen.measured[0].figures),
        "out_of_sample": step.figures,
        "efficiency": step.efficiency,
    }


def _period(evaluator: Evaluator, part: tuple[int, int]) -> dict[str, Any]:
    bars = evaluator.bars
    return {"from": iso(bars.time[part[0]]), "to": iso(bars.time[part[1] - 1]), "bars": part[1] - part[0]}


def equity_points(walked: Walked) -> list[tuple[str, float]]:
    """(time, equity) of the joined run at closes, evenly spaced in bars."""
    joined = walked.joined
    count = min(POINTS, len(joined.equity))
    places = np.unique(np.linspace(0, len(joined.equity) - 1, count).round().astype(np.int64))
    return [(iso(joined.bars.decision_time[place]), round(float(joined.equity[place]), 2)) for place in places]


def warnings_of(walked: Walked) -> list[str]:
    """What a reader must know before believing the joined run, the gravest first."""
    texts = []
    if walked.efficiency is None:
        texts.append("The configurations that were chosen lost money even where they were chosen.")
    elif walked.efficiency < POOR:
        share = f"{100 * walked.efficiency:.0f} %"
        texts.append(f"Walk-forward efficiency {share}: what the searches found has mostly not come true afterwards.")
    counts = [int(s.chosen.measured[0].figures.get("trades") or 0) for s in walked.steps if s.chosen is not None]
    few = sum(count < LEAST_TRADES for count in counts)
    if few:
        texts.append(f"In {few} of {len(counts)} windows the choice was made on fewer than {LEAST_TRADES} trades.")
    return [*texts, *warnings_for(walked.joined, walked.figures)]


# ------------------------------------------------------------------ tables


def headings_of(space: Space) -> list[str]:
    """Of the table of windows."""
    names = [axis.name for axis in space.axes]
    return ["window", "chosen on", "traded", *names, "in sample", "out of sample", "trades", "efficiency"]


def rows_of(walked: Walked, evaluator: Evaluator, space: Space) -> list[list[str]]:
    """A row for each window: what was chosen, and the return before and after."""
    return [_row(step, evaluator, space) for step in walked.steps]


def _row(step: Step, evaluator: Evaluator, space: Space) -> list[str]:
    train, test = (_period(evaluator, part) for part in (step.window.train, step.window.test))
    days = [f"{part['from'][:10]} to {part['to'][:10]}" for part in (train, test)]
    row = [str(step.window.number), days[0], days[1] + (" (short)" if step.window.short else "")]
    if step.chosen is None:
        return [*row, *("-" for _ in space.axes), "-", "not traded", "-", "-"]
    before = format_metric("total_return_percent", step.chosen.measured[0].figures.get("total_return_percent"))
    after = format_metric("total_return_percent", step.figures["total_return_percent"])
    trades = format_metric("trades", step.figures["trades"])
    return [
        *row,
        *(f"{step.chosen.values[axis.name]:g}" for axis in space.axes),
        before,
        after,
        trades,
        _share(step.efficiency),
    ]


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.0f} %"


def summary_of(walked: Walked, currency: str) -> str:
    """The whole in a sentence."""
    figures = walked.figures
    traded = sum(step.chosen is not None for step in walked.steps)
    return (
        f"{traded} of {len(walked.steps)} windows traded: net profit "
        f"{format_metric('net_profit', figures['net_profit'], currency)} with {figures['trades']} trades, "
        f"profit factor {format_metric('profit_factor', figures['profit_factor'])}, Sharpe ratio "
        f"{format_metric('sharpe', figures['sharpe'])}, largest drawdown "
        f"{format_metric('equity_drawdown_relative_percent', figures['equity_drawdown_relative_percent'])}; "
        f"walk-forward efficiency {_share(walked.efficiency)}."
    )


def print_walked(
    console: Console, walked: Walked, evaluator: Evaluator, space: Space, plan: Plan, report: Path | None
) -> None:
    """The windows, the joined run, and what to know."""
    from rich.table import Table
    from rich.text import Text

    console.width = max(console.width, 0 if console.is_terminal else WIDE)
    table = Table(
        title=f"Walk-forward by {' and '.join(goal.text for goal in plan.goals)}", title_justify="left", box=None
    )
    for place, heading in enumerate(headings_of(space)):
        table.add_column(heading, justify="left" if place < 3 else "right", overflow="fold")
    for row in rows_of(walked, evaluator, space):
        table.add_row(*row)
    console.print(table)
    console.print(Text(summary_of(walked, walked.joined.currency)), soft_wrap=True)
    for step in walked.steps:
        if step.why_not:
            console.print(Text(f"Window {step.window.number}: {step.why_not}", style="dim"), soft_wrap=True)
    for note in (*walked.notes, *([f"run by the class: {evaluator.notice}"] if evaluator.notice else [])):
        console.print(Text(f"Note: {note}", style="dim"), soft_wrap=True)
    for warning in warnings_of(walked):
        console.print(Text("Warning: ", style="yellow").append(warning, style="default"), soft_wrap=True)
    if report is not None:
        console.print(f"Report: {report}", highlight=False, soft_wrap=True)


def write_report(path: Path, walked: Walked, evaluator: Evaluator, space: Space, plan: Plan, *, anchored: bool) -> None:
    """Writes the report of the joined run, with the windows on top. Raises: UsageError: it cannot be written."""
    from nl2strat.presentation import write_outcome
    from nl2strat.report import section

    kind = "anchored" if anchored else "rolling"
    outcome = outcome_of(walked, evaluator)
    notes = [*walked.notes, *(f"Window {s.window.number}: {s.why_not}" for s in walked.steps if s.why_not)]
    extra = section(
        "walk_forward.html.j2",
        kind=f"{kind}, by {' and '.join(goal.text for goal in plan.goals)}",
        summary=summary_of(walked, walked.joined.currency),
        headings=headings_of(space),
        rows=rows_of(walked, evaluator, space),
        notes=notes,
    )
    title = f"{outcome.compiled.program.name}, walk-forward"
    write_outcome(path, outcome, title=title, extra=extra, warnings=warnings_of(walked))


def outcome_of(walked: Walked, evaluator: Evaluator) -> Outcome:
    """The joined run as a backtest with what can be said of it as a whole."""
    from nl2strat.backtesting import Outcome, notes_of, spread_source
    from nl2strat.lookahead import LookAhead
    from nl2strat.research.robustness import of_walk_forward

    unseen = LookAhead(None, detail="each piece was traded by a choice that was made on earlier bars")
    outcome = Outcome(
        evaluator.compiled, walked.joined, walked.figures, unseen, spread_source(walked.joined, evaluator.settings),
        notes_of(walked.joined.bars), evaluator.settings,
    )  # fmt: skip
    return replace(outcome, robustness=of_walk_forward(outcome))
