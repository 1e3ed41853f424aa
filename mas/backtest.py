"""Backtests: a strategy played over bars on an account of its own, with its best and its worst case."""

from __future__ import annotations

import copy
import gc
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mas.answers import order_id_of
from mas.bars import Bars
from mas.errors import DataError, ParameterError
from mas.margin_calls import say_margin_call
from mas.modelling import course_of, course_without
from mas.replay import Replay
from mas.results import Backtest, Band
from mas.series import Condition, Series
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms, SymbolTerms
from mas.waking import OneAtATime

if TYPE_CHECKING:
    from mas.client import MAS
    from mas.terminals.guarded.rules import Rules
    from mas.ticks import Ticks

log = logging.getLogger("mas")

Signals = Mapping[str, Condition | Series]
"""What a strategy's `signals` gives, by name."""

_COLLECT_AFTER = 1_000_000
"""New objects after which garbage is looked for in a run; usual are 700."""

_least = ContextVar("least", default=logging.NOTSET)
"""The level below which this thread's run says nothing; other threads may have something to say meanwhile."""
log.addFilter(lambda record: record.levelno >= _least.get())


@contextmanager
def silent(below: int = logging.CRITICAL + 1) -> Iterator[None]:
    """What runs inside the block, in this thread, logs nothing below a level; without one, nothing at all."""
    before = _least.set(below)
    try:
        yield
    finally:
        _least.reset(before)


def run_backtest(
    strategy: MAS, bars: Bars, *, deposit: float = 10_000.0, leverage: int = 100, spread: float | None = None,
    commission: float = 0.0, currency: str = "USD", account: AccountTerms | None = None,
    terms: SymbolTerms | Mapping[str, SymbolTerms] | None = None, modelling: str | None = None,
    intrabar: Bars | Ticks | None = None, band: bool = True, others: Sequence[Bars] = (), guards: Rules | None = None,
    signals: Signals | None = None, entries: OneAtATime | None = None,
) -> Backtest:  # fmt: skip
    """Run a strategy over bars and return what it did.

    A class may say `symbols` (its rules run on each of them) and `others` (they read or trade these besides): all are
    played on one clock and one account, see `mas.portfolio`.

    Args: deposit: account currency. leverage: 100 for 1:100. spread: points, overrides data and specification.
        commission: account currency per lot, charged on the entry and on the exit; what `account` says of it counts
        if this is 0. currency: of the account. account, terms: what the broker sets for the account and the symbol.
        modelling: one of `mas.modelling.MODES`; None is "pessimistic", with finer data "ohlc" or "real_ticks".
        intrabar: finer data. band: also find the best and the worst case; where something depended on it, a copy of
        the strategy is run again. others: bars of further symbols; those that are beside `bars` count as well, and what
        is missing is looked for where `mas.history` looks. spread holds for all symbols; intrabar for the first, and
        terms too unless they are given by symbol. guards: the rules that the account is kept inside. signals: what the
        strategy's `signals` gives for the bars, where it is known already (of a run on one symbol). entries: what is
        known of how it enters, so that it is not called where it would be told that it may not.
    Raises: ParameterError: a setting that makes no sense, or a symbol without bars. DataError: no bars, or others
        that do not belong to them. Whatever the strategy raises.
    """
    settings: dict[str, Any] = {
        "deposit": deposit, "leverage": leverage, "spread": spread, "commission": commission, "currency": currency,
        "account": account, "terms": terms,
    }  # fmt: skip
    with _few_collections():
        twin = twin_of(strategy) if band else None
        replay = replay_on(
            strategy, bars, others=others, modelling=modelling, intrabar=intrabar, guards=guards, signals=signals,
            entries=entries, **settings,
        )  # fmt: skip
        result = replay.result()
        say_margin_call(result.margin, replay.terminal.account)
        return replace(result, band=band_of(replay, result, twin)).knowing(result.columns) if band else result


def replay_on(
    strategy: MAS, bars: Bars, *, modelling: str | None = None, intrabar: Bars | Ticks | None = None,
    kind: type[Replay] = Replay, others: Sequence[Bars] = (), guards: Rules | None = None,
    signals: Signals | None = None, entries: OneAtATime | None = None, **settings: Any,
) -> Replay:  # fmt: skip
    """Play the bars to the strategy on an account of its own, and return the finished replay.

    Args: kind: which sort of replay; the others as in `run_backtest`.
    """
    for name in ("deposit", "leverage"):
        if not 0 < settings.get(name, 1) < float("inf"):
            raise ParameterError(f"{name} must be above 0, not {settings[name]}")
    if not 0 <= settings.get("commission", 0) < float("inf"):
        raise ParameterError(f"commission must be 0 or more, not {settings['commission']}")
    if not len(bars):
        raise DataError(f"there are no {bars.symbol} {bars.timeframe} bars to play")
    replay = _put_together(strategy, bars, others, kind, settings)
    replay.known_signals, replay.known_entries = signals, entries
    if guards is not None:
        from mas.terminals.guarded.overseer import oversee

        oversee(replay, guards)
    if modelling is not None or intrabar is not None:
        own_spread = settings.get("spread") is None
        replay.course = course_of(replay.market, modelling, intrabar, own_spread)
        replay.course.lead(replay.terminal)
        for lane in () if replay.joint is None else replay.joint.lanes[1:]:
            lane.course = course_without(lane.market, replay.course.mode)
            lane.course.lead(lane.terminal)
    play(replay)
    return replay


def _put_together(
    strategy: MAS, bars: Bars, others: Sequence[Bars], kind: type[Replay], settings: dict[str, Any]
) -> Replay:
    """A replay that has not begun, of the bars alone or of all symbols that the strategy and the caller name."""
    several = others or bars.siblings or getattr(strategy, "symbols", None) or getattr(strategy, "others", None)
    if not several and not isinstance(settings.get("terms"), Mapping):
        replay = kind(strategy, SimulatedTerminal(bars, **settings))
        replay.settings = settings
        return replay
    from mas.joining import put_together

    return put_together(strategy, bars, others, kind, settings)


def play(replay: Replay) -> None:
    """Run a replay; meanwhile it is its strategy's session."""
    strategy, before = replay.strategy, replay.strategy._session
    strategy._session = replay
    try:
        replay.run()
    finally:
        strategy._session = before


@contextmanager
def _few_collections() -> Iterator[None]:
    """Have Python look for garbage less often: a run makes records by the thousand, and hardly ever a cycle."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(_COLLECT_AFTER, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def twin_of(strategy: MAS) -> MAS | None:
    """A copy that has not run yet; None for a strategy that cannot be copied (it holds a file, a connection ...)."""
    try:
        return copy.deepcopy(strategy)
    except Exception as error:
        log.debug("the strategy cannot be copied, so that there is no best and worst case: %r", error)
        return None


def band_of(replay: Replay, result: Backtest, twin: MAS | None) -> Band | None:
    """The best and the worst case of a finished replay, by running it again where something was ambiguous."""
    depending = {order_id_of(ticket) for ticket in replay.depending}
    if not depending:
        return Band(result.net, result.net, 0)
    if twin is None:
        return None
    nets = [result.net, _net_if(True, replay, twin)]
    if any(lane.course.is_guess for lane in replay.lanes):
        nets.append(_net_if(False, replay, twin))
    count = sum(trade.order_id in depending for trade in result.trades)
    return Band(min(nets), max(nets), max(count, 1))


def _net_if(target_first: bool, replay: Replay, twin: MAS) -> float:
    """Net profit with the target, or the stop, presumed wherever the data leave it open."""
    again = _again(replay, copy.deepcopy(twin))
    for lane, played in zip(again.lanes, replay.lanes, strict=True):
        lane.course = played.course
        lane.course.lead(lane.terminal, target_first)
        lane.take_signals(played)
    with silent():  # what it has to say it has said in the first run
        play(again)
    return again.result().net


def _again(replay: Replay, strategy: MAS) -> Replay:
    """A run over the same bars on the same terms, under the same guards, that has not begun."""
    if replay.joint is not None:
        from mas.joining import again

        run = again(replay.joint, strategy)
    else:
        run = type(replay)(strategy, SimulatedTerminal(replay.bars, **replay.settings))
        run.settings = replay.settings
    if replay.terminal.overseer is not None:
        from mas.terminals.guarded.overseer import oversee

        oversee(run, replay.terminal.overseer.guards.rules)
    return run
