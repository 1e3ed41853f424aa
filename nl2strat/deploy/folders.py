"""The folder of a run, through which processes meet: who runs it, how it is doing, and what it is told to do.

runs/<id>/journal.sqlite   what it was told and did (mas.trading.journal)
runs/<id>/log.jsonl        what happened, for people
runs/<id>/lock             held by the process that runs it, as long as that lives
runs/<id>/state.json       how it is doing, written whole at every bar and every few seconds
runs/<id>/guards.json      what its guards have to remember: halts, peaks, the day's beginning
runs/<id>/commands/        one file for each command that it has not carried out yet
KILL                       in the data folder, or in the run's: while it is there nothing may trade
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mas.trading.inputs import Command
from nl2strat.errors import UsageError

JOURNAL, GUARDS = "journal.sqlite", "guards.json"
KILL = "KILL"
COMMANDS = ("pause", "resume", "flatten", "stop", "kill")
"""pause: no new entries. resume: entries again. flatten: close everything of the strategy's and pause. stop: end the
process, leaving positions with their stops. kill: flatten, and stop."""

_FRESH = 30.0
"""Seconds after which a state that nobody has written is old."""
_PATIENCE, _GLANCE = 1.0, 0.05
"""Seconds for which a lock is tried: to run, as somebody may just be looking whether it is held; to look so."""


class AlreadyRunning(UsageError):
    """Another process has it."""


class RunFolder:
    """One run's folder. Args: path: made if it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        (path / "commands").mkdir(exist_ok=True)

    @property
    def name(self) -> str:
        """The run's id."""
        return self.path.name.rpartition("-")[2]

    @property
    def journal(self) -> Path:
        """Where the run's journal is."""
        return self.path / JOURNAL

    # ------------------------------------------------------------- one process

    @contextmanager
    def held(self, patience: float = _PATIENCE) -> Iterator[None]:
        """Run it, alone; the operating system lets go of it if the process dies.

        Raises: AlreadyRunning: another process has it.
        """
        with _locked(self.path / "lock", f"run {self.name} is running already", patience):
            yield

    @property
    def is_held(self) -> bool:
        """Whether a process runs it now."""
        try:
            with self.held(_GLANCE):
                return False
        except AlreadyRunning:
            return True

    # ------------------------------------------------------------- how it is doing

    def write_state(self, state: Mapping[str, Any]) -> None:
        """Say how the run is doing; the file is there whole, or as it was."""
        _write(self.path / "state.json", json.dumps({**state, "pid": os.getpid(), "written": time.time()}))

    def read_state(self) -> dict[str, Any]:
        """How the run was doing when it last said so; empty if it never did."""
        try:
            found = json.loads((self.path / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def is_fresh(self, now: float | None = None) -> bool:
        """Whether the state was written a moment ago."""
        written = self.read_state().get("written", 0.0)
        return isinstance(written, int | float) and (now or time.time()) - written < _FRESH

    # ------------------------------------------------------------- commands

    def command(self, command: Command) -> None:
        """Leave a command for the process that runs it.

        Raises: UsageError: there is no such command.
        """
        if command.name not in COMMANDS:
            raise UsageError(f"there is no command {command.name!r}; there are {', '.join(COMMANDS)}")
        name = f"{time.time_ns():020d}-{secrets.token_hex(3)}.json"
        text = json.dumps({"name": command.name, "by": command.by, "reason": command.reason})
        _write(self.path / "commands" / name, text)

    def commands(self) -> dict[Path, Command]:
        """The commands that wait, by their files, oldest first; one that cannot be read is a kill, as it may have been
        one. Whoever has carried one out removes its file: a command outlives the process that was to carry it out.
        """
        folder = self.path / "commands"
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))  # at every look: no Path each
        return {folder / name: _command_in(folder / name) for name in names}


def _command_in(file: Path) -> Command:
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        command = Command(str(given["name"]), str(given.get("by", "")), str(given.get("reason", "")))
        if command.name not in COMMANDS:
            raise ValueError(command.name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Command("kill", "", f"a command that cannot be read: {file.name}")
    return command


def kill_file(folder: Path, path: Path) -> Path | None:
    """The file that forbids trading, if there is one. Args: folder: the data folder. path: the run's."""
    return next((Path(place, KILL) for place in (path, folder) if os.path.exists(f"{place}/{KILL}")), None)


@contextmanager
def only_one(folder: Path, what: str, told: str) -> Iterator[None]:
    """Hold a name that no other process may hold meanwhile: a strategy on an account.

    Raises: AlreadyRunning: another does.
    """
    locks = folder / "locks"
    locks.mkdir(exist_ok=True)
    with _locked(locks / hashlib.sha256(what.encode()).hexdigest()[:24], told, _PATIENCE):
        yield


@contextmanager
def one_after_the_other(folder: Path) -> Iterator[None]:
    """Wait for whoever else is beginning a run. Raises: UsageError: that takes too long."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / "begin.lock", timeout=30.0):
            yield
    except Timeout:
        raise UsageError("another command has been beginning a run for half a minute: look at it, or end it") from None


@contextmanager
def _locked(path: Path, told: str, patience: float) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience, poll_interval=patience / 10.0)
    except Timeout:
        raise AlreadyRunning(f"{told}: a second one would send every order twice. See nl2strat status") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be locked: {error.strerror or error}") from None
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
