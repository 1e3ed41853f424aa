"""The data sets of a search: one strategy on one or several symbols and periods."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nl2strat.errors import UsageError
from nl2strat.research.evaluating import Evaluator
from nl2strat.source import Kind, Source

if TYPE_CHECKING:
    from nl2strat.datafiles import DataChoice
    from nl2strat.language import ast
    from nl2strat.pipeline import Compiled
    from nl2strat.settings import Settings

_NAMED = re.compile(r"(?P<symbol>[A-Za-z#][A-Za-z0-9.#]*)_(?P<timeframe>[A-Z]+\d+)\.(?:csv|parquet)")


@dataclass(frozen=True)
class Market:
    """One data set with the strategy on it."""

    name: str
    """Symbol, timeframe and period, as a reader knows it."""
    file: str | None
    evaluator: Evaluator


def markets_of(
    source: Source, data: Sequence[str] | None, settings: Settings, tell: Callable[[str], None] = lambda _: None, *,
    symbol: str | None = None, timezone: str | None = None, start: str | None = None, end: str | None = None,
    trust: bool = False,
) -> tuple[Market, ...]:  # fmt: skip
    """The data sets that `--data` names: each file is one. A strategy of several symbols has one, with all its files.

    On several data sets the strategy trades the symbol of each, whichever it names itself.
    Raises: UsageError: options that do not go together. As `backtesting.prepare`.
    """
    from nl2strat.datafiles import choice_of

    given = _files(data or (), source)
    if len(given) < 2:
        only = given if given else data
        choice = choice_of(only, symbol, timezone=timezone, start=start, end=end)
        return (_market(source, choice, settings, tell, trust=trust),)
    if symbol is not None:
        raise UsageError(f"--symbol {symbol} is one, and --data names {len(given)} data sets; leave --symbol out")
    plain = _for_any_symbol(source, choice_of(given[:1], timezone=timezone), trust=trust)
    if plain is None:
        choice = choice_of(data, timezone=timezone, start=start, end=end)
        return (_market(source, choice, settings, tell, trust=trust),)
    markets = []
    for item in given:
        choice = choice_of([item], timezone=timezone, start=start, end=end)
        markets.append(_market(plain, choice, settings, tell, trust=trust))
    return tuple(markets)


def _files(data: Sequence[str], source: Source) -> list[str]:
    """Every file that was named; of a folder those that are called as bars of a symbol are."""
    found: list[str] = []
    for item in data:
        folder = Path(item)
        if not folder.is_dir():
            found.append(item)
            continue
        names = sorted(path for path in folder.iterdir() if _NAMED.fullmatch(path.name))
        if not names:
            raise UsageError(f"--data {item}: there is no file called SYMBOL_TIMEFRAME.csv or .parquet in it")
        found += [str(path) for path in _one_each(names)]
    return found


def _one_each(paths: Sequence[Path]) -> list[Path]:
    """Of each symbol the finest bars: any timeframe can be made of them."""
    from mas.timeframes import TIMEFRAMES

    best: dict[str, tuple[int, Path]] = {}
    for path in paths:
        match = _NAMED.fullmatch(path.name)
        seconds = TIMEFRAMES.get(match["timeframe"]) if match else None
        if match and seconds and (match["symbol"] not in best or seconds < best[match["symbol"]][0]):
            best[match["symbol"]] = (seconds, path)
    return [path for _, path in best.values()]


def _for_any_symbol(source: Source, choice: DataChoice, *, trust: bool) -> Source | None:
    """The strategy without the symbol that it names; None if it needs others beside it. The first file says the
    timeframe, if the strategy does not.

    Raises: UsageError: a class, whose symbol cannot be taken out of it.
    """
    from mas.data import read_bars
    from nl2strat.language.printer import print_program
    from nl2strat.pipeline import Market as Known
    from nl2strat.pipeline import compile_strategy

    if source.kind is Kind.PYTHON:
        raise UsageError(f"{source.name}: a Python file is for one symbol; give the program that it was made from")
    assert choice.path is not None
    timeframe = read_bars(choice.path, symbol=choice.symbol, timezone=choice.timezone).timeframe
    program = compile_strategy(source, Known(None, timeframe), trust=trust).program
    if needs_others(program):
        return None
    return Source(print_program(replace(program, symbol=None)), Kind.LANGUAGE, source.name)


def needs_others(program: ast.Program) -> bool:
    """Whether a strategy trades or reads further symbols."""
    from nl2strat.language import ast

    return bool(program.also) or any(isinstance(node, ast.OfSymbol) for node in ast.walk(program))


def _market(
    source: Source, choice: DataChoice, settings: Settings, tell: Callable[[str], None], *, trust: bool
) -> Market:
    from nl2strat.backtesting import finer_data
    from nl2strat.pricing import prepare_priced

    compiled, bars = prepare_priced(source, choice, settings, tell, trust=trust)
    evaluator = Evaluator(compiled, bars, settings, finer_data(bars, choice, settings.modelling))
    return Market(market_name(compiled, evaluator), choice.path, evaluator)


def market_name(compiled: Compiled, evaluator: Evaluator) -> str:
    """Symbol, timeframe and period."""
    bars = evaluator.bars
    days = [str(moment)[:10] for moment in bars.time[[0, -1]].astype("datetime64[s]")]
    return f"{bars.symbol} {bars.timeframe} {days[0]} to {days[1]}"
