"""A broker's terminal for the tests of deployment: a recorded market behind the MetaTrader5 module's functions.

Its market goes on by a bar whenever all `clients` have looked at the newest bars, so that none of them misses any.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mas import constants as mt5
from mas.bars import Bars
from mas.terminals.paper import PaperTerminal
from mas.terminals.structs import OrderSendResult, TradeRequest

LOGIN, SERVER = 51234567, "Broker-Demo"


class Broker:
    """Args: bars: of its market. folder: for the account's file. real: whether the account's money is. password: that
    `initialize` wants for the account; none is wanted if it is empty. then: called once the market is over.
    """

    def __init__(
        self, bars: Bars, folder: Path, *, real: bool = False, password: str = "", by_itself: bool = True,
        then: Callable[[], Any] = lambda: None,
    ) -> None:  # fmt: skip
        self.paper = PaperTerminal(bars, folder / "broker.sqlite")
        self.paper.initialize()
        for _ in range(3):
            self.paper.advance()
        self._lock = threading.Lock()
        self._password, self._then, self.by_itself = password, then, by_itself
        self.account = {"login": LOGIN, "server": SERVER, "trade_mode": 2 if real else 0}
        self.symbol: dict[str, Any] = {}
        """Fields of the symbol that are other than usual."""
        self.allowed = True
        """Whether Algo Trading is on."""
        self.up = True
        self.looks, self.clients = 0, 1
        self._lookers: set[int] = set()
        self.at_look: dict[int, Callable[[], Any]] = {}
        """What happens at the n-th look at the bars."""
        self.sent: list[dict[str, Any]] = []
        self.answers: list[Any] = []
        """What the next requests meet: a return code, "lost" (carried out, no answer), "never" (neither), "half" (half
        of it is filled); "" is carried out."""
        self._error: tuple[int, str] | None = None

    def _fails(self, code: int, text: str, answer: Any = None) -> Any:
        self._error = (code, text)
        return answer

    def last_error(self) -> tuple[int, str]:
        return self._error or self.paper.last_error()

    def initialize(self, *path: str, login: int = 0, password: str = "", server: str = "", **options: Any) -> bool:
        self._error = None
        if not self.up:
            return bool(self._fails(mt5.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection", False))
        if login and (login != self.account["login"] or (self._password and password != self._password)):
            why = f"Terminal: Authorization failed for {login} with {password}"  # as bad as a server can be
            return bool(self._fails(mt5.RES_E_AUTH_FAILED, why, False))
        return True

    def login(self, login: int, password: str = "", server: str = "", timeout: int = 60_000) -> bool:
        return self.initialize(login=login, password=password, server=server)

    def shutdown(self) -> bool:
        """One client leaves; the terminal stays."""
        return True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        real = getattr(self.paper, name)
        if not callable(real):
            return real

        def call(*args: Any, **which: Any) -> Any:
            with self._lock:
                self._error = None
                if not self.up:
                    return self._fails(mt5.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
                return self._answer(name, real, args, which)

        return call

    def _answer(self, name: str, real: Callable[..., Any], args: Any, which: Any) -> Any:
        if name == "copy_rates_from_pos":
            self._looked()
        if name == "order_send":
            self.sent.append(dict(args[0]))
            return self._meets(self.answers.pop(0) if self.answers else "", dict(args[0]))
        answer = real(*args, **which)
        if name == "account_info":
            return answer._replace(**self.account)
        if name == "symbol_info" and answer is not None:
            return answer._replace(**self.symbol)
        return answer._replace(trade_allowed=self.allowed) if name == "terminal_info" else answer

    def _meets(self, fate: Any, request: dict[str, Any]) -> Any:
        if isinstance(fate, int):
            fields = {name: value for name, value in request.items() if name in TradeRequest._fields}
            return OrderSendResult(fate, comment="no", request=TradeRequest(**fields))
        if fate == "never":
            return self._fails(mt5.RES_E_INTERNAL_FAIL_TIMEOUT, "IPC timeout")
        if fate == "half":
            request["volume"] = round(request["volume"] / 2.0, 2)
        answer = self.paper.order_send(request)
        if fate == "half":
            return answer._replace(retcode=mt5.TRADE_RETCODE_DONE_PARTIAL)
        return self._fails(mt5.RES_E_INTERNAL_FAIL_RECEIVE, "IPC recv failed") if fate == "lost" else answer

    def _looked(self) -> None:
        self.looks += 1
        if self.looks in self.at_look:
            self.at_look[self.looks]()
        self._lookers.add(threading.get_ident())  # each client is served by a thread of its own
        if self.by_itself and len(self._lookers) >= self.clients:
            self._lookers.clear()
            if not self.paper.advance():
                self._then()

    def mine(self, magic: int) -> list[Any]:
        """The deals of a magic number."""
        return [deal for deal in self.paper.history_deals_get(0, 2**31 - 1) if deal.magic == magic]

    def close(self) -> None:
        self.paper.close()
