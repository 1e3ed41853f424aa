"""A strategy that trades live: a replay whose bars come one by one, on the mirror of a real account.

Plans, exits and entries are those of a replay, in its order (EXECUTION rule 4). What differs is where things come from:
bars, quotes and fills from a channel, signals from a window of the newest bars. Everything the session does follows
from the inputs and outcomes it is given, so that the same ones, handled again, bring it to the same state.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mas.errors import ParameterError
from mas.joining import symbols_of
from mas.replay import EXITS, Replay, signals_of
from mas.series import Condition
from mas.timeframes import bar_end
from mas.trading.channel import Channel
from mas.trading.inputs import BarClosed, Command, Input, Observation
from mas.trading.live_watch import LiveWatch
from mas.trading.mirror import Mirror

if TYPE_CHECKING:
    from mas.client import MAS

log = logging.getLogger("mas")

MISSED, PAUSED = "missed", "paused"
"""Why an entry is not taken, as it is counted beside the limits of the strategy."""
COMMANDS = ("pause", "resume", "flatten", "stop")


class LiveSession(Replay):
    """One strategy on one symbol.

    Args: channel: not yet started. wait: seconds that `run` waits for an input before it looks whether to stop.
    Raises: ParameterError: a strategy that cannot be run live. DataError, ConnectionLost: the run cannot begin.
    """

    plays_others = False
    is_live = True
    kind_of_watch = LiveWatch
    terminal: Mirror
    management: LiveWatch

    def __init__(self, strategy: MAS, channel: Channel, *, wait: float = 1.0) -> None:
        self.memory = memory_of(strategy)
        self.channel, self._wait = channel, wait
        self.begun = channel.start(self.memory or 0)
        """What the run has begun with."""
        _check_symbols(strategy, self.begun.bars.symbol)
        super().__init__(strategy, Mirror(self.begun, channel))
        self._market = self.terminal.market
        self._now: dict[str, float | bool] = {}
        """The signals at the bar being handled."""
        self._flat = self._any = False
        """Whether one of them wakes a strategy without a position, or with one."""
        self._makes_signals = getattr(strategy, "signals", None) is not None
        self._every_bar = not self._makes_signals
        self.paused = False
        self._told = (0, 0)
        """Refusals and alerts that the channel knows of."""
        self._counted: dict[str, int] = {}
        """Entries held back, by the reason, that it knows of."""
        self.terminal.holds_back = lambda: self.held_back_by
        self.terminal.initialize()
        self._grow()

    # ------------------------------------------------------------- the run

    def run(self) -> None:
        """Handle what comes until somebody says stop. Raises: what the channel, or the strategy, raises."""
        while not self.stopping:
            item = self.channel.next(self._wait)
            if item is not None:
                self.take(item)

    def take(self, item: Input) -> None:
        """Handle one input to its end.

        Raises: MasError: nobody knows what has become of a request, or the run may not trade, whatever a tolerant
            strategy has made of that. What the strategy raises, unless it is tolerant.
        """
        strategy, before = self.strategy, self.strategy._session
        strategy._session = self
        try:
            if isinstance(item, BarClosed):
                self._close_bar(item)
            elif isinstance(item, Observation):
                self._observe(item)
            else:
                self._obey(item)
        finally:
            strategy._session = before
        self._tell()
        if self.terminal.doubt is not None:
            raise self.terminal.doubt

    def _close_bar(self, item: BarClosed) -> None:
        self._market.append(item.time, item.open, item.high, item.low, item.close, item.volume, item.spread)
        self._grow()
        self._decide_signals(item.signals)
        self.held_back_by = MISSED if item.missed else PAUSED if self.paused else ""
        self._let_pass(item)
        self.terminal.observe(item.seen)
        self.handle(self.bar, False)
        self._withhold(self.bar + 1)

    def _observe(self, seen: Observation) -> None:
        self.held_back_by = PAUSED if self.paused else ""
        self.terminal.observe(seen)
        self.management.close_late()  # in a replay its stop closes it at once
        self.push()
        self._withhold(self.bar + 2)

    def _withhold(self, bar: int) -> None:
        """Have no order wait that may not fill. Args: bar: the next of which nothing has happened yet."""
        self.terminal.withheld.look(self.management.may_not_fill, bar, places=not self.held_back_by)
        self.push()

    def _let_pass(self, item: BarClosed) -> None:
        """Delete what would have filled in a bar in which it might not."""
        spread = item.spread * self._market.spec.point
        for order in self.terminal.withheld.touched(self.bar, item.low, item.high, spread):
            if order.ticket in self.terminal.book.orders:
                self.management.admits(order, order.price)  # counts the reason, and takes its other parts away
                self.terminal.drop(order.ticket)

    def _obey(self, command: Command) -> None:
        if command.name not in COMMANDS:
            raise ParameterError(f"a command must be one of {', '.join(COMMANDS)}, not {command.name!r}")
        if command.name in ("pause", "resume"):
            self.paused = command.name == "pause"
        elif command.name == "stop":
            self.stopping = True
        else:
            self.flatten(command.reason or "flatten")
        self.push()

    def flatten(self, reason: str) -> None:
        """Delete all waiting orders of the strategy's and close all its positions."""
        for order in list(self.terminal.book.orders.values()):
            self.management.remove(order.ticket)
        for ticket in list(self.management.held):
            if ticket in self.management.held:
                self.management.close(ticket, reason)

    def _tell(self) -> None:
        """Have the channel note what is new among refusals and alerts."""
        refusals, alerts = self._told
        for refusal in self.refused[refusals:]:
            self.channel.note("refused", time=refusal.time, text=refusal.text, retcode=refusal.retcode)
        for alert in self.alerts[alerts:]:
            self.channel.note("alert", time=alert.time, symbol=alert.symbol, text=alert.text)
        self._told = len(self.refused), len(self.alerts)
        counted = self.management.ledger.held_back
        for reason, count in counted.items():
            if count != self._counted.get(reason, 0):
                self.channel.note("held back", reason=reason, bar=int(self._market.times[self.bar]))
        self._counted = dict(counted)

    # ------------------------------------------------------------- bars and signals

    def _grow(self) -> None:
        self.bars, self.bar = self._market.bars, len(self._market) - 1
        self._volumes = self._market.volumes

    def _decide_signals(self, known: Mapping[str, float | bool]) -> None:
        if not known:
            known = self._computed() if self._makes_signals else {}
            self.channel.decided(known)
        self._now = dict(known)
        true = [name for name, value in known.items() if value is True]
        self._any, self._flat = bool(true), any(not name.startswith(EXITS) for name in true)

    def _computed(self) -> dict[str, float | bool]:
        """The signals at the newest bar, from the bars that they depend on."""
        found = signals_of(self.strategy, self._market.window(self.memory or 0))
        return {
            name: bool(array.true[-1]) if isinstance(array, Condition) else float(array.values[-1])
            for name, array in found.items()
        }

    def signal(self, name: str) -> bool:
        value = self._now.get(name)
        if not isinstance(value, bool):
            raise ParameterError(f'signals() gives no condition "{name}": {self._known(bool)}')
        return value

    def value(self, name: str) -> float:
        value = self._now.get(name)
        if value is None or isinstance(value, bool):
            raise ParameterError(f'signals() gives no value "{name}": {self._known(float)}')
        return value

    def _known(self, kind: type) -> str:
        names = [name for name, value in self._now.items() if type(value) is kind]
        return f"it gives {', '.join(names)}" if names else "it gives none"

    def _bar_data(self, bar: int) -> dict[str, Any]:
        data = super()._bar_data(bar)
        return {**data, "missed": True} if self.held_back_by == MISSED else data

    def decided_at(self) -> int:
        return bar_end(int(self._market.times[self.bar]), self.bars.timeframe)

    def _wakes(self, bar: int) -> bool:
        if self._every_bar:
            return True
        holding = bool(self.watched)
        return (holding and (self._wakes_open or self._any)) or self._flat


def memory_of(strategy: Any) -> int | None:
    """How many bars a strategy's signals depend on, as its class says; None for all there have been.

    Raises: ParameterError: what it says is no such number.
    """
    memory = getattr(type(strategy), "memory", None)
    if memory is not None and (isinstance(memory, bool) or not isinstance(memory, int) or memory < 1):
        raise ParameterError(f"memory must be a number of bars above 0, or None for all bars, not {memory!r}")
    return memory


def _check_symbols(strategy: MAS, symbol: str) -> None:
    """Raises: ParameterError: the strategy needs more than this one symbol."""
    traded, read = symbols_of(strategy, symbol)
    if symbol not in traded:
        raise ParameterError(f"the strategy trades {', '.join(traded)}, and the bars are of {symbol}")
    if len(traded) > 1 or read:
        names = ", ".join((*traded, *read))
        raise ParameterError(
            f"the strategy needs several symbols ({names}): live, a strategy runs on one symbol; run it in backtests, "
            "or write one strategy for each symbol"
        )
