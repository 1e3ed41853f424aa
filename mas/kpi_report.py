"""kpi_report.html: the tear sheet of a run, one printable file without scripts that loads nothing.

Left the twelve documented charts, right the KPI table, the years and the worst drawdowns. The same input gives the
same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mas.data_report import closed_trades, missing_trades
from mas.drawdowns import drawdowns, worst_drawdowns
from mas.heat_map import MONTH_NAMES, heat_map
from mas.kpi import figures_of, return_series
from mas.kpi_calendar import period_numbers, returns_by, sums_by
from mas.kpi_charts import Chart, KpiCharts
from mas.kpi_table import KPIS, OWN_GROUP, format_kpi
from mas.metric_table import Value
from mas.page import environment, template_text
from mas.report import iso_times

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.kpi_series import ReturnSeries
    from mas.results import ClosedTrade

Json = dict[str, Any]
Floats = NDArray[np.float64]

DRAWDOWNS_SHOWN = 10
CANNOT_WRITE = "CANNOT_WRITE"

SOUND_NOTE = (
    "Returns are changes of the equity from day to day, costs included, exits at their fill; a year has the days that "
    "the data has. Point at a row for its definition."
)
DOCUMENTED_NOTE = (
    "Documented definitions, for comparison only: one return per bar, 252 a year, exit bars counted to their close, no "
    "costs, years of 252 calendar days, value-at-risk in place of the tail mean. Point at a row for its definition."
)


def kpi_report(
    path: str | Path,
    trades: Sequence[ClosedTrade],
    bars: Bars,
    deposit: float,
    *,
    documented: bool = False,
    equity: Floats | None = None,
    currency: str = "USD",
) -> Json:
    """Write the page and answer as documented: `{"status": True}`, or `status` False with `error` (and a `code`)."""
    if not trades or not len(bars):
        return missing_trades()
    page = kpi_report_html(trades, bars, deposit, documented=documented, equity=equity, currency=currency)
    return write_page(path, page)


def write_page(path: str | Path, page: str) -> Json:
    """The documented answer of a report that writes a file."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        return {"status": False, "error": f"{path} cannot be written: {error.strerror}", "code": CANNOT_WRITE}
    return {"status": True}


def kpi_report_html(
    trades: Sequence[ClosedTrade],
    bars: Bars,
    deposit: float,
    *,
    documented: bool = False,
    equity: Floats | None = None,
    currency: str = "USD",
) -> str:
    """The page as text.

    Args: trades: of the run, one still open at the end included. bars: of the run, at least one. documented: the
        definitions of the documented table (see `mas.kpi_table`). equity: at every bar's close, where it is known.
    """
    from markupsafe import Markup

    series = return_series(trades, bars, deposit, documented=documented, equity=equity)
    figures = figures_of(series, trades)
    charts = KpiCharts(series, synthetic=bars.synthetic)
    first, last = iso_times([bars.time[0], bars.time[-1]])
    return (
        environment()
        .get_template("kpi_report.html.j2")
        .render(
            css=Markup(template_text("page.css") + template_text("kpi_report.css")),
            symbol=bars.symbol,
            timeframe=bars.timeframe,
            period=f"{_day(first)} \N{EN DASH} {_day(last)}",
            bars=len(bars),
            source=bars.source,
            synthetic=bars.synthetic,
            documented=documented,
            note=DOCUMENTED_NOTE if documented else SOUND_NOTE,
            tiles=_tiles(figures, currency, documented),
            charts=[{"title": c.title, "note": c.note, "svg": Markup(c.svg)} for c in _left_column(charts)],
            month_names=MONTH_NAMES,
            months=heat_map(_month_table(series)),
            quantiles=_shown(charts.quantiles()),
            groups=_groups(figures, currency, documented),
            year_heads=("Year", "Return", "Cumulative") if documented else ("Year", "Return", "Profit", "Trades"),
            years=list(_years(series, trades)),
            drawdowns=[_drawdown_row(episode) for episode in worst_drawdowns(drawdowns(series), DRAWDOWNS_SHOWN)],
        )
    )


def _left_column(charts: KpiCharts) -> Iterator[Chart]:
    """The documented order; the heat map and the quantiles, which follow, are set by the template."""
    yield charts.cumulative()
    yield charts.cumulative_log()
    yield charts.yearly()
    yield charts.monthly_distribution()
    yield charts.daily()
    yield charts.rolling("Volatility")
    yield charts.rolling("Sharpe")
    yield charts.rolling("Sortino")
    yield charts.worst_periods()
    yield charts.underwater()


def _shown(chart: Chart) -> Json:
    from markupsafe import Markup

    return {"title": chart.title, "note": chart.note, "svg": Markup(chart.svg)}


def _tiles(figures: dict[str, Value], currency: str, documented: bool) -> list[Json]:
    keys = ("net_profit", "cumulative_return", "cagr", "sharpe", "max_drawdown", "trades")
    return [{"title": _written(KPIS[key].label), **_cell(key, figures[key], currency, documented)} for key in keys]


def _groups(figures: dict[str, Value], currency: str, documented: bool) -> list[tuple[str, list[Json]]]:
    groups: dict[str, list[Json]] = {}
    for key, row in KPIS.items():
        definition = row.definition
        if documented and row.documented and row.group != OWN_GROUP:
            definition = f"Documented: {row.documented} Sound: {row.definition}"
        cell = _cell(key, figures[key], currency, documented)
        groups.setdefault(row.group, []).append({"label": _written(row.label), "definition": definition, **cell})
    return list(groups.items())


def _written(label: str) -> str:
    """The documented small percent sign is in few fonts: the page shows the common one."""
    return label.replace("\N{SMALL PERCENT SIGN}", "%")


def _cell(key: str, value: Value, currency: str, documented: bool) -> Json:
    text = format_kpi(key, value, currency, documented=documented).replace("-", "\N{MINUS SIGN}")
    tone = "" if not KPIS[key].signed or not value else "gain" if value > 0 else "loss"
    return {"value": "\N{EN DASH}" if value is None else text, "tone": tone}


def _month_table(series: ReturnSeries) -> list[Json]:
    months = np.unique(period_numbers(series.time, "M"))
    totals = dict(zip(np.unique(period_numbers(series.time, "Y")), returns_by(series, "Y"), strict=True))
    rows: dict[int, Json] = {
        int(n): {"year": 1970 + int(n), "months": [None] * 12, "total": 100 * float(total)}
        for n, total in totals.items()
    }
    for month, value in zip(months, returns_by(series, "M"), strict=True):
        rows[int(month) // 12]["months"][int(month) % 12] = 100 * float(value)
    return list(rows.values())


def _years(series: ReturnSeries, trades: Sequence[ClosedTrade]) -> Iterator[list[Json]]:
    """Cells per year. Documented: plain sum of the returns, and compounded. Sound: compounded, profit, trades."""
    closed = closed_trades(trades)
    exit_years = period_numbers(np.array([trade.exit_time for trade in closed], dtype=np.int64), "Y")
    numbers = np.unique(period_numbers(series.time, "Y"))
    for number, compounded, total in zip(numbers, returns_by(series, "Y"), sums_by(series, "Y"), strict=True):
        cells = [{"text": str(1970 + int(number)), "tone": ""}]
        if series.documented:
            yield [*cells, _signed(100 * total, "%"), _signed(100 * compounded, "%")]
        else:
            ended = [trade.net for trade, year in zip(closed, exit_years, strict=True) if year == number]
            yield [*cells, _signed(100 * compounded, "%"), _signed(sum(ended)), {"text": f"{len(ended):,}", "tone": ""}]


def _signed(value: float, unit: str = "") -> Json:
    value = round(float(value), 2) + 0.0
    text = f"{value:,.2f}{unit}".replace("-", "\N{MINUS SIGN}")
    return {"text": text, "tone": "gain" if value > 0 else "loss" if value < 0 else ""}


def _drawdown_row(episode: Any) -> Json:
    started, ended = iso_times([episode.started, episode.recovered or 0])
    return {
        "started": started[:10],
        "recovered": ended[:10] if episode.recovered is not None else "not yet",
        "percent": f"{episode.percent:.2f}%".replace("-", "\N{MINUS SIGN}"),
        "days": f"{episode.days:,.0f}" if episode.days >= 1 else f"{episode.days:.1f}",
    }


def _day(iso: str) -> str:
    """ "2024-05-01T..." as "1 May, 2024", the way of the documented heading."""
    return f"{int(iso[8:10])} {MONTH_NAMES[int(iso[5:7]) - 1]}, {iso[:4]}"
