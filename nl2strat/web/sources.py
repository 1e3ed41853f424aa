"""From what the page asks for to what the pipeline takes: sources, data, settings, inputs. Runs in worker processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nl2strat.errors import UsageError
from nl2strat.pipeline import Compiled, Market
from nl2strat.source import MAX_CHARACTERS, Kind, Source
from nl2strat.translate.choice import OfflineTranslator
from nl2strat.variants import with_inputs_set
from nl2strat.web.datastore import path_of
from nl2strat.web.shapes import SAMPLE, Costs, DataSpec, Options

if TYPE_CHECKING:
    from mas.bars import Bars
    from nl2strat.datafiles import DataChoice
    from nl2strat.settings import Settings
    from nl2strat.translate.choice import Translator


def source_of(text: str, options: Options) -> Source:
    """The text as a source, with its reader. Of a model only what it has read before counts: see `asking.ask`.

    Raises: UsageError: it is empty or far too long. ModelTrouble: the model's settings are wrong.
    """
    check_length(text)
    kind = Kind(options.kind)
    if kind is not Kind.ENGLISH:
        return Source(text, kind, "the strategy")
    if options.translator == "offline":
        return read_by(OfflineTranslator(), text, options)
    from nl2strat.web.remembering import reader_of

    return read_by(reader_of(options.translator, asks=False)[0], text, options)


def read_by(reader: Translator, text: str, options: Options) -> Source:
    """An English text with its reader, which takes the reading chosen."""
    from nl2strat.pricing import _Choosing

    chosen = reader if options.reading is None else _Choosing(reader, options.reading)
    return Source(text, Kind.ENGLISH, "the text", chosen)


def check_length(text: str) -> None:
    """Raises: UsageError: an empty text, or one that is far too long."""
    if len(text) > MAX_CHARACTERS:
        raise UsageError(f"the text is longer than {MAX_CHARACTERS:,} characters; a strategy fits on a page")
    if not text.strip():
        raise UsageError("the text is empty; say when to buy and when to sell")


def data_choice(data: DataSpec) -> DataChoice:
    """The file behind a data choice. Raises: UsageError: nothing of that name is in the store."""
    from nl2strat.datafiles import DataChoice

    path = None if data.source == SAMPLE else str(path_of(data.source))
    symbol = data.symbol.strip() if data.symbol and data.symbol.strip() else None
    return DataChoice(path, symbol, data.timezone or None, data.start or None, data.end or None)


def settings_of(costs: Costs) -> Settings:
    """The account. Raises: UsageError, ParameterError: something that cannot be."""
    from dataclasses import asdict

    from nl2strat.settings import settings_of as from_options

    return from_options(**asdict(costs))


def market_of(data: DataSpec | None) -> Market:
    """What the data says of symbol and timeframe, without reading it."""
    if data is None:
        return Market()
    if data.source == SAMPLE:
        return Market(data.symbol or None, None, decided=bool(data.symbol))
    from nl2strat.web.datastore import entry_of

    entry = entry_of(data.source)
    if data.symbol:
        return Market(data.symbol, entry.timeframe, decided=True)
    return Market(entry.symbol or None, entry.timeframe or None)


def prepared(
    text: str, options: Options, data: DataSpec, settings: Settings, tell: Callable[[str], None] = lambda _: None
) -> tuple[Compiled, Bars]:
    """The compiled strategy with the inputs chosen, and its bars.

    Raises: NotUnderstood, LanguageErrors, VerifyError, DataError, UsageError.
    """
    from nl2strat.pricing import prepare_priced

    compiled, bars = prepare_priced(source_of(text, options), data_choice(data), settings, tell)
    if data.source == SAMPLE and data.bars is not None:
        bars = _made_up(bars, data)
    return with_inputs_set(compiled, options.inputs), bars


def _made_up(bars: Bars, data: DataSpec) -> Bars:
    from mas.data import sample_bars
    from nl2strat.backtesting import _period

    made = sample_bars(bars.symbol, bars.timeframe, data.bars or len(bars))
    return _period(made.beside(*bars.siblings.values()) if bars.siblings else made, data.start, data.end)
