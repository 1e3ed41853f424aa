"""`nl2strat why` and `nl2strat diff`: readings of a strategy beside the data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_options import (
    AccountOption,
    CommissionOption,
    DepositOption,
    JsonOption,
    LeverageOption,
    SourceArgument,
    SpreadOption,
    SymbolOption,
    SymbolsOption,
    TrustOption,
    translator_options,
)
from nl2strat.cli_steps import (
    add_translator,
    console_of,
    progress,
    reporting,
    show_notes,
    source_of,
    sources_of,
    symbols_from,
)
from nl2strat.translate.choice import Asked

if TYPE_CHECKING:
    from mas.results import ClosedTrade
    from nl2strat.difference import Changed, ChangedTrade, Difference
    from nl2strat.why import Clause, Why

DataOption = Annotated[
    list[str] | None, typer.Option(metavar="FILE", help="Bars, as for backtest; without it made-up (SYNTHETIC) ones.")
]
ZoneOption = Annotated[str | None, typer.Option(metavar="ZONE", help="Time zone of the data, e.g. Europe/Athens.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day to use.")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day to use, whole.")]

SHOWN = 20
"""Trades of a kind that are listed on the screen; the JSON has all."""


@translator_options
def why(
    source: SourceArgument,
    asked: Asked,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="A moment in the bar, 2024-01-31 14:00.")],
    data: DataOption = None,
    symbol: SymbolOption = None,
    timezone: ZoneOption = None,
    start: FromOption = None,
    end: ToOption = None,
    deposit: DepositOption = None,
    leverage: LeverageOption = None,
    spread: SpreadOption = None,
    commission: CommissionOption = None,
    account: AccountOption = None,
    symbols: SymbolsOption = None,
    json: JsonOption = None,
    trust: TrustOption = False,
) -> None:
    """Say why a strategy did, or did not, trade at a bar: each clause with its values, and what stood in the way."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.datafiles import choice_of
        from nl2strat.pricing import prepare_priced
        from nl2strat.settings import settings_of
        from nl2strat.why import explain_bar

        settings = settings_of(
            deposit=deposit, leverage=leverage, spread=spread, commission=commission, account=account
        )
        choice = choice_of(data, symbol, timezone=timezone, start=start, end=end)
        with progress() as tell:
            compiled, bars = prepare_priced(source_of(source, asked), choice, settings, tell, trust=trust)
        found = explain_bar(compiled, bars, settings, at)
        result["why"] = asdict(found)
        result["assumptions"] = list(compiled.understanding.assumptions)
        add_translator(result, compiled.understanding)
        if json != "-":
            show_notes(compiled.understanding)
            _show_why(found)


@translator_options
def diff(
    first: SourceArgument,
    second: SourceArgument,
    asked: Asked,
    data: DataOption = None,
    symbol: SymbolOption = None,
    timezone: ZoneOption = None,
    start: FromOption = None,
    end: ToOption = None,
    deposit: DepositOption = None,
    leverage: LeverageOption = None,
    spread: SpreadOption = None,
    commission: CommissionOption = None,
    account: AccountOption = None,
    symbols: SymbolsOption = None,
    json: JsonOption = None,
    trust: TrustOption = False,
) -> None:
    """Show how a second strategy differs from a first: in the language, in English, and in its trades."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.backtesting import play
        from nl2strat.datafiles import choice_of
        from nl2strat.difference import compare
        from nl2strat.pricing import prepare_priced
        from nl2strat.settings import settings_of

        settings = settings_of(
            deposit=deposit, leverage=leverage, spread=spread, commission=commission, account=account
        )
        choice = choice_of(data, symbol, timezone=timezone, start=start, end=end)
        with progress() as tell:
            (one, bars), (two, others) = (
                prepare_priced(source, choice, settings, tell, trust=trust)
                for source in sources_of([first, second], asked)
            )
        found = compare(one, two, play(one, bars, settings), play(two, others, settings))
        result["diff"] = _as_object(found)
        result["diff"]["assumptions"] = [list(each.understanding.assumptions) for each in (one, two)]
        markets = [f"{each.symbol} {each.timeframe}" for each in (bars, others)]
        if markets[0] != markets[1]:
            result["diff"]["note"] = f"the two trade different markets, {markets[0]} and {markets[1]}"
        if json != "-":
            for each in (one, two):
                show_notes(each.understanding)
            _show_difference(found)
            if "note" in result["diff"]:
                console_of(stderr=True).print(f"Note: {result['diff']['note']}.", style="yellow")


# ------------------------------------------------------------------- on the screen


def _show_why(why: Why) -> None:
    from rich.text import Text
    from rich.tree import Tree

    console = console_of()
    prices = ", ".join(f"{name} {value:g}" for name, value in why.prices.items())
    tree = Tree(Text(f"Bar {why.time}, decided at {why.decided}: {prices}", style="bold"))
    for text in why.position:
        tree.add(Text(text))
    for rule in why.rules:
        branch = tree.add(_marked(rule.title, rule.truth))
        _add_clauses(branch, rule.clauses)
    for gate in why.gates:
        tree.add(_marked(gate.text, gate.truth))
    outcome = tree.add(Text("What came of it", style="bold"))
    for text in why.outcome:
        outcome.add(Text(text))
    console.print(tree)


def _add_clauses(branch: Any, clauses: tuple[Clause, ...]) -> None:
    """The clauses as a tree, by their depth."""
    path = [branch]
    for clause in clauses:
        del path[clause.depth + 1 :]
        node = path[-1].add(_marked(clause.text, clause.truth))
        for name, value in clause.values.items():
            node.add(f"{name} = {'not available' if value is None else format(value, '.6g')}", style="dim")
        path.append(node)


def _marked(text: str, truth: bool | None) -> Any:
    from rich.text import Text

    mark, style = {True: ("true ", "green"), False: ("false", "red"), None: ("not known", "yellow")}[truth]
    return Text(f"{mark}  ", style=style).append(text, style="default")


def _show_difference(found: Difference) -> None:
    from rich.text import Text

    console = console_of()
    for title, lines in (("Language", found.language), ("English", found.english)):
        console.print(Text(title, style="bold"))
        _show_changes(lines)
    console.print(Text("Trades", style="bold"))
    console.print(f"  {found.summary}")
    for sign, trades in (("-", found.removed), ("+", found.added)):
        for trade in trades[:SHOWN]:
            style = "red" if sign == "-" else "green"
            console.print(Text(f"  {sign} {_trade(trade)}", style=style), soft_wrap=True)
        if len(trades) > SHOWN:
            console.print(f"  {sign} … and {len(trades) - SHOWN} more")
    for pair in found.changed[:SHOWN]:
        console.print(Text(f"  ~ {_changed(pair)}", style="yellow"), soft_wrap=True)
    if len(found.changed) > SHOWN:
        console.print(f"  ~ … and {len(found.changed) - SHOWN} more")


def _show_changes(lines: tuple[Changed, ...]) -> None:
    from rich.text import Text

    console = console_of()
    if not any(line.sign for line in lines):
        console.print("  no difference")
        return
    for line in lines:
        if line.sign:
            style = "red" if line.sign == "-" else "green"
            console.print(Text(f"  {line.sign} {line.text}", style=style), soft_wrap=True)


def _trade(trade: ClosedTrade) -> str:
    entry = f"{_name(trade)} at {trade.entry_price:g}"
    return f"{entry}, {_minute(trade.exit_time)} at {trade.exit_price:g} ({trade.exit_reason}) {trade.net:+.2f}"


def _changed(pair: ChangedTrade) -> str:
    """The entry, and what is other than it was."""
    changes = [f"{name} {_said(pair.before, name)} → {_said(pair.after, name)}" for name in pair.fields]
    net = f"{pair.before.net:+.2f} → {pair.after.net:+.2f}"
    return f"{_name(pair.before)}: {', '.join(changes)}; net {net}"


def _name(trade: ClosedTrade) -> str:
    return f"{trade.symbol} {trade.side} {trade.volume:g} {_minute(trade.entry_time)}"


def _said(trade: ClosedTrade, name: str) -> str:
    value = getattr(trade, name)
    if name == "exit_time":
        return _minute(value)
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _minute(seconds: int) -> str:
    from mas.report import iso_times

    return iso_times([seconds])[0][:16].replace("T", " ")


def _as_object(found: Difference) -> dict[str, Any]:
    from nl2strat.machine import trade_object

    return {
        "language": [asdict(line) for line in found.language],
        "english": [asdict(line) for line in found.english],
        "trades": {
            "removed": [trade_object(trade) for trade in found.removed],
            "added": [trade_object(trade) for trade in found.added],
            "changed": [
                {
                    "before": trade_object(pair.before),
                    "after": trade_object(pair.after),
                    "fields": list(pair.fields),
                }
                for pair in found.changed
            ],
            "same": found.same,
        },
        "net": {"before": found.net[0], "after": found.net[1]},
        "summary": found.summary,
    }
