"""From Lark's surprise to a located problem in the words of the language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from lark import Lark
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import PatternStr

from mas.dataclass import dataclass
from nl2strat.errors import Problem
from nl2strat.language.habits import PLACES, habit_hint, line_hint
from nl2strat.language.source import Source
from nl2strat.language.words import PHRASES, spelled, terminal_words

STATEMENTS = (
    "enter", "exit", "reduce", "alert", "trade", "only", "cancel", "limit", "daily", "spread", "volume", "wait", "skip",
    "pyramid", "no", "allow", "one", "let", "input", "symbol", "timeframe", "account", "strategy",
)  # fmt: skip
"""Words that start a line outside an entry's block and none inside it."""

_VALUES = {
    *("OPEN", "HIGH", "LOW", "CLOSE", "VOLUME", "TIME", "NAME", "NUMBER", "LPAR", "MINUS"),
    *("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"),
    *("ENTRY", "PROFIT", "BARS_SINCE_ENTRY", "FLAT", "AVERAGE_ENTRY", "TRADES_COUNT", "RESULT_TODAY", "IN_A_ROW"),
    *("BARS_SINCE_EXIT", "HOLDING", "LAST_TRADE", "LATCH", "_REMEMBER", "RATCHET"),
}
SPELT: dict[str, tuple[str, ...]] = {
    "BARS_SINCE_ENTRY": ("bars since entry",),
    "BARS_SINCE_EXIT": ("bars since exit", "bars since loss", "bars since win"),
    "AVERAGE_ENTRY": ("average entry",),
    "TRADES_COUNT": ("trades open", "trades today"),
    "RESULT_TODAY": ("result today",),
    "IN_A_ROW": ("losses in a row", "wins in a row"),
    "HOLDING": ("holding long", "holding short"),
    "LAST_TRADE": ("last trade won", "last trade lost"),
    "RATCHET": ("ratchet up", "ratchet down"),
    "_THEN": ("then within",),
    "_AT_MOST": ("at most",),
}
"""Terminals of several words, as they are written."""

_TAILS = {"LSQB", "LPAR", "COLON", "PERCENT", "R"}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9][0-9.]*|[<>=!&|]+|\S")


@dataclass(frozen=True)
class Surprise:
    """A syntax error: the problem to show, and the line as it was probably meant (None: leave it out)."""

    problem: Problem
    line: int
    meant: str | None = None
    final: bool = False
    """Nothing sensible can follow: the rest of the text would only repeat this error."""


def explain(error: UnexpectedInput, source: Source, lark: Lark) -> Surprise:
    """What is wrong, where, what was expected there, and what may have been meant."""
    expected = _expected(error)
    at_end = not source.lines or (isinstance(error, UnexpectedToken) and error.token.type == "$END")
    line = len(source.lines) if at_end else min(error.line, len(source.lines))
    text = source.lines[line - 1] if source.lines else ""
    start = len(text) if at_end else error.column - 1
    if at_end:
        return _cut_off(source, line)
    blank = re.match(r"\s*", text[start:])
    start += blank.end() if blank else 0
    return (
        _misplaced(source, line, start, expected)
        or _spoilt_token(source, line, start, error, expected)
        or _misspelt(source, line, start, expected, lark)
        or _unexpected(source, line, start, expected, lark)
    )


def _problem(
    source: Source, code: str, message: str, line: int, start: int, length: int = 1, hint: str = ""
) -> Problem:
    row, column = source.place(line, start + 1)
    return Problem(code, message, row, column, max(1, length), hint)


def _expected(error: UnexpectedInput) -> set[str]:
    parser = getattr(error, "interactive_parser", None)
    if parser is not None:
        return set(parser.accepts())
    return set(getattr(error, "allowed", None) or getattr(error, "expected", None) or ())


# ------------------------------------------------------------ blocks and ends


def open_block(source: Source, before: int) -> int | None:
    """The line of the `enter` whose block is still open above line `before`."""
    found = None
    for number, line in enumerate(source.lines[: before - 1], start=1):
        if re.match(r"enter\b", line):
            found = number
        elif line == "end":
            found = None
    return found


def _cut_off(source: Source, line: int) -> Surprise:
    if not source.lines:
        problem = Problem("S105", "there is nothing to read", hint='a program starts with: strategy "TITLE"')
        return Surprise(problem, 1, final=True)
    text = source.lines[-1]
    block = open_block(source, len(source.lines) + 1)
    message = 'the text ends before "end strategy"'
    if block is not None:
        message += f', inside the block of "{source.lines[block - 1][:40]}" on line {source.rows[block - 1]}'
    hint = "it seems to be cut off: close the block with end and the program with end strategy"
    return Surprise(_problem(source, "S105", message, line, len(text), hint=hint), line, final=True)


def _misplaced(source: Source, line: int, start: int, expected: set[str]) -> Surprise | None:
    """A statement where another part of the program belongs: an unclosed block, a late `let`, more after the end."""
    text = source.lines[line - 1]
    if expected == {"$END"} or (line > 1 and source.lines[line - 2] == "end strategy"):
        problem = _problem(source, "S109", 'nothing may follow "end strategy"', line, start, len(text) - start)
        return Surprise(problem, line, final=True)
    word = (_WORD.match(text) or _WORD.match("?"))[0]  # type: ignore[index]
    block = open_block(source, line)
    if block is not None and (
        text == "end strategy" or (start == 0 and word in STATEMENTS) or text.startswith("close at")
    ):
        message = f'"{source.lines[block - 1][:60]}" on line {source.rows[block - 1]} has no "end"'
        hint = f'write end on a line of its own before "{text[:40]}"'
        return Surprise(_problem(source, "S104", message, line, 0, len(text), hint), line, final=True)
    if start == 0 and word in PLACES and not expected & {"STRATEGY"}:
        message = f'a line "{word}" cannot stand here'
        problem = _problem(source, "S110", message, line, 0, len(word), PLACES[word])
        return Surprise(problem, line, final=word == "strategy")
    return None


def _spoilt_token(source: Source, line: int, start: int, error: UnexpectedInput, expected: set[str]) -> Surprise | None:
    """Texts, names and numbers that are too long or not closed."""
    text = source.lines[line - 1]
    rest = text[start:]
    if "STRING" in expected and rest.startswith('"'):
        closed = rest.find('"', 1)
        message, length = "the text in quotes is not closed", len(rest)
        if closed > 0:
            message = "a text in quotes has at most 120 characters"
            message = "a text in quotes cannot hold a backslash" if "\\" in rest[:closed] else message
            length = closed + 1
        return Surprise(_problem(source, "S101", message, line, start, length), line, _stand_in(text))
    before = re.search(r"[A-Za-z0-9_.]+$", text[:start])
    if before and start < len(text) and re.match(r"[A-Za-z0-9_]", rest):
        first = before.start()
        whole = re.match(r"[A-Za-z0-9_.]+", text[first:])
        length = whole.end() if whole else 1
        if text[first].isdigit() and text[start].isdigit():
            message = "a number has at most 9 digits before the point and 8 after it"
        elif text[first].islower() and len(before[0]) >= 32:
            message = "a name has at most 32 characters"
        else:
            return None
        return Surprise(_problem(source, "S101", message, line, first, length), line, _stand_in(text))
    return None


# ------------------------------------------------------------------- wordings


def _misspelt(source: Source, line: int, start: int, expected: set[str], lark: Lark) -> Surprise | None:
    text = source.lines[line - 1]
    words = [(m.start(), m.end()) for m in _WORD.finditer(text, start)][:3]
    best: tuple[float, str, int] = (0.0, "", 0)
    for phrase in sorted(_phrases(expected, lark)):
        size = min(len(phrase.split()), len(words))
        if not size or not text[start].isalpha():
            continue
        written = text[words[0][0] : words[size - 1][1]]
        closeness = SequenceMatcher(None, written.lower(), phrase.lower()).ratio()
        if closeness > best[0] and written != phrase:
            best = (closeness, phrase, words[size - 1][1])
    closeness, phrase, end = best
    if closeness < 0.75:
        return None
    written = text[start:end]
    problem = _problem(
        source, "S101", f'"{written}" cannot stand here', line, start, len(written), f'did you mean "{phrase}"?'
    )
    return Surprise(problem, line, text[:start] + phrase + text[end:])


def _unexpected(source: Source, line: int, start: int, expected: set[str], lark: Lark) -> Surprise:
    text = source.lines[line - 1]
    rest = text[start:]
    match = _WORD.match(rest)
    found = f'"{match[0]}"' if match else "the end of the line"
    hint = ""
    if match and match[0] != match[0].lower() and "NAME" in expected:
        hint = f"names and functions are written in small letters: {match[0].lower()}"
    hint = hint or line_hint(text) or habit_hint(rest)
    if not hint and match and "LPAR" in expected and re.match(r"[0-9]", rest):
        hint = "arguments stand in parentheses: rsi(14)"
    wanted = _listed(_wanted(expected, lark))
    message = f"{found} cannot stand here; expected {wanted}" if wanted else f"{found} cannot stand here"
    problem = _problem(source, "S101", message, line, start, len(match[0]) if match else 1, hint)
    return Surprise(problem, line, _stand_in(text))


def _stand_in(text: str) -> str | None:
    """A correct line in place of a broken one that opens or closes something, so that reading can go on."""
    if text.startswith("strategy"):
        return 'strategy "unreadable"'
    if text.startswith("enter"):
        return "enter long when flat"
    return "end" if text.startswith("end ") and text != "end strategy" else None


def _phrases(expected: Iterable[str], lark: Lark) -> set[str]:
    """The words and phrases that could stand at this place."""
    plain = {t.name: t.pattern.value for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    result: set[str] = set()
    for name in expected:
        if name in plain:
            result.add(plain[name])
        elif name == "CROSS":
            result |= {f"crosses {way}" for way in terminal_words()[name][1:]}
        elif name in SPELT:
            result |= set(SPELT[name])
        else:
            result |= set(terminal_words().get(name, ()))
    return {phrase for phrase in result if phrase[0].isalpha() and len(phrase) > 1}


def _wanted(expected: set[str], lark: Lark) -> list[str]:
    """The expected terminals in words: values and operators as groups, the rest one by one."""
    plain = {t.name: t.pattern.value for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    left = set(expected)
    result: list[str] = []
    if {"OPEN", "HIGH", "NUMBER"} <= left:
        kind = "a value or a condition" if "_NOT" in left else "a value"
        result.append(f"{kind} (such as close, 30 or rsi(14))")
        left -= _VALUES | {"_NOT"}
    if not left <= _TAILS:
        left -= _TAILS
    if {"ADD", "MUL"} <= left:
        result.append("+, -, * or /")
        left -= {"ADD", "MUL"}
    end = "_NL" in left
    words = sorted(left - {"_NL"}, key=lambda name: (name not in PHRASES, spelled(name)))
    result += [f'"{plain[name]}"' if name in plain else spelled(name) for name in words]
    return [*result, PHRASES["_NL"]] if end else result


def _listed(items: list[str]) -> str:
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} or {items[-1]}"
