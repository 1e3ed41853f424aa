"""The library as its users see it. Each method is one transaction; several processes may use one library at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload

from nl2strat.errors import UsageError
from nl2strat.library import spool
from nl2strat.library.fingerprint import sha256
from nl2strat.library.places import data_folder
from nl2strat.library.tables import Approval, Draft, Run, Strategy, Try, Version

if TYPE_CHECKING:
    from nl2strat.pipeline import Compiled

FILE = "library.sqlite"
HEAD = "0003"
"""The newest step in `migrations`."""

_PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""


class Library:
    """What was written, tried, approved and run.

    What it gives are plain rows, detached from the database: changing one changes nothing.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self.folder = engine, folder

    @classmethod
    def open(cls, folder: Path | None = None) -> Library:
        """The library of the user, made or brought up to date where needed.

        Raises: UsageError: it cannot be read, is damaged, or was made by a newer version.
        """
        folder = folder or data_folder()
        engine = create_engine(f"sqlite:///{folder / FILE}", connect_args={"timeout": _PATIENCE})
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _take_the_lock)
        library = cls(engine, folder)
        with _reporting(folder / FILE):
            library._bring_up_to_date()
            library.take_in_tries()
        return library

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # ------------------------------------------------------------- versions

    def keep(
        self, compiled: Compiled, note: str = "", *, strategy_id: int | None = None,
        origin: dict[str, Any] | None = None,
    ) -> Version:  # fmt: skip
        """The version that these bytes are; a new one, the strategy too, if they are not there yet.

        Args: strategy_id: where it belongs. Without it, to whichever strategy has these bytes, the one that is called
        as the program is before others; else to the one called so. origin: see `Version.origin`.
        """
        dsl, python = sha256(compiled.dsl), sha256(compiled.python)
        name = compiled.program.name
        with self.session() as session:
            known = select(Version).join(Strategy).where(Version.dsl_sha256 == dsl, Version.python_sha256 == python)
            known = known.where(Strategy.deleted.is_(None))
            if strategy_id is not None:
                known = known.where(Strategy.id == strategy_id)
            version = session.scalar(known.order_by((Strategy.name == name).desc(), Version.id.desc()).limit(1))
            if version is None:
                version = add_version(
                    session, strategy_id or strategy_called(session, name).id, note=note, origin=origin,
                    english=compiled.understanding.english, dsl=compiled.dsl, python=compiled.python,
                    explanation=compiled.explanation, assumptions=list(compiled.understanding.assumptions),
                    dsl_sha256=dsl, python_sha256=python,
                )  # fmt: skip
            return whole_version(session, version.id)

    def strategies(self) -> Sequence[Strategy]:
        """All strategies with their versions, by name; without those that were put away."""
        with self.session() as session:
            there = select(Strategy).where(Strategy.deleted.is_(None))
            rows = session.scalars(there.options(joinedload(Strategy.versions)).order_by(Strategy.name))
            return rows.unique().all()

    def version(self, number: int) -> Version:
        """A version by its id. Raises: UsageError: there is none."""
        with self.session() as session:
            row = session.scalar(select(Version).options(joinedload(Version.strategy)).filter_by(id=number))
        if row is None:
            raise UsageError(f"there is no version {number} in the library")
        return row

    # ------------------------------------------------------------- tries

    def note_try(self, record: dict[str, Any]) -> None:
        """Count a backtest (the columns of `Try` without id and time)."""
        spool.append(self.folder, record)
        with _reporting(self.folder / FILE):
            self.take_in_tries()

    def latest_try(self, dsl_sha256: str, python_sha256: str) -> Try | None:
        """The newest backtest of exactly these bytes on data that was not made up."""
        with self.session() as session:
            return session.scalar(
                select(Try)
                .where(Try.dsl_sha256 == dsl_sha256, Try.python_sha256 == python_sha256, Try.synthetic.is_(False))
                .order_by(Try.created.desc(), Try.id)
                .limit(1)
            )

    def tries(self, symbol: str, timeframe: str) -> Sequence[Try]:
        """Everything that was tried on bars of a symbol, oldest first."""
        with self.session() as session:
            return session.scalars(
                select(Try).filter_by(symbol=symbol, timeframe=timeframe).order_by(Try.created, Try.id)
            ).all()

    # ------------------------------------------------------------- approvals

    def approve(self, approval: Approval) -> Approval:
        """Enter an approval."""
        with self.session() as session:
            session.add(approval)
            session.flush()
            return self._approval(session, approval.id)

    def approvals(self, python_sha256: str | None = None) -> Sequence[Approval]:
        """The approvals that count, newest first: all, or those of one Python file. What was put away has none."""
        with self.session() as session:
            wanted = select(Approval).options(*_WHOLE_APPROVAL).where(Approval.revoked.is_(None))
            wanted = wanted.join(Approval.version).join(Version.strategy).where(Strategy.deleted.is_(None))
            if python_sha256 is not None:
                wanted = wanted.where(Approval.python_sha256 == python_sha256)
            return session.scalars(wanted.order_by(Approval.created.desc(), Approval.id.desc())).all()

    def revoke(self, number: int) -> Approval:
        """Take an approval back. Raises: UsageError: there is none of that number."""
        with self.session() as session:
            found = session.get(Approval, number)
            if found is None:
                raise UsageError(f"there is no approval {number}")
            found.revoked = found.revoked or _now()
            session.flush()
            return self._approval(session, number)

    # ------------------------------------------------------------- runs

    def begin(self, run: Run) -> Run:
        """Enter a run."""
        with self.session() as session:
            session.add(run)
            session.flush()
            return self._run(session, run.id)

    def run(self, number: str) -> Run:
        """A run by its id, or by the start of one that no other shares. Raises: UsageError: there is none, or more."""
        with self.session() as session:
            rows = session.scalars(select(Run).options(*_WHOLE_RUN).where(Run.id.startswith(number))).all()
        exact = [row for row in rows if row.id == number] or rows
        if len(exact) != 1:
            raise UsageError(f"there {'are several runs' if exact else 'is no run'} {number!r}; see nl2strat status")
        return exact[0]

    def runs(self, *, ended: bool = True) -> Sequence[Run]:
        """All runs, newest first; without `ended` those that have not."""
        with self.session() as session:
            wanted = select(Run).options(*_WHOLE_RUN).order_by(Run.created.desc(), Run.id)
            return session.scalars(wanted if ended else wanted.where(Run.ended.is_(None))).all()

    def update_run(self, number: str, change: Callable[[Run], None]) -> Run:
        """Change a run's row."""
        with self.session() as session:
            found = session.get_one(Run, number)
            change(found)
            session.flush()
            return self._run(session, number)

    # ------------------------------------------------------------- drafts

    def draft(self, number: str) -> Draft | None:
        """What is worked on under an id; None: nothing."""
        with self.session() as session:
            return session.get(Draft, number)

    def drafts(self) -> Sequence[Draft]:
        """All of them, the one changed last first."""
        with self.session() as session:
            return session.scalars(select(Draft).order_by(Draft.updated.desc(), Draft.id)).all()

    def keep_draft(self, number: str, title: str, state: dict[str, Any], revision: int) -> Draft | None:
        """Enter a draft, or change it. Args: revision: the one it is a change of; 0: a new one.

        Returns: the row as it is then; None if somebody else has changed it meanwhile.
        """
        with self.session() as session:
            row = session.get(Draft, number)
            if row is None:
                row = Draft(id=number, created=_now(), updated=_now(), revision=0, title=title, state=state)
                session.add(row)
            elif row.revision != revision:
                return None
            row.title, row.state, row.updated, row.revision = title, state, _now(), row.revision + 1
            session.flush()
            return row

    def drop_draft(self, number: str) -> None:
        """Let go of a draft."""
        with self.session() as session:
            row = session.get(Draft, number)
            if row is not None:
                session.delete(row)

    # ------------------------------------------------------------- inside

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction, for the modules of the library. Raises: UsageError: the file cannot be used."""
        with _reporting(self.folder / FILE), Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @staticmethod
    def _approval(session: Session, number: int) -> Approval:
        return session.scalars(select(Approval).options(*_WHOLE_APPROVAL).filter_by(id=number)).one()

    @staticmethod
    def _run(session: Session, number: str) -> Run:
        return session.scalars(select(Run).options(*_WHOLE_RUN).filter_by(id=number)).one()

    def _bring_up_to_date(self) -> None:
        if self._step() == HEAD:
            return
        from filelock import FileLock

        with FileLock(self.folder / "library.lock", timeout=_PATIENCE):  # two commands may be first at once
            step = self._step()
            if step == HEAD:
                return
            if step is not None and step > HEAD:
                raise UsageError(
                    f"{self.folder / FILE} was made by a newer version of nl2strat (its step is {step}, ours {HEAD}): "
                    "update nl2strat"
                )
            _migrate(self._engine)

    def _step(self) -> str | None:
        with self._engine.connect() as connection:
            known = connection.execute(text("select name from sqlite_master where name = 'alembic_version'")).first()
            row = connection.execute(text("select version_num from alembic_version")).first() if known else None
            return None if row is None else str(row[0])

    def take_in_tries(self) -> None:
        """Enter the backtests that wait in the spool; `open` does it too."""
        if not spool.waits(self.folder):
            return
        from filelock import FileLock

        with FileLock(self.folder / "library.lock", timeout=_PATIENCE):  # who lets go of the file has read all of it
            records = list(spool.take(self.folder))
            with Session(self._engine) as session, session.begin():
                for record in records:
                    if session.get(Try, record["id"]) is None:
                        session.add(Try(**record))
            spool.taken(self.folder)


_WHOLE_VERSION = joinedload(Run.version).joinedload(Version.strategy)
_WHOLE_RUN = (_WHOLE_VERSION, joinedload(Run.approval))
_WHOLE_APPROVAL = (joinedload(Approval.version).joinedload(Version.strategy), joinedload(Approval.backtest))


def strategy_called(session: Session, name: str) -> Strategy:
    """The strategy of a name; a new one if there is none."""
    strategy = session.scalar(select(Strategy).where(Strategy.name == name))
    if strategy is None:
        strategy = Strategy(name=name, created=_now())
        session.add(strategy)
        session.flush()
    return strategy


def add_version(session: Session, strategy_id: int, **columns: Any) -> Version:
    """The next version of a strategy."""
    newest = session.scalar(select(func.max(Version.number)).where(Version.strategy_id == strategy_id))
    version = Version(strategy_id=strategy_id, number=(newest or 0) + 1, **{"created": _now(), **columns})
    session.add(version)
    session.flush()
    return version


def whole_version(session: Session, number: int) -> Version:
    """A version with its strategy."""
    return session.scalars(select(Version).options(joinedload(Version.strategy)).filter_by(id=number)).one()


def _now() -> int:
    return int(time.time())


def _take_the_lock(connection: Connection) -> None:
    """What a transaction has read is still so when it writes: two that add the same name come one after the other."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set_up(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _reporting(file: Path) -> Iterator[None]:
    """The database's own troubles, as errors a user can act on."""
    try:
        yield
    except DBAPIError as error:
        why = str(error.orig)
        advice = {
            "locked": "another command is writing; try again",
            "malformed": "restore it from a backup, or move it away to begin a new one",
            "not a database": "it is another kind of file; move it away",
            "full": "the disk is full; make room",
            "I/O error": "look at the disk and its free room",
            "readonly": "it may not be written; look at its permissions",
        }
        what = next((text for sign, text in advice.items() if sign in why), "move it away to begin a new one")
        raise UsageError(f"{file}: the library cannot be used: {why}. {what.capitalize()}") from None
