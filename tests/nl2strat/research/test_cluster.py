"""Work on a cluster of several processes: what is lost with a killed worker is run again, and wrong clusters are told.

The workers are real processes on this machine, one of which is killed in the middle.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nl2strat.cli import main
from nl2strat.errors import UsageError
from nl2strat.research import cluster as module
from nl2strat.research.bench import ClusterBench, LocalBench
from nl2strat.research.cluster import Cluster, run_chunks
from nl2strat.research.studies import Search
from tests.nl2strat.research.clusters import CODE, SAME_CODE, WITHOUT, LocalProcesses
from tests.nl2strat.research.searches import PROGRAMS, markets_on, search_of


class Shared:
    """What all chunks need; notes each process that it arrives in."""

    def __init__(self, log: Path) -> None:
        self.log, self.factor, self.load = str(log), 3, bytes(1_000_000)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        with open(self.log, "a", encoding="utf-8") as stream:
            stream.write(f"{os.getpid()}\n")


def work(shared: Shared, chunk: tuple[int, float]) -> tuple[int, int]:
    """A chunk: a number, and how long it takes."""
    number, seconds = chunk
    time.sleep(seconds)
    return shared.factor * number, os.getpid()


def failing(shared: Shared, chunk: int) -> int:
    """A fault in a chunk."""
    raise ZeroDivisionError(f"chunk {chunk}")


def deadly(shared: Shared, chunk: int) -> int:
    """A chunk that ends whatever runs it."""
    os._exit(1)


@pytest.fixture(autouse=True)
def _same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "code_fingerprint", lambda: CODE)
    module.versions.cache_clear()


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProcesses]:
    """A cluster with two workers."""
    with LocalProcesses(tmp_path_factory.mktemp("cluster")) as found:
        for _ in range(2):
            found.add_worker()
        yield found


def test_chunks_come_back_as_they_finish_and_the_data_travel_once_per_worker(
    processes: LocalProcesses, tmp_path: Path
) -> None:
    """Every chunk has its result, both workers have worked, and each was given the data once."""
    shared = Shared(tmp_path / "arrivals")
    with Cluster(processes.address, shared) as cluster:
        cluster._client.wait_for_workers(2, timeout=60)
        found = dict(cluster.run(work, [(n, 0.05) for n in range(12)]))
        again = dict(cluster.run(work, [(n, 0.0) for n in range(100, 104)]))
    assert {n: result for n, (result, _) in found.items()} == {n: 3 * n for n in range(12)}
    assert [again[n][0] for n in range(4)] == [300, 303, 306, 309]
    arrivals = (tmp_path / "arrivals").read_text().split()
    assert len(arrivals) == len(set(arrivals))
    assert {str(pid) for _, pid in found.values()} <= set(arrivals)


def test_what_is_lost_with_a_killed_worker_is_run_again(processes: LocalProcesses, tmp_path: Path) -> None:
    """One of the workers is killed while it works: every chunk still comes back, once, with the right result."""
    with Cluster(processes.address, Shared(tmp_path / "arrivals")) as cluster:
        victim, found = 0, {}
        for number, (result, pid) in cluster.run(work, [(n, 0.15) for n in range(20)]):
            assert number not in found
            found[number] = result
            if not victim:
                victim = pid
                processes.kill_worker(pid)
                processes.add_worker()
    assert found == {n: 3 * n for n in range(20)}


@pytest.mark.slow
def test_data_that_went_with_their_last_worker_are_sent_again(processes: LocalProcesses, tmp_path: Path) -> None:
    """All workers that have the data are killed; a new one gets them anew."""
    with Cluster(processes.address, Shared(tmp_path / "arrivals")) as cluster:
        found: dict[int, int] = {}
        for number, (result, _) in cluster.run(work, [(n, 0.15) for n in range(12)]):
            if not found:
                for pid in {int(pid) for pid in cluster._client.run(os.getpid).values()}:
                    processes.kill_worker(pid)
                processes.add_worker()
            found[number] = result
    assert found == {n: 3 * n for n in range(12)}


def test_what_a_chunk_raises_comes_back(processes: LocalProcesses, tmp_path: Path) -> None:
    """A fault is not swallowed."""
    with pytest.raises(ZeroDivisionError, match="chunk 7"):
        list(run_chunks(processes.address, Shared(tmp_path / "arrivals"), failing, [7]))


@pytest.mark.slow
def test_a_search_on_a_cluster_is_the_search_on_this_machine(processes: LocalProcesses) -> None:
    """Whatever finishes first on whichever worker: the same trials with the same figures, though a worker is killed."""
    markets = markets_on("crossing", 900)
    space, plan, window = search_of(markets, trials=16)
    with LocalBench((markets[0].evaluator,), workers=1) as here:
        alone = Search(space, plan, window, here, {}).run()
    processes.add_worker()
    killed: list[int] = []

    def kill_one(done: int, of: int, seconds: float) -> None:
        if not killed and done >= 8:
            killed.append(processes.workers[-1].pid)
            processes.kill_worker(killed[0])

    with ClusterBench(processes.address, (markets[0].evaluator,)) as there:
        together = Search(space, plan, window, there, {}, tell=kill_one).run()
    assert killed
    assert together == alone
    assert len(alone.distinct) > 8


def test_workers_with_other_code_are_refused(
    processes: LocalProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their results would not be ours; the message says what differs, and where."""
    here = {**module.versions(), "nl2strat": "9.9"}
    monkeypatch.setattr(module, "versions", _telling(here))
    with pytest.raises(UsageError, match=r"worker tcp://.*nl2strat 0\.\S+ there and 9\.9 here"):
        list(run_chunks(processes.address, Shared(tmp_path / "arrivals"), work, [(1, 0.0)]))


class _telling:  # noqa: N801  (stands for a function)
    """Says one thing here, and on a worker, where it arrives by pickle, what is true there."""

    def __init__(self, here: dict[str, str]) -> None:
        self.here = here

    def __call__(self) -> dict[str, str]:
        return self.here

    def __reduce__(self) -> Any:
        return _true_versions, ()


def _true_versions() -> Any:
    return module.versions


GRID = ("--input", "fast=3..9:2", "--input", "slow=15..35:5", "--to", "2023-03-01", "--where", "fast < slow")


def sweep_words(output: str, *more: str) -> list[str]:
    """The command of a sweep of 20 configurations of `crossing.strat` on made-up bars."""
    return ["sweep", "crossing.strat", *GRID, "-o", output, *more]


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a strategy."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("crossing.strat").write_text(PROGRAMS["crossing"])
    return tmp_path


def test_a_sweep_on_a_cluster_writes_the_same_file(processes: LocalProcesses, at_home: Path) -> None:
    """Byte for byte that of this machine; every configuration is counted once for each sweep."""
    assert main(sweep_words("here.parquet", "--jobs", "1")) == 0
    counted = len((at_home / "home" / "tries.jsonl").read_text().splitlines())
    assert counted == 20
    assert main(sweep_words("there.parquet", "--cluster", processes.address)) == 0
    assert Path("here.parquet").read_bytes() == Path("there.parquet").read_bytes()
    assert sorted(path.name for path in at_home.glob("*.parquet*")) == ["here.parquet", "there.parquet"]
    assert len((at_home / "home" / "tries.jsonl").read_text().splitlines()) == 2 * counted


@pytest.mark.slow
def test_a_sweep_that_is_killed_with_a_worker_goes_on(tmp_path: Path, at_home: Path) -> None:
    """kill -9 of a worker, then of the sweep itself; the file is that of a sweep on this machine."""
    begin = f"{SAME_CODE}; from nl2strat.research import sweep; sweep.PIECE = 8; from nl2strat.cli import main; "
    wide = ("--input", "fast=3..12:1", "--input", "slow=15..60:1", "--to", "2023-04-01", "--where", "fast < slow")
    there = ["sweep", "crossing.strat", *wide, "-o", "there.parquet"]
    (tmp_path / "dask").mkdir()
    with LocalProcesses(tmp_path / "dask") as processes:
        for _ in range(3):
            processes.add_worker()
        there += ["--cluster", processes.address]
        running = subprocess.Popen([sys.executable, "-c", f"{begin}raise SystemExit(main({there!r}))"])
        parts = Path("there.parquet.parts")
        for pieces, victim in ((1, processes.workers[0]), (3, running)):
            end = time.monotonic() + 120
            while len(list(parts.glob("*.parquet"))) < pieces:
                assert time.monotonic() < end
                assert running.poll() is None
                time.sleep(0.01)
            victim.kill()
        assert running.wait() == -signal.SIGKILL
        kept = len(list(parts.glob("*.parquet")))
        assert main(there) == 2  # not without --resume
        assert main([*there[:-2], "--resume", "--spread", "33"]) == 2  # and not with other costs
        assert len(list(parts.glob("*.parquet"))) == kept
        assert main([*there, "--resume"]) == 0
    assert main(["sweep", "crossing.strat", *wide, "-o", "here.parquet"]) == 0
    assert Path("here.parquet").read_bytes() == Path("there.parquet").read_bytes()


@pytest.mark.slow
def test_a_worker_without_the_package_is_told(tmp_path: Path) -> None:
    """From the beginning, or where it joins in the middle; unless it ends by itself, and nothing is lost by it."""
    with LocalProcesses(tmp_path) as processes:
        stranger = processes.add_worker(WITHOUT)
        with pytest.raises(UsageError, match=r"worker tcp://\S+ cannot run nl2strat .*No module named"):
            Cluster(processes.address, None)
        stranger.kill()
        processes.add_worker()
        time.sleep(3)
        with Cluster(processes.address, Shared(tmp_path / "a"), patience=60.0) as cluster:
            rest = cluster.run(work, [(n, 0.1) for n in range(150)])
            found = dict([next(rest)])
            processes.add_worker(WITHOUT)
            try:
                found.update(rest)
            except UsageError as told:
                assert re.search("cannot run nl2strat .*No module named", str(told))  # noqa: PT017
            else:
                assert {number: result for number, (result, _) in found.items()} == {n: 3 * n for n in range(150)}


def test_a_wrong_address_is_told() -> None:
    """Nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UsageError, match=r"no Dask scheduler answers there.*dask scheduler"):
        Cluster(f"tcp://127.0.0.1:{port}", None, patience=1.0)
    with pytest.raises(UsageError, match="no Dask scheduler"):
        Cluster("nonsense://x", None, patience=1.0)


def test_a_cluster_without_workers_is_told(processes: LocalProcesses) -> None:
    """With the command that starts one. It is the last test of this cluster."""
    for worker in processes.workers:
        worker.kill()
        worker.wait()
    with pytest.raises(UsageError, match="no workers; start some with `dask worker"):
        Cluster(processes.address, None, patience=3.0)


@pytest.mark.slow
def test_workers_that_all_go_are_told(tmp_path: Path) -> None:
    """Nobody is waited for forever."""
    with LocalProcesses(tmp_path) as processes:
        processes.add_worker()
        with Cluster(processes.address, Shared(tmp_path / "a"), patience=30.0) as cluster:
            found = cluster.run(work, [(n, 0.2) for n in range(20)])
            _, (_, pid) = next(found)
            cluster._patience = 2.0
            processes.kill_worker(pid)
            with pytest.raises(UsageError, match="all workers have gone"):
                list(found)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_told(tmp_path: Path) -> None:
    """In the middle of the work."""
    with LocalProcesses(tmp_path) as processes:
        processes.add_worker()
        found = run_chunks(processes.address, Shared(tmp_path / "a"), work, [(n, 0.2) for n in range(20)])
        next(found)
        processes.stop_scheduler()
        with pytest.raises(UsageError, match="the scheduler has gone"):
            list(found)


@pytest.mark.slow
def test_a_chunk_that_ends_its_workers_is_told(tmp_path: Path) -> None:
    """It is given up after a few, and named."""
    with LocalProcesses(tmp_path) as processes:
        for _ in range(6):
            processes.add_worker()
        with Cluster(processes.address, Shared(tmp_path / "a"), patience=120.0) as cluster:
            cluster._client.wait_for_workers(6, timeout=120)
            with pytest.raises(UsageError, match="chunk 1 has ended"):
                list(cluster.run(deadly, [1]))


@pytest.mark.slow
def test_the_command_on_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same object as on this machine, to the last figure; on nobody's cluster a sentence."""
    monkeypatch.chdir(tmp_path)
    Path("crossing.strat").write_text(PROGRAMS["crossing"])
    words = ["optimise", "crossing.strat", "--to", "2023-03-01", "--trials", "16", "--json", "out.json"]
    found = []
    with LocalProcesses(tmp_path) as processes:
        processes.add_worker()
        for home, more in (("there", ["--cluster", processes.address]), ("here", [])):
            monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / home))
            assert main([*words, *more]) == 0
            found.append(json.loads(Path("out.json").read_text())["optimised"])
            assert len((tmp_path / home / "tries.jsonl").read_text().splitlines()) >= found[-1]["configurations"]
    assert found[0] == found[1]
