"""Where a strategy may be put to work, and how that is opened: on paper, or on a MetaTrader 5 terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas.errors import DataError, ParameterError
from mas.secrecy import keep
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.profiles import Profile
    from mas.symbols import SymbolSpec
    from mas.terminals.connection import Connection
    from mas.terminals.paper import FedTerminal, PaperTerminal
    from mas.terminals.structs import AccountInfo

PAPER, LOCAL = "paper", "mt5"
PASSWORD = "NL2STRAT_PASSWORD"
"""The environment variable with the account's password, where no profile and no open terminal has it."""

ACCOUNT_FILE = "account.sqlite"


@dataclass(frozen=True)
class Place:
    """What `--on` says."""

    text: str
    """ "paper", "mt5", or "mt5linux://host:port"."""

    def __post_init__(self) -> None:
        if self.text not in (PAPER, LOCAL):
            from mas.terminals.opening import parse_address

            try:
                parse_address(self.text)
            except ParameterError:
                raise UsageError(
                    f'--on {self.text}: a strategy runs on "{PAPER}", "{LOCAL}" (the MetaTrader 5 terminal of this '
                    'machine) or "mt5linux://host:port"'
                ) from None

    @property
    def is_paper(self) -> bool:
        """Whether no money is at stake, whatever the account says."""
        return self.text == PAPER

    @property
    def address(self) -> str:
        """As `mas.terminals.opening` has it."""
        return "local" if self.text == LOCAL else self.text


def open_paper(folder: Path, options: Mapping[str, Any], symbol: str, timeframe: str) -> PaperTerminal:
    """The paper account of a run, where it stood when its last process ended.

    Args: folder: of the run. options: of the run: `replay` (a file of bars), `timezone`, `speed` (None: as fast as it
        goes), `begin` (epoch seconds: bars before are history), and the terms of the account under `account`.
    Its clock stands still until the strategy waits for its first bar, however long it takes to begin.
    Raises: DataError: no such bars, or longer ones than the strategy's.
    """
    from mas.terminals.paper import PaperTerminal

    bars = recording(options, symbol, timeframe)
    terms = account_terms(options.get("account", {}), bars)
    terminal = PaperTerminal(bars, folder / ACCOUNT_FILE, speed=options.get("speed"), **terms)
    terminal.hold()
    begin = options.get("begin")
    if begin is not None and terminal.time < begin:
        terminal.play_until(int(begin))
    return terminal


def open_fed(folder: Path, options: Mapping[str, Any], symbol: str) -> FedTerminal:
    """The paper account of a run whose market is that of a real terminal (`quotes`: its address).

    Closing it lets go of that terminal, too.

    Raises: as `connect`; UsageError: terms that only a recording can have.
    """
    from mas.history import spec_of
    from mas.terminals.paper import FedTerminal

    given = options.get("account", {})
    if given.get("spread") is not None:
        raise UsageError("--spread is for recorded bars; with --quotes the spread is that of the terminal")
    source = connect(Place(options["quotes"]), profile=options.get("profile", ""))

    class Fed(FedTerminal):
        def close(self) -> None:
            super().close()
            source.shutdown()

    try:
        source.symbol_select(symbol, True)
        terms = terms_for(given, spec_of(symbol, source.symbol_info(symbol)))
        del terms["spread"]
        interval = min(0.5, options.get("interval") or 0.5)
        return Fed(source, symbol, folder / ACCOUNT_FILE, interval=interval, **terms)
    except BaseException:
        source.shutdown()
        raise


def recording(options: Mapping[str, Any], symbol: str, timeframe: str) -> Bars:
    """The recorded bars that a run plays, those of the strategy's timeframe or shorter ones. Raises: DataError."""
    from mas.data import read_bars
    from mas.symbols import symbol_spec
    from mas.timeframes import TIMEFRAMES

    bars = read_bars(options["replay"], symbol=symbol, timezone=options.get("timezone"))
    if TIMEFRAMES[bars.timeframe] > TIMEFRAMES[timeframe]:
        raise DataError(
            f"{options['replay']} has {bars.timeframe} bars, and the strategy runs on {timeframe}: give shorter bars"
        )
    if bars.symbol != symbol:
        bars = replace(bars, symbol=symbol, spec=symbol_spec(symbol, bars.spec.digits, bars.spec.point))
    return bars


def account_terms(given: Mapping[str, Any], bars: Bars) -> dict[str, Any]:
    """The settings of a simulated account for some bars, from the options that a backtest has.

    Args: given: of `nl2strat.settings.settings_of`.
    """
    return terms_for(given, bars.spec)


def terms_for(given: Mapping[str, Any], spec: SymbolSpec) -> dict[str, Any]:
    """The same for a symbol."""
    from nl2strat.settings import settings_of

    settings = settings_of(**{**given, "account": Path(given["account"])} if given.get("account") else given)
    return {
        "deposit": settings.deposit, "leverage": settings.leverage, "spread": settings.spread,
        "currency": settings.currency, "account": settings.account_terms, "terms": settings.symbol_terms(spec),
    }  # fmt: skip


def connect(place: Place, account: int = 0, server: str = "", profile: str = "") -> Connection:
    """A connection to a terminal, made. The password is that of the profile's keyring entry, or NL2STRAT_PASSWORD.

    Raises: ConnectionLost, Rejected: it cannot be reached, or refuses. ParameterError: no such profile.
    """
    from mas.profiles import read_profile
    from mas.terminals.connection import Connection
    from mas.terminals.link import Login

    password = keep(os.environ.get(PASSWORD, ""))
    if profile:
        chosen = _at(read_profile(profile), place)
        if account and account != chosen.account:
            raise UsageError(f"--account {account}: the profile {profile} is of account {chosen.account}")
        connection = Connection.of_profile(chosen, password)
    else:
        login = Login(account, password, server) if password else Login()
        connection = Connection.to(place.address, login)
    connection.connect()
    return connection


def _at(profile: Profile, place: Place) -> Profile:
    """The profile, for the terminal that was named. Raises: UsageError: it is of another one."""
    if profile.terminal and profile.terminal != place.address:
        raise UsageError(
            f"--on {place.text}: the profile {profile.name} is of the terminal {profile.terminal}; name that one, or "
            "give another profile"
        )
    return replace(profile, terminal=place.address)


def is_real(account: AccountInfo) -> bool:
    """Whether the account's money is real: neither a demo nor a contest."""
    return account.trade_mode == mt5.ACCOUNT_TRADE_MODE_REAL


def check_account(account: AccountInfo, *, live: bool, typed: int | None) -> None:
    """Whether this account may be traded on.

    Args: live: the user has said `--live`. typed: the account number that was typed.
    Raises: UsageError: it is real and not everything agrees, or it is another account than the one that was typed.
    """
    if typed is not None and typed != account.login:
        raise UsageError(
            f"the terminal is logged in to account {account.login} on {account.server}, not to {typed}: "
            "log in to the right one, or type its number"
        )
    if not is_real(account):
        return
    if not live:
        raise UsageError(
            f"account {account.login} on {account.server} is real: its money is yours. Say --live and --account "
            f"{account.login} if that is meant"
        )
    if typed is None:
        raise UsageError(f"account {account.login} on {account.server} is real: type its number with --account")
