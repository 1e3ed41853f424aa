"""A terminal shaped like the MetaTrader5 module that plays bars instead of talking to a broker.

terms       what the broker sets for the account and the symbol
market      prices of one symbol, the clock, the search for the next touched bar
money       profit and margin in the account currency; conversion: rates from other symbols' bars; legs: hedged margin
book        positions, waiting orders (holdings), deals, balance; costs: commission, slippage; rollover: swap
netting     what a fill does to a netting account, and two positions that close each other
validation  what a request must be to be accepted, and the return code if it is not; limits: the single checks
playing     what one bar does to the book, decided by mas.fills, along a path; events: in what order
history     bars and ticks as the records of copy_rates_... and copy_ticks_...; recorded: ticks that were not made up
terminal    the functions of the MetaTrader5 module on top of these: queries, prices, trading, shortcuts
"""

from mas.terminals.simulated.terminal import SimulatedTerminal

__all__ = ["SimulatedTerminal"]
