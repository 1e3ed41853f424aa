"""What came of a backtest: figures, chart, trades, months, conditions, downloads. Built once, then only refilled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mas.errors import MasError
from nl2strat.web.api_runs import why_of
from nl2strat.web.pages import metrics
from nl2strat.web.pages.chart import Chart, window_address
from nl2strat.web.pages.explaining import Explanation
from nl2strat.web.pages.parts import Tag, refill, tag
from nl2strat.web.pages.robust import Belief
from nl2strat.web.pages.selecting import Row
from nl2strat.web.pages.trades import TradeTable
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.runs import RunState
    from nl2strat.web.services import Services


class Results:
    """Shows one finished run at a time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._state: RunState | None = None
        self._rows: Sequence[Row] = ()
        self._trade: Row | None = None
        self._asked = 0
        self._box = tag("div", classes="under")
        with self._box:
            self._empty = tag("section", classes="card results-idle")
            with self._empty, tag("div", classes="empty"):
                self._idle = tag("strong", say("No backtest yet"))
                tag("p", say("Run it: the chart with every trade, the figures, and why each bar did or did not trade."))

    @property
    def there(self) -> bool:
        """Whether results are shown."""
        return self._state is not None

    def going(self) -> None:
        """Another run is on its way: what is shown is of the one before."""
        if not self.there:
            self._idle.set_text(say("Running"))
        self._box.classes(add="stale").set(aria_busy="true")

    def stays(self) -> None:
        """Nothing new came of it."""
        if not self.there:
            self._idle.set_text(say("No backtest yet"))
        self._box.classes(remove="stale").set(aria_busy=None)

    async def show(self, state: RunState) -> None:
        """Args: state: a finished run, done."""
        summary = state.summary or {}
        rows = await self._services.do(self._services.runs.all_trades, state.id)
        first = self._state is None
        self._state, self._rows, self._trade = state, rows, None
        if first:
            refill(self._box, self._build)
        self.stays()
        digits, currency = int(summary["digits"]), str(summary["currency"])
        refill(self._doubts, lambda: metrics.doubts(summary))
        refill(self._tiles, lambda: metrics.tiles(summary))
        refill(self._months, lambda: metrics.months(summary))
        refill(self._band, lambda: metrics.band(summary))
        refill(self._figures, lambda: metrics.groups(summary))
        refill(self._conditions, lambda: metrics.conditions(summary))
        self._belief.show(state.id, summary)
        self._chart.show(window_address(state.id))
        self._table.show(self._rows, digits, currency)
        self._why.teach()

    # ------------------------------------------------------------- its parts

    def _build(self) -> None:
        self._doubts = tag("div")
        self._tiles = tag("div")
        with tag("div", classes="chart-row"):
            with tag("section", classes="card", aria_label=say("Chart")):
                self._chart = Chart(self._picked, self._stepped)
            self._why = Explanation(self._explain)
        with tag("section", classes="card", aria_label=say("Trades")):
            self._table = TradeTable(self._chosen)
        with tag("div", classes="pair"):
            with tag("section", classes="card"):
                _head(say("Months"))
                self._months = tag("div")
                self._band = tag("div")
            with tag("section", classes="card"):
                _head(say("Under which conditions"))
                self._conditions = tag("div")
        self._belief = Belief(self._services)
        with tag("section", classes="card"):
            _head(say("All figures"))
            self._figures = tag("div")

    # ------------------------------------------------------------- chart, table and explanation together

    async def _picked(self, bar: int, number: int | None) -> None:
        """A bar or a trade was chosen in the chart."""
        trade = self._row(number)
        self._trade = trade
        self._table.choose(number)
        await self._explain(max(0, int(trade["entry_bar"]) - 1) if trade is not None else bar)

    async def _chosen(self, row: Row) -> None:
        """A trade was chosen in the table."""
        self._trade = row
        self._table.choose(int(row["number"]))
        self._chart.go(int(row["entry_bar"]), int(row["exit_bar"]), row)
        self._chart.reveal()
        await self._explain(max(0, int(row["entry_bar"]) - 1), move=False)

    async def _stepped(self, direction: int) -> None:
        row = self._table.beside(int(self._trade["number"]) if self._trade is not None else None, direction)
        if row is not None:
            self._trade = row
            self._table.choose(int(row["number"]))
            self._chart.go(int(row["entry_bar"]), int(row["exit_bar"]), row)
            await self._explain(max(0, int(row["entry_bar"]) - 1), move=False)

    async def _explain(self, bar: int, *, move: bool = True) -> None:
        """Why that bar did what it did; an answer that comes too late is not shown."""
        state = self._state
        if state is None:
            return
        self._asked += 1
        mine = self._asked
        try:
            self._why.busy(bar, self._trade)
            if move:
                self._chart.point_at(bar)
            answer = await why_of(self._services, state.id, bar=bar)
        except MasError as error:
            if mine == self._asked:
                self._why.trouble(str(error))
            return
        if mine == self._asked:
            self._why.show(answer)

    def _row(self, number: int | None) -> Row | None:
        """A trade by its number; they are counted from 1 in the order of their exits."""
        if number is None or not 1 <= number <= len(self._rows):
            return None
        row = self._rows[number - 1]
        return row if row["number"] == number else next((r for r in self._rows if r["number"] == number), None)


def _head(title: str) -> Tag:
    box = tag("div", classes="card-head")
    with box:
        tag("h3", title)
    return box
