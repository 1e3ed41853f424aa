"""The checked program as a Python file: view, then template."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from nl2strat.codegen.view import view_of
from nl2strat.language import ast
from nl2strat.language.grammar import resource_text

if TYPE_CHECKING:
    from jinja2 import Template


def render(program: ast.Program, *, english: str = "") -> str:
    """The Python class of a checked program, as text; the same program gives the same bytes.

    Args: program: checked, with symbol and timeframe. english: the text it was made from.
    Raises: UsageError: symbol or timeframe missing. LanguageErrors: something Python code cannot say.
    """
    from nl2strat.language.checker import complete
    from nl2strat.language.english import explain

    program = complete(program)
    return _template().render(view=view_of(program, english, explain(program)))


@cache
def _template() -> Template:
    import jinja2

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(resource_text("templates", "strategy.py.j2"))
