"""A model behind the page: asked once for a text, by the real client over a loopback server; kept; counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("openai", reason="needs the openai package: pip install 'nl2strat[model]'")

from nl2strat.errors import ModelTrouble
from nl2strat.web import asking, tasks
from nl2strat.web.remembering import as_json, from_json
from nl2strat.web.shapes import DataSpec, Options, RunSpec
from nl2strat.web.workspace import Draft
from tests.llm_server import Script, fail, model_server, say
from tests.nl2strat.llm.models import PROGRAM, TEXT, model_file

KEY = "sk-test-VERYSECRET0123456789abcdef"
GERMAN = (
    "Kaufe, wenn der 20er SMA den 50er SMA nach oben kreuzt, verkaufe bei der Kreuzung nach unten. "
    "Stop 30 Pips, Ziel 60 Pips."
)
ASKS = 'question "Where is the stop?"\n'


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], None]:
    """Have the loopback server be the model that is configured, with a data folder and a key of the test's own."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "NL2STRAT_MODEL", "NL2STRAT_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NL2STRAT_API_KEY", KEY)
    monkeypatch.setenv("NL2STRAT_MODELS", str(tmp_path / "models.toml"))
    monkeypatch.setenv("NL2STRAT_CACHE", str(tmp_path / "cache"))

    def configured(server: Script) -> None:
        (tmp_path / "models.toml").write_text(model_file(server.url), encoding="utf-8")

    return configured


def test_what_a_model_has_read_runs_without_asking_again(configure: Callable[[Script], None], tmp_path: Path) -> None:
    options = Options(translator="model", data=DataSpec(bars=500))
    with model_server([say(PROGRAM), fail(500)]) as server:
        configure(server)
        found = asking.ask(TEXT, options)
        assert found.status == "understood"
        assert found.model.translator == "model"
        assert found.model.asked
        assert found.model.cost == pytest.approx(0.2)
        again = asking.ask(TEXT, options)
        assert again.python == found.python
        assert not again.model.asked
        assert again.model.cost == pytest.approx(0.2), "what it took then"
        turned = asking.ask(TEXT, replace(options, inputs={again.inputs[0].name: again.inputs[0].value + 1}))
        assert turned.python != found.python
        spec = RunSpec(TEXT, options, DataSpec(bars=500))
        (tmp_path / "run").mkdir()
        summary = tasks.backtest(str(tmp_path / "run"), spec)
    assert summary["strategy"]["symbol"] == "EURUSD"
    assert len(server.requests) == 1, "asked once"
    kept = [file.read_text(encoding="utf-8") for file in (tmp_path / "home").rglob("*.json")]
    assert kept
    assert not any(KEY in text for text in kept)


def test_nothing_but_reading_asks_a_model(configure: Callable[[Script], None], tmp_path: Path) -> None:
    with model_server([say(PROGRAM)]) as server:
        configure(server)
        with pytest.raises(ModelTrouble, match="read it first"):
            tasks.understand(TEXT, Options(translator="model"))
    assert server.requests == []


def test_a_question_is_kept_and_a_trouble_is_not(configure: Callable[[Script], None]) -> None:
    options = Options(translator="model")
    with model_server([fail(500), say(ASKS), say(PROGRAM)]) as server:
        configure(server)
        with pytest.raises(asking.Unanswered, match="offline translator understands"):
            asking.ask(TEXT, options)
        first, second = asking.ask(TEXT, options), asking.ask(TEXT, options)
    assert first.status == second.status == "question"
    assert first.questions == second.questions
    assert "Where is the stop?" in first.questions
    assert (first.model.asked, second.model.asked) == (True, False)
    assert len(server.requests) == 2


def test_both_read_offline_where_the_model_fails_and_say_so(configure: Callable[[Script], None]) -> None:
    with model_server([fail(500)]) as server:
        configure(server)
        found = asking.ask(TEXT, Options(translator="auto"))
    assert found.status == "understood"
    assert found.model.translator == "offline"
    assert found.model.trouble


def test_another_language_gets_its_explanation_as_a_courtesy(configure: Callable[[Script], None]) -> None:
    options = Options(translator="model")
    with model_server([say(PROGRAM)]) as server:
        configure(server)
        english = asking.ask(TEXT, options)
        assert english.courtesy == ""
        server.steps = [say(PROGRAM), say(english.english)]
        server.at = 0
        found = asking.ask(GERMAN, options)
        assert "as a courtesy" in found.courtesy
        assert asking.ask(GERMAN, options).courtesy == found.courtesy
        asked = len(server.requests)
        value = found.inputs[0]
        assert asking.ask(GERMAN, replace(options, inputs={value.name: value.value + 1})).courtesy == ""
    assert asked == len(server.requests) == 3


def test_answers_are_the_same_after_a_file(configure: Callable[[Script], None]) -> None:
    from nl2strat.translate.offline import translate

    reading = translate("Buy EURUSD H1 when RSI(14) crosses below 30. Exit when RSI is above 60. Stop 50 pips.")
    assert from_json(as_json(reading)) == reading


def test_which_model_is_configured_is_known_without_asking(
    configure: Callable[[Script], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert asking.configured() == asking.ModelSetup()
    with model_server([]) as server:
        configure(server)
        found = asking.configured()
        assert found.name == "test"
        assert not found.trouble
        assert server.requests == server.canaries == []
    (tmp_path / "models.toml").write_text('model = "x"\nbase_url = "https://api.example.com/v1"\n', encoding="utf-8")
    monkeypatch.delenv("NL2STRAT_API_KEY")
    assert "no key for api.example.com" in asking.configured().trouble
    (tmp_path / "models.toml").write_text('modell = "x"', encoding="utf-8")
    assert "modell is no setting" in asking.configured().trouble


def test_the_offline_reading_stands_in_for_one_text_only() -> None:
    draft = Draft(
        "0" * 16, text="a", translator="model", more={"instead": {"text": "a", "translator": "model", "why": "x"}}
    )
    assert draft.options.translator == draft.spec.options.translator == "offline"
    assert replace(draft, text="b").options.translator == "model"
    assert replace(draft, translator="auto").options.translator == "auto"


def test_a_title_of_ones_own_stays_and_another_follows_the_text() -> None:
    assert Draft("0" * 16, text="Buy now", title="Buy now").own_title == ""
    assert Draft("0" * 16, text="Buy now", title="Mine").own_title == "Mine"
