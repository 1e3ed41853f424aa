"""Pieces of a streamed answer put together. A stream without its end is no answer, however good its beginning."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from nl2strat.translate.llm.answers import MAX_CHARACTERS, check_finish, checked_length, read_response, usage_of_chat
from nl2strat.translate.llm.messages import Reply, Usage
from nl2strat.translate.llm.troubles import Declined, ServerFault, TooSlow, Unreadable

Tell = Callable[[int], None]
"""Told how many characters have come."""

_ENDS = ("response.completed", "response.incomplete", "response.failed")
_PIECES = ("response.custom_tool_call_input.delta", "response.output_text.delta")
_BROKEN = "the answer broke off in the middle; try again"


def read_response_stream(events: Iterable[Any], total: float, tell: Tell) -> Reply:
    """The answer in the events of the Responses API.

    Raises: TooSlow, Unreadable, and what `read_response` raises.
    """
    pieces: dict[str, list[str]] = {kind: [] for kind in _PIECES}
    length = 0
    for event in _in_time(events, total):
        kind = event.get("type")
        if kind in _PIECES and isinstance(event.get("delta"), str):
            pieces[kind].append(event["delta"])
            length = _grown(length, event["delta"], tell)
        elif kind in _ENDS:
            reply = read_response(event.get("response"))
            text = reply.text or next(("".join(parts) for parts in pieces.values() if parts), "")
            return Reply(checked_length(text), reply.usage)
        elif kind == "error":
            raise ServerFault(f"the model's endpoint reports an error: {str(event.get('message'))[:300]}; try again")
    raise Unreadable(_BROKEN)


def read_chat_stream(chunks: Iterable[Any], total: float, tell: Tell) -> Reply:
    """The answer in the chunks of Chat Completions.

    Raises: TooSlow, Unreadable, CutOff, Declined.
    """
    parts: list[str] = []
    refusal, finish, length = "", None, 0
    usage = Usage(requests=1, known=False)
    for chunk in _in_time(chunks, total):
        if chunk.get("usage"):
            usage = usage_of_chat(chunk["usage"])
        choices = chunk.get("choices") or []
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
        delta = choice.get("delta")
        delta = delta if isinstance(delta, Mapping) else {}
        if isinstance(delta.get("content"), str):
            parts.append(delta["content"])
            length = _grown(length, delta["content"], tell)
        if isinstance(delta.get("refusal"), str):
            refusal += delta["refusal"]
        finish = choice.get("finish_reason") or finish
    if finish is None:
        raise Unreadable(_BROKEN)
    check_finish(finish)
    text = "".join(parts)
    if refusal and not text.strip():
        raise Declined(f'the model refuses: "{refusal[:300]}"; reword the text, or use --translator offline')
    return Reply(checked_length(text), usage)


def _in_time(events: Iterable[Any], total: float) -> Iterator[Mapping[str, Any]]:
    """The events as plain dicts, until the time is up."""
    end = time.monotonic() + total
    for event in events:
        if time.monotonic() > end:
            raise TooSlow(f"the answer was not finished after {total:g} s; raise timeouts.total in models.toml")
        plain = event.to_dict() if hasattr(event, "to_dict") else event
        if isinstance(plain, Mapping):
            yield plain


def _grown(length: int, piece: str, tell: Tell) -> int:
    length += len(piece)
    if length > MAX_CHARACTERS:
        raise Unreadable(f"the answer has more than {MAX_CHARACTERS:,} characters, which is no strategy; try again")
    tell(length)
    return length
