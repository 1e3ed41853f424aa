"""A whole explanation, sentence by sentence; each is kept only if `english` says it in the same words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from nl2strat.language import ast
from nl2strat.language.english import SETTINGS, explain, explain_rule
from nl2strat.language.printer import print_expr, print_rule
from nl2strat.language.wording import say
from nl2strat.translate.explained import clauses, rules
from nl2strat.translate.explained.conditions import condition
from nl2strat.translate.explained.text import Text, Ways, after, follow, listing, symbol
from nl2strat.translate.explained.values import value

_HEAD = re.compile(r": (trades|watches) ")
_ON = re.compile(r" on (?:the bars of the data|(MN1|[MHDW]\d+) bars)(, each by the same rules)?\.")
_LET = re.compile(r"\[([a-z][a-z0-9_]*)\] (is|means that) ")
_INPUT = re.compile(
    r"\[([a-z][a-z0-9_]*)\] is (-?\d+(?:\.\d+)?)"
    r"(?: \(from (-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)(?: in steps of (\d+(?:\.\d+)?))?\))?"
)
_METATRADER = "Indicators are computed as MetaTrader draws them."
_ASSUMED = re.compile(r"(?:(?<=[.!?]) |^)Assumed: ")
_SENTENCE = re.compile(r"(?<=[.!?]) (?=\S)")
_MOST = 40_000
"""Steps of reading after which a text is no explanation."""


@dataclass(frozen=True)
class Explained:
    """The program an explanation is of; `parts`: (first character, last, what these words are in the language)."""

    program: ast.Program
    parts: tuple[tuple[int, int, str], ...]


def read_explanation(text: str) -> Explained | None:
    """The program that `explain` says in these words, or None if it says no program so.

    What only restates a default ("Holds one position at a time.") may be missing; everything else must be there. An
    input whose number stands in its place is that number.
    """
    words, places = _single_blanks(text)
    for head in _HEAD.finditer(words[:400]):
        found = _Reading(words, head).whole()
        if found is not None:
            program, parts = found
            return Explained(program, tuple((places[a], places[b - 1] + 1, node) for a, b, node in parts))
    return None


def _single_blanks(text: str) -> tuple[str, list[int]]:
    """The text with one blank for every run of white space, and the place of each character in the original."""
    words: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        blank = character.isspace()
        if blank and (not words or words[-1] == " "):
            continue
        words.append(" " if blank else character)
        places.append(place)
    if words and words[-1] == " ":
        words.pop()
        places.pop()
    return "".join(words), places


@dataclass
class _Reading:
    """One run over the sentences."""

    words: str
    head: re.Match[str]
    text: Text = field(init=False)
    program: ast.Program = field(init=False)
    parts: list[tuple[int, int, str]] = field(default_factory=list)
    said: dict[int, list[str]] = field(default_factory=dict)
    """Sentences about each entry, by its place among the rules."""
    policies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = Text(self.words)
        self.program = ast.Program(self.words[: self.head.start()])

    def whole(self) -> tuple[ast.Program, list[tuple[int, int, str]]] | None:
        """The program and its parts, or None."""
        assumed = list(_ASSUMED.finditer(self.words))
        last = assumed[-1].start() if assumed else len(self.words)
        place = self._market()
        while place is not None and place < last:
            place = self._sentence(place + self.text.at(place, " "))
        if place is None or place > last or not self.program.rules:
            return None
        if assumed:
            notes = _SENTENCE.split(self.words[assumed[-1].end() :])
            self.program = replace(self.program, assumptions=tuple(note.replace('"', "'")[:120] for note in notes))
            self.parts.append((assumed[-1].end(), len(self.words), "assume"))
        if not self._says_so():
            return None
        used = {node.id for node in ast.walk(self.program) if isinstance(node, ast.Name)}
        inputs = tuple(item for item in self.program.inputs if item.name in used)
        return replace(self.program, inputs=inputs), self.parts

    def _says_so(self) -> bool:
        """Whether the explanation of what was read has every sentence that was read."""
        program = self.program
        told = explain(program)
        for place, sentences in self.said.items():
            entry = explain_rule(program.rules[place])
            if any(sentence not in entry for sentence in sentences):
                return False
        return all(policy in told for policy in self.policies)

    # ------------------------------------------------------------------- the head

    def _market(self) -> int | None:
        """`trades EURUSD and GBPUSD on H1 bars, each by the same rules.`"""
        start = self.head.end()
        named = listing(self.text, start, symbol, "and")
        if self.text.at(start, "the symbol of the data"):
            named = [((), start + len("the symbol of the data"))]
        for symbols, end in named:
            frame = _ON.match(self.words, end)
            if frame is not None and bool(frame.group(2)) == (len(symbols) > 1):
                first = symbols[0] if symbols else None
                self.program = replace(self.program, symbol=first, also=symbols[1:], timeframe=frame.group(1))
                self.parts.append((0, self.head.start(), "strategy"))
                self.parts.append((start, frame.end(), f"symbol {', '.join(symbols)}; timeframe {frame.group(1)}"))
                return frame.end()
        return None

    # -------------------------------------------------------------- the sentences

    def _sentence(self, place: int) -> int | None:
        """Reads one sentence; gives the place behind it."""
        for read in (self._header, self._policy, self._rule, self._entry, self._clause, self._let):
            end = read(place)
            if end is not None:
                return end
        return None

    def _ended(self, ways: Ways[Any]) -> Iterator[tuple[Any, int]]:
        """The ways that end where a sentence does."""
        for item, end in ways:
            if self.text.at(end, ".") and (end + 1 == len(self.words) or self.text.at(end + 1, " ")):
                yield item, end + 1

    def _header(self, place: int) -> int | None:
        """Definitions, inputs and what a backtest presumes."""
        if self.text.at(place, _METATRADER):
            self.program = replace(self.program, definitions="metatrader")
            self.parts.append((place, place + len(_METATRADER), "indicators metatrader"))
            return place + len(_METATRADER)
        for words in ("Input: ", "Inputs: "):
            for inputs, end in self._ended(after(self.text, place, words, _inputs)):
                self.program = replace(self.program, inputs=inputs)
                self.parts.append((place, end, "; ".join(f"input {i.name} = {i.default}" for i in inputs)))
                return end
        for settings, end in self._ended(after(self.text, place, "A backtest presumes ", _settings)):
            self.program = replace(self.program, account=settings)
            self.parts.append((place, end, "; ".join(f"account {s.name} {s.value}" for s in settings)))
            return end
        return None

    def _policy(self, place: int) -> int | None:
        for words in rules.POLICIES:
            if self.text.at(place, f"{words}."):
                self.policies.append(f"{words}.")
                return place + len(words) + 1
        return None

    def _let(self, place: int) -> int | None:
        found = _LET.match(self.words, place)
        if found is None:
            return None
        read: Callable[[Text, int], Ways[Any]] = value if found.group(2) == "is" else condition
        for item, end in self._ended(read(self.text, found.end())):
            if say(item) == self.words[found.end() : end - 1]:
                let = ast.Let(found.group(1), item)
                self.program = replace(self.program, lets=(*self.program.lets, let))
                self.parts.append((place, end, f"let {let.name} = {print_expr(item)}"))
                return end
        return None

    def _rule(self, place: int) -> int | None:
        for found, end in self._ended(rules.rule(self.text, place)):
            if self._is_said(found, self.words[place:end]):
                self._add(found, place, end)
                return end
        return None

    def _is_said(self, found: rules.Rules, words: str) -> bool:
        if len(found) == 1:
            return explain_rule(found[0]) == words
        return words in explain(ast.Program("x", rules=found))

    def _add(self, found: rules.Rules, place: int, end: int) -> None:
        self.program = replace(self.program, rules=(*self.program.rules, *found))
        self.parts.append((place, end, "; ".join(print_rule(rule) for rule in found)))

    def _entry(self, place: int) -> int | None:
        for entry, end in self._ended(clauses.entry(self.text, place)):
            if explain_rule(entry).startswith(self.words[place:end]):
                self._add((entry,), place, end)
                self.said[len(self.program.rules) - 1] = [self.words[place:end]]
                return end
        return None

    def _clause(self, place: int) -> int | None:
        """A sentence about the last entry."""
        if not self.said:
            return None
        k = max(self.said)
        entry = self.program.rules[k]
        assert isinstance(entry, ast.Entry)
        for parts, end in self._ended(clauses.clause(self.text, place)):
            longer: ast.Entry | None = entry
            for part in parts:
                longer = clauses.with_part(longer, part) if longer is not None else None
            if longer is not None and all(self._fits(entry, longer, part, place, end) for part in parts):
                self.program = replace(
                    self.program, rules=(*self.program.rules[:k], longer, *self.program.rules[k + 1 :])
                )
                self.parts.append((place, end, _shown(longer, parts)))
                self.said[k].append(self.words[place:end])
                return end
        return None

    def _fits(self, entry: ast.Entry, longer: ast.Entry, part: clauses.Part, place: int, end: int) -> bool:
        """Whether the clause is said in these words; what leans on other clauses is looked at in the end."""
        return not part.field or part.field in ("valid", "valid_until", "target") or (
            self.words[place:end] in explain_rule(longer)
        )  # fmt: skip


def _shown(entry: ast.Entry, parts: tuple[clauses.Part, ...]) -> str:
    """The lines of the entry that came from these parts."""
    bare = ast.Entry(entry.side, ast.Flag("flat"), order=entry.order)
    for part in parts:
        bare = clauses.with_part(bare, part) or bare
    lines = [line.strip() for line in print_rule(bare).splitlines()[1:-1]]
    return "; ".join(line for line in lines if not line.startswith("place")) or "no stop, no size of its own"


# ------------------------------------------------------------------ inputs, settings


def _inputs(text: Text, place: int) -> Ways[tuple[ast.Input, ...]]:
    return listing(text, place, _input, "and")


def _input(text: Text, place: int) -> Ways[ast.Input]:
    found = text.pattern(place, _INPUT)
    if found is None:
        return []
    name, *numbers = found.groups()
    default, low, high, step = (None if n is None else Decimal(n) for n in numbers)
    assert default is not None
    return [(ast.Input(name, default, low, high, step), found.end())]


def _settings(text: Text, place: int) -> Ways[tuple[ast.Setting, ...]]:
    return listing(text, place, _setting, "and")


def _setting(text: Text, place: int) -> Ways[ast.Setting]:
    found: Ways[ast.Setting] = []
    for name, words in SETTINGS.items():
        before, _, behind = words.partition("{}")
        number = text.pattern(place + len(before), re.compile(r"\d+(?:\.\d+)?")) if text.at(place, before) else None
        if number is not None:
            setting = ast.Setting(name, Decimal(number.group()))  # type: ignore[arg-type]
            found += follow(text, [(setting, number.end())], behind)
    return found
