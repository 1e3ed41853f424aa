"""The books of one symbol: positions and orders; what an entry costs, opens and closes; when is others' matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from nl2strat.language import ast

from .bars import History, moment
from .evaluate import Evaluator
from .ledger import Ledger, Trade
from .plans import Plan, Planner, Refused, check_sides, down_to, sign_of


@dataclass
class Position:
    rule: ast.Entry
    sign: int
    volume: Decimal
    bar: int
    time: int
    entry: float
    plan: Plan
    sl: float | None
    tp: float | None
    group: int
    decider: Books
    """Whose bars its conditions and lines are read from."""
    is_rest: bool = True
    """The part that the target, not a `take`, closes."""
    first_bar: int = 0
    """In which the first of its entry was filled."""
    extreme: float | None = None
    """Rule 12: the highest high since entry (bid) of a long, the lowest ask of a short."""
    moved_by: str = "sl"
    fresh: bool = False
    """Filled from a waiting order in this bar: no take-profit yet (rule 14)."""
    step: int = 0
    """How many target steps have been reached."""
    target_is_new: bool = False
    reduced: set[int] = field(default_factory=set)
    """The reduce rules that have had their part."""


@dataclass
class Order:
    """A waiting order (rule 14); `plan` and `group` are those of its entry if it adds to one."""

    rule: ast.Entry
    kind: str
    sign: int
    price: float
    limit: float | None
    signal: int
    volume: Decimal
    decider: Books
    last_bar: int | None = None
    first_bar: int = 0
    placed: int = 0
    plan: Plan | None = None
    group: int | None = None


class Books:
    """One symbol of an account. `bid` is its last known price, `j` the bar in which something happening now falls."""

    def __init__(
        self, program: ast.Program, name: str, bars: History, ledger: Ledger, others: Mapping[str, History],
        floating: Callable[[], float],
    ) -> None:  # fmt: skip
        self.name = name
        self.bars = bars
        self.spec = bars.symbol
        self.ledger = ledger
        self.values = Evaluator(program, bars, others)
        self.floating_of_all = floating
        self.positions: list[Position] = []
        self.orders: list[Order] = []
        self.refusals: list[tuple[int, str]] = []
        self.held: dict[str, int] = {}
        self.conflicts = 0
        self.ambiguous = 0
        self.fills_of: dict[int, list[tuple[float, Decimal]]] = {}
        """By entry, the price and volume of each of its fills."""
        self.j = 0
        self.bid = 0.0
        self.time = 0
        self.read_rules(program)

    def read_rules(self, program: ast.Program) -> None:
        number = self.values.number
        rules = program.rules
        self.sessions = [r for r in rules if isinstance(r, ast.Trade)]
        self.dates = [r for r in rules if isinstance(r, ast.Dates)]
        self.only = {r.side for r in rules if isinstance(r, ast.Only)}
        self.closings = [r for r in rules if isinstance(r, ast.CloseAt)]
        self.cancels = [r for r in rules if isinstance(r, (ast.CancelAt, ast.CancelWhen))]
        self.alerts = [r for r in rules if isinstance(r, ast.Alert)]
        self.spread_caps = [r.distance for r in rules if isinstance(r, ast.SpreadCap)]
        self.volume_caps = [number(r.lots) for r in rules if isinstance(r, ast.VolumeCap)]
        self.daily_caps = [(r.tally, number(r.amount), r.percent) for r in rules if isinstance(r, ast.DailyCap)]
        self.waits = [(r.event, number(r.bars)) for r in rules if isinstance(r, ast.Wait)]
        self.hedging = any(isinstance(r, ast.Hedging) for r in rules)
        self.one_cancels_other = any(isinstance(r, ast.OneCancelsOther) for r in rules)
        self.reversal = not any(isinstance(r, ast.NoReversal) for r in rules)
        self.pyramid = max([1, *(int(number(r.entries)) for r in rules if isinstance(r, ast.Pyramid))])
        limits = [number(r.trades) for r in rules if isinstance(r, ast.DailyLimit)]
        self.daily_limit = min(limits) if limits else None

    @property
    def bar_now(self) -> int:
        """The bar to which something happening now belongs: the next one, if none opens at this time."""
        return self.j if self.bars.time[self.j] == self.time else self.j + 1

    @property
    def goes_on(self) -> bool:
        """Whether anything can still be filled: its bars have begun, and there is one now or later."""
        return self.bid > 0 and self.bar_now < len(self.bars)

    def today(self) -> date:
        return moment(self.time).date()

    def price(self, sign: int) -> float:
        """What a buy (1) or a sell (-1) pays at this tick."""
        return self.bid + (self.bars.spread[self.j] if sign > 0 else 0.0)

    # ------------------------------------------------------------------ size

    def money(self, volume: float, distance: float, price: float) -> float:
        """A price distance of a volume in the account currency, converted at `price` where the pair does it itself."""
        amount = volume * self.spec.contract * distance
        return amount / price if self.spec.account_is_base else amount

    def lots(self, rule: ast.Entry, plan: Plan, fill: float) -> float:
        """As computed, not yet rounded; risk sizing uses the distance to the stop as sent (rule 8)."""
        number = self.values.number
        account = self.ledger.balance
        if isinstance(rule.size, (ast.Share, ast.Risk)) and rule.size.base == "equity":
            account += self.floating_of_all()
        if isinstance(rule.size, (ast.Risk, ast.RiskMoney)) and (plan.risk is None or plan.risk <= 0):
            raise Refused("10016")
        match rule.size:
            case ast.Lots(lots):
                return number(lots)
            case ast.Share(percent):
                return account * number(percent) / 100 / self.money(1, fill, fill)
            case ast.Money(amount):
                return number(amount) / self.money(1, fill, fill)
            case ast.Risk(percent):
                return account * number(percent) / 100 / self.money(1, plan.risk or 0.0, fill)
            case ast.RiskMoney(amount):
                return number(amount) / self.money(1, plan.risk or 0.0, fill)
        return 0.1

    def volume(self, rule: ast.Entry, plan: Plan, fill: float) -> Decimal:
        """Rule 7: rounded down to the step, after `scale size`."""
        lots = self.lots(rule, plan, fill)
        if rule.scale is not None:
            number = self.values.number
            times = min(number(rule.scale.times), self.ledger.in_a_row(rule.scale.result))
            lots *= number(rule.scale.factor) ** times
        return self.legal(lots)

    def legal(self, lots: float) -> Decimal:
        volume = down_to(Decimal(repr(round(lots, 9))), Decimal(self.spec.step))
        if volume < Decimal(self.spec.minimum) or volume > Decimal(self.spec.maximum):
            raise Refused("10014")
        return volume

    def floating(self) -> float:
        """What the open positions would bring at the last known price."""
        return sum(self.profit(p, p.volume, self.price(-p.sign)) for p in self.positions)

    def profit(self, position: Position, volume: Decimal, price: float) -> float:
        return self.money(float(volume), position.sign * (price - position.entry), price)

    def margin(self, volume: Decimal, price: float) -> float:
        return self.money(float(volume), price, price) / self.ledger.leverage

    # ------------------------------------------------------------ in and out

    def open(
        self, rule: ast.Entry, fill: float, plan: Plan, volume: Decimal, decider: Books, fresh: bool = False
    ) -> list[Position]:
        """A new entry: a position for each of its parts."""
        used = sum(self.margin(p.volume, p.entry) for p in self.positions)
        if used + self.margin(volume, fill) > self.ledger.balance + self.floating_of_all():
            raise Refused("10019")
        group = self.ledger.new_entry(self.name, self.time, self.today())
        self.fills_of[group] = [(fill, volume)]
        sign = sign_of(rule)
        follows = None
        if plan.trail is not None and plan.trail_after is None:  # rule 12: a stop found there is a trailing one
            follows = Planner(self.values, self.spec).tick(fill - sign * plan.trail)
        opened = [
            Position(
                rule, sign, part, self.bar_now, self.time, fill, plan, plan.sl, tp, group, decider, is_rest,
                self.bar_now, moved_by="trailing" if follows is not None and plan.sl == follows else "sl", fresh=fresh,
            )
            for part, tp, is_rest in Planner(self.values, self.spec).parts(plan, volume)
        ]  # fmt: skip
        self.positions += opened
        return opened

    def add_to(self, order: Order, fill: float) -> list[Position]:
        """A further fill of an entry: its stop is the entry's, its target that of the new average."""
        assert order.plan is not None
        assert order.group is not None
        first = next(p for p in self.positions if p.group == order.group)
        self.fills_of[order.group].append((fill, order.volume))
        added = Position(
            order.rule, order.sign, order.volume, self.bar_now, self.time, fill, order.plan, order.plan.sl, None,
            order.group, order.decider, True, first.first_bar, fresh=True,
        )  # fmt: skip
        self.positions.append(added)
        return [added]

    def average_target(self, group: int, plan: Plan, sign: int) -> float | None:
        """Where the target of an entry with adds is after its fills so far."""
        if plan.target_distance is None:
            return plan.target
        fills = self.fills_of[group]
        average = sum(price * float(v) for price, v in fills) / float(sum(v for _, v in fills))
        return Planner(self.values, self.spec).tick(average + sign * plan.target_distance)

    def close_now(self, position: Position, reason: str, volume: Decimal | None = None) -> None:
        """At this tick; `volume`: only so much of it."""
        self.close(position, self.price(-position.sign), reason, volume)

    def close(self, position: Position, price: float, reason: str, volume: Decimal | None = None) -> None:
        volume = position.volume if volume is None else volume
        profit = round(self.profit(position, volume, price), 2)  # a deal is booked in cents
        position.volume -= volume
        self.positions = [p for p in self.positions if p.volume > 0]
        side = "long" if position.sign > 0 else "short"
        row = Trade(
            side, position.time, position.entry, self.time, price, reason, volume,
            position.plan.sl, position.tp, position.group, self.name,
        )  # fmt: skip
        self.ledger.book(row, profit, self.today())
        if all(p.group != position.group for p in self.positions):
            self.ledger.entry_closed(self.name, self.time, position.group, reason)
            self.orders = [o for o in self.orders if o.group != position.group]

    # ---------------------------------------------------------- waiting orders

    def place_adds(self, opened: list[Position], fill: float, first_bar: int) -> None:
        """The further orders of an entry, placed as it fills."""
        rule, plan = opened[0].rule, opened[0].plan
        if rule.add is None:
            return
        assert plan.every is not None
        number = self.values.number
        factor = number(rule.add.factor) if rule.add.factor is not None else 1
        sign = sign_of(rule)
        way, kind = (-1, "limit") if rule.add.way == "against" else (1, "stop")
        first = float(sum(p.volume for p in opened))
        for k in range(1, int(number(rule.add.times)) + 1):
            price = Planner(self.values, self.spec).tick(fill + way * sign * k * plan.every)
            try:
                volume = self.legal(first * factor**k)
                check_sides(replace(plan, target=None, takes=[]), sign, price)
            except Refused as refusal:
                self.refusals.append((self.j, str(refusal)))
                continue
            order = Order(rule, kind, sign, price, None, 0, volume, opened[0].decider, None, first_bar, self.j)
            self.orders.append(replace(order, plan=plan, group=opened[0].group))
