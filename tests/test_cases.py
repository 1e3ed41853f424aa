"""The visible acceptance cases end to end: by the reference, by the product from the language, and from English.

`fixtures/cases/<id>.strat` is each text as a person wrote it in the language; the expected trades come from elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nl2strat.language.parser import parse_program
from tests.lengths import every
from tests.reference.bars import read_csv
from tests.reference.simulate import simulate

ROOT = Path(__file__).parent.parent
FOLDER = ROOT.parent / "shared" / "cases"
PROGRAMS = Path(__file__).parent / "fixtures" / "cases"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the acceptance cases (../shared/cases) are not here")


def _judge() -> ModuleType:
    """run_cases.py, for its rules of comparison; read rather than imported, so that nothing is written beside it."""
    module = ModuleType("run_cases")
    path = FOLDER / "run_cases.py"
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), module.__dict__)
    return module


JUDGE = _judge() if FOLDER.is_dir() else None
CASES: list[dict[str, Any]] = JUDGE.load_cases(str(FOLDER)) if JUDGE else []
RUNNABLE = [case for case in CASES if case["expect"] == "trades"]
REFUSED = [case for case in CASES if case["expect"] == "refuse"]


def named(cases: list[dict[str, Any]], step: int = 1) -> pytest.MarkDecorator:
    """Each `step`-th of the cases by default, the others when slow tests run."""
    return pytest.mark.parametrize("case", every(step, cases), ids=[case["id"] for case in cases])


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")


def row(trade: Any) -> dict[str, Any]:
    """A trade of the reference or of the product, as `run_cases.py` reads it."""
    names = ("side", "entry_price", "exit_price", "volume")
    times = {"entry_time": iso(trade.entry_time), "exit_time": iso(trade.exit_time)}
    return JUDGE.norm({name: getattr(trade, name) for name in names} | times)


def complaints(case: dict[str, Any], trades: list[Any], until: int | None = None) -> list[str]:
    """What `run_cases.py` finds wrong; `until` leaves out what is not over before that time."""
    expected = JUDGE.load_expected(str(FOLDER / case["expected"]))
    actual = [row(trade) for trade in trades]
    if until is not None:
        end = datetime.fromisoformat(iso(until))
        expected, actual = ([t for t in rows if t["exit"] < end] for rows in (expected, actual))
    start = JUDGE.warmup_end(str(FOLDER / case["data"]), case["warmup_bars"])
    good, summary, lines = JUDGE.compare(expected, actual, start, 1e-5, case.get("check_volume", False))
    return [] if good else [summary, *lines]


def by_reference(case: dict[str, Any], count: int | None) -> list[str]:
    program = parse_program((PROGRAMS / f"{case['id']}.strat").read_text(encoding="utf-8"))
    bars = read_csv(FOLDER / case["data"], program.timeframe or "H1")
    if count is None:
        return complaints(case, simulate(program, bars))
    part = bars.first(count)
    return complaints(case, simulate(program, part), part.time[-1])


@named(RUNNABLE, 3)
def test_reference(case: dict[str, Any]) -> None:
    """The reference trades the first 1500 bars of the program as expected."""
    assert by_reference(case, 1500) == []


@pytest.mark.slow
@named(RUNNABLE)
def test_reference_on_all_bars(case: dict[str, Any]) -> None:
    """The reference trades all bars of the program as expected."""
    assert by_reference(case, None) == []


def by_product(text: str, case: dict[str, Any]) -> list[Any]:
    """The trades of the whole product, in this process: with spread 0 and a deposit of 10 000, as the judge runs it."""
    from mas.backtest import run_backtest
    from nl2strat.backtesting import DataChoice, prepare
    from nl2strat.source import read_source

    compiled, bars = prepare(read_source(text), DataChoice(str(FOLDER / case["data"])))
    return list(run_backtest(compiled.new(), bars, deposit=10_000.0, spread=0).trades)


@named(RUNNABLE, 3)
def test_program(case: dict[str, Any]) -> None:
    """The product trades the hand-written program as expected."""
    assert complaints(case, by_product(str(PROGRAMS / f"{case['id']}.strat"), case)) == []


@named(RUNNABLE)
def test_english(case: dict[str, Any]) -> None:
    """The product trades the English as expected; what it cannot read yet it refuses, and only that."""
    from nl2strat.errors import NotUnderstood

    try:
        trades = by_product(case["text"], case)
    except NotUnderstood as reason:
        if case["difficulty"] == "easy":
            raise
        pytest.skip(f"not understood yet: {reason}")
    assert complaints(case, trades) == []


@named(REFUSED)
def test_refusal(case: dict[str, Any]) -> None:
    """A text that means no strategy, or an impossible one, is refused with a reason."""
    from nl2strat.errors import LanguageErrors, NotUnderstood

    with pytest.raises((NotUnderstood, LanguageErrors)) as refusal:
        by_product(case["text"], case)
    assert str(refusal.value)
