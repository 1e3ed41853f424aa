"""The real client against the loopback server: every way to ask, and every way to fail."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nl2strat.translate.llm import troubles
from tests.llm_server import (
    Step,
    broken_stream,
    ended,
    error_event,
    fail,
    model_server,
    raw,
    refused,
    say,
    stalled,
    truncated,
    way_of,
)  # fmt: skip
from tests.nl2strat.llm.models import PROGRAM, QUICK, TEXT, translator

HELD = ("responses-tool", "chat-tool", "vllm", "vllm-guided", "sglang", "llama.cpp", "response-format")
APIS = ("chat", "responses")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("way", [*HELD, *APIS])
def test_each_way_brings_the_program_and_what_it_took(way: str, stream: bool) -> None:
    with model_server([say(PROGRAM)]) as server:
        model = translator(server, grammar=way, stream=stream, plan="never")
        reading = model.read(TEXT)
    assert reading.program.rules
    assert way_of(server.requests[-1].body) == (way if way in HELD else "")
    assert bool(server.requests[-1].body.get("stream")) == (stream and way != "chat-tool")
    assert reading.origin is not None
    assert (reading.origin.input_tokens, reading.origin.output_tokens) == (1000, 200)


def test_a_model_that_may_not_think_within_the_grammar_plans_first() -> None:
    with model_server([say("a plan"), say(PROGRAM)]) as server:
        translator(server, grammar="vllm").read(TEXT)
    first, second = server.requests
    assert way_of(first.body) == ""
    assert way_of(second.body) == "vllm"
    assert "a plan" in second.asked


def test_usage_may_be_missing() -> None:
    with model_server([say(PROGRAM, usage=False)]) as server:
        reading = translator(server).read(TEXT)
    assert reading.origin is not None
    assert "does not say how many tokens" in reading.origin.usage


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("step", "trouble", "says"),
    [
        (fail(429, "slow down"), troubles.TooBusy, "asked too often"),
        (fail(429, "empty", "insufficient_quota"), troubles.TooBusy, "no credit"),
        (fail(500, "oops"), troubles.ServerFault, "failed"),
        (fail(401, "who are you"), troubles.WrongKey, "refuses the key"),
        (fail(403, "not you"), troubles.WrongKey, "refuses the key"),
        (fail(404, "The model `test` does not exist", "model_not_found"), troubles.UnknownModel, "no model"),
        (fail(404, "nothing here"), troubles.Unreachable, "/v1"),
        (fail(400, "too long"), troubles.Rejected, "too long"),
        (fail(400, "filtered", "content_filter"), troubles.Declined, "content filter"),
        (ended("incomplete", "max_output_tokens"), troubles.CutOff, "max_tokens"),
        (ended("incomplete", "content_filter"), troubles.Declined, "content filter"),
        (refused("I cannot do that"), troubles.Declined, "I cannot do that"),
        (raw(b"<html>It works!</html>", "text/html"), troubles.Unreadable, "answer"),
        (raw(b'{"id": "x", "choi'), troubles.Unreadable, "answer"),
        (raw(b'{"hello": "world"}'), troubles.Unreadable, "answer"),
        (raw(b"[1, 2]"), troubles.Unreadable, "answer"),
    ],
)
def test_every_failure_is_named_and_says_what_to_do(
    api: str, stream: bool, step: Step, trouble: type[Exception], says: str
) -> None:
    with model_server([step]) as server, pytest.raises(trouble) as caught:
        translator(server, grammar=api, stream=stream).read(TEXT)
    assert says in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        (truncated(PROGRAM), troubles.Unreadable),
        (broken_stream(), troubles.Unreadable),
        (error_event("overloaded"), troubles.ServerFault),
        (say("x" * 70_000), troubles.Unreadable),
    ],
)
def test_a_stream_without_its_end_is_no_answer(api: str, step: Step, trouble: type[Exception]) -> None:
    begun = time.monotonic()
    with model_server([step]) as server, pytest.raises(trouble):
        translator(server, grammar=api).read(TEXT)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("step", [stalled(4.0), stalled(4.0, dribble=0.1)])
def test_a_server_that_stalls_is_left(api: str, step: Step) -> None:
    with model_server([say(PROGRAM), step]) as server:
        translator(server, grammar=api).read(TEXT)  # loads the client's types
        begun = time.monotonic()
        with pytest.raises(troubles.TooSlow) as caught:
            translator(server, grammar=api, timeouts=QUICK).read(TEXT)
    assert "timeouts" in str(caught.value)
    assert time.monotonic() - begun < 3


def test_a_failed_response_says_why() -> None:
    with model_server([ended("failed", "the weights melted")]) as server, pytest.raises(troubles.ServerFault) as caught:
        translator(server, grammar="responses").read(TEXT)
    assert "the weights melted" in str(caught.value)


@pytest.mark.parametrize("first", [fail(429), fail(500), fail(503)])
def test_the_client_comes_back_after_a_busy_server(first: Step) -> None:
    with model_server([first, say(PROGRAM)]) as server:
        assert translator(server, retries=1).read(TEXT).program.rules
    assert len(server.requests) == 2


@pytest.mark.parametrize("first", [truncated(PROGRAM), broken_stream()])
def test_an_answer_that_broke_off_is_asked_for_once_more(first: Step) -> None:
    with model_server([first, say(PROGRAM)]) as server:
        assert translator(server, retries=1).read(TEXT).program.rules


def test_nobody_at_the_address() -> None:
    with model_server([say("")]) as server:
        pass
    with pytest.raises(troubles.Unreachable) as caught:
        translator(server).read(TEXT)
    assert "Is the server running?" in str(caught.value)


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openai", None)
    with model_server([say(PROGRAM)]) as server, pytest.raises(troubles.NotConfigured) as caught:
        translator(server).read(TEXT)
    assert "nl2strat[model]" in str(caught.value)


def test_options_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server([say(PROGRAM)]) as server:
        translator(server, effort="low", temperature=0.5, max_tokens=900).read(TEXT)
        translator(server, grammar="responses", effort="low", max_tokens=900).read(TEXT)
    of_chat, of_responses = (seen.body for seen in server.requests)
    wanted: dict[str, Any] = {"reasoning_effort": "low", "temperature": 0.5, "max_tokens": 900}
    assert wanted.items() <= of_chat.items()
    assert of_responses["reasoning"] == {"effort": "low"}
    assert of_responses["store"] is False
