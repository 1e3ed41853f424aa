"""Every text of the page, read off its source: what `say` and its kin are called with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nl2strat.web

PACKAGE = Path(nl2strat.web.__file__).parent
SAYING = ("say", "say_known", "say_of")
FROM_THE_LIBRARY = "say_known"
"""What it is called with comes at run time; the others are only given texts that stand in the source."""


class Text(NamedTuple):
    """A text, the context it belongs to ("" for none), and where it stands."""

    context: str
    english: str
    place: str


class Passed(NamedTuple):
    """A text that is not where it is said: the module, and what the source calls it there."""

    module: str
    source: str


def texts() -> tuple[list[Text], list[Passed]]:
    """The texts that are written where they are said, and what `say` is given from elsewhere."""
    found: list[Text] = []
    passed: list[Passed] = []
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if not _imports_words(tree):
            continue
        for name, call in _calls(tree):
            given = call.args[1 if name == "say_of" else 0]
            context = ast.literal_eval(call.args[0]) if name == "say_of" else ""
            known = list(_constants(given))
            found += [Text(context, one, f"{file.name}:{call.lineno}") for one in known]
            if not known and name != FROM_THE_LIBRARY:
                passed.append(Passed(file.stem, ast.unparse(given)))
    return found, passed


def _imports_words(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "nl2strat.web.words" for node in ast.walk(tree)
    )  # fmt: skip


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            yield node.func.id, node


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def choices(module: str, name: str) -> list[str]:
    """The texts that a variable of a module may hold. Args: module: its stem under pages."""
    tree = ast.parse((PACKAGE / "pages" / f"{module}.py").read_text(encoding="utf-8"))
    values = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name
    ]
    return [text for value in values for text in _constants(value)]


def pieces_of(files: list[Path]) -> str:
    """All texts in the source of modules, joined; values in f-strings leave a gap."""
    pieces: list[str] = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                pieces.append("\0".join(str(one.value) for one in node.values if isinstance(one, ast.Constant)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                pieces.append(node.value)
    return "\0".join(pieces)
