"""Stage 5k: how positions follow one another: one side only, no reversal, pyramiding, the opposite for shorts."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Aside, Item, Only, Policy, Rule
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.vocabulary.actions import LEAVE

_WORDS = listed("policies")

_ONE_SIDE: Phrases[str] = Phrases(
    {
        **dict.fromkeys(_WORDS["one side"], "long"),
        **dict.fromkeys(_WORDS["one side 2"], "short"),
    }
)
_SHORT_SIDE = sorted(_WORDS["short side"], key=len, reverse=True)
_LONG_SIDE = sorted(_WORDS["long side"], key=len, reverse=True)
_NO_REVERSAL = _WORDS["no reversal"]
_WHILE_OPEN = _WORDS["while open"]
_ONLY_FLAT = _WORDS["only flat"]
_ONE_POSITION = _WORDS["one position"]
_OPPOSITE: Phrases[str] = Phrases(
    {
        **{phrase.replace("SHORTS", name): "short" for name in _WORDS["opposite"] for phrase in _WORDS["opposite 2"]},
        "vice versa": "",
        "and vice versa": "",
        "mirror rules for other side": "",
        "opposite for other side": "",
        "do opposite for other side": "",
        "mirror for other side": "",
        "other way round for other side": "",
        "opposite for long": "long",
        "do opposite for long": "long",
        "mirror for long": "long",
        "vice versa for long": "long",
        "reverse for long": "long",
        "opposite rules for long": "long",
    }
)
_REVERSE = _WORDS["reverse"]
_OPPOSITE_EXIT = _WORDS["opposite exit"]


def policy(p: Cursor) -> Item | None:
    """Any of them."""
    return p.first_of(
        _otherwise,
        _weekend,
        _pyramid,
        _said_of_side,
        _side_on_opposite,
        _opposite_exit,
        _opposite,
        _no_reversal,
        _only_flat,
        _one_position,
        _one_side,
        _reverse,
        _same,
        _no_bracket,
    )


def _otherwise(p: Cursor) -> Policy | None:
    """`... and flat otherwise`: closed as soon as the condition no longer holds."""
    said = p.accept(*_WORDS["otherwise"])
    return Policy("otherwise") if said else None


def _weekend(p: Cursor) -> Policy | None:
    """`do not hold over the weekend`: only together with a closing time on Friday."""
    said = p.accept(*_WORDS["weekend"])
    return Policy("weekend") if said else None


def _one_side(p: Cursor) -> Only | None:
    side = p.match(_ONE_SIDE)
    if side is None or p.at(
        "if", "when", "while", "on", "after", "between", "above", "below", "in", "unless", "as long as"
    ):
        return None
    p.skip(*_WORDS["one side filler"])
    return Only(side)  # type: ignore[arg-type]


def _no_reversal(p: Cursor) -> Item | None:
    before = p.accept(*_WHILE_OPEN)
    p.skip(",", "i", "we", "then", "you", "do", "leave it alone", "let it run", "leave it", ":") if before else None
    p.skip(",", "i", "we", "then", "you", "do")
    said = p.accept(*_NO_REVERSAL)
    other = not said and p.accept(*_WORDS["no other"])
    after = p.accept(*_WHILE_OPEN)
    if not said and not (other and (before or after)):
        return None
    p.skip("-", ",", "that is", "i.e.", "so", *_WORDS["either way"])
    p.skip(*_NO_REVERSAL)
    return Rule(ast.NoReversal())


def _only_flat(p: Cursor) -> Policy | None:
    before = p.accept(*_WHILE_OPEN)
    p.skip(",")
    i = p.i
    if not p.accept(*sorted(_ONLY_FLAT, key=len, reverse=True)):
        return None
    denial = p.tokens[i].base in ("no", "place", "not") and p.base(-1) != "flat" and not p.at("flat")
    if denial and not before and "open" not in [t.base for t in p.tokens[i : p.i]] and not p.accept(*_WHILE_OPEN):
        return None
    return Policy("flat")


def _one_position(p: Cursor) -> Aside | None:
    if p.accept(*sorted(_ONE_POSITION, key=len, reverse=True)):
        return Aside()
    alone = p.kind(-1) in ("", "break", "mark") and p.accept("one position", "1 position", "one trade", "1 trade")
    return Aside() if alone and p.kind() in ("", "break", "mark") else None


def _pyramid(p: Cursor) -> Item | None:
    """`pyramiding is allowed: up to three long positions at a time, one added on every new signal`."""
    first = p.i
    p.skip("allow", "hold", "have", "keep", "never more than") if p.at(*_WORDS["pyramid ahead"]) else None
    named = p.accept(*_WORDS["pyramid"])
    p.skip(*_WORDS["pyramid filler"]) if named else None
    p.skip(*_WORDS["pyramid filler 2"])
    bars = count(p)
    if bars is None:
        return None
    already = p.at("open", "concurrent", "simultaneous", "parallel")
    p.skip("long", "short", "open", "concurrent", "simultaneous", "same direction", "parallel", "buy", "sell")
    noun = p.accept("position", "entry", "trade", "time", "times", "unit", "units", "buy", "order", "add on", "layers")
    if not noun and not (named and (p.kind() in ("break", "") or p.at(")", ","))):
        return None
    p.accept("long", "short")
    at_once = already
    at_once = p.accept(*_WORDS["pyramid 2"]) or at_once
    up_to = noun and p.tokens[first].base in ("up", "maximum", "max") and p.base(-1) == "position"
    if not named and not at_once and not (up_to and (p.kind() in ("break", "") or p.at(","))):
        return None
    p.skip(*_WORDS["pyramid filler 3"])
    if isinstance(bars, ast.Number) and bars.value == 1:
        return Aside()  # one position at a time is the rule anyway
    return Rule(ast.Pyramid(bars))


def _opposite_exit(p: Cursor) -> Policy | None:
    """`exit on the opposite signal`, `I get out when the opposite happens`."""
    spoken = p.trial(_on_opposite)
    if spoken is not None:
        return spoken
    first = p.i
    if not p.accept(*sorted(_OPPOSITE_EXIT, key=len, reverse=True)):
        return None
    crossing = any(t.base in ("cross", "crossover") for t in p.tokens[first : p.i])
    return Policy("opposite", "exit", crossing=crossing)


def _said_of_side(p: Cursor) -> Policy | None:
    """`short: the exact opposite`, `for shorts it's just the mirror image`, `go short when the reverse is true`."""
    side = "short" if p.accept(*_SHORT_SIDE) else "long" if p.accept(*_LONG_SIDE) else None
    if side is None:
        return None
    p.skip(*_WORDS["side filler"])
    if not p.accept(*sorted(_WORDS["mirrored"], key=len, reverse=True)):
        return None
    p.skip(*_WORDS["side end"])
    return Policy("opposite", side) if p.kind() in ("", "break", "mark") else None


def _side_on_opposite(p: Cursor) -> Policy | None:
    """`... short on the opposite cross`."""
    short = p.accept("short", "go short", "sell short")
    if not short and not p.accept("long", "go long", "buy"):
        return None
    if not p.accept("on", "at", "when", "in", "upon", "with", "if"):
        return None
    if not p.accept("opposite", "reverse", "inverse", "exact opposite"):
        return None
    p.skip("signal", "cross", "crossover", "crossing", "condition", "case", "situation", "setup", "happens", "occurs")
    return Policy("opposite", "short" if short else "long")


def _on_opposite(p: Cursor) -> Policy | None:
    if p.match(LEAVE) is None and not p.accept("sell"):
        return None
    p.skip("position", "trade", "it")
    if not p.accept("when", "if", "on", "at", "once", "as soon as", "whenever", "upon", "with", "after", "in"):
        return None
    if not p.accept("exact opposite", "opposite", "reverse", "inverse", "contrary", "opposing", "converse"):
        return None
    crossing = p.base() in ("cross", "crossover", "crossing")  # what else the entry asks for has no opposite
    p.skip(*_WORDS["on opposite filler"])
    p.skip(*_WORDS["on opposite filler 2"])
    return Policy("opposite", "exit", crossing=crossing)


def _opposite(p: Cursor) -> Policy | None:
    side = p.match(_OPPOSITE)
    return Policy("opposite", side) if side is not None else None


def _reverse(p: Cursor) -> Policy | None:
    if not p.accept(*sorted(_REVERSE, key=len, reverse=True)) or p.at(
        "when", "if", "up", "down", "to", "below", "above"
    ):
        return None
    return Policy("reverse")


def _same(p: Cursor) -> Policy | None:
    """`same stop and same target`."""
    p.skip("with", "use", "both with", "using", "again with", "again", "and")
    if not p.accept(*_WORDS["same"]):
        return None
    p.skip(*_WORDS["same filler"])
    return Policy("same")


def _no_bracket(p: Cursor) -> Policy | None:
    if p.accept(*_WORDS["no bracket"]):
        return Policy("no stop")
    if p.accept(*_WORDS["no bracket 2"]):
        return Policy("no stop")
    if p.accept(*_WORDS["no bracket 3"]):
        return Policy("no target")
    return None
