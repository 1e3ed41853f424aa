"""Hypothesis strategies for expressions that mean something: typed, with thresholds inside ranges."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS, Function, Param
from tests.strategy_scope import ZONES, Draw, Scope, lazily, literals
from tests.wild_expressions import ACCOUNT_FLAGS, numbers

FLAGS = ("monday", "tuesday", "wednesday", "thursday", "friday")
PRICES = ("open", "high", "low", "close")

# ------------------------------------------------------------------ arguments


@cache
@st.composite
def calls(draw: Draw, scope: Scope, *results: str, depth: int = 0, of_price: bool = False) -> ast.Call:
    """A call of a function that gives one of these, with legal arguments; trailing ones may be left to their defaults.

    `of_price`: its series arguments are columns of the bar, so that an average of them is a price.
    """
    found = [f for f in scope.functions(*results) if not of_price or f.name not in ("sum", "abs")]
    function = draw(st.sampled_from(found))
    arguments = [draw(argument(scope, param, 0 if of_price else depth)) for param in function.params]
    keep = len(arguments)
    while keep and function.params[keep - 1].default is not None and draw(st.integers(0, 3)) == 0:
        keep -= 1
    return ast.Call(function.name, tuple(increasing(function, arguments[:keep])))


@lazily
def argument(scope: Scope, param: Param, depth: int) -> st.SearchStrategy[ast.Expr]:
    match param.kind:
        case "series":
            return sources(scope, depth)
        case "condition":
            return conditions(scope, max(0, depth - 1))
        case "int":
            low = int(param.low if param.low is not None else 1)
            high = int(min(param.high if param.high is not None else 60, low + 60))
            plain: st.SearchStrategy[ast.Expr] = st.integers(low, high).map(lambda n: ast.Number(Decimal(n)))
            lengths = [name for name in scope.lengths if low <= 7 and high >= 28]
            return plain if not lengths else st.one_of(plain, plain, st.sampled_from(lengths).map(ast.Name))
        case _:
            low_float = float(param.low if param.low is not None else 0.1)
            high_float = float(min(param.high if param.high is not None else 10.0, low_float + 20))
            return literals(max(low_float, 0.01), high_float)


def increasing(function: Function, arguments: list[ast.Expr]) -> list[ast.Expr]:
    """MACD and its kin want the fast length below the slow one."""
    names = [param.name for param in function.params]
    if {"fast", "slow"} <= set(names) and len(arguments) > max(names.index("fast"), names.index("slow")):
        arguments[names.index("fast")] = ast.Number(Decimal(8))
        arguments[names.index("slow")] = ast.Number(Decimal(21))
    return arguments


@lazily
def sources(scope: Scope, depth: int) -> st.SearchStrategy[ast.Expr]:
    """A series to average: mostly a column of the bar, sometimes an indicator."""
    column: st.SearchStrategy[ast.Expr] = st.sampled_from(PRICES).map(ast.Price)
    if depth <= 0 or not scope.functions("price", "oscillator", "same"):
        return column
    return st.one_of(column, column, column, calls(scope, "price", "oscillator", "same", depth=depth - 1))


# ---------------------------------------------------------------------- values


@lazily
def prices(scope: Scope, depth: int) -> st.SearchStrategy[ast.Expr]:
    """Something on the price scale."""
    column: st.SearchStrategy[ast.Expr] = st.sampled_from(PRICES).map(ast.Price)
    choices = [column]
    if scope.functions("price"):
        choices.append(calls(scope, "price", depth=depth))
    if scope.functions("same"):
        choices.append(calls(scope, "same", of_price=True))
    if names := scope.names("price"):
        choices.append(st.sampled_from(names).map(ast.Name))
    if depth <= 0:
        return st.one_of(choices)
    inner = prices(scope, depth - 1)
    choices += kept_prices(scope, depth)
    choices += [
        past(scope, inner),
        st.builds(ast.Arithmetic, st.sampled_from("+-"), inner, distances(scope, depth - 1)),
        st.builds(ast.Arithmetic, st.just("*"), inner, literals(0.95, 1.05)),
        st.builds(lambda a, b: ast.Arithmetic("/", ast.Arithmetic("+", a, b), ast.Number(Decimal(2))), inner, inner),
    ]
    if scope.options.timeframes:
        higher = prices(scope.higher(), depth - 1)
        choices.append(st.builds(ast.OnTimeframe, higher, st.sampled_from(scope.options.timeframes)))
    if scope.options.others:
        choices.append(
            st.builds(ast.OfSymbol, prices(scope.foreign(), depth - 1), st.sampled_from(scope.options.others))
        )
    return st.one_of(choices)


def kept_prices(scope: Scope, depth: int) -> list[st.SearchStrategy[ast.Expr]]:
    """Prices that keep a state, and those of a part of the day."""
    inner, when = prices(scope, depth - 1), conditions(scope, depth - 1)
    result: list[st.SearchStrategy[ast.Expr]] = []
    if scope.has("remember"):
        result.append(st.builds(ast.Remember, inner, when))
    if scope.has("ratchet"):
        result.append(st.builds(ast.Ratchet, st.sampled_from(("up", "down")), inner, st.one_of(st.none(), when)))
    if scope.has("sessions"):
        result += [sessions(), sessions()]
    return result


@cache
@st.composite
def sessions(draw: Draw) -> ast.Expr:
    """The price of a part of the day, by the data's clock or another."""
    start, end = draw(st.lists(clocks(), min_size=2, max_size=2, unique=True))
    name = draw(st.sampled_from(("session_open", "session_high", "session_low", "session_close")))
    call = ast.Call(name, (start,) if name == "session_open" else (start, end))
    zone = draw(st.sampled_from((None, *ZONES)))
    return call if zone is None else ast.InZone(call, zone)


@lazily
def distances(scope: Scope, depth: int = 1) -> st.SearchStrategy[ast.Expr]:
    """A positive price distance: pips, points, ATR multiples."""
    choices: list[st.SearchStrategy[ast.Expr]] = [
        st.builds(ast.Quantity, numbers(5, 80, 0).map(ast.Number), st.just("pips")),
        st.builds(ast.Quantity, numbers(50, 800, 0).map(ast.Number), st.just("points")),
    ]
    if scope.lengths:
        choices.append(st.builds(ast.Quantity, st.sampled_from(scope.lengths).map(ast.Name), st.just("pips")))
    if "atr" in scope.options.functions:
        atr = st.integers(5, 50).map(lambda n: ast.Call("atr", (ast.Number(Decimal(n)),)))
        choices += [atr, st.builds(ast.Arithmetic, st.just("*"), literals(0.5, 4, 1), atr)]
    return st.one_of(choices)


def past(scope: Scope, inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    return st.builds(ast.Past, inner, st.integers(1, 5).map(lambda n: ast.Number(Decimal(n))))


@lazily
def bar_counts(scope: Scope, low: int = 2, high: int = 6) -> st.SearchStrategy[ast.Count]:
    number: st.SearchStrategy[ast.Count] = st.integers(low, high).map(lambda n: ast.Number(Decimal(n)))
    return st.one_of(number, st.sampled_from(scope.lengths).map(ast.Name)) if scope.lengths else number


# ------------------------------------------------------------------ conditions


@lazily
def conditions(scope: Scope, depth: int, entry: bool = True) -> st.SearchStrategy[ast.Expr]:
    """Something true or false at every bar."""
    simple = [comparisons(scope, depth), price_events(scope, depth), thresholds(scope, depth)]
    if scope.functions("bool"):
        simple.append(calls(scope, "bool", depth=depth))
    if names := scope.names("bool"):
        simple.append(st.sampled_from(names).map(ast.Name))
    if scope.options.schedule:
        simple += [st.sampled_from(FLAGS).map(ast.Flag), times()]
    if scope.has("zone"):
        simple += [elsewhere(), elsewhere()]
    if depth <= 0:
        return st.one_of(simple)
    inner = conditions(scope, depth - 1)
    several = st.lists(inner, min_size=2, max_size=3, unique=True).map(tuple)
    nested = [
        several.map(ast.AllOf),
        several.map(ast.AnyOf),
        inner.map(ast.Negation),
        st.builds(ast.ForBars, inner, bar_counts(scope)),
        st.builds(ast.WithinBars, inner, bar_counts(scope)),
        past(scope, inner),
    ]
    if scope.options.timeframes:
        higher = conditions(scope.higher(), depth - 1)
        nested.append(st.builds(ast.OnTimeframe, higher, st.sampled_from(scope.options.timeframes)))
    if scope.options.others:
        foreign = conditions(scope.foreign(), depth - 1)
        nested.append(st.builds(ast.OfSymbol, foreign, st.sampled_from(scope.options.others)))
    if scope.has("then"):
        nested.append(st.builds(ast.Then, inner, bar_counts(scope), inner))
    if scope.has("latch"):
        nested.append(st.builds(ast.Latch, inner, inner).filter(lambda e: bool(e.begins != e.ends)))
    return st.one_of(simple + nested)


@cache
def elsewhere() -> st.SearchStrategy[ast.Expr]:
    """The time of day or the weekday by another clock."""
    zone = st.sampled_from(ZONES)
    time = st.builds(ast.InZone, st.just(ast.Price("time")), zone)
    inside = st.builds(ast.Clock, st.integers(1, 22), st.sampled_from((0, 30)))
    return st.one_of(
        st.builds(ast.Compare, st.sampled_from((">=", "<")), time, inside),
        st.builds(ast.InZone, st.sampled_from(FLAGS).map(ast.Flag), zone),
    )


@lazily
def of_the_account(scope: Scope) -> st.SearchStrategy[ast.Expr]:
    """A condition on what the strategy has traded so far."""
    few = st.integers(1, 4).map(lambda n: ast.Number(Decimal(n)))
    counted = ("trades open", "trades today", "losses in a row", "wins in a row")
    money = st.builds(lambda a, m: ast.Minus(ast.Number(a)) if m else ast.Number(a), numbers(1, 300, 0), st.booleans())
    since = ("bars since exit", "bars since loss", "bars since win")
    return st.one_of(
        st.builds(ast.Compare, st.sampled_from((">=", "<")), st.sampled_from(counted).map(ast.AccountValue), few),
        st.builds(ast.Compare, st.sampled_from("<>"), st.just(ast.AccountValue("result today")), money),
        st.builds(
            ast.Compare, st.sampled_from("<>"), st.sampled_from(since).map(ast.AccountValue),
            st.integers(1, 20).map(lambda n: ast.Number(Decimal(n))),
        ),
        st.sampled_from(ACCOUNT_FLAGS).map(ast.AccountFlag),
    )  # fmt: skip


@cache
@st.composite
def decisions(draw: Draw, scope: Scope) -> ast.Expr:
    """What a rule waits for: a condition, perhaps with one on the account beside it."""
    when = draw(conditions(scope, scope.options.depth))
    if not scope.has("account") or draw(st.integers(0, 2)):
        return when
    account = draw(of_the_account(scope))
    if draw(st.integers(0, 3)) == 0:
        account = ast.Negation(account)
    return draw(st.sampled_from((ast.AllOf, ast.AnyOf)))((when, account))


@lazily
def comparisons(scope: Scope, depth: int) -> st.SearchStrategy[ast.Expr]:
    operator = st.sampled_from((">", "<", ">=", "<=", "==", "!="))
    scale = scope.options.scale
    near = literals(float(scale) * 0.9, float(scale) * 1.1, 4)
    return st.one_of(
        st.builds(ast.Compare, operator, prices(scope, depth), prices(scope, 0)).filter(different_sides),
        st.builds(ast.Compare, st.sampled_from("<>"), prices(scope, 0), near),
        st.builds(
            ast.Compare, st.sampled_from("<>"),
            st.builds(ast.Arithmetic, st.just("-"), prices(scope, 0), prices(scope, 0)).filter(different_sides),
            distances(scope),
        ),
    )  # fmt: skip


@lazily
def price_events(scope: Scope, depth: int) -> st.SearchStrategy[ast.Expr]:
    direction = st.sampled_from(("above", "below", "through"))
    return st.builds(ast.Cross, direction, prices(scope, depth), prices(scope, 0)).filter(different_sides)


def different_sides(expr: Any) -> bool:
    return bool(expr.left != expr.right)


@cache
@st.composite
def thresholds(draw: Draw, scope: Scope, depth: int) -> ast.Expr:
    """An oscillator against a number well inside its range."""
    if not scope.functions("bounded"):
        return draw(comparisons(scope, depth))
    call = draw(calls(scope, "bounded", depth=depth))
    function = FUNCTIONS[call.function]
    span = float(function.high) - float(function.low)
    level = draw(literals(float(function.low) + 0.1 * span, float(function.high) - 0.1 * span))
    if draw(st.booleans()):
        return ast.Compare(draw(st.sampled_from("<>")), call, level)
    return ast.Cross(draw(st.sampled_from(("above", "below"))), call, level)


@cache
def clocks() -> st.SearchStrategy[ast.Clock]:
    return st.builds(ast.Clock, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))


@cache
def times() -> st.SearchStrategy[ast.Expr]:
    inside = st.builds(ast.Clock, st.integers(1, 22), st.sampled_from((0, 30)))
    return st.builds(ast.Compare, st.sampled_from((">=", "<")), st.just(ast.Price("time")), inside)
