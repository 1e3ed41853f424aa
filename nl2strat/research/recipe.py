"""From a generated class to what the kernel runs: `receive_bars` and the entry methods as instructions on registers.

The class itself is translated, statement by statement, and no second reading of the program is made. Whatever has no
case here raises `NotCompiled`, which names it; the class then runs as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mas.compiled import layout as k

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mas.symbols import SymbolSpec

_ARITHMETIC = {ast.Add: k.ADD, ast.Sub: k.SUBTRACT, ast.Mult: k.MULTIPLY, ast.Div: k.DIVIDE}
_COMPARISONS = {ast.Lt: k.LESS, ast.LtE: k.LESS_EQUAL, ast.Eq: k.EQUAL, ast.NotEq: k.UNEQUAL}
_TOLERANT = {
    "above": k.ABOVE, "below": k.BELOW, "at_least": k.AT_LEAST, "at_most": k.AT_MOST, "equal": k.ALIKE,
    "differ": k.DIFFER,
}  # fmt: skip
_WORDS = {"long": 1.0, "short": -1.0, "won": 1.0, "lost": 2.0}
_COLUMNS = ("open", "high", "low", "close")
_ORDERS = ("buy", "sell", "buy_limit", "sell_limit", "buy_stop", "sell_stop")
_EVENTS = ("entry", "exit", "loss", "win", "stop")
_SIDES = {"long": 1, "short": -1}
_DISTANCES = {
    "stop_distance": k.M_STOP, "target_distance": k.M_TARGET, "trail": k.M_TRAIL, "trail_after": k.M_TRAIL_AFTER,
    "trail_line_after": k.M_LINE_AFTER, "break_even_after": k.M_EVEN_AFTER, "break_even_plus": k.M_EVEN_PLUS,
}  # fmt: skip
_FACTS = {
    "entries_open": k.F_ENTRIES_OPEN, "entries_today": k.F_ENTRIES_TODAY, "result_today": k.F_RESULT_TODAY,
    "losses_in_a_row": k.F_LOSSES, "wins_in_a_row": k.F_WINS, "last_trade": k.F_LAST,
}  # fmt: skip
_SINCE = {"exit": k.F_SINCE_EXIT, "loss": k.F_SINCE_LOSS, "win": k.F_SINCE_WIN}

Times = tuple[tuple[int, str | None, tuple[str, ...]], ...]
"""Daily times: minute of the day, zone, days."""

Constant = float | str
"""A number, or the name of an input."""


class NotCompiled(Exception):
    """Something that the kernel does not run; the text names it."""


@dataclass(frozen=True)
class Recipe:
    """A class as the kernel runs it."""

    code: NDArray[np.int64]
    """Instructions, shape (instructions, 6)."""
    constants: tuple[Constant, ...]
    """What stands in the first registers."""
    registers: int
    conditions: tuple[str, ...]
    """Names of `signals`, in the order in which the instructions number them."""
    values: tuple[str, ...]
    extra: tuple[str | Times, ...]
    """What is looked up at every close: values that stops follow, and sets of daily times."""
    wakes_open: bool
    """Whether the strategy has a say at every close while something is open."""
    preset: tuple[tuple[int, Constant], ...] = ()
    """(register, what stands in it from the start) of registers that no instruction changes."""

    def registers_for(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """The register file of one configuration."""
        import numpy as np

        r = np.zeros(self.registers)
        r[: len(self.constants)] = [values[c] if isinstance(c, str) else c for c in self.constants]
        for register, c in self.preset:
            r[register] = values[c] if isinstance(c, str) else c
        return r


def recipe_of(python: str, spec: SymbolSpec) -> Recipe:
    """How the kernel runs a class.

    Args: python: a generated file. spec: of the symbol that is traded.
    Raises: NotCompiled: it has something that the kernel does not run.
    """
    import numpy as np

    tree = ast.parse(python)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if len(classes) != 1:
        raise NotCompiled("a file with other than one class")
    writer = _Writer(classes[0], spec)
    writer.write()
    code = np.array([(*row, *[0] * (6 - len(row))) for row in writer.code], dtype=np.int64).reshape(-1, 6)
    # constants were numbered from the end while it was not known how many there are
    return Recipe(
        code=_settled(code, len(writer.constants)),
        constants=tuple(writer.constants),
        registers=len(writer.constants) + writer.used,
        conditions=tuple(writer.conditions),
        values=tuple(writer.values),
        extra=tuple(writer.extra),
        wakes_open=writer.wakes_open,
        preset=tuple((place - _LOCAL + len(writer.constants), value) for place, value in writer.preset.items()),
    )


_WRITTEN = (k.M_GROUP, k.M_CLOSE_AFTER, k.M_VALID)
"""Columns of a plan that the kernel changes when it takes the plan up."""

_LOCAL = 1_000_000
"""Registers of locals are numbered from here on until it is known how many constants stand before them."""


def _settled(code: NDArray[np.int64], constants: int) -> NDArray[np.int64]:
    import numpy as np

    settled: NDArray[np.int64] = np.where(code >= _LOCAL, code - _LOCAL + constants, code)
    return settled


@dataclass
class _Writer:
    """Writes the instructions of one class."""

    strategy: ast.ClassDef
    spec: SymbolSpec
    code: list[tuple[int, ...]] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    extra: list[str | Times] = field(default_factory=list)
    preset: dict[int, Constant] = field(default_factory=dict)
    used: int = 0
    wakes_open: bool = False
    groups: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    reductions: list[str] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)

    def write(self) -> None:
        methods = {node.name: node for node in self.strategy.body if isinstance(node, ast.FunctionDef)}
        if "signals" not in methods or "receive_bars" not in methods:
            raise NotCompiled("a class without signals")
        for node in self.strategy.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name in ("symbols", "others"):
                    raise NotCompiled("several symbols")
                if name == "wake_while_open":
                    self.wakes_open = bool(ast.literal_eval(node.value))
        for part in ast.walk(methods["__init__"]):
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                self.inputs.add(part.attr)
        self.inputs -= {"toggle"}
        known = {"__init__", "signals", "receive_bars"}
        entries = {name: node for name, node in methods.items() if name not in known}
        if any(name not in known and not name.startswith("enter_") for name in methods):
            raise NotCompiled("a method of its own")
        _Method(self, entries).body(methods["receive_bars"].body)

    def constant(self, value: Constant) -> int:
        """The register of a number or an input."""
        same = [n for n, c in enumerate(self.constants) if c == value and type(c) is type(value)]
        if same:
            return same[0]
        self.constants.append(value)
        return len(self.constants) - 1

    def room(self, count: int = 1) -> int:
        """So many fresh registers in a row; the first of them."""
        self.used += count
        return _LOCAL + self.used - count

    def number(self, names: list[str], name: str) -> int:
        """The number of a name on a list, entered if it is new."""
        if name not in names:
            names.append(name)
        return names.index(name)


class _Method:
    """Writes the statements of one method; an entry method is written where it is called."""

    def __init__(self, writer: _Writer, entries: Mapping[str, ast.FunctionDef]) -> None:
        self.writer, self.entries = writer, entries
        self.locals: dict[str, int] = {}
        self.made: dict[str, ast.expr] = {}
        """Locals that hold rows, limits or daily times, which are looked at where they are used."""
        self.policy = -1
        self.pending = self.limited = False
        self.trade = -1

    def emit(self, *row: int) -> int:
        self.writer.code.append(row)
        return len(self.writer.code) - 1

    def put(self, place: int, found: int) -> None:
        """Have a register, which nothing else writes to, hold what another holds: from the start if that is fixed."""
        if found < _LOCAL:
            self.writer.preset[place] = self.writer.constants[found]
        else:
            self.writer.preset.pop(place, None)
            self.emit(k.MOVE, place, found)

    def land(self, jump: int) -> None:
        """Have a jump that was written before lead to here."""
        row = list(self.writer.code[jump])
        row[4 if row[0] == k.NEXT_TRADE else 2] = len(self.writer.code)
        self.writer.code[jump] = tuple(row)

    # ------------------------------------------------------------- statements

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
                self.split([_name(element) for element in elements], call)
            case ast.If(test=test, body=body, orelse=orelse):
                self.branch(test, body, orelse)
            case ast.For(target=target, iter=source, body=body):
                self.loop(target, source, body)
            case _:
                raise NotCompiled(f"`{ast.unparse(node)[:60]}`")

    def assign(self, name: str, value: ast.expr) -> None:
        self.made.pop(name, None)
        if isinstance(value, ast.Tuple) or _is_none(value) or _called(value) in ("Limits", "R", "Percent"):
            self.made[name] = value
            return
        found = self.expression(value)
        if name not in self.locals:  # one register for a name: what is after a branch does not know which was taken
            self.locals[name] = self.writer.room()
        self.emit(k.MOVE, self.locals[name], found)

    def branch(self, test: ast.expr, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
        skip = self.emit(k.JUMP_IF_NOT, self.expression(test), 0)
        before = {name: self.made.get(name) for name in (*self.locals, *self.made)}
        self.body(body)
        self.unchanged(before)
        if orelse:
            past = self.emit(k.JUMP, 0, 0)
            self.land(skip)
            self.body(orelse)
            self.unchanged(before)
            self.land(past)
        else:
            self.land(skip)

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
                names = [_name(e) for e in target.elts] if isinstance(target, ast.Tuple) else [_name(target)]
                for row in rows:
                    cells = row.elts if isinstance(row, ast.Tuple) else [row]
                    for name, cell in zip(names, cells, strict=True):
                        self.assign(name, cell)
                    self.body(body)
            case _:
                raise NotCompiled(f"the loop over `{ast.unparse(source)[:60]}`")

    def over_trades(self, side: int, body: Sequence[ast.stmt]) -> None:
        """`for trade in self.trades(symbol, side)`."""
        state, self.trade = self.writer.room(2), self.writer.room(k.TRADE_FIELDS)
        self.emit(k.FIRST_TRADE, state)
        top = self.emit(k.NEXT_TRADE, state, self.trade, side, 0, state + 1)
        self.body(body)
        self.emit(k.JUMP, 0, top)
        self.land(top)
        self.trade = -1

    def side_of(self, arguments: Sequence[ast.expr], sides: Sequence[ast.expr]) -> int:
        self.own_symbol(arguments)
        if not sides:
            return 0
        side = sides[0]
        if isinstance(side, ast.Constant) and side.value in _SIDES:
            return _SIDES[side.value]
        raise NotCompiled(f"the side `{ast.unparse(side)}`")

    def own_symbol(self, arguments: Sequence[ast.expr]) -> None:
        if not arguments or not isinstance(arguments[0], ast.Name) or arguments[0].id != "symbol":
            raise NotCompiled("several symbols")

    # ------------------------------------------------------------- calls for their effect

    def act(self, call: ast.Call) -> None:
        name = _method(call)
        if name in self.entries:
            self.enter(name, call)
        elif name == "close_trade":
            if len(call.args) != 2 or not _is(call.args[1], "signal"):
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
        inner = _Method(self.writer, {})
        inner.policy, inner.pending, inner.limited = self.policy, self.pending, self.limited
        inner.body(self.entries[name].body)

    def reduce(self, call: ast.Call) -> None:
        words = {word.arg: word.value for word in call.keywords}
        rule = self.writer.number(self.writer.reductions, ast.unparse(words["rule"]))
        lots = "lots" in words
        if rule > 40:
            raise NotCompiled("so many reductions")
        amount = self.expression(words["lots" if lots else "percent"])
        self.emit(k.REDUCE_TRADE, self.trade, rule, amount, int(lots))

    # ------------------------------------------------------------- orders

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
        places = {"volume": k.S_VOLUME, "price": k.S_PRICE, "sl": k.S_SL, "tp": k.S_TP}
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
        usual |= {k.M_CLOSE_AFTER: k.NONE, k.M_VALID: k.NONE, k.M_CLOSE_AT: -1.0, k.M_CANCEL_AT: -1.0}
        usual[k.M_LINE] = float(k.NO_LINE)
        for place, value in usual.items():
            if place in _WRITTEN:
                self.emit(k.MOVE, first + place, self.writer.constant(value))
            else:
                self.put(first + place, self.writer.constant(value))
        for word in call.keywords:
            self.clause(word.arg or "", word.value, first)
        self.emit(k.MANAGE, ticket, first)

    def clause(self, name: str, value: ast.expr, first: int) -> None:
        """One argument of `self.manage`."""
        writer = self.writer
        if isinstance(value, ast.Name) and value.id in self.made:
            value = self.made[value.id]
        if _is_none(value):
            return
        if name in _DISTANCES:
            self.distance(value, first + _DISTANCES[name])
        elif name in ("close_after", "valid_bars"):
            place = k.M_CLOSE_AFTER if name == "close_after" else k.M_VALID
            self.emit(k.MOVE, first + place, self.expression(value))
        elif name in ("close_at", "cancel_at"):
            times = tuple(_daily(row) for row in value.elts) if isinstance(value, ast.Tuple) else ()
            if times not in writer.extra:
                writer.extra.append(times)
            place = k.M_CLOSE_AT if name == "close_at" else k.M_CANCEL_AT
            self.put(first + place, writer.constant(float(writer.extra.index(times))))
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

    def distance(self, value: ast.expr, place: int) -> None:
        kind = {"R": k.BY_R, "Percent": k.BY_PERCENT}.get(_called(value), k.BY_PRICE)
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

    # ------------------------------------------------------------- expressions

    def expression(self, node: ast.expr) -> int:
        """The register that holds a value."""
        match node:
            case ast.Constant(value=None):
                return self.writer.constant(k.NONE)
            case ast.Constant(value=bool() | int() | float() as value):
                return self.writer.constant(float(value))
            case ast.Constant(value=str() as word) if word in _WORDS:
                return self.writer.constant(_WORDS[word])
            case ast.Name(id=name) if name in self.made and _is_none(self.made[name]):
                return self.writer.constant(k.NONE)
            case ast.Name(id=name) if name in self.locals and name not in self.made:
                return self.locals[name]
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in self.writer.inputs:
                return self.writer.constant(name)
            case ast.Attribute(value=ast.Name(id="trade"), attr=name) if self.trade >= 0:
                return self.of_trade(name)
            case ast.Subscript(value=ast.Name(id="data"), slice=ast.Constant(value=str() as name)) if name in _COLUMNS:
                return self.result(k.COLUMN, _COLUMNS.index(name))
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _ARITHMETIC:
                first, second = self.expression(left), self.expression(right)
                return self.result(_ARITHMETIC[type(operator)], first, second)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.result(k.NEGATE, self.expression(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.result(k.NOT, self.expression(operand))
            case ast.BoolOp(op=operator, values=values):
                return self.either(isinstance(operator, ast.Or), values)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self.compare(operator, left, right)
            case ast.Call():
                return self.call(node)
        raise NotCompiled(f"`{ast.unparse(node)[:60]}`")

    def result(self, what: int, *operands: int) -> int:
        """A fresh register with what an instruction gives."""
        target = self.writer.room()
        self.emit(what, target, *operands)
        return target

    def of_trade(self, name: str) -> int:
        places = {"entry": k.V_ENTRY, "profit": k.V_PROFIT, "bars": k.V_BARS, "risk": k.V_RISK, "volume": k.V_VOLUME}
        if name not in places:
            raise NotCompiled(f"trade.{name}")
        return self.trade + places[name]

    def either(self, any_of: bool, values: Sequence[ast.expr]) -> int:
        """`and`, `or`: what comes later is looked at only where it matters."""
        target = self.writer.room()
        jumps = []
        for n, value in enumerate(values):
            self.emit(k.MOVE, target, self.expression(value))
            if n == len(values) - 1:
                break
            if any_of:
                turned = self.result(k.NOT, target)
                jumps.append(self.emit(k.JUMP_IF_NOT, turned, 0))
            else:
                jumps.append(self.emit(k.JUMP_IF_NOT, target, 0))
        for jump in jumps:
            self.land(jump)
        return target

    def compare(self, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> int:
        first, second = self.expression(left), self.expression(right)
        if isinstance(operator, ast.Gt | ast.GtE):
            first, second = second, first
            operator = ast.Lt() if isinstance(operator, ast.Gt) else ast.LtE()
        if type(operator) not in _COMPARISONS:
            raise NotCompiled(f"`{ast.unparse(operator)}`")
        return self.result(_COMPARISONS[type(operator)], first, second)

    def call(self, node: ast.Call) -> int:
        """A call for its value."""
        function = _called(node)
        if function in _TOLERANT:
            return self.result(_TOLERANT[function], *(self.expression(argument) for argument in node.args))
        if function == "clock" and isinstance(node.args[0], ast.Constant):
            from mas.bars import clock

            return self.writer.constant(float(clock(str(node.args[0].value))))
        name = _method(node)
        if name in ("signal", "value"):
            key = node.args[0]
            if not isinstance(key, ast.Constant):
                raise NotCompiled(f"`{ast.unparse(node)[:60]}`")
            names = self.writer.conditions if name == "signal" else self.writer.values
            what = k.SIGNAL if name == "signal" else k.VALUE
            return self.result(what, self.writer.number(names, str(key.value)))
        if name in ("ask", "bid"):
            self.own_symbol(node.args)
            return self.result(k.ASK if name == "ask" else k.BID)
        if name in ("pip", "point"):
            self.own_symbol(node.args)
            return self.writer.constant(self.writer.spec.pip if name == "pip" else self.writer.spec.point)
        if name == "round_price":
            self.own_symbol(node.args)
            return self.result(k.ROUND_PRICE, self.expression(node.args[1]))
        if name == "trades":
            return self.result(k.COUNT_TRADES, self.side_of(node.args, node.args[1:]))
        if name == "entry_side":
            return self.entry_side(node)
        if name == "send_order":
            return self.send(node)
        if name == "bars_since" and isinstance(node.args[1], ast.Constant):
            self.own_symbol(node.args)
            return self.result(k.FACT, _SINCE[str(node.args[1].value)])
        if name in _FACTS:
            return self.result(k.FACT, _FACTS[name])
        return self.size(name, node)

    # ------------------------------------------------------------- the entry policy

    def entry_side(self, call: ast.Call) -> int:
        self.own_symbol(call.args)
        writer, words = self.writer, {word.arg or "": word.value for word in call.keywords}
        self.pending = "pending" in words
        limits = words.pop("limits", None)
        given = {
            k.L_LONG: self.expression(words.pop("long")), k.L_SHORT: self.expression(words.pop("short")),
            k.L_PYRAMID: writer.constant(1.0), k.L_REVERSAL: writer.constant(1.0), k.L_PER_DAY: writer.constant(k.NONE),
            k.L_PENDING: writer.constant(0.0), k.L_HEDGING: writer.constant(0.0),
        }  # fmt: skip
        places = {
            "pyramid": k.L_PYRAMID, "reversal": k.L_REVERSAL, "trades_per_day": k.L_PER_DAY, "pending": k.L_PENDING,
            "hedging": k.L_HEDGING,
        }  # fmt: skip
        for word, value in words.items():
            if word not in places:
                raise NotCompiled(f"`{word}` of the entry policy")
            given[places[word]] = self.expression(value)
        for place in range(k.L_SPREAD, k.POLICY_FIELDS):
            given[place] = writer.constant(k.NONE)
        if limits is not None:
            self.limits(limits, given)
        first = self.policy = writer.room(k.POLICY_FIELDS)
        for place, found in given.items():
            self.put(first + place, found)
        return self.result(k.ENTRY_SIDE, first)

    def limits(self, node: ast.expr, given: dict[int, int]) -> None:
        made = self.made.get(node.id) if isinstance(node, ast.Name) else node
        if not isinstance(made, ast.Call):
            raise NotCompiled("limits that are not written out")
        for word in made.keywords:
            match word.arg, word.value:
                case "spread_at_most", value:
                    given[k.L_SPREAD] = self.expression(value)
                case ("daily_loss" | "daily_profit") as name, value if _called(value) != "Percent" and not self.pending:
                    given[k.L_LOSS if name == "daily_loss" else k.L_PROFIT] = self.expression(value)
                case ("wait" | "skip") as name, ast.Tuple(elts=rows):
                    most, first = (k.MOST_WAITS, k.L_WAITS) if name == "wait" else (k.MOST_SKIPS, k.L_SKIPS)
                    if len(rows) > most:
                        raise NotCompiled(f"so many limits of the kind `{name}`")
                    for n, row in enumerate(rows):
                        event, count = row.elts if isinstance(row, ast.Tuple) else (row, row)
                        words = _EVENTS if name == "wait" else ("loss", "win")
                        number = float(words.index(str(ast.literal_eval(event))))
                        given[first + 2 * n] = self.writer.constant(number)
                        given[first + 2 * n + 1] = self.expression(count)
                case name, _:
                    raise NotCompiled(f"the limit `{name}`")

    # ------------------------------------------------------------- sizes

    def size(self, name: str, call: ast.Call) -> int:
        writer = self.writer
        words = {word.arg: word.value for word in call.keywords}
        if name == "size_factor":
            after, times = words["after"], self.expression(words["times"])
            factor = self.expression(call.args[0])
            return self.result(k.SIZE_FACTOR, factor, times, 0 if _is(after, "loss") else 1)
        kinds = {
            "lots_for_risk": k.RISK_LOTS, "lots_for_money_risk": k.MONEY_RISK_LOTS, "lots_for_share": k.SHARE_LOTS,
            "lots_for_value": k.VALUE_LOTS,
        }  # fmt: skip
        if name not in kinds:
            raise NotCompiled(f"`{ast.unparse(call)[:60]}`")
        self.own_symbol(call.args)
        usual = "balance" if name == "lots_for_risk" else "equity"
        equity = int(_is(words["of"], "equity") if "of" in words else usual == "equity")
        arguments = [self.expression(argument) for argument in call.args[1:]]
        price = self.expression(words["price"]) if "price" in words else writer.constant(k.NONE)
        if len(arguments) == 2:  # how much, and over what distance
            pair = writer.room(2)
            self.put(pair, arguments[1])
            self.put(pair + 1, price)
            return self.result(kinds[name], arguments[0], pair, equity)
        return self.result(kinds[name], arguments[0], price, equity)

    def split(self, names: Sequence[str], call: ast.Call) -> None:
        """`volume_1, rest = self.split_volume(symbol, total, 50)`."""
        if _method(call) != "split_volume":
            raise NotCompiled(f"`{ast.unparse(call)[:60]}`")
        self.own_symbol(call.args)
        volume, shares = self.expression(call.args[1]), call.args[2:]
        pairs, first = self.writer.room(2 * len(shares)), self.writer.room(len(names))
        for n, share in enumerate(shares):
            lots = _called(share) == "Lots"
            amount = share.args[0] if lots and isinstance(share, ast.Call) else share
            self.put(pairs + 2 * n, self.expression(amount))
            self.put(pairs + 2 * n + 1, self.writer.constant(1.0 if lots else 0.0))
        self.emit(k.SPLIT, first, volume, pairs, len(shares))
        for n, name in enumerate(names):
            self.locals[name] = first + n


def _name(node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise NotCompiled(f"assigning to `{ast.unparse(node)}`")
    return node.id


def _called(node: ast.expr) -> str:
    """The name of the function that is called; empty for anything else."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _method(node: ast.Call) -> str:
    """The name of the method of `self` that is called; empty for anything else."""
    function = node.func
    own = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self"
    return function.attr if own and isinstance(function, ast.Attribute) else ""


def _is(node: ast.expr, word: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == word


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _daily(row: ast.expr) -> tuple[int, str | None, tuple[str, ...]]:
    """A daily time, `(clock("17:00"), "Europe/London", ("fri",))`."""
    from mas.bars import clock

    match row:
        case ast.Tuple(elts=[ast.Call(args=[ast.Constant(value=str() as text)]), zone, days]):
            return clock(text), ast.literal_eval(zone), tuple(ast.literal_eval(days))
    raise NotCompiled(f"the daily time `{ast.unparse(row)}`")
