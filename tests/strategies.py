"""Hypothesis strategies for programs of the language, shared by the tests.

`programs(options)` makes programs that mean something: typed expressions, thresholds inside ranges, a stop wherever
one is needed. Nearly all pass the checker; `checked_programs` keeps those that do.
`wild.wild_programs()` makes anything the grammar can spell, sense or nonsense, and uses all of the grammar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from nl2strat.errors import LanguageErrors
from nl2strat.language import ast
from nl2strat.language.checker import check, complete
from tests.strategy_entries import entries, exits, rarely, reduces
from tests.strategy_expressions import clocks, conditions, decisions, distances, prices
from tests.strategy_scope import GROUPS, Draw, Options, Scope
from tests.wild_expressions import DAYS, numbers, texts

__all__ = ["GROUPS", "Options", "checked_programs", "programs"]


def number(value: int | str | Decimal) -> ast.Number:
    return ast.Number(Decimal(value))


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
        result.append(ast.DailyLimit(number(draw(st.integers(1, 5)))))
    return result


@st.composite
def decided(draw: Draw, scope: Scope, rules: list[ast.Rule]) -> list[ast.Rule]:
    """What follows a condition besides entries and exits."""
    sides = sorted({rule.side for rule in rules if isinstance(rule, ast.Entry)})
    result: list[ast.Rule] = []
    if rarely(draw, scope, "reduce", 3):
        result += draw(st.lists(reduces(scope, sides), min_size=1, max_size=2))
    if rarely(draw, scope, "alert"):
        result.append(ast.Alert(draw(texts()), draw(decisions(scope))))
    waiting = [rule for rule in rules if isinstance(rule, ast.Entry) and rule.order is not None]
    if waiting and rarely(draw, scope, "cancel", 2):
        side = draw(st.sampled_from((None, *sorted({rule.side for rule in waiting}))))
        result.append(ast.CancelWhen(side, draw(decisions(scope))))
    if waiting and rarely(draw, scope, "cancel", 2):
        zone = draw(st.sampled_from((None, *scope.options.zones)))
        result.append(ast.CancelAt(draw(clocks()), zone, draw(st.sampled_from(((), ("mon", "wed"))))))
    if len(waiting) > 1 and rarely(draw, scope, "oco", 2):
        result.append(ast.OneCancelsOther())
    return result


@st.composite
def pauses(draw: Draw, scope: Scope, rules: list[ast.Rule]) -> list[ast.Rule]:
    """What holds entries back."""
    result: list[ast.Rule] = []
    few = st.integers(1, 8).map(number)
    if rarely(draw, scope, "dates"):
        spans = [("2024-01-03", None), (None, "2024-01-16"), ("2024-01-02", "2024-01-12"), ("2024-01-10", "2024-01-11")]
        assert all(date.fromisoformat(day) for span in spans for day in span if day)
        result += [ast.Dates(*span) for span in draw(st.lists(st.sampled_from(spans), min_size=1, max_size=2))]
    for tally in ("loss", "profit"):
        if rarely(draw, scope, "daily_caps", 6):
            percent = draw(st.booleans())
            result.append(
                ast.DailyCap(tally, ast.Number(draw(numbers(0.02, 0.5) if percent else numbers(5, 300, 0))), percent)
            )
    if rarely(draw, scope, "spread_cap"):
        points = st.builds(ast.Quantity, st.integers(5, 20).map(number), st.just("points"))
        result.append(ast.SpreadCap(draw(st.one_of(points, distances(scope)))))
    if rarely(draw, scope, "volume_cap"):
        sizes = [rule.size for rule in rules if isinstance(rule, ast.Entry)]
        largest = max([Decimal("0.1"), *(s.lots.value for s in sizes if isinstance(s, ast.Lots))])  # type: ignore[union-attr]
        result.append(ast.VolumeCap(ast.Number(largest + draw(numbers(0, 1)))))
    if rarely(draw, scope, "wait", 3):
        events = draw(
            st.lists(st.sampled_from(("entry", "exit", "loss", "win", "stop")), min_size=1, max_size=2, unique=True)
        )
        result += [ast.Wait(draw(few), event) for event in events]
    for outcome in ("loss", "win"):
        if rarely(draw, scope, "skip", 6):
            result.append(ast.Skip(number(draw(st.integers(1, 3))), outcome))
    return result


@st.composite
def policies(draw: Draw, scope: Scope, rules: list[ast.Rule]) -> list[ast.Rule]:
    """How positions live together."""
    added = any(isinstance(rule, ast.Entry) and rule.add is not None for rule in rules)
    result: list[ast.Rule] = []
    hedges = rarely(draw, scope, "hedging")
    if hedges:
        result.append(ast.Hedging())
    policy = draw(st.sampled_from((None, None, ast.Pyramid(number(3)), ast.NoReversal())))
    if policy is not None and not (hedges and isinstance(policy, ast.NoReversal)):
        result += [policy] if not (added and isinstance(policy, ast.Pyramid)) else []
    if rarely(draw, scope, "only", 6):
        result.append(ast.Only(draw(st.sampled_from([rule.side for rule in rules if isinstance(rule, ast.Entry)]))))
    return result


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
        for place, kind in enumerate(draw(st.lists(st.sampled_from(sorted(kinds)), max_size=2))):
            lets.append(ast.Let(f"value_{place}", draw(kinds[kind](scope, 1))))
            scope = replace(scope, lets={**scope.lets, f"value_{place}": kind})
    rules: list[ast.Rule] = list(draw(st.lists(entries(scope), min_size=1, max_size=options.entries)))
    sides = sorted({rule.side for rule in rules if isinstance(rule, ast.Entry)})
    rules += draw(st.lists(exits(scope, sides), max_size=2))
    rules += draw(decided(scope, rules))
    rules += draw(schedules(options)) + draw(pauses(scope, rules)) + draw(policies(scope, rules))
    return ast.Program(
        name=draw(texts()),
        symbol=options.symbol,
        also=options.also,
        timeframe=options.timeframe,
        definitions=draw(st.sampled_from(options.definitions)),
        account=(ast.Setting("deposit", Decimal(50_000)),) if rarely(draw, scope, "settings") else (),
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
