"""What was made of a text, as the page shows it: understood, a question, or a program with problems."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nl2strat import errors
from nl2strat.errors import LanguageErrors, NotUnderstood, Problem
from nl2strat.language.checker import check
from nl2strat.library.fingerprint import sha256
from nl2strat.pipeline import Compiled
from nl2strat.translate.reading import Reading
from nl2strat.web.assuming import assumptions_of
from nl2strat.web.rulemap import rule_map, with_words
from nl2strat.web.shapes import (
    Assumption,
    InputValue,
    Model,
    Options,
    ProblemAt,
    ReadingOption,
    RuleMap,
    Span,
    Understood,
)
from nl2strat.web.sources import market_of, source_of

_ENDS = re.compile(r"[.!?;](?=\s)|\n")
"""Where a sentence ends."""
_ROUNDS = 3
"""How often a text is read again without what was not understood."""
_MOST = 2000
"""Characters of a text for which that is done."""
_CONDITION = "close > 1"


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

    rules, spans = _so_far(text, asked)
    readings = tuple(
        ReadingOption(
            one.text, print_program(one.reading.program), explain(replace(one.reading.program, assumptions=())),
            one.trades, one.net,
        )
        for one in asked.readings
    )  # fmt: skip
    return Understood(
        "question", text, spans, rules=rules, not_understood=tuple(Span(s.start, s.end, s.text) for s in asked.spans),
        assumptions=tuple(Assumption(note) for note in asked.assumptions), questions=asked.questions,
        readings=readings, model=Model(lines=asked.notes), priced=any(one.trades is not None for one in readings),
    )  # fmt: skip


def _so_far(text: str, asked: NotUnderstood) -> tuple[tuple[RuleMap, ...], tuple[Span, ...]]:
    """What the words became that are clear, as far as that can be told: in the conventional reading, or, where words
    were not understood, in the text without these."""
    reading = asked.readings[0].reading if asked.readings else _without(text, asked.spans)
    if reading is None or not reading.uses:
        return (), ()
    try:
        program = check(reading.program).program
    except LanguageErrors:
        return (), ()
    rules, spans = with_words(rule_map(program, "", "", ""), program, reading.uses)
    exits = {rule.id for rule in rules if rule.kind == "exit"}
    apart = [
        replace(one, rules=()) if one.node.startswith("exit ") and not exits & {*one.rules} else one for one in spans
    ]
    return tuple(rules), tuple(apart)


def _without(text: str, lost: Sequence[errors.Span]) -> Reading | None:
    """The reading of a text without some of its words: with a condition in their place, else without their sentences.
    All else stays where it is, and what stands in for them is in no use."""
    from nl2strat.translate.offline import translate  # here: the server itself never reads

    for leave_out in (_stand_in, _blank):
        rest, gone = text, list(lost)
        for _ in range(_ROUNDS if lost and len(text) <= _MOST else 0):
            rest = leave_out(rest, gone)
            try:
                reading = translate(rest) if rest.strip() else None
            except NotUnderstood as more:
                if not more.spans:
                    break
                gone += more.spans
                continue
            if reading is None:
                break
            uses = tuple(
                use for use in reading.uses if not any(one.start < use.end and use.start < one.end for one in gone)
            )
            return replace(reading, uses=uses)
    return None


def _stand_in(text: str, lost: Sequence[errors.Span]) -> str:
    """A condition in the place of words, as long as these."""
    for span in lost:
        text = text[: span.start] + _CONDITION.ljust(span.end - span.start)[: span.end - span.start] + text[span.end :]
    return text


def _blank(text: str, lost: Sequence[errors.Span]) -> str:
    """Blanks in the place of the sentences of words."""
    for span in lost:
        start = max((m.end() for m in _ENDS.finditer(text, 0, span.start)), default=0)
        ended = _ENDS.search(text, span.end)
        end = ended.end() if ended else len(text)
        text = text[:start] + " " * (end - start) + text[end:]
    return text


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
