"""Which translator reads, what they say of each other, and the command line around it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nl2strat.cli import main
from nl2strat.errors import NotUnderstood, UsageError
from nl2strat.translate.choice import Asked, AutoTranslator, OfflineTranslator, translator_of
from nl2strat.translate.llm.troubles import ModelTrouble, NotConfigured
from tests.llm_server import Script, fail, model_server, say
from tests.nl2strat.llm.conftest import KEY
from tests.nl2strat.llm.models import PROGRAM, TEXT, translator

ALIKE = """strategy "Another title"
assume "'sell' closes the long"

let slow = sma(close, 50)

exit long when slow crosses above sma(close, 20)

enter long when sma(close, 20) crosses above slow
  target 60 pips
  stop 30 pips
end
end strategy
"""

OTHER = PROGRAM.replace("sma(close, 20) crosses above", "sma(close, 20) crosses below")

VAGUE = "Kaufe, wenn der 20er SMA den 50er SMA von unten kreuzt. Stop 30 Pips, Ziel 60 Pips."


def auto(server: Script, **more: object) -> AutoTranslator:
    return AutoTranslator(translator(server, **more))


def test_what_is_written_otherwise_but_means_the_same_is_agreement() -> None:
    with model_server([say(ALIKE)]) as server:
        reading = auto(server).read(TEXT)
    assert reading.origin is not None
    assert "read the same strategy" in reading.origin.confidence
    assert reading.origin.words
    assert {use.text for use in reading.uses} != {"20", "50", "30", "60"}


def test_disagreement_is_a_question_with_both_readings() -> None:
    with model_server([say(OTHER)]) as server, pytest.raises(NotUnderstood) as caught:
        auto(server).read(TEXT)
    text = "\n".join(caught.value.questions)
    assert "the model: " in text
    assert "the offline translator: " in text
    assert "crosses below" in text
    assert "60 pips" not in text


def test_a_text_that_only_the_model_reads_is_marked_as_unconfirmed() -> None:
    program = PROGRAM.replace("\nexit long when sma(close, 20) crosses below sma(close, 50)\n", "")
    with model_server([say(program)]) as server:
        reading = auto(server).read(VAGUE)
    assert reading.origin is not None
    assert "nothing confirms" in " ".join(reading.origin.lines)


@pytest.mark.parametrize("step", [fail(500), fail(401), fail(429), say("no program")])
def test_where_the_model_fails_the_offline_reading_stands_in_and_says_so(step: object) -> None:
    with model_server([step]) as server:  # type: ignore[list-item]
        reading = auto(server).read(TEXT)
    assert reading.program.rules
    assert reading.origin is not None
    assert reading.origin.translator == "offline"
    assert "the model could not" in reading.origin.lines[0]


def test_where_both_fail_the_user_hears_of_both() -> None:
    with model_server([fail(500, "on fire")]) as server, pytest.raises(NotUnderstood) as caught:
        auto(server).read(VAGUE)
    assert "on fire" in caught.value.questions[-1]


def test_a_model_that_asks_about_a_text_that_is_clear_offline() -> None:
    with model_server([say('question "Which day?"')]) as server, pytest.raises(NotUnderstood) as caught:
        auto(server).read(TEXT)
    assert caught.value.questions[0] == "Which day?"
    assert "--translator offline" in caught.value.questions[1]


def test_the_model_alone_says_that_offline_would_do() -> None:
    with model_server([fail(500)]) as server:
        asking = translator_of(Asked("model", "test", server.url))
        asking.model.settings = translator(server).settings  # type: ignore[attr-defined]
        with pytest.raises(ModelTrouble, match="--translator offline"):
            asking.read(TEXT)


def test_samples_that_agree_are_confidence() -> None:
    with model_server([say(PROGRAM), say(ALIKE), say(PROGRAM)]) as server:
        reading = translator(server, samples=3).read(TEXT)
    assert reading.origin is not None
    assert "All 3 samples" in reading.origin.confidence
    assert reading.origin.input_tokens == 3000


def test_samples_that_differ_are_a_question() -> None:
    with model_server([say(PROGRAM), say(OTHER), say(PROGRAM)]) as server, pytest.raises(NotUnderstood) as caught:
        translator(server, samples=3).read(TEXT)
    assert caught.value.questions[1].startswith("reading 1, reading 3: ")


def test_a_sample_that_asks_is_a_disagreement() -> None:
    answers = [say(PROGRAM), say('question "Short too?"')]
    with model_server(answers) as server, pytest.raises(NotUnderstood) as caught:
        translator(server, samples=2).read(TEXT)
    assert "Short too?" in caught.value.questions


# ------------------------------------------------------------- readings that are tried on data


SLOW = PROGRAM.replace("target 60 pips", "target 700 points")
OPEN_TARGET = TEXT.replace("target 60 pips", "target 700")  # too far from the stop to share its unit unasked
assert OPEN_TARGET != TEXT


def test_disagreement_offers_both_readings_the_offline_one_first() -> None:
    with model_server([say(OTHER)]) as server, pytest.raises(NotUnderstood) as caught:
        auto(server).read(TEXT)
    names = [one.text.split(":")[0] for one in caught.value.readings]
    assert names == ["the offline translator", "the model"]
    assert "1 request, 1,000 tokens read" in caught.value.notes[0]


def test_what_a_text_leaves_open_is_not_settled_by_the_model() -> None:
    with model_server([say(SLOW)]) as server, pytest.raises(NotUnderstood) as caught:
        auto(server).read(OPEN_TARGET)
    offered = [one.text for one in caught.value.readings]
    assert offered[0] == "target 700 pips"
    assert not any(text.startswith("the model") for text in offered)
    assert "the model reads it as target 700 points" in caught.value.questions[0].lower()


def test_a_reading_of_the_model_that_is_none_of_the_open_ones_is_one_more() -> None:
    own = SLOW.replace("sma(close, 20) crosses above", "sma(close, 20) crosses below")
    with model_server([say(own)]) as server, pytest.raises(NotUnderstood) as caught:
        auto(server).read(OPEN_TARGET)
    assert caught.value.readings[0].text == "target 700 pips"
    assert caught.value.readings[-1].text.startswith("the model: ")


def test_open_points_can_be_priced_where_the_model_fails() -> None:
    with model_server([fail(500)]) as server, pytest.raises(NotUnderstood) as caught:
        auto(server).read(OPEN_TARGET)
    assert len(caught.value.readings) > 1
    assert "could not help" in caught.value.questions[-1]


def test_samples_that_differ_are_offered_too() -> None:
    with model_server([say(PROGRAM), say(OTHER), say(OTHER)]) as server, pytest.raises(NotUnderstood) as caught:
        translator(server, samples=3).read(TEXT)
    assert [one.text.split(":")[0] for one in caught.value.readings] == ["reading 2, reading 3", "reading 1"]


def test_one_text_is_asked_for_once_whoever_reads_it_again() -> None:
    with model_server([say(PROGRAM)]) as server:
        model = translator(server)
        assert model.read(TEXT) == model.read(TEXT)
    assert len(server.requests) == 1
    with model_server([say('question "Which?"')]) as server:
        model = translator(server)
        for _ in range(2):
            with pytest.raises(NotUnderstood, match="Which"):
                model.read(TEXT)
    assert len(server.requests) == 1


def priced(tmp_path: Path, program: str, command: str, *texts: str) -> tuple[int, dict[str, Any], int]:
    """Exit code, JSON, and how often the model was asked, of a command with `auto` and data."""
    out = tmp_path / "out.json"
    with model_server([say(program)]) as server:
        options = ["--model", "test", "--base-url", server.url, "--translator", "auto", "--data", str(bars(tmp_path))]
        code = main([command, *texts, *options, "--json", str(out)])
    return code, json.loads(out.read_text(encoding="utf-8")), len(server.requests)


def bars(tmp_path: Path) -> Path:
    """A CSV of EURUSD H1 bars."""
    from mas.data import sample_bars

    made = sample_bars("EURUSD", "H1", 900)
    lines = ["time,open,high,low,close,tick_volume"]
    for i in range(len(made)):
        prices = ",".join(f"{column.values[i]:.5f}" for column in (made.open, made.high, made.low, made.close))
        lines.append(f"{int(made.time[i])},{prices},{int(made.volume.values[i])}")
    file = tmp_path / "EURUSD_H1.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_a_disagreement_is_priced_on_data_and_asks_the_model_once(tmp_path: Path) -> None:
    code, result, asked = priced(tmp_path, OTHER, "backtest", TEXT)
    assert (code, asked) == (3, 1)
    assert [one["text"].split(":")[0] for one in result["readings"]] == ["the offline translator", "the model"]
    assert all(one["trades"] for one in result["readings"])
    assert any("the model: " in line and "net profit" in line for line in result["questions"])
    assert "tokens read" in result["notes"][0]


def test_a_disagreement_without_consequence_is_settled_and_said(tmp_path: Path) -> None:
    far = TEXT.replace("target 60 pips", "target 9000 pips")
    program = PROGRAM.replace("target 60 pips", "target at close + 9000 pips")
    code, result, asked = priced(tmp_path, program, "backtest", far)
    assert (code, result["status"], asked) == (0, "ok", 1)
    assert any("Read as the offline translator; the model would make the same" in a for a in result["assumptions"])


def test_why_and_diff_ask_the_model_too(tmp_path: Path) -> None:
    code, result, asked = priced(tmp_path, PROGRAM, "why", TEXT, "--at", "2023-01-05 12:00")
    assert (code, asked) == (0, 1)
    assert "read the same strategy" in result["translator"]["confidence"]
    file = tmp_path / "x.strat"
    file.write_text(PROGRAM.replace("stop 30", "stop 40"), encoding="utf-8")
    code, result, asked = priced(tmp_path, PROGRAM, "diff", TEXT, str(file))
    assert (code, asked) == (0, 1)
    assert result["diff"]["trades"]["changed"]
    assert main(["diff", str(file), str(file), "--translator", "model"]) == 2


# --------------------------------------------------------------------- which one


def test_without_a_model_everything_is_offline_and_nothing_of_a_model_is_imported() -> None:
    code = (
        "import sys; from nl2strat.cli import main; main(['check', 'Buy when the 20 SMA crosses above the 50 SMA']);"
        "sys.exit(len([m for m in sys.modules if m.split('.')[0] in ('openai', 'httpx2', 'keyring') or '.llm' in m]))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_a_key_alone_is_no_wish_for_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert isinstance(translator_of(Asked()), OfflineTranslator)
    assert isinstance(translator_of(Asked("auto")), OfflineTranslator)


def test_a_configured_model_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NL2STRAT_MODEL", "test")
    assert isinstance(translator_of(Asked()), AutoTranslator)
    assert isinstance(translator_of(Asked("offline")), OfflineTranslator)


@pytest.mark.parametrize(
    "asked", [Asked("magic"), Asked("offline", model="x"), Asked(record=Path("a"), replay=Path("b"))]
)
def test_options_that_do_not_go_together(asked: Asked) -> None:
    with pytest.raises(UsageError):
        translator_of(asked)


def test_an_endpoint_without_a_model_is_told() -> None:
    with pytest.raises(NotConfigured, match="--model NAME"):
        translator_of(Asked(base_url="http://127.0.0.1:9/v1")).read(TEXT)


# --------------------------------------------------------------------- the command line


def test_commands_ask_record_and_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "exchanges.jsonl", tmp_path / "out.json"
    with model_server([say(PROGRAM)]) as server:
        options = ["--model", "test", "--base-url", server.url, "--translator", "model"]
        assert main(["translate", TEXT, *options, "--record", str(file), "--json", str(out)]) == 0
    told = capsys.readouterr()
    assert "Read by the model test" in told.err
    assert "tokens read" in told.err
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["translator"]["model"] == "test"
    assert result["understood"]["used"]
    page = tmp_path / "report.html"
    for command in (["check"], ["explain"], ["compile"], ["backtest", "--json", str(out), "--report", str(page)]):
        assert main([command[0], TEXT, "--replay", str(file), *command[1:]]) == 0, command
    assert "Read by the model test" in page.read_text(encoding="utf-8")
    assert json.loads(out.read_text(encoding="utf-8"))["translator"]["model"] == "test"
    assert KEY not in told.out + told.err + file.read_text(encoding="utf-8")


def test_troubles_are_errors_with_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with model_server([fail(401)]) as server:
        options = ["--model", "test", "--base-url", server.url, "--translator", "model"]
        assert main(["check", TEXT, *options, "--json", "-"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["status"] == "error"
    assert "Traceback" not in told.err


def test_a_question_of_the_model_is_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    with model_server([say('question "Which one?"')]) as server:
        assert main(["check", "Hmm", "--model", "test", "--base-url", server.url, "--json", "-"]) == 3
    assert json.loads(capsys.readouterr().out)["questions"] == ["Which one?"]


def test_programs_need_no_translator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.strat"
    file.write_text(PROGRAM, encoding="utf-8")
    assert main(["check", str(file), "--translator", "model"]) == 2
    assert "is a program already" in capsys.readouterr().err


def test_the_demo_asks_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server([fail(500)]) as server:
        monkeypatch.setenv("NL2STRAT_MODEL", "test")
        monkeypatch.setenv("NL2STRAT_BASE_URL", server.url)
        assert main(["demo", "--report", str(tmp_path / "report.html")]) == 0
    assert not server.canaries
    assert not server.requests


def test_models_shows_and_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with model_server([say("")], obeys=("llama.cpp",)) as server:
        (tmp_path / "models.toml").write_text(f'model = "test"\nbase_url = "{server.url}"\n', encoding="utf-8")
        assert main(["models"]) == 0
        assert "not tested yet" in capsys.readouterr().out
        assert main(["models", "--test"]) == 0
        assert "held to the grammar (llama.cpp" in capsys.readouterr().out
        assert main(["models", "--json", "-"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told)["models"]["capability"]["held"] is True
    assert KEY not in told


# --------------------------------------------------------------------- the courtesy


def test_the_explanation_comes_back_in_the_language_of_the_text_marked(capsys: pytest.CaptureFixture[str]) -> None:
    program = PROGRAM.replace("\nexit long when sma(close, 20) crosses below sma(close, 50)\n", "")

    def translated(handler: object, body: dict[str, object]) -> None:
        asked = json.dumps(body, ensure_ascii=False)
        english = asked.split("=== explanation")[2].split("===\\n", 1)[1].replace("\\n", " ")
        say("Kauft: " + english.replace("Buys", "Kauft"))(handler, body)  # type: ignore[arg-type]

    with model_server([say(program), translated]) as server:
        assert main(["explain", VAGUE, "--model", "test", "--base-url", server.url, "--translator", "model"]) == 0
    told = capsys.readouterr().out
    assert told.index("Buys at the next open") < told.index("the English text counts") < told.index("Kauft")


def test_a_translation_with_other_numbers_is_not_shown() -> None:
    with model_server([say("Kauft mit Stop bei 40 Pips.")]) as server:
        told = translator(server).courtesy_of("Buys with a stop of 30 pips.", VAGUE)
    assert "not shown" in told
    assert "40" not in told


def test_english_needs_no_translation() -> None:
    with model_server([say("")]) as server:
        assert translator(server).courtesy_of("Buys.", TEXT) == ""
    assert not server.requests
