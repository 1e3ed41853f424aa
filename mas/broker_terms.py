"""A broker's terms from tables: keys of a subscription, an account file, a file of symbols, a terminal's own report.

An account file has two tables, both optional, with the fields of `AccountTerms` and `SymbolTerms` under their names;
what MetaTrader has numbers for is written in words. Sessions are those of the days named: on the others there are none.

    [account]
    deposit = 5000
    currency = "EUR"
    netting = true
    commission = {amount = 0.002, per = "percent"}
    margin_so_so = 20

    [symbol]
    filling_mode = ["fok"]
    volume_limit = 50
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Any

from mas import constants as mt5
from mas.dataclass import dataclass
from mas.errors import ParameterError
from mas.tables import (
    DAYS,
    Reader,
    Table,
    Unfit,
    above_zero,
    amount,
    by_weekday,
    currency,
    flags,
    load_toml,
    named,
    one_of,
    read_table,
    sessions,
    switch,
    table_of,
    whole,
)
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from mas.terminals.structs import SymbolInfo

PERS, ONS = ("lot", "deal", "percent"), ("both", "in", "out")
"""What a commission is counted by, and which deals it is charged on."""
UNITS, PERIODS = ("deposit", "base", "profit", "margin", "points"), ("deal", "day", "month")
MEASURES = ("volume", "turnover")
"""What its money is, when it is charged, and what its tiers look at."""
STOP_OUTS, GAPS = ("all", "worst"), ("open", "level")

EXECUTIONS = {
    "request": mt5.SYMBOL_TRADE_EXECUTION_REQUEST, "instant": mt5.SYMBOL_TRADE_EXECUTION_INSTANT,
    "market": mt5.SYMBOL_TRADE_EXECUTION_MARKET, "exchange": mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE,
}  # fmt: skip
FILLINGS = {"fok": mt5.SYMBOL_FILLING_FOK, "ioc": mt5.SYMBOL_FILLING_IOC, "boc": mt5.SYMBOL_FILLING_BOC}
ORDERS = {
    "market": mt5.SYMBOL_ORDER_MARKET, "limit": mt5.SYMBOL_ORDER_LIMIT, "stop": mt5.SYMBOL_ORDER_STOP,
    "stop_limit": mt5.SYMBOL_ORDER_STOP_LIMIT, "sl": mt5.SYMBOL_ORDER_SL, "tp": mt5.SYMBOL_ORDER_TP,
    "close_by": mt5.SYMBOL_ORDER_CLOSEBY,
}  # fmt: skip
EXPIRATIONS = {
    "gtc": mt5.SYMBOL_EXPIRATION_GTC, "day": mt5.SYMBOL_EXPIRATION_DAY, "specified": mt5.SYMBOL_EXPIRATION_SPECIFIED,
    "specified_day": mt5.SYMBOL_EXPIRATION_SPECIFIED_DAY,
}  # fmt: skip
TRADE_MODES = {
    "disabled": mt5.SYMBOL_TRADE_MODE_DISABLED, "long_only": mt5.SYMBOL_TRADE_MODE_LONGONLY,
    "short_only": mt5.SYMBOL_TRADE_MODE_SHORTONLY, "close_only": mt5.SYMBOL_TRADE_MODE_CLOSEONLY,
    "full": mt5.SYMBOL_TRADE_MODE_FULL,
}  # fmt: skip
GTC_MODES = {
    "gtc": mt5.SYMBOL_ORDERS_GTC, "daily": mt5.SYMBOL_ORDERS_DAILY, "daily_no_stops": mt5.SYMBOL_ORDERS_DAILY_NO_STOPS,
}  # fmt: skip
STOP_OUT_MODES = {"percent": mt5.ACCOUNT_STOPOUT_MODE_PERCENT, "money": mt5.ACCOUNT_STOPOUT_MODE_MONEY}


def commission_of(value: Any) -> Commission:
    """A commission: a number (per lot and side), or a table of `Commission`'s fields.

    Raises: Unfit, ParameterError: it is neither.
    """
    if isinstance(value, Commission):
        return value
    if isinstance(value, Mapping):
        given = read_table(value, _COMMISSION)
        if "amount" not in given and "tiers" not in given:
            raise Unfit('must have an amount, such as {"amount": 3.5, "per": "lot"}')
        return Commission(**given)
    try:
        return Commission(amount(value))
    except Unfit as complaint:
        raise Unfit(f"{complaint} (per lot and side), or a table of {', '.join(_COMMISSION)}") from None


def _leverage(value: Any) -> int:
    found = whole(value)
    if not found:
        raise Unfit("must be a whole number, 1 or more")
    return found


def _tiers(value: Any) -> tuple[tuple[float, float], ...]:
    """[[0, 3.5], [100, 2.5]]: from so much on, so much."""
    pairs = isinstance(value, list | tuple) and all(isinstance(item, list | tuple) and len(item) == 2 for item in value)
    if not pairs:
        raise Unfit("must be a list of pairs, such as [[0, 3.5], [100, 2.5]]")
    return tuple((amount(start), amount(charge)) for start, charge in value)


_COMMISSION: dict[str, Reader] = {
    "amount": amount, "per": one_of(PERS), "on": one_of(ONS), "least": amount, "most": amount,
    "currency": one_of(UNITS), "charged": one_of(PERIODS), "tiers": _tiers, "tiered_by": one_of(MEASURES),
}  # fmt: skip

_BY_TYPE = {"bool": switch, "int": whole, "float": amount, "float | None": amount}


def _plain_fields(kind: type) -> dict[str, Reader]:
    """Readers of the fields that are switches and numbers."""
    return {item.name: _BY_TYPE[str(item.type)] for item in fields(kind) if str(item.type) in _BY_TYPE}


ACCOUNT_FIELDS: dict[str, Reader] = _plain_fields(AccountTerms) | {
    "commission": commission_of, "fee": commission_of, "gaps": one_of(GAPS), "stop_out": one_of(STOP_OUTS),
    "margin_so_mode": named(STOP_OUT_MODES),
}  # fmt: skip
"""How each field of `AccountTerms` is read."""

SYMBOL_FIELDS: dict[str, Reader] = _plain_fields(SymbolTerms) | {
    "execution": named(EXECUTIONS), "filling_mode": flags(FILLINGS), "order_mode": flags(ORDERS),
    "expiration_mode": flags(EXPIRATIONS), "trade_mode": named(TRADE_MODES), "gtc_mode": named(GTC_MODES),
    "margin_rate": above_zero, "sessions": sessions, "swap_days": by_weekday,
}  # fmt: skip
"""How each field of `SymbolTerms` is read."""

_MONEY: dict[str, Reader] = {"deposit": above_zero, "leverage": _leverage, "currency": currency}


@dataclass(frozen=True)
class AccountFile:
    """What an account file says."""

    account: AccountTerms = field(default_factory=AccountTerms)
    symbol: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `SymbolTerms` that it sets; for whatever symbol is traded."""
    deposit: float | None = None
    leverage: int | None = None
    currency: str | None = None


def read_account_file(path: Path) -> AccountFile:
    """An account file, checked.

    Raises: ParameterError: the message names the file, the table and the key, and says what is allowed.
    """
    tables = load_toml(path, "the account file")
    for name in tables:
        if name not in ("account", "symbol"):
            raise ParameterError(f"{path}: [{name}] is no table of an account file: it has [account] and [symbol]")
    parts = {name: table_of(tables.get(name, {}), f"{path}: {name}") for name in ("account", "symbol")}
    given = read_table(parts["account"], _MONEY | ACCOUNT_FIELDS, f"{path}: [account]")
    money = {name: given.pop(name) for name in _MONEY if name in given}
    symbol = read_table(parts["symbol"], SYMBOL_FIELDS, f"{path}: [symbol]")
    return AccountFile(AccountTerms(**given), symbol, **money)


def symbol_terms(changes: Mapping[str, Any], standing: SymbolTerms | None = None) -> SymbolTerms | None:
    """Terms with some fields changed; None if there is nothing to change.

    Args: standing: what the symbol has of its own (`SymbolSpec.terms`).
    """
    return replace(standing or SymbolTerms(), **changes) if changes else standing


def terms_of_info(info: SymbolInfo) -> SymbolTerms:
    """What a terminal reports of a symbol beside its specification; what it leaves open keeps its usual value.

    A symbol that cannot be traded right now (or about which the terminal says nothing) is taken to be tradable.
    """
    reported: dict[str, Any] = {
        "execution": info.trade_exemode, "trade_mode": info.trade_mode or None, "gtc_mode": info.order_gtc_mode,
        "filling_mode": info.filling_mode or None, "order_mode": info.order_mode or None,
        "expiration_mode": info.expiration_mode or None, "volume_limit": info.volume_limit,
        "margin_initial": info.margin_initial, "margin_maintenance": info.margin_maintenance,
        "margin_hedged": info.margin_hedged, "hedged_use_leg": info.margin_hedged_use_leg,
    }  # fmt: skip
    return SymbolTerms(**{name: value for name, value in reported.items() if value is not None})


def as_words(terms: SymbolTerms) -> Table:
    """The fields that differ from the usual ones, in the words of a file."""
    usual = SymbolTerms()
    names = [item.name for item in fields(terms) if getattr(terms, item.name) != getattr(usual, item.name)]
    return {name: _WORDS.get(name, _as_it_is)(getattr(terms, name)) for name in names}


def _as_it_is(value: Any) -> Any:
    return value


def _name_in(words: Mapping[str, int]) -> Reader:
    return lambda code: next(word for word, number in words.items() if number == code)


def _names_in(words: Mapping[str, int]) -> Reader:
    return lambda bits: [word for word, bit in words.items() if bits & bit]


def _session_words(value: Any) -> dict[str, list[str]]:
    return {DAYS[day]: [_times(*span) for span in spans] for day, spans in value.items()}


def _times(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


_WORDS: dict[str, Reader] = {
    "execution": _name_in(EXECUTIONS), "trade_mode": _name_in(TRADE_MODES), "gtc_mode": _name_in(GTC_MODES),
    "filling_mode": _names_in(FILLINGS), "order_mode": _names_in(ORDERS), "expiration_mode": _names_in(EXPIRATIONS),
    "sessions": _session_words, "swap_days": lambda value: dict(zip(DAYS, value, strict=True)),
}  # fmt: skip
"""How a file writes what is no plain value; the reverse of `SYMBOL_FIELDS`."""
