"""The command line: one function per command. Heavy modules are imported by the commands that need them."""

from __future__ import annotations

import gc
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from nl2strat import cli_runs
from nl2strat.cli_approve import approvals as approvals_command
from nl2strat.cli_approve import approve as approve_command
from nl2strat.cli_deploy import deploy as deploy_command
from nl2strat.cli_deploy import resume as resume_command
from nl2strat.cli_export import export as export_command
from nl2strat.cli_guards import guards_app
from nl2strat.cli_models import models as models_command
from nl2strat.cli_optimise import optimise as optimise_command
from nl2strat.cli_optimise import walk_forward as walk_forward_command
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
    TimeframeOption,
    TrustOption,
    translator_options,
)
from nl2strat.cli_parity import parity as parity_command
from nl2strat.cli_readings import diff as diff_command
from nl2strat.cli_readings import why as why_command
from nl2strat.cli_steps import (
    add_courtesy,
    add_reading,
    compile_source,
    console_of,
    finish,
    market_of,
    reporting,
    run_source,
    show_notes,
    symbols_from,
    understand_source,
    write_report,
)
from nl2strat.cli_sweep import sweep as sweep_command
from nl2strat.cli_sweep import warmup as warmup_command
from nl2strat.cli_symbols import symbols as symbols_command
from nl2strat.cli_ui import ui as ui_command
from nl2strat.cli_values import take_plain_values
from nl2strat.translate.choice import Asked

app = typer.Typer(
    name="nl2strat",
    help="Type a strategy in plain English, see what was understood, read the Python, backtest it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COLLECT_AFTER = 200_000
"""New objects after which Python looks for garbage, usually 700: a command makes many that last, and little garbage."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code (0 done, 2 invalid input, 3 needs clarification)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    take_plain_values()
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    try:
        app(args=arguments, standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    except Exception:  # with NL2STRAT_DEBUG: whatever is in it, no secret is shown
        from mas.secrecy import conceal

        sys.stderr.write(conceal(traceback.format_exc()))
        return 1
    finally:
        if arguments is None:
            gc.freeze()  # the process ends: what there is goes with it, and need not be looked through for garbage
    return 0


@app.command()
@translator_options
def translate(
    source: SourceArgument,
    asked: Asked,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Show the program that the text means, and what was presumed."""
    with reporting(json) as result:
        understanding = understand_source(source, symbol, timeframe, asked)
        from nl2strat.language.printer import print_program

        result["strategy"] = {"dsl": print_program(understanding.program)}
        add_reading(result, understanding)
        if json != "-":
            show_notes(understanding)
            sys.stdout.write(result["strategy"]["dsl"])


@app.command()
@translator_options
def check(
    source: SourceArgument,
    asked: Asked,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Find every error of a program (or say what in a text is not understood)."""
    with reporting(json) as result:
        understanding = understand_source(source, symbol, timeframe, asked)
        add_reading(result, understanding)
        if json != "-":
            show_notes(understanding)
            console_of().print("[green]No errors.[/]")


@app.command()
@translator_options
def explain(
    source: SourceArgument,
    asked: Asked,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Say in plain English what a strategy does."""
    with reporting(json) as result:
        understanding = understand_source(source, symbol, timeframe, asked)
        from nl2strat.language.english import explain as explain_program

        result["strategy"] = {"explanation": explain_program(understanding.program)}
        add_reading(result, understanding)
        add_courtesy(result, understanding)
        if json != "-":
            show_notes(understanding)
            sys.stdout.write(result["strategy"]["explanation"].rstrip() + "\n")
            sys.stdout.write(result["strategy"].get("courtesy", ""))


@app.command()
@translator_options
def compile(
    source: SourceArgument,
    asked: Asked,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write the class.")
    ] = None,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Generate the Python class of a strategy."""
    with reporting(json) as result:
        from nl2strat.machine import write_text

        compiled = compile_source(source, market_of(symbol, timeframe), asked, trust=False)
        if output is not None:
            write_text(output, compiled.python, replaces="generated by nl2strat")
            result["file"] = str(output)
        result["strategy"] = {"dsl": compiled.dsl, "python": compiled.python, "explanation": compiled.explanation}
        add_reading(result, compiled.understanding)
        if json != "-":
            show_notes(compiled.understanding)
            if output is None:
                sys.stdout.write(compiled.python)
            else:
                console_of().print(f"Wrote {output}", highlight=False)


@app.command()
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


app.command(name="sweep")(sweep_command)
app.command(name="warmup")(warmup_command)
app.command(name="optimise")(optimise_command)
app.command(name="walk-forward")(walk_forward_command)
app.command(name="why")(why_command)
app.command(name="diff")(diff_command)
app.command(name="approve")(approve_command)
app.command(name="approvals")(approvals_command)
app.command(name="deploy")(deploy_command)
app.command(name="resume")(resume_command)
app.command(name="parity")(parity_command)
app.command(name="export")(export_command)
for _command in (cli_runs.status, cli_runs.stop, cli_runs.pause, cli_runs.unpause, cli_runs.flatten, cli_runs.kill):
    app.command(name=_command.__name__)(_command)
app.command(name="symbols")(symbols_command)
app.command(name="models")(models_command)
app.command(name="ui")(ui_command)
app.add_typer(guards_app)


@app.command()
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
