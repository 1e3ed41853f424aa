"""Checks of a finished backtest that run the strategy again: begun by a button, going on unwatched, cancelled.

What came of them is kept beside the backtest (robustness.json), so that it is there when the page is opened again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from mas.errors import MasError
from nl2strat.errors import UsageError
from nl2strat.web.shapes import Json, RunSpec, Step
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nl2strat.web.services import Services

FILE = "robustness.json"
SECONDS = 3 * 3600.0
"""Longest time that all checks of one backtest may take."""
MOST_GOING = 2

Status = Literal["idle", "going", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Judged:
    """How the checks of one backtest stand. `found`: as `Robustness.as_json`."""

    status: Status
    step: str = ""
    found: Json | None = None
    error: str = ""


def judge(spec: RunSpec, tell: Callable[[Step], None] = lambda _: None) -> Json:
    """All checks of a backtest, in a worker process: it is run again, which gives the same. It counts as no new try.

    Raises: NotUnderstood, LanguageErrors, DataError, UsageError, ParameterError.
    """
    from nl2strat.backtesting import finer_data, run
    from nl2strat.web.sources import data_choice, prepared, settings_of

    settings = settings_of(spec.costs)
    compiled, bars = prepared(spec.text, spec.options, spec.data, settings, lambda text: tell(Step(text)))
    finer = finer_data(bars, data_choice(spec.data), settings.modelling)
    outcome = run(compiled, bars, settings, lambda text: tell(Step(text)), finer, robust=True)
    assert outcome.robustness is not None
    return outcome.robustness.as_json()


class Judging:
    """The checks of a server's backtests. Called in its event loop."""

    def __init__(self, services: Services) -> None:
        self._work, self._runs = services.work, services.runs
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._states: dict[str, Judged] = {}

    def state(self, number: str) -> Judged:
        """How they stand for a backtest: what this server knows, else what was kept."""
        if number in self._states:
            return self._states[number]
        with contextlib.suppress(OSError, ValueError, UsageError):
            return Judged("done", found=json.loads(self._file(number).read_text(encoding="utf-8")))
        return Judged("idle")

    async def begin(self, number: str) -> None:
        """Begin the checks of a finished backtest. Raises: UsageError: it is not finished, or too many are going on."""
        if number in self._tasks:
            return
        if len(self._tasks) >= MOST_GOING:
            raise UsageError(f"the checks of {len(self._tasks)} backtests are going on; cancel one, or wait")
        state = await asyncio.to_thread(self._runs.get, number)
        if state.status != "done":
            raise UsageError(f"backtest {number} cannot be checked: it is {state.status}")
        self._states[number] = Judged("going", "waiting")
        task = asyncio.create_task(self._run(number, state.spec))
        self._tasks[number] = task
        task.add_done_callback(lambda _: self._tasks.pop(number, None))

    async def cancel(self, number: str) -> None:
        """Stop them; their process is killed."""
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, number: str, spec: RunSpec) -> None:
        def tell(step: Step) -> None:
            if number in self._tasks:
                self._states[number] = replace(self._states[number], step=step.text)

        try:
            found = await self._work.call(judge, spec, tell=tell, lane=RUNNING, seconds=SECONDS)
            await asyncio.to_thread(self._keep, number, found)
            self._states[number] = Judged("done", found=found)
        except asyncio.CancelledError:
            self._states[number] = Judged("cancelled")
            raise
        except MasError as error:
            self._states[number] = Judged("failed", error=str(error))
        except OSError as error:
            self._states[number] = Judged("failed", error=f"the results could not be kept: {error}")

    def _keep(self, number: str, found: Any) -> None:
        file = self._file(number)
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(found, allow_nan=False), encoding="utf-8")
        part.replace(file)

    def _file(self, number: str) -> Path:
        return self._runs.path(number) / FILE


_known: WeakKeyDictionary[Services, Judging] = WeakKeyDictionary()


def judging_of(services: Services) -> Judging:
    """The one of a server."""
    if services not in _known:
        _known[services] = Judging(services)
    return _known[services]
