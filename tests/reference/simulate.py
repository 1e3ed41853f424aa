"""The account, bar by bar, as EXECUTION.md has it. Read it top to bottom: `Account.run` is the order of events."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nl2strat.language import ast

from .bars import History, above, at_least, at_most, clock_moments, in_zone, moment
from .books import Books, Order, Position, Refused, Trade, sign_of
from .evaluate import About

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Account(Books):
    """One run of a program over bars."""

    def run(self) -> Account:
        for j in range(len(self.bars)):
            if j > 0:
                self.first_tick(j)  # what was decided at the close of j-1 (rules 3, 4)
            self.inside(j)
            self.at_close(j)
        last = len(self.bars) - 1
        for position in list(self.positions):  # rule 18
            self.close(position, last, self.quote(last, self.bars.close, -position.sign), "end_of_data")
        return self

    # ------------------------------------------------ the first tick of bar j

    def first_tick(self, j: int) -> None:
        """Rule 4: manage (stops have been moved at the close), exits, entries."""
        self.orders = [o for o in self.orders if o.last_bar is None or j <= o.last_bar]
        for position in list(self.positions):
            if position.rule.close_after and j - position.bar >= self.values.number(position.rule.close_after):
                self.close_at_open(position, j, "time")  # rule 13
        if any(self.clock_passed(rule, j) for rule in self.closings):
            for position in list(self.positions):
                self.close_at_open(position, j, "session")
        for rule in self.exits:
            for position in list(self.positions):
                concerned = rule.side == "all" or (rule.side == "long") == (position.sign > 0)
                if concerned and self.values.true(rule.when, j - 1, self.about(position, j - 1)):
                    self.close_at_open(position, j, "signal")
        self.enter(j)

    def clock_passed(self, rule: ast.CloseAt, j: int) -> bool:
        """Rule 15: bar j is the first that opens at or after the time of day."""
        times = (in_zone(self.bars.time[k], self.bars.zone, rule.zone) for k in (j - 1, j))
        reached = clock_moments(*times, rule.clock.hour, rule.clock.minute)
        return any(not rule.days or DAYS[m.weekday()] in rule.days for m in reached)

    def about(self, position: Position | None, i: int) -> About:
        """What conditions at the close of bar i may say about the position (rule 13 for the age)."""
        if position is None:
            return About(flat=not self.positions)
        price = self.quote(i, self.bars.close, -position.sign)
        return About(
            flat=not self.positions,
            entry=position.entry,
            profit=position.sign * (price - position.entry),
            age=i - position.bar + 1,
            risk=position.plan.risk,
        )

    def enter(self, j: int) -> None:
        i = j - 1
        if not self.session_open(i):
            return
        about = self.about(self.positions[-1] if self.positions else None, i)
        wanted = [r for r in self.entries if self.values.true(r.when, i, about) and self.levels_known(r, i)]
        if len({r.side for r in wanted if r.order is None}) == 2:  # rule 6
            self.conflicts += 1
            wanted = [r for r in wanted if r.order is not None]
        for rule in sorted(wanted, key=lambda r: r.order is not None):  # what fills now comes before what waits
            try:
                if rule.order is None:
                    self.market(rule, j)
                else:
                    self.place(rule, j)
            except Refused as refusal:
                self.refusals.append((j, str(refusal)))

    def session_open(self, i: int) -> bool:
        """Rule 15: the decision time lies in one of the windows."""
        return not self.sessions or any(self.allows(rule, i) for rule in self.sessions)

    def allows(self, rule: ast.Trade, i: int) -> bool:
        t = in_zone(self.bars.ends(i), self.bars.zone, rule.zone)
        if rule.days and DAYS[t.weekday()] not in rule.days:
            return False
        if rule.start is None or rule.end is None:
            return True
        minute = t.hour * 60 + t.minute
        start, end = (60 * c.hour + c.minute for c in (rule.start, rule.end))
        if start < end:
            return start <= minute < end
        return minute >= start or minute < end  # over midnight; a window that ends as it starts is the whole day

    def levels_known(self, rule: ast.Entry, i: int) -> bool:
        """Rule 2 for orders: an entry needs its stop, target and sizes just as its condition."""
        parts = [rule.stop, *(take.bracket for take in rule.takes)]
        if sum(self.values.number(take.share) for take in rule.takes) < 100:
            parts.append(rule.target)  # else nothing is left for it
        needed = [p.distance if isinstance(p, ast.Offset) else p.price for p in parts if p is not None]
        if rule.trail:
            needed += [e for e in (rule.trail.distance, rule.trail.after) if e is not None]
        if rule.breakeven:
            needed += [e for e in (rule.breakeven.after, rule.breakeven.plus) if e is not None]
        if rule.order:
            needed += [e for e in (rule.order.price, rule.order.limit) if e is not None]
        probe = About(risk=1.0, percent_of=1.0)
        return all(self.values.at(e, i, probe) is not None for e in needed)

    def may_enter(self, rule: ast.Entry) -> bool:
        """Rule 6: by what is held."""
        if any(p.sign != sign_of(rule) for p in self.positions):
            return self.reversal
        return len({p.group for p in self.positions}) < self.pyramid

    def may_fill(self, rule: ast.Entry, j: int) -> bool:
        """Rules 6 and 15: a daily limit counts what fills, so it does not keep an order from waiting."""
        filled = self.fills.get(moment(self.bars.time[j]).date(), 0)
        used_up = self.daily_limit is not None and filled >= self.daily_limit
        return not used_up and self.may_enter(rule)

    def market(self, rule: ast.Entry, j: int) -> None:
        """Rules 3, 6, 8: closes what stands the other way, and fills at this open."""
        if not self.may_fill(rule, j):
            return
        sign = sign_of(rule)
        for position in list(self.positions):
            if position.sign != sign:
                self.close_at_open(position, j, "reverse")
        fill = self.quote(j, self.bars.open, sign)
        plan = self.plan(rule, j - 1, fill)
        volume = self.volume(rule, plan, fill, j)
        self.check_sides(plan, sign, self.quote(j, self.bars.open, -sign))
        self.open(rule, j, fill, plan, volume)

    def place(self, rule: ast.Entry, j: int) -> None:
        """Rule 14: a waiting order from bar j on, in place of an older one of the same rule."""
        sign = sign_of(rule)
        if not self.may_enter(rule):
            return
        assert rule.order is not None
        price = self.tick(self.value(rule.order.price, j - 1))
        limit = self.tick(self.value(rule.order.limit, j - 1)) if rule.order.limit is not None else None
        planned = limit if limit is not None else price
        plan = self.plan(rule, j - 1, planned)
        volume = self.volume(rule, plan, planned, j)
        self.check_sides(plan, sign, planned)
        self.orders = [o for o in self.orders if o.rule is not rule]  # a refused order replaces none
        last = j + int(self.values.number(rule.valid)) - 1 if rule.valid is not None else None
        self.orders.append(Order(rule, rule.order.kind, sign, price, limit, j - 1, volume, last))

    # -------------------------------------------------------- inside bar j

    def inside(self, j: int) -> None:
        """Stops, targets and waiting orders that bar j touches.

        First what the open is already beyond (rule 10). Then the price visits one end of the bar, then the other: the
        end with a stop first (rule 11), else the end whose level is nearer to the open (rule 14).
        """
        self.inside_once(j, at_open=True)
        self.inside_once(j, at_open=False)
        for position in self.positions:
            position.fresh = False

    def inside_once(self, j: int, at_open: bool) -> None:
        while touched := self.touched(j, at_open):
            if not at_open:
                ends = {t.end for t in touched if isinstance(t.what, Position) and t.is_stop}
                first = ends or {min(touched, key=lambda t: t.far).end}
                touched = [t for t in touched if t.end in first]
            event = min(touched, key=lambda t: (0 if at_open else t.far, t.rank))
            if isinstance(event.what, Position):
                self.hit(event, j)
            else:
                self.trigger(event.what, j, event.price, at_open)

    def touched(self, j: int, at_open: bool) -> list[Touch]:
        """Every level that the bar (or its open alone) touches, with the price of the fill."""
        found = []
        for p in self.positions:
            for is_stop, level in ((True, p.sl), (False, p.tp)):
                if level is None or (not is_stop and p.fresh):
                    continue
                falls = is_stop == (p.sign > 0)
                found.append(self.touch(p, is_stop, level, -p.sign, falls, j, at_open))
        for o in self.orders:
            if j < o.first_bar:
                continue
            falls = (o.kind == "limit") == (o.sign > 0)
            found.append(self.touch(o, False, o.price, o.sign, falls, j, at_open))
        return [t for t in found if t is not None]

    def touch(
        self, what: Position | Order, is_stop: bool, level: float, sign: int, falls: bool, j: int, at_open: bool
    ) -> Touch | None:
        """Rule 9: `falls`: the price must come down to the level. Rule 10: beyond at the open means filled there."""
        bars = self.bars
        beyond = at_most if falls else at_least
        opened = self.quote(j, bars.open, sign)
        reached = opened if at_open else self.quote(j, bars.low if falls else bars.high, sign)
        if not beyond(reached, level):
            return None
        rank = 0 if is_stop else 1 if isinstance(what, Position) else 2
        return Touch(what, is_stop, opened if at_open else level, "low" if falls else "high", abs(level - opened), rank)

    def hit(self, event: Touch, j: int) -> None:
        position = event.what
        assert isinstance(position, Position)
        if event.is_stop and position.tp is not None and not position.fresh:
            reached = self.quote(j, self.bars.high if position.sign > 0 else self.bars.low, -position.sign)
            self.ambiguous += at_least(position.sign * reached, position.sign * position.tp)
        self.close(position, j, event.price, position.moved_by if event.is_stop else "tp")

    def trigger(self, order: Order, j: int, price: float, at_open: bool) -> None:
        """Rule 14: a waiting order fills; what cannot be opened any more is cancelled."""
        self.orders = [o for o in self.orders if o is not order]
        if order.limit is not None:  # a stop-limit becomes a limit order; what this bar did afterwards is not known
            self.orders.append(replace(order, kind="limit", price=order.limit, limit=None, first_bar=j + 1))
            return
        if not self.may_fill(order.rule, j):
            return
        try:
            plan = self.plan(order.rule, order.signal, price)
            self.check_sides(plan, order.sign, price - order.sign * self.bars.spread[j])
            for position in list(self.positions):
                if position.sign != order.sign:
                    self.close(position, j, price, "reverse")
            self.open(order.rule, j, price, plan, order.volume, fresh=True)
        except Refused as refusal:
            self.refusals.append((j, str(refusal)))
            return
        for position in [p for p in self.positions if p.group == self.groups]:
            self.stopped_at_once(position, j, at_open)

    def stopped_at_once(self, position: Position, j: int, at_open: bool) -> None:
        """Rule 14: in the bar of the fill the stop counts if the bar touches it anywhere."""
        if position.sl is None:
            return
        sign = position.sign
        worst = self.quote(j, self.bars.low if sign > 0 else self.bars.high, -sign)
        if at_most(sign * worst, sign * position.sl):
            opened = self.quote(j, self.bars.open, -sign)
            beyond = at_open and at_most(sign * opened, sign * position.sl)
            self.close(position, j, opened if beyond else position.sl, position.moved_by)

    # ---------------------------------------------------- the close of bar j

    def at_close(self, j: int) -> None:
        """Rule 12: break-even and trailing; they act from the next bar on."""
        for p in self.positions:
            reached = self.quote(j, self.bars.high if p.sign > 0 else self.bars.low, -p.sign)
            p.extreme = reached if p.extreme is None else p.sign * max(p.sign * p.extreme, p.sign * reached)
            profit = p.sign * (p.extreme - p.entry)
            if p.plan.breakeven is not None and at_least(profit, p.plan.breakeven):
                self.move(p, self.tick(p.entry + p.sign * p.plan.breakeven_plus), "breakeven")
            started = p.plan.trail_after is None or at_least(profit, p.plan.trail_after)
            if p.plan.trail is not None and started:
                self.move(p, self.tick(p.extreme - p.sign * p.plan.trail), "trailing")

    def move(self, position: Position, level: float, by: str) -> None:
        """A stop never moves back."""
        if position.sl is None or above(position.sign * level, position.sign * position.sl):
            position.sl, position.moved_by = level, by


@dataclass(frozen=True)
class Touch:
    """A level inside the bar: what rests there, the fill price, at which end of the bar, how far from the open."""

    what: Position | Order
    is_stop: bool
    price: float
    end: str
    far: float
    rank: int


def simulate(program: ast.Program, bars: History, deposit: float = 10_000.0) -> list[Trade]:
    """The trades, in the order of their entries."""
    trades = Account(program, bars, deposit).run().trades
    return sorted(trades, key=lambda t: (t.entry_time, t.exit_time))
