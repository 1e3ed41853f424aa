"""An optimisation as others read it: a JSON object, a table of all configurations, tables in the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.metric_table import format_metric
from nl2strat.errors import UsageError
from nl2strat.machine import iso

if TYPE_CHECKING:
    from rich.console import Console

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
    try:
        pq.write_table(table, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None


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


def print_optimised(console: Console, found: Optimised, markets: Sequence[Market], command: str) -> None:
    """The best, their forward period, the neighbours, what to know, and how to run the best."""
    from rich.text import Text

    console.width = max(console.width, 0 if console.is_terminal else WIDE)
    for market, part in zip(markets, found.window.parts, strict=True):
        period = _period(market, part)
        console.print(
            Text(f"Data: {market.name}; searched on {period['from'][:10]} to {period['to'][:10]}", style="dim")
        )
    console.print(Text(_effort(found, markets[0].evaluator.notice), style="dim"))
    console.print(_best_table(found, markets[0].evaluator.settings.currency))
    if found.neighbours:
        console.print(_neighbour_table(found))
    if found.plateau is not None:
        console.print(f"Plateau: one step away, {100 * found.plateau:.0f} % of the best score is left on average.")
    for warning in found.warnings:
        console.print(Text("Warning: ", style="yellow").append(warning, style="default"), soft_wrap=True)
    console.print(Text("Run the best one: ", style="bold").append(command, style="default"), soft_wrap=True)


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


def _best_table(found: Optimised, currency: str) -> Any:
    from rich.table import Table

    table = Table(title="Best configurations", title_justify="left", box=None, pad_edge=False)
    for axis in found.space.axes:
        table.add_column(axis.name, justify="right", overflow="fold")
    for goal in found.plan.goals:
        table.add_column(goal.text, justify="right", overflow="fold")
        if found.ahead is not None:
            table.add_column("forward", justify="right", overflow="fold")
    shown = [name for name in COLUMNS if name not in {goal.terms[0][1] for goal in found.plan.goals}]
    for name in shown:
        table.add_column(_short(name), justify="right", overflow="fold")
    for one in found.best:
        table.add_row(*_cells(one, found, shown, currency))
    return table


def _cells(one: Ranked, found: Optimised, shown: Sequence[str], currency: str) -> list[str]:
    cells = [f"{one.tried.values[axis.name]:g}" for axis in found.space.axes]
    ahead = None if one.forward is None else _shown(one.forward, found)
    for name, value in _shown(one.tried, found).items():
        cells.append(_number(value))
        if found.ahead is not None:
            cells.append(_number(None if ahead is None else ahead[name]))
    measured = one.tried.measured
    for name in shown:
        cells.append(" / ".join(format_metric(name, part.figures.get(name), "") for part in measured))
    return cells


def _neighbour_table(found: Optimised) -> Any:
    from rich.table import Table

    goal = found.plan.goals[0]
    table = Table(title="One step away from the best", title_justify="left", box=None, pad_edge=False)
    for heading in ("input", "value", goal.text, "value", goal.text):
        table.add_column(heading, justify="left" if heading == "input" else "right")
    for axis in found.space.axes:
        cells = [axis.name]
        for step in (-1, 1):
            one = next((one for one in found.neighbours if (one.name, one.step) == (axis.name, step)), None)
            cells += ["-", ""] if one is None else [
                f"{one.tried.values[axis.name]:g}", _number(goal.shown(one.tried.scores[0]))
            ]  # fmt: skip
        table.add_row(*cells)
    return table


def _short(name: str) -> str:
    return {"equity_drawdown_relative_percent": "drawdown"}.get(name, name.replace("_", " "))


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.2f}" if abs(value) >= 10 else f"{value:,.4g}"
