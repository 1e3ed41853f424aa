"""Text to AST. Whatever the text, the answer is an AST or located problems in the words of the language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language import ast
from nl2strat.language.engine import engine
from nl2strat.language.source import Source, regular
from nl2strat.language.tree import TreeToAst

MAX_DEPTH = 60
"""Expressions nested deeper than this are refused: nobody can read them, and every reading of the AST recurses."""

MAX_PROBLEMS = 20
RECOVER_LENGTH = 10_000
"""Up to this many characters reading goes on after an error, to report all of them at once."""

_HEAD = ("symbol", "timeframe", "indicators")


def normalise(text: str) -> str:
    """Sloppy human input made regular: line ends, blanks, tabs, comments and empty lines.

    Raises: LanguageErrors: if the text is too long or holds invisible characters.
    """
    return regular(text).text


def parse(text: str) -> ast.Program | ast.Answer:
    """The program (or the questions of an answer that only asks).

    Raises: LanguageErrors: with line, column and what was expected there.
    """
    source = regular(text)
    tree = _tree(source)
    if problems := list(_place_and_measure(tree, source)):
        raise LanguageErrors(problems[:MAX_PROBLEMS], source.original)
    result: ast.Program | ast.Answer = TreeToAst().transform(tree)
    return result


def parse_program(text: str) -> ast.Program:
    """As `parse`, but an answer that only asks is an error."""
    result = parse(text)
    if isinstance(result, ast.Answer):
        raise LanguageErrors([Problem("S102", "this asks a question instead of stating a strategy")], text)
    return result


def _tree(source: Source) -> Tree[Token]:
    """The parse tree; on an error, the rest is read as if the line had been right, to find all errors of the text."""
    problems: list[Problem] = []
    while True:
        try:
            tree = engine().parse(source.text)
        except UnexpectedInput as error:
            from nl2strat.language.syntax import explain

            surprise = explain(error, source, engine())
            # An error on a line that was mended already, or of a program whose rules were left out, only echoes.
            if not problems or (surprise.problem.line > problems[-1].line and not _echo(source, surprise.line)):
                problems.append(surprise.problem)
            elif surprise.meant is not None:
                surprise = type(surprise)(surprise.problem, surprise.line)
            if surprise.final or len(problems) == MAX_PROBLEMS or len(source.original) > RECOVER_LENGTH:
                break
            source = source.with_line(surprise.line - 1, surprise.meant)
            continue
        if not problems:
            return tree
        break
    raise LanguageErrors(problems, source.original) from None


def _echo(source: Source, line: int) -> bool:
    return source.lines[line - 1].startswith("end strategy")


def _place_and_measure(tree: Tree[Token], source: Source) -> Iterator[Problem]:
    """Moves every place to where it stands in the original; yields what is nested too deeply or said twice."""
    stack: list[tuple[Tree[Token] | Token, int]] = [(tree, 0)]
    seen: set[int] = set()
    too_deep = False
    while stack:
        node, depth = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        _move(node if isinstance(node, Token) else node.meta, source)
        if isinstance(node, Token):
            continue
        depth += 1 + (len(node.children) // 2 if node.data in ("sum", "product") else 0)
        if depth > MAX_DEPTH and not too_deep:
            too_deep = True
            hint = "give parts of it a name with let"
            yield Problem(
                "S107", f"this is nested more than {MAX_DEPTH} levels deep", node.meta.line, node.meta.column, 1, hint
            )
        if node.data == "program":
            yield from _said_twice(node, source)
        stack.extend((child, depth) for child in node.children)


def _said_twice(program: Tree[Token], source: Source) -> Iterator[Problem]:
    counts: Counter[str] = Counter()
    for part in program.children:
        if isinstance(part, Tree) and part.data in _HEAD:
            counts[part.data] += 1
            if counts[part.data] == 2:
                line, column = source.place(part.meta.line, part.meta.column)
                yield Problem("S108", f'"{part.data}" is said twice', line, column, len(part.data))


def _move(node: object, source: Source) -> None:
    """Sets the place of a token or of a tree's meta to the original's line and columns."""
    line, end_line = getattr(node, "line", None), getattr(node, "end_line", None)
    if line is None or end_line is None:
        return
    end = source.place(end_line, max(1, node.end_column - 1))  # type: ignore[attr-defined]
    node.line, node.column = source.place(line, node.column)  # type: ignore[attr-defined]
    node.end_line, node.end_column = end[0], end[1] + 1  # type: ignore[attr-defined]
