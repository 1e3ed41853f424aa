"""`kill -9` of real processes that carry out a run: it goes on where it was, and makes the trades of a quiet one."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mas.data import read_bars
from mas.terminals.paper import PaperTerminal
from mas.trading.journal import INTENT, OUTCOME, Journal
from nl2strat.deploy.beginning import carry_out
from nl2strat.deploy.folders import RunFolder
from nl2strat.deploy.terminals import account_terms
from tests.nl2strat.deploy.paper_runs import begun
from tests.nl2strat.deploy.soak import minutes

PROGRAM = """strategy "Busy"
symbol EURUSD
timeframe M1
enter long when sma(close, 3) crosses above sma(close, 8)
  stop 5 pips
  target 6 pips
  trail 4 pips after 2 pips
  close after 12 bars
end
enter short when sma(close, 3) crosses below sma(close, 8)
  place limit at close + 1 pips
  valid for 5 bars
  stop 5 pips
  target 6 pips
end
end strategy
"""


def trades(folder: Path, recording: str) -> list[tuple[Any, ...]]:
    """What the account of a run has come to: every deal, but for the id of the run in it."""
    bars = read_bars(recording, symbol="EURUSD")
    paper = PaperTerminal(bars, folder / "account.sqlite", **account_terms({}, bars))
    paper.initialize()
    deals = paper.history_deals_get(0, 2**31 - 1)
    balance = paper.account_info().balance
    paper.close()
    return [(d.ticket, d.order, d.time, d.type, d.entry, d.volume, d.price, d.profit) for d in deals] + [(balance,)]


def one_life(home: Path, run: str, folder: RunFolder, seconds: float | None) -> int:
    """A process that carries a run out; after so many seconds of that it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nl2strat", "resume", run, "--quiet"], cwd=home,
        env={**os.environ, "NL2STRAT_HOME": str(home)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 120.0
    while process.poll() is None and folder.read_state().get("pid") != process.pid:
        assert time.monotonic() < until, "it does not begin"
        time.sleep(0.01)
    if seconds is not None:
        time.sleep(seconds)
        process.kill()
    _, said = process.communicate(timeout=300)
    assert process.returncode in (0, -9), said
    return process.returncode


def killed(user: Any, bars: int, kills: int, seed: int) -> None:
    """Compare a run that is killed again and again with one that is not."""
    from tests.nl2strat.deploy.paper_runs import write_bars

    recording = write_bars(minutes(2, seed)[:bars], user.folder / "EURUSD_M1.csv")
    library = user.library()
    file = user.write("busy.strat", PROGRAM)
    quiet = begun(library, file, recording)
    begin = time.monotonic()
    assert carry_out(library, quiet, wait=0.05).state == "finished"
    long = time.monotonic() - begin
    run = begun(library, file, recording)
    assert run.id != quiet.id
    folder = RunFolder(library.folder / run.folder)
    chance, died = random.Random(seed), 0
    for _ in range(kills):
        died += one_life(user.home, run.id, folder, chance.uniform(0.0, 1.5 * long / kills)) == -9
        if library.run(run.id).state == "finished":
            break
    if library.run(run.id).state != "finished":
        one_life(user.home, run.id, folder, None)
    assert died >= min(kills, 2)
    assert library.run(run.id).state == "finished"
    expected = trades(library.folder / quiet.folder, str(recording))
    assert trades(folder.path, str(recording)) == expected
    assert len(expected) > 20
    asked, answered = [], []
    journal = Journal(folder.journal)
    for entry in journal.entries():
        if entry.kind == INTENT:
            asked.append(entry.data["number"])
        elif entry.kind == OUTCOME:
            answered.append(entry.data["number"])
    journal.close()
    assert asked == answered == list(range(1, len(asked) + 1))
    library.close()


def test_a_run_that_is_killed_three_times_makes_the_same_trades(user):
    killed(user, 250, 3, 7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_run_that_is_killed_again_and_again_makes_the_same_trades(user, seed):
    killed(user, 2500, 25, seed)
