"""A terminal that misbehaves as real ones do, around one on paper that does not: for tests of everything above it.

Of all calls a share goes wrong in one of the ways of reference mt5.md (sections 4 and 14): a data call fails, a request
is refused with any return code, its answer gets lost whether it was carried out or not, it is carried out late, the
connection breaks until it is made again. What positions, orders and history show is a moment old now and then, each for
itself. `truth` is what the account really is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from mas import constants as mt5
from mas.terminals.structs import OrderSendResult, TradeRequest

REFUSALS = (
    10004, 10006, 10007, 10011, 10013, 10014, 10015, 10016, 10017, 10018, 10019, 10020, 10021, 10022, 10023, 10024,
    10025, 10026, 10027, 10028, 10029, 10030, 10031, 10033, 10034, 10035, 10036, 10038, 10039, 10040, 10041, 10042,
    10043, 10044, 10045, 10046,
)  # fmt: skip
NOT_SENT = (mt5.RES_E_INTERNAL_FAIL_INIT, mt5.RES_E_INTERNAL_FAIL_CONNECT)
IN_DOUBT = (mt5.RES_E_INTERNAL_FAIL_SEND, mt5.RES_E_INTERNAL_FAIL_RECEIVE, mt5.RES_E_INTERNAL_FAIL_TIMEOUT)
OWN_FAULTS = ((mt5.RES_E_INVALID_PARAMS, 'Invalid "price" argument'), (mt5.RES_E_AUTO_TRADING_DISABLED, "disabled"))
SHOWN_LATE = ("positions_get", "orders_get", "history_orders_get", "history_deals_get")
CONNECTING = ("initialize", "login", "shutdown", "last_error")


class Clock:
    """A wall clock that goes when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += max(seconds, 0.01)


class Misbehaving:
    """Args: truth: the account. share: of calls that go wrong. late: seconds for which something may show late."""

    def __init__(self, truth: Any, seed: int, clock: Clock, *, share: float = 0.2, late: float = 2.0) -> None:
        self.truth, self.clock = truth, clock
        self._chance, self._share, self._late = random.Random(seed), share, late
        self._error: tuple[int, str] | None = None
        self._up = True
        self._shown: dict[str, list[tuple[float, Any]]] = {name: [] for name in SHOWN_LATE}
        self._delayed: list[tuple[float, Callable[[], Any]]] = []
        self.quiet = False
        """Behave, for a while."""
        self.faults: Counter[str] = Counter()

    def last_error(self) -> tuple[int, str]:
        return self._error or self.truth.last_error()

    def initialize(self, *path: Any, **options: Any) -> bool:
        self._error = None
        self._carry_out_late()
        if self._happens("no connection yet", 0.3):
            return self._fails((mt5.RES_E_INTERNAL_FAIL_TIMEOUT, "IPC timeout"), False)
        self._up = True
        return bool(self.truth.initialize(*path, **options))

    def shutdown(self) -> bool:
        self._up = False
        return True

    def order_send(self, request: Any) -> OrderSendResult | None:
        self._error = None
        if not self._reached():
            return None
        if not self._happens("request", 1.0):
            return self.truth.order_send(request)  # type: ignore[no-any-return]
        way = self._chance.choice(
            ("refused", "refused", "own fault", "not sent", "lost before", "lost after", "lost late", "timeout before",
             "timeout after", "timeout late", "placed", "placed late", "breaks")
        )  # fmt: skip
        self.faults[way] += 1
        if way == "refused":
            return _answer(self._chance.choice(REFUSALS), request)
        if way == "own fault":
            return self._fails(self._chance.choice(OWN_FAULTS), None)
        if way == "not sent":
            return self._fails((self._chance.choice(NOT_SENT), "No IPC connection"), None)
        return self._uncertain(way, request)

    def _uncertain(self, way: str, request: Any) -> OrderSendResult | None:
        answer = None
        if way.endswith("late"):
            due = self.clock.now + self._chance.uniform(0.1, self._late)
            self._delayed.append((due, lambda: self.truth.order_send(dict(request))))
        elif not way.endswith("before") and not (way == "breaks" and self._chance.random() < 0.5):
            answer = self.truth.order_send(request)
        if way.startswith("placed"):
            if answer is not None and answer.retcode != mt5.TRADE_RETCODE_DONE:
                return answer  # type: ignore[no-any-return]
            order = 0 if answer is None else answer.order
            return _answer(mt5.TRADE_RETCODE_PLACED, request)._replace(order=order)
        if way.startswith("timeout"):
            return _answer(mt5.TRADE_RETCODE_TIMEOUT, request)
        self._up = way != "breaks"
        return self._fails((self._chance.choice(IN_DOUBT), "IPC recv failed"), None)

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.truth, name)
        if not callable(real):
            return real

        def call(*args: Any, **which: Any) -> Any:
            self._error = None
            if not self._reached():
                return None
            if self._happens(name, 0.25):
                code = self._chance.choice((mt5.RES_E_FAIL, *NOT_SENT, *IN_DOUBT))
                self._up = code != mt5.RES_E_INTERNAL_FAIL_CONNECT
                return self._fails((code, "failed"), None)
            return self._late_view(name, args, which, real) if name in SHOWN_LATE else real(*args, **which)

        return call

    def _late_view(self, name: str, args: Any, which: Any, real: Callable[..., Any]) -> Any:
        """What a function shows: now and then what it would have shown a moment ago."""
        key = f"{name}{args}{which}"
        views = self._shown.setdefault(key, [])
        views.append((self.clock.now, real(*args, **which)))
        while len(views) > 1 and views[0][0] < self.clock.now - self._late:
            views.pop(0)
        return self._chance.choice(views)[1] if self._happens("shown late", 0.75) else views[-1][1]

    # ------------------------------------------------------------- chances

    def _happens(self, what: str, weight: float) -> bool:
        if self.quiet or self._chance.random() >= self._share * weight:
            return False
        self.faults[what] += 1
        return True

    def _reached(self) -> bool:
        self._carry_out_late()
        if not self._up:
            self._error = (mt5.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
        return self._up

    def _carry_out_late(self) -> None:
        due = [item for item in self._delayed if item[0] <= self.clock.now]
        self._delayed = [item for item in self._delayed if item[0] > self.clock.now]
        for _, request in due:
            request()

    def _fails(self, error: tuple[int, str], value: Any) -> Any:
        self._error = error
        return value


def _answer(code: int, request: Any) -> OrderSendResult:
    fields = {name: value for name, value in request.items() if name in TradeRequest._fields}
    return OrderSendResult(code, request=TradeRequest(**fields))
