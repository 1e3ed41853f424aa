"""Where each rule of a strategy stands: in the user's text, in the language, in the English back, in the Python."""

from __future__ import annotations

import ast as python_ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nl2strat.language import ast
from nl2strat.language.english import explain_rule, say
from nl2strat.language.printer import print_rule
from nl2strat.language.tuning import inlined
from nl2strat.web.shapes import Range, RuleMap, Span

if TYPE_CHECKING:
    from nl2strat.translate.reading import Use

_KEYWORDS: dict[type[ast.Node], tuple[str, ...]] = {
    ast.DailyLimit: ("trades_per_day",),
    ast.Pyramid: ("pyramid",),
    ast.Hedging: ("hedging",),
    ast.NoReversal: ("reversal",),
    ast.SpreadCap: ("spread_at_most",),
    ast.VolumeCap: ("volume_at_most",),
    ast.DailyCap: ("daily_loss", "daily_profit"),
    ast.Wait: ("wait",),
    ast.Skip: ("skip",),
    ast.CloseAt: ("close_at",),
    ast.CancelAt: ("cancel_at",),
    ast.OneCancelsOther: ("one_cancels_other",),
}
"""Rules that become an argument of a call, or a variable, in the generated class."""


@dataclass(frozen=True)
class _Part:
    """A rule, a let or an input: its title, how the language writes it, with names of inputs and with numbers."""

    id: str
    kind: str
    title: str
    dsl: str
    plain: str
    english: tuple[str, ...]
    signal: str = ""
    names: tuple[str, ...] = ()
    attribute: str = ""


def rule_map(program: ast.Program, dsl: str, english: str, python: str) -> list[RuleMap]:
    """Each rule with its places in the language, in the English and in the Python; not yet in the user's text."""
    parts = list(_parts(program))
    by_dsl = _in_order([part.dsl for part in parts], dsl)
    taken: set[Range] = set()
    found = []
    tree = _Python(python)
    for part, place in zip(parts, by_dsl, strict=True):
        said = _said(part.english, english, taken)
        taken |= set(said)
        found.append(
            RuleMap(
                part.id, part.kind, part.title, dsl=() if place is None else (place,), english=said,
                python=tuple(tree.places(part.signal, part.names, part.attribute)),
            )
        )  # fmt: skip
    return found


def with_words(rules: Sequence[RuleMap], program: ast.Program, uses: Sequence[Use]) -> tuple[list[RuleMap], list[Span]]:
    """The rules with their places in the user's text, and the words with the rules they became.

    A word that several rules could have is of those of the phrase around it.
    """
    plain = {part.id: part.plain for part in _parts(program)}
    own: list[set[str]] = [_rules_of(use.node, plain) for use in uses]
    for i, use in enumerate(uses):
        around = [
            (other.end - other.start, own[j])
            for j, other in enumerate(uses)
            if j != i and other.start <= use.start and use.end <= other.end and own[j]
        ]
        if around and len(own[i]) != 1:
            own[i] = own[i] & min(around, key=lambda pair: pair[0])[1] or min(around, key=lambda pair: pair[0])[1]
    _lend(uses, own)
    spans = [
        Span(use.start, use.end, use.text, use.node, tuple(sorted(ids, key=list(plain).index)))
        for use, ids in zip(uses, own, strict=True)
    ]
    spans.sort(key=lambda span: (span.start, -span.end))
    placed = []
    for rule in rules:
        there = [Range(span.start, span.end) for span in spans if rule.id in span.rules]
        placed.append(replace(rule, text=tuple(_outermost(there))))
    return placed, spans


def _lend(uses: Sequence[Use], own: list[set[str]]) -> None:
    """A verb or "when" alone belongs to what follows it."""
    known = [(use.start, ids) for use, ids in zip(uses, own, strict=True) if ids]
    for use, ids in zip(uses, own, strict=True):
        if not ids and (use.node == "when" or use.node.startswith(("enter ", "exit ", "reduce "))):
            following = min((pair for pair in known if pair[0] >= use.end), key=lambda pair: pair[0], default=None)
            ids |= following[1] if following is not None else set()


# ------------------------------------------------------------------ the parts of a program


def _parts(program: ast.Program) -> Iterator[_Part]:
    whole = inlined(program)
    if program.symbol is not None:
        yield _Part("symbol", "market", f"symbol {program.symbol}", f"symbol {program.symbol}", program.symbol, (),
                    attribute="symbol")  # fmt: skip
    if program.timeframe is not None:
        title = f"timeframe {program.timeframe}"
        yield _Part("timeframe", "market", title, title, title, (f"{program.timeframe} bars",), attribute="timeframe")
    for item in program.inputs:
        title = f"input {item.name}"
        yield _Part(f"input:{item.name}", "input", title, f"{title} = ", "", (f"[{item.name}] is ",),
                    attribute=item.name)  # fmt: skip
    for let, numbered in zip(program.lets, whole.lets, strict=True):
        said = tuple(f"[{let.name}] {verb} {say(numbered.value)}." for verb in ("means that", "is"))
        yield _Part(f"let:{let.name}", "let", let.name, f"let {let.name} = ", f"let {let.name}", said,
                    names=(let.name,))  # fmt: skip
    counts: dict[str, int] = {}
    for number, (rule, plain) in enumerate(zip(program.rules, whole.rules, strict=True), 1):
        text = print_rule(rule)
        title = re.split(r" when | at most |\n", text)[0]
        kind = {ast.Entry: "entry", ast.Exit: "exit", ast.Reduce: "exit"}.get(type(rule), "rule")
        yield _Part(
            f"rule:{number}", kind, title, text, print_rule(plain), _sentences(plain),
            _signal(rule, counts), ("allowed",) if isinstance(rule, ast.Trade | ast.Dates) else
            _KEYWORDS.get(type(rule), ()),
        )  # fmt: skip


def _sentences(rule: ast.Rule) -> tuple[str, ...]:
    """How the English says a rule; times and days of several rules are joined to one sentence."""
    said = explain_rule(rule)
    if isinstance(rule, ast.Trade | ast.Dates):
        return said, said.removeprefix("Enters only ").removeprefix("on days ").removesuffix(".")
    return (said,)


def _signal(rule: ast.Rule, counts: dict[str, int]) -> str:
    """The name of a rule's signal in the class: `enter_long`, and the next `enter_long_2`."""
    match rule:
        case ast.Entry(side):
            name = f"enter_{side}"
        case ast.Exit(side):
            name = f"exit_{side}"
        case ast.Reduce(side):
            name = f"reduce_{side}"
        case ast.Alert():
            name = "alert"
        case ast.CancelWhen():
            name = "cancel"
        case _:
            return ""
    counts[name] = counts.get(name, 0) + 1
    return name if counts[name] == 1 else f"{name}_{counts[name]}"


# ------------------------------------------------------------------ finding them


def _in_order(pieces: Sequence[str], text: str) -> list[Range | None]:
    """Where each piece stands, at the start of a line, one after the other; to the end of its line(s)."""
    found: list[Range | None] = []
    at = 0
    for piece in pieces:
        start = text.find(f"\n{piece}", at)
        if start < 0:
            found.append(None)
            continue
        start += 1
        end = text.find("\n", start + len(piece))
        at = end if end >= 0 else len(text)
        found.append(Range(start, at))
        at -= 1
    return found


def _said(wordings: Sequence[str], english: str, taken: set[Range]) -> tuple[Range, ...]:
    """The first place of the first wording that no other rule has."""
    for words in wordings:
        start = english.find(words)
        while start >= 0:
            place = Range(start, start + len(words))
            if place not in taken:
                return (place,)
            start = english.find(words, start + 1)
    return ()


def _rules_of(node: str, plain: dict[str, str]) -> set[str]:
    """Rules in which a piece of the language stands; `rsi()` stands for `rsi(14)`."""
    node = node.strip()
    if not node or node in ("when", "and", "or", "not"):
        return set()
    pattern = re.compile(r"(?<!\w)" + re.escape(node).replace(r"\(\)", r"\([^()]*\)") + r"(?!\w)")
    starting = {id_ for id_, text in plain.items() if text.startswith(node)}
    return starting or {id_ for id_, text in plain.items() if pattern.search(text)}


def _outermost(ranges: Sequence[Range]) -> Iterator[Range]:
    """Ranges that lie in no other, in their order."""
    end = -1
    for one in sorted(set(ranges), key=lambda r: (r.start, -r.end)):
        if one.end > end:
            yield one
            end = one.end


class _Python:
    """A generated class, asked where it deals with something."""

    def __init__(self, source: str) -> None:
        self._tree = python_ast.parse(source) if source else python_ast.Module([], [])
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._source = source
        self._classes = [node for node in self._tree.body if isinstance(node, python_ast.ClassDef)]

    def places(self, signal: str, names: Sequence[str], attribute: str) -> Iterator[Range]:
        """Methods and statements of a signal, arguments and variables of these names, an attribute's line."""
        found: list[Range] = []
        for node in (node for kind in self._classes for node in python_ast.walk(kind)):
            match node:
                case python_ast.FunctionDef(name=name) if signal and name == signal:
                    found.append(self._range(node))
                case python_ast.Assign(targets=[python_ast.Name(id=name)]) if name in (signal, *names) and name:
                    found.append(self._range(node))
                case python_ast.Assign(targets=[python_ast.Name(id=name)]) if name == attribute and name:
                    found.append(self._line(node))
                case python_ast.Assign(targets=[python_ast.Attribute(attr=name)]) if name == attribute and name:
                    found.append(self._line(node))
                case python_ast.keyword(arg=name) if name in names and name:
                    found.append(self._range(node))
                case python_ast.Call(args=[python_ast.Constant(value=name)]) if name == signal and signal:
                    found.append(self._range(node))
                case python_ast.Dict(keys=keys, values=values):
                    found += [
                        Range(self._range(key).start, self._range(value).end)
                        for key, value in zip(keys, values, strict=True)
                        if isinstance(key, python_ast.Constant) and key.value == signal and signal
                    ]
        yield from _outermost(found)

    def _range(self, node: python_ast.AST) -> Range:
        start = self._at(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
        end = self._at(getattr(node, "end_lineno", 1), getattr(node, "end_col_offset", 0))
        return Range(start, end)

    def _line(self, node: python_ast.AST) -> Range:
        place = self._range(node)
        end = self._source.find("\n", place.end)
        return Range(place.start, end if end >= 0 else len(self._source))

    def _at(self, line: int, column: int) -> int:
        """Characters before a place; the parser counts columns in UTF-8 bytes."""
        start = self._starts[line - 1]
        text = self._source[start : self._starts[line] if line < len(self._starts) else None]
        return start + len(text.encode()[:column].decode("utf-8", "ignore"))
