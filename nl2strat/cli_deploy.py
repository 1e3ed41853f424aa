"""`nl2strat deploy` and `nl2strat resume`: an approved strategy trades, here or in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_options import (
    CommissionOption,
    CurrencyOption,
    DepositOption,
    JsonOption,
    LeverageOption,
    NettingOption,
    SlippageOption,
    SourceArgument,
    SpreadOption,
    SwapOption,
    SymbolOption,
    SymbolsOption,
    TimeframeOption,
)
from nl2strat.cli_steps import compile_source, console_of, market_of, reporting, symbols_from
from nl2strat.errors import RunFailed, UsageError

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Run

QuietOption = Annotated[bool, typer.Option("--quiet", help="No lines on the screen; they are in the run's log.")]
LeaveAloneOption = Annotated[
    list[int] | None,
    typer.Option("--leave-alone", metavar="TICKET", help="Positions or orders that the run shall not touch."),
]


def deploy(
    source: SourceArgument,
    on: Annotated[str, typer.Option(metavar="PLACE", help="paper, mt5, or mt5linux://host:port.")] = "paper",
    replay: Annotated[Path | None, typer.Option(metavar="FILE", help="Paper: the recorded bars to play.")] = None,
    quotes: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Paper: the terminal whose quotes count: mt5, or mt5linux://...")
    ] = None,
    speed: Annotated[
        str, typer.Option(metavar="N", help="Paper: so many times as fast as the clock; max plays without a pause.")
    ] = "max",
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Paper: begin there; bars before are history.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Paper: time zone of the bars.")] = None,
    live: Annotated[bool, typer.Option("--live", help="The account may be a real one.")] = False,
    account: Annotated[int | None, typer.Option(metavar="N", help="Number of the account that is meant.")] = None,
    server: Annotated[str, typer.Option(metavar="NAME", help="The broker's server.")] = "",
    profile: Annotated[str, typer.Option(metavar="NAME", help="Broker profile; see mas.profiles.")] = "",
    guards: Annotated[str | None, typer.Option(metavar="FILE", help="Guards: a TOML file or a preset's name.")] = None,
    metrics: Annotated[int | None, typer.Option(metavar="PORT", help="Serve Prometheus metrics on 127.0.0.1.")] = None,
    interval: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Between two looks at the terminal; 1 if not given.")
    ] = None,
    background: Annotated[bool, typer.Option("--background", help="In a process of its own; see status.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="A new run, though one was interrupted.")] = False,
    leave_alone: LeaveAloneOption = None,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    deposit: DepositOption = None,
    leverage: LeverageOption = None,
    spread: SpreadOption = None,
    commission: CommissionOption = None,
    currency: CurrencyOption = None,
    netting: NettingOption = None,
    swap: SwapOption = None,
    slippage: SlippageOption = None,
    account_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Paper: TOML file of the account's terms.")
    ] = None,
    symbols: SymbolsOption = None,
    quiet: QuietOption = False,
    json: JsonOption = None,
) -> None:
    """Put an approved strategy to work: on paper (recorded bars or live quotes), or on a MetaTrader 5 account."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.deploy.beginning import rules_called
        from nl2strat.deploy.choosing import Wanted, begin
        from nl2strat.deploy.terminals import Place
        from nl2strat.library.store import Library
        from nl2strat.moments import moment

        place = Place(on)
        begins = None if start is None else moment(start, "--from")
        given = {
            "deposit": deposit, "leverage": leverage, "spread": spread, "commission": commission, "currency": currency,
            "netting": netting, "swap": swap, "slippage": slippage,
            "account": None if account_file is None else str(account_file.absolute()),
        }  # fmt: skip
        terms = {name: value for name, value in given.items() if value is not None}
        if terms and not place.is_paper:
            raise UsageError(f"--{next(iter(terms))} is for --on paper; a broker's account has terms of its own")
        rules_called(guards)  # a wrong file is told before anything begins
        options = {
            "replay": None if replay is None else str(_existing(replay)), "speed": _speed(speed), "timezone": timezone,
            "begin": begins, "account": terms, "guards": _named(guards), "metrics": metrics,
            "symbols": None if symbols is None else str(symbols.absolute()), "quotes": quotes,
            "interval": _interval(interval),
        }  # fmt: skip
        library = Library.open()
        compiled = compile_source(source, market_of(symbol, timeframe), trust=False)
        wanted = Wanted(place, options, live, account, server, profile, fresh)
        run = begin(library, compiled, wanted)
        if background:
            _start(library, run, result, quiet=json == "-")
        else:
            _carry_out(library, run, result, leave_alone, quiet=quiet or json == "-")


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, as status shows it.")],
    leave_alone: LeaveAloneOption = None,
    background: Annotated[bool, typer.Option("--background", help="In a process of its own.")] = False,
    quiet: QuietOption = False,
    json: JsonOption = None,
) -> None:
    """Go on with a run whose process has ended, exactly where it was."""
    with reporting(json) as result:
        from nl2strat.deploy.folders import JOURNAL
        from nl2strat.library.store import Library

        library = Library.open()
        found = library.run(run)
        if not (library.folder / found.folder / JOURNAL).exists() and found.state == "failed":
            raise UsageError(f"run {found.id} has never begun ({found.reason}): deploy it again")
        if found.state == "finished":
            raise UsageError(f"run {found.id} is over: its recording has ended. Deploy it again for another")
        file = found.options.get("symbols")
        with symbols_from(None if file is None else Path(file)):
            if background:
                _start(library, found, result, quiet=json == "-")
            else:
                _carry_out(library, found, result, leave_alone, quiet=quiet or json == "-")


def _start(library: Library, run: Run, result: dict[str, Any], *, quiet: bool) -> None:
    from nl2strat.deploy.beginning import in_background

    result.update(run=run.id, pid=in_background(run, library.folder))
    if not quiet:
        console_of().print(
            f"Run {run.id} begins in the background. See: nl2strat status {run.id}", highlight=False, soft_wrap=True
        )


def _carry_out(
    library: Library, run: Run, result: dict[str, Any], leave_alone: list[int] | None, *, quiet: bool
) -> None:
    from mas.errors import ConnectionLost
    from nl2strat.deploy.beginning import carry_out
    from nl2strat.deploy.folders import RunFolder

    wait = run.options.get("interval") or (0.05 if run.options.get("replay") else 1.0)
    try:
        ended = carry_out(library, run, console=not quiet, wait=wait, left_alone=leave_alone or ())
    except ConnectionLost as error:
        raise RunFailed(f"run {run.id} cannot reach {run.terminal}: {error}") from error
    result.update(run=ended.id, state=ended.state, reason=ended.reason)
    result["figures"] = RunFolder(library.folder / ended.folder).read_state()
    if ended.state == "failed":
        raise RunFailed(f"run {ended.id} has failed: {ended.reason}. Its log is in {library.folder / ended.folder}")


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"--replay {path}: there is no such file")
    return path.absolute()


def _named(guards: str | None) -> str | None:
    """Guards as the run keeps them: a file by its whole path, since the run may go on from another folder."""
    return str(Path(guards).absolute()) if guards is not None and Path(guards).exists() else guards


def _speed(text: str) -> float | None:
    if text.strip().lower() == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < 1e9:
        raise UsageError(f'--speed {text!r}: give how many times as fast as the clock, like 60, or "max"')
    return speed


def _interval(seconds: float | None) -> float | None:
    if seconds is not None and not 0.01 <= seconds <= 60.0:
        raise UsageError(f"--interval {seconds:g}: give 0.01 to 60 seconds")
    return seconds
