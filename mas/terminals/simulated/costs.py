"""What a deal costs: commission by lot, by deal or as a share of its value; and slippage."""

from __future__ import annotations

from mas import fills
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import Commission


def charge(commission: Commission, market: Market, volume: float, price: float) -> float:
    """The commission of a deal, account currency, 0 or more."""
    if commission.per == "lot":
        amount = commission.amount * volume
    elif commission.per == "deal":
        amount = commission.amount
    else:
        value = volume * market.spec.contract_size * price * market.money.rate(price)
        amount = commission.amount / 100.0 * value
    return max(amount, commission.least)


def slipped(points: float, market: Market, price: float, kind: int) -> float:
    """The price of a fill that comes out so many points worse: higher for what buys, lower for what sells."""
    if not points:
        return price
    worse = points * market.spec.point
    return fills.round_to_tick(
        price + worse if fills.buys(kind) else price - worse, market.spec.tick_size, market.spec.digits
    )
