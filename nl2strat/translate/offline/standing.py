"""Stage 6e: rules that stand beside the entries, fitted to the sides that are traded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.language import ast
from nl2strat.translate.offline.sentences import Draft


def rules(draft: Draft, entries: Sequence[ast.Entry]) -> list[ast.Rule]:
    """The rules a text states by themselves, each once; asks where they contradict one another."""
    found = [rule for rule in dict.fromkeys(draft.rules) if not isinstance(rule, ast.Trade)]
    sides = {entry.side for entry in entries}
    _doubts(draft, found, entries)
    for clause, _ in draft.clauses:
        if clause.side and not clause.every and entries and clause.side not in sides:
            draft.questions.append(
                f"Something is said for {clause.side} positions only, and no rule opens one. What should open it?"
            )
    return [_sided(rule, sides) for rule in found]


def _sided(rule: ast.Rule, sides: set[ast.Side]) -> ast.Rule:
    """Part of "the position" is part of a long where only longs are opened."""
    if isinstance(rule, ast.Reduce) and rule.side == "all" and len(sides) == 1:
        return replace(rule, side=next(iter(sides)))
    return rule


def _doubts(draft: Draft, found: Sequence[ast.Rule], entries: Sequence[ast.Entry]) -> None:
    pending = [entry for entry in entries if entry.order]
    if any(isinstance(rule, ast.OneCancelsOther) for rule in found) and len(pending) < 2:
        draft.questions.append("One order cancels the other: which are the two orders?")
    if any(isinstance(rule, (ast.CancelAt, ast.CancelWhen)) for rule in found) and not pending:
        draft.questions.append("Only waiting orders can be cancelled, and none is placed. Which order is meant?")
    for kind, what in (
        (ast.SpreadCap, "limits of the spread"),
        (ast.VolumeCap, "limits of the volume"),
        (ast.Hedging, "rules of hedging"),
    ):
        if len([rule for rule in found if isinstance(rule, kind)]) > 1:
            draft.questions.append(f"Two {what}. Which one holds?")
    reduced = [rule for rule in found if isinstance(rule, ast.Reduce)]
    if reduced and not entries:
        draft.questions.append("Part of which position should be closed? No entry was found.")
