"""kpi_report.html: complete, self-contained, safe against hostile text, the same bytes for the same input."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas.bars import Bars
from mas.kpi_report import kpi_report, kpi_report_html
from mas.kpi_table import DOCUMENTED_LABELS
from mas.svg import MOST_POINTS, factor_ticks, thinned, time_ticks, value_ticks
from tests.backtests import MONDAY, a_trade, some_bars

CHARTS = (
    "Cumulative Returns", "Cumulative Returns (Log Scaled)", "EOY Returns", "Distribution of Monthly Returns",
    "Daily Active Returns", "Rolling Volatility (6-Months)", "Rolling Sharpe (6-Months)",
    "Rolling Sortino (6-Months)", "Worst 5 Drawdown Periods", "Underwater Plot", "Monthly Returns (%)",
    "Return Quantiles",
)  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}"


def page(bars: Bars | None = None, profits: Sequence[float] = (100, -50, 30), **options: Any) -> str:
    """The report of a few trades over two years of days."""
    bars = bars or some_bars(700, "D1")
    step = len(bars) // (len(profits) + 1)
    trades = [a_trade(bars, i * step, i * step + step // 2, profit) for i, profit in enumerate(profits)]
    return kpi_report_html(trades, bars, 1000, **options)


@pytest.mark.parametrize("documented", [True, False])
def test_everything_documented_is_there(documented: bool) -> None:
    """Heading with the dates of the bars, twelve charts in order, all 62 rows, years, worst drawdowns."""
    html = page(documented=documented)
    assert "<title>EURUSD Strategy KPI</title>" in html
    assert "1 Jan, 2024 \N{EN DASH} 30 Nov, 2025" in html
    assert re.findall(r"<figcaption><h2>(.*?)</h2>", html) == list(CHARTS)
    rows = [
        label.replace("%", "\N{SMALL PERCENT SIGN}") for label in re.findall(r'<th scope="row">(.*?)</th><td', html)
    ]
    assert [label for label in rows if label in DOCUMENTED_LABELS] == list(DOCUMENTED_LABELS)
    assert {"Net Profit", "Trades", "Avg. Holding Time"} <= set(rows)
    assert "Worst 10 Drawdowns" in html
    assert ("Documented definitions, for comparison only" in html) is documented


def test_every_drawing_is_well_formed() -> None:
    """Each chart is valid XML with a description, and no coordinate is NaN or infinite."""
    drawings = re.findall(r"<svg.*?</svg>", page(), re.DOTALL)
    assert len(drawings) == 11
    for drawing in drawings:
        assert ElementTree.fromstring(drawing).get("aria-label")
        assert not re.search(r"nan|inf", drawing)
        assert 'class="bar' not in drawing  # the page's bar is not printed


def test_nothing_is_loaded_and_nothing_runs() -> None:
    """No script, no address, and a policy that allows neither; hostile names stay text."""
    bars = replace(some_bars(100), source=HOSTILE, symbol=HOSTILE)
    html = page(bars)
    assert not re.search(r"<script|<img|<link|https?://|@import|url\(", html)
    assert "default-src 'none'" in html
    assert html.count("{{ 7*7 }}") == 3


def test_synthetic_is_said_everywhere() -> None:
    """Title, banner, headings and every chart carry the label; real data carries none."""
    html = page(some_bars(400, "D1", synthetic=True))
    assert "<title>SYNTHETIC: " in html
    assert 'class="banner"' in html
    assert html.count('class="watermark"') == 11
    assert "SYNTHETIC</" not in page()


@pytest.mark.parametrize("profits", [(-2000, 10), (0.0,), (5.0,)])
@pytest.mark.parametrize("count", [4, 30, 500])
@pytest.mark.parametrize("documented", [True, False])
def test_odd_runs_still_make_a_page(profits: tuple[float, ...], count: int, documented: bool) -> None:
    """A lost account, nothing gained, a handful of bars: a page all the same."""
    html = page(some_bars(count, "D1"), profits, documented=documented)
    assert not re.search(r">nan|nan ", html)


def test_the_answer_is_the_documented_one(tmp_path: Path) -> None:
    """True with a file; without trades the documented error and no file; a folder in the way is an error, no crash."""
    bars = some_bars(100)
    trades = [a_trade(bars, 1, 50, 5.0)]
    path = tmp_path / "new" / "kpi_report.html"
    assert kpi_report(path, trades, bars, 1000) == {"status": True}
    assert (
        path.read_text(encoding="utf-8") == kpi_report_html(trades, bars, 1000) == kpi_report_html(trades, bars, 1000)
    )
    missing = kpi_report(tmp_path / "none.html", [], bars, 1000)
    assert (missing["status"], missing["error"]) == (False, "Missing trade data for KPI generation")
    assert not (tmp_path / "none.html").exists()
    blocked = kpi_report(tmp_path, trades, bars, 1000)
    assert (blocked["status"], blocked["code"]) == (False, "CANNOT_WRITE")


def test_long_curves_keep_their_extremes() -> None:
    """Thinning keeps the ends, the highest and the lowest value."""
    values = np.random.default_rng(5).normal(size=50_000).cumsum()
    across, up = thinned(np.arange(50_000.0), values)
    assert len(up) <= MOST_POINTS + 2
    assert (up.max(), up.min(), up[0], up[-1]) == (values.max(), values.min(), values[0], values[-1])
    assert (np.diff(across) > 0).all()


def test_axes_have_round_marks() -> None:
    """Values in steps of 1, 2, 5; factors likewise; days, months and years on the calendar."""
    assert value_ticks(-0.7, 2.2, 6) == [-0.5, 0, 0.5, 1, 1.5, 2]
    assert factor_ticks(0.4, 30) == [0.5, 1, 2, 5, 10, 20]
    day = 86_400
    assert [text for _, text in time_ticks(MONDAY, MONDAY + 6 * day)] == [f"{d} Jan" for d in range(1, 8)]
    assert [text for _, text in time_ticks(MONDAY + day, MONDAY + 365 * day)][:3] == ["Mar", "May", "Jul"]
    assert [text for _, text in time_ticks(MONDAY, MONDAY + 3000 * day)] == [str(y) for y in range(2024, 2033)]
