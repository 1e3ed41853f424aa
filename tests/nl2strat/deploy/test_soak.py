"""A long run takes no more memory than a short one, writes as much for each bar, and misses none."""

from __future__ import annotations

import pytest

from tests.nl2strat.deploy.paper_runs import begun, finished, write_bars
from tests.nl2strat.deploy.soak import RULES, minutes, program, soak

MOST_CPU = 0.015
"""Seconds a bar may cost on a busy machine; the figures are in docs/reliability.md."""


def test_a_bar_costs_little(user):
    recording = write_bars(minutes(1)[:400], user.folder / "EURUSD_M1.csv")
    library = user.library()
    file = user.write("crossings.strat", program("Crossings", RULES["Crossings"]))
    run = finished(library, begun(library, file, recording))
    folder = user.folder_of(run.id)
    state = folder.read_state()
    assert state["decision_seconds"] < MOST_CPU
    assert folder.journal.stat().st_size < 1000 * 400
    assert (folder.path / "log.jsonl").stat().st_size < 100 * 400
    library.close()


@pytest.mark.slow
def test_a_month_of_minutes_of_five_strategies(tmp_path):
    found = soak(tmp_path, 21)
    print(*(one.line() for one in found), sep="\n")
    for one in found:
        assert one.bars == 21 * 1440 - 1
        assert one.missed == 0
        assert one.trades > 50
        assert one.growth < 0.05, one.line()
        assert one.bend < 0.05, one.line()
