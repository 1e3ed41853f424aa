"""What a terminal reports late, in parts, or not at all: a live session's books agree with it in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mas import constants as mt5
from mas.data import sample_bars
from mas.errors import BrokerError
from mas.terminals.simulated.terms import AccountTerms
from mas.terminals.troubles import OutcomeUnknown
from tests.mas.live_play import LivePlay
from tests.mas.live_runs import BEGIN, HOUR, Both, Entering, Shy, close_by_hand, go_on, held, played, shy_play


@pytest.mark.parametrize("what", ["deals", "positions"])
@pytest.mark.parametrize("looks", [1, 2])
def test_a_fill_that_shows_late_is_waited_for_and_told_once(what: str, looks: int) -> None:
    live, shy = shy_play()
    shy.hides[what] = looks
    go_on(live, 4, 8)
    assert [volume for _, volume, _ in live.session.strategy.executed] == [0.1]
    assert held(live).sl == next(iter(live.outside.book.positions.values())).sl > 0.0
    go_on(live, 8)
    assert len(live.session.strategy.executed) == 1 + len(live.trades())


def test_a_fill_that_does_not_show_is_taken_from_the_answer() -> None:
    live, shy = shy_play()
    shy.hides["deals"] = 3
    go_on(live, 4, 5)
    assert (held(live).entry, held(live).volume) == (1.1041, 0.1)
    go_on(live, 5, 9)  # the deal shows, and is no second fill
    assert held(live).volume == 0.1
    assert len(live.session.strategy.executed) == 1


def test_nothing_is_concluded_from_what_is_missing() -> None:
    live, shy = shy_play(stop=7)
    shy.hides |= {"positions": 3, "orders": 3, "deals": 3}
    live.pump()
    live.pump()
    assert held(live).volume == 0.1


def test_what_was_found_before_the_connection_broke_is_not_lost() -> None:
    live, _ = shy_play(stop=6)
    close_by_hand_unseen(live)
    live.outside.account_info, asked = lambda: None, live.outside.account_info  # type: ignore[assignment, method-assign, return-value]
    with pytest.raises(BrokerError):
        live.channel.next(0.0)
    assert live.session.terminal.book.positions
    live.outside.account_info = asked  # type: ignore[method-assign]
    live.pump()
    assert not live.session.terminal.book.positions


def close_by_hand_unseen(live: LivePlay) -> None:
    live._pumping = True
    close_by_hand(live, 0.1)
    live._pumping = False


def test_an_answer_that_is_not_known_stops_the_session() -> None:
    live, shy = shy_play()
    shy.refuses.append(lambda request: live.outside.order_send({**request, "magic": "none"}))  # None, and an error
    live.outside.last_error = lambda: (mt5.RES_E_INTERNAL_FAIL_TIMEOUT, "IPC timeout")  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        go_on(live, 4, 5)
    assert not any(live.session.strategy.sent)
    assert isinstance(live.session.terminal.doubt, BrokerError)
    refused = live.session.terminal.order_send(action=mt5.TRADE_ACTION_REMOVE, order=1)
    assert refused is not None
    assert refused.retcode == mt5.TRADE_RETCODE_CANCEL


def test_a_fill_in_parts_is_one_position() -> None:
    live = played(Entering(order={"order_type": "buy_limit", "volume": 0.3, "price": 1.102}, plan={}), stop=6)
    (order,) = live.session.terminal.book.orders.values()
    seen, account = live.channel.observe(), live.session.terminal.book
    parts = [
        mas_opened(order.ticket, volume, price, deal) for volume, price, deal in ((0.1, 1.102, 901), (0.2, 1.1014, 902))
    ]
    live.session.take(replace(seen, events=(parts[0],)))
    assert account.orders[order.ticket].volume == 0.2
    live.session.take(replace(seen, events=(parts[1],)))
    assert not account.orders
    assert (held(live).volume, held(live).entry) == (0.3, pytest.approx(1.1016))
    assert live.session.management.filled_on(seen.time // 86_400) == 1


def mas_opened(order: int, volume: float, price: float, deal: int) -> Any:
    from mas.trading.inputs import Opened

    return Opened(order, order, 1, volume, price, 0.0, 0.0, BEGIN + 6 * HOUR, deal)


def test_an_order_whose_price_has_been_passed_is_sent_at_the_market() -> None:
    """EXECUTION rule 14: it fills at the open; a broker would not take it as a waiting order."""
    order = {"order_type": "buy_stop", "volume": 0.1, "price": 1.102}

    class Waiting(Entering):
        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
            if self.entry_side(symbol, long=self.signal("enter_long"), short=False, pending=True) == "long":
                self.sent.append(self.send_order({**order, "symbol": symbol, "magic": 77}))
                self.manage(self.sent[-1], stop_distance=0.003, replaces="enter_long", reverses=True)

    live, shy = shy_play(Waiting())
    go_on(live, 4, 6)
    assert (held(live).entry, held(live).sl) == (1.1041, 1.1011)
    assert shy.hides["deals"] < 0


@pytest.mark.parametrize("netting", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_shown_late_the_books_agree_in_the_end(seed: int, netting: bool) -> None:
    """Everything may be hidden for some looks, at any time; nothing is lost, and nothing counts twice."""
    chance = np.random.default_rng(seed)
    bars = sample_bars("EURUSD", "H1", count=260)
    strategy = Both()
    live = LivePlay(strategy, bars, account=AccountTerms(netting=netting))
    shy = Shy(live.outside)
    live.channel.terminal, live.channel._settle = shy, (0.0,) * 4
    for bar in range(len(bars)):
        for what in shy.hides:
            shy.hides[what] = int(chance.integers(0, 5)) if chance.random() < 0.5 else 0
        go_on(live, bar, bar + 1)
    shy.hides = dict.fromkeys(shy.hides, 0)
    live.pump()
    ours, theirs = live.session.terminal.book, live.outside.book
    assert [(p.identifier, p.side, p.volume, p.sl, p.tp) for p in ours.positions.values()] == [
        (p.identifier, p.side, p.volume, p.sl, p.tp) for p in theirs.positions.values()
    ]
    assert set(ours.orders) == set(theirs.orders)
    assert set(live.session.management.held) == set(ours.positions)
    rows = [trade for _, trade in ours.closed]
    assert round(sum(t.net for t in rows), 2) == round(sum(t.net for _, t in theirs.closed), 2)
    assert round(sum(t.volume for t in rows), 8) == round(sum(t.volume for _, t in theirs.closed), 8)
    assert len(rows) > 5
    assert ours.balance == theirs.balance
