"""Positions that grow: further entries around the first fill, and sizes that depend on the trades before."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.measures import Measures
from nl2strat.language.scope import Where

MOST_ADDS = 50
STEEP = 32
"""From how many times the first size on a scaled size is worth a warning."""


def check_add(rule: ast.Entry, program: ast.Program, measures: Measures, where: Where) -> None:
    """`add`: its numbers, and what cannot stand beside it."""
    add = rule.add
    if add is None:
        return
    scope = measures.scope
    scope.whole(add.times, "the number of further entries", 1, MOST_ADDS)
    measures.distance(add.every, "add ... every", where)
    if add.factor is not None:
        scope.between(add.factor, "the factor", 0.1, 5)
        if (growth := _growth(add.factor, add.times, measures)) > STEEP:
            message = f"the last of these entries is {growth:,.0f} times the size of the first"
            scope.warn("W906", add, message, "a smaller factor, fewer entries, or: volume at most 1 lots")
    if rule.order is not None:
        message = '"add" counts from the fill of an entry at the market, and this one waits'
        scope.refuse("R515", add, message, "take out the place line")
    if any(isinstance(r, ast.Pyramid) and measures.default(r.entries) > 1 for r in program.rules):
        message = '"add" and "pyramid" both add to a position'
        scope.refuse("R515", add, message, "keep the one that is meant")
    for name, clause in _own_lives(rule):
        message = f'"{name}" moves the positions of an entry apart, which "add" keeps together'
        scope.refuse("R515", clause, message, f"take out the {name} line, or the add line")
    if rule.stop is None and rule.close_after is None and not _exit_rule(rule, program):
        message = "this adds to a losing position, and neither a stop nor an exit ends it"
        if add.way == "ahead":
            message = "this adds to a position, and neither a stop nor an exit ends it"
        scope.refuse("R516", add, message, "add a stop, an exit rule, or: close after 100 bars")


def _own_lives(rule: ast.Entry) -> list[tuple[str, ast.Node]]:
    """The clauses that would treat each position of an entry by itself."""
    own: list[tuple[str, ast.Node | None]] = [
        ("trail", rule.trail),
        ("trail at", rule.trail_line),
        ("breakeven", rule.breakeven),
        ("lock", rule.locks[0] if rule.locks else None),
        ("take", rule.takes[0] if rule.takes else None),
        ("target ... after", rule.target_steps[0] if rule.target_steps else None),
    ]
    return [(name, clause) for name, clause in own if clause is not None]


def _exit_rule(rule: ast.Entry, program: ast.Program) -> bool:
    return any(
        isinstance(r, ast.CloseAt)
        or (isinstance(r, ast.Exit) and r.side in (rule.side, "all") and r.symbol == rule.symbol)
        for r in program.rules
    )


def check_scale(rule: ast.Entry, measures: Measures) -> None:
    """`scale size`: a factor and a number of times that leave the size sane."""
    scale = rule.scale
    if scale is None:
        return
    measures.scope.between(scale.factor, "the factor", 0.1, 10)
    measures.scope.whole(scale.times, "the number of times", 1, 20)
    if measures.default(scale.factor) == 1:
        measures.scope.refuse("V421", scale, "a size times 1 stays what it is", "say another factor")
    elif (growth := _growth(scale.factor, scale.times, measures)) > STEEP:
        message = f"the size may become {growth:,.0f} times the first"
        measures.scope.warn("W906", scale, message, "a smaller factor, fewer times, or: volume at most 1 lots")


def _growth(factor: ast.Count, times: ast.Count, measures: Measures) -> float:
    """How many times the first size the last one is; 0 for numbers that are refused anyway."""
    base, steps = float(measures.default(factor)), float(measures.default(times))
    return float(base**steps) if 0 < base <= 10 and steps <= MOST_ADDS else 0.0
