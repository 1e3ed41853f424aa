"""Where a text says too little, and the words that would settle it: one finder for each point that can be priced.

A finder looks at the plain tokens of the text and gives its options, the conventional one first, or none. An option
settles the point everywhere it occurs, in one way ("stop 50, target 100" is both in pips, or both in points).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.offline.vocabulary import open_points as words


@dataclass(frozen=True)
class Edit:
    """Put `words` in the place of characters start to end of the text."""

    start: int
    end: int
    words: str


@dataclass(frozen=True)
class Option:
    """One way to settle a point: what it says, and the edits that say so in the text."""

    label: str
    edits: tuple[Edit, ...]
    orphans: bool = False
    """It leaves a stop or size of the text without an entry it could belong to, and says so."""


Finder = Callable[[Sequence[Token]], list[Option]]


@dataclass(frozen=True)
class Kind:
    """A point that may be open. `asks`: part of the question it raises, so that it is not settled unasked."""

    asks: str
    find: Finder


def _distances(tokens: Sequence[Token]) -> list[Option]:
    """`stop 50`, `tp 100`, `trail 20`: in which unit?"""
    spots = [
        (token, name)
        for i, token in enumerate(tokens)
        if token.kind == "number" and _ends(tokens, i + 1) and (name := _bracket(tokens, i)) is not None
    ]
    numbers, names = [token for token, _ in spots], [name for _, name in spots]
    units = ["pips", "points"]
    if all(number.value is not None and 0 < number.value <= words.SMALL for number in numbers):
        units = [*(("R",) if set(names) == {"target"} else ()), *units, "percent"]
    return [_same(numbers, unit, names) for unit in units] if spots else []


def _bracket(tokens: Sequence[Token], i: int) -> str | None:
    """What the number is a distance of; None: of nothing that stands before it."""
    for back in range(i - 1, max(-1, i - 5), -1):
        word = tokens[back].word
        if word in words.BRACKETS:
            return words.BRACKETS[word]
        if word not in words.BETWEEN:
            return None
    return None


def _risks(tokens: Sequence[Token]) -> list[Option]:
    """`risk 2`: per cent of the balance, or money?"""
    numbers = [
        token
        for i, token in enumerate(tokens)
        if token.kind == "number" and i and tokens[i - 1].word in words.RISKS and _ends(tokens, i + 1)
    ]
    return [_same(numbers, unit, ["risk"]) for unit in ("percent", "dollars")] if numbers else []


def _ages(tokens: Sequence[Token]) -> list[Option]:
    """`exit after 5`: bars, hours or days?"""
    numbers = [
        token
        for i, token in enumerate(tokens)
        if token.kind == "number" and i and tokens[i - 1].word == "after" and _ends(tokens, i + 1)
        if any(t.word in words.LEAVING for t in tokens[max(0, i - 5) : i])
    ]
    return [_same(numbers, unit, ["after"]) for unit in ("bars", "hours", "days")] if numbers else []


def _crossings(tokens: Sequence[Token]) -> list[Option]:
    """`RSI crosses 30`: upwards or downwards?"""
    spots = [
        token
        for i, token in enumerate(tokens)
        if token.word in words.CROSSING
        and i + 1 < len(tokens)
        and not any(t.word in words.DIRECTIONS for t in tokens[i + 1 : i + 3])
    ]
    if len(spots) != 1:
        return []
    (spot,) = spots
    return [
        Option(f'"{spot.word} {way}"', (Edit(spot.start, spot.end, f"{spot.word} {way}"),))
        for way in ("above", "below")
    ]


def _sells(tokens: Sequence[Token]) -> list[Option]:
    """`sell` beside a stop of its own: close the long, or open a short?"""
    spots = [
        token
        for i, token in enumerate(tokens)
        if token.word in ("sell", "sells") and not (i + 1 < len(tokens) and tokens[i + 1].word in words.ORDERS)
    ]
    return [
        Option(label, tuple(Edit(spot.start, spot.end, said) for spot in spots), orphans=said != "sell short")
        for label, said in (words.SELLING if spots else ())
    ]


def _highs(tokens: Sequence[Token]) -> list[Option]:
    """`breaks the high`: of which bar? Its own cannot be broken by its close."""
    spots = [
        (left, right)
        for i, (left, right) in enumerate(pairwise(tokens))
        if left.word == "the"
        and right.word in ("high", "low")
        and not (i + 2 < len(tokens) and tokens[i + 2].word in ("of", "for", "from"))
    ]
    which = words.WHICH_BAR if spots else ()
    return [
        Option(
            f'"{said} {spots[0][1].word}"',
            tuple(Edit(left.start, right.end, f"{said} {right.word}") for left, right in spots),
        )
        for said in which
    ]


def _breaks(tokens: Sequence[Token]) -> list[Option]:
    """`price takes out yesterday's high`: is a touch enough, or does the bar have to close beyond?"""
    spots = []
    for i, token in enumerate(tokens):
        phrase = 2 if token.word in ("takes", "take") and _word(tokens, i + 1) == "out" else 1
        if (phrase == 1 and token.word not in words.TAKING) or not i or tokens[i - 1].word not in words.PRICES:
            continue
        ahead = [t.word for t in tokens[i + phrase : i + phrase + 7]]
        extreme = next((word for word in ahead if word in words.EXTREMES), None)
        if extreme is not None:
            spots.append((tokens[i - 1].start, tokens[i + phrase - 1].end, words.EXTREMES[extreme]))
    return [
        Option(label, tuple(Edit(start, end, said[side]) for start, end, side in spots))
        for label, said in (words.BEYOND if spots else ())
    ]


def _rests(tokens: Sequence[Token]) -> list[Option]:
    """`close half at 1R and trail the rest`: from the start, or once the part is closed?"""
    spots = []
    for i, token in enumerate(tokens):
        trailed = "trail" in [t.word for t in tokens[max(0, i - 3) : i]]
        if trailed and token.word in ("rest", "remainder", "half"):
            start = tokens[i - 1].start if token.word == "half" and i else token.start
            spots.append((start, token.end))
    return [
        Option(label, tuple(Edit(start, end, said) for start, end in spots))
        for label, said in (words.TRAILED if spots else ())
    ]


KINDS = (
    Kind("", _distances),
    Kind("", _risks),
    Kind("", _ages),
    Kind("Crosses in which direction", _crossings),
    Kind('Does "sell" close the long', _sells),
    Kind("this can never be true: close", _highs),
    Kind("Is the stop trailed from the start", _rests),
    Kind("", _breaks),
)


def _same(numbers: Sequence[Token], unit: str, names: Sequence[str]) -> Option:
    """All the numbers in one unit; `names`: what they are numbers of, the last one for the rest."""
    said = [f"{number.word} {unit}" for number in numbers]
    named = [f"{name} {text}" for name, text in zip([*names, *[names[-1]] * len(said)], said, strict=False)]
    return Option(
        " and ".join(named),
        tuple(Edit(number.start, number.end, text) for number, text in zip(numbers, said, strict=True)),
    )


def _ends(tokens: Sequence[Token], i: int) -> bool:
    """Whether the phrase is over at i, so that a number before it stands without a unit."""
    return i >= len(tokens) or tokens[i].kind == "break" or tokens[i].word in words.ENDS


def _word(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].word if i < len(tokens) else ""
