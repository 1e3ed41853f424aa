"""Stage 5d: conditions joined by and, or, unless, commas; and what modifies a whole condition.

`condition` reads as much as it can: each part is an atom (atoms.py), and the joins say how they combine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import atoms, crossed_at, endings, explained_shapes, following, levels, runs, sequences
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.vocabulary.actions import OPEN

_WORDS = listed("conditions")

Join = str
"""and, or, list (a bare comma), not (unless), while (an "and" that holds for everything before it)."""

_JOINS: Phrases[Join] = Phrases.of(
    {
        "and": _WORDS["joins"],
        "or": _WORDS["joins 2"],
        "while": _WORDS["joins 3"],
        "when": ("when",),
        "not": _WORDS["joins 4"],
    }
)


@dataclass(frozen=True)
class _Link:
    join: Join
    comma: bool


def condition(p: Cursor) -> Expr | None:
    """A whole condition."""
    p.skip(
        "all of following :",
        "both of these :",
        "following are true :",
        "all of these are true :",
        "both are true :",
        "all are true :",
    )
    if p.word() == "both" and atoms.lists_conditions(p):
        p.i += 1
        p.accept(":")
    start = p.i
    first = p.trial(atoms.atom)
    if first is None:
        return None
    parts, links = [modified(p, first)], []
    begin = p.i
    while True:
        i, context, asked = p.i, p.context, len(p.questions)
        link = _link(p)
        framed = p.word() in ("in", "during", "while") and link is not None and link.join == "list"
        then_said = p.trial(atoms.atom) if link and not endings.limits(p) else None
        if framed and OPEN.match(p.tokens, p.i):  # "...; in a downtrend sell": of what comes after it
            then_said = None
        if link is not None and link.comma and link.join in ("when", "while") and _another_rule(p):
            then_said = None  # "...; when B, buy if C": a rule of its own
        if link is None or then_said is None or endings.in_any_case(p, then_said):
            p.i, p.context = i, context
            del p.questions[asked:]
            break
        if "now" in (t.word for t in p.tokens[i : i + 3]):
            parts = then(p, parts, start, i)
        after = p.i
        whole = modified(p, then_said)
        links.append(link)
        if isinstance(whole, ast.ForBars) and whole.condition == then_said:
            parts = _lasting_list(p, parts, links, whole, (start, begin, after))
            links = links[: len(parts) - 1]
        else:
            parts.append(whole)
        begin = p.i
    found = combine(p, parts, links)
    if isinstance(found, ast.AnyOf) and len(found.conditions) == 2 and p.accept(*_WORDS["not both"]):
        return all_of([found, negated(all_of(found.conditions))])
    return found


def then(p: Cursor, parts: list[Expr], first: int, last: int) -> list[Expr]:
    """ "A was so on the previous bar and B was so, and now ...": what was, was so on the same bar; else a question."""
    parts = [ast.Past(part, number(1)) if isinstance(part, ast.ForBars) else part for part in parts]
    earlier = {n.bars for part in parts for n in ast.walk(part) if isinstance(n, ast.Past)}
    told = [any(isinstance(n, (ast.Past, ast.WithinBars)) for n in ast.walk(part)) for part in parts]
    if all(told) or not any(t.word in ("was", "were", "had") for t in p.tokens[first:last]):
        return parts
    if len(earlier) != 1 or not told[0]:
        p.questions.append('Which bar is meant by "was"? Say "on the previous bar", or "within the last 5 bars".')
        return parts
    bars = earlier.pop()
    p.note(f"What was, in contrast to now, was so {print_expr(bars)} bars before.")
    return [part if known else ast.Past(part, bars) for part, known in zip(parts, told, strict=True)]


def _another_rule(p: Cursor) -> bool:
    """Whether, after an action, the rest of the sentence has one of its own: `buy if A; when B (and C), go short`."""
    before = next((k for k in range(p.i - 1, -1, -1) if p.tokens[k].kind == "break"), -1)
    if not any(OPEN.match(p.tokens, k) for k in range(before + 1, p.i)):
        return False
    k = 0
    while p.kind(k) not in ("", "break") and p.word(k) != ";":
        if p.word(k) in (",", ":", "->", "then") and OPEN.match(p.tokens, p.i + k + 1):
            return True
        k += 1
    return False


_LASTS = ("been", "stay", "stayed", "stays", "remain", "remained", "remains", "held", "kept")


def _lasting_list(
    p: Cursor, parts: list[Expr], links: list[_Link], last: ast.ForBars, places: tuple[int, int, int]
) -> list[Expr]:
    """ "A and B for 3 bars": the parts with the 3 bars where the words put them; a question where they leave it open.

    places: where the list, the last part and its duration begin. What happens at once (a cross) cannot last.
    """
    start, begin, after = places
    shown = f"{print_expr(last.bars)} bars"
    fitting = all(link.join in ("and", "list") for link in links) and not any(
        isinstance(n, (ast.Cross, ast.ForBars, ast.WithinBars, ast.Flag)) for part in parts for n in ast.walk(part)
    )
    if not fitting:
        p.note(f"The {shown} are asked of {print_expr(last.condition)} only.")
        return [*parts, last]
    words = [token.word for token in p.tokens]
    before = any(word in _LASTS for word in words[start:begin])
    own = any(word in _LASTS for word in words[begin:after])
    ending = words[after : p.i]
    if "," in ending[:1] or "running" in ending or (before and not own):
        p.note(f"The {shown} are asked of all of the list.")
        return [ast.ForBars(all_of([*parts, last.condition]), last.bars)]
    if own and not before:
        p.note(f"The {shown} are asked of {print_expr(last.condition)} only.")
    else:
        p.questions.append(
            f"Do the {shown} hold for {print_expr(last.condition)} only, or for all of the list? "
            f'Say "... has been ... for {shown}" for one, or put a comma in front of "for {shown}" for all.'
        )
    return [*parts, last]


def _link(p: Cursor) -> _Link | None:
    comma = p.accept(",", ";") or (p.accept("-") and False)
    join = p.match(_JOINS) or ("and" if p.base(1) in ("volume", "tick") and p.accept("on") else None)
    if join == "and" and p.accept("either"):
        p.i -= 1
    if join is None and not comma:
        return None
    p.skip("then", "also", "that", "only") if p.at("also", "that") else None
    if join in ("and", "or", None) and p.at("then"):
        return None
    return _Link(join or "list", comma)


def combine(p: Cursor, parts: Sequence[Expr], links: Sequence[_Link]) -> Expr | None:
    """The parts as one expression; asks where "and" and "or" are mixed and nothing says how they group."""
    for k in range(len(links) - 1, -1, -1):
        if links[k].join in ("while", "not", "when"):
            left = combine(p, parts[: k + 1], links[:k])
            right = combine(p, parts[k + 1 :], links[k + 1 :])
            if left is None or right is None:
                return None
            return all_of([left, negated(right) if links[k].join == "not" else right])
    links = _settle_lists(links)
    joins = {link.join for link in links}
    if len(joins) <= 1:
        return all_of(parts) if joins == {"and"} or not joins else any_of(parts)
    return _mixed(p, parts, links)


def _settle_lists(links: Sequence[_Link]) -> list[_Link]:
    """`A, B and C`: a bare comma joins like the next spoken join after it."""
    result = list(links)
    following = "and"
    for k in range(len(result) - 1, -1, -1):
        if result[k].join == "list":
            result[k] = _Link(following, comma=False)
        following = result[k].join
    return result


def _mixed(p: Cursor, parts: Sequence[Expr], links: Sequence[_Link]) -> Expr:
    """Both "and" and "or": commas group, else "and" binds tighter, which is an assumption."""
    outer = {link.join for link in links if link.comma}
    inner = {link.join for link in links if not link.comma}
    if len(outer) == 1 and len(inner) == 1 and outer != inner:
        return _split(parts, links, outer.pop(), lambda link: link.comma)
    ors = [k for k, link in enumerate(links) if link.join == "or"]
    if ors[0] == 0 and links[-1].join == "and":
        p.questions.append(
            '"A or B and C" can mean "(A or B) and C" or "A or (B and C)". Which one? Use "either ... or", or a comma.'
        )
    p.note('"and" binds tighter than "or".')
    return _split(parts, links, "or", lambda link: link.join == "or")


def _split(parts: Sequence[Expr], links: Sequence[_Link], join: Join, cuts) -> Expr:  # type: ignore[no-untyped-def]
    groups: list[list[Expr]] = [[parts[0]]]
    for part, link in zip(parts[1:], links, strict=True):
        if cuts(link):
            groups.append([part])
        else:
            groups[-1].append(part)
    inner, outer = (all_of, any_of) if join == "or" else (any_of, all_of)
    return outer([inner(group) for group in groups])


def all_of(parts: Sequence[Expr]) -> Expr:
    """The parts joined by and, flat, each once."""
    flat: list[Expr] = []
    for part in parts:
        flat += part.conditions if isinstance(part, ast.AllOf) else [part]
    flat = list(dict.fromkeys(flat))
    return flat[0] if len(flat) == 1 else ast.AllOf(tuple(flat))


def any_of(parts: Sequence[Expr]) -> Expr:
    """The parts joined by or, flat, each once."""
    flat: list[Expr] = []
    for part in parts:
        flat += part.conditions if isinstance(part, ast.AnyOf) else [part]
    flat = list(dict.fromkeys(flat))
    return flat[0] if len(flat) == 1 else ast.AnyOf(tuple(flat))


def negated(part: Expr) -> Expr:
    """The opposite of a condition, without double negation."""
    if isinstance(part, ast.Negation):
        return part.condition
    return ast.Negation(part)


# ---------------------------------------------------------- modifiers


def modified(p: Cursor, part: Expr) -> Expr:
    """A condition with what is said about it afterwards: for how long, since when, what came before."""
    first = p.i
    while (result := _modified_once(p, part)) is not None:
        part = result
        p.bind(first, part)
    return part


def _modified_once(p: Cursor, part: Expr) -> Expr | None:
    if p.accept("on this bar", "on signal bar", "on current bar", "on that same bar"):
        return part
    return p.first_of(
        lambda q: crossed_at.both_lines(q, part),
        lambda q: explained_shapes.explained(q, part),
        lambda q: _lasting(q, part),
        lambda q: sequences.within_next(q, part),
        lambda q: _first_time(q, part),
        lambda q: _recent(q, part),
        lambda q: _past(q, part),
        lambda q: levels.also_placed(q, part),
        lambda q: following.preceded(q, part),
        lambda q: following.followed(q, part),
    )


_BAR_WORDS = ("bar", "period", "day", "hour", "closes", "close", "time", "times", "week")


def so_many_bars(p: Cursor) -> Expr | None:
    """`3 bars`, `three consecutive hours`; a calendar unit counts bars here."""
    bars = count(p) if (nth := p.trial(runs.nth_in_a_row)) is None else nth
    if bars is None:
        return None
    p.skip("consecutive", "completed", "closed", "full") if p.at("consecutive", "completed", "closed", "full") else None
    return bars if p.accept(*_BAR_WORDS) else None


def _lasting(p: Cursor, part: Expr) -> Expr | None:
    """`for three bars (in a row)`, `on each of the last 3 bars`, `three bars running`."""
    if p.accept(","):
        pass
    whole = p.at("for") and p.word(1) == "exactly"
    p.i += 2 if whole else 0
    if whole or p.accept("for at least", "for more than"):
        exact = p.word(-1) == "than"
    else:
        exact = False
        if not p.accept(*_WORDS["lasting"]):
            bars = p.trial(so_many_bars)
            if bars is not None and p.accept(
                "in a row", "in row", "running", "in succession", "consecutively", "straight"
            ):
                return ast.ForBars(part, bars)  # type: ignore[arg-type]
            return None
        if p.base(-1) in ("on", "over") and not (p.at("last") or p.base(1) == "consecutive" or _in_a_row(p)):
            return None
        if p.base(-1) == "over":
            return None
    p.skip("last", "past", "previous", "at least", "whole", "entire") if p.at(
        "last", "past", "previous", "at least"
    ) else None
    bars = p.trial(so_many_bars)
    if bars is None:
        return None
    p.skip("in a row", "in row", "or more", "consecutively", "running", "straight", "now", "or longer")
    if p.at("ago"):
        return None
    if exact and isinstance(bars, ast.Number):
        bars = ast.Number(bars.value + 1)
    lasting = ast.ForBars(part, bars)  # type: ignore[arg-type]
    return all_of([lasting, negated(ast.Past(part, bars))]) if whole else lasting  # type: ignore[arg-type]


def _in_a_row(p: Cursor) -> bool:
    """`(on) two bars in a row`."""
    return p.kind() == "number" and p.base(1) in _BAR_WORDS and p.base(2) in ("in", "running", "straight")


def _first_time(p: Cursor, part: Expr) -> Expr | None:
    """`for the first time in ten bars`: now, and on none of the nine bars before."""
    p.accept("for")
    if not p.accept("first time in", "first time within", "first time over", "first time for"):
        return None
    p.skip("last", "past", "at least")
    bars = p.trial(so_many_bars)
    if not isinstance(bars, ast.Number) or bars.value < 2 or isinstance(part, ast.Negation):
        return None
    p.note(f"The first time in {bars.value:f} bars: this bar, and none of the {bars.value - 1:f} before.")
    before = ast.Past(ast.WithinBars(part, ast.Number(bars.value - 1)), number(1))
    return all_of([part, negated(before)])


def _recent(p: Cursor, part: Expr) -> Expr | None:
    """`within the last 5 bars`, `at some point in the last 10 bars`, `during the last 3 bars`."""
    p.skip(*_WORDS["recent filler"])
    if not p.accept("within", "in", "during", "over", "inside", "among"):
        return None
    named = p.base(-1) == "within"
    named = p.accept("last", "past", "most recent", "latest", "final") or named
    excluded = p.accept("previous", "preceding")
    if not named and not excluded:
        return None
    last = p.base(-1) in ("last", "past", "recent", "latest", "final") or excluded
    bars = p.trial(so_many_bars)
    if bars is None or p.at("after", "of", "from", "later", "following"):
        return None
    if not last:
        p.questions.append('Within so many bars of what? Say "within the last 5 bars", or "within 5 bars after ...".')
    # "Has not been above 70 in the last 20 bars" is so on none of them, not on one of them not.
    denied = isinstance(part, ast.Negation)
    result: Expr = ast.WithinBars(part.condition if isinstance(part, ast.Negation) else part, bars)  # type: ignore[arg-type]
    result = negated(result) if denied else result
    return ast.Past(result, number(1)) if excluded else result


def _past(p: Cursor, part: Expr) -> Expr | None:
    """`... three bars ago`, `... on the previous bar`."""
    most = p.accept("no more than", "not more than", "at most", "no longer than", "up to", "maximum of", "within")
    bars = p.trial(so_many_bars)
    if bars is not None:
        if not p.accept("ago", "earlier", "before"):
            return None
        if most:
            return ast.WithinBars(part, ast.Number(bars.value + 1)) if isinstance(bars, ast.Number) else None
        return ast.Past(part, bars)  # type: ignore[arg-type]
    if most:
        return None
    if p.accept(*_WORDS["past"]):
        return ast.Past(part, number(1))
    return None
