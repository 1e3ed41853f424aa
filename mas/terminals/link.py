"""A terminal kept within reach: connect, call, read the error of that very call, and connect again when it was lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import field
from typing import Any

from mas import constants as mt5
from mas.dataclass import dataclass
from mas.errors import BrokerError, ConnectionLost, Rejected
from mas.terminals.localise import localised
from mas.terminals.remote import RemoteTerminal
from mas.terminals.troubles import ACCOUNT_SWITCHED, Unreachable, failure

log = logging.getLogger("mas")

WAITS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each attempt to reach a terminal that was lost."""

_NEVER_REPEATED = frozenset({"order_send"})

_LOOK = 0.2  # seconds between two looks, while waiting, whether to go on

CLOSED = "the connection to the terminal is closed: call login"
INTERRUPTED = "the attempts to reach the terminal were interrupted"


@dataclass(frozen=True)
class Login:
    """What `initialize` needs; without an account the terminal keeps the one it is logged in to.

    `timeout` in milliseconds; `path` of terminal64.exe where there are several.
    """

    account: int = 0
    password: str = field(default="", repr=False)
    server: str = ""
    path: str = ""
    timeout: int = 60_000
    portable: bool = False


class Link:
    """One terminal, one account, one call at a time.

    The module has a single slot for the latest error, so a lock holds a call and the reading of its error together.

    Args: opener: gives the module, or what acts as one. waits: seconds before each attempt to connect again.
    """

    def __init__(
        self, opener: Callable[[], Any], login: Login, *, waits: Sequence[float] = WAITS,
    ) -> None:  # fmt: skip
        self._opener = opener
        self._login = login
        self._waits = tuple(waits)
        self._closing = threading.Event()
        self._interrupted = False
        self._lock = threading.RLock()
        self._terminal: Any = None
        self._wanted = False
        self.account = 0
        self.server = ""
        self.last_error = (mt5.RES_S_OK, "Success")
        self.reconnects = 0
        """How often the connection was lost and made again: bars may have been missed when it grows."""

    @property
    def is_open(self) -> bool:
        """Whether a connection was made and not closed; it may be lost all the same."""
        return self._wanted

    def connect(self) -> None:
        """Open the terminal and log in; a terminal that is still starting gets a second and a third try.

        Raises: ConnectionLost: no terminal. Rejected: it refuses (wrong password ...).
        """
        self.resume()
        with self._lock:
            for wait in (*self._waits[1:3], None):
                try:
                    self._attempt()
                    break
                except Unreachable as error:
                    if error.code != mt5.RES_E_INTERNAL_FAIL_TIMEOUT or wait is None:
                        raise
                    log.info("the terminal is not ready yet: trying again in %g s", wait)
                    self.pause(wait)

    def reconnect(self) -> None:
        """Try to reach the terminal again, with growing pauses.

        Raises: ConnectionLost: not within the last attempt. Rejected: it answers, and refuses.
        """
        with self._lock:
            latest = ConnectionLost("no attempt was made")
            for wait in self._waits:
                self.pause(wait)
                try:
                    self._attempt()
                except ConnectionLost as error:
                    latest = error
                    log.warning("the terminal is out of reach: %s", error)
                else:
                    self.reconnects += 1
                    log.info("the terminal is within reach again")
                    return
            raise ConnectionLost(f"gave up after {len(self._waits)} attempts: {latest}") from latest

    def close(self) -> None:
        """Release the terminal; harmless if there is no connection."""
        self._closing.set()  # wakes a thread that waits for the next attempt, and holds the lock
        with self._lock:
            self._wanted = False
            self._closing.clear()
            self._release()

    def interrupt(self) -> None:
        """Let the attempts to reach a lost terminal end, as on Ctrl-C; the next call tries again."""
        self._interrupted = True  # no event: a signal's handler may be the caller

    def resume(self) -> None:
        """Forget an interruption."""
        self._interrupted = False

    def ask(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the terminal; a lost connection is made again and the call repeated, once.

        A trade request is never repeated here: whether the first one arrived is for the sender to find out.
        Raises: ConnectionLost, Rejected: with what `last_error` says. TypeError: the wrong calling form.
        """
        with self._lock:
            self.resume()
            try:
                return self.ask_now(name, *args, **kwargs)
            except Unreachable:
                if name in _NEVER_REPEATED:
                    raise
            self.reconnect()
            return self._call(name, *args, **kwargs)

    def ask_now(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the terminal, once.

        Raises: as `ask`.
        """
        with self._lock:
            if not self._wanted:
                raise ConnectionLost(CLOSED)
            return self._call(name, *args, **kwargs)

    def check_account(self) -> None:
        """Make sure that the terminal is still logged in to the account of `connect`.

        Raises: Rejected: it is not.
        """
        info = self.ask("account_info")
        if (info.login, info.server) != (self.account, self.server):
            detail = f"{info.login} at {info.server} instead of {self.account} at {self.server}"
            raise Rejected(ACCOUNT_SWITCHED.sentence(detail), mt5.RES_E_AUTH_FAILED)

    def pause(self, seconds: float) -> None:
        """Wait. Raises: ConnectionLost: the connection is closed meanwhile, or interrupted."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if self._closing.wait(max(0.0, min(left, _LOOK))):
                raise ConnectionLost(CLOSED)
            if self._interrupted:
                raise ConnectionLost(INTERRUPTED)
            if left <= _LOOK:
                return

    # ------------------------------------------------------------- one attempt

    def _attempt(self) -> None:
        self._release()
        self._terminal = self._opener()
        try:
            self._initialize()
            info = self._call("account_info")
        except BrokerError:
            self._release()
            raise
        self.account, self.server = info.login, info.server
        self._wanted = True

    def _initialize(self) -> None:
        wanted = self._login
        path = (wanted.path,) if wanted.path else ()
        settings: dict[str, Any] = {"timeout": wanted.timeout}
        if wanted.portable:
            settings["portable"] = True
        if wanted.account:
            settings |= {"login": wanted.account, "password": wanted.password, "server": wanted.server}
        self._call("initialize", *path, **settings)
        if wanted.account and self._call("account_info").login != wanted.account:
            self._call("login", wanted.account, password=wanted.password, server=wanted.server, timeout=wanted.timeout)

    def _release(self) -> None:
        terminal, self._terminal = self._terminal, None
        if terminal is None:
            return
        with suppress(Exception):  # it may be gone already, in any manner
            terminal.shutdown()
        if isinstance(terminal, RemoteTerminal):
            terminal.close()

    def _call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        if self._terminal is None:
            raise Unreachable(CLOSED, mt5.RES_E_INTERNAL_FAIL_CONNECT)
        result = getattr(self._terminal, name)(*args, **kwargs)
        self.last_error = tuple(self._terminal.last_error())
        if result is None or result is False:
            error = failure(name, self.last_error)
            log.debug("%s", error)
            raise error
        return localised(result)
