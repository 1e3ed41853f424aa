"""A sweep: every configuration of a grid, its results on disk as they come, and what stands out in the end."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mas.metric_table import METRICS
from nl2strat.errors import UsageError
from nl2strat.library.fingerprint import plain, sha256
from nl2strat.research.counting import Counter
from nl2strat.research.plateau import plateau_scores
from nl2strat.research.space import Key, Space
from nl2strat.research.store import Store
from nl2strat.research.studies import Job, Measured, Tried, Window

if TYPE_CHECKING:
    from nl2strat.research.markets import Market
    from nl2strat.research.studies import Bench

PIECE = 250
"""Configurations in a piece of the file, at most."""
PATIENCE = 20.0
"""Seconds after which a piece is written, however few it holds: so much is lost when a sweep is killed."""

SMALLER_IS_BETTER = frozenset(name for name in METRICS if "drawdown" in name or name in (
    "gross_loss", "losing_trades", "max_consecutive_losses", "spread_cost", "ambiguous_trades", "refused_orders",
    "volatility_percent", "conflicts", "unfilled_orders",
)) - {"gross_loss"}  # fmt: skip
"""Figures by which the best configuration is the one with the least."""


@dataclass(frozen=True)
class Swept:
    """A finished (or stopped) sweep."""

    space: Space
    sort: str
    goals: Mapping[Key, float | None]
    plateau: Mapping[Key, float | None]
    errors: Mapping[Key, str]
    asked: int
    """Configurations that were asked for."""
    ran: int
    """Of these the ones that ran now; the others were there already."""
    seconds: float
    ended: str = ""
    """ "interrupted" if it was stopped before its end."""

    @property
    def ranked(self) -> list[Key]:
        """The configurations that have the figure, the best first; of equals the one on the better plateau."""
        sign = 1.0 if self.sort in SMALLER_IS_BETTER else -1.0
        known = [key for key, goal in self.goals.items() if goal is not None]

        def place(key: Key) -> tuple[float, float, Key]:
            plateau = self.plateau.get(key)
            return sign * (self.goals[key] or 0.0), sign * plateau if plateau is not None else float("inf"), key

        return sorted(known, key=place)


def check_sort(name: str) -> str:
    """The name of the figure to sort by. Raises: UsageError: there is none of that name."""
    from difflib import get_close_matches

    if name in METRICS:
        return name
    near = get_close_matches(name, METRICS, n=1, cutoff=0.5)
    raise UsageError(f"--sort {name}: there is no such figure{f'; did you mean {near[0]}?' if near else ''}")


def identity_of(market: Market, space: Space) -> dict[str, Any]:
    """What results are of, in words that a person can compare."""
    evaluator = market.evaluator
    bars = evaluator.bars
    prices = hashlib.sha256()
    for column in (bars.time, bars.open.values, bars.high.values, bars.low.values, bars.close.values):
        prices.update(column.tobytes())
    return {
        "strategy": sha256(evaluator.compiled.python),
        "data": prices.hexdigest(),
        "account": plain(evaluator.settings),
        "inputs": {axis.name: list(axis.values) for axis in space.axes},
    }


def sweep(
    market: Market, space: Space, keys: Sequence[Key], store: Store, bench: Bench, sort: str,
    tell: Callable[[int, int, float], None] = lambda done, of, seconds: None,
) -> Swept:  # fmt: skip
    """Run what has not been run. Ctrl-C ends it; what was done is kept.

    Args: tell: called with (configurations done, of how many, seconds since the start) as they finish.
    """
    began, ended, ran = time.monotonic(), "", 0
    bars = len(market.evaluator.bars)
    window, count = Window(((0, bars),)), Counter((market,), "sweep")
    missing = [key for key in keys if key not in store.rows]
    held = len(keys) - len(missing)
    try:
        for piece in _pieces(bench, space, missing, bars):
            store.add(piece)
            for key, measured in piece:
                count(Tried(ran, key, space.values(key), (), (), (measured,)), window)
                ran += 1
            tell(held + ran, len(keys), time.monotonic() - began)
    except KeyboardInterrupt:
        ended = "interrupted"
    wanted = set(keys)
    goals = {key: row.goal for key, row in store.rows.items() if key in wanted}
    errors = {key: row.error for key, row in store.rows.items() if row.error and key in wanted}
    plateau = plateau_scores(space, goals)
    if not ended:
        store.finish(plateau)
    return Swept(space, sort, goals, plateau, errors, len(keys), ran, time.monotonic() - began, ended)


def _pieces(bench: Bench, space: Space, keys: Sequence[Key], bars: int) -> Iterator[list[tuple[Key, Measured]]]:
    """Results in pieces of a size, or of a time."""
    jobs = [Job(0, space.values(key), 0, bars) for key in keys]
    owner = {job.name: key for job, key in zip(jobs, keys, strict=True)}
    piece: list[tuple[Key, Measured]] = []
    written = time.monotonic()
    try:
        for job, measured in bench.measure(jobs) if jobs else ():
            piece.append((owner[job.name], measured))
            if len(piece) >= PIECE or time.monotonic() - written > PATIENCE:
                yield piece
                piece, written = [], time.monotonic()
    except KeyboardInterrupt:
        if piece:
            yield piece
        raise
    if piece:
        yield piece
