"""The market and the account of compiled runs, and one run on them: arrays in, trades out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mas.compiled import layout as k
from mas.compiled.machine_code import Functions
from mas.errors import MasError
from mas.schedules import Schedule, Schedules
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.terminals.simulated.terminal import SimulatedTerminal

_FIRST_ROOM = 65_536
"""Trades that there is room for at first; memory that is not used is not taken."""


class Unfit(MasError):
    """Something about an account or a run that the kernel does not know; the class has to run."""


@dataclass(frozen=True)
class Table:
    """One symbol's bars and the account on them, for many runs; nothing here changes."""

    prices: k.Floats
    """Shape (PRICES, bars)."""
    terms: k.Floats
    deposit: float
    blocks: k.Floats = field(init=False)
    """Shape (BLOCKS, bars / BLOCK, rounded up)."""

    def __post_init__(self) -> None:
        starts = np.arange(0, len(self), k.BLOCK)
        extremes = (
            (np.minimum, k.BID_LOW),
            (np.maximum, k.BID_HIGH),
            (np.minimum, k.ASK_LOW),
            (np.maximum, k.ASK_HIGH),
        )
        blocks = np.array([extreme.reduceat(self.prices[column], starts) for extreme, column in extremes])
        object.__setattr__(self, "blocks", blocks)

    def __len__(self) -> int:
        return int(self.prices.shape[1])

    def part(self, start: int, stop: int) -> Table:
        """The bars from start up to stop."""
        if start == 0 and stop == len(self):
            return self
        return replace(self, prices=np.ascontiguousarray(self.prices[:, start:stop]))


@dataclass(frozen=True)
class Played:
    """What a run has left behind."""

    rows: k.Floats
    """Closed trades in order of their exits, shape (trades, ROW)."""
    conflicts: int
    refused: int
    unfilled: int
    ambiguous: int


def table_of(terminal: SimulatedTerminal) -> Table:
    """The market and the account of a terminal that has not begun.

    Raises: Unfit: it has something that the kernel does not know.
    """
    market, money, account = terminal.market, terminal.market.money, terminal.account
    commission = account.commission
    _check_account(account)
    _check_symbol(market.terms, market.traded is None, market.spec.stops_level or market.spec.freeze_level)
    if money.drifts or money.settles:
        raise Unfit("money that is converted at changing rates")
    held, initial = money.margin_rules
    terms = np.zeros(k.TERMS)
    spec = market.spec
    for place, value in (
        (k.T_TICK, spec.tick_size), (k.T_DIGITS, spec.digits), (k.T_VOLUME_MIN, spec.volume_min),
        (k.T_VOLUME_MAX, spec.volume_max), (k.T_VOLUME_STEP, spec.volume_step), (k.T_CONTRACT, money.contract),
        (k.T_RATE, money.fixed_rate), (k.T_INVERSE, money.inverse), (k.T_MARGIN_FIXED, initial[0]),
        (k.T_MARGIN_PRICE, initial[1]), (k.T_MARGIN_RATE, initial[2]), (k.T_HELD_FIXED, held[0]),
        (k.T_HELD_PRICE, held[1]), (k.T_HELD_RATE, held[2]), (k.T_STOP_OUT, account.margin_so_so),
        (k.T_STOP_OUT_MONEY, account.margin_so_mode != AccountTerms().margin_so_mode),
        (k.T_CENTS, terminal.book.digits), (k.T_COMMISSION, commission.amount),
        (k.T_COMMISSION_IN, commission.on != "out"), (k.T_COMMISSION_OUT, commission.on != "in"),
        (k.T_SLIPPAGE, account.slippage * spec.point),
    ):  # fmt: skip
        terms[place] = value
    columns = [column for q in (market.bids, market.asks) for column in (q.opens, q.highs, q.lows, q.closes)]
    prices = np.array([*columns, market.bars.time // 86_400], dtype=np.float64)
    return Table(prices, terms, terminal.book.deposit)


def _check_account(account: AccountTerms) -> None:
    """Raises: Unfit: the account is other than usual in a way that matters."""
    usual, commission = AccountTerms(), account.commission
    known = replace(
        usual, commission=commission, margin_so_call=account.margin_so_call, margin_so_so=account.margin_so_so,
        margin_so_mode=account.margin_so_mode, slippage=account.slippage,
    )  # fmt: skip
    if account != known:
        names = [name for name in vars(usual) if getattr(account, name) != getattr(known, name)]
        raise Unfit(f"an account with {', '.join(names)}")
    if replace(Commission(), amount=commission.amount, on=commission.on) != commission:
        raise Unfit("a commission that is not an amount per lot, charged with the deal")


def _check_symbol(terms: SymbolTerms, always: bool, levels: int) -> None:
    """Raises: Unfit: the symbol is traded in a way that matters."""
    usual = SymbolTerms()
    known = replace(
        usual, margin_initial=terms.margin_initial, margin_maintenance=terms.margin_maintenance,
        margin_rate=terms.margin_rate, tick_value=terms.tick_value, swap_days=terms.swap_days,
    )  # fmt: skip
    if terms != known or not always or levels:
        raise Unfit("a symbol with trade sessions, stops levels or its own ways of filling")


def due_at(bars: Bars, times: Sequence[Schedule]) -> k.Floats:
    """1.0 at the closes at which one of some daily times has passed, else 0.0, shape (bars,)."""
    schedules, last = Schedules(bars), len(bars)
    due = np.zeros(last)
    for schedule in times:
        bar = schedules.next(schedule, 0, last)
        while bar < last:
            due[bar] = 1.0
            bar = schedules.next(schedule, bar + 1, last)
    return due


def play(
    functions: Functions, table: Table, wake: k.Whole, conditions: k.Flags, values: k.Floats, extra: k.Floats,
    code: k.Whole, registers: k.Floats, rows: k.Floats | None = None,
) -> Played:  # fmt: skip
    """Play a strategy over all bars of a table; see `kernel.play_all`.

    Args: functions: the entry points, compiled or plain. rows: see `first_rows`; used here and no longer.
    Raises: Unfit: the run went beyond what the kernel keeps room for.
    """
    rows = first_rows() if rows is None else rows
    while True:
        run = new_run(table, extra, rows)
        functions["play_all"](run, wake, conditions, values, code, registers.copy())
        status = int(run.books.counts[k.C_STATUS])
        if status == k.NO_ROOM:
            rows = np.empty((8 * len(rows), k.ROW))
            continue
        if status != k.FINE:
            raise Unfit(_TROUBLES[status])
        counts = run.books.counts
        return Played(
            rows[: counts[k.C_ROWS]].copy(),  # few of all that there was room for
            *(int(counts[c]) for c in (k.C_CONFLICTS, k.C_REFUSED, k.C_UNFILLED, k.C_AMBIGUOUS)),
        )


_TROUBLES = {
    k.TOO_MANY_POSITIONS: f"more than {k.MOST_POSITIONS} positions at once",
    k.TOO_MANY_ORDERS: f"more than {k.MOST_ORDERS} waiting orders at once",
    k.TOO_MANY_ENTRIES: f"more than {k.MOST_ENTRIES_A_DAY} entries in a day",
    k.TOO_LARGE: "sums of money beyond 45 million",
    k.DIVIDED_BY_ZERO: "a division by zero",
    k.NOT_ALLOWED: "values that are refused",
    k.TOO_MANY_GRIDS: f"more than {k.MOST_GRIDS} entries at once that are added to",
}


def first_rows() -> k.Floats:
    """Room for the closed trades of a run, which a thread keeps from run to run: memory that is asked for anew costs
    more than many a run."""
    return np.empty((_FIRST_ROOM, k.ROW))


def new_run(table: Table, extra: k.Floats, rows: k.Floats) -> k.Run:
    """Empty books on a table. Args: rows: where the closed trades go."""
    books = np.zeros(1, k.BOOKS).view(np.recarray)[0]
    books.terms[:] = table.terms
    books.account[k.A_BALANCE] = table.deposit
    for place in (
        k.C_AT_ENTRY, k.C_AT_EXIT, k.C_AT_LOSS, k.C_AT_WIN, k.C_AT_STOP, k.C_AMBIGUOUS_BAR, k.C_ENTRIES_DAY,
        k.C_RESULT_DAY, k.C_BOOKED_DAY,
    ):  # fmt: skip
        books.counts[place] = -(2**62)
    books.counts[k.C_STALE] = 1
    return k.Run(table.prices, table.blocks, extra, rows, books)
