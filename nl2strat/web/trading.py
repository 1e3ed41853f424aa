"""Deployments for the page: the command line's own functions, with answers as plain data. Blocking: call in a thread.

A run is a process of its own that no server, page or worker holds: it goes on when they end.
"""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nl2strat.errors import RunFailed, UsageError
from nl2strat.moments import moment_or_none
from nl2strat.web.errors import NotFound
from nl2strat.web.limits import Limits, file_of
from nl2strat.web.shapes import Costs, Json, Options

if TYPE_CHECKING:
    from nl2strat.deploy.choosing import Wanted
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Run
    from nl2strat.pipeline import Compiled

CommandName = Literal["pause", "resume", "flatten", "stop", "kill"]
_PAPER_TERMS = (
    "deposit", "leverage", "spread", "commission", "commission_per", "currency", "netting", "swap", "slippage",
)  # fmt: skip


@dataclass(frozen=True)
class DeploySpec:
    """A strategy to put to work. `on`: "paper", "mt5" or "mt5linux://host:port".

    On paper `replay` names data of the store (or `quotes` a terminal whose quotes count). On an account `account` is
    the number that the user has typed: the terminal must be logged in there.
    """

    text: str
    options: Options = field(default_factory=Options)
    on: str = "paper"
    replay: str | None = None
    quotes: str | None = None
    speed: float | None = None
    """Paper: so many times as fast as the clock; None: without a pause."""
    begin: str | None = None
    """Paper: first day; bars before it are history."""
    timezone: str | None = None
    costs: Costs = field(default_factory=Costs)
    """Paper: the terms of its account."""
    live: bool = False
    """The account may be a real one."""
    account: int | None = None
    server: str = ""
    profile: str = ""
    guards: str | None = None
    """Name of a preset (see `GET /guards`)."""
    limits: dict[str, float | str | None] = field(default_factory=dict)
    """What is other than in the preset, by "table.key" (see `limits.FIELDS`); null does without that limit."""
    fresh: bool = False
    """A new run, though one was interrupted."""


def begin(library: Library, compiled: Compiled, spec: DeploySpec) -> Json:
    """Put an approved strategy to work in a process of its own. Takes up to a minute.

    Raises: NotApproved: these bytes are not approved. LimitError: a limit that cannot be. UsageError: what was asked
        for does not go together. RunFailed: it has ended at once; the message says why.
    """
    from nl2strat.deploy.beginning import in_background
    from nl2strat.deploy.choosing import begin as choose

    run = choose(library, compiled, _wanted(library, compiled, spec))
    in_background(run, library.folder)
    return run_object(library, library.run(run.id))


def interrupted(library: Library, compiled: Compiled, spec: DeploySpec) -> Json | None:
    """The run that `begin` would go on with rather than making a new one; it may be running. Raises: as `begin`."""
    from nl2strat.deploy.choosing import interrupted as before

    found = before(library, compiled, _wanted(library, compiled, spec))
    return None if found is None else run_object(library, found)


def go_on(library: Library, number: str) -> Json:
    """Have an interrupted run go on, exactly where it was. Raises: UsageError: it is over, or never began."""
    from nl2strat.deploy.beginning import in_background
    from nl2strat.deploy.folders import JOURNAL

    run = run_called(library, number)
    if run.state == "finished":
        raise UsageError(f"run {run.id} is over: its recording has ended. Deploy it again for another")
    if not (library.folder / run.folder / JOURNAL).exists() and run.state == "failed":
        raise UsageError(f"run {run.id} has never begun ({run.reason}): deploy it again")
    in_background(run, library.folder)
    return run_object(library, library.run(run.id))


def run_called(library: Library, number: str) -> Run:
    """A run by its id. Raises: NotFound: there is none."""
    try:
        return library.run(number)
    except UsageError as error:
        raise NotFound(str(error)) from None


def runs(library: Library) -> list[Json]:
    """All runs, newest first, each with how it is doing."""
    return [run_object(library, run) for run in library.runs()]


def run_object(library: Library, run: Run) -> Json:
    """A run: its row and how it is doing, as `nl2strat status --json` has it."""
    from nl2strat.cli_runs import run_object as of_status

    return of_status(library, run)


def command(library: Library, number: str, name: CommandName, reason: str = "") -> str:
    """Tell a run to do something. Returns: what has been done about it, in a sentence.

    Raises: NotFound. UsageError: it has no process to tell. BrokerError: its terminal cannot be reached.
    """
    from mas.trading.inputs import Command
    from nl2strat.deploy.ending import tell

    return tell(library, run_called(library, number), Command(name, who(), reason or "the page"))


def kill_everything(library: Library, reason: str = "") -> list[str]:
    """Forbid all trading and close everything. Returns: what was done, a sentence for each run.

    Raises: RunFailed: something could not be closed; the message says what.
    """
    from nl2strat.deploy.ending import kill_all

    told = kill_all(library, who(), reason or "the page")
    if any("NOT CLOSED" in line for line in told):
        raise RunFailed("not everything could be closed; look at the terminal. " + "; ".join(told))
    return told


def release(library: Library) -> list[str]:
    """Let trading begin again. Returns: what was released."""
    from nl2strat.deploy.ending import release as let_go

    return let_go(library)


def is_killed(library: Library) -> bool:
    """Whether all trading is forbidden."""
    from nl2strat.deploy.folders import KILL

    return (library.folder / KILL).exists()


def log_of(library: Library, number: str, last: int = 200) -> list[Json]:
    """The newest lines of a run's log, oldest first."""
    from nl2strat.deploy.logs import NAME

    file = library.folder / run_called(library, number).folder / NAME
    try:
        with file.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - 400 * max(1, last)))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # the first may be cut off
    return found[-last:]


def who() -> str:
    """Whoever the server runs as."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


# ------------------------------------------------------------------ in a worker


def account_at(on: str, account: int | None = None, server: str = "", profile: str = "") -> Json:
    """What a terminal says of its account, so that demo and real are told apart before anything is deployed.

    Raises: BrokerError: it cannot be reached. UsageError: no such place or profile.
    """
    from nl2strat.deploy.terminals import Place, connect, is_real

    place = Place(on)
    if place.is_paper:
        raise UsageError("paper has an account of its own; name a terminal")
    connection = connect(place, account or 0, server, profile)
    try:
        info = connection.account_info()
        found = {name: getattr(info, name) for name in ("login", "server", "name", "currency", "balance", "equity")}
        return {**found, "leverage": info.leverage, "real": bool(is_real(info))}
    finally:
        connection.shutdown()


def parity_of(number: str) -> Json:
    """How a run relates to the backtest of its bars (`ParityReport.as_json`); it is kept with the run.

    Raises: as `deploy.parity.parity`.
    """
    from contextlib import closing

    from nl2strat.cli_steps import symbols_from
    from nl2strat.deploy.parity import parity, store
    from nl2strat.library.store import Library

    with closing(Library.open()) as library:
        run = run_called(library, number)
        file = run.options.get("symbols")
        with symbols_from(None if file is None else Path(file)):
            report = parity(library, run)
        store(library, run, report)
        return report.as_json()


def compiled_for(text: str, options: Options) -> Compiled:
    """A strategy as it is to be deployed, without whoever read it."""
    from nl2strat.web.tasks import compiled_of

    found = compiled_of(text, options)
    return replace(found, understanding=replace(found.understanding, reader=None))


# ------------------------------------------------------------------ inside


def _wanted(library: Library, compiled: Compiled, spec: DeploySpec) -> Wanted:
    """As `nl2strat deploy` asks for it. Raises: UsageError."""
    from nl2strat.deploy.choosing import Wanted
    from nl2strat.deploy.terminals import Place
    from nl2strat.web.datastore import path_of

    place = Place(spec.on)
    if not place.is_paper and not spec.account and not spec.profile:
        raise UsageError("type the number of the account that is meant")
    limits = Limits(spec.guards or "", spec.limits)
    options = {
        "replay": None if spec.replay is None else str(path_of(spec.replay)), "speed": spec.speed,
        "timezone": spec.timezone or None, "begin": moment_or_none(spec.begin),
        "account": paper_terms(compiled, spec) if place.is_paper else {}, "guards": file_of(library.folder, limits),
        "metrics": None, "symbols": None, "quotes": spec.quotes or None, "interval": None,
    }  # fmt: skip
    return Wanted(place, options, spec.live, spec.account, spec.server, spec.profile, spec.fresh)


def paper_terms(compiled: Compiled, spec: DeploySpec) -> dict[str, Any]:
    """The terms of an account on paper, as a backtest with these costs and guards has them: what was given, the
    balance that the guards name, what the strategy says of its account. Raises: LimitError: a limit that cannot be.
    """
    said = {item.name: item.value for item in compiled.program.account if item.name in _PAPER_TERMS}
    terms: dict[str, Any] = {name: int(v) if name == "leverage" else float(v) for name, v in said.items()}
    initial = Limits(spec.guards or "", spec.limits).rules.initial
    if initial is not None:
        terms["deposit"] = initial
    terms |= {k: v for k, v in asdict(spec.costs).items() if v is not None and k in _PAPER_TERMS}
    if spec.costs.commission is None:
        terms.pop("commission_per", None)
    if spec.quotes:
        terms.pop("spread", None)  # it is that of the terminal
    return terms
