"""Stage 6: elements to rules. Which condition belongs to which action, which bracket to which entry, what "sell" means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline.conditions import all_of, any_of, negated
from nl2strat.translate.offline.elements import (
    Aside,
    AtTime,
    Blocked,
    Clause,
    Definition,
    Element,
    Filter,
    Leave,
    Mark,
    Only,
    Open,
    Policy,
    Rule,
    Setup,
    When,
)
from nl2strat.translate.offline.mirror import mirror

EntryFields = dict[str, object]


@dataclass
class Head:
    """An action with its conditions. `front` stood before it, `back` after it."""

    item: Open | Leave
    place: int
    sentence: int
    front: list[Expr] = field(default_factory=list)
    back: list[Expr] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    closes: list[ast.CloseAt] = field(default_factory=list)
    used: bool = False
    own: bool = False
    """A clause stood right behind it, before another action came."""

    @property
    def when(self) -> Expr | None:
        parts = [*self.front, *self.back]
        return all_of(parts) if parts else None


@dataclass
class Draft:
    """Everything the text said, sorted; `questions` are what keeps it from being a program."""

    heads: list[Head] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    rules: list[ast.Rule] = field(default_factory=list)
    blocked: tuple[str, ...] = ()
    policies: list[tuple[Policy, int]] = field(default_factory=list)
    only: set[str] = field(default_factory=set)
    clauses: list[tuple[Clause, int]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: tuple[Expr, ...] = ()
    loose: list[tuple[Expr, int]] = field(default_factory=list)
    """Conditions no action has taken yet, with their place."""


def sort_elements(elements: Sequence[Element], used: Sequence[Expr]) -> Draft:
    """One pass over the sentences: actions collect the conditions and clauses around them.

    `used` are the definitions that later words referred to; those need no action of their own.
    """
    draft = Draft(used=tuple(used))
    sentence: list[Element] = []
    number = 0
    for element in [*elements, Element(Mark("break"), -1, -1)]:
        if isinstance(element.item, Mark) and element.item.kind == "break":
            _Sentence(draft, sentence, number).sort()
            sentence, number = [], number + 1
        else:
            sentence.append(element)
    for _, place in draft.loose:
        draft.questions.append("A condition stands alone: what should happen when it is true?")
        del place
    return draft


class _Sentence:
    """Sorts one sentence into the draft."""

    def __init__(self, draft: Draft, elements: Sequence[Element], number: int) -> None:
        self.draft, self.elements, self.number = draft, elements, number
        self.waiting: list[Expr] = []
        self.shared: list[Expr] = []
        self.head: Head | None = None
        self.heads: list[Head] = []
        self.separated = False
        self.held: list[Clause] = []
        self.afters: list[Expr] = []

    def sort(self) -> None:
        for element in self.elements:
            match element.item:
                case Open() | Leave():
                    self._action(element)
                case When(condition, link):
                    self._condition(condition, link, element)
                case Setup(conditions):
                    if all_of(conditions) not in self.draft.used:
                        self.waiting += conditions
                case AtTime():
                    self._time(element.item, element)
                case Clause():
                    self._clause(element.item, element)
                case Filter():
                    self.draft.filters.append(element.item)
                case Rule(rule):
                    self.draft.rules.append(rule)
                case Blocked(days):
                    self.draft.blocked = tuple(dict.fromkeys((*self.draft.blocked, *days)))
                case Only(side):
                    self.draft.only.add(side)
                case Policy():
                    self._policy(element.item, element)
                case Mark(kind):
                    self.separated = self.separated or kind in (",", ";", "and", "or", "then", "-")
                    continue
                case Aside() | Definition():
                    continue
                case _:
                    continue
            self.separated = False
        self._finish()

    def _action(self, element: Element) -> None:
        item = element.item
        assert isinstance(item, (Open, Leave))
        head = Head(item, element.first, self.number)
        if isinstance(item, Leave):
            head.clauses, self.held = self.held, []
        if self.waiting:
            head.front, self.waiting = self.waiting, []
            self.shared = head.front if not self.heads else self.shared
        elif not self.heads and self.draft.loose:
            head.front = [c for c, _ in self.draft.loose]
            self.draft.loose.clear()
            self.shared = head.front
        self.head = head
        self.heads.append(head)
        self.draft.heads.append(head)

    def _condition(self, condition: Expr, link: str, element: Element) -> None:
        if link == "until":
            head = Head(Leave(""), element.first, self.number, back=[condition])
            self.draft.heads.append(head)
            self.heads.append(head)
            self.head = head
            return
        condition = negated(condition) if link == "unless" else condition
        if link == "after":
            self.afters.append(condition)
        head = self.head
        if head is None:
            self.waiting.append(condition)
        elif (
            link in ("only", "unless")
            or not head.when is not None
            or (head.front and not head.back and not self.separated and link)
        ):
            head.back.append(condition)
        else:
            self.waiting.append(condition)

    def _time(self, item: AtTime, element: Element) -> None:
        if isinstance(self.head, Head) and isinstance(self.head.item, Leave) and not self._action_follows(element):
            self.head.closes.append(ast.CloseAt(item.clock, item.zone, item.days))  # type: ignore[arg-type]
            return
        if item.zone is not None:
            self.draft.questions.append(
                "An entry at a time of another time zone is not supported yet. What time is that in the data's own clock?"
            )
        flags = [ast.Flag(_FLAGS[day]) for day in item.days]
        parts: list[Expr] = [ast.Compare("==", ast.Price("time"), item.clock)]
        if flags:
            parts.append(any_of(flags))
        self._condition(all_of(parts), "", element)

    def _action_follows(self, element: Element) -> bool:
        later = [e.item for e in self.elements if e.first > element.first]
        return any(isinstance(item, Open) for item in later[:1]) and self.separated

    def _clause(self, clause: Clause, element: Element) -> None:
        head = self.head
        opens = [h for h in self.heads if isinstance(h.item, Open)]
        if clause.field == "close_after" and head is None and self._leave_follows(element):
            self.held.append(clause)
        elif clause.field == "close_after":
            if isinstance(head, Head) and isinstance(head.item, Leave) and not head.when:
                head.clauses.append(clause)
            else:
                self._spread(opens, clause, element)
        else:
            self._spread(opens, clause, element)

    def _leave_follows(self, element: Element) -> bool:
        return any(isinstance(e.item, Leave) for e in self.elements if e.first > element.first)

    def _spread(self, opens: list[Head], clause: Clause, element: Element) -> None:
        if len(opens) == 1 and not clause.side:
            opens[0].clauses.append(clause)
        elif opens and not clause.side:
            opens[-1].clauses.append(clause)
            opens[-1].own = True
        else:
            self.draft.clauses.append((clause, element.first))

    def _policy(self, policy: Policy, element: Element) -> None:
        if policy.name == "same" and self.head is not None:
            previous = [h for h in self.draft.heads if isinstance(h.item, Open) and h is not self.head and h.clauses]
            if previous:
                self.head.clauses += previous[-1].clauses
                return
            if self.draft.clauses:
                return
            self.draft.questions.append('"The same" as what? No stop or target was named before.')
            return
        self.draft.policies.append((policy, element.first))

    def _finish(self) -> None:
        for head in self.heads:
            if head.back and any(c in self.afters and isinstance(c, (ast.Cross, ast.Compare)) for c in head.front):
                self.draft.questions.append(
                    'One thing after the other: within how many bars? Say "... within 10 bars after ...".'
                )
        opens = [h for h in self.heads if isinstance(h.item, Open)]
        if self.waiting and self.heads:
            last = self.heads[-1]
            if last.when is None or (last.front and not last.back) or last.back:
                last.back += self.waiting
            self.waiting = []
        if len(opens) > 1 and self.shared and (all(h.back for h in opens) or all(h.item.order for h in opens)):  # type: ignore[union-attr]
            for head in opens[1:]:
                if not head.front:
                    head.front = list(self.shared)
        if (
            len(opens) > 1
            and all(h.item.order for h in opens)
            and [h.when is None for h in opens] == [True] * (len(opens) - 1) + [False]
        ):  # type: ignore[union-attr]
            for head in opens[:-1]:
                head.back = list(opens[-1].back)
        if len(opens) > 1:
            _share_clauses(opens)
        self.draft.loose += [(condition, -1) for condition in self.waiting]


_FLAGS = {
    "mon": "monday",
    "tue": "tuesday",
    "wed": "wednesday",
    "thu": "thursday",
    "fri": "friday",
    "sat": "saturday",
    "sun": "sunday",
}


def _share_clauses(opens: list[Head]) -> None:
    """`long when A, short when B, 40 pip stop`: what only the last one has holds for all of the sentence."""
    last = opens[-1]
    for head in opens[:-1]:
        have = {c.field for c in head.clauses}
        if not have:
            head.clauses += [c for c in last.clauses if c.field != "valid" or head.item.order]  # type: ignore[union-attr]


# ---------------------------------------------------------------- sides and heads


def resolve_sides(draft: Draft) -> None:
    """What "sell" and an entry without a side mean (EXECUTION.md, rule 19)."""
    opens = [h for h in draft.heads if isinstance(h.item, Open)]
    reverses = any(p.name == "reverse" for p, _ in draft.policies)
    said = {h.item.said for h in opens}  # type: ignore[union-attr]
    short_word = "short" in said or any(isinstance(h.item, Leave) and h.item.said == "short" for h in draft.heads)
    pending_sell = any(h.item.said == "sell" and h.item.order for h in opens)  # type: ignore[union-attr]
    for head in opens:
        item = head.item
        assert isinstance(item, Open)
        if item.said == "sell":
            buys = any(h.item.said == "long" for h in opens)  # type: ignore[union-attr]
            covers = any(isinstance(h.item, Leave) and h.item.said == "short" for h in draft.heads)
            if reverses or item.order or pending_sell or covers or "short" in draft.only:
                head.item = replace(item, said="short")
                draft.notes.append('"Sell" opens a short position.')
            elif buys or "long" in draft.only or (short_word and buys):
                head.item = Leave("long")
                draft.notes.append('"Sell" closes the long position.')
            elif "" in said:
                head.item = Leave("")
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


def build_rules(draft: Draft, soft: Sequence[Expr]) -> tuple[ast.Rule, ...]:
    """The rules of the program, or questions in the draft."""
    resolve_sides(draft)
    opens = [h for h in draft.heads if isinstance(h.item, Open)]
    leaves = [h for h in draft.heads if isinstance(h.item, Leave)]
    opens = _with_opposite(draft, opens, leaves)
    opens = _merged(draft, opens)
    entries = [e for e in (_entry(draft, head) for head in opens) if e is not None]
    entries = _with_global_clauses(draft, entries, opens)
    leaves = [h for h in draft.heads if isinstance(h.item, Leave)]
    exits = _exits(draft, leaves, opens, soft)
    entries = _with_time_exits(draft, entries, leaves, opens)
    entries = _filtered(draft, entries)
    closes = [c for h in leaves for c in h.closes]
    rules: list[ast.Rule] = [*entries, *exits, *closes, *_schedule(draft)]
    rules += [r for r in dict.fromkeys(draft.rules) if not isinstance(r, ast.Trade)]
    if any(p.name == "weekend" for p, _ in draft.policies) and not any(
        isinstance(r, ast.CloseAt) and "fri" in r.days for r in rules
    ):
        draft.questions.append("Nothing is held over the weekend: at what time on Friday should it be closed?")
    sides = {e.side for e in entries}
    if len(draft.only) == 1 and sides - draft.only:
        draft.questions.append(
            f"The text says {next(iter(draft.only))} only, and also opens the other side. Which one holds?"
        )
    if not entries:
        draft.questions.append("When should a position be opened? No entry rule was found.")
    return tuple(rules)


def _merged(draft: Draft, opens: list[Head]) -> list[Head]:
    """An opening without a condition of its own restates the one before it ("... then I buy")."""
    result = []
    for head in opens:
        if head.when is None:
            if any(h.item.said == head.item.said and h.when is not None for h in opens) and not head.item.order:  # type: ignore[union-attr]
                others = [h for h in opens if h.item.said == head.item.said and h.when is not None]  # type: ignore[union-attr]
                others[-1].clauses += head.clauses
                continue
            side = head.item.said  # type: ignore[union-attr]
            draft.questions.append(f"When should the {side} position be opened? No condition was found for it.")
            continue
        result.append(head)
    return result


def _with_opposite(draft: Draft, opens: list[Head], leaves: list[Head]) -> list[Head]:
    """`do the opposite for shorts`: mirrored copies of what was said."""
    for policy, place in draft.policies:
        if policy.name != "opposite" or policy.side == "exit":
            continue
        sides = {h.item.said for h in opens}  # type: ignore[union-attr]
        if len(sides) != 1:
            draft.questions.append("The opposite of which rule?")
            continue
        side = "short" if sides == {"long"} else "long"
        copies = []
        for head in [*opens, *(h for h in leaves if h.place < place or True)]:
            copy = Head(
                _other_side(head.item, side),
                place,
                head.sentence,
                [mirror(c) for c in head.front],
                [mirror(c) for c in head.back],
            )
            copy.clauses = [replace(c, value=mirror_clause(c.value)) for c in head.clauses]
            copies.append(copy)
        for head in leaves:
            if isinstance(head.item, Leave) and head.item.said == "" and head.when is not None:
                head.item = Leave("long" if side == "short" else "short")
        draft.clauses += [
            (replace(c, value=mirror_clause(c.value), side=side), place)
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


def mirror_clause(value: object) -> object:
    """The mirror image of a bracket, size or other clause."""
    return mirror(value) if isinstance(value, ast.Node) else value


def _other_side(item: Open | Leave, side: str) -> Open | Leave:
    if isinstance(item, Leave):
        return Leave(side)
    return Open(side, mirror(item.order) if item.order else None)  # type: ignore[arg-type]


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
        return replace(entry, takes=(*entry.takes, take)) if take not in entry.takes else entry
    known = getattr(entry, clause.field)
    if known is not None and known != value:
        names = {
            "stop": "stop",
            "target": "target",
            "trail": "trailing stop",
            "breakeven": "break-even rule",
            "size": "size",
            "valid": "validity",
        }
        draft.questions.append(f"Two different values for the {names[clause.field]} of one entry. Which one holds?")
        return entry
    return replace(entry, **{clause.field: value})  # type: ignore[arg-type]


def _with_global_clauses(draft: Draft, entries: list[ast.Entry], opens: list[Head]) -> list[ast.Entry]:
    """Clauses in sentences of their own hold for every entry that has none of the kind, or for the side they name."""
    result = []
    several = {
        c.field
        for c, _ in draft.clauses
        if len({x.value for x, _ in draft.clauses if x.field == c.field and not x.side}) > 1
    } - {"takes"}
    for entry, head in zip(entries, opens, strict=True):
        own = {c.field for c in head.clauses}
        for clause, place in draft.clauses:
            if clause.side and clause.side != entry.side:
                continue
            if clause.field in own and clause.field != "takes":
                continue
            if clause.field in several and not clause.side and len(entries) > 1:
                later = [h.place for h in opens if h.place > head.place]
                if not (head.place < place and (not later or place < later[0])):
                    continue
            if clause.field == "valid" and not entry.order:
                continue
            entry = _add(draft, entry, clause)
        result.append(entry)
    if any(c.field == "valid" for c, _ in draft.clauses) and not any(e.order for e in entries):
        draft.questions.append("Only pending orders can expire. Which order is meant?")
    return result


def _with_time_exits(draft: Draft, entries: list[ast.Entry], leaves: list[Head], opens: list[Head]) -> list[ast.Entry]:
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


def _exits(draft: Draft, leaves: list[Head], opens: list[Head], soft: Sequence[Expr]) -> list[ast.Exit]:
    """Exit rules, the side of each worked out; exits of one side are joined by or."""
    sides = {h.item.said for h in opens}  # type: ignore[union-attr]
    found: dict[str, list[Expr]] = {}
    for policy, _ in draft.policies:
        if policy.name == "opposite" and policy.side == "exit":
            if len(sides) > 1:
                draft.notes.append("The opposite signal closes the position and opens the other.")
            for head in opens:
                if len(sides) == 1 and head.when is not None:
                    found.setdefault(str(head.item.said), []).append(mirror(head.when))  # type: ignore[union-attr]
                    draft.notes.append("The opposite signal is the mirror image of the entry.")
    if any(p.name == "otherwise" for p, _ in draft.policies):
        for head in opens:
            if head.when is not None:
                found.setdefault(str(head.item.said), []).append(negated(head.when))  # type: ignore[union-attr]
    for head in leaves:
        if head.when is None:
            if not head.clauses and not head.closes and not _restates(head, draft):
                draft.questions.append("When should the position be closed? No condition was found for that exit.")
            continue
        if (
            isinstance(head.when, ast.Compare)
            and head.when.left == ast.Price("time")
            and isinstance(head.when.right, ast.Clock)
            and head.when.operator == "=="
        ):
            head.closes.append(ast.CloseAt(head.when.right))
            continue
        side = _exit_side(head, opens, leaves)
        found.setdefault(side, []).append(_level_of(head.when, soft))
    exits = []
    for side, conditions in found.items():
        name = side or (next(iter(sides)) if len(sides) == 1 else "all")
        exits.append(ast.Exit(name, any_of(conditions)))  # type: ignore[arg-type]
    return exits


def _restates(head: Head, draft: Draft) -> bool:
    """ "... that's my exit": an exit that was already stated."""
    return any(isinstance(h.item, Leave) and h is not head and h.when is not None for h in draft.heads)


def _exit_side(head: Head, opens: list[Head], leaves: list[Head]) -> str:
    """The side an exit closes when it does not say: that of the entry before it, if every entry has its own exit."""
    item = head.item
    assert isinstance(item, Leave)
    if item.said or len({h.item.said for h in opens}) < 2:  # type: ignore[union-attr]
        return item.said
    before = [h for h in opens if h.place < head.place]
    same_sentence = [h for h in before if h.sentence == head.sentence]
    silent = [h for h in leaves if isinstance(h.item, Leave) and not h.item.said and h.when is not None]
    if len(same_sentence) == 1 and len(before) >= 1:
        return str(same_sentence[0].item.said)  # type: ignore[union-attr]
    if len(silent) > 1 and len(before) < len(opens):
        return str(before[-1].item.said) if before else ""  # type: ignore[union-attr]
    if len(silent) > 1 and len(before) == len(opens) and all(any(o.place < s.place for o in opens) for s in silent):
        earlier = [s for s in silent if s.place < head.place]
        between = [o for o in opens if not earlier or o.place > earlier[-1].place]
        if len(between) == 1 and len(opens) == 2:
            return str(before[-1].item.said)  # type: ignore[union-attr]
    return ""


def _level_of(condition: Expr, soft: Sequence[Expr]) -> Expr:
    """ "closes back under the average" as an exit: a level, not an event."""
    if isinstance(condition, ast.Cross) and condition in soft:
        return ast.Compare(">" if condition.direction == "above" else "<", condition.left, condition.right)
    if isinstance(condition, ast.AllOf):
        return ast.AllOf(tuple(_level_of(c, soft) for c in condition.conditions))
    if isinstance(condition, ast.AnyOf):
        return ast.AnyOf(tuple(_level_of(c, soft) for c in condition.conditions))
    return condition


def _filtered(draft: Draft, entries: list[ast.Entry]) -> list[ast.Entry]:
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


def _schedule(draft: Draft) -> list[ast.Rule]:
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
