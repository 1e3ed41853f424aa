"""Where the kernel keeps what: columns of its arrays, and the instructions of its machine."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

NONE = float("-inf")
"""An argument that was not given: no price and no distance is ever this."""

MOST_POSITIONS, MOST_ORDERS, MOST_ENTRIES_A_DAY, MOST_LOCKS, MOST_STEPS = 64, 64, 512, 4, 4
MOST_EVENTS = MOST_POSITIONS + MOST_ORDERS + 1


class Run(NamedTuple):
    """One run: the market, and the books. Few arrays, as each is handed on from function to function."""

    prices: Floats
    """Shape (PRICES, bars)."""
    blocks: Floats
    """Shape (BLOCKS, bars / BLOCK, rounded up): how far prices go in every BLOCK bars."""
    extra: Floats
    """Shape (rows, bars): prices that stops follow; then, not 0.0 at the closes at which a set of daily times has
    passed, each such set."""
    rows: Floats
    """Closed trades, shape (room, ROW)."""
    books: Any
    """One record of type `BOOKS`."""


BID_OPEN, BID_HIGH, BID_LOW, BID_CLOSE, ASK_OPEN, ASK_HIGH, ASK_LOW, ASK_CLOSE, DAY, PRICES = range(10)
"""Of each bar, and the day (since the epoch, the data's clock) in which it opens."""

BLOCK = 64
BID_LOWEST, BID_HIGHEST, ASK_LOWEST, ASK_HIGHEST, BLOCKS = range(5)
"""Of BLOCK bars."""

# terms
(
    T_TICK, T_DIGITS, T_VOLUME_MIN, T_VOLUME_MAX, T_VOLUME_STEP, T_CONTRACT, T_RATE, T_INVERSE, T_MARGIN_FIXED,
    T_MARGIN_PRICE, T_MARGIN_RATE, T_HELD_FIXED, T_HELD_PRICE, T_HELD_RATE, T_STOP_OUT, T_STOP_OUT_MONEY, T_CENTS,
    T_COMMISSION, T_COMMISSION_IN, T_COMMISSION_OUT, T_SLIPPAGE, TERMS,
) = range(22)  # fmt: skip

# the clock
Q_BID, Q_ASK, Q_BAR, Q_OVER, Q_INSIDE, Q_ENTERING, Q_REVERSING, QUOTES = range(8)

# the account
(
    A_BALANCE, A_RESULT_TODAY, A_RUIN, A_BID_FLOOR, A_BID_ROOF, A_ASK_FLOOR, A_ASK_ROOF, A_BOOKED_TODAY,
    A_REVERSED, A_REVERSED_FLOATING, ACCOUNT,
) = range(11)  # fmt: skip

# counts
(
    C_POSITIONS, C_ORDERS, C_TICKET, C_CONFLICTS, C_REFUSED, C_UNFILLED, C_AMBIGUOUS, C_AMBIGUOUS_BAR, C_ROWS, C_STATUS,
    C_ENTRIES, C_ENTRIES_DAY, C_RESULT_DAY, C_LOSSES, C_WINS, C_LAST, C_AT_ENTRY, C_AT_EXIT, C_AT_LOSS, C_AT_WIN,
    C_AT_STOP, C_FINISHED_LOSS, C_FINISHED_WIN, C_PARTS, C_LATE, C_RUIN_SIDE, C_STALE, C_OPENED, C_MANAGED,
    C_BOOKED_DAY, C_GRIDS, C_REVERSED_LOSSES, C_REVERSED_WINS, COUNTS,
) = range(34)  # fmt: skip

# positions
(
    P_TICKET, P_SIDE, P_VOLUME, P_ENTRY, P_SL, P_TP, P_BAR, P_INSIDE, P_AT_OPEN, P_MARGIN, P_COMMISSION, P_STOP_BY,
    P_RISK, P_GROUP, P_EXTREME, P_TRAIL, P_TRAIL_AFTER, P_EVEN_AFTER, P_EVEN_PLUS, P_LINE, P_LINE_PRICE, P_LINE_AFTER,
    P_CLOSE_AFTER, P_CLOSE_AT, P_TAG, P_REDUCED, P_TURN, P_SINCE, P_GRID, P_STEPPED, P_STEPS, P_LOCKS, P_LOCK,
) = range(33)  # fmt: skip
P_STEP = P_LOCK + 2 * MOST_LOCKS
POSITION = P_STEP + 3 * MOST_STEPS
"""Of each lock its profit and after what, in pairs from P_LOCK on; of each target step its age, its distance (NaN for a
price) and the number of that price, from P_STEP on."""

# the registers of a plan, from its first on; distances are pairs of columns, (how it is measured, amount)
M_STOP, M_TARGET, M_TRAIL, M_TRAIL_AFTER, M_LINE_AFTER, M_EVEN_AFTER, M_EVEN_PLUS = range(0, 14, 2)
(
    M_LINE, M_LINE_PRICE, M_CLOSE_AFTER, M_CLOSE_AT, M_GROUP, M_VALID, M_CANCEL_AT, M_TAG, M_REVERSES, M_ONE_CANCELS,
    M_ADDS, M_ADD_EVERY, _, M_ADD_AGAINST, M_ADD_FACTOR, M_AVERAGE, _, M_STEPS, M_LOCKS, M_LOCK,
) = range(14, 34)  # fmt: skip
M_STEP = M_LOCK + 4 * MOST_LOCKS
PLAN_FIELDS = M_STEP + 3 * MOST_STEPS
"""Of each lock its profit and after what, each a distance, from M_LOCK on; of each target step its age and a distance,
or the number of a price, from M_STEP on."""

BY_NOTHING, BY_PRICE, BY_R, BY_PERCENT, BY_LINE = range(5)
"""How a distance is measured: not given, in price, in R, in percent of the fill; or it is no distance but a price."""

NO_LINE, FIXED_LINE = -1, -2
"""Instead of the number of the line that a stop follows."""

# waiting orders; the plan follows
(
    O_TICKET, O_KIND, O_VOLUME, O_PRICE, O_SL, O_TP, O_BAR, O_RULE, O_LIVE, O_STOP_LIMIT, O_GRID, O_POLICY, O_PYRAMID,
    O_PER_DAY, O_HEDGING, O_LOSS, O_LOSS_PERCENT, O_PROFIT, O_PROFIT_PERCENT, O_VOLUME_CAP, O_BEGUN, O_PLANNED, O_PLAN,
) = range(23)  # fmt: skip
ORDER = O_PLAN + PLAN_FIELDS

# events
E_AT_OPEN, E_STOP, E_END, E_DISTANCE, E_RANK, E_TICKET, E_WHAT, E_PRICE, E_AMBIGUOUS, EVENT = range(10)
RANK_STOP, RANK_TARGET, RANK_RUIN, RANK_ORDER = range(4)

# closed trades
(
    R_SIDE, R_VOLUME, R_ENTRY_BAR, R_EXIT_BAR, R_ENTRY, R_EXIT, R_PROFIT, R_COMMISSION, R_REASON, R_AMBIGUOUS, R_GROUP,
    R_INSIDE, ROW,
) = range(13)  # fmt: skip

# why a trade ends, numbered as in `mas.results.EXIT_REASONS`
(
    BY_SIGNAL, BY_REVERSE, BY_SL, BY_TP, BY_TRAILING, BY_BREAKEVEN, BY_TIME, BY_SESSION, BY_LIMIT, BY_STOP_OUT, BY_END,
) = range(11)  # fmt: skip

# how a run has ended
(
    FINE, NO_ROOM, TOO_MANY_POSITIONS, TOO_MANY_ORDERS, TOO_MANY_ENTRIES, TOO_LARGE, DIVIDED_BY_ZERO, TOO_MANY_GRIDS,
    NOT_ALLOWED,
) = range(9)  # fmt: skip

# instructions: each is (what, a, b, c, d, e); r is the register file
(
    MOVE, ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, NOT, LESS, LESS_EQUAL, EQUAL, UNEQUAL, ABOVE, BELOW, AT_LEAST,
    AT_MOST, ALIKE, DIFFER, JUMP, JUMP_IF_NOT, SIGNAL, VALUE, COLUMN, ASK, BID, ROUND_PRICE, COUNT_TRADES, FIRST_TRADE,
    NEXT_TRADE, CLOSE_TRADE, REDUCE_TRADE, ENTRY_SIDE, SEND, MANAGE, RISK_LOTS, MONEY_RISK_LOTS, SHARE_LOTS, VALUE_LOTS,
    SPLIT, SIZE_FACTOR, FACT, CANCEL, WITHIN_VOLUME,
) = range(42)  # fmt: skip

# what FACT asks
F_ENTRIES_OPEN, F_ENTRIES_TODAY, F_RESULT_TODAY, F_LOSSES, F_WINS, F_SINCE_EXIT, F_SINCE_LOSS, F_SINCE_WIN, F_LAST = (
    range(9)
)

# the registers of a trade that a loop stands at, from its first on
V_TICKET, V_SIDE, V_VOLUME, V_ENTRY, V_BARS, V_PROFIT, V_RISK, V_AVERAGE, TRADE_FIELDS = range(9)

# the registers of an order to be sent, from its first on
S_VOLUME, S_PRICE, S_SL, S_TP, S_STOP_LIMIT, ORDER_FIELDS = range(6)

# the registers of the entry policy, from its first on
(
    L_LONG, L_SHORT, L_PYRAMID, L_REVERSAL, L_PER_DAY, L_PENDING, L_HEDGING, L_SPREAD, L_LOSS, L_LOSS_PERCENT, L_PROFIT,
    L_PROFIT_PERCENT, L_VOLUME, L_WAITS,
) = range(14)  # fmt: skip
MOST_WAITS, MOST_SKIPS = 5, 4
L_SKIPS = L_WAITS + 2 * MOST_WAITS
POLICY_FIELDS = L_SKIPS + 2 * MOST_SKIPS


# an entry that is added to: its positions and orders know it by its place
(
    X_GROUP, X_SINCE, X_SIDE, X_STOP, X_TARGET, X_DISTANCE, X_COST, X_LOTS, X_MOVED, GRID,
) = range(10)  # fmt: skip
MOST_GRIDS, NO_GRID = 32, -1

BOOKS = np.dtype(
    [
        ("terms", np.float64, (TERMS,)),
        ("quote", np.float64, (QUOTES,)),  # the clock
        ("account", np.float64, (ACCOUNT,)),
        ("counts", np.int64, (COUNTS,)),
        ("positions", np.float64, (MOST_POSITIONS, POSITION)),  # the oldest first
        ("orders", np.float64, (MOST_ORDERS, ORDER)),  # the oldest first
        ("entries", np.float64, (MOST_ENTRIES_A_DAY, 2)),  # filled today: ticket and group
        ("parts", np.float64, (MOST_POSITIONS, 2)),  # entries of which only a part has closed: group and result
        ("events", np.float64, (MOST_EVENTS, EVENT)),  # what a bar does: scratch
        ("skipping", np.float64, (MOST_SKIPS, 2)),  # of each rule: at how many results it began, how many are left
        ("plan", np.float64, (PLAN_FIELDS,)),  # of an order that is filling: scratch
        ("scratch", np.float64, (8,)),
        ("grids", np.float64, (MOST_GRIDS, GRID)),  # entries that are added to; X_GROUP is 0.0 of a free place
        ("late", np.float64, (MOST_POSITIONS, 2)),  # to close once the strategy has spoken: ticket and reason
    ]
)
"""The books of a run, in one piece of memory."""
