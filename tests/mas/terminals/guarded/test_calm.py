"""Far from all limits the guards of a backtest do not look closely: they do the same as if they always did."""

from __future__ import annotations

from typing import Any

import pytest

from mas.backtest import replay_on
from mas.terminals.guarded.calm import Calm
from mas.terminals.guarded.reading import rules_of
from nl2strat.codegen.load import load
from tests.mas.trading.crashing import source
from tests.mas.trading.runs import walk

TABLES: dict[str, dict[str, Any]] = {
    "daily loss": {"daily_loss": {"amount": 40}},
    "of the balance": {"daily_loss": {"amount": 30, "measure": "balance"}},
    "trailing": {"drawdown": {"amount": 120, "kind": "trailing"}},
    "static": {"drawdown": {"amount": 50}},
    "week": {"weekend": {"flat_from": "fri 20:00", "until": "mon 02:00"}},
    "margin": {"margin": {"flatten_level": 9050}},
}


@pytest.mark.parametrize("tables", TABLES.values(), ids=TABLES)
def test_looking_closely_would_have_done_the_same(tables: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rules, kind, bars, found = rules_of(tables, "test"), load(source()), walk(900), []
    quiet = [0]
    holds = Calm.holds

    def counted(calm: Calm) -> bool:
        answer = holds(calm)
        quiet[0] += answer
        return answer

    for look in (counted, lambda calm: False):
        monkeypatch.setattr(Calm, "holds", look)
        run = replay_on(kind(), bars, guards=rules)
        found.append((run.trades(), run.exchange.overseer.acts, run.exchange.book.deals))
    assert found[0] == found[1]
    assert found[0][1]
    assert quiet[0] > 20
