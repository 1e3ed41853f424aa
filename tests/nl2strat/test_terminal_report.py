"""The terminal's view of a backtest: readable in 80 columns, labelled, safe against markup."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from mas.metrics import compute_metrics
from mas.results import Backtest
from nl2strat.terminal_report import print_reading, print_results
from tests.backtests import a_backtest, a_trade, by_profits, some_bars


def printed(backtest: Backtest, width: int = 80, **fields: object) -> str:
    """What `print_results` writes."""
    console = Console(file=StringIO(), width=width)
    print_results(console, backtest, compute_metrics(backtest), **fields)  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_results_fit_eighty_columns() -> None:
    """No line is longer and no figure is cut off, even with large amounts."""
    text = printed(by_profits(*[1_234_567.89, -987_654.32] * 20), title="A strategy", lookahead="Look-ahead: none.")
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text
    for words in ("A strategy", "Net profit", "4,938,271.40", "50.00%", "40 signal", "Look-ahead: none."):
        assert words in text


def test_warnings_and_label() -> None:
    """SYNTHETIC stands in the heading and among the warnings; warnings given by the caller are added once."""
    bars = some_bars(20, synthetic=True)
    text = printed(a_backtest(bars, [a_trade(bars, 1, 2, 3)]), warnings=["be careful", "be careful"])
    assert text.index("SYNTHETIC") < text.index("Net profit")
    assert "! SYNTHETIC data" in text
    assert "! Only 1 trade:" in text
    assert text.count("be careful") == 1


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_trades(width: int) -> None:
    """A run without trades prints at any width."""
    assert "No trades" in printed(a_backtest(some_bars(30)), width)


def test_reading_keeps_brackets() -> None:
    """Text is shown as it is: what looks like console markup is not taken for it."""
    console = Console(file=StringIO(), width=80)
    print_reading(console, "close[1] [bold]x", "Compares close[1] with [red]open[/red].", ["[b] stays"])
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("close[1] [bold]x", "[red]open[/red]", "- [b] stays"):
        assert words in text
