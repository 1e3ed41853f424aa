"""What a trader does: open, leave, and words that only frame it."""

from __future__ import annotations

from nl2strat.translate.offline.phrases import Phrases, listed

_WORDS = listed("actions")

_LONG_THINGS = _WORDS["long things"]
_SHORT_THINGS = _WORDS["short things"]
_OPENING = _WORDS["opening"]

_WHO = ("it", "strategy", "system", "robot", "bot", "ea", "they")
_ACTS = {
    "buy": "long", "go long": "long", "enter long": "long", "sell": "sell", "sell short": "short", "go short": "short",
    "short": "short", "enter short": "short", "open long": "long", "open short": "short",
}  # fmt: skip
"""What is told of a strategy instead of asked of it."""

_TURNING = ("reverse to", "flip to", "switch to", "turn to", "reverse", "switch over to", "change to")

OPEN: Phrases[str] = Phrases(
    {
        **{f"{verb} {thing}": "long" for verb in _OPENING for thing in _LONG_THINGS},
        **{f"{verb} {thing}": "short" for verb in _OPENING for thing in _SHORT_THINGS},
        **{
            f"{verb} {thing}": "long"
            for verb in ("entry", "entry rule", "signal", "entry signal")
            for thing in ("long", "buy")
        },
        **{
            f"{verb} {thing}": "short"
            for verb in ("entry", "entry rule", "signal", "entry signal")
            for thing in ("short", "sell")
        },
        **{
            f"{thing} {verb}": "long"
            for verb in _WORDS["open"]
            for thing in (
                "long position",
                "long",
                "buy position",
                "buy",
                "long trade",
                "buy trade",
                "buy order",
                "long order",
            )
        },
        **{f"{thing} {verb}": "short" for verb in _WORDS["open 2"] for thing in _WORDS["open 3"]},
        **{f"sell {verb}": "sell" for verb in _WORDS["of a sell"]},
        "buy": "long",
        "long": "long",
        "purchase": "long",
        "buy in": "long",
        "buy at market": "long",
        "buy signal": "long",
        "buy it": "long",
        **{f"{turn} {side}": side for turn in _TURNING for side in ("long", "short")},
        "i am buyer": "long",
        "i am seller": "short",
        "longs": "long",
        "i buy": "long",
        "buying": "long",
        "is bought": "long",
        "are bought": "long",
        "join long side": "long",
        "buy long": "long",
        "sell short": "short",
        "short": "short",
        "short sell": "short",
        "short it": "short",
        "shorts": "short",
        "i short": "short",
        "sell": "sell",
        "i sell": "sell",
        "sell it": "sell",
        "is sold": "sell",
        "sell at market": "sell",
        "are sold": "sell",
        "is shorted": "short",
        "is sold short": "short",
        "are shorted": "short",
        "sold short": "short",
        "short at market": "short",
        **{f"{who} {act}": side for who in _WHO for act, side in _ACTS.items()},
        "enter": "",
        "entry": "",
        "enter trade": "",
        "enter position": "",
        "open position": "",
        "open trade": "",
        "entry rule": "",
        "entry condition": "",
        "get in": "",
        "entry signal": "",
        "enter market": "",
        "entry trigger": "",
        "trade is opened": "",
        "position is opened": "",
        "entry is made": "",
        "trade is taken": "",
        "enter at market": "",
        "take trade": "",
        "entry rules": "",
        "position is entered": "",
        "entry criteria": "",
        "entry setup": "",
        "it is opened": "",
        "it is open when": "",
        "position is opened long": "long",
        "position is opened short": "short",
        "trade is opened long": "long",
        "trade is opened short": "short",
        "jump in": "",
        "get into trade": "",
        "initiate position": "",
        "initiate trade": "",
        "entry is": "",
        "to enter": "",
    }
)
"""Phrase -> "long", "short", "sell" (what that means is EXECUTION.md rule 19), "" (no side said)."""

_CLOSING = _WORDS["closing"]
_HELD = _WORDS["held"]

_RESTS = (
    *("rest", "remainder", "other half", "second half", "remaining half", "remaining position", "what is left"),
    *(f"{last} {part}" for last in ("last", "final", "remaining") for part in ("third", "quarter", "part")),
)
"""What is left of a position once a part is closed; a condition closes all that there is by then."""

_ALL_HELD = (
    "everything",
    "all",
    "all position",
    "all trade",
    "they",
    "open position",
    "all open position",
    "whole position",
)

_LEAVING = ("exit", "get out", "close position", "close trade", "leave", "cover", "close")

LEAVE: Phrases[str] = Phrases(
    {
        **{f"{verb} {thing}": "" for verb in _CLOSING for thing in _HELD},
        **{f"{verb} {thing}": "long" for verb in _CLOSING for thing in _WORDS["leave"]},
        **{f"{verb} {thing}": "short" for verb in _CLOSING for thing in _WORDS["leave 2"]},
        **{f"{thing} {verb}": "" for thing in _WORDS["leave 3"] for verb in _WORDS["leave 4"]},
        **{
            f"{thing} {verb}": "long"
            for thing in ("long", "long position", "long trade", "buy position", "longs")
            for verb in _WORDS["leave 5"]
        },
        **{
            f"{thing} {verb}": "short"
            for thing in ("short", "short position", "short trade", "sell position", "shorts")
            for verb in _WORDS["leave 6"]
        },
        **{f"{thing} {verb}": "long" for thing in _ALL_HELD for verb in ("is sold", "is sold off", "is sold again")},
        **{f"{thing} {verb}": "short" for thing in (*_ALL_HELD, "it", "position") for verb in ("is bought back",)},
        **{f"{verb} {rest}": "" for verb in ("close", "exit", "sell", "cover", "get out of") for rest in _RESTS},
        **{f"{rest} {verb}": "" for rest in _RESTS for verb in ("is closed", "is sold", "is exited", "exit", "close")},
        **{f"{who} {act}": "" for who in _WHO for act in _LEAVING},
        "exit": "",
        "get out": "",
        "leave": "",
        "close": "",
        "flatten": "",
        "liquidate": "",
        "go flat": "",
        "get flat": "",
        "bail out": "",
        "bail": "",
        "exit signal": "",
        "exit rule": "",
        "exit condition": "",
        "is out": "",
        "take profit when": "",
        "step aside": "",
        "closed": "",
        "exit trigger": "",
        "out": "",
        "leave trade": "",
        "be flat": "",
        "exit is": "",
        "exit rules": "",
        "come out": "",
        "i exit": "",
        "exit at market": "",
        "exit criteria": "",
        "step out": "",
        "is out of market": "",
        "closing": "",
        "cash in": "",
        "exit happens": "",
        "exit comes": "",
        "close out": "",
        **dict.fromkeys(("take trade off", "take position off", "take it off"), ""),
        "sell everything": "",
        "sell all of them": "",
        "sell them all": "",
        "close them all": "",
        "sell all": "",
        "sell whole position": "long",
        "sell position": "long",
        "sell entire position": "long",
        "sell long": "long",
        "sell to close": "long",
        "sell all position": "long",
        "sell all of it": "long",
        "sell what i have": "long",
        "cover": "short",
        "buy to cover": "short",
        "buy back": "short",
        "cover short": "short",
        "cover position": "short",
        "buy it back": "short",
        "cover it": "short",
        "buy to close": "short",
        "cover shorts": "short",
        "cover all short": "short",
        "is covered": "short",
        "exit long": "long",
        "exit short": "short",
        "sell out": "long",
        "sell off": "long",
        "sell position again": "long",
        "exit of long": "long",
        "exit of short": "short",
        "exit for long": "long",
        "exit for short": "short",
        "long exit": "long",
        "short exit": "short",
        "exit position": "",
        "exit trade": "",
        "is closed": "",
        "gets closed": "",
        "i get out": "",
        "get rid of position": "",
        "get rid of it": "",
        "take my money": "",
    }
)
"""Phrase -> the side it closes, "" for whatever is open."""

HOLD_UNTIL: Phrases[str] = Phrases(
    {
        **{f"{verb} until": "" for verb in _WORDS["hold until"]},
    }
)
HOLD_WHILE: Phrases[str] = Phrases(
    {
        **{
            f"{verb} {word}": ""
            for verb in _WORDS["hold while"]
            for word in ("while", "as long as", "so long as", "for as long as", "whilst")
        },
    }
)

AFTER_OPEN = _WORDS["after open"]
"""What may follow an opening and only says what the contract does anyway."""

WHEN: Phrases[str] = Phrases(
    {
        **dict.fromkeys(_WORDS["when"], "when"),
        **dict.fromkeys(
            ("after", "after that", "right after", "directly after", "just after", "following", "upon"), "after"
        ),
        **dict.fromkeys(_WORDS["when 2"], "only"),
        **dict.fromkeys(_WORDS["when 3"], "unless"),
        **dict.fromkeys(_WORDS["when 4"], "wait"),
    }
)
"""What introduces a condition."""

FILTER: Phrases[str] = Phrases(
    {
        **dict.fromkeys(_WORDS["filter"], ""),
        **dict.fromkeys(_WORDS["filter 2"], "long"),
        **dict.fromkeys(_WORDS["filter 3"], "short"),
    }
)
"""A restriction of entries -> the side it restricts, "" both."""

FILTER_MODALS = (
    "must",
    "has to",
    "have to",
    "should",
    "needs to",
    "need to",
    "must also",
    "is required to",
    "ought to",
)
