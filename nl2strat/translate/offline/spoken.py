"""Stage 5o: rules of the whole strategy and what happens to positions, in the phrases of `spoken_rules.txt`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import templates
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Aside, Basket, Clause, Definition, Item, Policy, Presumed, Rule
from nl2strat.translate.offline.spoken_holes import READERS
from nl2strat.translate.offline.templates import Filled


def spoken_rule(p: Cursor) -> Item | None:
    """Rules that no other phrase could be the beginning of; tried first."""
    return _spoken(p, _RULES)


def spoken_act(p: Cursor) -> Item | None:
    """What leans on words that other phrases use too: closing a part, a position worth so much, a state."""
    return _spoken(p, _ACTS)


def _spoken(p: Cursor, builders: Mapping[str, Callable[[Cursor, Filled], Item | None]]) -> Item | None:
    first = p.i
    found = templates.match(p, templates.table("spoken_rules", tuple(builders)), READERS)
    if found is None:
        return None
    name, filled = found
    filled["said"] = [t.base for t in p.tokens[first : p.i]]
    return builders[name](p, filled)


# ---------------------------------------------------------------------- builders


def _wait(p: Cursor, said: Filled) -> Item:
    return Rule(ast.Wait(said["bars"], said.get("event", "entry")))


def _wait_open(p: Cursor, said: Filled) -> Item:
    p.questions.append(
        "Bars between trades: counted from the entry of the last one, or from its end? "
        'Say "between entries", or "wait ... bars after an exit".'
    )
    return Rule(ast.Wait(said["bars"], "exit"))


def _skip(p: Cursor, said: Filled) -> Item:
    return Rule(ast.Skip(said.get("n", number(1)), said["result"]))


def _daily(tally: Any) -> Callable[[Cursor, Filled], Item]:
    return lambda p, said: Rule(ast.DailyCap(tally, said["amount"].number, said["amount"].percent))


def _spread(p: Cursor, said: Filled) -> Item:
    return Rule(ast.SpreadCap(said["distance"]))


def _spread_under(p: Cursor, said: Filled) -> Item:
    """`under 2 pips`: one point less at the most, for a spread is a whole number of points."""
    point = ast.Quantity(number(1), "points")
    return Rule(ast.SpreadCap(ast.Arithmetic("-", said["distance"], point)))


def _dates(p: Cursor, said: Filled) -> Item | None:
    first, last = said.get("same") or (said.get("first"), said.get("last") or said.get("before"))
    if first and last and first > last:
        p.questions.append(f"Trading from {first} until {last}: the end is before the beginning. Which days are meant?")
    p.note("Dates are those of the decision, by the data's clock.")
    return Rule(ast.Dates(first, last))


def _cancel_at(p: Cursor, said: Filled) -> Item:
    return Rule(ast.CancelAt(*said["clock"]))


def _cancel_when(side: Any) -> Callable[[Cursor, Filled], Item]:
    return lambda p, said: Rule(ast.CancelWhen(side, said["condition"]))


def _scale(p: Cursor, said: Filled) -> Item:
    words = said["said"]
    factor = said.get("factor", ast.Number(Decimal("0.5")) if "halve" in words else number(2))
    scale = Clause("scale", ast.ScaleSize(factor, said["result"], said["limit"]))
    base = (said.get("reset") or {}).get("base")
    return scale if base is None else Clause("several", (scale, Clause("size", base, every=True)))


def _scale_without_end(p: Cursor, said: Filled) -> Item:
    p.questions.append('Doubling after a loss needs an end: how many times at most? Say "..., at most 4 times".')
    return Clause("scale", ast.ScaleSize(number(2), said["result"], number(1)))


def _add(way: Any) -> Callable[[Cursor, Filled], Item]:
    """Further entries; "lower" is against a long and ahead of a short."""

    def build(p: Cursor, said: Filled) -> Item:
        words = said["said"]
        side = "long" if "buy" in words else "short" if {"sell", "short"} & set(words) else ""
        own: Any = {"against": "ahead", "ahead": "against"}[way] if side == "short" else way
        add = ast.Add(said["n"] if "n" in said else said["limit"], said["distance"], own, said.get("growth") or None)
        return Clause("add", add, side)

    return build


def _add_without_end(p: Cursor, said: Filled) -> Item:
    p.questions.append('Adding to a position needs an end: how many times at most? Say "..., at most 5 times".')
    return Clause("add", ast.Add(number(1), said["distance"], "against"))


def _reached(said: Filled) -> Expr | None:
    found: Filled = said.get("reached") or {}
    return found.get("profit")


def _trail_line(p: Cursor, said: Filled) -> Item:
    price, reached = said["price"], _reached(said)
    if isinstance(price, ast.Call) and price.function == "chandelier_long" and not {"long", "short"} & {*said["said"]}:
        lines = (("long", price), ("short", ast.Call("chandelier_short", price.arguments)))  # each side has its own
        return Clause(
            "several", tuple(Clause("trail_line", ast.TrailLine(line, reached), s, every=True) for s, line in lines)
        )
    return Clause("trail_line", ast.TrailLine(price, reached))


def _lock(p: Cursor, said: Filled) -> Item | None:
    profit, words = said["locked"], said["said"]
    in_r = isinstance(profit, ast.Quantity) and profit.unit == "R"
    gained = words[-1] == "profit" and words[0] in ("once", "after", "when", "as", "if", "at")
    if not (gained or in_r or "+" in words or "lock" in words or "secure" in words or words.count("profit") > 1):
        shown = print_expr(profit)
        p.questions.append(f'A stop at {shown}: {shown} of profit, or {shown} away? Say "lock in {shown}".')
    return Clause("locks", ast.Lock(profit, said["profit"]))


def _target_step(p: Cursor, said: Filled) -> Item:
    return Clause("target_steps", ast.TargetStep(ast.Offset(said["goal"]), said["bars"]))


def _alert(p: Cursor, said: Filled) -> Item:
    condition, words = said["noted"]
    return Rule(ast.Alert(words[:120], condition))


def _reduce(p: Cursor, said: Filled) -> Item:
    side: Any = "long" if "sell" in said["said"] else "short" if "cover" in said["said"] else "all"
    lots = "lots" in said
    return Rule(ast.Reduce(side, said["lots"] if lots else said["share"], said["condition"], lots))


def _valid_until(p: Cursor, said: Filled) -> Item:
    return Clause("valid_until", ast.ValidUntil(*said["clock"]))


def _time_exit(p: Cursor, said: Filled) -> Item:
    bars = said["bars"]
    held = Clause("close_after", bars if isinstance(bars, tuple) else (bars, "bar"))
    if "distance" not in said:
        return held
    return Clause("several", (held, Clause("target", ast.Offset(said["distance"]))))


def _bracket_both(p: Cursor, said: Filled) -> Item:
    return Clause("bracket", ast.Offset(said["distance"]))


def _risk_so_that(p: Cursor, said: Filled) -> Item:
    """The size, and the stop if its distance is named in passing."""
    size = said["risked"]
    stop = said.get("distance")
    return Clause("size", size) if stop is None else Clause("sized stop", (ast.Offset(stop), size))


def _presumed(name: Any, factor: str = "1") -> Callable[[Cursor, Filled], Item | None]:
    def build(p: Cursor, said: Filled) -> Item | None:
        value = said.get("money", said.get("n", said.get("ratio")))
        if not isinstance(value, ast.Number):
            return None
        return Presumed(ast.Setting(name, value.value * Decimal(factor)))

    return build


def _commission_open(p: Cursor, said: Filled) -> Item | None:
    p.note("The commission is per lot and side: for a round trip it is paid twice.")
    return _presumed("commission")(p, said)


def _latch(p: Cursor, said: Filled) -> Item:
    p.define(said["state"], ast.Latch(said["begins"], said["ends"]))
    return Definition(said["state"])


def _how_many(p: Cursor, said: Filled) -> Item | None:
    """`Three moving averages:` as a title: they are counted, and named in the rules."""
    first = p.i - len(said["said"])
    few = isinstance(said["n"], ast.Number) and said["n"].value <= 4
    titled = first == 0 or p.kind(-len(said["said"]) - 1) == "break"
    return Aside() if few and titled and p.at(":", "-", ".") else None


_RULES: dict[str, Callable[[Cursor, Filled], Item | None]] = {
    "wait": _wait,
    "wait between": _wait,
    "wait open": _wait_open,
    "skip": _skip,
    "daily loss": _daily("loss"),
    "daily profit": _daily("profit"),
    "spread under": _spread_under,
    "spread": _spread,
    "volume": lambda p, said: Rule(ast.VolumeCap(said["lots"])),
    "dates": _dates,
    "dates from": _dates,
    "dates until": _dates,
    "cancel at": _cancel_at,
    "cancel when": _cancel_when(None),
    "cancel long": _cancel_when("long"),
    "cancel short": _cancel_when("short"),
    "oco": lambda p, said: Rule(ast.OneCancelsOther()),
    "hedging": lambda p, said: Rule(ast.Hedging()),
    "scale loss": _scale,
    "scale without end": _scale_without_end,
    "add against": _add("against"),
    "add against each": _add("against"),
    "add ahead": _add("ahead"),
    "add without end": _add_without_end,
    "trail line": _trail_line,
    "lock": _lock,
    "target step": _target_step,
    "alert": _alert,
    "symbols": lambda p, said: Basket(said["symbols"]),
    "valid until": _valid_until,
    "commission": _presumed("commission"),
    "commission both": _presumed("commission", "0.5"),
    "commission open": _commission_open,
    "deposit": _presumed("deposit"),
    "leverage": _presumed("leverage"),
    "slippage": _presumed("slippage"),
    "spread given": _presumed("spread"),
    "latch": _latch,
    "daily trades": lambda p, said: Rule(ast.DailyLimit(said["n"])),
    "all of it": lambda p, said: Clause("target", ast.Offset(said["profit"])),
    "give up": lambda p, said: Clause("stop", ast.Offset(said["distance"])),
    "time exit": _time_exit,
    "no reversal": lambda p, said: Rule(ast.NoReversal()),
    "pyramid spoken": lambda p, said: Rule(ast.Pyramid(said["n"])),
    "open at": lambda p, said: Rule(said["moment"]),
    "names": lambda p, said: Aside(),
    "one position": lambda p, said: Aside(),
    "turns": lambda p, said: Policy("reverse"),
    "bracket both": _bracket_both,
    "risk so that": _risk_so_that,
    "risk share": _risk_so_that,
    "how many": _how_many,
    "no longer": lambda p, said: Policy("otherwise"),
}
_ACTS: dict[str, Callable[[Cursor, Filled], Item | None]] = {
    "reduce": _reduce,
    "reduce lots": _reduce,
    "money": lambda p, said: Clause("size", ast.Money(said["money"])),
}
