"""The checked program as a Python file: view, then template."""

from __future__ import annotations

from nl2strat.codegen.view import view_of
from nl2strat.language import ast


def render(program: ast.Program, *, english: str = "") -> str:
    """The Python class of a checked program, as text; the same program gives the same bytes.

    Args: program: checked, with symbol and timeframe. english: the text it was made from.
    Raises: UsageError: symbol or timeframe missing. LanguageErrors: something Python code cannot say.
    """
    from nl2strat.codegen.template import template
    from nl2strat.language.checker import complete
    from nl2strat.language.english import explain

    program = complete(program)
    return template().render(view=view_of(program, english, explain(program)))
