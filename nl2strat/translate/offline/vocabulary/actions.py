"""What a trader does: open, leave, and words that only frame it."""

from __future__ import annotations

from nl2strat.translate.offline.phrases import Phrases

_LONG_THINGS = ("long", "long position", "long trade", "long order", "buy", "buy position", "buy trade", "buy order", "buy market order",
                "market buy order", "market buy", "long entry", "long positions")  # fmt: skip
_SHORT_THINGS = ("short", "short position", "short trade", "short order", "sell", "sell position", "sell trade", "sell order", "sell market order",
                 "market sell order", "short sale", "market sell", "short entry", "short positions")  # fmt: skip
_OPENING = ("open", "enter", "go", "take", "get", "initiate", "start", "place", "put on", "establish", "be", "send", "enter into", "execute",
            "opening", "make", "set", "issue", "launch", "go in", "get in", "going", "turn", "want to go", "want to is", "trigger", "place at market")  # fmt: skip

OPEN: Phrases[str] = Phrases({
    **{f"{verb} {thing}": "long" for verb in _OPENING for thing in _LONG_THINGS},
    **{f"{verb} {thing}": "short" for verb in _OPENING for thing in _SHORT_THINGS},
    **{f"{verb} {thing}": "long" for verb in ("entry", "entry rule", "signal", "entry signal") for thing in ("long", "buy")},
    **{f"{verb} {thing}": "short" for verb in ("entry", "entry rule", "signal", "entry signal") for thing in ("short", "sell")},
    **{f"{thing} {verb}": "long" for verb in ("is opened", "is open", "is taken", "is entered", "is triggered", "is initiated", "is placed", "entry", "setup",
       "signal", "rule", "condition", "entry rule", "entry condition", "entry signal", "trigger", "will is opened", "is bought", "is established", "is to is opened",
       "is generated", "is given", "are opened", "trade", "entry trigger")
       for thing in ("long position", "long", "buy position", "buy", "long trade", "buy trade", "buy order", "long order")},
    **{f"{thing} {verb}": "short" for verb in ("is opened", "is open", "is taken", "is entered", "is triggered", "is initiated", "is placed", "entry", "setup",
       "signal", "rule", "condition", "entry rule", "entry condition", "entry signal", "trigger", "will is opened", "is established", "is to is opened",
       "is generated", "is given", "are opened", "trade", "entry trigger")
       for thing in ("short position", "short", "sell position", "sell", "short trade", "sell trade", "sell order", "short order")},
    "buy": "long", "long": "long", "purchase": "long", "buy in": "long", "buy at market": "long", "buy signal": "long", "buy it": "long",
    "longs": "long", "i buy": "long", "buying": "long", "is bought": "long", "are bought": "long", "join long side": "long", "buy long": "long",
    "sell short": "short", "short": "short", "short sell": "short", "short it": "short", "shorts": "short", "i short": "short",
    "sell": "sell", "i sell": "sell", "sell it": "sell", "is sold": "sell", "sell at market": "sell", "are sold": "sell",
    "is shorted": "short", "is sold short": "short", "are shorted": "short", "sold short": "short", "short at market": "short",
    "enter": "", "entry": "", "enter trade": "", "enter position": "", "open position": "", "open trade": "", "entry rule": "", "entry condition": "",
    "get in": "", "entry signal": "", "enter market": "", "entry trigger": "", "trade is opened": "", "position is opened": "", "entry is made": "",
    "trade is taken": "", "enter at market": "", "take trade": "", "entry rules": "", "position is entered": "", "entry criteria": "", "entry setup": "",
    "it is opened": "", "it is open when": "", "position is opened long": "long", "position is opened short": "short", "trade is opened long": "long", "trade is opened short": "short",
    "jump in": "", "get into trade": "", "initiate position": "", "initiate trade": "", "entry is": "", "to enter": "",
})  # fmt: skip
"""Phrase -> "long", "short", "sell" (what that means is EXECUTION.md rule 19), "" (no side said)."""

_CLOSING = ("close", "closes", "exit", "leave", "get out of", "liquidate", "close out", "closing", "flatten", "end", "finish", "terminate", "close down",
            "square off", "square", "drop", "dump", "abandon", "sell out of", "come out of", "ends", "terminates", "shut", "step out of", "bail out of",
            "getting out of", "go out of", "is out of", "quit", "unwind", "close off", "ending", "close up")  # fmt: skip
_HELD = ("position", "trade", "it", "deal", "everything", "all", "whole position", "entire position", "open position", "open trade", "all position",
         "all trade", "all open position", "all open trade", "any open position", "any open trade", "any position", "any trade", "every trade", "every position",
         "my position", "my trade", "them", "this position", "that position", "whatever is open", "full position", "order", "all of it", "each trade", "each position",
         "current position", "current trade", "existing position", "that trade", "this trade", "market", "remaining position", "what is open", "both",
         "all long and short position", "all still open position", "everything that is open", "whatever is still open", "anything open",
         "anything that is open", "anything still open", "trade out", "every open trade", "every open position", "every open one", "all order",
         "open one", "any trade that is still open", "position i have", "all of them")  # fmt: skip

LEAVE: Phrases[str] = Phrases({
    **{f"{verb} {thing}": "" for verb in _CLOSING for thing in _HELD},
    **{f"{verb} {thing}": "long" for verb in _CLOSING for thing in ("long", "long position", "long trade", "all long", "all long position", "buy", "buy position",
       "any long", "any long position", "my long", "open long", "open long position", "every long", "long one", "buy trade", "longs")},
    **{f"{verb} {thing}": "short" for verb in _CLOSING for thing in ("short", "short position", "short trade", "all short", "all short position", "sell position",
       "any short", "any short position", "my short", "open short", "open short position", "every short", "short one", "sell trade", "shorts")},
    **{f"{thing} {verb}": "" for thing in ("position", "trade", "everything", "all position", "all trade", "it", "any position", "open position", "any open position",
       "every position", "every trade", "all open position", "any trade", "open trade", "deal", "any open trade", "both position")
       for verb in ("is closed", "is exited", "is liquidated", "is ended", "ends", "closes", "is closed out", "is over", "will is closed", "is to is closed", "is flattened",
                    "is terminated", "is left")},
    **{f"{thing} {verb}": "long" for thing in ("long", "long position", "long trade", "buy position", "longs") for verb in
       ("is closed", "is exited", "is liquidated", "exit", "is ended", "ends", "exit rule", "exit signal", "is closed out", "exit condition", "will is closed")},
    **{f"{thing} {verb}": "short" for thing in ("short", "short position", "short trade", "sell position", "shorts") for verb in
       ("is closed", "is exited", "is liquidated", "exit", "is ended", "ends", "is covered", "exit rule", "exit signal", "is closed out", "exit condition", "will is closed")},
    "exit": "", "get out": "", "leave": "", "close": "", "flatten": "", "liquidate": "", "go flat": "", "get flat": "", "bail out": "", "bail": "",
    "exit signal": "", "exit rule": "", "exit condition": "", "is out": "", "take profit when": "", "step aside": "", "closed": "", "exit trigger": "",
    "out": "", "leave trade": "", "be flat": "", "exit is": "", "exit rules": "", "come out": "", "i exit": "", "exit at market": "", "exit criteria": "",
    "step out": "", "is out of market": "", "closing": "", "cash in": "", "exit happens": "", "exit comes": "", "close out": "",
    "sell everything": "", "sell all": "", "sell whole position": "long", "sell position": "long", "sell entire position": "long",
    "sell long": "long", "sell to close": "long", "sell all position": "long", "sell all of it": "long", "sell what i have": "long",
    "cover": "short", "buy to cover": "short", "buy back": "short", "cover short": "short", "cover position": "short", "buy it back": "short",
    "cover it": "short", "buy to close": "short", "cover shorts": "short", "cover all short": "short", "is covered": "short",
    "exit long": "long", "exit short": "short", "sell out": "long", "sell off": "long", "sell position again": "long",
    "exit of long": "long", "exit of short": "short", "exit for long": "long", "exit for short": "short",
    "long exit": "long", "short exit": "short", "exit position": "", "exit trade": "", "is closed": "", "gets closed": "",
    "i get out": "", "get rid of position": "", "get rid of it": "", "take my money": "",
})  # fmt: skip
"""Phrase -> the side it closes, "" for whatever is open."""

HOLD_UNTIL: Phrases[str] = Phrases({
    **{f"{verb} until": "" for verb in ("hold", "stay in", "keep", "hold it", "stay long", "keep it", "hold position", "stay in trade", "keep position",
       "stay in position", "hold trade", "remain in trade", "i hold", "keep it open", "hold on", "ride it", "is held", "position is held", "trade is held",
       "stay short", "hold long", "hold on to it", "keep position open", "leave it open", "stay", "ride trade", "hold short", "keep holding", "keep trade",
       "position stays open", "trade stays open", "is kept open", "position is kept", "keep trade open", "position is kept open", "let it run", "sit tight",
       "hold this position", "stay invested", "trade is kept open", "hold onto it", "held", "hold that position", "run it", "position is open")},
})  # fmt: skip
HOLD_WHILE: Phrases[str] = Phrases({
    **{f"{verb} {word}": "" for verb in ("hold", "stay in", "keep", "hold it", "stay long", "keep it", "hold position", "stay in trade", "i hold", "stay in position",
       "keep position", "remain in trade", "stay short", "hold long", "hold trade", "keep position open")
       for word in ("while", "as long as", "so long as", "for as long as", "whilst")},
})  # fmt: skip

AFTER_OPEN = ("it", "at market", "at next open", "at open of next bar", "on next bar", "at next bar 's open", "at market price", "on open of next bar",
              "position", "trade", "one", "at next bar open", "order", "at opening of next bar", "a position", "on next open", "market", "again",
              "at next bar", "straight away", "right away", "immediately", "at once", "positions", "on open of bar after", "at current price", "signal",
              "with market order", "at open of following bar", "at open of bar that follow", "in", "on close of bar", "at close of bar", "at bar close",
              "at close", "on close", "on that close", "one position", "only", "at price of next open")  # fmt: skip
"""What may follow an opening and only says what the contract does anyway."""

WHEN: Phrases[str] = Phrases({
    **dict.fromkeys(("when", "if", "whenever", "as soon as", "once", "each time", "every time", "on", "at close of", "any time", "anytime",
                     "in event that", "on condition that", "in case", "at moment", "at", "every time that", "each time that",
                     "in case that", "moment", "where", "provided", "provided that", "assuming", "at moment when", "on day when", "is when", "is that", "when and only when", "if and only if", "is if", "given", "that", "in situation where",
                     "second", "minute", "instant", "on first", "with", "on bar where", "on bar when", "on every", "on each", "at end of", "on any", "every",
                     "at first", "upon first", "in moment", "on bar on which", "happens when", "comes when", "is triggered when", "is given when", "for", "as", "is on",
                     "because", "by time", "at point where", "occurs when", "on close of", "is triggered by", "triggered by", "on day that", "case when", "on occasion of",
                     "is signalled by", "signalled by", "happens on", "condition is", "condition is that", "rule is", "so long as", "but when",
                     "but if", "is triggered if", "when following is true", "when following conditions are met", "when all of following hold",
                     "when all of following are true", "when following happens", "if following is true", "if all of following are true", "form when", "form if",
                     "when these conditions are met", "if these conditions are met", "if following conditions are met", "when all conditions are met",
                     "when all of these are true", "if all of these are true", "if all of these conditions are met", "form on", "form after"), "when"),
    **dict.fromkeys(("after", "after that", "right after", "directly after", "just after", "following", "upon"), "after"),
    **dict.fromkeys(("only if", "only when", "but only if", "but only when", "as long as", "while", "only while", "provided that", "only as long as", "only after",
                     "but only while", "but only after", "given that", "so long as", "only in case", "only take if", "and only if", "and only when", "only on"), "only"),
    **dict.fromkeys(("unless", "except when", "except if", "but not if", "but not when", "not if", "not when", "never when", "never if", "not while",
                     "but never when", "but never if", "but not while", "not unless"), "unless"),
    **dict.fromkeys(("until", "do nothing until", "i do nothing until", "wait until", "i wait until", "wait for", "i wait for", "nothing until", "wait till", "till",
                     "nothing happens until", "wait", "sit and wait until", "stay out until", "stay flat until", "i sit on my hands until", "look for", "i look for",
                     "watch for", "i watch for", "be patient until", "sit on hands until", "nothing is done until", "look out for", "wait for when", "we wait for",
                     "we wait until", "we look for", "do not trade until", "do not enter until"), "wait"),
})  # fmt: skip
"""What introduces a condition."""

FILTER: Phrases[str] = Phrases({
    **dict.fromkeys(("filter", "trend filter", "filters", "additional filter", "extra filter", "additional condition", "extra condition", "only trade if",
                     "only trade when", "trade only if", "trade only when", "only enter if", "only enter when", "enter only if", "enter only when", "only take trade if",
                     "only take trade when", "only take signal if", "only take signal when", "only open position when", "only open position if", "take trade only if",
                     "take trade only when", "take signal only if", "take signal only when", "condition", "only trade while", "trade only while", "only open trade when",
                     "only open trade if", "only take entry when", "only take entry if", "only do so if", "only do so when", "only do this if", "only do this when",
                     "this only counts if", "only valid if", "only valid when", "this is only valid if", "only consider if", "only act if", "only act when",
                     "signal only counts if", "signal only counts when", "only if", "only when", "do this only if", "do this only when", "do so only if",
                     "do so only when", "volume filter", "momentum filter", "volatility filter", "open trade only when", "open trade only if", "only consider entry when",
                     "in addition", "filter is", "regime filter", "confirmation", "also required", "required", "requirement", "entry is only allowed when",
                     "entry is only allowed if", "entry is allowed only when", "entry is allowed only if", "trade is only allowed when", "trade is only allowed if",
                     "only allowed when", "trade is only taken when", "trade is only taken if", "it only counts if", "it only counts when", "additionally",
                     "open position only when", "open position only if", "entry is only valid if", "entry is only valid when", "take entry only when",
                     "take entry only if", "only take setup if", "only take setup when", "only trade in direction when", "daily filter", "weekly filter",
                     "higher timeframe filter", "only enter position if", "only enter position when", "rsi filter", "adx filter"), ""),
    **dict.fromkeys(("only buy if", "only buy when", "only go long if", "only go long when", "only long if", "only long when", "only trade long if",
                     "only trade long when", "take long only when", "take long only if", "only take long if", "only take long when", "long only if", "long only when",
                     "only take long trade when", "only take long trade if", "only take long signal when", "buy only if", "buy only when", "go long only if",
                     "go long only when", "trade long only if", "trade long only when", "long are only allowed when", "long are only allowed if",
                     "long trade only when", "long trade only if", "take long trade only when", "take long trade only if", "only look for long when",
                     "only look for long if", "only enter long when", "only enter long if", "only open long when", "only open long if", "only consider long when",
                     "only consider long if", "long only while", "only trade long while", "only take buy when", "only take buy if", "only buy while",
                     "only look for buy when", "only take buy signal when", "only take buy signal if", "take buy signal only when", "long are allowed only when",
                     "long are allowed only if", "long is allowed only when", "long is only allowed when", "only take long position when"), "long"),
    **dict.fromkeys(("only short if", "only short when", "only go short if", "only go short when", "only trade short if", "only trade short when",
                     "take short only when", "take short only if", "only take short if", "only take short when", "short only if", "short only when",
                     "only take short trade when", "only take short trade if", "only sell if", "only sell when", "go short only if", "go short only when",
                     "short are only allowed when", "short are only allowed if", "short trade only when", "only look for short when", "only enter short when",
                     "only enter short if", "only open short when", "only open short if", "only consider short when", "only sell short when",
                     "only sell short if", "only take sell when", "only take sell signal when", "take sell signal only when", "short are allowed only when",
                     "short are allowed only if", "short is only allowed when"), "short"),
})  # fmt: skip
"""A restriction of entries -> the side it restricts, "" both."""

FILTER_MODALS = ("must", "has to", "have to", "should", "needs to", "need to", "must also", "is required to", "ought to")
