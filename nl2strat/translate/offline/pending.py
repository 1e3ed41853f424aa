"""Stage 5j: pending orders: `place a buy stop 2 pips above its high, good for the next bar only`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import brackets, values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Aside, Clause, Item, Open
from nl2strat.translate.offline.kinds import is_distance, is_price
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count

_WORDS = listed("pending")

_ORDER: Phrases[tuple[str, str]] = Phrases(
    {
        **{
            f"{verb} {side} {kind} {noun}".strip(): (("long" if side == "buy" else "short"), kind)
            for verb in ("", *_WORDS["order"])
            for side in ("buy", "sell")
            for kind in ("stop", "limit")
            for noun in ("", "order", "entry order", "entry")
        },
        **{
            f"{verb} {side} with {kind} order": (side, kind)
            for verb in ("go", "enter", "get")
            for side in ("long", "short")
            for kind in ("stop", "limit")
        },
        **{
            f"{verb} {side} on {kind}": (side, kind)
            for verb in ("go", "enter", "get")
            for side in ("long", "short")
            for kind in ("stop", "limit")
        },
        **{
            f"{verb} with {kind} order": (("long" if verb == "buy" else "short"), kind)
            for verb in ("buy", "sell short", "sell")
            for kind in ("stop", "limit")
        },
        **{
            f"{verb} on {kind}": (("long" if verb == "buy" else "short"), kind)
            for verb in ("buy", "sell short", "sell")
            for kind in ("stop", "limit")
        },
    }
)


def pending(p: Cursor) -> Item | None:
    """An opening with a pending order, or how long it stays valid."""
    return p.first_of(_order, _stop_limit, _at_price, _valid, _filled)


def _order(p: Cursor) -> Open | None:
    found = p.match(_ORDER)
    if found is None or p.at("loss"):
        return None
    p.skip("is placed", "is set", "to enter", "for it", "goes", "order", "pending")
    p.accept("at price of", "at", "exactly at", "@", "right at", "just at")
    level = values.value(p)
    if level is None or not is_price(level):
        return None
    p.skip("is placed", "is set", "is put")
    p.about(None, level)  # "a sell stop at their low"
    return Open(found[0], ast.Pending(found[1], level))  # type: ignore[arg-type]


_SIDE = Phrases(
    {"buy": "long", "go long": "long", "sell": "short", "sell short": "short", "go short": "short", "short": "short"}
)


def _at_price(p: Cursor) -> Open | None:
    """`buy 2 pips above its high with a stop order`: the kind of the order after its price."""
    p.skip("try to", "try", "attempt to", "want to", "to")
    side = p.match(_SIDE)
    if side is None:
        return None
    p.skip("at price of", "at")
    level = p.trial(lambda q: _better(q, side)) or values.value(p)
    if level is None or not is_price(level):
        return None
    for kind in ("stop", "limit"):
        if p.accept(*(f"{link} {kind} order" for link in ("with", "by", "via", "on", "using", "as", "through"))):
            return Open(side, ast.Pending(kind, level))
    return None


def _better(p: Cursor, side: str) -> Expr | None:
    """`10 pips cheaper`: than the close."""
    distance = brackets.read_distance(p)
    if distance is None or not p.accept(*(("cheaper", "lower") if side == "long" else ("higher",))):
        return None
    return ast.Arithmetic("-" if side == "long" else "+", ast.Price("close"), distance)


def _stop_limit(p: Cursor) -> Open | None:
    """`buy stop-limit at X with limit Y`."""
    p.skip("place", "set", "put", "use")
    side = "long" if p.accept("buy stop limit") else "short" if p.accept("sell stop limit") else None
    if side is None:
        return None
    p.skip(*_WORDS["stop of stop limit"])
    level = values.value(p)
    p.about(None, level)  # "3 pips above it"
    p.skip(*_WORDS["limit of stop limit"])
    limit = values.value(p) if level is not None else None
    if level is not None and limit is not None and is_distance(limit) and p.accept("higher", "lower", "above", "below"):
        up = p.base(-1) in ("higher", "above")
        limit = ast.Arithmetic("+" if up else "-", level, limit)  # "limit 3 pips higher"
    if level is None or limit is None or not is_price(limit):
        return None
    return Open(side, ast.Pending("stop", level, limit))


def _valid(p: Cursor) -> Clause | None:
    """`good for the next bar only`, `valid for 3 bars`, `expires after 5 bars`."""
    p.skip(*_WORDS["valid filler"])
    if p.accept(*_WORDS["valid"]):
        p.skip("only", "exactly", "just", "order after", "order")
    elif p.accept(*_WORDS["valid 2"]) or (_ordered(p) and p.accept("for next", "for following", "during next")):
        pass
    elif _ordered(p, after_comma=True) and p.at("next bar only", "only next bar", "only for next bar"):
        p.skip("only", "for")
    elif _ordered(p, after_comma=True) and p.at("for 1 bar only", "for just 1 bar", "for only 1 bar"):
        p.i += 1
    else:
        return None
    if p.accept(*_WORDS["valid 3"]):
        bars = number(1)
    else:
        p.skip("next", "following", "only", "exactly", "up to", "first", "just")
        found = count(p)
        if found is None or not p.accept("bar", "period", "hour", "bars"):
            return None
        bars = found  # type: ignore[assignment]
    p.skip(*_WORDS["valid filler 2"])
    return Clause("valid", bars)


def _ordered(p: Cursor, *, after_comma: bool = False) -> bool:
    """Whether the words right before place an order: `a buy stop at the high of that bar for the next three bars`."""
    last = p.i - 1 if after_comma and p.base(-1) == "," else p.i
    for token in reversed(p.tokens[:last]):
        if token.kind == "break" or token.base in (",", ";", "when", "if", "and"):
            return False
        if token.base in ("stop", "limit", "order"):
            return True
    return False


def _filled(p: Cursor) -> Aside | None:
    """`if filled, ...`: brackets always wait for the fill."""
    if p.accept(*_WORDS["filled"]):
        return Aside()
    return None
