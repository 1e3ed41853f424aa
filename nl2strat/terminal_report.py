"""A backtest in the terminal: the reading, the figures in 80 columns, and what to know before believing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mas.metrics import METRICS, Value, format_metric, warnings_for
from mas.report import band_text
from mas.terminals.guarded.summary import lines_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from mas.results import Backtest
    from nl2strat.research.checks import Robustness

WIDTH = 80

LEFT = (
    "net_profit",
    "total_return_percent",
    "cagr_percent",
    "profit_factor",
    "expected_payoff",
    "equity_drawdown_relative_percent",
    "equity_drawdown_maximal",
    "longest_drawdown_days",
    "recovery_factor",
    "sharpe",
    "sortino",
)
RIGHT = (
    "trades",
    "win_rate_percent",
    "average_win",
    "average_loss",
    "largest_loss",
    "max_consecutive_losses",
    "average_holding_hours",
    "exposure_percent",
    "spread_cost",
    "commission",
    "swap",
)
"""The two columns of figures."""

SHORT = {
    "equity_drawdown_relative_percent": "Max. drawdown",
    "equity_drawdown_maximal": "Max. drawdown, money",
    "average_holding_hours": "Average holding",
    "spread_cost": "Spread paid (est.)",
}
"""Titles that must fit half of 80 columns."""

BLOCKS = "▁▂▃▄▅▆▇█"


def print_reading(console: Console, title: str, explanation: str, assumptions: Sequence[str]) -> None:
    """The strategy in plain English, and what was assumed because the text did not say."""
    from rich.panel import Panel
    from rich.text import Text

    text = Text(explanation.strip())
    if assumptions:
        text.append("\n\nAssumed:", style="bold yellow")
        for assumption in assumptions:
            text.append(f"\n- {assumption}")
    width = min(console.width, 100)
    console.print(Panel(text, title=Text(title, style="bold"), title_align="left", width=width, border_style="dim"))


def print_results(
    console: Console,
    backtest: Backtest,
    metrics: Mapping[str, Value],
    *,
    title: str = "",
    warnings: Sequence[str] = (),
    lookahead: str = "",
    robustness: Robustness | None = None,
) -> None:
    """The figures of a run, the warnings of `warnings_for` and further ones, the look-ahead check, and the verdict."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console.print(_heading(backtest, title))
    console.print(_table(metrics))
    line = _sparkline(backtest, min(console.width, WIDTH) - 10)
    if line and (console.encoding or "").lower().startswith("utf"):
        console.print(Text("  Equity  ", style="dim").append(line, style="cyan"), no_wrap=True)
    if len(backtest.symbols) > 1:
        console.print(Text("  Symbols ", style="dim").append(_by_symbol(backtest), style="default"))
    exits = Counter(trade.exit_reason for trade in backtest.trades)
    if exits:
        listing = ", ".join(f"{number:,} {reason}" for reason, number in exits.most_common())
        console.print(Text("  Exits   ", style="dim").append(listing, style="default"))
    if backtest.held_back:
        listing = ", ".join(f"{number:,} {reason}" for reason, number in sorted(backtest.held_back.items()))
        console.print(Text("  Held back ", style="dim").append(listing, style="default"))
    for line in lines_of(backtest.guards, shown=3):
        console.print(Text("  Guards  ", style="dim").append(line, style="default"))
    if backtest.alerts:
        listing = ", ".join(f"{n:,} x {text}" for text, n in Counter(a.text for a in backtest.alerts).most_common())
        console.print(Text("  Alerts  ", style="dim").append(listing, style="default"))
    between = band_text(backtest)
    if between:
        console.print(Padding(Text(between, style="default"), (0, 0, 0, 2)))
    if lookahead:
        console.print(Padding(Text(lookahead, style="dim"), (0, 0, 0, 2)))
    for warning in dict.fromkeys((*warnings_for(backtest, dict(metrics)), *warnings)):
        row = Table.grid()
        row.add_row(Text("! ", style="bold yellow"), Text(warning, style="yellow"))
        console.print(row)
    if robustness is not None:
        from nl2strat.terminal_checks import print_robustness

        print_robustness(console, robustness)


def _by_symbol(backtest: Backtest) -> str:
    """Trades and net result of each symbol."""
    texts = []
    for symbol in backtest.symbols:
        own = [trade.net for trade in backtest.trades if trade.symbol == symbol]
        texts.append(f"{symbol} {len(own):,} ({sum(own):,.2f})")
    return ", ".join(texts)


def _heading(backtest: Backtest, title: str) -> Text:
    from rich.text import Text

    bars = backtest.bars
    heading = Text("\n")
    if bars.synthetic:
        heading.append(" SYNTHETIC ", style="bold white on red").append(" ")
    heading.append(title or "Backtest", style="bold")
    symbols = ", ".join(backtest.symbols)
    details = f"{symbols} {bars.timeframe}, {len(bars):,} bars{_period(backtest)}, amounts in {backtest.currency}"
    heading.append(f"\n{details}", style="dim")
    return heading


def _period(backtest: Backtest) -> str:
    from mas.report import iso_times

    if not len(backtest.bars):
        return ""
    first, last = iso_times([backtest.bars.time[0], backtest.bars.time[-1]])
    return f", {first[:10]} to {last[:10]}"


def _table(metrics: Mapping[str, Value]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2), show_header=False)
    for justify in ("left", "right", "left", "right"):
        table.add_column(justify=justify, no_wrap=True)
    for left, right in zip(LEFT, RIGHT, strict=True):
        cells: list[Text] = []
        for key in (left, right):
            cells.append(Text(SHORT.get(key, METRICS[key].title), style="dim"))
            cells.append(Text(format_metric(key, metrics[key]), style=_style(key, metrics[key])))
        table.add_row(*cells)
    return table


def _style(key: str, value: Value) -> str:
    if not METRICS[key].signed or not value:
        return "bold"
    return "bold green" if value > 0 else "bold red"


def _sparkline(backtest: Backtest, width: int) -> str:
    """The equity as a row of blocks, each the last equity of its share of the bars."""
    equity = backtest.equity
    if len(equity) < 2 or float(equity.max()) <= float(equity.min()):
        return ""
    places = [round(i * (len(equity) - 1) / (width - 1)) for i in range(width)]
    low, span = float(equity.min()), float(equity.max() - equity.min())
    return "".join(BLOCKS[min(7, int(8 * (float(equity[i]) - low) / span))] for i in places)
