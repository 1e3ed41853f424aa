"""From the books of a finished replay to a `Backtest`: trades, and balance and equity at every bar close."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars, Times
from mas.fills import LONG
from mas.margin_calls import least_equity, margin_curve, margin_use
from mas.results import Backtest, ClosedTrade, MarginUse, Played, Refusal, merge_parts
from mas.series import Series
from mas.terminals.guarded.events import GuardEvent, by_guard
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.records import Records
from mas.trade_columns import TradeColumns

if TYPE_CHECKING:
    from mas.portfolio import Lane, Portfolio
    from mas.replay import Replay
    from mas.terminals.simulated.terminal import SimulatedTerminal

FloatArray = NDArray[np.float64]

_TOGETHER = 2000
"""Trades whose floating profit is worked out at once: what that takes is as long as the bars they last."""


def backtest_of(replay: Replay) -> Backtest:
    """The result of a replay whose bars have all been played."""
    if replay.joint is not None:
        return _joint_backtest(replay.joint)
    terminal = replay.terminal
    book, market = terminal.book, terminal.market
    rows = [trade for _, trade in book.closed]
    columns = TradeColumns.of(rows)
    balance = balance_curve(market.bars.time, book.records)
    equity = floating_curve(market, columns)
    equity += balance
    if book.swaps:
        equity += swap_curve(market, book.swaps)
    result = Backtest(
        bars=market.bars,
        deposit=book.deposit,
        currency=terminal.currency,
        trades=tuple(closed_trades(replay)),
        balance=balance,
        equity=equity,
        conflicts=replay.conflicts,
        ambiguous=len(book.ambiguous_bars),
        refused=_refused(replay),
        guards=_acts(replay),
        alerts=tuple(replay.alerts),
        held_back=dict(replay.management.ledger.held_back),
        orders_sent=replay.sent,
        unfilled=replay.unfilled,
        leverage=terminal.leverage,
        spread=market.spread.text,
        spread_points=market.spread.prices / market.bars.point,
        notes=(market.money.note,) if market.money.note else (),
        modelling=replay.course.mode,
        fallback=replay.course.fallback,
        margin=_margin_use(terminal, rows, columns, equity),
    )
    return result if replay.management.plans else result.knowing(columns)  # with plans, parts may be one row


def _margin_use(
    terminal: SimulatedTerminal, rows: Sequence[ClosedTrade], columns: TradeColumns, equity: FloatArray
) -> MarginUse:
    market = terminal.market
    margin = margin_curve(market, columns, (columns.entry_bar, columns.exit_bar), len(market))
    return margin_use(terminal.account, market.bars.time, margin, least_equity(market, columns, equity), rows)


def _refused(replay: Replay) -> tuple[Refusal, ...]:
    """What the broker has refused; what guards have is told by them."""
    return tuple(refusal for refusal in replay.refused if not by_guard(refusal.text))


def _acts(replay: Replay) -> tuple[GuardEvent, ...]:
    overseer = replay.terminal.overseer
    return () if overseer is None else tuple(overseer.acts)


def closed_trades(replay: Replay) -> list[ClosedTrade]:
    """The trades closed so far, parts of one entry that ended together as one."""
    plans = replay.management.plans
    if not plans:
        return [trade for _, trade in replay.terminal.book.closed]
    return merge_parts((plans[t].rows if t in plans else None, trade) for t, trade in replay.terminal.book.closed)


def open_trades(replay: Replay) -> list[ClosedTrade]:
    """The positions still open as rows marked "end_of_data", at what they would close at now, costs so far.

    Empty after the replay: everything is closed then, under that reason.
    """
    book = replay.exchange.book
    return [
        ClosedTrade(
            p.market.symbol, "long" if p.side == LONG else "short", p.volume, p.opened_at, p.market.time, p.entry,
            p.market.closing_price(p.side), p.first_sl or None, p.first_tp or None, round(p.profit(), book.digits),
            p.commission, 0.0, "end_of_data", p.bar, p.market.bar, False, book.order_id(p.ticket), p.comment, p.inside,
        )
        for p in book.positions.values()
    ]  # fmt: skip


def balance_curve(times: Times, records: Records) -> FloatArray:
    """Deposit and everything realised up to each bar close, shape (bars,); times: the bars' opens."""
    flows = np.zeros(len(times))
    made, cash = records.flows()
    when = np.searchsorted(times, np.array(made, dtype=np.int64))
    np.add.at(flows, when, np.array(cash, dtype=np.float64))
    balance: FloatArray = np.cumsum(flows, out=flows)
    return balance.round(8, out=balance)  # money has cents: what a long sum adds beyond them is float noise


def swap_curve(market: Market, charges: Iterable[tuple[int, float]]) -> FloatArray:
    """Swap that has been charged and not yet realised at each bar close, shape (bars,)."""
    flows = np.zeros(len(market))
    for bar, amount in charges:
        flows[bar] += amount
    curve: FloatArray = np.cumsum(flows).round(8)
    return curve


def floating_curve(market: Market, trades: TradeColumns) -> FloatArray:
    """Profit of what is open at each bar close, at the prices at which it would close, shape (bars,)."""
    floating = np.zeros(len(market))
    for start in range(0, len(trades), _TOGETHER):
        stop = min(start + _TOGETHER, len(trades))
        if (trades.exit_bar[start : stop - 1] <= trades.entry_bar[start + 1 : stop]).all():
            _float_in_turn(market, trades, slice(start, stop), floating)
            continue
        for place in range(start, stop):
            _float_in_turn(market, trades, slice(place, place + 1), floating)
    return floating


def _float_in_turn(market: Market, trades: TradeColumns, part: slice, floating: FloatArray) -> None:
    """Add the floating profit of trades of which none begins before the one in front of it has ended."""
    money, begins, ends, long = market.money, trades.entry_bar[part], trades.exit_bar[part], trades.long[part]
    bars = ends - begins
    if len(bars) == 1:
        held: slice | NDArray[np.int64] = slice(int(begins[0]), int(ends[0]))
    else:
        held = np.arange(bars.sum()) + np.repeat(begins - (np.cumsum(bars) - bars), bars)
    closes = market.bids.closes[held]
    if not long.all():
        closes = np.where(np.repeat(long, bars), closes, market.asks.closes[held])
    signs, entries, sizes = np.where(long, 1, -1), trades.entry_price[part], money.contract * trades.volume[part]
    moves = np.repeat(signs, bars) * (closes - np.repeat(entries, bars)) * np.repeat(sizes, bars)
    floating[held] += moves * money.rate_curve(market.bars.time[held], closes)


# ------------------------------------------------------------- several symbols


def _joint_backtest(joint: Portfolio) -> Backtest:
    """The result of a run over several symbols, on their common clock."""
    main, moments, book = joint.main, joint.moments, joint.book
    markets = [lane.market for lane in joint.lanes]
    bars, filled = _filled_up(main.bars, moments)
    balance = balance_curve(moments, book.records)
    equity = balance + sum(_floating_on(lane, joint) for lane in joint.clocks)
    points = [market.spread.prices / market.bars.point for market in markets]
    notes = [market.money.note for market in markets if market.money.note]
    notes += [
        f"There are no finer data of {lane.bars.symbol}: inside its bars the stop is taken first."
        for lane in joint.lanes
        if lane.course.mode != main.course.mode
    ]
    if filled:
        notes.append(
            f"At {filled:,} moments another symbol has a bar and {main.bars.symbol} has none: its last price is shown."
        )
    return Backtest(
        bars=bars,
        deposit=book.deposit,
        currency=main.terminal.currency,
        trades=tuple(_on_clock(trade, moments) for trade in closed_trades(main)),
        balance=balance,
        equity=equity,
        conflicts=sum(lane.conflicts for lane in joint.lanes),
        ambiguous=sum(len(lane.terminal.book.ambiguous_bars) for lane in joint.lanes),
        refused=_refused(main),
        guards=_acts(main),
        alerts=tuple(main.alerts),
        held_back=dict(main.management.ledger.held_back),
        orders_sent=sum(lane.sent for lane in joint.lanes),
        unfilled=sum(lane.unfilled for lane in joint.lanes),
        leverage=main.terminal.leverage,
        spread=main.market.spread.text,
        spread_points=points[0][_latest(main.bars.time, moments)],
        notes=tuple(dict.fromkeys(notes)),
        modelling=main.course.mode,
        fallback=main.course.fallback,
        margin=_joint_margin_use(joint, equity),
        played=tuple(
            Played(market.bars, spread, market.spread.text) for market, spread in zip(markets, points, strict=True)
        ),
    )


def _joint_margin_use(joint: Portfolio, equity: FloatArray) -> MarginUse:
    moments, margin = joint.moments, np.zeros(len(joint.moments))
    rows = [trade for _, trade in joint.book.closed]
    for lane in joint.lanes:
        own = TradeColumns.of(trade for trade in rows if trade.symbol == lane.bars.symbol)
        entries, exits = (np.searchsorted(moments, times) for times in (own.entry_time, own.exit_time))
        margin += margin_curve(lane.market, own, (entries, exits), len(moments))
    return margin_use(joint.main.terminal.account, moments, margin, equity, rows)


def _latest(times: Times, moments: Times) -> NDArray[np.intp]:
    """For each moment the last bar that has opened by then; the first before there is one."""
    return np.maximum(np.searchsorted(times, moments, side="right") - 1, 0)


def _filled_up(bars: Bars, moments: Times) -> tuple[Bars, int]:
    """The bars with one at every moment, and how many of them had to be made: without extent, at the last price."""
    if len(bars) == len(moments):
        return bars, 0
    latest = _latest(bars.time, moments)
    missing = bars.time[latest] != moments
    before = moments < bars.time[0]
    still = np.where(before, bars.open.values[0], bars.close.values[latest])

    def column(values: Series) -> Series:
        return Series(np.where(missing, still, values.values[latest]))

    filled = replace(
        bars,
        time=moments,
        open=column(bars.open),
        high=column(bars.high),
        low=column(bars.low),
        close=column(bars.close),
        volume=Series(np.where(missing, 0.0, bars.volume.values[latest])),
        spread=None if bars.spread is None else bars.spread[latest],
        siblings={},
    )
    return filled, int(missing.sum())


def _on_clock(trade: ClosedTrade, moments: Times) -> ClosedTrade:
    entry, exit_ = np.searchsorted(moments, (trade.entry_time, trade.exit_time))
    return trade._replace(entry_bar=int(entry), exit_bar=int(exit_))


def _floating_on(lane: Lane, joint: Portfolio) -> FloatArray:
    """Profit and swap of what is open in one symbol, at each moment's last price of it, shape (moments,)."""
    market, moments = lane.replay.market, joint.moments
    floating, money, times = np.zeros(len(moments)), market.money, market.bars.time
    latest = _latest(times, moments)
    for bar, amount in lane.replay.terminal.book.swaps:
        floating[lane.at[bar] :] += amount
    for _, trade in joint.book.closed:
        if trade.symbol != market.symbol:
            continue
        start, stop = np.searchsorted(moments, (trade.entry_time, trade.exit_time))
        closes = market.closing(trade.direction).closes[latest[start:stop]]
        moves = trade.direction * (closes - trade.entry_price) * (money.contract * trade.volume)
        floating[start:stop] += moves * money.rate_curve(moments[start:stop], closes)
        # a position that closed between two bars of its symbol kept its swap until then
        floating[lane.at[trade.exit_bar] : stop] += trade.swap
    return floating
