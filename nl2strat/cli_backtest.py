"""`nl2strat backtest` and `demo`: a strategy over historical bars, and over made-up ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nl2strat.cli_options import (
    AccountOption,
    CommissionOption,
    CommissionPerOption,
    CurrencyOption,
    DepositOption,
    GuardsOption,
    JsonOption,
    LeverageOption,
    NettingOption,
    SetOption,
    SlippageOption,
    SourceArgument,
    SpreadOption,
    SwapOption,
    SymbolOption,
    SymbolsOption,
    TrustOption,
    translator_options,
)
from nl2strat.cli_steps import console_of, finish, reporting, run_source, symbols_from, write_report
from nl2strat.translate.choice import Asked


@translator_options
def backtest(
    source: SourceArgument,
    asked: Asked,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Bars: CSV (MetaTrader, HistData, Dukascopy, plain) or Parquet; SYMBOL=FILE, once for each symbol; or "
            "a folder of files called SYMBOL_TIMEFRAME.",
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a self-contained HTML report.")] = None,
    json: JsonOption = None,
    symbol: SymbolOption = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Time zone of the data, e.g. Europe/Athens.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day to test.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day to test, whole.")] = None,
    deposit: DepositOption = None,
    leverage: LeverageOption = None,
    spread: SpreadOption = None,
    commission: CommissionOption = None,
    commission_per: CommissionPerOption = None,
    currency: CurrencyOption = None,
    netting: NettingOption = None,
    swap: SwapOption = None,
    slippage: SlippageOption = None,
    account: AccountOption = None,
    guards: GuardsOption = None,
    symbols: SymbolsOption = None,
    intrabar: Annotated[
        str | None, typer.Option(metavar="FILE", help="Finer bars (M1) or ticks: what comes first inside bars.")
    ] = None,
    modelling: Annotated[
        str | None,
        typer.Option(metavar="MODE", help="Inside bars: pessimistic, open, ohlc, every_tick or real_ticks."),
    ] = None,
    given: SetOption = None,
    robust: Annotated[
        bool, typer.Option("--robust", help="Also run it hundreds of times otherwise: is the result luck?")
    ] = False,
    trust: TrustOption = False,
) -> None:
    """Run a strategy over historical bars."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.datafiles import choice_of
        from nl2strat.library.tries import note
        from nl2strat.machine import check_outputs
        from nl2strat.settings import settings_of

        check_outputs(report, json)
        settings = settings_of(
            deposit=deposit, leverage=leverage, spread=spread, commission=commission, commission_per=commission_per,
            currency=currency, netting=netting, swap=swap, slippage=slippage, modelling=modelling, account=account,
            guards=guards,
        )  # fmt: skip
        choice = choice_of(data, symbol, timezone=timezone, start=start, end=end, intrabar=intrabar)
        outcome = run_source(source, choice, settings, asked, trust=trust, robust=robust, given=given or ())
        finish(outcome, result, report, quiet=json == "-")
        note(outcome)


def demo(
    report: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the report.")] = Path("report.html"),
) -> None:
    """See the whole thing work on an example with made-up (SYNTHETIC) bars; needs no key, account, network or data."""
    with reporting(None):
        from nl2strat.datafiles import DataChoice
        from nl2strat.demo import EXAMPLE, show_demo
        from nl2strat.machine import check_outputs
        from nl2strat.settings import Settings

        check_outputs(report)
        outcome = run_source(EXAMPLE, DataChoice(), Settings(), Asked("offline"), trust=False)
        write_report(outcome, report)
        show_demo(console_of(), outcome, report)
