"""Sentences for the clauses of an entry: one fixed pattern each, so that the English can be read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nl2strat.language import ast
from nl2strat.language.printer import print_clock
from nl2strat.language.wording import say, say_bars, say_number, say_zone

Said = Callable[[Any, ast.Entry], str]


def entry_sentences(rule: ast.Entry) -> str:
    """An entry with all its clauses."""
    action = "Buys" if rule.side == "long" else "Sells short"
    sentences = [f"{action}{_what(rule)} at the next open when {say(rule.when)}."]
    if rule.order is not None:
        sentences = [_order(rule)]
    sentences += [text for clause in CLAUSES if clause not in ("size", "scale") and (text := clause_text(rule, clause))]
    if rule.stop is None and rule.trail is None and rule.trail_line is None:
        targets = rule.target is not None or rule.takes or rule.target_steps
        sentences.append(f"There is {'no stop loss' if targets else 'no stop loss and no target'}.")
    sentences.append(clause_text(rule, "size") or "Trades 0.1 lot, the default.")
    if rule.scale is not None:
        sentences.append(clause_text(rule, "scale"))
    return " ".join(sentences)


def clause_text(rule: ast.Entry, clause: str) -> str:
    """One clause by its field name (`stop`, `target`, `size`, ...), or nothing if the entry has none."""
    value = getattr(rule, clause)
    return CLAUSES[clause](value, rule) if value else ""


def _what(rule: ast.Entry) -> str:
    return f" {rule.symbol}" if rule.symbol is not None else ""


def _order(rule: ast.Entry) -> str:
    order = rule.order
    assert order is not None
    side = "buy" if rule.side == "long" else "sell"
    kind = "stop-limit" if order.limit is not None else order.kind
    where = f" in {rule.symbol}" if rule.symbol is not None else ""
    text = f"Places a {side} {kind} order{where} at {say(order.price)}"
    if order.limit is not None:
        text += f" with its limit at {say(order.limit)}"
    return f"{text} when {say(rule.when)}. {_life(rule)}"


def _life(rule: ast.Entry) -> str:
    until = ""
    if rule.valid_until is not None:
        until = f"until {print_clock(rule.valid_until.clock)} ({say_zone(rule.valid_until.zone)})"
    if rule.valid is not None:
        return f"It is valid for {say_bars(rule.valid)}{f', at most {until}' if until else ''}."
    return f"It is valid {until}." if until else "It waits until it is filled."


# ------------------------------------------------------------------- where it ends


def _bracket(name: str) -> Said:
    def words(bracket: ast.Bracket, rule: ast.Entry) -> str:
        if isinstance(bracket, ast.Level):
            return f"The {name} is at {say(bracket.price)}."
        price = "average entry price" if name == "target" and rule.add is not None else "entry price"
        text = f"The {name} is {say(bracket.distance)} from the {price}"
        in_r = isinstance(bracket.distance, ast.Quantity) and bracket.distance.unit == "R"
        return f"{text}, R being the distance of the stop." if in_r else f"{text}."

    return words


def _target_steps(steps: tuple[ast.TargetStep, ...], rule: ast.Entry) -> str:
    return " ".join(_target_step(step) for step in steps)


def _target_step(step: ast.TargetStep) -> str:
    place = f"at {say(step.bracket.price)}" if isinstance(step.bracket, ast.Level) else ""
    place = place or f"{say(step.bracket.distance)} from the entry price"  # type: ignore[union-attr]
    return f"After {say_bars(step.bars)} the target is {place}."


def _takes(takes: tuple[ast.Take, ...], rule: ast.Entry) -> str:
    return " ".join(_take(take) for take in takes)


def _take(take: ast.Take) -> str:
    part = part_of(take, "the position")
    if isinstance(take.bracket, ast.Level):
        return f"Closes {part} at {say(take.bracket.price)}."
    return f"Closes {part} at a profit of {say(take.bracket.distance)}."


def part_of(part: ast.Take | ast.Reduce, whole: str) -> str:
    """`50% of the position`, `0.5 lots of the position`."""
    return f"{counted_lots(part.share) if part.lots else f'{say_number(part.share)}%'} of {whole}"


def _once_reached(after: ast.Expr | None) -> str:
    return f", once the profit has reached {say(after)}" if after is not None else ""


def _trail(trail: ast.Trail, rule: ast.Entry) -> str:
    text = f"The stop trails the best price at a distance of {say(trail.distance)}"
    return f"{text}{_once_reached(trail.after)}."


def _trail_line(line: ast.TrailLine, rule: ast.Entry) -> str:
    return f"The stop follows {say(line.price)} at each close and never moves back{_once_reached(line.after)}."


def _breakeven(move: ast.Breakeven, rule: ast.Entry) -> str:
    plus = f" plus {say(move.plus)}" if move.plus is not None else ""
    return f"The stop moves to the entry price{plus} once the profit has reached {say(move.after)}."


def _locks(locks: tuple[ast.Lock, ...], rule: ast.Entry) -> str:
    return " ".join(
        f"The stop locks in a profit of {say(lock.profit)} once the profit has reached {say(lock.after)}."
        for lock in locks
    )


# -------------------------------------------------------------------------- sizes


def _add(add: ast.Add, rule: ast.Entry) -> str:
    kind = "limit" if add.way == "against" else "stop"
    orders = f"{'buy' if rule.side == 'long' else 'sell'} {kind} {'order' if _is_one(add.times) else 'orders'}"
    way = "against the position" if add.way == "against" else "ahead of the position"
    if add.factor is None:
        size = "each of the same size"
    else:
        size = f"each {say_number(add.factor)} times the size of the one before"
    text = (
        f"Adds {say_number(add.times)} further {orders}, one every {say(add.every)} {way} from its first fill, {size}."
    )
    return f"{text} All of them share its stop." if rule.stop is not None else text


def _scale(scale: ast.ScaleSize, rule: ast.Entry) -> str:
    times = f"{say_number(scale.times)} {'time' if _is_one(scale.times) else 'times'}"
    return f"The size is multiplied by {say_number(scale.factor)} for each {scale.result} in a row, at most {times}."


def _is_one(count: ast.Count) -> bool:
    return isinstance(count, ast.Number) and count.value == 1


def counted_lots(lots: ast.Count) -> str:
    """`0.1 lot`, `2 lots`, `[volume] lots`."""
    one = isinstance(lots, ast.Number) and lots.value <= 1
    return f"{say_number(lots)} {'lot' if one else 'lots'}"


def _size(size: ast.Size, rule: ast.Entry) -> str:
    match size:
        case ast.Lots(lots):
            return f"Trades {counted_lots(lots)}."
        case ast.Share(percent, base):
            return f"The position is worth {say_number(percent)}% of the {base}."
        case ast.Money(amount):
            return f"The position is worth {say_number(amount)} of the account's currency."
        case ast.Risk(percent, base):
            return f"Risks {say_number(percent)}% of the {base} to the stop."
        case ast.RiskMoney(amount):
            return f"Risks {say_number(amount)} of the account's currency to the stop."


CLAUSES: dict[str, Said] = {
    "stop": _bracket("stop loss"),
    "target": _bracket("target"),
    "target_steps": _target_steps,
    "takes": _takes,
    "trail": _trail,
    "trail_line": _trail_line,
    "breakeven": _breakeven,
    "locks": _locks,
    "add": _add,
    "close_after": lambda count, rule: f"Closes after {say_bars(count)}.",
    "size": _size,
    "scale": _scale,
}
"""Field of an entry -> its sentence, in the order in which they are said."""
