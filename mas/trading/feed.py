"""A live session as something that a client is subscribed to: its loop looks, the session does the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mas.errors import BrokerError
from mas.live import Push
from mas.request import MAGIC
from mas.trading.direct import DirectChannel
from mas.trading.session import LiveSession

if TYPE_CHECKING:
    from mas.subscriptions import Subscription

log = logging.getLogger("mas")


class SessionFeed:
    """One strategy on one symbol. Nothing of it is written down: after a restart it begins anew.

    Args: stop: ends the subscription.
    Raises: ParameterError, DataError, ConnectionLost: the session cannot begin; see `LiveSession`.
    """

    def __init__(self, strategy: Any, terminal: Any, wanted: Subscription, stop: Callable[[], None]) -> None:
        magic = int(getattr(strategy, "magic", MAGIC))
        self.channel = DirectChannel(terminal, wanted.symbol, wanted.timeframe, magic, interval=wanted.interval)
        self.session = LiveSession(strategy, self.channel)
        self.interval, self._stop = wanted.interval, stop

    def poll(self) -> Iterator[Push]:
        """Have the session handle what is new; it calls the strategy back itself.

        Raises: BrokerError: the terminal did not say what is new; it is asked again.
        """
        yield from ()
        while not self.session.stopping:
            item = self.channel.next(0.0)
            if item is None:
                return
            try:
                self.session.take(item)
            except BrokerError as error:
                log.critical(
                    "the live run is stopped, as nobody knows what has become of a request: look at positions and "
                    "orders in the terminal. %s", error,
                )  # fmt: skip
                self._stop()
                return
            except Exception:  # the strategy's: it has been logged
                log.error("the live run is stopped: what is open stays open, with its stop and target")
                self._stop()
                return
        self._stop()
