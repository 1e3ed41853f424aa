"""What the reasons for the end of a trade are called."""

from __future__ import annotations

from nl2strat.web.words import say


def reasons() -> dict[str, str]:
    """Reason (`mas.results.EXIT_REASONS`) -> words."""
    return {
        "signal": say("signal"),
        "reverse": say("reversal"),
        "sl": say("stop loss"),
        "tp": say("take profit"),
        "trailing": say("trailing stop"),
        "breakeven": say("break-even"),
        "time": say("time"),
        "session": say("end of session"),
        "limit": say("limit of the day"),
        "stop_out": say("margin stop-out"),
        "end_of_data": say("end of data"),
    }


def reason_of(name: str) -> str:
    """One of them; an unknown one as it is."""
    return reasons().get(name, name)
