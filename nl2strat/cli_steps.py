"""What the commands have in common: reading the source, running, reporting results and errors.

Heavy modules are imported where they are needed, so that a command starts as fast as it can.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from nl2strat.errors import Nl2StratError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from mas.errors import MasError
    from nl2strat.backtesting import Outcome
    from nl2strat.datafiles import DataChoice
    from nl2strat.pipeline import Compiled, Market, Understanding
    from nl2strat.settings import Settings
    from nl2strat.source import Source
    from nl2strat.translate.choice import Asked


_COLLECT_AFTER = 1_000_000
"""New objects after which a command that ends with its one run looks for garbage."""
_FORCED = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"})
"""Variables by which rich is told that it writes to a terminal, though it cannot see one."""


def console_of(*, stderr: bool = False) -> Console:
    """Where to print."""
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=False)


@contextmanager
def reporting(json: str | None) -> Iterator[dict[str, Any]]:
    """Runs a command's work; writes its JSON and turns every error into a message and an exit code."""
    from mas.errors import MasError
    from nl2strat.machine import EXIT_PIPE, write_json

    result: dict[str, Any] = {"status": "ok"}
    try:
        yield result
        if json is not None:
            write_json(json, result)
    except MasError as error:
        _fail(error, json)
    except (BrokenPipeError, SystemExit):
        # Rich turns a broken pipe into SystemExit. Whoever read the output has seen enough; the files are still owed.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        if json not in (None, "-"):
            write_json(str(json), result)
        raise typer.Exit(EXIT_PIPE) from None
    except KeyboardInterrupt:
        console_of(stderr=True).print("Stopped.")
        raise typer.Exit(130) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get("NL2STRAT_DEBUG"):
            raise
        _fail(_unexpected(error), json)


@contextmanager
def symbols_from(file: Path | None) -> Iterator[None]:
    """Has a file of symbols count for the work of a command. Raises: UsageError: there is none."""
    from mas.settings import settings

    if file is not None and not file.is_file():
        raise UsageError(f"--symbols {file}: there is no such file")
    before = settings.symbols
    settings.symbols = file or before
    try:
        yield
    finally:
        settings.symbols = before


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

    from mas.secrecy import conceal

    console = console_of(stderr=True)
    console.print(Text("I cannot run this yet:" if _is_question(error) else "Error:", style="bold red"))
    console.print(Text(conceal(str(error))), soft_wrap=True)
    for note in getattr(error, "notes", ()):
        console.print(Text("Translator: ", style="yellow").append(note, style="default"), soft_wrap=True)


def _is_question(error: Exception) -> bool:
    from nl2strat.errors import NotUnderstood

    return isinstance(error, NotUnderstood)


def show_notes(understanding: Understanding) -> None:
    """Assumptions and warnings, on standard error, so that the result itself can be piped."""
    from rich.text import Text

    from nl2strat.pipeline import warning_lines

    console = console_of(stderr=True)
    for title, lines in (("Assumed", understanding.assumptions), ("Warning", warning_lines(understanding.warnings))):
        for line in lines:
            console.print(Text(f"{title}: ", style="yellow").append(line, style="default"), soft_wrap=True)
    show_translator(understanding)


def show_translator(understanding: Understanding) -> None:
    """Who read the text, how sure that is and what it took, where a model had a part in it."""
    from rich.text import Text

    origin = understanding.reading.origin if understanding.reading else None
    for line in origin.lines if origin else ():
        text = Text("Translator: ", style="yellow").append(line, style="default")
        console_of(stderr=True).print(text, soft_wrap=True)


def add_reading(result: dict[str, Any], understanding: Understanding) -> None:
    """Puts what was understood into the JSON object."""
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
    add_translator(result, understanding)


def add_translator(result: dict[str, Any], understanding: Understanding) -> None:
    """Puts who read the text into the JSON object, where a model had a part in it."""
    if understanding.reading is not None and understanding.reading.origin is not None:
        result["translator"] = asdict(understanding.reading.origin)


def add_courtesy(result: dict[str, Any], understanding: Understanding) -> None:
    """Adds the explanation in the language of the text, if a model read it; without one the English stands alone."""
    from nl2strat.errors import ModelTrouble

    if understanding.reader is None:
        return
    try:
        text = understanding.reader.courtesy_of(result["strategy"]["explanation"], understanding.english)
    except ModelTrouble as trouble:
        text = f"There is no translation of the explanation: {trouble}"
    if text:
        result["strategy"]["courtesy"] = f"\n{text}\n"


def source_of(argument: str, asked: Asked | None = None) -> Source:
    """What SOURCE is, with the translator that was asked for.

    Raises: UsageError: it cannot be read, or options do not go together. ModelTrouble: the model's settings are wrong.
    """
    return sources_of([argument], asked)[0]


def sources_of(arguments: Sequence[str], asked: Asked | None = None) -> list[Source]:
    """What each SOURCE is; one translator reads all that is in words.

    Raises: as `source_of`.
    """
    from nl2strat.source import Kind, read_source
    from nl2strat.translate.choice import Asked, translator_of

    sources = [read_source(argument) for argument in arguments]
    asked = asked or Asked()
    if any(source.kind is Kind.ENGLISH for source in sources):
        reader = translator_of(asked)
        return [replace(source, reader=reader) if source.kind is Kind.ENGLISH else source for source in sources]
    if asked.names_a_model or asked.translator is not None:
        name = sources[0].name
        raise UsageError(f"{name} is a program already; --translator and its options are for text in words")
    return sources


def market_of(symbol: str | None, timeframe: str | None) -> Market:
    """What the options say about the market. Raises: UsageError: no such timeframe."""
    from mas.timeframes import TIMEFRAMES
    from nl2strat.pipeline import Market

    if timeframe is not None and timeframe not in TIMEFRAMES:
        raise UsageError(f"--timeframe {timeframe!r} is not one; use {', '.join(TIMEFRAMES)}")
    return Market(symbol, timeframe, decided=symbol is not None)


def understand_source(
    argument: str, symbol: str | None, timeframe: str | None, asked: Asked | None = None
) -> Understanding:
    """The checked program behind SOURCE."""
    from nl2strat.pipeline import understand

    source = source_of(argument, asked)
    with progress() as tell:
        tell("reading the strategy")
        return understand(source, market_of(symbol, timeframe))


def compile_source(argument: str, market: Market, asked: Asked | None = None, *, trust: bool) -> Compiled:
    """The compiled strategy behind SOURCE."""
    from nl2strat.pipeline import compile_strategy

    source = source_of(argument, asked)
    with progress() as tell:
        tell("reading the strategy")
        return compile_strategy(source, market, trust=trust)


def run_source(
    argument: str, choice: DataChoice, settings: Settings, asked: Asked | None = None, *, trust: bool,
    robust: bool = False, given: Sequence[str] = (),
) -> Outcome:  # fmt: skip
    """Reads the source and the data, and runs; says what it is doing on anything that takes time.

    Args: given: values of inputs, each NAME=VALUE.
    """
    from nl2strat.backtesting import finer_data, run
    from nl2strat.pricing import prepare_priced

    _collect_seldom()
    with progress() as tell:
        tell("reading the strategy and the data")
        compiled, bars = prepare_priced(source_of(argument, asked), choice, settings, tell, trust=trust)
        if given:
            from nl2strat.variants import settings_given, with_inputs_set

            compiled = with_inputs_set(compiled, settings_given(given))
        return run(compiled, bars, settings, tell, finer_data(bars, choice, settings.modelling), robust=robust)


def _collect_seldom() -> None:
    """Has Python hardly look for garbage: when a run has ended, its result is shown, and then the command ends."""
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is being done, where somebody watches."""
    if not (sys.stderr.isatty() or _FORCED & os.environ.keys()):  # rich takes a while to load
        yield lambda _: None
        return
    console = console_of(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("starting") as status:
        yield lambda text: status.update(text + " …")


def finish(outcome: Outcome, result: dict[str, Any], report: Path | None, *, quiet: bool) -> None:
    """Fills the JSON object, writes the report, shows the results."""
    from nl2strat.machine import outcome_object

    result.update(outcome_object(outcome))
    add_translator(result, outcome.compiled.understanding)
    if report is not None:
        write_report(outcome, report)
    if not quiet:
        from nl2strat.presentation import show_reading, show_results

        show_reading(console_of(), outcome)
        show_translator(outcome.compiled.understanding)
        show_results(console_of(), outcome, report)


def write_report(outcome: Outcome, report: Path) -> None:
    """Writes report.html."""
    from nl2strat.presentation import write_outcome

    write_outcome(report, outcome)
