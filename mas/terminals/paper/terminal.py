"""The terminal on paper, over recorded bars."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mas import constants as mt5
from mas.bars import Bars
from mas.errors import DataError, ParameterError
from mas.records import RecordError
from mas.terminals.paper.account_file import AccountFile
from mas.terminals.paper.names import ACCEPTED, ACCOUNT, NOT_KEPT, OF_ACCOUNT, OF_MARKET, SERVER
from mas.terminals.paper.tape import Place, Tape
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.structs import OrderSendResult

log = logging.getLogger("mas")

_BREATH = 0.2
"""Seconds of the wall clock for which a bar stops where something has happened, for those to act who want to."""
_FUNCTIONS = OF_ACCOUNT | OF_MARKET | {"shutdown"}


class PaperTerminal:
    """MetaTrader5's functions on an account whose market is a recording.

    A strategy's bars may be those of the recording or longer ones, which are put together from them: minutes show a
    strategy on H1 the market minute by minute, and fill its stops there.

    The clock stands still while no process has the account open. With `speed` it follows the wall clock that many times
    as fast, skipping the times at which there are no bars; without, it moves by `advance` alone, to the next bar or the
    next thing that happens: so a run takes as long as it takes to compute, and misses nothing.

    Args: bars: of one symbol, or of several, the main one first. file: of the account; made if it is not there. speed:
        60 plays an hour in a minute. login: number of the account. clock, sleep: seconds of the wall clock, and how to
        let them pass. settings: of `SimulatedTerminal` (deposit, leverage, spread, commission, account, terms ...).
    Raises: DataError: no bars, or the file belongs to other bars or terms. ParameterError: a setting that makes no
        sense. RecordError: the file cannot be used.
    """

    takes_through = True
    """It knows the key `through` of requests, by which a waiting order may have a price that was passed already."""

    def __init__(
        self, bars: Bars | Sequence[Bars], file: Path | str, *, speed: float | None = None, login: int = ACCOUNT,
        clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep, **settings: Any,
    ) -> None:  # fmt: skip
        if speed is not None and not 0.0 < speed < float("inf"):
            raise ParameterError(f"speed must be above 0, not {speed}")
        self._bars = (bars,) if isinstance(bars, Bars) else tuple(bars)
        self._settings, self._login = settings, login
        self._speed, self._clock, self._sleep = speed, clock, sleep
        self._error: tuple[int, str] | None = None
        self._lost = False
        self._due, self._held = 0.0, False
        self._tape = Tape(self._bars, settings)
        self._file = AccountFile(file, self._tape.facts())
        self._carry_out_again()

    # ------------------------------------------------------------- time (not in the MetaTrader5 module)

    @property
    def time(self) -> int:
        """The server's clock: epoch seconds as the data's clock shows them."""
        return self._tape.time

    @property
    def over(self) -> bool:
        """Whether the recording has ended: there are no more bars, and every order is refused."""
        return self._tape.over

    @property
    def steps(self) -> bool:
        """Whether the clock moves by `advance` alone."""
        return self._speed is None

    def advance(self) -> bool:
        """Let time go on until something happens to an order or a position, else until the next bar opens.

        Returns: False if the recording is over.

        Raises: RecordError: the new position of the clock cannot be written down.
        """
        if not self._tape.advance():
            return False
        self._file.stand(self._tape.place)
        return True

    def wait(self, seconds: float) -> None:
        """Let time pass: at most so many seconds of the wall clock, or one step where the clock moves by `advance`."""
        if self.steps and self.advance():
            return
        if self._held:
            self._held, self._due = False, self._clock() + self._stands_for()
        if self.over:
            self._sleep(seconds)
            return
        self._sleep(max(0.0, min(seconds, self._due - self._clock())))
        self._follow()

    def hold(self) -> None:
        """Have the clock stand still until the next `wait`: whoever is still getting ready misses no bar."""
        self._held = True

    def play_until(self, server_time: int) -> None:
        """Go on to the newest moment that is not beyond a time: where somebody who relies on it has seen it stand.

        After a power cut the file may say less than the records of those who use the account.
        """
        while not self.over and self._tape.moment + 1 < len(self._tape.moments):
            if self._tape.moments[self._tape.moment + 1] > server_time:
                return
            self.advance()

    def _follow(self) -> None:
        """Let the clock catch up with the wall clock."""
        if self._speed is None or self._held:
            return
        while self._due <= self._clock() and self.advance():
            if self._tape.place.stops:
                self._due = self._clock() + _BREATH
                return
            self._due += self._tape.lasts() / self._speed

    def _stands_for(self) -> float:
        """Seconds of the wall clock that the present moment lasts; none before the first bar."""
        return self._tape.lasts() / self._speed if self._speed and self._tape.moment >= 0 else 0.0

    # ------------------------------------------------------------- the functions of the MetaTrader5 module

    def initialize(
        self, path: str = "", *, login: int = 0, password: str = "", server: str = "", **options: Any
    ) -> bool:
        """Open the account; after its file could not be written, again from what that says.

        Any password will do: there is nothing to protect. Another account number is refused.
        """
        self._error = None
        if login not in (0, self._login):
            self._error = (mt5.RES_E_AUTH_FAILED, "Terminal: Authorization failed")
            return False
        if self._lost and not self._reopened():
            return False
        return self._account.initialize(login=self._login, server=SERVER)

    def login(self, login: int, password: str = "", server: str = "", timeout: int = 60_000) -> bool:
        """As `initialize`: there is one account."""
        return self.initialize(login=login, password=password, server=server)

    def last_error(self) -> tuple[int, str]:
        """What went wrong with the latest call."""
        return self._error or self._account.last_error()

    def order_send(self, request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        """Carry out a trade request at the quote of the moment, and write it down before the answer is given."""
        self._error = None
        self._follow()
        answer = self._account.order_send(request, **fields)
        if answer is None or answer.retcode not in ACCEPTED:
            return answer
        try:
            self._file.keep(self._tape.place, fields if request is None else request)
        except RecordError as error:
            self._lose(str(error))
            return None
        return answer

    def __getattr__(self, name: str) -> Any:
        """The other functions and the constants, as those of the simulated terminal at the moment's market."""
        if name.isupper() and hasattr(mt5, name):
            return getattr(mt5, name)
        if name not in _FUNCTIONS:
            raise AttributeError(f"the terminal on paper has no {name!r}")
        self._error = None
        self._follow()
        return getattr(self._account, name)

    # ------------------------------------------------------------- the file

    @property
    def _account(self) -> SimulatedTerminal:
        return self._tape.account

    def _carry_out_again(self) -> None:
        """Bring a fresh account to where the file says that it was."""
        requests, place = self._file.read()
        for at, request in requests:
            self._play_to(at)
            self._again(request)
        self._play_to(place)
        self._account.shutdown()
        self._due = self._clock() + self._stands_for()
        if place.moment >= 0:
            log.info("the account on paper stands at %d with %d requests carried out", self.time, len(requests))

    def _play_to(self, place: Place) -> None:
        while self._tape.place < place and self._tape.advance():
            pass

    def _again(self, request: Mapping[str, Any]) -> None:
        answer = self._account.order_send(dict(request))
        if answer is None or answer.retcode not in ACCEPTED:
            why = self._account.last_error()[1] if answer is None else f"{answer.retcode} {answer.comment}"
            raise DataError(
                f"a request that the account on paper had accepted is refused now ({why}): {dict(request)}. It was "
                "written by a version that trades otherwise: begin another account"
            )

    def _lose(self, why: str) -> None:
        """The file does not say what the account has just done: nothing works until it is opened again."""
        log.error("the account on paper is closed until it can be written: %s", why)
        self._account.shutdown()
        self._lost, self._error = True, NOT_KEPT

    def _reopened(self) -> bool:
        self._tape.close()
        self._tape = Tape(self._bars, self._settings)
        try:
            self._carry_out_again()
        except RecordError as error:
            self._error = (mt5.RES_E_INTERNAL_FAIL_INIT, str(error))
            return False
        self._lost = False
        return True

    def close(self) -> None:
        """Let go of the account's file."""
        self._account.shutdown()
        self._tape.close()
        self._file.close()
