"""Tries on their way into the library: a backtest of a blink does not wait for a database.

Each is one line of JSON, appended in one write, in a file beside the library; `Library.open` takes them in. A try has
an id of its own, so that one that was taken in before a crash is not counted twice.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger("nl2strat")

NAME = "tries.jsonl"
_TAKEN = "tries.taken"
NAMES = (NAME, _TAKEN)
"""The files that tries may wait in."""


def append(folder: Path, record: Mapping[str, Any]) -> bool:
    """Note one try (the columns of `tables.Try` without id and time); whether it was. Nothing fails because it cannot
    be noted."""
    line = json.dumps({"id": secrets.token_hex(8), "created": int(time.time()), **record}, allow_nan=False)
    try:
        handle = os.open(folder / NAME, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(handle, line.encode() + b"\n")
        finally:
            os.close(handle)
    except OSError as error:
        log.warning("%s: the backtest is not counted in the library: %s", folder / NAME, error)
        return False
    return True


def waits(folder: Path) -> bool:
    """Whether there is anything to take."""
    return (folder / NAME).exists() or (folder / _TAKEN).exists()


def take(folder: Path) -> Iterator[dict[str, Any]]:
    """The tries that wait; `taken` must be called once they are in the library."""
    waiting, taken = folder / NAME, folder / _TAKEN
    if not taken.exists() and waiting.exists():
        waiting.replace(taken)  # from here on others append to a new file
    if not taken.exists():
        return
    for line in taken.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            log.warning("%s: a line that was cut off is left out", taken)
            continue
        yield record


def taken(folder: Path) -> None:
    """Let go of what `take` gave."""
    (folder / _TAKEN).unlink(missing_ok=True)
