"""A terminal on another machine, or under Wine, by way of PyPI's `mt5linux`: the MetaTrader5 module as if it were here.

`mt5linux` sends each call as Python text to an rpyc server beside the terminal and hands back references into that
process: every field of every tuple then costs a round trip, whole numbers are refused as dates, and the error of a
call is asked for later. So its `execute` puts one small function on the server that does call, error and packing in
one trip; what comes back are plain values, unpacked here into our own tuples and arrays.

A link that breaks looks like the module's own broken pipe: the failure value, and `last_error` tells.
"""

from __future__ import annotations

import logging
from ast import literal_eval
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from mas import constants as mt5
from mas.terminals.localise import struct

log = logging.getLogger("mas")

BOOLEAN = frozenset(["initialize", "login", "shutdown", "symbol_select", "market_book_add", "market_book_release"])
"""Functions that answer False when they fail; the others answer None."""

_ANSWERING = """
version terminal_info account_info symbols_total symbols_get symbol_info symbol_info_tick market_book_get
copy_rates_from copy_rates_from_pos copy_rates_range copy_ticks_from copy_ticks_range orders_total orders_get
positions_total positions_get history_orders_total history_orders_get history_deals_total history_deals_get
order_check order_send order_calc_margin order_calc_profit
"""
FUNCTIONS = BOOLEAN | frozenset(_ANSWERING.split())
"""The functions of the MetaTrader5 module, but for `last_error`."""

_ON_THE_SERVER = '''
nan, inf = float("nan"), float("inf")

def _mas_packed(value, kinds):
    """Plain values only: rpyc sends those whole and everything else as a reference."""
    if isinstance(value, (tuple, list)):
        items = tuple(_mas_packed(item, kinds) for item in value)
        if not hasattr(value, "_asdict"):
            return ("tuple", items)
        kind = type(value).__name__
        kinds.setdefault(kind, tuple(value._asdict()))
        return (kind, items)
    if getattr(value, "shape", ()) != ():
        layout = value.dtype.descr if value.dtype.names else value.dtype.str
        return ("array", repr(layout), value.tobytes())
    return value.item() if hasattr(value, "dtype") else value

def _mas_call(name, args, kwargs):
    kinds = {}
    packed = _mas_packed(getattr(mt5, name)(*args, **kwargs), kinds)
    code, text = mt5.last_error()
    return packed, tuple(kinds.items()), (int(code), str(text))
'''


class RemoteTerminal:
    """The functions and constants of the MetaTrader5 module, carried out by an `mt5linux` server.

    Args: client: a connected `mt5linux.MetaTrader5`. where: its address, for messages.
    """

    def __init__(self, client: Any, where: str) -> None:
        self._client: Any = client
        self._where = where
        self._error = (mt5.RES_S_OK, "Success")
        client.execute(_ON_THE_SERVER)

    def __getattr__(self, name: str) -> Any:
        """A function of the module, or one of its constants."""
        if name in FUNCTIONS:
            return partial(self._call, name)
        if name.isupper() and hasattr(mt5, name):
            return getattr(mt5, name)
        raise AttributeError(f"the MetaTrader5 module has no {name!r}")

    def last_error(self) -> tuple[int, str]:
        """Code and text of the latest call; (1, "Success") if it went well."""
        return self._error

    def close(self) -> None:
        """Hang up; the terminal itself stays as it is. Not in the MetaTrader5 module."""
        client, self._client = self._client, None
        hang_up(client)

    def _call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        failed = False if name in BOOLEAN else None
        if self._client is None:
            self._error = (mt5.RES_E_INTERNAL_FAIL_CONNECT, f"No IPC connection (link to {self._where} is down)")
            return failed
        text = f"_mas_call({name!r}, {_sendable(args)!r}, {_sendable(kwargs)!r})"
        try:
            packed, kinds, self._error = self._client.eval(text)
        except (EOFError, OSError) as error:  # a closed socket, a refused one, rpyc's own timeout
            log.warning("link to %s lost in %s: %s", self._where, name, str(error).partition("\n")[0])
            self.close()
            self._error = (mt5.RES_E_INTERNAL_FAIL_RECEIVE, f"IPC recv failed (link to {self._where} lost)")
            return failed
        except TypeError as error:  # rpyc adds the server's traceback to the text
            raise TypeError(str(error).partition("\n")[0]) from None
        return _unpacked(packed, dict(kinds))


def hang_up(client: Any) -> None:
    """Close the connection of an `mt5linux` client, which has no function for that; also of one half made."""
    connection = getattr(client, "_MetaTrader5__conn", None)
    if connection is not None:
        connection.close()


def _sendable(value: Any) -> Any:
    """A value whose repr the server can evaluate to the same value.

    Dates become seconds, as the module makes them itself (a naive one is this machine's local time).
    Raises: TypeError: the value is of no type that a terminal takes.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime):
        return value.timestamp()
    if value is None or isinstance(value, bool):
        return value
    for plain in (int, float, str):
        if isinstance(value, plain):
            return plain(value)
    if isinstance(value, tuple | list):
        return tuple(_sendable(item) for item in value)
    if isinstance(value, Mapping):
        return {str(key): _sendable(item) for key, item in value.items()}
    raise TypeError(f"a terminal takes no {type(value).__name__}")


def _unpacked(packed: Any, kinds: dict[str, tuple[str, ...]]) -> Any:
    if not isinstance(packed, tuple):
        return packed
    kind, content = packed[0], packed[1]
    if kind == "array":
        return np.frombuffer(packed[2], dtype=_layout(content)).copy()
    items = [_unpacked(item, kinds) for item in content]
    return tuple(items) if kind == "tuple" else struct(kind, kinds[kind], items)


def _layout(text: str) -> np.dtype[Any]:
    """The dtype of an array from its description, as numpy writes it: a list of (name, type) or one type."""
    layout: np.dtype[Any] = np.dtype(literal_eval(text))
    return layout
