"""The two examples of the send_order page run as printed, with only the imports added that they forgot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mas.live import LiveLoop
from mas.terminals.connection import Connection
from tests.mas.live_terminal import LiveTerminal

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the documentation pages are not beside the repository")

FORGOTTEN = "from datetime import datetime\nfrom mas import mt5\n"


def example(number: int) -> str:
    """The n-th Python block of the page."""
    page = next(SEEDS.glob("*.txt")).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)[number]


def run(source: str) -> None:
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(source, "example", "exec"), names)
    names["main"]()  # type: ignore[operator]


def test_the_backtest_example_fills_and_pushes(monkeypatch, capsys, tmp_path):
    """No replay runs: the order fills at the newest bar of the history, and both callbacks are pushed."""
    monkeypatch.delenv("MAS_DATA", raising=False)
    monkeypatch.delenv("MAS_TERMINAL", raising=False)
    monkeypatch.setenv("MAS_STORE", str(tmp_path))
    run(example(1))
    printed = capsys.readouterr().out
    assert "receive_order_status: BT1" in printed
    assert "receive_order_execution: BT1" in printed
    assert printed.index("receive_order_status") < printed.index("receive_order_execution")
    assert "failed" not in printed


def test_the_live_example_without_a_terminal_says_why(monkeypatch, capsys, caplog):
    """Login succeeds on the simulated terminal; the real order fails with a clear reason, and nothing is raised."""
    monkeypatch.delenv("MAS_TERMINAL", raising=False)
    run(FORGOTTEN + example(0))
    assert "failed" not in capsys.readouterr().out
    assert "no MetaTrader 5 terminal is connected" in caplog.text


class _Here:
    """An opener of connections that finds a scripted terminal."""

    def __init__(self) -> None:
        self.terminal = LiveTerminal()

    def to(self, address, login, **options):
        return Connection(lambda: self.terminal, login, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))


def test_the_live_example_reaches_a_terminal(monkeypatch, capsys):
    """With a terminal at hand the same script sends the documented request: a limit order with its expiration."""
    here = _Here()
    monkeypatch.setenv("MAS_TERMINAL", "local")
    monkeypatch.setattr("mas.terminals.connection.Connection", here)
    monkeypatch.setattr("mas.client.core.LiveLoop", SynchronousLoop)
    run((FORGOTTEN + example(0)).replace("YOUR_ACCOUNT", "7").replace("YOUR_SERVER", "Demo"))
    (request,) = here.terminal.requests
    assert (request["action"], request["type"], request["symbol"]) == (5, 2, "EURUSD.sml")
    assert (request["price"], request["sl"], request["tp"], request["magic"]) == (1.12345, 1.12, 1.13, 888888)
    assert "receive_order_status:" in capsys.readouterr().out


class SynchronousLoop(LiveLoop):
    """Delivers at once, without a thread; it does not wait for the order to be filled."""

    def __init__(self, deliver):
        super().__init__(deliver, start=lambda run: self.step())
