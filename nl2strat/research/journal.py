"""What a search has measured, in a file: one line for each run, so that nothing done is lost and nothing is done twice.

The first line says what the results are of: the program, the bars, the account and the code. A file of something else
is refused. Another goal, sampler or range of the same strategy on the same data goes on with the same file.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.research.studies import Job, Measured, Name

if TYPE_CHECKING:
    from filelock import FileLock

    from nl2strat.research.evaluating import Evaluator

FORMAT = "nl2strat study 1"


class Journal:
    """The file of one strategy on one choice of data. Use it in a `with` statement; `memory` is what it holds.

    Raises: UsageError: it is of something else, is in use, or cannot be read or written.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self.path, self.identity = path, identity
        self.memory: dict[Name, Measured] = {}
        self._lock: FileLock | None = None
        self._handle: int | None = None

    def __enter__(self) -> Journal:
        from filelock import FileLock, Timeout

        self._lock = FileLock(f"{self.path}.lock")
        try:
            self._lock.acquire(timeout=0)
            self._read()
            self._handle = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
            if not self.path.stat().st_size:
                self._write({"format": FORMAT, "of": self.identity})
        except Timeout:
            raise UsageError(f"{self.path}: another search is writing to it; wait for it, or give -o FILE") from None
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be used for a study: {error.strerror or error}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
        if self._lock is not None:
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)

    def keep(self, job: Job, measured: Measured) -> None:
        """Write a result down."""
        self._write(
            {
                "run": list(job.name), "figures": dict(measured.figures), "path": measured.path,
                "ambiguous": measured.ambiguous, "error": measured.error,
            }
        )  # fmt: skip

    def _write(self, line: dict[str, Any]) -> None:
        assert self._handle is not None
        data = json.dumps(line, allow_nan=False).encode() + b"\n"
        try:
            if os.write(self._handle, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise UsageError(
                f"{self.path}: cannot be written: {error.strerror or error}; what was measured before is kept: make "
                "room, and the same command goes on"
            ) from None

    def _read(self) -> None:
        if not self.path.exists() or not self.path.stat().st_size:
            return
        data = self.path.read_bytes()
        lines = data.split(b"\n")
        self._check(lines[0])
        for line in lines[1:]:
            found = _parsed(line) or {}
            try:
                figures = {str(name): value for name, value in found["figures"].items()}
                measured = Measured(figures, found["path"], found["ambiguous"], found["error"])
                self.memory[tuple(found["run"])] = measured
            except (KeyError, TypeError, AttributeError):
                continue  # cut off by a crash
        if not data.endswith(b"\n"):
            with self.path.open("ab") as stream:
                stream.write(b"\n")

    def _check(self, first: bytes) -> None:
        head = _parsed(first)
        if head is None or head.get("format") != FORMAT:
            raise UsageError(f"{self.path} exists and is not a study; choose another -o")
        if head.get("of") != self.identity:
            raise UsageError(
                f"{self.path} is a study of another program, other data, another account or another version of "
                "nl2strat; choose another -o"
            )


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def usual_place(evaluators: Sequence[Evaluator], identity: str) -> Path:
    """The file in the user's data folder. Raises: UsageError: it cannot be made."""
    from nl2strat.library.places import data_folder

    folder = data_folder() / "studies"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror or error}") from None
    name = "".join(c if c.isalnum() else "-" for c in evaluators[0].compiled.program.name.lower())[:40]
    return folder / f"{name}-{identity[:12]}.jsonl"
