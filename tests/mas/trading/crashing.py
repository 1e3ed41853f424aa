"""A run that is killed: real processes, real signals, at a named step of an order's way or at any time.

Each process opens the folder of the run (account on paper, journal), handles again what the journal holds, goes on, and
dies at the step it was given. Nothing in the product knows of this: journal, terminal and lookup are wrapped here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mas.trading.journaled as journaled
from mas import constants as mt5
from mas.terminals.paper import PaperTerminal
from mas.trading.direct import DirectChannel
from mas.trading.journal import INTENT, OUTCOME, Journal
from mas.trading.journaled import JournaledChannel
from mas.trading.recovery import Lookup
from mas.trading.session import LiveSession
from nl2strat.codegen.load import load
from nl2strat.codegen.render import render
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from tests.mas.trading.runs import walk

PROGRAM = """strategy "crossings"
symbol EURUSD
timeframe H1

enter long when sma(close, 3) crosses above sma(close, 8)
  stop 25 pips
  target 30 pips
  trail 20 pips after 10 pips
  close after 12 bars
end

enter short when sma(close, 3) crosses below sma(close, 8)
  stop 25 pips
  breakeven after 10 pips
end

enter long when rsi(5) < 30
  place limit at close - 5 pips
  valid for 4 bars
  stop 15 pips
  target 15 pips
end
end strategy
"""
STEPS = (
    "before intent", "after intent", "before send", "after send", "before outcome", "after outcome", "before input",
    "after input", "before lookup", "after lookup",
)  # fmt: skip
"""Where a process can be killed; a lookup happens where another was killed before there was an outcome."""
SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.mas.trading.crashing"])
_WAIT = 60.0


@dataclass
class Fate:
    """Kills the process when it comes to a step for the n-th time."""

    step: str = ""
    number: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def at(self, step: str) -> None:
        self.seen[step] += 1
        if step == self.step and self.seen[step] == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalJournal(Journal):
    """A journal whose process may die before and after each entry."""

    fate = Fate()

    def append(self, kind: str, data: Mapping[str, Any], *, durable: bool = True) -> None:
        self.fate.at(f"before {kind}")
        super().append(kind, data, durable=durable)
        self.fate.at(f"after {kind}")


class MortalTerminal:
    """A terminal whose client may die before and after it sends."""

    def __init__(self, paper: PaperTerminal, fate: Fate) -> None:
        self._paper, self._fate = paper, fate

    def order_send(self, request: Any) -> Any:
        self._fate.at("before send")
        answer = self._paper.order_send(request)
        self._fate.at("after send")
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._paper, name)


def mortal_lookup(fate: Fate) -> Callable[..., Lookup]:
    class Mortal(Lookup):
        def answer(self, intent: Any) -> Any:
            fate.at("before lookup")
            found = super().answer(intent)
            fate.at("after lookup")
            return found

    return Mortal


def source() -> str:
    """The strategy's Python file."""
    return render(check(parse_program(PROGRAM)).program)


def play(folder: Path, code: str, bars: int, step: str = "", number: int = 0) -> None:
    """The life of one process: to the end of the recording, or of its own."""
    fate = Fate(step, number)
    MortalJournal.fate = fate
    journaled.Lookup = mortal_lookup(fate)  # type: ignore[misc,assignment]
    recording = walk(bars)
    paper = PaperTerminal(recording, folder / "account.sqlite")
    paper.initialize()
    if paper.time == recording.time[0]:
        paper.advance()
    strategy = load(code)(toggle=False)
    direct = DirectChannel(
        MortalTerminal(paper, fate), "EURUSD", "H1", strategy.magic, settle=(0.0,), pause=paper.wait, late=1e9
    )
    journal = MortalJournal(folder / "journal.sqlite", {"id": "k1"})
    channel = JournaledChannel(direct, journal, settle=(0.0,), pause=lambda seconds: None)
    session = LiveSession(strategy, channel)
    while (item := channel.next(0.001)) is not None or not paper.over:
        if item is not None:
            session.take(item)


def one_life(folder: Path, code: str, bars: int, step: str = "", number: int = 0, seconds: float | None = None) -> int:
    """Run one process. Args: seconds: kill it from outside after so long. Returns: its exit code, 0 at the end."""
    process = SPAWN.Process(target=play, args=(folder, code, bars, step, number))
    process.start()
    process.join(_WAIT if seconds is None else seconds)
    if process.is_alive():
        process.kill()
        process.join()
        assert seconds is not None, "the process hangs"
    code_ = process.exitcode
    assert code_ in (0, -signal.SIGKILL), f"the process has failed with {code_}"
    return code_ or 0


def trace(folder: Path, bars: int) -> dict[str, Any]:
    """What a run has left behind: the account's books, and what its journal says was asked and answered."""
    paper = PaperTerminal(walk(bars), folder / "account.sqlite")
    paper.initialize()
    far = 2**31 - 1
    books = {
        "balance": paper.account_info().balance, "deals": paper.history_deals_get(0, far),
        "orders": paper.history_orders_get(0, far), "open": paper.positions_get(), "waiting": paper.orders_get(),
        "over": paper.over,
    }  # fmt: skip
    paper.close()
    journal = Journal(folder / "journal.sqlite")
    asked = [entry.data for entry in journal.entries() if entry.kind == INTENT]
    answered = [entry.data for entry in journal.entries() if entry.kind == OUTCOME]
    journal.close()
    done = (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_DONE_PARTIAL)
    books["asked"] = [(each["number"], each["request"], each["comment"]) for each in asked]
    books["answered"] = [each["number"] for each in answered]
    books["made"] = [
        each["outcome"]["order"] for each in answered if each["outcome"]["order"] and each["outcome"]["retcode"] in done
    ]
    return books


def faults(books: Mapping[str, Any]) -> list[str]:
    """Orders that were lost, made twice, or are unknown to the journal."""
    found = []
    if books["answered"] != [number for number, *_ in books["asked"]]:
        found.append("a request has no outcome, or two")
    own = [o for o in (*books["orders"], *books["waiting"]) if o.comment.startswith("n2-")]
    ids = Counter(order.comment.split()[0] for order in own)
    found += [f"{name} was made {count} times" for name, count in ids.items() if count > 1]
    there = {order.ticket for order in own}
    found += [f"order {ticket} is lost" for ticket in sorted(set(books["made"]) - there)]
    found += [f"order {ticket} is unknown" for ticket in sorted(there - set(books["made"]))]
    return found
