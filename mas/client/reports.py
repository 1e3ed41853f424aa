"""The three documented reports: on the running or latest replay, else on the real orders this client has sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mas import constants as mt5
from mas.bars import Bars
from mas.client.account import FAR
from mas.client.core import Core
from mas.client.live_trades import trades_of_deals
from mas.errors import MasError
from mas.history import bars_of_rates
from mas.messages import translated
from mas.results import ClosedTrade
from mas.settings import settings
from mas.subscriptions import TICKS
from mas.timeframes import DAY

log = logging.getLogger("mas")

NO_TRADES_READ = "NO_TRADES_READ"
"""The code beside the error of a terminal that could not be asked for the trades."""
KPI_FILE, CHART_FILE = "kpi_report.html", "trade_report.html"

Json = dict[str, Any]
Record = tuple[list[ClosedTrade], Bars | None, float, str]
"""Trades, the bars behind them, the starting capital and its currency."""


class ReportMethods(Core):
    """generate_data_report, generate_kpi_report, generate_trade_chart."""

    def generate_data_report(self) -> Json:
        """Figures of the trades closed so far: `{"status": True, "data": {...}}`, or False with `error`."""
        from mas.data_report import data_report

        try:
            trades, _, deposit, _ = self._record()
        except MasError as error:
            return _told("generate_data_report", _unread(error))
        return _told("generate_data_report", data_report(trades, deposit))

    def generate_kpi_report(self) -> Json:
        """Write kpi_report.html and print where: `{"status": True}`, or False with `error`."""
        from mas.kpi_report import kpi_report

        def write(path: Path, trades: list[ClosedTrade], bars: Bars, deposit: float, currency: str) -> Json:
            return kpi_report(path, trades, bars, deposit, documented=settings.documented_kpis, currency=currency)

        return self._written("generate_kpi_report", KPI_FILE, write)

    def generate_trade_chart(self) -> Json:
        """Write trade_report.html and print where: `{"status": True}`, or False with `error`."""
        from mas.trade_chart import trade_chart

        def write(path: Path, trades: list[ClosedTrade], bars: Bars, deposit: float, currency: str) -> Json:
            return trade_chart(path, trades, bars, deposit, currency=currency)

        return self._written("generate_trade_chart", CHART_FILE, write)

    # ------------------------------------------------------------- inside

    def _written(self, what: str, name: str, write: Callable[..., Json]) -> Json:
        from mas.data_report import missing_trades

        try:
            trades, bars, deposit, currency = self._record()
        except MasError as error:
            return _told(what, _unread(error))
        if not trades or bars is None:
            return _told(what, missing_trades())
        path = (settings.reports_folder / name).absolute()
        answer = _told(what, write(path, trades, bars, deposit, currency))
        if answer["status"]:
            print(path)
        return answer

    def _record(self) -> Record:
        """What to report on. Raises: MasError: the terminal, whose orders those are, does not say."""
        session = self._session or self._last_replay
        if session is not None and (self._session is not None or not self._reports_live()):
            terminal = session.terminal
            return (
                [*session.trades(), *session.open_trades()],
                session.report_bars(),
                terminal.book.deposit,
                terminal.currency,
            )
        return ([], None, 0.0, "") if self._connection is None else self._live_record()

    def _reports_live(self) -> bool:
        """Whether the real orders are meant: after a live subscription, or without one where there are any."""
        if self._connection is None or self._backtesting:
            return False
        return self._backtesting is False or (self._orders is not None and bool(self._orders.sent))

    def _live_record(self) -> Record:
        """The trades of the orders this client has sent, and the bars of the symbol subscribed to (or traded) since."""
        connection, watch = self._live(), self._orders
        if watch is None or not watch.sent or watch.began is None:
            return [], None, 0.0, ""
        since = watch.began - 2 * DAY  # the last quote may be older than the clock, and bars before show what led there
        every = trades_of_deals(connection.history_deals_get(since, FAR))
        trades = [trade for trade in every if int(trade.order_id) in watch.sent]
        account = connection.account_info()
        deposit = account.balance - sum(trade.net for trade in trades)
        if not trades:
            return [], None, deposit, account.currency
        subscribed = [key for key in (self._loop.subscribed if self._loop else ()) if key[1] != TICKS]
        symbol, timeframe = subscribed[0] if subscribed else (trades[0].symbol, "M1")
        rates = connection.copy_rates_range(symbol, getattr(mt5, f"TIMEFRAME_{timeframe}"), since, FAR)
        bars = bars_of_rates(rates, symbol, timeframe, connection.symbol_info(symbol))
        return trades, bars, deposit, account.currency


def _unread(error: MasError) -> Json:
    """The answer where the trades cannot be had."""
    return {"status": False, "error": str(error), "code": NO_TRADES_READ}


def _told(what: str, answer: Json) -> Json:
    """The answer, its error logged and in the language chosen."""
    if answer["status"]:
        return answer
    log.error("%s: %s", what, translated(answer["error"]))
    return {**answer, "error": translated(answer["error"])}
