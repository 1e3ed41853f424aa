"""Which terminal to talk to, by its address, and how to get hold of it.

    local                      the MetaTrader5 package, beside the terminal on Windows
    mt5linux://host:port       an mt5linux server, which runs beside a terminal under Wine or on a Windows machine

Without an address: the one in the environment variable MAS_TERMINAL, else "local" if the MetaTrader5 package is there.
Both packages are imported on first use only.
"""

from __future__ import annotations

import logging
import os
import socket
import warnings
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from mas.errors import ConnectionLost, ParameterError
from mas.terminals.remote import RemoteTerminal, hang_up

log = logging.getLogger("mas")

ADDRESS_VARIABLE = "MAS_TERMINAL"
LOCAL = "local"
SCHEME = "mt5linux"
PORT = 18812
"""The port of an rpyc classic server."""

_KNOCK = 5.0  # seconds that a server may take to accept a connection

NO_PACKAGE = (
    "no MetaTrader 5 terminal can be reached from this Python: the MetaTrader5 package is not installed. "
    "On Windows: pip install MetaTrader5, and start the terminal. Elsewhere: pip install 'nl2strat[mt5linux]', start "
    f"an mt5linux server beside a terminal, and set {ADDRESS_VARIABLE}=mt5linux://host:{PORT}"
)
NO_MT5LINUX = "to reach {where}, the mt5linux package is needed: pip install 'nl2strat[mt5linux]'"
MT5LINUX_TOO_NEW = (
    "this mt5linux starts a container of its own instead of connecting to {where}: pip install 'mt5linux<1.1'"
)
NOBODY_THERE = (
    "nothing answers at {where} ({why}). Start an mt5linux server there, in the Python that has the MetaTrader5 "
    "package (on Windows or under Wine): python -m mt5linux --host 127.0.0.1 -p {port}"
)
OTHER_PROTOCOL = (
    "what answers at {where} does not speak this rpyc ({why}). Both sides need the same main version of rpyc: "
    "mt5linux 1.0.4 and later come with rpyc 6, older ones with rpyc 5 (pip install 'mt5linux<1')"
)
NO_PACKAGE_THERE = (
    "the Python that serves {where} has no MetaTrader5 package: pip install MetaTrader5 in that Python, "
    "which must be a Windows one (Wine will do)"
)


def address_at_hand() -> str | None:
    """The address of the terminal that this machine is set up for; None if there is none."""
    given = os.environ.get(ADDRESS_VARIABLE, "").strip()
    return given or (LOCAL if find_spec("MetaTrader5") is not None else None)


def open_terminal(address: str | None = None) -> Any:
    """A module, or what acts as one, with the functions of MetaTrader5; not yet initialised.

    Raises: ConnectionLost: it cannot be reached; the message says what to install or start.
        ParameterError: the address is none.
    """
    address = (address or address_at_hand() or LOCAL).strip()
    if address.lower() == LOCAL:
        return _package()
    host, port = parse_address(address)
    return _mt5linux(host, port)


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of "mt5linux://host:port".

    Raises: ParameterError: it does not look like that.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        parts, host, port = None, None, 0
    if parts is None or parts.scheme != SCHEME or not host or parts.path.strip("/"):
        raise ParameterError(f'a terminal is "{LOCAL}" or "{SCHEME}://host:{PORT}", not "{address}"')
    return host, port


def _package() -> Any:
    try:
        import MetaTrader5
    except ImportError as error:
        raise ConnectionLost(NO_PACKAGE) from error
    return MetaTrader5


def _mt5linux(host: str, port: int) -> RemoteTerminal:
    where = f"{SCHEME}://{host}:{port}"
    client_class = _client_class(where)
    if host not in ("localhost", "127.0.0.1", "::1"):
        log.warning("%s is another machine: mt5linux neither encrypts nor asks who calls; use an SSH tunnel", where)
    try:  # a knock first: the client would wait for minutes on a machine that drops packets
        socket.create_connection((host, port), timeout=_KNOCK).close()
    except OSError as error:
        raise ConnectionLost(NOBODY_THERE.format(where=where, why=error, port=port)) from None
    client = client_class.__new__(client_class)  # in two steps, to have something to hang up if the second one fails
    try:
        client.__init__(host=host, port=port)
        return RemoteTerminal(client, where)
    except (EOFError, OSError, ValueError, IndexError) as error:
        hang_up(client)
        raise ConnectionLost(OTHER_PROTOCOL.format(where=where, why=str(error).partition("\n")[0])) from error
    except ImportError as error:
        hang_up(client)
        raise ConnectionLost(NO_PACKAGE_THERE.format(where=where)) from error


def _client_class(where: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of the plumbum that mt5linux pins
            import mt5linux
    except (ImportError, SyntaxError) as error:  # mt5linux 1.1 is written in Python 3.12's syntax
        text = MT5LINUX_TOO_NEW if isinstance(error, SyntaxError) else NO_MT5LINUX
        raise ConnectionLost(text.format(where=where)) from error
    if find_spec("mt5linux._runtime") is not None:
        raise ConnectionLost(MT5LINUX_TOO_NEW.format(where=where))
    return mt5linux.MetaTrader5
