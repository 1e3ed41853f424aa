"""From an approved strategy to a run: made new or taken up again, opened, carried out in this process."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nl2strat.deploy.approval import approved, contract_differences
from nl2strat.deploy.folders import KILL, RunFolder, kill_file, only_one
from nl2strat.deploy.happenings import Watchers
from nl2strat.deploy.terminals import Place, check_account, connect, is_real, open_paper
from nl2strat.errors import UsageError
from nl2strat.library.fingerprint import plain
from nl2strat.library.tables import Approval, Run

if TYPE_CHECKING:
    from mas.terminals.guarded.rules import Rules
    from nl2strat.library.store import Library
    from nl2strat.pipeline import Compiled

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_OVER = frozenset({"finished"})
"""States after which a run cannot go on: its recording is over."""


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

    Raises: NotApproved: these bytes are not approved. UsageError: options that do not go together; trading is killed.
    """
    approval = approved(library, compiled)
    _check(library, wanted)
    program = compiled.program
    interrupted = None if wanted.fresh else _interrupted(library, approval, wanted)
    if interrupted is not None:
        return interrupted
    number = "".join(secrets.choice(_LETTERS) for _ in range(6))
    folder = f"runs/{datetime.now(UTC):%Y%m%d}-{number}"
    RunFolder(library.folder / folder)
    return library.begin(
        Run(
            id=number, created=int(time.time()), ended=None, version_id=approval.version_id, approval_id=approval.id,
            terminal=wanted.place.text, live=wanted.live, account=wanted.account or 0, server=wanted.server,
            magic=_magic(library, compiled, wanted), symbol=program.symbol or "", timeframe=program.timeframe or "",
            folder=folder, state="starting", options={**wanted.options, "profile": wanted.profile},
        )
    )  # fmt: skip


def _check(library: Library, wanted: Wanted) -> None:
    if wanted.place.is_paper and not wanted.options.get("replay"):
        raise UsageError("--on paper plays recorded bars: give them with --replay FILE")
    if not wanted.place.is_paper and wanted.options.get("replay"):
        raise UsageError(f"--replay is for --on paper; {wanted.place.text} has a market of its own")
    if (library.folder / KILL).exists():
        raise UsageError(f"{library.folder / KILL} forbids all trading: remove it first (nl2strat kill --release)")


def _interrupted(library: Library, approval: Approval, wanted: Wanted) -> Run | None:
    """The newest run of the same thing in the same place that has not come to its end."""
    for run in library.runs():
        same = (run.approval_id == approval.id or run.version.python_sha256 == approval.python_sha256) and (
            run.terminal, run.account, run.options.get("profile", ""), run.options.get("replay")
        ) == (wanted.place.text, wanted.account or 0, wanted.profile, wanted.options.get("replay"))  # fmt: skip
        if same:
            return None if run.state in _OVER else run
    return None


def _magic(library: Library, compiled: Compiled, wanted: Wanted) -> int:
    """The number in the strategy's orders: the one of its class, unless another strategy on that account has it."""
    magic = int(getattr(compiled.new(), "magic", 0)) or 100_000 + secrets.randbelow(900_000)
    name = compiled.program.name
    taken = {
        run.magic
        for run in library.runs()
        if (run.terminal, run.account) == (wanted.place.text, wanted.account or 0) and run.version.strategy.name != name
    }
    while magic in taken:
        magic += 1
    return magic


def carry_out(
    library: Library, run: Run, *, console: bool = False, wait: float = 1.0, left_alone: Iterable[int] = ()
) -> Run:
    """Run it in this process, to its end. Returns: its row as it is then.

    Raises: AlreadyRunning: another process does. UsageError: the account is not the one that was meant, the symbol's
        contract has changed, trading is killed. BrokerError: the terminal cannot be reached. DataError: the recording.
    """
    from nl2strat.codegen import load

    home = library.folder
    folder = RunFolder(home / run.folder)
    name = run.version.strategy.name
    what = f"{run.version.python_sha256} {run.terminal} {run.account} {run.symbol}"
    told = f'"{name}" is running on {run.terminal} already'
    with folder.held(), only_one(home, what, told):
        killed = kill_file(home, folder.path)
        if killed is not None:
            raise UsageError(f"{killed} forbids trading: remove it first (nl2strat kill --release)")
        run, terminal = opened(library, run, folder)
        try:
            rules = rules_called(run.options.get("guards"))
            watchers = _watchers(folder, run, console=console)
            strategy = load(run.version.python)()
            library.update_run(run.id, lambda row: _set(row, state="running", ended=None, reason=""))
            from nl2strat.deploy.runner import Runner

            runner = Runner(run, strategy, folder, home, terminal, rules, watchers, wait=wait, left_alone=left_alone)
            try:
                state = runner.run()
            finally:
                watchers.close()
            return library.update_run(
                run.id, lambda row: _set(row, state=state, ended=int(time.time()), reason=runner.reason)
            )
        finally:
            close = getattr(terminal, "close", None) or terminal.shutdown
            close()


def opened(library: Library, run: Run, folder: RunFolder) -> tuple[Run, Any]:
    """The run's terminal, open and the right one, and its row with what that says of the account.

    Raises: as `carry_out`.
    """
    place = Place(run.terminal)
    if place.is_paper:
        terminal: Any = open_paper(folder.path, run.options, run.symbol, run.timeframe)
        terminal.initialize()
        return run, terminal
    connection = connect(place, run.account, run.server, run.options.get("profile", ""))
    try:
        account = connection.account_info()
        check_account(account, live=run.live, typed=run.account or None)
        _check_contract(run, connection)
    except BaseException:
        connection.shutdown()
        raise
    changed = {"account": account.login, "server": account.server, "live": is_real(account)}
    if run.account and run.account != account.login:
        raise UsageError(f"this run belongs to account {run.account}, and the terminal is logged in to {account.login}")
    return library.update_run(run.id, lambda row: _set(row, **changed)), connection


def _check_contract(run: Run, connection: Any) -> None:
    """Raises: UsageError: the symbol at the broker is not the one that the backtest was of."""
    from mas.history import spec_of

    known = (run.approval.symbol if run.approval else {}).get(run.symbol, {})
    found = contract_differences(known, plain(spec_of(run.symbol, connection.symbol_info(run.symbol))))
    if found:
        raise UsageError(
            f"{run.symbol} at this broker is not what was approved: {'; '.join(found)}. Backtest with the broker's "
            "terms (--symbols), and approve that"
        )


def _watchers(folder: RunFolder, run: Run, *, console: bool) -> Watchers:
    from nl2strat.deploy.logs import Log
    from nl2strat.deploy.notify import Notifier, addresses

    found: list[Any] = [Log(folder.path, run.id, console=console)]
    places = addresses()
    if places:
        found.append(Notifier(places, f"{run.version.strategy.name} on {run.terminal}"))
    port = run.options.get("metrics")
    if port is not None:
        from nl2strat.deploy.prometheus import Metrics

        labels = {"strategy": run.version.strategy.name, "run": run.id, "symbol": run.symbol}
        found.append(Metrics(int(port), labels))
    return Watchers(*found)


def rules_called(name: str | None) -> Rules:
    """The guards of a file, or those that come along under a name; none that act if there is no name.

    Raises: ParameterError: there are none of that name, or the file is wrong.
    """
    from mas.terminals.guarded.presets import guards_called
    from mas.terminals.guarded.rules import Rules

    return Rules() if name is None else guards_called(name)


def in_background(run: Run, home: Path) -> int:
    """Start a process of its own for a run; it survives the terminal and the logout. Returns: its process id."""
    command = [sys.executable, "-m", "nl2strat", "resume", run.id, "--quiet"]
    environment = {**os.environ, "NL2STRAT_HOME": str(home)}
    options: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        flags = ("CREATE_NEW_PROCESS_GROUP", "DETACHED_PROCESS")
        options = {"creationflags": sum(getattr(subprocess, flag) for flag in flags)}
    with (home / run.folder / "output.txt").open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, cwd=home, **options
        )
    child.returncode = 0  # nobody here waits for it
    return child.pid


def _set(row: Run, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
