"""Options that come in groups: a command gets them together, as one argument."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from mas.dataclass import dataclass
from nl2strat import cli_options as options

if TYPE_CHECKING:
    from nl2strat.settings import Settings

_BARS: dict[str, Any] = {
    "symbol": options.SymbolOption,
    "timezone": Annotated[str | None, typer.Option(metavar="ZONE", help="Time zone of the data, e.g. Europe/Athens.")],
    "start": Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day to use.")],
    "end": Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day to use, whole.")],
}
_ACCOUNT: dict[str, Any] = {
    "deposit": options.DepositOption,
    "leverage": options.LeverageOption,
    "spread": options.SpreadOption,
    "commission": options.CommissionOption,
    "commission_per": options.CommissionPerOption,
    "currency": options.CurrencyOption,
    "netting": options.NettingOption,
    "swap": options.SwapOption,
    "slippage": options.SlippageOption,
    "account": options.AccountOption,
    "guards": options.GuardsOption,
    "modelling": Annotated[
        str | None,
        typer.Option(metavar="MODE", help="Inside bars: pessimistic, open, ohlc, every_tick or real_ticks."),
    ],
}
_SPELLING = {"start": "from", "end": "to"}


@dataclass(frozen=True)
class Conditions:
    """What a command was told of the bars and of the account."""

    given: Mapping[str, Any]
    """By parameter; only what was given."""

    def settings(self) -> Settings:
        """The account. Raises: UsageError, ParameterError: an option or a file that cannot be."""
        from nl2strat.settings import settings_of

        return settings_of(**{name: self.given[name] for name in _ACCOUNT if name in self.given})

    def bars(self) -> dict[str, Any]:
        """Symbol, time zone and period, as functions call them; None where not given."""
        return {name: self.given.get(name) for name in _BARS}

    def as_options(self) -> list[str]:
        """The same options for another command."""
        words: list[str] = []
        for name, value in self.given.items():
            option = f"--{_SPELLING.get(name, name).replace('_', '-')}"
            if name == "netting":
                words.append("--netting" if value else "--hedging")
            elif value is True or value is False:
                words.append(option if value else f"--no-{name}")
            else:
                words += [option, f"{value:g}" if isinstance(value, float) else str(value)]
        return words


def conditions(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of bars and account; it gets them together, as its argument `conditions`."""
    group = {**_BARS, **_ACCOUNT}

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        own = {name: given.pop(name) for name in group}
        command(**given, conditions=Conditions({name: value for name, value in own.items() if value is not None}))

    hints = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "conditions"
    ]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in group.items()
    ]
    wrapped.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
    del wrapped.__wrapped__  # so that nobody looks at the signature behind
    return wrapped
