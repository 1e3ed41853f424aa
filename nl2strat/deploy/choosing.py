"""Which run a deployment is: one that was interrupted, or a new one under a magic number that no other strategy has."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.errors import DataError
from nl2strat.deploy.approval import approved
from nl2strat.deploy.folders import JOURNAL, KILL, RunFolder, one_after_the_other
from nl2strat.deploy.terminals import Place
from nl2strat.errors import UsageError
from nl2strat.library.tables import Approval, Run

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.pipeline import Compiled

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_OVER = frozenset({"finished"})
"""States after which a run cannot go on: its recording is over."""
_FIXED = {"timezone": "--timezone", "begin": "--from", "account": "terms of the account", "symbols": "--symbols"}
"""What an account on paper begins with and keeps."""
_FREE = ("guards", "metrics", "interval")
"""What may be another from process to process; what is not given stays as it was."""
_ONLY_BROKERS = {"live": "--live", "account": "--account", "server": "--server", "profile": "--profile"}


@dataclass(frozen=True)
class Wanted:
    """What the user has asked for."""

    place: Place
    options: Mapping[str, Any] = field(default_factory=dict)
    """Kept with the run, so that it goes on with the same: replay, speed, terms, guards ...; never a password."""
    live: bool = False
    account: int | None = None
    server: str = ""
    profile: str = ""
    fresh: bool = False


def begin(library: Library, compiled: Compiled, wanted: Wanted) -> Run:
    """The run that carries out an approved strategy: the one that was interrupted, else a new one.

    Raises: NotApproved: these bytes are not approved. UsageError: options that do not go together, or not with those of
        the interrupted run; trading is killed.
    """
    approval = approved(library, compiled)
    _check(library, wanted)
    with one_after_the_other(library.folder):  # each sees the magic numbers of those before it
        before = None if wanted.fresh else _interrupted(library, approval, wanted)
        return _new(library, compiled, approval, wanted) if before is None else _taken_up(library, before, wanted)


def interrupted(library: Library, compiled: Compiled, wanted: Wanted) -> Run | None:
    """The run that `begin` would go on with, were it not to be a new one. Raises: NotApproved."""
    return _interrupted(library, approved(library, compiled), wanted)


def _new(library: Library, compiled: Compiled, approval: Approval, wanted: Wanted) -> Run:
    program = compiled.program
    number = "".join(secrets.choice(_LETTERS) for _ in range(6))
    folder = f"runs/{datetime.now(UTC):%Y%m%d}-{number}"
    RunFolder(library.folder / folder)
    return library.begin(
        Run(
            id=number, created=int(time.time()), ended=None, version_id=approval.version_id, approval_id=approval.id,
            terminal=wanted.place.text, live=wanted.live, account=wanted.account or 0, server=wanted.server,
            magic=_magic(library, compiled), symbol=program.symbol or "", timeframe=program.timeframe or "",
            folder=folder, state="starting", options={**wanted.options, "profile": wanted.profile},
        )
    )  # fmt: skip


def _check(library: Library, wanted: Wanted) -> None:
    place = wanted.place
    if place.is_paper:
        _check_paper(wanted)
    else:
        for name in ("replay", "begin", "timezone", "quotes"):
            if wanted.options.get(name):
                option = {"begin": "from"}.get(name, name)
                raise UsageError(f"--{option} is for --on paper; {place.text} has a market of its own")
    if (library.folder / KILL).exists():
        raise UsageError(f"{library.folder / KILL} forbids all trading: remove it first (nl2strat kill --release)")


def _check_paper(wanted: Wanted) -> None:
    replay, quotes = wanted.options.get("replay"), wanted.options.get("quotes")
    if bool(replay) == bool(quotes):
        raise UsageError(
            "--on paper needs a market: recorded bars (--replay FILE), or a terminal's quotes (--quotes mt5, or "
            "--quotes mt5linux://host:port)"
        )
    if quotes:
        if Place(quotes).is_paper:
            raise UsageError("--quotes paper: give the terminal whose quotes are meant (mt5, or mt5linux://host:port)")
        for name in ("begin", "timezone"):
            if wanted.options.get(name):
                raise UsageError(f"{_FIXED[name]} is for --replay")
    for name, option in _ONLY_BROKERS.items():
        if getattr(wanted, name) and not (quotes and name == "profile"):
            raise UsageError(f"{option} is for a broker's account; --on paper has one of its own")


def _interrupted(library: Library, approval: Approval, wanted: Wanted) -> Run | None:
    """The newest run of the same thing in the same place, if it has begun and not come to its end."""
    for run in library.runs():
        if not _same(run, approval, wanted) or not _has_begun(library.folder / run.folder / JOURNAL):
            continue
        return None if run.state in _OVER else run
    return None


def _has_begun(path: Path) -> bool:
    """Whether a run has come as far as to look at its market."""
    from mas.trading.journal import Journal

    if not path.exists():
        return False
    try:
        journal = Journal(path)
    except DataError:
        return False
    try:
        return journal.last > 1
    finally:
        journal.close()


def _same(run: Run, approval: Approval, wanted: Wanted) -> bool:
    """Whether a run is of the same bytes and in the same place; without a number any account is."""
    if run.version.python_sha256 != approval.python_sha256 or run.terminal != wanted.place.text:
        return False
    if wanted.account is not None and run.account not in (0, wanted.account):
        return False
    market = [options.get(name) for options in (run.options, wanted.options) for name in ("replay", "quotes")]
    return run.options.get("profile", "") == wanted.profile and market[:2] == market[2:]


def _taken_up(library: Library, run: Run, wanted: Wanted) -> Run:
    """The interrupted run with those of the new options that may change.

    Raises: UsageError: others differ; its account is real, and that was not said again.
    """
    if run.live and not (wanted.live and wanted.account == run.account):
        raise UsageError(
            f"run {run.id}, which would go on, is on the real account {run.account}: say --live and --account "
            f"{run.account} if that is meant"
        )
    for name, option in _FIXED.items():
        before, now = run.options.get(name), wanted.options.get(name)
        if (before or None) != (now or None):
            raise UsageError(
                f"run {run.id}, which would go on, has other {option} ({before or 'none'}, not {now or 'none'}): give "
                f"the same, or begin another run with --fresh, or go on with nl2strat resume {run.id}"
            )
    changed = {name: wanted.options[name] for name in _FREE if wanted.options.get(name) is not None}
    options = {**run.options, **changed, "speed": wanted.options.get("speed")}

    def change(row: Run) -> None:
        row.options = options

    return run if options == run.options else library.update_run(run.id, change)


def _magic(library: Library, compiled: Compiled) -> int:
    """The number in the strategy's orders: that of its runs before, so that they are never two at once on an account;
    else the one of its class, unless another strategy of this library has it.

    The same strategy on another symbol is another one here.
    """
    own = (compiled.program.name, compiled.program.symbol or "")
    runs = library.runs()
    before = [run.magic for run in runs if (run.version.strategy.name, run.symbol) == own]
    if before:
        return before[0]
    magic = int(getattr(compiled.new(), "magic", 0)) or 100_000 + secrets.randbelow(900_000)
    taken = {run.magic for run in runs}
    while magic in taken:
        magic += 1
    return magic
