"""The compiler's half of the error tree (the root is in mas/errors.py).

Nl2StratError
├── LanguageErrors       one or more located problems of a program: syntax, names, types, values
├── NotUnderstood        English that cannot be turned into a program without guessing
├── VerifyError          generated code contains something it may not
├── ModelTrouble         a model could not be asked, or gave no answer that can be used (translate/llm/troubles.py)
├── RunFailed            a run has ended by itself, or its terminal is out of reach: it may be started again
└── UsageError           the command was called in a way that cannot work
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from mas.dataclass import dataclass
from mas.errors import MasError

if TYPE_CHECKING:
    from nl2strat.translate.reading import Alternative


class Nl2StratError(MasError):
    """Root of the compiler's errors."""


@dataclass(frozen=True)
class Problem:
    """One located problem; text, JSON and HTML are renderings of it.

    `code` is stable: S1xx syntax, N2xx names, T3xx types and units, V4xx values, R5xx rules, W9xx warnings.
    `line` and `column` count from 1; `length` is the width of the caret line.
    """

    code: str
    message: str
    line: int = 1
    column: int = 1
    length: int = 1
    hint: str = ""

    def render(self, source: str = "", name: str = "strategy") -> str:
        """The problem as text, with the source line and a caret under it."""
        lines = source.splitlines()
        parts = [f"{name}:{self.line}:{self.column}: {self.message} [{self.code}]"]
        if 1 <= self.line <= len(lines):
            text = lines[self.line - 1].replace("\t", " ")
            width = max(1, min(self.length, len(text) - self.column + 1))
            parts += [f"  {text}", "  " + " " * (self.column - 1) + "^" * width]
        if self.hint:
            parts.append(f"  hint: {self.hint}")
        return "\n".join(parts)


class LanguageErrors(Nl2StratError):
    """A program that does not parse or check; carries all problems of the pass."""

    def __init__(self, problems: Sequence[Problem], source: str = "") -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__("\n".join(p.render(source) for p in self.problems))


@dataclass(frozen=True)
class Span:
    """A piece of the user's text: characters start (inclusive) to end (exclusive)."""

    start: int
    end: int
    text: str


@dataclass(eq=False)
class NotUnderstood(Nl2StratError):
    """English that cannot become a program without guessing.

    `questions` are what to ask the user, `spans` the words nobody could account for, `assumptions` what was
    presumed so far. `readings` are the programs it could be, where these are known, the conventional one first.
    `notes` are sentences about the asking, such as what a model's answer took. Nothing may run.
    """

    questions: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    assumptions: tuple[str, ...] = field(default=())
    readings: tuple[Alternative, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = list(self.questions) + [f'not understood: "{s.text}" (at {s.start})' for s in self.spans]
        super().__init__("\n".join(lines) or "the text was not understood")


class VerifyError(Nl2StratError):
    """Generated (or supplied) code contains something outside what a strategy may use."""


class ModelTrouble(Nl2StratError):
    """A model could not be asked, or gave no answer that can be used; the message says what to do."""


class UsageError(Nl2StratError):
    """The command cannot work as called; the message says what to change."""


class RunFailed(Nl2StratError):
    """A run has ended by itself, or its terminal is out of reach; started again it goes on where it was."""
