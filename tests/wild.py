"""Hypothesis strategies for anything the grammar can spell, sense or nonsense: for the parser, printer and checker."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from nl2strat.language import ast
from nl2strat.language.words import reserved_words

TIMEFRAMES = ("M1", "M5", "M15", "M30", "H1", "H4", "D1", "W1", "MN1")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

FLAGS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "flat")
UNITS = ("pips", "points", "%", "R")
FUNCTION_NAMES = ("ema", "rsi", "atr", "sma", "highest", "doji", "rsii", "nothing_known")


def numbers(low: float, high: float, places: int = 2) -> st.SearchStrategy[Decimal]:
    """Decimals in their shortest spelling."""
    scale = 10**places
    whole = st.integers(int(low * scale), int(high * scale))
    return whole.map(lambda n: shortest(Decimal(n) / scale))


def shortest(value: Decimal) -> Decimal:
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral() else value


def texts(limit: int = 40) -> st.SearchStrategy[str]:
    """Free text that may stand between quotes."""
    letters = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters='"\\“”„')
    return st.text(letters, min_size=1, max_size=limit).map(str.strip).filter(bool)


@cache
def names() -> st.SearchStrategy[str]:
    free = st.from_regex(r"[a-z][a-z0-9_]{0,23}", fullmatch=True, alphabet="abcxyz019_")
    return st.one_of(st.sampled_from(("fast", "slow", "x", "nota", "or1", "openx")), free).filter(
        lambda name: name not in reserved_words()
    )


@cache
def plain_numbers() -> st.SearchStrategy[ast.Number]:
    small = numbers(0, 300)
    large = st.decimals(0, 999_999_999, places=8, allow_nan=False, allow_infinity=False).map(shortest)
    return st.one_of(small, small, large).map(ast.Number)


@cache
def counts() -> st.SearchStrategy[ast.Count]:
    return st.one_of(plain_numbers(), names().map(ast.Name))


@cache
def clocks() -> st.SearchStrategy[ast.Clock]:
    return st.builds(ast.Clock, st.integers(0, 99), st.integers(0, 99))


@cache
def leaves() -> st.SearchStrategy[ast.Expr]:
    return st.one_of(
        plain_numbers(),
        names().map(ast.Name),
        st.builds(ast.Quantity, counts(), st.sampled_from(UNITS)),
        clocks(),
        st.sampled_from(("open", "high", "low", "close", "volume", "time")).map(ast.Price),
        st.sampled_from(FLAGS).map(ast.Flag),
        st.sampled_from(("entry", "profit", "bars since entry")).map(ast.PositionValue),
    )


def _grown(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    timeframe = st.sampled_from((*TIMEFRAMES, "M2", "M3", "M6", "M10", "M12", "M20", "H2", "H3", "H6", "H8", "H12"))
    return st.one_of(
        st.builds(ast.Call, st.sampled_from(FUNCTION_NAMES), st.lists(inner, max_size=3).map(tuple)),
        st.builds(ast.Past, inner, counts()),
        st.builds(ast.OnTimeframe, inner, timeframe),
        inner.map(ast.Minus),
        st.builds(ast.Arithmetic, st.sampled_from("+-*/"), inner, inner),
        st.builds(ast.Compare, st.sampled_from((">", "<", ">=", "<=", "==", "!=")), inner, inner),
        st.builds(ast.Cross, st.sampled_from(("above", "below", "through")), inner, inner),
        st.builds(ast.ForBars, inner, counts()),
        st.builds(ast.WithinBars, inner, counts()),
        inner.map(ast.Negation),
        several.map(ast.AllOf),
        several.map(ast.AnyOf),
    )


@cache
def expressions(size: int = 12) -> st.SearchStrategy[ast.Expr]:
    return st.recursive(leaves(), _grown, max_leaves=size)


@cache
def brackets() -> st.SearchStrategy[ast.Bracket]:
    return st.one_of(expressions(5).map(ast.Offset), expressions(5).map(ast.Level))


@cache
def entries() -> st.SearchStrategy[ast.Entry]:
    small = expressions(4)
    maybe = st.one_of(st.none(), small)
    base = st.sampled_from(("balance", "equity"))
    shares = st.builds(ast.Share, counts(), base), st.builds(ast.Risk, counts(), base)
    # The larger a choice, the rarer it comes out: what takes two draws is offered more often.
    sizes = st.one_of(*shares, *shares, *shares, counts().map(ast.Lots), counts().map(ast.RiskMoney))
    orders = st.one_of(
        st.builds(ast.Pending, st.just("limit"), small), st.builds(ast.Pending, st.just("stop"), small, maybe)
    )
    return st.builds(
        ast.Entry,
        side=st.sampled_from(("long", "short")),
        when=expressions(),
        order=st.one_of(st.none(), orders),
        valid=st.one_of(st.none(), counts()),
        stop=st.one_of(st.none(), brackets()),
        target=st.one_of(st.none(), brackets()),
        takes=takes(),
        trail=st.one_of(st.none(), st.builds(ast.Trail, small, maybe)),
        breakeven=st.one_of(st.none(), st.builds(ast.Breakeven, small, maybe)),
        size=st.one_of(st.none(), sizes),
        close_after=st.one_of(st.none(), counts()),
    )


def takes() -> st.SearchStrategy[tuple[ast.Take, ...]]:
    """None, one of each kind, or both: a list would leave the second kind to luck."""
    after = st.builds(ast.Take, counts(), st.builds(ast.Offset, expressions(4)))
    at = st.builds(ast.Take, counts(), st.builds(ast.Level, expressions(4)))
    return st.one_of(st.just(()), st.tuples(after), st.tuples(at), st.tuples(after, at), st.tuples(at, after))


@cache
def rules() -> st.SearchStrategy[ast.Rule]:
    days = st.lists(st.sampled_from(DAYS), max_size=3).map(tuple)
    zones = st.one_of(st.none(), st.sampled_from(("Europe/London", "Nowhere/Land")), texts())
    return st.one_of(
        *[entries()] * 4,
        st.builds(ast.Exit, st.sampled_from(("long", "short", "all")), expressions()),
        st.builds(ast.Trade, clocks(), clocks(), zones, days),
        days.filter(bool).map(lambda some: ast.Trade(days=some)),
        st.builds(ast.CloseAt, clocks(), zones, days),
        counts().map(ast.DailyLimit),
        counts().map(ast.Pyramid),
        st.just(ast.NoReversal()),
    )


@st.composite
def inputs(draw: st.DrawFn) -> ast.Input:
    bounds = st.one_of(st.none(), numbers(-50, 300))
    low = draw(bounds)
    step = draw(st.one_of(st.none(), numbers(0, 9)))
    default = draw(numbers(-50, 300))
    if low is None:
        return ast.Input(draw(names()), default)
    return ast.Input(draw(names()), default, low, draw(numbers(-50, 300)), step)


@cache
def wild_programs() -> st.SearchStrategy[ast.Program]:
    return st.builds(
        ast.Program,
        name=texts(),
        symbol=st.one_of(st.none(), st.sampled_from(("EURUSD", "XAUUSD.sml", "#AAPL", "us500", "BTCUSD#"))),
        timeframe=st.one_of(st.none(), st.sampled_from(TIMEFRAMES)),
        definitions=st.sampled_from(("textbook", "metatrader")),
        assumptions=st.lists(texts(), max_size=2).map(tuple),
        inputs=st.lists(inputs(), max_size=2).map(tuple),
        lets=st.lists(st.builds(ast.Let, names(), expressions()), max_size=2).map(tuple),
        rules=st.lists(rules(), min_size=1, max_size=4).map(tuple),
    )


@cache
def answers() -> st.SearchStrategy[ast.Answer]:
    return st.lists(texts(), min_size=1, max_size=3).map(tuple).map(ast.Answer)
