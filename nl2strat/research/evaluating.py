"""One strategy on one stretch of bars with many values of its inputs: what sweeps and optimisers run.

An `Evaluator` is made once; `evaluate` runs one configuration and gives back columns and figures, never the objects of
a run. It may be pickled and sent to other processes, and used by several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from nl2strat.errors import UsageError
from nl2strat.research.inputs import Input, configuration, inputs_of
from nl2strat.research.trades import TradeColumns

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.compiled.machine_code import Functions
    from mas.results import Backtest
    from mas.series import Condition, Series
    from mas.ticks import Ticks
    from nl2strat.pipeline import Compiled
    from nl2strat.research.kernel_path import KernelPath, KernelRun
    from nl2strat.settings import Settings

__all__ = ["Evaluator", "Input", "Outcome", "TradeColumns"]

Floats = NDArray[np.float64]
Path = Literal["kernel", "class"]

NOT_BUILT = "the kernel is not compiled yet (nl2strat warmup compiles it)"


@dataclass(frozen=True)
class Outcome:
    """What one configuration has come to."""

    values: Mapping[str, float]
    """Every input of the strategy, defaults included."""
    metrics: Mapping[str, float | None]
    """By the names of `mas.metrics`; None where a figure is not defined."""
    trades: TradeColumns
    path: Path
    """What has run it: the compiled kernel or the generated class."""
    ambiguous: int
    """Bars that held both the stop and the target of a position (rule 11)."""
    start: int
    stop: int
    """The part of the evaluator's bars that was played: from start, up to and without stop."""


_OWN = frozenset({"_lock", "_kernel", "_kind", "_asked", "_why"})
"""What an evaluator makes for itself wherever it is."""


class Evaluator:
    """Runs configurations of one strategy on one stretch of bars.

    Args: compiled, bars: as `backtesting.prepare` gives them. settings: the account. finer: see
        `backtesting.finer_data`.
    Raises: UsageError: the strategy cannot be run on such an account.

    The compiled kernel runs what it can run, if its machine code is there: `make_ready` sees to that, and takes a while
    when it is done for the first time. Everything else the generated class runs, with the same results.
    """

    def __init__(self, compiled: Compiled, bars: Bars, settings: Settings, finer: Bars | Ticks | None = None) -> None:
        from nl2strat.backtesting import refuse_on_netting

        bare = replace(compiled.understanding, reading=None, reader=None)  # what has read the text stays here
        self.compiled, self.bars, self.finer = replace(compiled, understanding=bare), bars, finer
        self.settings = settings.with_account_of(compiled.program)
        if self.settings.account.netting:
            refuse_on_netting(compiled.program)
        self.inputs: tuple[Input, ...] = inputs_of(compiled.program)

        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._kernel: KernelPath | None = None
        self._kind: type[MAS] | None = None
        self._asked = False
        self._why = ""

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in _OWN}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()

    @property
    def path(self) -> Path:
        """What runs the configurations."""
        return "class" if self._compiled() is None else "kernel"

    @property
    def notice(self) -> str:
        """Why the class runs them, and not the kernel; empty if the kernel does."""
        self._compiled()
        return self._why

    def make_ready(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Have the kernel compiled, unless it is already or cannot run this strategy.

        Args: tell: called once before it takes long.
        """
        self._compiled(tell)

    def use(self, functions: Functions) -> None:
        """Run the kernel by other functions than the compiled ones.

        Raises: NotCompiled: it cannot run this strategy.
        """
        from nl2strat.research.kernel_path import KernelPath

        self._kernel, self._asked = KernelPath(self.compiled, self.bars, self.settings, functions), True

    def _compiled(self, tell: Callable[[str], None] | None = None) -> KernelPath | None:
        """The kernel's side, made when first asked for; None if it cannot run this strategy, or is not there yet.

        Args: tell: have the kernel compiled if it is not there, and say so.
        """
        from mas.compiled.building import NoCompiler, compiled, is_built, plain
        from nl2strat.research.kernel_path import KernelPath
        from nl2strat.research.recipe import NotCompiled
        from nl2strat.research.warming import warm_up

        with self._lock:
            if self._asked and not (tell is not None and self._why == NOT_BUILT):
                return self._kernel
            self._asked, self._why = True, ""
            try:
                if self.finer is not None:
                    raise NotCompiled("finer data")
                if not is_built():
                    if tell is None:
                        self._why = NOT_BUILT
                        return None
                    KernelPath(self.compiled, self.bars, self.settings, plain())  # can it, before a minute is spent?
                    warm_up(tell)
                self.use(compiled())
            except NotCompiled as reason:
                self._why = f"the kernel does not run {reason}"
            except NoCompiler as error:
                self._why = str(error)
            return self._kernel

    def evaluate(self, values: Mapping[str, float], start: int = 0, stop: int | None = None) -> Outcome:
        """Run one configuration over `bars[start:stop]`; inputs that are not given keep their defaults.

        Signals are known from the bars before `start` as well: nothing warms up again there. The account begins with
        the deposit at `start`, and what is open at `stop` is closed there ("end_of_data").

        Raises: UsageError: no such input, or no such part of the bars. MasError: these values cannot be run.
        """
        from mas.metrics import compute_metrics

        chosen = configuration(self.inputs, values)
        stop = self._checked(start, stop)
        played = self._by_kernel(chosen, start, stop)
        if played is not None:
            ambiguous = played.played.ambiguous
            return Outcome(chosen, played.metrics(), played.trades, "kernel", ambiguous, start, stop)
        backtest = self._play(chosen, start, stop)
        return Outcome(
            chosen, compute_metrics(backtest), TradeColumns.of(backtest.trades, start), "class", backtest.ambiguous,
            start, stop,
        )  # fmt: skip

    def trades_of(self, strategy: MAS) -> TradeColumns:
        """The trades of an instance of the strategy's class that sees other signals, over all bars; no figures.

        Raises: MasError: it cannot be run.
        """
        chosen, count = configuration(self.inputs, {}), len(self.bars)
        played = self._by_kernel(chosen, 0, count, strategy)
        return TradeColumns.of(self._play(chosen, 0, count, strategy).trades) if played is None else played.trades

    def equity(self, outcome: Outcome, points: int) -> Floats:
        """Balance and open result at closes of the bars that were played, shape (points,), evenly spaced in bars.

        The last is that of the last bar. With as many points as bars it is every close.
        """
        played = self._by_kernel(outcome.values, outcome.start, outcome.stop) if outcome.path == "kernel" else None
        if played is not None:
            curve = played.equity()
        else:
            curve = self._play(outcome.values, outcome.start, outcome.stop).equity
        return curve[places(len(curve), points)]

    def backtest(self, values: Mapping[str, float], start: int = 0, stop: int | None = None) -> Backtest:
        """The whole run of one configuration, as the generated class makes it. Args and errors as `evaluate`."""
        return self._play(configuration(self.inputs, values), start, self._checked(start, stop))

    def _by_kernel(
        self, values: Mapping[str, float], start: int, stop: int, strategy: MAS | None = None
    ) -> KernelRun | None:
        """The run by the kernel; None if it cannot. Args: strategy: an instance with these values, else a new one."""
        from mas.compiled.market import Unfit

        kernel = self._compiled()
        if kernel is None:
            return None
        try:
            return kernel.run(strategy or self.strategy(values), values, start, stop)
        except Unfit:
            return None  # this configuration goes beyond what the kernel keeps room for

    def _checked(self, start: int, stop: int | None) -> int:
        count = len(self.bars)
        stop = count if stop is None else stop
        if not 0 <= start < stop <= count:
            raise UsageError(f"there are no bars from {start} to {stop}: there are {count}")
        return stop

    def _play(self, values: Mapping[str, float], start: int, stop: int, strategy: MAS | None = None) -> Backtest:
        from nl2strat.backtesting import play

        strategy = strategy or self.strategy(values)
        part = self.bars if stop - start == len(self.bars) else self.bars[start:stop]
        if start:
            self._warm(strategy, start, stop)
        return play(self.compiled, part, self.settings, self.finer, strategy=strategy)

    def strategy(self, values: Mapping[str, float]) -> MAS:
        """A fresh instance of the class with these values."""
        with self._lock:
            if self._kind is None:
                self._kind = type(self.compiled.new())
        strategy: MAS = self._kind()
        for name, value in values.items():
            setattr(strategy, name, value)
        return strategy

    def _warm(self, strategy: MAS, start: int, stop: int) -> None:
        """Have the signals computed with the bars before the part as well, of each symbol that the strategy runs on."""
        compute = getattr(strategy, "signals", None)
        if compute is None:
            return
        whole = self.bars[:stop]
        every = {one.symbol: replace(one, siblings={}) for one in (whole, *whole.siblings.values())}

        def warm(part: Bars) -> dict[str, Series | Condition]:
            bars = every[part.symbol].beside(*every.values())
            first = int(np.searchsorted(bars.time, part.time[0]))
            return {name: _part(found, first, first + len(part)) for name, found in compute(bars).items()}

        strategy.__dict__["signals"] = warm


def places(count: int, points: int) -> NDArray[np.int64]:
    """The positions of so many points among `count`, the last one included."""
    wanted: NDArray[np.int64] = np.ceil(np.arange(1, points + 1) * (count / points)).astype(np.int64)
    return np.clip(wanted, 1, count) - 1


def _part(found: Series | Condition, start: int, stop: int) -> Series | Condition:
    from mas.series import Condition, Series

    if isinstance(found, Series):
        return Series(found.values[start:stop])
    return Condition(found.true[start:stop], found.false[start:stop])
