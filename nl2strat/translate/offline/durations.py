"""Times said in hours, days or minutes, as bars once the timeframe is known; until then they are (number, unit)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from nl2strat.language import ast

N = TypeVar("N")

SECONDS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def in_bars(rules: Sequence[ast.Rule], bar: int) -> list[ast.Rule]:
    """The rules with every waiting time and age in bars of so many seconds; a part of a bar is left for a question."""
    return [_resolved(rule, bar) for rule in rules]


def _resolved(rule: ast.Rule, bar: int) -> ast.Rule:
    if isinstance(rule, ast.Wait):
        return replace(rule, bars=_bars(rule.bars, bar))
    if isinstance(rule, ast.Entry) and rule.target_steps:
        steps = [replace(step, bars=_bars(step.bars, bar)) for step in rule.target_steps]
        return replace(rule, target_steps=tuple(sorted(steps, key=_age)))
    return rule


def _bars(said: Any, bar: int) -> ast.Count:
    if not isinstance(said, tuple):
        return said  # type: ignore[no-any-return]
    number, unit = said
    if not isinstance(number, ast.Number):
        return number  # type: ignore[no-any-return]
    length = number.value * SECONDS[unit] / bar
    return ast.Number(length if length % 1 else length.quantize(Decimal(1)))


def _age(step: ast.TargetStep) -> Decimal:
    return step.bars.value if isinstance(step.bars, ast.Number) else Decimal(0)


def shown(node: N) -> N:
    """The node as it can be printed before the timeframe is known: hours count as bars of an hour."""
    bars = getattr(node, "bars", None)
    return replace(node, bars=_bars(bars, 3600)) if isinstance(bars, tuple) else node  # type: ignore[type-var]


def without_steps(rule: ast.Rule) -> ast.Rule:
    """The rule for the checks of distances: a later target may be the entry price itself."""
    return replace(rule, target_steps=()) if isinstance(rule, ast.Entry) else rule
