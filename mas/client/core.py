"""What all parts of the client share: its state, whom it asks, how it fails, how it calls the user's callbacks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mas import history
from mas.answers import Failure
from mas.errors import BrokerError, MasError
from mas.live import CtrlC, LiveLoop, moment
from mas.messages import translated
from mas.rules import RuleMethods
from mas.settings import settings

if TYPE_CHECKING:
    from mas.client.order_watch import OrderWatch
    from mas.profiles import Profile
    from mas.replay import Replay
    from mas.reversal import Reversal
    from mas.terminals.connection import Connection

log = logging.getLogger("mas")

NO_ACCOUNT = "there is no account yet: call login, or subscribe_bars for a backtest"
NO_TERMINAL = (
    "no MetaTrader 5 terminal is connected: real orders and live bars need one (backtest_toggle=True does not)"
)


class Core(RuleMethods):
    """State begins with an underscore: strategies keep `hold`, `period`, `index` ... on themselves."""

    def __init__(self) -> None:
        self._session: Replay | None = None
        """The replay that is running."""
        self._last_replay: Replay | None = None
        """The simulated account used last: that of the latest replay, or of orders sent without one."""
        self._asked: tuple[Any, ...] | None = None
        self._reversal: Reversal | None = None
        self._entering = 1
        self._account_number = 0
        self._server = "Simulated"
        self._login_params: dict[str, Any] | None = None
        self._connection: Connection | None = None
        self._profile: Profile | None = None
        self._simulated_open = False
        """Logged in to the simulated terminal, for want of a real one."""
        self._backtesting: bool | None = None
        """The mode of the latest subscription."""
        self._tolerant = settings.tolerant
        self._failures: dict[tuple[str, str], int] = {}
        self._loop: LiveLoop | None = None
        self._ctrl_c = CtrlC(self._interrupt_live)
        self._orders: OrderWatch | None = None
        self._books: set[str] = set()
        self._others: dict[str, Replay] = {}
        """Symbols that were asked about while nothing was played, each at the newest bar of its history."""

    # ------------------------------------------------------------- whom to ask

    def _terminal(self, symbol: str = "") -> Any:
        """The account of the running replay, else the connected terminal, else the simulated account used last.

        Args: symbol: what the question is about; a simulated account that plays nothing knows all that history has.
        Raises: DataError: it has none.
        """
        if self._session is not None:
            if symbol and self._session.plays_others:
                self._session.of(symbol)  # finds its bars
            return self._session.exchange
        if self._connection is not None:
            return self._connection
        if self._last_replay is None and self._simulated_open:
            self._last_replay = self._new_desk(history.some_symbol())
        desk = self._last_replay
        if desk is None:
            return None
        if not symbol or any(lane.bars.symbol == symbol for lane in desk.lanes) or not history.may_have(symbol):
            return desk.exchange
        if symbol not in self._others:
            self._others[symbol] = self._new_desk(symbol)
        return self._others[symbol].terminal

    def _new_desk(self, symbol: str) -> Replay:
        raise NotImplementedError

    def _ask(self, what: str, name: str, *args: Any, about: str = "", **which: Any) -> Any:
        """The answer of a terminal's function; None, and a line in the log, where it fails.

        Args: what: the documented function that asks. about: a symbol, see `_terminal`.
        """
        try:
            terminal = self._terminal(about)
        except MasError as error:  # no history, or a name that cannot be a symbol's
            return self._failed(what, str(error))
        if terminal is None:
            return self._failed(what, NO_ACCOUNT)
        try:
            answer = getattr(terminal, name)(*args, **which)
        except (MasError, TypeError, ValueError, OverflowError, AttributeError) as error:
            return self._failed(what, str(error))
        if answer is None:
            self._failed(what, str(terminal.last_error()[1]))
        return answer

    def _live(self) -> Connection:
        """The connected terminal. Raises: BrokerError: there is none."""
        if self._connection is None:
            raise BrokerError(NO_TERMINAL)
        return self._connection

    # ------------------------------------------------------------- failing

    def _failed(self, what: str, text: str) -> None:
        """Log why a documented function answers its failure value."""
        log.error("%s: %s", what, translated(text))

    def _failure(self, what: str, text: str, code: int) -> Failure:
        """Log an error and give it as a false text with a code."""
        self._failed(what, text)
        return Failure(translated(text), code)

    # ------------------------------------------------------------- calling back

    def _forgives(self, callback: str, seconds: int | None, error: BaseException) -> bool:
        """Log an exception of a callback, with traceback and the time of its bar; whether the run goes on all the same.

        In tolerant mode the same exception of the same callback is logged once, and counted from then on.
        """
        when = "" if seconds is None else f"{moment(seconds):%Y-%m-%d %H:%M}"
        seen = (callback, repr(error))
        self._failures[seen] = self._failures.get(seen, 0) + 1
        if self._failures[seen] == 1 or not self._tolerant:
            log.error("%s failed on the bar of %s: %r", callback, when, error, exc_info=error)
        return self._tolerant

    def _say_forgiven(self) -> None:
        for (callback, error), count in self._failures.items():
            if count > 1:
                log.warning("%s failed %d times with %s: only the first was shown", callback, count, error)
        self._failures.clear()

    def _deliver(self, callback: str, arguments: tuple[Any, ...]) -> bool:
        """Call a callback of a live run; False when that must stop."""
        try:
            getattr(self, callback)(*arguments)
        except Exception as error:
            data = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], dict) else {}
            when = data.get("time")
            seconds = None if when is None else int((when - moment(0)).total_seconds())
            if not self._forgives(callback, seconds, error):
                log.error("the live run is stopped: all subscriptions have ended")
                return False
        return True

    def _live_loop(self) -> LiveLoop:
        """The thread that pushes; it starts with the first thing to push."""
        if self._loop is None:
            self._loop = LiveLoop(self._deliver)
        watch = self._order_watch()
        self._loop.aside, self._loop.awaits = watch.poll, watch.awaits
        return self._loop

    def _order_watch(self) -> OrderWatch:
        if self._orders is None:
            from mas.client.order_watch import OrderWatch

            self._orders = OrderWatch(self)
        return self._orders

    def _interrupt_live(self) -> None:
        """Ctrl-C: nobody waits for a terminal that does not answer any more."""
        self._stop_live()
        if self._connection is not None:
            self._connection.interrupt()

    def _stop_live(self) -> None:
        if self._loop is not None:
            self._loop.clear()
        self._ctrl_c.release()


def told(error: MasError) -> MasError:
    """The error with its text in the language chosen."""
    if error.args and isinstance(error.args[0], str):
        error.args = (translated(error.args[0]), *error.args[1:])
    return error
