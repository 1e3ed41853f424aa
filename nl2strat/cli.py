"""The command line: one function per command. Heavy modules are imported by the commands that need them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from nl2strat.errors import Nl2StratError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from mas.errors import MasError
    from nl2strat.backtesting import DataChoice, Outcome, Settings
    from nl2strat.pipeline import Compiled, Market, Understanding
    from nl2strat.source import Source

app = typer.Typer(
    name="nl2strat",
    help="Type a strategy in plain English, see what was understood, read the Python, backtest it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="English text, a .strat, .py or .txt file, or - for standard input.")
]
JsonOption = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON (- prints it).")
]
SymbolOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Decide the symbol, whatever text and data say.")
]
TimeframeOption = Annotated[
    str | None, typer.Option(metavar="TF", help="Timeframe where the text names none: M1 to MN1.")
]
TrustOption = Annotated[bool, typer.Option("--trust", help="Run a Python file that does not pass verification.")]


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code (0 done, 2 invalid input, 3 needs clarification)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(args=arguments, standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0


@app.command()
def translate(
    source: SourceArgument,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Show the program that the text means, and what was presumed."""
    with _reporting(json) as result:
        understanding = _understand(source, symbol, timeframe)
        from nl2strat.language.printer import print_program

        result["strategy"] = {"dsl": print_program(understanding.program)}
        _add_reading(result, understanding)
        if json != "-":
            _show_notes(understanding)
            sys.stdout.write(result["strategy"]["dsl"])


@app.command()
def check(
    source: SourceArgument,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Find every error of a program (or say what in a text is not understood)."""
    with _reporting(json) as result:
        understanding = _understand(source, symbol, timeframe)
        _add_reading(result, understanding)
        if json != "-":
            _show_notes(understanding)
            _console().print("[green]No errors.[/]")


@app.command()
def explain(
    source: SourceArgument,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Say in plain English what a strategy does."""
    with _reporting(json) as result:
        understanding = _understand(source, symbol, timeframe)
        from nl2strat.language.english import explain as explain_program

        result["strategy"] = {"explanation": explain_program(understanding.program)}
        _add_reading(result, understanding)
        if json != "-":
            _show_notes(understanding)
            sys.stdout.write(result["strategy"]["explanation"].rstrip() + "\n")


@app.command()
def compile(
    source: SourceArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write the class.")
    ] = None,
    symbol: SymbolOption = None,
    timeframe: TimeframeOption = None,
    json: JsonOption = None,
) -> None:
    """Generate the Python class of a strategy."""
    with _reporting(json) as result:
        from nl2strat.machine import write_text

        compiled = _compile(source, _market(symbol, timeframe), trust=False)
        if output is not None:
            write_text(output, compiled.python)
            result["file"] = str(output)
        result["strategy"] = {"dsl": compiled.dsl, "python": compiled.python, "explanation": compiled.explanation}
        _add_reading(result, compiled.understanding)
        if json != "-":
            _show_notes(compiled.understanding)
            if output is None:
                sys.stdout.write(compiled.python)
            else:
                _console().print(f"Wrote {output}", highlight=False)


@app.command()
def backtest(
    source: SourceArgument,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Bars: CSV (MetaTrader, HistData, Dukascopy, plain) or Parquet; or SYMBOL=FILE."
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
    deposit: Annotated[float, typer.Option(help="Starting balance in account currency.")] = 10_000.0,
    leverage: Annotated[int, typer.Option(help="1:N.")] = 100,
    spread: Annotated[
        float | None, typer.Option(help="Spread in points; without it the data's, else a typical one.")
    ] = None,
    commission: Annotated[float, typer.Option(help="Per lot and side, in account currency.")] = 0.0,
    trust: TrustOption = False,
) -> None:
    """Run a strategy over historical bars."""
    with _reporting(json) as result:
        from nl2strat.backtesting import DataChoice, Settings

        settings = Settings(deposit, leverage, spread, commission)
        path, named = _data_file(data)
        choice = DataChoice(path, symbol or named, timezone, start, end)
        outcome = _run(source, choice, settings, trust=trust)
        _finish(outcome, result, report, quiet=json == "-")


@app.command()
def demo(
    report: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the report.")] = Path("report.html"),
) -> None:
    """See the whole thing work on an example with made-up (SYNTHETIC) bars; needs no key, account, network or data."""
    with _reporting(None) as result:
        from nl2strat.backtesting import DataChoice, Settings
        from nl2strat.demo import EXAMPLE

        console = _console()
        console.rule("1. The English")
        console.print(EXAMPLE, highlight=False, markup=False)
        outcome = _run(EXAMPLE, DataChoice(), Settings(), trust=False)
        compiled = outcome.compiled
        console.rule("2. What was understood")
        console.print(compiled.explanation.rstrip(), highlight=False, markup=False)
        console.rule("3. The program")
        console.print(compiled.dsl.rstrip(), highlight=False, markup=False)
        console.rule("4. The generated class")
        console.print(compiled.python.rstrip(), highlight=False, markup=False, soft_wrap=True)
        console.rule("5. The backtest")
        _finish(outcome, result, report, quiet=False)


# --------------------------------------------------------------------- steps


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=False)


@contextmanager
def _reporting(json: str | None) -> Iterator[dict[str, Any]]:
    """Runs a command's work; writes its JSON and turns every error into a message and an exit code."""
    from mas.errors import MasError
    from nl2strat.machine import write_json

    result: dict[str, Any] = {"status": "ok"}
    try:
        yield result
        if json is not None:
            write_json(json, result)
    except MasError as error:
        _fail(error, json)
    except KeyboardInterrupt:
        _console(stderr=True).print("Stopped.")
        raise typer.Exit(130) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get("NL2STRAT_DEBUG"):
            raise
        _fail(_unexpected(error), json)


def _fail(error: MasError, json: str | None) -> NoReturn:
    """Says what went wrong, on the screen and in the JSON, and ends the command."""
    from nl2strat.machine import error_object, exit_code, write_json

    _show_error(error)
    if json is not None:
        try:
            write_json(json, error_object(error))
        except Nl2StratError as failed:
            _show_error(failed)
    raise typer.Exit(exit_code(error))


def _unexpected(error: Exception) -> UsageError:
    """A fault of ours (or of a trusted file), in a sentence instead of a traceback."""
    return UsageError(
        f"unexpected {type(error).__name__}: {error}. This is a fault in nl2strat or in a file run with --trust; "
        "nothing was traded. Set NL2STRAT_DEBUG=1 to see the traceback, and please report it."
    )


def _show_error(error: Exception) -> None:
    from rich.text import Text

    console = _console(stderr=True)
    console.print(Text("I cannot run this yet:" if _is_question(error) else "Error:", style="bold red"))
    console.print(Text(str(error)), soft_wrap=True)


def _is_question(error: Exception) -> bool:
    from nl2strat.errors import NotUnderstood

    return isinstance(error, NotUnderstood)


def _show_notes(understanding: Understanding) -> None:
    """Assumptions and warnings, on standard error, so that the result itself can be piped."""
    from rich.text import Text

    from nl2strat.pipeline import warning_lines

    console = _console(stderr=True)
    for title, lines in (("Assumed", understanding.assumptions), ("Warning", warning_lines(understanding.warnings))):
        for line in lines:
            console.print(Text(f"{title}: ", style="yellow").append(line, style="default"), soft_wrap=True)


def _add_reading(result: dict[str, Any], understanding: Understanding) -> None:
    from nl2strat.machine import understood_object
    from nl2strat.pipeline import warning_lines

    result.setdefault("strategy", {}).update(
        name=understanding.program.name,
        symbol=understanding.program.symbol,
        timeframe=understanding.program.timeframe,
    )
    result["assumptions"] = list(understanding.assumptions)
    result["warnings"] = warning_lines(understanding.warnings)
    result["understood"] = understood_object(understanding)


def _source(argument: str) -> Source:
    from nl2strat.source import read_source

    return read_source(argument)


def _market(symbol: str | None, timeframe: str | None) -> Market:
    from mas.timeframes import TIMEFRAMES
    from nl2strat.pipeline import Market

    if timeframe is not None and timeframe not in TIMEFRAMES:
        raise UsageError(f"--timeframe {timeframe!r} is not one; use {', '.join(TIMEFRAMES)}")
    return Market(symbol, timeframe, decided=symbol is not None)


def _understand(argument: str, symbol: str | None, timeframe: str | None) -> Understanding:
    from nl2strat.pipeline import understand

    return understand(_source(argument), _market(symbol, timeframe))


def _compile(argument: str, market: Market, *, trust: bool) -> Compiled:
    from nl2strat.pipeline import compile_strategy

    return compile_strategy(_source(argument), market, trust=trust)


def _data_file(data: list[str] | None) -> tuple[str | None, str | None]:
    """The one data file, and the symbol if given as SYMBOL=FILE."""
    if not data:
        return None, None
    if len(data) > 1:
        raise UsageError("a strategy trades one symbol for now; give --data once")
    name, equals, path = data[0].partition("=")
    if equals and "/" not in name and "\\" not in name and not Path(data[0]).exists():
        return path, name
    return data[0], None


def _run(argument: str, choice: DataChoice, settings: Settings, *, trust: bool) -> Outcome:
    """Reads the source and the data, and runs; says what it is doing on anything that takes time."""
    from nl2strat.backtesting import prepare, run

    with _progress() as tell:
        tell("reading the strategy and the data")
        compiled, bars = prepare(_source(argument), choice, trust=trust)
        return run(compiled, bars, settings, tell)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is being done, where somebody watches."""
    console = _console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("starting") as status:
        yield lambda text: status.update(text + " …")


def _finish(outcome: Outcome, result: dict[str, Any], report: Path | None, *, quiet: bool) -> None:
    """Shows the results, writes the report, fills the JSON object."""
    from nl2strat.machine import outcome_object

    result.update(outcome_object(outcome))
    if outcome.lookahead.clean is False:
        raise UsageError(outcome.lookahead.sentence() + " Nothing is reported.")
    if not quiet:
        from nl2strat.presentation import show_outcome

        show_outcome(_console(), outcome)
    if report is not None:
        from nl2strat.presentation import write_outcome

        write_outcome(report, outcome)
        if not quiet:
            _console().print(f"Report: {report}", highlight=False, soft_wrap=True)
