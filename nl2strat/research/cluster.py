"""Work in chunks on the workers of a Dask cluster.

What all chunks need (the bars, the strategy) is sent once to each worker and kept there; a chunk is a few numbers. A
chunk whose worker has gone is run again on another one, by Dask. Data that went with the last worker that had them are
sent again. Before any work, the workers are asked whether they run the same code: another version would give other
trades, in silence.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import platform
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from nl2strat.errors import UsageError

log = logging.getLogger("nl2strat")

ChunkT = TypeVar("ChunkT")
ResultT = TypeVar("ResultT")

PATIENCE = 10.0
"""Seconds to wait for an answer of the scheduler, and for a first worker."""
RETRIES = 3
"""How often data that were lost with their workers are sent again."""


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
        self._client = _connect(address, patience)
        self.address, self._shared = address, shared
        try:
            _check_workers(self._client, address, patience)
            self._sent = self._send()
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    @property
    def threads(self) -> int:
        """How many chunks run at once."""
        return sum(self._client.nthreads().values())

    def run(self, work: Callable[[Any, ChunkT], ResultT], chunks: Sequence[ChunkT]) -> Iterator[tuple[int, ResultT]]:
        """As `run_chunks`."""
        left = dict(enumerate(chunks))
        for attempt in range(RETRIES + 1):
            if attempt:
                log.warning("%s: the data went with the workers that had them; sending them again", self.address)
                _wait_for_worker(self._client, self.address, PATIENCE)
                self._sent = self._send()
            for number, result in self._once(work, dict(left)):
                del left[number]
                yield number, result
            if not left:
                return
            if self._client.status != "running":
                raise UsageError(f"--cluster {self.address}: the scheduler has gone; start it and run this again")
        raise UsageError(f"{self.address}: the workers go away faster than they can be given the data; see their logs")

    def _once(self, work: Callable[[Any, ChunkT], ResultT], left: dict[int, ChunkT]) -> Iterator[tuple[int, ResultT]]:
        """Runs what is left; what has lost its data is left out."""
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        futures = {self._client.submit(work, self._sent, chunk, pure=False): number for number, chunk in left.items()}
        try:
            for future in _dask().as_completed(futures):
                number = futures[future]
                try:
                    yield number, future.result()
                except (FutureCancelledError, asyncio.CancelledError):
                    continue
                except KilledWorker as error:
                    raise UsageError(
                        f"{self.address}: chunk {number + 1} has ended {error.allowed_failures + 1} workers "
                        "(out of memory, or killed); see their logs"
                    ) from None
        finally:
            self._client.cancel([future for future in futures if not future.done()])

    def _send(self) -> Any:
        return self._client.scatter(self._shared, broadcast=True, hash=False)


def _connect(address: str, patience: float) -> Any:
    dask = _dask()
    try:
        return dask.Client(address, timeout=patience, set_as_default=False)
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


def _check_workers(client: Any, address: str, patience: float) -> None:
    """Refuses a cluster without workers, and workers that would run other code."""
    _wait_for_worker(client, address, patience)
    ours = versions()
    try:
        theirs = client.run(versions)
    except Exception as error:  # whatever unpickling raises there
        raise UsageError(
            f"--cluster {address}: the workers cannot run nl2strat ({_first_line(error)}); install the same version, "
            "with its research extra, where they run"
        ) from None
    for worker, found in sorted(theirs.items()):
        other = [name for name in ours if found.get(name) != ours[name]]
        if other:
            names = ", ".join(f"{name} {found.get(name)} there and {ours[name]} here" for name in other)
            raise UsageError(
                f"--cluster {address}: worker {worker} has other versions: {names}. Results would not be the same; "
                "install what is here there, and start the worker again"
            )


@cache
def versions() -> dict[str, str]:
    """What must be the same for the same results, by name."""
    import numpy

    import nl2strat

    found = {
        "Python": ".".join(platform.python_version_tuple()[:2]), "numpy": numpy.__version__,
        "nl2strat": nl2strat.__version__, "code": code_fingerprint(),
    }  # fmt: skip
    try:
        import numba
    except ImportError:
        return found
    return {**found, "numba": numba.__version__}


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
    return digest.hexdigest()[:12]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200] or type(error).__name__
