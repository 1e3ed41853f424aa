"""An account on paper: MetaTrader5's functions over a simulated account that outlives the process.

The prices are recorded ones, played at a chosen speed, or those of a real terminal. Every accepted request is in the
account's file before its answer is given; a terminal that is opened again on that file carries all of them out again,
at the very moments at which they came, and so is the account that it was.
"""

from mas.terminals.paper.fed import FedTerminal
from mas.terminals.paper.terminal import PaperTerminal

__all__ = ["FedTerminal", "PaperTerminal"]
