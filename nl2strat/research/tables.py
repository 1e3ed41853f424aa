"""Parquet files of results: never written over a file of another kind, and there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nl2strat.errors import UsageError


def refuse_other_table(path: Path, columns: set[str], what: str) -> None:
    """Refuses a place that holds something else, like the bars themselves.

    Args: columns: by which an older result of the same kind is known. what: such a result is.
    Raises: UsageError.
    """
    import pyarrow.parquet as pq

    if not path.exists() or not path.stat().st_size:
        return
    try:
        names = set(pq.read_schema(path).names)
    except (OSError, ValueError):
        names = set()
    if not columns <= names:
        raise UsageError(f"{path} exists and is not {what}; choose another name")


@contextmanager
def written_whole(path: Path, kept: str = "") -> Iterator[Path]:
    """A file beside a place, which takes the place when everything has been written.

    Args: kept: what is not lost, for the message.
    Raises: UsageError: it cannot be written.
    """
    unfinished = path.with_name(path.name + ".new")
    try:
        yield unfinished
        os.replace(unfinished, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}{kept}") from None
    finally:
        unfinished.unlink(missing_ok=True)
