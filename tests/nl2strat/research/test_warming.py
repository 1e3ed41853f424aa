"""Compiling the kernel takes a minute: whoever waits for it is told, once, and only where it is worth it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mas.compiled import building
from nl2strat.research.bench import WORTH_A_KERNEL, make_ready
from nl2strat.research.evaluating import NOT_BUILT, Evaluator
from nl2strat.research.warming import NOTE, warm_up
from nl2strat.settings import Settings
from tests.nl2strat.research.constructs import BODIES
from tests.nl2strat.research.test_kernel import compiled_of
from tests.small_markets import program as small_program
from tests.test_parity import market


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine without machine code; what is compiled on it (to plain Python), by name."""
    done: list[str] = []
    monkeypatch.setattr(building, "_loaded", {})
    monkeypatch.setattr(building, "kept", lambda folder: {} if done else None)
    monkeypatch.setattr(building, "keep", lambda codes, folder: None)
    monkeypatch.setattr(building, "_compile", lambda: done.append("compiled") or {})
    monkeypatch.setattr(building, "loaded", lambda codes: building.plain())
    return done


def evaluator(body: str = BODIES["hours"]) -> Evaluator:
    program = replace(small_program(body), symbol="EURUSD", timeframe="H1")
    return Evaluator(compiled_of(program), market(1, 300, "EURUSD", "H1"), Settings())


def test_it_is_said_once(compiles: list[str]) -> None:
    told: list[str] = []
    ours, another = evaluator(), evaluator()
    assert make_ready((ours, another), WORTH_A_KERNEL, told.append)
    assert make_ready((another,), 1, told.append)
    warm_up(told.append)
    assert (compiles, told) == (["compiled"], [NOTE])
    assert ours.path == another.path == "kernel"


def test_a_few_runs_are_the_classes(compiles: list[str]) -> None:
    told: list[str] = []
    ours = evaluator()
    assert not make_ready((ours,), 2, told.append)
    assert ours.path == "class"
    assert ours.notice == NOT_BUILT
    assert not compiles
    assert not told


def test_what_cannot_be_run_is_not_waited_for(compiles: list[str]) -> None:
    told: list[str] = []
    ours = evaluator("enter long in XAUUSD when close > open\nend")
    assert not make_ready((ours,), WORTH_A_KERNEL, told.append)
    assert "several symbols" in ours.notice
    assert not compiles
    assert not told
