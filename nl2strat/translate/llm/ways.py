"""The ways to hold a model to a grammar, as data: which API, which dialect of grammar, in which field it travels.

Each server has its own; most others ignore the field without a word, which is why `capability` tests before trusting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nl2strat.translate.llm.gbnf import gbnf, plain_lark

TOOL = "emit_strategy"
_ABOUT = (
    "Writes one program of the strategy language, or only questions. Think the rules of the text through first; then "
    "write the program alone, exactly in the grammar."
)

Api = Literal["responses", "chat"]


@dataclass(frozen=True)
class Way:
    """One way to ask. `fields` puts a grammar (as Lark) into the arguments of the client's call."""

    name: str
    api: Api
    title: str
    fields: Callable[[str], Mapping[str, Any]] | None = None
    streams: bool = True
    thinks: bool = False
    """The model may write or reason freely before the constrained part, within the one request."""

    @property
    def holds(self) -> bool:
        """Whether a grammar goes along at all."""
        return self.fields is not None


def _responses_tool(grammar: str) -> dict[str, Any]:
    shape = {"type": "grammar", "syntax": "lark", "definition": plain_lark(grammar)}
    return {
        "tools": [{"type": "custom", "name": TOOL, "description": _ABOUT, "format": shape}],
        "tool_choice": {"type": "custom", "name": TOOL},
        "parallel_tool_calls": False,
    }


def _chat_tool(grammar: str) -> dict[str, Any]:
    shape = {"type": "grammar", "grammar": {"syntax": "lark", "definition": plain_lark(grammar)}}
    return {
        "tools": [{"type": "custom", "custom": {"name": TOOL, "description": _ABOUT, "format": shape}}],
        "tool_choice": {"type": "custom", "custom": {"name": TOOL}},
    }


def _extra(field: str, convert: Callable[[str], Any]) -> Callable[[str], dict[str, Any]]:
    return lambda grammar: {"extra_body": {field: convert(grammar)}}


RESPONSES_TOOL = Way("responses-tool", "responses", "custom tool with a grammar", _responses_tool, thinks=True)
# How a chat stream carries custom tools is not settled among servers, so this one answers in one piece.
CHAT_TOOL = Way("chat-tool", "chat", "custom tool with a grammar", _chat_tool, streams=False, thinks=True)
VLLM = Way("vllm", "chat", "structured_outputs", _extra("structured_outputs", lambda g: {"grammar": plain_lark(g)}))
VLLM_OLD = Way("vllm-guided", "chat", "guided_grammar", _extra("guided_grammar", plain_lark))
SGLANG = Way("sglang", "chat", "ebnf", _extra("ebnf", gbnf))
LLAMA_CPP = Way("llama.cpp", "chat", "grammar (GBNF)", _extra("grammar", gbnf))
GRAMMAR_FORMAT = Way(
    "response-format",
    "chat",
    "response_format grammar (GBNF)",
    lambda g: {"response_format": {"type": "grammar", "grammar": gbnf(g)}},
)
FREE_RESPONSES = Way("responses", "responses", "free text", thinks=True)
FREE_CHAT = Way("chat", "chat", "free text", thinks=True)

LADDER = (RESPONSES_TOOL, CHAT_TOOL, VLLM, LLAMA_CPP, SGLANG, GRAMMAR_FORMAT, VLLM_OLD)
"""The order in which ways are tried, the most common first."""

WAYS: Mapping[str, Way] = {way.name: way for way in (*LADDER, FREE_RESPONSES, FREE_CHAT)}


def free_way(api: Api) -> Way:
    """Free text through an API."""
    return FREE_RESPONSES if api == "responses" else FREE_CHAT
