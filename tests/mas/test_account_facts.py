"""What rules may ask about the strategy's own trading: entries, results, runs, and what was how long ago."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mas.errors import ParameterError
from mas.ledger import Ledger
from mas.results import ClosedTrade
from tests.mas.scenarios import Row, Scripted, close_all, flat, market, order, play

UP_AND_DOWN: list[Row] = [(p, p, p, p) for p in (1.1, 1.1, 1.101, 1.101, 1.1, 1.1, 1.099, 1.099, 1.099, 1.099)]


def facts(client: Scripted) -> dict[str, Any]:
    return {
        "open": client.entries_open("EURUSD"),
        "today": client.entries_today(),
        "result": client.result_today(),
        "losses": client.losses_in_a_row(),
        "wins": client.wins_in_a_row(),
        "since": tuple(client.bars_since("EURUSD", event) for event in ("exit", "win", "loss")),
        "last": client.last_trade(),
    }


def then_facts(*steps: Any) -> Any:
    def step(client: Scripted) -> dict[str, Any]:
        for each in steps:
            each(client)
        return facts(client)

    return step


def only(answers: list[Any]) -> list[dict[str, Any]]:
    return [answer for answer in answers if isinstance(answer, dict)]


def test_before_the_first_trade_there_is_nothing() -> None:
    """Counts are zero; what has never happened is not available."""
    _, client = play(market(flat(1.1, 3)), {0: facts})
    found = client.answers[0]
    assert [found[name] for name in ("open", "today", "result", "losses", "wins", "last")] == [0, 0, 0, 0, 0, None]
    assert all(math.isnan(bars) for bars in found["since"])


def test_a_win_and_two_losses() -> None:
    """A long from 1.1 to 1.101 (10), one from 1.101 to 1.1 (-10), one from 1.1 to 1.099 (-10), 0.1 lot each."""
    script = {
        0: order("buy"),  # fills at bar 1
        1: then_facts(close_all),  # closes at the open of bar 2: at this tick, -1 bars ago
        2: then_facts(order("buy")),  # fills at bar 3
        3: then_facts(close_all),  # at the open of bar 4
        4: order("buy"),  # at bar 5
        5: then_facts(close_all),  # at the open of bar 6
        8: facts,
    }
    _, client = play(market(UP_AND_DOWN), script)
    win, again, loss, second, late = only(client.answers)
    assert (win["open"], win["today"], win["result"], win["wins"], win["losses"]) == (0, 1, 10.0, 1, 0)
    assert win["since"][:2] == (-1, -1)
    assert math.isnan(win["since"][2])
    assert win["last"] == "won"
    assert (again["open"], again["today"], again["since"][0]) == (1, 2, 0)
    assert (loss["result"], loss["wins"], loss["losses"], loss["last"]) == (0.0, 0, 1, "lost")
    assert loss["since"] == (-1, 1, -1)
    assert (second["result"], second["losses"]) == (-10.0, 2)
    assert late["since"] == (2, 6, 2)


def test_the_parts_of_an_entry_count_once_and_together() -> None:
    """The first part wins 10, the second loses 20: one entry, lost when its last part closed."""

    def enter(client: Scripted) -> None:
        for target in (1.101, 0.0):
            keys = {"tp": target} if target else {}
            order("buy", plan={"group": "enter_long"}, **keys)(client)

    rows = [*flat(1.1, 2), (1.1, 1.102, 1.1, 1.1), *flat(1.1), *flat(1.098, 3)]
    script = {0: then_facts(enter), 2: facts, 3: then_facts(close_all)}
    entered, half, over = only(play(market(rows), script)[1].answers)
    assert (entered["open"], entered["today"]) == (1, 1)
    assert (half["open"], half["result"], half["wins"], half["last"]) == (1, 10.0, 0, None)
    assert math.isnan(half["since"][0])
    assert (over["open"], over["result"], over["losses"], over["last"]) == (0, -10.0, 1, "lost")
    assert over["since"][2] == -1


def test_costs_belong_to_the_result() -> None:
    """A position closed where it opened has lost its commission: 2 x 5 for a lot, 1 for a tenth."""
    script = {0: order("buy"), 1: then_facts(close_all)}
    found = only(play(market(flat(1.1, 4)), script, commission=5.0)[1].answers)[0]
    assert (found["result"], found["losses"]) == (-1.0, 1)


def test_neither_won_nor_lost_ends_the_run() -> None:
    """Without costs a position closed where it opened sets both counts to zero."""
    script = {0: order("buy"), 5: close_all, 6: then_facts(), 7: order("buy"), 8: then_facts(close_all)}
    lost, zero = only(play(market([*UP_AND_DOWN, *flat(1.099, 2)]), script)[1].answers)
    assert (lost["losses"], lost["last"]) == (1, "lost")
    assert (zero["losses"], zero["wins"], zero["last"]) == (0, 0, None)
    assert zero["since"][0] == -1
    assert zero["since"][2] == 8 - 6


def test_a_day_ends_with_the_bar_that_opens_on_the_next() -> None:
    """The decision at the close of the last bar is made on the new day."""
    bars = market([*flat(1.1, 2), *flat(1.101, 30)])
    script = {0: order("buy"), 2: close_all, 22: facts, 23: facts}
    before, after = only(play(bars, script)[1].answers)
    assert (before["today"], before["result"]) == (1, 10.0)
    assert (after["today"], after["result"]) == (0, 0.0)


def test_the_average_entry_weighs_by_volume() -> None:
    """0.1 lot at 1.1 and 0.3 at 1.101: 1.10075 for both; a short beside them has its own."""
    seen = {}

    def look(client: Scripted) -> None:
        seen.update({trade.order_id: (trade.side, round(trade.average_entry, 8)) for trade in client.trades("EURUSD")})

    script = {0: order("buy", 0.1), 1: order("buy", 0.3), 2: order("sell", 0.1), 3: look}
    play(market(UP_AND_DOWN), script)
    assert sorted(seen.values()) == [("long", 1.10075), ("long", 1.10075), ("short", 1.101)]


def test_another_event_is_refused() -> None:
    """Only exits, losses and wins can be asked for."""
    with pytest.raises(ParameterError, match="exit, loss, win"):
        play(market(flat(1.1, 3)), {0: lambda client: client.bars_since("EURUSD", "entry")})


def closed(profit: float, reason: str = "signal", symbol: str = "EURUSD") -> ClosedTrade:
    times = (0, 0, 1.1, 1.1, None, None)
    return ClosedTrade(symbol, "long", 0.1, *times, profit, 0.0, 0.0, reason, 0, 0, False, "1")


def test_the_ledger_knows_stops_and_symbols() -> None:
    """Runs count all symbols; times are those of the symbol; a trailing stop that wins is a stop and a win."""
    ledger = Ledger()
    ledger.opened("EURUSD", 3, 3600)
    ledger.closed(closed(5.0, "trailing"), 1, 7, 0, remains=False)
    ledger.closed(closed(3.0, "tp", "GBPUSD"), 2, 9, 0, remains=False)
    assert ledger.wins == 2
    assert [ledger.when("EURUSD", event) for event in ("entry", "exit", "win", "stop")] == [3, 7, 7, 7]
    assert ledger.when("GBPUSD", "win") == 9
    assert [ledger.time("EURUSD", event) for event in ("entry", "stop", "loss")] == [3600, 0, None]
    assert ledger.when("GBPUSD", "stop") is None
    assert ledger.result_on(0) == 8.0
    assert ledger.result_on(1) == 0.0


def test_float_noise_is_no_profit() -> None:
    """0.1 + 0.2 - 0.3 is nothing, neither won nor lost."""
    ledger = Ledger()
    for profit, remains in ((0.1, True), (0.2, True), (-0.3, False)):
        ledger.closed(closed(profit), 1, 0, 0, remains=remains)
    assert ledger.last is not None
    assert ledger.last.result is None
