"""Stage 6a: sentences to actions: which condition and which clause belongs to which action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import sharing
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
    Stay,
    When,
)
from nl2strat.translate.offline.following import ends_it
from nl2strat.translate.offline.mirror import mirrored
from nl2strat.translate.offline.occasions import at_one_time, is_time
from nl2strat.translate.offline.vocabulary.markets import FLAGS


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
    apart: list[str] = field(default_factory=list)
    """The brackets that a comma sets off from it."""

    @property
    def said(self) -> str:
        """The side in the words of the text."""
        return self.item.said

    @property
    def order(self) -> ast.Pending | None:
        """The pending order of an opening."""
        return self.item.order if isinstance(self.item, Open) else None

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
    blocked: list[Blocked] = field(default_factory=list)
    policies: list[tuple[Policy, int]] = field(default_factory=list)
    only: set[str] = field(default_factory=set)
    clauses: list[tuple[Clause, int]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: tuple[Expr, ...] = ()
    stays: list[Head] = field(default_factory=list)
    """What opens a side that is held while something is so, for sides that nothing else opens."""
    loose: list[tuple[Expr, int]] = field(default_factory=list)
    """Conditions no action has taken yet, with their place."""
    timed: list[int] = field(default_factory=list)
    """The sentences that say hours or days of trading."""


def sort_elements(elements: Sequence[Element], used: Sequence[Expr]) -> Draft:
    """One pass over the sentences: actions collect the conditions and clauses around them.

    `used` are the definitions that later words referred to; those need no action of their own.
    """
    draft = Draft(used=tuple(used))
    sentence: list[Element] = []
    number = 0
    for element in [*_opened_by_side(elements), Element(Mark("break"), -1, -1)]:
        if isinstance(element.item, Mark) and element.item.kind == "break":
            _Sentence(draft, sentence, number).sort()
            sentence, number = [], number + 1
        else:
            sentence.append(element)
    opened = {h.said for h in draft.heads if isinstance(h.item, Open)}
    opened |= {"short"} if "sell" in opened else set()
    draft.heads += [h for h in draft.stays if not opened & {h.said, ""}]
    at_one_time([h for h in draft.heads if isinstance(h.item, Open)])
    for _, place in draft.loose:
        draft.questions.append("A condition stands alone: what should happen when it is true?")
        del place
    return draft


def _opened_by_side(elements: Sequence[Element]) -> Sequence[Element]:
    """`20/50 SMA cross, long only`: where nothing is opened in words, the only side is what the condition opens."""
    sides = {e.item.side for e in elements if isinstance(e.item, Only)}
    if len(sides) != 1 or any(isinstance(e.item, (Open, Filter)) for e in elements):
        return elements
    k = next(k for k, e in enumerate(elements) if isinstance(e.item, Only))
    before = k
    while before and not (isinstance(mark := elements[before - 1].item, Mark) and mark.kind == "break"):
        before -= 1
    if not any(isinstance(e.item, (When, Setup)) for e in elements[before:k]):
        return elements
    return [*elements[: k + 1], replace(elements[k], item=Open(sides.pop())), *elements[k + 1 :]]


_WITHIN = 'One thing after the other: within how many bars? Say "... within 10 bars after ...".'


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
        self.firsts: list[Expr] = []
        self.common: list[Expr] = []
        """What was stated before this sentence, for each of its entries."""
        self.alternative: Expr | None = None
        """What "otherwise" means for the action after it."""

    def sort(self) -> None:
        for element in self.elements:
            match element.item:
                case Open() | Leave():
                    self._action(element)
                case When(condition, link):
                    self._condition(condition, link, element)
                case Stay(side, condition):
                    self._stay(side, condition, element)
                case Setup(conditions):
                    if all_of(conditions) not in self.draft.used:
                        self.waiting += conditions
                case AtTime():
                    self._time(element.item, element)
                case Clause():
                    for clause in element.item.parts:
                        self._clause(clause, element)
                case Filter():
                    self.draft.filters.append(element.item)
                case Rule(rule):
                    self.draft.rules.append(rule)
                    self.draft.timed += [self.number] if isinstance(rule, ast.Trade) else []
                case Blocked():
                    self.draft.blocked.append(element.item)
                case Only(side):
                    self.draft.only.add(side)
                case Policy():
                    self._policy(element.item, element)
                case Mark("otherwise"):
                    self._otherwise()
                    self.separated = True
                    continue
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
        if isinstance(item, Open) and item.like:
            opened = [h for h in self.draft.heads if isinstance(h.item, Open)]
            head.clauses = [replace(c, value=mirrored(c.value)) for h in opened[-1:] for c in h.clauses]
        if self.waiting:
            head.front, self.waiting = self.waiting, []
            if isinstance(item, Open):
                head.front = self._stated() + head.front
            self.shared = head.front if not self.heads else self.shared
        elif self.alternative is not None:
            pass
        elif not self.heads and self.draft.loose and not self._timed(element):
            head.front = [c for c, _ in self.draft.loose]
            self.draft.loose.clear()
            self.shared = head.front
        if self.alternative is not None:
            head.front, self.alternative = [self.alternative, *head.front], None
        self.head = head
        self.heads.append(head)
        self.draft.heads.append(head)

    def _stated(self) -> list[Expr]:
        """What the sentences before only stated: `Its high is above the last one. If it closes green, buy; if ...`."""
        if not self.heads and self.draft.loose:
            self.common = [c for c, _ in self.draft.loose]
            self.draft.loose.clear()
            self.draft.notes.append("What is stated before the entries holds for each of them.")
        return list(self.common)

    def _timed(self, element: Element) -> bool:
        """Whether this is a closing after so many bars or at a time of day, which needs no condition."""
        later = [e.item for e in self.elements if e.first > element.first]
        timed = any((isinstance(i, Clause) and i.field == "close_after") or isinstance(i, AtTime) for i in later)
        return isinstance(element.item, Leave) and (timed or bool(self.held))

    def _stay(self, side: ast.Side, condition: Expr, element: Element) -> None:
        self.head = Head(Leave(side), element.first, self.number, back=[negated(condition)])
        self.draft.heads.append(self.head)
        self.heads.append(self.head)
        self.draft.stays.append(Head(Open(side), element.first, self.number, back=[condition]))

    def _otherwise(self) -> None:
        """`if A buy when B, otherwise sell short when C`: the other action needs that A does not hold."""
        draft = self.draft
        if not (draft.heads or self.waiting or draft.loose) and (draft.blocked or draft.rules):
            return  # "no trades before 07:00, otherwise buy when A": outside the hours
        before = [h for h in (self.heads or self.draft.heads[-1:]) if isinstance(h.item, Open)]
        found = (before[0].front or before[0].back) if len(before) == 1 else []
        parts = [part for c in found for part in (c.conditions if isinstance(c, ast.AllOf) else (c,))]
        times = [part for part in parts if is_time(part)]
        found = [part for part in parts if part not in times]
        events = any(isinstance(n, ast.Cross) for c in found for n in ast.walk(c))
        if not found or events or self.waiting:
            self.draft.questions.append('"Otherwise" means when what does not hold? Say that condition in full.')
            return
        self.alternative = all_of([*times, negated(all_of(found))])  # the other thing at that time, not at all times

    def _condition(self, condition: Expr, link: str, element: Element) -> None:
        if link == "wait" and condition in self.draft.used:
            return  # what comes "within the next 5 bars" has taken it
        if link == "until":
            head = Head(Leave(""), element.first, self.number, back=[condition])
            self.draft.heads.append(head)
            self.heads.append(head)
            self.head = head
            return
        current = self.head
        if link == "unless" and current is not None and isinstance(current.item, Leave) and current.when is None:
            self.draft.questions.append("When should the position be closed? Only when it should not be was said.")
        condition = negated(condition) if link == "unless" else condition
        self.afters += [condition] if link == "after" else []
        self.firsts += [condition] if link == "first" else []
        if current is not None and current.closes and link and not self.separated:
            self.draft.questions.append("A closing time cannot have a condition. Which of the two should close it?")
        if current is None:
            self.waiting.append(condition)
        elif (
            link in ("only", "unless")
            or current.when is None
            or (current.front and not current.back and not self.separated and link)
            or (current.back and not self.separated and link and isinstance(current.item, Open))
        ):
            current.back.append(condition)
        else:
            self.waiting.append(condition)

    def _time(self, item: AtTime, element: Element) -> None:
        if isinstance(self.head, Head) and isinstance(self.head.item, Leave) and not self._action_follows(element):
            self.head.closes.append(ast.CloseAt(item.clock, item.zone, item.days))  # type: ignore[arg-type]
            return
        flags: list[Expr] = [_by_clock_of(item.zone, ast.Flag(FLAGS[day])) for day in item.days]
        parts: list[Expr] = [ast.Compare("==", _by_clock_of(item.zone, ast.Price("time")), item.clock)]
        if flags:
            parts.append(any_of(flags))
        if self.head is not None and not self.separated and isinstance(self.head.item, Open):
            self.head.back.append(all_of(parts))
            return
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
        if clause.every and len(opens) > 1:
            self.draft.clauses.append((clause, element.first))
        elif len(opens) == 1 and not clause.side:
            opens[0].clauses.append(clause)
            opens[0].apart += [clause.field] if self.separated and clause.field in sharing.BRACKETS else []
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
        if self.alternative is not None:
            self.draft.questions.append('What should happen "otherwise"? No action follows it.')
        for head, following in zip(self.heads, self.heads[1:], strict=False):
            if isinstance(head.item, Leave) and isinstance(following.item, Leave) and not (head.when or head.closes):
                head.back = list(following.back) if not (head.clauses or following.front) else head.back
        for head in self.heads:
            if len(head.front) == 1 and len(head.back) == 1 and head.front[0] in self.afters:
                run = head.front[0]
                if isinstance(run, ast.ForBars) and ends_it(run, head.back[0]):
                    head.front = [ast.Past(run, ast.Number(Decimal(1)))]  # up to the bar before the one that ends it
                elif head.back[0] in self.firsts:
                    self.draft.questions.append(_WITHIN)
            if head.back and any(c in self.afters and isinstance(c, (ast.Cross, ast.Compare)) for c in head.front):
                self.draft.questions.append(_WITHIN)
        opens = [h for h in self.heads if isinstance(h.item, Open)]
        if self.waiting and self.heads:
            last = self.heads[-1]
            if last.when is None or (last.front and not last.back) or last.back:
                last.back += self.waiting
            self.waiting = []
        if len(opens) > 1 and self.shared and (all(h.back for h in opens) or all(h.order for h in opens)):
            for head in opens[1:]:
                if not head.front:
                    head.front = list(self.shared)
        if (
            len(opens) > 1
            and all(h.order for h in opens)
            and [h.when is None for h in opens] == [True] * (len(opens) - 1) + [False]
        ):
            for head in opens[:-1]:
                head.back = list(opens[-1].back)
        if len(opens) > 1:
            self.draft.questions += sharing.of_a_sentence(opens)
        self.draft.loose += [(condition, -1) for condition in self.waiting]


def _by_clock_of(zone: str | None, value: Expr) -> Expr:
    """A time or a weekday by the clock of another place."""
    return ast.InZone(value, zone) if zone else value
