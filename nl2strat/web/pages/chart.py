"""The chart of a finished backtest: `static/chart.js`, told what to show through attributes, heard through events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from nicegui import ui

from nl2strat.web.pages.reasons import reasons
from nl2strat.web.words import say, say_known

Json = dict[str, Any]

SCRIPT = "chart.js"
"""The module in the folder of static files that defines the element; it imports its parts by relative paths."""


def window_address(run: str) -> str:
    """Where the windows of a run come from (see `runs.Runs.window`)."""
    return f"/api/v1/runs/{run}/window"


class Chart(ui.element):
    """Price with trades and indicators, equity and drawdown, on one time axis."""

    def __init__(self, on_pick: Callable[[int, int | None], Any], on_step: Callable[[int], Any]) -> None:
        """Args: on_pick: told the bar and the trade's number (or None) chosen. on_step: told 1 (next) or -1."""
        super().__init__("nl2-chart")
        self._turns = count(1)
        self.props["words"] = json.dumps(chart_words())
        self.on("pick", lambda event: _picked(on_pick, event.args), args=["detail"])
        self.on("step", lambda event: on_step(1 if _detail(event.args).get("direction") == 1 else -1), args=["detail"])

    def show(self, source: str) -> None:
        """Args: source: address of the run's windows. What was in view stays in view if the bars are the same."""
        self.props["source"] = source

    def point_at(self, bar: int) -> None:
        """Put the crosshair on a bar, and the bar into view."""
        self._goto(from_bar=bar, to_bar=bar, mark=True)

    def reveal(self) -> None:
        """Scroll the page so that the chart is seen."""
        self.props["reveal"] = str(next(self._turns))

    def go(self, first: int, last: int, trade: Mapping[str, Any] | None = None) -> None:
        """Show bars first to last; a trade given is selected, with its stop and target."""
        self._goto(from_bar=first, to_bar=last, trade=dict(trade) if trade else None)

    def _goto(self, **wish: Any) -> None:
        self.props["goto"] = json.dumps({**wish, "turn": next(self._turns)})


def _picked(tell: Callable[[int, int | None], Any], args: Any) -> Any:
    detail = _detail(args)
    bar, trade = detail.get("bar"), detail.get("trade")
    if isinstance(bar, int | float):
        return tell(int(bar), int(trade) if isinstance(trade, int | float) else None)
    return None


def _detail(args: Any) -> Json:
    """What an event carries; a browser may send anything."""
    detail = args.get("detail") if isinstance(args, dict) else None
    return detail if isinstance(detail, dict) else {}


def chart_words() -> Json:
    """All texts of the chart."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return {
        "label": say("Price chart with trades, equity and drawdown"),
        "keys": say(
            "Arrow keys move and zoom, Shift with arrows walks from bar to bar, Enter explains the bar, "
            "n and p go to the next and previous trade, 0 shows everything."
        ),
        "hint": say("Drag to move. Click the chart, then scroll to zoom. Click a bar to see why."),
        "in": say("Zoom in"),
        "out": say("Zoom out"),
        "all": say("Show everything"),
        "previous": say("Previous trade"),
        "next": say("Next trade"),
        "equity": say("Equity"),
        "drawdown": say("Drawdown"),
        "stop": say("Stop"),
        "target": say("Target"),
        "long": say("Long"),
        "short": say("Short"),
        "trade": say("trade"),
        "left_out": say("{n} more trades: zoom in to see them", n="{n}"),
        "candle": say("{n} bars a candle", n="{n}"),
        "failed": say("The chart could not be loaded: {why}", why="{why}"),
        "ranges": [[say("1D"), 1], [say("1W"), 7], [say("1M"), 30], [say("1Y"), 365]],
        "day_month": say("{day} {month}"),
        "month_year": say("{month} \N{RIGHT SINGLE QUOTATION MARK}{year}"),
        "months": [say_known(month) for month in months],
        "reasons": reasons(),
    }
