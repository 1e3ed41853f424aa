"""The statistics of MetaTrader's tester report, by its definitions, from deals and the equity.

Source: mt5.md, section 10: most rows were checked against printed reports to the last digit. A trade is an exit deal;
its result is profit + swap + commission of that deal alone, so commissions of entries count in the gross loss and
nowhere else. A fee counts as commission of its deal; commission that is charged in a deal of its own (daily, monthly)
counts like that of entries. Where a figure is the same as ours it comes from `mas.figures`; ours that differ are in
`mas.metrics`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas.figures import Fall, correlation, growth_per_trade, largest_fall, line_correlation, mean, plain, ratio, z_score
from mas.metric_table import Value
from mas.timeframes import DAY

if TYPE_CHECKING:
    from mas.results import ClosedTrade

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Flags = NDArray[np.bool_]

CHARGES = frozenset({
    mt5.DEAL_TYPE_COMMISSION, mt5.DEAL_TYPE_COMMISSION_DAILY, mt5.DEAL_TYPE_COMMISSION_MONTHLY,
    mt5.DEAL_TYPE_COMMISSION_AGENT_DAILY, mt5.DEAL_TYPE_COMMISSION_AGENT_MONTHLY,
})  # fmt: skip
"""Deals that are nothing but commission."""
EXITS = (mt5.DEAL_ENTRY_OUT, mt5.DEAL_ENTRY_INOUT, mt5.DEAL_ENTRY_OUT_BY)
TRADING_MINUTES = 252 * 1440
"""A year of MetaTrader's Sharpe ratio."""


class Deal(Protocol):
    """What is read of a deal: MetaTrader's field names (`history_deals_get`)."""

    @property
    def time(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def entry(self) -> int: ...
    @property
    def position_id(self) -> int: ...
    @property
    def volume(self) -> float: ...
    @property
    def commission(self) -> float: ...
    @property
    def fee(self) -> float: ...
    @property
    def swap(self) -> float: ...
    @property
    def profit(self) -> float: ...


class PlainDeal(NamedTuple):
    """A deal made from a closed trade."""

    time: int
    type: int
    entry: int
    position_id: int
    volume: float
    commission: float
    swap: float
    profit: float
    fee: float = 0.0


def deals_of(trades: Iterable[ClosedTrade], entry_share: float = 0.5) -> list[PlainDeal]:
    """The two deals of each trade in order of time, for where the terminal's own deals are not at hand.

    Args: entry_share: the part of a trade's commission that was charged at its entry.
    """
    deals: list[PlainDeal] = []
    for number, t in enumerate(trades, 1):
        buy_first = t.side == "long"
        kinds = (mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL) if buy_first else (mt5.DEAL_TYPE_SELL, mt5.DEAL_TYPE_BUY)
        at_entry = t.commission * entry_share
        deals.append(PlainDeal(t.entry_time, kinds[0], mt5.DEAL_ENTRY_IN, number, t.volume, at_entry, 0.0, 0.0))
        rest = t.commission - at_entry
        deals.append(PlainDeal(t.exit_time, kinds[1], mt5.DEAL_ENTRY_OUT, number, t.volume, rest, t.swap, t.profit))
    return sorted(deals, key=lambda deal: deal.time)


def mt5_statistics(
    deals: Sequence[Deal],
    deposit: float,
    *,
    equity: Floats | None = None,
    bar_minutes: float | None = None,
    margin_levels: Floats | None = None,
    excursions: Excursions | None = None,
) -> dict[str, Value]:
    """Every figure of `mas.mt5_table.STATISTICS`; None where it is not defined or its input was not given.

    Args: deals: in order of time; deposits and withdrawals among them are passed over. equity: at the last tick of each
        bar. bar_minutes: length of those bars. margin_levels: margin level in percent where there was margin.
        excursions: best and worst floating result of each position (`mas.excursions`).
    """
    book = _Book.of(deals, deposit)
    curve = book.all_balances if equity is None else np.concatenate(([deposit], equity))
    net = float(book.results.sum()) + book.entry_commission
    balance_fall, equity_fall = largest_fall(book.all_balances), largest_fall(curve)
    ahpr, ghpr = growth_per_trade(book.balances)
    found: dict[str, Value] = {
        **_results(book, net),
        **_falls("balance", book.all_balances, balance_fall),
        **_falls("equity", curve, equity_fall),
        "recovery_factor": ratio(net, equity_fall.money),
        "sharpe": None if equity is None or not bar_minutes else mt5_sharpe(curve, bar_minutes),
        "margin_level": float(margin_levels.min()) if margin_levels is not None and len(margin_levels) else None,
        "ahpr": ahpr,
        "ghpr": ghpr,
        "lr_correlation": line_correlation(book.balances),
        "lr_standard_error": line_error(book.balances),
        **_z(book.results > 0),
        **_counts(book),
        **_runs(book.results),
        **_holding(book),
        **_excursion_figures(excursions),
    }
    return {key: plain(value) for key, value in found.items()}


@dataclass(frozen=True)
class Excursions:
    """Per position, account currency, shape (positions,)."""

    profit: Floats
    """Its result, swap included."""
    mfe: Floats
    """Maximum favourable excursion: the best floating result, at least 0."""
    mae: Floats
    """Maximum adverse excursion: the worst floating result, at most 0."""


@dataclass(frozen=True)
class _Book:
    """The deals as arrays."""

    results: Floats
    """r_i of each exit deal."""
    long: Flags
    """Whether it closed a long position."""
    entry_commission: float
    """Commission and fees of entries, and what was charged in deals of its own."""
    all_balances: Floats
    """The deposit and the balance after every deal."""
    balances: Floats
    """The deposit and the balance right after each exit deal."""
    held: Floats
    """Seconds from entry to complete close of each position, Saturdays and Sundays taken off."""
    deals: int

    @classmethod
    def of(cls, deals: Sequence[Deal], deposit: float) -> _Book:
        traded = [deal for deal in deals if deal.type in (mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL)]
        booked = [deal for deal in deals if deal.type in (mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL, *CHARGES)]
        money = np.array([deal.profit + deal.swap + deal.commission + deal.fee for deal in booked], dtype=np.float64)
        is_exit = np.array([deal.type not in CHARGES and deal.entry in EXITS for deal in booked], dtype=bool)
        sold = np.array([deal.type == mt5.DEAL_TYPE_SELL for deal in booked], dtype=bool)
        balance = deposit + np.concatenate(([0.0], np.cumsum(money)))
        return cls(
            results=money[is_exit],
            long=sold[is_exit],
            entry_commission=float(money[~is_exit].sum()),
            all_balances=balance,
            balances=np.concatenate(([deposit], balance[1:][is_exit])),
            held=_held(traded),
            deals=len(traded),
        )


def _results(book: _Book, net: float) -> dict[str, Value]:
    r = book.results
    wins, losses = r[r > 0], r[r <= 0]
    gross_profit, gross_loss = float(wins.sum()), float(losses.sum()) + book.entry_commission
    return {
        "net_profit": net,
        "gross_profit": gross_profit,
        "gross_loss": gross_loss,
        "profit_factor": ratio(gross_profit, -gross_loss),
        "expected_payoff": ratio(net, len(r)),
        "average_profit_trade": mean(wins),
        "average_loss_trade": mean(losses),
        "largest_profit_trade": float(r.max()) if len(wins) else None,
        "largest_loss_trade": float(r.min()) if len(losses) else None,
    }


def _falls(name: str, curve: Floats, fall: Fall) -> dict[str, Value]:
    return {
        f"{name}_drawdown_absolute": max(0.0, float(curve[0] - curve.min())),
        f"{name}_drawdown_maximal": fall.money,
        f"{name}_drawdown_maximal_percent": fall.money_percent,
        f"{name}_drawdown_relative_percent": fall.percent,
        f"{name}_drawdown_relative": fall.percent_money,
    }


def mt5_sharpe(equity: Floats, bar_minutes: float) -> float | None:
    """MetaTrader's published method: log returns of the bars whose equity changed, mean / population deviation,
    times sqrt(252 x 1440 / minutes of a bar).

    It drops idle bars and yet annualises a full year, so it lies far above the usual ratio (`mas.metrics`).
    """
    if len(equity) < 3 or equity.min() <= 0:
        return None
    returns = np.diff(np.log(equity))
    returns = returns[returns != 0]
    if len(returns) < 2:
        return None
    found = ratio(float(returns.mean()), float(returns.std()))
    return None if found is None else found * math.sqrt(TRADING_MINUTES / bar_minutes)


def line_error(balance: Floats) -> float | None:
    """Standard error of the balances about their least-squares line: sqrt(SSE / (n - 2)), n points."""
    n = len(balance)
    if n < 3:
        return None
    x = np.arange(n, dtype=np.float64) - (n - 1) / 2
    away = balance - balance.mean()
    slope = float((x * away).sum() / (x**2).sum())
    return math.sqrt(float(((away - slope * x) ** 2).sum()) / (n - 2))


def _z(wins: Flags) -> dict[str, Value]:
    """The score and the probability, in percent, that the runs are no chance; of the score rounded to 2 decimals."""
    score = z_score(wins)
    probability = None if score is None else 100 * math.erf(abs(round(score, 2)) / math.sqrt(2))
    return {"z_score": score, "z_probability": probability}


def _counts(book: _Book) -> dict[str, Value]:
    r, long = book.results, book.long
    return {
        "trades": len(r),
        "deals": book.deals,
        "short_trades": int((~long).sum()),
        "short_won_percent": _won(r[~long]),
        "long_trades": int(long.sum()),
        "long_won_percent": _won(r[long]),
        "profit_trades": int((r > 0).sum()),
        "profit_trades_percent": _won(r),
        "loss_trades": int((r <= 0).sum()),
        "loss_trades_percent": 100 * float((r <= 0).mean()) if len(r) else None,
    }


def _won(results: Floats) -> float | None:
    return 100 * float((results > 0).mean()) if len(results) else None


def _runs(results: Floats) -> dict[str, Value]:
    """Stretches of wins and of losses: the longest with its sum, the richest with its length, the mean length."""
    found: dict[str, Value] = {}
    for name, flags, sign in (("wins", results > 0, 1), ("losses", results <= 0, -1)):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
        lengths = edges[1::2] - edges[::2]
        total = np.concatenate(([0.0], np.cumsum(results)))
        sums = total[edges[1::2]] - total[edges[::2]]
        longest, richest = (int(lengths.argmax()), int((sign * sums).argmax())) if len(lengths) else (-1, -1)
        found[f"max_consecutive_{name}"] = int(lengths[longest]) if len(lengths) else 0
        found[f"max_consecutive_{name}_money"] = float(sums[longest]) if len(lengths) else 0.0
        found[f"maximal_consecutive_{name}"] = float(sums[richest]) if len(lengths) else 0.0
        found[f"maximal_consecutive_{name}_count"] = int(lengths[richest]) if len(lengths) else 0
        found[f"average_consecutive_{name}"] = math.floor(float(lengths.mean()) + 0.5) if len(lengths) else 0
    return found


def _held(deals: Sequence[Deal]) -> Floats:
    """Seconds of every position that was closed completely, from its first entry to its last exit."""
    open_: dict[int, tuple[float, int]] = {}  # position -> (volume, entry time)
    spans = []
    for deal in deals:
        if deal.entry == mt5.DEAL_ENTRY_IN:
            volume, since = open_.get(deal.position_id, (0.0, deal.time))
            open_[deal.position_id] = (volume + deal.volume, since)
        elif deal.position_id in open_:
            volume, since = open_[deal.position_id]
            left = volume - deal.volume
            if deal.entry == mt5.DEAL_ENTRY_INOUT:  # turned round: what is left is a new position, the other way
                spans.append((since, deal.time))
                open_[deal.position_id] = (-left, deal.time)
            elif left < 1e-9:
                spans.append((since, deal.time))
                del open_[deal.position_id]
            else:
                open_[deal.position_id] = (left, since)
    since_, until = (np.array([span[i] for span in spans], dtype=np.int64) for i in (0, 1))
    return (until - since_ - (weekend_seconds(until) - weekend_seconds(since_))).astype(np.float64)


def weekend_seconds(moments: Times) -> Times:
    """Seconds of Saturdays and Sundays between the first Saturday of 1970 and each moment."""
    since = moments - 2 * DAY  # 1970-01-03 was a Saturday
    return since // (7 * DAY) * 2 * DAY + np.minimum(since % (7 * DAY), 2 * DAY)


def _holding(book: _Book) -> dict[str, Value]:
    hours = book.held / 3600
    return {
        "holding_minimal_hours": float(hours.min()) if len(hours) else None,
        "holding_maximal_hours": float(hours.max()) if len(hours) else None,
        "holding_average_hours": mean(hours),
    }


def _excursion_figures(found: Excursions | None) -> dict[str, Value]:
    if found is None:
        return dict.fromkeys(("correlation_profit_mfe", "correlation_profit_mae", "correlation_mfe_mae"))
    return {
        "correlation_profit_mfe": correlation(found.profit, found.mfe),
        "correlation_profit_mae": correlation(found.profit, found.mae),
        "correlation_mfe_mae": correlation(found.mfe, found.mae),
    }
