"""A sweep: its grid, its file, going on after a stop, plateaus, and the command."""

from __future__ import annotations

import errno
import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from nl2strat.cli import app
from nl2strat.errors import UsageError
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.grid import MOST, MOST_EVER, condition, keys_of
from nl2strat.research.heat import Shading
from nl2strat.research.markets import Market, markets_of
from nl2strat.research.plateau import plateau_scores, surface
from nl2strat.research.space import Axis, Space
from nl2strat.research.store import Store
from nl2strat.research.studies import Job, Measured
from nl2strat.research.sweep import Swept, identity_of, sweep
from nl2strat.research.swept import warnings_of
from nl2strat.settings import Settings
from nl2strat.source import read_source

PROGRAM = """strategy "crossing"
symbol EURUSD
timeframe H4

input fast = 5 in 5..20 step 5
input slow = 20 in 20..60 step 20

enter long when sma(close, fast) crosses above sma(close, slow)
  stop 30 pips
  target 45 pips
  size 0.1 lots
end
end strategy
"""
SPACE = Space((Axis("fast", (5, 10, 15)), Axis("slow", (10, 20))), {"fast": 5, "slow": 20})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "crossing.strat"
    path.write_text(PROGRAM)
    return path


@pytest.fixture
def market(source: Path) -> Market:
    found = markets_of(read_source(str(source)), None, Settings())[0]
    assert isinstance(found.evaluator, Evaluator)
    return found


class Bench:
    """Makes figures up; stops by Ctrl-C after so many."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.most, self.ran = most, 0

    def measure(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        for job in jobs:
            if self.ran == self.most:
                raise KeyboardInterrupt
            self.ran += 1
            yield job, Measured({"net_profit": job.values["fast"] * 10.0 - job.values["slow"], "trades": 3}, "class")


def run(market: Market, path: Path, bench: Bench, *, resume: bool = False) -> Swept:
    with Store(path, identity_of(market, SPACE), SPACE, "net_profit", resume=resume) as store:
        return sweep(market, SPACE, keys_of(SPACE), store, bench, "net_profit")


def test_a_stopped_sweep_goes_on(market: Market, tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    stopped = run(market, path, Bench(4))
    assert stopped.ended == "interrupted"
    assert not path.exists()
    with pytest.raises(UsageError, match="--resume"):
        run(market, path, Bench())
    rest = Bench()
    finished = run(market, path, rest, resume=True)
    assert rest.ran == 2
    assert len(finished.goals) == 6
    table = pq.read_table(path)
    assert sorted(zip(table["fast"].to_pylist(), table["slow"].to_pylist(), strict=True)) == sorted(
        (axis_fast, axis_slow) for axis_fast in (5, 10, 15) for axis_slow in (10, 20)
    )
    assert table["net_profit"].to_pylist() == [fast * 10 - slow for fast, slow in zip(
        table["fast"].to_pylist(), table["slow"].to_pylist(), strict=True)]  # fmt: skip
    assert None not in table["plateau"].to_pylist()
    assert not path.with_name("r.parquet.parts").exists()


def test_results_of_something_else_are_not_gone_on_with(market: Market, tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    run(market, path, Bench(2))
    other = {**identity_of(market, SPACE), "data": "other"}
    with pytest.raises(UsageError, match="another data"):
        Store(path, other, SPACE, "net_profit", resume=True)


def test_what_would_make_other_results_is_another_sweep(market: Market, tmp_path: Path) -> None:
    """Prices, spreads, account, code, ranges, values that are not turned, conditions: each is told by its name."""
    usual = identity_of(market, SPACE)
    evaluator = market.evaluator
    spread = replace(evaluator.bars, spread=np.full(len(evaluator.bars), 3.0))
    others = {
        "data": identity_of(replace(market, evaluator=Evaluator(evaluator.compiled, spread, Settings())), SPACE),
        "account": identity_of(
            replace(market, evaluator=Evaluator(evaluator.compiled, evaluator.bars, Settings(deposit=5.0))), SPACE
        ),
        "set of inputs": identity_of(market, replace(SPACE, defaults={"fast": 5, "slow": 20, "more": 3})),
        "--where": identity_of(market, SPACE, "fast < slow"),
        "--limit": identity_of(market, SPACE, None, 3),
    }
    for name, other in others.items():
        assert [part for part in usual if usual[part] != other[part]] == [name]
    assert usual.keys() == {"strategy", "version", *others}


def test_a_file_of_another_kind_is_never_written_over(market: Market, tmp_path: Path) -> None:
    """As the bars would be by a slip of -o; an older sweep is."""
    path = tmp_path / "bars.parquet"
    pq.write_table(pa.table({"time": [1], "close": [1.0]}), path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is not the result of a sweep"):
        run(market, path, Bench())
    assert path.read_bytes() == before
    run(market, tmp_path / "r.parquet", Bench())
    run(market, tmp_path / "r.parquet", Bench())
    assert sorted(one.name for one in tmp_path.iterdir() if "strat" not in one.name) == ["bars.parquet", "r.parquet"]


def test_the_same_sweep_is_the_same_file(market: Market, tmp_path: Path) -> None:
    """Whatever finished first, and whether it was stopped; a piece that was damaged is run again."""

    class Backwards(Bench):
        def measure(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
            return super().measure(list(reversed(jobs)))

    run(market, tmp_path / "a.parquet", Bench())
    run(market, tmp_path / "b.parquet", Backwards(2))
    run(market, tmp_path / "b.parquet", Backwards(3), resume=True)
    (tmp_path / "b.parquet.parts" / "000000.parquet").write_bytes(b"PAR1 cut off")
    run(market, tmp_path / "b.parquet", Backwards(), resume=True)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_two_sweeps_do_not_share_a_file(market: Market, tmp_path: Path) -> None:
    """The second is told."""
    path = tmp_path / "r.parquet"
    with Store(path, {}, SPACE, "net_profit", resume=False), pytest.raises(UsageError, match="another sweep writes"):
        Store(path, {}, SPACE, "net_profit", resume=False)


def test_a_full_disk_loses_nothing(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in a piece nor at the end: the sweep says so, and goes on later."""
    path = tmp_path / "r.parquet"
    run(market, path, Bench(2))
    real = os.replace

    def full(source: Path, target: Path) -> None:
        if Path(target).suffix == ".parquet":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(UsageError, match=r"No space left on device; 2 results are kept: make room"):
            run(market, path, Bench(), resume=True)
    finished = run(market, path, Bench(), resume=True)
    assert len(finished.goals) == 6
    assert not list(tmp_path.glob("*.new"))


def test_what_has_not_traded_is_not_the_best(market: Market, tmp_path: Path) -> None:
    """Where everything else has lost, not to trade would be."""

    class Idle(Bench):
        def measure(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
            for job in jobs:
                idle = job.values["fast"] == 5
                yield job, Measured({"net_profit": 0.0 if idle else -9.0, "trades": 0 if idle else 40}, "class")

    swept = run(market, tmp_path / "r.parquet", Idle())
    assert {swept.space.values(key)["fast"] for key in swept.ranked} == {10, 15}
    assert "2 of 6 configurations have made no trade" in warnings_of(swept)[0]


def test_heat_maps_are_green_above_break_even_only() -> None:
    """A profit factor below 1 is red, a drawdown too; where all is of one tone its whole depth is used."""
    factor = Shading([[0.5, 1.0, 1.5]], middle=1.0)
    assert [factor.tone(value) for value in (0.5, 1.0, 1.5)] == ["down", "", "up"]
    drawdown = Shading([[5.0, 10.0]], less_is_better=True)
    assert [drawdown.tone(5.0), drawdown.depth(5.0), drawdown.depth(10.0)] == ["down", 0.0, 1.0]
    mixed = Shading([[-50.0, 100.0]])
    assert [mixed.tone(-50.0), mixed.depth(-50.0), mixed.depth(100.0)] == ["down", 0.5, 1.0]


def test_the_best_is_the_highest_and_of_drawdowns_the_lowest(market: Market, tmp_path: Path) -> None:
    swept = run(market, tmp_path / "r.parquet", Bench())
    assert swept.space.values(swept.ranked[0]) == {"fast": 15, "slow": 10}


def where(text: str) -> Space:
    """The space with a condition."""
    return replace(SPACE, holds=condition(text, ["fast", "slow"]))


def test_conditions_choose_configurations() -> None:
    assert len(keys_of(where("fast < slow"))) == where("fast < slow").size == 4
    assert len(keys_of(where("slow - fast >= 10 and not fast == 10"))) == 1
    assert keys_of(SPACE, limit=2) == keys_of(SPACE, limit=2)
    with pytest.raises(UsageError, match="lets no configuration through"):
        where("fast > 100").drawn(random.Random(1))


def test_many_configurations_are_asked_about_and_never_listed() -> None:
    """A thousand million are neither gone through nor kept, also where some of them are wanted."""
    thousand = tuple(float(n) for n in range(1000))
    huge = Space((Axis("a", thousand), Axis("b", thousand), Axis("c", thousand)), {"a": 1, "b": 1, "c": 1})
    for sure in (False, True):
        with pytest.raises(UsageError, match=f"1,000,000,000 configurations, and {MOST_EVER:,} are the most"):
            keys_of(huge, sure=sure)
    some = keys_of(huge, limit=100)
    assert some == sorted(some)
    assert len(set(some)) == 100
    assert all(0 <= place < 1000 for key in some for place in key)
    small = [list(SPACE.all())[n] for n in sorted(random.Random(20_240_607).sample(range(6), 3))]
    assert keys_of(SPACE, limit=3) == small
    large = Space((Axis("fast", tuple(range(MOST + 1))),), {"fast": 1})
    with pytest.raises(UsageError, match="--yes"):
        keys_of(large)
    assert len(keys_of(large, sure=True)) == MOST + 1


@pytest.mark.parametrize("text", ["fast <", "fast", "fats < slow", "__import__('os')", "fast.real < 1", "fast < 'a'"])
def test_conditions_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--where"):
        condition(text, ["fast", "slow"])


def test_a_plateau_is_the_median_of_the_neighbourhood() -> None:
    goals = {key: float(10 * key[0] + key[1]) for key in SPACE.all()}
    scores = plateau_scores(SPACE, goals)
    assert scores[(0, 0)] == 5.5  # of 0, 1, 10, 11
    assert plateau_scores(SPACE, {(0, 0): 1.0})[(0, 0)] is None
    across, down, rows = surface(SPACE, goals, ("fast", "slow"))
    assert (across, down) == ((5, 10, 15), (10, 20))
    assert rows == [[0, 10, 20], [1, 11, 21]]


def test_the_command(source: Path, tmp_path: Path) -> None:
    target, report, result = tmp_path / "r.parquet", tmp_path / "r.html", tmp_path / "r.json"
    options = ["--input", "fast=5..10:5", "--input", "slow=20..40:20"]
    answer = CliRunner().invoke(
        app, ["sweep", str(source), *options, "-o", str(target), "--report", str(report), "--json", str(result)]
    )
    assert answer.exit_code == 0, answer.output
    told = json.loads(result.read_text())["sweep"]
    assert told["done"] == 4
    table = pq.read_table(target)
    assert table.num_rows == 4
    assert max(table["net_profit"].to_pylist()) == pytest.approx(told["best"][0]["net_profit"])
    page = report.read_text()
    assert "Sweep: 4 configurations" in page
    assert "fast across, slow down" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--input", "fats=5..10:5"], "did you mean fast"),
        (["--input", "fast=10..5:5"], "from low to high"),
        (["--input", "fast=5..10:5", "--sort", "profits"], "did you mean profit"),
        (["--input", "fast=5..10:5", "--jobs", "0"], "--jobs"),
        (["--input", "fast=1..9999:1", "--input", "slow=1..9999:1"], "1,000,000 are the most"),
        (["--input", "fast=5..7:0.5"], "must be a whole number"),
        (["--input", "fast=5..10:5", "--heat", "fast,slow"], "only fast is turned"),
        (["--input", "fast=5..10:5", "--jobs", "2", "--cluster", "tcp://x:1"], "its workers say"),
    ],
)
def test_mistakes_are_named(source: Path, tmp_path: Path, options: list[str], message: str) -> None:
    answer = CliRunner().invoke(app, ["sweep", str(source), *options, "-o", str(tmp_path / "r.parquet")])
    assert answer.exit_code == 2
    assert message in " ".join(answer.output.split())
    assert not list(tmp_path.glob("*.parts"))
