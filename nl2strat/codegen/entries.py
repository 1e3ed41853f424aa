"""One method per entry rule: price, stop, risk, target, volume, the order, and the plan for managing it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nl2strat.codegen.arrays import Signals, days_tuple
from nl2strat.codegen.code import Atom, Call, Code, Infix, literal
from nl2strat.codegen.layout import Block
from nl2strat.codegen.names import Names
from nl2strat.codegen.position import Position, Scalars
from nl2strat.codegen.scope import Scope, refuse
from nl2strat.language import ast
from nl2strat.language.printer import print_rule

DEFAULT_LOTS = Atom("0.1")


@dataclass(frozen=True)
class Policy:
    """The rules that all entries share."""

    close_at: tuple[ast.CloseAt, ...] = ()
    reversal: bool = True


@dataclass(frozen=True)
class Method:
    """A finished method, and what it needs from elsewhere."""

    name: str
    lines: tuple[str, ...]
    doc: str
    needs: tuple[ast.Expr, ...]
    imports: frozenset[str]


@dataclass
class Plan:
    """The arguments of `self.manage` in order, those that are used."""

    items: list[tuple[str, Code]] = field(default_factory=list)

    def add(self, key: str, value: Code | None) -> None:
        if value is not None:
            self.items.append((key, value))


class EntryWriter:
    """Writes the method of one entry rule."""

    def __init__(self, rule: ast.Entry, name: str, scope: Scope, signals: Signals, policy: Policy) -> None:
        self.rule = rule
        self.name = name
        self.scope = scope
        self.policy = policy
        self.long = rule.side == "long"
        self.position = Position(entry="entry", risk="risk", pip="pip", point="point", column="")
        self.scalars = Scalars(scope, signals, self.position)
        self.steps: list[tuple[str, Code]] = []

    def method(self) -> Method:
        """The method, indented for a class body."""
        trigger = self._entry_price()
        has_stop = self._stop()
        if has_stop:
            towards = ("entry", "stop") if self.long else ("stop", "entry")
            self.steps.append(("risk", Infix("-", (Atom(towards[0]), Atom(towards[1])))))
        block = Block(8, Names())
        if self.rule.takes:
            self._parts(block, trigger, has_stop)
        else:
            target = self._target("target", self.rule.target)
            self._write(
                block,
                self._order(trigger, has_stop, target, self._volume()),
                self._plan(self._target_distance(target, self.rule.target)),
            )
        doc = "\n".join([self._summary(), *self._clauses()])
        return Method(self.name, tuple(block.lines), doc, tuple(self.scalars.needs), frozenset(self.scalars.imports))

    # ---------------------------------------------------------------- prices

    def _entry_price(self) -> str | None:
        """The price the order is expected to fill at; returns the local that holds a stop-limit's trigger."""
        order = self.rule.order
        if order is None:
            self.steps.append(("entry", Call("self.ask" if self.long else "self.bid", (Atom("symbol"),))))
            return None
        if order.limit is None:
            self.steps.append(("entry", self._rounded(self.scalars.number(order.price))))
            return None
        self.steps.append(("trigger", self._rounded(self.scalars.number(order.price))))
        self.steps.append(("entry", self._rounded(self.scalars.number(order.limit))))
        return "trigger"

    def _stop(self) -> bool:
        """The stop as sent: the one asked for, else where a trailing stop starts."""
        rule = self.rule
        if rule.stop is not None:
            self.steps.append(("stop", self._level(rule.stop, against=True)))
        elif rule.trail is not None and rule.trail.after is None:
            self.steps.append(("stop", self._level(ast.Offset(rule.trail.distance), against=True)))
        else:
            return False
        return True

    def _target(self, name: str, bracket: ast.Bracket | None) -> Code | None:
        if bracket is None:
            return None
        self.steps.append((name, self._level(bracket, against=False)))
        return Atom(name)

    def _level(self, bracket: ast.Bracket, *, against: bool) -> Code:
        """A bracket as a price; `against` the position for stops."""
        if isinstance(bracket, ast.Level):
            return self._rounded(self.scalars.number(bracket.price))
        sign = "-" if against == self.long else "+"
        return self._rounded(Infix(sign, (Atom("entry"), self._distance(bracket.distance))))

    def _rounded(self, price: Code) -> Code:
        return Call("self.round_price", (Atom("symbol"), price), name="price")

    def _distance(self, expr: ast.Expr) -> Code:
        return self.scalars.number(expr, percent_of="entry")

    # ----------------------------------------------------------------- order

    def _volume(self) -> Code:
        symbol, risk = Atom("symbol"), Atom("risk")
        waiting = self.rule.order is not None  # its value is counted at its own price, not at the market's
        price: tuple[Code, ...] = (Atom("entry"),) if waiting else ()
        at = ("price",) if waiting else ()
        match self.rule.size:
            case None:
                return DEFAULT_LOTS
            case ast.Lots(lots):
                return self.scope.count(lots)
            case ast.Share(percent, base):
                values: tuple[Code, ...] = (symbol, self.scope.count(percent), Atom(literal(base)))
                return Call("self.lots_for_share", (*values, *price), ("of", *at), name="volume")
            case ast.Risk(percent, base):
                values = (symbol, self.scope.count(percent), risk, Atom(literal(base)))
                return Call("self.lots_for_risk", (*values, *price), ("of", *at), name="volume")
            case ast.RiskMoney(amount):
                values = (symbol, self.scope.count(amount), risk)
                return Call("self.lots_for_money_risk", (*values, *price), at, name="volume")

    def _order_type(self) -> str:
        order, side = self.rule.order, "buy" if self.long else "sell"
        if order is None:
            return side
        return f"{side}_stop_limit" if order.limit is not None else f"{side}_{order.kind}"

    def _order(self, trigger: str | None, has_stop: bool, target: Code | None, volume: Code) -> list[tuple[str, Code]]:
        items: list[tuple[str, Code]] = [
            ("symbol", Atom("symbol")),
            ("order_type", Atom(literal(self._order_type()))),
            ("volume", volume),
        ]
        if self.rule.order is not None:
            items.append(("price", Atom(trigger or "entry")))
        if trigger is not None:
            items.append(("stoplimit", Atom("entry")))
        if has_stop:
            items.append(("sl", Atom("stop")))
        if target is not None:
            items.append(("tp", target))
        return [
            *items,
            ("magic", Atom("self.magic")),
            ("comment", Atom(literal(self.name))),
            ("backtest_toggle", Atom("self.toggle")),
        ]

    # ------------------------------------------------------------------ plan

    def _plan(self, target_distance: Code | None) -> Plan:
        rule, plan = self.rule, Plan()
        if rule.takes:
            plan.add("group", Atom(literal(self.name)))
        if rule.order is not None:
            self._plan_pending(plan, target_distance)
        if rule.trail is not None:
            plan.add("trail", self._planned(rule.trail.distance))
            plan.add("trail_after", self._planned(rule.trail.after))
        if rule.breakeven is not None:
            plan.add("break_even_after", self._planned(rule.breakeven.after))
            plan.add("break_even_plus", self._planned(rule.breakeven.plus))
        if rule.close_after is not None:
            plan.add("close_after", self.scope.count(rule.close_after))
        if self.policy.close_at:
            plan.add("close_at", Atom("close_at"))
        return plan

    def _plan_pending(self, plan: Plan, target_distance: Code | None) -> None:
        """What a waiting order needs: how long it waits, and distances to set again from the real fill."""
        rule = self.rule
        if isinstance(rule.stop, ast.Offset):
            plan.add("stop_distance", self._at_fill(rule.stop.distance) or Atom("risk"))
        elif rule.stop is None and rule.trail is not None and rule.trail.after is None:
            plan.add("stop_distance", self._at_fill(rule.trail.distance) or Atom("risk"))
        plan.add("target_distance", target_distance)
        if rule.valid is not None:
            plan.add("valid_bars", self.scope.count(rule.valid))
        plan.add("replaces", Atom(literal(self.name)))
        if self.policy.reversal:
            plan.add("reverses", Atom("True"))

    def _target_distance(self, target: Code | None, bracket: ast.Bracket | None) -> Code | None:
        """The distance that a waiting order's target keeps from the real fill; None for a target at a price."""
        if self.rule.order is None or target is None or not isinstance(bracket, ast.Offset):
            return None
        ends = (target, Atom("entry")) if self.long else (Atom("entry"), target)
        return self._at_fill(bracket.distance) or Infix("-", ends)

    def _planned(self, expr: ast.Expr | None) -> Code | None:
        return None if expr is None else self._at_fill(expr) or self._distance(expr)

    def _at_fill(self, distance: ast.Expr) -> Code | None:
        """`Percent(1)`, `R(2)`: what a waiting order only knows once it has filled; None for any other distance."""
        if self.rule.order is None:
            return None
        expanded = self.scope.expanded(distance)
        units = {node.unit for node in ast.walk(expanded) if isinstance(node, ast.Quantity)}
        if not (units & {"%", "R"} if self._risk_varies() else units & {"%"}):
            return None
        if not isinstance(expanded, ast.Quantity):
            raise refuse(distance, "with a waiting order, write % or R alone: how much it is depends on the fill")
        return Call(self._import("Percent" if expanded.unit == "%" else "R"), (self.scope.count(expanded.amount),))

    def _risk_varies(self) -> bool:
        """Whether 1R depends on where a waiting order fills: the stop is at a price, or a percent of the fill."""
        stop = self.rule.stop
        if stop is None and self.rule.trail is not None:
            stop = ast.Offset(self.rule.trail.distance)
        distance = self.scope.expanded(stop.distance) if isinstance(stop, ast.Offset) else None
        return isinstance(stop, ast.Level) or (isinstance(distance, ast.Quantity) and distance.unit == "%")

    def _import(self, name: str) -> str:
        self.scalars.imports.add(name)
        return name

    # --------------------------------------------------------------- writing

    def _write(self, block: Block, order: Sequence[tuple[str, Code]], plan: Plan) -> None:
        self._write_steps(block, [code for _, code in (*order, *plan.items)])
        self._write_order(block, order, plan)

    def _write_steps(self, block: Block, uses: Sequence[Code]) -> None:
        """The local variables that the order and the plan use, in order, after what these need themselves."""
        needed: list[tuple[str, Code]] = []
        texts = [code.text for code in uses]
        for name, code in reversed(self.steps):
            if any(_mentions(text, name) for text in texts):
                needed.insert(0, (name, code))
                texts.append(code.text)
        for unit in ("pip", "point"):
            if any(_mentions(text, unit) for text in texts):
                block.line(f"{unit} = self.{unit}(symbol)")
        for name, code in needed:
            block.assign(name, code)
        if any(text == "close_at" for text in texts):
            self._write_close_at(block)

    def _write_close_at(self, block: Block) -> None:
        self._import("clock")
        items = [_close_at(item) for item in self.policy.close_at]
        if len(items) == 1 and len(f"close_at = ({items[0]},)") <= block.room:
            block.line(f"close_at = ({items[0]},)")
            return
        block.line("close_at = (")
        with block.indented():
            for item in items:
                block.line(item + ",")
        block.line(")")

    def _write_order(self, block: Block, order: Sequence[tuple[str, Code]], plan: Plan) -> None:
        block.line(f"{'order_id = ' if plan.items else ''}self.send_order(")
        with block.indented():
            block.mapping("", order)
        block.line(")")
        if plan.items:
            arguments = (Atom("order_id"), *(code for _, code in plan.items))
            block.statement("", Call("self.manage", arguments, tuple(key for key, _ in plan.items)))

    # ------------------------------------------------------------------ parts

    def _parts(self, block: Block, trigger: str | None, has_stop: bool) -> None:
        """Several orders, one per part of the position, each with its own target."""
        parts = self._part_list()
        volume = replace(self._volume(), name="total")
        shares = [share for _, share, _, _ in parts if share is not None]
        pending = any(distance is not None for *_, distance in parts)
        order = self._order(trigger, has_stop, Atom("target"), Atom("volume"))
        plan = self._plan(Atom("distance") if pending else None)
        rows = [(Atom(name), target, distance or Atom("None")) for name, _, target, distance in parts]
        rows_code = [code for row in rows for code in (row if pending else row[:2])]
        own = [code for _, code in (*order, *plan.items) if code.text not in ("target", "volume", "distance")]
        self._write_steps(block, [*own, *rows_code, volume])
        split = Call("self.split_volume", (Atom("symbol"), volume, *shares), name="volumes")
        names = [name for name, *_ in parts]
        block.assign(", ".join(names) + ("," if len(names) == 1 else ""), split)
        self._loop(
            block, ["(" + ", ".join(c.text for c in (row if pending else row[:2])) + ")" for row in rows], pending
        )
        with block.indented():
            block.line("if volume > 0:")
            with block.indented():
                self._write_order(block, order, plan)

    def _part_list(self) -> list[tuple[str, Code | None, Code, Code | None]]:
        """(local name of the volume, share, target, distance of the target) of every part; the last takes the rest."""
        result: list[tuple[str, Code | None, Code, Code | None]] = []
        for n, take in enumerate(self.rule.takes, 1):
            target = self._target(f"target_{n}", take.bracket)
            distance = self._target_distance(target, take.bracket)
            result.append((f"volume_{n}", self.scope.count(take.share), target or Atom("None"), distance))
        if self._takes_everything():
            name, _, target, distance = result.pop()
            return [*result, (name, None, target or Atom("None"), distance)]
        final = self._target("target_rest", self.rule.target)
        distance = self._target_distance(final, self.rule.target)
        return [*result, ("rest", None, final or Atom("None"), distance)]

    def _takes_everything(self) -> bool:
        shares = [self.scope.expanded(take.share) for take in self.rule.takes]
        return all(isinstance(s, ast.Number) for s in shares) and sum(s.value for s in shares) >= 100  # type: ignore[union-attr, misc]

    def _loop(self, block: Block, rows: Sequence[str], pending: bool) -> None:
        head = f"for volume, target{', distance' if pending else ''} in ("
        line = f"{head}{', '.join(rows)}{',' if len(rows) == 1 else ''}):"
        if len(line) <= block.room:
            block.line(line)
            return
        block.line(head)
        with block.indented():
            for row in rows:
                block.line(row + ",")
        block.line("):")

    # -------------------------------------------------------------------- words

    def _summary(self) -> str:
        order, verb = self.rule.order, "Buys" if self.long else "Sells short"
        if order is None:
            return f"{verb} at the market."
        if order.limit is not None:
            return f"{verb} with a stop-limit order."
        return f"{verb} with a {order.kind} order."

    def _clauses(self) -> list[str]:
        """The rule's clauses as they stand in the program."""
        clauses = [line.strip() for line in print_rule(self.rule).split("\n")[1:-1]]
        return ["", *clauses] if clauses else []


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.\"]){name}(?![\w\"(])", text) is not None


def _close_at(item: ast.CloseAt) -> str:
    zone = "None" if item.zone is None else literal(item.zone)
    return f'(clock("{item.clock.hour:02d}:{item.clock.minute:02d}"), {zone}, {days_tuple(item.days)})'
