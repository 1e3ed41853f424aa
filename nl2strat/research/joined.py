"""Runs one after the other as one run: each begins with what the one before has left, and flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars
from mas.results import Backtest, ClosedTrade, MarginUse, Played
from mas.series import Series

Piece = tuple[Bars, Backtest | None]
"""Bars, and the run on them; None: nothing was traded, the account stands still."""


def joined(pieces: Sequence[Piece], deposit: float) -> Backtest:
    """The pieces as one backtest, bar after bar.

    With several symbols a piece's bars are the moments of their common clock, as in its backtest.
    Args: deposit: at the first bar. At least one piece was traded.
    """
    pieces = [(bars if run is None else run.bars, run) for bars, run in pieces]
    starts = np.cumsum([0, *(len(bars) for bars, _ in pieces)])
    balance, equity = np.full(starts[-1], np.nan), np.full(starts[-1], np.nan)
    spread = np.zeros(starts[-1])
    trades: list[ClosedTrade] = []
    for start, (bars, run) in zip(starts.tolist(), pieces, strict=False):
        if run is None:
            continue
        part = slice(start, start + len(bars))
        balance[part], equity[part] = run.balance, run.equity
        if run.spread_points is not None:
            spread[part] = run.spread_points
        trades += [t._replace(entry_bar=t.entry_bar + start, exit_bar=t.exit_bar + start) for t in run.trades]
    played = [run for _, run in pieces if run is not None]
    return Backtest(
        bars=_chained([bars for bars, _ in pieces]),
        deposit=deposit,
        currency=played[0].currency,
        trades=tuple(trades),
        balance=_held(balance, deposit),
        equity=_held(equity, deposit),
        conflicts=sum(one.conflicts for one in played),
        ambiguous=sum(one.ambiguous for one in played),
        refused=tuple(refusal for one in played for refusal in one.refused),
        orders_sent=sum(one.orders_sent for one in played),
        unfilled=sum(one.unfilled for one in played),
        leverage=played[0].leverage,
        spread=played[0].spread,
        spread_points=spread,
        notes=tuple(dict.fromkeys(note for one in played for note in one.notes)),
        modelling=played[0].modelling,
        fallback=sum(one.fallback for one in played),
        alerts=tuple(alert for one in played for alert in one.alerts),
        held_back=_summed(played),
        guards=tuple(event for one in played for event in one.guards),
        margin=_lowest(played),
        played=tuple(
            Played(
                _chained([one.played[place].bars for one in played]),
                np.concatenate([one.played[place].spread_points for one in played]),
                first.spread,
            )
            for place, first in enumerate(played[0].played)
        ),
    )


def _chained(parts: Sequence[Bars]) -> Bars:
    def column(name: str) -> Series:
        return Series(np.concatenate([getattr(part, name).values for part in parts]))

    spreads = [part.spread for part in parts if part.spread is not None]
    return replace(
        parts[0],
        time=np.concatenate([part.time for part in parts]),
        open=column("open"),
        high=column("high"),
        low=column("low"),
        close=column("close"),
        volume=column("volume"),
        spread=np.concatenate(spreads) if len(spreads) == len(parts) else None,
        siblings={},
    )


def _held(curve: NDArray[np.float64], deposit: float) -> NDArray[np.float64]:
    """The curve with the last known value wherever there is none."""
    known = np.where(np.isnan(curve), 0, np.arange(1, len(curve) + 1))
    places = np.maximum.accumulate(known)
    return np.concatenate(([deposit], curve))[places]


def _summed(played: Sequence[Backtest]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in played:
        for reason, count in one.held_back.items():
            total[reason] = total.get(reason, 0) + count
    return total


def _lowest(played: Sequence[Backtest]) -> MarginUse:
    levels = [one.margin.lowest for one in played if one.margin.lowest is not None]
    calls = [one.margin.called for one in played if one.margin.called is not None]
    return MarginUse(min(levels, default=None), min(calls, default=None))
