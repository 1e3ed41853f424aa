"""trade_report.html: candles with every buy and sell, the equity, the cumulative profit; one file, nothing loaded.

It draws with the same canvas code as the backtest report of nl2strat (`mas/templates/chart.js`, `page.js`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mas import report
from mas.data_report import closed_trades, missing_trades
from mas.excursions import excursions
from mas.kpi_report import write_page
from mas.kpi_series import bar_profits
from mas.metric_table import Value
from mas.mt5_statistics import deals_of, mt5_statistics
from mas.mt5_table import statistics_rows
from mas.page import environment, joined_script, safe_json, script_hash, template_text
from mas.results import Backtest
from mas.trade_columns import TradeColumns

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import ClosedTrade

Json = dict[str, Any]
Floats = NDArray[np.float64]


def trade_chart(
    path: str | Path,
    trades: Sequence[ClosedTrade],
    bars: Bars,
    deposit: float,
    *,
    equity: Floats | None = None,
    currency: str = "USD",
    statistics: dict[str, Value] | None = None,
) -> Json:
    """Write the page and answer as documented: `{"status": True}`, or `status` False with `error` (and a `code`)."""
    if not trades or not len(bars):
        return missing_trades()
    page = trade_chart_html(trades, bars, deposit, equity=equity, currency=currency, statistics=statistics)
    return write_page(path, page)


def trade_chart_html(
    trades: Sequence[ClosedTrade],
    bars: Bars,
    deposit: float,
    *,
    equity: Floats | None = None,
    currency: str = "USD",
    statistics: dict[str, Value] | None = None,
) -> str:
    """The page as text.

    Args: trades: of the run; one still open at the end ("end_of_data") shows its entry only, those of another symbol
        count in the equity only. equity: at every bar's close, where it is known. statistics: from `mt5_statistics`
        with the terminal's own deals; else worked out from the trades.
    """
    from markupsafe import Markup

    run = _run(trades, bars, deposit, equity, currency)
    found = statistics_of(trades, bars, deposit, run.equity) if statistics is None else statistics
    script = joined_script(*(template_text(name) for name in ("chart.js", "page.js", "trade_report.js")))
    closed = closed_trades(trades)
    first, last = report.iso_times([bars.time[0], bars.time[-1]])
    profit = sum(trade.net for trade in closed)
    return (
        environment()
        .get_template("trade_report.html.j2")
        .render(
            css=Markup(template_text("page.css") + template_text("trade_report.css")),
            script=Markup(script),
            script_hash=script_hash(script),
            data=Markup(safe_json(_page_data(run))),
            symbol=bars.symbol,
            timeframe=bars.timeframe,
            synthetic=bars.synthetic,
            period=f"{first[:10]} to {last[:10]}",
            bars=len(bars),
            source=bars.source,
            currency=currency,
            closed=_count(len(closed), "closed trade"),
            still_open=_still_open(len(trades) - len(closed)),
            equity_words=f"From {deposit:,.2f} to {float(run.equity[-1]):,.2f} {currency}.",
            profit_words=f"{profit:,.2f} {currency} in {_count(len(closed), 'trade')}.",
            statistics=[(name, value.replace("-", "\N{MINUS SIGN}")) for name, value in statistics_rows(found)],
        )
    )


def statistics_of(
    trades: Sequence[ClosedTrade], bars: Bars, deposit: float, equity: Floats | None = None
) -> dict[str, Value]:
    """MetaTrader's statistics of trades alone: half of each commission is taken to be that of the entry."""
    closed = closed_trades(trades)
    return mt5_statistics(
        deals_of(closed), deposit, equity=equity, bar_minutes=bars.seconds / 60, excursions=excursions(closed, bars)
    )


def _run(trades: Sequence[ClosedTrade], bars: Bars, deposit: float, equity: Floats | None, currency: str) -> Backtest:
    """The trades of these bars, at the bars that hold their fills, with balance and equity at every close."""
    if equity is None:
        equity = deposit + np.cumsum(bar_profits(TradeColumns.of(trades), bars))
    closed = TradeColumns.of(closed_trades(trades))
    booked = np.zeros(len(bars))
    np.add.at(booked, _places(closed.exit_time, bars), closed.net)
    shown = [trade for trade in trades if trade.symbol == bars.symbol]
    entries, exits = (_places([getattr(t, name) for t in shown], bars) for name in ("entry_time", "exit_time"))
    placed = [t._replace(entry_bar=int(a), exit_bar=int(b)) for t, a, b in zip(shown, entries, exits, strict=True)]
    return Backtest(bars, deposit, currency, tuple(placed), deposit + np.cumsum(booked), equity)


def _places(times: Any, bars: Bars) -> NDArray[np.intp]:
    found = np.searchsorted(bars.time, np.asarray(times, dtype=np.int64), side="right") - 1
    return np.clip(found, 0, None)


def _page_data(run: Backtest) -> Json:
    rows = report.trade_rows(run)
    return {
        "synthetic": run.bars.synthetic,
        "currency": run.currency,
        "price": report.price_chart(run),
        "equity": report.equity_chart(run),
        "trades": {"columns": list(rows[0]) if rows else [], "rows": [list(row.values()) for row in rows]},
    }


def _still_open(number: int) -> str:
    return _count(number, "position") + " still open" if number else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
