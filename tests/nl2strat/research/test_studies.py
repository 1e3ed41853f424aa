"""Searches on a hill: what each sampler finds, that it is found again, what is given up, and what is never chosen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from nl2strat.errors import UsageError
from nl2strat.research.grid import condition
from nl2strat.research.objectives import constraint_of, goal_of
from nl2strat.research.optimise import ranking
from nl2strat.research.space import Axis, Space
from nl2strat.research.studies import Found, Job, Measured, Plan, Search, Tried, Window, study_of


class Hill:
    """A bench that runs nothing: a configuration scores by how near it is to a peak. Counts what it was asked."""

    def __init__(self, **peak: float) -> None:
        self.peak, self.asked = peak, list[Job]()

    def figures(self, job: Job) -> dict[str, float]:
        """The nearer the better; a part of the bars gives that part of it."""
        away = sum((job.values[name] - top) ** 2 for name, top in self.peak.items())
        return {"net_profit": (1000.0 - away) * (job.stop - job.start) / 100, "trades": 40, "sharpe": -away}

    def measure(self, jobs: Sequence[Job]) -> Any:
        """As `Bench`, the last first: the order must not matter."""
        self.asked += jobs
        return [(job, Measured(self.figures(job), "hill")) for job in reversed(jobs)]


SPACE = Space(
    (Axis("a", tuple(float(n) for n in range(30))), Axis("b", tuple(n / 2 for n in range(40)))),
    {"a": 3.0, "b": 2.0, "c": 7.0},
)


def found_on(bench: Any, **plan: Any) -> Found:
    """A search on the hill."""
    made = Plan(tuple(map(goal_of, plan.pop("goals", ["net_profit"]))), **plan)
    return Search(SPACE, made, Window(((0, 100),)), bench, {}).run()


@pytest.mark.parametrize(("sampler", "trials"), [("tpe", 80), ("cmaes", 120), ("nsga2", 200)])
def test_each_sampler_climbs(sampler: str, trials: int) -> None:
    """The best comes near the peak of a smooth hill of 1 200 places, from the strategy's own values."""
    found = found_on(Hill(a=20, b=12), sampler=sampler, trials=trials)
    best = ranking([one for one in found.distinct if one.admissible])[0]
    assert len(found.trials) == trials
    assert found.trials[0].values == {"a": 3.0, "b": 2.0, "c": 7.0}
    assert (best.values["a"] - 20) ** 2 + (best.values["b"] - 12) ** 2 <= 8


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "nsga2"])
def test_a_seed_gives_the_same_search(sampler: str) -> None:
    """And another seed another one."""
    one, again, other = (found_on(Hill(a=20, b=12), sampler=sampler, trials=32, seed=seed) for seed in (5, 5, 6))
    assert one == again
    assert one != other


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "nsga2"])
@pytest.mark.parametrize("prune", [False, True])
def test_a_search_that_goes_on_is_the_one_that_was_not_interrupted(sampler: str, prune: bool) -> None:
    """With what was measured before in memory: the same trials in the same order, and nothing is run twice."""
    plan = Plan((goal_of("net_profit"),), sampler=sampler, trials=40, prune=prune)
    whole = Hill(a=20, b=12)
    expected = Search(SPACE, plan, Window(((0, 100),)), whole, {}).run()
    memory: dict[Any, Measured] = {}
    first, rest = Hill(a=20, b=12), Hill(a=20, b=12)

    def stop(done: int, of: int, seconds: float) -> None:
        if done >= 16:
            raise KeyboardInterrupt

    half = Search(SPACE, plan, Window(((0, 100),)), first, memory, tell=stop).run()
    assert half.ended == "interrupted"
    assert half.trials == expected.trials[:16]
    assert Search(SPACE, plan, Window(((0, 100),)), rest, memory).run() == expected
    assert sorted(job.name for job in (*first.asked, *rest.asked)) == sorted(job.name for job in whole.asked)


def test_a_small_space_is_searched_whole() -> None:
    """No more trials than configurations, each once."""
    space = Space((Axis("a", (1.0, 2.0, 3.0)), Axis("b", (1.0, 2.0))), {"a": 1.0, "b": 1.0})
    found = Search(space, Plan((goal_of("net_profit"),), trials=50), Window(((0, 10),)), Hill(a=2, b=2), {}).run()
    assert len(found.trials) == len(found.distinct) == 6


def test_time_ends_a_search() -> None:
    """After the batch in which it is over."""
    found = found_on(Hill(a=20, b=12), trials=80, seconds=1e-9)
    assert (found.ended, len(found.trials)) == ("time", 8)


def test_pruning_gives_up_what_is_below_the_median_of_its_part() -> None:
    """After a quarter or half of the bars, on bars from the beginning; never one of the first; the best survives."""
    bench = Hill(a=20, b=12)
    found = found_on(bench, trials=80, prune=True)
    pruned = [one for one in found.trials if one.pruned is not None]
    assert {one.pruned for one in pruned} <= {0.25, 0.5}
    assert len(pruned) > 5
    assert min(one.number for one in pruned) >= 8
    assert all(not one.admissible for one in pruned)
    assert {(job.start, job.stop) for job in bench.asked} == {(0, 25), (0, 50), (0, 100)}
    whole = {tuple(job.values.values()) for job in bench.asked if job.stop == 100}
    assert all(tuple(one.values.values()) not in whole for one in found.distinct if one.pruned is not None)
    assert ranking([one for one in found.distinct if one.admissible])[0].scores[0] == pytest.approx(1000, abs=20)


def test_several_goals_leave_what_nothing_beats() -> None:
    """Two peaks: the front lies between them, and no member of it beats another."""

    class TwoHills(Hill):
        def figures(self, job: Job) -> dict[str, float]:
            a, b = job.values["a"], job.values["b"]
            return {
                "net_profit": -((a - 5) ** 2) - (b - 5) ** 2,
                "sharpe": -((a - 20) ** 2) - (b - 5) ** 2,
                "trades": 9,
            }

    found = found_on(TwoHills(), goals=["net_profit", "sharpe"], sampler="nsga2", trials=240)
    front = ranking([one for one in found.distinct if one.admissible])
    assert 3 <= len(front) < len(found.distinct) / 2
    for one in front:
        assert not any(
            all(x >= y for x, y in zip(other.scores, one.scores, strict=True)) and other.scores != one.scores  # type: ignore[operator]
            for other in found.distinct
        )
    assert 5 < front[0].values["a"] < 20  # the most balanced first


def test_constraints_and_undefined_goals_are_never_chosen() -> None:
    """Whatever they score."""

    class Fenced(Hill):
        def figures(self, job: Job) -> dict[str, Any]:
            found: dict[str, Any] = super().figures(job)
            found["trades"] = 10 if job.values["a"] > 12 else 50
            if job.values["b"] > 11:
                found["net_profit"] = None
            return found

    for sampler in ("tpe", "cmaes"):
        found = found_on(Fenced(a=20, b=12), trials=80, sampler=sampler, constraints=(constraint_of("trades >= 30"),))
        best = ranking([one for one in found.distinct if one.admissible])[0]
        assert best.values["a"] <= 12
        assert best.values["b"] <= 11
        assert (best.values["a"] - 12) ** 2 + (best.values["b"] - 11) ** 2 <= 10


def test_the_study_knows_no_more_than_it_was_told() -> None:
    """Its first question is the strategy's own configuration, or the nearest place to it."""
    space = Space((Axis("a", (10.0, 20.0, 30.0)),), {"a": 24.0})
    trial = study_of(Plan((goal_of("net_profit"),)), space).ask()
    assert trial.suggest_int("a", 0, 2) == 1


def test_tried_is_plain() -> None:
    """What could not be run says why, and is not chosen."""
    tried = Tried(0, (0,), {"a": 1.0}, (None,), (), (Measured(error="no"),))
    assert (tried.error, tried.admissible) == ("no", False)


# ------------------------------------------------------------------ conditions on inputs


FITTING = Space(SPACE.axes, SPACE.defaults, condition("a > 2 * b + 1", ["a", "b", "c"]))
"""Where the strategy's own values do not fit."""


@pytest.mark.parametrize(
    ("sampler", "trials"),
    [("tpe", 40), pytest.param("tpe", 100, marks=pytest.mark.slow), ("cmaes", 100), ("nsga2", 100)],
)
def test_what_a_condition_does_not_let_through_is_never_run(sampler: str, trials: int) -> None:
    """Nor a trial: there are as many as were asked for, the same for a seed, and they come near the best that fits."""
    found = []
    for _ in range(2):
        bench = Hill(a=12, b=12)
        plan = Plan((goal_of("net_profit"),), sampler=sampler, trials=trials)
        found.append(Search(FITTING, plan, Window(((0, 100),)), bench, {}).run())
        assert all(job.values["a"] > 2 * job.values["b"] + 1 for job in bench.asked)
    assert found[0] == found[1]
    assert len(found[0].trials) == trials
    best = ranking([one for one in found[0].distinct if one.admissible])[0]
    top = max(Hill(a=12, b=12).figures(Job(0, FITTING.values(key), 0, 100))["net_profit"] for key in FITTING.all())
    assert best.scores[0] == pytest.approx(top, abs=12)


def test_a_condition_that_little_fits_is_searched_by_chance_and_one_that_nothing_fits_is_refused() -> None:
    """The sampler is not asked for ever."""
    narrow = Space(SPACE.axes, SPACE.defaults, condition("a == 2 * b and a > 25", ["a", "b", "c"]))
    assert narrow.size == 4
    found = Search(narrow, Plan((goal_of("net_profit"),), trials=3), Window(((0, 9),)), Hill(a=1, b=1), {}).run()
    assert len(found.trials) == 3
    whole = Search(narrow, Plan((goal_of("net_profit"),), trials=9), Window(((0, 9),)), Hill(a=1, b=1), {}).run()
    assert [one.values["a"] for one in whole.trials] == [26, 27, 28, 29]
    with pytest.raises(UsageError, match="--where lets no configuration through"):
        Space(SPACE.axes, SPACE.defaults, condition("a > 99", ["a"])).drawn(random.Random(1))


def test_neighbours_keep_the_condition() -> None:
    """What does not fit is no neighbour."""
    around = [key for _, _, key in FITTING.neighbours((6, 4))]  # a = 6, b = 2
    assert sorted(around) == [(6, 3), (7, 4)]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"trials": 0}, "1 or more"),
        ({"trials": 2_000_000}, "1,000,000 is the most"),
        ({"seed": -1}, "--seed -1"),
        ({"seed": 2**32}, "--seed"),
        ({"sampler": "random"}, "use tpe, cmaes, nsga2"),
        ({"seconds": 0.0}, "above 0"),
    ],
)
def test_plans_that_cannot_be(plan: dict[str, Any], message: str) -> None:
    """Before anything is run."""
    with pytest.raises(UsageError, match=message):
        Plan((goal_of("net_profit"),), **plan)


def test_a_grid_of_a_thousand_million_is_refused() -> None:
    """It is never listed."""
    thousand = tuple(float(n) for n in range(1000))
    huge = Space(tuple(Axis(name, thousand) for name in "abc"), dict.fromkeys("abc", 1.0))
    plan = Plan((goal_of("net_profit"),), grid=True)
    with pytest.raises(UsageError, match="--grid: 1,000,000,000 configurations are too many"):
        Search(huge, plan, Window(((0, 9),)), Hill(a=1), {}).run()


def test_what_was_measured_before_ctrl_c_is_counted() -> None:
    """It is known when the search goes on, and so would never be counted again."""

    class Stopped(Hill):
        def measure(self, jobs: Sequence[Job]) -> Any:
            for job in jobs[:5]:
                self.asked.append(job)
                yield job, Measured(self.figures(job), "hill")
            raise KeyboardInterrupt

    counted: list[Tried] = []
    plan = Plan((goal_of("net_profit"),), trials=40)
    memory: dict[Any, Measured] = {}
    found = Search(
        SPACE, plan, Window(((0, 100),)), Stopped(a=20, b=12), memory, count=lambda t, w: counted.append(t)
    ).run()
    assert found.ended == "interrupted"
    assert len({one.key for one in counted}) == len(counted) == len(memory) == 5
