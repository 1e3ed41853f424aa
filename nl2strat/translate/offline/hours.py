"""Stage 6d: restrictions: filters, hours and weekdays."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.translate.offline.conditions import all_of
from nl2strat.translate.offline.sentences import Draft


def filtered(draft: Draft, entries: list[ast.Entry]) -> list[ast.Entry]:
    """Entries with the filters and "only when flat" added."""
    flat = any(p.name == "flat" for p, _ in draft.policies)
    result = []
    for entry in entries:
        parts = [entry.when]
        parts += [f.condition for f in draft.filters if f.side in ("", entry.side)]
        if flat:
            parts.append(ast.Flag("flat"))
        result.append(replace(entry, when=all_of(parts)))
    for item in draft.filters:
        if item.side and not any(e.side == item.side for e in entries):
            draft.questions.append(f"A filter for the {item.side} side, but no {item.side} entry. What should open it?")
    return result


def schedule(draft: Draft) -> list[ast.Rule]:
    """Hours and weekdays; blocked days become the days that are left."""
    trades = list(dict.fromkeys(r for r in draft.rules if isinstance(r, ast.Trade)))
    if not draft.blocked:
        return [*_intersected(draft, trades)]
    left = tuple(d for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") if d not in draft.blocked)
    merged = _intersected(draft, trades)
    if not merged:
        return [ast.Trade(days=left)]  # type: ignore[arg-type]
    return [replace(t, days=tuple(d for d in (t.days or left) if d in left)) for t in merged]  # type: ignore[misc]


def _intersected(draft: Draft, trades: list[ast.Trade]) -> list[ast.Trade]:
    """Hours in one place and days in another hold together; two windows of hours widen each other."""
    hours = [t for t in trades if t.start is not None]
    days = [t for t in trades if t.start is None]
    if not hours or not days:
        return trades
    if len(days) > 1:
        draft.questions.append("Several lists of weekdays: which days are meant?")
    return [replace(t, days=t.days or days[0].days) for t in hours]
