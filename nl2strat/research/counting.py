"""Every configuration that was looked at is counted in the library, as a backtest is: luck grows with their number."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.library import spool
from nl2strat.library.fingerprint import plain, sha256, specs_of
from nl2strat.library.places import data_folder
from nl2strat.variants import with_values

if TYPE_CHECKING:
    from nl2strat.research.evaluating import Evaluator
    from nl2strat.research.markets import Market
    from nl2strat.research.studies import Measured, Tried, Window

log = logging.getLogger("nl2strat")


class Counter:
    """Counts configurations; it never fails: a folder that cannot be made is logged once.

    Args: kind: what the library calls them, "optimise" ...
    """

    def __init__(self, markets: Sequence[Market], kind: str) -> None:
        self._evaluators, self._kind = [market.evaluator for market in markets], kind
        self.count = 0
        """How many configurations were counted; on several data sets each is one there."""
        self._accounts: dict[int, dict[str, Any]] = {}
        self._folder: Path | None = None
        try:
            self._folder = data_folder()
        except UsageError as error:
            log.warning("the configurations are not counted in the library: %s", error)

    def __call__(self, tried: Tried, window: Window) -> None:
        """Count one on its bars."""
        for place, (measured, part) in enumerate(zip(tried.measured, window.parts, strict=True)):
            self.count += 1
            if self._folder is not None and not measured.error:
                evaluator = self._evaluators[place]
                account = self._accounts.get(place) or self._accounts.setdefault(place, account_of(evaluator))
                record = record_of(evaluator, tried.values, measured, part, self._kind, account)
                noted = spool.append(self._folder, record)
                self._folder = self._folder if noted else None  # a full disk is told once


def account_of(evaluator: Evaluator) -> dict[str, Any]:
    """What a try remembers of account and symbols: the same for all configurations."""
    return {**plain(evaluator.settings), "symbols": specs_of(evaluator.bars)}


def record_of(
    evaluator: Evaluator, values: Mapping[str, float], measured: Measured, part: tuple[int, int], kind: str,
    account: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The columns of `tables.Try` of one configuration on a part of the bars. No class was made for it alone: the
    column of the Python stays empty, and nothing can be approved by it."""
    from nl2strat.language.printer import print_program

    bars, start, stop = evaluator.bars, *part
    program = with_values(evaluator.compiled.program, values)
    return {
        "kind": kind,
        "name": program.name,
        "dsl_sha256": sha256(print_program(program)),
        "python_sha256": "",
        "symbol": bars.symbol,
        "timeframe": bars.timeframe,
        "first": int(bars.time[start]),
        "last": int(bars.time[stop - 1]),
        "bars": stop - start,
        "source": bars.source,
        "synthetic": bars.synthetic,
        "trades": int(measured.figures.get("trades") or 0),
        "net": float(measured.figures.get("net_profit") or 0.0),
        "settings": account,
        "metrics": dict(measured.figures),
    }
