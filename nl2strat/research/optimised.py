"""An optimisation as others read it: a JSON object, a table of all configurations, tables in the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.metric_table import format_metric
from nl2strat.machine import iso
from nl2strat.research.heat import heat_object, middle_of
from nl2strat.research.space import Key, fixed_object
from nl2strat.research.tables import refuse_other_table, written_whole

if TYPE_CHECKING:
    from rich.console import Console

    from nl2strat.backtesting import Outcome
    from nl2strat.research.markets import Market
    from nl2strat.research.optimise import Optimised, Ranked
    from nl2strat.research.studies import Tried

COLUMNS = ("net_profit", "trades", "profit_factor", "equity_drawdown_relative_percent")
"""Figures that are shown beside the goals."""
WIDE = 160
"""Characters of a table in a file or a pipe, where nobody's window is too narrow."""


def optimised_object(found: Optimised, markets: Sequence[Market], command: str) -> dict[str, Any]:
    """The object of a finished optimisation."""
    space, plan, search = found.space, found.plan, found.found
    whole = [one for one in search.distinct if one.pruned is None]
    return {
        "goals": [goal.text for goal in plan.goals],
        "constraints": [bound.text for bound in plan.constraints],
        "across": plan.across,
        "sampler": "grid" if plan.grid or space.size <= plan.trials else plan.sampler,
        "seed": plan.seed,
        "inputs": {axis.name: list(axis.values) for axis in space.axes},
        "fixed": fixed_object(space),
        "data": [
            {
                "name": market.name,
                "in_sample": _period(market, part),
                "forward": None if found.ahead is None else _period(market, found.ahead.parts[place]),
            }
            for place, (market, part) in enumerate(zip(markets, found.window.parts, strict=True))
        ],
        "trials": len(search.trials),
        "configurations": len(search.distinct),
        "of": space.size,
        "pruned": len(search.distinct) - len(whole),
        "ended_early": search.ended,
        "notice": markets[0].evaluator.notice,
        "best": [_ranked_object(one, found, markets) for one in found.best],
        "neighbours": [
            {
                "input": one.name,
                "step": one.step,
                "value": one.tried.values[one.name],
                "goals": _shown(one.tried, found),
            }
            for one in found.neighbours
        ],
        "plateau": found.plateau,
        "warnings": list(found.warnings),
        "command": command,
    }


def _ranked_object(one: Ranked, found: Optimised, markets: Sequence[Market]) -> dict[str, Any]:
    return {
        "inputs": {axis.name: one.tried.values[axis.name] for axis in found.space.axes},
        "goals": _shown(one.tried, found),
        "metrics": {m.name: dict(measured.figures) for m, measured in zip(markets, one.tried.measured, strict=True)},
        "ran_by": sorted({measured.path for measured in one.tried.measured}),
        "forward": None
        if one.forward is None
        else {
            "goals": _shown(one.forward, found),
            "kept": one.kept,
            "metrics": {
                m.name: dict(measured.figures) for m, measured in zip(markets, one.forward.measured, strict=True)
            },
        },
    }


def _shown(tried: Tried, found: Optimised) -> dict[str, float | None]:
    return {goal.text: goal.shown(score) for goal, score in zip(found.plan.goals, tried.scores, strict=True)}


def _period(market: Market, part: tuple[int, int]) -> dict[str, Any]:
    start, stop = part
    bars = market.evaluator.bars
    return {"from": iso(bars.time[start]), "to": iso(bars.time[stop - 1]), "bars": stop - start}


def command_of(
    source: str, data: Sequence[str], values: Mapping[str, float], names: Sequence[str], rest: Sequence[str]
) -> str:
    """The backtest of a configuration, ready for a shell."""
    parts = ["nl2strat", "backtest", source]
    for item in data:
        parts += ["--data", item]
    for name in names:
        parts += ["--set", f"{name}={values[name]:.10g}"]
    return shlex.join([*parts, *rest])


# ------------------------------------------------------------------ files


def check_table(path: Path | None) -> None:
    """Raises: UsageError: there is something else in the place of `write_trials`."""
    if path is not None:
        refuse_other_table(path, {"trial", "pruned_after", "error"}, "a table of --table")


def write_trials(path: Path, found: Optimised, markets: Sequence[Market]) -> None:
    """Every configuration that was tried, one row each, as Parquet: inputs, goals, constraints, all figures.

    With several data sets the figures of each have the number of the data set before their names (1.net_profit).
    Raises: UsageError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [_row(tried, found, len(markets)) for tried in found.found.distinct]
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    with written_whole(path) as unfinished:
        pq.write_table(table, unfinished)


def _row(tried: Tried, found: Optimised, markets: int) -> dict[str, Any]:
    row: dict[str, Any] = {"trial": tried.number}
    row |= {axis.name: float(tried.values[axis.name]) for axis in found.space.axes}
    row |= {f"goal {name}": value for name, value in _shown(tried, found).items()}
    row |= {f"missed {b.text}": v for b, v in zip(found.plan.constraints, tried.violations, strict=True)}
    row |= {"pruned_after": tried.pruned, "error": tried.error}
    for place, measured in enumerate(tried.measured, 1):
        prefix = f"{place}." if markets > 1 else ""
        row |= {prefix + name: None if value is None else float(value) for name, value in measured.figures.items()}
    return row


# ------------------------------------------------------------------ the terminal


def print_optimised(
    console: Console, found: Optimised, markets: Sequence[Market], command: str, report: Path | None = None
) -> None:
    """The best, their forward period, the neighbours, what to know, and how to run the best."""
    from rich.text import Text

    console.width = max(console.width, 0 if console.is_terminal else WIDE)
    for market, part in zip(markets, found.window.parts, strict=True):
        period = _period(market, part)
        console.print(
            Text(f"Data: {market.name}; searched on {period['from'][:10]} to {period['to'][:10]}", style="dim")
        )
    console.print(Text(_effort(found, markets[0].evaluator.notice), style="dim"))
    console.print(_table("Best configurations", headings_of(found), rows_of(found)))
    if found.neighbours:
        console.print(_table("One step away from the best", neighbour_headings(found), neighbour_rows(found)))
    if found.plateau is not None:
        console.print(plateau_words(found.plateau))
    for warning in found.warnings:
        console.print(Text("Warning: ", style="yellow").append(warning, style="default"), soft_wrap=True)
    console.print(Text("Run the best one: ", style="bold").append(command, style="default"), soft_wrap=True)
    if report is not None:
        console.print(f"Report: {report}", highlight=False, soft_wrap=True)


def plateau_words(plateau: float) -> str:
    """What is left one step away."""
    return f"Plateau: one step away, {100 * plateau:.0f} % of the best score is left on average."


def _effort(found: Optimised, notice: str) -> str:
    search, size = found.found, found.space.size
    pruned = sum(one.pruned is not None for one in search.distinct)
    parts = [f"{len(search.trials):,} trials, {len(search.distinct):,} of {size:,} configurations"]
    if pruned:
        parts.append(f"{pruned:,} given up after a part of the bars")
    if notice:
        parts.append(f"run by the generated class: {notice}")
    if search.ended:
        parts.append("stopped; the same command goes on" if search.ended == "interrupted" else "stopped by --time")
    return "; ".join(parts)


def headings_of(found: Optimised) -> list[str]:
    """Of the table of the best."""
    goals = [name for goal in found.plan.goals for name in (goal.text, *(["forward"] if found.ahead else []))]
    return [*(axis.name for axis in found.space.axes), *goals, *map(_short, _further(found))]


def rows_of(found: Optimised) -> list[list[str]]:
    """Of the table of the best: inputs, goals with what became of them, further figures."""
    return [_cells(one, found) for one in found.best]


def _further(found: Optimised) -> list[str]:
    return [name for name in COLUMNS if name not in {goal.terms[0][1] for goal in found.plan.goals}]


def _cells(one: Ranked, found: Optimised) -> list[str]:
    cells = [f"{one.tried.values[axis.name]:g}" for axis in found.space.axes]
    ahead = None if one.forward is None else _shown(one.forward, found)
    for name, value in _shown(one.tried, found).items():
        cells.append(_number(value))
        if found.ahead is not None:
            cells.append(_number(None if ahead is None else ahead[name]))
    measured = one.tried.measured
    return cells + [
        " / ".join(format_metric(name, part.figures.get(name), "") for part in measured) for name in _further(found)
    ]


def neighbour_headings(found: Optimised) -> list[str]:
    """Of the table of what is one step away from the best."""
    goal = found.plan.goals[0].text
    return ["input", "one step less", goal, "best", goal, "one step more", goal]


def neighbour_rows(found: Optimised) -> list[list[str]]:
    """A row for each input that is turned; "-" where its range ends."""
    goal, best = found.plan.goals[0], found.best[0].tried
    rows = []
    for axis in found.space.axes:
        cells = [axis.name]
        for step in (-1, 0, 1):
            one = best if not step else next(
                (one.tried for one in found.neighbours if (one.name, one.step) == (axis.name, step)), None
            )  # fmt: skip
            cells += ["-", ""] if one is None else [
                f"{one.values[axis.name]:g}", _number(goal.shown(one.scores[0]))
            ]  # fmt: skip
        rows.append(cells)
    return rows


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, min_width=len(title))
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "input" else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _short(name: str) -> str:
    return {"equity_drawdown_relative_percent": "drawdown"}.get(name, name.replace("_", " "))


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.2f}" if abs(value) >= 10 else f"{value:,.4g}"


# ------------------------------------------------------------------ the report


def write_report(
    path: Path, found: Optimised, markets: Sequence[Market], best: Outcome, heat: tuple[str, str] | None, command: str
) -> None:
    """Writes the report of the best configuration's backtest, with the search on top.

    Args: best: that backtest, of the first data set, over all of its bars.
    Raises: UsageError: it cannot be written.
    """
    from nl2strat.presentation import write_outcome
    from nl2strat.report import section

    goal = found.plan.goals[0]
    extra = section(
        "search.html.j2",
        name="search",
        heading=f"Optimised by {' and '.join(goal.text for goal in found.plan.goals)}",
        lead=_lead(found, markets),
        tables=[
            {"title": "Best configurations", "headings": headings_of(found), "rows": rows_of(found)},
            {
                "title": "One step away from the best",
                "headings": neighbour_headings(found),
                "rows": neighbour_rows(found) if found.neighbours else [],
            },
        ],
        heat=None if heat is None else heat_object(
            found.space, _seen(found), heat, _number, less_is_better=goal.made_small,
            middle=middle_of(goal.terms[0][1]) if len(goal.terms) == 1 else 0.0,
        ),
        heat_title=f"{goal.text}, where the search has been",
        lines=[
            *([] if found.plateau is None else [plateau_words(found.plateau)]),
            _effort(found, markets[0].evaluator.notice),
            f"To run the best one: {command}",
        ],
    )  # fmt: skip
    name = f"{best.compiled.program.name}, best of a search"
    write_outcome(path, best, title=name, extra=extra, warnings=found.warnings)


def _seen(found: Optimised) -> dict[Key, float | None]:
    """The first goal of everything that was measured whole, neighbours of the best included."""
    goal = found.plan.goals[0]
    tried = [*found.found.distinct, *(one.tried for one in found.neighbours)]
    return {one.key: goal.shown(one.scores[0]) for one in tried if one.pruned is None and not one.error}


def _lead(found: Optimised, markets: Sequence[Market]) -> str:
    period = _period(markets[0], found.window.parts[0])
    which = "the best configuration" + (f" on {markets[0].name}" if len(markets) > 1 else "")
    text = f"Chosen on {period['from'][:10]} to {period['to'][:10]}"
    if found.ahead is None:
        return f"{text}. Everything below this section is the backtest of {which}, on the bars on which it was chosen."
    after = _period(markets[0], found.ahead.parts[0])
    return (
        f"{text}; {after['from'][:10]} to {after['to'][:10]} is the forward period, which the search has not seen. "
        f"Everything below this section is the backtest of {which} over both."
    )
