"""The kernel against the generated class: the same trades, the same figures, to the last bit.

Random programs run through the kernel's own Python here; a slow test compiles it and runs many more. The two differ in
nothing but the compiler, and in how they round, which has a test of its own.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import FunctionType

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
from nl2strat.pipeline import Compiled, Understanding
from nl2strat.research.evaluating import Evaluator, Outcome
from nl2strat.research.recipe import NotCompiled
from nl2strat.settings import Settings
from tests.lengths import every
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


def outcomes(program: ast.Program, bars: Bars, account: Settings, functions: Functions) -> tuple[Outcome, Outcome]:
    """What the kernel and the class make of it. Raises: NotCompiled: the kernel does not run it."""
    ours = Evaluator(compiled_of(program), bars, account)
    ours.use(functions)
    theirs = Evaluator(compiled_of(program), bars, account)
    theirs._asked = True  # by the class, whatever is in the cache
    return ours.evaluate({}), theirs.evaluate({})


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


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(0, 7), st.sampled_from(ACCOUNTS))
def test_random_programs(program: ast.Program, seed: int, account: Settings) -> None:
    agree(program, market(seed, 300, "EURUSD", "H1"), account, plain())


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(0, 40), st.sampled_from(ACCOUNTS))
def test_many_random_programs_by_machine_code(program: ast.Program, seed: int, account: Settings) -> None:
    agree(program, market(seed, 1500, "EURUSD", "H1"), account, compiled())


def agree(program: ast.Program, bars: Bars, account: Settings, functions: Functions) -> None:
    program = replace(program, symbol="EURUSD", timeframe="H1")
    try:
        ours, theirs = outcomes(program, bars, account, functions)
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
    assert ran["kernel"] >= 60, ran


BODIES = {
    "stopped out": "enter long when close > open\n size 4 lots\nend",
    "trailing": "enter long when close crosses above sma(close, 5)\n stop 20 pips\n trail 15 pips after 10 pips\n"
    " breakeven after 8 pips plus 1 pips\nend",
    "parts": "enter short when close crosses below sma(close, 5)\n stop 20 pips\n take 50% after 1R\n target 3R\n"
    " risk 1% of equity\nend",
    "waiting": "enter long when close > open\n place stop at high + 3 pips\n valid for 3 bars\n stop 15 pips\n"
    " target 2R\nend\nenter short when close < open\n place limit at high + 3 pips\n stop 15 pips\n"
    " target 20 pips\nend",
    "pyramid": "enter long when close > open\n stop 30 pips\nend\npyramid 3\nexit long when close < low[1]",
    "line and hours": "enter long when close > open\n stop 30 pips\n trail at low - 20 pips after 5 pips\nend\n"
    "close at 03:15",
    "two rules of one side": "enter long when close > open\n stop 20 pips\n target 20 pips\nend\n"
    "enter long when rsi(5) < 30\n stop 15 pips\n target 10 pips\nend\n"
    "enter short when close < low[1]\n stop 20 pips\n target 20 pips\nend",
    "reduced": "enter long when close > open\n stop 40 pips\n size 0.37 lots\nend\n"
    "reduce long by 33% when close < open\nreduce all by 0.1 lots when profit > 10 pips",
    "average": "enter long when close > open\n stop 60 pips\nend\npyramid 4\n"
    "exit long when close > average entry and bars since entry > 3",
    "grid": "enter long when close crosses above sma(close, 5)\n stop 60 pips\n target 20 pips\n"
    " add 3 times every 9 pips against scaled 1.5\n close after 30 bars\nend\nenter short when close < low[3]\n"
    " stop 50 pips\n target 1R\n add 2 times every 8 pips ahead\nend\nlimit 4 trades per day",
    "grid without distances": "enter long when close crosses above sma(close, 5)\n stop at low - 50 pips\n"
    " target at high + 30 pips\n add 2 times every 15 pips against\nend\nclose at 17:00",
    "until": 'enter long when close > open\n place stop at high + 3 pips\n valid until 11:00 in "Europe/London"\n'
    " stop 15 pips\n target 2R\nend\ncancel orders at 03:00",
    "stop-limit": "enter long when close > open\n place stop at high + 3 pips limit high + 1 pips\n valid for 6 bars\n"
    " stop 15 pips\n target 2R\nend\nenter short when close < open\n place stop at low - 3 pips limit low + 2 pips\n"
    " stop 15 pips\n take 50% after 10 pips\nend",
    "daily limits": "enter long when close > open\n stop 15 pips\n target 20 pips\nend\n"
    "daily loss at most 0.02%\ndaily profit at most 30 money",
    "daily limits of orders": "enter long when close > open\n place stop at high + 1 pips\n stop 10 pips\n"
    " take 50% after 9 pips\nend\ndaily loss at most 0.02%\ndaily profit at most 0.05%\nvolume at most 0.2 lots\n"
    "pyramid 3",
    "target steps": "enter long when close > open\n stop 60 pips\n target 3R\n target 1R after 3 bars\n"
    " target at high + 5 pips after 6 bars\n target 0% after 9 bars\nend\npyramid 2",
    "capped": "enter long when close > open\n size 0.4 lots\n stop 30 pips\nend\nenter short when close < low[1]\n"
    " size 0.7 lots\n stop 30 pips\nend\nvolume at most 0.9 lots\npyramid 3",
    "hours": "enter long when close > open\n close after 5 bars\nend\nclose at 17:00\nlimit 2 trades per day",
}


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
        (
            "enter long when close > open\n stop 30 pips\n risk 1% of balance\nend\n"
            "enter short when close < open\n stop 30 pips\nend\nvolume at most 1 lots",
            "sizes of reversals whose volume is capped",
        ),
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
