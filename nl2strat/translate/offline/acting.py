"""Stage 5b: actions: what opens a position, what closes it, how long it is held."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.translate.offline import conditions
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Leave, Open, When
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.predicates import starts_comparison
from nl2strat.translate.offline.vocabulary.actions import AFTER_OPEN, HOLD_UNTIL, HOLD_WHILE, LEAVE, OPEN

_WORDS = listed("reader")


def opening(p: Cursor) -> Open | None:
    """`buy`, `go long`, `open a sell`, `a long position is opened`."""
    inside = p.word(-1) == "in" and p.base(-2) not in ("get", "go", "jump", "step", "move")
    same = [t.word for t in p.tokens[max(0, p.i - 2) : p.i]] in (["same", "for"], ["same", "with"], ["likewise", "for"])
    said = p.match(OPEN)
    if said is None or (inside and {p.base(-1), p.base()} & {"position", "trade"}):
        return None  # "already in a long position" says what is held
    if (
        said in ("long", "short")
        and p.base(-1) in ("long", "short")
        and p.at("one", "average", "term", "ema", "sma", "ma")
    ):
        return None
    _after_open(p)
    p.skip("signal", "entry", "position", "trade", "trigger") if p.at("signal", "entry") else None
    return Open(said, like=same and said in ("long", "short"))  # "the same for shorts when B": the same brackets


def _what_ends_it(p: Cursor) -> bool:
    return starts_comparison(p) or p.at("when", "if", "once", "as soon as")


_OCCASIONS = ("dip", "dips", "pullback", "pullbacks", "rally", "rallies", "breakout", "breakouts", "drop", "drops")


def _after_open(p: Cursor) -> None:
    if p.word() in _OCCASIONS and p.word(1) == ":":
        p.i += 1  # "buy dips: A", and A says what a dip is
    if p.at("close of any bar", "close of every bar", "close of each bar", "close of bar that", "close of bar which"):
        p.i += 2
    while True:
        i = p.i
        if p.at("on close", "at close", "on the close of", "at open of day") and not _ends_here(p, 2):
            return
        p.skip(*AFTER_OPEN)
        p.skip("and", "reverse") if p.at("and reverse") else None
        if p.i == i:
            return
        if p.kind() == "number" and p.base(-1) in ("at", "position"):
            p.i = i
            return


def _ends_here(p: Cursor, ahead: int) -> bool:
    """Whether a clause ends so many tokens ahead: "buy on the close", but not "buy on a close above ..."."""
    return p.kind(ahead) in ("", "break") or p.base(ahead) in (
        ",",
        ";",
        "when",
        "if",
        "and",
        "with",
        "of",
        "whenever",
        "once",
        "as",
    )


def leave(p: Cursor) -> Leave | None:
    """`exit`, `close the position`, `sell everything`, `cover`, `end the trade`."""
    opens, leaves = OPEN.match(p.tokens, p.i), LEAVE.match(p.tokens, p.i)
    if opens is not None and leaves is not None and opens[1] > leaves[1]:
        return None  # "a sell position is opened" is no "sell the position"
    said = p.match(LEAVE)
    if said is None and p.word(-1) in ("=", "->", "=>", ":") and p.accept("flat"):
        return Leave("")
    if said is None and p.i and p.accept("flat") and _what_ends_it(p):
        return Leave("")  # "long above 55, flat below 45"
    if said is None and p.base(-1) in ("and", ",", "then") and p.at(*_OUT_WHEN):
        p.accept("out of market")
        return Leave("")
    if said is None and p.i and p.kind(-1) != "break" and p.accept("i am flat", "i 'm flat", "we are flat"):
        return Leave("") if p.kind() in ("", "break") or p.at(",") else None
    if said is None:
        return None
    if p.base(-1) in _LAST_PARTS and abs(p.context.taken + _LAST_PARTS[p.base(-1)] - 100) > 1:
        p.questions.append("The last part of the position is not all that is left of it. What happens to the others?")
    if p.base(-1) in ("close", "closes", "closing", "closed") and p.at(
        "above", "below", "over", "under", "price", "is", "cross", "of", "in", "half", ">", "<", "["
    ):
        return None
    p.skip(*_WORDS["leave filler"]) if not p.at(
        "open above", "open below", "position when in", "long when in", "it open"
    ) else None
    return Leave(said)


_OUT_WHEN = tuple(f"out of market {when}" for when in ("moment", "when", "as soon as", "once", "if", "whenever"))
_LAST_PARTS = {"third": Decimal(33), "quarter": Decimal(25)}


def holding(p: Cursor) -> When | None:
    """`hold until A` closes when A; `hold while A` closes when not A."""
    if p.match(HOLD_UNTIL) is not None:
        p.skip("point where", "when", "after")
        found = conditions.condition(p)
        return When(found, "until") if found is not None else None
    if p.match(HOLD_WHILE) is not None:
        found = conditions.condition(p)
        return When(conditions.negated(found), "until") if found is not None else None
    return None
