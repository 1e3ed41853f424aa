"""The verdict where a user sees it: in the terminal, in report.html, in the JSON of a command."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from nl2strat.cli import main
from nl2strat.presentation import show_results, write_outcome
from nl2strat.research import robustness
from nl2strat.research.checks import Check, Robustness, percent
from nl2strat.terminal_checks import print_robustness
from tests.nl2strat.research.cases import FAST_CROSS, judged, outcome_of, traded

RUN = traded(np.random.default_rng(3).normal(1.0, 25, 300))


def printed(found: Robustness) -> str:
    """What the terminal shows."""
    console = Console(file=io.StringIO(), width=80, color_system=None)
    print_robustness(console, found)
    return " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]


def test_every_report_has_the_verdict_the_checks_and_what_was_not_run(tmp_path: Path) -> None:
    """Also the terminal; hostile text in a check stays text."""
    outcome = outcome_of(RUN)
    found = robustness.quickly(outcome)
    hostile = Check("x", "<script>", "</table><img src=x>", "note")
    outcome = replace(outcome, robustness=replace(found, checks=(*found.checks, hostile)))
    write_outcome(tmp_path / "report.html", outcome)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Can it be believed?" in page
    for check in found.checks:
        assert check.title in page
    assert found.verdict.head in page
    assert "Entries at random bars, dearer spreads, one bar late, inputs a little off" in page
    assert "<img src=x>" not in page
    console = Console(file=io.StringIO(), width=80, color_system=None)
    show_results(console, outcome)
    assert found.verdict.head in " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]


def test_the_terminal_is_short_unless_asked() -> None:
    """Without --robust one line says what was not run; with it every check is shown."""
    quick = robustness.quickly(outcome_of(RUN))
    text = printed(quick)
    assert text.startswith(quick.verdict.head)
    assert "Not run: entries at random bars, dearer spreads, one bar late" in text
    assert "add --robust, or press the button of the page, to run them." in text
    assert "What costs take" not in text
    late = Check("delay", "One bar late", "It makes 3.", "good")
    whole = printed(replace(quick, checks=(*quick.checks, late), not_run=quick.not_run[:1]))
    assert "+ One bar late: It makes 3." in whole
    assert "What costs take" in whole
    assert "Not run: the last 30 % against the first 70 %: 300 and 0 trades" in whole


def test_the_command_counts_what_was_tried(tmp_path: Path, capsys: object, monkeypatch: object) -> None:
    """A second variant on the same bars is the second; the first again adds nothing and gives the same bytes."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path))  # type: ignore[attr-defined]
    texts = []
    for number, program in enumerate((FAST_CROSS, FAST_CROSS.replace("fast = 5", "fast = 4"), FAST_CROSS, FAST_CROSS)):
        (tmp_path / "x.strat").write_text(program, encoding="utf-8")
        assert main(["backtest", str(tmp_path / "x.strat"), "--json", str(tmp_path / f"{number}.json")]) == 0
        found = json.loads((tmp_path / f"{number}.json").read_text(encoding="utf-8"))["robustness"]
        assert found["verdict"]["text"]
        texts.append({check["name"]: check for check in found["checks"]})
    assert [one["deflated_sharpe"]["values"]["variants"] for one in texts] == [1, 2, 2, 2]
    assert texts[2] == texts[3]
    assert texts[0]["bootstrap"] == texts[2]["bootstrap"]


def test_a_percentage_is_never_rounded_to_certainty() -> None:
    """Nor to impossibility."""
    assert [percent(x) for x in (0.0, 0.0001, 0.034, 0.34, 0.97, 0.9999, 1.0, 3.529)] == [
        "0.0 %", "under 0.1 %", "3.4 %", "34 %", "97.0 %", "over 99.9 %", "100 %", "353 %",
    ]  # fmt: skip


def test_money_is_never_promised() -> None:
    """What survives is told not to be a promise."""
    strong = judged(traded(np.random.default_rng(6).normal(8, 20, 500)))
    assert strong.verdict.level == "survives"
    assert "It is no promise" in strong.verdict.text
