"""One backtest: the data as the strategy needs it, the run, the look-ahead check, the figures.

Costs and account settings are what the user gave, else EXECUTION.md's defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mas.dataclass import dataclass
from mas.errors import DataError
from nl2strat.datafiles import DataChoice, pick_main, siblings
from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.lookahead import LookAhead, check_lookahead, check_signals
from nl2strat.moments import moment
from nl2strat.pipeline import DEFAULT_SYMBOL, DEFAULT_TIMEFRAME, Compiled, Market, compile_strategy
from nl2strat.settings import Settings, account_lines

if TYPE_CHECKING:
    from mas.backtest import Signals
    from mas.bars import Bars
    from mas.client import MAS
    from mas.results import Backtest
    from mas.terminals.simulated.terms import SymbolTerms
    from mas.ticks import Ticks
    from mas.waking import OneAtATime
    from nl2strat.research.checks import Robustness
    from nl2strat.source import Source


@dataclass(frozen=True)
class Outcome:
    """A finished run with everything a report says about it."""

    compiled: Compiled
    backtest: Backtest
    metrics: dict[str, float | int | None]
    lookahead: LookAhead
    spread_source: str
    notes: tuple[str, ...]
    settings: Settings = field(default_factory=Settings)
    robustness: Robustness | None = None
    """How far it can be believed."""

    @property
    def account_lines(self) -> list[str]:
        """What is other than usual about the account, as sentences."""
        return account_lines(self.settings, self.backtest.bars.spec)


def prepare(source: Source, choice: DataChoice, *, trust: bool = False) -> tuple[Compiled, Bars]:
    """The compiled strategy and its bars. What the text leaves open (symbol, timeframe) the data says; without data,
    the bundled SYNTHETIC bars are made for what the text says. Those of the strategy's other symbols are beside them.

    Raises: DataError: unreadable or damaged data, or no bar in the period. As `compile_strategy` does.
    """
    from mas.data import read_bars, sample_bars
    from mas.zones import check_zone

    if choice.timezone is not None:
        check_zone(choice.timezone)
    folder = None
    if choice.path is None:
        compiled = compile_strategy(source, Market(choice.symbol, None, decided=choice.symbol is not None), trust=trust)
        bars = sample_bars(compiled.program.symbol or DEFAULT_SYMBOL, compiled.program.timeframe or DEFAULT_TIMEFRAME)
    else:
        folder = choice.path
        if choice.is_open:
            asked = Market(choice.symbol, None, decided=choice.symbol is not None)
            wanted = compile_strategy(source, asked, trust=trust).program
            choice = pick_main(choice, wanted.symbol or DEFAULT_SYMBOL, wanted.timeframe or DEFAULT_TIMEFRAME)
        assert choice.path is not None
        bars = read_bars(choice.path, symbol=choice.symbol or choice.main, timezone=choice.timezone)
        compiled = compile_strategy(source, market_of(bars, choice), trust=trust)
    bars = bars_for(compiled, _period(bars, choice.start, choice.end))
    bars = _with_siblings(compiled, bars, choice, folder)
    return _presuming(compiled, bars), bars


def _with_siblings(compiled: Compiled, bars: Bars, choice: DataChoice, folder: str | None) -> Bars:
    """The bars, with those of other symbols beside them: traded ones in the period chosen, others while these last."""
    found = []
    for other, traded in siblings(compiled, bars, choice, folder if folder and Path(folder).is_dir() else None):
        part = _period(other, choice.start, choice.end) if traded else other.during(bars, slice(None))
        if not len(part):
            raise DataError(f"{other.source}: no bars of {other.symbol} in the period of {bars.symbol}")
        found.append(part)
    return bars.beside(*found) if found else bars


def _presuming(compiled: Compiled, bars: Bars) -> Compiled:
    """With what the data left open and the strategy depends on among the assumptions (EXECUTION rules 1 and 15)."""
    notes = []
    if not bars.timezone_known and _reads_the_clock(compiled.program):
        notes.append(f"The clock of the data is {bars.timezone}, as nothing says so (set it with --timezone).")
    understanding = compiled.understanding
    assumptions = tuple(dict.fromkeys((*understanding.assumptions, *notes)))
    return replace(compiled, understanding=replace(understanding, assumptions=assumptions))


def _reads_the_clock(program: ast.Program) -> bool:
    """Whether a rule asks for the time of day, the weekday, or another timeframe's bars."""
    by_clock = (ast.Clock, ast.Trade, ast.CloseAt, ast.DailyLimit, ast.OnTimeframe)
    return any(
        isinstance(node, by_clock) or (isinstance(node, ast.Flag) and node.name != "flat") for node in ast.walk(program)
    )


def _period(bars: Bars, start: str | None, end: str | None) -> Bars:
    import numpy as np

    first = int(np.searchsorted(bars.time, moment(start, "--from"))) if start else 0
    last = int(np.searchsorted(bars.time, moment(end, "--to", end_of_day=True), side="right")) if end else len(bars)
    if start and end and last <= first and moment(start, "--from") > moment(end, "--to", end_of_day=True):
        raise UsageError(f"--from {start} is after --to {end}; swap them")
    if last - first < 2:
        raise DataError(
            f"{bars.source}: no bars between {start or 'the start'} and {end or 'the end'}; widen the period"
        )
    return bars[first:last]


def market_of(bars: Bars, choice: DataChoice) -> Market:
    """What the data says about symbol and timeframe; a symbol that is only a default says nothing."""
    if choice.symbol is not None:
        return Market(choice.symbol, bars.timeframe, decided=True)
    known = bars.report is None or bars.report.symbol_source != "default"
    return Market(bars.symbol if known else None, bars.timeframe)


def bars_for(compiled: Compiled, bars: Bars) -> Bars:
    """The bars on the strategy's timeframe and symbol.

    Raises: DataError: the data is coarser than the strategy's timeframe.
    """
    from mas.data import resample
    from mas.symbols import symbol_spec

    program = compiled.program
    if program.symbol and program.symbol != bars.symbol:
        bars = replace(bars, symbol=program.symbol, spec=symbol_spec(program.symbol, bars.spec.digits, bars.spec.point))
    if program.timeframe and program.timeframe != bars.timeframe:
        bars = resample(bars, program.timeframe)
    return bars


def finer_data(bars: Bars, choice: DataChoice, mode: str | None) -> Bars | Ticks | None:
    """What shows the inside of the bars: the file named for it, else the data itself where the mode can use it.

    A file that names no symbol is taken to be of the bars' own.
    Raises: DataError: as `read_bars`. ParameterError: no such mode.
    """
    from mas.bars import Bars
    from mas.data import read_bars, read_finer
    from mas.modelling import EVERY_TICK, OHLC, REAL_TICKS, mode_called
    from mas.timeframes import TIMEFRAMES

    path = choice.intrabar or choice.path
    mode = None if mode is None else mode_called(mode)
    if path is None or (choice.intrabar is None and mode not in (OHLC, EVERY_TICK, REAL_TICKS)):
        return None
    finer = read_finer(path, timezone=choice.timezone)
    if mode in (OHLC, EVERY_TICK) and not isinstance(finer, Bars):
        finer = read_bars(path, timezone=choice.timezone)  # minutes made of the ticks
    if choice.intrabar is None and isinstance(finer, Bars) and TIMEFRAMES[finer.timeframe] >= bars.seconds:
        return None
    nameless = finer.report is None or finer.report.symbol_source == "default"
    return replace(finer, symbol=bars.symbol) if nameless or choice.symbol else finer


def play(
    compiled: Compiled,
    bars: Bars,
    settings: Settings,
    finer: Bars | Ticks | None = None,
    *,
    band: bool = False,
    strategy: MAS | None = None,
    signals: Signals | None = None,
    entries: OneAtATime | None = None,
) -> Backtest:
    """One run of a compiled strategy, nothing checked or counted afterwards.

    Args: finer: see `finer_data`; of a later time than the bars it is not used. strategy: an instance to run in place
        of a new one. signals: what its `signals` gives for the bars, where that is known. entries: what is known of
        its entries.
    Raises: UsageError: it cannot be run on such an account.
    """
    from mas.backtest import run_backtest

    settings = settings.with_account_of(compiled.program)
    if settings.account.netting:
        refuse_on_netting(compiled.program)
    return run_backtest(
        strategy or compiled.new(),
        bars,
        deposit=settings.deposit,
        leverage=settings.leverage,
        spread=settings.spread,
        currency=settings.currency,
        account=settings.account_terms,
        terms=_terms(settings, bars),
        modelling=settings.modelling,
        intrabar=finer,
        band=band,
        guards=settings.guards,
        signals=signals,
        entries=entries,
    )


def run(
    compiled: Compiled,
    bars: Bars,
    settings: Settings,
    tell: Callable[[str], None] = lambda _: None,
    finer: Bars | Ticks | None = None,
    *,
    robust: bool = False,
) -> Outcome:
    """Backtests a compiled strategy on its bars (see `prepare`) and checks it for look-ahead.

    Args: tell: called with what is being done now, for progress. finer: see `finer_data`. robust: also run what
        `nl2strat.research.thorough` does to find out whether the result is luck.
    """
    from mas.metrics import compute_metrics
    from nl2strat.research.robustness import quickly, thoroughly

    settings = settings.with_account_of(compiled.program)

    names = ", ".join((bars.symbol, *bars.siblings))
    tell(f"testing {len(bars):,} bars of {names} {bars.timeframe}")
    if compiled.rendered and not bars.siblings and not compiled.program.also:
        backtest, lookahead = _by_signals(compiled, bars, settings, tell, finer)
    else:
        backtest, lookahead = _by_trades(compiled, bars, settings, tell, finer)
    tell("computing figures")
    outcome = Outcome(
        compiled, backtest, compute_metrics(backtest), lookahead, spread_source(backtest, settings), notes_of(bars),
        settings,
    )  # fmt: skip
    return replace(outcome, robustness=thoroughly(outcome, bars, finer, tell) if robust else quickly(outcome))


def _by_signals(
    compiled: Compiled, bars: Bars, settings: Settings, tell: Callable[[str], None], finer: Bars | Ticks | None
) -> tuple[Backtest, LookAhead]:
    """The run of a class that was just rendered, and whether its signals know the future."""
    from mas.replay import signals_of

    strategy = compiled.new()
    signals = signals_of(strategy, bars)
    entries = one_at_a_time(compiled.program)
    backtest = play(compiled, bars, settings, finer, band=True, strategy=strategy, signals=signals, entries=entries)
    if backtest.played:  # it has traded other symbols after all
        return backtest, _repeated(compiled, bars, settings, finer, backtest)
    tell("checking for look-ahead")
    return backtest, check_signals(lambda part: signals_of(strategy, part), bars, backtest, signals)


def one_at_a_time(program: ast.Program) -> OneAtATime | None:
    """What is known of the entries of a class that was rendered from a program; None if it may hold several."""
    from mas.waking import OneAtATime

    entries = [rule for rule in program.rules if isinstance(rule, ast.Entry)]
    several = any(isinstance(node, ast.Pyramid | ast.Hedging | ast.Add) for node in ast.walk(program))
    if several or program.also or any(entry.order is not None or entry.symbol is not None for entry in entries):
        return None
    return OneAtATime(reverses=not any(isinstance(rule, ast.NoReversal) for rule in program.rules))


def _by_trades(
    compiled: Compiled, bars: Bars, settings: Settings, tell: Callable[[str], None], finer: Bars | Ticks | None
) -> tuple[Backtest, LookAhead]:
    """The run of any class, and whether it makes the same trades on data that are cut short."""
    backtest = play(compiled, bars, settings, finer, band=True)
    tell("checking for look-ahead")
    return backtest, _repeated(compiled, bars, settings, finer, backtest)


def _repeated(
    compiled: Compiled, bars: Bars, settings: Settings, finer: Bars | Ticks | None, backtest: Backtest
) -> LookAhead:
    def once(part: Bars) -> Backtest:
        inside = _of_period(finer, part)
        ours = settings if finer is None or inside is not None else replace(settings, modelling=None)
        return play(compiled, part, ours, inside)

    try:
        return check_lookahead(once, bars, backtest)
    except DataError:
        return LookAhead(None, detail="too few of the cut bars have finer data")


def _terms(settings: Settings, bars: Bars) -> SymbolTerms | dict[str, SymbolTerms] | None:
    """The terms of the symbol, or by symbol where there are several."""
    if not bars.siblings:
        return settings.symbol_terms(bars.spec)
    terms = {one.symbol: settings.symbol_terms(one.spec) for one in (bars, *bars.siblings.values())}
    return {symbol: own for symbol, own in terms.items() if own is not None}


def refuse_on_netting(program: ast.Program) -> None:
    """A netting account has one position per symbol, at one mean price and with one stop: entries are not kept apart.

    The parts of one entry are (see `mas.netting_parts`).

    Raises: UsageError: the strategy would need several; the message says for what.
    """
    for node in ast.walk(program):
        if isinstance(node, ast.Pyramid | ast.Add):
            what = "several entries the same way, each with its own exit"
        else:
            continue
        raise UsageError(
            f"{what} cannot be run on a netting account: it has one position per symbol, with one stop and one target. "
            "Leave out --netting (or netting in the account file), or the clause"
        )


def _of_period(finer: Bars | Ticks | None, part: Bars) -> Bars | Ticks | None:
    """The finer data up to the end of these bars; None if they begin later, so that no bar is known from inside."""
    if finer is None or finer.time[0] >= part.time[-1]:
        return None
    return finer[: int(finer.time.searchsorted(part.decision_time[-1]))]


def spread_source(backtest: Backtest, settings: Settings) -> str:
    """What spread was charged, and who says so."""
    bars = backtest.bars
    if settings.spread is not None:
        return f"{settings.spread:g} points"
    if backtest.modelling == "real_ticks":
        return backtest.spread
    if bars.spread is not None:
        return "from the data"
    whose = "from the file of symbols" if bars.spec.source == "file" else f"typical for {bars.spec.name}"
    return f"{bars.spec.spread:g} points ({whose})"


def notes_of(bars: Bars) -> tuple[str, ...]:
    """What a reader must know about the data."""
    notes = list(bars.report.lines()) if bars.report is not None else []
    for name, other in bars.siblings.items():
        notes += [f"{name}: {line}" for line in (other.report.lines() if other.report is not None else ())]
    if not bars.timezone_known and not bars.synthetic:
        notes.append(f"the time zone of the data is not known; {bars.timezone} is assumed (set it with --timezone)")
    return tuple(notes)
