"""Stage 5e: candles of Heikin-Ashi: their colour, and that they turn."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases


def colour(name: str) -> ast.Compare:
    up = name == "green"
    return ast.Compare(">" if up else "<", ast.Call("ha_close", ()), ast.Call("ha_open", ()))


def candle(p: Cursor) -> Expr | None:
    """`a red Heikin-Ashi candle`, `the Heikin-Ashi candle is green`, `... turns red`."""
    colours = Phrases({"green": True, "bullish": True, "red": False, "bearish": False})
    green = p.match(colours)
    if not p.accept("heikin ashi bar", "ha bar", "heiken ashi bar", "heikin ashi"):
        return None
    if green is not None:
        return colour("green" if green else "red")
    turns = p.accept("turn", "change to", "flip to", "flip", "switches to", "becomes")
    if not turns and not p.accept("is", "closes", "close"):
        return None
    p.skip("to", "back")
    green = p.match(colours)
    if green is None:
        return None
    now = colour("green" if green else "red")
    p.context = replace(p.context, subject=ast.Call("ha_close", ()), object=ast.Call("ha_open", ()))
    return ast.Cross("above" if green else "below", now.left, now.right) if turns else now
