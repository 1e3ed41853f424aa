"""What `nl2strat demo` works on, and how it tells the story."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from nl2strat.backtesting import Outcome

EXAMPLE = (
    "Buy when the 20-period EMA crosses above the 50-period EMA and the RSI is above 50. "
    "Sell when the 20 EMA crosses back below the 50 EMA. "
    "Stop loss 2 ATR, take profit 4 ATR. Risk 1% per trade."
)


def show_demo(console: Console, outcome: Outcome, report: Path) -> None:
    """The five stages of a finished run, from the sentence to the figures."""
    from nl2strat.presentation import show_reading, show_results

    def stage(title: str, text: str) -> None:
        console.rule(title)
        console.print(text.rstrip(), highlight=False, markup=False, soft_wrap=True)

    stage("1. The English", EXAMPLE)
    console.rule("2. What was understood")
    show_reading(console, outcome)
    stage("3. The program", outcome.compiled.dsl)
    stage("4. The generated class", outcome.compiled.python)
    console.rule("5. The backtest")
    show_results(console, outcome, report)
