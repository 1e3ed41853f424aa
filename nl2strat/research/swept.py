"""A sweep as others read it: a JSON object, tables and a heat map in the terminal, a section of a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.metric_table import METRICS, format_metric
from mas.metrics import LEAST_TRADES
from nl2strat.research.heat import heat_object, heat_text, middle_of
from nl2strat.research.space import Key, fixed_object

if TYPE_CHECKING:
    from rich.console import Console

    from nl2strat.backtesting import Outcome
    from nl2strat.research.evaluating import Evaluator
    from nl2strat.research.sweep import Swept

SHOWN = 10
"""Configurations in a table."""


def swept_object(swept: Swept, evaluator: Evaluator, results: Path) -> dict[str, Any]:
    """The object of a sweep."""
    ranked = swept.ranked
    return {
        "inputs": {axis.name: list(axis.values) for axis in swept.space.axes},
        "fixed": fixed_object(swept.space),
        "sort": swept.sort,
        "configurations": swept.asked,
        "done": len(swept.goals),
        "failed": len(swept.errors),
        "path": evaluator.path,
        "notice": evaluator.notice,
        "seconds": round(swept.seconds, 3),
        "per_second": round(swept.ran / swept.seconds, 3) if swept.seconds > 0 else None,
        "ended_early": swept.ended,
        "results": str(results),
        "best": [_row(swept, key) for key in ranked[:SHOWN]],
        "plateau": [_row(swept, key) for key in _by_plateau(swept)[:SHOWN]],
        "warnings": warnings_of(swept),
    }


def _row(swept: Swept, key: Key) -> dict[str, Any]:
    values = swept.space.values(key)
    return {
        "inputs": {axis.name: values[axis.name] for axis in swept.space.axes},
        swept.sort: swept.goals[key],
        "trades": swept.trades[key],
        "plateau": swept.plateau.get(key),
    }


def _by_plateau(swept: Swept) -> list[Key]:
    """The configurations on the best plateaus first."""
    sign = 1.0 if swept.less_is_better else -1.0
    known = [key for key, score in swept.plateau.items() if score is not None]
    return sorted(known, key=lambda key: (sign * (swept.plateau[key] or 0.0), key))


def warnings_of(swept: Swept) -> list[str]:
    """What a reader must know before choosing a configuration."""
    ranked, texts = swept.ranked, []
    if swept.ended:
        texts.append(f"The sweep was stopped after {len(swept.goals):,} of {swept.asked:,}; go on with --resume.")
    if swept.errors:
        first = next(iter(swept.errors.values()))
        texts.append(f"{len(swept.errors):,} configurations could not be run, the first because: {first}")
    idle = sum(not count for count in swept.trades.values()) - len(swept.errors)
    if idle > 0:
        none = f"{'None' if idle == len(swept.goals) else f'{idle:,}'} of {len(swept.goals):,} configurations"
        made = "has made a trade" if idle == len(swept.goals) else "have made no trade, and are not ranked"
        texts.append(f"{none} {made}; see `nl2strat why`, or widen the ranges or the period.")
    if not ranked:
        return texts if idle == len(swept.goals) else [
            *texts, f"No configuration has a figure for {METRICS[swept.sort].title}."
        ]  # fmt: skip
    if swept.trades[ranked[0]] < LEAST_TRADES:
        texts.append(
            f"The best configuration has made only {swept.trades[ranked[0]]} trades: too few to tell skill from luck "
            f"({LEAST_TRADES} is a bare minimum)."
        )
    edges = swept.space.edges(ranked[0])
    if edges:
        texts.append(f"The best configuration lies at the end of the range of {' and '.join(edges)}: widen it.")
    score, goal = swept.plateau.get(ranked[0]), swept.goals[ranked[0]]
    if score is not None and goal is not None and goal > 0 and score < 0.5 * goal:
        texts.append(
            "The best configuration is a peak: its neighbours make less than half of it, which smells of luck."
        )
    texts.append(
        f"The best of {len(swept.goals):,} looks better than it is: prove it on bars that no configuration has seen "
        "(nl2strat walk-forward)."
    )
    return texts


# ------------------------------------------------------------------ the terminal


def print_swept(console: Console, swept: Swept, evaluator: Evaluator, results: Path, heat: tuple[str, str] | None,
                report: Path | None) -> None:  # fmt: skip
    """The best configurations, the heat map, and what to know."""
    from rich.text import Text

    currency = evaluator.settings.currency
    pace = f", {swept.ran / swept.seconds:,.1f} a second" if swept.seconds > 0 and swept.ran else ""
    console.print(f"{len(swept.goals):,} configurations by the {evaluator.path}{pace}.", highlight=False)
    for title, keys in (("Best", swept.ranked), ("Best plateaus", _by_plateau(swept))):
        if keys:
            console.print(_table(swept, keys[:SHOWN], f"{title} by {METRICS[swept.sort].title}", currency))
    if heat is not None:
        title = METRICS[swept.sort].title
        shown = heat_text(
            swept.space, swept.goals, heat, title, less_is_better=swept.less_is_better, middle=middle_of(swept.sort)
        )
        console.print(shown, soft_wrap=True)
    if evaluator.notice:
        console.print(Text(f"Note: run by the class: {evaluator.notice}", style="dim"), soft_wrap=True)
    for warning in warnings_of(swept):
        console.print(Text("Warning: ", style="yellow").append(warning, style="default"), soft_wrap=True)
    console.print(f"Results: {results}", highlight=False, soft_wrap=True)
    if report is not None:
        console.print(f"Report: {report}", highlight=False, soft_wrap=True)


def _table(swept: Swept, keys: Sequence[Key], title: str, currency: str) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, min_width=len(title) + 2)
    for heading in headings_of(swept):
        table.add_column(heading, justify="right", overflow="fold")
    for row in rows_of(swept, keys, currency):
        table.add_row(*row)
    return table


def headings_of(swept: Swept) -> list[str]:
    """Of a table of configurations."""
    return [*(axis.name for axis in swept.space.axes), METRICS[swept.sort].title, "Trades", "Plateau"]


def rows_of(swept: Swept, keys: Sequence[Key], currency: str) -> list[list[str]]:
    """Of a table of configurations."""
    rows = []
    for key in keys:
        values = swept.space.values(key)
        goal, plateau = (format_metric(swept.sort, one, currency) for one in (swept.goals[key], swept.plateau.get(key)))
        rows.append([*(f"{values[axis.name]:g}" for axis in swept.space.axes), goal, f"{swept.trades[key]:,}", plateau])
    return rows


# ------------------------------------------------------------------ the report


def write_report(path: Path, swept: Swept, evaluator: Evaluator, best: Outcome, heat: tuple[str, str] | None) -> None:
    """Writes the report of the best configuration's backtest, with the sweep on top.

    Raises: UsageError: it cannot be written.
    """
    from nl2strat.presentation import write_outcome
    from nl2strat.report import section

    currency, title = evaluator.settings.currency, METRICS[swept.sort].title
    tables = [
        {"title": heading, "headings": headings_of(swept), "rows": rows_of(swept, keys[:SHOWN], currency)}
        for heading, keys in (("Best", swept.ranked), ("Best plateaus", _by_plateau(swept)))
    ]
    extra = section(
        "search.html.j2",
        name="sweep",
        heading=f"Sweep: {len(swept.goals):,} configurations by {title}",
        lead="Everything below this section is the backtest of the best of them, on the bars on which it was chosen. "
        "The plateau is the median of a configuration and all its neighbours, one step away on any inputs.",
        tables=tables,
        heat=None if heat is None else heat_object(
            swept.space, swept.goals, heat, lambda value: format_metric(swept.sort, value, ""),
            less_is_better=swept.less_is_better, middle=middle_of(swept.sort),
        ),
        heat_title=title,
        lines=[f"Run by the class: {evaluator.notice}"] if evaluator.notice else [],
    )  # fmt: skip
    name = f"{best.compiled.program.name}, best of a sweep"
    write_outcome(path, best, title=name, extra=extra, warnings=warnings_of(swept))
