"""How long it takes a live session from a bar's arrival to `order_send`: CPU time, ten indicators.

    python benchmarks/live_latency.py [--bars 5000] [--decisions 300] [--journal]

A strategy whose rules use ten indicators enters or leaves at every bar. The clock starts when the bar has been taken
from the channel and stops when the terminal's `order_send` is called: appending the bar, computing the signals over the
window, plans, exits, the entry policy, the order's request. Written down as with a real run with --journal.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import time
from typing import Any

from mas.data import sample_bars
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.trading.direct import DirectChannel
from mas.trading.inputs import Input
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
    """A terminal that notes the CPU time at which the first order after a bar comes."""

    asked: float | None = None

    def order_send(self, request: Any = None, /, **fields: Any) -> Any:
        if self.asked is None:
            self.asked = time.process_time()
        return super().order_send(request, **fields)


def measure(count: int, decisions: int) -> list[float]:
    """Milliseconds of CPU from bar to order, one for each bar at which an order was sent."""
    program = check(parse_program(PROGRAM), PROGRAM).program
    bars = sample_bars("EURUSD", "H1", count=count + decisions + 1)
    outside = Timed(bars, deposit=1e6)
    outside.initialize()
    outside.open_bar(count)
    strategy: Any = load(render(program))(toggle=False)
    channel = DirectChannel(outside, "EURUSD", "H1", strategy.magic, settle=(0.0,))
    session = LiveSession(strategy, channel)
    found = []
    for bar in range(count + 1, len(bars)):
        outside.open_bar(bar)
        item: Input | None = channel.next(0.0)
        while item is not None:
            outside.asked, began = None, time.process_time()
            session.take(item)
            if outside.asked is not None:
                found.append(1000.0 * (outside.asked - began))
            item = channel.next(0.0)
        outside.play(bar)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=5000, help="of history")
    parser.add_argument("--decisions", type=int, default=300, help="bars that are measured")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    found = sorted(measure(given.bars, given.decisions))
    print(f"{len(found)} orders, {given.bars} bars of history")
    print(f"median {statistics.median(found):.2f} ms of CPU, 99th percentile {found[int(0.99 * len(found))]:.2f} ms")


if __name__ == "__main__":
    main()
