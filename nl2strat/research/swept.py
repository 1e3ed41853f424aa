"""A sweep as others read it: a JSON object, tables and a heat map in the terminal, a section of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.metric_table import METRICS, format_metric
from nl2strat.pipeline import warning_lines
from nl2strat.research.plateau import surface
from nl2strat.research.space import Key

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from nl2strat.research.evaluating import Evaluator
    from nl2strat.research.sweep import Swept

SHOWN = 10
"""Configurations in a table."""
MOST_CELLS = 40
"""Values of an input across a heat map in the terminal."""


def swept_object(swept: Swept, evaluator: Evaluator, results: Path) -> dict[str, Any]:
    """The object of a sweep."""
    ranked = swept.ranked
    return {
        "inputs": {axis.name: list(axis.values) for axis in swept.space.axes},
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
        "plateau": swept.plateau.get(key),
    }


def _by_plateau(swept: Swept) -> list[Key]:
    """The configurations on the best plateaus first."""
    from nl2strat.research.sweep import SMALLER_IS_BETTER

    sign = 1.0 if swept.sort in SMALLER_IS_BETTER else -1.0
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
    if not ranked:
        return [*texts, f"No configuration has a figure for {METRICS[swept.sort].title}."]
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


def heat_inputs(swept: Swept, wanted: str | None) -> tuple[str, str] | None:
    """The two inputs of the heat map: those named, else the two with most values; None with one input alone.

    Raises: UsageError: not two inputs of the sweep.
    """
    from nl2strat.errors import UsageError

    names = [axis.name for axis in swept.space.axes]
    if wanted is None:
        longest = sorted(swept.space.axes, key=lambda axis: -len(axis.values))[:2]
        chosen = [name for name in names if name in {axis.name for axis in longest}]
        return (chosen[0], chosen[1]) if len(chosen) == 2 else None
    given = [name.strip() for name in wanted.split(",")]
    if len(given) != 2 or given[0] == given[1] or not set(given) <= set(names):
        raise UsageError(f"--heat {wanted}: name two inputs of the sweep, like --heat {','.join(names[:2])}")
    return given[0], given[1]


# ------------------------------------------------------------------ the terminal


def print_swept(console: Console, swept: Swept, evaluator: Evaluator, results: Path, heat: tuple[str, str] | None,
                report: Path | None) -> None:  # fmt: skip
    """The best configurations, the heat map, and what to know."""
    from rich.text import Text

    currency = evaluator.settings.currency
    pace = f", {swept.ran / swept.seconds:,.1f} a second" if swept.seconds > 0 and swept.ran else ""
    console.print(f"{len(swept.goals):,} configurations by the {evaluator.path}{pace}.", highlight=False)
    for title, keys in (("Best", swept.ranked), ("Best plateaus (median with all neighbours)", _by_plateau(swept))):
        if keys:
            console.print(_table(swept, keys[:SHOWN], f"{title} by {METRICS[swept.sort].title}", currency))
    if heat is not None:
        console.print(heat_text(swept, heat), soft_wrap=True)
    if evaluator.notice:
        console.print(Text(f"Note: run by the class: {evaluator.notice}", style="dim"), soft_wrap=True)
    for warning in warnings_of(swept):
        console.print(Text("Warning: ", style="yellow").append(warning, style="default"), soft_wrap=True)
    console.print(f"Results: {results}", highlight=False, soft_wrap=True)
    if report is not None:
        console.print(f"Report: {report}", highlight=False, soft_wrap=True)


def _table(swept: Swept, keys: Sequence[Key], title: str, currency: str) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None)
    for heading in headings_of(swept):
        table.add_column(heading, justify="right", overflow="fold")
    for row in rows_of(swept, keys, currency):
        table.add_row(*row)
    return table


def headings_of(swept: Swept) -> list[str]:
    """Of a table of configurations."""
    return [*(axis.name for axis in swept.space.axes), METRICS[swept.sort].title, "Plateau"]


def rows_of(swept: Swept, keys: Sequence[Key], currency: str) -> list[list[str]]:
    """Of a table of configurations."""
    rows = []
    for key in keys:
        values = swept.space.values(key)
        figures = (swept.goals[key], swept.plateau.get(key))
        rows.append([*(f"{values[axis.name]:g}" for axis in swept.space.axes),
                     *(format_metric(swept.sort, figure, currency) for figure in figures)])  # fmt: skip
    return rows


_SHADES = "·░▒▓█"


def heat_text(swept: Swept, names: tuple[str, str]) -> Text:
    """The heat map as coloured blocks: green above zero, red below, the fuller the farther."""
    from rich.text import Text

    across, down, rows = surface(swept.space, swept.goals, names)
    widest = _widest(rows)
    text = Text(f"{METRICS[swept.sort].title}: {names[0]} across, {names[1]} down\n")
    margin = max(len(f"{value:g}") for value in down)
    step = -(-len(across) // MOST_CELLS)
    for value, row in zip(down, rows, strict=True):
        text.append(f"{value:>{margin}g} ")
        for cell in row[::step]:
            shade = " " if cell is None else _SHADES[min(4, round(4 * abs(cell) / widest))]
            text.append(2 * shade, style="" if cell is None or cell == 0 else "green" if cell > 0 else "red")
        text.append("\n")
    text.append(f"{'':{margin}} {across[0]:g} … {across[-1]:g}")
    return text


def _widest(rows: Sequence[Sequence[float | None]]) -> float:
    return max((abs(cell) for row in rows for cell in row if cell is not None), default=0.0) or 1.0


# ------------------------------------------------------------------ the report


def write_report(
    path: Path, swept: Swept, evaluator: Evaluator, best: Any, metrics: Mapping[str, Any],
    heat: tuple[str, str] | None,
) -> None:  # fmt: skip
    """Writes the report of the best configuration's backtest, with the sweep on top.

    Args: best: the compiled strategy with the best inputs and its backtest, as a pair. metrics: of that backtest.
    Raises: UsageError: it cannot be written.
    """
    from nl2strat.machine import write_text
    from nl2strat.report import _environment, report_html

    compiled, backtest = best
    understanding, currency = compiled.understanding, evaluator.settings.currency
    tables = [
        {"title": title, "rows": rows_of(swept, keys[:SHOWN], currency)}
        for title, keys in (("Best", swept.ranked), ("Best plateaus", _by_plateau(swept)))
    ]
    extra = _environment().get_template("sweep.html.j2").render(
        title=METRICS[swept.sort].title,
        count=f"{len(swept.goals):,}",
        notice=evaluator.notice,
        headings=headings_of(swept),
        tables=tables,
        heat=None if heat is None else heat_object(swept, heat, currency),
    )  # fmt: skip
    html = report_html(
        backtest=backtest,
        metrics=metrics,
        title=f"{compiled.program.name}, best of a sweep",
        english=understanding.english,
        explanation=compiled.explanation,
        assumptions=understanding.assumptions,
        program_text=compiled.dsl,
        python=compiled.python,
        warnings=[*warnings_of(swept), *warning_lines(understanding.warnings)],
        extra=extra,
    )
    write_text(path, html, replaces="<!doctype html")


def heat_object(swept: Swept, names: tuple[str, str], currency: str) -> dict[str, Any]:
    """The heat map for the template: values across, and rows of cells with a tone and a depth in percent."""
    across, down, rows = surface(swept.space, swept.goals, names)
    widest = _widest(rows)

    def cell(value: float | None) -> dict[str, Any]:
        if value is None:
            return {"text": "", "tone": "empty", "heat": 0}
        tone = "up" if value > 0 else "down" if value < 0 else ""
        heat = round(8 + 47 * (abs(value) / widest) ** 0.7) if value else 0
        return {"text": format_metric(swept.sort, value, ""), "tone": tone, "heat": heat}

    return {
        "across": names[0], "down": names[1], "columns": [f"{value:g}" for value in across],
        "rows": [{"name": f"{v:g}", "cells": [cell(c) for c in row]} for v, row in zip(down, rows, strict=True)],
    }  # fmt: skip
