"""Stage 5j: pending orders: `place a buy stop 2 pips above its high, good for the next bar only`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.translate.offline import values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Aside, Clause, Item, Open
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.quantities import count

_ORDER: Phrases[tuple[str, str]] = Phrases({
    **{f"{verb} {side} {kind} {noun}".strip(): (("long" if side == "buy" else "short"), kind)
       for verb in ("", "place", "put", "set", "enter with", "enter on", "open", "use", "enter via", "submit", "leave", "send", "with", "place pending", "put in", "enter", "is placed", "work", "issue", "entry is", "entry with", "entry by")
       for side in ("buy", "sell") for kind in ("stop", "limit") for noun in ("", "order", "entry order", "entry")},
    **{f"{verb} {side} with {kind} order": (side, kind) for verb in ("go", "enter", "get") for side in ("long", "short") for kind in ("stop", "limit")},
    **{f"{verb} {side} on {kind}": (side, kind) for verb in ("go", "enter", "get") for side in ("long", "short") for kind in ("stop", "limit")},
    **{f"{verb} with {kind} order": (("long" if verb == "buy" else "short"), kind) for verb in ("buy", "sell short", "sell") for kind in ("stop", "limit")},
    **{f"{verb} on {kind}": (("long" if verb == "buy" else "short"), kind) for verb in ("buy", "sell short", "sell") for kind in ("stop", "limit")},
})  # fmt: skip


def pending(p: Cursor) -> Item | None:
    """An opening with a pending order, or how long it stays valid."""
    return p.first_of(_order, _stop_limit, _valid, _filled)


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
    return Open(found[0], ast.Pending(found[1], level))  # type: ignore[arg-type]


def _stop_limit(p: Cursor) -> Open | None:
    """`buy stop-limit at X with limit Y`."""
    p.skip("place", "set", "put", "use")
    side = "long" if p.accept("buy stop limit") else "short" if p.accept("sell stop limit") else None
    if side is None:
        return None
    p.skip("order", "at", "with stop at", "with trigger at", "triggered at", "stop")
    level = values.value(p)
    p.skip("and", ",", "with", "limit", "at", "a", "price", "of")
    limit = values.value(p) if level is not None else None
    if level is None or limit is None:
        return None
    return Open(side, ast.Pending("stop", level, limit))


def _valid(p: Cursor) -> Clause | None:
    """`good for the next bar only`, `valid for 3 bars`, `cancel if not filled within 2 bars`, `expires after 5 bars`."""
    p.skip("order", "it", "which", "that", "is", "and", "remain", "stays", "orders", "pending", "each", "will", "pending order", "be", "them", "stay", "are", "remains", "only")
    if p.accept("good for", "valid for", "valid only for", "good only for", "working for", "active for", "alive for", "in force for", "open for", "live for", "lasting", "valid during", "valid on", "good on", "good during",
                "valid until end of", "valid until close of", "expire after", "expire at end of", "cancel after", "cancel at end of", "valid for up to", "kept for", "lives for", "valid up to", "validity :", "validity", "validity of", "valid",
                "is valid for", "left in market for", "expire in", "leave it for", "cancel at close of", "with validity of", "good until end of"):  # fmt: skip
        p.skip("only", "exactly", "just", "order after", "order")
    elif p.accept("cancel it after", "cancel order after", "remove it after", "cancel them after", "cancel it at end of", "cancel order at end of", "cancel it if not fill within", "cancel if not fill within", "cancel order if not fill within",
                  "cancel it if it is not fill within", "if not fill within", "cancel if it is not fill within", "cancel order if it is not fill within", "if it is not fill within", "cancel them if not fill within", "unless fill within",
                  "cancel unless fill within", "if order is not fill within", "if not fill after", "cancel if not fill after", "cancel if unfilled after", "if unfilled after", "cancel it if not fill after",
                  "cancel it if it has not is fill within", "cancel order when it is not fill within", "cancel it if not fill in", "cancel if not fill in", "if it is not fill in", "cancel it if it is not fill in",
                  "cancel it if not fill on", "cancel if not fill on", "cancel order if not fill on", "cancel if not fill by end of", "cancel order if it is not fill in", "cancel order if not fill in",
                  "cancel it when not fill within", "if it does not fill within", "if it has not fill within", "if it have not fill within", "cancel order unless fill within", "cancel it unless fill within",
                  "if that order is not fill within", "cancel it if it have not is fill within", "if it have not is fill within", "if it is not fill on", "cancel it if it is not fill on"):  # fmt: skip
        pass
    else:
        return None
    if p.accept("next bar", "following bar", "single bar", "bar", "only next bar", "that next bar", "very next bar", "just next bar", "only 1 bar"):
        bars = number(1)
    else:
        p.skip("next", "following", "only", "exactly", "up to", "first")
        found = count(p)
        if found is None or not p.accept("bar", "period", "hour", "bars"):
            return None
        bars = found  # type: ignore[assignment]
    p.skip("only", "after that", "and then cancel", "then cancel", "and no longer", "cancel it", "cancel order", "at most", "if not fill", "if unfilled", ", cancel it", ", cancel order", ", cancel", ", then cancel it", "then it is cancel", ", it is cancel", ", order is cancel",
           "then cancel it", "if it is not fill", ", remove it", ", delete it", ", drop it", "if it have not fill", "if not yet fill", ", it expire", "unless fill")  # fmt: skip
    return Clause("valid", bars)


def _filled(p: Cursor) -> Aside | None:
    """`if filled, ...`: brackets always wait for the fill."""
    if p.accept("if fill", "when fill", "once fill", "if it is fill", "when it is fill", "once it is fill", "if order is fill", "once order is fill", "when order is fill", "after fill", "on fill", "upon fill", "after it is fill", "if it gets fill",
                "if it fill", "once it fill", "when it fill", "if order fill", "after order is fill", "in case of fill", "once in position", "once in", "if entry is fill", "as soon as it is fill", "as soon as order is fill",
                "once it gets fill", "when it gets fill", "if order gets fill", "once order gets fill", "upon execution"):  # fmt: skip
        return Aside()
    return None
