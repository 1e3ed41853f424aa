"""What goes wrong with a real terminal, as data: symptom, usual cause, what to do.

Source: the errors of the MetaTrader5 package 5.0.6231, and what users of real terminals met (mt5.md, section 14).
"""

from __future__ import annotations

from typing import NamedTuple

from mas import constants as mt5
from mas.errors import BrokerError, ConnectionLost, Rejected


class Trouble(NamedTuple):
    """One way to fail; `cause` and `action` are clauses that a message strings together."""

    symptom: str
    cause: str
    action: str

    def sentence(self, detail: str = "") -> str:
        """`symptom (detail): cause. action.`"""
        shown = f" ({detail})" if detail else ""
        return f"{self.symptom}{shown}: {self.cause}. {self.action[0].upper()}{self.action[1:]}."


class Unreachable(ConnectionLost):
    """A function of the terminal failed for want of a connection; `code` is what `last_error` said."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class OutcomeUnknown(ConnectionLost):
    """A trade request may or may not have been carried out: look before sending it again."""


_SILENT = Trouble(
    "the terminal gave no answer",
    "it reported no reason",
    "look at the Experts and Journal tabs of the terminal",
)

_PIPE_BROKE = Trouble(
    "the connection to the terminal broke during a call",
    "the terminal was closed, restarted or updated itself",
    "wait for the terminal to be up again; a trade request on its way must be looked up before it is sent again",
)

LAST_ERRORS: dict[int, Trouble] = {
    mt5.RES_S_OK: _SILENT,
    mt5.RES_E_FAIL: Trouble(
        "the terminal could not do it",
        "a wrong symbol, history that is not loaded yet, or a request for more bars than its charts may hold",
        'check the symbol, ask again after a while, or raise "Max. bars in chart" in the terminal\'s options',
    ),
    mt5.RES_E_INVALID_PARAMS: Trouble(
        "the terminal refused a parameter",
        "a value has the wrong type or is out of range",
        "correct the value that the terminal names",
    ),
    mt5.RES_E_NO_MEMORY: Trouble(
        "the terminal ran out of memory",
        "too much history was asked for at once",
        "ask for shorter ranges",
    ),
    mt5.RES_E_NOT_FOUND: Trouble(
        "the terminal did not find it",
        "the symbol, order or position does not exist under that name or number",
        "check the name; brokers add suffixes such as EURUSD.sml",
    ),
    mt5.RES_E_INVALID_VERSION: Trouble(
        "the terminal and the MetaTrader5 package do not fit together",
        "one of them is older than the other accepts",
        "update both: the terminal by Help > Check for updates, the package by pip install -U MetaTrader5",
    ),
    mt5.RES_E_AUTH_FAILED: Trouble(
        "the login was refused",
        "a wrong account number, password or server name, an investor password, an expired account, or one that "
        "wants a one-time password or certificate",
        "check the three with the broker's e-mail and log in once by hand in the terminal; "
        "repeated wrong logins may lock the account, so nothing is retried",
    ),
    mt5.RES_E_UNSUPPORTED: Trouble(
        "the terminal does not support this function",
        "an old build",
        "update the terminal",
    ),
    mt5.RES_E_AUTO_TRADING_DISABLED: Trouble(
        "the terminal does not let Python trade",
        '"Disable automatic trading via the external Python API" is ticked',
        "untick it in Tools > Options > Expert Advisors",
    ),
    mt5.RES_E_INTERNAL_FAIL: _PIPE_BROKE,
    mt5.RES_E_INTERNAL_FAIL_SEND: _PIPE_BROKE,
    mt5.RES_E_INTERNAL_FAIL_RECEIVE: _PIPE_BROKE,
    mt5.RES_E_INTERNAL_FAIL_INIT: Trouble(
        "the terminal could not be started",
        "it is not installed, the path is wrong, or it is not the 64-bit one",
        "install MetaTrader 5 from the broker, or give the path of its terminal64.exe",
    ),
    mt5.RES_E_INTERNAL_FAIL_CONNECT: Trouble(
        "there is no connection to the terminal",
        "nobody has logged in yet, the terminal was closed, or another program shut the connection down",
        "start the terminal and call login",
    ),
    mt5.RES_E_INTERNAL_FAIL_TIMEOUT: Trouble(
        "the terminal did not answer in time",
        "it is still starting or updating, shows a dialog, or runs as another Windows user or as administrator",
        "start it by hand, close its dialogs, wait until quotes move, then try again",
    ),
}
"""What `last_error` says, by its code."""

LOST = frozenset(
    {
        mt5.RES_E_INTERNAL_FAIL,
        mt5.RES_E_INTERNAL_FAIL_SEND,
        mt5.RES_E_INTERNAL_FAIL_RECEIVE,
        mt5.RES_E_INTERNAL_FAIL_INIT,
        mt5.RES_E_INTERNAL_FAIL_CONNECT,
        mt5.RES_E_INTERNAL_FAIL_TIMEOUT,
    }
)
"""Codes of `last_error` that mean that the terminal cannot be reached; the others are its refusals."""

IN_DOUBT = frozenset({mt5.RES_E_INTERNAL_FAIL_SEND, mt5.RES_E_INTERNAL_FAIL_RECEIVE, mt5.RES_E_INTERNAL_FAIL_TIMEOUT})
"""Codes after which a trade request may have been carried out all the same."""

ACCOUNT_SWITCHED = Trouble(
    "the terminal is logged in to another account",
    "somebody switched accounts in the terminal, or another program did",
    "nothing was sent; log in to the account of this strategy again",
)
NO_BROKER_LINK = Trouble(
    "the terminal has no connection to the broker's server",
    "the network or the server is down; the terminal goes on showing old data",
    "look at the connection status at the lower right of the terminal",
)
NO_QUOTES = Trouble(
    "there is no quote for the symbol",
    "it is not in Market Watch, the market is closed, or the broker has stopped quoting it",
    "open its chart in the terminal and see whether the price moves",
)
ALGO_TRADING_OFF = Trouble(
    "automated trading is switched off in the terminal",
    "the Algo Trading button is off; a change of account or profile switches it off too",
    "press Algo Trading in the toolbar; it is green when on",
)
PYTHON_TRADING_OFF = LAST_ERRORS[mt5.RES_E_AUTO_TRADING_DISABLED]
ACCOUNT_MAY_NOT_TRADE = Trouble(
    "the account may not trade",
    "it was opened with the investor (read-only) password, or the broker has blocked it",
    "log in with the master password, or ask the broker",
)
BROKER_FORBIDS_EXPERTS = Trouble(
    "the broker does not allow automated trading on this account",
    "the server forbids experts",
    "ask the broker, or use another account",
)


def failure(call: str, last_error: tuple[int, str]) -> BrokerError:
    """The error to raise when a function of the terminal has failed.

    Args: call: the function's name. last_error: what the terminal said about it, read in the same thread at once.
    """
    code, text = last_error
    trouble = LAST_ERRORS.get(code, _SILENT)
    message = trouble.sentence(f"{call}: {code} {text}")
    return Unreachable(message, code) if code in LOST else Rejected(message, code)
