"""Configurations of one strategy on the compiled kernel: signals from the class itself, everything else by arrays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.compiled import curves
from mas.compiled import layout as k
from mas.compiled import market as compiled_market
from mas.compiled.machine_code import Functions
from mas.figures import Fall
from mas.metrics import CurveFigures, figures, last_of_each_day
from mas.modelling import PESSIMISTIC
from mas.results import EXIT_REASONS, Backtest, ClosedTrade, Refusal, merge_parts
from mas.series import Condition, Series
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.trade_columns import ZERO_MONEY
from mas.trade_columns import TradeColumns as MetricColumns
from nl2strat.research.recipe import NotCompiled, Recipe, recipe_of
from nl2strat.research.shared import Indicators
from nl2strat.research.trades import TradeColumns

if TYPE_CHECKING:
    from mas.bars import Bars
    from nl2strat.pipeline import Compiled
    from nl2strat.settings import Settings

Floats = k.Floats

_REFUSED = Refusal(0, "", 0)


class KernelPath:
    """Runs configurations of a strategy that the kernel can run.

    Args: functions: the entry points of the kernel, compiled or plain.
    Raises: NotCompiled: it cannot; the text says for what reason.
    """

    def __init__(self, strategy: Compiled, bars: Bars, settings: Settings, functions: Functions) -> None:
        self.functions = functions
        self.bars, self.settings = bars, settings
        _check_settings(settings)
        if bars.siblings or strategy.program.also:
            raise NotCompiled("several symbols")
        self.recipe = recipe_of(strategy.python, bars.spec)
        if missing := {c for c in self.recipe.constants if isinstance(c, str)} - _names(strategy):
            raise NotCompiled(f"self.{min(missing)}, which is no input")
        try:
            terminal = SimulatedTerminal(
                bars, deposit=settings.deposit, leverage=settings.leverage, spread=settings.spread,
                currency=settings.currency, account=settings.account_terms, terms=settings.symbol_terms(bars.spec),
            )  # fmt: skip
            self.table = compiled_market.table_of(terminal)
        except compiled_market.Unfit as reason:
            raise NotCompiled(str(reason)) from None
        self._indicators = Indicators(crossings=functions["crossings_of"])
        self._due = {
            item: compiled_market.due_at(bars, item) for item in self.recipe.extra if not isinstance(item, str)
        }
        self._times = np.concatenate((bars.time[:1], bars.decision_time)).astype(np.float64)
        self._spread = terminal.market.spread.prices / bars.point
        self._scratch = threading.local()
        self._days: tuple[int, int, k.Whole] | None = None

    def run(self, strategy: Any, values: Mapping[str, float], start: int, stop: int) -> KernelRun:
        """Play one configuration.

        Args: strategy: an instance with these values.
        Raises: Unfit: it went beyond what the kernel keeps room for.
        """
        found = self._indicators.signals(strategy, self.bars)
        span = slice(start, stop)
        flags = [_condition(found, name).true[span] for name in self.recipe.conditions]
        wake = self._wake(flags, stop - start)
        conditions = np.empty((len(flags), len(wake)), np.bool_)
        for n, flag in enumerate(flags):
            conditions[n] = flag[wake]
        values_ = np.empty((len(self.recipe.values), len(wake)))
        for n, name in enumerate(self.recipe.values):
            values_[n] = _series(found, name).values[span][wake]
        played = compiled_market.play(
            self.functions, self.table.part(start, stop), wake, conditions, values_, self._extra(found, span),
            self.recipe.code, self.recipe.registers_for(values), self._own("rows", compiled_market.first_rows),
        )  # fmt: skip
        return KernelRun(self, played, start, stop)

    def _wake(self, flags: list[k.Flags], count: int) -> k.Whole:
        """The closes at which the strategy may want something, the last among them."""
        if self.recipe.wakes_open or not flags:
            return np.arange(count)
        woken = flags[0].copy()
        for flag in flags[1:]:
            woken |= flag
        woken[-1] = True
        return np.flatnonzero(woken)

    def _extra(self, found: Mapping[str, Any], span: slice) -> Floats:
        """The prices that stops follow and the daily times, as the recipe numbers them."""
        rows = [
            _series(found, item).values[span] if isinstance(item, str) else self._due[item][span]
            for item in self.recipe.extra
        ]
        return np.array(rows) if rows else np.zeros((1, 1))

    def scratch(self) -> Floats:
        """A chunk of this thread's own."""
        return self._own("chunk", lambda: np.empty((2, curves.CHUNK)))

    def _own(self, name: str, make: Callable[[], Floats]) -> Floats:
        """An array of this thread's own, so that memory is not asked for again with every run."""
        kept: Floats | None = getattr(self._scratch, name, None)
        if kept is None:
            kept = make()
            setattr(self._scratch, name, kept)
        return kept

    def times(self, start: int, stop: int) -> Floats:
        """Of the deposit and of each close."""
        if start == 0:
            return self._times[: stop + 1]
        return np.concatenate((self.bars.time[start : start + 1].astype(np.float64), self._times[start + 1 : stop + 1]))

    def day_ends(self, start: int, stop: int) -> k.Whole:
        """Positions of the last bar of every day, counted from the start."""
        known = self._days
        if known is None or known[:2] != (start, stop):
            known = self._days = (start, stop, last_of_each_day(self.bars[start:stop]))
        return known[2]

    def spread(self, start: int, stop: int) -> Floats:
        """The spread charged at each bar, points."""
        return self._spread[start:stop]


class KernelRun:
    """One configuration that has been played."""

    def __init__(self, path: KernelPath, played: compiled_market.Played, start: int, stop: int) -> None:
        self.path, self.played, self.start, self.stop = path, played, start, stop
        rows = played.rows
        merged = _merged(rows) if len(rows) and rows[:, k.R_GROUP].min() < 0.0 else rows
        self._columns: Floats = np.ascontiguousarray(merged.T)  # shape (ROW, trades)

    @property
    def trades(self) -> TradeColumns:
        """The closed trades."""
        columns = self._columns

        def whole(column: int) -> k.Whole:
            bars: k.Whole = columns[column].astype(np.int64) + self.start
            return bars

        return TradeColumns(
            side=columns[k.R_SIDE].astype(np.int8), volume=columns[k.R_VOLUME], entry_bar=whole(k.R_ENTRY_BAR),
            exit_bar=whole(k.R_EXIT_BAR), entry_price=columns[k.R_ENTRY], exit_price=columns[k.R_EXIT],
            profit=columns[k.R_PROFIT], commission=columns[k.R_COMMISSION], swap=np.zeros(columns.shape[1]),
            reason=columns[k.R_REASON].astype(np.int8), ambiguous=columns[k.R_AMBIGUOUS] != 0.0,
        )  # fmt: skip

    def equity(self) -> Floats:
        """Balance and open result at every close, shape (bars,)."""
        equity = np.empty(self.stop - self.start)
        self._curve(equity)
        return equity

    def _curve(self, equity: Floats) -> tuple[Floats, Floats]:
        """What the equity comes to (see `mas.compiled.curves`), and the last of every day.

        Args: equity: filled in; of shape (0,) if it is not asked for.
        """
        path, rows = self.path, self.played.rows
        table, ends = path.table.part(self.start, self.stop), path.day_ends(self.start, self.stop)
        daily, found = np.empty(len(ends)), np.empty(curves.FIGURES)
        path.functions["curve_of"](
            table.prices, rows, table.terms, table.deposit, path.times(self.start, self.stop), ends, path.scratch(),
            np.empty(len(rows)), equity, daily, found,
        )  # fmt: skip
        return found, daily

    def metrics(self) -> dict[str, float | int | None]:
        """The figures of `mas.metrics`."""
        path, played, deposit = self.path, self.played, self.path.settings.deposit
        found, daily = self._curve(np.empty(0))
        whole = self.stop - self.start == len(path.bars)
        bars = path.bars if whole else path.bars[self.start : self.stop]
        curve = CurveFigures(
            fall=Fall(*found[: curves.W_LONGEST].tolist()), longest=float(found[curves.W_LONGEST]),
            last=float(found[curves.W_LAST]), daily=np.concatenate(([deposit], daily)),
        )  # fmt: skip
        rest = Backtest(
            bars=bars, deposit=deposit, currency=path.settings.currency, trades=(), balance=daily, equity=daily,
            conflicts=played.conflicts, refused=(_REFUSED,) * played.refused, unfilled=played.unfilled,
            spread_points=path.spread(self.start, self.stop),
        )  # fmt: skip
        ambiguous = int(self._columns[k.R_AMBIGUOUS].sum())
        return figures(_metric_columns(self._columns, bars), ambiguous, rest, curve)


def _metric_columns(columns: Floats, bars: Bars) -> MetricColumns:
    """The trades as `mas.metrics` takes them. Args: columns: shape (ROW, trades)."""
    profit, commission, swap = columns[k.R_PROFIT], columns[k.R_COMMISSION], np.zeros(columns.shape[1])
    entry, exit_ = columns[k.R_ENTRY_BAR].astype(np.int64), columns[k.R_EXIT_BAR].astype(np.int64)
    net = profit + commission + swap
    net[np.abs(net) < ZERO_MONEY] = 0.0
    return MetricColumns(
        net=net, profit=profit, commission=commission, swap=swap, long=columns[k.R_SIDE] > 0.0,
        volume=columns[k.R_VOLUME], entry_price=columns[k.R_ENTRY], exit_price=columns[k.R_EXIT], entry_bar=entry,
        exit_bar=exit_, entry_time=bars.time[entry], exit_time=bars.time[exit_],
        symbol=np.broadcast_to(np.array(bars.symbol), len(net)), pending=columns[k.R_INSIDE] != 0.0,
    )  # fmt: skip


def _merged(rows: Floats) -> Floats:
    """Parts of one entry that ended together as one row, as in every report."""
    trades = [(row[k.R_GROUP] if row[k.R_GROUP] < 0.0 else None, _closed(n, row)) for n, row in enumerate(rows)]
    merged = merge_parts(trades)
    kept = rows[[int(trade.comment) for trade in merged]].copy()
    for row, trade in zip(kept, merged, strict=True):
        row[k.R_VOLUME], row[k.R_PROFIT], row[k.R_COMMISSION] = trade.volume, trade.profit, trade.commission
        row[k.R_AMBIGUOUS] = float(trade.ambiguous)
    return kept


def _closed(n: int, row: Floats) -> ClosedTrade:
    entry, exit_ = int(row[k.R_ENTRY_BAR]), int(row[k.R_EXIT_BAR])
    return ClosedTrade(
        "", "long" if row[k.R_SIDE] > 0.0 else "short", float(row[k.R_VOLUME]), entry, exit_, float(row[k.R_ENTRY]),
        float(row[k.R_EXIT]), None, None, float(row[k.R_PROFIT]), float(row[k.R_COMMISSION]), 0.0,
        EXIT_REASONS[int(row[k.R_REASON])], entry, exit_, bool(row[k.R_AMBIGUOUS]), "", str(n), bool(row[k.R_INSIDE]),
    )  # fmt: skip


def _check_settings(settings: Settings) -> None:
    """Raises: NotCompiled: a run of another kind than one over bars alone."""
    if settings.modelling not in (None, PESSIMISTIC):
        raise NotCompiled(f"the modelling {settings.modelling}")
    if settings.guards is not None:
        raise NotCompiled("guards")


def _names(strategy: Compiled) -> set[str]:
    return {item.name for item in strategy.program.inputs}


def _condition(found: Mapping[str, Any], name: str) -> Condition:
    array = found[name]
    assert isinstance(array, Condition)
    return array


def _series(found: Mapping[str, Any], name: str) -> Series:
    array = found[name]
    assert isinstance(array, Series)
    return array


__all__ = ["KernelPath", "KernelRun", "NotCompiled", "Recipe"]
