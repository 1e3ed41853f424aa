"""What a method of a generated class works out, as instructions on registers."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from mas.compiled import layout as k
from nl2strat.research.recipe_reading import NotCompiled, called, is_none, is_word, method
from nl2strat.research.recipe_writer import LOCAL, Writer

_ARITHMETIC = {ast.Add: k.ADD, ast.Sub: k.SUBTRACT, ast.Mult: k.MULTIPLY, ast.Div: k.DIVIDE}
_COMPARISONS = {ast.Lt: k.LESS, ast.LtE: k.LESS_EQUAL, ast.Eq: k.EQUAL, ast.NotEq: k.UNEQUAL}
_TOLERANT = {
    "above": k.ABOVE, "below": k.BELOW, "at_least": k.AT_LEAST, "at_most": k.AT_MOST, "equal": k.ALIKE,
    "differ": k.DIFFER,
}  # fmt: skip
_WORDS = {"long": 1.0, "short": -1.0, "won": 1.0, "lost": 2.0}
_COLUMNS = ("open", "high", "low", "close")
_SIDES = {"long": 1, "short": -1}
_FACTS = {
    "entries_open": k.F_ENTRIES_OPEN, "entries_today": k.F_ENTRIES_TODAY, "result_today": k.F_RESULT_TODAY,
    "losses_in_a_row": k.F_LOSSES, "wins_in_a_row": k.F_WINS, "last_trade": k.F_LAST,
}  # fmt: skip
_SINCE = {"exit": k.F_SINCE_EXIT, "loss": k.F_SINCE_LOSS, "win": k.F_SINCE_WIN}


class Values:
    """Writes what a method works out; of its statements see `recipe_method`."""

    def __init__(self, writer: Writer, entries: Mapping[str, ast.FunctionDef]) -> None:
        self.writer, self.entries = writer, entries
        self.locals: dict[str, int] = {}
        self.made: dict[str, ast.expr] = {}
        """Locals that hold rows, limits or daily times, which are looked at where they are used."""
        self.policy = -1
        self.pending = False
        self.trade = -1

    def send(self, call: ast.Call) -> int:
        raise NotImplementedError

    def entry_side(self, call: ast.Call) -> int:
        raise NotImplementedError

    def emit(self, *row: int) -> int:
        self.writer.code.append(row)
        return len(self.writer.code) - 1

    def put(self, place: int, found: int) -> None:
        """Have a register, which nothing else writes to, hold what another holds: from the start if that is fixed."""
        if found < LOCAL:
            self.writer.preset[place] = self.writer.constants[found]
        else:
            self.writer.preset.pop(place, None)
            self.emit(k.MOVE, place, found)

    def land(self, jump: int) -> None:
        """Have a jump that was written before lead to here."""
        row = list(self.writer.code[jump])
        row[4 if row[0] == k.NEXT_TRADE else 2] = len(self.writer.code)
        self.writer.code[jump] = tuple(row)

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
            case ast.Name(id=name) if name in self.made and is_none(self.made[name]):
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
        places = {
            "entry": k.V_ENTRY, "profit": k.V_PROFIT, "bars": k.V_BARS, "risk": k.V_RISK, "volume": k.V_VOLUME,
            "average_entry": k.V_AVERAGE,
        }  # fmt: skip
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
        function = called(node)
        if function in _TOLERANT:
            return self.result(_TOLERANT[function], *(self.expression(argument) for argument in node.args))
        if function == "clock" and isinstance(node.args[0], ast.Constant):
            from mas.bars import clock

            return self.writer.constant(float(clock(str(node.args[0].value))))
        name = method(node)
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

    # ------------------------------------------------------------- sizes

    def size(self, name: str, call: ast.Call) -> int:
        writer = self.writer
        words = {word.arg: word.value for word in call.keywords}
        if name == "within_volume":
            self.own_symbol(call.args)
            return self.result(k.WITHIN_VOLUME, self.expression(call.args[1]), self.expression(words["at_most"]))
        if name == "size_factor":
            after, times = words["after"], self.expression(words["times"])
            factor = self.expression(call.args[0])
            return self.result(k.SIZE_FACTOR, factor, times, 0 if is_word(after, "loss") else 1)
        kinds = {
            "lots_for_risk": k.RISK_LOTS, "lots_for_money_risk": k.MONEY_RISK_LOTS, "lots_for_share": k.SHARE_LOTS,
            "lots_for_value": k.VALUE_LOTS,
        }  # fmt: skip
        if name not in kinds:
            raise NotCompiled(f"`{ast.unparse(call)[:60]}`")
        self.own_symbol(call.args)
        usual = "balance" if name == "lots_for_risk" else "equity"
        equity = int(is_word(words["of"], "equity") if "of" in words else usual == "equity")
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
        if method(call) != "split_volume":
            raise NotCompiled(f"`{ast.unparse(call)[:60]}`")
        self.own_symbol(call.args)
        volume, shares = self.expression(call.args[1]), call.args[2:]
        pairs, first = self.writer.room(2 * len(shares)), self.writer.room(len(names))
        for n, share in enumerate(shares):
            lots = called(share) == "Lots"
            amount = share.args[0] if lots and isinstance(share, ast.Call) else share
            self.put(pairs + 2 * n, self.expression(amount))
            self.put(pairs + 2 * n + 1, self.writer.constant(1.0 if lots else 0.0))
        self.emit(k.SPLIT, first, volume, pairs, len(shares))
        for n, name in enumerate(names):
            self.locals[name] = first + n
