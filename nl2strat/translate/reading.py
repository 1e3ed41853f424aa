"""What a translation is: a program, and an account of every word that led to it."""

from __future__ import annotations

from dataclasses import dataclass

from nl2strat.errors import Span
from nl2strat.language import ast
from nl2strat.translate.origin import Origin


@dataclass(frozen=True)
class Use:
    """The words from `start` to `end` of the text became `node`, a fragment of the canonical program."""

    start: int
    end: int
    text: str
    node: str


@dataclass(frozen=True)
class Reading:
    """One reading of a text.

    `assumptions` are the readings and defaults the text did not force, `uses` binds words to parts of the program,
    `ignored` are clauses that carry no rule (small talk). All other words are filler from a closed list.
    """

    text: str
    program: ast.Program
    assumptions: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    ignored: tuple[Span, ...] = ()
    origin: Origin | None = None
    """Who read it, where that was not the offline translator alone."""


@dataclass(frozen=True)
class Alternative:
    """One complete reading of a text that has several. `text` says in a line what sets it apart."""

    text: str
    reading: Reading
    trades: int | None = None
    """How many trades it makes on the data at hand; None: it was not tried."""
    net: float | None = None
    """Their net profit in account currency."""
