"""Versions as the page shows them: how one is opened as it was left, and what each has changed, in words.

Runs in worker processes.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, replace
from functools import lru_cache
from itertools import pairwise

from mas.errors import MasError
from nl2strat.difference import changes_between, sentences
from nl2strat.library import shelf
from nl2strat.library.fingerprint import sha256
from nl2strat.library.store import Library
from nl2strat.web.origins import as_json, program_of, read_origin
from nl2strat.web.shapes import Json, Options
from nl2strat.web.tasks import compiled_of

MOST_LISTED = 50
"""Versions whose changes are said in words."""


def opening(number: int) -> Json:
    """How a version is to be opened: its `origin`, and whether that gives `exactly` its bytes.

    Where nobody knows how it came to be, or where its words are read otherwise today, it is its program.
    Raises: UsageError: there is no such version.
    """
    with closing(Library.open()) as library:
        row = library.version(number)
    origin = read_origin(row.origin)
    may_ask = origin is not None and origin.edited == "english" and origin.translator != "offline"
    for one in (None if may_ask else origin, program_of(row)):
        if one is None:
            continue
        try:
            found = compiled_of(one.source, replace(one.options, choices=False))
        except MasError:
            continue
        exactly = (sha256(found.dsl), sha256(found.python)) == (row.dsl_sha256, row.python_sha256)
        if exactly or one is not origin:
            return {"origin": as_json(one), "exactly": exactly}
    return {"origin": as_json(program_of(row)), "exactly": False}


def changes(number: int, most: int = MOST_LISTED) -> list[Json]:
    """What each version of a strategy changed in words: `id`, and `changes` (`sign` and `text`), newest first.

    Of the newest `most`; the first of all has none.
    """
    with closing(Library.open()) as library:
        versions = list(shelf.record(library, number).strategy.versions)
    found = []
    for before, after in pairwise(versions[-most - 1 :]):
        lines = changes_between(_sentences_of(before.dsl), _sentences_of(after.dsl))
        found.append({"id": after.id, "changes": [asdict(line) for line in lines if line.sign]})
    return found[::-1]


@lru_cache(maxsize=256)
def _sentences_of(dsl: str) -> tuple[str, ...]:
    try:
        return tuple(sentences(compiled_of(dsl, Options(kind="language", choices=False))))
    except MasError:
        return tuple(dsl.splitlines())  # a program of an older language
