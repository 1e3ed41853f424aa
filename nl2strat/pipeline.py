"""From SOURCE to a reviewed class: each step once, in one place, for the command line and the page alike.

Source ──understand──▶ Understanding ──compile_strategy──▶ Compiled
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mas.dataclass import dataclass
from nl2strat.errors import NotUnderstood, Problem, UsageError
from nl2strat.language import ast
from nl2strat.source import Kind, Source

if TYPE_CHECKING:
    from mas.client import MAS
    from nl2strat.translate.choice import Translator
    from nl2strat.translate.reading import Reading

DEFAULT_SYMBOL = "EURUSD"
DEFAULT_TIMEFRAME = "H1"


@dataclass(frozen=True)
class Market:
    """What the data (or the user, with `--symbol`) says about the market; None where nothing is known."""

    symbol: str | None = None
    timeframe: str | None = None
    decided: bool = False
    """The user named the symbol on the command line: it wins over text and data."""

    def __post_init__(self) -> None:
        if self.decided and not re.fullmatch(r"[A-Za-z#][A-Za-z0-9._#]{1,27}", self.symbol or ""):
            raise UsageError(f"--symbol {self.symbol!r} is no symbol name; write it as your broker does, like EURUSD")


@dataclass(frozen=True)
class Understanding:
    """A checked program with everything that was presumed on the way to it."""

    program: ast.Program
    english: str = ""
    assumptions: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    reading: Reading | None = None
    reader: Translator | None = None
    """Who read the English, where somebody did."""


@dataclass(frozen=True)
class Compiled:
    """A strategy ready to run: the program, its readings, and the class (Python) made from it."""

    understanding: Understanding
    dsl: str
    explanation: str
    python: str
    trusted: bool = False
    rendered: bool = False
    """The class was made from the program just now, not read from a file that somebody may have changed."""

    @property
    def program(self) -> ast.Program:
        return self.understanding.program

    def new(self) -> MAS:
        """A fresh instance of the verified class."""
        from nl2strat.codegen import load

        strategy: MAS = load(self.python, trust=self.trusted)()
        return strategy


def understand(source: Source, market: Market) -> Understanding:
    """The checked program behind a source, bound to a symbol and a timeframe, in its canonical form: what a user may
    want to turn is an input with a range. A generated file keeps the inputs it was generated with.

    Raises: NotUnderstood: the English leaves something open. LanguageErrors: the program is wrong. ModelTrouble: the
    source's reader is a model that cannot be asked.
    """
    understanding = _translate(source, market) if source.kind is Kind.ENGLISH else _written(source)
    understanding = _bind(understanding, market)
    if source.kind is Kind.PYTHON:
        return understanding
    from nl2strat.language.tuning import with_inputs

    return replace(understanding, program=with_inputs(understanding.program))


def _translate(source: Source, market: Market) -> Understanding:
    from nl2strat.language.checker import check
    from nl2strat.translate.choice import OfflineTranslator

    symbol = None if market.decided else market.symbol
    reading = (source.reader or OfflineTranslator()).read(source.text, symbol, market.timeframe)
    checked = check(reading.program)
    return Understanding(checked.program, source.text, reading.assumptions, checked.warnings, reading, source.reader)


def _written(source: Source) -> Understanding:
    from nl2strat.codegen import extract_english, extract_program
    from nl2strat.language.checker import check
    from nl2strat.language.parser import parse

    generated = source.kind is Kind.PYTHON
    text = extract_program(source.text) if generated else source.text
    program = parse(text)
    if isinstance(program, ast.Answer):
        raise NotUnderstood(questions=program.questions)
    checked = check(program, text)
    english = extract_english(source.text) if generated else ""
    warnings = (*checked.warnings, *_edited(source, checked.program, english)) if generated else checked.warnings
    return Understanding(checked.program, english, checked.program.assumptions, warnings)


def _edited(source: Source, program: ast.Program, english: str) -> tuple[Problem, ...]:
    """A warning if a generated file is no longer what its program gives: its description may then be untrue."""
    from nl2strat.codegen import render

    if source.text.replace("\r\n", "\n") == render(program, english=english):
        return ()
    return (
        Problem(
            "W910",
            "this file was edited after it was generated (or by another version): the Python is what runs, and the "
            "program, the English and the explanation describe what it was generated from",
            hint="change the program and compile it again to keep them together",
        ),
    )


def _bind(understanding: Understanding, market: Market) -> Understanding:
    """Fills in the symbol and the timeframe that the text left to the data (EXECUTION rule 20)."""
    program, notes = understanding.program, list(understanding.assumptions)
    if market.decided and market.symbol and program.symbol != market.symbol:
        if program.symbol:
            notes.append(f"the symbol is {market.symbol}, as asked on the command line, not {program.symbol}")
        program = replace(program, symbol=market.symbol)
    elif program.symbol and market.symbol and not _same_symbol(program.symbol, market.symbol):
        raise NotUnderstood(
            questions=(
                f"The strategy is for {program.symbol} but the data is {market.symbol}. "
                f"Give the data of {program.symbol}, or decide with --symbol.",
            ),
            assumptions=tuple(notes),
        )
    if program.symbol is None:
        program = replace(program, symbol=market.symbol or DEFAULT_SYMBOL)
        notes.append(f"the symbol is {program.symbol}" + (", from the data" if market.symbol else ", as none is named"))
    if program.timeframe is None:
        program = replace(program, timeframe=market.timeframe or DEFAULT_TIMEFRAME)
        origin = ", from the data" if market.timeframe else ", as none is named"
        notes.append(f"the timeframe is {program.timeframe}{origin}")
    return replace(understanding, program=program, assumptions=tuple(dict.fromkeys(notes)))


def _same_symbol(one: str, other: str) -> bool:
    """EURUSD and EURUSD.sml are one market."""
    from mas.symbols import canonical_symbol

    return one == other or canonical_symbol(one) == canonical_symbol(other)


def compile_strategy(source: Source, market: Market, *, trust: bool = False) -> Compiled:
    """Understands a source and renders its class; a generated file is taken as it stands, once verified.

    Args: trust: run a Python file that does not pass verification (its author answers for it).
    Raises: NotUnderstood, LanguageErrors, VerifyError.
    """
    from nl2strat.codegen import render, verify
    from nl2strat.language.english import explain
    from nl2strat.language.printer import print_program

    if source.kind is Kind.PYTHON and trust and "PROGRAM_SHA256" not in source.text:
        return _own_class(source, market)
    understanding = understand(source, market)
    if source.kind is Kind.PYTHON:
        if not trust:
            verify(source.text)
        python = source.text
    else:
        python = render(understanding.program, english=understanding.english)
        verify(python)
    return Compiled(
        understanding,
        dsl=print_program(understanding.program),
        explanation=explain(replace(understanding.program, assumptions=())),
        python=python,
        trusted=trust and source.kind is Kind.PYTHON,
        rendered=source.kind is not Kind.PYTHON,
    )


def _own_class(source: Source, market: Market) -> Compiled:
    """A class somebody wrote by hand: it runs, but no program stands behind it that could be shown or explained."""
    from nl2strat.codegen import load

    written = load(source.text, trust=True)
    program = ast.Program(
        name=written.__name__,
        symbol=market.symbol or getattr(written, "symbol", None) or DEFAULT_SYMBOL,
        timeframe=market.timeframe or getattr(written, "timeframe", None) or DEFAULT_TIMEFRAME,
    )
    note = Problem("W911", "this class was written by hand and is trusted: nothing about it was verified or understood")
    explanation = f"The Python class {program.name}, written by hand. The code says what it does."
    understanding = Understanding(program, warnings=(note,))
    return Compiled(understanding, dsl="", explanation=explanation, python=source.text, trusted=True)


def warning_lines(warnings: Sequence[Problem]) -> list[str]:
    """Warnings as plain sentences."""
    return [w.message + (f" ({w.hint})" if w.hint else "") for w in warnings]
