"""Stage 0: a text that is the explanation of a program is that program; no other reading is tried."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.errors import NotUnderstood, Span
from nl2strat.translate.explained import read_explanation
from nl2strat.translate.offline import validate
from nl2strat.translate.reading import Reading, Use


def from_explanation(text: str, symbol: str | None, timeframe: str | None) -> Reading | None:
    """The reading of an explanation, None for any other text.

    Raises: NotUnderstood: it is one, of a program that the language refuses or that is of another symbol.
    """
    found = read_explanation(text)
    if found is None:
        return None
    program, notes = found.program, list(found.program.assumptions)
    if program.symbol and symbol and not program.also and validate.plain_symbol(symbol) != program.symbol:
        raise NotUnderstood((f"The text says {program.symbol}, the data is {symbol}. Which one is meant?",))
    if program.symbol is None:
        notes.append(f"Symbol {symbol}, from the data." if symbol else "Symbol EURUSD: neither text nor data name one.")
    if program.timeframe is None:
        notes.append(f"Timeframe {timeframe}, from the data." if timeframe else "Timeframe H1: none was named.")
    program = replace(
        program,
        symbol=program.symbol or symbol or "EURUSD",
        timeframe=program.timeframe or timeframe or "H1",
        assumptions=tuple(dict.fromkeys(notes)),
    )
    checked, problems = validate.checked(program)
    if problems:
        raise NotUnderstood(tuple(problems), (Span(0, len(text), text[:200]),))
    uses = tuple(Use(start, end, text[start:end], node) for start, end, node in found.parts)
    return Reading(text, checked, checked.assumptions, uses)
