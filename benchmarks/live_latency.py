"""How long it takes a live session from a bar's arrival to `order_send`: CPU time, ten indicators.

    python benchmarks/live_latency.py [--bars 5000] [--decisions 300] [--journal] [--guards]

A strategy whose rules use ten indicators enters or leaves at every bar. The clock starts when the bar has been taken
from the channel and stops when the terminal's `order_send` is called: appending the bar, computing the signals over the
window, plans, exits, the entry policy, the order's request. With --journal
everything is written down as in a real run: what is waited for the disk meanwhile is no CPU time and stands beside it.
With --guards those of the preset "cautious" judge the order first.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from mas.data import sample_bars
from mas.terminals.guarded.presets import guards_called
from mas.terminals.guarded.terminal import Guarded
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.trading.direct import DirectChannel
from mas.trading.inputs import Input
from mas.trading.journal import Journal
from mas.trading.journaled import JournaledChannel
from mas.trading.session import LiveSession
from nl2strat.codegen import load, render
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program

PROGRAM = """strategy "Ten indicators"
symbol EURUSD
timeframe H1

let trend = ema(close, 50) > 0.5 and sma(close, 200) > 0.5 and kama(close, 30) > 0.5
let strength = rsi(14) < 99 and adx(14) > 1 and cci(20) > -9999
let room = bb_upper(20, 2) > 0.5 and highest(high, 20) > 0.5 and stoch_k(14, 3, 3) < 99.5

enter long when close >= open and trend and strength and room
  stop 2 * atr(14)
end

enter short when close < open and trend and strength and room
  stop 2 * atr(14)
end
end strategy
"""


class Timed(SimulatedTerminal):
    """A terminal that notes when the first order after a bar comes: CPU time, and that of the clock."""

    asked: tuple[float, float] | None = None

    def order_send(self, request: Any = None, /, **fields: Any) -> Any:
        if self.asked is None:
            self.asked = time.process_time(), time.perf_counter()
        return super().order_send(request, **fields)


def measure(count: int, decisions: int, journal: Path | None, guards: bool) -> list[tuple[float, float]]:
    """Milliseconds from bar to order, of CPU and of the clock, one pair for each bar at which an order was sent."""
    program = check(parse_program(PROGRAM), PROGRAM).program
    bars = sample_bars("EURUSD", "H1", count=count + decisions + 1)
    outside = Timed(bars, deposit=1e6)
    outside.initialize()
    outside.open_bar(count)
    strategy: Any = load(render(program))(toggle=False)
    terminal: Any = outside
    if guards:
        terminal = Guarded(outside, guards_called("cautious"), magics=(strategy.magic,), symbols=("EURUSD",))
    channel: Any = DirectChannel(terminal, "EURUSD", "H1", strategy.magic, settle=(0.0,))
    if journal is not None:
        channel = JournaledChannel(channel, Journal(journal, {"id": "latency"}))
    session = LiveSession(strategy, channel)
    found = []
    for bar in range(count + 1, len(bars)):
        outside.open_bar(bar)
        item: Input | None = channel.next(0.0)
        while item is not None:
            outside.asked, began, clock = None, time.process_time(), time.perf_counter()
            session.take(item)
            if outside.asked is not None:
                found.append((1000.0 * (outside.asked[0] - began), 1000.0 * (outside.asked[1] - clock)))
            item = channel.next(0.0)
        outside.play(bar)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=5000, help="of history")
    parser.add_argument("--decisions", type=int, default=300, help="bars that are measured")
    parser.add_argument("--journal", action="store_true", help="write everything down")
    parser.add_argument("--guards", action="store_true", help='the preset "cautious"')
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal.sqlite" if given.journal else None
        found = measure(given.bars, given.decisions, journal, given.guards)
    print(f"{len(found)} orders, {given.bars} bars of history")
    for name, times in (("CPU", sorted(cpu for cpu, _ in found)), ("the clock", sorted(clock for _, clock in found))):
        last = times[int(0.99 * len(times))]
        print(f"median {statistics.median(times):.2f} ms of {name}, 99th percentile {last:.2f} ms")


if __name__ == "__main__":
    main()
