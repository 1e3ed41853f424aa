"""Lines of code that keep inside the margin, laid out the way `ruff format` would.

A statement that fits stands on one line. A chain of three or more `&`, `|`, `and`, `or` is spread over lines in
parentheses. Anything else that is too long is taken apart: its longest part becomes a local variable, named for what
it holds, which reads better than a broken line.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from nl2strat.codegen.code import LOGICAL, Atom, Call, Code, Infix, literal
from nl2strat.codegen.names import Names
from nl2strat.language.functions import FUNCTIONS

WIDTH = 100
STEP = 4


class Block:
    """The lines of a method body, indented, with its local names."""

    def __init__(self, indent: int, names: Names) -> None:
        self.indent = indent
        self.names = names
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(" " * self.indent + text if text else "")

    @contextmanager
    def indented(self) -> Iterator[None]:
        self.indent += STEP
        yield
        self.indent -= STEP

    def assign(self, target: str, value: Code) -> None:
        self.statement(f"{target} = ", value)

    def statement(self, prefix: str, value: Code, suffix: str = "") -> None:
        """`prefix value suffix`, on as many lines as it takes."""
        room = self.room - len(prefix) - len(suffix)
        if len(value.text) > room and isinstance(value, Infix) and _is_chain(value):
            self._spread_chain(prefix, value, suffix)
            return
        if not (isinstance(value, Call) and value.keywords):
            value = self.fitted(value, room)
        if len(value.text) > room and isinstance(value, Call):
            self._spread_call(prefix, value, suffix)
        else:
            self.line(prefix + value.text + suffix)

    @property
    def room(self) -> int:
        return WIDTH - self.indent

    def fitted(self, code: Code, room: int) -> Code:
        """The code, with parts of it moved to local variables above until it fits."""
        while len(code.text) > room:
            part = _longest_part(code)
            if part is None:
                break
            code = _replaced(code, part, self.moved(part))
        return code

    def moved(self, part: Code) -> Atom:
        """A local variable that holds the part."""
        name = self.names.new(part.name or "part", "_now" if part.name in FUNCTIONS else "")
        self.assign(name, part)
        return Atom(name)

    def _spread_chain(self, prefix: str, chain: Infix, suffix: str) -> None:
        room = self.room - STEP - len(chain.operator) - 3
        chain = replace(chain, operands=tuple(self._operand(operand, room) for operand in chain.operands))
        if len(prefix + chain.text + suffix) <= self.room:
            self.line(prefix + chain.text + suffix)
            return
        self.line(prefix + "(")
        with self.indented():
            if len(chain.text) <= self.room:
                self.line(chain.text)
            else:
                first, *others = chain.operand_texts
                self.line(first)
                for text in others:
                    self.line(f"{chain.operator} {text}")
        self.line(")" + suffix)

    def _operand(self, operand: Code, room: int) -> Code:
        """One line of a chain; what cannot be shortened enough becomes a variable."""
        operand = self.fitted(operand, room)
        return self.moved(operand) if len(operand.text) > room and operand.children else operand

    def _spread_call(self, prefix: str, call: Call, suffix: str) -> None:
        call = self._fitted_arguments(call)
        self.line(f"{prefix}{call.function}(")
        with self.indented():
            for item in call.items:
                self.line(item + ",")
        self.line(")" + suffix)

    def _fitted_arguments(self, call: Call) -> Call:
        labels = [0] * (len(call.arguments) - len(call.keywords)) + [len(key) + 1 for key in call.keywords]
        room = self.room - STEP - 1
        arguments = (self.fitted(a, room - label) for a, label in zip(call.arguments, labels, strict=True))
        return Call(call.function, tuple(arguments), call.keywords)

    def rows(self, prefix: str, rows: Sequence[str], suffix: str = "", *, spread: bool = False) -> None:
        """A tuple, on one line where it fits, else (or if `spread`) one row a line."""
        line = f"{prefix}({', '.join(rows)}{',' if len(rows) == 1 else ''}){suffix}"
        if len(line) <= self.room and not spread:
            self.line(line)
            return
        self.line(prefix + "(")
        with self.indented():
            for row in rows:
                self.line(row + ",")
        self.line(")" + suffix)

    def mapping(self, prefix: str, items: Sequence[tuple[str, Code]], suffix: str = "") -> None:
        """A dictionary, one key a line; a value that does not fit is assigned to a variable of its key's name first."""
        ready: list[tuple[str, Code]] = []
        for key, value in items:
            room = self.room - STEP - len(key) - 5
            if len(value.text) > room and value.children:
                value = self.moved(replace(value, name=key))
            ready.append((key, value))
        self.line(prefix + "{")
        with self.indented():
            for key, value in ready:
                self.line(f"{literal(key)}: {value.text},")
        self.line("}" + suffix)


def _is_chain(code: Infix) -> bool:
    return code.operator in LOGICAL and len(code.operands) >= 3


def _longest_part(code: Code) -> Code | None:
    """The longest child that is worth a variable."""
    parts = [child for child in code.children if not isinstance(child, Atom) and len(child.text) > 12]
    return max(parts, key=lambda part: len(part.text), default=None)


def _replaced(code: Code, part: Code, new: Code) -> Code:
    return code.with_children([new if child is part else child for child in code.children])


def string_lines(text: str, width: int) -> list[str]:
    """A long text as string literals to be written one under the other; broken at blanks and line ends."""
    pieces: list[str] = []
    for line in text.splitlines(keepends=True):
        pieces.extend(_pieces(line, width))
    return [literal(piece) for piece in pieces] or ['""']


def _pieces(line: str, width: int) -> Iterator[str]:
    while len(literal(line)) > width:
        cut = width - 2
        while len(literal(line[:cut])) > width:
            cut -= 1
        blank = line.rfind(" ", cut // 2, cut)
        cut = blank + 1 if blank > 0 else cut
        yield line[:cut]
        line = line[cut:]
    if line:
        yield line


def plain(text: str) -> str:
    """Text that may stand in a docstring or a comment: printable, and without the characters that could end it."""
    cleaned = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return cleaned.replace("\\", "/").replace('"', "'")


def docstring(text: str, indent: int) -> list[str]:
    """The lines of a docstring; the first line stands alone when there are more."""
    pad = " " * indent
    paragraphs = [line.strip() for line in plain(text).strip().split("\n")]
    first, *others = paragraphs
    head = textwrap.wrap(first, WIDTH - indent - 6) or [""]
    if not others and len(head) == 1:
        return [f'{pad}"""{head[0]}"""']
    lines = [f'{pad}"""{head[0]}'] + [pad + line for line in head[1:]]
    for paragraph in others:
        wrapped = textwrap.wrap(paragraph, WIDTH - indent)
        lines += [pad + line for line in wrapped] or [""]
    return [*lines, f'{pad}"""']
