"""docs/language.md: the syntax as the grammar has it, the meaning as `prose` says it, the functions of the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import fill

from mas.timeframes import TIMEFRAMES
from nl2strat.language.reference.functions import function_tables
from nl2strat.language.reference.grammar import choices, syntax
from nl2strat.language.reference.prose import SECTIONS, Piece, Section
from nl2strat.language.words import PHRASES, reserved_words, terminal_words

HEAD = """# The strategy language

Generated from `grammars/strategy.lark` and the registry of functions by `python -m nl2strat.language.reference`: do not
edit it. What happens when a program runs is told in [execution.md](execution.md); whole programs stand in
[examples](../examples/README.md).

How to read the syntax: words stand for themselves, `<...>` for something else, `[...]` may be left out, `( | )` is a
choice, `...` may be repeated. Brackets and parentheses that are written stand in quotes.
"""


WIDTH = 120


def language_reference() -> str:
    """The whole document."""
    titles = [*(section.title for section in SECTIONS), "Words and signs", "Functions"]
    contents = ", ".join(f"[{title}](#{title.lower().replace(' ', '-')})" for title in titles)
    parts = [f"{HEAD}\n{fill(contents, WIDTH)}\n", *map(_section, SECTIONS), _terminals(), function_tables()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _section(section: Section) -> str:
    pieces = "\n".join(_piece(piece) for piece in section.pieces)
    return f"## {section.title}\n\n{fill(section.opening, WIDTH)}\n\n{pieces}"


def _piece(piece: Piece) -> str:
    written, meaning = _block(syntax(piece.name)), fill(piece.meaning, WIDTH)
    return f"### {piece.name.replace('_', ' ')}\n\n{written}\n{meaning}\n\n{_block(piece.example)}"


def _block(text: str) -> str:
    return f"```\n{text}\n```\n"


def _terminals() -> str:
    rows = "\n".join(f"| `<{name}>` | {meaning} |" for name, meaning in _words())
    reserved = ", ".join(f"`{word}`" for word in sorted(reserved_words()))
    names = "Names of inputs and lets are small letters, digits and underscores, up to 32. They may not be one of:"
    return f"## Words and signs\n\n| Written | Meaning |\n|---|---|\n{rows}\n\n{fill(f'{names} {reserved}.', WIDTH)}"


def _words() -> Iterator[tuple[str, str]]:
    """What stands in pointed brackets and is no rule."""
    yield "expression", "a condition or a value, or what keeps a state (`latch`, `remember`, `ratchet`, `then within`)"
    yield "condition", "what is true or false; see [Conditions](#conditions)"
    yield "value", "what has a value; see [Values](#values)"
    shown = {name for section in SECTIONS for piece in section.pieces for name in _mentioned(piece)}
    for name, ways in choices().items():
        if name in shown - {"rule", "clause", "condition"}:
            yield name, " or ".join(f"`{way}`" for way in ways)
    yield "name", "small letters, digits and underscores, beginning with a letter"
    yield "number", "digits, with a decimal point where it is needed: `14`, `0.5`; never a comma"
    yield "string", f"{PHRASES['STRING']}, up to 120 characters"
    yield "symbol", "as the broker writes it: `EURUSD`, `US500.cash`, `#AAPL`"
    yield "timeframe", ", ".join(f"`{name}`" for name in TIMEFRAMES if name in terminal_words()["TIMEFRAME"])
    yield "definitions", " or ".join(f"`{word}`" for word in terminal_words()["DEFINITIONS"])
    yield "range", "two numbers: `7..28`, `-1..1`"
    yield "date", "year, month, day: `2024-01-31`"
    yield "cmp", "`>` `<` `>=` `<=` `==` `!=`"


def _mentioned(piece: Piece) -> list[str]:
    return re.findall(r"<([a-z ]+)>", syntax(piece.name))
