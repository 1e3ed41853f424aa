"""Options that several commands share, or that come in groups."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from nl2strat.translate.choice import Asked

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

SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Run with another value of an input.")
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
GuardsOption = Annotated[
    str | None,
    typer.Option(metavar="FILE|PRESET", help="Keep the account inside guards: a TOML file, or see `nl2strat guards`."),
]

# -------------------------------------------------------------- the translator

_TRANSLATOR: dict[str, Any] = {
    "translator": Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Who reads the text: offline, model, or auto (a model checked against offline). Without it auto "
            "where a model is configured, else offline.",
        ),
    ],
    "model": Annotated[str | None, typer.Option(metavar="NAME", help="Model to ask; see docs/models.md.")],
    "base_url": Annotated[
        str | None,
        typer.Option(metavar="URL", help="Endpoint that speaks OpenAI's API, like http://127.0.0.1:8080/v1."),
    ],
    "samples": Annotated[
        int | None, typer.Option(metavar="N", help="Ask the model so often; answers that differ become a question.")
    ],
    "record": Annotated[Path | None, typer.Option(metavar="FILE", help="Write the exchanges with the model down.")],
    "replay": Annotated[Path | None, typer.Option(metavar="FILE", help="Answer from a recording; asks nobody.")],
}


def translator_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of the translator; it gets them together, as its argument `asked`."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        asked = Asked(**{name: options.pop(name) for name in _TRANSLATOR})
        command(**options, asked=asked)

    hints = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "asked"
    ]
    group = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _TRANSLATOR.items()
    ]
    keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    wrapped.__signature__ = inspect.Signature([*keyword, *group])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*keyword, *group)}
    del wrapped.__wrapped__  # so that nobody looks at the signature behind
    return wrapped
