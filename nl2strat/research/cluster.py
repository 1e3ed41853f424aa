"""Work in chunks on the workers of a Dask cluster.

What all chunks need (the bars, the strategy) is sent once to each worker, to one that comes later too, and held there;
a chunk is a few numbers. A chunk whose worker has gone is run again on another one, by Dask. Before any work, a worker
is asked whether it runs the same code: another version would give other trades, in silence.

The data are held by this module rather than scattered by Dask, which drops copies that nobody waits for at the moment,
as between two batches of a search.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
import platform
import queue
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from nl2strat.errors import UsageError

ChunkT = TypeVar("ChunkT")
ResultT = TypeVar("ResultT")

ANSWER = 10.0
"""Seconds to wait for an answer of the scheduler."""
PATIENCE = 30.0
"""Seconds to wait for a first worker, and for another one when all have gone."""
LOOK = 1.0
"""Seconds after which it is looked whether anybody is still there."""
KEPT = 4
"""Data of how many commands a worker holds: one that was killed could not tell it to forget."""


def run_chunks(
    address: str, shared: Any, work: Callable[[Any, ChunkT], ResultT], chunks: Sequence[ChunkT]
) -> Iterator[tuple[int, ResultT]]:
    """Runs `work(shared, chunk)` for every chunk on a cluster; gives (number of the chunk, result) as they finish.

    Args: address: of the scheduler, tcp://host:8786. shared: sent once to each worker. work: a function of a module
        that the workers have.
    Raises: UsageError: no scheduler or no worker there, workers with other versions, or a chunk that kills its
        workers. Whatever `work` raises.
    """
    with Cluster(address, shared) as cluster:
        yield from cluster.run(work, chunks)


class Cluster:
    """A cluster that has been given what all chunks need. Use it in a `with` statement.

    Raises: UsageError: as `run_chunks`.
    """

    def __init__(self, address: str, shared: Any, *, patience: float = PATIENCE) -> None:
        self.address, self._patience = address, patience
        self._client = _connect(address, patience)
        self._token, self._payload = secrets.token_hex(8), pickle.dumps(shared, pickle.HIGHEST_PROTOCOL)
        try:
            self._known = _check_workers(self._client, address, patience)
            self._client.run(_hold, self._token, self._payload)
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client.status == "running" and self._client.nthreads():
            self._client.run(_forget, self._token, on_error="ignore")
        self._client.close()

    @property
    def threads(self) -> int:
        """How many chunks run at once."""
        return sum(self._client.nthreads().values())

    def run(self, work: Callable[[Any, ChunkT], ResultT], chunks: Sequence[ChunkT]) -> Iterator[tuple[int, ResultT]]:
        """As `run_chunks`."""
        finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
        futures: dict[Any, int] = {}

        def submit(number: int) -> None:
            future = self._client.submit(_work_on, self._token, work, chunks[number], pure=False)
            futures[future] = number
            future.add_done_callback(finished.put)

        try:
            for number in range(len(chunks)):
                submit(number)
            while futures:
                future = self._next(finished)
                number = futures.pop(future)
                found = self._result(future, number)
                if isinstance(found, _Missing):
                    self._hand_over(found.worker)
                    submit(number)
                else:
                    yield number, found
        finally:
            if self._client.status == "running":
                self._client.cancel(list(futures))

    def _next(self, finished: queue.SimpleQueue[Any]) -> Any:
        """The next future that has ended. Raises: UsageError: there is nobody left who could end one."""
        alone = 0.0
        while True:
            try:
                return finished.get(timeout=LOOK)
            except queue.Empty:
                alone = 0.0 if self._client.status != "running" or self._client.nthreads() else alone + LOOK
            if alone > self._patience:
                raise UsageError(f"--cluster {self.address}: all workers have gone; start some, and run this again")

    def _result(self, future: Any, number: int) -> Any:
        from distributed.scheduler import KilledWorker

        try:
            return future.result()
        except (asyncio.CancelledError, CancelledError):
            raise UsageError(f"--cluster {self.address}: the scheduler has gone; start it and run this again") from None
        except KilledWorker as error:
            raise UsageError(
                f"--cluster {self.address}: chunk {number + 1} has ended {error.allowed_failures + 1} workers "
                "(out of memory, or killed); see their logs"
            ) from None
        except Exception:
            strangers = [worker for worker in self._client.nthreads() if worker not in self._known]
            if strangers:  # one that came later may not even have the code that it was asked to run
                _check_versions(self._client, self.address, strangers)
            raise

    def _hand_over(self, worker: str) -> None:
        """Give the data to a worker that came later, and check it first."""
        if worker in self._client.nthreads():
            _check_versions(self._client, self.address, [worker])
            self._known.add(worker)
            self._client.run(_hold, self._token, self._payload, workers=[worker], on_error="ignore")


@dataclass(frozen=True)
class _Missing:
    """A worker's answer when it does not have the data."""

    worker: str


_held: dict[str, Any] = {}
"""On a worker: what its chunks need, by token, the newest last."""


def _hold(token: str, payload: bytes) -> None:
    if token not in _held:
        _held[token] = pickle.loads(payload)
    for old in list(_held)[:-KEPT]:
        del _held[old]


def _forget(token: str) -> None:
    _held.pop(token, None)


def _work_on(token: str, work: Callable[[Any, ChunkT], ResultT], chunk: ChunkT) -> ResultT | _Missing:
    """On a worker: run a chunk, if the data are there."""
    if token in _held:
        return work(_held[token], chunk)
    from distributed import get_worker

    return _Missing(get_worker().address)


def _connect(address: str, patience: float) -> Any:
    dask = _dask()
    try:
        return dask.Client(address, timeout=min(patience, ANSWER), set_as_default=False)
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"--cluster {address}: no Dask scheduler answers there ({_first_line(error)}); "
            "start one with `dask scheduler`, and give its address like tcp://host:8786"
        ) from None


def _dask() -> Any:
    try:
        import dask.distributed as dask
    except ImportError:
        raise UsageError("--cluster needs Dask: pip install 'nl2strat[research]'") from None
    return dask


def _wait_for_worker(client: Any, address: str, patience: float) -> None:
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        raise UsageError(f"--cluster {address}: it has no workers; start some with `dask worker {address}`") from None


def _check_workers(client: Any, address: str, patience: float) -> set[str]:
    """The workers. Refuses a cluster without any, and workers that would run other code."""
    _wait_for_worker(client, address, patience)
    return _check_versions(client, address)


def _check_versions(client: Any, address: str, workers: Sequence[str] | None = None) -> set[str]:
    """The workers that were asked."""
    ours = versions()
    theirs = client.run(versions, workers=workers, on_error="return")
    for worker, found in sorted(theirs.items()):
        if isinstance(found, BaseException):  # whatever unpickling raises there
            raise UsageError(
                f"--cluster {address}: worker {worker} cannot run nl2strat ({_first_line(found)}); install the same "
                "version, with its research extra, where it runs, and start the worker again"
            )
        other = [name for name in ours if found.get(name) != ours[name]]
        if other:
            names = ", ".join(
                f"{name} {found.get(name, 'is not installed')} there and {ours[name]} here" for name in other
            )
            raise UsageError(
                f"--cluster {address}: worker {worker} has other versions: {names}. Results would not be the same; "
                "install what is here there, and start the worker again"
            )
    return set(theirs)


@cache
def versions() -> dict[str, str]:
    """What must be the same for the same results, by name; without loading any of it."""
    from importlib.metadata import PackageNotFoundError, version

    import nl2strat

    found = {
        "Python": ".".join(platform.python_version_tuple()[:2]), "nl2strat": nl2strat.__version__,
        "code": code_fingerprint(),
    }  # fmt: skip
    for package in ("numpy", "TA-Lib", "numba"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@cache
def code_fingerprint() -> str:
    """What the source files are that decide results, in 12 digits: results of other code are not ours."""
    import mas
    import nl2strat

    runtime, compiler = (Path(str(package.__file__)).parent for package in (mas, nl2strat))
    digest = hashlib.sha256()
    for root in (runtime, compiler / "language", compiler / "codegen", compiler / "research"):
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in ("backtesting.py", "settings.py"):
        digest.update((compiler / name).read_bytes())
    return digest.hexdigest()[:12]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200] or type(error).__name__
