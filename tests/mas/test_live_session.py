"""A live session and what can happen to it: late and odd reports, other people's hands, missed bars, commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import mas
from mas import constants as mt5
from mas.bars import Bars
from mas.data import sample_bars
from mas.errors import BrokerError, ParameterError
from mas.live import LiveLoop
from mas.series import Condition
from mas.symbols import symbol_spec
from mas.terminals.connection import Connection
from mas.terminals.simulated.terms import AccountTerms
from mas.terminals.troubles import OutcomeUnknown
from mas.trading.codec import dumps, loads
from mas.trading.direct import DirectChannel
from mas.trading.inputs import BarClosed, Command, Observation, Outcome
from mas.trading.session import LiveSession
from tests.mas.live_play import LivePlay

HOUR = 3600
BEGIN = 1_700_002_800 - 1_700_002_800 % 86_400
"""A midnight."""


def rising(count: int = 40, step: float = 0.001) -> Bars:
    """Bars that open where the last one closed, each `step` higher, without shadows; the spread is 10 points."""
    opens = np.round(1.1 + step * np.arange(count), 5)
    closes = np.round(opens + step, 5)
    return Bars.from_arrays(
        "EURUSD", "H1", BEGIN + HOUR * np.arange(count), opens, np.maximum(opens, closes), np.minimum(opens, closes),
        closes, np.full(count, 100.0), spread=np.full(count, 10.0),
    )  # fmt: skip


class Entering(mas):
    """Buys at the closes of the bars named in `at`; the stop follows the price at 40 pips."""

    symbol, timeframe, magic, memory = "EURUSD", "H1", 77, 30
    at: tuple[int, ...] = (3,)
    order: dict[str, Any] = {"order_type": "buy", "volume": 0.1}  # noqa: RUF012
    plan: dict[str, Any] = {"stop_distance": 0.003, "trail": 0.004}  # noqa: RUF012

    def __init__(self, **given: Any) -> None:
        super().__init__()
        vars(self).update(given)
        self.sent: list[str] = []
        self.executed: list[tuple[str, float, float]] = []
        self.seen: list[tuple[float, bool]] = []

    def signals(self, bars: Bars) -> dict[str, Any]:
        number = (bars.time - BEGIN) // HOUR
        return {"enter_long": Condition(np.isin(number, self.at)), "close": bars.close}

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        self.seen.append((self.value("close"), self.signal("enter_long")))
        if self.entry_side(symbol, long=self.signal("enter_long"), short=False) == "long":
            entry = {"symbol": symbol, "magic": self.magic, "comment": "enter_long", "backtest_toggle": False}
            order_id = self.send_order({**entry, **self.order})
            self.sent.append(order_id)
            self.manage(order_id, **self.plan)

    def receive_order_execution(self, order_id: str, data: dict[str, Any]) -> None:
        self.executed.append((order_id, data["volume"], data["price"]))


class Both(mas):
    """Buys and sells in turns, at the market and by orders that wait, with stops that follow."""

    symbol, timeframe, magic, memory = "EURUSD", "H1", 77, 10

    def signals(self, bars: Bars) -> dict[str, Any]:
        number = bars.time // HOUR
        return {
            "enter_long": Condition(number % 11 == 0), "enter_short": Condition(number % 11 == 5),
            "wait": Condition(number % 7 == 3),
        }  # fmt: skip

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        common = {"symbol": symbol, "volume": 0.1, "magic": self.magic, "backtest_toggle": False}
        side = self.entry_side(symbol, long=self.signal("enter_long"), short=self.signal("enter_short"))
        if side is not None:
            order_id = self.send_order({**common, "order_type": "buy" if side == "long" else "sell"})
            self.manage(order_id, stop_distance=0.002, target_distance=0.004, trail=0.0015)
        elif self.entry_side(symbol, long=self.signal("wait"), short=False, pending=True) == "long":
            price = self.round_price(symbol, self.ask(symbol) + 0.0005)
            order_id = self.send_order({**common, "order_type": "buy_stop", "price": price})
            self.manage(order_id, stop_distance=0.002, valid_bars=3, replaces="wait", reverses=True)


def played(strategy: Any = None, stop: int | None = None, bars: Bars | None = None, **settings: Any) -> LivePlay:
    return LivePlay(strategy or Entering(), bars or rising(), **settings).run(stop)


def held(live: LivePlay) -> Any:
    (one,) = live.session.terminal.book.positions.values()
    return one


# ------------------------------------------------------------------ the ordinary course


def test_it_enters_manages_and_tells() -> None:
    live = played(stop=10)
    position = held(live)
    outside = next(iter(live.outside.book.positions.values()))
    assert (position.entry, position.opened_at) == (1.1041, BEGIN + 4 * HOUR)
    assert (position.sl, outside.sl) == (1.105, 1.105)  # trailed: at the close of bar 8 the high was 1.109
    assert live.session.strategy.executed == [(live.session.strategy.sent[0], 0.1, 1.1041)]
    assert live.session.terminal.book.balance == 10_000.0
    assert live.session.terminal.book.equity() == pytest.approx(10_000.0 + 0.1 * 100_000 * (1.109 - 1.1041))


def test_signals_come_from_the_window_and_from_the_journal() -> None:
    live = played(stop=8)
    made: list[int] = []
    live.session.strategy.signals = lambda bars: made.append(len(bars)) or {  # type: ignore[func-returns-value]
        "enter_long": Condition(np.zeros(len(bars), bool)), "close": bars.close
    }  # fmt: skip
    live.session.memory = 3
    seen = Observation(BEGIN + 9 * HOUR, 1.109, 1.1091, 10_000.0, 10_000.0, 0.0)
    bar = BarClosed(BEGIN + 8 * HOUR, 1.108, 1.109, 1.108, 1.109, 1.0, 10.0, seen)
    live.session._market.append(BEGIN + 7 * HOUR, 1.107, 1.108, 1.107, 1.108, 1.0, 10.0)
    live.session.take(bar)
    assert made == [3]
    again = replace(bar, time=BEGIN + 9 * HOUR, signals={"enter_long": False, "close": 5.0})
    live.session.take(again)
    assert made == [3]
    assert live.session.value("close") == 5.0


def test_names_that_signals_does_not_give_are_refused() -> None:
    live = played(stop=6)
    with pytest.raises(ParameterError, match='no condition "close": it gives enter_long'):
        live.session.signal("close")
    with pytest.raises(ParameterError, match='no value "enter_long": it gives close'):
        live.session.value("enter_long")


@pytest.mark.parametrize("memory", [0, True, "all", 2.5])
def test_a_memory_that_is_no_number_of_bars_is_refused(memory: Any) -> None:
    kind = type("Odd", (Entering,), {"memory": memory})
    with pytest.raises(ParameterError, match="memory must be a number of bars above 0"):
        LivePlay(kind(), rising())


# ------------------------------------------------------------------ other people's hands


def close_by_hand(live: LivePlay, volume: float) -> None:
    (position,) = live.outside.book.positions.values()
    answer = live.outside.order_send(
        action=mt5.TRADE_ACTION_DEAL, symbol="EURUSD", type=mt5.ORDER_TYPE_SELL, volume=volume,
        position=position.ticket, price=live.outside.market.bid, type_filling=mt5.ORDER_FILLING_IOC,
    )  # fmt: skip
    assert answer is not None
    assert answer.retcode == mt5.TRADE_RETCODE_DONE


def test_what_somebody_closes_by_hand_is_closed() -> None:
    live = played(stop=8)
    close_by_hand(live, 0.04)
    assert held(live).volume == 0.06
    close_by_hand(live, 0.06)
    assert not live.session.terminal.book.positions
    assert not live.session.management.held
    assert [(t.volume, t.exit_reason) for t in live.trades()] == [(0.04, "manual"), (0.06, "manual")]
    assert live.session.management.ledger.wins == 1
    live.run()


def test_a_stop_that_somebody_moves_is_the_stop() -> None:
    live = played(stop=6)
    (position,) = live.outside.book.positions.values()
    position.set_levels(1.0975, 1.2)
    live.pump()
    assert (held(live).sl, held(live).tp) == (1.0975, 1.2)
    assert live.outside.book.positions


def test_orders_under_another_magic_number_are_not_seen() -> None:
    live = played(stop=5)
    live.outside.order_send(
        action=mt5.TRADE_ACTION_DEAL, symbol="EURUSD", type=mt5.ORDER_TYPE_BUY, volume=0.5, magic=5,
        price=live.outside.market.ask, type_filling=mt5.ORDER_FILLING_IOC,
    )  # fmt: skip
    live.pump()
    assert [p.volume for p in live.session.terminal.book.positions.values()] == [0.1]
    assert len(live.outside.book.positions) == 2


def test_something_under_its_own_number_that_was_there_before_is_refused() -> None:
    live = played(stop=8)
    with pytest.raises(ParameterError, match="under the magic number 77 there is something of EURUSD already"):
        LiveSession(Entering(), DirectChannel(live.outside, "EURUSD", "H1", 77, settle=(0.0,)))
    LiveSession(Entering(), DirectChannel(live.outside, "EURUSD", "H1", 78, settle=(0.0,)))


def test_a_stop_out_closes() -> None:
    bars = rising(step=-0.02, count=30)
    strategy = Entering(order={"order_type": "buy", "volume": 0.9}, plan={})
    live = LivePlay(strategy, bars, deposit=1500.0).run()
    assert [t.exit_reason for t in live.trades()] == ["stop_out"]
    assert not live.session.management.held


def test_positions_that_close_each_other() -> None:
    live = played(Entering(at=(3,), plan={}), stop=6)
    session = live.session
    session.strategy._session = session
    other = session.strategy.send_order(
        {"symbol": "EURUSD", "order_type": "sell", "volume": 0.04, "magic": 77, "backtest_toggle": False}
    )
    first = session.strategy.sent[0]
    assert session.strategy.send_order(
        {"symbol": "EURUSD", "order_type": "buy", "volume": 0.04, "position": first, "position_by": other}
    )
    assert [(p.side, p.volume) for p in session.terminal.book.positions.values()] == [(1, 0.06)]
    assert [(h.position.side, h.position.volume) for h in session.management.held.values()] == [(1, 0.06)]


# ------------------------------------------------------------------ late and odd reports


class Shy:
    """A terminal that shows some things late: after they have been asked for so many times."""

    takes_through = False

    def __init__(self, terminal: Any) -> None:
        self._terminal, self.hides = terminal, {"deals": 0, "positions": 0, "orders": 0}
        self.refuses: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)

    def _late(self, what: str) -> bool:
        self.hides[what] -= 1
        return self.hides[what] >= 0

    def history_deals_get(self, *dates: Any, **which: Any) -> Any:
        return () if self._late("deals") else self._terminal.history_deals_get(*dates, **which)

    def positions_get(self, **which: Any) -> Any:
        return () if self._late("positions") else self._terminal.positions_get(**which)

    def orders_get(self, **which: Any) -> Any:
        return () if self._late("orders") else self._terminal.orders_get(**which)

    def order_send(self, request: Any) -> Any:
        return self.refuses.pop(0)(request) if self.refuses else self._terminal.order_send(request)


def shy_play(strategy: Any = None, stop: int = 4, settle: tuple[float, ...] = (0.0, 0.0, 0.0)) -> tuple[LivePlay, Shy]:
    """A run on such a terminal; it shows everything until the bar at which it stops."""
    live = LivePlay.__new__(LivePlay)
    LivePlay.__init__(live, strategy or Entering(), rising())
    shy = Shy(live.outside)
    live.channel.terminal, live.channel._settle = shy, settle
    return live.run(stop), shy


def go_on(live: LivePlay, bar: int, stop: int | None = None) -> None:
    live.first = bar
    live.run(stop)


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


# ------------------------------------------------------------------ bars that were missed


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


# ------------------------------------------------------------------ commands


def test_commands() -> None:
    live = played(Entering(at=(3, 6, 12)), stop=5)
    live.take(Command("flatten", "somebody", "enough"))
    assert not live.outside.book.positions
    live.take(Command("pause"))
    go_on(live, 5, 9)
    assert not live.outside.book.positions
    assert live.session.management.ledger.held_back["paused"] == 1
    live.take(Command("resume"))
    go_on(live, 9, 15)
    assert live.outside.book.positions
    assert not live.session.stopping
    live.take(Command("stop"))
    assert live.session.stopping
    with pytest.raises(ParameterError, match="a command must be one of pause, resume, flatten, stop, not 'dance'"):
        live.take(Command("dance"))


# ------------------------------------------------------------------ the same again


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


# ------------------------------------------------------------------ as a client subscribes


def test_a_strategy_with_signals_trades_where_it_subscribes() -> None:
    outside = LivePlay(Entering(), rising()).outside
    strategy = Entering()
    strategy._connection = Connection(lambda: outside, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))
    strategy._connection.connect()
    now = [0.0]
    strategy._loop = LiveLoop(strategy._deliver, clock=lambda: now[0], start=lambda run: None)
    strategy.subscribe_bars({"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": False})
    for bar in range(10):
        outside.open_bar(bar)
        now[0] += 1.0
        strategy._loop.step()
        outside.play(bar)
    (position,) = outside.book.positions.values()
    assert (position.magic, position.entry, position.sl) == (77, 1.1041, 1.105)
    assert strategy.executed == [("BT1", 0.1, 1.1041)]
    strategy._ctrl_c.release()


def test_a_strategy_that_fails_ends_its_subscription() -> None:
    outside = LivePlay(Entering(), rising()).outside
    strategy = Entering(at="nothing that can be compared", plan=None)
    strategy.signals = lambda bars: {"enter_long": 1}  # type: ignore[method-assign, assignment]
    strategy._connection = Connection(lambda: outside, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))
    strategy._connection.connect()
    strategy._loop = LiveLoop(strategy._deliver, clock=lambda: 0.0, start=lambda run: None)
    strategy.subscribe_bars({"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": False})
    outside.open_bar(1)
    strategy._loop.step()
    assert strategy._loop.subscribed == ()
    strategy._ctrl_c.release()
