"""`diff`: two strategies side by side, in words and in trades."""

from __future__ import annotations

import json

import pytest

from nl2strat.backtesting import play, prepare
from nl2strat.cli import main
from nl2strat.datafiles import DataChoice
from nl2strat.difference import Difference, compare
from nl2strat.settings import Settings
from nl2strat.source import Kind, Source

PROGRAM = """strategy "two of them"
symbol EURUSD
timeframe H1
enter long when {when}
  stop 30 pips
  target {target}
end
end strategy
"""
CROSS = "ema(close, 10) crosses above ema(close, 30)"


def difference(first: str, second: str) -> Difference:
    settings = Settings()
    (one, bars), (two, _) = (prepare(Source(text, Kind.LANGUAGE, "test"), DataChoice()) for text in (first, second))
    return compare(one, two, play(one, bars, settings), play(two, bars, settings))


def program(when: str = CROSS, target: str = "60 pips") -> str:
    return PROGRAM.format(when=when, target=target)


def test_a_strategy_does_not_differ_from_itself() -> None:
    found = difference(program(), program())
    assert not any(line.sign for line in (*found.language, *found.english))
    assert (found.removed, found.added, found.changed) == ((), (), ())
    assert found.same > 0
    assert found.net[0] == found.net[1]


def test_another_target_changes_trades_and_words() -> None:
    found = difference(program(), program(target="90 pips"))
    assert [line.text.strip() for line in found.language if line.sign] == ["target 60 pips", "target 90 pips"]
    assert [line.sign for line in found.english if line.sign] == ["-", "+"]
    assert found.changed
    assert all("tp" in pair.fields for pair in found.changed)


def test_a_filter_removes_trades_and_counts_add_up() -> None:
    first, second = program(), program(f"{CROSS} and rsi(14) > 60")
    found = difference(first, second)
    (one, bars), (two, _) = (prepare(Source(text, Kind.LANGUAGE, "test"), DataChoice()) for text in (first, second))
    before, after = play(one, bars, Settings()).trades, play(two, bars, Settings()).trades
    assert found.removed
    assert len(found.removed) + len(found.changed) + found.same == len(before)
    assert len(found.added) + len(found.changed) + found.same == len(after)


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path) -> None:  # type: ignore[no-untyped-def]
    for name, text in (("a", program()), ("b", program(target="90 pips"))):
        (tmp_path / f"{name}.strat").write_text(text, encoding="utf-8")
    files = [str(tmp_path / "a.strat"), str(tmp_path / "b.strat")]
    assert main(["diff", *files]) == 0
    shown = capsys.readouterr().out
    assert "+   target 90 pips" in shown
    assert "net profit" in shown
    assert main(["diff", *files, "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["diff"]["summary"] in shown
    assert main(["diff", files[0], str(tmp_path / "none.strat")]) == 2


def test_other_markets_are_told(capsys: pytest.CaptureFixture[str], tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Trades of two markets cannot be compared; who compares them is told."""
    for name, text in (("a", program()), ("b", program().replace("EURUSD", "GBPUSD"))):
        (tmp_path / f"{name}.strat").write_text(text, encoding="utf-8")
    assert main(["diff", str(tmp_path / "a.strat"), str(tmp_path / "b.strat")]) == 0
    assert "different markets, EURUSD H1 and GBPUSD H1" in capsys.readouterr().err
