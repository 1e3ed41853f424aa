"""`why`: each clause of a bar with its values, and what came of it; it must never change what the strategy does."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mas.bars import Bars
from nl2strat.backtesting import play, prepare
from nl2strat.cli import main
from nl2strat.datafiles import DataChoice
from nl2strat.errors import UsageError
from nl2strat.pipeline import Compiled
from nl2strat.settings import Settings
from nl2strat.source import Kind, Source
from nl2strat.why import Why, explain_bar

PROGRAM = """strategy "watched"
symbol EURUSD
timeframe H1
let trend = ema(close, 50)
enter long when close > trend and rsi(14) crosses above 50
  stop 30 pips
  target 2R
end
exit long when profit > 20 pips or rsi(14) > 80
{more}end strategy
"""


def compiled(more: str = "") -> tuple[Compiled, Bars]:
    return prepare(Source(PROGRAM.format(more=more), Kind.LANGUAGE, "test"), DataChoice())


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M")


def at(bar: int, more: str = "", settings: Settings | None = None) -> Why:
    strategy, bars = compiled(more)
    return explain_bar(strategy, bars, settings or Settings(), moment(bars.time[bar]))


def first_entry(more: str = "") -> int:
    """The bar whose close decided the first trade."""
    strategy, bars = compiled(more)
    return play(strategy, bars, Settings()).trades[0].entry_bar - 1


def test_a_taken_entry_shows_its_clauses_and_its_fill() -> None:
    why = at(first_entry())
    entry = why.rules[0]
    assert entry.truth is True
    assert [clause.text for clause in entry.clauses][1:] == ["close > trend", "rsi(14) crosses above 50"]
    close = entry.clauses[1].values
    assert close["close"] == why.prices["close"] > close["trend"]
    cross = entry.clauses[2].values
    assert cross["rsi(14)[1]"] <= 50 < cross["rsi(14)"]
    assert any(text.startswith("opened at") for text in why.outcome)


def test_a_position_in_the_way_is_named() -> None:
    strategy, bars = compiled()
    trade = next(t for t in play(strategy, bars, Settings()).trades if t.exit_bar > t.entry_bar + 1)
    why = at(trade.entry_bar)
    assert why.position[0].startswith("long 0.1 lots of EURUSD")
    exit_rule = why.rules[1]
    assert exit_rule.clauses[1].text == "profit > 20 pips"
    assert exit_rule.clauses[1].values["20 pips"] == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("trade between 00:00 and 00:01\n", "not allowed at this time: enter long"),
        ("spread at most 0.1 pips\n", "held back: spread"),
    ],
)
def test_what_stood_in_the_way_is_said(more: str, said: str) -> None:
    assert any(said in text for text in at(first_entry(), more).outcome)


def test_a_refused_order_comes_with_its_retcode() -> None:
    why = at(first_entry(), settings=Settings(deposit=1.0))
    assert any("10019" in text for text in why.outcome)


def test_the_last_bar_fills_nothing() -> None:
    _, bars = compiled()
    assert "last bar" in at(len(bars) - 1).outcome[0]


@pytest.mark.parametrize("when", ["tomorrow", "1999-01-01", "2023-01-07 12:00"])
def test_a_moment_without_a_bar_is_refused(when: str) -> None:
    strategy, bars = compiled()
    with pytest.raises(UsageError, match="--at"):
        explain_bar(strategy, bars, Settings(), when)


def test_watching_changes_nothing() -> None:
    """The trades up to the bar are those of an ordinary run."""
    strategy, bars = compiled()
    trades = play(strategy, bars, Settings()).trades
    for trade in trades[:5]:
        why = at(trade.entry_bar - 1)
        assert any(f"{trade.entry_price:g}" in text for text in why.outcome)


def test_the_command_prints_and_writes(capsys: pytest.CaptureFixture[str], tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "watched.strat"
    file.write_text(PROGRAM.format(more=""), encoding="utf-8")
    _, bars = compiled()
    assert main(["why", str(file), "--at", moment(bars.time[300])]) == 0
    assert "What came of it" in capsys.readouterr().out
    assert main(["why", str(file), "--at", moment(bars.time[300]), "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)["why"]
    assert found["rules"][0]["title"] == "enter long"
    assert main(["why", str(file), "--at", "never"]) == 2
