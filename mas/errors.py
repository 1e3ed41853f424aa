"""Every error of the project descends from one root.

    MasError
    ├── DataError            bad or missing market data (file, row)
    ├── ParameterError       a wrong argument; also a ValueError
    ├── BrokerError          the terminal said no
    │   ├── Rejected         a request was refused, with MetaTrader's retcode
    │   └── ConnectionLost   the terminal cannot be reached
    └── Nl2StratError        (nl2strat/errors.py)

A message says what was wrong, where, and what to do. The class decides whether to retry, skip or stop.
"""

from __future__ import annotations


class MasError(Exception):
    """Root of all errors a user may see."""


class DataError(MasError):
    """Market data is missing, unreadable or inconsistent."""


class ParameterError(MasError, ValueError):
    """An argument has the wrong type or value; the message names it."""


class BrokerError(MasError):
    """The terminal did not do what it was asked."""


class Rejected(BrokerError):
    """A trade request was refused.

    Args: message: what and why. retcode: MetaTrader's return code.
    """

    def __init__(self, message: str, retcode: int) -> None:
        super().__init__(message)
        self.retcode = retcode


class ConnectionLost(BrokerError):
    """The terminal cannot be reached."""
