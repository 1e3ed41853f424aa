"""Stage 6c: exits: which side they close, by condition, by time, by the opposite signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline.conditions import any_of, negated
from nl2strat.translate.offline.elements import (
    Leave,
)
from nl2strat.translate.offline.mirror import mirror
from nl2strat.translate.offline.sentences import Draft, Head
from nl2strat.translate.offline.touching import side_of
from nl2strat.translate.offline.vocabulary.markets import FLAGS

Soft = Sequence[tuple[Expr, Expr]]
"""Events, each with the level that it is as an exit."""


def with_time_exits(draft: Draft, entries: list[ast.Entry], leaves: list[Head], opens: list[Head]) -> list[ast.Entry]:
    """`close every trade after 15 bars` belongs to the entries it closes."""
    for head in leaves:
        for clause in head.clauses:
            item = head.item
            assert isinstance(item, Leave)
            targets = [k for k, e in enumerate(entries) if not item.said or e.side == item.said]
            near = [k for k in targets if opens[k].sentence == head.sentence]
            for k in near or targets:
                if entries[k].close_after is None or entries[k].close_after == clause.value:
                    entries[k] = replace(entries[k], close_after=clause.value)  # type: ignore[arg-type]
                else:
                    draft.questions.append("Two different holding times for one entry. Which one holds?")
    return entries


def exits(draft: Draft, leaves: list[Head], opens: list[Head], soft: Soft) -> list[ast.Exit]:
    """Exit rules, the side of each worked out; exits of one side are joined by or."""
    sides = {h.said for h in opens}
    found: dict[str, list[Expr]] = {}
    for policy, _ in draft.policies:
        if policy.name == "opposite" and policy.side == "exit":
            if len(sides) > 1:
                draft.notes.append("The opposite signal closes the position and opens the other.")
            for head in opens:
                if len(sides) == 1 and head.when is not None:
                    said = _crossing_of(head.when) if policy.crossing else head.when
                    found.setdefault(str(head.said), []).append(mirror(said))
                    draft.notes.append("The opposite signal is the mirror image of the entry.")
    if any(p.name == "otherwise" for p, _ in draft.policies):
        for head in opens:
            if head.when is not None:
                found.setdefault(str(head.said), []).append(negated(head.when))
                if any(isinstance(n, ast.Cross) for n in ast.walk(head.when)):
                    draft.questions.append(
                        "A crossing is over after one bar, so it is always no longer so. Which crossing or level ends "
                        "the position?"
                    )
    for head in leaves:
        if head.when is None:
            if not head.clauses and not head.closes and not _restates(head, draft):
                draft.questions.append("When should the position be closed? No condition was found for that exit.")
            continue
        when = _without_closing_times(draft, head)
        if when is None:
            continue
        side = _exit_side(head, opens, leaves)
        for way in when.conditions if isinstance(when, ast.AnyOf) else (when,):
            if isinstance(way, ast.Compare) and (way, way) in soft:
                _met(draft, way, [h for h in opens if side in ("", h.said)], found)
                continue
            draft.questions += _unmet(way, soft)
            found.setdefault(side, []).append(_level_of(way, soft))
    for head in opens:
        draft.questions += _unmet(head.when, soft)
    if any(h.closes and h.said and sides - {h.said} for h in leaves):
        draft.questions.append("A closing time closes every position, longs and shorts. Should it?")
    exits = []
    for side, conditions in found.items():
        name = side or (next(iter(sides)) if len(sides) == 1 else "all")
        exits.append(ast.Exit(name, any_of(conditions)))  # type: ignore[arg-type]
    return exits


def _unmet(condition: Expr | None, soft: Soft) -> list[str]:
    """A question where "at the middle band" is part of something else than a plain exit."""
    levels = [n for n in ast.walk(condition) if isinstance(n, ast.Compare)] if condition is not None else []
    return [
        f'From which side should {print_expr(n.left)} come to {print_expr(n.right)}? Say "rises to" or "falls to".'
        for n in levels
        if (n, n) in soft
    ]


def _crossing_of(entry: Expr) -> Expr:
    """The crossing of an entry, if it has just one: the other parts are no part of "the cross back"."""
    parts = entry.conditions if isinstance(entry, ast.AllOf) else (entry,)
    crosses = [part for part in parts if isinstance(part, ast.Cross)]
    return crosses[0] if len(crosses) == 1 else entry


def _met(draft: Draft, level: ast.Compare, opens: Sequence[Head], found: dict[str, list[Expr]]) -> None:
    """`long below 25, short above 75, out at 50`: each side comes to the level from where it was entered."""
    for side in dict.fromkeys(str(h.said) for h in opens):
        ways = {side_of(h.when, level) for h in opens if h.said == side}
        way = ways.pop() if len(ways) == 1 else None
        if way is None:
            shown = print_expr(level.right)
            draft.questions.append(
                f'From which side should {print_expr(level.left)} come to {shown}? Say "rises to {shown}".'
            )
            return
        found.setdefault(side, []).append(ast.Compare(way, level.left, level.right))


def _without_closing_times(draft: Draft, head: Head) -> Expr | None:
    """What an exit asks for besides times of day: those close at the first bar from then on."""
    assert head.when is not None
    ways = head.when.conditions if isinstance(head.when, ast.AnyOf) else (head.when,)
    times = {way: time for way in ways if (time := _closing_time(way)) is not None}
    head.closes += times.values()
    others = [way for way in ways if way not in times]
    if any(_asks_the_time(n) for way in others for n in ast.walk(way)):
        draft.questions.append('Does the exit need the hour and the rest, or close by either? Say "or at 17:00".')
    return any_of(others) if others else None


def _asks_the_time(node: ast.Node) -> bool:
    return isinstance(node, ast.Compare) and node.operator == "==" and isinstance(node.right, ast.Clock)


def _closing_time(condition: Expr) -> ast.CloseAt | None:
    """`sell at 17:00`, `on Fridays at 16:00 get out`: a closing time, if that is all the condition says."""
    parts = condition.conditions if isinstance(condition, ast.AllOf) else (condition,)
    zone: str | None = None
    match parts[0]:
        case ast.Compare("==", ast.InZone(ast.Price("time"), place), ast.Clock() as clock):
            zone = place
        case ast.Compare("==", ast.Price("time"), ast.Clock() as clock):
            pass
        case _:
            return None
    days = [part.value if zone and isinstance(part, ast.InZone) else part for part in parts[1:]]
    if len(days) > 1 or not all(isinstance(day, ast.Flag) for day in days):
        return None
    named = tuple(code for code, flag in FLAGS.items() if flag in {d.name for d in days if isinstance(d, ast.Flag)})
    return ast.CloseAt(clock, zone, named)  # type: ignore[arg-type]


def _restates(head: Head, draft: Draft) -> bool:
    """ "... that's my exit": an exit that was already stated."""
    others = [h for h in draft.heads if isinstance(h.item, Leave) and h is not head]
    timed = any(h.sentence == head.sentence and (h.clauses or h.closes) for h in others)
    return timed or any(h.when is not None for h in others)


def _exit_side(head: Head, opens: list[Head], leaves: list[Head]) -> str:
    """The side an exit closes when it does not say: that of the entry before it, if every entry has its own exit."""
    item = head.item
    assert isinstance(item, Leave)
    if item.said or len({h.said for h in opens}) < 2:
        return item.said
    before = [h for h in opens if h.place < head.place]
    same_sentence = [h for h in before if h.sentence == head.sentence]
    silent = [h for h in leaves if isinstance(h.item, Leave) and not h.said and h.when is not None]
    if len(same_sentence) == 1 and len(before) >= 1:
        return str(same_sentence[0].said)
    if len(silent) > 1 and len(before) < len(opens):
        return str(before[-1].said) if before else ""
    if len(silent) > 1 and len(before) == len(opens) and all(any(o.place < s.place for o in opens) for s in silent):
        earlier = [s for s in silent if s.place < head.place]
        between = [o for o in opens if not earlier or o.place > earlier[-1].place]
        if len(between) == 1 and len(opens) == 2:
            return str(before[-1].said)
    return ""


def _level_of(condition: Expr, soft: Soft) -> Expr:
    """ "closes back under the average" as an exit: a level, not an event."""
    level = next((level for event, level in soft if event == condition), None)
    if level is not None:
        return level
    if isinstance(condition, ast.AllOf):
        return ast.AllOf(tuple(_level_of(c, soft) for c in condition.conditions))
    if isinstance(condition, ast.AnyOf):
        return ast.AnyOf(tuple(_level_of(c, soft) for c in condition.conditions))
    return condition
