"""Hypothesis strategies for expressions: anything the grammar can spell, sense or nonsense."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from nl2strat.language import ast
from nl2strat.language.words import reserved_words

TIMEFRAMES = (
    "M1", "M2", "M3", "M4", "M5", "M6", "M10", "M12", "M15", "M20", "M30",
    "H1", "H2", "H3", "H4", "H6", "H8", "H12", "D1", "W1", "MN1",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SYMBOLS = ("EURUSD", "XAUUSD.sml", "#AAPL", "us500", "BTCUSD#")

FLAGS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "flat")
POSITION_VALUES = ("entry", "profit", "bars since entry", "average entry")
ACCOUNT_VALUES = (
    "trades open", "trades today", "result today", "losses in a row", "wins in a row", "bars since exit",
    "bars since loss", "bars since win",
)  # fmt: skip
ACCOUNT_FLAGS = ("holding long", "holding short", "last trade won", "last trade lost")
UNITS = ("pips", "points", "%", "R")
FUNCTION_NAMES = ("ema", "rsi", "atr", "sma", "highest", "doji", "session_open", "rsii", "nothing_known")


@cache
def numbers(low: float, high: float, places: int = 2) -> st.SearchStrategy[Decimal]:
    """Decimals in their shortest spelling."""
    scale = 10**places
    whole = st.integers(int(low * scale), int(high * scale))
    return whole.map(lambda n: shortest(Decimal(n) / scale))


def shortest(value: Decimal) -> Decimal:
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral() else value


@cache
def texts(limit: int = 40) -> st.SearchStrategy[str]:
    """Free text that may stand between quotes."""
    letters = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters='"\\“”„')
    return st.text(letters, min_size=1, max_size=limit).map(str.strip).filter(bool)


@cache
def zones() -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(("Europe/London", "Nowhere/Land")), texts())


@cache
def names() -> st.SearchStrategy[str]:
    free = st.from_regex(r"[a-z][a-z0-9_]{0,23}", fullmatch=True, alphabet="abcxyz019_")
    return st.one_of(st.sampled_from(("fast", "slow", "x", "nota", "or1", "openx", "latched")), free).filter(
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
        st.sampled_from(POSITION_VALUES).map(ast.PositionValue),
        st.sampled_from(ACCOUNT_VALUES).map(ast.AccountValue),
        st.sampled_from(ACCOUNT_FLAGS).map(ast.AccountFlag),
    )


def _grown(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        st.builds(ast.Call, st.sampled_from(FUNCTION_NAMES), st.lists(inner, max_size=3).map(tuple)),
        st.builds(ast.Past, inner, counts()),
        st.builds(ast.OnTimeframe, inner, st.sampled_from(TIMEFRAMES)),
        st.builds(ast.OfSymbol, inner, st.sampled_from(SYMBOLS)),
        st.builds(ast.InZone, inner, zones()),
        inner.map(ast.Minus),
        st.builds(ast.Arithmetic, st.sampled_from("+-*/"), inner, inner),
        st.builds(_chain, st.sampled_from(("+-", "*/")), st.lists(inner, min_size=3, max_size=4)),
        st.builds(ast.Compare, st.sampled_from((">", "<", ">=", "<=", "==", "!=")), inner, inner),
        st.builds(ast.Cross, st.sampled_from(("above", "below", "through")), inner, inner),
        st.builds(ast.ForBars, inner, counts()),
        st.builds(ast.WithinBars, inner, counts()),
        st.builds(ast.Then, inner, counts(), inner),
        st.builds(ast.Then, st.builds(ast.Then, inner, counts(), inner), counts(), inner),
        st.builds(ast.Latch, inner, inner),
        st.builds(ast.Remember, inner, inner),
        st.builds(ast.Ratchet, st.sampled_from(("up", "down")), inner, st.one_of(st.none(), inner)),
        inner.map(ast.Negation),
        several.map(ast.AllOf),
        several.map(ast.AnyOf),
    )


def _chain(operators: str, terms: list[ast.Expr]) -> ast.Expr:
    """`a + b - c + d`, without parentheses."""
    result = terms[0]
    for k, term in enumerate(terms[1:]):
        result = ast.Arithmetic(operators[k % 2], result, term)  # type: ignore[arg-type]
    return result


@cache
def expressions(size: int = 12) -> st.SearchStrategy[ast.Expr]:
    return st.recursive(leaves(), _grown, max_leaves=size)
