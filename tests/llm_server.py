"""A loopback server that speaks the Responses API and Chat Completions, streamed or not, by a script.

    with model_server([say(PROGRAM), fail(429)]) as server: ...  server.url, server.requests

Each request takes the next step of the script; the last step repeats. Canaries of the capability probe are answered
apart, by what the server `obeys`, so that scripts are about the answers alone.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[["Handler", dict[str, Any]], None]

USAGE_RESPONSES = {
    "input_tokens": 1000,
    "input_tokens_details": {"cached_tokens": 400},
    "output_tokens": 200,
    "output_tokens_details": {"reasoning_tokens": 50},
    "total_tokens": 1200,
}
USAGE_CHAT = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}


@dataclass
class Seen:
    """One request as it came."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def asked(self) -> str:
        """All that was said in it, as one text."""
        said = self.body.get("input") or self.body.get("messages") or []
        return "\n".join([str(self.body.get("instructions", "")), *(str(turn.get("content")) for turn in said)])


@dataclass
class Script:
    """What the server does. `obeys`: the grammar fields that it enforces, by name of the way."""

    steps: Sequence[Step]
    obeys: tuple[str, ...] = ()
    canary: Step | None = None
    lacks: tuple[str, ...] = ()
    """Paths that do not exist."""
    key: str | None = None
    requests: list[Seen] = field(default_factory=list)
    canaries: list[Seen] = field(default_factory=list)
    url: str = ""
    at: int = 0

    def next(self) -> Step:
        step = self.steps[min(self.at, len(self.steps) - 1)]
        self.at += 1
        return step


class Handler(BaseHTTPRequestHandler):
    """Answers POST; the script is the server's."""

    protocol_version = "HTTP/1.1"
    script: Script

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        seen = Seen(self.path, body, {name.lower(): value for name, value in self.headers.items()})
        if self.path.rsplit("/", 1)[-1] in self.script.lacks or not self.path.endswith(("/responses", "/completions")):
            return self.json(404, {"detail": "Not Found"})
        if self.script.key is not None and self.headers["Authorization"] != f"Bearer {self.script.key}":
            sent = self.headers["Authorization"]
            message = f"Incorrect API key provided: {sent}."
            return self.json(401, {"error": {"message": message, "code": "invalid_api_key", "type": "x"}})
        if "weather" in seen.asked and "one word" in json.dumps(body):
            self.script.canaries.append(seen)
            return self._canary(body)
        self.script.requests.append(seen)
        return self.script.next()(self, body)

    def _canary(self, body: dict[str, Any]) -> None:
        if self.script.canary is not None:
            return self.script.canary(self, body)
        obeyed = way_of(body) in self.script.obeys
        return say("zq7-ok" if obeyed else "weather")(self, body)

    @property
    def is_responses(self) -> bool:
        return self.path.endswith("/responses")

    def json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self.raw(status, json.dumps(value).encode(), "application/json", headers)

    def raw(self, status: int, data: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def events(self, parts: Sequence[Any], *, pause: float = 0.0, done: bool = True) -> None:
        """Server-sent events; text parts go as they are. Then the connection closes."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for part in parts:
            text = part if isinstance(part, str) else json.dumps(part)
            kind = f"event: {part['type']}\n" if isinstance(part, dict) and self.is_responses else ""
            try:
                self.wfile.write(f"{kind}data: {text}\n\n".encode())
            except OSError:
                break  # the client hung up, as it may
            time.sleep(pause)
        if done and not self.is_responses:
            with suppress(OSError):
                self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        return


def way_of(body: dict[str, Any]) -> str:
    """By which field a grammar came."""
    if body.get("tools"):
        return "responses-tool" if "input" in body else "chat-tool"
    fields = {"structured_outputs": "vllm", "guided_grammar": "vllm-guided", "ebnf": "sglang", "grammar": "llama.cpp"}
    found = [way for name, way in fields.items() if name in body]
    if (body.get("response_format") or {}).get("type") == "grammar":
        return "response-format"
    return found[0] if found else ""


# ------------------------------------------------------------------ whole objects


def response(output: Sequence[Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    """An object of the Responses API."""
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "test", "output": output,
        "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
        "usage": USAGE_RESPONSES, **more,
    }  # fmt: skip


def item_of(text: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer as a tool call where a tool was given, else as a message."""
    if body.get("tools"):
        return {
            "type": "custom_tool_call", "id": "c1", "call_id": "c1", "name": "emit_strategy", "input": text,
            "status": "completed",
        }  # fmt: skip
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": [part]}


THOUGHT = {"type": "reasoning", "id": "r1", "summary": []}


def chat(message: dict[str, Any], finish: str = "stop", usage: Any = USAGE_CHAT) -> dict[str, Any]:
    """An object of Chat Completions."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "test", "choices": [choice], "usage": usage}


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    """A piece of a chat stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "test", "choices": [choice]}


# -------------------------------------------------------------------------- steps


def say(text: str, *, usage: bool = True) -> Step:
    """A good answer with this text, as it was asked for: tool or message, streamed or whole."""

    def step(handler: Handler, body: dict[str, Any]) -> None:
        if handler.is_responses:
            whole = response([THOUGHT, item_of(text, body)], **({} if usage else {"usage": None}))
            if not body.get("stream"):
                return handler.json(200, whole)
            kind = "custom_tool_call_input" if body.get("tools") else "output_text"
            deltas = [
                {"type": f"response.{kind}.delta", "delta": p, "item_id": "c1", "output_index": 1} for p in cut(text)
            ]
            return handler.events(numbered([begun(), *deltas, {"type": "response.completed", "response": whole}]))
        if not body.get("stream"):
            custom = [{"id": "c1", "type": "custom", "custom": {"name": "emit_strategy", "input": text}}]
            message = {"content": None, "tool_calls": custom} if body.get("tools") else {"content": text}
            return handler.json(200, chat(message, usage=USAGE_CHAT if usage else None))
        parts = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": p}) for p in cut(text))]
        parts.append(chunk({}, "stop"))
        if usage:
            parts.append({**chunk({}), "choices": [], "usage": USAGE_CHAT})
        return handler.events(parts)

    return step


def begun() -> dict[str, Any]:
    return {"type": "response.created", "response": response([], "in_progress")}


def numbered(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "sequence_number": n} for n, event in enumerate(events)]


def cut(text: str) -> list[str]:
    size = max(7, len(text) // 100)
    return [text[i : i + size] for i in range(0, len(text), size)]


def fail(status: int, message: str = "no", code: str | None = None, **headers: str) -> Step:
    """An error status; the client is told to come back at once."""
    said = {"error": {"message": message, "code": code, "type": "error"}}
    return lambda handler, _: handler.json(status, said, {"retry-after-ms": "5", **headers})


def raw(data: bytes, kind: str = "application/json") -> Step:
    """These bytes as a whole answer."""
    return lambda handler, _: handler.raw(200, data, kind)


def truncated(text: str) -> Step:
    """A stream that ends in the middle."""

    def step(handler: Handler, body: dict[str, Any]) -> None:
        half = cut(text)[:8]
        if handler.is_responses:
            kind = "custom_tool_call_input" if body.get("tools") else "output_text"
            deltas = [{"type": f"response.{kind}.delta", "delta": p, "item_id": "c1", "output_index": 1} for p in half]
            return handler.events(numbered([begun(), *deltas]))
        return handler.events([chunk({"content": p}) for p in half], done=False)

    return step


def stalled(seconds: float, *, dribble: float = 0.0) -> Step:
    """Silence for so long; or a piece every `dribble` seconds, for as long."""

    def step(handler: Handler, body: dict[str, Any]) -> None:
        pieces = int(seconds / dribble) if dribble else 0
        begin: Any = begun() if handler.is_responses else chunk({"content": "s"})
        more: Any = {"type": "response.in_progress"} if handler.is_responses else chunk({"content": "s"})
        handler.events([begin, *[more] * pieces], pause=dribble or seconds, done=False)

    return step


def broken_stream() -> Step:
    """A stream whose second piece is no JSON."""

    def step(handler: Handler, _: dict[str, Any]) -> None:
        first: Any = begun() if handler.is_responses else chunk({"content": "strategy"})
        handler.events([first, '{"type": "response.output_text.delta", "delta": ', "]"])

    return step


def error_event(message: str) -> Step:
    """An error in the middle of a stream."""

    def step(handler: Handler, _: dict[str, Any]) -> None:
        event: Any = {"type": "error", "message": message, "code": "server_error", "param": None}
        handler.events([event if handler.is_responses else {"error": {"message": message}}])

    return step


def ended(status: str, reason: str) -> Step:
    """An answer that stopped early: cut off (`max_output_tokens`) or filtered (`content_filter`), or `failed`."""

    def step(handler: Handler, body: dict[str, Any]) -> None:
        if handler.is_responses:
            error = {"code": "server_error", "message": reason} if status == "failed" else None
            more = {"incomplete_details": {"reason": reason}} if status == "incomplete" else {"error": error}
            whole = response([item_of('strategy "half', body)], status, **more)
            if body.get("stream"):
                return handler.events(numbered([begun(), {"type": f"response.{status}", "response": whole}]))
            return handler.json(200, whole)
        finish = "length" if reason == "max_output_tokens" else reason
        if body.get("stream"):
            return handler.events([chunk({"content": 'strategy "half'}), chunk({}, finish)])
        return handler.json(200, chat({"content": 'strategy "half'}, finish))

    return step


def refused(text: str) -> Step:
    """A refusal of the model."""

    def step(handler: Handler, body: dict[str, Any]) -> None:
        if handler.is_responses:
            part = {"type": "refusal", "refusal": text}
            message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [part]}
            whole = response([message])
            if body.get("stream"):
                return handler.events(numbered([begun(), {"type": "response.completed", "response": whole}]))
            return handler.json(200, whole)
        if body.get("stream"):
            return handler.events([chunk({"refusal": text}), chunk({}, "stop")])
        return handler.json(200, chat({"content": None, "refusal": text}))

    return step


@contextmanager
def model_server(steps: Sequence[Step], **more: Any) -> Iterator[Script]:
    """The server, on a free port of this machine."""
    script = Script(steps, **more)
    handler = type("Scripted", (Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
