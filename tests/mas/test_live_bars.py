"""Bars that a live session has missed, and money of another currency."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mas.symbols import symbol_spec
from mas.trading.inputs import BarClosed
from tests.mas.live_play import LivePlay
from tests.mas.live_runs import Entering, go_on, held, played, rising


def test_after_missed_bars_plans_act_and_entries_do_not() -> None:
    live = played(Entering(at=(3, 9)), stop=7)
    live.outside.open_bar(12)  # bars 7 to 11 went by unseen
    live.pump()
    ledger = live.session.management.ledger
    assert [close for close, _ in live.session.strategy.seen][-1] == pytest.approx(1.11)  # woken at bar 9
    assert ledger.held_back["missed"] == 0  # bar 9 found a position there: nothing was to be entered
    assert held(live).sl == pytest.approx(1.108)
    flat = played(Entering(at=(9,)), stop=7)
    flat.outside.open_bar(12)
    flat.pump()
    assert flat.session.management.ledger.held_back["missed"] == 1
    assert not flat.outside.book.positions
    assert flat.session._counted == {"missed": 1}


def test_a_bar_is_handled_too_late_when_the_next_is_old() -> None:
    live = played(Entering(at=(5,)), stop=6)
    live.outside.open_bar(6)
    live.outside.market.time += 400  # the first quote that is seen comes long after the bar's begin
    live.pump()
    assert live.session.management.ledger.held_back["missed"] == 1


def test_what_has_happened_in_missed_bars_comes_with_the_bar_it_happened_in() -> None:
    bars = rising(20, -0.001)
    live = LivePlay(Entering(at=(3,), plan={"stop_distance": 0.0025}), bars)
    live.run(5)
    live._pumping = True  # nobody looks
    for bar in (5, 6, 7, 8):
        live.outside.open_bar(bar)
        live.outside.play(bar)
    live.outside.open_bar(9)
    live._pumping = False
    given = []
    while (item := live.channel.next(0.0)) is not None:
        given.append(item)
        live.session.take(item)
    assert [len(item.seen.events) for item in given if isinstance(item, BarClosed)] == [0, 0, 1, 0, 0]
    (trade,) = live.trades()
    assert (trade.exit_bar, trade.exit_reason) == (6, "sl")


def test_bars_say_that_they_were_missed() -> None:
    class Told(Entering):
        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
            self.seen.append((data["close"], data.get("missed", False)))

    live = played(Told(at=(3, 8, 11)), stop=7)
    live.outside.open_bar(12)
    live.pump()
    assert live.session.strategy.seen == [(1.104, False), (1.109, True), (1.112, False)]


# ------------------------------------------------------------------ money of another currency


class Risking(Entering):
    """Risks one percent over 50 pips."""

    symbol = "EURGBP"

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        if self.signal("enter_long"):
            self.seen.append((self.lots_for_risk(symbol, 1, 0.005), True))


def test_sizes_follow_the_rate_that_was_seen() -> None:
    bars = replace(rising(), symbol="EURGBP", spec=symbol_spec("EURGBP"))
    live = LivePlay(Risking(at=tuple(range(40))), bars, deposit=10_000.0).run(6)
    session = live.session
    assert session.strategy.seen[-1][0] == 0.15  # at 1.28 dollars a pound
    assert not session.terminal.market.money.note  # that figure was seen, not presumed
    live.take(replace(live.channel.observe(), rate=2.0))
    live.outside.static_symbol_info = live.outside._infos["EURGBP"] = live.outside.static_symbol_info._replace(
        trade_tick_value=1.0
    )
    go_on(live, 6, 7)
    assert session.strategy.seen[-1][0] == 0.2  # one dollar for a pound
    assert live.channel.observe().rate == pytest.approx(1.0)
    assert LivePlay(Entering(), rising()).channel.observe().rate == 0.0
