"""What happens inside a bar: stops, targets and waiting orders that it touches, in the order the contract presumes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .bars import at_least, at_most
from .books import Order, Position
from .holds import Holds
from .plans import Planner, Refused, check_sides, quote


@dataclass(frozen=True)
class Touch:
    """A level inside the bar: what rests there, the fill price, at which end of the bar, how far from the open."""

    what: Position | Order
    is_stop: bool
    price: float
    end: str
    far: float
    rank: int


class Inside(Holds):
    def inside(self, j: int) -> None:
        """Stops, targets and waiting orders that bar j touches.

        First what the open is already beyond (rule 10). Then the price visits one end of the bar, then the other: the
        end with a stop first (rule 11), else the end whose level is nearer to the open (rule 14).
        """
        self.inside_once(j, at_open=True)
        self.inside_once(j, at_open=False)
        for position in self.positions:
            if position.rule.add is not None:  # the average's target acts from the next bar on
                target = self.average_target(position.group, position.plan, position.sign)
                position.target_is_new = position.tp != target
                position.tp = target
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
        opened = quote(bars, j, bars.open, sign)
        reached = opened if at_open else quote(bars, j, bars.low if falls else bars.high, sign)
        if not beyond(reached, level):
            return None
        rank = 0 if is_stop else 1 if isinstance(what, Position) else 2
        far = round(abs(level - opened), 9)  # as a decimal: ties are ties
        return Touch(what, is_stop, opened if at_open else level, "low" if falls else "high", far, rank)

    def hit(self, event: Touch, j: int) -> None:
        position = event.what
        assert isinstance(position, Position)
        if event.is_stop and position.tp is not None and not position.fresh:
            reached = quote(self.bars, j, self.bars.high if position.sign > 0 else self.bars.low, -position.sign)
            self.ambiguous += at_least(position.sign * reached, position.sign * position.tp)
        self.close(position, event.price, position.moved_by if event.is_stop else "tp")

    # ------------------------------------------------------- waiting orders

    def trigger(self, order: Order, j: int, price: float, at_open: bool) -> None:
        """Rule 14: a waiting order fills; what cannot be opened any more is cancelled."""
        self.orders = [o for o in self.orders if o is not order]
        if order.limit is not None:  # a stop-limit becomes a limit order; what this bar did afterwards is not known
            self.orders.append(replace(order, kind="limit", price=order.limit, limit=None, first_bar=j + 1))
            return
        allowed = self.day_allows() if order.group is not None else self.may_fill(order.rule)
        if not allowed or not self.volume_allows(order.volume, order.sign):
            return
        try:
            opened = self.fill(order, price)
        except Refused as refusal:
            self.refusals.append((j, str(refusal)))
            return
        for position in opened:
            self.stopped_at_once(position, j, at_open)

    def fill(self, order: Order, price: float) -> list[Position]:
        closing_price = price - order.sign * self.bars.spread[self.j]
        if order.plan is not None:
            check_sides(replace(order.plan, target=None), order.sign, closing_price)
            return self.add_to(order, price)
        plan = Planner(order.decider.values, self.spec).plan(order.rule, order.signal, price)
        check_sides(plan, order.sign, closing_price)
        for position in list(self.positions):
            if position.sign != order.sign and not self.hedging:
                self.close(position, price, "reverse")
        opened = self.open(order.rule, price, plan, order.volume, order.decider, fresh=True)
        if self.one_cancels_other:
            self.orders = [o for o in self.orders if o.group is not None]
        return opened

    def stopped_at_once(self, position: Position, j: int, at_open: bool) -> None:
        """Rule 14: in the bar of the fill the stop counts if the bar touches it anywhere."""
        if position.sl is None:
            return
        sign = position.sign
        worst = quote(self.bars, j, self.bars.low if sign > 0 else self.bars.high, -sign)
        if at_most(sign * worst, sign * position.sl):
            opened = quote(self.bars, j, self.bars.open, -sign)
            beyond = at_open and at_most(sign * opened, sign * position.sl)
            self.close(position, opened if beyond else position.sl, position.moved_by)
