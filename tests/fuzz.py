"""Random and mutated programs, fast and many: parsing and checking any text end in an answer or in located errors.

A text is grown from the grammar's own rules, or an example is damaged: characters, words or lines of it are dropped,
doubled, exchanged, or taken from elsewhere. `benchmarks/fuzz_language.py` runs many of them by hand.
"""

from __future__ import annotations

import random
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lark import Lark
from lark.grammar import NonTerminal, Symbol

from nl2strat.errors import LanguageErrors
from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.grammar import grammar_text
from nl2strat.language.parser import parse
from nl2strat.language.printer import print_program

ROOT = Path(__file__).resolve().parents[1]

NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "5",
    "14",
    "20",
    "30",
    "50",
    "100",
    "200",
    "0.5",
    "1.5",
    "0.0001",
    "999999999",
    "1.00001",
)
NAMES = ("fast", "slow", "x", "y", "trend", "length", "class", "entry_", "e", "lambda_")
SYMBOLS = ("EURUSD", "XAUUSD", "US500.cash", "GBPUSD", "#AAPL", "ab")
TEXTS = ('"x"', '""', '"a # b"', '"Europe/London"', '"America/New_York"', '"Mars/Base"', '"naïve ☃"')
DATES = ("2024-01-31", "2023-02-29", "0000-00-00", "2024-12-01")
RANGES = ("7..28", "-1..1", "5 .. 1", "0.5..2.5")
ODD = (
    "é",
    "☃",
    "\t",
    "\u00a0",
    "\u200b",
    "\x00",
    "“",
    "''",
    "\u2212",
    "\U0001d7d9",
    "\ufeff",
    "\r",
    "{{",
    "\\",
    "=" * 40,
)
"""Characters that keyboards, word processors and mischief bring into a text."""


# --------------------------------------------------------------------- from the grammar


class Grower:
    """Texts of the grammar, rule by rule at random; where it gets deep, by the shortest way to an end."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.parser = Lark(grammar_text(), keep_all_tokens=True)  # by Earley: no table is built that nobody needs
        self.patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in self.parser.terminals}
        self.ways: dict[str, list[Sequence[Symbol]]] = {}
        for rule in self.parser.rules:
            self.ways.setdefault(rule.origin.name, []).append(rule.expansion)
        self.depth = self._depths()

    def _depths(self) -> dict[str, int]:
        """The least nesting in which each rule can end."""
        depth: dict[str, int] = {}
        while len(depth) < len(self.ways):
            for name, ways in self.ways.items():
                known = [self._of_way(way, depth) for way in ways]
                if name not in depth and (ends := [d for d in known if d is not None]):
                    depth[name] = 1 + min(ends)
        return depth

    @staticmethod
    def _of_way(way: Sequence[Symbol], depth: dict[str, int]) -> int | None:
        inner = [depth.get(symbol.name) for symbol in way if isinstance(symbol, NonTerminal)]
        return None if None in inner else max((d for d in inner if d is not None), default=0)

    def text(self, rule: str, budget: int) -> str:
        """A text of a rule."""
        out: list[str] = []
        self._grow(rule, budget, out)
        return "".join(out)

    def _grow(self, rule: str, budget: int, out: list[str]) -> None:
        ways = self.ways[rule]
        if budget <= 0:
            ways = sorted(ways, key=lambda way: self._of_way(way, self.depth) or 0)[:1]
        for symbol in self.draw.choice(ways):
            if isinstance(symbol, NonTerminal):
                longer = symbol.name.startswith("__") and self.draw.random() < 0.7  # a list, which is not deeper
                self._grow(symbol.name, budget - (0 if longer else 3), out)
            else:
                out.append(self._spell(symbol.name, rule))

    def _spell(self, terminal: str, rule: str) -> str:
        draw = self.draw
        if terminal == "NAME":
            return draw.choice(list(FUNCTIONS)) if rule == "call" else draw.choice(NAMES)
        pools = {"NUMBER": NUMBERS, "SYMBOL": SYMBOLS, "STRING": TEXTS, "DATE": DATES, "RANGE": RANGES, "_NL": ("\n",)}
        pools |= {"CMP": (" > ", " < ", " >= ", " <= ", " == ", " != "), "ADD": (" + ", " - "), "MUL": (" * ", " / ")}
        return draw.choice(pools[terminal]) if terminal in pools else draw.choice(_spellings(self.patterns[terminal]))


@cache
def _spellings(pattern: str) -> tuple[str, ...]:
    """The texts of a terminal of words: blanks are one blank, and choices are made in each way."""
    plain = re.sub(r"\[ (?:\t|\\t)\]\{\d+,\d+\}", " ", pattern)
    group = re.search(r"\((?:\?:)?([^()]*)\)", plain)
    if group:
        around = plain[: group.start()], plain[group.end() :]
        return tuple(spelled for word in group[1].split("|") for spelled in _spellings(word.join(around)))
    return tuple(re.sub(r"\\(.)", r"\1", word) for word in plain.split("|"))


# ------------------------------------------------------------------------ from examples


@cache
def examples() -> tuple[str, ...]:
    """The texts of all programs beside the code."""
    paths = [*sorted((ROOT / "examples").glob("*.strat")), *sorted((ROOT / "tests" / "golden").glob("*.strat"))]
    return tuple(path.read_text(encoding="utf-8") for path in paths)


@cache
def words() -> tuple[str, ...]:
    """Every word and sign of the examples, each once."""
    return tuple(sorted({word for text in examples() for word in _words(text)}))


def _words(text: str) -> list[str]:
    """The words, signs, texts and blanks; joined they are the text."""
    return re.findall(r'"[^"\n]*"|[A-Za-z_][\w.]*|\d+(?:\.\d+)?|[ \t]+|\n|.', text)


def _damaged_characters(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text) + 1)
    end = min(len(text), at + draw.choice((0, 0, 1, 1, 2, 5)))
    piece = draw.choice(("", "", draw.choice(ODD), chr(draw.randrange(32, 127)), text[end : end + 3]))
    return text[:at] + piece + text[end:]


def _damaged_words(text: str, draw: random.Random) -> str:
    pieces = _words(text)
    at = draw.randrange(len(pieces))
    match draw.randrange(5):
        case 0:
            del pieces[at]
        case 1:
            pieces[at] = draw.choice(words())
        case 2:
            pieces.insert(at, draw.choice(words()))
        case 3:
            other = draw.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        case _:
            pieces[at:at] = pieces[at : at + draw.randrange(1, 12)]
    return "".join(pieces)


def _damaged_lines(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    match draw.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, draw.choice(lines))
        case 2:
            lines[at] = draw.choice(draw.choice(examples()).split("\n"))
        case _:
            lines.insert(at, draw.choice(draw.choice(examples()).split("\n")))
    return "\n".join(lines)


def _mutant(draw: random.Random) -> str:
    text = draw.choice(examples())
    ways: list[Callable[[str, random.Random], str]] = [_damaged_characters, _damaged_words, _damaged_lines]
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        text = draw.choice(ways)(text, draw) or "x"
    return text


def _grafted(draw: random.Random, grower: Grower) -> str:
    """An example in which a condition, a clause, a value or a rule is replaced by a grown one."""
    text, budget = draw.choice(examples()), draw.choice((5, 15, 30))
    match draw.randrange(4):
        case 0:
            places, rule, start = list(re.finditer(r" when (.*)", text)), "expr", " when "
        case 1:
            places, rule, start = list(re.finditer(r"\n  .*\n", text)), "clause", "\n  "
        case 2:
            places, rule, start = list(re.finditer(r"\nlet \w+ = (.*)", text)), "expr", "\nlet x = "
        case _:
            places, rule, start = list(re.finditer(r"\n(?=end strategy)", text)), "rule", "\n"
    if not places:
        return text
    place = draw.choice(places)
    return text[: place.start()] + start + grower.text(rule, budget) + text[place.end() :]


KINDS = ("grown", "grafted", "grafted", "mutant", "mutant", "grown mutant")


def texts(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """So many texts with the way they were made; the same for the same seed."""
    draw = random.Random(seed)
    grower = Grower(draw)
    for _ in range(count):
        kind = draw.choice(KINDS)
        if kind == "mutant":
            yield kind, _mutant(draw)
        elif kind == "grafted":
            yield kind, _grafted(draw, grower)
        else:
            text = grower.text("program" if draw.random() < 0.95 else "answer", draw.choice((15, 30, 60)))
            yield kind, text if kind == "grown" else _damaged_words(_damaged_characters(text, draw) or "x", draw)


# ------------------------------------------------------------------------------ judging


@dataclass
class Tally:
    """What became of the texts; the failures with the place they came from."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, text: str) -> None:
        outcome = judge(text)
        self.outcomes[f"{kind}: {'failure' if outcome not in GOOD else outcome}"] += 1
        if outcome not in GOOD:
            self.failures.setdefault(outcome, text)


GOOD = ("program", "questions", "syntax errors", "errors of meaning")


def judge(text: str) -> str:
    """What parsing and checking a text ends in: one of `GOOD`, or what went wrong and where."""
    try:
        return _judged(text)
    except Exception as error:  # whatever it is, it is what is looked for
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "nl2strat" in frame.filename or "mas" in frame.filename] or frames
        return f"{type(error).__name__} in {Path(ours[-1].filename).name}:{ours[-1].name}"


def _judged(text: str) -> str:
    try:
        program = parse(text)
    except LanguageErrors as errors:
        return _located(errors, text) or "syntax errors"
    if isinstance(program, ast.Answer):
        return "questions"
    try:
        checked = check(program, text)
    except LanguageErrors as errors:
        return _located(errors, text) or "errors of meaning"
    if parse(print_program(checked.program)) != checked.program:
        return "printing: another program is read back"
    return "program"


def _located(errors: LanguageErrors, text: str) -> str:
    """What is wrong with the errors, or nothing: each has a place in the text, a code and a message."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not errors.problems:
        return "errors: none"
    for problem in errors.problems:
        inside = 1 <= problem.line <= len(lines) and 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        if not inside or not problem.message.strip() or not re.fullmatch(r"[STNVR]\d{3}", problem.code):
            return f"errors: {problem.code} at no place of the text, or without a message"
    str(errors)  # the message with its source lines
    return ""


def smallest(text: str, outcome: str, patience: int = 4000) -> str:
    """A shorter text with the same outcome: lines, then words, then characters are left out while that holds."""
    for split, joint in ((lambda t: t.split("\n"), "\n"), (_words, ""), (list, "")):
        pieces: list[str] = split(text)
        step = max(1, len(pieces) // 2)
        while step and patience > 0:
            at = 0
            while at < len(pieces) and patience > 0:
                rest = pieces[:at] + pieces[at + step :]
                patience -= 1
                if judge(joint.join(rest)) == outcome:
                    pieces = rest
                else:
                    at += step
            step //= 2
        text = joint.join(pieces)
    return text


def run(texts_: Iterable[tuple[str, str]]) -> Tally:
    """Judges them all."""
    tally = Tally()
    for kind, text in texts_:
        tally.add(kind, text)
    return tally
