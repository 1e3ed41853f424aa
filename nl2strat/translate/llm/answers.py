"""From what an API returned (plain dicts, trusted in nothing) to the text of an answer, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nl2strat.translate.llm.messages import Reply, Usage
from nl2strat.translate.llm.troubles import CutOff, Declined, ModelTrouble, ServerFault, Unreadable

MAX_CHARACTERS = 65_536
"""More than this is no program of ours, whatever it is."""


def read_response(body: Any) -> Reply:
    """The answer in an object of the Responses API.

    Raises: CutOff, Declined, ServerFault, Unreadable.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("output"), list):
        raise Unreadable("the endpoint's answer is no response object; is base_url the address of such an API?")
    _check_status(body)
    called, said, refused = [], [], []
    for item in _maps(body["output"]):
        if item.get("type") == "custom_tool_call":
            called.append(_text(item.get("input")))
        elif item.get("type") == "message":
            for part in _maps(item.get("content")):
                if part.get("type") == "refusal":
                    refused.append(_text(part.get("refusal")))
                else:
                    said.append(_text(part.get("text")))
    return _reply(called, said, refused, _usage(body.get("usage"), "input", "output"))


def _check_status(body: Mapping[str, Any]) -> None:
    status = body.get("status")
    if status == "failed":
        error = body.get("error")
        message = _text(error.get("message")) if isinstance(error, Mapping) else ""
        raise ServerFault(f"the model's endpoint reports a failure: {message or 'no reason is given'}; try again")
    if status == "incomplete":
        details = body.get("incomplete_details")
        reason = _text(details.get("reason")) if isinstance(details, Mapping) else ""
        raise _stopped(reason or "no reason is given")


def read_chat(body: Any) -> Reply:
    """The answer in an object of Chat Completions.

    Raises: CutOff, Declined, Unreadable.
    """
    choices = body.get("choices") if isinstance(body, Mapping) else None
    choice = next(iter(_maps(choices)), None)
    message = choice.get("message") if choice is not None else None
    if choice is None or not isinstance(message, Mapping):
        raise Unreadable("the endpoint's answer holds no message; is base_url the address of such an API?")
    called = []
    for call in _maps(message.get("tool_calls")):
        custom = call.get("custom")
        if isinstance(custom, Mapping):
            called.append(_text(custom.get("input")))
    check_finish(choice.get("finish_reason"))
    refused = [_text(message.get("refusal"))] if message.get("refusal") else []
    return _reply(called, [_text(message.get("content"))], refused, _usage(body.get("usage"), "prompt", "completion"))


def check_finish(reason: Any) -> None:
    """Raises: CutOff, Declined: the choice ended for another reason than that all was said."""
    if reason in ("length", "content_filter"):
        raise _stopped("max_output_tokens" if reason == "length" else reason)


def usage_of_chat(value: Any) -> Usage:
    """The tokens of a chat answer."""
    return _usage(value, "prompt", "completion")


def _stopped(reason: str) -> ModelTrouble:
    if reason == "content_filter":
        return Declined("the endpoint's content filter stopped the answer; reword it, or use --translator offline")
    if reason in ("max_output_tokens", "max_tokens", "length"):
        return CutOff(
            "the answer was cut off at the limit of tokens (the model's thinking counts): raise max_tokens in "
            "models.toml, or say the strategy in fewer rules"
        )
    return CutOff(f"the answer is incomplete ({reason}); try again")


def _reply(called: list[str], said: list[str], refused: list[str], usage: Usage) -> Reply:
    text = "\n".join(part for part in (called or said) if part.strip())
    if not text and refused:
        raise Declined(f'the model refuses: "{refused[0][:300]}"; reword the text, or use --translator offline')
    return Reply(checked_length(text), usage)


def checked_length(text: str) -> str:
    """The text, if it is short enough to be an answer. Raises: Unreadable."""
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"the answer has more than {MAX_CHARACTERS:,} characters, which is no strategy; try again")
    return text


def _usage(value: Any, first: str, second: str) -> Usage:
    """Tokens; compatible servers leave out what they like."""
    if not isinstance(value, Mapping):
        return Usage(requests=1, known=False)
    into, out = value.get(f"{first}_tokens"), value.get(f"{second}_tokens")
    return Usage(
        _count(into),
        _count(out),
        _count(_inner(value.get(f"{first}_tokens_details"), "cached_tokens")),
        _count(_inner(value.get(f"{second}_tokens_details"), "reasoning_tokens")),
        1,
        isinstance(into, int) and isinstance(out, int),
    )


def _inner(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _maps(value: Any) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
