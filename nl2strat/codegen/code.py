"""Python expressions as small trees, so that parentheses and line breaks are decided by structure, not by text.

Every node knows its text on one line and how tightly it binds. `layout.py` decides what happens when that line is
too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from mas.dataclass import dataclass

# Python's own ladder of operators, loosest first.
OR, AND, NOT, COMPARE, UNION, MEET, SUM, PRODUCT, SIGN, POSTFIX, ATOM = range(11)

BINDING = {
    "or": OR, "and": AND, "|": UNION, "&": MEET, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT,
    ">": COMPARE, "<": COMPARE, ">=": COMPARE, "<=": COMPARE, "==": COMPARE, "!=": COMPARE,
}  # fmt: skip
CHAIN_NAMES = {"or": "either", "|": "either", "and": "both", "&": "both"}
"""What a chain is called that needs a local variable and has no name of its own."""

LOGICAL = ("or", "and", "|", "&")


@dataclass(frozen=True)
class Code:
    """A Python expression. `name` is what a local variable holding it would be called."""

    name: str = field(default="", kw_only=True)

    @property
    def text(self) -> str:
        raise NotImplementedError

    @property
    def binding(self) -> int:
        return ATOM

    @property
    def children(self) -> tuple[Code, ...]:
        return ()

    def with_children(self, children: Sequence[Code]) -> Code:
        return self

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Atom(Code):
    """A name, a number, a string, an attribute: whatever never needs parentheses and cannot be broken up."""

    source: str

    @property
    def text(self) -> str:
        return self.source


@dataclass(frozen=True)
class Call(Code):
    """`function(a, b, key=c)`; `keywords` names the last arguments."""

    function: str
    arguments: tuple[Code, ...]
    keywords: tuple[str, ...] = ()

    @property
    def items(self) -> list[str]:
        """The arguments as they stand in the call."""
        plain = len(self.arguments) - len(self.keywords)
        labels = [""] * plain + [f"{key}=" for key in self.keywords]
        return [label + argument.text for label, argument in zip(labels, self.arguments, strict=True)]

    @property
    def text(self) -> str:
        return f"{self.function}({', '.join(self.items)})"

    @property
    def children(self) -> tuple[Code, ...]:
        return self.arguments

    def with_children(self, children: Sequence[Code]) -> Code:
        return replace(self, arguments=tuple(children))


@dataclass(frozen=True)
class Infix(Code):
    """`a op b op c`; more than two operands only for the logical operators."""

    operator: str
    operands: tuple[Code, ...]

    @property
    def text(self) -> str:
        return f" {self.operator} ".join(self.operand_texts)

    @property
    def operand_texts(self) -> list[str]:
        return [self._operand(operand, first=i == 0) for i, operand in enumerate(self.operands)]

    def _operand(self, operand: Code, *, first: bool) -> str:
        """In parentheses where Python needs them, and where a reader would have to remember a precedence."""
        own = self.binding
        loose = operand.binding < own or (operand.binding == own and (not first or own == COMPARE))
        mixed = self.operator in LOGICAL and isinstance(operand, Infix) and operand.operator in LOGICAL
        return f"({operand.text})" if loose or mixed else operand.text

    @property
    def binding(self) -> int:
        return BINDING[self.operator]

    @property
    def children(self) -> tuple[Code, ...]:
        return self.operands

    def with_children(self, children: Sequence[Code]) -> Code:
        return replace(self, operands=tuple(children))


@dataclass(frozen=True)
class Prefix(Code):
    """`-a`, `~a`, `not a`."""

    operator: str
    operand: Code

    @property
    def text(self) -> str:
        inner = self.operand.text
        if self.operand.binding < self.binding:
            inner = f"({inner})"
        return f"not {inner}" if self.operator == "not" else self.operator + inner

    @property
    def binding(self) -> int:
        return NOT if self.operator == "not" else SIGN

    @property
    def children(self) -> tuple[Code, ...]:
        return (self.operand,)

    def with_children(self, children: Sequence[Code]) -> Code:
        return replace(self, operand=children[0])


@dataclass(frozen=True)
class Index(Code):
    """`a[n]`."""

    value: Code
    index: Code

    @property
    def text(self) -> str:
        inner = self.value.text
        return f"({inner})[{self.index}]" if self.value.binding < POSTFIX else f"{inner}[{self.index}]"

    @property
    def binding(self) -> int:
        return POSTFIX

    @property
    def children(self) -> tuple[Code, ...]:
        return (self.value,)

    def with_children(self, children: Sequence[Code]) -> Code:
        return replace(self, value=children[0])


@dataclass(frozen=True)
class Row(Code):
    """`(a, b)`: a tuple."""

    items: tuple[Code, ...]

    @property
    def text(self) -> str:
        inner = ", ".join(item.text for item in self.items)
        return f"({inner},)" if len(self.items) == 1 else f"({inner})"

    @property
    def children(self) -> tuple[Code, ...]:
        return self.items

    def with_children(self, children: Sequence[Code]) -> Code:
        return replace(self, items=tuple(children))


def joined(operator: str, operands: Sequence[Code]) -> Code:
    """The operands combined; a single one stands for itself, an operand of the same operator is taken apart."""
    flat: list[Code] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, Infix) and operand.operator == operator else (operand,))
    return flat[0] if len(flat) == 1 else Infix(operator, tuple(flat), name=CHAIN_NAMES.get(operator, ""))


def literal(text: str) -> str:
    """A string literal with the quotes that need fewer escapes (double when equal), as formatters write it."""
    quote = '"' if text.count('"') <= text.count("'") else "'"
    body = "".join("\\" + c if c == quote else c if c in "'\"" else repr(c)[1:-1] for c in text)
    return quote + body + quote
