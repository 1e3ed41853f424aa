"""Ambiguity is priced: readings that trade the same are settled, readings that do not are asked about with figures."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from nl2strat.cli import main
from nl2strat.errors import NotUnderstood
from nl2strat.language.printer import print_program
from nl2strat.translate.offline import translate

OPEN_STOP = "Buy when RSI crosses above 50. Exit when RSI crosses below 50. Stop 50."
OUT_OF_REACH = "Buy when RSI crosses above 50. Exit when RSI crosses below 50. Stop 400 pips, target 9000."


@pytest.fixture
def bars_file(tmp_path: Path) -> Path:
    """A plain CSV of EURUSD H1 bars made by the bundled generator."""
    from mas.data import sample_bars

    bars = sample_bars("EURUSD", "H1", 900)
    lines = ["time,open,high,low,close,tick_volume"]
    for i in range(len(bars)):
        prices = ",".join(f"{column.values[i]:.5f}" for column in (bars.open, bars.high, bars.low, bars.close))
        lines.append(f"{int(bars.time[i])},{prices},{int(bars.volume.values[i])}")
    file = tmp_path / "EURUSD_H1.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def run(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Runs a command; returns its exit code and its JSON."""
    out = tmp_path / "out.json"
    code = main([*arguments, "--json", str(out)])
    return code, json.loads(out.read_text(encoding="utf-8"))


def readings(text: str, timeframe: str = "H1") -> dict[str, list[str]]:
    """What the question about a text offers: the rules of each reading."""
    with pytest.raises(NotUnderstood) as caught:
        translate(text, symbol="EURUSD", timeframe=timeframe)
    head = ("strategy", "assume", "symbol", "timeframe", "end strategy")
    return {
        one.text: [
            line.strip() for line in print_program(one.reading.program).splitlines() if not line.startswith(head)
        ]
        for one in caught.value.readings
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OPEN_STOP, {"stop 50 pips": "stop 50 pips", "stop 50 points": "stop 50 points"}),
        (
            "Buy when RSI crosses above 30, sl 20 tp 40",
            {
                "stop 20 pips and target 40 pips": "target 40 pips",
                "stop 20 points and target 40 points": "stop 20 points",
            },
        ),
        (
            "Buy when RSI is below 30, stop 30 pips, target 2.",
            {
                "target 2 R": "target 2R", "target 2 pips": "target 2 pips", "target 2 points": "target 2 points",
                "target 2 percent": "target 2%",
            },
        ),
        (
            "Buy when RSI crosses above 30. Trail 20. Target 40 pips.",
            {"trail 20 pips": "trail 20 pips", "trail 20 points": "trail 20 points"},
        ),
        (
            "Buy when RSI crosses above 30. Stop 30 pips. Risk 2.",
            {"risk 2 percent": "risk 2% of balance", "risk 2 dollars": "risk 2 money"},
        ),
        (
            "Buy when the close crosses above the 20 EMA, exit after 5.",
            {"after 5 bars, or after 5 hours": "close after 5 bars", "after 5 days": "close after 120 bars"},
        ),
        (
            "Buy when RSI crosses 30. Stop 30 pips.",
            {
                '"crosses above"': "enter long when rsi(14) crosses above 30",
                '"crosses below"': "enter long when rsi(14) crosses below 30",
            },
        ),
        (
            "Short when price breaks below the low. Stop 30 pips.",
            {
                '"the previous low"': "enter short when close crosses below low[1]",
                "\"yesterday's low\"": "enter short when close crosses below yesterday_low()",
            },
        ),
        (
            "Buy when price takes out yesterday's high. Stop 30 pips.",
            {
                "a close beyond it": "enter long when close crosses above yesterday_high()",
                "a touch beyond it": "enter long when high crosses above yesterday_high()",
            },
        ),
        (
            "Buy when RSI crosses above 30 with a 20 pip stop. Sell when RSI crosses below 70 with a 30 pip stop.",
            {
                '"sell" closes the long (what is said of a stop or size beside it then says nothing)':
                    "exit long when rsi(14) crosses below 70",
                '"sell" opens a short': "enter short when rsi(14) crosses below 70",
            },
        ),
    ],
)  # fmt: skip
def test_a_question_carries_the_readings(text: str, expected: dict[str, str]) -> None:
    """Each open point is offered in its ways, the conventional one first, each a whole program."""
    found = readings(text)

    assert list(found) == list(expected)
    for label, line in expected.items():
        assert line in found[label]


@pytest.mark.parametrize(
    "text",
    [
        "Buy when the Zorblax crosses above 20, stop 50.",
        "Buy when RSI crosses above 130, stop 50.",
        "Buy when the mood is good. Stop 50, target 100.",
        "Buy. Stop 50 or so.",
    ],
)
def test_a_text_with_more_wrong_than_the_open_point_has_no_readings(text: str) -> None:
    """Nothing is offered that is not understood whole."""
    assert readings(text) == {}


def test_the_words_of_a_reading_stand_where_the_user_wrote_them() -> None:
    """What each word became is told of the user's text, not of the one that was put in its place."""
    text = "Buy when RSI crosses 30, sl 20, tp 4000."
    with pytest.raises(NotUnderstood) as caught:
        translate(text, symbol="EURUSD", timeframe="H1")

    for one in caught.value.readings:
        assert one.reading.text == text
        assert all(text[use.start : use.end] == use.text for use in one.reading.uses)
        assert {"sl 20", "tp 4000"} <= {use.text for use in one.reading.uses}


def test_readings_that_trade_differently_are_asked_about_with_figures(tmp_path: Path, bars_file: Path) -> None:
    """One line for each with its trades and its net profit; the figures are those of the text said in full."""
    code, result = run(tmp_path, "backtest", OPEN_STOP, "--data", str(bars_file))

    assert (code, result["status"]) == (3, "needs_clarification")
    assert [one["text"] for one in result["readings"]] == ["stop 50 pips", "stop 50 points"]
    for one in result["readings"]:
        full = OPEN_STOP.replace("Stop 50", one["text"].capitalize())
        _, said = run(tmp_path, "backtest", full, "--data", str(bars_file))
        assert one["trades"] == len(said["trades"]) > 0
        assert one["net"] == pytest.approx(said["metrics"]["net_profit"], abs=0.01)
        assert any(f"{one['text']}: {one['trades']} trades" in line for line in result["questions"])
    assert result["readings"][0]["net"] != result["readings"][1]["net"]


def test_readings_that_trade_alike_are_settled_and_said(tmp_path: Path, bars_file: Path) -> None:
    """A target that is out of reach either way is no question; what was taken is an assumption."""
    code, result = run(tmp_path, "backtest", OUT_OF_REACH, "--data", str(bars_file))

    assert (code, result["status"]) == (0, "ok")
    assert "target 9000 pips" in print_inputs(result["strategy"]["dsl"])
    note = f"Read as target 9000 pips; target 9000 points would make the same {len(result['trades'])} trades"
    assert any(note in text for text in result["assumptions"])
    assert note in result["strategy"]["dsl"]


def print_inputs(dsl: str) -> str:
    """A program with its inputs as plain numbers."""
    from nl2strat.language.parser import parse_program
    from nl2strat.translate.llm.canonical import normal

    return print_program(normal(parse_program(dsl), "EURUSD", "H1"))


def test_nothing_is_settled_without_data_or_trades(tmp_path: Path, bars_file: Path) -> None:
    """Made-up bars, and bars on which nothing happens, prove nothing: the question stays."""
    code, result = run(tmp_path, "backtest", OUT_OF_REACH)
    assert (code, len(result["readings"])) == (3, 2)
    assert any("SYNTHETIC" in line for line in result["questions"])

    never = OUT_OF_REACH.replace("RSI crosses above 50", "RSI crosses above 99")
    code, result = run(tmp_path, "backtest", never, "--data", str(bars_file))
    assert (code, [one["trades"] for one in result["readings"]]) == (3, [0, 0])


def test_without_a_backtest_the_question_is_plain(tmp_path: Path) -> None:
    """Checking and compiling try nothing: the readings are named, without figures."""
    code, result = run(tmp_path, "check", OPEN_STOP)

    assert code == 3
    assert [(one["text"], one["trades"], one["net"]) for one in result["readings"]] == [
        ("stop 50 pips", None, None),
        ("stop 50 points", None, None),
    ]
    assert result["questions"][-1] == "It could mean: stop 50 pips; or stop 50 points."


def test_why_and_diff_settle_and_ask_as_a_backtest_does(tmp_path: Path, bars_file: Path) -> None:
    """They run the strategy too, so an open point is priced there as well."""
    data = ("--data", str(bars_file))
    at = ("--at", "2023-01-05 12:00")
    code, result = run(tmp_path, "why", OPEN_STOP, *at, *data)
    assert (code, len(result["readings"])) == (3, 2)
    assert all(one["trades"] for one in result["readings"])
    code, result = run(tmp_path, "why", OUT_OF_REACH, *at, *data)
    assert (code, result["status"]) == (0, "ok")
    assert any("Read as target 9000 pips" in text for text in result["assumptions"])

    full = OUT_OF_REACH.replace("target 9000", "target 9000 pips")
    code, result = run(tmp_path, "diff", OUT_OF_REACH, full, *data)
    assert (code, result["diff"]["trades"]["changed"]) == (0, [])
    assert any("Read as target 9000 pips" in text for text in result["diff"]["assumptions"][0])
    assert run(tmp_path, "diff", full, OPEN_STOP, *data)[0] == 3


def test_what_is_tried_in_silence_silences_no_other_thread(caplog: pytest.LogCaptureFixture) -> None:
    """Readings are tried in one thread while another one's run has something to say."""
    from mas.backtest import silent

    log = logging.getLogger("mas")
    with silent(logging.ERROR):
        log.warning("of a reading that may not be meant")
        other = threading.Thread(target=log.warning, args=("of another run",))
        other.start()
        other.join()
    log.warning("later")
    assert caplog.messages == ["of another run", "later"]
