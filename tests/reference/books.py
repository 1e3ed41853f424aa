"""The books of one run: positions, orders, closed trades, and what an entry is worth: levels, volume, margin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from nl2strat.language import ast

from .bars import History, at_least, at_most, moment
from .evaluate import About, Evaluator


@dataclass(frozen=True)
class Trade:
    """A closed position, or a part of one (rule 16). Times are open times of the bars of the fills."""

    side: str
    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    exit_reason: str
    volume: Decimal
    sl: float | None
    tp: float | None
    group: int = 0


@dataclass
class Plan:
    """The levels of an entry: known once the fill price is (rule 8)."""

    sl: float | None
    tps: list[tuple[Decimal, float | None]]
    """Shares of the volume (they sum to 1) with the take-profit of each."""
    risk: float | None
    trail: float | None = None
    trail_after: float | None = None
    breakeven: float | None = None
    breakeven_plus: float = 0.0


@dataclass
class Position:
    rule: ast.Entry
    sign: int
    volume: Decimal
    bar: int
    entry: float
    plan: Plan
    sl: float | None
    tp: float | None
    group: int
    extreme: float | None = None
    """Rule 12: the highest high since entry (bid) of a long, the lowest ask of a short."""
    moved_by: str = "sl"
    fresh: bool = False
    """Filled from a waiting order in this bar: no take-profit yet (rule 14)."""


@dataclass
class Order:
    """A waiting order (rule 14)."""

    rule: ast.Entry
    kind: str
    sign: int
    price: float
    limit: float | None
    signal: int
    volume: Decimal
    last_bar: int | None
    first_bar: int = 0


class Refused(Exception):
    """The retcode MetaTrader 5 gives."""


class Books:
    """Knows what is open and what was closed; when things happen is `simulate.Account`'s matter."""

    def __init__(self, program: ast.Program, bars: History, deposit: float = 10_000.0, leverage: int = 100) -> None:
        self.program = program
        self.bars = bars
        self.values = Evaluator(program, bars)
        self.balance = deposit
        self.leverage = leverage
        self.positions: list[Position] = []
        self.orders: list[Order] = []
        self.trades: list[Trade] = []
        self.refusals: list[tuple[int, str]] = []
        self.conflicts = 0
        self.ambiguous = 0
        self.groups = 0
        self.fills: dict[object, int] = {}
        rules = program.rules
        self.entries = [r for r in rules if isinstance(r, ast.Entry)]
        self.exits = [r for r in rules if isinstance(r, ast.Exit)]
        self.sessions = [r for r in rules if isinstance(r, ast.Trade)]
        self.closings = [r for r in rules if isinstance(r, ast.CloseAt)]
        self.reversal = not any(isinstance(r, ast.NoReversal) for r in rules)
        self.pyramid = max([1, *(int(self.values.number(r.entries)) for r in rules if isinstance(r, ast.Pyramid))])
        limits = [self.values.number(r.trades) for r in rules if isinstance(r, ast.DailyLimit)]
        self.daily_limit = min(limits) if limits else None

    def quote(self, j: int, column: list[float], sign: int) -> float:
        """Rule 1: a buy (sign 1) deals at the ask, a sell at the bid."""
        return column[j] + (self.bars.spread[j] if sign > 0 else 0.0)

    # ----------------------------------------------------------- levels, size

    def value(self, expr: ast.Expr, i: int, about: About | None = None) -> float:
        result = self.values.at(expr, i, about or About())
        assert result is not None
        return float(result)

    def tick(self, price: float) -> float:
        """Rule 8: the nearest tick, half-ticks away from zero."""
        size = Decimal(repr(self.bars.symbol.tick))
        steps = (Decimal(repr(round(price, 10))) / size).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return float(steps * size)

    def plan(self, rule: ast.Entry, i: int, fill: float) -> Plan:
        """Rule 8: distances from the fill price with the indicator values of signal bar i."""
        sign = sign_of(rule)
        about = About(percent_of=fill)

        def level(part: ast.Bracket | None, direction: int) -> float | None:
            if part is None:
                return None
            if isinstance(part, ast.Level):
                return self.tick(self.value(part.price, i))
            return self.tick(fill + direction * self.value(part.distance, i, about))

        def distance(expr: ast.Expr | None) -> float | None:
            return None if expr is None else self.value(expr, i, about)

        sl = level(rule.stop, -sign)
        if rule.stop is None and rule.trail and rule.trail.after is None:  # rule 12
            sl = self.tick(fill - sign * self.value(rule.trail.distance, i, about))
        risk = sign * (fill - sl) if sl is not None else None
        about = replace(about, risk=risk)
        tps = [(Decimal(str(self.values.number(t.share))) / 100, level(t.bracket, sign)) for t in rule.takes]
        rest = Decimal(1) - sum(share for share, _ in tps)
        plan = Plan(sl, [*tps, (rest, level(rule.target, sign))], risk)
        if rule.trail:
            plan.trail, plan.trail_after = distance(rule.trail.distance), distance(rule.trail.after)
        if rule.breakeven:
            plan.breakeven = distance(rule.breakeven.after)
            plan.breakeven_plus = distance(rule.breakeven.plus) or 0.0
        return plan

    def check_sides(self, plan: Plan, sign: int, price: float) -> None:
        """Rule 8: a stop (or target) on the wrong side of the price at which the position would close."""
        if plan.sl is not None and at_least(sign * plan.sl, sign * price):
            raise Refused("10016")
        for share, tp in plan.tps:
            if share > 0 and tp is not None and at_most(sign * tp, sign * price):
                raise Refused("10016")

    def money(self, volume: float, distance: float, price: float) -> float:
        """A price distance of a volume in the account currency, converted at `price` where the pair does it itself."""
        amount = volume * self.bars.symbol.contract * distance
        return amount / price if self.bars.symbol.account_is_base else amount

    def volume(self, rule: ast.Entry, plan: Plan, fill: float, j: int) -> Decimal:
        """Rule 7: rounded down to the step; rule 8: risk sizing uses the distance to the stop as sent."""
        spec = self.bars.symbol
        account = self.balance
        if isinstance(rule.size, (ast.Share, ast.Risk)) and rule.size.base == "equity":
            account += sum(self.floating(p, j) for p in self.positions)
        match rule.size:
            case None:
                lots = 0.1
            case ast.Lots(number):
                lots = self.values.number(number)
            case ast.Share(percent):
                lots = account * self.values.number(percent) / 100 / self.money(1, fill, fill)
            case ast.Risk(percent):
                assert plan.risk is not None
                if plan.risk <= 0:
                    raise Refused("10016")
                lots = account * self.values.number(percent) / 100 / self.money(1, plan.risk, fill)
            case ast.RiskMoney(amount):
                assert plan.risk is not None
                if plan.risk <= 0:
                    raise Refused("10016")
                lots = self.values.number(amount) / self.money(1, plan.risk, fill)
        volume = down_to(Decimal(repr(round(lots, 9))), Decimal(spec.step))
        if volume < Decimal(spec.minimum) or volume > Decimal(spec.maximum):
            raise Refused("10014")
        return volume

    def floating(self, position: Position, j: int) -> float:
        price = self.quote(j, self.bars.open, -position.sign)
        return self.money(float(position.volume), position.sign * (price - position.entry), price)

    def margin(self, volume: Decimal, price: float) -> float:
        return self.money(float(volume), price, price) / self.leverage

    # ------------------------------------------------------------ in and out

    def open(self, rule: ast.Entry, j: int, fill: float, plan: Plan, volume: Decimal, fresh: bool = False) -> None:
        used = sum(self.margin(p.volume, p.entry) for p in self.positions)
        equity = self.balance + sum(self.floating(p, j) for p in self.positions)
        if used + self.margin(volume, fill) > equity:
            raise Refused("10019")
        self.groups += 1
        day = moment(self.bars.time[j]).date()
        self.fills[day] = self.fills.get(day, 0) + 1
        sign = sign_of(rule)
        follows = self.trail_start(rule, plan, fill)
        for part, tp in self.parts(plan, volume):
            moved_by = "trailing" if follows is not None and plan.sl == follows else "sl"
            position = Position(
                rule, sign, part, j, fill, plan, plan.sl, tp, self.groups, moved_by=moved_by, fresh=fresh
            )
            self.positions.append(position)

    def trail_start(self, rule: ast.Entry, plan: Plan, fill: float) -> float | None:
        """Where a trailing stop that acts at once begins (rule 12); a stop found there is called a trailing one."""
        if plan.trail is None or plan.trail_after is not None:
            return None
        return self.tick(fill - sign_of(rule) * plan.trail)

    def parts(self, plan: Plan, volume: Decimal) -> list[tuple[Decimal, float | None]]:
        """Rule 16: the shares rounded down to the step; the last one that is wanted takes what is left."""
        wanted = [(share, tp) for share, tp in plan.tps if share > 0]
        cut = [(down_to(volume * share, Decimal(self.bars.symbol.step)), tp) for share, tp in wanted[:-1]]
        rest = volume - sum((part for part, _ in cut), Decimal(0))
        return [(part, tp) for part, tp in [*cut, (rest, wanted[-1][1])] if part > 0]

    def close_at_open(self, position: Position, j: int, reason: str) -> None:
        self.close(position, j, self.quote(j, self.bars.open, -position.sign), reason)

    def close(self, position: Position, j: int, price: float, reason: str) -> None:
        self.positions = [p for p in self.positions if p is not position]
        profit = self.money(float(position.volume), position.sign * (price - position.entry), price)
        self.balance += profit
        entry_time, exit_time = self.bars.time[position.bar], self.bars.time[j]
        side = "long" if position.sign > 0 else "short"
        row = Trade(
            side, entry_time, position.entry, exit_time, price, reason, position.volume,
            position.plan.sl, position.tp, position.group,
        )  # fmt: skip
        for k, other in enumerate(self.trades):
            same = (other.group, other.exit_time, other.exit_price, other.exit_reason)
            if same == (row.group, row.exit_time, row.exit_price, row.exit_reason):  # parts that end together: one row
                self.trades[k] = replace(other, volume=other.volume + row.volume)
                return
        self.trades.append(row)


def sign_of(rule: ast.Entry) -> int:
    return 1 if rule.side == "long" else -1


def down_to(volume: Decimal, step: Decimal) -> Decimal:
    return (volume / step).quantize(Decimal(1), rounding=ROUND_DOWN) * step
