"""Text to AST. Syntax errors become located problems in the words of the language."""

from __future__ import annotations

from functools import cache

from lark import Lark
from lark.exceptions import UnexpectedInput

from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language import ast
from nl2strat.language.grammar import grammar_text
from nl2strat.language.tree import TreeToAst


@cache
def _engine() -> Lark:
    return Lark(grammar_text(), parser="lalr", propagate_positions=True, maybe_placeholders=False)


def normalise(text: str) -> str:
    """Sloppy human input made regular: line ends, trailing blanks, tabs, a missing last newline."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").expandtabs(2).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def parse(text: str) -> ast.Program | ast.Answer:
    """The program (or the questions of an answer that only asks).

    Raises: LanguageErrors: with line, column and what was expected there.
    """
    source = normalise(text)
    try:
        tree = _engine().parse(source)
    except UnexpectedInput as error:
        problem = Problem("S101", "this cannot stand here", error.line, error.column)
        raise LanguageErrors([problem], source) from None
    result: ast.Program | ast.Answer = TreeToAst().transform(tree)
    return result


def parse_program(text: str) -> ast.Program:
    """As `parse`, but an answer that only asks is an error."""
    result = parse(text)
    if isinstance(result, ast.Answer):
        raise LanguageErrors([Problem("S102", "this asks a question instead of stating a strategy")], text)
    return result
