"""The body of `receive_bars`: exits and reductions, cancellations, alerts, entries, in this order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from mas.dataclass import dataclass
from nl2strat.codegen.arrays import Signals, Wanted
from nl2strat.codegen.code import Atom, Call, Code, joined, literal
from nl2strat.codegen.layout import Block
from nl2strat.codegen.names import Names
from nl2strat.codegen.policy import Policy
from nl2strat.codegen.position import OPEN_TRADE, Position, Scalars
from nl2strat.codegen.scope import Kind, Scope
from nl2strat.language import ast

SYMBOL = Atom("symbol")

ACCOUNT_CALL = re.compile(r"self\.(entries_|result_today|losses_|wins_|bars_since|last_trade|trades\()")
"""Questions whose answers change with what is closed."""


@dataclass(frozen=True)
class EntryRule:
    """An entry with the name its signal and method share."""

    name: str
    rule: ast.Entry
    condition: Code
    """What makes it true, in `receive_bars`."""

    @property
    def pending(self) -> bool:
        return self.rule.order is not None

    @property
    def symbol(self) -> Code:
        return traded(self.rule)


class Handling:
    """Writes the body. `names` are the imports it needs; `wakes`: a rule looks at the open position at every bar."""

    def __init__(self, scope: Scope, signals: Signals, policy: Policy) -> None:
        self.scope = scope
        self.signals = signals
        self.policy = policy
        self.body = Block(8, Names())
        self.names: set[str] = set()
        self.wakes = False
        self._reductions = 0

    def rule_name(self, verb: str, side: str) -> str:
        """The name of a rule's signal: `exit_long`, and the next `exit_long_2`."""
        same = sum(1 for key in self.signals.wanted if key.rstrip("_0123456789") == f"{verb}_{side}")
        return f"{verb}_{side}" if same == 0 else f"{verb}_{side}_{same + 1}"

    def condition(self, when: ast.Expr, name: str, wanted: Wanted, symbol: Code = SYMBOL) -> Code:
        """A rule's condition: what is known from the bars alone is one signal, the rest is asked when it is true."""
        parts = when.conditions if isinstance(when, ast.AllOf) else (when,)
        free = tuple(part for part in parts if self.scope.kind(part) < Kind.POSITION)
        self.signals.condition(name, replace(wanted, parts=free))
        written: list[Code] = [Call("self.signal", (Atom(literal(name)),), name=name)]
        scalars = Scalars(self.scope, self.signals, Position(symbol=symbol.text), "when")
        written += [scalars.condition(part, f"{name}_when")[0] for part in parts if part not in free]
        self.names |= scalars.imports
        return joined("and", written)

    def write(self, program: ast.Program, entries: Sequence[EntryRule]) -> None:
        rules = program.rules
        self._leavings([rule for rule in rules if isinstance(rule, ast.Exit | ast.Reduce)])
        self._cancellations([rule for rule in rules if isinstance(rule, ast.CancelWhen)])
        self._alerts([rule for rule in rules if isinstance(rule, ast.Alert)])
        decided = [self._decided(entry) for entry in entries]
        if decided:
            self.policy.write_limits(self.body, self.scope, self.signals, self.names)
        for symbol in dict.fromkeys(entry.symbol for entry in decided):
            same = [entry for entry in decided if entry.symbol == symbol]
            self._market([entry for entry in same if not entry.pending])
            self._pending([entry for entry in same if entry.pending])

    # ------------------------------------------------------------------ entries

    def _decided(self, entry: EntryRule) -> EntryRule:
        """A condition on the position is settled before any order of this tick is sent."""
        if isinstance(entry.condition, Call):
            return entry
        return replace(entry, condition=self.body.moved(replace(entry.condition, name=entry.name)))

    def _market(self, entries: Sequence[EntryRule]) -> None:
        """One decision for all market entries: conflicts, the position held and the limits are the runtime's part."""
        if not entries:
            return
        longs = [entry for entry in entries if entry.rule.side == "long"]
        shorts = [entry for entry in entries if entry.rule.side == "short"]
        asked = self._entry_side(entries[0].symbol, self._any(longs, "long"), self._any(shorts, "short"))
        self.body.statement("side = ", asked)
        branches = [(side, group) for side, group in (("long", longs), ("short", shorts)) if group]
        for n, (side, group) in enumerate(branches):
            self.body.line(f'{"elif" if n else "if"} side == "{side}":')
            with self.body.indented():
                self._first_of(group)

    def _any(self, entries: Sequence[EntryRule], name: str) -> Code:
        """Whether any of the rules is true; a local variable unless it is a plain signal."""
        if not entries:
            return Atom("False")
        code = joined("or", [entry.condition for entry in entries])
        return code if isinstance(code, (Atom, Call)) else self.body.moved(replace(code, name=name))

    def _entry_side(self, symbol: Code, long: Code, short: Code, *, pending: bool = False) -> Call:
        arguments: list[tuple[str, Code]] = [("long", long), ("short", short)]
        arguments += self.policy.arguments(self.scope)
        if pending:
            arguments.append(("pending", Atom("True")))
        values = (symbol, *(value for _, value in arguments))
        return Call("self.entry_side", values, tuple(key for key, _ in arguments))

    def _first_of(self, entries: Sequence[EntryRule]) -> None:
        """Each rule that is true acts, as long as there is room for another position."""
        if len(entries) == 1:
            self._enter(entries[0])
            return
        self.body.statement("if ", entries[0].condition, ":")
        with self.body.indented():
            self._enter(entries[0])
        for entry in entries[1:]:
            self._alone(entry)

    def _enter(self, entry: EntryRule) -> None:
        self.body.line(f"self.{entry.name}({entry.symbol})")

    def _alone(self, entry: EntryRule) -> None:
        """Asks for one rule by itself: room for it, and the limits."""
        side = entry.rule.side
        sides = (entry.condition, Atom("False")) if side == "long" else (Atom("False"), entry.condition)
        call = self._entry_side(entry.symbol, *sides, pending=entry.pending)
        if len(f'if {call.text} == "{side}":') <= self.body.room:
            self.body.line(f'if {call.text} == "{side}":')
        else:
            self.body.statement("side = ", call)
            self.body.line(f'if side == "{side}":')
        with self.body.indented():
            self._enter(entry)

    def _pending(self, entries: Sequence[EntryRule]) -> None:
        """Waiting orders: each rule places its own; which of them fills is decided by the market."""
        for entry in entries:
            self._alone(entry)

    # -------------------------------------------------------------------- exits

    def _leavings(self, rules: Sequence[ast.Exit | ast.Reduce]) -> None:
        """In their written order; exits that stand together, and ask nothing that a closing changes, by side."""
        for alone, group in groupby(rules, lambda rule: isinstance(rule, ast.Reduce) or asks_account(rule.when)):
            if not alone:
                self._exits([rule for rule in group if isinstance(rule, ast.Exit)])
                continue
            for rule in group:
                if isinstance(rule, ast.Reduce):
                    self._reduce(rule)
                else:
                    self._exit(rule.side, [rule])

    def _exits(self, rules: Sequence[ast.Exit]) -> None:
        for side in ("long", "short", "all"):
            group = [rule for rule in rules if rule.side == side]
            for symbol in dict.fromkeys(rule.symbol for rule in group):
                self._exit(side, [rule for rule in group if rule.symbol == symbol])

    def _exit(self, side: str, rules: Sequence[ast.Exit]) -> None:
        scalars = self._about_trades(rules[0])
        conditions: list[Code] = []
        for rule in rules:
            code, wakes = scalars.condition(rule.when, self.rule_name("exit", side))
            conditions.append(code)
            self.wakes |= wakes
        self.names |= scalars.imports
        self._for_trades(side, traded(rules[0]), joined("or", conditions), 'self.close_trade(trade, "signal")')

    def _reduce(self, rule: ast.Reduce) -> None:
        name = self.rule_name("reduce", rule.side)
        scalars = self._about_trades(rule)
        code, wakes = scalars.condition(rule.when, name)
        self.wakes |= wakes
        self.names |= scalars.imports
        part = f"{'lots' if rule.lots else 'percent'}={self.scope.count(rule.share)}"
        self._reductions += 1
        call = f'self.reduce_trade(trade, rule="reduce_{self._reductions}", {part})'
        self._for_trades(rule.side, traded(rule), code, call)

    def _about_trades(self, rule: ast.Exit | ast.Reduce) -> Scalars:
        """Expressions about one of the positions that the rule goes over."""
        symbol = traded(rule).text
        pip, point = f"self.pip({symbol})", f"self.point({symbol})"
        return Scalars(self.scope, self.signals, replace(OPEN_TRADE, symbol=symbol, pip=pip, point=point))

    def _for_trades(self, side: str, symbol: Code, condition: Code, call: str) -> None:
        condition = self._asked_before(condition)
        self.body.line(f"for trade in self.trades({symbol}{'' if side == 'all' else f', {literal(side)}'}):")
        with self.body.indented():
            self.body.statement("if ", condition, ":")
            with self.body.indented():
                self.body.line(call)

    def _asked_before(self, code: Code) -> Code:
        """What is about the account is asked once, before the rule closes anything."""
        if not ACCOUNT_CALL.search(code.text):
            return code
        if "trade." not in code.text:
            return self.body.moved(code)
        return code.with_children([self._asked_before(child) for child in code.children])

    # ------------------------------------------------------------ other rules

    def _cancellations(self, rules: Sequence[ast.CancelWhen]) -> None:
        for rule in rules:
            side = "" if rule.side is None else f", {literal(rule.side)}"
            self._when(rule.when, self.rule_name("cancel", rule.side or "all"), f"self.cancel_orders(symbol{side})")

    def _alerts(self, rules: Sequence[ast.Alert]) -> None:
        for n, rule in enumerate(rules, 1):
            self._when(rule.when, f"alert_{n}", f"self.alert(symbol, {literal(rule.text)})")

    def _when(self, when: ast.Expr, name: str, call: str) -> None:
        self.body.statement("if ", self.condition(when, name, Wanted(())), ":")
        with self.body.indented():
            self.body.line(call)


def asks_account(when: ast.Expr) -> bool:
    """Whether a condition depends on what else is open or has closed."""
    return any(
        isinstance(node, ast.AccountValue | ast.AccountFlag) or node == ast.PositionValue("average entry")
        for node in ast.walk(when)
    )


def traded(rule: ast.Entry | ast.Exit | ast.Reduce) -> Code:
    """The symbol that a rule trades, as code."""
    return SYMBOL if rule.symbol is None else Atom(literal(rule.symbol))
