"""The functions of the MetaTrader5 module on a simulated account.

Same names, arguments, tuples, return codes and failure values as the module (package 5.0.6231): data calls give None
when they fail and an empty tuple when there is nothing, boolean calls give False, and `last_error` says why. What is
not in the module (`open_bar`, `play`, ...) moves the clock and belongs to whoever plays the bars.
"""

from __future__ import annotations

from mas.terminals.simulated.queries import Queries
from mas.terminals.simulated.trading import Trading


class SimulatedTerminal(Queries, Trading):
    """A hedging account on one symbol's bars; see `Core` for its settings and its clock."""
