"""Ending what trades: by a command to the process that runs it, or by hand where there is none any more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mas.terminals.guarded.rules import Rules
from mas.terminals.guarded.terminal import Guarded
from mas.trading.inputs import Command
from nl2strat.deploy.beginning import opened
from nl2strat.deploy.folders import GUARDS, KILL, RunFolder
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Run


def tell(library: Library, run: Run, command: Command) -> str:
    """Have a run do what a command says. Returns: what has been done about it, in a sentence.

    Without a process "flatten" and "kill" are carried out here, on the run's own terminal; the others say so.

    Raises: UsageError: there is no process to tell. BrokerError: the terminal cannot be reached.
    """
    folder = RunFolder(library.folder / run.folder)
    if folder.is_held:
        folder.command(command)
        return f"run {run.id} is told to {command.name}"
    if command.name not in ("flatten", "kill"):
        raise UsageError(f"run {run.id} has no process: there is nothing to {command.name} (its state is {run.state})")
    return _close_by_hand(library, run, folder, command)


def _close_by_hand(library: Library, run: Run, folder: RunFolder, command: Command) -> str:
    if not folder.journal.exists():
        return f"run {run.id} has never begun: nothing is open"
    if run.state == "finished":
        return f"run {run.id} is over with its recording: there is no market any more to close anything in"
    with folder.held():
        _, terminal = opened(library, run, folder, to_trade=False)
        try:
            guarded = Guarded(terminal, Rules(), magics={run.magic}, symbols=[run.symbol])
            guarded.guards.kill(command.by or "a command", command.reason)
            there = (
                *(terminal.positions_get(symbol=run.symbol) or ()),
                *(terminal.orders_get(symbol=run.symbol) or ()),
            )
            left = [one for one in there if one.magic == run.magic]
        finally:
            (getattr(terminal, "close", None) or terminal.shutdown)()
    if left:
        tickets = ", ".join(str(one.ticket) for one in left)
        raise UsageError(f"run {run.id}: {tickets} could not be closed or removed: do it in the terminal")
    said = folder.read_state()
    if said:  # those who look on would go on seeing what is gone
        folder.write_state({**said, "positions": [], "open_positions": 0, "waiting_orders": 0})
    return f"run {run.id} has no process; everything of its was closed from here"


def kill_all(library: Library, by: str, reason: str) -> list[str]:
    """Forbid all trading, and close everything of every run. Returns: what was done, a sentence for each run.

    The file that forbids it is there first: what cannot be told or reached now may not open anything either.
    """
    (library.folder / KILL).write_text(f"{by}: {reason}\n", encoding="utf-8")
    told = []
    for run in library.runs():
        folder = RunFolder(library.folder / run.folder)
        if not folder.is_held and (run.state == "finished" or not folder.journal.exists()):
            continue
        try:
            told.append(tell(library, run, Command("kill", by, reason)))
        except Exception as error:  # the others have to be told all the same
            told.append(f"run {run.id}: NOT CLOSED: {error}")
    return told


def release(library: Library) -> list[str]:
    """Let trading begin again after a kill. Returns: what was released."""
    released = []
    if (library.folder / KILL).exists():
        (library.folder / KILL).unlink()
        released.append("trading is allowed again")
    for run in library.runs():
        folder = RunFolder(library.folder / run.folder)
        (folder.path / KILL).unlink(missing_ok=True)
        file = folder.path / GUARDS
        if folder.is_held or not file.exists():
            continue
        state = json.loads(file.read_text(encoding="utf-8"))
        if state.get("halts", {}).pop("kill", None) is not None:
            file.write_text(json.dumps(state), encoding="utf-8")
            released.append(f"run {run.id} may go on")
    return released
