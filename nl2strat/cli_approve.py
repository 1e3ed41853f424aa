"""`nl2strat approve` and `nl2strat approvals`: who lets which bytes trade."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_options import JsonOption, SourceArgument, SymbolOption, SymbolsOption, TimeframeOption
from nl2strat.cli_steps import compile_source, console_of, market_of, reporting, run_source, symbols_from
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Approval, Try
    from nl2strat.pipeline import Compiled

DataOption = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="Backtest on these bars now; without it the latest backtest of this very file."),
]


def approve(
    source: SourceArgument,
    data: DataOption = None,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    account: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file of the account's terms.")] = None,
    symbols: SymbolsOption = None,
    who: Annotated[str | None, typer.Option(metavar="NAME", help="Who approves; the user's name if not given.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: you have read it.")] = False,
    json: JsonOption = None,
) -> None:
    """Approve a strategy for deployment: exactly these bytes, on the strength of a backtest."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.deploy.approval import approve as enter
        from nl2strat.library.store import Library

        library = Library.open()
        compiled, backtest = _backtested(library, source, data, symbol, timeframe, account)
        if json != "-":
            show(compiled, backtest)
        if not yes:
            _ask(json)
        approval = enter(library, compiled, backtest, _name(who))
        result.update(approval_object(approval))
        if json != "-":
            console_of().print(
                f"Approved by {approval.who}: number {approval.id}, {approval.python_sha256[:12]}.", highlight=False
            )


def approvals(
    revoke: Annotated[int | None, typer.Option(metavar="NUMBER", help="Take an approval back.")] = None,
    json: JsonOption = None,
) -> None:
    """Show what is approved for deployment, or take an approval back."""
    with reporting(json) as result:
        from nl2strat.library.store import Library

        library = Library.open()
        if revoke is not None:
            library.revoke(revoke)
        rows = library.approvals()
        result["approvals"] = [approval_object(row) for row in rows]
        if json != "-":
            _show_all(list(rows))


def _backtested(
    library: Library, source: str, data: list[str] | None, symbol: str | None, timeframe: str | None,
    account: Path | None,
) -> tuple[Compiled, Try]:  # fmt: skip
    """The strategy, and the backtest that its approval is based on."""
    from nl2strat.deploy.approval import basis

    if data:
        from nl2strat.datafiles import choice_of
        from nl2strat.library.tries import record_of
        from nl2strat.settings import settings_of

        outcome = run_source(source, choice_of(data, symbol), settings_of(account=account), trust=False)
        library.note_try(record_of(outcome))
        return outcome.compiled, basis(library, outcome.compiled)
    compiled = compile_source(source, market_of(symbol, timeframe), trust=False)
    return compiled, basis(library, compiled)


def show(compiled: Compiled, backtest: Try) -> None:
    """What is being approved: what it does, what was presumed, and how it fared."""
    from rich.text import Text

    console = console_of()
    console.print(Text(compiled.explanation.rstrip()), soft_wrap=True)
    for line in compiled.understanding.assumptions:
        console.print(Text("Assumed: ", style="yellow").append(line, style="default"), soft_wrap=True)
    when = " to ".join(f"{datetime.fromtimestamp(t, UTC):%Y-%m-%d}" for t in (backtest.first, backtest.last))
    console.print(
        Text(
            f"\nBacktest: {backtest.bars:,} bars of {backtest.symbol} {backtest.timeframe}, {when}: "
            f"{backtest.trades} trades, net {backtest.net:,.2f}."
        )
    )
    if backtest.trades < 30:
        console.print(Text("Fewer than 30 trades say little about what comes.", style="yellow"))


def _ask(json: str | None) -> None:
    import sys

    if json == "-" or not sys.stdin.isatty():
        raise UsageError("nobody is there to ask: read the strategy, then approve it with --yes")
    if not typer.confirm("Approve exactly this for deployment?", default=False):
        raise UsageError("not approved; nothing was changed")


def _name(given: str | None) -> str:
    import getpass

    if given is not None:
        if not given.strip():
            raise UsageError("--who is empty; say who approves")
        return given.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise UsageError("the system does not say who you are: give --who NAME") from None


def approval_object(approval: Approval) -> dict[str, Any]:
    """An approval as JSON."""
    return {
        "approval": approval.id,
        "strategy": approval.version.strategy.name,
        "version": approval.version.number,
        "who": approval.who,
        "when": datetime.fromtimestamp(approval.created, UTC).isoformat(),
        "dsl_sha256": approval.dsl_sha256,
        "python_sha256": approval.python_sha256,
        "inputs": approval.inputs,
        "inputs_sha256": approval.inputs_sha256,
        "symbol_sha256": approval.symbol_sha256,
        "backtest": {
            "id": approval.try_id, "symbol": approval.backtest.symbol, "timeframe": approval.backtest.timeframe,
            "bars": approval.backtest.bars, "trades": approval.backtest.trades, "net": approval.backtest.net,
        },
    }  # fmt: skip


def _show_all(rows: list[Approval]) -> None:
    from rich.table import Table

    console = console_of()
    if not rows:
        console.print("Nothing is approved. Read a strategy, then: nl2strat approve FILE --data FILE")
        return
    table = Table("number", "strategy", "version", "by", "when (UTC)", "bytes", "trades", "net")
    for row in rows:
        table.add_row(
            str(row.id), row.version.strategy.name, str(row.version.number), row.who,
            f"{datetime.fromtimestamp(row.created, UTC):%Y-%m-%d %H:%M}", row.python_sha256[:12],
            str(row.backtest.trades), f"{row.backtest.net:,.2f}",
        )  # fmt: skip
    console.print(table)
