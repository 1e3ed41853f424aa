"""The parser's hands: a place in the tokens, and what has been said so far. Everything can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from nl2strat.errors import NotUnderstood
from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline.phrases import Phrases, essential, fits
from nl2strat.translate.offline.tokens import Token

MAX_LOOKS = 250_000
"""Questions asked of the tokens of one text; the densest rules take 400 for a word."""

T = TypeVar("T")
R = TypeVar("R")
"""What a parsing function gives, None included."""


@dataclass(frozen=True)
class Binding:
    """Tokens `first` (inclusive) to `last` (exclusive) became `node`; an expression or a phrase that names it."""

    first: int
    last: int
    node: Expr | str


@dataclass(frozen=True)
class Context:
    """What later words may refer to. Immutable, so that taking back a trial is free."""

    subject: Expr | None = None
    """What the last condition was about: "it"."""
    pair: tuple[Expr, Expr] | None = None
    """Two things of which one thing was said: "both"."""
    object: Expr | None = None
    """What the last subject was compared with, for "when it crosses back below"."""
    mentions: tuple[Expr, ...] = ()
    """Indicators named so far, for "the average", "that EMA", "the upper band"."""
    definitions: tuple[tuple[str, Expr], ...] = ()
    """Named conditions and bands the text defined ("call it a squeeze when ...")."""
    names: tuple[tuple[str, Expr], ...] = ()
    """Values that the text gave a name ("fast = ema(close, 12)")."""
    channels: tuple[tuple[str, Expr], ...] = ()
    """Lines of a channel the text defined ("the Keltner lines are the EMA plus and minus 1.5 ATR")."""
    space: tuple[Expr, Expr] | None = None
    """Lower and upper line of "above the range", for "below it"."""
    timeframe: str | None = None
    """The timeframe the current condition speaks about ("the daily candle closed above its average")."""
    bar: int = 0
    """Which bar the current condition speaks about: 0 the signal bar, 1 the one before."""
    notes: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    soft: tuple[tuple[Expr, Expr], ...] = ()
    """Events of an entry ("closes back above", "the first close above"), each with the level it is as an exit."""
    market: tuple[str, ...] = ()
    """Symbols named inside conditions ("the RSI of gold")."""
    spoken_of: str | None = None
    """Another market that "it" is about ("GBPUSD's RSI is below 30 ... when it is above 70")."""
    listed: tuple[Expr, ...] = ()
    """Conditions of which so many were asked for, for "none of them"."""
    awaited: Expr | None = None
    """What the sentence before stated, or waits for: "within the next 5 bars" are those after it."""
    other_side: tuple[ast.Side, Expr] | None = None
    """The second half of "above it only longs, below it only shorts", while the first is read."""
    such: Expr | None = None
    """What "it" fulfils, after "such a bar": "if such a bar ...; if it ..."."""
    used: tuple[Expr, ...] = ()
    """Definitions that were referred to."""
    profit: Expr | None = None
    """The profit at which part was taken, for "and move the stop to break-even" after it."""
    taken: Decimal = Decimal(0)
    """How much of the position, in percent, the parts named so far take."""
    levels: tuple[tuple[Expr, Expr, str], ...] = ()
    """(subject, what it was compared with, "above" or "below" if it crossed it), for "crosses back below"."""
    unit: str | None = None
    """The unit of all distances that have none of their own ("all distances in pips")."""
    periods: tuple[str, ...] = ()
    """Timeframes implied by lengths such as "20-day"."""


@cache
def _by_first_word(phrases: tuple[str, ...]) -> dict[str, tuple[tuple[int, tuple[str, ...]], ...]]:
    """The phrases of a call, each with its place in the order, under their first words."""
    index: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {}
    for order, phrase in enumerate(phrases):
        words = essential(phrase)
        index[words[0]] = (*index.get(words[0], ()), (order, words))
    return index


@dataclass
class Cursor:
    """A place in the tokens of a text. Parsing functions return None, and leave the cursor alone, when they fail."""

    tokens: Sequence[Token]
    inputs: frozenset[str] = frozenset()
    timeframe: str | None = None
    """The timeframe of the data, if known: on daily bars "today's close" is the close."""
    i: int = 0
    context: Context = field(default_factory=Context)
    questions: list[str] = field(default_factory=list)
    looks: int = 0
    """Questions asked of the tokens so far."""
    memory: dict[object, Any] = field(default_factory=dict)
    """What parsing functions made of the places they have been asked about (remembered.py)."""

    # ------------------------------------------------------------ looking

    def token(self, ahead: int = 0) -> Token | None:
        place = self.i + ahead
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def base(self, ahead: int = 0) -> str:
        token = self.token(ahead)
        return token.base if token else ""

    def word(self, ahead: int = 0) -> str:
        token = self.token(ahead)
        return token.word if token else ""

    def kind(self, ahead: int = 0) -> str:
        token = self.token(ahead)
        return token.kind if token else ""

    def at(self, *words: str) -> bool:
        """Whether one of these phrases stands here."""
        return self._length(words) > 0

    def _length(self, phrases: tuple[str, ...]) -> int:
        """How many tokens the first of the phrases that stands here takes; 0 if none does.

        Raises: NotUnderstood: the text goes on and on being read in ever more ways; no sentence of a person does.
        """
        self.looks += 1
        if self.looks > MAX_LOOKS:
            raise NotUnderstood(("The text repeats itself too often to be read. Can you say it in simpler sentences?",))
        i = self.i
        try:
            token = self.tokens[i]
        except IndexError:
            return 0
        index = _by_first_word(phrases)
        word, base = token.word, token.base
        if word not in index and base not in index:  # the usual case, so nothing is built for it
            return 0
        found = index.get(word, ())
        if base != word:
            found = (*found, *index.get(base, ()))
        fitting = [(order, len(words)) for order, words in found if len(words) == 1 or fits(words, self.tokens, i)]
        return min(fitting)[1] if fitting else 0

    # ------------------------------------------------------------ taking

    def accept(self, *phrases: str) -> bool:
        """Takes the first of the phrases that stands here."""
        length = self._length(phrases)
        if not length:
            return False
        self.i += length
        return True

    def skip(self, *phrases: str) -> None:
        """Takes any of the phrases, as often as they come."""
        while self.accept(*phrases):
            pass

    def match(self, table: Phrases[T]) -> T | None:
        """Takes the longest phrase of a table and gives its meaning."""
        found = table.match(self.tokens, self.i)
        if found is None:
            return None
        self.i += found[1]
        return found[0]

    def trial(self, parse: Callable[[Cursor], R]) -> R:
        """Runs a parsing function; when it fails, cursor and context are as before."""
        i, context, questions = self.i, self.context, len(self.questions)
        result = parse(self)
        if result is None:
            self.i, self.context = i, context
            del self.questions[questions:]
        return result

    def ahead(self, parse: Callable[[Cursor], R]) -> bool:
        """Whether a parsing function would succeed here; nothing is taken."""
        i, context, asked = self.i, self.context, len(self.questions)
        found = self.trial(parse) is not None
        self.i, self.context = i, context
        del self.questions[asked:]
        return found

    def first_of(self, *parsers: Callable[[Cursor], R]) -> R | None:
        """The first parsing function that succeeds."""
        for parse in parsers:
            result = self.trial(parse)
            if result is not None:
                return result
        return None

    # ------------------------------------------------------------ remembering

    def note(self, text: str) -> None:
        """Records a reading that the text did not force."""
        if text not in self.context.notes:
            self.context = replace(self.context, notes=(*self.context.notes, text))

    def bind(self, first: int, node: Expr | str) -> None:
        """Records that the tokens from `first` up to here became `node`."""
        binding = Binding(first, self.i, node)
        self.context = replace(self.context, bindings=(*self.context.bindings, binding))

    def mention(self, value: Expr) -> None:
        self.context = replace(self.context, mentions=(*self.context.mentions, value))

    def about(self, subject: Expr | None, compared: Expr | None, crossed: str = "") -> None:
        """Remembers what a condition was about, without the shift to the bar that is spoken of."""
        match compared:
            case ast.Past(value, ast.Number(bars)) if self.context.bar and bars == self.context.bar:
                compared = value
            case ast.Past(ast.Call(function) as value, _) if function not in ("highest", "lowest", "range", "atr"):
                compared = value
            case _:
                pass
        self.context = replace(
            self.context,
            subject=subject if subject is not None else self.context.subject,
            object=compared if compared is not None else self.context.object,
        )
        if subject is not None and compared is not None:
            self.context = replace(self.context, levels=(*self.context.levels, (subject, compared, crossed)))

    def level_of(self, subject: Expr, crossing: str = "") -> Expr | None:
        """What the subject was compared with before: where it crosses back, what it crossed the other way."""
        own = [(level, way) for known, level, way in self.context.levels if known == subject and level != subject]
        other = {"above": "below", "below": "above"}.get(crossing, "")
        for fits_way in (lambda way: bool(other) and way == other, lambda way: bool(crossing and way), lambda _: True):
            found = [level for level, way in own if fits_way(way)]
            if found:
                return found[-1]
        return None

    def define(self, name: str, value: Expr) -> None:
        self.context = replace(self.context, definitions=(*self.context.definitions, (name, value)))

    def definition(self, name: str) -> Expr | None:
        return next((v for n, v in reversed(self.context.definitions) if n == name), None)


def number(value: int | str) -> ast.Number:
    """A number node."""
    return ast.Number(Decimal(value))
