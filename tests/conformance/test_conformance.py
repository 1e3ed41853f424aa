"""The numbered cases, against the simulated terminal in process and through the real mt5linux client."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from mas import constants as mt5
from tests.conformance import accounts, orders, retcodes, terms  # noqa: F401 - their cases register themselves
from tests.conformance.stage import CASES, Case, Stage
from tests.mt5linux_server import Mt5LinuxServer

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the plumbum that mt5linux pins
    from mt5linux import MetaTrader5

ALL = [CASES[number] for number in sorted(CASES)]
LEAST = 95
"""So many cases at least: a suite that is not found proves nothing."""


class Switch:
    """Stands where the MetaTrader5 module would, and passes everything on to the terminal of the case."""

    terminal: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.terminal, name)


@pytest.fixture(scope="module")
def remote() -> Iterator[tuple[Switch, MetaTrader5]]:
    """One server and one client for all cases."""
    switch = Switch()
    server = Mt5LinuxServer(switch)
    client = MetaTrader5(host="127.0.0.1", port=server.port)
    yield switch, client
    client._MetaTrader5__conn.close()
    server.stop()


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_in_process(case: Case) -> None:
    """The terminal's functions called directly."""
    terminal = case.terminal()
    case.play(Stage(terminal, terminal))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_through_mt5linux(case: Case, remote: tuple[Switch, MetaTrader5]) -> None:
    """The same assertions on what a third-party client gets over its own protocol."""
    switch, client = remote
    switch.terminal = case.terminal()
    case.play(Stage(client, switch.terminal))


def test_the_suite_is_complete() -> None:
    """Every case is there, has a docstring, and every code that the simulator can give is asked for."""
    assert len(ALL) >= LEAST
    assert all(case.play.__doc__ for case in ALL)
    from mas.terminals.simulated.validation import COMMENTS

    accepted = {mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_PLACED, mt5.TRADE_RETCODE_CANCEL}
    words = " ".join(str(case.play.__doc__) for case in ALL)
    assert {code for code in COMMENTS if str(code) not in words} <= accepted
