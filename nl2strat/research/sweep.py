"""A sweep: every configuration of a grid, its results on disk as they come, and what stands out in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mas.errors import MasError
from nl2strat.research.counting import Counter
from nl2strat.research.identity import parts_of
from nl2strat.research.objectives import LESS_IS_BETTER
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


@dataclass(frozen=True)
class Swept:
    """A finished (or stopped) sweep."""

    space: Space
    sort: str
    goals: Mapping[Key, float | None]
    """The figure of each; None where it is not defined, or nothing was traded."""
    plateau: Mapping[Key, float | None]
    trades: Mapping[Key, int]
    errors: Mapping[Key, str]
    asked: int
    """Configurations that were asked for."""
    ran: int
    """Of these the ones that ran now; the others were there already."""
    seconds: float
    ended: str = ""
    """ "interrupted" if it was stopped before its end."""

    @property
    def less_is_better(self) -> bool:
        """Of the figure that it is sorted by."""
        return self.sort in LESS_IS_BETTER

    @property
    def ranked(self) -> list[Key]:
        """The configurations that have the figure, the best first; of equals the one on the better plateau."""
        sign = 1.0 if self.less_is_better else -1.0
        known = [key for key, goal in self.goals.items() if goal is not None]

        def place(key: Key) -> tuple[float, float, Key]:
            plateau = self.plateau.get(key)
            return sign * (self.goals[key] or 0.0), sign * plateau if plateau is not None else float("inf"), key

        return sorted(known, key=place)


def identity_of(market: Market, space: Space, where: str | None = None, limit: int | None = None) -> dict[str, Any]:
    """What results are of, in words that a person can compare."""
    turned = {axis.name: list(axis.values) for axis in space.axes}
    ranges = {name: turned.get(name, [value]) for name, value in space.defaults.items()}
    return {**parts_of([market.evaluator]), "set of inputs": ranges, "--where": where, "--limit": limit}


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
    goals = {key: row.goal for key, row in store.rows.items()}
    trades = {key: row.trades for key, row in store.rows.items()}
    errors = {key: row.error for key, row in store.rows.items() if row.error}
    plateau = plateau_scores(space, goals)
    if not ended:
        store.finish(plateau)
    return Swept(space, sort, goals, plateau, trades, errors, len(keys), ran, time.monotonic() - began, ended)


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
    except (KeyboardInterrupt, MasError):  # what has been done counts, whatever ends it
        if piece:
            yield piece
        raise
    if piece:
        yield piece
