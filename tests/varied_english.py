"""Explanations in other words: each phrase of ours is now and then said as the translator's synonym data says it.

An explanation is read back by its own patterns. Said otherwise it is a text like any other, of which is known what it
means: it becomes the same program, or is asked about.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator

from nl2strat.language import ast
from nl2strat.language.english import explain_rule, say
from nl2strat.language.functions import FUNCTIONS
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.vocabulary.indicators import AVERAGES, OSCILLATORS, SERIES

Rewording = tuple[re.Pattern[str], Callable[[re.Match[str], random.Random], str]]

_DEFAULTS = (
    "There is no stop loss and no target.",
    "There is no stop loss.",
    "There is no target.",
    "Trades 0.1 lot, the default.",
)
"""Sentences that say what holds anyway; nobody says them."""


def varied(program: ast.Program, chance: random.Random) -> str:
    """The program (inlined, complete) as a trader might put it; always the same for the same chance."""
    return " ".join([*_market(program), *(_reworded(text, chance) for text in _sentences(program))])


def _market(program: ast.Program) -> Iterator[str]:
    if program.symbol and program.timeframe:
        yield f"Trade {program.symbol} on the {program.timeframe} chart."


def _sentences(program: ast.Program) -> Iterator[str]:
    named = {f"[{let.name}]": let for let in program.lets}
    for rule in program.rules:
        text = explain_rule(rule)
        for _ in range(4):  # what has a name is said where it stands
            for name, let in named.items():
                text = text.replace(name, f"({say(let.value)})")
        for default in _DEFAULTS:
            text = text.replace(default, "")
        yield " ".join(text.split())


def _reworded(text: str, chance: random.Random) -> str:
    for pattern, replaced in _REWORDINGS:
        text = pattern.sub(lambda found, by=replaced: by(found, chance) if chance.random() < 0.6 else found[0], text)
    return text


def _of(phrases: Iterable[str], form: str = "{}") -> Callable[[re.Match[str], random.Random], str]:
    """One of the phrases, in its place; groups of the pattern stand as `{0}`, `{1}` in the form."""
    choices = tuple(phrases)

    def chosen(found: re.Match[str], chance: random.Random) -> str:
        word = chance.choice(choices)
        return word.format("", *found.groups()) if "{" in word else form.format(word, *found.groups())

    return chosen


def _plain(name: str) -> tuple[str, ...]:
    """The phrases of a comparison that stand behind "is"."""
    return tuple(p for p in listed("phrases")[name] if p[0].isalpha() and not p.startswith(("exceed", "or ")))


_FORMS = ("the {1}-bar {0}", "the {1}-period {0}", "the {1} {0}", "{0}({1})")


def _named() -> Iterator[Rewording]:
    """`the 14-bar relative strength index` as `the 14-period RSI`, `RSI(14)`."""
    known = {**OSCILLATORS, **SERIES, **{name: words for name, words in AVERAGES.items() if name}}
    for name, function in FUNCTIONS.items():
        said = dict.fromkeys((*known.get(name, ()), *function.synonyms))
        synonyms = tuple(word for word in said if not word.startswith("previous"))  # that word moves a value by a bar
        if not synonyms or len(function.numbers) != 1:
            continue
        pattern = re.compile(rf"\bthe (\d+)-bar {re.escape(function.title)}\b(?! of)")
        yield pattern, _of(form.format(word, "{1}") for word in synonyms for form in _FORMS)


def _rewordings() -> tuple[Rewording, ...]:
    actions, above, below = listed("actions"), listed("phrases")["above"], listed("phrases")["below"]
    longs = (
        "Buy",
        "Go long",
        "Long",
        *(f"{v} a {t}" for v in ("Open", "Enter", "Take") for t in ("long", "long trade")),
    )
    shorts = ("Sell short", "Go short", "Short", *(f"{v} a short" for v in ("Open", "Enter", "Take")))
    whens = tuple(word for word in actions["when"] if word.startswith(("when", "if", "as soon", "each", "every time")))
    opens = ("at the next open", "on the next bar", "at the open of the next bar", "")
    return (
        *_named(),
        (re.compile(r"\bBuys (at the next open )?when\b"), lambda f, c: f"{c.choice(longs)} {c.choice(opens)} when"),
        (re.compile(r"\bSells short (at the next open )?when\b"),
         lambda f, c: f"{c.choice(shorts)} {c.choice(opens)} when"),
        (re.compile(r"\bCloses (a long|a short|any) position at the next open when\b"),
         lambda f, c: f"{c.choice(('Close', 'Exit', 'Get out of', 'Leave', 'Liquidate'))} {f[1]} position when"),
        (re.compile(r"\bThe stop loss is ([\d.]+ pips|[\d.]+ points|[\d.]+%) from the entry price\."),
         _of(("Stop loss", "Stop", "SL", "Stop-loss of", "Put the stop at"), "{} {}.")),
        (re.compile(r"\bThe target is ([\d.]+ pips|[\d.]+ points|[\d.]+%) from the entry price\."),
         _of(("Take profit", "Target", "TP", "Profit target of"), "{} {}.")),
        (re.compile(r"\bThe target is ([\d.]+)R from the entry price, R being the distance of the stop\."),
         _of(("Target {1}R.", "TP {1}R.", "Take profit at {1}R.", "Target {1} times the risk."), "{}")),
        (re.compile(r"\bRisks ([\d.]+)% of the (balance|equity) to the stop\."),
         _of(("Risk {1}% of the {2} per trade.", "Risk {1}% of {2}."), "{}")),
        (re.compile(r"\bTrades ([\d.]+) lots?\."), _of(("Size", "Lot size", "Trade", "Use"), "{} {} lots.")),
        (re.compile(r"\bis above\b"), _of(_plain(">"), "is {}")),
        (re.compile(r"\bis below\b"), _of(_plain("<"), "is {}")),
        (re.compile(r"\bis at or above\b"), _of(_plain(">="), "is {}")),
        (re.compile(r"\bis at or below\b"), _of(_plain("<="), "is {}")),
        (re.compile(r"\bcrosses above\b"), _of(f"{v} {d}" for v in ("crosses", "breaks", "cuts") for d in above[:8])),
        (re.compile(r"\bcrosses below\b"), _of(f"{v} {d}" for v in ("crosses", "breaks", "cuts") for d in below[:8])),
        (re.compile(r"\bwhen\b"), _of(whens)),
        (re.compile(r"\bbars\b"), _of(("bars", "candles", "candlesticks"))),
    )  # fmt: skip


_REWORDINGS = _rewordings()
