"""Stage 5: the tokens of a text to a list of elements. What no phrase can read becomes `Unknown`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from nl2strat.language import ast
from nl2strat.translate.offline import (
    brackets,
    conditions,
    denials,
    elided,
    headings,
    holes,
    lists,
    managing,
    pending,
    placing,
    policies,
    regimes,
    required,
    said_apart,
    schedule,
    sections,
    sequences,
    sided,
    sizing,
    spoken,
    staying,
    talk,
    titles,
    touching,
)
from nl2strat.translate.offline.acting import holding, leave, opening
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import (
    Aside,
    Blocked,
    Clause,
    Element,
    Filter,
    Item,
    Leave,
    Mark,
    Open,
    Stay,
    Unknown,
    When,
)
from nl2strat.translate.offline.phrases import Phrases, listed, whole
from nl2strat.translate.offline.times import timeframe_code
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary.actions import FILTER, WHEN
from nl2strat.translate.offline.vocabulary.talk import ASIDES

_WORDS = listed("reader")

_MARKS = (",", ";", ":", "-", "(", ")", "->", "=>", "/", "|")


def read(p: Cursor) -> list[Element]:
    """All elements of the text, in order."""
    elements: list[Element] = []
    while p.token() is not None:
        sentence = titles.with_titles(_sentence(p), p.tokens, first=not elements)
        sentence = placing.placed(talk.without_talk(sentence, p.tokens), p.tokens)
        sentence = sided.entering(sided.carried(sentence, p.tokens))
        p.questions += denials.unclear(sentence)
        elements += _remember(p, sentence)
    return lists.joined(p, sections.without_exit_headings(sections.below_entry(p, elements)))


def _sentence(p: Cursor) -> list[Element]:
    """The elements up to the end of the sentence, its break included."""
    elements: list[Element] = []
    while p.token() is not None:
        first = p.i
        item = _continued(p, elements) or _item(p)
        if item is None or _cut_off(item, elements, p.tokens[first]):
            p.i = first
            item = Unknown(p.word())
            p.i += 1
        elements.append(Element(item, first, p.i))
        if isinstance(item, Mark) and item.kind == "break":
            break
    return elements


def _cut_off(item: Item, elements: list[Element], token: Token) -> bool:
    """Whether "below the low" is no condition but the end of "a stop so far below the low" that was not understood."""
    after = bool(elements) and isinstance(elements[-1].item, Clause)
    return after and isinstance(item, When) and not item.link and token.base in (*_SIDES_OF_A_LEVEL, *_MET)


_MET = ("is", "have", "has", "reach", "touch", "get", "hit")
"""How a stop or target is met: "a stop of 40 pips is hit" says nothing of an indicator."""
_SIDES_OF_A_LEVEL = ("below", "above", "under", "over", "beneath", "beyond", "behind")


def _continued(p: Cursor, elements: list[Element]) -> Item | None:
    """What leans on the words before: `... for longs, 30 for shorts`, `close longs when A and shorts when B`."""
    if elements and isinstance(elements[-1].item, When):
        return p.trial(lambda q: _turned(q, elements))
    if elements and isinstance(elements[-1].item, Filter) and elements[-1].item.side:
        said = elements[-1].item
        return p.trial(lambda q: required.other_required(q, said))
    if len(elements) < 2 or not isinstance(elements[-1].item, Mark):
        return None
    before = next((e.item for e in reversed(elements) if not isinstance(e.item, Mark)), None)
    if isinstance(before, Clause) and before.side:
        return p.trial(lambda q: brackets.another(q, before))
    if isinstance(before, Clause) and isinstance(before.value, ast.Take) and before.value.lots:
        return p.trial(managing.more_lots) or p.trial(_other_lots)
    if isinstance(before, Stay):
        return p.trial(staying.another)
    if isinstance(before, Blocked):
        join = elements[-1].item.kind
        return p.trial(lambda q: denials.also(q, join))
    acted = next((e for e in reversed(elements) if isinstance(e.item, (Open, Leave))), None)
    if acted is not None and isinstance(acted.item, Leave) and acted.item.said:
        return p.trial(lambda q: _also_closed(q, acted.item.said))  # type: ignore[union-attr]
    return None


def _other_lots(p: Cursor) -> Leave | None:
    """`... and the other 0.1 lots when A`: what is left once the parts before are closed."""
    if not p.accept(*managing.LAST) or holes.lots(p) is None:
        return None
    return Leave("") if p.at("when", "if", "once", "as soon as", "whenever") else None


def _turned(p: Cursor, elements: Sequence[Element]) -> Open | None:
    """`..., and when it crosses under I do the exact opposite`: opens the other side, with the same brackets."""
    opened = [e.item.said for e in elements if isinstance(e.item, Open)]
    p.skip(",", "then")
    p.skip("i", "we", "you")
    if len(opened) != 1 or opened[0] not in ("long", "short") or not p.accept(*_WORDS["do the opposite"]):
        return None
    ends = p.kind() in ("", "break") or p.at(",", ";")
    return Open("short" if opened[0] == "long" else "long", like=True) if ends else None


def _also_closed(p: Cursor, said: str) -> Leave | None:
    """The other side as a noun after a closing: `... and shorts when B` closes them."""
    other = "short" if said == "long" else "long"
    plural = p.word() in (f"{other}s", f"{other}es")
    if not p.accept(f"{other} position", f"{other} trade", f"open {other}", other):
        return None
    if not plural and p.base(-1) == other:
        if not p.at("when", "if", "once", "whenever", "as soon as", "on", "after"):
            return None
        p.questions.append(
            f'Does "{other}" here close the {other}s or open one? Say "close shorts when ..." or "go short when ...".'
            if other == "short"
            else 'Does "long" here close the longs or open one? Say "close longs when ..." or "go long when ...".'
        )
    return Leave(other)


def _remember(p: Cursor, sentence: list[Element]) -> list[Element]:
    """A sentence that only states a condition defines "such a bar", and the name in its heading."""
    sentence = sequences.without_awaited(sentence)
    setup = titles.setup_of(sentence)
    awaited = [e.item.condition for e in sentence if isinstance(e.item, When)]
    waits = len(awaited) == 1 and not any(isinstance(e.item, (Open, Leave)) for e in sentence)
    p.context = replace(p.context, such=None, awaited=awaited[0] if waits else None)
    if setup is None:
        return sentence
    name = titles.label_name(sentence, p.tokens)
    found = conditions.all_of(setup.conditions)
    for known in ("such", name) if name else ("such",):
        p.define(known, found)
    first = next(k for k, e in enumerate(sentence) if isinstance(e.item, When))
    return [
        replace(e, item=setup if k == first else Aside()) if isinstance(e.item, When) else e
        for k, e in enumerate(sentence)
    ]


def _item(p: Cursor) -> Item | None:
    if p.kind() == "break":
        p.i += 1
        return Mark("break")
    for parse in _parsers():
        item = p.trial(parse)
        if item is not None:
            return item
    return None


@cache
def _parsers() -> tuple[Callable[[Cursor], Item | None], ...]:
    """In order of precedence: the more words a phrase needs, the earlier it is tried."""
    return (
        _hence,
        lists.enumerated,
        _close_condition,
        spoken.spoken_rule,
        pending.pending,
        policies.policy,
        schedule.daily_limit,
        brackets.clause,
        sizing.size,
        spoken.spoken_act,
        elided.only_side,
        sequences.sequence,
        regimes.one_side,
        denials.denied,
        lists.listing,
        filter_rule,
        headings.definition,
        headings.parameters,
        staying.staying,
        holding,
        leave,
        schedule.allowed,
        opening,
        _alternative,
        schedule.schedule,
        linked,
        bare,
        said_apart.said_apart,
        headings.heading,
        _mark,
        _aside,
    )


# ---------------------------------------------------------------- conditions


def _close_condition(p: Cursor) -> When | Filter | None:
    """ "Close above the 20 EMA: buy": here "close" is a price."""
    if not p.at("close"):
        return None
    i, context, asked = p.i, p.context, len(p.questions)
    must = required.required(p)
    if must is not None and must.side:
        return must
    p.i, p.context = i, context
    del p.questions[asked:]
    return bare(p)


def linked(p: Cursor) -> When | None:
    """`when A`, `only if A`, `unless A`, `wait until A`."""
    begin = p.i
    link = p.match(_links())
    if link is None:
        return None
    if p.base(-1) == "with" and _adds_to_another(p, begin):
        p.questions.append('What goes with the second "with ..."? Name the bar or the pattern again there.')
    p.skip(":", "case that", "one of these happens :", "either of these :")
    p.skip("each", "every", "any") if p.at("each bar", "every bar", "any bar") else None
    found = p.trial(conditions.condition)
    if found is not None and (begin == 0 or p.kind(begin - p.i - 1) == "break") and p.at(","):
        p.context = replace(p.context, awaited=found)
    if found is None and p.base(-1) in ("at", "on", "with"):
        found = touching.at_level(p)
    if found is None:
        return None
    p.skip("form", "is true", "is met", "happens", "hold") if p.at("is true", "is met", "happens") else None
    if isinstance(found, ast.AllOf) and link in ("when", "only"):
        p.context = replace(p.context, listed=found.conditions)  # "... when any of them fails"
    began = bool(p.context.soft) and p.context.soft[-1][0] == found
    return When(found, "first" if began and link == "when" else link)


_CLAUSE_ENDS = (";", ",", "and", ".")


def _adds_to_another(p: Cursor, begin: int) -> bool:
    """`an inside bar with A: go long; with B: go short`: whether the second "with" leaves out what it adds to."""
    if begin == 0 or p.tokens[begin - 1].word not in _CLAUSE_ENDS:
        return False
    earlier = (k for k in range(max(1, begin - 30), begin) if p.tokens[k].base == "with")
    return any(p.tokens[k - 1].word not in _CLAUSE_ENDS and p.tokens[k - 1].kind != "break" for k in earlier)


@cache
def _links() -> Phrases[str]:
    return WHEN


def bare(p: Cursor) -> When | None:
    """A condition that nothing introduces: `%K crosses above %D while %K is below 20, go long`."""
    found = conditions.condition(p)
    return When(found, "") if found is not None else None


def filter_rule(p: Cursor) -> Filter | None:
    """`only trade long when A`, `filter: A`, `the close must be above the 200 SMA`."""
    p.trial(_filter_timeframe)
    side = p.match(FILTER)
    if side is not None:
        p.skip(":", "is", "that", "=", "-", ",", "if", "when", "only")
        found = conditions.condition(p)
        return Filter(side, found) if found is not None else None
    return required.required(p)


def _filter_timeframe(p: Cursor) -> str | None:
    """The timeframe in front of the word: `daily trend filter: daily close above ...`."""
    code = timeframe_code(p)
    return code if code is not None and p.at("trend filter", "filter") else None


# ------------------------------------------------------------------- the rest


def _mark(p: Cursor) -> Mark | None:
    token = p.token()
    if token is None or not (
        (token.kind == "mark" and token.word in _MARKS) or token.base in ("and", "then", "or", "but")
    ):
        return None
    following = p.token(1)
    if (
        token.word == "-"
        and not token.glued
        and following is not None
        and following.kind == "number"
        and following.glued
    ):
        return None  # a minus, not a dash
    p.i += 1
    return Mark(token.base)


def _hence(p: Cursor) -> Mark | None:
    """`rsi < 30 = buy`, `entry = rsi < 30`: a sign between an action and its condition."""
    if p.at("is my buy", "is my sell", "is my long", "is my short", "is my exit", "is my entry"):
        p.i += 2 if p.word(1) == "my" else 1
        return Mark("->")
    if p.word() not in ("=", "means", "mean"):
        return None
    ahead = p.base(1) in ("buy", "sell", "long", "short", "exit", "out", "go", "flat")
    if ahead and p.kind(2) != "number":
        p.i += 1
        return Mark("->")
    if p.word() == "=" and p.base(-1) in _HEADED and p.kind(1) != "number":
        p.i += 1
        return Mark(":")
    return None


_HEADED = ("entry", "exit", "long", "short", "buy", "sell", "when")


@cache
def _asides() -> Phrases[bool]:
    return Phrases(dict.fromkeys(whole(ASIDES), True))


def _alternative(p: Cursor) -> Mark | None:
    """`otherwise` in front of another action, with or without a condition of its own."""
    if not p.accept("otherwise", "or else", "else", "if not ,"):
        return None
    i, context, asked = p.i, p.context, len(p.questions)
    p.skip(",", ":")
    introduced = p.at("if", "when", "once")
    parsers: tuple[Callable[[Cursor], Item | None], ...] = (
        policies.policy,
        pending.pending,
        brackets.clause,
        leave,
        opening,
    )
    follows = p.first_of(*parsers)
    p.i, p.context = i, context
    del p.questions[asked:]
    return Mark("otherwise") if introduced or isinstance(follows, (Open, Leave)) else None


def _aside(p: Cursor) -> Aside | None:
    return Aside() if p.match(_asides()) is not None else None
