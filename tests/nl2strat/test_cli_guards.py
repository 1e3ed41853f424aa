"""`nl2strat guards` and `backtest --guards`: presets, files, and what the results say of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nl2strat.cli import main

TEXT = "EURUSD H1: buy 5 lots when sma 10 crosses above sma 30, sell when it crosses below"


def test_presets_are_listed_shown_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guards", "list"]) == 0
    assert "prop-2-step-100k\n" in capsys.readouterr().out
    assert main(["guards", "show", "prop-1-step-100k"]) == 0
    file = tmp_path / "mine.toml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["guards", "check", str(file), "--json", str(tmp_path / "g.json")]) == 0
    meaning = json.loads((tmp_path / "g.json").read_text())["guards"]["meaning"]
    assert any("the floor rises no higher than the initial balance" in line for line in meaning)
    assert capsys.readouterr().out.count("\n- ") + 1 == len(meaning)


def test_what_is_wrong_is_told_with_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("[lots]\ntotl = 3\n", encoding="utf-8")
    for command in (["guards", "check", str(file)], ["backtest", TEXT, "--guards", str(file)]):
        assert main(command) == 2
        assert "totl is not known: did you mean total?" in " ".join(capsys.readouterr().err.split())
    assert main(["backtest", TEXT, "--guards", "prop-2-step"]) == 2
    assert "did you mean prop-" in capsys.readouterr().err


def test_a_backtest_inside_guards_says_what_they_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The preset's balance is the deposit; the JSON lists acts and counts; screen and page say the same."""
    out, page = tmp_path / "o.json", tmp_path / "r.html"
    assert main(["backtest", TEXT, "--guards", "prop-2-step-100k", "--json", str(out), "--report", str(page)]) == 0
    result = json.loads(out.read_text())
    assert result["account"]["deposit"] == 100_000
    told = result["guards"]
    assert told["rules"] == "prop-2-step-100k"
    halts = [act for act in told["acts"] if act["action"] == "halted"]
    assert halts
    assert all(act["measured"] <= act["limit"] for act in halts)
    assert sum(row["halted"] for row in told["summary"]) == len(halts)
    limits = [trade for trade in result["trades"] if trade["exit_reason"] == "limit"]
    assert len(limits) == sum(act["action"] == "closed" for act in told["acts"])
    assert "none" in result["lookahead"]
    assert "What the guards did" in page.read_text(encoding="utf-8")
    assert "Guards" in capsys.readouterr().out
    assert main(["backtest", TEXT, "--guards", "prop-2-step-100k", "--deposit", "95000", "--json", str(out)]) == 0
    assert json.loads(out.read_text())["account"]["deposit"] == 95_000


def test_without_guards_nothing_is_said_of_them(tmp_path: Path) -> None:
    out = tmp_path / "o.json"
    assert main(["backtest", TEXT, "--json", str(out)]) == 0
    assert "guards" not in json.loads(out.read_text())
