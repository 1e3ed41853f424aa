"""Work that may be long, wrong or endless, done in processes of its own: each can be killed, and none slows the page.

    work = Work()
    result = await work.call(tasks.understand, text, options, tell=print, seconds=30)

A function of `tasks` runs in one of a few warm processes, within a time and a memory limit. What it says on the way
reaches `tell`; what it raises is raised here, fields and all. To cancel the awaiting task is to kill the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from mas.errors import MasError
from nl2strat.errors import Nl2StratError
from nl2strat.web import workers

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

log = logging.getLogger("nl2strat.web")

READING, RUNNING = "reading", "running"
"""Lanes: what answers a keystroke never waits for what plays a million bars."""

SECONDS = {READING: 30.0, RUNNING: 900.0}
"""Longest time a call may take, by its lane, where it names no other."""

MEMORY = 6 * 1024**3
"""Bytes of address space that a worker may use."""

_CALLS = 200
"""Calls after which a process makes room for a fresh one."""


class WorkFailed(Nl2StratError):
    """A call took too long or too much memory, or its process died."""


class Cancelled(WorkFailed):
    """Somebody has cancelled the call."""


class Fault(WorkFailed):
    """The program itself is wrong; the log has the details."""


@dataclass(eq=False)
class _Worker:
    """A process and our end of the line to it."""

    process: BaseProcess
    line: Connection
    calls: int = 0

    def end(self) -> None:
        """Kill it, whatever it does."""
        with contextlib.suppress(OSError):
            self.line.close()
        self.process.kill()
        self.process.join(5.0)


class Work:
    """The worker processes of a server.

    Args: most: how many calls of a lane run at once; others wait their turn. spare: idle processes kept ready.
        memory: bytes that each may use (where the system can limit it). warm: have new ones import what the first
        call of a page needs.
    """

    def __init__(self, *, most: int | None = None, spare: int = 2, memory: int = MEMORY, warm: bool = True) -> None:
        self._context = _forking(warm) if "forkserver" in multiprocessing.get_all_start_methods() else _spawning()
        self._most = most or max(2, (os.cpu_count() or 2) - 1)
        self._spare, self._memory, self._warm = spare, memory, warm
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._lanes: dict[str, asyncio.Semaphore] = {}

    def warm(self) -> None:
        """Begin the spare processes; they are ready about a second later."""
        with self._lock:
            missing = 0 if self._closed else self._spare - len(self._idle)
        for _ in range(missing):
            worker = self._begin()
            with self._lock:
                closed = self._closed
                if not closed:
                    self._idle.append(worker)
            if closed:
                worker.end()

    def close(self) -> None:
        """Kill everything; nothing can be called any more."""
        with self._lock:
            self._closed = True
            workers_there = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers_there:
            worker.end()

    async def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        tell: Callable[[Any], None] | None = None,
        lane: str = READING,
        seconds: float | None = None,
        **named: Any,
    ) -> Any:
        """What a top-level function returns for these (picklable) arguments, computed elsewhere.

        Args: tell: called in the event loop with whatever the function passes to its own `tell=`. lane: READING or
            RUNNING. seconds: the time limit, counted from when it begins.
        Raises: MasError: what it raised. WorkFailed: it was stopped by a limit, or its process died. Fault: it is
            wrong itself. asyncio.CancelledError: the awaiting task was cancelled; the process is dead then.
        """
        limit = seconds or SECONDS[lane]
        loop = asyncio.get_running_loop()
        if lane not in self._lanes:
            self._lanes[lane] = asyncio.Semaphore(self._most)
        async with self._lanes[lane]:
            worker = await asyncio.to_thread(self._take)
            hear = None if tell is None else _in_loop(loop, tell)
            job = (function, args, named, tell is not None)
            future = loop.run_in_executor(None, self._carry_out, worker, job, hear, limit)
            future.add_done_callback(_noted)
            try:
                return await asyncio.shield(future)
            except asyncio.CancelledError:
                worker.process.kill()
                await asyncio.wait([future])  # the thread that waits for it ends with it
                raise

    # ------------------------------------------------------------- inside

    def _begin(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=workers.serve, args=(theirs, self._memory, self._warm, dict(os.environ)), daemon=True,
            name="nl2strat worker",
        )  # fmt: skip
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _take(self) -> _Worker:
        """An idle process, or a new one; if none is left then, another spare is begun beside it."""
        with self._lock:
            if self._closed:
                raise WorkFailed("the server is ending; start it again with nl2strat ui")
            worker = next((one for one in self._idle if one.process.is_alive()), None)
            self._idle = [one for one in self._idle if one is not worker and one.process.is_alive()]
        worker = worker or self._begin()
        with self._lock:
            self._busy.add(worker)
            none_left = not self._idle
        if none_left:  # while some are, beginning one would only take time from the call
            self._warm_beside()
        return worker

    def _give_back(self, worker: _Worker, *, usable: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            keep = usable and not self._closed and worker.calls < _CALLS and len(self._idle) < self._most + self._spare
            if keep:
                self._idle.insert(0, worker)  # the warmest first
        if not keep:
            worker.end()
            self._warm_beside()

    def _warm_beside(self) -> None:
        threading.Thread(target=self.warm, daemon=True).start()

    def _carry_out(self, worker: _Worker, job: Any, hear: Callable[[Any], None] | None, limit: float) -> Any:
        """One call, in a thread of its own that only waits."""
        usable = False
        try:
            worker.calls += 1
            worker.line.send(job)
            kind, value = _answer(worker, hear, limit)
            usable = kind != workers.FAULT
        except (EOFError, OSError):
            raise WorkFailed(
                "the work was stopped: its process ended (out of memory, or cancelled); try fewer bars or a shorter "
                "period"
            ) from None
        finally:
            self._give_back(worker, usable=usable)
        if kind == workers.DONE:
            return value
        if kind == workers.RAISED:
            raise workers.rebuilt(value)
        log.error("in a worker:\n%s", value[1])
        raise Fault(f"something in the program itself went wrong ({value[0]}); the log of nl2strat ui has the details")


def _forking(warm: bool) -> Any:
    """Workers are forked from a process without threads that has imported all they need: ready in milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["nl2strat.web.warmed" if warm else "nl2strat.web.workers"])
    return context


def _spawning() -> Any:
    """Where nothing can be forked each worker imports for itself."""
    return multiprocessing.get_context("spawn")


def _noted(future: asyncio.Future[Any]) -> None:
    """That it has failed is known, though nobody waits for it any more: who is cancelled twice does not."""
    if not future.cancelled():
        future.exception()


def _answer(worker: _Worker, hear: Callable[[Any], None] | None, limit: float) -> tuple[str, Any]:
    """The last word of a call. Raises: EOFError: the process died. WorkFailed: too long."""
    until = time.monotonic() + limit
    while True:
        ready = wait([worker.line, worker.process.sentinel], timeout=max(0.0, until - time.monotonic()))
        if not ready:
            raise WorkFailed(f"the work was stopped after {limit:g} seconds; try fewer bars or a shorter period")
        if worker.line not in ready:
            raise EOFError
        kind, value = worker.line.recv()
        if kind != workers.TOLD:
            return kind, value
        if hear is not None:
            hear(value)


def _in_loop(loop: asyncio.AbstractEventLoop, tell: Callable[[Any], None]) -> Callable[[Any], None]:
    def hear(value: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, value)

    return hear


__all__ = ["READING", "RUNNING", "Cancelled", "Fault", "MasError", "Work", "WorkFailed"]
