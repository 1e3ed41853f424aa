"""A user with approved strategies, some bars and an empty library, in a folder of its own."""

from __future__ import annotations

import atexit
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mas.bars import Bars
from mas.data import sample_bars
from mas.trading.inputs import Command
from nl2strat.cli import main
from nl2strat.deploy.folders import RunFolder
from nl2strat.library.store import Library
from tests.mt5linux_server import serving
from tests.nl2strat.deploy.brokers import Broker
from tests.nl2strat.deploy.paper_runs import write_bars

PROGRAM = """strategy "Rising"
symbol EURUSD
timeframe H1
enter long when close crosses above sma(close, 8)
  stop 20 pips
  target 30 pips
end
end strategy
"""
COUNT, SHORT = 200, 110
"""Bars of a recording, and of a broker's market."""
_approvals = Path(tempfile.mkdtemp(prefix="nl2strat-approvals-"))
"""Data folders with nothing but an approval, as `nl2strat approve` leaves them."""
atexit.register(shutil.rmtree, _approvals, ignore_errors=True)


class User:
    """What a user has and does."""

    def __init__(self, folder: Path, bars: Bars) -> None:
        self.folder, self.home, self.bars = folder, folder / "home", bars
        self.recording = str(write_bars(bars, folder / "EURUSD_H1.csv"))

    def write(self, name: str, program: str) -> str:
        """A file with a program."""
        (self.folder / name).write_text(program)
        return name

    def approved(self, name: str = "rising.strat", program: str = PROGRAM) -> str:
        """The name of a file with a strategy that has been approved. The first approval of a home is made once."""
        kept = _approvals / hashlib.sha256(f"{name} {program} {len(self.bars)}".encode()).hexdigest()[:16]
        first, file = not self.home.exists(), self.write(name, program)
        if first and kept.exists():
            shutil.copytree(kept, self.home)
            return name
        code, told = self.does("approve", file, "--data", self.recording, "--yes", "--who", "ann")
        assert code == 0, told
        if first:
            shutil.copytree(self.home, kept)
        return name

    def does(self, *arguments: str) -> tuple[int, Any]:
        """A command in this process. Returns: its exit code and its JSON."""
        target = self.folder / "out.json"
        target.unlink(missing_ok=True)
        code = main([*arguments, "--json", str(target)])
        return code, json.loads(target.read_text())

    def fails(self, *arguments: str) -> tuple[int, str]:
        """A command that must fail. Returns: its exit code, and what it said."""
        code, told = self.does(*arguments)
        assert code != 0, told
        return code, told["errors"][0]["message"]

    def library(self) -> Library:
        return Library.open()

    def folder_of(self, run: str) -> RunFolder:
        library = self.library()
        try:
            return RunFolder(library.folder / library.run(run).folder)
        finally:
            library.close()

    def tell_all(self, name: str) -> None:
        """Leave a command for every run there is."""
        for folder in (self.home / "runs").iterdir():
            RunFolder(folder).command(Command(name, "test"))

    def log(self, run: str) -> list[dict[str, Any]]:
        """The lines of a run's log."""
        return [json.loads(line) for line in (self.folder_of(run).path / "log.jsonl").read_text().splitlines()]


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MAS_PROFILES", str(tmp_path / "profiles.toml"))
    monkeypatch.delenv("NL2STRAT_PASSWORD", raising=False)
    monkeypatch.chdir(tmp_path)
    bars = sample_bars("EURUSD", "H1")
    yield User(tmp_path, bars[:COUNT])
    logging.getLogger("nl2strat").handlers.clear()


@pytest.fixture
def broker_at(user: User) -> Iterator[Callable[..., tuple[Broker, str]]]:
    """Makes brokers, each served at an address; their market's end stops every run."""
    closing: list[Callable[[], Any]] = []

    def made(bars: Bars | None = None, **options: Any) -> tuple[Broker, str]:
        folder = user.folder / f"broker{len(closing)}"
        folder.mkdir()
        broker = Broker(bars or user.bars[:SHORT], folder, **{"then": lambda: user.tell_all("stop"), **options})
        server = serving(broker)
        address = server.__enter__().address
        closing.extend([lambda: server.__exit__(None, None, None), broker.close])
        return broker, address

    yield made
    for close in closing:
        close()
