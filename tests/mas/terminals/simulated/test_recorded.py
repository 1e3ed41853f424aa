"""Recorded ticks in a replay: what the terminal shows of them, and never ahead of its clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mas import constants as mt5
from mas.backtest import play
from mas.bars import Bars
from mas.modelling import course_of
from mas.symbols import symbol_spec
from mas.terminals.simulated import SimulatedTerminal
from mas.tick_replay import TickBars, TickReplay
from mas.ticks import Ticks
from tests.mas.scenarios import MONDAY, Scripted, market

ALL, INFO, TRADE = mt5.COPY_TICKS_ALL, mt5.COPY_TICKS_INFO, mt5.COPY_TICKS_TRADE
STAMPS = MONDAY * 1000 + np.array([500, 1_000_000, 3_000_250, 3_600_125, 5_400_000, 7_199_999, 9_000_000])
"""Three in the first hour, three in the second, one late in the third."""
BIDS = np.array([1.1, 1.105, 1.102, 1.103, 1.098, 1.1, 1.1])


def ticks() -> Ticks:
    return Ticks("EURUSD", STAMPS, BIDS, np.round(BIDS + 0.00012, 5), symbol_spec("EURUSD"))


def hours() -> Bars:
    """The bars of these ticks; the third began with a tick that was not recorded."""
    return market([(1.1, 1.105, 1.1, 1.102), (1.103, 1.103, 1.098, 1.1), (1.101, 1.101, 1.1, 1.1)])


def led(**settings: Any) -> SimulatedTerminal:
    terminal = SimulatedTerminal(hours(), **settings)
    course_of(terminal.market, "real_ticks", ticks(), settings.get("spread") is None).lead(terminal)
    terminal.initialize()
    return terminal


def stamps(terminal: SimulatedTerminal, flags: int = ALL) -> list[int]:
    found = terminal.copy_ticks_range("EURUSD", MONDAY, MONDAY + 90_000, flags)
    assert found is not None
    return [int(stamp) for stamp in found["time_msc"]]


@pytest.mark.parametrize(("bar", "count"), [(0, 1), (1, 4), (2, 6)])
def test_the_first_tick_of_a_bar_is_the_newest(bar: int, count: int) -> None:
    """Where the bar begins with a tick that is missing, those before it."""
    terminal = led()
    terminal.open_bar(bar)
    assert stamps(terminal) == STAMPS[:count].tolist()
    quote = terminal.symbol_info_tick("EURUSD")
    assert quote is not None
    expected = STAMPS[count - 1] if bar < 2 else MONDAY * 1000 + 7_200_000
    assert (quote.time_msc, quote.time, quote.bid) == (expected, expected // 1000, hours().open.values[bar])


def test_the_ticks_have_their_own_asks_and_the_quote_is_the_last_of_them() -> None:
    """Bid and ask as recorded; the end of the data shows everything."""
    terminal = led()
    terminal.end()
    found = terminal.copy_ticks_from("EURUSD", MONDAY, 99, INFO)
    assert found is not None
    assert found["bid"].tolist() == BIDS.tolist()
    assert np.allclose(found["ask"] - found["bid"], 0.00012)
    assert stamps(terminal, TRADE) == []
    terminal.open_bar(1)
    quote = terminal.symbol_info_tick("EURUSD")
    assert quote is not None
    assert (quote.bid, quote.ask) == (1.103, 1.10312)


def test_a_spread_that_was_set_goes_for_the_ticks_as_well() -> None:
    """The same asks at which orders fill."""
    terminal = led(spread=30.0)
    terminal.open_bar(1)
    found = terminal.copy_ticks_from("EURUSD", MONDAY, 2, ALL)
    assert found is not None
    assert found["ask"].tolist() == [1.1003, 1.1053]


def test_inside_a_bar_the_clock_stands_at_the_tick_of_the_deal() -> None:
    """Whoever is told of a fill sees that tick and none after it."""
    terminal = led()
    terminal.open_bar(0)
    request = {"action": 1, "symbol": "EURUSD", "type": 0, "volume": 0.1, "tp": 1.104}
    answer = terminal.order_send(request)
    assert answer is not None
    assert answer.retcode == mt5.TRADE_RETCODE_DONE
    seen: list[list[int]] = []

    class Ear:
        def closed(self, *args: Any) -> None:
            seen.append(stamps(terminal))

    terminal.listen(Ear())  # type: ignore[arg-type]
    terminal.play(0)
    assert seen == [STAMPS[:2].tolist()]


def test_without_recorded_ticks_the_ends_of_the_bars_stand_for_them() -> None:
    """Open and close of what is past, the open of what is forming."""
    terminal = SimulatedTerminal(hours())
    terminal.initialize()
    terminal.open_bar(1)
    assert stamps(terminal) == [MONDAY * 1000, MONDAY * 1000 + 3_599_999, MONDAY * 1000 + 3_600_000]


def test_a_replay_of_ticks_shows_those_up_to_the_next() -> None:
    """While a tick is handled the terminal already stands at the one at which orders fill; trades are told apart."""
    bars = TickBars.from_ticks(
        ticks(), last=np.array([0, 1.105, 0, 0, 0, 0, 1.1]), size=np.array([0, 2, 0, 0, 0, 0, 1])
    )
    terminal = SimulatedTerminal(bars)
    seen: list[tuple[int, int]] = []

    class Watching(Scripted):
        def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            seen.append((len(stamps(terminal)), len(stamps(terminal, TRADE))))

    play(TickReplay(Watching({}), terminal))
    assert seen == [(2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 2), (7, 2)]
