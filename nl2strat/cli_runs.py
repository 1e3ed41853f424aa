"""`nl2strat status`, `stop`, `pause`, `flatten`, `kill`: how runs are doing, and what they are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_options import JsonOption
from nl2strat.cli_steps import console_of, reporting
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Run

RunArgument = Annotated[str | None, typer.Argument(metavar="RUN", help="Its id, or how that begins.")]
ReasonOption = Annotated[str, typer.Option(metavar="TEXT", help="Why, for the log.")]


def status(
    run: RunArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Runs that are over as well.")] = False,
    json: JsonOption = None,
) -> None:
    """Show what is running, and how it is doing."""
    with reporting(json) as result:
        from nl2strat.library.store import Library

        library = Library.open()
        rows = [library.run(run)] if run is not None else list(library.runs())
        found = [run_object(library, row) for row in rows]
        if run is None and not everything:
            found = [one for one in found if one["alive"] or one["state"] not in ("finished", "stopped")]
        result["runs"] = found
        if json != "-":
            _show(found, whole=run is not None)


def stop(run: RunArgument = None, reason: ReasonOption = "", json: JsonOption = None) -> None:
    """End a run's process; what is open stays open, with its stops."""
    _tell("stop", run, reason, json)


def pause(run: RunArgument = None, reason: ReasonOption = "", json: JsonOption = None) -> None:
    """Have a run take no new entries; exits and stops go on. `unpause` ends it."""
    _tell("pause", run, reason, json)


def unpause(run: RunArgument = None, reason: ReasonOption = "", json: JsonOption = None) -> None:
    """Have a run take entries again."""
    _tell("resume", run, reason, json)


def flatten(run: RunArgument = None, reason: ReasonOption = "", json: JsonOption = None) -> None:
    """Close everything of a run's, and pause it."""
    _tell("flatten", run, reason, json)


def kill(
    run: RunArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Every run, and forbid all trading.")] = False,
    release: Annotated[bool, typer.Option("--release", help="Allow trading again after a kill.")] = False,
    reason: ReasonOption = "",
    json: JsonOption = None,
) -> None:
    """Close everything of a run's and end it; with --all of every run, and let nothing trade until --release."""
    if not (everything or release):
        _tell("kill", run, reason, json)
        return
    with reporting(json) as result:
        from nl2strat.deploy.ending import kill_all
        from nl2strat.deploy.ending import release as let_go
        from nl2strat.library.store import Library

        if run is not None or (everything and release):
            raise UsageError("give one of RUN, --all and --release")
        library = Library.open()
        told = let_go(library) if release else kill_all(library, _who(), reason)
        result["told"] = told
        if json != "-":
            for line in told or ["nothing was running" if everything else "nothing was killed"]:
                console_of().print(line, highlight=False, soft_wrap=True)
        if any("NOT CLOSED" in line for line in told):
            raise UsageError("not everything could be closed; see above, and look at the terminal")


def _tell(name: str, run: str | None, reason: str, json: str | None) -> None:
    with reporting(json) as result:
        from mas.trading.inputs import Command
        from nl2strat.deploy.ending import tell
        from nl2strat.library.store import Library

        library = Library.open()
        chosen = library.run(run) if run is not None else _only_one(library)
        result["told"] = tell(library, chosen, Command(name, _who(), reason))
        result["run"] = chosen.id
        if json != "-":
            console_of().print(result["told"], highlight=False, soft_wrap=True)


def _only_one(library: Library) -> Run:
    from nl2strat.deploy.folders import RunFolder

    alive = [row for row in library.runs() if RunFolder(library.folder / row.folder).is_held]
    if len(alive) != 1:
        raise UsageError(
            "nothing is running" if not alive else f"several are running ({', '.join(r.id for r in alive)}): name one"
        )
    return alive[0]


def _who() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


def run_object(library: Library, run: Run) -> dict[str, Any]:
    """A run as JSON: its row, and how it is doing."""
    from nl2strat.deploy.folders import RunFolder

    folder = RunFolder(library.folder / run.folder)
    alive, doing = folder.is_held, folder.read_state()
    if not alive:
        run = library.run(run.id)  # it may have ended since
    state = run.state if not alive else doing.get("state", run.state)
    if not alive and run.state in ("running", "starting", "paused"):
        state = "interrupted"
    return {
        "run": run.id, "state": state, "alive": alive, "strategy": run.version.strategy.name,
        "version": run.version.number, "terminal": run.terminal, "account": run.account, "server": run.server,
        "live": run.live, "magic": run.magic, "symbol": run.symbol, "timeframe": run.timeframe,
        "created": datetime.fromtimestamp(run.created, UTC).isoformat(),
        "reason": run.reason or doing.get("reason", ""), "folder": str(folder.path), "doing": doing,
        "fresh": folder.is_fresh(),
    }  # fmt: skip


def _show(found: list[dict[str, Any]], *, whole: bool) -> None:
    from rich.table import Table

    console = console_of()
    if not found:
        console.print("Nothing is running. To begin: nl2strat deploy FILE --on paper --replay BARS")
        return
    table = Table("run", "strategy", "on", "state", "open", "today", "equity", "last bar")
    for one in found:
        doing = one["doing"]
        bar = doing.get("bar_time")
        table.add_row(
            one["run"], f"{one['strategy']}\n{one['symbol']} {one['timeframe']}",
            one["terminal"] + ("\n[bold red]REAL[/]" if one["live"] else ""), one["state"],
            str(doing.get("open_positions", "")), _money(doing.get("result_today")), _money(doing.get("equity")),
            f"{datetime.fromtimestamp(bar, UTC):%Y-%m-%d\n%H:%M}" if bar else "",
        )  # fmt: skip
    console.print(table)
    for one in found if whole else ():
        if one["reason"]:
            console.print(f"Why: {one['reason']}", highlight=False, soft_wrap=True)
        for place in one["doing"].get("positions", ()):
            console.print(
                f"{place['side']} {place['volume']:g} at {place['entry']:g}, stop {place['sl']:g}, target "
                f"{place['tp']:g}: {place['profit']:+.2f}", highlight=False,
            )  # fmt: skip
        for name, text in one["doing"].get("halts", {}).items():
            console.print(f"Guard {name}: {text}", highlight=False, soft_wrap=True)
        console.print(f"Log and journal: {one['folder']}", highlight=False, soft_wrap=True)


def _money(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, int | float) else ""
