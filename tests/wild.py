"""Hypothesis strategies for anything the grammar can spell, sense or nonsense: for the parser, printer and checker."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from nl2strat.language import ast
from tests.wild_expressions import (
    DAYS,
    SYMBOLS,
    TIMEFRAMES,
    clocks,
    counts,
    expressions,
    names,
    numbers,
    texts,
    zones,
)

SIDES = st.sampled_from(("long", "short"))
ONE = ast.Number(Decimal(1))
RESULTS = st.sampled_from(("loss", "win"))


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), strategy)


@cache
def brackets() -> st.SearchStrategy[ast.Bracket]:
    return st.one_of(expressions(5).map(ast.Offset), expressions(5).map(ast.Level))


@cache
def entries(full: bool = False) -> st.SearchStrategy[ast.Entry]:
    """An entry; `full`: with each of its clauses."""
    optional = maybe if not full else (lambda strategy: strategy)
    fewest = 1 if full else 0
    small = expressions(4)
    orders = st.one_of(
        st.builds(ast.Pending, st.just("limit"), small), st.builds(ast.Pending, st.just("stop"), small, maybe(small))
    )
    add = st.builds(ast.Add, counts(), small, st.sampled_from(("against", "ahead")), maybe(counts()))
    return st.builds(
        ast.Entry,
        side=SIDES,
        when=small if full else expressions(),
        order=optional(orders),
        valid=optional(counts()),
        stop=optional(brackets()),
        target=optional(brackets()),
        takes=takes(),
        trail=optional(st.builds(ast.Trail, small, maybe(small))),
        breakeven=optional(st.builds(ast.Breakeven, small, maybe(small))),
        size=optional(sizes()),
        close_after=optional(counts()),
        symbol=st.sampled_from((None, None, *SYMBOLS)) if full else maybe(st.sampled_from(SYMBOLS)),
        valid_until=optional(st.builds(ast.ValidUntil, clocks(), maybe(zones()))),
        target_steps=st.lists(st.builds(ast.TargetStep, brackets(), counts()), min_size=fewest, max_size=2).map(tuple),
        trail_line=optional(st.builds(ast.TrailLine, small, maybe(small))),
        locks=st.lists(st.builds(ast.Lock, small, small), min_size=fewest, max_size=2).map(tuple),
        add=optional(add),
        scale=optional(st.builds(ast.ScaleSize, counts(), RESULTS, counts())),
    )


@cache
def sizes() -> st.SearchStrategy[ast.Size]:
    base = st.sampled_from(("balance", "equity"))
    shares = st.builds(ast.Share, counts(), base), st.builds(ast.Risk, counts(), base)
    # The larger a choice, the rarer it comes out: what takes two draws is offered more often.
    return st.one_of(
        *shares, *shares, *shares, counts().map(ast.Lots), counts().map(ast.RiskMoney), counts().map(ast.Money)
    )


def takes() -> st.SearchStrategy[tuple[ast.Take, ...]]:
    """None, one of each kind, or both: a list would leave the second kind to luck."""
    after = st.builds(ast.Take, counts(), st.builds(ast.Offset, expressions(4)), st.booleans())
    at = st.builds(ast.Take, counts(), st.builds(ast.Level, expressions(4)), st.booleans())
    return st.one_of(st.just(()), st.tuples(after), st.tuples(at), st.tuples(after, at), st.tuples(at, after))


@cache
def rules() -> st.SearchStrategy[ast.Rule]:
    """One rule; an entry as often as two or three of the others, for its many clauses."""
    return st.one_of(*[entries()] * 6, *_decided(expressions()), *_scheduled(), *_limits())


def _decided(when: st.SearchStrategy[ast.Expr]) -> list[st.SearchStrategy[ast.Rule]]:
    """What follows a condition."""
    who = st.sampled_from(("long", "short", "all"))
    symbol = maybe(st.sampled_from(SYMBOLS))
    return [
        st.builds(ast.Exit, who, when, symbol),
        st.builds(ast.Reduce, who, counts(), when, st.booleans(), symbol),
        st.builds(ast.Alert, texts(), when),
        st.builds(ast.CancelWhen, maybe(SIDES), when),
    ]


def _scheduled() -> list[st.SearchStrategy[ast.Rule]]:
    """What follows the clock and the calendar."""
    days = st.lists(st.sampled_from(DAYS), max_size=3).map(tuple)
    date = st.dates().map(str)
    return [
        st.builds(ast.Trade, clocks(), clocks(), maybe(zones()), days),
        days.filter(bool).map(lambda some: ast.Trade(days=some)),
        st.builds(ast.CloseAt, clocks(), maybe(zones()), days),
        st.builds(ast.CancelAt, clocks(), maybe(zones()), days),
        st.builds(ast.Dates, date, maybe(date)),
        st.builds(ast.Dates, st.none(), date),
    ]


def _limits() -> list[st.SearchStrategy[ast.Rule]]:
    """What holds entries back, and how positions live together."""
    events = st.sampled_from(("entry", "exit", "loss", "win", "stop"))
    return [
        SIDES.map(ast.Only),
        counts().map(ast.DailyLimit),
        st.builds(ast.DailyCap, st.sampled_from(("loss", "profit")), counts(), st.booleans()),
        expressions(4).map(ast.SpreadCap),
        counts().map(ast.VolumeCap),
        st.builds(ast.Wait, counts(), events),
        st.builds(ast.Skip, st.one_of(st.just(ONE), counts()), RESULTS),
        counts().map(ast.Pyramid),
        st.sampled_from((ast.NoReversal(), ast.Hedging(), ast.OneCancelsOther())),
    ]


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
def settings() -> st.SearchStrategy[ast.Setting]:
    words = st.sampled_from(("deposit", "leverage", "commission", "spread", "slippage"))
    return st.builds(ast.Setting, words, numbers(0, 100_000))


def _programs(lets: st.SearchStrategy, rules: st.SearchStrategy) -> st.SearchStrategy[ast.Program]:  # type: ignore[type-arg]
    symbols = st.one_of(st.just([]), st.lists(st.sampled_from(SYMBOLS), max_size=3))
    return symbols.flatmap(
        lambda some: st.builds(
            ast.Program,
            name=texts(),
            symbol=st.just(some[0] if some else None),
            also=st.just(tuple(some[1:])),
            timeframe=maybe(st.sampled_from(TIMEFRAMES)),
            definitions=st.sampled_from(("textbook", "metatrader")),
            account=st.lists(settings(), max_size=2).map(tuple),
            assumptions=st.lists(texts(), max_size=2).map(tuple),
            inputs=st.lists(inputs(), max_size=2).map(tuple),
            lets=lets,
            rules=rules,
        )
    )


@cache
def wild_programs() -> st.SearchStrategy[ast.Program]:
    """Anything: a few inputs, lets and rules."""
    lets = st.lists(st.builds(ast.Let, names(), expressions()), max_size=2).map(tuple)
    return _programs(lets, st.lists(rules(), min_size=1, max_size=4).map(tuple))


@cache
def full_programs() -> st.SearchStrategy[ast.Program]:
    """One of every rule, an entry with every clause, and some of every kind of expression: for the coverage."""
    lets = st.lists(st.builds(ast.Let, names(), expressions(4)), max_size=3).map(tuple)
    every = st.tuples(entries(full=True), *_decided(expressions(6)), *_scheduled(), *_limits())
    return _programs(lets, every)


@cache
def answers() -> st.SearchStrategy[ast.Answer]:
    return st.lists(texts(), min_size=1, max_size=3).map(tuple).map(ast.Answer)
