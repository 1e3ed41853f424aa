"""`nl2strat sweep` and `nl2strat warmup`: every configuration of a grid, and the machine code that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

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
    from nl2strat.research.markets import Market
    from nl2strat.research.space import Key, Space
    from nl2strat.research.store import Store
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
    where: WhereOption = None,
    sort: Annotated[
        str, typer.Option(metavar="FIGURE", help="What is best: net_profit, sharpe, profit_factor, ...")
    ] = "net_profit",
    heat: HeatOption = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Run only N of the configurations, by chance.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Run however many configurations there are.")] = False,
    jobs: JobsOption = None,
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
        from nl2strat.research.grid import keys_of
        from nl2strat.research.heat import heat_inputs
        from nl2strat.research.objectives import figure_called
        from nl2strat.research.swept import print_swept, swept_object, write_report

        check_places((report, "<!doctype html"), (json, '"status":'), plain=[output])
        check_jobs(jobs, cluster)
        figure = figure_called(sort, "--sort")
        with progress() as tell:
            market = _only(markets_for(source, asked, data, conditions, tell, trust=trust))
            _prepare_beside(market)
            space = space_for((market,), input or (), where)
            keys = keys_of(space, limit, sure=yes)
            names = heat_inputs(space, heat)
        with _store(market, space, figure, output, where, limit, resume=resume) as store:
            swept = _run(market, space, keys, figure, store, cluster, jobs)
        evaluator = market.evaluator
        add_reading(result, evaluator.compiled.understanding)
        result["sweep"] = swept_object(swept, evaluator, output)
        if report is not None and swept.ranked:
            with progress() as tell:
                best = run_best(market, space.values(swept.ranked[0]), tell)
                write_report(report, swept, evaluator, best, names)
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


def _only(markets: Sequence[Market]) -> Market:
    if len(markets) > 1:
        raise UsageError("a sweep is of one data set; give --data once (nl2strat optimise takes several)")
    return markets[0]


def _prepare_beside(market: Market) -> None:
    """Has another thread make what runs the configurations, if the kernel is compiled: the identity of the bars takes
    as long."""
    Thread(target=lambda: market.evaluator.path).start()


def _store(
    market: Market, space: Space, sort: str, output: Path, where: str | None, limit: int | None, *, resume: bool
) -> Store:
    from nl2strat.research.store import Store
    from nl2strat.research.sweep import identity_of

    store = Store(output, identity_of(market, space, where, limit), space, sort, resume=resume)
    if resume and not store.rows:
        note = f"Nothing to go on with: {output} has no sweep that was stopped. It is begun anew."
        console_of(stderr=True).print(note, highlight=False, soft_wrap=True)
    return store


def _run(
    market: Market, space: Space, keys: Sequence[Key], sort: str, store: Store, cluster: str | None, jobs: int | None
) -> Swept:
    from nl2strat.research.sweep import sweep as run

    with progress() as say:
        bench_of = bench_for(cluster, (market,), len(keys), say, jobs)
    with bench_of as bench, _bar() as tell:
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
