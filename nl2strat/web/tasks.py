"""What worker processes do for the page: top-level functions of picklable arguments and results (see `work`).

Nothing here knows of the server. What takes long says how far it is through `tell`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from nl2strat.errors import LanguageErrors, NotUnderstood
from nl2strat.pipeline import Compiled, compile_strategy
from nl2strat.source import Source
from nl2strat.variants import with_inputs_set
from nl2strat.web import datastore, reading
from nl2strat.web.shapes import Json, Options, RunSpec, Step, StoredData, Understood
from nl2strat.web.sources import check_length, data_choice, market_of, prepared, settings_of, source_of

Tell = Callable[[Step], None]

__all__ = ["backtest", "check_program", "compiled_of", "diff", "import_data", "report", "understand", "why"]


def understand(text: str, options: Options = Options()) -> Understood:  # noqa: B008  (frozen)
    """Everything that the page shows of a text: what was read, assumed, asked; the program, its English, its Python.

    A text that leaves something open, and a program with errors, are answers too (`status`), not exceptions.
    Raises: UsageError: an empty or far too long text, inputs that are not there. ModelTrouble. DataError.
    """
    check_length(text)
    try:
        compiled = compiled_of(text, options)
    except NotUnderstood as asked:
        return reading.question(text, asked)
    except LanguageErrors as wrong:
        return reading.problems(text, wrong.problems)
    return reading.understood(text, compiled, options)


def compiled_of(text: str, options: Options, read: Source | None = None) -> Compiled:
    """The compiled strategy behind a text; several readings are tried on the data chosen, where there is some.

    Args: read: the text with another reader than that of the options.
    Raises: NotUnderstood, LanguageErrors, VerifyError, UsageError, DataError, ModelTrouble.
    """
    source, market = read or source_of(text, options), market_of(options.data)
    try:
        compiled = compile_strategy(source, market)
    except NotUnderstood as asked:
        if options.data is None or len(asked.readings) < 2:
            raise
        return prepared(text, options, options.data, settings_of(options.costs))[0]
    return with_inputs_set(compiled, options.inputs)


def check_program(dsl: str, options: Options = Options()) -> Understood:  # noqa: B008  (frozen)
    """A program of the language, checked: its problems where they stand, or its English and Python."""
    return understand(dsl, replace(options, kind="language", reading=None))


# ------------------------------------------------------------------ backtests


def backtest(folder: str, spec: RunSpec, tell: Tell = lambda _: None) -> Json:
    """Run a backtest and leave its arrays in a folder (see `runs`). Returns: its summary.

    Raises: NotUnderstood, LanguageErrors, DataError, UsageError, ParameterError.
    """
    from nl2strat.library.tries import note
    from nl2strat.web.recording import record

    outcome = _outcome(spec, tell)
    tell(Step("saving"))
    summary = record(Path(folder), outcome)
    note(outcome, Path(folder).name)
    return summary


def _outcome(spec: RunSpec, tell: Tell) -> Any:
    from nl2strat.backtesting import finer_data, run
    from nl2strat.web.recording import watched

    settings = settings_of(spec.costs)
    tell(Step("reading the strategy and the data"))
    compiled, bars = prepared(spec.text, spec.options, spec.data, settings, lambda text: tell(Step(text)))
    finer = finer_data(bars, data_choice(spec.data), settings.modelling)
    with watched(compiled, len(bars), tell) as (seen, say):
        outcome = run(seen, bars, settings, say, finer)
    return replace(outcome, compiled=compiled)


def report(spec: RunSpec, believed: Json | None = None, tell: Tell = lambda _: None) -> str:
    """report.html of a backtest: it is run again, which gives the same.

    Args: believed: the checks that the page shows of it (`Robustness.as_json`), in place of those of the run itself.
    """
    from nl2strat.presentation import write_outcome
    from nl2strat.research.checks import of_json

    outcome = _outcome(spec, tell)
    if believed:
        outcome = replace(outcome, robustness=of_json(believed))
    place = Path(tempfile.mkdtemp(prefix="nl2strat-"))
    try:
        write_outcome(place / "report.html", outcome)
        return (place / "report.html").read_text(encoding="utf-8")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def why(spec: RunSpec, at: str) -> Json:
    """What a strategy saw and did at the close of the bar that a moment falls in (`nl2strat.why.Why`, as a dict).

    Raises: UsageError: there is no such bar.
    """
    from nl2strat.why import explain_bar

    settings = settings_of(spec.costs)
    compiled, bars = prepared(spec.text, spec.options, spec.data, settings)
    return asdict(explain_bar(compiled, bars, settings, at))


def diff(first: RunSpec, second: RunSpec) -> Json:
    """How a second strategy differs from a first: in the language, in English, in the trades on the same bars.

    Both are played on the data and account of the second.
    """
    from nl2strat.backtesting import play
    from nl2strat.cli_readings import _as_object
    from nl2strat.difference import compare

    settings = settings_of(second.costs)
    sides = [prepared(one.text, one.options, second.data, settings) for one in (first, second)]
    (one, bars), (two, others) = sides
    found = _as_object(compare(one, two, play(one, bars, settings), play(two, others, settings)))
    return {**found, "markets": [f"{each.symbol} {each.timeframe}" for each in (bars, others)]}


# ------------------------------------------------------------------ data


def import_data(path: str, original: str, symbol: str | None = None, timezone: str | None = None) -> StoredData:
    """Read an uploaded file and keep it in the data store; the upload is gone afterwards.

    Args: path: the file uploaded, in a folder of its own. original: its name as the user knows it.
    Raises: DataError: unreadable or damaged; the message names the row.
    """
    try:
        return datastore.keep(Path(path), original, symbol, timezone)
    finally:
        with suppress(OSError):
            shutil.rmtree(Path(path).parent)
