"""What the trading of a compiled run has come to: entries, results by day, runs of wins and losses (`mas.ledger`)."""

from __future__ import annotations

from mas.compiled.exact import exact_round
from mas.compiled.grids import end_grid
from mas.compiled.layout import (
    A_RESULT_TODAY,
    BY_BREAKEVEN,
    BY_SL,
    BY_TRAILING,
    C_AT_ENTRY,
    C_AT_EXIT,
    C_AT_LOSS,
    C_AT_STOP,
    C_AT_WIN,
    C_ENTRIES,
    C_ENTRIES_DAY,
    C_FINISHED_LOSS,
    C_FINISHED_WIN,
    C_LAST,
    C_LOSSES,
    C_PARTS,
    C_POSITIONS,
    C_RESULT_DAY,
    C_STATUS,
    C_WINS,
    DAY,
    MOST_ENTRIES_A_DAY,
    NONE,
    P_GROUP,
    P_SIDE,
    P_TICKET,
    Q_BAR,
    TOO_MANY_ENTRIES,
    Run,
)  # fmt: skip
from mas.compiled.money import balance_before_today
from mas.fills import at_or_above


def note_entry(run: Run, ticket: float) -> None:
    """Count an entry that has filled."""
    counts, bar = run.books.counts, int(run.books.quote[Q_BAR])
    counts[C_AT_ENTRY] = bar
    day = int(run.prices[DAY, bar])
    if counts[C_ENTRIES_DAY] != day:
        counts[C_ENTRIES_DAY], counts[C_ENTRIES] = day, 0
    n = counts[C_ENTRIES]
    if n >= MOST_ENTRIES_A_DAY:
        counts[C_STATUS] = TOO_MANY_ENTRIES
        return
    run.books.entries[n, 0], run.books.entries[n, 1] = ticket, ticket
    counts[C_ENTRIES] = n + 1


def note_closed(run: Run, net: float, group: float, reason: float) -> None:
    """What the ledger takes note of: the day's result, and the entry's if nothing of it is open any more."""
    counts, account, bar = run.books.counts, run.books.account, int(run.books.quote[Q_BAR])
    if counts[C_RESULT_DAY] != run.prices[DAY, bar]:
        counts[C_RESULT_DAY], account[A_RESULT_TODAY] = run.prices[DAY, bar], 0.0
    account[A_RESULT_TODAY] = exact_round(account[A_RESULT_TODAY] + net, 8.0)
    total = exact_round(take_part(run, group) + net, 8.0)
    for k in range(counts[C_POSITIONS]):
        if run.books.positions[k, P_GROUP] == group:
            n = counts[C_PARTS]
            run.books.parts[n, 0], run.books.parts[n, 1] = group, total
            counts[C_PARTS] = n + 1
            return
    end_grid(run, group)
    counts[C_AT_EXIT] = bar
    counts[C_LAST] = 1 if total > 0.0 else 2 if total < 0.0 else 0
    if total > 0.0:
        counts[C_AT_WIN] = bar
        counts[C_FINISHED_WIN] += 1
    elif total < 0.0:
        counts[C_AT_LOSS] = bar
        counts[C_FINISHED_LOSS] += 1
    if reason in (BY_SL, BY_TRAILING, BY_BREAKEVEN):
        counts[C_AT_STOP] = bar
    counts[C_LOSSES] = counts[C_LOSSES] + 1 if total < 0.0 else 0
    counts[C_WINS] = counts[C_WINS] + 1 if total > 0.0 else 0


def take_part(run: Run, group: float) -> float:
    """What closed parts of an entry have brought so far; forgotten by asking."""
    for n in range(run.books.counts[C_PARTS]):
        if run.books.parts[n, 0] == group:
            result = run.books.parts[n, 1]
            last = run.books.counts[C_PARTS] - 1
            run.books.parts[n, 0], run.books.parts[n, 1] = run.books.parts[last, 0], run.books.parts[last, 1]
            run.books.counts[C_PARTS] = last
            return float(result)
    return 0.0


def part_of(run: Run, group: float) -> float:
    """What closed parts of an entry have brought so far."""
    for n in range(run.books.counts[C_PARTS]):
        if run.books.parts[n, 0] == group:
            return float(run.books.parts[n, 1])
    return 0.0


def entries_open(run: Run, side: float, but: float) -> int:
    """How many entries are open on a side (0.0: on either), a group counting once and one group not at all."""
    found, positions = 0, run.books.positions
    for k in range(run.books.counts[C_POSITIONS]):
        if positions[k, P_GROUP] == but or (side != 0.0 and positions[k, P_SIDE] != side):
            continue
        known = False
        for j in range(k):
            same_side = side == 0.0 or positions[j, P_SIDE] == side
            known = known or (same_side and positions[j, P_GROUP] == positions[k, P_GROUP])
        if not known:
            found += 1
    return found


def entries_today(run: Run, but: float) -> int:
    """How many entries have filled on the day of the clock, one group not counted."""
    counts = run.books.counts
    if counts[C_ENTRIES_DAY] != run.prices[DAY, int(run.books.quote[Q_BAR])]:
        return 0
    found = 0
    for k in range(counts[C_ENTRIES]):
        if run.books.entries[k, 1] == but:
            continue
        known = False
        for j in range(k):
            known = known or run.books.entries[j, 1] == run.books.entries[k, 1]
        if not known:
            found += 1
    return found


def result_today(run: Run) -> float:
    """What was closed on the day of the clock has brought, after costs."""
    today = run.books.counts[C_RESULT_DAY] == run.prices[DAY, int(run.books.quote[Q_BAR])]
    return float(run.books.account[A_RESULT_TODAY]) if today else 0.0


def join_group(run: Run, k: int, group: float) -> None:
    """Make a position a part of a group."""
    ticket = run.books.positions[k, P_TICKET]
    run.books.positions[k, P_GROUP] = group
    for n in range(run.books.counts[C_ENTRIES]):
        if run.books.entries[n, 0] == ticket:
            run.books.entries[n, 1] = group


def day_is_over(run: Run, loss: float, loss_percent: float, profit: float, profit_percent: float) -> bool:
    """Whether the day has lost or won as much as it may; a limit that is not given is NONE."""
    if loss == NONE and loss_percent == NONE and profit == NONE and profit_percent == NONE:
        return False
    won = result_today(run)
    for n in range(2):
        amount, percent, made = (loss, loss_percent, -won) if n == 0 else (profit, profit_percent, won)
        if percent != NONE:
            amount = percent / 100.0 * balance_before_today(run)
        if amount != NONE and at_or_above(made, amount):
            return True
    return False
