"""Hypothesis strategies for entries and for what closes them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from nl2strat.language import ast
from tests.strategy_expressions import bar_counts, clocks, decisions, distances
from tests.strategy_scope import ZONES, Draw, Scope, lazily
from tests.wild_expressions import numbers


@cache
def pips(low: int, high: int) -> st.SearchStrategy[ast.Expr]:
    return st.builds(ast.Quantity, numbers(low, high, 0).map(ast.Number), st.just("pips"))


def rarely(draw: Draw, scope: Scope, group: str, odds: int = 4) -> bool:
    """Once in so many times, if the programs may have it at all."""
    return scope.has(group) and draw(st.integers(1, odds)) == 1


# ---------------------------------------------------------------------- exits


@cache
@st.composite
def about_the_position(draw: Draw, scope: Scope) -> ast.Expr:
    """What an exit may ask of the position it closes."""
    entry = ast.PositionValue("average entry" if rarely(draw, scope, "average_entry", 2) else "entry")
    about = [
        st.builds(
            ast.Compare, st.just(">="), st.just(ast.PositionValue("bars since entry")),
            st.integers(1, 60).map(lambda n: ast.Number(Decimal(n))),
        ),
        st.builds(ast.Compare, st.just(">"), st.just(ast.PositionValue("profit")), distances(scope)),
        st.builds(ast.Compare, st.just("<"), st.just(ast.Price("close")), st.just(entry)),
    ]  # fmt: skip
    return draw(st.one_of(about))


@cache
@st.composite
def ends(draw: Draw, scope: Scope) -> ast.Expr:
    """The condition of an exit or a reduce."""
    when = draw(decisions(scope))
    if scope.options.position_values and draw(st.booleans()):
        combine = draw(st.sampled_from((ast.AnyOf, ast.AllOf)))
        when = combine((when, draw(about_the_position(scope))))
    return when


def symbols(scope: Scope) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *scope.options.traded))


@st.composite
def exits(draw: Draw, scope: Scope, sides: Sequence[str]) -> ast.Exit:
    return ast.Exit(draw(st.sampled_from([*sides, "all"])), draw(ends(scope)), draw(symbols(scope)))


@st.composite
def reduces(draw: Draw, scope: Scope, sides: Sequence[str]) -> ast.Reduce:
    lots = draw(st.booleans())
    share = draw(numbers(0.01, 0.3) if lots else numbers(10, 90, 0))
    side = draw(st.sampled_from([*sides, "all"]))
    return ast.Reduce(side, ast.Number(share), draw(ends(scope)), lots, draw(symbols(scope)))


# --------------------------------------------------------------------- entries


@cache
@st.composite
def entries(draw: Draw, scope: Scope) -> ast.Entry:
    options = scope.options
    side = draw(st.sampled_from(("long", "short")))
    when = draw(decisions(scope))
    clauses: dict[str, Any] = {"symbol": draw(symbols(scope))}
    if draw(st.integers(0, 3)):
        clauses["stop"] = draw(stops(scope, side))
    stopped = "stop" in clauses
    if draw(st.booleans()):
        reward = st.builds(ast.Quantity, numbers(1, 4, 1).map(ast.Number), st.just("R"))
        clauses["target"] = ast.Offset(draw(st.one_of(reward, distances(scope)) if stopped else distances(scope)))
    if draw(st.integers(0, 3)) == 0:
        clauses["close_after"] = draw(bar_counts(scope, 1, 48))
    clauses["size"] = draw(sizes(scope, stopped))
    if rarely(draw, scope, "scale"):
        result = draw(st.sampled_from(("loss", "win")))
        factor, times = draw(st.sampled_from(("0.5", "1.5", "2"))), draw(st.integers(1, 4))
        clauses["scale"] = ast.ScaleSize(ast.Number(Decimal(factor)), result, ast.Number(Decimal(times)))
    if stopped and rarely(draw, scope, "add"):
        return ast.Entry(side, when, **clauses, add=draw(adds(scope)))
    if options.takes and draw(st.integers(0, 3)) == 0:
        clauses["takes"] = draw(takes(scope))
    clauses |= draw(moving(scope, side))
    if rarely(draw, scope, "target_steps"):
        clauses["target_steps"] = draw(target_steps(scope, side))
    if options.pending and draw(st.integers(0, 3)) == 0:
        clauses["order"] = draw(orders(scope, side))
        clauses["valid"] = draw(st.one_of(st.none(), bar_counts(scope, 1, 12)))
        if rarely(draw, scope, "valid_until", 2):
            clauses["valid_until"] = ast.ValidUntil(draw(clocks()), draw(st.sampled_from((None, *ZONES))))
    return ast.Entry(side, when, **clauses)


@cache
@st.composite
def moving(draw: Draw, scope: Scope, side: str) -> dict[str, Any]:
    """The clauses that move the stop."""
    options = scope.options
    clauses: dict[str, Any] = {}
    if options.trailing and draw(st.integers(0, 3)) == 0:
        after = draw(st.one_of(st.none(), distances(scope)))
        clauses["trail"] = ast.Trail(draw(distances(scope)), after)
    elif rarely(draw, scope, "trail_line"):
        column, sign = ("low", "-") if side == "long" else ("high", "+")
        line = ast.Arithmetic(sign, ast.Price(column), draw(distances(scope)))  # type: ignore[arg-type]
        clauses["trail_line"] = ast.TrailLine(line, draw(st.one_of(st.none(), distances(scope))))
    if options.trailing and draw(st.integers(0, 3)) == 0:
        clauses["breakeven"] = ast.Breakeven(draw(distances(scope)), draw(st.one_of(st.none(), pips(1, 4))))
    if rarely(draw, scope, "locks"):
        some = st.builds(ast.Lock, pips(1, 8), pips(9, 60))
        clauses["locks"] = tuple(draw(st.lists(some, min_size=1, max_size=2)))
    return clauses


@st.composite
def target_steps(draw: Draw, scope: Scope, side: str) -> tuple[ast.TargetStep, ...]:
    bars = sorted(draw(st.lists(st.integers(1, 30), min_size=1, max_size=2, unique=True)))
    sign = "+" if side == "long" else "-"
    near = st.builds(ast.Quantity, numbers(0, 1, 1).map(ast.Number), st.just("%"))
    beyond = st.builds(ast.Arithmetic, st.just(sign), st.just(ast.Price("close")), distances(scope))
    bracket = st.one_of(distances(scope).map(ast.Offset), near.map(ast.Offset), beyond.map(ast.Level))
    return tuple(ast.TargetStep(draw(bracket), ast.Number(Decimal(n))) for n in bars)


@cache
@st.composite
def adds(draw: Draw, scope: Scope) -> ast.Add:
    times = ast.Number(Decimal(draw(st.integers(1, 4))))
    factor = draw(st.sampled_from((None, "0.5", "1.5", "2")))
    way = draw(st.sampled_from(("against", "ahead")))
    return ast.Add(times, draw(pips(3, 25)), way, None if factor is None else ast.Number(Decimal(factor)))


@lazily
def stops(scope: Scope, side: str) -> st.SearchStrategy[ast.Bracket]:
    percent = st.builds(ast.Quantity, numbers(0.2, 3).map(ast.Number), st.just("%"))
    column, sign = ("low", "-") if side == "long" else ("high", "+")
    beyond = st.builds(ast.Arithmetic, st.just(sign), st.just(ast.Price(column)), distances(scope))
    return st.one_of(
        distances(scope).map(ast.Offset), distances(scope).map(ast.Offset), percent.map(ast.Offset),
        beyond.map(ast.Level),
    )  # fmt: skip


@lazily
def takes(scope: Scope) -> st.SearchStrategy[tuple[ast.Take, ...]]:
    share = st.sampled_from((20, 25, 30, 50)).map(lambda n: ast.Number(Decimal(n)))
    one = st.builds(ast.Take, share, distances(scope).map(ast.Offset))
    if scope.has("lots_takes"):
        lots = st.sampled_from(("0.01", "0.03", "0.2")).map(lambda n: ast.Number(Decimal(n)))
        one = st.one_of(one, st.builds(ast.Take, lots, distances(scope).map(ast.Offset), st.just(True)))
    return st.lists(one, min_size=1, max_size=2).map(tuple)


@lazily
def orders(scope: Scope, side: str) -> st.SearchStrategy[ast.Pending]:
    up, down = (("high", "+"), ("low", "-")) if side == "long" else (("low", "-"), ("high", "+"))
    breakout = st.builds(ast.Arithmetic, st.just(up[1]), st.just(ast.Price(up[0])), pips(1, 20))  # type: ignore[arg-type]
    pullback = st.builds(ast.Arithmetic, st.just(down[1]), st.just(ast.Price(down[0])), pips(1, 20))  # type: ignore[arg-type]
    return st.one_of(
        st.builds(ast.Pending, st.just("stop"), breakout),
        st.builds(ast.Pending, st.just("limit"), pullback),
        st.builds(ast.Pending, st.just("stop"), breakout, breakout),
    )


@lazily
def sizes(scope: Scope, stopped: bool) -> st.SearchStrategy[ast.Size | None]:
    base = st.sampled_from(("balance", "equity"))
    share = numbers(1, 50, 0).map(ast.Number)
    every: dict[str, st.SearchStrategy[ast.Size | None]] = {
        "none": st.none(),
        "lots": numbers(0.01, 2).map(ast.Number).map(ast.Lots),
        "share": st.builds(ast.Share, share, base),
        "risk": st.builds(ast.Risk, numbers(0.1, 3, 1).map(ast.Number), base),
        "money": numbers(20, 500, 0).map(ast.Number).map(ast.RiskMoney),
    }
    allowed = [every[name] for name in scope.options.sizes if stopped or name not in ("risk", "money")]
    if scope.has("size_money"):
        allowed.append(numbers(1000, 90_000, 0).map(ast.Number).map(ast.Money))
    return st.one_of(allowed)
