"""Strategies into and out of the library: versions, approvals, the checklist before a deployment. Runs in worker
processes, each call with the library opened for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nl2strat.errors import UsageError
from nl2strat.web.shapes import Json, Options

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Approval, Strategy, Try, Version
    from nl2strat.pipeline import Compiled

ENOUGH_BARS = 1000
"""Bars that a backtest has to have for the checklist."""
LONGEST_NAME = 80
"""Characters of the name of whoever approves."""


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
    symbol: str = ""
    timeframe: str = ""
    dsl_sha256: str = ""
    python_sha256: str = ""
    backtest: Json | None = None
    """The newest one of these bytes on bars that were not made up: symbol, timeframe, bars, first, last, trades, net,
    source."""
    enough_bars: int = ENOUGH_BARS
    approval: int | None = None
    approved_by: str = ""
    approved_at: int | None = None
    nearest: str = ""
    """Not approved: what differs from the approved version that comes nearest, or that there is none."""


def keep(
    text: str, options: Options, note: str = "", *, strategy_id: int | None = None, name: str | None = None,
    origin: Json | None = None,
) -> Json:  # fmt: skip
    """A text as a version: the newest of a strategy, or the first of a new one called so.

    Without either it is the version that has these bytes, and a new one only if there is none.
    Raises: NotUnderstood, LanguageErrors: it is no whole strategy. NameTaken. NotThere: the strategy was deleted.
    """
    from nl2strat.library.shelf import keep_new

    compiled = _compiled(text, options)
    with _library() as library:
        if strategy_id is None and name is None:
            return version_object(library.keep(compiled, note, origin=origin), whole=True)
        kept = keep_new(library, compiled, note, strategy_id=strategy_id, name=name, origin=origin)
        return version_object(kept, whole=True)


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
    found = Checklist(False, (), compiled.program.name, compiled.program.symbol or "", compiled.program.timeframe or "",
                      sha256(compiled.dsl), sha256(compiled.python))  # fmt: skip
    with _library() as library:
        try:
            backtest = basis(library, compiled)
            said = f"Backtested on {backtest.bars:,} bars of {backtest.symbol} {backtest.timeframe}"
            enough = backtest.bars >= ENOUGH_BARS
            checks.append(Check("backtested", enough, said + ("." if enough else f"; {ENOUGH_BARS:,} are wanted.")))
            found = replace(found, backtest=_basis_object(backtest))
        except NotApproved:
            checks.append(Check("backtested", False, "Not backtested as it stands, on bars that were not made up."))
        try:
            by = approved(library, compiled)
            checks.append(Check("approved", True, f"Exactly this was approved by {by.who}."))
            found = replace(found, approval=by.id, approved_by=by.who, approved_at=by.created)
        except NotApproved as error:
            checks.append(Check("approved", False, str(error)))
            found = replace(found, nearest=str(error))
    return replace(found, ready=all(check.ok for check in checks), checks=tuple(checks))


def approve(
    text: str, options: Options, who: str, python_sha256: str, *, version_id: int | None = None,
    origin: Json | None = None,
) -> Json:  # fmt: skip
    """Approve a strategy.

    Args: python_sha256: of the class that was read: it must be the one that is approved. origin: of the draft, which is
    kept by this: as the newest version of the strategy that `version_id` is of, else as a strategy of its own.
    Raises: NotApproved: it was not backtested on real data. UsageError: it is not what was read, or nobody's name.
    """
    from nl2strat.deploy.approval import approve as enter
    from nl2strat.deploy.approval import basis
    from nl2strat.library.fingerprint import sha256

    who = " ".join(who.split())
    if not who:
        raise UsageError("say who approves")
    if len(who) > LONGEST_NAME or not who.isprintable():
        raise UsageError(f"the name of whoever approves must be plain text of {LONGEST_NAME} characters at most")
    compiled = _compiled(text, options)
    if sha256(compiled.python) != python_sha256:
        raise UsageError("the strategy has changed since it was shown; read it again, then approve it")
    with _library() as library:
        backtest = basis(library, compiled)
        version = None if origin is None else _version_for(library, compiled, version_id, origin)
        return approval_object(enter(library, compiled, backtest, who, version))


def _version_for(library: Library, compiled: Compiled, version_id: int | None, origin: Json) -> Version:
    """Where the draft belongs: never among the versions of another strategy that happens to be called alike."""
    from nl2strat.library.names import NotThere, free_name
    from nl2strat.library.shelf import keep_new

    if version_id is not None:
        try:
            return keep_new(library, compiled, strategy_id=library.version(version_id).strategy_id, origin=origin)
        except NotThere:
            pass  # it was deleted meanwhile
    taken = {row.name for row in library.strategies()}
    return keep_new(library, compiled, name=free_name(compiled.program.name, taken), origin=origin)


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


def _basis_object(row: Try) -> Json:
    names = ("symbol", "timeframe", "bars", "first", "last", "trades", "net", "source")
    return {name: getattr(row, name) for name in names}


# ------------------------------------------------------------------ inside


def _compiled(text: str, options: Options) -> Compiled:
    from nl2strat.web.tasks import compiled_of

    return compiled_of(text, options)


@contextmanager
def _library() -> Iterator[Library]:
    from nl2strat.library.store import Library

    with closing(Library.open()) as library:
        yield library
