"""trade_report.html: every signal, the equity, the profit, MetaTrader's statistics; self-contained and safe."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mas.bars import Bars
from mas.page import script_hash
from mas.results import ClosedTrade
from mas.trade_chart import statistics_of, trade_chart, trade_chart_html
from tests.backtests import a_trade, some_bars
from tests.mas.test_report import unpack

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"


def a_run(**fields: Any) -> tuple[list[ClosedTrade], Bars]:
    """A long that won, a short that lost, a long that is still open."""
    bars = some_bars(200, **fields)
    close = bars.close.values
    trades = [
        a_trade(bars, 10, 30, 100.0, commission=-1.0, comment="first rule"),
        a_trade(bars, 50, 60, -40.0, side="short"),
        a_trade(bars, 190, 199, 7.0, exit_reason="end_of_data", entry_price=float(close[199]) - 0.0007,
                exit_price=float(close[199])),
    ]  # fmt: skip
    return trades, bars


def page(**fields: Any) -> str:
    """The report of that run."""
    trades, bars = a_run(**fields)
    return trade_chart_html(trades, bars, 1000)


def data_of(html: str) -> dict[str, Any]:
    """What the page's script reads."""
    found = re.search(r'id="report-data">(.*?)</script>', html)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_what_the_documentation_promises_is_there() -> None:
    """Candles with signals of both kinds, axis titles, an equity curve, the cumulative profit."""
    html = page()
    for words in ("Buy Signals", "Sell Signals", "Equity curve", "Cumulative profit", ">Date<", ">Price<",
                  "2 closed trades", "1 position still open"):  # fmt: skip
        assert words in html
    data = data_of(html)
    assert len(unpack(data["price"]["close"])) == 200
    rows = [dict(zip(data["trades"]["columns"], row, strict=True)) for row in data["trades"]["rows"]]
    assert [(row["side"], row["entry_bar"], row["exit_bar"]) for row in rows] == [
        ("long", 10, 30), ("short", 50, 60), ("long", 190, 199),
    ]  # fmt: skip


def test_signals_stand_at_the_bar_of_their_fill() -> None:
    """Bars are found by time, so positions of trades in another count of bars do not matter."""
    trades, bars = a_run()
    later = trade_chart_html(trades[1:], bars[40:], 1000)
    (first, _) = data_of(later)["trades"]["rows"]
    columns = data_of(later)["trades"]["columns"]
    assert (first[columns.index("entry_bar")], first[columns.index("exit_bar")]) == (10, 20)


def test_curves_are_those_of_the_account() -> None:
    """The balance moves at exits and leaves the open position out; the equity ends with it; a known one is used."""
    trades, bars = a_run()
    data = data_of(trade_chart_html(trades, bars, 1000))
    balance, equity = unpack(data["equity"]["balance"]), unpack(data["equity"]["equity"])
    assert (balance[29], balance[30], balance[60], balance[-1]) == pytest.approx((1000, 1099, 1059, 1059))
    assert equity[-1] == pytest.approx(1066)
    known = trade_chart_html(trades, bars, 1000, equity=equity + 5)
    assert unpack(data_of(known)["equity"]["equity"]) == pytest.approx(equity + 5)


def test_trades_of_another_symbol_are_not_drawn() -> None:
    """They count in the account, but these candles do not show their prices."""
    trades, bars = a_run()
    html = trade_chart_html([trades[0]._replace(symbol="XAUUSD"), trades[1]], bars, 1000)
    assert len(data_of(html)["trades"]["rows"]) == 1
    assert unpack(data_of(html)["equity"]["balance"])[-1] == pytest.approx(1059)


def test_statistics_are_those_of_the_closed_trades() -> None:
    """The block shows MetaTrader's rows; given ones are shown instead."""
    trades, bars = a_run()
    html = page()
    assert "<dt>Total Net Profit</dt><dd>59.00</dd>" in html
    assert "<dt>Total Trades</dt><dd>2</dd>" in html
    mine = {**statistics_of(trades, bars, 1000), "margin_level": 345.6}
    assert "<dd>345.60%</dd>" in trade_chart_html(trades, bars, 1000, statistics=mine)


def test_nothing_is_loaded_and_hostile_text_stays_text() -> None:
    """No address anywhere, only the page's own script may run, and names cannot become elements."""
    trades, bars = a_run(source=HOSTILE)
    html = trade_chart_html([trades[0]._replace(exit_reason=HOSTILE)], bars, 1000)
    assert not re.search(r"https?://|@import|url\(|<link|<img", html)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 1
    assert f"script-src '{script_hash(scripts[0])}'" in html
    assert "{{ 7*7 }}" in html


def test_synthetic_is_said_everywhere() -> None:
    """Title, banner, headings and the charts' data carry the label; real data carries none."""
    html = page(synthetic=True)
    assert "<title>SYNTHETIC: " in html
    assert html.count('<span class="badge">SYNTHETIC</span>') == 5
    assert data_of(html)["synthetic"] is True
    assert "SYNTHETIC<" not in page()


def test_the_answer_is_the_documented_one(tmp_path: Path) -> None:
    """True with a file, the same bytes each time; without trades the documented error and no file."""
    trades, bars = a_run()
    assert trade_chart(tmp_path / "trade_report.html", trades, bars, 1000) == {"status": True}
    assert (tmp_path / "trade_report.html").read_text(encoding="utf-8") == page()
    missing = trade_chart(tmp_path / "none.html", [], bars, 1000)
    assert (missing["status"], missing["error"]) == (False, "Missing trade data for KPI generation")
    assert list(tmp_path.iterdir()) == [tmp_path / "trade_report.html"]


@pytest.mark.parametrize("count", [1, 2])
def test_odd_runs_still_make_a_page(count: int) -> None:
    """One bar, a trade inside it: a page all the same."""
    bars = some_bars(count)
    assert "Cumulative profit" in trade_chart_html([a_trade(bars, 0, 0, -2000.0)], bars, 1000)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_the_page_comes_alive_in_a_browser(tmp_path: Path) -> None:
    """In Chromium all three charts are drawn from the packed columns, without an error."""
    clock = "setInterval(() => {}, 1)"  # keeps Chromium's virtual time from jumping over the unpacking
    named = "sha256-" + base64.b64encode(hashlib.sha256(clock.encode()).digest()).decode()
    html = page().replace("script-src '", f"script-src '{named}' '")
    html = html.replace("</body>", f"<script>{clock}</script></body>")
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom",
        "--enable-logging=stderr", f"file://{tmp_path / 'page.html'}",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in run.stderr
    assert "drawdown" in run.stdout.split('id="equity-read">')[1][:120]
    assert "O 1." in run.stdout.split('id="price-read">')[1][:120]
    assert "closed profit +59.00 USD" in run.stdout.split('id="profit-read">')[1][:120]
