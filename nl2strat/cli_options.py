"""Options that several commands share, or that come in groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="English text, a .strat, .py or .txt file, or - for standard input.")
]
JsonOption = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON (- prints it).")
]
SymbolOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Decide the symbol, whatever text and data say.")
]
TimeframeOption = Annotated[
    str | None, typer.Option(metavar="TF", help="Timeframe where the text names none: M1 to MN1.")
]
TrustOption = Annotated[bool, typer.Option("--trust", help="Run a Python file that does not pass verification.")]
SymbolsOption = Annotated[
    Path | None,
    typer.Option("--symbols", metavar="FILE", help="TOML file of symbol specifications, instead of MAS_SYMBOLS."),
]

# ----------------------------------------------------------------- the account

DepositOption = Annotated[float | None, typer.Option(help="Starting balance in account currency; 10000 if not given.")]
LeverageOption = Annotated[int | None, typer.Option(help="1:N; 100 if not given.")]
SpreadOption = Annotated[
    float | None, typer.Option(help="Spread in points; without it the data's, else a typical one.")
]
CommissionOption = Annotated[
    float | None, typer.Option(help="Per lot and side, in account currency; or see --commission-per.")
]
CommissionPerOption = Annotated[
    str | None,
    typer.Option(metavar="WHAT", help="What --commission is counted by: lot, deal, or percent of the deal's value."),
]
CurrencyOption = Annotated[str | None, typer.Option(metavar="CODE", help="Account currency; USD if not given.")]
NettingOption = Annotated[
    bool | None, typer.Option("--netting/--hedging", help="One position per symbol, or (usual) one per order.")
]
SwapOption = Annotated[bool | None, typer.Option("--swap/--no-swap", help="Charge the symbol's swap for every night.")]
SlippageOption = Annotated[
    float | None,
    typer.Option(metavar="POINTS", help="Market orders, stop orders and stop losses fill so many points worse."),
]
AccountOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TOML file with everything else a broker sets; the other options win over it."),
]
