"""The product against the reference: the generated class must trade as EXECUTION.md says, trade by trade.

The programs are those of the visible cases and ones that hypothesis makes up; the bars are synthetic, with weekends,
gaps, ties (a coarse price grid) and a spread that changes from bar to bar.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mas
from mas.backtest import run_backtest
from mas.bars import Bars
from nl2strat.codegen import load, render
from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.functions import FUNCTIONS as REGISTRY
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from tests.lengths import every
from tests.reference.bars import History, symbol
from tests.reference.evaluate import Evaluator
from tests.reference.indicators import FUNCTIONS
from tests.reference.simulate import Account
from tests.strategies import GROUPS, Options, checked_programs

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted((FIXTURES / "cases").glob("*.strat")) + sorted((FIXTURES / "parity").glob("*.strat"))
MONDAY = 1_704_067_200
ACCOUNT = {"deposit": 100_000.0, "leverage": 10_000}
"""Rich enough that margin, which EXECUTION.md does not define, decides nothing."""

Row = tuple[Any, ...]

SHARED = tuple(name for name in REGISTRY if name in FUNCTIONS)
"""Indicators that both sides define on their own."""


# ------------------------------------------------------------------ the bars


@cache
def market(seed: int, count: int, name: str, timeframe: str, zone: str = "UTC") -> Bars:
    """A random walk with weekends and gaps; odd seeds move on a grid of ten points, so that prices tie."""
    generator = random.Random(seed)
    spec = symbol(name)
    grid = spec.point * (10 if seed % 2 else 1)
    scale = {"USDJPY": 110.0, "XAUUSD": 1300.0}.get(name, 1.1)
    step = scale * 0.0009
    seconds = {"H1": 3600, "D1": 86400, "M15": 900}[timeframe]
    rows, price, time = [], scale, MONDAY
    while len(rows) < count:
        if (time // 86400 + 3) % 7 < 5 and generator.random() > 0.02:  # Monday to Friday, now and then a bar missing
            opened = price + (generator.gauss(0, 4 * step) if generator.random() < 0.03 else 0)
            closed = opened + generator.gauss(0, step)
            high = max(opened, closed) + abs(generator.gauss(0, step / 2))
            low = min(opened, closed) - abs(generator.gauss(0, step / 2))
            prices = (round(round(v / grid) * grid, 5) for v in (opened, high, low, closed))
            rows.append((time, *prices, generator.randint(50, 500), generator.choice((0, 8, 12, 30))))
            price = closed + (scale - closed) * 0.002
        time += seconds
    columns = [np.array(column, dtype=float) for column in zip(*rows, strict=True)]
    return Bars.from_arrays(name, timeframe, *columns[:6], spread=columns[6], timezone=zone)


def history(bars: Bars, spread: float | None) -> History:
    """The same bars for the reference."""
    spec = symbol(bars.symbol)
    points = bars.spread if spread is None else np.full(len(bars), spread)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    lists = [[float(v) for v in column.values] for column in columns]
    times = [int(t) for t in bars.time]
    return History(spec, bars.timeframe, times, *lists, [float(p) * spec.point for p in points], bars.timezone)


# ------------------------------------------------------------------ both sides


def by_reference(program: ast.Program, bars: Bars, spread: float | None, others: Sequence[Bars] = ()) -> list[Row]:
    histories = {other.symbol: history(other, spread) for other in others}
    run = Account(program, history(bars, spread), **ACCOUNT, others=histories).run()
    return rows(run.trades) + sorted((alert.time, alert.symbol, alert.text) for alert in run.alerts)


def by_product(program: ast.Program, bars: Bars, spread: float | None, others: Sequence[Bars] = ()) -> list[Row]:
    strategy = load(render(check(program).program))()
    run = run_backtest(strategy, bars, spread=spread, others=others, band=False, **ACCOUNT)
    return rows(run.trades) + sorted((alert.time, alert.symbol, alert.text) for alert in run.alerts)


def rows(trades: Iterable[Any]) -> list[Row]:
    """The trades in the order of time; what differs by its volume alone is one (a part closed with the rest)."""
    volumes: Counter[Row] = Counter()
    for trade in trades:
        *told, volume = row(trade)
        volumes[tuple(told)] += volume
    return sorted((*told, volume.normalize()) for told, volume in volumes.items())


def row(trade: Any) -> Row:
    """What both sides must agree on. Prices lie on the tick grid or are quotes, so rounding hides nothing."""
    prices = round(trade.entry_price, 6), round(trade.exit_price, 6)
    volume = Decimal(repr(round(float(trade.volume), 8))).normalize()
    times = int(trade.entry_time), int(trade.exit_time)
    return times[0], trade.symbol, trade.side, prices[0], times[1], prices[1], trade.exit_reason, volume


def disagreements(program: ast.Program, bars: Bars, spread: float | None, others: Sequence[Bars] = ()) -> list[str]:
    """The first rows that one side has and the other has not, with the program."""
    ours, theirs = by_reference(program, bars, spread, others), by_product(program, bars, spread, others)
    if ours == theirs:
        return []
    missing, extra = [t for t in ours if t not in theirs], [t for t in theirs if t not in ours]
    lines = [f"reference {t}" for t in missing[:3]] + [f"product   {t}" for t in extra[:3]]
    return [print_program(program), f"{len(ours)} against {len(theirs)} trades", *lines]


def symbols_beside(program: ast.Program) -> list[str]:
    """The symbols whose bars a program needs beside those of its first."""
    nodes = [node for node in ast.walk(program) if isinstance(node, (ast.OfSymbol, ast.Entry, ast.Exit, ast.Reduce))]
    return sorted({*program.also, *(node.symbol for node in nodes if node.symbol)} - {program.symbol})


# ------------------------------------------------------------------ known programs


@pytest.mark.parametrize("path", every(2, CASES), ids=[path.stem for path in CASES])
def test_written_programs(path: Path) -> None:
    """The visible cases and programs written for the corners trade alike, with a changing spread and with none."""
    program = parse_program(path.read_text(encoding="utf-8"))
    timeframe = program.timeframe or "H1"
    for seed, spread in ((1, None), (2, 0.0)):
        bars = market(seed, 500, program.symbol or "EURUSD", timeframe)
        others = [market(seed + k, 500, name, timeframe) for k, name in enumerate(symbols_beside(program), start=1)]
        assert disagreements(program, bars, spread, others) == []


# ------------------------------------------------------------------ made-up programs


@dataclass(frozen=True)
class World:
    """Where generated programs trade."""

    symbol: str
    timeframe: str
    zone: str
    higher: tuple[str, ...]
    scale: str
    other: str

    def programs(self) -> st.SearchStrategy[tuple[World, ast.Program]]:
        """On one symbol, with values of another; on both; on one with rules that trade the other."""
        options = Options(
            functions=SHARED, symbol=self.symbol, timeframe=self.timeframe, timeframes=self.higher,
            scale=Decimal(self.scale), groups=GROUPS, others=(self.other,),
        )  # fmt: skip
        every = (options, options, replace(options, also=(self.other,)), replace(options, traded=(self.other,)))
        return st.tuples(st.just(self), st.one_of([checked_programs(some) for some in every]))


WORLDS = (
    World("EURUSD", "H1", "UTC", ("H4", "D1"), "1.1", "USDJPY"),
    World("USDJPY", "M15", "Europe/Athens", ("H1", "H4"), "110", "XAUUSD"),
    World("XAUUSD", "H1", "America/New_York", ("D1", "W1"), "1300", "EURUSD"),
)
GENERATED = st.one_of([world.programs() for world in WORLDS])
SPREADS = st.sampled_from((None, 0.0, 15.0))
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def generated_disagreements(made: tuple[World, ast.Program], seed: int, spread: float | None) -> list[str]:
    world, program = made
    bars = [
        market(seed + k, 360, name, world.timeframe, world.zone) for k, name in enumerate((world.symbol, world.other))
    ]
    needed = symbols_beside(program)
    return disagreements(program, bars[0], spread, [b for b in bars[1:] if b.symbol in needed])


@settings(max_examples=15, derandomize=True, **QUIET)
@given(GENERATED, st.integers(1, 6), SPREADS)
def test_generated_programs(made: tuple[World, ast.Program], seed: int, spread: float | None) -> None:
    """Programs that hypothesis makes up trade alike."""
    assert generated_disagreements(made, seed, spread) == []


@pytest.mark.slow
@settings(max_examples=3000, **QUIET)
@given(GENERATED, st.integers(1, 1000), SPREADS)
def test_many_generated_programs(made: tuple[World, ast.Program], seed: int, spread: float | None) -> None:
    """The same, at length and on more markets."""
    assert generated_disagreements(made, seed, spread) == []


# ------------------------------------------------------------------ indicators


@pytest.mark.parametrize("name", every(3, SHARED))
def test_indicators(name: str) -> None:
    """Each indicator that both sides define shows the same values with its defaults, warm-up included."""
    bars = market(3, 350, "EURUSD", "H1")
    entry = REGISTRY[name]
    kinds = {"series": (bars.close, "close"), "condition": (bars.close > bars.open, "close > open")}
    numbers = [Decimal(repr(p.default if p.default is not None else 10)) for p in entry.params if p.is_number]
    columns = [kinds[p.kind] for p in entry.params if not p.is_number]
    first = [*([bars] if entry.form == "bars" else []), *(value for value, _ in columns)]
    written = [] if entry.form == "oscillator" else [text for _, text in columns]
    theirs = getattr(mas, name)(*first, *(int(n) if n == int(n) else float(n) for n in numbers))
    shown = name + "(" + ", ".join([*written, *map(str, numbers)]) + ")"
    program = parse_program(f'strategy "x"\nlet value = {shown}\nenter long when value > 0\nend\nend strategy\n')
    values = Evaluator(program, history(bars, 0.0))
    for i in range(len(bars)):
        mine, their = values.at(program.lets[0].value, i), value_of(theirs, i)
        assert mine == (their if their is None else pytest.approx(their, rel=1e-7, abs=1e-9)), (shown, i)


def value_of(result: Any, i: int) -> float | bool | None:
    """A value of a `mas` Series or Condition as the reference writes it."""
    if hasattr(result, "values"):
        return None if np.isnan(result.values[i]) else float(result.values[i])
    return True if result.true[i] else False if result.false[i] else None
