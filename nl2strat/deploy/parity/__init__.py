"""A run beside the backtest of the same bars: each decision that differs, and why."""

from nl2strat.deploy.parity.comparison import Difference, ParityReport
from nl2strat.deploy.parity.parity import parity, store, stored

__all__ = ["Difference", "ParityReport", "parity", "store", "stored"]
