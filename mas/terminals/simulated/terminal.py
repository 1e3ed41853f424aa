"""The functions of the MetaTrader5 module on a simulated account.

Same names, arguments, tuples, return codes and failure values as the module (package 5.0.6231): data calls give None
when they fail and an empty tuple when there is nothing, boolean calls give False, and `last_error` says why. What is
not in the module (`open_bar`, `play`, ...) moves the clock and belongs to whoever plays the bars.
"""

from __future__ import annotations

from mas import constants as mt5
from mas.terminals.simulated.overseen import Overseen
from mas.terminals.simulated.prices import Prices
from mas.terminals.simulated.shortcuts import Shortcuts


class SimulatedTerminal(Overseen, Shortcuts, Prices):
    """An account on one symbol's bars; see `Core` for its settings and its clock."""

    __version__ = "5.0.6231"
    __author__ = "nl2strat (simulated)"


for _name in dir(mt5):
    if _name.isupper():
        setattr(SimulatedTerminal, _name, getattr(mt5, _name))
