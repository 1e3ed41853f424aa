"""What goes to a model and what comes back, apart from how it travels."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from nl2strat.translate.llm.ways import Way


@dataclass(frozen=True)
class Turn:
    """One piece of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Request:
    """What is asked. `grammar` (as Lark) holds the answer to it, where the way can; empty: free words.

    `draw` numbers independent answers to the same question.
    """

    purpose: Literal["canary", "plan", "program", "courtesy"]
    instructions: str
    turns: tuple[Turn, ...]
    grammar: str = ""
    draw: int = 0

    def digest(self, model: str, way: Way) -> str:
        """A name for exactly this request, to find it in a recording."""
        whole = {"model": model, "way": way.name, **asdict(self)}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Usage:
    """Tokens of one or several answers, as far as the endpoint says; `known` False: it said nothing of some."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    requests: int = 0
    known: bool = True

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.reasoning + other.reasoning,
            self.requests + other.requests,
            self.known and other.known,
        )


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    text: str
    usage: Usage = field(default_factory=lambda: Usage(requests=1))


class Exchange(Protocol):
    """Something that answers requests: the live client, a recording, or both."""

    def ask(self, request: Request, way: Way) -> Reply:
        """The whole answer. Raises: ModelTrouble."""


def as_json(reply: Reply) -> dict[str, Any]:
    """A reply for a recording."""
    return {"text": reply.text, "usage": asdict(reply.usage)}


def from_json(value: dict[str, Any]) -> Reply:
    """A recorded reply again. Raises: KeyError, TypeError: it is none."""
    return Reply(str(value["text"]), Usage(**value["usage"]))
