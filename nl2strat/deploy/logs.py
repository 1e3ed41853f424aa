"""The log of a run: JSON lines, one object each, in files that are rotated; and short lines for whoever looks on.

{"time": "2026-03-02T09:00:01.120Z", "level": "info", "kind": "opened", "text": "...", "run": "4f7k2a", ...}
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from mas.secrecy import conceal
from nl2strat.deploy.happenings import Happening

NAME = "log.jsonl"
_SIZE = 10_000_000
_KEPT = 9
"""Bytes of one file, and how many older ones are kept beside it."""

_LOGGERS = ("mas", "nl2strat")


class JsonLines(logging.Formatter):
    """A line of JSON for each record, with the data of a happening, without any secret."""

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def format(self, record: logging.LogRecord) -> str:
        happening: Happening | None = getattr(record, "happening", None)
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": when.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "kind": "log" if happening is None else happening.kind.value,
            "text": record.getMessage(),
            "run": self._run,
        }
        if happening is not None and happening.data:
            line["data"] = dict(happening.data)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return conceal(json.dumps(line, ensure_ascii=False, default=str))


class _File(RotatingFileHandler):
    """Trading does not depend on it: where it cannot be written, as on a full disk, that is said once."""

    _failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        if not self._failed:
            self._failed = True
            print(f"the log {self.baseFilename} cannot be written: {sys.exc_info()[1]}", file=sys.stderr)


class Log:
    """A watcher that writes; what the program itself logs goes into the same file, from INFO on. Bars are not in it:
    the journal has them.

    Args: folder: of the run. run: its id. console: whether to show lines from INFO on as well.
    """

    def __init__(self, folder: Path, run: str, *, console: bool = False) -> None:
        self._log = logging.getLogger(f"nl2strat.run.{run}")
        file = _File(folder / NAME, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8")
        file.setLevel(logging.INFO)
        file.setFormatter(JsonLines(run))
        self._handlers: list[logging.Handler] = [file]
        if console:
            shown = logging.StreamHandler()
            shown.setLevel(logging.INFO)
            shown.setFormatter(_Plain())
            self._handlers.append(shown)
        self._loggers = [logging.getLogger(name) for name in _LOGGERS]
        for logger in self._loggers:
            if logger.level == logging.NOTSET:
                logger.setLevel(logging.INFO)
            for handler in self._handlers:
                logger.addHandler(handler)
        self._log.setLevel(logging.INFO)

    def tell(self, happening: Happening) -> None:
        self._log.log(happening.level, "%s", happening.text, extra={"happening": happening})

    def close(self) -> None:
        for logger in self._loggers:
            for handler in self._handlers:
                logger.removeHandler(handler)
        for handler in self._handlers:
            handler.close()


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC)
        mark = "" if record.levelno <= logging.INFO else f"{record.levelname}: "
        return conceal(f"{when:%Y-%m-%d %H:%M:%S} {mark}{record.getMessage()}")
