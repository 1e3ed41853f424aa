"""`nl2strat parity`: a run beside the backtest of the bars that it has heard of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nl2strat.cli_options import JsonOption
from nl2strat.cli_steps import console_of, reporting, symbols_from
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from nl2strat.deploy.parity import Difference, ParityReport

_SHOWN = 40
"""Differences on the screen; the JSON has them all."""


def parity(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, as status shows it.")],
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Bars, those before the run began too; else its recording or its terminal."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 if a difference is unexplained.")] = False,
    json: JsonOption = None,
) -> None:
    """List each decision of a run that a backtest of the same bars makes otherwise, and why."""
    with reporting(json) as result:
        from nl2strat.deploy.parity import parity as compare
        from nl2strat.deploy.parity import store
        from nl2strat.library.store import Library

        if data is not None and not data.is_file():
            raise UsageError(f"--data {data}: there is no such file")
        library = Library.open()
        row = library.run(run)
        file = row.options.get("symbols")
        with symbols_from(None if file is None else Path(file)):
            report = compare(library, row, data)
        store(library, row, report)
        result.update(report.as_json())
        if json != "-":
            _show(console_of(), report)
        if strict and report.unexplained:
            raise UsageError(f"run {report.run}: {len(report.unexplained)} differences are unexplained")


def _show(console: Console, report: ParityReport) -> None:
    from rich.table import Table

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True, markup=False)

    say(f"Run {report.run}: {report.strategy} on {report.terminal}, {report.symbol} {report.timeframe}")
    if report.first is not None and report.last is not None:
        say(f"{report.bars:,} bars, {_when(report.first)} to {_when(report.last)}")
    say(f"Run:      {report.trades} trades, net {report.net:,.2f}")
    say(f"Backtest: {report.backtest_trades} trades, net {report.backtest_net:,.2f}")
    say(f"{report.alike} of the run's {report.decisions} decisions are those of the backtest.")
    for note in report.notes:
        say(f"Note: {note}")
    if not report.differences:
        say("Nothing differs.")
        return
    say("Differences: " + ", ".join(f"{count} {cause}" for cause, count in report.causes.items()))
    table = Table("no.", "bar", "what", "run", "backtest", "why")
    for one in report.differences[:_SHOWN]:
        table.add_row(*_row(one))
    console.print(table)
    if len(report.differences) > _SHOWN:
        say(f"... and {len(report.differences) - _SHOWN} more (--json has them all)")


def _row(one: Difference) -> tuple[str, ...]:
    from rich.markup import escape

    what = f"{one.what} {one.side}".strip()
    told = (one.run or "-", one.backtest or "-", f"{one.cause}: {one.why}")
    return (str(one.number), _when(one.bar), escape(what), *(escape(text) for text in told))


def _when(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M}"
