"""Prompts from templates, the grammar, the registry and examples; the same input gives the same prompt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from nl2strat.errors import Problem
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.grammar import grammar_text, resource_text
from nl2strat.translate.llm.examples import similar
from nl2strat.translate.llm.gbnf import plain_lark

if TYPE_CHECKING:
    import jinja2


@cache
def instructions() -> str:
    """What the model is told first: the same for every request, so that endpoints can cache it."""
    ordered = sorted(FUNCTIONS.values(), key=lambda entry: entry.category)
    groups = [(name, list(entries)) for name, entries in groupby(ordered, key=lambda entry: entry.category)]
    return _render("prompt.system.j2", grammar=plain_lark(grammar_text()), functions=groups)


def request(text: str, symbol: str | None, timeframe: str | None, *, plan: bool = False) -> str:
    """The user's text as data, with what the data says and examples."""
    return _render(
        "prompt.request.j2",
        text=text,
        symbol=symbol,
        timeframe=timeframe,
        plan=plan,
        examples=similar(text),
        marker=marker("text", text),
    )


def go_on() -> str:
    """After the plan: the program."""
    return _render("prompt.program.j2")


def repair(problems: Iterable[Problem], source: str) -> str:
    """Located errors back to the model."""
    return _render("prompt.repair.j2", problems="\n\n".join(problem.render(source, "line") for problem in problems))


def courtesy(explanation: str, sample: str) -> str:
    """The English explanation into the language of the sample."""
    return _render(
        "prompt.courtesy.j2",
        explanation=explanation,
        sample=sample,
        marker=marker("explanation", explanation),
        sample_marker=marker("sample", sample),
    )


def marker(kind: str, text: str) -> str:
    """A line that no text can hold by intent: it depends on every character of the text that it stands around."""
    return f"=== {kind} {hashlib.sha256(text.encode()).hexdigest()[:16]} ==="


def _render(name: str, **values: Any) -> str:
    return _template(name).render(**values).strip() + "\n"


@cache
def _template(name: str) -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(resource_text("templates", name))
