"""How far a backtest can be believed, in the terminal: the verdict, and each check where it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nl2strat.research.checks import TITLES

if TYPE_CHECKING:
    from rich.console import Console

    from nl2strat.research.checks import Robustness

STYLES = {"survives": "bold green", "noise": "bold red", "loses": "bold red"}
SIGNS = {"good": ("+", "green"), "doubt": ("?", "yellow"), "luck": ("-", "red"), "note": (" ", "dim")}


def print_robustness(console: Console, found: Robustness) -> None:
    """The verdict with its reasons; all checks if the strategy was run again for them; and what was not run."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    verdict = found.verdict
    text = Text(verdict.head, style=STYLES.get(verdict.level, "bold yellow"))
    text.append("".join(f" {reason}" for reason in verdict.reasons), style="default")
    console.print(Padding(text, (1, 0, 0, 0)))
    if any(check.name in TITLES for check in found.checks):
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column()
        for check in found.checks:
            sign, style = SIGNS[check.stand]
            table.add_row(
                Text(sign, style=f"bold {style}"), Text(f"{check.title}: ", style="bold").append(check.text, "default")
            )
        console.print(table)
    for line in found.not_run_lines:
        console.print(Padding(Text(f"Not run: {line[:1].lower()}{line[1:]}", style="dim"), (0, 0, 0, 2)))
