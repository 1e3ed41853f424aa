"""Where configurations are run: on this machine's cores, or on a cluster."""

from __future__ import annotations

import logging
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from mas.errors import MasError
from nl2strat.errors import UsageError
from nl2strat.research.cluster import Cluster
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.studies import Job, Measured

log = logging.getLogger("nl2strat")

Evaluators = tuple[Evaluator, ...]
"""One for each data set."""

WORTH_A_KERNEL = 20_000_000
"""Bars in all runs together for which the kernel is compiled, if that has not been done yet: about as long as the
generated class would take for them."""
MOST_IN_A_CHUNK = 32
"""Runs that are lost, at most, with a worker of a cluster that is killed."""
WORTH_A_PROCESS = 2.0
"""Seconds of work in a batch of the generated class for which processes are started."""


def measured(evaluators: Evaluators, job: Job) -> Measured:
    """Run one configuration. Values that cannot be run are a result, too."""
    try:
        outcome = evaluators[job.market].evaluate(job.values, job.start, job.stop)
    except MasError as error:
        return Measured(error=str(error))
    return Measured(dict(outcome.metrics), outcome.path, outcome.ambiguous)


def make_ready(evaluators: Evaluators, runs: int, tell: Callable[[str], None] = lambda _: None) -> bool:
    """Have the kernel compiled if so many runs are worth it; true if it will be used."""
    from mas.compiled.building import is_built

    if not is_built() and runs * sum(len(one.bars) for one in evaluators) < WORTH_A_KERNEL:
        return False
    for one in evaluators:
        one.make_ready(tell)
    return any(one.path == "kernel" for one in evaluators)


def measure_chunk(evaluators: Evaluators, chunk: tuple[bool, Sequence[Job]]) -> list[Measured]:
    """Run a few; a module's function, so that it can be sent to other processes.

    Args: chunk: whether the kernel is to be compiled where this runs, and the jobs.
    """
    kernel, jobs = chunk
    for one in evaluators if kernel else ():
        if one.path != "kernel":
            one.make_ready(log.warning)  # it is compiled where the worker runs, once, and its log says so
    return [measured(evaluators, job) for job in jobs]


class LocalBench:
    """This machine: threads for the compiled kernel, which holds no lock; processes for the generated class.

    Use it in a `with` statement. Args: workers: how many at a time; all cores if not given.
    """

    def __init__(self, evaluators: Evaluators, workers: int | None = None) -> None:
        self._evaluators = evaluators
        self._workers = workers or os.cpu_count() or 1
        self._file: Path | None = None
        self._pace = 0.0
        """Seconds that the last job took which was run here."""

    def __enter__(self) -> LocalBench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def measure(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        """As `Bench`."""
        if self._workers == 1 or len(jobs) == 1:
            yield from self._one_by_one(jobs)
        elif all(one.path == "kernel" for one in self._evaluators):
            joblib = _joblib()
            calls = (joblib.delayed(measured)(self._evaluators, job) for job in jobs)
            threads = joblib.Parallel(self._workers, prefer="threads", return_as="generator", batch_size=1)
            yield from zip(jobs, threads(calls), strict=True)
        else:
            yield from self._by_class(jobs)

    def _by_class(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        """The first of all jobs says whether others are worth a process."""
        if not self._pace:
            yield from self._one_by_one(jobs[:1])
            jobs = jobs[1:]
        if self._file is None and self._pace * len(jobs) < WORTH_A_PROCESS:
            yield from self._one_by_one(jobs)
            return
        joblib, name = _joblib(), str(self._kept())
        calls = (joblib.delayed(_measured_there)(name, job) for job in jobs)
        found = joblib.Parallel(self._workers, backend="loky", return_as="generator")(calls)
        yield from zip(jobs, found, strict=True)

    def _one_by_one(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        for job in jobs:
            began = time.monotonic()
            found = measured(self._evaluators, job)
            self._pace = max(1e-6, time.monotonic() - began)
            yield job, found

    def _kept(self) -> Path:
        """The evaluators in a file, which every process reads once."""
        if self._file is None:
            handle, name = tempfile.mkstemp(prefix="nl2strat-", suffix=".evaluators")
            os.close(handle)
            self._file = Path(name)
            _joblib().dump(self._evaluators, name)
        return self._file


class ClusterBench:
    """The workers of a Dask cluster. Use it in a `with` statement. Raises: UsageError: as `Cluster`.

    Args: kernel: whether the workers compile the kernel, if it is not in their cache.
    """

    def __init__(self, address: str, evaluators: Evaluators, *, kernel: bool = False) -> None:
        self._cluster, self._kernel = Cluster(address, evaluators), kernel

    def __enter__(self) -> ClusterBench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cluster.__exit__(kind, error, trace)

    def measure(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        """As `Bench`."""
        size = max(1, min(MOST_IN_A_CHUNK, len(jobs) // (4 * max(1, self._cluster.threads))))
        chunks = [(self._kernel, jobs[place : place + size]) for place in range(0, len(jobs), size)]
        for number, found in self._cluster.run(measure_chunk, chunks):
            yield from zip(chunks[number][1], found, strict=True)


def bench_on(
    address: str | None, evaluators: Evaluators, runs: int = 0, tell: Callable[[str], None] = lambda _: None,
    workers: int | None = None,
) -> LocalBench | ClusterBench:  # fmt: skip
    """The cluster at an address, else this machine, ready for about so many runs.

    Args: workers: of this machine, how many at a time; all cores if not given.
    """
    kernel = make_ready(evaluators, runs, tell)
    if address is None:
        return LocalBench(evaluators, workers)
    tell(f"connecting to {address}")
    return ClusterBench(address, evaluators, kernel=kernel)


@lru_cache(maxsize=1)
def _read(name: str) -> Evaluators:
    evaluators: Evaluators = _joblib().load(name)
    return evaluators


def _measured_there(name: str, job: Job) -> Measured:
    return measured(_read(name), job)


def _joblib() -> Any:
    try:
        import joblib
    except ImportError:
        raise UsageError("several cores need joblib: pip install 'nl2strat[research]'") from None
    warnings.filterwarnings("ignore", "[0-9]+ tasks which were still being processed")  # when a search is stopped
    return joblib
