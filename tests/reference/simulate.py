"""The account as EXECUTION.md has it: `Account.run` is the clock, `Account.first_tick` the order of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal

from nl2strat.language import ast

from .bars import History, above, at_least, clock_moments, in_zone
from .books import Order, Position
from .closes import Closes
from .evaluate import About, Value
from .holds import DAYS
from .ledger import Ledger, Trade
from .plans import Planner, Refused, check_sides, sign_of

__all__ = ["Account", "Trade", "simulate"]


@dataclass(frozen=True)
class Alert:
    """`time`: of the decision."""

    time: int
    symbol: str
    text: str


class Desk(Closes):
    """One symbol: what is decided on it, and what is open in it."""

    # ------------------------------------------------ the first tick of a bar

    def arrive(self, j: int) -> None:
        """Bar j opens: what happens from here on happens in it, at its open."""
        self.j, self.time, self.bid = j, self.bars.time[j], self.bars.open[j]

    def manage(self) -> None:
        """What the plans of open positions and waiting orders say (stops have been moved at the close)."""
        j = self.j
        self.orders = [o for o in self.orders if not self.expired(o)]
        for p in list(self.positions):
            if p.rule.close_after and j - p.first_bar >= self.values.number(p.rule.close_after):
                self.close_now(p, "time")  # rule 13
        if any(self.clock_passed(rule) for rule in self.closings):
            for p in list(self.positions):
                self.close_now(p, "session")
        for p in list(self.positions):
            beyond = p.tp is not None and at_least(p.sign * self.price(-p.sign), p.sign * p.tp)
            if p.target_is_new and beyond:
                self.close_now(p, "tp")
            p.target_is_new = False

    def expired(self, order: Order) -> bool:
        until = order.rule.valid_until
        late = until is not None and self.j > order.placed and self.clock_passed(until)
        return late or (order.last_bar is not None and self.j > order.last_bar)

    def clock_passed(self, rule: ast.CloseAt | ast.CancelAt | ast.ValidUntil) -> bool:
        """Rule 15: this bar is the first that opens at or after the time of day."""
        if self.j == 0:
            return False
        times = (in_zone(self.bars.time[k], self.bars.zone, rule.zone) for k in (self.j - 1, self.j))
        days = () if isinstance(rule, ast.ValidUntil) else rule.days
        reached = clock_moments(*times, rule.clock.hour, rule.clock.minute)
        return any(not days or DAYS[m.weekday()] in days for m in reached)

    def leave(self, rule: ast.Exit | ast.Reduce, number: int, decider: Desk) -> None:
        """An exit or a reduce rule: all positions are asked before any is closed."""
        i = decider.j - 1
        asked = [p for p in self.positions if rule.side == "all" or (rule.side == "long") == (p.sign > 0)]
        concerned = [p for p in asked if decider.values.true(rule.when, i, self.about(p, decider))]
        for p in concerned:
            if isinstance(rule, ast.Exit):
                self.close_now(p, "signal")
            elif number not in p.reduced:
                p.reduced.add(number)
                self.reduce(p, rule, decider)

    def cancel(self) -> None:
        """`cancel orders`: before anything new is placed."""
        for rule in self.cancels:
            if isinstance(rule, ast.CancelAt):
                gone = self.clock_passed(rule)
            else:
                gone = self.values.true(rule.when, self.j - 1, self.about(None, self))
            side = rule.side if isinstance(rule, ast.CancelWhen) else None
            if gone:
                self.orders = [o for o in self.orders if side is not None and (side == "long") != (o.sign > 0)]

    def about(self, position: Position | None, decider: Desk) -> About:
        """What conditions at the close before this tick may say about the account (rule 13 for the age)."""
        if position is None:
            return About(flat=not self.positions, facts=self.facts(decider))
        same = [p for p in self.positions if p.sign == position.sign]
        average = sum(p.entry * float(p.volume) for p in same) / float(sum(p.volume for p in same))
        bars = decider.bars
        closed = self.close_before(-position.sign)
        gained = position.sign * (closed - position.entry)
        return About(
            flat=not self.positions,
            entry=position.entry,
            profit=0.0 if not above(closed, position.entry) and not above(position.entry, closed) else gained,
            age=decider.j - bars.opened_before(position.time),
            risk=position.plan.risk,
            average_entry=average,
            units=self.spec,
            facts=self.facts(decider),
        )

    def facts(self, decider: Desk) -> Mapping[str, Value]:
        """The account values and flags at this tick; bars count to the close before it."""
        ledger = self.ledger
        since = {f"bars since {event}": self.bars_since(event, decider) for event in ("exit", "loss", "win")}
        return {
            "trades open": float(len({p.group for p in self.positions})),
            "trades today": float(ledger.fills.get(self.today(), 0)),
            "result today": ledger.results.get(self.today(), 0.0),
            "losses in a row": float(ledger.in_a_row("loss")),
            "wins in a row": float(ledger.in_a_row("win")),
            "holding long": any(p.sign > 0 for p in self.positions),
            "holding short": any(p.sign < 0 for p in self.positions),
            "last trade won": ledger.in_a_row("win") > 0,
            "last trade lost": ledger.in_a_row("loss") > 0,
            **{name: None if bars is None else float(bars) for name, bars in since.items()},
        }

    # ---------------------------------------------------------------- entries

    def wants(self, rule: ast.Entry, traded: Desk) -> bool:
        """Whether the condition is true and the levels are known at the last close."""
        if traded.only and rule.side not in traded.only:
            return False
        i = self.j - 1
        about = traded.about(traded.positions[-1] if traded.positions else None, self)
        return self.values.true(rule.when, i, about) and Planner(self.values, traded.spec).known(rule, i)

    def enter(self, wanted: list[ast.Entry], decider: Desk) -> None:
        """Rule 6; what fills now comes before what waits."""
        if len({r.side for r in wanted if r.order is None}) == 2:
            self.conflicts += 1
            wanted = [r for r in wanted if r.order is not None]
        skipped = False
        for rule in sorted(wanted, key=lambda r: r.order is not None):
            try:
                if rule.order is not None and self.waited(decider):
                    self.place(rule, decider)
                elif rule.order is None and not skipped and self.waited(decider):
                    skipped = self.market(rule, decider)
            except Refused as refusal:
                self.refusals.append((self.j, str(refusal)))

    def market(self, rule: ast.Entry, decider: Desk) -> bool:
        """Rules 3, 6, 8: closes what stands the other way, and fills at this tick. Returns whether it was skipped."""
        i = decider.j - 1
        if not self.may_fill(rule) or not self.narrow(i, decider):
            return False
        if self.passed_over():
            return True
        sign = sign_of(rule)
        against = [] if self.hedging else [p for p in self.positions if p.sign != sign]
        fill = self.price(sign)
        plan = Planner(decider.values, self.spec).plan(rule, i, fill)
        before = self.state() if against and self.volume_caps else None
        for position in against:
            self.close_now(position, "reverse")
        volume = self.volume(rule, plan, fill)
        if not self.volume_allows(volume, sign):
            if before is not None:  # what is held back closes nothing
                self.restore(before)
        else:
            check_sides(plan, sign, self.price(-sign))
            self.place_adds(self.open(rule, fill, plan, volume, decider), fill, self.bar_now)
        return False

    def state(self) -> tuple[dict[str, object], list[tuple[Position, Decimal]], list[Order]]:
        """The ledger, and what is open and waits in this symbol."""
        return deepcopy(vars(self.ledger)), [(p, p.volume) for p in self.positions], list(self.orders)

    def restore(self, state: tuple[dict[str, object], list[tuple[Position, Decimal]], list[Order]]) -> None:
        """Everything is as it was then."""
        ledger, held, self.orders = state
        vars(self.ledger).update(ledger)
        for position, volume in held:
            position.volume = volume
        self.positions = [position for position, _ in held]

    def place(self, rule: ast.Entry, decider: Desk) -> None:
        """Rule 14: a waiting order from this bar on, in place of an older one of the same rule."""
        i = decider.j - 1
        if not self.may_enter(rule) or not self.narrow(i, decider) or self.passed_over():
            return
        assert rule.order is not None
        planner = Planner(decider.values, self.spec)
        price = planner.tick(planner.value(rule.order.price, i))
        limit = planner.tick(planner.value(rule.order.limit, i)) if rule.order.limit is not None else None
        planned = limit if limit is not None else price
        plan = planner.plan(rule, i, planned)
        volume = self.volume(rule, plan, planned)
        check_sides(plan, sign_of(rule), planned)
        self.orders = [o for o in self.orders if o.rule is not rule]  # a refused order replaces none
        order = Order(rule, rule.order.kind, sign_of(rule), price, limit, i, volume, decider, placed=self.j)
        if rule.valid is not None:
            order.last_bar = self.j + int(self.values.number(rule.valid)) - 1
        self.orders.append(order)


class Account:
    """One run of a program over bars: of its first symbol, and of the `others` that it trades or looks at."""

    def __init__(
        self, program: ast.Program, bars: History, deposit: float = 10_000.0, leverage: int = 100,
        others: Mapping[str, History] | None = None,
    ) -> None:  # fmt: skip
        own = program.symbol or ""
        histories = {own: bars, **(others or {})}
        self.ledger = Ledger(deposit, leverage)
        self.alerts: list[Alert] = []
        self.rules = program.rules
        traded = [own, *program.also]
        named = [r.symbol for r in self.rules if isinstance(r, (ast.Entry, ast.Exit, ast.Reduce)) and r.symbol]
        self.desks = {
            name: Desk(program, name, histories[name], self.ledger, histories, self.floating)
            for name in dict.fromkeys([*traded, *named])
        }
        self.deciders = [self.desks[name] for name in traded]
        number = self.deciders[0].values.number
        skips = [r for r in self.rules if isinstance(r, ast.Skip)]
        self.ledger.skips = [[r.result, int(number(r.entries)), 0] for r in skips]

    @property
    def trades(self) -> list[Trade]:
        return self.ledger.trades

    @property
    def refusals(self) -> list[tuple[int, str]]:
        return [refusal for desk in self.desks.values() for refusal in desk.refusals]

    @property
    def conflicts(self) -> int:
        return sum(desk.conflicts for desk in self.desks.values())

    @property
    def ambiguous(self) -> int:
        return sum(desk.ambiguous for desk in self.desks.values())

    def floating(self) -> float:
        return sum(desk.floating() for desk in self.desks.values())

    def run(self) -> Account:
        """At each open time: the first ticks in the order of the symbols, then what is inside the bars."""
        times = sorted({t for desk in self.desks.values() for t in desk.bars.time})
        over: set[str] = set()
        for t in times:
            opening = [desk for desk in self.desks.values() if t in desk.bars.place]
            ended = [d for d in self.desks.values() if d.bars.time[-1] < t and d.name not in over]
            for desk in opening:
                desk.arrive(desk.bars.place[t])
                if desk not in self.deciders:
                    desk.manage()
            for desk in self.deciders:
                if desk in opening:
                    self.first_tick(desk)
                elif desk in ended:
                    self.last_close(desk)
            self.close_all(ended)
            over |= {desk.name for desk in ended}
            for desk in opening:
                desk.time = t
                desk.inside(desk.j)
                desk.at_close(desk.j)
        left = [desk for desk in self.desks.values() if desk.name not in over]
        for desk in self.deciders:
            if desk in left:
                self.last_close(desk)
        self.close_all(left)
        return self

    def last_close(self, desk: Desk) -> None:
        """The last bar's close is said too, though nothing is traded on it."""
        desk.j, desk.time = len(desk.bars), desk.bars.ends(len(desk.bars) - 1)
        self.alert(desk)
        desk.j -= 1  # others may still ask what is open in it is worth, at its last price

    def close_all(self, desks: Sequence[Desk]) -> None:
        """Rule 18: bars of these symbols have ended."""
        for desk in desks:
            desk.arrive(len(desk.bars) - 1)
            desk.bid = desk.bars.close[-1]
            for position in list(desk.positions):
                desk.close_now(position, "end_of_data")

    def first_tick(self, desk: Desk) -> None:
        """Rule 4: plans, exits and reduces, cancels, alerts, entries: what was decided at the close before."""
        desk.manage()
        if desk.j == 0:
            return
        for other in self.desks.values():
            other.time = desk.time  # a symbol without a bar here stands at its last price
        for number, rule in enumerate(self.rules):
            if isinstance(rule, (ast.Exit, ast.Reduce)) and self.traded(rule, desk).goes_on:
                self.traded(rule, desk).leave(rule, number, desk)
        desk.cancel()
        self.alert(desk)
        entries = [r for r in self.rules if isinstance(r, ast.Entry)]
        wanted = [r for r in entries if desk.wants(r, self.traded(r, desk))]
        if not wanted or not desk.in_time(desk.j - 1):
            return
        for traded in dict.fromkeys(self.traded(r, desk) for r in wanted if self.traded(r, desk).goes_on):
            traded.enter([r for r in wanted if self.traded(r, desk) is traded], desk)

    def alert(self, desk: Desk) -> None:
        for rule in desk.alerts:
            if desk.values.true(rule.when, desk.j - 1, desk.about(None, desk)):
                self.alerts.append(Alert(desk.bars.ends(desk.j - 1), desk.name, rule.text))

    def traded(self, rule: ast.Entry | ast.Exit | ast.Reduce, desk: Desk) -> Desk:
        return self.desks[rule.symbol] if rule.symbol is not None else desk


def simulate(program: ast.Program, bars: History, deposit: float = 10_000.0) -> list[Trade]:
    """The trades, in the order of their entries."""
    trades = Account(program, bars, deposit).run().trades
    return sorted(trades, key=lambda t: (t.entry_time, t.exit_time))
