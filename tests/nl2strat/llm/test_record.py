"""Exchanges written down and played back; keys are in neither, nor anywhere else."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from nl2strat.errors import NotUnderstood, UsageError
from nl2strat.translate.llm.troubles import ModelTrouble, ReplayTrouble, ServerFault
from tests.lengths import every
from tests.llm_server import Step, fail, model_server, say
from tests.nl2strat.llm.conftest import KEY
from tests.nl2strat.llm.models import PROGRAM, TEXT, translator


def test_a_recording_answers_without_a_server_and_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "exchanges.jsonl"
    wrong = PROGRAM.replace("sma(close, 20)", "smaa(close, 20)")
    with model_server([say("a plan"), say(wrong), say(PROGRAM)], obeys=("vllm",)) as server:
        first = translator(server, grammar="auto", rounds=1, record=file).read(TEXT)
    monkeypatch.delenv("NL2STRAT_API_KEY")
    monkeypatch.setitem(__import__("sys").modules, "openai", None)
    again = translator(server, rounds=1, replay=file).read(TEXT)
    assert again.program == first.program
    assert again.origin is not None
    assert first.origin is not None
    assert (again.origin.model, again.origin.rounds, again.origin.held) == ("test", 1, True)
    assert "nothing was asked now" in " ".join(again.origin.lines)


def test_another_text_has_no_answer_in_it(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    with model_server([say(PROGRAM)]) as server:
        translator(server, record=file).read(TEXT)
        with pytest.raises(ReplayTrouble, match="Record it again"):
            translator(server, replay=file).read(TEXT + " Only on Mondays.")


def test_troubles_are_played_back_too(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    with model_server([fail(500, "on fire")]) as server, pytest.raises(ServerFault):
        translator(server, record=file).read(TEXT)
    with pytest.raises(ServerFault, match="on fire"):
        translator(server, replay=file).read(TEXT)


def test_samples_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    other = PROGRAM.replace("sma(close, 20) crosses above", "sma(close, 20) crosses below")
    with model_server([say(PROGRAM), say(other)]) as server, pytest.raises(NotUnderstood) as first:
        translator(server, record=file, samples=2).read(TEXT)
    with pytest.raises(NotUnderstood) as again:
        translator(server, replay=file, samples=2).read(TEXT)
    assert again.value.questions == first.value.questions


@pytest.mark.parametrize("text", ["", "{}", "not json", "[]\n", '{"format": "nl2strat exchanges 1"}\n'])
def test_a_file_that_is_no_recording_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    file.write_text(text, encoding="utf-8")
    with model_server([say("")]) as server, pytest.raises(ReplayTrouble):
        translator(server, replay=file).read(TEXT)


def test_no_other_file_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("time,open", encoding="utf-8")
    with model_server([say(PROGRAM)]) as server, pytest.raises(UsageError, match="no recording"):
        translator(server, record=file).read(TEXT)
    assert file.read_text(encoding="utf-8") == "time,open"


@pytest.mark.parametrize(
    "steps",
    [
        [say(PROGRAM.replace("Average", KEY))],
        [say(PROGRAM.replace("it has", KEY))],
        [say(f'question "Is {KEY} yours?"')],
        [say(PROGRAM + f"\n# {KEY}")],
        [fail(500, f"Bearer {KEY} broke us")],
        [fail(400, f"key={KEY}")],
        [fail(429, f"{KEY} is over its limit")],
    ],
)
def test_the_key_is_nowhere(
    steps: list[object], tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "exchanges.jsonl"
    told = ""
    with model_server(steps) as server:  # type: ignore[arg-type]
        model = translator(server, grammar="auto", record=file)
        try:
            told = repr(model.read(TEXT))
        except (ModelTrouble, NotUnderstood) as error:
            told = "".join(traceback.format_exception(error, chain=True)) + repr(error)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    told += repr(model) + repr(vars(model)) + caplog.text + "".join(capfd.readouterr())
    told += "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in told


SAYS_THE_KEY = PROGRAM.replace("Average crossover", f"Key {KEY}")


@pytest.mark.parametrize(
    ("command", "step"),
    every(
        4,
        [
            (["backtest", "--report", "report.html", "--json", "out.json", "--record", "log.jsonl"], say(SAYS_THE_KEY)),
            (["compile", "--output", "made.py", "--json", "out.json"], say(SAYS_THE_KEY)),
            (["explain", "--json", "out.json"], fail(500, f"Bearer {KEY} is on fire")),
            (["why", "--at", "2023-01-05 12:00", "--json", "out.json"], fail(401, f"no such key: {KEY}")),
        ],
    ),
    ids=["report", "code", "fault", "refused"],
)
def test_no_command_shows_the_key_anywhere(command: list[str], step: Step, tmp_path: Path) -> None:
    """The program itself, with every switch that makes it or the client talk: all it prints and writes is searched."""
    environment = {
        **os.environ, "NL2STRAT_API_KEY": KEY, "NL2STRAT_DEBUG": "1", "OPENAI_LOG": "debug",
        "PYTHONPATH": str(Path(__file__).parents[3]), "HOME": str(tmp_path),
    }  # fmt: skip
    with model_server([step]) as server:
        options = ["--model", "test", "--base-url", server.url, "--translator", "model"]
        line = [sys.executable, "-X", "dev", "-m", "nl2strat", command[0], TEXT, *command[1:], *options]
        done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, timeout=120, check=False)
    assert server.requests, done.stderr.decode()
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.encode() not in done.stdout + done.stderr + written
    assert b"out.json" in b" ".join(path.name.encode() for path in tmp_path.iterdir())


def test_a_server_that_repeats_the_key_is_not_quoted() -> None:
    with model_server([say("")], key="another") as server, pytest.raises(ModelTrouble) as caught:
        translator(server).read(TEXT)
    assert KEY not in str(caught.value)
    assert "[key]" in str(caught.value)


def test_lines_are_json(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    with model_server([say(PROGRAM)]) as server:
        translator(server, record=file).read(TEXT)
    head, line = (json.loads(text) for text in file.read_text(encoding="utf-8").splitlines())
    assert head["model"] == "test"
    assert line["reply"]["text"] == PROGRAM
