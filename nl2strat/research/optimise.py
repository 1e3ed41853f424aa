"""Finding inputs: the search, the best it has found, the same in the forward period, and what stands around it.

What is chosen is chosen by the in-sample bars alone. The forward period is shown beside it and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from mas.metrics import LEAST_TRADES
from nl2strat.errors import UsageError
from nl2strat.research.forward import MUCH_WORSE, days, kept_share
from nl2strat.research.markets import Market
from nl2strat.research.space import Space
from nl2strat.research.studies import Found, Plan, Search, Tried, Window

SHOWN = 10
"""How many of the best are shown, and tried in the forward period."""
STEEP = 0.5
"""Where the neighbours keep less than this share of the best score, it stands alone."""


@dataclass(frozen=True)
class Ranked:
    """A configuration that was found, with what became of it in the forward period."""

    tried: Tried
    forward: Tried | None = None
    kept: float | None = None
    """How much of the first goal it has kept there; None where that says nothing."""


@dataclass(frozen=True)
class Neighbour:
    """The best configuration with one input moved by one step."""

    name: str
    step: int
    tried: Tried


@dataclass(frozen=True)
class Optimised:
    """What an optimisation has come to."""

    space: Space
    plan: Plan
    window: Window
    ahead: Window | None
    """The forward period."""
    found: Found
    best: tuple[Ranked, ...]
    """The best first; with several goals those that nothing beats in every goal, the most balanced first."""
    neighbours: tuple[Neighbour, ...]
    plateau: float | None
    """Mean score of the neighbours as a share of the best one's; None where that is not above 0."""
    warnings: tuple[str, ...]


def optimise(search: Search, markets: Sequence[Market], ahead: Window | None) -> Optimised:
    """Run a search and judge what it has found.

    Raises: UsageError: nothing traded, or nothing kept the constraints; the message says what came nearest.
    """
    found = search.run()
    admissible = [tried for tried in found.distinct if tried.admissible]
    if not admissible and found.ended == "interrupted":
        raise KeyboardInterrupt
    if not admissible:
        raise nothing_found(found, search.plan)
    ranked = ranking(admissible)[:SHOWN]
    if ahead is not None:
        search.measure([tried.key for tried in ranked], ahead)  # all at once
    best = tuple(_with_forward(search, markets, tried, ahead) for tried in ranked)
    neighbours = () if found.ended == "interrupted" else _neighbours(search, best[0].tried)
    plateau = _plateau(best[0].tried, neighbours)
    warnings = (*warnings_of(search, markets, best[0], plateau, found), *_better(search, best[0].tried, neighbours))
    return Optimised(search.space, search.plan, search.window, ahead, found, best, neighbours, plateau, warnings)


def ranking(admissible: Sequence[Tried]) -> list[Tried]:
    """The best first; equals in the order in which they were tried.

    With several goals only those are left that no other beats in one goal without being beaten in another; the first is
    the one that is nearest to the best of every goal, each counted from its worst (0) to its best (1) among them.
    """
    if len(admissible[0].scores) == 1:
        return sorted(admissible, key=lambda one: (-_scores(one)[0], one.number))
    front = [one for one in admissible if not any(_beats(other, one) for other in admissible)]
    lows = [min(column) for column in zip(*map(_scores, front), strict=True)]
    highs = [max(column) for column in zip(*map(_scores, front), strict=True)]

    def distance(one: Tried) -> float:
        parts = zip(_scores(one), lows, highs, strict=True)
        return float(sum(((high - score) / (high - low)) ** 2 for score, low, high in parts if high > low))

    return sorted(front, key=lambda one: (distance(one), one.number))


def _scores(one: Tried) -> tuple[float, ...]:
    return tuple(score for score in one.scores if score is not None)


def _beats(one: Tried, other: Tried) -> bool:
    pairs = list(zip(_scores(one), _scores(other), strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def _with_forward(search: Search, markets: Sequence[Market], tried: Tried, ahead: Window | None) -> Ranked:
    if ahead is None:
        return Ranked(tried)
    forward = search.look(tried.key, ahead)
    before, after = tried.scores[0], forward.scores[0]
    lengths = [
        fmean(days(market.evaluator.bars, *part) for market, part in zip(markets, window.parts, strict=True))
        for window in (search.window, ahead)
    ]
    share = None
    if before is not None and after is not None:
        share = kept_share(search.plan.goals[0], before, after, lengths)
    return Ranked(tried, forward, share)


def _neighbours(search: Search, best: Tried) -> tuple[Neighbour, ...]:
    around = list(search.space.neighbours(best.key))
    search.measure([key for _, _, key in around], search.window)
    return tuple(Neighbour(name, step, search.look(key, search.window)) for name, step, key in around)


def _better(search: Search, best: Tried, neighbours: Sequence[Neighbour]) -> list[str]:
    """That the search has stopped short of what is one step away, if it has."""
    if len(search.plan.goals) > 1:
        return []
    able = [one for one in neighbours if one.tried.admissible and _scores(one.tried)[0] > _scores(best)[0]]
    if not able:
        return []
    top = max(able, key=lambda one: _scores(one.tried)[0])
    return [
        f"{top.name} = {top.tried.values[top.name]:g} is better still, one step away: the search has not been there; "
        "give more --trials."
    ]


def _plateau(best: Tried, neighbours: Sequence[Neighbour]) -> float | None:
    score = best.scores[0]
    if score is None or score <= 0 or not neighbours:
        return None
    return fmean(max(0.0, one.tried.scores[0] or 0.0) for one in neighbours) / score


# ------------------------------------------------------------------ what to know


def warnings_of(
    search: Search, markets: Sequence[Market], best: Ranked, plateau: float | None, found: Found
) -> tuple[str, ...]:
    """What a reader must know before believing the best, the gravest first."""
    texts = []
    tried, goal = best.tried, search.plan.goals[0]
    least = min(int(one.figures.get("trades") or 0) for one in tried.measured)
    if least < LEAST_TRADES:
        on_one = " on one of the data sets" if len(tried.measured) > 1 else ""
        texts.append(
            f"Only {least} trades{on_one}: too few to tell skill from luck ({LEAST_TRADES} is a bare minimum)."
        )
    if best.forward is not None:
        if best.forward.scores[0] is None:
            texts.append(f"In the forward period {goal.text} is not defined for the best: it hardly traded there.")
        elif best.kept is not None and best.kept < MUCH_WORSE:
            texts.append(
                f"The forward period has kept {100 * best.kept:.0f} % of {goal.text}: much worse than in sample."
            )
    for name in search.space.edges(tried.key):
        value = search.space.values(tried.key)[name]
        texts.append(f"{name} = {value:g} is at the end of its range: the best may lie beyond it.")
    if plateau is not None and plateau < STEEP:
        texts.append(
            f"One step away {goal.text} falls to {100 * plateau:.0f} % on average: a peak that stands alone is "
            "likely luck."
        )
    failed = [one for one in found.distinct if one.error]
    if failed:
        texts.append(f"{len(failed)} configurations could not be run, the first because: {failed[0].error}")
    return tuple(texts)


def nothing_found(found: Found, plan: Plan) -> UsageError:
    """Why there is no configuration to choose."""
    whole = [one for one in found.distinct if one.pruned is None]
    run = [one for one in whole if not one.error]
    if not whole:
        return UsageError("no configuration was measured; give more time or trials")
    if not run:
        return UsageError(f"none of {len(whole)} configurations can be run; the first: {whole[0].error}")
    if not any(measured.figures.get("trades") for one in run for measured in one.measured):
        return UsageError(
            f"none of {len(run)} configurations has made a trade; see `nl2strat why`, or widen the ranges or the period"
        )
    undefined = sum(None in one.scores for one in run)
    if undefined == len(run):
        names = " and ".join(goal.text for goal in plan.goals)
        return UsageError(f"{names} is not defined for any of {len(run)} configurations: too few trades or days")
    for place, bound in enumerate(plan.constraints):
        if all(one.violations[place] for one in run):
            nearest = min(run, key=lambda one: one.violations[place])
            values = [measured.figures.get(bound.key) for measured in nearest.measured]
            shown = ", ".join("undefined" if value is None else f"{value:g}" for value in values)
            return UsageError(
                f'--constraint "{bound.text}": none of {len(run)} configurations keeps it; the nearest has '
                f"{bound.key} {shown}"
            )
    return UsageError(f"none of {len(run)} configurations keeps all constraints at once; loosen one")
