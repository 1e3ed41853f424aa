"""One file to carry a strategy elsewhere: JSON with the words, the programs and the notes of all its versions.

What comes from a file is checked like what is typed, and classes are generated anew, never taken along. Runs in worker
processes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nl2strat import __version__
from nl2strat.errors import LanguageErrors, Problem, UsageError
from nl2strat.source import MAX_CHARACTERS
from nl2strat.web.errors import NotFound
from nl2strat.web.origins import Origin, as_json, read_origin
from nl2strat.web.shapes import SAMPLE, DataSpec, Json, Options

if TYPE_CHECKING:
    from nl2strat.library.shelf import Incoming, SameName
    from nl2strat.library.tables import Version
    from nl2strat.pipeline import Compiled

FORMAT = 1
LARGEST = 5_000_000
"""Bytes of such a file."""
MOST_VERSIONS = 500
_LONGEST_NOTE = 500


def exported(name: str) -> Json:
    """A strategy with all its versions, as plain data. Raises: NotFound: there is none of that name."""
    from nl2strat.library.store import Library

    with closing(Library.open()) as library:
        strategy = next((row for row in library.strategies() if row.name == name), None)
        if strategy is None:
            raise NotFound(f"there is no strategy called {name!r} in the library")
        versions = [_version(row) for row in strategy.versions]
    return {"nl2strat": FORMAT, "made_by": __version__, "strategy": name, "versions": versions}


def file_name(name: str) -> str:
    """What the file of a strategy is called, harmless on every system."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " -_") else " " for c in name)
    return f"{'-'.join(plain.lower().split())[:60] or 'strategy'}.nl2strat.json"


def imported_file(path: str, called: str, same_name: SameName = "refuse", name: str | None = None) -> Json:
    """Take a strategy from an uploaded file. Args: called: the file's name as the user knows it. See `imported`.

    Raises: UsageError: it is too large, or no such file; the message says where it is wrong.
    """
    file = Path(path)
    if file.stat().st_size > LARGEST:
        raise UsageError(f"{called}: larger than {LARGEST / 1e6:g} MB; a strategy's file is not")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{called}: no text; take a file that was exported here") from None
    try:
        given = json.loads(text)
    except ValueError as error:
        place = f", line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise UsageError(f"{called}{place}: not JSON ({why}); take a file that was exported here") from None
    return imported(given, same_name, name)


def imported(given: Any, same_name: SameName = "refuse", name: str | None = None) -> Json:
    """Take a strategy from such data. Args: name: another one than the file says.

    Returns: the `strategy` (its name here), its `id`, and the `versions` that it has now.
    Raises: UsageError, LanguageErrors: not such data; the message names the version. NameTaken: see `shelf.take_in`.
    """
    from nl2strat.library import shelf
    from nl2strat.library.store import Library
    from nl2strat.web.keeping import version_object

    versions = _checked(given)
    incoming = [_incoming(number, one) for number, one in enumerate(versions, 1)]
    said = name or str(given.get("strategy") or incoming[-1].compiled.program.name)
    with closing(Library.open()) as library:
        row = shelf.take_in(library, said, incoming, same_name)
        return {"strategy": row.name, "id": row.id, "versions": [version_object(version) for version in row.versions]}


# ------------------------------------------------------------------ inside


def _version(row: Version) -> Json:
    found: Json = {name: getattr(row, name) for name in ("english", "dsl", "assumptions", "note", "created")}
    origin = read_origin(row.origin)
    if origin is not None:
        data = origin.data if origin.data.source == SAMPLE else DataSpec(symbol=origin.data.symbol)  # files stay here
        found["origin"] = as_json(replace(origin, data=data))
    return found


def _checked(given: Any) -> Sequence[Json]:
    if not isinstance(given, dict) or "nl2strat" not in given:
        raise UsageError("that is no strategy exported by nl2strat: the file has no nl2strat in it")
    if given["nl2strat"] != FORMAT:
        raise UsageError(
            f"the file has the format {str(given['nl2strat'])[:20]!r}, this is for {FORMAT}: update nl2strat"
        )
    versions = given.get("versions")
    if not isinstance(versions, list) or not 0 < len(versions) <= MOST_VERSIONS:
        raise UsageError(f"the file must hold 1 to {MOST_VERSIONS} versions")
    for number, one in enumerate(versions, 1):
        if not isinstance(one, dict) or not isinstance(one.get("dsl"), str):
            raise UsageError(f"version {number} of the file has no program (dsl)")
    return versions


def _incoming(number: int, one: Json) -> Incoming:
    from nl2strat.library.shelf import Incoming
    from nl2strat.web.tasks import compiled_of

    try:
        compiled = compiled_of(one["dsl"], Options(kind="language", choices=False))
    except LanguageErrors as wrong:
        located = [_in_version(number, problem) for problem in wrong.problems]
        raise LanguageErrors(located, wrong.source) from None
    except UsageError as wrong:
        raise UsageError(f"version {number} of the file: {wrong}") from None
    created = one.get("created")
    when = created if isinstance(created, int) and not isinstance(created, bool) and created > 0 else None
    compiled = _with_english(compiled, str(one.get("english") or "")[:MAX_CHARACTERS])
    origin = _same(compiled, read_origin(one.get("origin")))
    return Incoming(compiled, str(one.get("note") or "")[:_LONGEST_NOTE], when, as_json(origin) if origin else None)


def _in_version(number: int, problem: Problem) -> Problem:
    return replace(problem, message=f"version {number} of the file: {problem.message}")


def _same(compiled: Compiled, origin: Origin | None) -> Origin | None:
    """An origin that gives exactly this program here, without asking anybody."""
    from mas.errors import MasError
    from nl2strat.web.tasks import compiled_of

    if origin is None or (origin.edited == "english" and origin.translator != "offline"):
        return None
    try:
        again = compiled_of(origin.source, replace(origin.options, choices=False))
    except MasError:
        return None
    return origin if (again.dsl, again.python) == (compiled.dsl, compiled.python) else None


def _with_english(compiled: Compiled, english: str) -> Compiled:
    """The strategy with the words that it came from, which are in its class."""
    from nl2strat.codegen import render, verify

    if not english:
        return compiled
    python = render(compiled.program, english=english)
    verify(python)
    return replace(compiled, understanding=replace(compiled.understanding, english=english), python=python)
