"""Guards outside the strategy: a terminal that wraps any terminal and keeps its account inside the rules of a file.

rules       what a file of guards says, as plain data; reading: from TOML; presets: files that come along
events      what a guard tells when it acts
memory      what must survive a restart: the day's start, peaks, halts
exposure    what is held, what waits, and what a request would add to it
lines       the equity (or balance) below which a loss limit lies
week        trading hours and the weekend
sight       what is known of the account; checks, changes: whether a request may go through
guards      the engine: judges requests, watches the account, acts
flatten     closing and removing
terminal    `Guarded`, which wraps a terminal with MetaTrader5's functions
overseer    the same engine inside a simulated terminal, where limits are reached inside a bar; prices: at what price
summary     what guards did in a run; wording: what rules mean
"""
