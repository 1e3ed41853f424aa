"""What a look at the terminal costs: it depends on what is new, not on how long the run has lasted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mas import constants as mt5
from mas.terminals.paper import PaperTerminal
from mas.terminals.structs import TradeDeal
from mas.trading.direct import DirectChannel
from mas.trading.events import Tracker
from mas.trading.inputs import BarClosed, Observation, Opened
from mas.trading.journal import Journal
from mas.trading.journaled import JournaledChannel
from mas.trading.session import LiveSession
from nl2strat.codegen.load import load
from tests.mas.trading.crashing import source
from tests.mas.trading.runs import walk

BEGIN, HOUR, DAY = 1_700_006_400, 3_600, 86_400
MAGIC = 77


class Deals:
    """A terminal's history; it counts what it is asked for, and what it gives."""

    def __init__(self) -> None:
        self.deals: list[TradeDeal] = []
        self.hidden: set[int] = set()
        self.given: list[int] = []
        self.asked: Counter[str] = Counter()

    def enter(self, at: int, magic: int = MAGIC, **other: Any) -> TradeDeal:
        """Open and close a position."""
        ticket = len(self.deals) + 1
        deal = TradeDeal(
            ticket=ticket, order=ticket, position_id=ticket, time=at, time_msc=at * 1000, type=mt5.DEAL_TYPE_BUY,
            entry=mt5.DEAL_ENTRY_IN, magic=magic, volume=0.1, price=1.1, symbol="EURUSD", **other,
        )  # fmt: skip
        out = deal._replace(ticket=ticket + 1, order=ticket + 1, type=mt5.DEAL_TYPE_SELL, entry=mt5.DEAL_ENTRY_OUT)
        self.deals += [deal, out]
        return deal

    def __call__(self, name: str, *args: Any, **which: Any) -> Any:
        self.asked[name] += 1
        if name != "history_deals_get":
            return ()
        found = tuple(d for d in self.deals if args[0] <= d.time <= args[1] and d.ticket not in self.hidden)
        self.given.append(len(found))
        return found


def test_what_a_look_asks_for_does_not_grow_with_the_run() -> None:
    terminal = Deals()
    tracker = Tracker(terminal, "EURUSD", MAGIC, BEGIN)
    told, looks = 0, 24 * 90
    for hour in range(looks):
        now = BEGIN + hour * HOUR
        if hour % 4 == 0:
            terminal.enter(now, MAGIC if hour % 8 else 5)
        told += len(tracker.find())
        tracker.reached(now)
    assert told == looks // 4  # two deals, of every other
    assert terminal.asked["history_deals_get"] == looks
    assert max(terminal.given) <= 2 * 2 * 24 // 4 + 2  # the look back of a day sees two days at most
    assert sum(terminal.given[-500:]) <= 1.05 * sum(terminal.given[:500])
    assert len(tracker._told) + len(tracker._ours) < 100


def test_without_any_deal_of_its_own_it_does_not_either() -> None:
    terminal = Deals()
    tracker = Tracker(terminal, "EURUSD", MAGIC, BEGIN)
    for hour in range(2000):
        terminal.enter(BEGIN + hour * HOUR, magic=5)
        assert not tracker.find()
        tracker.reached(BEGIN + hour * HOUR)
    assert sum(terminal.given[-100:]) <= sum(terminal.given[100:200])
    assert max(terminal.given) <= 4 * 25


@pytest.mark.parametrize("late", [10, 59 * 60, 20 * HOUR])
def test_a_deal_that_shows_late_is_told_once(late: int) -> None:
    terminal, found = Deals(), []
    tracker = Tracker(terminal, "EURUSD", MAGIC, BEGIN)
    deal = terminal.enter(BEGIN + 10 * DAY)
    terminal.hidden = {deal.ticket, deal.ticket + 1}
    for now in range(BEGIN, BEGIN + 14 * DAY, 300):
        if now >= deal.time + late:
            terminal.hidden = set()
        if now >= deal.time or now < BEGIN + 9 * DAY:
            found += tracker.find()
        tracker.reached(now)
    assert [event.deal for event in found] == [deal.ticket, deal.ticket + 1]  # type: ignore[union-attr]


def test_after_a_long_absence_everything_since_the_last_answer_is_asked_for() -> None:
    """Quotes may come while the history does not answer: only a look that was answered moves the beginning on."""
    terminal = Deals()
    tracker = Tracker(terminal, "EURUSD", MAGIC, BEGIN)
    tracker.reached(BEGIN + 3 * DAY)
    tracker.find()
    terminal.enter(BEGIN + 4 * DAY)
    tracker.reached(BEGIN + 30 * DAY)
    assert len(tracker.find()) == 2


def test_a_run_that_goes_on_looks_from_where_its_journal_ends() -> None:
    terminal = Deals()
    for day in range(100):
        terminal.enter(BEGIN + day * DAY)
    tracker = Tracker(terminal, "EURUSD", MAGIC, BEGIN)
    for deal in terminal.deals[:-2]:
        if deal.entry == mt5.DEAL_ENTRY_IN:
            event = Opened(deal.order, deal.position_id, 1, 0.1, 1.1, 0.0, 0.0, deal.time, deal.ticket)
            tracker.recall(Observation(deal.time, 1.1, 1.1, 0.0, 0.0, 0.0, (event,)))
    assert {getattr(event, "deal", 0) for event in tracker.find()} >= {199, 200}
    assert terminal.given[0] <= 6


# ------------------------------------------------------------------ a whole run


class Counting:
    """A terminal that counts the deals and orders it has given."""

    def __init__(self, terminal: PaperTerminal) -> None:
        self._terminal, self.given = terminal, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._terminal, name)
        if name not in ("history_deals_get", "history_orders_get", "positions_get", "orders_get"):
            return found

        def asked(*args: Any, **which: Any) -> Any:
            rows = found(*args, **which)
            self.given += len(rows)
            return rows

        return asked


def stretches(folder: Path, count: int, parts: int, measure: Callable[[Counting], float]) -> list[float]:
    """Play a run on paper, with its journal. Returns: what was measured, per bar, in each of so many parts of it."""
    paper = PaperTerminal(walk(count), folder / "account.sqlite", deposit=1e6)
    paper.initialize()
    paper.advance()
    terminal = Counting(paper)
    strategy = load(source())(toggle=False)
    direct = DirectChannel(terminal, "EURUSD", "H1", strategy.magic, settle=(0.0,), pause=paper.wait, late=1e9)
    journal = Journal(folder / "journal.sqlite", {"id": "k1"})
    channel = JournaledChannel(direct, journal, settle=(0.0,), pause=lambda seconds: None)
    session = LiveSession(strategy, channel)
    bars, found, before = 0, [], measure(terminal)
    while (item := channel.next(0.001)) is not None or not paper.over:
        if item is None:
            continue
        session.take(item)
        bars += isinstance(item, BarClosed)
        if isinstance(item, BarClosed) and bars % (count // parts) == 0:
            now = measure(terminal)
            found.append((now - before) * parts / count)
            before = now
    paper.close()
    journal.close()
    assert len(session.trades()) > count // 20
    return found


def test_a_run_asks_for_as_much_at_its_end_as_at_its_beginning(tmp_path: Path) -> None:
    first, *_, last = stretches(tmp_path, 800, 4, lambda terminal: terminal.given)
    assert last <= 1.2 * first


@pytest.mark.slow
def test_a_bar_costs_at_the_end_of_a_long_run_what_it_costs_at_its_beginning(tmp_path: Path) -> None:
    found = stretches(tmp_path, 30_000, 10, lambda terminal: time.process_time())
    print("milliseconds of CPU per bar:", [round(1000 * each, 2) for each in found])
    assert sum(found[-2:]) <= 1.2 * sum(found[:2])
