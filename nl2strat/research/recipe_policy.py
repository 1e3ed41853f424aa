"""The entry policy of a generated class, and what holds entries back, as registers of the kernel."""

from __future__ import annotations

import ast

from mas.compiled import layout as k
from nl2strat.research.recipe_reading import NotCompiled, called
from nl2strat.research.recipe_values import Values

_EVENTS = ("entry", "exit", "loss", "win", "stop")


class Policy(Values):
    """Writes `self.entry_side` and its limits."""

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
                case ("daily_loss" | "daily_profit") as name, value:
                    place = k.L_LOSS if name == "daily_loss" else k.L_PROFIT
                    if isinstance(value, ast.Call) and called(value) == "Percent":
                        place, value = place + 1, value.args[0]
                    given[place] = self.expression(value)
                case "volume_at_most", value:
                    given[k.L_VOLUME] = self.expression(value)
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
