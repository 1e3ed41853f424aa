"""A run in this process: opened, checked, carried out; or in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.secrecy import conceal
from nl2strat.deploy.approval import NotApproved, contract_differences
from nl2strat.deploy.choosing import Wanted, begin
from nl2strat.deploy.folders import GUARDS, RunFolder, kill_file, only_one
from nl2strat.deploy.happenings import Watchers
from nl2strat.deploy.one_account import OneAccount
from nl2strat.deploy.terminals import Place, check_account, connect, is_real, open_fed, open_paper
from nl2strat.errors import RunFailed, UsageError
from nl2strat.library.fingerprint import plain, sha256

if TYPE_CHECKING:
    from mas.terminals.guarded.rules import Rules
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Run

__all__ = ["Wanted", "begin", "carry_out", "in_background", "opened", "rules_called"]

_TO_BEGIN = 60.0
"""Seconds within which a process of its own says how it is doing."""


def carry_out(
    library: Library, run: Run, *, console: bool = False, wait: float = 1.0, left_alone: Iterable[int] = ()
) -> Run:
    """Run it in this process, to its end. Returns: its row as it is then.

    Raises: AlreadyRunning: another process does. NotApproved: the approval was taken back. UsageError: the account is
        not the one that was meant, the symbol's contract has changed, trading is killed. BrokerError: the terminal
        cannot be reached. DataError: the recording.
    """
    folder = RunFolder(library.folder / run.folder)
    with folder.held():
        try:
            return _carried_out(library, run, folder, console=console, wait=wait, left_alone=left_alone)
        except Exception as error:
            if not folder.journal.exists():  # it has never begun: nothing can go on
                why = conceal(str(error))
                library.update_run(run.id, lambda row: _set(row, state="failed", ended=int(time.time()), reason=why))
            raise


def _carried_out(
    library: Library, run: Run, folder: RunFolder, *, console: bool, wait: float, left_alone: Iterable[int]
) -> Run:
    from nl2strat.codegen import load
    from nl2strat.deploy.runner import Runner

    _check_approval(library, run)
    _check_kill(library.folder, folder)
    run, terminal = opened(library, run, folder)
    try:
        with only_one(library.folder, _seat(run), f'"{run.version.strategy.name}" is running {_where(run)} already'):
            rules = rules_called(run.options.get("guards"))
            strategy = load(run.version.python)()
            watchers = _watchers(folder, run, console=console)
            try:
                library.update_run(run.id, lambda row: _set(row, state="running", ended=None, reason=""))
                runner = Runner(
                    run, strategy, folder, library.folder, terminal, rules, watchers, wait=wait, left_alone=left_alone
                )
                return _entered(library, run, runner.run(), runner.reason)
            finally:
                watchers.close()
    finally:
        close = getattr(terminal, "close", None) or terminal.shutdown
        close()


def _entered(library: Library, run: Run, state: str, reason: str) -> Run:
    """The run's row with its end. Raises: RunFailed: it cannot be written; what has happened is in the message."""
    try:
        return library.update_run(run.id, lambda row: _set(row, state=state, ended=int(time.time()), reason=reason))
    except UsageError as error:
        raise RunFailed(f"run {run.id} has ended ({state}: {reason}), and the library does not know: {error}") from None


def _seat(run: Run) -> str:
    """What only one process may have: a magic number on an account; on paper a strategy on a recording."""
    if run.terminal == "paper":
        return (
            f"paper {run.version.strategy.name} {run.symbol} {run.options.get('replay') or run.options.get('quotes')}"
        )
    return f"{run.server} {run.account} {run.magic}"


def _where(run: Run) -> str:
    return "on paper" if run.terminal == "paper" else f"on account {run.account}"


def _check_approval(library: Library, run: Run) -> None:
    """Raises: NotApproved: it was taken back since, or the library's bytes are not those that were approved."""
    approval = run.approval
    if approval is None or approval.revoked is not None:
        raise NotApproved(f'the approval of "{run.version.strategy.name}" was taken back: run {run.id} does not go on')
    if (sha256(run.version.dsl), sha256(run.version.python)) != (approval.dsl_sha256, approval.python_sha256):
        raise NotApproved(
            f'the library\'s copy of "{run.version.strategy.name}" is not what {approval.who} approved: somebody has '
            "changed the file of the library. Restore it from a backup, or approve the strategy again"
        )


def _check_kill(home: Path, folder: RunFolder) -> None:
    """Raises: UsageError: somebody has killed it, or everything, and not released it."""
    killed = kill_file(home, folder.path)
    if killed is not None:
        raise UsageError(f"{killed} forbids trading: remove it first (nl2strat kill --release)")
    try:
        kill = json.loads((folder.path / GUARDS).read_text(encoding="utf-8"))["halts"].get("kill")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return  # the runner says what is wrong with it
    if kill is not None:
        why = kill.get("text", "")
        raise UsageError(f"run {folder.name} was killed ({why}): nl2strat kill --release lets it go on")


def opened(library: Library, run: Run, folder: RunFolder, *, to_trade: bool = True) -> tuple[Run, Any]:
    """The run's terminal, open and the right one, and its row with what that says of the account.

    Args: to_trade: else only to close what is open, whatever has become of the symbol's contract.
    Raises: as `carry_out`.
    """
    place = Place(run.terminal)
    if place.is_paper:
        return run, _opened_on_paper(run, folder, to_trade=to_trade)
    connection = connect(place, run.account, run.server, run.options.get("profile", ""))
    try:
        account = connection.account_info()
        check_account(account, live=run.live, typed=run.account or None)
        _check_server(run, account.server)
        if to_trade:
            _check_contract(run, connection)
    except BaseException:
        connection.shutdown()
        raise
    changed = {"account": account.login, "server": account.server, "live": is_real(account)}
    return library.update_run(run.id, lambda row: _set(row, **changed)), OneAccount(connection, account)


def _opened_on_paper(run: Run, folder: RunFolder, *, to_trade: bool) -> Any:
    terminal: Any
    if run.options.get("quotes"):
        terminal = open_fed(folder.path, run.options, run.symbol)
    else:
        terminal = open_paper(folder.path, run.options, run.symbol, run.timeframe)
    try:
        terminal.initialize()
        if to_trade:
            _check_contract(run, terminal)
    except BaseException:
        terminal.close()
        raise
    return terminal


def _check_server(run: Run, server: str) -> None:
    """Raises: UsageError: the account is of another broker's server than was named, or than the run began on."""
    if run.server and run.server != server:
        raise UsageError(f"the terminal is logged in at {server}, and this run belongs to {run.server}: log in there")


def _check_contract(run: Run, terminal: Any) -> None:
    """Raises: UsageError: the symbol there is not the one that the backtest was of."""
    from mas.history import spec_of

    info = terminal.symbol_info(run.symbol)
    if info is None:
        raise UsageError(f"there is no symbol {run.symbol} {_where(run)}")
    known = (run.approval.symbol if run.approval else {}).get(run.symbol, {})
    found = contract_differences(known, plain(spec_of(run.symbol, info)))
    if found:
        raise UsageError(
            f"{run.symbol} {_where(run)} is not what was approved: {'; '.join(found)}. Backtest with the terms that it "
            "has there (--symbols), and approve that"
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
    """Start a process of its own for a run; it survives the terminal and the logout. Returns: its process id.

    Raises: RunFailed: it has ended at once; the message says why.
    """
    command = [sys.executable, "-m", "nl2strat", "resume", run.id, "--quiet"]
    environment = {**os.environ, "NL2STRAT_HOME": str(home)}
    options: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        flags = ("CREATE_NEW_PROCESS_GROUP", "DETACHED_PROCESS")
        options = {"creationflags": sum(getattr(subprocess, flag) for flag in flags)}
    folder = RunFolder(home / run.folder)
    file = folder.path / "output.txt"
    before = file.stat().st_size if file.exists() else 0
    with file.open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, cwd=home, **options
        )
    until = time.monotonic() + _TO_BEGIN
    while time.monotonic() < until and folder.read_state().get("pid") != child.pid:
        if child.poll() is not None:
            if child.returncode == 0:  # a short recording
                break
            said = file.read_bytes()[before:].decode(errors="replace").strip()
            raise RunFailed(f"run {run.id} has not begun: {said.removeprefix('Error:').strip() or 'see its log'}")
        time.sleep(0.05)
    pid, child.returncode = child.pid, child.returncode or 0  # nobody here waits for it
    return pid


def _set(row: Run, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
