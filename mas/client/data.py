"""Subscriptions: a replay of history, which returns when it is over, or live bars and ticks from a thread."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from mas import history, request
from mas.backtest import play
from mas.bars import Bars
from mas.client.core import NO_TERMINAL, Core, told
from mas.errors import BrokerError, MasError, ParameterError
from mas.finer import model
from mas.live import BarFeed, Feed, TickFeed
from mas.margin_calls import say_margin_call
from mas.replay import Replay
from mas.subscriptions import TICKS, Subscription, bar_subscription, symbol_of, tick_subscription, timeframe_of
from mas.terminals.simulated.terminal import SimulatedTerminal

if TYPE_CHECKING:
    from mas.terminals.connection import Connection

log = logging.getLogger("mas")


class DataMethods(Core):
    """subscribe_..., unsubscribe_... and stop_all_subscriptions."""

    def subscribe_bars(self, params: dict[str, Any]) -> None:
        """Bars to `receive_bars`: in a backtest all of them, before this returns; live from now on, at once.

        Raises: ParameterError: a key is missing or wrong. DataError: no bars. BrokerError: live bars, no terminal.
        """
        try:
            wanted = bar_subscription(request.clean(params, "subscribe_bars"))
            if wanted.backtest:
                self._replay(wanted)
            else:
                for symbol in wanted.symbols:
                    self._subscribe_live(wanted.of(symbol))
        except MasError as error:
            raise told(error) from error.__cause__

    def subscribe_ticks(self, params: dict[str, Any]) -> None:
        """Ticks to `receive_ticks`: in a backtest all of them, before this returns; live from now on, at once.

        Raises: as `subscribe_bars`.
        """
        try:
            wanted = tick_subscription(request.clean(params, "subscribe_ticks"))
            if wanted.backtest:
                self._replay(wanted)
            else:
                self._subscribe_live(wanted)
        except MasError as error:
            raise told(error) from error.__cause__

    def unsubscribe_bars(self, params: dict[str, Any] | None = None) -> None:
        """Stop the live bars of `symbol` and `timeframe`; in a replay: stop after the bar being handled."""
        self._unsubscribe("unsubscribe_bars", params)

    def unsubscribe_ticks(self, params: dict[str, Any] | None = None) -> None:
        """Stop the live ticks of `symbol`; in a replay: stop after the tick being handled."""
        self._unsubscribe("unsubscribe_ticks", params)

    def stop_all_subscriptions(self) -> None:
        """Stop all live bars and ticks; in a replay: stop after the item being handled."""
        if self._session is not None:
            self._session.stopping = True
        self._stop_live()

    # ------------------------------------------------------------- replay

    def _replay(self, wanted: Subscription) -> None:
        if self._session is not None:
            raise ParameterError("a replay is running: subscribe to the next one when it is over")
        replay = self._new_replay(wanted)
        self._backtesting, self._tolerant = True, wanted.tolerant
        self._failures.clear()
        self._last_replay = replay
        try:
            play(replay)
            say_margin_call(replay.result().margin, replay.terminal.account)
        finally:
            self._say_forgiven()

    def _new_replay(self, wanted: Subscription) -> Replay:
        client: Any = self
        if wanted.timeframe == TICKS:
            from mas.tick_replay import TickReplay, find_ticks

            ticks = find_ticks(wanted, self._connection)
            return TickReplay(client, SimulatedTerminal(ticks, **wanted.conditions))
        found = [history.find_bars(wanted.of(symbol), self._connection) for symbol in wanted.symbols]
        reads = hasattr(self, "signals") and bool(wanted.more or getattr(type(self), "others", ()))
        if reads or wanted.more:
            from mas.joining import assemble, with_those_read

            kinds = [(Replay, bars) for bars in found]
            replay = assemble(with_those_read(kinds, client) if reads else kinds, client, wanted.conditions)
        else:
            replay = Replay(client, SimulatedTerminal(found[0], **wanted.conditions))
        replay.settings = wanted.conditions
        if not hasattr(self, "signals"):  # the bars that `receive_bars` is given are all it sees
            for bars in found:
                _say_missing_volume(bars)
        for lane in replay.lanes:
            model(lane, wanted.of(lane.bars.symbol), self._connection)
        return replay

    # ------------------------------------------------------------- live

    def _subscribe_live(self, wanted: Subscription) -> None:
        if self._session is not None:
            raise ParameterError("live data cannot be subscribed to from inside a replay")
        if self._connection is None:
            raise BrokerError(NO_TERMINAL)
        connection = self._connection
        connection.symbol_select(wanted.symbol, True)
        self._backtesting, self._tolerant = False, wanted.tolerant
        key = (wanted.symbol, wanted.timeframe)
        self._live_loop().add(key, self._feed(connection, wanted, key))
        self._ctrl_c.watch()

    def _feed(self, connection: Connection, wanted: Subscription, key: tuple[str, str]) -> Feed:
        """What looks for what is new: a strategy with `signals` gets a session that trades, others get data."""
        if wanted.timeframe == TICKS:
            return TickFeed(connection, wanted)
        if not hasattr(self, "signals"):
            return BarFeed(connection, wanted)
        from mas.trading.feed import SessionFeed

        return SessionFeed(self, connection, wanted, lambda: self._live_loop().remove(key))

    def _unsubscribe(self, what: str, params: dict[str, Any] | None) -> None:
        if self._session is not None:
            self._session.stopping = True
            return
        try:
            given = request.clean(params, what)
            timeframe = timeframe_of(given) if what == "unsubscribe_bars" else TICKS
            key = (symbol_of(given), timeframe)
        except ParameterError as error:
            raise told(error) from None
        if self._loop is not None:
            self._loop.remove(key)
            if not self._loop.subscribed:
                self._ctrl_c.release()


def _say_missing_volume(bars: Bars) -> None:
    missing = int(np.isnan(bars.volume.values).sum())
    if missing:
        log.warning(
            "the data of %s have no volume (in %d of %d bars): receive_bars gives nan there, and no comparison with it "
            "is true", bars.symbol, missing, len(bars),
        )  # fmt: skip
