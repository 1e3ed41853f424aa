"""What a user may set about the account of a backtest: options of the command line, and an account file behind them.

An option wins over the file, the file over EXECUTION.md's defaults. The file is that of `mas.broker_terms`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas import tables
from mas.broker_terms import PERS, AccountFile, as_words, read_account_file, symbol_terms
from mas.dataclass import dataclass
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.language.printer import print_number

if TYPE_CHECKING:
    from mas.symbols import SymbolSpec
    from mas.terminals.guarded.rules import Rules


@dataclass(frozen=True)
class Settings:
    """The account and its costs."""

    deposit: float = 10_000.0
    leverage: int = 100
    spread: float | None = None
    """Points; None takes the data's column, else the symbol's typical spread."""
    commission: float = 0.0
    """Account currency per lot and side; if it is 0, what `account` says."""
    modelling: str | None = None
    """How prices move inside bars (`mas.modelling.MODES`); None is pessimistic, or what finer data suggest."""
    currency: str = "USD"
    account: AccountTerms = field(default_factory=AccountTerms)
    terms: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `SymbolTerms` to set, whatever the symbol's own terms are."""
    given: frozenset[str] = frozenset()
    """Which of deposit, leverage, commission, spread and slippage a user has given; a strategy may say the others."""
    presumed: tuple[ast.Setting, ...] = ()
    """What the strategy has said."""
    guards: Rules | None = None
    """What the account is kept inside."""

    def __post_init__(self) -> None:
        limits = (("deposit", self.deposit, 0.01), ("leverage", self.leverage, 1), ("commission", self.commission, 0))
        for name, value, least in limits:
            if not least <= value <= 1e12:
                raise UsageError(f"--{name} {value:g} is not possible; give a number from {least:g} to 1e12")
        if self.spread is not None and not 0 <= self.spread < 1e6:
            raise UsageError(f"--spread {self.spread:g} is not possible; give points, 0 or more")
        if not 0 <= self.account.slippage < 1e6:
            raise UsageError(f"--slippage {self.account.slippage:g} is not possible; give points, 0 or more")

    def symbol_terms(self, spec: SymbolSpec) -> SymbolTerms | None:
        """The terms of a symbol with what is set here; None for the usual ones."""
        return symbol_terms(self.terms, spec.terms)

    def with_account_of(self, program: ast.Program) -> Settings:
        """With what the strategy presumes of its account where the user has not given it."""
        said = tuple(item for item in program.account if item.name not in self.given)
        value = {item.name: float(item.value) for item in said}
        account = self.account
        if "commission" in value:
            account = replace(account, commission=Commission(value["commission"]))
        if "slippage" in value:
            account = replace(account, slippage=value["slippage"])
        return replace(
            self,
            deposit=value.get("deposit", self.deposit),
            leverage=int(value.get("leverage", self.leverage)),
            spread=value.get("spread", self.spread),
            account=account,
            presumed=said,
        )

    @property
    def account_terms(self) -> AccountTerms:
        """The account's terms, `commission` among them."""
        return replace(self.account, commission=Commission(self.commission)) if self.commission else self.account


def settings_of(
    *, deposit: float | None = None, leverage: int | None = None, spread: float | None = None,
    commission: float | None = None, commission_per: str | None = None, currency: str | None = None,
    netting: bool | None = None, swap: bool | None = None, slippage: float | None = None,
    modelling: str | None = None, account: Path | None = None, guards: str | None = None,
) -> Settings:  # fmt: skip
    """The settings that the options of a command mean; None is an option that was not given.

    Args: account: the account file. guards: a file of guards, or the name of a preset; the starting balance that it
        names is the deposit, unless another is given.
    Raises: UsageError: an option that cannot be. ParameterError: the file is wrong. The message names option or key.
    """
    file = AccountFile() if account is None else read_account_file(account)
    rules = None if guards is None else _guards(guards)
    if rules is not None and rules.initial is not None and deposit is None and file.deposit is None:
        deposit = rules.initial
    given: dict[str, Any] = {"netting": netting, "swaps": swap}
    if slippage is not None:
        given["slippage"] = _points("--slippage", slippage)
    if commission is not None or commission_per is not None:
        given["commission"] = _commission(commission, commission_per)
    changes = {name: value for name, value in given.items() if value is not None}
    usual = Settings()
    return Settings(
        deposit=_first(deposit, file.deposit, usual.deposit),
        leverage=_first(leverage, file.leverage, usual.leverage),
        spread=spread,
        modelling=modelling,
        currency=_first(None if currency is None else _currency(currency), file.currency, usual.currency),
        account=replace(file.account, **changes),
        terms=file.symbol,
        guards=rules,
        given=frozenset(
            name
            for name, known in (
                ("deposit", deposit is not None or file.deposit is not None),
                ("leverage", leverage is not None or file.leverage is not None),
                ("spread", spread is not None),
                ("commission", commission is not None or file.account.commission != AccountTerms().commission),
                ("slippage", slippage is not None or file.account.slippage != AccountTerms().slippage),
            )
            if known
        ),
    )


def _guards(name: str) -> Rules:
    from mas.terminals.guarded.presets import guards_called

    return guards_called(name)


def _commission(amount: float | None, per: str | None) -> Commission:
    if amount is None:
        raise UsageError(f"--commission-per {per} says what a commission is counted by; give --commission N as well")
    if per is not None and per not in PERS:
        raise UsageError(f"--commission-per {per!r} is not known; use {', '.join(PERS)}")
    if not 0 <= amount <= 1e12:
        raise UsageError(f"--commission {amount:g} is not possible; give a number from 0 to 1e12")
    if per == "percent" and amount > 100:
        raise UsageError(f"--commission {amount:g} percent is more than the deal is worth; 0.002 is 0.002 %")
    return Commission(amount, per or "lot")


def _points(option: str, value: float) -> float:
    if not 0 <= value < 1e6:
        raise UsageError(f"{option} {value:g} is not possible; give points, 0 or more")
    return value


def _currency(code: str) -> str:
    try:
        return str(tables.currency(code))
    except tables.Unfit as complaint:
        raise UsageError(f"--currency {complaint}, not {code!r}") from None


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


# ------------------------------------------------------------- showing them


def account_object(settings: Settings, spec: SymbolSpec) -> dict[str, Any]:
    """The settings for a machine: all terms of the account, and those of the symbol that are not the usual ones."""
    terms = settings.symbol_terms(spec)
    return {
        "deposit": settings.deposit,
        "leverage": settings.leverage,
        "currency": settings.currency,
        **_without_infinity(asdict(settings.account_terms)),
        "symbol_terms": dict(as_words(terms)) if terms is not None else {},
        "symbol_source": spec.source,
    }


def _without_infinity(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no infinity: "no limit" is null."""
    return {
        name: _without_infinity(value) if isinstance(value, dict) else None if value == math.inf else value
        for name, value in values.items()
    }


def account_lines(settings: Settings, spec: SymbolSpec) -> list[str]:
    """What is other than usual about the account and the symbol, as sentences."""
    account, usual, currency = settings.account_terms, AccountTerms(), settings.currency
    lines = []
    if settings.presumed:
        said = ", ".join(f"{item.name} {print_number(item.value)}" for item in settings.presumed)
        lines.append(f"From the strategy: {said}.")
    if account.netting:
        lines.append("Netting account: one position per symbol.")
    if account.commission != usual.commission:
        lines.append(commission_text("Commission", account.commission, currency))
    if account.fee != usual.fee:
        lines.append(commission_text("Fee", account.fee, currency))
    if account.swaps:
        lines.append(_swap_text(spec))
    if account.slippage:
        lines.append(f"Slippage: market orders, stop orders and stop losses fill {account.slippage:g} points worse.")
    shown = ("netting", "commission", "fee", "swaps", "slippage")
    others = [item.name for item in fields(account) if item.name not in shown]
    changed = [name for name in others if getattr(account, name) != getattr(usual, name)]
    if changed:
        lines.append(f"Account: {', '.join(f'{name} = {getattr(account, name)}' for name in changed)}.")
    terms = settings.symbol_terms(spec)
    words = as_words(terms) if terms is not None else {}
    if words:
        lines.append(f"{spec.name}: {', '.join(f'{name} = {value}' for name, value in words.items())}.")
    if spec.source == "file":
        lines.append(f"The specification of {spec.name} is from the file of symbols.")
    return lines


def commission_text(title: str, commission: Commission, currency: str) -> str:
    """A commission as a sentence."""
    unit = {"deposit": currency, "points": "points"}.get(commission.currency, f"of the {commission.currency} currency")
    what = {"lot": f"{unit} per lot", "deal": f"{unit} per deal", "percent": "% of the deal's value"}[commission.per]
    parts = [f"{commission.amount:g} {what}"]
    if commission.tiers:
        steps = ", ".join(f"{charge:g} from {start:g} on" for start, charge in commission.tiers)
        parts = [f"{what} by {commission.tiered_by}: {steps}"]
    if commission.least:
        parts.append(f"at least {commission.least:g} {currency}")
    if commission.most < math.inf:
        parts.append(f"at most {commission.most:g} {currency}")
    parts.append({"both": "on entries and exits", "in": "on entries", "out": "on exits"}[commission.on])
    if commission.charged != "deal":
        parts.append(f"charged at the end of the {commission.charged}")
    return f"{title}: {', '.join(parts)}."


def _swap_text(spec: SymbolSpec) -> str:
    if spec.swap_mode == "DISABLED":
        return f"Swap: none is known for {spec.name}, and none is charged (a file of symbols may say)."
    unit = {"POINTS": "points"}.get(spec.swap_mode, spec.swap_mode.lower().replace("_", " "))
    days = tables.DAYS[spec.swap_rollover3days]
    return f"Swap: {spec.swap_long:g} long, {spec.swap_short:g} short a night ({unit}), three times on {days}."
