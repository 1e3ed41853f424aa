"""What the page and the API share: the workers, the library, drafts, backtests. One per server.

found = await services.understand(text, options)
state = await services.start(spec, draft=draft.id)     # runs on; see services.runs.get(state.id)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from mas.errors import MasError
from nl2strat.errors import UsageError
from nl2strat.library.places import data_folder
from nl2strat.library.store import Library
from nl2strat.web import asking, tasks
from nl2strat.web.runs import Runs, RunState
from nl2strat.web.shapes import Options, RunSpec, Step, Understood
from nl2strat.web.sources import check_length
from nl2strat.web.work import READING, RUNNING, Work
from nl2strat.web.workspace import Workspace

log = logging.getLogger("nl2strat.web")
T = TypeVar("T")

MOST_RUNNING = 8
"""Backtests that may wait or run at once."""


class Services:
    """Args: home: the data folder. work: its worker processes, where others than the usual are wanted."""

    def __init__(self, home: Path | None = None, work: Work | None = None) -> None:
        self.home = home or data_folder()
        self.library = Library.open(self.home)
        self.workspace = Workspace(self.library)
        self.runs = Runs(self.home)
        self.work = work or Work()
        self._going: dict[str, asyncio.Task[RunState]] = {}

    # ------------------------------------------------------------- life

    def begin(self) -> None:
        """Before the first request: workers warm up, and what a server before this has left running is marked."""
        for number in self.runs.recover():
            log.warning("backtest %s was interrupted when the server ended", number)
        threading.Thread(target=self.work.warm, daemon=True).start()

    async def end(self) -> None:
        """After the last one: what runs is stopped, and marked as interrupted by the next start."""
        for task in self._going.values():
            task.cancel()
        await asyncio.to_thread(self.work.close)
        self.library.close()

    # ------------------------------------------------------------- reading

    async def understand(self, text: str, options: Options) -> Understood:
        """See `tasks.understand`, and `asking.ask` where a model reads: what waits for one has a lane of its own."""
        found: Understood
        if options.translator == "offline" or options.kind != "english":
            found = await self.work.call(tasks.understand, text, options, lane=READING)
        else:
            found = await self.work.call(asking.ask, text, options, lane="asking", seconds=asking.LONGEST)
        return found

    # ------------------------------------------------------------- backtests

    async def start(self, spec: RunSpec, draft: str | None = None) -> RunState:
        """Begin a backtest; it goes on whoever is watching.

        Raises: UsageError: too many are running.
        """
        check_length(spec.text)
        if len(self._going) >= MOST_RUNNING:
            raise UsageError(f"{len(self._going)} backtests are running; cancel one, or wait")
        state = await asyncio.to_thread(self.runs.begin, spec, draft)
        task = asyncio.create_task(self._run(state))
        self._going[state.id] = task
        task.add_done_callback(lambda _: self._going.pop(state.id, None))
        return state

    async def wait(self, number: str) -> RunState:
        """The backtest when it has ended, whatever its end."""
        task = self._going.get(number)
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        return await asyncio.to_thread(self.runs.get, number)

    async def cancel(self, number: str) -> RunState:
        """Stop a backtest; one that has ended stays as it is. Raises: UsageError: there is none of that id."""
        task = self._going.get(number)
        if task is not None:
            task.cancel("asked")
        return await self.wait(number)

    async def again(self, number: str) -> RunState:
        """The same backtest once more, as a new one."""
        state = await asyncio.to_thread(self.runs.get, number)
        return await self.start(state.spec, state.draft)

    async def _run(self, state: RunState) -> RunState:
        from nl2strat.machine import error_object

        def tell(step: Step) -> None:
            self.runs.tell(state.id, step)

        folder = str(self.runs.path(state.id))
        try:
            summary = await self.work.call(tasks.backtest, folder, state.spec, tell=tell, lane=RUNNING)
            return await asyncio.to_thread(lambda: self.runs.end(state.id, "done", summary=summary))
        except asyncio.CancelledError as cancelled:
            if "asked" not in cancelled.args:
                raise  # the server ends: the next start says that it was interrupted
            return self.runs.end(state.id, "cancelled")
        except MasError as error:
            found = error_object(error)
            return await asyncio.to_thread(lambda: self.runs.end(state.id, "failed", error=found))
        except Exception as error:
            log.exception("backtest %s", state.id)
            found = error_object(UsageError(f"the backtest could not be kept: {error}"))
            return await asyncio.to_thread(lambda: self.runs.end(state.id, "failed", error=found))

    # ------------------------------------------------------------- the database

    async def do(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """A call of the library, the drafts or the runs, in a thread: none may hold the event loop."""
        return await asyncio.to_thread(function, *args, **named)

    async def keep_last_run(self, draft: str, run: str) -> None:
        """Have a draft remember its newest backtest."""
        found = await self.do(self.workspace.open, draft)
        await self.do(self.workspace.save, replace(found, last_run=run))


_current: Services | None = None


def current() -> Services:
    """Those of the server of this process."""
    if _current is None:
        raise RuntimeError("no server has begun")
    return _current


def set_current(services: Services | None) -> None:
    """Told by the server when it begins and ends."""
    global _current
    _current = services
