"""A finished backtest as the library counts it."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.library import spool
from nl2strat.library.fingerprint import plain, sha256, specs_of
from nl2strat.library.places import data_folder

if TYPE_CHECKING:
    from nl2strat.backtesting import Outcome

log = logging.getLogger("nl2strat")


def record_of(outcome: Outcome, kind: str = "backtest") -> dict[str, Any]:
    """The columns of `tables.Try` that say what was tried and what it came to."""
    compiled, backtest, bars = outcome.compiled, outcome.backtest, outcome.backtest.bars
    return {
        "kind": kind,
        "name": compiled.program.name,
        "dsl_sha256": sha256(compiled.dsl),
        "python_sha256": sha256(compiled.python),
        "symbol": bars.symbol,
        "timeframe": bars.timeframe,
        "first": int(bars.time[0]),
        "last": int(bars.time[-1]),
        "bars": len(bars),
        "source": bars.source,
        "synthetic": bars.synthetic,
        "trades": len(backtest.trades),
        "net": float(sum(trade.net for trade in backtest.trades)),
        "settings": {**plain(outcome.settings), "symbols": specs_of(bars)},
        "metrics": _finite(outcome.metrics),
    }


def note(outcome: Outcome, number: str | None = None) -> None:
    """Count a backtest, for when the library is opened next. It never fails: a folder that cannot be made is logged.

    Args: number: its id, where it has one already.
    """
    try:
        folder = data_folder()
    except UsageError as error:
        log.warning("the backtest is not counted in the library: %s", error)
        return
    spool.append(folder, {**record_of(outcome), **({} if number is None else {"id": number})})


def _finite(metrics: Mapping[str, float | int | None]) -> dict[str, float | int | None]:
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in metrics.items()}  # fmt: skip
