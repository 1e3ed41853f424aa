"""A terminal shaped like the MetaTrader5 module that plays bars instead of talking to a broker.

market     prices of one symbol, the clock, the search for the next touched bar
money      profit, margin and conversion into the account currency
book       positions, waiting orders, deals, balance
validation what a request must be to be accepted, and the return code if it is not
playing    what one bar does to the book, decided by mas.fills
terminal   the functions of the MetaTrader5 module on top of these
"""

from mas.terminals.simulated.terminal import SimulatedTerminal

__all__ = ["SimulatedTerminal"]
