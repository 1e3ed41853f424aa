"""Which grammar field an endpoint obeys is found out by a canary, once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nl2strat.translate.llm import capability
from nl2strat.translate.llm.capability import cache_path, capability_of, remembered
from nl2strat.translate.llm.keys import Secret
from nl2strat.translate.llm.live import LiveExchange
from nl2strat.translate.llm.settings import ModelSettings
from nl2strat.translate.llm.troubles import ServerFault, UnknownModel, Unreachable, Unreadable, WrongKey
from nl2strat.translate.llm.ways import LADDER
from tests.llm_server import Script, ended, fail, model_server, raw, say, way_of
from tests.nl2strat.llm.conftest import KEY
from tests.nl2strat.llm.models import PROGRAM, TEXT, translator


def probe(server: Script, **more: object) -> capability.Capability:
    settings = ModelSettings("test", server.url, retries=0, **more)  # type: ignore[arg-type]
    return capability_of(settings, LiveExchange(settings, Secret(KEY)))[0]


@pytest.mark.parametrize("way", [way.name for way in LADDER])
def test_the_way_that_the_server_obeys_is_found(way: str) -> None:
    with model_server([say("")], obeys=(way,)) as server:
        found = probe(server)
    assert (found.way, found.verified) == (way, True)
    assert found.found[way] == "obeyed"


def test_a_server_that_ignores_grammars_is_found_out_and_treated_as_free_text() -> None:
    with model_server([say(PROGRAM)]) as server:
        found = probe(server)
        reading = translator(server, grammar="auto").read(TEXT)
    assert (found.way, found.verified) == ("chat", False)
    assert set(found.found.values()) == {"ignored"}
    assert way_of(server.requests[-1].body) == ""
    assert reading.origin is not None
    assert not reading.origin.held


def test_a_server_that_refuses_unknown_fields_is_free_text_too() -> None:
    with model_server([say(PROGRAM)], canary=fail(400, "unknown field")) as server:
        found = probe(server)
    assert (found.way, found.verified) == ("chat", False)
    assert all(verdict.startswith("refused") for verdict in found.found.values())


@pytest.mark.parametrize("lacks", ["responses", "completions"])
def test_an_api_that_is_not_there_is_left_out(lacks: str) -> None:
    with model_server([say(PROGRAM)], lacks=(lacks,)) as server:
        found = probe(server)
        assert translator(server, grammar="auto").read(TEXT).program.rules
    assert found.way == ("chat" if lacks == "responses" else "responses")
    assert "there is no such API" in found.found.values()


def test_no_api_at_all() -> None:
    with model_server([say("")], lacks=("responses", "completions")) as server, pytest.raises(Unreachable) as caught:
        probe(server)
    assert "/v1" in str(caught.value)


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        (fail(401), WrongKey),
        (fail(404, "no", "model_not_found"), UnknownModel),
        (fail(500), ServerFault),
        (raw(b"<html>", "text/html"), Unreadable),
    ],
)
def test_troubles_that_are_no_answer_are_not_remembered(step: object, trouble: type[Exception]) -> None:
    with model_server([say("")], canary=step) as server, pytest.raises(trouble):
        probe(server)
    assert not cache_path().exists()


def test_a_thinker_that_runs_out_of_tokens_is_not_held() -> None:
    with model_server([say("")], canary=ended("incomplete", "max_output_tokens")) as server:
        assert not probe(server).verified


def test_it_is_asked_once_and_again_after_a_month() -> None:
    with model_server([say(PROGRAM)], obeys=("vllm",)) as server:
        translator(server, grammar="auto").read(TEXT)
        first = len(server.canaries)
        translator(server, grammar="auto").read(TEXT)
        assert len(server.canaries) == first > 0
        text = cache_path().read_text(encoding="utf-8")
        assert KEY not in text
        assert TEXT not in text
        old = (datetime.now(UTC).date() - timedelta(days=31)).isoformat()
        values = {name: {**value, "tested": old} for name, value in json.loads(text).items()}
        cache_path().write_text(json.dumps(values), encoding="utf-8")
        translator(server, grammar="auto").read(TEXT)
        assert len(server.canaries) == 2 * first


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}', '{"127.0.0.1/v1 test": {"way": "magic"}}'])
def test_a_damaged_memory_is_none(text: str) -> None:
    cache_path().parent.mkdir(parents=True)
    cache_path().write_text(text, encoding="utf-8")
    assert remembered(ModelSettings("test", "http://127.0.0.1/v1")) is None


def test_a_grammar_that_is_too_much_is_left_out_from_then_on() -> None:
    with model_server([fail(400, "Invalid lark grammar"), say(PROGRAM)], obeys=("responses-tool",)) as server:
        model = translator(server, grammar="auto")
        reading = model.read(TEXT)
        assert way_of(server.requests[0].body) == "responses-tool"
        assert way_of(server.requests[1].body) == ""
        translator(server, grammar="auto").read(TEXT)
        assert way_of(server.requests[2].body) == ""
    assert reading.origin is not None
    assert not reading.origin.held


def test_settings_may_decide_without_a_test() -> None:
    with model_server([say(PROGRAM)]) as server:
        translator(server, grammar="llama.cpp", plan="never").read(TEXT)
    assert not server.canaries
    assert server.requests[0].body["grammar"].startswith("root ::=")


def test_openai_is_asked_by_tools_only() -> None:
    settings = ModelSettings("test")
    assert [way.name for way in LADDER if not capability._is_pointless(way, settings)] == [
        "responses-tool",
        "chat-tool",
    ]
    near = replace(settings, base_url="http://localhost:8000/v1")
    assert not any(capability._is_pointless(way, near) for way in LADDER)
