"""From the books of a finished replay to a `Backtest`: trades, and balance and equity at every bar close."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.answers import order_id_of
from mas.fills import LONG
from mas.results import Backtest, ClosedTrade, merge_parts
from mas.terminals.simulated.market import Market
from mas.terminals.structs import TradeDeal

if TYPE_CHECKING:
    from mas.replay import Replay

FloatArray = NDArray[np.float64]


def backtest_of(replay: Replay) -> Backtest:
    """The result of a replay whose bars have all been played."""
    terminal = replay.terminal
    book, market = terminal.book, terminal.market
    rows = [trade for _, trade in book.closed]
    balance = balance_curve(market, book.deals)
    return Backtest(
        bars=market.bars,
        deposit=book.deposit,
        currency=terminal.currency,
        trades=tuple(closed_trades(replay)),
        balance=balance,
        equity=balance + floating_curve(market, rows) + swap_curve(market, book.swaps),
        conflicts=replay.conflicts,
        ambiguous=len(book.ambiguous_bars),
        refused=tuple(replay.refused),
        orders_sent=replay.sent,
        unfilled=replay.unfilled,
        leverage=terminal.leverage,
        spread=market.spread.text,
        spread_points=market.spread.prices / market.bars.point,
        notes=(market.money.note,) if market.money.note else (),
        modelling=replay.course.mode,
        fallback=replay.course.fallback,
    )


def closed_trades(replay: Replay) -> list[ClosedTrade]:
    """The trades closed so far, parts of one entry that ended together as one."""
    plans = replay.management.plans
    return merge_parts((plans[t].group if t in plans else None, trade) for t, trade in replay.terminal.book.closed)


def open_trades(replay: Replay) -> list[ClosedTrade]:
    """The positions still open as rows marked "end_of_data", at what they would close at now, costs so far.

    Empty after the replay: everything is closed then, under that reason.
    """
    book, market = replay.terminal.book, replay.market
    return [
        ClosedTrade(
            p.market.symbol, "long" if p.side == LONG else "short", p.volume, p.opened_at, p.market.time, p.entry,
            p.market.closing_price(p.side), p.first_sl or None, p.first_tp or None, round(p.profit(), book.digits),
            p.commission, 0.0, "end_of_data", p.bar, market.bar, False, order_id_of(p.ticket), p.comment, p.inside,
        )
        for p in book.positions.values()
    ]  # fmt: skip


def balance_curve(market: Market, deals: Iterable[TradeDeal]) -> FloatArray:
    """Deposit and everything realised up to each bar close, shape (bars,)."""
    flows = np.zeros(len(market))
    times = market.bars.time
    cash = [(deal.time, deal.profit + deal.commission + deal.swap) for deal in deals]
    when = np.searchsorted(times, np.array([time for time, _ in cash], dtype=np.int64))
    np.add.at(flows, when, np.array([amount for _, amount in cash], dtype=np.float64))
    balance: FloatArray = np.cumsum(flows)
    return balance.round(8)  # money has cents: what a long sum adds beyond them is float noise


def swap_curve(market: Market, charges: Iterable[tuple[int, float]]) -> FloatArray:
    """Swap that has been charged and not yet realised at each bar close, shape (bars,)."""
    flows = np.zeros(len(market))
    for bar, amount in charges:
        flows[bar] += amount
    curve: FloatArray = np.cumsum(flows).round(8)
    return curve


def floating_curve(market: Market, trades: Iterable[ClosedTrade]) -> FloatArray:
    """Profit of what is open at each bar close, at the prices at which it would close, shape (bars,)."""
    floating = np.zeros(len(market))
    money = market.money
    for trade in trades:
        held = slice(trade.entry_bar, trade.exit_bar)
        closes = market.closing(trade.direction).closes[held]
        moves = trade.direction * (closes - trade.entry_price) * (money.contract * trade.volume)
        floating[held] += moves * money.rate_curve(market.bars.time[held], closes)
    return floating
