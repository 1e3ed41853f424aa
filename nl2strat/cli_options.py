"""Options that several commands share, or that come in groups."""

from __future__ import annotations

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
