"""One method per entry rule: price, stop, risk, target, volume, the order, and the plan for managing it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from mas.dataclass import dataclass
from nl2strat.codegen.arrays import Signals
from nl2strat.codegen.clauses import Clauses, Plan, times_of
from nl2strat.codegen.code import Atom, Call, Code, Infix, Row, literal
from nl2strat.codegen.layout import STEP, Block
from nl2strat.codegen.names import Names
from nl2strat.codegen.policy import Policy
from nl2strat.codegen.position import Position, Scalars
from nl2strat.codegen.scope import Scope
from nl2strat.codegen.volumes import factor_of, volume_of, within
from nl2strat.language import ast
from nl2strat.language.printer import print_rule


@dataclass(frozen=True)
class Method:
    """A finished method, and what it needs from elsewhere."""

    name: str
    lines: tuple[str, ...]
    doc: str
    needs: tuple[ast.Expr, ...]
    imports: frozenset[str]


@dataclass(frozen=True)
class Part:
    """One of several orders of an entry."""

    volume: str
    """The local that holds its volume."""
    share: Code | None
    """None for the one that takes the rest."""
    target: Code | None
    distance: Code | None
    steps: Row | None = None
    """Its target steps: only what no `take` claims has any."""

    def row(self, columns: Sequence[str]) -> Row:
        """Its values of the loop's variables."""
        none = Atom("None")
        values = {
            "volume": Atom(self.volume),
            "target": self.target or none,
            "distance": self.distance or none,
            "steps": self.steps or Row(()),
        }
        return Row(tuple(values[column] for column in columns))


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
        self.clauses = Clauses(rule, name, scope, self.scalars, policy)
        self.steps: list[tuple[str, Code]] = []

    def method(self) -> Method:
        """The method, indented for a class body."""
        trigger = self._entry_price()
        has_stop = self._stop()
        if has_stop:
            towards = ("entry", "stop") if self.long else ("stop", "entry")
            self.steps.append(("risk", Infix("-", (Atom(towards[0]), Atom(towards[1])))))
        if self.rule.scale is not None:
            self.steps.append(("size_factor", factor_of(self.rule.scale, self.scope)))
        block = Block(8, Names())
        if self.rule.takes:
            self._parts(block, trigger, has_stop)
        else:
            self._whole(block, trigger, has_stop)
        doc = "\n".join([self._summary(), *self._clauses()])
        return Method(self.name, tuple(block.lines), doc, tuple(self.scalars.needs), frozenset(self.scalars.imports))

    def _whole(self, block: Block, trigger: str | None, has_stop: bool) -> None:
        """One order for the whole position."""
        target, volume = self._target("target", self.rule.target), volume_of(self.rule, self.scope)
        plan = self.clauses.plan(self.clauses.target_distance(target, self.rule.target))
        order = self._order(trigger, has_stop, target, volume)
        self._write_steps(block, [*(code for _, code in order), *plan.codes])
        with self._within_volume(block, volume) as volume:
            self._write_order(block, self._order(trigger, has_stop, target, volume), plan)

    @contextmanager
    def _within_volume(self, block: Block, volume: Code) -> Iterator[Code]:
        """Under the condition that so much may be opened, if the program says how much; the volume as a local then."""
        at_most = self.policy.volume_at_most
        if at_most is None or self.rule.order is not None:  # a waiting order is judged when it fills
            yield volume
            return
        if not isinstance(volume, Atom):
            name = "total" if self.rule.takes else "volume"
            block.assign(name, volume)
            volume = Atom(name)
        block.statement("if ", within(volume, self.scope.count(at_most)), ":")
        with block.indented():
            yield volume

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

    # --------------------------------------------------------------- writing

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
        for key, rules in (("close_at", self.policy.close_at), ("cancel_at", self.policy.cancel_at)):
            if key in texts:
                self.clauses.uses("clock")
                block.rows(f"{key} = ", times_of(rules), spread=len(rules) > 1)

    def _write_order(self, block: Block, order: Sequence[tuple[str, Code]], plan: Plan) -> None:
        items = [(key, self._rows(block, key, code)) for key, code in plan.items]
        order = [(key, self._fitted(block, key, code)) for key, code in order]
        block.line(f"{'order_id = ' if items else ''}self.send_order(")
        with block.indented():
            block.mapping("", order)
        block.line(")")
        if items:
            arguments = (Atom("order_id"), *(code for _, code in items))
            block.statement("", Call("self.manage", arguments, tuple(key for key, _ in items)))

    def _fitted(self, block: Block, key: str, code: Code) -> Code:
        """A value that would not fit into the line of its key gets a local variable of its name."""
        if len(f'"{key}": {code.text},') <= block.room - 2 * STEP or not code.children:
            return code
        block.assign(key, code)
        return Atom(key)

    def _rows(self, block: Block, key: str, code: Code) -> Code:
        """Rows that would not fit into the line of their argument get a local variable of its name."""
        if not isinstance(code, Row) or len(f"{key}={code.text},") <= block.room - STEP:
            return code
        block.rows(f"{key} = ", [block.fitted(row, block.room - STEP - 1).text for row in code.items])
        return Atom(key)

    # ------------------------------------------------------------------ parts

    def _parts(self, block: Block, trigger: str | None, has_stop: bool) -> None:
        """Several orders, one per part of the position, each with its own target."""
        parts = self._part_list()
        volume = replace(volume_of(self.rule, self.scope), name="total")
        columns = ["volume", "target"]
        if any(part.distance is not None for part in parts):
            columns.append("distance")
        if self.rule.target_steps:
            columns.append("steps")
        order = self._order(trigger, has_stop, Atom("target"), Atom("volume"))
        plan = self.clauses.plan(Atom("distance") if "distance" in columns else None)
        rows = [part.row(columns) for part in parts]
        own = [code for code in (*(code for _, code in order), *plan.codes) if code.text not in columns]
        self._write_steps(block, [*own, *(code for row in rows for code in row.items), volume])
        shares = tuple(part.share for part in parts if part.share is not None)
        names = [part.volume for part in parts]
        with self._within_volume(block, volume) as total:
            split = Call("self.split_volume", (Atom("symbol"), total, *shares), name="volumes")
            block.assign(", ".join(names) + ("," if len(names) == 1 else ""), split)
            block.rows(f"for {', '.join(columns)} in ", [row.text for row in rows], ":")
            with block.indented():
                block.line("if volume > 0:")
                with block.indented():
                    self._write_order(block, order, plan)

    def _part_list(self) -> list[Part]:
        """Every part of the entry; the last takes the rest."""
        result: list[Part] = []
        for n, take in enumerate(self.rule.takes, 1):
            target = self._target(f"target_{n}", take.bracket)
            distance = self.clauses.target_distance(target, take.bracket)
            share = self.scope.count(take.share)
            if take.lots:
                share = Call(self.clauses.uses("Lots"), (share,))
            result.append(Part(f"volume_{n}", share, target, distance))
        if self._takes_everything():
            return [*result[:-1], replace(result[-1], share=None)]
        final = self._target("target_rest", self.rule.target)
        distance = self.clauses.target_distance(final, self.rule.target)
        return [*result, Part("rest", None, final, distance, self.clauses.target_steps())]

    def _takes_everything(self) -> bool:
        shares = [self.scope.expanded(take.share) for take in self.rule.takes if not take.lots]
        return all(isinstance(s, ast.Number) for s in shares) and sum(s.value for s in shares) >= 100  # type: ignore[union-attr, misc]

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
