"""The orders of a generated class and what happens after them, as registers of the kernel."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from mas.compiled import layout as k
from nl2strat.research.recipe_reading import NotCompiled, called, daily, is_none, is_word
from nl2strat.research.recipe_values import Values
from nl2strat.research.recipe_writer import Times

_ORDERS = (
    "buy", "sell", "buy_limit", "sell_limit", "buy_stop", "sell_stop", "buy_stop_limit", "sell_stop_limit",
)  # fmt: skip
_DISTANCES = {
    "stop_distance": k.M_STOP, "target_distance": k.M_TARGET, "trail": k.M_TRAIL, "trail_after": k.M_TRAIL_AFTER,
    "trail_line_after": k.M_LINE_AFTER, "break_even_after": k.M_EVEN_AFTER, "break_even_plus": k.M_EVEN_PLUS,
    "average_target": k.M_AVERAGE,
}  # fmt: skip
_WRITTEN = (k.M_GROUP, k.M_CLOSE_AFTER, k.M_VALID)
"""Columns of a plan that the kernel changes when it takes the plan up."""


class Orders(Values):
    """Writes `self.send_order` and `self.manage`."""

    def send(self, call: ast.Call) -> int:
        items = call.args[0]
        if not isinstance(items, ast.Dict):
            raise NotCompiled("an order whose parameters are not written out")
        given = {key.value: value for key, value in zip(items.keys, items.values, strict=True)
                 if isinstance(key, ast.Constant)}  # fmt: skip
        self.own_symbol([given.pop("symbol")])
        kind = given.pop("order_type")
        if not isinstance(kind, ast.Constant) or kind.value not in _ORDERS:
            raise NotCompiled(f"{ast.unparse(kind)} orders")
        number = _ORDERS.index(kind.value)
        if self.policy < 0 or (number > 1) != self.pending:
            raise NotCompiled("an order that no entry policy lets through")
        for ignored in ("magic", "backtest_toggle"):
            given.pop(ignored, None)
        comment = given.pop("comment")
        rule = self.writer.number(self.writer.rules, ast.unparse(comment))
        first = self.writer.room(k.ORDER_FIELDS)
        places = {"volume": k.S_VOLUME, "price": k.S_PRICE, "sl": k.S_SL, "tp": k.S_TP, "stoplimit": k.S_STOP_LIMIT}
        for place in range(k.ORDER_FIELDS):
            self.put(first + place, self.writer.constant(k.NONE))
        for key, value in given.items():
            if key not in places:
                raise NotCompiled(f"an order with `{key!s}`")
            self.put(first + places[key], self.expression(value))
        answer = self.writer.room()
        self.emit(k.SEND, answer, number, rule, first, self.policy)
        return answer

    def manage(self, call: ast.Call) -> None:
        ticket = self.expression(call.args[0])
        first = self.writer.room(k.PLAN_FIELDS)
        usual = dict.fromkeys(range(k.PLAN_FIELDS), 0.0)
        usual |= {k.M_CLOSE_AFTER: k.NONE, k.M_VALID: k.NONE, k.M_ADDS: k.NONE, k.M_CLOSE_AT: -1.0, k.M_CANCEL_AT: -1.0}
        usual[k.M_LINE] = float(k.NO_LINE)
        for place, value in usual.items():
            if place in _WRITTEN:
                self.emit(k.MOVE, first + place, self.writer.constant(value))
            else:
                self.put(first + place, self.writer.constant(value))
        ends = [word.value for word in call.keywords if word.arg in ("valid_until", "cancel_at")]
        over = [time for value in ends for time in self.times(value)]
        if over:  # both end a waiting order in the same way
            self.daily(tuple(over), first + k.M_CANCEL_AT)
        for word in call.keywords:
            if word.arg not in ("valid_until", "cancel_at"):
                self.clause(word.arg or "", word.value, first)
        self.emit(k.MANAGE, ticket, first, max(self.policy, 0))

    def clause(self, name: str, value: ast.expr, first: int) -> None:
        """One argument of `self.manage`."""
        writer = self.writer
        if isinstance(value, ast.Name) and value.id in self.made:
            value = self.made[value.id]
        if is_none(value):
            return
        if name in _DISTANCES:
            self.distance(value, first + _DISTANCES[name])
        elif name in ("close_after", "valid_bars"):
            place = k.M_CLOSE_AFTER if name == "close_after" else k.M_VALID
            self.emit(k.MOVE, first + place, self.expression(value))
        elif name == "close_at":
            self.daily(self.times(value), first + k.M_CLOSE_AT)
        elif name == "add":
            self.add(value, first)
        elif name == "target_steps" and isinstance(value, ast.Tuple):
            self.steps(value.elts, first)
        elif name in ("group", "replaces"):
            number = float(writer.number(writer.groups, ast.unparse(value)) + 1)
            if number > 60:
                raise NotCompiled("so many entry rules")
            if name == "group":
                self.emit(k.MOVE, first + k.M_GROUP, writer.constant(number))
            else:
                self.put(first + k.M_TAG, writer.constant(number))
        elif name in ("reverses", "one_cancels_other"):
            place = k.M_REVERSES if name == "reverses" else k.M_ONE_CANCELS
            self.put(first + place, self.expression(value))
        elif name == "trail_line":
            self.line(value, first)
        elif name == "locks" and isinstance(value, ast.Tuple) and len(value.elts) <= k.MOST_LOCKS:
            self.put(first + k.M_LOCKS, writer.constant(float(len(value.elts))))
            for n, lock in enumerate(value.elts):
                profit, after = lock.elts if isinstance(lock, ast.Tuple) else (lock, lock)
                self.distance(profit, first + k.M_LOCK + 4 * n)
                self.distance(after, first + k.M_LOCK + 4 * n + 2)
        else:
            raise NotCompiled(f"the clause `{name}`")

    def times(self, value: ast.expr) -> Times:
        """Daily times that are written out, or in a local."""
        if isinstance(value, ast.Name) and value.id in self.made:
            value = self.made[value.id]
        if not isinstance(value, ast.Tuple):
            raise NotCompiled(f"the daily times `{ast.unparse(value)[:60]}`")
        return tuple(daily(row) for row in value.elts)

    def daily(self, times: Times, place: int) -> None:
        """Have a register hold the number of a set of daily times."""
        if times not in self.writer.extra:
            self.writer.extra.append(times)
        self.put(place, self.writer.constant(float(self.writer.extra.index(times))))

    def add(self, value: ast.expr, first: int) -> None:
        """`Adds(3, every=..., way="against", factor=2)`."""
        if called(value) != "Adds" or not isinstance(value, ast.Call) or len(value.args) != 1 or self.policy < 0:
            raise NotCompiled(f"`{ast.unparse(value)[:60]}`")
        words = {word.arg: word.value for word in value.keywords}
        self.put(first + k.M_ADDS, self.expression(value.args[0]))
        self.distance(words["every"], first + k.M_ADD_EVERY)
        self.put(first + k.M_ADD_AGAINST, self.writer.constant(float(is_word(words["way"], "against"))))
        factor = self.expression(words["factor"]) if "factor" in words else self.writer.constant(1.0)
        self.put(first + k.M_ADD_FACTOR, factor)

    def steps(self, rows: Sequence[ast.expr], first: int) -> None:
        """Target steps, (bars, distance or the name of a price) each."""
        cells = [row.elts for row in rows if isinstance(row, ast.Tuple) and len(row.elts) == 2]
        if len(cells) != len(rows) or len(rows) > k.MOST_STEPS:
            raise NotCompiled("so many target steps")
        ages = [age.value for age, _ in cells if isinstance(age, ast.Constant) and isinstance(age.value, int)]
        if len(ages) != len(rows) or sorted(ages) != ages:  # the class sorts them by their ages
            raise NotCompiled("target steps at ages that are inputs or out of order")
        self.put(first + k.M_STEPS, self.writer.constant(float(len(rows))))
        for n, (age, target) in enumerate(cells):
            place = first + k.M_STEP + 3 * n
            self.put(place, self.expression(age))
            if isinstance(target, ast.Constant) and isinstance(target.value, str):
                if target.value not in self.writer.extra:
                    self.writer.extra.append(target.value)
                self.put(place + 1, self.writer.constant(float(k.BY_LINE)))
                self.put(place + 2, self.writer.constant(float(self.writer.extra.index(target.value))))
            else:
                self.distance(target, place + 1)

    def distance(self, value: ast.expr, place: int) -> None:
        kind = {"R": k.BY_R, "Percent": k.BY_PERCENT}.get(called(value), k.BY_PRICE)
        amount = value.args[0] if kind != k.BY_PRICE and isinstance(value, ast.Call) else value
        found = self.expression(amount)
        self.put(place, self.writer.constant(float(kind)))
        self.put(place + 1, found)

    def line(self, value: ast.expr, first: int) -> None:
        """What the stop follows: a price that is looked up at each close, or a fixed one."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            if value.value not in self.writer.extra:
                self.writer.extra.append(value.value)
            number = self.writer.extra.index(value.value)
            self.put(first + k.M_LINE, self.writer.constant(float(number)))
            return
        found = self.expression(value)
        self.put(first + k.M_LINE, self.writer.constant(float(k.FIXED_LINE)))
        self.put(first + k.M_LINE_PRICE, found)
