"""Equity of a compiled run at every close, and what it comes to: the sums of `mas.tracing`, in its order.

Bars are gone through in chunks that stay in the processor's cache, so that a run needs no arrays as long as its bars.
"""

from __future__ import annotations

from mas.compiled.exact import clear, exact_round
from mas.compiled.layout import (
    ASK_CLOSE,
    BID_CLOSE,
    R_COMMISSION,
    R_ENTRY,
    R_ENTRY_BAR,
    R_EXIT_BAR,
    R_PROFIT,
    R_SIDE,
    R_VOLUME,
    T_CENTS,
    T_COMMISSION,
    T_COMMISSION_OUT,
    T_CONTRACT,
    T_INVERSE,
    T_RATE,
    Floats,
    Whole,
)  # fmt: skip
from mas.fills import LONG

CHUNK, STRETCH = 2048, 32
"""Bars that are worked on at a time, and looked at together."""

W_MONEY, W_MONEY_PERCENT, W_PERCENT, W_PERCENT_MONEY, W_LONGEST, W_LAST, W_PEAK, W_PEAK_AT, W_SHARE, FIGURES = range(10)
"""What an equity curve comes to: the largest fall in money, its percent, the largest fall in percent, its money, the
longest time under a high, the last value; then the high so far, where it was (0: the deposit), and the largest share
that was lost of a high."""

_SURELY = 1.0 - 1e-14
"""A share of a share that is certainly smaller, however it was rounded."""


def curve_of(
    prices: Floats, rows: Floats, terms: Floats, deposit: float, times: Floats, ends: Whole, scratch: Floats,
    earliest: Floats, equity: Floats, daily: Floats, found: Floats,
) -> None:  # fmt: skip
    """Work out the equity at each close, and what it comes to.

    Args: prices, rows, terms: see `layout`. times: of the deposit and of each close, shape (bars + 1,). ends: the last
        bar of each day. scratch: shape (2, CHUNK); earliest: scratch, shape (trades,). equity: where the curve goes,
        shape (bars,), or (0,) if it is not asked for. daily: the equity at `ends`. found: shape (FIGURES,).
    """
    bars, first, day, total, balance = times.shape[0] - 1, 0, 0, 0.0, 0.0
    note_earliest(rows, earliest)
    clear(found)
    found[W_PEAK] = deposit
    for start in range(0, bars, CHUNK):
        stop = min(start + CHUNK, bars)
        flows, worth = scratch[0, : stop - start], scratch[1, : stop - start]
        clear(flows)
        clear(worth)
        if start == 0:
            flows[0] = deposit
        while first < rows.shape[0] and rows[first, R_EXIT_BAR] < start:
            first += 1
        n = first
        while n < rows.shape[0] and earliest[n] < stop:
            add_trade(prices, rows[n], terms, start, flows, worth)
            n += 1
        n = 0
        while n < flows.shape[0]:
            if flows[n] != 0.0:
                total += flows[n]
                balance = exact_round(total, 8.0)
            even = worth[n : next_flow(flows, n + 1)]
            for k in range(even.shape[0]):
                even[k] = balance + even[k]
            n += even.shape[0]
        judge(worth, start, times, found)
        while day < ends.shape[0] and ends[day] < stop:
            daily[day] = worth[ends[day] - start]
            day += 1
        if equity.shape[0] > 0:
            for n in range(worth.shape[0]):
                equity[start + n] = worth[n]
    if found[W_LAST] < found[W_PEAK]:
        found[W_LONGEST] = max(found[W_LONGEST], times[bars] - times[int(found[W_PEAK_AT])])


def note_earliest(rows: Floats, earliest: Floats) -> None:
    """Of each trade, the first bar of those that ended no sooner."""
    least = float("inf")
    for n in range(rows.shape[0] - 1, -1, -1):
        least = min(least, rows[n, R_ENTRY_BAR])
        earliest[n] = least


def add_trade(prices: Floats, row: Floats, terms: Floats, start: int, flows: Floats, worth: Floats) -> None:
    """Add what a trade does to a chunk's balance and open results."""
    first, last = int(row[R_ENTRY_BAR]) - start, int(row[R_EXIT_BAR]) - start
    exit_cost, count = 0.0, flows.shape[0]
    if terms[T_COMMISSION] != 0.0 and terms[T_COMMISSION_OUT] != 0.0:
        exit_cost = -exact_round(terms[T_COMMISSION] * 1.0 * row[R_VOLUME], terms[T_CENTS])
    entry_cost = row[R_COMMISSION] - exit_cost  # of a part that was closed its share
    if 0 <= first < count:
        flows[first] += entry_cost
    if last < count:
        flows[last] += row[R_PROFIT] + exit_cost
    side, entry, factor, rate = row[R_SIDE], row[R_ENTRY], terms[T_CONTRACT] * row[R_VOLUME], terms[T_RATE]
    first, last = max(first, 0), min(last, count)
    if first >= last:
        return
    closes = (prices[BID_CLOSE] if side == LONG else prices[ASK_CLOSE])[start + first : start + last]
    part = worth[first:last]
    if terms[T_INVERSE] != 0.0:
        for n in range(part.shape[0]):
            part[n] += side * (closes[n] - entry) * factor * (rate / closes[n])
    else:
        for n in range(part.shape[0]):
            part[n] += side * (closes[n] - entry) * factor * rate


def next_flow(flows: Floats, start: int) -> int:
    """The first bar of a chunk, from one on, at which money flows; their number if it does at none."""
    rest = flows[start:]
    for n in range(rest.shape[0]):
        if rest[n] != 0.0:
            return start + n
    return flows.shape[0]


def judge(worth: Floats, start: int, times: Floats, found: Floats) -> None:
    """Find the falls from the highest equity so far in a chunk that begins at a bar; most stretches of it have none."""
    for first in range(0, worth.shape[0], STRETCH):
        part = worth[first : min(first + STRETCH, worth.shape[0])]
        if is_notable(part, found):
            look_at(part, start + first, times, found)
        else:
            found[W_LAST] = part[part.shape[0] - 1]


def is_notable(part: Floats, found: Floats) -> bool:
    """Whether a stretch may reach the high so far, or fall further below it than any before."""
    if part.shape[0] < STRETCH:
        return True
    a, b, c, d = part[0], part[1], part[2], part[3]
    low_a, low_b, low_c, low_d = a, b, c, d
    for n in range(4, STRETCH, 4):  # four at a time, as none waits for another
        a, low_a = max(a, part[n]), min(low_a, part[n])
        b, low_b = max(b, part[n + 1]), min(low_b, part[n + 1])
        c, low_c = max(c, part[n + 2]), min(low_c, part[n + 2])
        d, low_d = max(d, part[n + 3]), min(low_d, part[n + 3])
    peak, low = found[W_PEAK], min(low_a, low_b, low_c, low_d)
    fall = peak - low
    return max(a, b, c, d) >= peak or fall > found[W_MONEY] or fall > found[W_SHARE] * peak * _SURELY


def look_at(worth: Floats, start: int, times: Floats, found: Floats) -> None:
    """Find the falls from the highest equity so far in a stretch that begins at a bar."""
    peak, peak_at, value = found[W_PEAK], int(found[W_PEAK_AT]), found[W_PEAK]
    was_peak = start == 0 or found[W_LAST] >= peak
    deepest, share = found[W_MONEY], found[W_SHARE]
    floor = share * peak * _SURELY
    for n in range(worth.shape[0]):
        value = worth[n]
        if value >= peak:
            if not was_peak:
                found[W_LONGEST] = max(found[W_LONGEST], times[start + n + 1] - times[peak_at])
            peak, peak_at, was_peak = value, start + n + 1, True
            floor = share * peak * _SURELY
            continue
        was_peak = False
        fall = peak - value
        if fall > deepest:
            deepest = fall
            found[W_MONEY], found[W_MONEY_PERCENT] = fall, 100 * (fall / peak)
        if fall > floor and fall / peak > share:
            share = fall / peak
            floor = share * peak * _SURELY
            found[W_PERCENT], found[W_PERCENT_MONEY] = 100 * share, fall
    found[W_PEAK], found[W_PEAK_AT], found[W_LAST], found[W_SHARE] = peak, float(peak_at), value, share
