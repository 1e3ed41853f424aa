"""A reversal that has yet to be judged: what the account will be once it has happened (`mas.reversal`).

It is kept until the entry has been judged by its volume; sizes are worked out as if it had happened.
"""

from __future__ import annotations

from mas.compiled.exact import exact_round
from mas.compiled.layout import (
    A_BALANCE,
    A_REVERSED,
    A_REVERSED_FLOATING,
    C_LOSSES,
    C_POSITIONS,
    C_REVERSED_LOSSES,
    C_REVERSED_WINS,
    C_WINS,
    P_COMMISSION,
    P_ENTRY,
    P_GROUP,
    P_SIDE,
    P_VOLUME,
    Q_REVERSING,
    T_CENTS,
    Run,
)  # fmt: skip
from mas.compiled.ledger import part_of
from mas.compiled.money import closing_quote, commission_of, floating, profit_of, slipping
from mas.fills import LONG


def begin_reversal(run: Run, side: float) -> None:
    """Note what an entry on a side would close; nothing if there is nothing against it."""
    account, counts = run.books.account, run.books.counts
    run.books.quote[Q_REVERSING] = 0.0
    account[A_REVERSED], account[A_REVERSED_FLOATING] = 0.0, 0.0
    counts[C_REVERSED_LOSSES], counts[C_REVERSED_WINS] = counts[C_LOSSES], counts[C_WINS]
    for k in range(counts[C_POSITIONS]):
        held = run.books.positions[k]
        if held[P_SIDE] == side:
            continue
        run.books.quote[Q_REVERSING] = side
        account[A_REVERSED] += closing_profit(run, k) + commission_of(run, held[P_VOLUME], False)
        closing = closing_quote(run, held[P_SIDE])
        account[A_REVERSED_FLOATING] -= profit_of(run, held[P_SIDE], held[P_VOLUME], held[P_ENTRY], closing)
        if is_last_of_group(run, k):
            total = group_total(run, held[P_GROUP])
            counts[C_REVERSED_LOSSES] = counts[C_REVERSED_LOSSES] + 1 if total < 0.0 else 0
            counts[C_REVERSED_WINS] = counts[C_REVERSED_WINS] + 1 if total > 0.0 else 0


def closing_profit(run: Run, k: int) -> float:
    """What closing a position now would bring before costs."""
    held = run.books.positions[k]
    price = slipping(run, held[P_SIDE] != LONG, closing_quote(run, held[P_SIDE]))
    profit = profit_of(run, held[P_SIDE], held[P_VOLUME], held[P_ENTRY], price)
    return float(exact_round(profit, run.books.terms[T_CENTS]))


def is_last_of_group(run: Run, k: int) -> bool:
    """Whether no younger position is of the same entry."""
    for j in range(k + 1, run.books.counts[C_POSITIONS]):
        if run.books.positions[j, P_GROUP] == run.books.positions[k, P_GROUP]:
            return False
    return True


def group_total(run: Run, group: float) -> float:
    """What an entry will have brought once all that is open of it is closed."""
    total = part_of(run, group)
    for k in range(run.books.counts[C_POSITIONS]):
        held = run.books.positions[k]
        if held[P_GROUP] == group:
            net = closing_profit(run, k) + held[P_COMMISSION] + commission_of(run, held[P_VOLUME], False)
            total = exact_round(total + net, 8.0)
    return total


def reversed_balance(run: Run) -> float:
    """The balance, once a reversal that is being judged has happened."""
    balance = run.books.account[A_BALANCE]
    if run.books.quote[Q_REVERSING] == 0.0:
        return float(balance)
    return float(exact_round(balance + run.books.account[A_REVERSED], 8.0))


def reversed_equity(run: Run) -> float:
    """The equity, once it has happened."""
    more = run.books.account[A_REVERSED_FLOATING] if run.books.quote[Q_REVERSING] != 0.0 else 0.0
    return float(reversed_balance(run) + floating(run) + more)


def in_a_row(run: Run, losses: bool) -> int:
    """Losses (or wins) in a row, once it has happened."""
    counts = run.books.counts
    if run.books.quote[Q_REVERSING] != 0.0:
        return int(counts[C_REVERSED_LOSSES] if losses else counts[C_REVERSED_WINS])
    return int(counts[C_LOSSES] if losses else counts[C_WINS])
