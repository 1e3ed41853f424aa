"""Stage 6b: actions to rules: what "sell" means, which bracket belongs to which entry, the opposite side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import exits, hours, opposed, shares, sharing, standing
from nl2strat.translate.offline.elements import (
    Clause,
    Leave,
    Open,
)
from nl2strat.translate.offline.mirror import mirror, mirrored
from nl2strat.translate.offline.sentences import Draft, Head

# ---------------------------------------------------------------- sides and heads


def resolve_sides(draft: Draft) -> None:
    """What "sell" and an entry without a side mean (EXECUTION.md, rule 19)."""
    opens = [h for h in draft.heads if isinstance(h.item, Open)]
    reverses = any(p.name == "reverse" for p, _ in draft.policies)
    said = {h.said for h in opens}
    short_word = "short" in said or any(isinstance(h.item, Leave) and h.said == "short" for h in draft.heads)
    pending_sell = any(h.said == "sell" and h.order for h in opens)
    for head in opens:
        item = head.item
        assert isinstance(item, Open)
        if item.said == "sell":
            buys = any(h.said == "long" for h in opens)
            covers = any(isinstance(h.item, Leave) and h.said == "short" for h in draft.heads)
            if reverses or item.order or pending_sell or covers or "short" in draft.only:
                head.item = replace(item, said="short")
                draft.notes.append('"Sell" opens a short position.')
            elif buys or "long" in draft.only or (short_word and buys):
                head.item = Leave("long")
                draft.notes.append('"Sell" closes the long position.')
                _hand_over(draft, head, opens)
            elif "" in said:
                head.item = Leave("")
                _hand_over(draft, head, opens)
            else:
                head.item = replace(item, said="short")
                draft.notes.append('"Sell", as the only entry, opens a short position.')
        elif item.said == "":
            side = (
                next(iter(draft.only))
                if len(draft.only) == 1
                else "short"
                if short_word and "long" not in said
                else "long"
            )
            if len(draft.only) != 1 and not (said & {"long", "short"}):
                draft.notes.append("The entry is long: no side was named.")
            head.item = replace(item, said=side)


def _hand_over(draft: Draft, head: Head, opens: Sequence[Head]) -> None:
    """A stop said beside a "sell" that closes is the entry's; if the entry has its own, "sell" may be an entry too."""
    entries = [h for h in opens if isinstance(h.item, Open) and h.said != "sell"]
    own = {c.field for h in entries for c in h.clauses}
    kept = [c for c in head.clauses if c.field == "close_after"]
    moved = [c for c in head.clauses if c.field != "close_after"]
    if any(c.field in own and c.field != "takes" and c not in h.clauses for c in moved for h in entries):
        draft.questions.append(
            'Does "sell" close the long position or open a short one? It has a stop or size of its own.'
        )
    elif moved:
        draft.notes.append('What is said beside "sell" (stop, target, size) belongs to the entry.')
    draft.clauses += [(c, head.place) for c in moved]
    head.clauses = kept


def build_rules(draft: Draft, soft: Sequence[tuple[Expr, Expr]]) -> tuple[ast.Rule, ...]:
    """The rules of the program, or questions in the draft."""
    resolve_sides(draft)
    opens = [h for h in draft.heads if isinstance(h.item, Open)]
    leaves = [h for h in draft.heads if isinstance(h.item, Leave)]
    opens = _with_opposite(draft, opens, leaves)
    opens = _merged(draft, opens)
    draft.questions += _of_which_bars(opens)
    entries = [e for e in (_entry(draft, head) for head in opens) if e is not None]
    entries = [_closed_in_parts(entry) for entry in _with_global_clauses(draft, entries, opens)]
    leaves = [h for h in draft.heads if isinstance(h.item, Leave)]
    closing = exits.exits(draft, leaves, opens, soft)
    entries = exits.with_time_exits(draft, entries, leaves, opens)
    draft.questions += shares.unclear(draft, opens, leaves)
    entries = hours.filtered(draft, entries)
    draft.notes += sharing.of_hours(draft, opens)
    closes = [c for h in leaves for c in h.closes]
    rules: list[ast.Rule] = [*entries, *closing, *closes, *hours.schedule(draft)]
    rules += standing.rules(draft, entries)
    if any(p.name == "weekend" for p, _ in draft.policies) and not any(
        isinstance(r, ast.CloseAt) and "fri" in r.days for r in rules
    ):
        draft.questions.append("Nothing is held over the weekend: at what time on Friday should it be closed?")
    sides = {e.side for e in entries}
    if len(draft.only) == 1 and sides - draft.only:
        draft.questions.append(
            f"The text says {next(iter(draft.only))} only, and also opens the other side. Which one holds?"
        )
    if len(sides) == 1 and any(p.name == "reverse" for p, _ in draft.policies):
        draft.questions.append("Reverse into what? Only one side is ever opened. When should the other one be?")
    draft.questions += opposed.denied_brackets(draft, entries)
    if not entries and not any(isinstance(r, ast.Alert) for r in rules):
        draft.questions.append("When should a position be opened? No entry rule was found.")
    return tuple(rules)


def _of_which_bars(opens: Sequence[Head]) -> list[str]:
    """A question where `a buy stop at the high and a sell stop at the low of the last 6 bars` has bars for one only."""
    orders = [h.order.price for h in opens if h.order is not None]
    bare = {n.field for price in orders for n in ast.walk(price) if isinstance(n, ast.Price)}
    bare = {n for n in bare if any(ast.Price(n) in _outside_calls(price) for price in orders)}
    spans = [n for price in orders for n in ast.walk(price) if isinstance(n, ast.Call) and n.function in _SPANS]
    for field, function in (("high", "lowest"), ("low", "highest")):
        if len(orders) == 2 and field in bare and any(n.function == function for n in spans):
            return [f'The {field} of which bars? Say "the {field} of the last ... bars", or "the {field} of this bar".']
    return []


_SPANS = ("highest", "lowest")


def _outside_calls(price: Expr) -> list[Expr]:
    """The parts of a price that are no arguments of a function."""
    if isinstance(price, ast.Arithmetic):
        return [*_outside_calls(price.left), *_outside_calls(price.right)]
    return [price]


def _merged(draft: Draft, opens: list[Head]) -> list[Head]:
    """An opening without a condition of its own restates the one before it ("... then I buy")."""
    result = []
    for head in opens:
        if head.when is None:
            if any(h.said == head.said and h.when is not None for h in opens) and not head.order:
                others = [h for h in opens if h.said == head.said and h.when is not None]
                others[-1].clauses += head.clauses
                continue
            if head.order and any(policy.name == "flat" for policy, _ in draft.policies):
                head.back = [ast.Flag("flat")]  # "when flat, place a buy stop at A": that is when
                result.append(head)
                continue
            side = head.said
            draft.questions.append(f"When should the {side} position be opened? No condition was found for it.")
            continue
        result.append(head)
    return result


def _with_opposite(draft: Draft, opens: list[Head], leaves: list[Head]) -> list[Head]:
    """`do the opposite for shorts`: mirrored copies of what was said."""
    for policy, place in draft.policies:
        if policy.name != "opposite" or policy.side == "exit":
            continue
        sides = {h.said for h in opens}
        if len(sides) != 1:
            draft.questions.append("The opposite of which rule?")
            continue
        side = "short" if sides == {"long"} else "long"
        copies = []
        for head in [*opens, *(h for h in leaves)]:
            copy = Head(
                _other_side(head.item, side),
                place,
                head.sentence,
                [mirror(c) for c in head.front],
                [mirror(c) for c in head.back],
            )
            copy.clauses = [replace(c, value=mirrored(c.value)) for c in head.clauses]
            copies.append(copy)
        for head in leaves:
            if isinstance(head.item, Leave) and head.said == "" and head.when is not None:
                head.item = Leave("long" if side == "short" else "short")
        draft.clauses += [
            (replace(c, value=mirrored(c.value), side=side), place)
            for c, _ in draft.clauses
            if _is_level(c.value) and not c.side
        ]
        draft.clauses = [
            (replace(c, side="long" if side == "short" else "short") if _is_level(c.value) and not c.side else c, i)
            for c, i in draft.clauses
        ]
        draft.heads += copies
        opens = [*opens, *(c for c in copies if isinstance(c.item, Open))]
        draft.notes.append(f"The {side} rules are the mirror image of the others.")
    return opens


def _is_level(value: object) -> bool:
    return isinstance(value, ast.Level) or (isinstance(value, ast.Take) and isinstance(value.bracket, ast.Level))


def _other_side(item: Open | Leave, side: str) -> Open | Leave:
    if isinstance(item, Leave):
        return Leave(side)
    return Open(side, mirror(item.order) if item.order else None)


def _entry(draft: Draft, head: Head) -> ast.Entry | None:
    """The entry of an opening with its own clauses."""
    item = head.item
    assert isinstance(item, Open)
    entry = ast.Entry(item.said, head.when, order=item.order)  # type: ignore[arg-type]
    for clause in head.clauses:
        entry = _add(draft, entry, clause)
    return entry


def _add(draft: Draft, entry: ast.Entry, clause: Clause) -> ast.Entry:
    """The entry with one more clause; two different ones of a kind are a question."""
    value = clause.value
    if clause.field == "close_after":
        return replace(entry, close_after=value)  # type: ignore[arg-type]
    if clause.field == "takes":
        take = value
        assert isinstance(take, ast.Take)
        if isinstance(take.share, ast.Number) and take.share.value == 100:
            return _add(draft, entry, Clause("target", take.bracket))
        if take in entry.takes:
            draft.questions.append(
                "The same partial closing is said twice. Is it meant once or twice? Say how much in all."
            )
            return entry
        return replace(entry, takes=(*entry.takes, take))
    if clause.field in ("locks", "target_steps"):
        held = getattr(entry, clause.field)
        longer: dict[str, Any] = {clause.field: held if value in held else (*held, value)}
        return replace(entry, **longer)
    draft.questions += opposed.wrong_side(draft, entry.side, clause)
    known = getattr(entry, clause.field)
    if known is not None and known != value:
        names = {
            "stop": "stop",
            "target": "target",
            "trail": "trailing stop",
            "breakeven": "break-even rule",
            "size": "size",
            "valid": "validity",
            "valid_until": "validity",
            "trail_line": "trailing stop",
            "scale": "scaling of the size",
            "add": "further entries",
        }
        draft.questions.append(f"Two different values for the {names[clause.field]} of one entry. Which one holds?")
        return entry
    return replace(entry, **{clause.field: value})  # type: ignore[arg-type]


def _closed_in_parts(entry: ast.Entry) -> ast.Entry:
    """Thirds make the whole position but for a rounding: the last of such parts is all that is left."""
    shares = [t.share.value for t in entry.takes if isinstance(t.share, ast.Number) and not t.lots]
    left = abs(sum(shares, Decimal(-100)))
    if entry.target is not None or len(shares) < max(2, len(entry.takes)) or not 0 < left <= Decimal("0.1"):
        return entry
    return replace(entry, takes=entry.takes[:-1], target=entry.takes[-1].bracket)


def _with_global_clauses(draft: Draft, entries: list[ast.Entry], opens: list[Head]) -> list[ast.Entry]:
    """Clauses in sentences of their own hold for every entry that has none of the kind, or for the side they name."""
    result = []
    several = {
        c.field
        for c, _ in draft.clauses
        if len({x.value for x, _ in draft.clauses if x.field == c.field and not x.side}) > 1
    } - {"takes", "locks", "target_steps"}
    for clause, place in draft.clauses:
        if clause.field not in several:
            draft.questions += sharing.said_between(draft, opens, clause, place)
    for entry, head in zip(entries, opens, strict=True):
        own = {c.field for c in head.clauses}
        for clause, place in draft.clauses:
            if clause.side and clause.side != entry.side:
                continue
            if clause.field in own and clause.field not in ("takes", "locks", "target_steps"):
                if clause.every and clause.field == "size":  # "back to 0.1 after a win" is the size of all entries
                    _add(draft, entry, clause)
                continue
            if clause.field in several and not clause.side and len(entries) > 1:
                later = [h.place for h in opens if h.place > head.place]
                if not (head.place < place and (not later or place < later[0])):
                    continue
            if clause.field in ("valid", "valid_until") and not entry.order:
                continue
            entry = _add(draft, entry, clause)
        result.append(entry)
    if any(c.field in ("valid", "valid_until") for c, _ in draft.clauses) and not any(e.order for e in entries):
        draft.questions.append("Only pending orders can expire. Which order is meant?")
    return result
