"""The kernel against the generated class: the same trades, the same figures, to the last bit.

Random programs run through the kernel's own Python here; a slow test compiles it and runs many more. The two differ in
nothing but the compiler, and in how they round, which has a test of its own.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mas.bars import Bars
from mas.compiled import building
from mas.compiled.building import Functions, compiled, plain
from mas.compiled.exact import exact_round
from mas.errors import MasError
from mas.terminals.simulated.terms import AccountTerms, Commission
from nl2strat import backtesting
from nl2strat.codegen import render
from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from nl2strat.language.tuning import with_inputs
from nl2strat.pipeline import Compiled, Understanding
from nl2strat.research.evaluating import Evaluator, Outcome
from nl2strat.research.recipe import NotCompiled
from nl2strat.settings import Settings
from tests.grammar_coverage import Coverage
from tests.lengths import every
from tests.nl2strat.research.constructs import BODIES, ELSEWHERE
from tests.small_markets import program as small_program
from tests.strategies import GROUPS, Options, checked_programs
from tests.test_parity import market

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.strat"))
ACCOUNTS = (
    Settings(deposit=100_000.0, leverage=10_000),
    Settings(deposit=400.0, leverage=50),  # stopped out, and short of money
    Settings(deposit=5_000.0, commission=3.5, spread=7.0),
    Settings(
        deposit=20_000.0, leverage=200,
        account=AccountTerms(slippage=2.0, commission=Commission(2.35, on="in")),
    ),
)  # fmt: skip
COLUMNS = (
    "side", "volume", "entry_bar", "exit_bar", "entry_price", "exit_price", "profit", "commission", "swap", "reason",
    "ambiguous",
)  # fmt: skip
PLAIN = ("sma", "ema", "rsi", "atr", "highest", "lowest", "bb_upper", "bb_lower")


def compiled_of(program: ast.Program) -> Compiled:
    checked = check(program).program
    return Compiled(Understanding(checked), print_program(checked), "", render(checked))


def outcomes(
    program: ast.Program, bars: Bars, account: Settings, functions: Functions, turned: int | None = None
) -> tuple[Outcome, Outcome]:
    """What the kernel and the class make of it, with values that a number chooses from the ranges of the inputs.

    Raises: NotCompiled: the kernel does not run it. MasError: both refuse the values.
    """
    ours = Evaluator(compiled_of(program), bars, account)
    ours.use(functions)
    theirs = Evaluator(compiled_of(program), bars, account)
    theirs._asked = True  # by the class, whatever is in the cache
    chance = random.Random(turned)
    values = {item.name: chance.choice(item.values) for item in ours.inputs} if turned is not None else {}
    try:
        expected = theirs.evaluate(values)
    except MasError:
        with pytest.raises(MasError):
            ours.evaluate(values)
        raise
    return ours.evaluate(values), expected


def differences(ours: Outcome, theirs: Outcome) -> list[str]:
    found = [
        f"{name}: {getattr(ours.trades, name)[:5]} against {getattr(theirs.trades, name)[:5]}"
        for name in COLUMNS
        if not np.array_equal(getattr(ours.trades, name), getattr(theirs.trades, name))
    ]
    found += [
        f"{name}: {ours.metrics[name]} against {theirs.metrics[name]}"
        for name in theirs.metrics
        if ours.metrics[name] != theirs.metrics[name]
    ]
    return found + (["ambiguous"] if ours.ambiguous != theirs.ambiguous else [])


def test_rounding_is_python_s() -> None:
    chance = random.Random(5)
    for _ in range(20_000):
        digits = chance.choice((0, 2, 3, 5, 8, 9))
        tie = chance.randint(-(10**6), 10**6) / 10**digits + 0.5 / 10**digits
        for number in (chance.uniform(-2, 2), chance.uniform(-1e6, 1e6), tie, math.nextafter(tie, 0.0)):
            assert exact_round(number, digits) == round(number, digits), (number, digits)


OPTIONS = Options(functions=PLAIN, zones=("Europe/London",), groups=GROUPS)


def programs() -> st.SearchStrategy[ast.Program]:
    """Programs with a few groups of constructs each: of all at once, nearly each has one that is not run."""
    few = st.lists(st.sampled_from(GROUPS), max_size=6, unique=True).map(lambda some: tuple(sorted(some)))
    return few.flatmap(lambda groups: checked_programs(replace(OPTIONS, groups=groups)))


@st.composite
def accounts(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Settings:
    """Rich and poor ones, and all costs that the kernel knows."""
    charged = Commission(draw(st.sampled_from((0.0, 1.35, 3.5))), on=draw(st.sampled_from(("both", "in", "out"))))
    slippage, level = draw(st.sampled_from((0.0, 0.0, 1.0, 2.5))), draw(st.sampled_from((50.0, 80.0)))
    return Settings(
        deposit=draw(st.sampled_from((400.0, 5_000.0, 100_000.0))), leverage=draw(st.sampled_from((50, 500, 10_000))),
        spread=draw(st.sampled_from((None, None, 0.0, 7.0))),
        account=AccountTerms(commission=charged, slippage=slippage, margin_so_so=level),
    )  # fmt: skip


RUNS = (programs(), st.integers(0, 7), accounts(), st.one_of(st.none(), st.integers(0, 9)))
"""A program, bars, an account, and values of its inputs (None: as they stand)."""


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(*RUNS)
def test_random_programs(program: ast.Program, seed: int, account: Settings, turned: int | None) -> None:
    agree(program, market(seed, 300, "EURUSD", "H1"), account, turned, plain())


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(*RUNS)
def test_many_random_programs_by_machine_code(
    program: ast.Program, seed: int, account: Settings, turned: int | None
) -> None:
    agree(program, market(seed, 1500, "EURUSD", "H1"), account, turned, compiled())


def agree(program: ast.Program, bars: Bars, account: Settings, turned: int | None, functions: Functions) -> None:
    """Values, where they are turned, are those of the program's numbers as inputs, within their ranges."""
    program = replace(program, symbol="EURUSD", timeframe="H1")
    if turned is not None:
        program = with_inputs(check(program).program)
    try:
        ours, theirs = outcomes(program, bars, account, functions, turned)
    except NotCompiled:
        assume(False)
    except MasError:
        return  # values that no path can run
    assert not differences(ours, theirs), print_program(program)


@cache
def example_bars() -> Bars:
    return market(3, 1500, "EURUSD", "H1")


@pytest.mark.slow
def test_examples() -> None:
    """Every example that the kernel runs; and most it runs."""
    ran: Counter[str] = Counter()
    for path in EXAMPLES:
        program = replace(parse_program(path.read_text()), symbol="EURUSD", timeframe="H1")
        try:
            ours, theirs = outcomes(program, example_bars(), ACCOUNTS[0], plain())
        except NotCompiled as reason:
            ran[str(reason)] += 1
            continue
        except MasError:
            continue
        ran["kernel"] += 1
        assert not differences(ours, theirs), path.stem
    assert ran["kernel"] >= 70, ran


PAIRS = [(name, account) for name in BODIES for account in ACCOUNTS]


@pytest.mark.parametrize(("name", "account"), every(3, PAIRS), ids=[f"{n} {a.deposit:.0f}" for n, a in PAIRS])
def test_constructs(name: str, account: Settings) -> None:
    program = replace(small_program(BODIES[name]), symbol="EURUSD", timeframe="H1")
    ours, theirs = outcomes(program, market(1, 600, "EURUSD", "H1"), account, plain())
    assert len(theirs.trades) or account.deposit < 1000
    assert ours.path == "kernel"
    assert not differences(ours, theirs)


def test_a_part_of_the_bars_is_the_same_part() -> None:
    program = replace(small_program(BODIES["trailing"]), symbol="EURUSD", timeframe="H1")
    bars = market(1, 900, "EURUSD", "H1")
    ours, theirs = (
        Evaluator(compiled_of(program), bars, ACCOUNTS[0]),
        Evaluator(compiled_of(program), bars, ACCOUNTS[0]),
    )
    ours.use(plain())
    theirs._asked = True
    part, same = ours.evaluate({}, 300, 800), theirs.evaluate({}, 300, 800)
    assert len(part.trades) > 3
    assert not differences(part, same)
    assert np.array_equal(ours.equity(part, 500), theirs.equity(same, 500))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("enter long in XAUUSD when close > open\nend", "several symbols"),
    ],
)
def test_what_it_does_not_run_is_named(body: str, reason: str) -> None:
    program = replace(small_program(body), symbol="EURUSD", timeframe="H1")
    evaluator = Evaluator(compiled_of(program), market(1, 300, "EURUSD", "H1"), ACCOUNTS[0])
    with pytest.raises(NotCompiled, match=reason):
        evaluator.use(plain())


def test_an_account_that_it_does_not_know_is_named() -> None:
    program = replace(small_program(BODIES["hours"]), symbol="EURUSD", timeframe="H1")
    account = replace(ACCOUNTS[0], account=replace(ACCOUNTS[0].account, swaps=True))
    evaluator = Evaluator(compiled_of(program), market(1, 300, "EURUSD", "H1"), account)
    with pytest.raises(NotCompiled, match="swaps"):
        evaluator.use(plain())


def test_money_without_a_kernel_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mas.compiled.building.is_built", lambda: False)
    program = replace(small_program(BODIES["hours"]), symbol="EURUSD", timeframe="H1")
    evaluator = Evaluator(compiled_of(program), market(1, 300, "EURUSD", "H1"), ACCOUNTS[0])
    assert evaluator.path == "class"
    assert "nl2strat warmup" in evaluator.notice


def test_signals_are_shared() -> None:
    from nl2strat.research.shared import Indicators

    program = replace(small_program("enter long when sma(close, 5) > sma(close, 9)\nend"), symbol="EURUSD")
    strategy = compiled_of(replace(program, timeframe="H1")).new()
    bars, shared = market(1, 300, "EURUSD", "H1"), Indicators()
    first = shared.signals(strategy, bars)
    used = shared.used
    again = shared.signals(strategy, bars)
    assert shared.used == used > 0
    assert np.array_equal(first["enter_long"].true, again["enter_long"].true)
    assert Indicators(most=bars.close.values.nbytes).signals(strategy, bars)["enter_long"].true.any()


def test_backtesting_agrees_with_the_evaluator() -> None:
    program = replace(small_program(BODIES["parts"]), symbol="EURUSD", timeframe="H1")
    bars, made = market(1, 900, "EURUSD", "H1"), compiled_of(program)
    evaluator = Evaluator(made, bars, ACCOUNTS[0])
    evaluator.use(plain())
    trades = backtesting.play(made, bars, ACCOUNTS[0]).trades
    assert evaluator.evaluate({}).trades.net.tolist() == pytest.approx([trade.net for trade in trades])


def test_every_function_has_a_name_of_its_own() -> None:
    """They are compiled into one namespace, where a second one of the name would be called in place of the first."""
    names = Counter(
        name
        for module in building._MODULES
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_construct_is_among_them() -> None:
    """What `test_constructs` and `test_examples` run uses all of the grammar but what says where and how it is run."""
    used = Coverage()
    used.read(path.read_text() for path in EXAMPLES)
    used.read(print_program(small_program(body)) for body in BODIES.values())
    left = {text for text in used.missing() if not re.search(ELSEWHERE, text)}
    assert not left
