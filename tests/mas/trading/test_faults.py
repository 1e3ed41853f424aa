"""A terminal that misbehaves in every way at once: nothing is sent twice, nothing is lost, the books agree."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from mas import constants as mt5
from mas.errors import ConnectionLost
from mas.terminals.connection import Connection
from mas.terminals.paper import PaperTerminal
from mas.trading.direct import DirectChannel
from mas.trading.journal import INTENT, OUTCOME, Journal
from mas.trading.journaled import JournaledChannel
from tests.mas.trading.misbehaving import Clock, Misbehaving
from tests.mas.trading.runs import MAGIC, Rule, walk

FAR = 2**31 - 1
SETTLE = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Longer than the terminal does things late, and then shows them late."""


@pytest.fixture
def folder():
    """In memory where there is such a folder: what is tested here is not the disk."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield made
    shutil.rmtree(made)


class Trouble:
    """A run through a connection to a terminal that misbehaves."""

    def __init__(self, folder: Path, bars: int, seed: int, share: float = 0.2) -> None:
        self.clock = Clock()
        self.paper = PaperTerminal(walk(bars, seed), folder / "account.sqlite")
        self.paper.initialize()
        self.paper.advance()
        self.terminal = Misbehaving(self.paper, seed, self.clock, share=share)
        self.terminal.quiet = True
        connection = Connection(lambda: self.terminal, waits=(0.0,) * 20, retry_waits=(0.0,) * 3, lookup_waits=(0.0,))
        connection.connect()
        waiting = {"settle": SETTLE, "clock": self.clock, "pause": self.clock.wait}
        direct = DirectChannel(connection, "EURUSD", "H1", MAGIC, late=1e9, **waiting)
        self.journal = Journal(folder / "journal.sqlite", {"id": "f1"})
        self.channel = JournaledChannel(direct, self.journal, **waiting)
        self.rule = Rule(self.channel)
        self.channel.start(0)
        self.terminal.quiet = False

    def run(self) -> None:
        while True:
            try:
                item = self.channel.next(0.0)
            except ConnectionLost:
                self.clock.wait(1.0)
                continue
            if item is not None:
                self.rule.take(item)
                continue
            self.clock.wait(5.0)
            if self.paper.over:
                return
            self.paper.advance()

    def settle(self) -> None:
        """Let everything that is late happen, and be seen."""
        self.terminal.quiet = True
        self.clock.wait(10.0)
        while (item := self.channel.next(0.0)) is not None:
            self.rule.take(item)

    def disagreements(self) -> list[str]:
        """Where the account, the journal and what the rule knows differ."""
        asked = [e.data for e in self.journal.entries() if e.kind == INTENT]
        answered = [e.data for e in self.journal.entries() if e.kind == OUTCOME]
        orders = [*self.paper.history_orders_get(0, FAR), *self.paper.orders_get()]
        own = [o for o in orders if o.comment.startswith("n2-")]
        ids = Counter(o.comment.split()[0] for o in own)
        made, clear = {e["outcome"]["order"] for e in answered}, {e["number"] for e in answered}
        exits = [d for d in self.paper.history_deals_get(0, FAR) if d.entry == mt5.DEAL_ENTRY_OUT]
        account = {(d.position_id, d.volume, d.price, d.time, d.profit) for d in exits}
        found = {
            "requests without an outcome": [e["number"] for e in asked if e["number"] not in clear],
            "made twice": [name for name, count in ids.items() if count > 1],
            "unknown to the journal": [o.ticket for o in own if o.ticket not in made],
            "lost": sorted(made - {0} - {o.ticket for o in orders}),
            "open": sorted({p.identifier for p in self.paper.positions_get()} ^ set(self.rule.open)),
            "waiting": sorted({o.ticket for o in self.paper.orders_get()} ^ set(self.rule.waiting)),
            "closed": sorted(account ^ set(self.rule.closed)),
            "told twice": [key for key, count in Counter(self.rule.closed).items() if count > 1],
        }
        return [f"{what}: {which}" for what, which in found.items() if which]


def check(folder: Path, bars: int, seed: int) -> Trouble:
    trouble = Trouble(folder, bars, seed)
    trouble.run()
    trouble.settle()
    assert trouble.disagreements() == []
    trouble.paper.close()
    trouble.journal.close()
    return trouble


def test_300_orders_through_every_kind_of_trouble(folder):
    trouble = check(folder, 230, 3)
    assert trouble.rule.channel._number > 300
    assert trouble.terminal.faults.keys() >= {
        "refused", "own fault", "not sent", "lost before", "lost after", "lost late", "timeout before", "timeout after",
        "timeout late", "placed", "placed late", "breaks", "shown late", "positions_get", "history_deals_get",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_orders_each_through_every_kind_of_trouble(folder, seed):
    assert check(folder, 750, seed).rule.channel._number > 1000
