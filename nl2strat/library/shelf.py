"""What is done with whole strategies of the library: names, copies, putting away and bringing back, older versions.

Nothing here loses anything: a strategy that is deleted waits with all it had, a version that is restored becomes the
newest one, and the bytes of versions never change, so that approvals go on counting.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from nl2strat.errors import UsageError
from nl2strat.library.fingerprint import sha256
from nl2strat.library.names import NameTaken, NotThere, checked_name, free_name
from nl2strat.library.store import Library, add_version, whole_version
from nl2strat.library.tables import Approval, Run, Strategy, Try, Version

if TYPE_CHECKING:
    from nl2strat.pipeline import Compiled

SameName = Literal["refuse", "new", "add"]
"""What to do where a strategy of the name is there: not go on, take another name, or add to it."""

_COPIED = (
    "english", "dsl", "python", "explanation", "assumptions", "dsl_sha256", "python_sha256", "origin",
)  # fmt: skip


@dataclass(frozen=True)
class Incoming:
    """A version that comes from a file. `created`: epoch seconds, None: now."""

    compiled: Compiled
    note: str = ""
    created: int | None = None
    origin: dict[str, Any] | None = None


@dataclass(frozen=True)
class Record:
    """What there is about one strategy, newest first; approvals that were taken back are among them."""

    strategy: Strategy
    tries: Sequence[Try] = ()
    approvals: Sequence[Approval] = ()
    runs: Sequence[Run] = field(default_factory=tuple)


def rename(library: Library, number: int, name: str) -> Strategy:
    """Call a strategy otherwise. The name inside its programs stays: approvals are of exact bytes.

    Raises: NameTaken. NotThere. UsageError: that is no name.
    """
    name = checked_name(name)
    with library.session() as session:
        strategy = _alive(session, number)
        if name != strategy.name:
            _refuse_taken(session, name)
            strategy.name = name
    return _one(library, number)


def duplicate(library: Library, number: int, name: str | None = None) -> Strategy:
    """A new strategy that begins with the newest version of another.

    Raises: NameTaken: only for a name that was asked for. NotThere. UsageError: that is no name.
    """
    with library.session() as session:
        strategy = _alive(session, number)
        if name is None:
            name = free_name(f"{strategy.name} copy", _names(session))
        else:
            name = checked_name(name)
            _refuse_taken(session, name)
        newest = _newest(session, number)
        copy = Strategy(name=name, created=_now())
        session.add(copy)
        session.flush()
        note = f"copied from {strategy.name}, version {newest.number}"
        add_version(session, copy.id, note=note, **{column: getattr(newest, column) for column in _COPIED})
        made = copy.id
    return _one(library, made)


def delete(library: Library, number: int) -> Strategy:
    """Put a strategy away; `bring_back` undoes it. Its approvals do not count meanwhile.

    Raises: UsageError: something of it is running. NotThere.
    """
    with library.session() as session:
        strategy = _alive(session, number)
        running = session.scalar(
            select(Run.id).join(Version).where(Version.strategy_id == number, Run.ended.is_(None)).limit(1)
        )
        if running:
            raise UsageError(f"{strategy.name!r} is running ({running}); stop it before you delete it")
        strategy.formerly, strategy.deleted = strategy.name, _now()
        strategy.name = free_name(f"{strategy.name} (deleted)", _names(session))
        return strategy


def bring_back(library: Library, number: int) -> Strategy:
    """Undo `delete`. Where another has its name by now, it gets a number. Raises: NotThere: there is none to bring."""
    with library.session() as session:
        strategy = session.get(Strategy, number)
        if strategy is None:
            raise NotThere(f"there is no strategy {number} in the library")
        if strategy.deleted is not None:
            strategy.name = free_name(strategy.formerly, _names(session))
            strategy.deleted, strategy.formerly = None, ""
    return _one(library, number)


def deleted(library: Library) -> Sequence[Strategy]:
    """What was put away, the last first."""
    with library.session() as session:
        return session.scalars(
            select(Strategy).where(Strategy.deleted.is_not(None)).order_by(Strategy.deleted.desc(), Strategy.id.desc())
        ).all()


def restore(library: Library, version: int, note: str = "") -> Version:
    """Make an older version the newest: a new one with the same bytes. The newest itself stays as it is.

    Raises: NotThere: its strategy was deleted. UsageError: there is no such version.
    """
    with library.session() as session:
        old = session.get(Version, version)
        if old is None:
            raise UsageError(f"there is no version {version} in the library")
        _alive(session, old.strategy_id)
        newest = _newest(session, old.strategy_id)
        if newest.id == old.id:
            return whole_version(session, old.id)
        columns = {column: getattr(old, column) for column in _COPIED}
        again = add_version(session, old.strategy_id, note=note or f"restored version {old.number}", **columns)
        return whole_version(session, again.id)


def keep_new(
    library: Library, compiled: Compiled, note: str = "", *, strategy_id: int | None = None, name: str | None = None,
    origin: dict[str, Any] | None = None,
) -> Version:  # fmt: skip
    """Have a program as the newest version of a strategy, or as the first of a new one.

    Args: strategy_id: the strategy. name: of a new one; without either it goes where `Library.keep` puts it.
    Raises: NameTaken. NotThere: the strategy was deleted meanwhile.
    """
    if strategy_id is None and name is not None:
        name = checked_name(name)
        with library.session() as session:
            _refuse_taken(session, name)
            strategy = Strategy(name=name, created=_now())
            session.add(strategy)
            session.flush()
            strategy_id = strategy.id
    elif strategy_id is not None:
        with library.session() as session:
            _alive(session, strategy_id)
    kept = library.keep(compiled, note, strategy_id=strategy_id, origin=origin)
    return restore(library, kept.id, note or f"back to version {kept.number}")


def take_in(library: Library, name: str, versions: Sequence[Incoming], same_name: SameName = "refuse") -> Strategy:
    """Enter a strategy from elsewhere, all of it or nothing. Versions that are there already are not entered twice.

    Raises: NameTaken: there is one of that name, and nobody said what then. UsageError: that is no name.
    """
    name = checked_name(name)
    with library.session() as session:
        strategy = session.scalar(select(Strategy).where(Strategy.name == name))
        if strategy is not None and same_name == "refuse":
            raise NameTaken(name, free_name(name, _names(session)))
        if strategy is None or same_name == "new":
            strategy = Strategy(name=free_name(name, _names(session)), created=_now())
            session.add(strategy)
            session.flush()
        rows = session.scalars(select(Version).where(Version.strategy_id == strategy.id))
        there = {(row.dsl_sha256, row.python_sha256) for row in rows}
        for one in versions:
            prints = (sha256(one.compiled.dsl), sha256(one.compiled.python))
            if prints not in there or same_name != "add":
                _enter(session, strategy.id, one, prints)
        number = strategy.id
    return _one(library, number)


def record(library: Library, number: int, others: Iterable[str] = ()) -> Record:
    """Everything about a strategy. Args: others: ids of backtests that belong to it though no version has their bytes.

    Raises: NotThere.
    """
    library.take_in_tries()
    with library.session() as session:
        strategy = _alive(session, number, versions=True)
        prints = {version.python_sha256 for version in strategy.versions}
        tries = session.scalars(
            select(Try).where(or_(Try.python_sha256.in_(prints), Try.id.in_(list(others))))
            .order_by(Try.created.desc(), Try.id)
        ).all()  # fmt: skip
        approvals = session.scalars(
            select(Approval).join(Approval.version).where(Version.strategy_id == number)
            .options(joinedload(Approval.version).joinedload(Version.strategy), joinedload(Approval.backtest))
            .order_by(Approval.created.desc(), Approval.id.desc())
        ).all()  # fmt: skip
        runs = session.scalars(
            select(Run).join(Run.version).where(Version.strategy_id == number)
            .options(joinedload(Run.version).joinedload(Version.strategy)).order_by(Run.created.desc(), Run.id)
        ).all()  # fmt: skip
        return Record(strategy, tries, approvals, runs)


def latest_tries(library: Library) -> dict[str, Try]:
    """The newest backtest of each class, by the SHA-256 of its Python."""
    library.take_in_tries()
    with library.session() as session:
        return {row.python_sha256: row for row in session.scalars(select(Try).order_by(Try.created, Try.id))}


# ------------------------------------------------------------------ inside


def _enter(session: Session, strategy_id: int, one: Incoming, prints: tuple[str, str]) -> None:
    compiled = one.compiled
    add_version(
        session, strategy_id, note=one.note, origin=one.origin, created=min(one.created or _now(), _now()),
        english=compiled.understanding.english, dsl=compiled.dsl, python=compiled.python,
        explanation=compiled.explanation, assumptions=list(compiled.understanding.assumptions),
        dsl_sha256=prints[0], python_sha256=prints[1],
    )  # fmt: skip


def _alive(session: Session, number: int, *, versions: bool = False) -> Strategy:
    wanted = select(Strategy).where(Strategy.id == number)
    wanted = wanted.options(joinedload(Strategy.versions)) if versions else wanted
    strategy = session.scalars(wanted).unique().one_or_none()
    if strategy is None:
        raise NotThere(f"there is no strategy {number} in the library")
    if strategy.deleted is not None:
        raise NotThere(f"{strategy.formerly!r} was deleted; bring it back in the library first")
    return strategy


def _one(library: Library, number: int) -> Strategy:
    with library.session() as session:
        return _alive(session, number, versions=True)


def _newest(session: Session, number: int) -> Version:
    wanted = select(Version).where(Version.strategy_id == number).order_by(Version.number.desc()).limit(1)
    return session.scalars(wanted).one()


def _names(session: Session) -> set[str]:
    return set(session.scalars(select(Strategy.name)))


def _refuse_taken(session: Session, name: str) -> None:
    names = _names(session)
    if name in names:
        raise NameTaken(name, free_name(name, names))


def _now() -> int:
    return int(time.time())
