"""Readings side by side: do they trade the same, and if not, in which sentences do they differ?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nl2strat.errors import NotUnderstood
from nl2strat.language import ast
from nl2strat.language.english import explain
from nl2strat.language.printer import print_program
from nl2strat.translate.llm.canonical import normal, ordered, spelled_out
from nl2strat.translate.reading import Alternative, Reading

SHOWN = 4
"""Variants in one question."""


@dataclass(frozen=True)
class Variant:
    """One reading and who has it."""

    program: ast.Program
    holders: tuple[str, ...]


def variants_of(readings: Sequence[tuple[str, ast.Program]], symbol: str, timeframe: str) -> list[Variant]:
    """The different readings among named programs, those with the most holders first."""
    groups: dict[ast.Program, list[tuple[str, ast.Program]]] = {}
    for name, program in readings:
        groups.setdefault(normal(program, symbol, timeframe), []).append((name, program))
    found = [Variant(group[0][1], tuple(name for name, _ in group)) for group in groups.values()]
    return sorted(found, key=lambda variant: -len(variant.holders))


def disagreement(variants: Sequence[Variant], readings: Sequence[Reading], market: tuple[str, str]) -> NotUnderstood:
    """The question that different readings are, each of them offered, so that it can be tried on data.

    Args: readings: of the variants, in their order. market: symbol and timeframe.
    """
    lines = question(variants, *market)
    offered = tuple(Alternative(line.rstrip("."), one) for line, one in zip(lines[1:], readings, strict=False))
    return NotUnderstood(lines, readings=offered)


def question(variants: Sequence[Variant], symbol: str, timeframe: str) -> tuple[str, ...]:
    """One line that asks, and one for each reading: the sentences that not all of them share."""
    told = _told([spelled_out(variant.program, symbol, timeframe) for variant in variants])
    shared = set(told[0]).intersection(*told[1:])
    lines = [f"The text was read in {len(variants)} ways. Which is meant? Say it in these words."]
    for variant, sentences in zip(variants[:SHOWN], told, strict=False):
        own = [sentence for sentence in sentences if sentence not in shared]
        text = " ".join(own) or "as the others, without what they add: " + print_program(variant.program)
        lines.append(f"{', '.join(variant.holders)}: {text}")
    return tuple(lines)


def _told(programs: Sequence[ast.Program]) -> list[list[str]]:
    """The sentences of each program, without the rules that all have, however each writes them."""
    meant = [{ordered(rule) for rule in program.rules} for program in programs]
    common = set(meant[0]).intersection(*meant[1:])
    return [
        _sentences(replace(program, rules=tuple(rule for rule in program.rules if ordered(rule) not in common)))
        for program in programs
    ]


def _sentences(program: ast.Program) -> list[str]:
    """The explanation sentence by sentence, without its first words (the title, which is empty)."""
    text = " ".join(explain(program).split())
    return [sentence.lstrip(": ") for sentence in re.split(r"(?<=[.])\s+(?=[A-Z\[])", text)]
