"""The same inputs, handled again, lead a live session to the same state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mas.terminals.simulated.terms import AccountTerms
from mas.trading.codec import dumps, loads
from mas.trading.direct import DirectChannel
from mas.trading.inputs import BarClosed, Command, Observation, Outcome
from mas.trading.session import LiveSession
from tests.mas.live_play import LivePlay
from tests.mas.live_runs import Entering, go_on, rising


class Recorder:
    """Writes down what goes through a channel, as text."""

    recovering = False

    def __init__(self, inner: DirectChannel) -> None:
        self.inner, self.lines, self.asked = inner, [], []  # type: ignore[var-annotated]
        self.notes: list[str] = []

    def start(self, count: int) -> Any:
        self.begun = self.inner.start(count)
        return self.begun

    def next(self, wait: float) -> Any:
        item = self.inner.next(wait)
        if item is not None:
            self.lines.append(dumps(item))
        return item

    def decided(self, signals: Any) -> None:
        item = loads(self.lines[-1], BarClosed)
        self.lines[-1] = dumps(replace(item, signals=dict(signals)))

    def send(self, request: Any, comment: str) -> Outcome:
        self.asked.append((dict(request), comment))
        outcome = self.inner.send(request, comment)
        self.lines.append(dumps(outcome))
        return outcome

    def note(self, kind: str, **data: Any) -> None:
        self.notes.append(kind)


class Again:
    """Gives what was written down, and compares what is asked for."""

    recovering = True

    def __init__(self, of: Recorder) -> None:
        self.begun, self.lines, self.asked = of.begun, list(of.lines), list(of.asked)

    def start(self, count: int) -> Any:
        return self.begun

    def next(self, wait: float) -> Any:
        return loads(self.lines.pop(0), BarClosed | Observation | Command) if self.lines else None  # type: ignore[arg-type]

    def decided(self, signals: Any) -> None:
        raise AssertionError("the signals are known")

    def send(self, request: Any, comment: str) -> Outcome:
        assert (dict(request), comment) == self.asked.pop(0)
        return loads(self.lines.pop(0), Outcome)

    def note(self, kind: str, **data: Any) -> None:
        pass


@pytest.mark.parametrize("netting", [False, True])
def test_the_same_inputs_lead_to_the_same_state(netting: bool) -> None:
    live = LivePlay(Entering(at=(3, 9, 15, 21)), rising(), account=AccountTerms(netting=netting))
    recorder = Recorder(live.channel)
    live.outside.open_bar(0)
    live.channel = recorder  # type: ignore[assignment]
    live.session = LiveSession(Entering(at=(3, 9, 15, 21)), recorder)
    live.run(12)
    recorder.lines.append(dumps(Command("flatten")))
    live.take(Command("flatten"))
    go_on(live, 12)
    again = Again(recorder)
    second = LiveSession(Entering(at=(3, 9, 15, 21)), again)
    while (item := again.next(0.0)) is not None:
        second.take(item)
    assert not again.asked
    assert second.trades() == live.session.trades()
    assert len(second.trades()) >= 1
    for ours, theirs in zip(
        second.terminal.book.positions.values(), live.session.terminal.book.positions.values(), strict=True
    ):
        assert (ours.ticket, ours.volume, ours.sl, ours.entry) == (
            theirs.ticket, theirs.volume, theirs.sl, theirs.entry,
        )  # fmt: skip
    assert second.strategy.executed == live.session.strategy.executed
