"""`nl2strat sweep` and `nl2strat warmup`: every configuration of a grid, and the machine code that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_grouping import Conditions, conditions
from nl2strat.cli_optimise import ClusterOption, InputOption, space_for
from nl2strat.cli_options import JsonOption, SourceArgument, SymbolsOption, TrustOption, translator_options
from nl2strat.cli_steps import add_reading, console_of, progress, reporting, source_of, symbols_from
from nl2strat.errors import UsageError
from nl2strat.translate.choice import Asked

if TYPE_CHECKING:
    from nl2strat.research.evaluating import Evaluator
    from nl2strat.research.markets import Market
    from nl2strat.research.space import Space
    from nl2strat.research.sweep import Swept

OneDataOption = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="FILE", help="Bars; several times as SYMBOL=FILE for several symbols."),
]
Tell = Callable[[int, int, float], None]


@translator_options
@conditions
def sweep(
    source: SourceArgument,
    asked: Asked,
    conditions: Conditions,
    data: OneDataOption = None,
    input: InputOption = None,
    where: Annotated[
        str | None, typer.Option(metavar="COND", help='Only configurations with this, like "fast < slow".')
    ] = None,
    sort: Annotated[
        str, typer.Option(metavar="FIGURE", help="What is best: net_profit, sharpe, profit_factor, ...")
    ] = "net_profit",
    heat: Annotated[str | None, typer.Option(metavar="A,B", help="The two inputs of the heat map.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Run only N of the configurations, by chance.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Run however many configurations there are.")] = False,
    jobs: Annotated[int | None, typer.Option(metavar="N", help="Cores to use; all if not given.")] = None,
    cluster: ClusterOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Parquet file for the figures of each.")
    ] = Path("sweep.parquet"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a sweep that was stopped.")] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="HTML report: heat map, plateaus, the best one's backtest.")
    ] = None,
    json: JsonOption = None,
    symbols: SymbolsOption = None,
    trust: TrustOption = False,
) -> None:
    """Run every combination of inputs, and see which of them stand out and which stand on a plateau."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.machine import check_outputs
        from nl2strat.research.grid import keys_of
        from nl2strat.research.sweep import check_sort
        from nl2strat.research.swept import heat_inputs, print_swept, swept_object

        check_outputs(output, report, json)
        check_sort(sort)
        if jobs is not None and jobs < 1:
            raise UsageError(f"--jobs {jobs} is not possible; give the number of cores, 1 or more")
        with progress() as tell:
            market = _market(source, asked, data, conditions, tell, trust=trust)
            space = space_for((market,), input or ())
            keys = keys_of(space, where, limit, sure=yes)
        swept = _run(market, space, keys, sort, output, resume=resume, jobs=jobs, cluster=cluster)
        evaluator = market.evaluator
        names = heat_inputs(swept, heat)
        add_reading(result, evaluator.compiled.understanding)
        result["sweep"] = swept_object(swept, evaluator, output)
        if report is not None and swept.ranked:
            _write_report(report, swept, evaluator, names)
        if json != "-":
            print_swept(console_of(), swept, evaluator, output, names, report if swept.ranked else None)
    if swept.ended:
        raise typer.Exit(130)


def warmup() -> None:
    """Compile the kernel of sweeps into the cache folder, so that the first sweep does not wait for it."""
    with reporting(None):
        from nl2strat.research.warming import warm_up

        console = console_of(stderr=True)
        with progress() as tell:
            seconds = warm_up(tell)
        console.print(f"The kernel is ready ({seconds:.1f} s).", highlight=False)


def _market(
    source: str, asked: Asked, data: Sequence[str] | None, conditions: Conditions, tell: Callable[[str], None], *,
    trust: bool,
) -> Market:  # fmt: skip
    from nl2strat.research.markets import markets_of

    tell("reading the strategy and the data")
    found = markets_of(source_of(source, asked), data, conditions.settings(), tell, trust=trust, **conditions.bars())
    if len(found) > 1:
        raise UsageError("a sweep is of one data set; give --data once (nl2strat optimise takes several)")
    return found[0]


def _run(
    market: Market, space: Space, keys: Sequence[Any], sort: str, output: Path, *, resume: bool, jobs: int | None,
    cluster: str | None,
) -> Swept:  # fmt: skip
    from nl2strat.research.bench import ClusterBench, LocalBench, make_ready
    from nl2strat.research.store import Store
    from nl2strat.research.sweep import identity_of
    from nl2strat.research.sweep import sweep as run

    evaluators = (market.evaluator,)
    store = Store(output, identity_of(market, space), space, sort, resume=resume)
    with progress() as say:
        kernel = make_ready(evaluators, len(keys), say)
    bench: LocalBench | ClusterBench = (
        LocalBench(evaluators, jobs) if cluster is None else ClusterBench(cluster, evaluators, kernel=kernel)
    )
    with bench, _bar() as tell:
        return run(market, space, keys, store, bench, sort, tell)


@contextmanager
def _bar() -> Iterator[Tell]:
    """A bar with the time left, where somebody watches."""
    console = console_of(stderr=True)
    if not console.is_terminal:
        yield lambda done, of, seconds: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("sweeping"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, of, seconds: shown.update(task, completed=done, total=of)


def _write_report(path: Path, swept: Swept, evaluator: Evaluator, heat: tuple[str, str] | None) -> None:
    from mas.metrics import compute_metrics
    from nl2strat.backtesting import play
    from nl2strat.research.swept import write_report
    from nl2strat.variants import with_inputs_set

    best = swept.space.values(swept.ranked[0])
    compiled = with_inputs_set(evaluator.compiled, best)
    backtest = play(compiled, evaluator.bars, evaluator.settings, evaluator.finer)
    write_report(path, swept, evaluator, (compiled, backtest), compute_metrics(backtest), heat)
