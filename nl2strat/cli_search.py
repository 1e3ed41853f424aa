"""What `sweep`, `optimise` and `walk-forward` have in common: which inputs are turned, on which bars, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nl2strat.cli_grouping import Conditions
from nl2strat.cli_steps import source_of
from nl2strat.errors import UsageError
from nl2strat.translate.choice import Asked

if TYPE_CHECKING:
    from nl2strat.backtesting import Outcome
    from nl2strat.research.bench import ClusterBench, LocalBench
    from nl2strat.research.markets import Market
    from nl2strat.research.space import Space

InputOption = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="NAME=a..b:s", help="An input to turn, from a to b in steps of s; or NAME=1,2,5."),
]
WhereOption = Annotated[
    str | None, typer.Option("--where", metavar="COND", help='Only configurations with this, like "fast < slow".')
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", metavar="N", help="Cores of this machine to use; all if not given.")
]
HeatOption = Annotated[str | None, typer.Option("--heat", metavar="A,B", help="The two inputs of the heat map.")]
ClusterOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on a Dask cluster: tcp://scheduler:8786.")
]
Tell = Callable[[str], None]


def markets_for(
    source: str, asked: Asked, data: Sequence[str] | None, conditions: Conditions, tell: Tell, *, trust: bool
) -> tuple[Market, ...]:
    """The data sets with the strategy on each. Raises: as `markets_of`."""
    from nl2strat.research.markets import markets_of
    from nl2strat.research.memory import share_a_heap

    share_a_heap()
    tell("reading the strategy and the data")
    return markets_of(source_of(source, asked), data, conditions.settings(), tell, trust=trust, **conditions.bars())


def space_for(markets: Sequence[Market], given: Sequence[str], where: str | None = None) -> Space:
    """The space that `--input` and `--where` mean, or that the strategy declares.

    Raises: UsageError: as `axes_of`, `condition`. LanguageErrors: a range that the strategy cannot be run with.
    """
    from nl2strat.research.grid import condition
    from nl2strat.research.space import axes_of, sizing_inputs, space_of
    from nl2strat.variants import with_ranges

    evaluator = markets[0].evaluator
    axes = axes_of(given, evaluator.inputs, sizing_inputs(evaluator.compiled.program))
    declared = {item.name: item for item in evaluator.inputs}
    if not all(declared[axis.name].has(value) for axis in axes for value in axis.values):  # those have been checked
        with_ranges(evaluator.compiled, {axis.name: (axis.values[0], axis.values[-1]) for axis in axes})
        broken = {axis.name: next((value for value in axis.values if value % 1), None) for axis in axes}
        if any(broken.values()):  # steps between whole numbers, where only these will do
            with_ranges(evaluator.compiled, {name: (value, value) for name, value in broken.items() if value})
    holds = None if where is None else condition(where, [item.name for item in evaluator.inputs])
    return space_of(axes, evaluator.inputs, holds)


def check_places(*results: tuple[Path | str | None, str], plain: Sequence[Path | str | None] = ()) -> None:
    """Refuses, before any work, places of results that cannot be written or hold something else.

    Args: results: a place, and what an older result of the same kind has near its start. plain: places that are looked
        at by whoever writes them.
    Raises: UsageError: names the place.
    """
    from nl2strat.machine import check_outputs, refuse_to_destroy

    check_outputs(*(place for place, _ in results), *plain)
    for place, replaces in results:
        if place is not None and str(place) != "-":
            refuse_to_destroy(Path(place), replaces)


def bench_for(
    cluster: str | None, markets: Sequence[Market], runs: int, tell: Tell, jobs: int | None = None
) -> LocalBench | ClusterBench:
    """Where configurations are run. Raises: UsageError: as `bench_on`."""
    from nl2strat.research.bench import bench_on

    return bench_on(cluster, tuple(market.evaluator for market in markets), runs, tell, jobs)


def run_best(market: Market, values: Mapping[str, float], tell: Tell) -> Outcome:
    """The whole backtest of a configuration, as `nl2strat backtest` makes it."""
    from nl2strat.backtesting import run
    from nl2strat.variants import with_inputs_set

    one = market.evaluator
    return run(with_inputs_set(one.compiled, values), one.bars, one.settings, tell, one.finer)


def check_jobs(jobs: int | None, cluster: str | None) -> None:
    """Raises: UsageError: a number of cores that cannot be, or that says nothing of a cluster."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs} is not possible; give the number of cores, 1 or more")
    if jobs is not None and cluster is not None:
        raise UsageError("--jobs is about this machine; of a cluster its workers say what it does at once (--nthreads)")
