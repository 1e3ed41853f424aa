"""`nl2strat optimise` and `nl2strat walk-forward`: inputs are chosen on some bars and proved on others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_grouping import Conditions, conditions
from nl2strat.cli_options import JsonOption, SourceArgument, SymbolsOption, TrustOption, translator_options
from nl2strat.cli_search import (
    ClusterOption,
    HeatOption,
    InputOption,
    JobsOption,
    WhereOption,
    bench_for,
    check_jobs,
    check_places,
    markets_for,
    run_best,
    space_for,
)
from nl2strat.cli_steps import add_reading, console_of, progress, reporting, symbols_from
from nl2strat.errors import UsageError
from nl2strat.translate.choice import Asked

if TYPE_CHECKING:
    from nl2strat.research.journal import Journal
    from nl2strat.research.markets import Market
    from nl2strat.research.space import Space
    from nl2strat.research.studies import Bench, Plan, Search, Window

DataOption = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="FILE", help="Bars; several times, or a folder, to search on all of them at once."),
]
GoalOption = Annotated[
    list[str] | None,
    typer.Option(
        "--goal",
        metavar="FIGURE",
        help="What to look for: net_profit (default), sharpe, or weights: net_profit-2*equity_drawdown_maximal; "
        "several times for several goals.",
    ),
]
ConstraintOption = Annotated[
    list[str] | None,
    typer.Option("--constraint", metavar="BOUND", help='What a result must keep, like "trades >= 30".'),
]
SamplerOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="tpe (default), cmaes, or nsga2 (default for several goals).")
]
SeedOption = Annotated[int, typer.Option(help="The same seed gives the same search.")]
PruneOption = Annotated[
    bool, typer.Option("--prune", help="Give up what is below the median after a quarter or half of the bars.")
]
StudyOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where results are kept to go on with; else the data folder."),
]


@translator_options
@conditions
def optimise(
    source: SourceArgument,
    asked: Asked,
    conditions: Conditions,
    data: DataOption = None,
    input: InputOption = None,
    where: WhereOption = None,
    goal: GoalOption = None,
    constraint: ConstraintOption = None,
    sampler: SamplerOption = None,
    trials: Annotated[int, typer.Option(help="How many configurations to try.")] = 100,
    seed: SeedOption = 1,
    time: Annotated[str | None, typer.Option(metavar="LIMIT", help="Stop after so long: 90s, 10m, 2h.")] = None,
    prune: PruneOption = False,
    forward: Annotated[
        str | None,
        typer.Option(metavar="PART", help="Keep the end of the data out of the search: 1/3, or the day it begins."),
    ] = None,
    across: Annotated[
        str, typer.Option(metavar="HOW", help="Over several data sets the goal is the worst, mean or median.")
    ] = "worst",
    jobs: JobsOption = None,
    cluster: ClusterOption = None,
    output: StudyOption = None,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE", help="Write every configuration as Parquet.")
    ] = None,
    program: Annotated[
        Path | None, typer.Option("--program", metavar="FILE", help="Write the program with the best inputs.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="HTML report: the best, heat map, the best one's backtest.")
    ] = None,
    heat: HeatOption = None,
    json: JsonOption = None,
    symbols: SymbolsOption = None,
    trust: TrustOption = False,
) -> None:
    """Find the inputs that suit the data best, and see what became of them afterwards."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.research.heat import heat_inputs
        from nl2strat.research.optimise import optimise as run
        from nl2strat.research.optimised import check_table, print_optimised, write_report, write_trials

        named = ((report, "<!doctype html"), (program, 'strategy "'), (json, '"status":'))
        check_places(*named, plain=[output, table])
        check_table(table)
        check_jobs(jobs, cluster)
        plan = plan_of(goal, constraint, sampler, trials, seed, seconds_of(time), prune, across)
        with progress() as tell:
            markets = markets_for(source, asked, data, conditions, tell, trust=trust)
            space = space_for(markets, input or (), where)
            names = heat_inputs(space, heat)
            ours, ahead = _windows(markets, forward)
            runs = min(plan.trials, space.size)
            with journal_of(markets, output) as journal, bench_for(cluster, markets, runs, tell, jobs) as bench:
                search = _search(space, plan, ours, bench, journal, markets, "optimise", tell)
                found = run(search, markets, ahead)
        values = found.best[0].tried.values
        command = _command(source, data, markets, values, space, conditions)
        _finish(result, found, markets, command)
        if table is not None:
            write_trials(table, found, markets)
        if program is not None:
            _write_program(program, markets[0], values)
        if report is not None:
            with progress() as tell:
                best = run_best(markets[0], values, tell)
                write_report(report, found, markets, best, names, command)
        if json != "-":
            print_optimised(console_of(), found, markets, command, report)
    if found.found.ended == "interrupted":
        raise typer.Exit(130)


@translator_options
@conditions
def walk_forward(
    source: SourceArgument,
    asked: Asked,
    conditions: Conditions,
    train: Annotated[str, typer.Option(metavar="LENGTH", help="What to choose on: 12m, 90d, 26w, 2y or 5000b (bars).")],
    test: Annotated[str, typer.Option(metavar="LENGTH", help="What to trade the choice on, after that.")],
    data: DataOption = None,
    anchored: Annotated[
        bool, typer.Option("--anchored", help="Always choose on everything from the first bar.")
    ] = False,
    input: InputOption = None,
    where: WhereOption = None,
    goal: GoalOption = None,
    constraint: ConstraintOption = None,
    sampler: SamplerOption = None,
    trials: Annotated[int, typer.Option(help="How many configurations to try in each window.")] = 50,
    grid: Annotated[bool, typer.Option("--grid", help="Try every configuration in each window.")] = False,
    seed: SeedOption = 1,
    prune: PruneOption = False,
    jobs: JobsOption = None,
    cluster: ClusterOption = None,
    output: StudyOption = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a self-contained HTML report.")] = None,
    json: JsonOption = None,
    symbols: SymbolsOption = None,
    trust: TrustOption = False,
) -> None:
    """Choose inputs on one stretch, trade them on the next, move on; join what was traded."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.research.walk_forward import walk_forward as run
        from nl2strat.research.walked import print_walked, walked_object, write_report
        from nl2strat.research.windows import span_of, windows_of

        check_places((report, "<!doctype html"), (json, '"status":'), plain=[output])
        check_jobs(jobs, cluster)
        plan = plan_of(goal, constraint, sampler, trials, seed, None, prune, "worst", grid=grid)
        spans = span_of(train, "--train"), span_of(test, "--test")
        with progress() as tell:
            markets = markets_for(source, asked, data, conditions, tell, trust=trust)
            if len(markets) > 1:
                raise UsageError("a walk-forward is on one data set; give --data once")
            evaluator = markets[0].evaluator
            space = space_for(markets, input or (), where)
            windows = windows_of(evaluator.bars, *spans, anchored=anchored)
            runs = len(windows.steps) * (space.size if grid else min(plan.trials, space.size))
            with journal_of(markets, output) as journal, bench_for(cluster, markets, runs, tell, jobs) as bench:

                def search_on(window: Window) -> Search:
                    return _search(space, plan, window, bench, journal, markets, "walk-forward", tell)

                walked = run(evaluator, windows, search_on, tell)
        add_reading(result, evaluator.compiled.understanding)
        result["walk_forward"] = walked_object(walked, evaluator, space, plan, anchored=anchored)
        if report is not None:
            write_report(report, walked, evaluator, space, plan, anchored=anchored)
        if json != "-":
            print_walked(console_of(), walked, evaluator, space, plan, report)
    if walked.interrupted:
        raise typer.Exit(130)


# ------------------------------------------------------------------ what the options mean


def plan_of(
    goals: Sequence[str] | None, constraints: Sequence[str] | None, sampler: str | None, trials: int, seed: int,
    seconds: float | None, prune: bool, across: str, *, grid: bool = False,
) -> Plan:  # fmt: skip
    """The plan of a search. Raises: UsageError: an option that cannot be."""
    from nl2strat.research.objectives import check_across, constraint_of, goal_of
    from nl2strat.research.studies import Plan

    named = tuple(goal_of(text) for text in goals or ("net_profit",))
    bounds = tuple(constraint_of(text) for text in constraints or ())
    usual = "tpe" if len(named) == 1 else "nsga2"
    return Plan(named, bounds, sampler or usual, trials, seed, seconds, prune, check_across(across), grid=grid)


def seconds_of(text: str | None) -> float | None:
    """What `--time 10m` means. Raises: UsageError: it is no length of time."""
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|m|min|h)?\s*", text)
    if match is None or not float(match[1]):
        raise UsageError(f"--time {text!r} is no length of time; write 90s, 10m or 2h")
    return float(match[1]) * {"m": 60, "h": 3600}.get((match[2] or "s")[0], 1)


def _windows(markets: Sequence[Market], forward: str | None) -> tuple[Window, Window | None]:
    """The bars to search on, and the forward period."""
    from nl2strat.research.forward import split_at
    from nl2strat.research.studies import Window

    lengths = [len(market.evaluator.bars) for market in markets]
    if forward is None:
        return Window(tuple((0, length) for length in lengths)), None
    splits = [split_at(forward, market.evaluator.bars) for market in markets]
    pairs = list(zip(splits, lengths, strict=True))
    return Window(tuple((0, split) for split in splits)), Window(tuple(pairs))


# ------------------------------------------------------------------ the work


def journal_of(markets: Sequence[Market], output: Path | None) -> Journal:
    """The file that results are kept in."""
    from nl2strat.research.identity import identity_of
    from nl2strat.research.journal import Journal, usual_place

    evaluators = [market.evaluator for market in markets]
    identity = identity_of(evaluators)
    return Journal(output or usual_place(evaluators, identity), identity)


def _search(
    space: Space, plan: Plan, window: Window, bench: Bench, journal: Journal, markets: Sequence[Market], kind: str,
    tell: Callable[[str], None],
) -> Search:  # fmt: skip
    from nl2strat.research.counting import Counter
    from nl2strat.research.studies import Search

    def progressed(done: int, of: int, seconds: float) -> None:
        left = f", {_length(seconds / done * (of - done))} left" if 0 < done < of else ""
        tell(f"{done:,} of {of:,} trials{left}")

    return Search(
        space, plan, window, bench, journal.memory, keep=journal.keep, count=Counter(markets, kind), tell=progressed
    )


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _finish(result: dict[str, Any], found: Any, markets: Sequence[Market], command: str) -> None:
    from nl2strat.research.optimised import optimised_object

    add_reading(result, markets[0].evaluator.compiled.understanding)
    result["optimised"] = optimised_object(found, markets, command)


def _command(
    source: str, data: Sequence[str] | None, markets: Sequence[Market], values: Mapping[str, float], space: Space,
    conditions: Conditions,
) -> str:  # fmt: skip
    """The backtest of a configuration; of several data sets on the first."""
    from nl2strat.research.optimised import command_of

    usual = {item.name: item.default for item in markets[0].evaluator.inputs}
    turned = {axis.name for axis in space.axes}
    names = [name for name, value in values.items() if name in turned or value != usual[name]]
    rest = conditions.as_options()
    if len(markets) > 1:
        data, rest = [str(markets[0].file)], [*rest, "--symbol", markets[0].evaluator.bars.symbol]
    return command_of(source, data or (), values, names, rest)


def _write_program(path: Path, market: Market, values: Mapping[str, float]) -> None:
    from nl2strat.machine import write_text
    from nl2strat.variants import with_inputs_set

    write_text(path, with_inputs_set(market.evaluator.compiled, values).dsl, replaces='strategy "')
