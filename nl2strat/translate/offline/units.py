"""Stage 7b: one unit for stop and target: `stop 30 pips, target 60` are both in pips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from nl2strat.language import ast

_LEAST = Decimal(5)
"""A smaller number without a unit may be a multiple of the risk."""
_MOST = Decimal(20)
"""A number so many times the other distance may be a price."""


def shared(rules: Sequence[ast.Rule], notes: list[str], unit: str | None = None) -> tuple[ast.Rule, ...]:
    """The rules with a stop or target that is a mere number in the unit of the other one; says so in `notes`.

    `unit`: of all distances that have none, if the text says so.
    """
    rules = tuple(_in_unit(rule, unit) if isinstance(rule, ast.Entry) and unit else rule for rule in rules)
    return tuple(_entry(rule, notes) if isinstance(rule, ast.Entry) else rule for rule in rules)


def _in_unit(entry: ast.Entry, unit: str) -> ast.Entry:
    """The entry with its mere numbers in the unit that the text gives to all distances."""
    for bracket in ("stop", "target"):
        amount = _number(getattr(entry, bracket))
        if amount is not None:
            in_unit = ast.Offset(ast.Quantity(amount, unit))  # type: ignore[arg-type]
            entry = replace(entry, stop=in_unit) if bracket == "stop" else replace(entry, target=in_unit)
    return entry


def _entry(entry: ast.Entry, notes: list[str]) -> ast.Entry:
    for bare, other in (("target", "stop"), ("stop", "target")):
        amount, known = _number(getattr(entry, bare)), _quantity(getattr(entry, other))
        if amount is None or known is None or not isinstance(known.amount, ast.Number):
            continue
        if _LEAST <= amount.value <= _MOST * known.amount.value and known.amount.value <= _MOST * amount.value:
            notes.append(f"The {bare} of {amount.value:f} is in {known.unit}, like the {other}.")
            in_unit = ast.Offset(ast.Quantity(amount, known.unit))
            return replace(entry, target=in_unit) if bare == "target" else replace(entry, stop=in_unit)
    return entry


def _number(bracket: ast.Bracket | None) -> ast.Number | None:
    distance = bracket.distance if isinstance(bracket, ast.Offset) else None
    return distance if isinstance(distance, ast.Number) else None


def _quantity(bracket: ast.Bracket | None) -> ast.Quantity | None:
    distance = bracket.distance if isinstance(bracket, ast.Offset) else None
    return distance if isinstance(distance, ast.Quantity) and distance.unit in ("pips", "points") else None
