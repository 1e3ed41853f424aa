"""Worker processes: results, words on the way, errors with their fields, limits, cancelling."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from mas.errors import MasError
from nl2strat.errors import LanguageErrors, NotUnderstood
from nl2strat.web.work import READING, RUNNING, Fault, Work, WorkFailed
from nl2strat.web.workspace import Conflict
from tests.nl2strat.web import chores


@contextlib.asynccontextmanager
async def working(**options: Any) -> AsyncIterator[Work]:
    work = Work(**{"most": 2, "spare": 1, "warm": False, **options})
    try:
        yield work
    finally:
        await asyncio.to_thread(work.close)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 120))  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    """Whether there is such a process, other than one that only waits to be looked at."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_results_words_and_the_same_process_again() -> None:
    async def test() -> None:
        async with working() as work:
            told: list[int] = []
            assert await work.call(chores.double, 21) == 42
            assert await work.call(chores.count, 3, tell=told.append) == "counted"
            await asyncio.sleep(0)
            assert told == [0, 1, 2]
            assert await work.call(chores.pid) == await work.call(chores.pid) != os.getpid()

    run(test)


def test_a_new_process_has_the_variables_of_the_server_as_they_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is forked from may have begun with others."""

    async def test() -> None:
        for value in ("one", "two"):
            monkeypatch.setenv("NL2STRAT_A_VARIABLE", value)
            async with working() as work:
                assert await work.call(chores.variable, "NL2STRAT_A_VARIABLE") == value

    run(test)


def test_errors_come_with_their_fields() -> None:
    async def test() -> None:
        async with working() as work:
            with pytest.raises(NotUnderstood) as asked:
                await work.call(chores.ask)
            assert asked.value.questions == ("Which?",)
            assert asked.value.spans[0].start == 3
            assert asked.value.notes == ("a note",)
            assert "Which?" in str(asked.value)
            with pytest.raises(LanguageErrors) as wrong:
                await work.call(chores.refuse)
            assert wrong.value.problems[0].hint == "a hint"
            with pytest.raises(Conflict, match="changed elsewhere"):
                await work.call(chores.conflict)

    run(test)


def test_a_mistake_of_ours_is_no_answer_and_the_log_has_it(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with working() as work:
            with pytest.raises(Fault, match="KeyError"):
                await work.call(chores.fault)
            assert "in fault" in caplog.text
            assert await work.call(chores.double, 2) == 4

    run(test)


def test_what_cannot_be_sent_back_is_a_fault() -> None:
    async def test() -> None:
        async with working() as work:
            with pytest.raises(Fault):
                await work.call(chores.unpicklable)
            assert await work.call(chores.double, 2) == 4

    run(test)


def test_the_time_limit_kills() -> None:
    async def test() -> None:
        async with working() as work:
            await work.call(chores.double, 1)
            began = time.monotonic()
            with pytest.raises(WorkFailed, match=r"stopped after 0\.3 seconds"):
                await work.call(chores.spin, seconds=0.3)
            assert time.monotonic() - began < 10
            assert await work.call(chores.double, 3) == 6

    run(test)


def test_cancelling_kills_the_process() -> None:
    async def test() -> None:
        async with working() as work:
            told: list[int] = []
            task = asyncio.create_task(work.call(chores.sleep, 60, tell=told.append, lane=RUNNING))
            while not told:
                await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not alive(told[0])

    run(test)


def test_memory_has_an_end_and_a_process_that_died_is_said() -> None:
    async def test() -> None:
        async with working() as work:
            with pytest.raises(MasError, match="memory"):
                await work.call(chores.eat)
            with pytest.raises(WorkFailed, match="its process ended"):
                await work.call(chores.die)
            assert await work.call(chores.double, 4) == 8

    run(test)


def test_reading_does_not_wait_for_running() -> None:
    async def test() -> None:
        async with working(most=1) as work:
            told: list[int] = []
            long = asyncio.create_task(work.call(chores.sleep, 60, tell=told.append, lane=RUNNING))
            while not told:
                await asyncio.sleep(0.02)
            waiting = asyncio.create_task(work.call(chores.double, 1, lane=RUNNING))
            assert await work.call(chores.double, 5, lane=READING) == 10
            assert not waiting.done()
            long.cancel()
            assert await waiting == 2

    run(test)


def test_nothing_is_left_after_the_end() -> None:
    async def test() -> None:
        async with working(spare=2) as work:
            pid = await work.call(chores.pid)
        assert not alive(pid)
        with pytest.raises(WorkFailed, match="ending"):
            await work.call(chores.pid)

    run(test)
