"""The programs of examples/: canonical, free of errors and warnings, compiled, verified and run."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas.backtest import run_backtest
from mas.data import sample_bars
from mas.results import Backtest
from nl2strat.codegen import load, render, verify
from nl2strat.language import ast
from nl2strat.language.checker import Checked, check
from nl2strat.language.parser import parse_program
from nl2strat.language.printer import print_program
from nl2strat.language.reference.examples import FAMILIES, Example, read_examples
from tests.lengths import every

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = read_examples(ROOT / "examples")

FEW = {"alert_only": 0, "news_straddle": 1}
"""Examples that by their nature hardly trade on the sample bars, with the trades they make at least."""

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
some_examples = pytest.mark.parametrize("example", every(3, EXAMPLES), ids=[example.name for example in EXAMPLES])


@cache
def checked(example: Example) -> Checked:
    return check(parse_program(example.program), example.program)


@cache
def python(example: Example) -> str:
    """The generated class."""
    return render(checked(example).program, english=example.english)


@cache
def played(example: Example) -> Backtest:
    """The strategy on the bundled made-up bars of its symbols, with the account that it presumes."""
    program = checked(example).program
    assert program.symbol is not None
    assert program.timeframe is not None
    account = {setting.name: float(setting.value) for setting in program.account}
    others = [sample_bars(symbol, program.timeframe) for symbol in sorted(symbols(program) - {program.symbol})]
    bars = sample_bars(program.symbol, program.timeframe)
    settings: dict[str, Any] = {"deposit": account.get("deposit", 100_000.0)}
    return run_backtest(load(python(example))(), bars, others=others, band=False, **settings)


def symbols(program: ast.Program) -> set[str]:
    """Every symbol that the program trades or looks at."""
    placed = (ast.OfSymbol, ast.Entry, ast.Exit, ast.Reduce)
    found = {node.symbol for node in ast.walk(program) if isinstance(node, placed)}
    return {symbol for symbol in (program.symbol, *program.also, *found) if symbol is not None}


def test_there_are_enough_examples() -> None:
    """Every family of what real strategies say is shown by one, and none claims to show what is no family."""
    families = {family for group in FAMILIES.values() for family in group}
    assert {family for example in EXAMPLES for family in example.shows} == families
    assert len(EXAMPLES) >= 40
    assert len({example.title for example in EXAMPLES}) == len(EXAMPLES)


@every_example
def test_the_head_fits(example: Example) -> None:
    """English, source and families stand in four lines of comment at most, as the grammar allows, none too wide."""
    lines = example.path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert len(head) <= 4
    assert lines[: len(head)] == head
    assert max(map(len, head)) <= 120


@every_example
def test_it_is_canonical(example: Example) -> None:
    """Reading it and printing it gives the very text back."""
    assert print_program(parse_program(example.program)) == example.program


@every_example
def test_it_means_something(example: Example) -> None:
    """The checker finds no error in it and nothing odd."""
    assert [warning.message for warning in checked(example).warnings] == []


@every_example
def test_it_passes_the_mask(example: Example) -> None:
    """A model held to the grammar could write the file, byte by byte, comments included."""
    pytest.importorskip("llguidance")
    from tests.nl2strat.language.test_grammar import masked

    assert masked(example.path.read_text(encoding="utf-8"))


@every_example
def test_it_compiles(example: Example) -> None:
    """Its class passes verification."""
    verify(python(example))


@some_examples
def test_it_trades(example: Example) -> None:
    """On the sample bars it makes trades, and every figure of them is a number."""
    result = played(example)
    assert len(result.trades) >= FEW.get(example.name, 3)
    assert np.isfinite(result.equity).all()
    assert all(np.isfinite(trade.profit) for trade in result.trades)


def test_alerts_are_given() -> None:
    """The example that trades nothing says something."""
    (example,) = (example for example in EXAMPLES if example.name == "alert_only")
    assert len(played(example).alerts) > 0
