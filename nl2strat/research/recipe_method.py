"""The statements of a method of a generated class, as instructions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from mas.compiled import layout as k
from nl2strat.research.recipe_orders import Orders
from nl2strat.research.recipe_policy import Policy
from nl2strat.research.recipe_reading import NotCompiled, called, is_none, is_word, method, name_of


class Method(Policy, Orders):
    """Writes the statements of one method; an entry method is written where it is called."""

    def body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant()):
                return
            case ast.Expr(value=ast.Call() as call):
                self.act(call)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.assign(name, value)
            case ast.Assign(targets=[ast.Tuple(elts=elements)], value=ast.Call() as call):
                self.split([name_of(element) for element in elements], call)
            case ast.If(test=test, body=body, orelse=orelse):
                self.branch(test, body, orelse)
            case ast.For(target=target, iter=source, body=body):
                self.loop(target, source, body)
            case _:
                raise NotCompiled(f"`{ast.unparse(node)[:60]}`")

    def assign(self, name: str, value: ast.expr) -> None:
        self.made.pop(name, None)
        if isinstance(value, ast.Tuple) or is_none(value) or called(value) in ("Limits", "R", "Percent"):
            self.made[name] = value
            return
        found = self.expression(value)
        if name not in self.locals:  # one register for a name: what is after a branch does not know which was taken
            self.locals[name] = self.writer.room()
        self.emit(k.MOVE, self.locals[name], found)

    def branch(self, test: ast.expr, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
        skip = self.emit(k.JUMP_IF_NOT, self.expression(test), 0)
        before = {name: self.made.get(name) for name in (*self.locals, *self.made)}
        policy = self.policy, self.pending
        self.body(body)
        self.unchanged(before)
        known = (self.policy, self.pending) == policy
        self.policy, self.pending = policy
        if orelse:
            past = self.emit(k.JUMP, 0, 0)
            self.land(skip)
            self.body(orelse)
            self.unchanged(before)
            self.land(past)
        else:
            self.land(skip)
        if not known or (self.policy, self.pending) != policy:
            self.policy = -1  # which one let the last entry through depends on the branch

    def unchanged(self, before: Mapping[str, ast.expr | None]) -> None:
        """What is looked at where it is used must be the same whichever branch was taken."""
        for name, made in before.items():
            if self.made.get(name) is not made:
                raise NotCompiled(f"`{name}` that depends on a branch")

    def loop(self, target: ast.expr, source: ast.expr, body: Sequence[ast.stmt]) -> None:
        match source:
            case ast.Call(func=ast.Attribute(attr="trades"), args=[_, *sides]):
                self.over_trades(self.side_of(source.args, sides), body)
            case ast.Tuple(elts=rows):
                names = [name_of(e) for e in target.elts] if isinstance(target, ast.Tuple) else [name_of(target)]
                for row in rows:
                    cells = row.elts if isinstance(row, ast.Tuple) else [row]
                    for name, cell in zip(names, cells, strict=True):
                        self.assign(name, cell)
                    self.body(body)
            case _:
                raise NotCompiled(f"the loop over `{ast.unparse(source)[:60]}`")

    def over_trades(self, side: int, body: Sequence[ast.stmt]) -> None:
        """`for trade in self.trades(symbol, side)`."""
        state, self.trade = self.writer.room(4), self.writer.room(k.TRADE_FIELDS)
        self.emit(k.FIRST_TRADE, state)
        top = self.emit(k.NEXT_TRADE, state, self.trade, side, 0, state + 1)
        self.body(body)
        self.emit(k.JUMP, 0, top)
        self.land(top)
        self.trade = -1

    # ------------------------------------------------------------- calls for their effect

    def act(self, call: ast.Call) -> None:
        name = method(call)
        if name in self.entries:
            self.enter(name, call)
        elif name == "close_trade":
            if len(call.args) != 2 or not is_word(call.args[1], "signal"):
                raise NotCompiled("a closing for another reason than a signal")
            self.emit(k.CLOSE_TRADE, self.trade)
        elif name == "reduce_trade":
            self.reduce(call)
        elif name == "alert":
            return
        elif name == "cancel_orders":
            self.emit(k.CANCEL, self.side_of(call.args, call.args[1:]))
        elif name == "send_order":
            self.send(call)
        elif name == "manage":
            self.manage(call)
        else:
            raise NotCompiled(f"`{ast.unparse(call)[:60]}`")

    def enter(self, name: str, call: ast.Call) -> None:
        self.own_symbol(call.args)
        inner = Method(self.writer, {})
        inner.policy, inner.pending = self.policy, self.pending
        inner.body(self.entries[name].body)

    def reduce(self, call: ast.Call) -> None:
        words = {word.arg: word.value for word in call.keywords}
        rule = self.writer.number(self.writer.reductions, ast.unparse(words["rule"]))
        lots = "lots" in words
        if rule > 40:
            raise NotCompiled("so many reductions")
        amount = self.expression(words["lots" if lots else "percent"])
        self.emit(k.REDUCE_TRADE, self.trade, rule, amount, int(lots))
