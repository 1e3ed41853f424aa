"""The journal of a run, and the channel that goes on with it: what is written, what is refused, what is not sent."""

from __future__ import annotations

import pytest

from mas import constants as mt5
from mas.errors import DataError, ParameterError
from mas.records import RecordError
from mas.terminals.paper import PaperTerminal
from mas.terminals.troubles import OutcomeUnknown
from mas.trading.inputs import BarClosed, Command
from mas.trading.journal import INPUT, INTENT, NOTE, OUTCOME, RUN, START, Journal
from mas.trading.journaled import JournaledChannel
from mas.trading.past import Diverged
from mas.trading.recovery import UnknownPositions
from mas.trading.summary import inputs, requests, summary
from tests.mas.trading.runs import MAGIC, Run, walk

BARS = walk(40)


@pytest.fixture
def run(tmp_path):
    """Opens the run of a folder, as often as the test likes, each time as a new process would."""
    opened = []

    def opening(**options):
        if opened:
            opened[-1].close()
        opened.append(Run(tmp_path, BARS, **options))
        opened[-1].start()
        return opened[-1]

    yield opening
    opened[-1].close()


class Watched:
    """A terminal whose requests somebody sees."""

    def __init__(self, terminal, order_send):
        self.order_send, self._terminal = order_send, terminal

    def __getattr__(self, name):
        return getattr(self._terminal, name)


def kinds(journal):
    return [entry.kind for entry in journal.entries()]


def deal(**more):
    return {
        "action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": 0, "magic": MAGIC,
        "type_filling": 0, **more,
    }  # fmt: skip


def outcomes(run):
    return [entry.data for entry in run.journal.entries() if entry.kind == OUTCOME]


# ------------------------------------------------------------- what is written


def test_everything_is_written_in_the_order_in_which_it_happens(run):
    live = run()
    live.go(3)
    assert kinds(live.journal)[:6] == [RUN, START, INPUT, INPUT, INPUT, INTENT]
    entries = list(live.journal.entries())
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert entries[5].data["wire"] == "n2-t1-00001 entry"
    assert entries[6].data["how"] == "answered"
    assert entries[2].data["signals"] == {"entry": True}


def test_a_request_is_in_the_journal_before_it_leaves(run):
    live, seen = run(), []
    send = live.paper.order_send

    def watched(request):
        seen.append(kinds(live.journal)[-1])
        return send(request)

    live.direct.terminal = Watched(live.paper, watched)
    live.go(20)
    assert seen
    assert set(seen) == {INTENT}


def test_a_run_that_goes_on_knows_what_it_knew_and_sends_nothing_again(run):
    first = run()
    first.go(20)
    before, known = first.books(), (first.rule.open, first.rule.waiting, first.rule.closed)
    again = run()
    assert again.channel.recovering
    while again.channel.recovering:
        again.rule.take(again.channel.next(0.0))
    assert (again.rule.open, again.rule.waiting, again.rule.closed) == known
    assert again.books() == before


def test_notes_are_written_once(run):
    first = run()
    first.go(2)
    first.channel.note("alert", text="one")
    first.channel.note("alert", text="two")
    again = run()
    again.channel.next(0.0)
    again.channel.note("alert", text="of a bar long ago")
    again.channel.next(0.0)
    again.channel.note("alert", text="two")
    again.channel.note("alert", text="three")
    texts = [entry.data["text"] for entry in again.journal.entries() if entry.kind == NOTE]
    assert texts == ["one", "two", "three"]


def test_commands_are_inputs_and_come_first(run):
    waiting = [Command("pause", "somebody", "lunch"), Command("stop")]
    live = run(commands=lambda: [waiting.pop(0)] if waiting else [])
    assert live.channel.next(0.01) == Command("pause", "somebody", "lunch")
    live.go()
    assert live.rule.stopping
    assert [e.data["name"] for e in live.journal.entries() if e.data.get("kind") == "command"] == ["pause", "stop"]
    again = run()
    assert again.channel.next(0.01) == Command("pause", "somebody", "lunch")


# ------------------------------------------------------------- what is refused


def test_another_request_than_was_written_stops_the_run_for_good(run):
    run().go(12)
    again = run()
    again.channel.next(0.0)
    with pytest.raises(Diverged, match="is of kind input, and handling the same inputs again has come to one of kind"):
        again.channel.send(deal(), "out of nowhere")
    with pytest.raises(Diverged):
        again.channel.next(0.0)
    third = run()
    before = third.books()
    while third.channel.next(0.0).time != BARS.time[2]:
        pass
    with pytest.raises(Diverged, match=r"request 1 was .*0\.1.* and is now .*0\.2"):
        third.channel.send(deal(volume=0.2), "entry")
    assert third.books() == before


def test_inputs_that_lead_to_fewer_requests_than_were_written_stop_the_run(run):
    run().go(12)
    again = run()
    while again.channel.next(0.0).time != BARS.time[2]:
        pass
    with pytest.raises(Diverged, match="is of kind intent"):
        again.channel.next(0.0)


def test_positions_that_the_run_does_not_know_are_told_and_nothing_is_done(run):
    first = run()
    first.go(5)
    stray = first.paper.order_send(deal(comment="by hand")).order
    again = run()
    with pytest.raises(UnknownPositions, match=f"tickets {stray}") as told:
        again.go()
    assert told.value.tickets == (stray,)
    with pytest.raises(UnknownPositions):
        again.channel.send(deal(), "entry")
    accepted = run(left_alone=[stray])
    accepted.go(10)
    assert stray not in accepted.rule.open
    assert stray in {p.ticket for p in accepted.paper.positions_get()}


def test_positions_of_others_are_not_seen(run):
    first = run()
    first.go(5)
    other = first.paper.order_send(deal(magic=5, comment="another program")).order
    again = run()
    again.go(30)
    assert other not in again.rule.open


def test_a_second_process_on_the_same_journal_is_stopped(run, tmp_path):
    live = run()
    second = Journal(tmp_path / "journal.sqlite", {"id": "t1"})
    second.append(NOTE, {"kind": "intruder"})
    second.close()
    with pytest.raises(RecordError, match="another process writes the journal"):
        live.go(20)
    with pytest.raises(RecordError):
        live.channel.send(deal(), "entry")
    assert live.paper.positions_get() == ()


def test_a_journal_that_cannot_be_written_stops_trading_before_a_request_leaves(run):
    live = run()
    live.go(8)
    orders = live.paper.history_orders_total(0, 2**31 - 1)
    driver = live.journal._file._connected().connection.driver_connection
    driver.execute(f"PRAGMA max_page_count={driver.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(RecordError, match="the disk is full"):
        live.go()
    sent = [entry for entry in live.journal.entries() if entry.kind == INTENT]
    answered = [entry for entry in live.journal.entries() if entry.kind == OUTCOME]
    assert len(sent) - len(answered) in (0, 1)
    assert live.paper.history_orders_total(0, 2**31 - 1) >= orders
    again = run()
    again.go()
    assert again.rule.bars == 39


def test_ids_that_cannot_stand_in_a_comment_are_refused(run, tmp_path):
    live = run()
    for wrong in ("", "TOO", "much-too-long", "nine4five"):
        with pytest.raises(ParameterError, match="small letters and digits"):
            JournaledChannel(live.direct, Journal(tmp_path / f"{len(wrong)}{wrong}.sqlite", {"id": wrong}))


# ------------------------------------------------------------- what was on its way


def on_its_way(run, at, comment=""):
    """A run whose process died when its next request (of that comment) had been written and not sent."""
    live = run()
    live.go(at)
    append, stopped = live.journal.append, []

    def dying(kind, data, durable=True):
        append(kind, data, durable=durable)
        if kind == INTENT and comment in ("", data["comment"]):
            stopped.append(data)
            raise KeyboardInterrupt

    live.journal.append = dying
    with pytest.raises(KeyboardInterrupt):
        live.go()
    return live, stopped[0]


def test_an_entry_that_had_not_left_is_sent_while_its_bar_is_the_newest(run):
    _, intent = on_its_way(run, 2)
    again = run()
    again.go(4)
    outcome = outcomes(again)[0]
    assert (outcome["number"], outcome["outcome"]["retcode"]) == (intent["number"], mt5.TRADE_RETCODE_DONE)


def test_an_entry_that_had_not_left_is_not_sent_any_more_when_its_bar_is_over(run):
    live, intent = on_its_way(run, 2)
    live.paper.advance()
    again = run()
    again.go(4)
    outcome = outcomes(again)[0]
    assert (outcome["how"], outcome["number"]) == ("expired", intent["number"])
    assert "expired" in outcome["outcome"]["comment"]
    third = run()
    third.go(20)
    assert outcomes(third)[0] == outcome


def test_what_closes_is_sent_however_late(run):
    live, intent = on_its_way(run, 2, "time")
    live.paper.advance()
    again = run()
    again.go(20)
    outcome = next(each for each in outcomes(again) if each["number"] == intent["number"])
    assert (outcome["how"], outcome["outcome"]["retcode"]) == ("answered", mt5.TRADE_RETCODE_DONE)


def test_orders_that_look_alike_are_not_guessed_at(run):
    live, intent = on_its_way(run, 2)
    for _ in range(2):
        live.paper.order_send({**intent["request"], "comment": "written over"})
    again = run()
    with pytest.raises(OutcomeUnknown, match="look like it"):
        again.go()
    with pytest.raises(OutcomeUnknown):
        again.go()


@pytest.mark.parametrize("comment", ["written over by the broker", "", "n2-t1-0"])
def test_an_order_whose_comment_was_cut_or_written_over_is_found(run, comment):
    live, intent = on_its_way(run, 2)
    order = live.paper.order_send({**intent["request"], "comment": comment}).order
    again = run()
    again.go(4)
    outcome = outcomes(again)[0]
    assert (outcome["how"], outcome["outcome"]["order"]) == ("found", order)
    assert order in again.rule.open


def test_an_order_of_another_request_is_not_taken_for_it(run):
    live, intent = on_its_way(run, 2)
    live.paper.order_send({**intent["request"], "comment": "n2-t1-0ffff"})
    again = run()
    with pytest.raises(UnknownPositions):
        again.go()


class Slow(Watched):
    """A terminal that loses an answer, and carries the request out much later than anybody waits."""

    def __init__(self, terminal):
        super().__init__(terminal, self._send)
        self.lost = []

    def _send(self, request):
        if self.lost:
            return self._terminal.order_send(request)
        self.lost.append(request)
        return None

    def last_error(self):
        return (mt5.RES_E_INTERNAL_FAIL_TIMEOUT, "IPC timeout") if self.lost else self._terminal.last_error()


def test_an_order_that_comes_up_after_it_was_given_up_stops_the_run(run):
    live = run(terminal=Slow)
    live.go(3)
    (position,) = live.rule.open
    late = live.paper.order_send(live.terminal.lost[0]).order
    with pytest.raises(UnknownPositions, match=f"tickets {late}"):
        live.go()
    assert set(live.rule.open) == {position}
    again = run()
    with pytest.raises(UnknownPositions, match=f"tickets {late}"):
        again.go()


# ------------------------------------------------------------- reading


def test_a_journal_can_be_read_while_it_is_written(run, tmp_path):
    live = run()
    live.go(25)
    seen = summary(Journal(tmp_path / "journal.sqlite"))
    assert (seen.bars, seen.begun, seen.open_request) == (25, True, None)
    assert seen.last_bar == [item for item in inputs(live.journal) if isinstance(item, BarClosed)][-1]
    assert set(seen.holdings) == set(live.rule.open)
    assert seen.waiting == set(live.rule.waiting)
    assert (seen.closed, seen.requests) == (len(live.rule.closed), len(list(requests(live.journal))))
    held = {p.identifier: (p.volume, p.price_open, p.sl, p.tp) for p in live.paper.positions_get()}
    assert {h.position: (h.volume, h.price, h.sl, h.tp) for h in seen.holdings.values()} == held
    assert round(10_000 + seen.realised, 2) == live.paper.account_info().balance


def test_a_request_on_its_way_shows(run):
    live, intent = on_its_way(run, 2)
    assert summary(live.journal).open_request.number == intent["number"]
    assert list(requests(live.journal))[-1][1] is None


def test_a_journal_that_was_never_begun_is_none(tmp_path):
    with pytest.raises(ParameterError, match="there is no file"):
        Journal(tmp_path / "none.sqlite")
    Journal(tmp_path / "one.sqlite", {"id": "a"}).close()
    assert Journal(tmp_path / "one.sqlite").facts == {"id": "a"}
    with pytest.raises(DataError, match="is not an account on paper"):
        PaperTerminal(BARS, tmp_path / "one.sqlite")
