"""report.html: complete, self-contained, safe against hostile text, the same bytes for the same input."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mas.metrics import METRICS, compute_metrics
from mas.results import Backtest
from nl2strat.highlight import keywords, program_html, python_html
from nl2strat.report import highlighted, report_html
from tests.backtests import a_backtest, a_trade, by_profits, some_bars

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028'\"&{{ 7*7 }}"


@dataclass(frozen=True)
class Use:
    start: int
    end: int
    node: str


def page(backtest: Backtest | None = None, **changes: Any) -> str:
    """A report on a few trades."""
    backtest = backtest or by_profits(100, -50, 30)
    arguments: dict[str, Any] = {
        "title": "RSI pullback",
        "english": "Buy when RSI is below 30.",
        "explanation": "Goes long when the RSI is below 30.",
        "assumptions": ["RSI is over 14 bars."],
        "program_text": 'strategy "RSI pullback"\nenter long when rsi(14) < 30\nend\nend strategy\n',
        "python": "import mas\n\n\nclass RsiPullback(mas):\n    pass\n",
    }
    return report_html(backtest=backtest, metrics=compute_metrics(backtest), **{**arguments, **changes})


def script_hash(script: str) -> str:
    """The name of a script in a content policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


class Elements(HTMLParser):
    """Start tags with their attributes, the ids, and the text of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.cdata_elem == "script":
            self.scripts[-1] += data
        else:
            self.text += data


def test_everything_a_reader_needs_is_there() -> None:
    """The English, the reading, assumptions, look-ahead, code, each figure with its definition."""
    text = Elements(page(lookahead="Look-ahead: none.", notes=["3 rows repaired"], generated="made today")).text
    for words in (
        "Buy when RSI is below 30.", "Goes long when", "RSI is over 14 bars.", "Look-ahead: none.", "3 rows repaired",
        "made today", "class", "RsiPullback", "enter", "the stop is taken first", "EURUSD", "2024-01-01",
        "Only 3 trades",
    ):  # fmt: skip
        assert words in text
    for metric in METRICS.values():
        assert metric.title in text
        assert metric.definition in text


def test_nothing_is_loaded_from_anywhere() -> None:
    """No element points outside the file, and the content policy forbids it."""
    html = page()
    for tag, attributes in Elements(html).tags:
        assert tag not in ("link", "img", "iframe", "object", "base"), tag
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    assert "default-src 'none'" in html
    assert not re.search(r"https?://|@import|url\(", html)


def test_hostile_text_stays_text() -> None:
    """Markup in any text the user gives, and in the data's own words, never becomes an element."""
    bars = some_bars(20, source=HOSTILE)
    trades = [a_trade(bars, 1, 3, 5.0, exit_reason=HOSTILE)]
    backtest = replace(a_backtest(bars, trades), spread=HOSTILE, notes=(HOSTILE,))
    names = ("title", "english", "explanation", "program_text", "python", "lookahead", "generated")
    hostile = page(
        backtest,
        **dict.fromkeys(names, HOSTILE),
        assumptions=[HOSTILE],
        warnings=[HOSTILE],
        notes=[HOSTILE],
        uses=[Use(3, 20, HOSTILE)],
    )
    found = Elements(hostile)
    assert len(found.scripts) == 2
    assert not [tag for tag, _ in found.tags if tag == "img"]
    assert json.loads(found.scripts[0])["trades"]["rows"][0].count(HOSTILE) == 1
    assert "\u2028" not in "".join(found.scripts)
    assert found.text.count("{{ 7*7 }}") > 8


def test_the_policy_names_the_very_script() -> None:
    """Only the page's own script may run: its hash is in the policy."""
    html = page()
    assert f"script-src '{script_hash(Elements(html).scripts[1])}'" in html


def test_same_input_same_bytes() -> None:
    """Two reports on the same run are equal to the byte."""
    assert page() == page()


def test_synthetic_is_said_wherever_figures_stand() -> None:
    """Title, banner, bar and every section with figures carry the label; real data carries none."""
    bars = some_bars(20, synthetic=True)
    html = page(a_backtest(bars, [a_trade(bars, 1, 2, 3)]))
    assert "<title>SYNTHETIC: " in html
    assert 'class="banner"' in html
    assert html.count('<span class="badge">SYNTHETIC</span>') == 7
    assert '"synthetic":true' in html
    assert "SYNTHETIC</span>" not in page()


@pytest.mark.parametrize("backtest", [a_backtest(some_bars(5)), a_backtest(some_bars(2)), by_profits(-20_000)])
def test_odd_runs_still_make_a_page(backtest: Backtest) -> None:
    """No trades, two bars, a lost account: a page all the same."""
    assert "All figures" in page(backtest)


def test_words_that_were_used_are_marked() -> None:
    """Used phrases are cut out in order; overlapping and impossible ones are left out, no letter is lost."""
    english = "Buy when RSI is below 30."
    uses = [Use(9, 25, "late"), Use(0, 8, "enter long when"), Use(9, 12, "rsi(14)"), Use(90, 99, "outside")]
    pieces = highlighted(english, uses)
    assert "".join(piece["text"] for piece in pieces) == english
    assert [(p["text"], p["node"]) for p in pieces if p["node"]] == [
        ("Buy when", "enter long when"),
        ("RSI is below 30.", "late"),
    ]


def test_code_is_coloured_without_changing_it() -> None:
    """Taking the tags away gives the escaped source back; keywords come from the grammar."""
    program = 'strategy "a < b"\n# note\nenter long when sma(close, 50) crosses above 1.5\nend\n'
    coloured = program_html(program)
    assert re.sub(r"</?span[^>]*>", "", coloured) == program.replace("<", "&lt;").replace('"', "&quot;")
    assert '<span class="k">crosses</span>' in coloured
    assert '<span class="nf">sma</span>' in coloured
    assert {"when", "since", "crosses", "enter", "not", "above", "pips"} <= set(keywords())
    assert '<span class="k">class</span>' in python_html("class A:\n    pass\n")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_the_page_comes_alive_in_a_browser(tmp_path: Path) -> None:
    """In Chromium the charts are drawn from the packed columns and the trade list is filled, without an error."""
    clock = "setInterval(() => {}, 1)"  # keeps Chromium's virtual time from jumping over the unpacking
    html = page().replace("script-src '", f"script-src '{script_hash(clock)}' '")
    html = html.replace("</body>", f"<script>{clock}</script></body>")
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom",
        f"--screenshot={tmp_path / 'page.png'}", "--enable-logging=stderr", f"file://{tmp_path / 'report.html'}",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in run.stderr
    assert "3 of 3 trades" in run.stdout
    assert "drawdown" in run.stdout.split('id="equity-read">')[1][:120]
    assert "O 1." in run.stdout.split('id="price-read">')[1][:120]
