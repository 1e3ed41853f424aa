"""`nl2strat symbols`: what is known of symbols, from where, and snapshots of what a terminal reports."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_options import JsonOption, SymbolsOption
from nl2strat.cli_steps import console_of, reporting, symbols_from
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from mas.symbols import SymbolSpec
    from mas.terminals.connection import Connection


def symbols(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Symbols; without one a list of all that are known.")
    ] = None,
    symbols: SymbolsOption = None,
    from_terminal: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Ask a terminal: local, or mt5linux://host:port.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask the terminal of a broker profile, logged in.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write them as a file of symbols.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Show what is known of symbols: digits, contract, volumes, costs, and where it comes from."""
    with reporting(json) as result, symbols_from(symbols):
        from nl2strat.machine import check_outputs, write_text

        check_outputs(output, json)
        specs, text = _found(names or [], from_terminal, profile)
        if output is not None:
            from mas.symbol_file import HEADING

            write_text(output, text, replaces=HEADING)
            result["file"] = str(output)
        result["symbols"] = [symbol_object(spec) for spec in specs]
        if json != "-":
            _show(specs, single=len(names or []) == 1)
            if output is not None:
                console_of().print(f"Wrote {output}", highlight=False, soft_wrap=True)


def symbol_object(spec: SymbolSpec) -> dict[str, Any]:
    """A specification with its source: "library", "file", "terminal", or "inferred" from the name alone."""
    from mas.symbol_file import written_fields

    return {"name": spec.name, "source": spec.source, **written_fields(spec)}


def _found(names: list[str], address: str | None, profile: str | None) -> tuple[list[SymbolSpec], str]:
    """The specifications, and the same as a file."""
    from mas.symbol_file import as_toml
    from mas.symbols import symbol_names, symbol_spec

    if address is None and profile is None:
        specs = [symbol_spec(name) for name in names or symbol_names()]
        return specs, as_toml(specs)
    if not names:
        raise UsageError("name the symbols that the terminal is to be asked for, such as EURUSD XAUUSD")
    from mas.terminals.specs import snapshot, specs_from

    connection = _connection(address, profile)
    connection.connect()
    try:
        specs = specs_from(connection, names)
        return specs, snapshot(connection, specs)
    finally:
        connection.shutdown()


def _connection(address: str | None, profile: str | None) -> Connection:
    """Raises: UsageError: both are given. ParameterError: no such profile, or no address."""
    from mas.profiles import read_profile
    from mas.terminals.connection import Connection
    from mas.terminals.opening import LOCAL, parse_address

    if address is not None and profile is not None:
        raise UsageError("give --from-terminal or --profile, not both: a profile names its terminal")
    if profile is not None:
        return Connection.of_profile(read_profile(profile))
    assert address is not None
    if address.strip().lower() != LOCAL:
        parse_address(address)
    return Connection.to(address)


def _show(specs: list[SymbolSpec], *, single: bool) -> None:
    if single:
        for key, value in symbol_object(specs[0]).items():
            sys.stdout.write(f"{key:20}{value}\n")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), show_header=True, header_style="bold")
    for heading in ("Symbol", "Kind", "Digits", "Contract", "Spread", "Swap", "Source"):
        table.add_column(heading, justify="right" if heading in ("Digits", "Contract", "Spread", "Swap") else "left")
    for spec in specs:
        swap = f"{spec.swap_long:g} {spec.swap_short:g}" if spec.swap_mode != "DISABLED" else "-"
        cells = (spec.name, spec.kind, str(spec.digits), f"{spec.contract_size:g}", str(spec.spread), swap, spec.source)
        table.add_row(*map(Text, cells))
    console_of().print(table)
