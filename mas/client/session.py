"""Logging in and out: documented section "MT5", and which terminal it is that the client talks to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas import messages, request
from mas.answers import Failure
from mas.client.core import Core
from mas.errors import BrokerError, ConnectionLost, MasError, ParameterError, Rejected
from mas.terminals.link import Login
from mas.terminals.opening import ADDRESS_VARIABLE, address_at_hand

if TYPE_CHECKING:
    from mas.profiles import Profile
    from mas.terminals.connection import Connection

log = logging.getLogger("mas")

Account = tuple["Profile | None", int, str]
"""Profile, account number, server."""

SIMULATED = "simulated"
"""In the place of a terminal's address: none, even if there is one."""
TIMEOUT = 60_000
"""Milliseconds. The documentation has 6000 and 60000 (Q6); a terminal starts slowly the first time."""
LONGEST = 2**31 - 1
"""Milliseconds: what the terminal can be told."""

BAD_ACCOUNT = "account must be the account's number, not {value}"


class SessionMethods(Core):
    """login, set_lang, initialize_mt5, check_connection, reconnect_mt5, shutdown_mt5, switch_account, get_version."""

    def set_lang(self, lang: str = "en") -> None:
        """The language of what the library prints and returns: "en", "zh-tw" or "zh-cn"; for the whole process."""
        if not messages.set_language(lang):
            log.error('set_lang: %r is none of "en", "zh-tw", "zh-cn": the language stays as it is', lang)

    def login(self, params: dict[str, Any]) -> bool | Failure:
        """Connect and log in. Without a terminal at hand the simulated one is opened: enough for backtests.

        Keys: account, password, server; optional timeout (milliseconds). Or profile (a name of `mas.profiles`), with
        the password from the keyring unless given.
        Returns: True, or a false message with a `code`.
        """
        try:
            given, account = self._account_asked(params)
        except ParameterError as error:
            return self._failure("login", str(error), mt5.RES_E_INVALID_PARAMS)
        self.shutdown_mt5()
        self._login_params = given
        self._profile, self._account_number, self._server = account
        return self._open("login")

    def initialize_mt5(self) -> bool:
        """Make the connection of `login` again; `login` does this by itself."""
        if self._login_params is None:
            self._failed("initialize_mt5", "nobody has logged in yet: call login")
            return False
        self._close()
        return bool(self._open("initialize_mt5"))

    def check_connection(self) -> bool:
        """Whether terminal and broker can be reached right now; the simulated terminal always can."""
        if self._connection is None:
            if self._simulated_open:
                log.info("connected to the simulated terminal, which serves backtests only")
            else:
                log.warning("there is no connection to a terminal")
            return self._simulated_open
        up = self._connection.is_connected()
        if up:
            log.info("connected to %s", self._server)
        else:
            log.warning("the connection to %s is lost", self._server)
        return up

    def reconnect_mt5(self) -> bool:
        """Let the terminal go and connect again."""
        if self._connection is None:
            return self.initialize_mt5()
        try:
            self._connection.reconnect()
        except MasError as error:
            self._failed("reconnect_mt5", str(error))
            return False
        return True

    def shutdown_mt5(self) -> None:
        """Release the connection and what was subscribed through it; harmless if there is none."""
        self._stop_live()
        self._close()

    def switch_account(self, params: dict[str, Any]) -> bool:
        """Release the connection and log in to another account; with a key missing or wrong it stays as it is."""
        return bool(self.login(params))

    def get_version(self) -> dict[str, Any]:
        """Version, build and its date, of the terminal; empty on failure."""
        found = self._ask("get_version", "version")
        if found is None:
            return {}
        return {"version": int(found[0]), "build": int(found[1]), "release_date": str(found[2])}

    def run(self) -> None:
        """Nothing: it was documented once, and scripts may still call it."""

    # ------------------------------------------------------------- inside

    def _account_asked(self, params: dict[str, Any]) -> tuple[dict[str, Any], Account]:
        """The parameters of `login`, and the account they name.

        Raises: ParameterError: a key is missing or wrong, or there is no such profile.
        """
        given = request.clean(params, "login")
        _check_timeout(given)
        if given.get("profile") is not None:
            from mas.profiles import read_profile

            profile = read_profile(str(given["profile"]))
            return given, (profile, profile.account, profile.server)
        for key in ("account", "password", "server"):
            if given.get(key) is None:
                raise ParameterError(f"login needs the key {key}")
        for key in ("password", "server"):  # no value is printed: it may be the password
            if isinstance(given[key], bool) or not isinstance(given[key], str | int):
                raise ParameterError(f"{key} must be a text, not {type(given[key]).__name__}")
        digits = str(given["account"]).strip()
        number = digits.isascii() and digits.isdecimal() and not isinstance(given["account"], bool)
        if _address_of(None) is not None and not number:
            raise ParameterError(BAD_ACCOUNT.format(value=repr(given["account"])))
        return given, (None, int(digits) if number else 0, str(given["server"]))  # the examples print "YOUR_ACCOUNT"

    def _address(self) -> str | None:
        """The address of the terminal to talk to; None: the simulated one."""
        return _address_of(self._profile)

    def _open(self, what: str) -> bool | Failure:
        address = self._address()
        if address is None:
            self._simulated_open = True
            log.warning(
                "no MetaTrader 5 terminal at hand (%s is not set): the simulated one is used, for backtests only",
                ADDRESS_VARIABLE,
            )
            return True
        try:
            connection = self._new_connection(address)
            connection.connect()
        except Rejected as error:
            return self._failure(what, str(error), error.retcode)
        except ConnectionLost as error:
            return self._failure(what, str(error), mt5.RES_E_INTERNAL_FAIL_CONNECT)
        except (MasError, ValueError) as error:
            return self._failure(what, str(error), mt5.RES_E_INVALID_PARAMS)
        self._connection = connection
        for trouble in connection.troubles():
            log.warning("%s", trouble)
        return True

    def _new_connection(self, address: str) -> Connection:
        from mas.terminals.connection import Connection

        given = self._login_params or {}
        if self._profile is not None:
            return Connection.of_profile(self._profile, str(given.get("password") or ""))
        login = Login(self._account_number, str(given["password"]), self._server, timeout=_check_timeout(given))
        return Connection.to(address, login)

    def _close(self) -> None:
        connection, self._connection, self._simulated_open = self._connection, None, False
        if connection is None:
            return
        for symbol in sorted(self._books):
            try:
                connection.market_book_release(symbol)
            except BrokerError:
                log.debug("the market book of %s could not be released", symbol)
        self._books.clear()
        connection.shutdown()


def _address_of(profile: Profile | None) -> str | None:
    address = profile.terminal if profile is not None and profile.terminal else address_at_hand()
    return None if address is None or address.strip().lower() == SIMULATED else address


def _check_timeout(given: dict[str, Any]) -> int:
    """Milliseconds. Raises: ParameterError: that is no time to wait."""
    value = request.number(given, "timeout") if given.get("timeout") is not None else TIMEOUT
    if not 1 <= value <= LONGEST:
        raise ParameterError(f"timeout must be a number from 1 to {LONGEST}, not {value:g}")
    return int(value)
