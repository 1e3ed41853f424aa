"""The terms of trade: what a broker sets for an account and for a symbol, beside the symbol's specification.

The defaults are those of EXECUTION.md: a hedging account, market execution, nothing charged but the spread. Names and
meanings are MetaTrader's (reference mt5.md, sections 3 to 9).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas.dataclass import dataclass
from mas.errors import ParameterError

Session = tuple[int, int]
"""Minutes of the day: from (included), to (not included)."""

EVERY_ORDER = 127
"""All seven bits of a symbol's `order_mode`."""

_WEEK, _THURSDAY = 7 * 1440, 4 * 1440
"""Minutes of a week, and of the part of it that was over when 1970 began."""

_WAYS = ("lot", "deal", "percent")
_SIDES = ("both", "in", "out")
_UNITS = ("deposit", "base", "profit", "margin", "points")
_PERIODS = ("deal", "day", "month")
_MEASURES = ("volume", "turnover")
_POLICIES = ("all", "worst")
_GAPS = ("open", "level")


@dataclass(frozen=True)
class Commission:
    """What a deal costs.

    Args: amount: money per lot or per deal, or percent of the deal's value. per: "lot", "deal", "percent". on: "in"
        (entries), "out" (exits) or "both". least, most: smallest and largest charge of a deal, account currency.
        currency: what the money is: "deposit", the symbol's "base", "profit" or "margin" currency, or "points" (what
        one point of one lot is worth). charged: with the "deal", or together at the end of the "day" or "month".
        tiers: (from, amount) pairs, rising: the amount that counts from so much on. tiered_by: "volume" (lots) or
        "turnover" (account currency), of the day or month so far, of the deal alone where it is charged with the deal.
    """

    amount: float = 0.0
    per: str = "lot"
    on: str = "both"
    least: float = 0.0
    most: float = math.inf
    currency: str = "deposit"
    charged: str = "deal"
    tiers: tuple[tuple[float, float], ...] = ()
    tiered_by: str = "volume"

    def __post_init__(self) -> None:
        _one_of("per", self.per, _WAYS)
        _one_of("on", self.on, _SIDES)
        _one_of("currency", self.currency, _UNITS)
        _one_of("charged", self.charged, _PERIODS)
        _one_of("tiered_by", self.tiered_by, _MEASURES)
        for number in (self.amount, self.least, *(number for tier in self.tiers for number in tier)):
            if not 0.0 <= number < math.inf:
                raise ParameterError(f"commission must be 0 or more, not {number}")
        if not self.most >= self.least:
            raise ParameterError(f"commission: most ({self.most}) must not be below least ({self.least})")
        if any(low[0] >= high[0] for low, high in itertools.pairwise(self.tiers)):
            raise ParameterError(f"commission: the tiers must rise, not {self.tiers}")

    @property
    def is_free(self) -> bool:
        """Whether it never charges anything."""
        return not (self.amount or self.least or any(amount for _, amount in self.tiers))


@dataclass(frozen=True)
class AccountTerms:
    """What the broker sets for the account.

    Raises: ParameterError: a policy that is not known.
    """

    netting: bool = False
    commission: Commission = field(default_factory=Commission)
    fee: Commission = field(default_factory=Commission)
    """Another charge, shown in the deal's own field `fee`; always with the deal."""
    swaps: bool = False
    """Charge the symbol's swap at each change of the server's date."""
    slippage: float = 0.0
    """Points by which market orders, stop orders and stop losses fill worse."""
    gaps: str = "open"
    """Where a bar (or a step of its path) opens beyond a level the fill is at that open, or at the "level" itself, as
    MetaTrader's tester has it in its modes "1 minute OHLC" and "open prices only"."""
    stop_out: str = "all"
    """At stop-out close all positions, as MetaTrader's tester does, or only the worst until the level is regained."""
    margin_so_mode: int = mt5.ACCOUNT_STOPOUT_MODE_PERCENT
    margin_so_call: float = 100.0
    margin_so_so: float = 50.0
    limit_orders: int = 0
    """Most waiting orders, 0 for no limit."""
    limit_positions: int = 0
    """Most positions (on a hedging account waiting orders count as well), 0 for no limit."""
    fifo_close: bool = False
    hedging_allowed: bool = True
    connected: bool = True
    autotrading: bool = True
    """The terminal's button; off, every request is refused with 10027."""
    api_allowed: bool = True
    """The terminal's option for Python; off, every request fails with -8."""
    trade_allowed: bool = True
    """False with the investor's password."""
    trade_expert: bool = True

    def __post_init__(self) -> None:
        _one_of("stop_out", self.stop_out, _POLICIES)
        _one_of("gaps", self.gaps, _GAPS)
        _one_of("fee.charged", self.fee.charged, _PERIODS[:1])
        if not 0.0 <= self.slippage < float("inf"):
            raise ParameterError(f"slippage must be 0 points or more, not {self.slippage}")


@dataclass(frozen=True)
class SymbolTerms:
    """What the broker sets for the symbol; flags are MetaTrader's bit masks."""

    execution: int = mt5.SYMBOL_TRADE_EXECUTION_MARKET
    filling_mode: int = mt5.SYMBOL_FILLING_FOK | mt5.SYMBOL_FILLING_IOC
    order_mode: int = EVERY_ORDER
    expiration_mode: int = 15
    trade_mode: int = mt5.SYMBOL_TRADE_MODE_FULL
    gtc_mode: int = mt5.SYMBOL_ORDERS_GTC
    chart_mode: int = mt5.SYMBOL_CHART_MODE_BID
    """What the bars are made of: bids, or the prices of trades (Last). The bid is then taken to stand at the Last
    price; of exchange symbols Last triggers stops, stop losses and targets, while deals are made at bid and ask."""
    volume_limit: float = 0.0
    """Most lots one way, open and waiting together; 0 for no limit."""
    margin_initial: float = 0.0
    """Money per lot in the margin currency; replaces the formula of the calculation mode unless 0."""
    margin_maintenance: float = 0.0
    margin_hedged: float | None = None
    """Charged for hedged lots where the larger leg does not decide; None for the contract size."""
    hedged_use_leg: bool = True
    """Of opposite positions the larger side alone is charged."""
    margin_rate: float = 1.0
    tick_value: float = 0.0
    """Profit currency per tick and lot; 0 for tick size times contract size."""
    face_value: float = 100.0
    """Of a bond, in the profit currency; its prices are percent of it."""
    accrued_interest: float = 0.0
    """Of a bond, per unit: shown only, as one figure for all time falls out of every difference."""
    settlement_price: float = 0.0
    """Clearing price of the last session, for the margin of FORTS futures; 0 if there is none to compare with."""
    liquidity_rate: float = 1.0
    """Part of a collateral's value that counts as the account's assets."""
    swap_days: tuple[float, ...] | None = None
    """How often the swap of the night that begins on each day is charged, Sunday first, as newer servers have it; None
    for the classic scheme: once from Monday to Friday, three times on the symbol's `swap_rollover3days`."""
    sessions: Mapping[int, tuple[Session, ...]] | None = None
    """Trade sessions by day of the week (0 Sunday); None for always, a missing day for never. Outside them requests are
    refused, and nothing that waits is triggered: it is at the next session's first price. A bar that lies partly in a
    session counts as a whole, from its first tick on; so do its steps where its inside is known."""

    def __post_init__(self) -> None:
        if self.swap_days is not None and len(self.swap_days) != 7:
            raise ParameterError(f"swap_days must be seven numbers, Sunday first, not {len(self.swap_days)}")

    def open_during(self, times: NDArray[np.int64], seconds: int) -> NDArray[np.bool_]:
        """Whether at least a minute of each stretch of so many seconds lies in a trade session."""
        if self.sessions is None:
            return np.ones(len(times), bool)
        week = np.zeros(_WEEK, bool)
        for day, sessions in self.sessions.items():
            for start, end in sessions:
                week[day * 1440 + start : day * 1440 + end] = True
        opened = np.concatenate(([0], np.cumsum(np.tile(week, 2))))  # minutes in session before each minute
        first = (times // 60 + _THURSDAY) % _WEEK
        inside: NDArray[np.bool_] = opened[first + min(-(-seconds // 60), _WEEK)] > opened[first]
        return inside


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ParameterError(f"{name} must be one of {', '.join(known)}, not {value!r}")
