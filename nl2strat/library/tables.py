"""The tables of the library. Times are seconds since the epoch (UTC); texts of programs and code are kept whole, with
their SHA-256, since an approval is of exact bytes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Root of the tables."""

    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012  (SQLAlchemy's own way to say it)


class Strategy(Base):
    """What a user calls one strategy; its versions are what can run."""

    __tablename__ = "strategy"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created: Mapped[int]
    deleted: Mapped[int | None] = mapped_column(default=None)
    """When it was put away. It keeps everything, and can be brought back; only its name is free for another."""
    formerly: Mapped[str] = mapped_column(default="")
    """Of one that was put away: its name before that."""
    versions: Mapped[list[Version]] = relationship(back_populates="strategy", order_by="Version.number")


class Version(Base):
    """One state of a strategy: the English, the program and the code, as they were reviewed."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("strategy_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"), index=True)
    number: Mapped[int]
    """1, 2, ... in each strategy."""
    created: Mapped[int]
    english: Mapped[str]
    dsl: Mapped[str]
    python: Mapped[str]
    explanation: Mapped[str]
    assumptions: Mapped[list[str]]
    dsl_sha256: Mapped[str]
    python_sha256: Mapped[str] = mapped_column(index=True)
    note: Mapped[str] = mapped_column(default="")
    origin: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    """How the page had it (text, reading, inputs, data: see `nl2strat.web.origins`), to open as it was left."""
    strategy: Mapped[Strategy] = relationship(back_populates="versions")


class Try(Base):
    """One backtest that was looked at. How many there were on the same data decides how much a good one is worth."""

    __tablename__ = "try"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Random, so that what was spooled is taken in once."""
    created: Mapped[int]
    kind: Mapped[str]
    """ "backtest", "sweep" ..."""
    name: Mapped[str]
    dsl_sha256: Mapped[str] = mapped_column(index=True)
    python_sha256: Mapped[str] = mapped_column(index=True)
    symbol: Mapped[str]
    timeframe: Mapped[str]
    first: Mapped[int]
    last: Mapped[int]
    """Open times of the first and last bar, the data's clock."""
    bars: Mapped[int]
    source: Mapped[str]
    """The data file, or what it says of itself."""
    synthetic: Mapped[bool]
    trades: Mapped[int]
    net: Mapped[float] = mapped_column(Double)
    settings: Mapped[dict[str, Any]]
    metrics: Mapped[dict[str, Any]]


class Approval(Base):
    """Somebody has read exactly these bytes and lets them trade."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[int]
    who: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    try_id: Mapped[str] = mapped_column(ForeignKey("try.id"))
    dsl_sha256: Mapped[str]
    python_sha256: Mapped[str] = mapped_column(index=True)
    inputs: Mapped[dict[str, Any]]
    inputs_sha256: Mapped[str]
    symbol: Mapped[dict[str, Any]]
    """Specifications of the symbols, by name, as the backtest used them."""
    symbol_sha256: Mapped[str]
    revoked: Mapped[int | None]
    version: Mapped[Version] = relationship()
    backtest: Mapped[Try] = relationship()


class Run(Base):
    """One deployment, on paper or on an account."""

    __tablename__ = "run"

    id: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[int]
    ended: Mapped[int | None]
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"))
    terminal: Mapped[str]
    """ "paper", "mt5" or "mt5linux://host:port"."""
    live: Mapped[bool]
    """A real account: its money is real."""
    account: Mapped[int]
    server: Mapped[str]
    magic: Mapped[int] = mapped_column(index=True)
    symbol: Mapped[str]
    timeframe: Mapped[str]
    folder: Mapped[str]
    """Journal, log and lock of the run, below the data folder."""
    state: Mapped[str]
    """ "starting", "running", "paused", "stopped", "finished", "failed", "killed"."""
    reason: Mapped[str] = mapped_column(default="")
    """Why it is in that state."""
    options: Mapped[dict[str, Any]]
    version: Mapped[Version] = relationship()
    approval: Mapped[Approval | None] = relationship()


class Draft(Base):
    """What somebody is working on in one tab of the page."""

    __tablename__ = "draft"

    id: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[int]
    updated: Mapped[int]
    revision: Mapped[int]
    """Counts the changes: who has not seen the newest may not overwrite it."""
    title: Mapped[str]
    state: Mapped[dict[str, Any]]
    """Text, program, inputs, data, costs, last run: see `nl2strat.web.workspace`."""
