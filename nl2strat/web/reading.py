"""What was made of a text, as the page shows it: understood, a question, or a program with problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.errors import NotUnderstood, Problem
from nl2strat.library.fingerprint import sha256
from nl2strat.pipeline import Compiled
from nl2strat.web.assuming import assumptions_of
from nl2strat.web.rulemap import rule_map, with_words
from nl2strat.web.shapes import Assumption, InputValue, Model, Options, ProblemAt, ReadingOption, Span, Understood
from nl2strat.web.sources import market_of, source_of


def understood(text: str, compiled: Compiled, options: Options) -> Understood:
    """All there is to show of a text that was read whole."""
    understanding, program = compiled.understanding, compiled.program
    rules = rule_map(program, compiled.dsl, compiled.explanation, compiled.python)
    spans: list[Span] = []
    ignored: tuple[Span, ...] = ()
    if understanding.reading is not None:
        rules, spans = with_words(rules, program, understanding.reading.uses)
        ignored = tuple(Span(s.start, s.end, s.text) for s in understanding.reading.ignored)
    return Understood(
        "understood", text, tuple(spans), ignored=ignored, assumptions=_assumptions(text, compiled, options),
        warnings=tuple(_at(problem, text) for problem in understanding.warnings), name=program.name,
        symbol=program.symbol or "", timeframe=program.timeframe or "", dsl=compiled.dsl,
        english=compiled.explanation, python=compiled.python, rules=tuple(rules), inputs=_inputs(compiled),
        model=_model(compiled), dsl_sha256=sha256(compiled.dsl), python_sha256=sha256(compiled.python),
    )  # fmt: skip


def question(text: str, asked: NotUnderstood) -> Understood:
    """What has to be asked before anything may run."""
    from nl2strat.language.english import explain
    from nl2strat.language.printer import print_program

    readings = tuple(
        ReadingOption(
            one.text, print_program(one.reading.program), explain(replace(one.reading.program, assumptions=())),
            one.trades, one.net,
        )
        for one in asked.readings
    )  # fmt: skip
    return Understood(
        "question", text, not_understood=tuple(Span(s.start, s.end, s.text) for s in asked.spans),
        assumptions=tuple(Assumption(note) for note in asked.assumptions), questions=asked.questions,
        readings=readings, model=Model(lines=asked.notes), priced=any(one.trades is not None for one in readings),
    )  # fmt: skip


def problems(text: str, found: Sequence[Problem]) -> Understood:
    """What is wrong with a program, where."""
    return Understood("error", text, problems=tuple(_at(problem, text) for problem in found))


# ------------------------------------------------------------------ inside


def _assumptions(text: str, compiled: Compiled, options: Options) -> tuple[Assumption, ...]:
    understanding = compiled.understanding
    offline = options.kind == "english" and options.translator == "offline" and options.reading is None
    reader = source_of(text, options).reader if offline else None
    market = market_of(options.data)
    symbol = None if market.decided else market.symbol
    if reader is None:
        return tuple(Assumption(note) for note in understanding.assumptions)
    return assumptions_of(
        text, understanding.reading, understanding.assumptions,
        lambda other: reader.read(other, symbol, market.timeframe), choices=options.choices,
    )  # fmt: skip


def _at(problem: Problem, text: str) -> ProblemAt:
    """A problem with the characters it is about."""
    lines = text.splitlines(keepends=True)
    if not 1 <= problem.line <= len(lines):
        return ProblemAt(problem.message, problem.code, problem.line, problem.column, hint=problem.hint)
    line = lines[problem.line - 1].rstrip("\r\n")
    before = sum(len(one) for one in lines[: problem.line - 1])
    start = before + min(problem.column - 1, len(line))
    end = min(start + max(1, problem.length), before + len(line))
    return ProblemAt(problem.message, problem.code, problem.line, problem.column, start, max(start, end), problem.hint)


def _inputs(compiled: Compiled) -> tuple[InputValue, ...]:
    def number(value: object) -> float | None:
        return None if value is None else float(str(value))

    return tuple(
        InputValue(item.name, float(item.default), number(item.low), number(item.high), number(item.step))
        for item in compiled.program.inputs
    )


def _model(compiled: Compiled) -> Model:
    reading = compiled.understanding.reading
    origin = reading.origin if reading is not None else None
    if origin is None:
        return Model()
    return Model(origin.translator, origin.lines, origin.usage, origin.cost, origin.currency)
