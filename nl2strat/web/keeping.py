"""Strategies into and out of the library: versions, approvals, the checklist before a deployment, one file to carry a
strategy elsewhere. Runs in worker processes, each call with the library opened for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nl2strat import __version__
from nl2strat.errors import UsageError
from nl2strat.web.errors import NotFound
from nl2strat.web.shapes import Json, Options

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Approval, Strategy, Version
    from nl2strat.pipeline import Compiled

ENOUGH_BARS = 1000
"""Bars that a backtest has to have for the checklist."""
FORMAT = 1
MOST_VERSIONS = 500


@dataclass(frozen=True)
class Check:
    """One line of the checklist. `key`: "understood", "backtested" or "approved"."""

    key: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Checklist:
    """Whether a strategy may be deployed, of which exact bytes that is said, and the approval if there is one."""

    ready: bool
    checks: tuple[Check, ...]
    name: str = ""
    dsl_sha256: str = ""
    python_sha256: str = ""
    approval: int | None = None


def keep(text: str, options: Options, note: str = "") -> Json:
    """The version of the library that a text is; a new one if its bytes are not there yet."""
    compiled = _compiled(text, options)
    with _library() as library:
        return version_object(library.keep(compiled, note), whole=True)


def checklist(text: str, options: Options) -> Checklist:
    """What has to be so before a strategy trades, even on paper."""
    from mas.errors import MasError
    from nl2strat.deploy.approval import NotApproved, approved, basis
    from nl2strat.library.fingerprint import sha256

    try:
        compiled = _compiled(text, options)
    except MasError as error:
        first = str(error).splitlines()[0]
        return Checklist(False, (Check("understood", False, f"Not understood in full: {first}"),))
    checks = [Check("understood", True, "Every word of the text is accounted for.")]
    number = None
    with _library() as library:
        try:
            backtest = basis(library, compiled)
            said = f"Backtested on {backtest.bars:,} bars of {backtest.symbol} {backtest.timeframe}"
            enough = backtest.bars >= ENOUGH_BARS
            checks.append(Check("backtested", enough, said + ("." if enough else f"; {ENOUGH_BARS:,} are wanted.")))
        except NotApproved:
            checks.append(Check("backtested", False, "Not backtested as it stands, on bars that were not made up."))
        try:
            approval = approved(library, compiled)
            number = approval.id
            checks.append(Check("approved", True, f"Exactly this was approved by {approval.who}."))
        except NotApproved as error:
            checks.append(Check("approved", False, str(error)))
    ready = all(check.ok for check in checks)
    name = compiled.program.name
    return Checklist(ready, tuple(checks), name, sha256(compiled.dsl), sha256(compiled.python), number)


def approve(text: str, options: Options, who: str, python_sha256: str) -> Json:
    """Approve a strategy. Args: python_sha256: of the class that was read: it must be the one that is approved.

    Raises: NotApproved: it was not backtested on real data. UsageError: it is not what was read.
    """
    from nl2strat.deploy.approval import approve as enter
    from nl2strat.deploy.approval import basis
    from nl2strat.library.fingerprint import sha256

    if not who.strip():
        raise UsageError("say who approves")
    compiled = _compiled(text, options)
    if sha256(compiled.python) != python_sha256:
        raise UsageError("the strategy has changed since it was shown; read it again, then approve it")
    with _library() as library:
        return approval_object(enter(library, compiled, basis(library, compiled), who.strip()))


# ------------------------------------------------------------------ one file


def exported(name: str) -> Json:
    """A strategy with all its versions, as plain data. Raises: NotFound: there is none of that name."""
    with _library() as library:
        strategy = next((row for row in library.strategies() if row.name == name), None)
        if strategy is None:
            raise NotFound(f"there is no strategy called {name!r} in the library")
        versions = [
            {"english": v.english, "dsl": v.dsl, "assumptions": v.assumptions, "note": v.note, "created": v.created}
            for v in strategy.versions
        ]
    return {"nl2strat": FORMAT, "made_by": __version__, "strategy": name, "versions": versions}


def imported(file: Json) -> Json:
    """Take a strategy from such data: each program is checked and its class generated anew, never taken along.

    Returns: `strategy` and the `versions` that it has here now. Raises: UsageError, LanguageErrors: not such a file.
    """
    if not isinstance(file, dict) or file.get("nl2strat") != FORMAT or not isinstance(file.get("versions"), list):
        raise UsageError("that is no strategy exported by nl2strat (or by a newer version of it)")
    versions = file["versions"]
    if not 0 < len(versions) <= MOST_VERSIONS or not all(isinstance(one, dict) for one in versions):
        raise UsageError(f"the file must hold 1 to {MOST_VERSIONS} versions")
    compiled = []
    for one in versions:
        found = _compiled(str(one.get("dsl", "")), Options(kind="language", choices=False))
        english = str(one.get("english", ""))
        compiled.append((_with_english(found, english), str(one.get("note", ""))[:500]))
    with _library() as library:
        kept = [version_object(library.keep(each, note)) for each, note in compiled]
    return {"strategy": compiled[-1][0].program.name, "versions": kept}


def _with_english(compiled: Compiled, english: str) -> Compiled:
    """The strategy with the words that it came from, which are in its class."""
    from nl2strat.codegen import render, verify

    if not english:
        return compiled
    python = render(compiled.program, english=english)
    verify(python)
    return replace(compiled, understanding=replace(compiled.understanding, english=english), python=python)


# ------------------------------------------------------------------ rows as plain data


def strategy_object(row: Strategy) -> Json:
    """A strategy with its versions, without their texts."""
    return {
        "id": row.id, "name": row.name, "created": row.created,
        "versions": [version_object(version) for version in row.versions],
    }  # fmt: skip


def version_object(row: Version, *, whole: bool = False) -> Json:
    """A version; `whole` with its texts."""
    found: Json = {
        "id": row.id, "strategy_id": row.strategy_id, "number": row.number, "created": row.created, "note": row.note,
        "dsl_sha256": row.dsl_sha256, "python_sha256": row.python_sha256,
    }  # fmt: skip
    if whole:
        texts = {name: getattr(row, name) for name in ("english", "dsl", "python", "explanation", "assumptions")}
        found |= {**texts, "strategy": row.strategy.name}
    return found


def approval_object(row: Approval) -> Json:
    """An approval with what it is of."""
    return {
        "id": row.id, "created": row.created, "who": row.who, "strategy": row.version.strategy.name,
        "version": row.version.number, "version_id": row.version_id, "dsl_sha256": row.dsl_sha256,
        "python_sha256": row.python_sha256, "inputs": row.inputs, "revoked": row.revoked,
        "backtest": {
            "symbol": row.backtest.symbol, "timeframe": row.backtest.timeframe, "bars": row.backtest.bars,
            "trades": row.backtest.trades, "net": row.backtest.net,
        },
    }  # fmt: skip


# ------------------------------------------------------------------ inside


def _compiled(text: str, options: Options) -> Compiled:
    from nl2strat.web.tasks import compiled_of

    return compiled_of(text, options)


@contextmanager
def _library() -> Iterator[Library]:
    from nl2strat.library.store import Library

    with closing(Library.open()) as library:
        yield library
