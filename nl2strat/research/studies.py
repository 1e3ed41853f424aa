"""A search through a space of configurations: who is asked next, what is remembered, when it ends.

The sampler is optuna's. It is asked for a batch at a time and told the results in the order of asking, whatever
finished first, so that a seed gives the same search on any number of cores. What has been measured is remembered
(`memory`): to go on with a search is to do it again from its beginning, with known results not measured a second time.
That way a search that was interrupted comes out as if it had not been.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from nl2strat.errors import UsageError
from nl2strat.research.objectives import Constraint, Figures, Goal, across
from nl2strat.research.space import Key, Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial

Name = tuple[float, ...]
"""Data set, first and last bar, and the value of every input: what a run is known by."""
SAMPLERS = ("tpe", "cmaes", "nsga2")
BATCH = 8
"""How many configurations are asked for at a time. Not the number of cores: the search must not depend on it."""
POPULATION = 24
"""Of NSGA-II: three batches."""
PARTS = (0.25, 0.5)
"""With pruning, the growing parts of the bars that are looked at before all of them."""
STARTUP = 10
"""Configurations that are never pruned: the first ones say what is usual."""
ASKED = 50
"""How often a sampler is asked for a configuration that the space's condition lets through; then chance says one."""
MOST_TRIALS = 1_000_000
MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Plan:
    """What a search is for and how far it goes."""

    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...] = ()
    sampler: str = "tpe"
    trials: int = 100
    seed: int = 1
    seconds: float | None = None
    """No batch is begun after so long."""
    prune: bool = False
    across: str = "worst"
    batch: int = BATCH
    grid: bool = False
    """Every configuration instead of a sample."""

    def __post_init__(self) -> None:
        if self.sampler not in SAMPLERS:
            raise UsageError(f"--sampler {self.sampler!r} is not known; use {', '.join(SAMPLERS)}")
        if self.trials < 1:
            raise UsageError(f"--trials {self.trials} is not possible; give 1 or more")
        if self.trials > MOST_TRIALS:
            raise UsageError(f"--trials {self.trials} is too many; {MOST_TRIALS:,} is the most")
        if not 0 <= self.seed <= MOST_SEED:
            raise UsageError(f"--seed {self.seed} is not possible; give a whole number from 0 to {MOST_SEED}")
        if self.seconds is not None and self.seconds <= 0:
            raise UsageError("--time must be above 0")
        if len(self.goals) > 1 and self.sampler == "cmaes":
            raise UsageError("--sampler cmaes knows one goal only; leave it out, or use nsga2")
        if len(self.goals) > 1 and self.prune:
            raise UsageError("--prune compares by one goal; leave it out, or give one --goal")


@dataclass(frozen=True)
class Job:
    """One run to measure: a configuration on a part of the bars of one data set."""

    market: int
    values: Mapping[str, float]
    start: int
    stop: int

    @property
    def name(self) -> Name:
        """What is the same for the same run."""
        return (self.market, self.start, self.stop, *self.values.values())


@dataclass(frozen=True)
class Measured:
    """What a run has come to; `error` says why it could not be run."""

    figures: Figures = field(default_factory=dict)
    path: str = ""
    ambiguous: int = 0
    error: str = ""


class Bench(Protocol):
    """Whatever runs configurations."""

    def measure(self, jobs: Sequence[Job]) -> Iterable[tuple[Job, Measured]]:
        """Runs jobs, in any order; gives each with its result as soon as it is there."""


@dataclass(frozen=True)
class Window:
    """The bars to search on, for each data set: positions (start, stop)."""

    parts: tuple[tuple[int, int], ...]

    def first(self, share: float) -> Window:
        """The first part of it."""
        return Window(tuple((start, start + max(2, int((stop - start) * share))) for start, stop in self.parts))


@dataclass(frozen=True)
class Tried:
    """One configuration of a search."""

    number: int
    key: Key
    values: Mapping[str, float]
    scores: tuple[float | None, ...]
    """One for each goal, more is better; None: not defined."""
    violations: tuple[float, ...]
    """One for each constraint, the worst of all data sets; 0: kept."""
    measured: tuple[Measured, ...]
    """On each data set; of a pruned one on the part that was looked at."""
    pruned: float | None = None
    """After which part of the bars it was given up."""

    @property
    def error(self) -> str:
        """Why it could not be run."""
        return next((one.error for one in self.measured if one.error), "")

    @property
    def admissible(self) -> bool:
        """Whether it can be chosen: measured whole, every goal defined and every constraint kept."""
        return self.pruned is None and not self.error and None not in self.scores and not any(self.violations)


@dataclass(frozen=True)
class Found:
    """What a search has come to."""

    trials: tuple[Tried, ...]
    ended: str = ""
    """Why it ended before its number of trials: "time", "interrupted"; empty where it did not."""

    @property
    def distinct(self) -> tuple[Tried, ...]:
        """Each configuration once: as it was measured whole, if it ever was."""
        found: dict[Key, Tried] = {}
        for one in self.trials:
            if one.key not in found or found[one.key].pruned is not None:
                found[one.key] = one
        return tuple(found.values())


class Search:
    """One search. `memory` holds what was measured before, by `Job.name`, and grows."""

    def __init__(
        self, space: Space, plan: Plan, window: Window, bench: Bench, memory: dict[Name, Measured],
        keep: Callable[[Job, Measured], None] = lambda job, measured: None,
        count: Callable[[Tried, Window], None] = lambda tried, window: None,
        tell: Callable[[int, int, float], None] = lambda done, of, seconds: None,
    ) -> None:  # fmt: skip
        self.space, self.plan, self.window, self.bench, self.memory = space, plan, window, bench, memory
        self.keep, self.count, self.tell = keep, count, tell
        self.trials: list[Tried] = []
        self._new: set[Key] = set()
        """What was measured by this search and has not been counted."""

    def run(self) -> Found:
        """Search. Ctrl-C ends it; what was done counts."""
        began, ended = time.monotonic(), ""
        if self.plan.grid and self.space.size > MOST_TRIALS:
            raise UsageError(
                f"--grid: {self.space.size:,} configurations are too many; leave it out, or narrow the ranges"
            )
        batches = self._every() if self.plan.grid or self.space.size <= self.plan.trials else self._sampled()
        total = self.space.size if self.plan.grid else min(self.plan.trials, self.space.size)
        try:
            for _ in batches:
                seconds = time.monotonic() - began
                self.tell(len(self.trials), total, seconds)
                if self.plan.seconds is not None and seconds >= self.plan.seconds and len(self.trials) < total:
                    ended = "time"
                    break
        except KeyboardInterrupt:
            ended = "interrupted"
            self._count_rest()
        return Found(tuple(self.trials), ended)

    def measure(self, keys: Sequence[Key], window: Window) -> list[tuple[Measured, ...]]:
        """Every configuration on every data set; what is remembered is not run again."""
        jobs = {key: self._jobs(key, window) for key in keys}
        owner = {job.name: key for key, own in jobs.items() for job in own}
        missing = [job for own in jobs.values() for job in own if job.name not in self.memory]
        for job, measured in self.bench.measure(missing) if missing else ():
            self.memory[job.name] = measured
            self._new.add(owner[job.name])
            self.keep(job, measured)
        return [tuple(self.memory[job.name] for job in jobs[key]) for key in keys]

    def _jobs(self, key: Key, window: Window) -> list[Job]:
        values = self.space.values(key)
        return [Job(market, values, start, stop) for market, (start, stop) in enumerate(window.parts)]

    def score(self, measured: Sequence[Measured]) -> tuple[float | None, ...]:
        """One score for each goal, over all data sets; None where nothing was traded: not to trade is no strategy."""
        plan = self.plan
        if not any(one.figures.get("trades") for one in measured):
            return (None,) * len(plan.goals)
        return tuple(across(plan.across, [goal.score(one.figures) for one in measured]) for goal in plan.goals)

    def tried(self, key: Key, measured: tuple[Measured, ...], pruned: float | None = None) -> Tried:
        """The record of a configuration, not counted among the trials."""
        violations = tuple(max(bound.violation(one.figures) for one in measured) for bound in self.plan.constraints)
        values = self.space.values(key)
        return Tried(len(self.trials), key, values, self.score(measured), violations, measured, pruned)

    def look(self, key: Key, window: Window) -> Tried:
        """One configuration besides the search: counted as tried, not as one of its trials."""
        tried = self.tried(key, self.measure([key], window)[0])
        if key in self._new:
            self._new.discard(key)
            self.count(tried, window)
        return tried

    def _enter(self, tried: Tried) -> Tried:
        self.trials.append(tried)
        if tried.key in self._new:
            self._new.discard(tried.key)
            self.count(tried, self.window if tried.pruned is None else self.window.first(tried.pruned))
        return tried

    def _count_rest(self) -> None:
        """What was measured whole in a batch that was not finished: it is known, and was looked at."""
        for key in sorted(self._new):
            if all(job.name in self.memory for job in self._jobs(key, self.window)):
                self.look(key, self.window)

    def _every(self) -> Iterable[None]:
        keys = list(self.space.all())
        for place in range(0, len(keys), self.plan.batch):
            part = keys[place : place + self.plan.batch]
            for key, measured in zip(part, self.measure(part, self.window), strict=True):
                self._enter(self.tried(key, measured))
            yield

    def _sampled(self) -> Iterable[None]:
        from optuna.distributions import BaseDistribution, IntDistribution

        study = study_of(self.plan, self.space)
        places: dict[str, BaseDistribution] = {
            axis.name: IntDistribution(0, len(axis.values) - 1) for axis in self.space.axes
        }
        chance = random.Random(self.plan.seed)
        while len(self.trials) < self.plan.trials:
            count = min(self.plan.batch, self.plan.trials - len(self.trials))
            asked = [self._ask(study, places, chance) for _ in range(count)]
            self._answer(study, asked)
            yield

    def _ask(self, study: Study, places: dict[str, Any], chance: random.Random) -> Trial:
        """The next configuration that the space's condition lets through; the others are no trials."""
        trial = study.ask(places)
        for number in range(ASKED):
            if self.space.fits(self._key(trial)):
                break
            study.tell(trial, state=_state("FAIL"))
            if number == ASKED - 1:
                drawn = self.space.drawn(chance)
                study.enqueue_trial({axis.name: place for axis, place in zip(self.space.axes, drawn, strict=True)})
            trial = study.ask(places)
        return trial

    def _key(self, trial: Trial) -> Key:
        return tuple(int(trial.params[axis.name]) for axis in self.space.axes)

    def _answer(self, study: Study, asked: Sequence[Trial]) -> None:
        """Measures a batch and tells the sampler, in the order of asking."""
        keys = {trial.number: self._key(trial) for trial in asked}
        pruned = self._prune(asked, keys) if self.plan.prune else {}
        left = [trial for trial in asked if trial.number not in pruned]
        whole = dict(
            zip((t.number for t in left), self.measure([keys[t.number] for t in left], self.window), strict=True)
        )
        for trial in asked:
            if trial.number in pruned:
                share, measured = pruned[trial.number]
                self._enter(self.tried(keys[trial.number], measured, share))
                study.tell(trial, state=_state("PRUNED"))
            else:
                self._tell(study, trial, self._enter(self.tried(keys[trial.number], whole[trial.number])))

    def _prune(self, asked: Sequence[Trial], keys: Mapping[int, Key]) -> dict[int, tuple[float, tuple[Measured, ...]]]:
        """Which of a batch are given up, after which part of the bars, and what they had come to there.

        Each part is a backtest of its own that ends there, on bars from the beginning of the window. One that could
        not be scored there goes on.
        """
        given_up: dict[int, tuple[float, tuple[Measured, ...]]] = {}
        left = list(asked)
        for step, share in enumerate(PARTS):
            found = self.measure([keys[trial.number] for trial in left], self.window.first(share))
            scored = [(trial, measured, self.score(measured)[0]) for trial, measured in zip(left, found, strict=True)]
            for trial, _, score in scored:
                if score is not None:
                    trial.report(score, step)
            for trial, measured, score in scored:
                if score is not None and trial.should_prune():
                    given_up[trial.number] = (share, measured)
            left = [trial for trial in left if trial.number not in given_up]
        return given_up

    def _tell(self, study: Study, trial: Trial, tried: Tried) -> None:
        if tried.error:
            study.tell(trial, state=_state("FAIL"))
            return
        missed = [*tried.violations, float("inf") if None in tried.scores else 0.0]
        knows = self.plan.sampler != "cmaes"
        for number, violation in enumerate(missed if knows else ()):
            trial.set_constraint(str(number), violation)
        outside = any(missed) and not knows
        values = [float("-inf") if outside or score is None else score for score in tried.scores]
        study.tell(trial, values)


def study_of(plan: Plan, space: Space) -> Study:
    """An optuna study in memory, which first asks for the strategy's own configuration."""
    optuna = _optuna()
    sampler: Any
    if plan.sampler == "nsga2":
        sampler = optuna.samplers.NSGAIISampler(seed=plan.seed, population_size=POPULATION)
    elif plan.sampler == "cmaes" and len(space.axes) > 1:
        sampler = optuna.samplers.CmaEsSampler(seed=plan.seed, warn_independent_sampling=False)
    else:  # CMA-ES has no meaning with one input; TPE for any number of goals
        sampler = optuna.samplers.TPESampler(seed=plan.seed, n_startup_trials=STARTUP)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP) if plan.prune else optuna.pruners.NopPruner()
    study: Study = optuna.create_study(directions=["maximize"] * len(plan.goals), sampler=sampler, pruner=pruner)
    if space.fits(space.own()):
        study.enqueue_trial({axis.name: place for axis, place in zip(space.axes, space.own(), strict=True)})
    return study


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise UsageError("optimising needs optuna: pip install 'nl2strat[research]'") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _state(name: str) -> Any:
    from optuna.trial import TrialState

    return TrialState[name]
