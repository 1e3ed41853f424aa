"""What a deal costs: commission and fee, charged with the deal or at the end of the day or month; and slippage."""

from __future__ import annotations

from datetime import UTC, datetime

from mas import fills
from mas.dataclass import dataclass
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import Commission

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Cost:
    """What a deal costs, account currency, each 0 or negative."""

    commission: float = 0.0
    """Charged with the deal."""
    fee: float = 0.0
    later: float = 0.0
    """Commission that is charged at the end of the day or month."""

    @property
    def now(self) -> float:
        """What the deal itself takes off the balance."""
        return self.commission + self.fee

    @property
    def total(self) -> float:
        return self.commission + self.fee + self.later

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.commission + other.commission, self.fee + other.fee, self.later + other.later)


FREE = Cost()


class Dues:
    """Commission that waits for the end of its day or month, and what has been traded in it so far."""

    def __init__(self, commission: Commission) -> None:
        self.period = commission.charged
        self.blocked = self.lots = self.turnover = 0.0
        self.until = 0
        """End of the period in server time, 0 while nothing has been traded in it."""
        self.waits = self.period != "deal"
        """Whether deals must be counted."""

    def note(self, market: Market, cost: Cost, volume: float, price: float) -> None:
        """Count a deal."""
        if self.period == "deal":
            return
        self.until = self.until or _end_of(self.period, market.time)
        self.blocked -= cost.later
        self.lots += volume
        self.turnover += value(market, volume, price)

    def settle(self, over: bool) -> float:
        """What is due by now, 0 or more; if the period is over a new one begins."""
        due, self.blocked = self.blocked, 0.0
        if over:
            self.lots, self.turnover, self.until = 0.0, 0.0, 0
        return due


def charge(commission: Commission, market: Market, volume: float, price: float, dues: Dues | None = None) -> float:
    """The commission of a deal, account currency, 0 or more; `dues` knows what the period has seen before it."""
    worth = value(market, volume, price)
    amount = commission.amount
    if commission.tiers:
        before = (0.0, 0.0) if dues is None else (dues.lots, dues.turnover)
        reached = before[0] + volume if commission.tiered_by == "volume" else before[1] + worth
        amount = next((of for start, of in reversed(commission.tiers) if reached >= start), amount)
    if commission.per == "percent":
        due = amount / 100.0 * worth
    else:
        due = amount * _unit(commission.currency, market, price) * (volume if commission.per == "lot" else 1.0)
    return min(max(due, commission.least), commission.most)


def value(market: Market, volume: float, price: float) -> float:
    """What the lots of a deal are worth, account currency."""
    return volume * market.spec.contract_size * price * market.money.rate(price)


def _unit(currency: str, market: Market, price: float) -> float:
    """Account currency per unit in which a commission is set."""
    spec, money = market.spec, market.money
    if currency == "deposit":
        return 1.0
    if currency == "points":
        return spec.point * money.contract * money.rate(price)
    if currency == "profit":
        return money.rate(price)
    named = spec.currency_base if currency == "base" else spec.currency_margin
    if named == spec.currency_base and spec.currency_base != spec.currency_profit:
        return price * money.rate(price)  # the symbol's own price converts its base currency
    return money.rate(price) if named == spec.currency_profit else money.convert(1.0, named)


def _end_of(period: str, time: int) -> int:
    if period == "day":
        return (time // _DAY + 1) * _DAY
    now = datetime.fromtimestamp(time, UTC)
    return int(datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC).timestamp())


def slipped(points: float, market: Market, price: float, kind: int) -> float:
    """The price of a fill that comes out so many points worse: higher for what buys, lower for what sells."""
    if not points:
        return price
    worse, spec = points * market.spec.point, market.spec
    return fills.slipped(fills.buys(kind), price, worse, spec.tick_size, spec.digits)
