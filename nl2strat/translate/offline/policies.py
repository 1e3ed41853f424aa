"""Stage 5k: how positions follow one another: one side only, no reversal, pyramiding, the opposite for shorts."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Aside, Item, Only, Policy, Rule
from nl2strat.translate.offline.phrases import Phrases
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.vocabulary.actions import LEAVE

_ONE_SIDE: Phrases[str] = Phrases({
    **dict.fromkeys(("long only", "only long", "only long trade", "longs only", "no short", "no shorts", "no short position", "no short trade", "nothing on short side", "never short", "do not short", "no short selling", "no shorting", "not go short",
                     "without short", "only buy", "buy only", "only long position", "i do not short", "i never short", "no sell trade", "no sell position", "never go short", "not short", "we do not short", "trade only long side", "only trade long side",
                     "only trade long", "long side only", "trade long only", "long trade only", "long position only", "only go long", "no sell order", "no trade on short side", "there is no short", "short are not allowed", "no selling short",
                     "only on long side", "shorting is not allowed", "no short sale", "do not sell short", "never sell short", "i do not sell short", "not sell short", "no short for me", "i skip short side", "skip short side", "ignore short side",
                     "i only go long", "i only trade long", "i only buy", "i only trade long side", "i only take long", "only take long", "take only long", "only take long trade", "take only long trade", "short are not taken", "no short are taken",
                     "we only go long", "we only trade long", "i do not take short", "no short entry", "no short signal", "short selling is not allowed", "stay away from short side", "i do not do short", "not open short position", "no short ever",
                     "short trade are not taken", "short trade are not allowed", "there are no short trade", "there are no short", "leave short side alone", "no short thanks"), "long"),
    **dict.fromkeys(("short only", "only short", "only short trade", "shorts only", "no long", "no longs", "no long position", "no long trade", "nothing on long side", "never long", "do not buy", "never buy", "not go long", "without long",
                     "only short position", "no buy trade", "no buy position", "never go long", "only trade short side", "only trade short", "short side only", "trade short only", "short trade only", "short position only", "only go short",
                     "only sell short", "no trade on long side", "there is no long", "long are not allowed", "only on short side", "i only go short", "i only short", "i only trade short", "only take short", "i only trade short side", "no buying",
                     "no long for me", "no long entry", "i only sell short", "not open long position", "take only short trade", "only take short trade"), "short"),
})  # fmt: skip
_NO_REVERSAL = ("ignore opposite signal", "no reversing", "no reversal", "not reverse", "no reverse", "never reverse", "without reversing", "opposite signal is ignored", "opposite signal are ignored", "ignore opposite entry", "ignore signal in opposite direction",
                "opposite signal does not close position", "ignore any opposite signal", "ignore all opposite signal", "opposite entry are ignored", "do not reverse", "not flip", "no flipping", "ignore reverse signal", "ignore contrary signal",
                "opposite signal are not taken", "signal in opposite direction are ignored", "signal in other direction are ignored", "ignore signal in other direction", "ignore signal for opposite direction", "ignore signal for other side",
                "not reverse position", "never reverse position", "ignore signal from other side", "i do not reverse", "opposite signal must is ignored", "ignore every opposite signal", "ignore opposite one", "ignore opposite",
                "no stop and reverse", "signal for other side are ignored", "ignore all signal in opposite direction", "ignore all further signal", "ignore further signal", "ignore any further signal", "ignore new signal",
                "ignore all new signal", "ignore any new signal", "ignore all other signal", "ignore other signal", "ignore any other signal", "ignore any signal", "ignore all signal", "no new trade", "ignore signal",
                "opposite signal are to is ignored", "not act on opposite signal", "opposite signal are skipped", "opposite signal have no effect", "ignore opposing signal", "opposing signal are ignored")  # fmt: skip
_WHILE_OPEN = ("while trade is open", "while position is open", "while in trade", "while in position", "as long as trade is open", "as long as position is open", "when position is open", "when trade is open", "during trade", "if position is open",
               "while i am in trade", "if trade is open", "while one is open", "while holding position", "while already in position", "while already in trade", "if already in trade", "while i have position", "when already in position",
               "if already in position", "when already in trade", "while any position is open", "while any trade is open", "until trade is closed", "until position is closed", "while i hold position", "while we are in position",
               "while we are in trade", "if i am already in trade", "if position is already open", "while another trade is open", "while another position is open", "if there is already position", "if there is open position",
               "while there is open position", "while there is open trade", "when there is open position", "while trade is running", "when in trade", "when in position", "while position is running", "as long as position is running",
               "with position open", "while open position exists", "once in trade", "once in position", "while still in trade", "as long as trade is running", "during open trade", "while i 'm in trade", "while i am in position",
               "until that trade is closed", "until position is gone", "when one is open", "as long as one is open", "until trade is over", "until trade is done")  # fmt: skip
_ONLY_FLAT = ("place order only when flat", "no order", "only when flat", "only if flat", "when flat", "if flat", "only enter when flat", "order only when flat", "only place order when flat", "enter only when flat", "only if no position is open", "only when no position is open",
              "if no position is open", "when no position is open", "only enter if flat", "only if no trade is open", "only when no trade is open", "when no trade is open", "if no trade is open", "only place order if flat", "place order only if flat",
              "no new order", "place order only when no position is open", "only place order when no position is open", "only if i am flat", "only when i am flat", "only if i have no open position", "only when i have no open position",
              "trade only when flat", "only trade when flat", "enter only if flat", "only if i have no position", "if i have no open position", "if not already in trade", "if not already in position", "only when not in position",
              "only when not in trade", "only if not in position", "only enter if no position is open", "only enter when no position is open", "place no order", "no pending order", "no further order", "not place order", "not place any order",
              "only when there is no open position", "only if there is no open position", "if there is no open position", "provided no position is open", "only if nothing is open", "only when nothing is open", "no new entry",
              "only open trade when flat", "take signal only when flat", "only take signal when flat", "only if not already in trade", "only enter if there is no open position", "only while flat", "while flat", "enter only when no position is open",
              "order only if no position is open", "order only when no position is open", "only place it when flat", "only place order while flat", "place order only while flat", "no order are placed", "order are placed only when flat",
              "order are only placed when flat", "only place order when there is no open position", "only if flat at time", "as long as i am flat", "only if we are flat", "only when we are flat", "only one order at time")  # fmt: skip
_ONE_POSITION = ("one position at time", "only one position at time", "one trade at time", "only one trade at time", "1 position at time", "only 1 position at time", "1 trade at time", "only 1 trade at time", "no pyramiding", "no more than 1 position at time",
                 "at most 1 position at time", "maximum 1 position at time", "max 1 position at time", "max 1 trade at time", "never more than 1 position at time", "only 1 open position", "only 1 open position at time", "only 1 position at once",
                 "1 open position at time", "at most 1 open position", "never more than 1 position", "not add to position", "no adding to position", "never add to position", "only 1 position", "no scaling in", "one open trade at time", "only hold 1 position at time",
                 "1 position only", "max 1 open position", "max 1 open trade", "at most 1 trade at time", "at most 1 trade open", "no more than 1 trade at time", "no more than 1 open trade at time", "1 open trade at time", "do not add to position", "max one position at time",
                 "at most 1 trade open at time", "only ever 1 position at time", "no adding to winners", "not add to open position", "not add to existing position", "no more than 1 open position", "single position at time")  # fmt: skip
_OPPOSITE: Phrases[str] = Phrases({
    **{phrase.replace("SHORTS", name): "short" for name in ("short", "sell", "short side", "sell trade", "selling", "short trade", "short position", "short sale", "sell side")
       for phrase in ("do opposite for SHORTS", "opposite for SHORTS", "mirror for SHORTS", "vice versa for SHORTS", "reverse for SHORTS", "inverse for SHORTS", "mirror image for SHORTS", "same in reverse for SHORTS", "opposite rules for SHORTS", "other way round for SHORTS",
                      "other way around for SHORTS", "do reverse for SHORTS", "do exact opposite for SHORTS", "exact opposite for SHORTS", "mirror rules for SHORTS", "SHORTS are mirror image", "SHORTS mirror", "SHORTS are opposite", "for SHORTS do opposite", "for SHORTS opposite",
                      "for SHORTS reverse", "for SHORTS other way round", "for SHORTS vice versa", "SHORTS vice versa", "SHORTS other way round", "SHORTS are mirrored", "reversed for SHORTS", "mirrored for SHORTS", "opposite on SHORTS", "inverted for SHORTS", "do inverse for SHORTS",
                      "SHORTS are exact opposite", "use opposite for SHORTS", "mirror it for SHORTS", "mirror this for SHORTS", "reverse everything for SHORTS", "mirror everything for SHORTS", "reverse rules for SHORTS", "for SHORTS mirror", "for SHORTS use mirror image", "opposite conditions for SHORTS",
                      "do mirror image for SHORTS", "SHORTS exactly opposite", "for SHORTS mirror everything", "for SHORTS everything is mirrored", "SHORTS is mirror image", "for SHORTS do reverse", "for SHORTS is opposite", "mirror those rules for SHORTS", "mirror rule for SHORTS",
                      "opposite holds for SHORTS", "opposite applies to SHORTS", "reverse applies to SHORTS", "same but reversed for SHORTS", "everything reversed for SHORTS", "mirror all of this for SHORTS", "SHORTS are reverse", "SHORTS work other way round",
                      "SHORTS reversed", "SHORTS mirrored", "SHORTS opposite", "opposite rule for SHORTS", "SHORTS exact mirror", "for SHORTS use opposite", "for SHORTS exact opposite")},
    "vice versa": "", "and vice versa": "", "mirror rules for other side": "", "opposite for other side": "", "do opposite for other side": "",
    "mirror for other side": "", "other way round for other side": "", "opposite for long": "long", "do opposite for long": "long", "mirror for long": "long", "vice versa for long": "long",
    "reverse for long": "long", "opposite rules for long": "long",
})  # fmt: skip
_REVERSE = ("always in market", "stop and reverse", "reverse position", "reverse on opposite signal", "flip position", "always reverse", "reverse", "reversing", "flip", "stay in market at all time", "always in", "so always in market",
            "it is always in market", "position is reversed", "strategy is always in market", "reverse on every signal", "always have position", "i am always in market", "reverse on each signal", "reverse at opposite signal",
            "opposite signal reverse position", "reverse position on opposite signal", "flip on opposite signal", "reverse direction", "always be in market", "stop and reverse system", "reverse trade", "flip sides",
            "flip short", "flip long", "always in trade", "always in market system", "always long or short", "system is always in market")  # fmt: skip
_OPPOSITE_EXIT = ("exit on opposite signal", "exit at opposite signal", "close on opposite signal", "close at opposite signal", "exit when opposite signal appear", "opposite signal close position", "exit on reverse signal", "close position on opposite signal", "close trade on opposite signal",
                  "exit when opposite happens", "exit on opposite cross", "exit on opposite crossover", "exit with opposite signal", "exit on reverse cross", "exit on reverse crossover", "exit on opposite crossing", "leave on opposite signal",
                  "get out on opposite signal", "close on opposite cross", "close on opposite crossover", "exit trade on opposite signal", "exit on opposite condition", "exit when opposite occurs", "sell on opposite signal", "sell on opposite cross",
                  "exit position on opposite signal", "exit on inverse signal", "exit on contrary signal", "exit on opposite", "close on reverse cross", "sell on opposite crossover", "close it on opposite signal", "close position at opposite signal",
                  "close on reverse crossover", "exit when opposite signal form", "sell when opposite happens", "exit at opposite cross", "exit on cross back", "closes in opposite case", "close in opposite case", "is closed in opposite case", "exit in opposite case", "sell when opposite signal form")  # fmt: skip


def policy(p: Cursor) -> Item | None:
    """Any of them."""
    return p.first_of(_otherwise, _weekend, _pyramid, _opposite_exit, _opposite, _no_reversal, _only_flat, _one_position, _one_side, _reverse, _same, _no_bracket)


def _otherwise(p: Cursor) -> Policy | None:
    """`... and flat otherwise`: closed as soon as the condition no longer holds."""
    said = p.accept("flat otherwise", "otherwise flat", "out otherwise", "otherwise stay flat", "otherwise is flat", "stay flat otherwise", "in cash otherwise", "otherwise is out", "out of market otherwise", "else flat", "otherwise no position",
                    "otherwise stay out", "stay out otherwise", "no position otherwise", "otherwise close position", "otherwise out", "close otherwise", "exit otherwise", "otherwise exit", "otherwise close")  # fmt: skip
    return Policy("otherwise") if said else None


def _weekend(p: Cursor) -> Policy | None:
    """`do not hold over the weekend`: only together with a closing time on Friday."""
    said = p.accept("not hold over weekend", "no position over weekend", "never hold over weekend", "not hold position over weekend", "not hold trade over weekend", "flat over weekend", "no weekend position", "nothing over weekend", "no weekend",
                    "is flat over weekend", "not stay in market over weekend", "no trade over weekend", "no holding over weekend", "do not keep position over weekend", "not keep position over weekend", "no weekend risk")  # fmt: skip
    return Policy("weekend") if said else None


def _one_side(p: Cursor) -> Only | None:
    side = p.match(_ONE_SIDE)
    if side is None or p.at("if", "when", "while", "on", "after", "between", "above", "below", "in", "unless", "as long as"):
        return None
    p.skip("for me", "here", "at all", "in this strategy", "allowed", "please", "whatsoever", "ever", "in this system", "this time", "trades", "strategy", "system")
    return Only(side)  # type: ignore[arg-type]


def _no_reversal(p: Cursor) -> Item | None:
    p.accept(*_WHILE_OPEN)
    p.skip(",", "i", "we", "then")
    if not p.accept(*_NO_REVERSAL):
        return None
    p.skip(*_WHILE_OPEN)
    p.skip("-", ",", "that is", "i.e.", "so")
    p.skip(*_NO_REVERSAL)
    return Rule(ast.NoReversal())


def _only_flat(p: Cursor) -> Policy | None:
    before = p.accept(*_WHILE_OPEN)
    p.skip(",")
    i = p.i
    if not p.accept(*sorted(_ONLY_FLAT, key=len, reverse=True)):
        return None
    denial = p.tokens[i].base in ("no", "place", "not") and p.base(-1) != "flat" and not p.at("flat")
    if denial and not before and "open" not in [t.base for t in p.tokens[i : p.i]] and not p.accept(*_WHILE_OPEN):
        return None
    return Policy("flat")


def _one_position(p: Cursor) -> Aside | None:
    return Aside() if p.accept(*sorted(_ONE_POSITION, key=len, reverse=True)) else None


def _pyramid(p: Cursor) -> Rule | None:
    """`pyramiding is allowed: up to three long positions at a time, one added on every new signal`."""
    p.skip("allow", "hold", "have", "keep", "never more than") if p.at("allow at most", "allow up to", "hold at most", "have at most", "hold up to", "keep at most", "allow maximum") else None
    named = p.accept("pyramiding is allowed", "pyramiding allowed", "allow pyramiding", "pyramiding", "pyramid", "scale in", "add to position", "add to winner", "adding to position is allowed", "pyramid up", "scaling in is allowed", "scaling in",
                     "positions may is added", "add", "position can is added to", "adding is allowed")  # fmt: skip
    p.skip("on every new signal", "on each new signal", "on every signal", "with every new signal", "with each new signal", "on each signal") if named else None
    p.skip(":", ",", "up to", "with", "maximum of", "max", "maximum", "at most", "no more than", "to", "of", "and", "-", "is allowed", "hold", "i", "limit", "limited to", "allow", "have", "keep", "can", "you", "there may is", "(", "not more than", "allowed", "=",
           "we", "by", "may is held", "hold up to", "there can is", "will", "once", "i hold", "run")  # fmt: skip
    bars = count(p)
    if bars is None:
        return None
    already = p.at("open", "concurrent", "simultaneous", "parallel")
    p.skip("long", "short", "open", "concurrent", "simultaneous", "same direction", "parallel", "buy", "sell")
    if not p.accept("position", "entry", "trade", "time", "times", "unit", "units", "buy", "order", "add on", "layers"):
        if not (named and p.kind() in ("break", "") or p.at(")", ",")) or not named:
            return None
    p.accept("long", "short")
    at_once = already
    at_once = p.accept("at a time", "at same time", "at once", "open at same time", "simultaneously", "in same direction", "open at once", "open at a time", "in parallel", "concurrently", "may is open at same time", "may is open at once", "open simultaneously",
                       "can is open at same time", "may is held at same time", "can is open at once", "in total", "total", "open in same direction", "are allowed at same time", "may is open at a time", "per direction", "same way", "open",
                       "may is held at once", "allowed at once", "at any time", "at any one time", "are allowed", "allowed", "may is open", "same direction", "in 1 direction", "can is held at once", "at one time") or at_once  # fmt: skip
    if not named and not at_once:
        return None
    p.skip(")", ",", "with 1 add on every new signal", "one add on every new signal", "1 add on every new signal", "1 add on each new signal", "add 1 on every new signal", "add 1 on each new signal", "1 new one per signal", "1 more on every new signal", "1 per signal",
           "with 1 add on each new signal", "each new signal add 1", "every new signal add 1", "1 for each new signal", "1 for every new signal", "adding 1 on every new signal", "1 on every new signal", "1 on each new signal", "one per signal", "at same time",
           "1 at each new signal", "1 at every new signal", "1 added per signal", "1 per new signal", "1 with each new signal", "add 1 with each new signal", "each signal add 1", "every signal add 1", "1 add per signal", "1 add with each signal", "add another on each new signal",
           "1 add at each signal", "add 1 at each signal", "each new signal adds another", "1 added each time signal form", "at a time")  # fmt: skip
    return Rule(ast.Pyramid(bars))


def _opposite_exit(p: Cursor) -> Policy | None:
    """`exit on the opposite signal`, `I get out when the opposite happens`."""
    spoken = p.trial(_on_opposite)
    if spoken is not None:
        return spoken
    return Policy("opposite", "exit") if p.accept(*sorted(_OPPOSITE_EXIT, key=len, reverse=True)) else None


def _on_opposite(p: Cursor) -> Policy | None:
    if p.match(LEAVE) is None and not p.accept("sell"):
        return None
    p.skip("position", "trade", "it")
    if not p.accept("when", "if", "on", "at", "once", "as soon as", "whenever", "upon", "with", "after", "in"):
        return None
    if not p.accept("exact opposite", "opposite", "reverse", "inverse", "contrary", "opposing", "converse"):
        return None
    p.skip("signal", "cross", "crossover", "crossing", "condition", "thing", "case", "situation", "setup", "entry signal", "direction", "event", "entry", "side")
    p.skip("form", "happens", "occurs", "is true", "come", "is given", "is met", "takes place", "hold", "is case", "applies", "comes up", "appears")
    return Policy("opposite", "exit")


def _opposite(p: Cursor) -> Policy | None:
    side = p.match(_OPPOSITE)
    return Policy("opposite", side) if side is not None else None


def _reverse(p: Cursor) -> Policy | None:
    if not p.accept(*sorted(_REVERSE, key=len, reverse=True)) or p.at("when", "if", "up", "down", "to", "below", "above"):
        return None
    return Policy("reverse")


def _same(p: Cursor) -> Policy | None:
    """`same stop and same target`."""
    p.skip("with", "use", "both with", "using", "again with", "again", "and")
    if not p.accept("same stop and same target", "same stop and target", "same stop loss and same take profit", "same stop loss and take profit", "same stop , same target", "same bracket", "same stop same target", "same sl and tp", "same stop and take profit",
                    "same sl / tp", "same exits", "same stops and targets", "same stop and same take profit", "same stop loss and target", "identical stop and target", "same distances", "same stop and profit target", "same stop loss and same target",
                    "same risk management", "same stop", "same stop loss", "same sl and same tp", "same sl tp", "same levels", "same stop distance and target", "same protection"):  # fmt: skip
        return None
    p.skip("as before", "as for long", "as above", "as for buy", "again", "as with long", "there", "here", "for it", "too", "as well", "distance", "as long", "for short", "applies", "apply", "for both", "as for short")
    return Policy("same")


def _no_bracket(p: Cursor) -> Policy | None:
    if p.accept("no stop loss and no take profit", "no stop and no target", "no stop no target", "no stop loss or take profit", "no stop or target", "without stop or target", "no stop , no target", "no stop loss , no take profit", "without stop loss or take profit",
                "no stops or targets", "no stop loss no take profit", "neither stop nor target", "no sl no tp", "no sl or tp", "without stop and target", "no sl / tp", "no stop nor target"):  # fmt: skip
        return Policy("no stop")
    if p.accept("no stop loss", "no stop", "without stop", "without stop loss", "without a stop", "no sl", "do not use stop", "not use stop loss", "no hard stop", "no protective stop", "do not use stop loss", "no stop order"):
        return Policy("no stop")
    if p.accept("no take profit", "no target", "no profit target", "without target", "without take profit", "no tp", "no fixed target", "without profit target", "do not use target", "not use take profit", "no limit"):
        return Policy("no target")
    return None
