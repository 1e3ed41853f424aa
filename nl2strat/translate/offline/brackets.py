"""Stage 5g: stops, targets, trailing, break-even, partial exits."""

from __future__ import annotations

from dataclasses import replace

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import values
from nl2strat.translate.offline.cursor import Cursor, number
from nl2strat.translate.offline.elements import Clause
from nl2strat.translate.offline.kinds import is_distance, is_price
from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.quantities import plain_number, quantity
from nl2strat.translate.offline.vocabulary.phrases import MULTIPLES, RISK_NOUNS

_STOP = Phrases.of({"": ("stop loss", "stop", "sl", "protective stop", "initial stop", "hard stop", "stop loss order", "protective stop loss", "stops",
                         "initial stop loss", "fixed stop", "stop loss level", "fixed stop loss", "safety stop", "stop loss distance", "hard stop loss",
                         "stop order", "emergency stop", "catastrophic stop", "stop out")})  # fmt: skip
_TARGET = Phrases.of({"": ("take profit", "target", "tp", "profit target", "take profit target", "profit taking", "price target", "profit objective", "profit goal",
                           "take profit level", "take profit order", "objective", "limit target", "take profits", "targets", "gain target",
                           "take your profit", "take my profit", "profit", "target profit")})  # fmt: skip
_TRAILING = ("trailing stop loss", "trailing stop", "trailing sl", "trail", "trailing", "trailing stops", "trailing stop order")
_SET = ("always", "set", "place", "put", "use", "is", "goes", "go", "add", "have", "with", "my", "your", "i use", "protect position with", "protect with", "is protect by",
        "protect trade with", "give it", "give trade", "will", "each trade have", "every trade have", "every trade gets", "each trade gets", "for every trade",
        "for each trade", "attach", "every position have", "let 's use", "work with", "protect it with", "exit with", "apply", "there is", "comes with", "include",
        "get", "gets", "keep", "trade with", "both with", "both have", "initial", "fixed", "a hard", "position is protect by", "position is protect with", "secure it with",
        "every trade is protect by", "trade is protect by", "each trade is protect by", "each position is protect by", "each trade is protect with",
        "every trade carries", "each trade carries", "carries", "and", "running", "run")  # fmt: skip
_EQUALS = ("of", "is", "at", "=", ":", "to", "is set to", "is set at", "is placed at", "set at", "set to", "placed at", "placed", "goes at", "goes", "will is", "sits",
           "sits at", "is placed", "is put at", "is at", "put at", "equal to", "equals", "is equal to", "located at", "fixed at", "put", "will is placed at",
           "should is", "amounts to", "is fixed at", "being", "belongs at", "belongs", "lies", "lies at", "set", "->", "go", "go at", "is located at", "distance", "distance is",
           "is set", "distance of", "should is at", "should is placed", "=>", "price", "level", "for the trade is", "go to", "exactly")  # fmt: skip
_ENTRY = ("entry price", "entry", "fill price", "fill", "open price of position", "price i paid", "my entry", "entry level", "purchase price", "open price", "buy price",
          "entry point", "opening price", "price of entry", "price paid", "my entry price", "actual entry", "where i get in")  # fmt: skip


def clause(p: Cursor) -> Clause | None:
    """Any clause about how a trade ends or is protected."""
    side = _side_before(p)
    result = p.first_of(_no_more, trailing, break_even, partial, _stop_after_distance, _target_after_distance, _stop, _target, _ratio, _reach)
    if result is None:
        return None
    return Clause(result.field, result.value, side or _side_after(p))


def _side_before(p: Cursor) -> str:
    """`for longs, ...`, `long stop: ...`."""
    i = p.i
    p.skip("for", "on", "in case of", "with")
    side = "long" if p.accept("long position", "long trade", "long", "buy") else "short" if p.accept("short position", "short trade", "short", "sell") else ""
    p.skip("side")
    p.skip(",", ":", "the", "'s")
    if side and (p.at("stop", "sl", "target", "tp", "take profit", "stop loss", "trail", "trailing")) and not p.at("target of") or False:
        return side
    p.i = i
    return ""


def _side_after(p: Cursor) -> str:
    """`... for longs`, `... on shorts`."""
    i = p.i
    if p.accept("for", "on"):
        if p.accept("long position", "long trade", "long side", "long", "buy trade", "buy", "buy order"):
            return "long"
        if p.accept("short position", "short trade", "short side", "short", "sell trade", "sell", "sell order"):
            return "short"
    p.i = i
    return ""


def _no_more(p: Cursor) -> Clause | None:
    return None


# ------------------------------------------------------------ stop and target


def _stop(p: Cursor) -> Clause | None:
    """`stop loss 30 pips`, `place the stop 5 pips below the low of the candle`, `SL = 25 pips`."""
    p.skip(*_SET)
    if p.match(_STOP) is None or p.at("to break even", "to breakeven", "to entry", "and reverse", "trading"):
        return None
    p.skip("for trade", "on it", "order", "on trade") if p.at("for trade", "on it", "on trade") else None
    p.skip(*_EQUALS)
    _dash(p)
    bracket = _bracket(p, "stop")
    return Clause("stop", bracket) if bracket is not None else None


def _target(p: Cursor) -> Clause | None:
    """`take profit 60 pips`, `target: 1.5 times the distance from entry to stop`, `take profit at the upper band`."""
    p.skip(*_SET)
    if p.match(_TARGET) is None:
        return None
    if p.base(-1) == "profit" and p.word(-2) not in ("take", "target") and not p.at("=", ":", "at", "target"):
        return None
    p.skip("target") if p.at("target") else None
    p.skip(*_EQUALS)
    _dash(p)
    bracket = _bracket(p, "target")
    return Clause("target", bracket) if bracket is not None else None


def _dash(p: Cursor) -> None:
    """A dash between a label and its value; a minus is glued to its number."""
    following = p.token(1)
    if p.at("-") and following is not None and not following.glued:
        p.i += 1


def _stop_after_distance(p: Cursor) -> Clause | None:
    """`a 30 pip stop loss`, `2 atr sl`, `a stop loss` after its distance."""
    p.skip(*_SET)
    distance = _distance(p)
    if distance is None or p.at("trailing"):
        return None
    p.skip("hard", "protective", "initial", "fixed", "of", "wide", "away", "as", "for", "my") if not p.at("for break") else None
    if p.match(_STOP) is None or p.at("to break"):
        return None
    p.skip("below entry", "above entry", "from entry")
    return Clause("stop", ast.Offset(distance))


def _target_after_distance(p: Cursor) -> Clause | None:
    """`a 60 pip take profit`, `3R tp`, `two ATR target`."""
    p.skip(*_SET)
    distance = _distance(p)
    if distance is None:
        return None
    p.skip("of", "as", "for", "my", "fixed") if not p.at("of profit", "for break") else None
    if p.match(_TARGET) is None or p.at(","):
        if not p.at(",") or p.base(-1) == "profit" and p.word(-2) not in ("take",):
            return None
    return Clause("target", ast.Offset(distance))


def _ratio(p: Cursor) -> Clause | None:
    """`risk reward 1:2`, `reward-to-risk of 2`, `with a 1:3 risk to reward ratio`: the target in multiples of the stop."""
    p.skip(*_SET)
    named = _ratio_name(p)
    if named:
        p.skip("of", "is", "=", ":", "at")
    ratio = _ratio_number(p, reward_first=named == "reward")
    if ratio is None:
        return None
    if not named:
        named = _ratio_name(p)
        if not named:
            return None
    p.accept("ratio")
    return Clause("target", ast.Offset(ast.Quantity(ratio, "R")))


def _ratio_name(p: Cursor) -> str:
    if p.accept("risk reward ratio", "risk reward", "risk to reward ratio", "risk to reward", "risk / reward ratio", "risk / reward", "rr", "r : r", "risk : reward ratio",
                "risk : reward", "rrr", "r / r", "r r", "risk versus reward"):  # fmt: skip
        return "risk"
    if p.accept("reward to risk ratio", "reward to risk", "reward risk ratio", "reward risk", "reward / risk ratio", "reward / risk", "reward : risk ratio", "reward : risk"):
        return "reward"
    return ""


def _ratio_number(p: Cursor, *, reward_first: bool) -> ast.Number | None:
    token = p.token()
    if token is not None and token.kind == "clock" and token.value is not None:  # "1:2" never lexes as a clock, "1:20" might
        return None
    first = plain_number(p)
    if not isinstance(first, ast.Number):
        return None
    if p.accept(":", "to", "/"):
        second = plain_number(p)
        if not isinstance(second, ast.Number) or not first.value or not second.value:
            return None
        big, small = max(first.value, second.value), min(first.value, second.value)
        return ast.Number((big / small).normalize() if small == 1 else big / small)
    del reward_first
    return first


def _reach(p: Cursor) -> Clause | None:
    """`take profit when the trade is up 2%`, `exit at 40 pips profit`."""
    if not p.accept("take profit when", "take profits when", "take profit once", "close trade when", "close position when", "exit when", "exit at", "close at", "get out at",
                    "get out when", "take profit at", "close it when", "close it at", "exit once", "exit as soon as", "close trade at", "close position at", "close position once",
                    "close position as soon as", "close trade once", "close it once"):  # fmt: skip
        return None
    loss = p.trial(_loss)
    if loss is not None:
        return Clause("stop", ast.Offset(loss))
    profit = p.trial(profit_reached)
    return Clause("target", ast.Offset(profit)) if profit is not None else None


def _loss(p: Cursor) -> Expr | None:
    """`it is 30 pips down`, `a loss of 1%`, `the loss reaches 20 pips`."""
    p.skip("trade", "it", "position", "i", "we", "is", "am", "are", "have", "open")
    if p.accept("loss of", "loss reach", "loss is", "loss exceed", "down", "lose", "losing"):
        p.skip("at least", "more than", "by")
        return _distance(p)
    distance = _distance(p)
    return distance if distance is not None and p.accept("in loss", "down", "of loss", "loss", "against me", "under water", "in red") else None


def _distance(p: Cursor) -> Expr | None:
    """A distance: `30 pips`, `2 ATR`, `1.5 x ATR(14)`, `twice the risk`, `risk_mult * ATR(14)`, `1%`."""
    result = p.first_of(values._product, quantity)
    if result is None or not is_distance(result):
        return None
    return result


def _bracket(p: Cursor, what: str) -> ast.Offset | ast.Level | None:
    """A distance from the fill, or a price level; asks when a bare number could be either."""
    i = p.i
    p.skip("exactly", "just", "a distance of", "about", "somewhere", "max", "fixed", "distance of", "away")
    if p.accept("at") or p.accept("the"):
        pass
    ratio = p.trial(lambda q: _ratio_number(q, reward_first=False)) if p.kind(1) == "mark" and p.word(1) == ":" else None
    if ratio is not None and what == "target":
        return ast.Offset(ast.Quantity(ratio, "R"))
    one_r = _risk_multiple(p)
    if one_r is not None and what == "target":
        return ast.Offset(one_r)
    away = p.trial(_from_entry)
    if away is not None:
        return ast.Offset(away)
    near = p.trial(_beyond)
    if near is not None:
        return ast.Level(near)
    value = p.trial(values.value)
    if value is None:
        p.i = i
        return None
    if is_distance(value):
        p.skip("away from entry", "from entry", "below entry", "above entry", "away", "distance", "below entry price", "above entry price", "in distance", "wide", "of profit",
               "from entry price", "from fill", "below fill", "above fill", "from my entry", "in profit", "from fill price", "loss", "below it", "below price", "above it",
               "of price", "from there", "under entry", "over entry", "underneath", "below", "under") if not p.at("below low", "under low", "above high", "below lower", "below it is") else None  # fmt: skip
        return ast.Offset(value)
    if is_price(value):
        return ast.Level(value)
    if isinstance(value, ast.Number):
        if value.value % 1 and value.value.as_tuple().exponent <= -2:  # type: ignore[operator]
            return ast.Level(value)
        if p.at("lot", "dollar"):
            return None
        return ast.Offset(value)
    if isinstance(value, ast.Minus):
        p.questions.append(f"A {what} of -{getattr(value.value, 'value', '')} is impossible: a distance has to be above zero. What should it be?")
        return ast.Offset(value)
    return None


def _risk_multiple(p: Cursor) -> ast.Quantity | None:
    """`twice the risk`, `1.5 times that risk`, `3 to 1`, `2x`, `the same distance as the stop`, `risk times 2`."""
    i = p.i
    if p.accept("same distance", "equal distance", "same size as stop", "same distance as stop", "same as stop", "equal to stop", "as far as stop"):
        p.skip("as stop", "as stop loss", "away")
        return ast.Quantity(number(1), "R")
    p.skip("to")
    if p.word() in MULTIPLES:
        factor: Expr | None = number(MULTIPLES[p.word()])
        p.i += 1
    else:
        factor = plain_number(p)
        if isinstance(factor, ast.Number) and p.accept(": 1", "to 1"):
            return ast.Quantity(factor, "R")
        if not p.accept("times", "x", "*"):
            factor = None if not p.at("to 1") else factor
    if isinstance(factor, (ast.Number, ast.Name)):
        p.skip("of", "that", "this", "as much as", "as far as", "as far away as", "as big as", "as large as", "same", "its", "as wide as", "my", "initial", "size of", "as far from entry as", "whatever")
        for noun in sorted(RISK_NOUNS, key=len, reverse=True):
            if p.accept(noun):
                p.skip("is", "away", "distance", "taken", "was", "in pips")
                return ast.Quantity(factor, "R")
    p.i = i
    if p.accept("risk") and p.accept("times", "*", "x"):
        factor = plain_number(p)
        if factor is not None:
            return ast.Quantity(factor, "R")  # type: ignore[arg-type]
    p.i = i
    return None


def _from_entry(p: Cursor) -> Expr | None:
    """`2 ATR below the entry price`, `30 pips from entry`."""
    distance = _distance(p)
    if distance is None or not p.accept("below", "above", "under", "over", "from", "away from", "beyond", "off", "beneath", "behind", "of"):
        return None
    return distance if p.accept(*_ENTRY) else None


def _beyond(p: Cursor) -> Expr | None:
    """`below the low of the signal bar`, `under the lower band`: at that very price, an assumption."""
    if not p.accept("right below", "just below", "below", "under", "above", "just above", "right above", "beneath", "just under", "on", "behind", "beyond", "over"):
        return None
    said = p.base(-1)
    value = p.trial(values.value)
    if value is None or not is_price(value):
        return None
    if said != "on":
        p.note("A stop below or above a level, with no distance, stands at that level.")
    return value


# ------------------------------------------------------- what starts at a profit


def profit_reached(p: Cursor) -> Expr | None:
    """`the trade is 20 pips in profit`, `a profit of 1R`, `+20 pips`, `20 pips profit`, `1R`, `price has moved 1R in my favour`."""
    p.skip("trade", "position", "it", "we", "i", "price", "market", "is", "am", "are", "have", "has", "open", "there is", "unrealised", "unrealized", "floating", "reach", "at",
           "up", "shows", "form", "go", "move", "running", "i 'm", "we 're", "profit is", "profit of", "profit reach", "profit", "ahead by", "reaches", "a", "gain of", "gain", "once",
           "by", "at least", "been", "made", "makes", "exceed", "=", "its", "goes", "or more", "in profit by", "hits", "amounts to", "gained", "above", "shown", "stands at",
           "earned", "more than", "over", "travelled", "gains", "will", "distance of", "to", "achieved", "lead of", "a lead of")  # fmt: skip
    p.accept("+")
    distance = _distance(p)
    if distance is None:
        p.accept("a")
        distance = _risk_multiple(p)
    if distance is None:
        return None
    p.skip("in profit", "of profit", "profit", "in front", "ahead", "in my favour", "in my favor", "to good", "up", "in your favour", "in our favour", "in plus", "in its favour", "gain", "in green",
           "or more", "of gain", "in our favor", "in your favor", "in money", "in its favor", "above entry", "on paper", "in favour", "in favor", "from entry", "is reach",
           "of open profit", "profitable", "above entry price", "have is made", "have is reach", "is made", "in direction of trade", "in right direction")  # fmt: skip
    return distance


_TRIGGER = ("once", "when", "after", "as soon as", "if", "at", "whenever", "from")


def _trigger_before(p: Cursor) -> Expr | None:
    """`Once the trade is 20 pips in profit, ...`."""
    i = p.i
    if p.accept(*_TRIGGER):
        profit = p.trial(profit_reached)
        if profit is not None:
            p.skip(",", "then", ":", "i", "we", "and")
            return profit
    p.i = i
    return None


def _trigger_after(p: Cursor) -> Expr | None:
    """`... once the trade is 20 pips in profit`."""
    i = p.i
    p.accept(",")
    p.skip("but only", "only", "starting", "start", "that start", "begin", "activated", "which start", "that begin", "kicking in", "that kicks in", "active", "to start",
           "beginning", "it start", "that is activated", "which is activated", "it kicks in", "that becomes active")  # fmt: skip
    if p.accept(*_TRIGGER):
        profit = p.trial(profit_reached)
        if profit is not None:
            return profit
    p.i = i
    return None


def trailing(p: Cursor) -> Clause | None:
    """`a 30 pip trailing stop`, `trail the stop by 2 ATR after 1R`, `trailing stop of 1%`."""
    after = _trigger_before(p)
    p.skip(*_SET)
    p.skip("i", "we", "start", "to", "begin", "activate", "it with", "by", "with", "the", "switch to", "on") if not p.at("with stop") else None
    distance = p.trial(_distance)
    p.skip("wide", "of")
    if not p.accept(*_TRAILING):
        return None
    p.skip("stop loss", "stop", "sl", "it", "position", "price", "trade", "profit", "my", "them", "your", "that", "which", "my stop", "rest", "the")
    if distance is None:
        p.skip("of", "by", "at", "with", "=", ":", "is", "behind price by", "distance", "set to", "stays", "a", "follow price at", "follow at", "set at", "follow", "to", "trail by", "kept", "in",
               "price at", "price with", "that trail by", "placed", "which trail by", "that follow price at", "that follow at", "it at", "using", "trail", "price by", "always", "on")  # fmt: skip
        distance = p.trial(_distance)
        if distance is None:
            return None
        p.skip("behind price", "below highest high since entry", "distance", "behind highest high", "behind", "from highest high", "below highest price since entry", "away", "below highest high",
               "from highest price", "behind highest price since entry", "behind market", "from peak", "below highest price", "behind highest high since entry", "below high", "behind it",
               "from highest price since entry", "from price", "below price", "from current price", "step", "below best price", "behind best price", "from extreme")  # fmt: skip
    after = after or _trigger_after(p)
    return Clause("trail", ast.Trail(distance, after))


_MOVE_TO_ENTRY = Phrases.of({"": tuple(
    f"{verb} {what} {to}" for verb in ("move", "bring", "pull", "shift", "raise", "set", "put", "adjust", "slide", "is moved", "place", "lift", "change", "go")
    for what in ("stop", "stop loss", "sl", "it", "my stop", "the stop order", "my sl", "my stop loss", "your stop")
    for to in ("to break even", "to breakeven", "to entry", "to entry price", "up to break even", "at break even", "to my entry", "up to entry", "to open price", "to break even point",
               "break even", "to entry level", "to zero", "up to entry price", "to my entry price", "to price of entry", "to break even level", "to opening price", "at entry", "at entry price", "up to breakeven",
               "at breakeven", "to where i got in")
) + tuple(f"{what} {goes}" for what in ("stop", "stop loss", "sl", "it") for goes in ("go to break even", "is moved to break even", "is moved to entry", "go to entry", "is moved to entry price", "move to break even",
     "is set to break even", "go to breakeven", "move to entry", "is moved to breakeven", "jumps to entry", "jumps to break even", "is raised to entry", "is pulled to break even", "is brought to break even", "is raised to break even",
     "move to entry price", "go to entry price", "is moved up to entry price", "move to breakeven"))
+ ("move to break even", "go to break even", "break even", "breakeven", "break even stop", "go break even", "breakeven stop", "make trade risk free", "make it risk free", "go risk free", "lock in break even", "move to breakeven",
   "move stop loss break even", "set break even", "set breakeven", "secure trade at break even", "break even move")})  # fmt: skip


def break_even(p: Cursor) -> Clause | None:
    """`once the trade is 20 pips in profit, move the stop to break-even (plus 2 pips)`."""
    after = _trigger_before(p)
    p.skip("i", "we", "use", "and", "my", "you", "then") if not p.at("move") else None
    if p.word() == "be" and (after is not None or p.word(1) in ("at", "after", "once", "+", ":", "=")):
        p.i += 1
    elif p.match(_MOVE_TO_ENTRY) is None:
        return None
    plus = p.trial(_plus)
    p.skip("rule", ":", "=", "trigger", "stop") if not p.at("= >") else None
    if after is None:
        after = p.trial(_trigger_after) or p.trial(lambda q: _distance(q))
        p.skip("in profit", "of profit", "profit")
    plus = plus or p.trial(_plus)
    after = after or p.context.profit
    return Clause("breakeven", ast.Breakeven(after, plus)) if after is not None else None


def _plus(p: Cursor) -> Expr | None:
    if not p.accept("plus", "+", "and lock in", "and add", "with", ", plus"):
        return None
    return quantity(p)


# ------------------------------------------------------------- partial exits


def partial(p: Cursor) -> Clause | None:
    """`close half of the position at a profit of 1R`, `take 50% off at 30 pips`, `the other half at 3R`, `let the rest run to 3R`."""
    after = _trigger_before(p)
    verb = p.accept("close", "take", "sell", "exit", "scale out", "take off", "book", "cash in", "bank", "cover", "liquidate", "closing", "take profit on", "get out of", "lock in", "reduce", "closes", "let", "leave", "hold",
                    "keep")  # fmt: skip
    p.skip("off", "out of", "profit on", "profits on", "the")
    rest = p.trial(_rest)
    if rest:
        p.skip("run", "go", "stay", "is closed", "close", "closes", "off", "exit", "with", "ride", "position", "out")
        distance = after or p.trial(_at_profit)
        return Clause("takes", ast.Take(number(100), ast.Offset(distance))) if isinstance(distance, ast.Node) and is_distance(distance) else None
    share = p.trial(_share)
    if share is None:
        return None
    p.skip("of", "position", "trade", "off", "is closed", "closes", "profit", "lots", "size", "my", "it", "table", "volume", "is taken off", "is sold", "out", "open position", "long", "short", "holding", "is closed out",
           "lot", "whole position", "contracts", "exit", "close", "is exited", "is taken")  # fmt: skip
    if not verb and not p.at("at", "when", "once", "after", "as soon as"):
        if p.base(-1) not in ("closes", "is", "off", "close", "exit") and not p.base(-1) == "position":
            return None
    distance = after or p.trial(_at_profit)
    if distance is None:
        return None
    p.context = replace(p.context, profit=distance)
    return Clause("takes", ast.Take(share, ast.Offset(distance)))


def _rest(p: Cursor) -> bool | None:
    p.skip("of it") if p.at("of it") else None
    return True if p.accept("other half", "rest", "remainder", "second half", "remaining half", "remaining 50 %", "remaining position", "remaining part", "last part", "last third", "final third", "other 50 %", "what is left",
                            "what remains", "remaining lots", "remaining", "other part", "last half", "balance", "runner", "final half", "rest of position", "rest of it", "final part", "last quarter",
                            "second part") else None  # fmt: skip


def _share(p: Cursor) -> ast.Number | ast.Name | None:
    if p.accept("half", "1 half", "first half", "one half"):
        return number(50)
    if p.accept("another third", "another 1 / 3", "second third", "third", "1 third", "1 / 3", "first third", "one third"):
        return ast.Number(ast.Decimal("33.33333333"))
    if p.accept("another quarter", "second quarter", "third quarter", "quarter", "1 quarter", "1 / 4", "first quarter", "one quarter"):
        return number(25)
    if p.accept("2 third", "2 thirds", "2 / 3", "two thirds"):
        return ast.Number(ast.Decimal("66.66666667"))
    if p.accept("3 quarters", "3 / 4", "three quarters"):
        return number(75)
    if p.accept("1 / 2"):
        return number(50)
    percent = quantity(p)
    return percent.amount if percent is not None and percent.unit == "%" else None


def _at_profit(p: Cursor) -> Expr | None:
    p.skip("at", "when", "once", "after", "as soon as", "to", "until", "if", "for", "till", "up to", "as", "with", "go")
    return profit_reached(p)
