"""The fill model: what a bar does to orders and positions, written once (EXECUTION.md).

Small pure functions, numbers in and numbers out: no objects, no exceptions, no strings, so that numba can compile the
same source for sweeps. The numbers in brackets are the rules of EXECUTION.md.

Conventions. `side` is +1 for a long, -1 for a short. A level of 0.0 means "none", as in MetaTrader. `opening`, `high`,
`low` are prices of the side that decides: the ask for what buys (entering long, leaving short), the bid for what sells.
"""

from __future__ import annotations

import math

LONG, SHORT = 1, -1

NOTHING, STOPPED, TARGETED = 0, 1, 2
"""What a bar does to a position."""

HELD, ENTERED = 0, 1
"""How a position stands in a bar: there at its first tick, or entered by a pending order later in it."""

BUY_LIMIT, SELL_LIMIT, BUY_STOP, SELL_STOP, BUY_STOP_LIMIT, SELL_STOP_LIMIT = 2, 3, 4, 5, 6, 7
"""Pending orders, numbered as MetaTrader's ORDER_TYPE_..."""

KEPT, EVEN, TRAILED = 0, 1, 2
"""Who moved a stop."""

NO_ENTRY, ENTER_LONG, ENTER_SHORT, CONFLICT = 0, 1, -1, 2
"""What the entry policy says."""


# ------------------------------------------------------------- prices as decimals [5, 8]


def tolerance(a: float, b: float) -> float:
    """How far apart two prices may be and still be the same decimal [5]."""
    return 1e-9 * max(abs(a), abs(b))


def apart(a: float, b: float) -> float:
    """The distance of two prices as a decimal: distances of as many ticks are equal [5]."""
    return round(abs(a - b), 9)


def at_or_below(a: float, b: float) -> bool:
    """a <= b as decimals: a level equal to the bar's extreme is touched [5]."""
    return a - b <= tolerance(a, b)


def at_or_above(a: float, b: float) -> bool:
    """a >= b as decimals [5]."""
    return b - a <= tolerance(a, b)


def same(a: float, b: float) -> bool:
    """a == b as decimals [5]."""
    return abs(a - b) <= tolerance(a, b)


def round_to_tick(price: float, tick: float, digits: int) -> float:
    """The nearest price on the tick grid, half ticks away from zero [8]."""
    ticks = abs(price) / tick
    whole = math.floor(ticks + 0.5 + 1e-9 + 1e-12 * ticks)  # 1.000005 / 0.00001 falls a hair short of its half
    return math.copysign(round(whole * tick, digits), price)


def round_volume_down(volume: float, step: float) -> float:
    """The largest multiple of the step that is not above the volume, as decimals: 0.3 of 0.1 is three steps [7]."""
    steps = volume / step
    return round(math.floor(steps + 1e-9 * max(1.0, abs(steps))) * step, 8)


# ------------------------------------------------------------- open positions [9, 10, 11, 14]


def stop_hit(side: int, high: float, low: float, sl: float) -> bool:
    """A long is stopped when the bid's low reaches the stop, a short when the ask's high does [9]."""
    if sl == 0.0:
        return False
    return at_or_below(low, sl) if side == LONG else at_or_above(high, sl)


def target_hit(side: int, high: float, low: float, tp: float) -> bool:
    """A long takes profit when the bid's high reaches the target, a short when the ask's low does [9]."""
    if tp == 0.0:
        return False
    return at_or_above(high, tp) if side == LONG else at_or_below(low, tp)


def stop_price(side: int, opening: float, sl: float) -> float:
    """Where a stop fills: at its level, or at an open beyond it [10]."""
    return min(opening, sl) if side == LONG else max(opening, sl)


def target_price(side: int, opening: float, tp: float) -> float:
    """Where a target fills: at its level, or at an open beyond it [10]."""
    return max(opening, tp) if side == LONG else min(opening, tp)


def leave(
    side: int, opening: float, high: float, low: float, sl: float, tp: float, entered: int, fill_at_open: bool
) -> tuple[int, float, bool]:
    """What one bar does to an open position.

    Args: opening, high, low: of the closing side (bid for a long, ask for a short). entered: ENTERED in the bar in
        which a pending order filled, else HELD. fill_at_open: that pending order filled at the bar's open.
    Returns: (NOTHING | STOPPED | TARGETED, price, ambiguous).

    An open beyond a level is the first thing that happens, so it decides alone [10]; otherwise a bar holding both
    levels is taken as a stop, and ambiguous [11]. In the bar of a pending fill only the stop may be hit, and the
    open counts as a gap only if the fill was there [14].
    """
    stop = stop_hit(side, high, low, sl)
    if entered == ENTERED:
        if not stop:
            return NOTHING, 0.0, False
        return STOPPED, (stop_price(side, opening, sl) if fill_at_open else sl), False
    target = target_hit(side, high, low, tp)
    if target and target_hit(side, opening, opening, tp):
        return TARGETED, target_price(side, opening, tp), False
    if stop:
        gap = stop_hit(side, opening, opening, sl)
        return STOPPED, stop_price(side, opening, sl), target and not gap
    if target:
        return TARGETED, target_price(side, opening, tp), False
    return NOTHING, 0.0, False


# ------------------------------------------------------------- pending orders [14]


def buys(kind: int) -> bool:
    """Whether an order type buys: in MetaTrader's numbering the even ones do."""
    return kind % 2 == 0


def falls_to(kind: int) -> bool:
    """Whether the market must come down to an order's price; to the others it must rise."""
    return kind in (BUY_LIMIT, SELL_STOP, SELL_STOP_LIMIT)


def triggered(kind: int, high: float, low: float, price: float) -> bool:
    """Whether a bar reaches a pending order's price [14]. Prices: ask for buys, bid for sells."""
    return at_or_below(low, price) if falls_to(kind) else at_or_above(high, price)


def pending_price(kind: int, opening: float, price: float) -> float:
    """Where a triggered order fills: at its price, or at an open beyond it, limits better and stops worse [14]."""
    if kind in (BUY_LIMIT, SELL_STOP):
        return min(opening, price)
    return max(opening, price)


def distance_from_open(kind: int, opening: float, price: float) -> float:
    """How far the bar travels to reach an order, 0 if it opens there: of several, the nearer fills first [14]."""
    if triggered(kind, opening, opening, price):
        return 0.0
    return apart(price, opening)


def waits(kind: int, price: float, stoplimit: float, bid: float, ask: float) -> bool:
    """Whether a pending order stands on the side of the market where it can wait (else retcode 10015)."""
    if kind == BUY_LIMIT:
        return price < ask
    if kind == SELL_LIMIT:
        return price > bid
    if kind == BUY_STOP:
        return price > ask
    if kind == SELL_STOP:
        return price < bid
    if kind == BUY_STOP_LIMIT:
        return price > ask and stoplimit < price
    return price < bid and stoplimit > price


def protects(side: int, closing: float, sl: float, tp: float) -> bool:
    """Whether stop and target stand on their sides of the price at which the position closes (else 10016) [8]."""
    if sl != 0.0 and not (closing - sl) * side > tolerance(closing, sl):
        return False
    return tp == 0.0 or (tp - closing) * side > tolerance(closing, tp)


# ------------------------------------------------------------- trailing and break-even [12]


def extreme_profit(side: int, entry: float, extreme: float) -> float:
    """Profit, as a price distance, at the best price seen since the entry [12]."""
    return (extreme - entry) * side


def trailed(side: int, extreme: float, distance: float) -> float:
    """The trailing stop below the highest high (long), above the lowest ask low (short) [12]."""
    return extreme - side * distance


def better_stop(side: int, new: float, old: float) -> bool:
    """Whether a stop protects more than the one in force; it never moves back [12]."""
    return old == 0.0 or (new - old) * side > tolerance(new, old)


def managed_stop(
    side: int, entry: float, extreme: float, sl: float, trail: float, after: float, even_after: float, even: float,
    tick: float, digits: int,
) -> tuple[int, float]:  # fmt: skip
    """The stop after the management work of one bar close [4, 12]: break-even first, then trailing.

    Args: extreme: best price since the entry (bid high for a long, ask low for a short). sl: in force, 0.0 if none.
        trail: trailing distance, NaN if none; after: profit at which it starts, -inf for at once. even_after: profit
        that triggers break-even, NaN if none or done; even: the level it moves to. tick, digits: grid of levels [8].
    Returns: (KEPT | EVEN | TRAILED, level): who set the level that is now in force.
    """
    profit = extreme_profit(side, entry, extreme)
    mover, level = KEPT, sl
    if at_or_above(profit, even_after):
        raised = round_to_tick(even, tick, digits)
        if better_stop(side, raised, level):
            mover, level = EVEN, raised
    if trail > 0.0 and (after == -math.inf or at_or_above(profit, after)):
        raised = round_to_tick(trailed(side, extreme, trail), tick, digits)
        if better_stop(side, raised, level):
            mover, level = TRAILED, raised
    return mover, level


def advanced_stop(side: int, level: float, sl: float, tick: float, digits: int) -> float:
    """The stop after a level has been offered to it: that level, rounded, if it protects more, else what it was [12].

    Args: level: NaN if not known, which moves nothing. sl: in force, 0.0 if none.
    """
    if level != level:
        return sl
    raised = round_to_tick(level, tick, digits)
    return raised if better_stop(side, raised, sl) else sl


def slipped(buying: bool, price: float, worse: float, tick: float, digits: int) -> float:
    """The price of a fill that comes out so much worse: higher for what buys, lower for what sells [3]."""
    return round_to_tick(price + worse if buying else price - worse, tick, digits)


def reached(side: int, closing: float, tp: float) -> bool:
    """Whether the market already stands at or beyond a target."""
    return (closing - tp) * side >= -tolerance(closing, tp)


# ------------------------------------------------------------- closing in parts [16]


def part(wanted: float, left: float, step: float, minimum: float) -> float:
    """Lots of a part that is split off an entry: rounded down, no more than is left, nothing below the minimum."""
    lots = min(round_volume_down(wanted, step), left)
    return lots if lots >= minimum - 1e-9 else 0.0


def reduction(wanted: float, volume: float, step: float, minimum: float) -> float:
    """Lots by which a position becomes smaller: nothing below the minimum, all where less would be left."""
    lots = part(wanted, volume, step, minimum)
    return volume if lots > 0.0 and volume - lots < minimum - 1e-9 else lots


# ------------------------------------------------------------- adding to an entry


def added_price(
    side: int, first: float, against: bool, turn: int, every: float, stop: float, tick: float, digits: int
) -> float:  # fmt: skip
    """Where the order of some turn (from 1) waits that adds to an entry; 0.0 beyond the stop, where none could fill.

    Args: first: the entry's first fill. against: below it for a long, else above. stop: 0.0 if there is none.
    """
    way = -side if against else side
    level = round_to_tick(first + way * turn * every, tick, digits)
    if level <= 0.0 or (stop != 0.0 and not protects(side, level, stop, 0.0)):
        return 0.0
    return level


def added_volume(first: float, factor: float, turn: int, step: float, minimum: float) -> float:
    """Lots of that order, 0.0 if they are below the minimum."""
    lots = round_volume_down(first * math.pow(factor, float(turn)), step)
    return lots if lots >= minimum - 1e-9 else 0.0


# ------------------------------------------------------------- limits of entries


def spread_exceeds(bid: float, ask: float, most: float) -> bool:
    """Whether the spread is wider than a distance, as decimals; also where that is not known (NaN)."""
    return not at_or_below(ask, bid + most)


def has_room(volume: float, held: float, most: float) -> bool:
    """Whether so many lots may be opened beside those held."""
    return volume + held <= most + 1e-9


# ------------------------------------------------------------- the order of work and the entry policy [4, 6]


def admits(same_side: int, opposite: int, pyramid: int, reversal: bool) -> bool:
    """Whether an entry may be taken beside the positions held [6].

    Args: same_side, opposite: how many entries are open that way.
    """
    if opposite > 0 and not reversal:
        return False
    return same_side < pyramid


def entry(
    want_long: bool, want_short: bool, longs: int, shorts: int, pyramid: int, reversal: bool, filled: int, limit: int
) -> int:
    """The entry policy at one close, after the exits [6].

    Args: longs, shorts: entries open. filled: entries filled today, limit: most a day (negative: none) [15].
    Returns: ENTER_LONG, ENTER_SHORT, NO_ENTRY, or CONFLICT if a long and a short entry cancel out. With an opposite
        position open an ENTER_... means: close it, then open.
    """
    if want_long and want_short:
        return CONFLICT
    if not (want_long or want_short) or 0 <= limit <= filled:
        return NO_ENTRY
    if want_long:
        return ENTER_LONG if admits(longs, shorts, pyramid, reversal) else NO_ENTRY
    return ENTER_SHORT if admits(shorts, longs, pyramid, reversal) else NO_ENTRY
