"""Hypothesis strategies for programs of the language, shared by the tests.

`programs(options)` makes programs that mean something: typed expressions, thresholds inside ranges, a stop wherever
one is needed. Nearly all pass the checker; `checked_programs` keeps those that do.
`wild_programs()` makes anything the grammar can spell, sense or nonsense. Together they use every rule of the grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import wraps
from typing import Any

from hypothesis import strategies as st

from nl2strat.errors import LanguageErrors
from nl2strat.language import ast
from nl2strat.language.checker import check, complete
from nl2strat.language.functions import FUNCTIONS, Function, Param
from tests.wild_expressions import DAYS, numbers, texts

Draw = Callable[[st.SearchStrategy[Any]], Any]

FLAGS = ("monday", "tuesday", "wednesday", "thursday", "friday")
PRICES = ("open", "high", "low", "close")
ZONES = ("Europe/London", "America/New_York", "Asia/Tokyo", "UTC")


@dataclass(frozen=True, repr=False)
class Options:
    """What the programs may contain, so that a test can leave out what it does not model."""

    functions: tuple[str, ...] = tuple(FUNCTIONS)
    depth: int = 2
    entries: int = 3
    inputs: bool = True
    lets: bool = True
    pending: bool = True
    takes: bool = True
    trailing: bool = True
    timeframes: tuple[str, ...] = ("H4", "D1")
    zones: tuple[str, ...] = ZONES
    schedule: bool = True
    position_values: bool = True
    sizes: tuple[str, ...] = ("none", "lots", "share", "risk", "money")
    symbol: str = "EURUSD"
    timeframe: str = "H1"
    definitions: tuple[str, ...] = ("textbook",)
    scale: Decimal = Decimal("1.1")
    """About where the price is, for comparisons of a price with a number."""


@dataclass(frozen=True, repr=False)
class Scope:
    """What an expression may mention."""

    options: Options
    lengths: tuple[str, ...] = ()
    """Inputs that may stand where a number of bars is wanted."""
    lets: dict[str, str] = field(default_factory=dict)
    """Name to kind: "price", "distance", "oscillator", "bool"."""

    def functions(self, *results: str) -> list[Function]:
        """The allowed functions with one of these results; "bounded" is an oscillator with a range."""
        found = [FUNCTIONS[name] for name in self.options.functions]
        return [f for f in found if f.result in results or ("bounded" in results and is_bounded(f))]

    def higher(self) -> Scope:
        """Within `on TIMEFRAME`: no other timeframe, no let, nothing about the moment of decision."""
        return replace(self, lets={}, options=replace(self.options, timeframes=(), schedule=False))

    def names(self, kind: str) -> list[str]:
        return [name for name, its in self.lets.items() if its == kind]


def is_bounded(function: Function) -> bool:
    return function.result == "oscillator" and function.low is not None and function.high is not None


def lazily(make: Callable[..., st.SearchStrategy[Any]]) -> Callable[..., st.SearchStrategy[Any]]:
    """A strategy that is built when it is drawn from: recursion costs nothing, and its repr stays short."""

    @st.composite
    def strategy(draw: Draw, *args: Any, **kwargs: Any) -> Any:
        return draw(make(*args, **kwargs))

    return wraps(make)(strategy)


def literals(low: float, high: float, places: int = 2) -> st.SearchStrategy[ast.Expr]:
    return numbers(low, high, places).map(signed)


def signed(value: Decimal) -> ast.Expr:
    return ast.Minus(ast.Number(-value)) if value < 0 else ast.Number(value)


# ------------------------------------------------------------------ arguments


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
    choices += [
        past(scope, inner),
        st.builds(ast.Arithmetic, st.sampled_from("+-"), inner, distances(scope, depth - 1)),
        st.builds(ast.Arithmetic, st.just("*"), inner, literals(0.95, 1.05)),
        st.builds(lambda a, b: ast.Arithmetic("/", ast.Arithmetic("+", a, b), ast.Number(Decimal(2))), inner, inner),
    ]
    if scope.options.timeframes:
        higher = prices(scope.higher(), depth - 1)
        choices.append(st.builds(ast.OnTimeframe, higher, st.sampled_from(scope.options.timeframes)))
    return st.one_of(choices)


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
    return st.one_of(simple + nested)


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


def clocks() -> st.SearchStrategy[ast.Clock]:
    return st.builds(ast.Clock, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))


def times() -> st.SearchStrategy[ast.Expr]:
    inside = st.builds(ast.Clock, st.integers(1, 22), st.sampled_from((0, 30)))
    return st.builds(ast.Compare, st.sampled_from((">=", "<")), st.just(ast.Price("time")), inside)


@st.composite
def exits(draw: Draw, scope: Scope, sides: Sequence[str]) -> ast.Exit:
    when = draw(conditions(scope, scope.options.depth))
    if scope.options.position_values and draw(st.booleans()):
        about = [
            st.builds(
                ast.Compare, st.just(">="), st.just(ast.PositionValue("bars since entry")),
                st.integers(1, 60).map(lambda n: ast.Number(Decimal(n))),
            ),
            st.builds(ast.Compare, st.just(">"), st.just(ast.PositionValue("profit")), distances(scope)),
            st.builds(ast.Compare, st.just("<"), st.just(ast.Price("close")), st.just(ast.PositionValue("entry"))),
        ]  # fmt: skip
        combine = draw(st.sampled_from((ast.AnyOf, ast.AllOf)))
        when = combine((when, draw(st.one_of(about))))
    return ast.Exit(draw(st.sampled_from([*sides, "all"])), when)


# --------------------------------------------------------------------- entries


@st.composite
def entries(draw: Draw, scope: Scope) -> ast.Entry:
    options = scope.options
    side = draw(st.sampled_from(("long", "short")))
    when = draw(conditions(scope, options.depth))
    clauses: dict[str, Any] = {}
    if draw(st.integers(0, 3)):
        clauses["stop"] = draw(stops(scope, side))
    stopped = "stop" in clauses
    if draw(st.booleans()):
        reward = st.builds(ast.Quantity, numbers(1, 4, 1).map(ast.Number), st.just("R"))
        clauses["target"] = ast.Offset(draw(st.one_of(reward, distances(scope)) if stopped else distances(scope)))
    if options.takes and draw(st.integers(0, 3)) == 0:
        clauses["takes"] = draw(takes(scope))
    if options.trailing and draw(st.integers(0, 3)) == 0:
        after = draw(st.one_of(st.none(), distances(scope)))
        clauses["trail"] = ast.Trail(draw(distances(scope)), after)
    if options.trailing and draw(st.integers(0, 3)) == 0:
        plus = st.builds(ast.Quantity, numbers(1, 4, 0).map(ast.Number), st.just("pips"))
        clauses["breakeven"] = ast.Breakeven(draw(distances(scope)), draw(st.one_of(st.none(), plus)))
    if draw(st.integers(0, 3)) == 0:
        clauses["close_after"] = draw(bar_counts(scope, 1, 48))
    clauses["size"] = draw(sizes(scope, stopped))
    if options.pending and draw(st.integers(0, 3)) == 0:
        clauses["order"] = draw(orders(scope, side))
        clauses["valid"] = draw(st.one_of(st.none(), bar_counts(scope, 1, 12)))
    return ast.Entry(side, when, **clauses)


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
    return st.lists(one, min_size=1, max_size=2).map(tuple)


@lazily
def orders(scope: Scope, side: str) -> st.SearchStrategy[ast.Pending]:
    up, down = (("high", "+"), ("low", "-")) if side == "long" else (("low", "-"), ("high", "+"))
    pips = st.builds(ast.Quantity, numbers(1, 20, 0).map(ast.Number), st.just("pips"))
    breakout = st.builds(ast.Arithmetic, st.just(up[1]), st.just(ast.Price(up[0])), pips)  # type: ignore[arg-type]
    pullback = st.builds(ast.Arithmetic, st.just(down[1]), st.just(ast.Price(down[0])), pips)  # type: ignore[arg-type]
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
    return st.one_of(allowed)


# -------------------------------------------------------------------- programs


@st.composite
def schedules(draw: Draw, options: Options) -> list[ast.Rule]:
    """Sessions, days, limits."""
    days = st.lists(st.sampled_from(DAYS[:5]), min_size=1, max_size=4, unique=True).map(
        lambda some: tuple(sorted(some, key=DAYS.index))
    )
    zone = st.sampled_from((None, *options.zones))
    result: list[ast.Rule] = []
    if options.schedule and draw(st.booleans()):
        start, end = draw(st.lists(clocks(), min_size=2, max_size=2, unique=True))
        result.append(ast.Trade(start, end, draw(zone), draw(st.one_of(st.just(()), days))))
    elif options.schedule and draw(st.booleans()):
        result.append(ast.Trade(days=draw(days)))
    if options.schedule and draw(st.integers(0, 3)) == 0:
        result.append(ast.CloseAt(draw(clocks()), draw(zone), draw(st.one_of(st.just(()), days))))
    if draw(st.integers(0, 3)) == 0:
        result.append(ast.DailyLimit(ast.Number(Decimal(draw(st.integers(1, 5))))))
    policy = draw(st.sampled_from((None, None, ast.Pyramid(ast.Number(Decimal(3))), ast.NoReversal())))
    return [*result, policy] if policy is not None else result


@st.composite
def programs(draw: Draw, options: Options | None = None) -> ast.Program:
    """Programs that mean something; see `Options` for what they may contain."""
    options = options or Options()
    scope = Scope(options)
    inputs: list[ast.Input] = []
    if options.inputs and draw(st.booleans()):
        inputs.append(ast.Input("period", Decimal(14), Decimal(7), Decimal(28), Decimal(7)))
        scope = replace(scope, lengths=("period",))
    lets: list[ast.Let] = []
    if options.lets:
        kinds: dict[str, Callable[[Scope, int], st.SearchStrategy[ast.Expr]]] = {
            "price": prices, "distance": distances, "bool": conditions,
        }  # fmt: skip
        for number, kind in enumerate(draw(st.lists(st.sampled_from(sorted(kinds)), max_size=2))):
            lets.append(ast.Let(f"value_{number}", draw(kinds[kind](scope, 1))))
            scope = replace(scope, lets={**scope.lets, f"value_{number}": kind})
    rules: list[ast.Rule] = list(draw(st.lists(entries(scope), min_size=1, max_size=options.entries)))
    sides = sorted({rule.side for rule in rules if isinstance(rule, ast.Entry)})
    rules += draw(st.lists(exits(scope, sides), max_size=2))
    rules += draw(schedules(options))
    return ast.Program(
        name=draw(texts()),
        symbol=options.symbol,
        timeframe=options.timeframe,
        definitions=draw(st.sampled_from(options.definitions)),
        assumptions=tuple(draw(st.lists(texts(), max_size=1))),
        inputs=tuple(inputs),
        lets=tuple(lets),
        rules=tuple(rules),
    )


def checked_programs(options: Options | None = None) -> st.SearchStrategy[ast.Program]:
    """Programs that the checker accepts, completed: what everything behind the checker gets to see."""
    return programs(options).filter(_accepted).map(complete)


def _accepted(program: ast.Program) -> bool:
    try:
        check(program)
    except LanguageErrors:
        return False
    return True
