"""Who may trade where: an app asks for account, password and server, or takes them from the environment."""

from __future__ import annotations

import argparse
import os
import sys
from getpass import getpass
from typing import TYPE_CHECKING

from mas.secrecy import keep
from nl2strat.deploy.terminals import PASSWORD, Place, check_account, is_real
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from mas.terminals.connection import Connection

ACCOUNT, SERVER = "NL2STRAT_ACCOUNT", "NL2STRAT_SERVER"


def open_account(place: Place, options: argparse.Namespace) -> Connection:
    """A connection to the terminal, logged in to the account that is meant.

    Raises: UsageError: something is missing and nobody can be asked, or the account is real and that was not confirmed.
        BrokerError: the terminal cannot be reached, or refuses.
    """
    from mas.terminals.connection import Connection
    from mas.terminals.link import Login

    account = _number(options)
    server = options.server or os.environ.get(SERVER, "").strip()
    password = os.environ.get(PASSWORD, "")
    if not account and _can_ask():
        account = _asked_number("Account number (empty: the one that the terminal is logged in to): ")
    login = Login()
    if account:
        server = server or _asked("Server: ", SERVER)
        password = password or _asked("Password (not shown): ", PASSWORD, secret=True)
        login = Login(account, keep(password), server)
    connection = Connection.to(place.address, login)
    connection.connect()
    try:
        _confirm(connection, account, live=options.live)
    except BaseException:
        connection.shutdown()
        raise
    return connection


def _confirm(connection: Connection, account: int, *, live: bool) -> None:
    found = connection.account_info()
    if is_real(found) and not (live and account) and _can_ask():
        print(f"Account {found.login} on {found.server} is REAL: its money is yours.", file=sys.stderr)
        typed = _asked_number("Type its number to trade on it: ")
        check_account(found, live=True, typed=typed)
        return
    check_account(found, live=live, typed=account or None)


def _number(options: argparse.Namespace) -> int:
    text = os.environ.get(ACCOUNT, "").strip()
    if options.account:
        return int(options.account)
    if text and not text.isdigit():
        raise UsageError(f"{ACCOUNT} is the number of an account, not {text!r}")
    return int(text or 0)


def _can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _asked_number(question: str) -> int:
    text = _asked(question, ACCOUNT)
    if text and not text.isdigit():
        raise UsageError(f"an account is a number, not {text!r}")
    return int(text or 0)


def _asked(question: str, variable: str, *, secret: bool = False) -> str:
    """An answer. Raises: UsageError: nobody is there to give one."""
    if not _can_ask():
        raise UsageError(f"nobody can be asked here: set {variable}")
    if secret:
        return keep(getpass(question))
    print(question, end="", file=sys.stderr, flush=True)
    return input().strip()
