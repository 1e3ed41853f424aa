"""Stage 5m: headings: `Rubber-band trade on gold: ...`, `Squeeze play.` They name the strategy and carry no rule.

A heading that is followed by a condition defines it: `Inside bar: its high is lower than ...`; "such a bar" means it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.language import ast
from nl2strat.translate.offline.elements import (
    Aside,
    Element,
    Frame,
    Leave,
    Mark,
    Market,
    Mention,
    Open,
    Setup,
    Title,
    Unknown,
    When,
)
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.tokens import Token

_NOT_IN_TITLES = frozenset(
    [
        "only",
        "no",
        "not",
        "never",
        "without",
        "except",
        "unless",
        "until",
        "when",
        "if",
        "avoid",
        "skip",
        "must",
        "should",
        "max",
        "min",
        "maximum",
        "minimum",
        "always",
        "while",
        "before",
        "after",
        "above",
        "below",
        "over",
        "under",
        "at",
        "most",
        "least",
        "than",
        "tomorrow",
        "next",
        "future",
        "news",
        "sentiment",
        *("almost", "nearly", "maybe", "hardly", "barely", "rarely", "seldom", "sometimes", "instead", "probably"),
        *("might", "may", "could", "would", "can", "every", "second", "third", "fourth", "possibly", "perhaps"),
        *("approximately", "roughly", "around", "optional", "opposite", "inverse", "half", "twice", "tomorrow"),
    ]
)
_LONGEST = 9
_ACTING = frozenset(listed("titles")["acting"])
"""Words of rules: a sentence that begins with one and was not understood names nothing."""
_QUIET = (Unknown, Aside, Market, Frame, Mention, Mark, Title)


def with_titles(sentence: Sequence[Element], tokens: Sequence[Token], *, first: bool) -> list[Element]:
    """The sentence with its heading marked as such."""
    colon = next((k for k, e in enumerate(sentence) if isinstance(e.item, Mark) and e.item.kind == ":"), None)
    if colon is not None and colon > 0 and _is_name(sentence[:colon], sentence[colon + 1 :], tokens):
        named = [e for e in sentence[colon + 1 :] if not (isinstance(e.item, Mark) and e.item.kind == "break")]
        title = Element(Title(_text(named, tokens)), named[0].first, named[-1].last)
        return [*sentence[: colon + 1], title, *sentence[colon + 1 + len(named) :]]
    market = next((k for k, e in enumerate(sentence) if isinstance(e.item, Market)), 0)
    if market and tokens[sentence[market].first].word == ":" and _trades_market(sentence[market - 1 :]):
        return [*_label(list(sentence[:market]), sentence[market - 1 :], tokens), *sentence[market:]]
    if colon is not None and colon > 0:
        label, rest = list(sentence[:colon]), list(sentence[colon:])
        return [*_label(label, rest, tokens), *rest]
    if first or len(sentence) <= 4:
        return _whole(list(sentence), tokens)
    return list(sentence)


def _is_name(label: Sequence[Element], rest: Sequence[Element], tokens: Sequence[Token]) -> bool:
    """`Strategy: RSI dip buyer`: what follows only names the strategy."""
    said = " ".join(t.word for t in tokens[label[0].first : label[-1].last])
    named = [e for e in rest if not (isinstance(e.item, Mark) and e.item.kind == "break")]
    quiet = all(isinstance(e.item, (*_QUIET, Open, When)) for e in named) and any(
        isinstance(e.item, Unknown) for e in named
    )
    return (
        said in ("strategy", "name", "title", "system", "strategy name", "system name")
        and quiet
        and not any(t.kind in ("number", "clock") for e in named for t in tokens[e.first : e.last])
        and _may_be_title(named, tokens)
    )


def _label(label: list[Element], rest: Sequence[Element], tokens: Sequence[Token]) -> list[Element]:
    """The elements before a colon; what is no rule becomes the title."""
    defines = bool(rest[1:]) and isinstance(rest[1].item, When)
    kinds = (*_QUIET, Open, Leave, When)
    if not all(isinstance(e.item, kinds) for e in label) or not _may_be_title(label, tokens):
        return label
    if _trades_market(rest):
        return [Element(Title(_text(label, tokens)), label[0].first, label[-1].last)]
    unknown = any(isinstance(e.item, Unknown) for e in label)
    conditions = [e for e in label if isinstance(e.item, When)]
    if conditions and not (defines or _has_own_condition(rest)):
        return label
    if conditions and any(e.item.link for e in conditions if isinstance(e.item, When)):
        return label
    if not unknown and not conditions:
        return label
    swallowed = (Unknown, When, Open, Leave)
    return [replace(e, item=Title(_text(label, tokens))) if isinstance(e.item, swallowed) else e for e in label]


def _trades_market(rest: Sequence[Element]) -> bool:
    """`Pullback, long: trades EURUSD on H1 bars.`: the name of a strategy as `explain` writes it."""
    later = [e.item for e in rest[1:]]
    return any(isinstance(i, Market) for i in later) and all(isinstance(i, (Market, Frame, Aside, Mark)) for i in later)


def _has_own_condition(rest: Sequence[Element]) -> bool:
    """Whether what follows the colon is an action with a condition of its own."""
    acts = [isinstance(e.item, (Open, Leave)) for e in rest]
    return any(acts) and any(isinstance(e.item, When) and e.item.link for e in rest)


def _whole(sentence: list[Element], tokens: Sequence[Token]) -> list[Element]:
    """A short sentence without a verb: `Squeeze play.`, `Hourly USDJPY with a daily filter.`"""
    unknown = [e for e in sentence if isinstance(e.item, Unknown)]
    acting = [e for e in sentence if not isinstance(e.item, _QUIET)]
    if not unknown or not _may_be_title(sentence, tokens):
        return sentence
    if sentence[0].first and tokens[sentence[0].first].base in _ACTING:
        return sentence
    if any(isinstance(e.item, Mark) and e.item.kind in (",", ";", "-") for e in sentence):
        return sentence
    if any(not isinstance(e.item, Open) or not tokens[e.last - 1].word.endswith("ing") for e in acting):
        return sentence
    swallowed = (Unknown, Open)
    return [replace(e, item=Title(_text(sentence, tokens))) if isinstance(e.item, swallowed) else e for e in sentence]


def _may_be_title(elements: Sequence[Element], tokens: Sequence[Token]) -> bool:
    """Few words, no number outside an indicator, no restriction."""
    if sum(e.last - e.first for e in elements if not isinstance(e.item, (Mention, Market, Frame))) > _LONGEST:
        return False
    for element in elements:
        words = tokens[element.first : element.last]
        quiet = isinstance(element.item, (Mention, Market, Frame)) or _is_pattern(element)
        if not quiet and any(
            (t.kind in ("number", "clock") and not _zero_line(t, tokens))
            or t.base in _NOT_IN_TITLES
            or not t.word.isascii()
            for t in words
        ):
            return False
        if isinstance(element.item, Unknown) and any(
            t.kind == "mark" and t.word not in ("/", "&", "(", ")", "-", "!") for t in words
        ):
            return False
    return True


def _zero_line(token: Token, tokens: Sequence[Token]) -> bool:
    """Whether a number is that of the name `zero-line (strategy)`."""
    after = [t.base for t in tokens if token.end <= t.start < token.end + 12][:2]
    return token.word == "0" and bool({"line", "cross", "crossover"} & {*after})


def _is_pattern(element: Element) -> bool:
    """`Three white soldiers`: a candle pattern, whatever numbers are in its name."""
    if not isinstance(element.item, When):
        return False
    said = element.item.condition
    parts = said.conditions if isinstance(said, ast.AllOf) else (said,)
    return all(isinstance(part, ast.Call) and not part.arguments for part in parts)


def _text(elements: Sequence[Element], tokens: Sequence[Token]) -> str:
    words = [
        t.word
        for e in elements
        for t in tokens[e.first : e.last]
        if t.kind == "word" and t.word.replace("_", "").isalnum()
    ]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def label_name(sentence: Sequence[Element], tokens: Sequence[Token]) -> str:
    """What a heading names, in base forms: "inside bar", "volume spike"."""
    words: list[str] = []
    for element in sentence:
        if isinstance(element.item, Mark) and element.item.kind == ":":
            return " ".join(words)
        if not isinstance(element.item, (Market, Frame)):
            words += [t.base for t in tokens[element.first : element.last] if t.kind == "word"]
    return ""


def setup_of(sentence: Sequence[Element]) -> Setup | None:
    """The condition of a sentence that only states one."""
    if any(isinstance(e.item, (Open, Leave)) for e in sentence):
        return None
    said = [e.item for e in sentence if isinstance(e.item, When)]
    quiet = all(isinstance(e.item, (*_QUIET, When)) for e in sentence)
    return (
        Setup(tuple(w.condition for w in said))
        if said and quiet and all(w.link in ("", "when", "first", "after") for w in said)
        else None
    )
