"""An outcome as a person sees it: in the terminal, and as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nl2strat.errors import UsageError
from nl2strat.pipeline import warning_lines

if TYPE_CHECKING:
    from rich.console import Console

    from nl2strat.backtesting import Outcome


def show_reading(console: Console, outcome: Outcome) -> None:
    """What was understood and what was assumed."""
    from nl2strat.terminal_report import print_reading

    compiled = outcome.compiled
    print_reading(console, compiled.program.name, compiled.explanation, compiled.understanding.assumptions)


def show_results(console: Console, outcome: Outcome, report: Path | None = None) -> None:
    """The figures, what to know about the data, and where the report is."""
    from rich.padding import Padding
    from rich.text import Text

    from nl2strat.terminal_report import print_results

    compiled = outcome.compiled
    print_results(
        console,
        outcome.backtest,
        outcome.metrics,
        title=compiled.program.name,
        warnings=warning_lines(compiled.understanding.warnings),
        lookahead=outcome.lookahead.sentence(),
        robustness=outcome.robustness,
    )
    for line in outcome.account_lines:
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    for note in outcome.notes:
        console.print(Padding(Text(f"Data: {note}", style="dim"), (0, 0, 0, 2)))
    if report is not None:
        console.print(f"Report: {report}", highlight=False, soft_wrap=True)


def write_outcome(
    path: Path, outcome: Outcome, *, title: str | None = None, extra: str = "", warnings: Sequence[str] = ()
) -> None:
    """Writes report.html.

    Args: title: in place of the strategy's name. extra: HTML of sections that come first. warnings: further ones.
    Raises: UsageError: the file cannot be written.
    """
    from nl2strat.machine import write_text
    from nl2strat.report import report_html

    compiled, understanding = outcome.compiled, outcome.compiled.understanding
    origin = understanding.reading.origin if understanding.reading else None
    html = report_html(
        backtest=outcome.backtest,
        metrics=outcome.metrics,
        title=title or compiled.program.name,
        english=understanding.english,
        explanation=compiled.explanation,
        assumptions=(*understanding.assumptions, *(origin.lines if origin else ())),
        program_text=compiled.dsl,
        python=compiled.python,
        uses=understanding.reading.uses if understanding.reading else (),
        warnings=[*warnings, *warning_lines(understanding.warnings)],
        lookahead=outcome.lookahead.sentence(),
        extra=extra,
        notes=outcome.notes,
        account=outcome.account_lines,
        robustness=outcome.robustness,
    )
    try:
        write_text(path, html, replaces="<!doctype html")
    except UsageError as error:
        raise UsageError(f"the report was not written: {error}") from None
