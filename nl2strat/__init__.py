"""nl2strat: a sentence becomes a strategy that can be read, tested and deployed."""

__version__ = "0.1.0"
