"""Sloppy human text made regular for the grammar, with the way back to where things stood.

The grammar bounds blanks, comments and empty lines tightly, because it also steers a model's decoding. People align
columns, paste tabs and write long comments. So before parsing, indentation, comments, empty lines and runs of blanks
are squeezed out, and a map remembers the place of every character for the messages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mas.dataclass import dataclass
from nl2strat.errors import LanguageErrors, Problem

MAX_LENGTH = 65_536
"""Characters in a program; the longest real strategies have a tenth of it."""

_OF_SYMBOL = r"(?P<word>of|in)[ \t]+(?P<symbol>#[A-Za-z][\w.#]*|[A-Z][\w.]*#[\w.#]*)"
"""The symbol after a word, where its "#" begins no comment."""

_PIECES = re.compile(rf'{_OF_SYMBOL}|"[^"]*"?|[“„][^“”"]*[“”"]?|#.*|[ \t\u00a0]+|[^ \t\u00a0"“„#]+')
_SYMBOL_LINE = re.compile(r"[ \t]*symbol[ \t]+[^\s,]+(,[ \t]*[^\s,]+)*")
_LOOKALIKES = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2014": "-"})
_CURLY_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"'})
_ALLOWED = "\t\n\u200d\ufe0f"


@dataclass(frozen=True)
class Source:
    """Regular text and where each of its characters stood in the original (lines and columns count from 1)."""

    original: str
    lines: tuple[str, ...]
    rows: tuple[int, ...]
    columns: tuple[tuple[int, ...], ...]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def place(self, line: int, column: int) -> tuple[int, int]:
        """The original line and column of a place in the regular text; past the end, the end."""
        if not self.lines:
            return 1, 1
        index = min(max(line, 1), len(self.lines)) - 1
        columns = self.columns[index]
        if line > len(self.lines) or column > len(columns):
            return self.rows[index], columns[-1] + 1
        return self.rows[index], columns[max(column, 1) - 1]

    def with_line(self, index: int, text: str | None) -> Source:
        """The same source with one line said differently, or left out: how the parser goes on after an error."""
        if text is None:
            keep = [i for i in range(len(self.lines)) if i != index]
            return Source(
                self.original,
                tuple(self.lines[i] for i in keep),
                tuple(self.rows[i] for i in keep),
                tuple(self.columns[i] for i in keep),
            )
        old = self.columns[index]
        columns = tuple(old[min(i, len(old) - 1)] for i in range(len(text)))
        return Source(
            self.original,
            (*self.lines[:index], text, *self.lines[index + 1 :]),
            self.rows,
            (*self.columns[:index], columns, *self.columns[index + 1 :]),
        )


def regular(text: str) -> Source:
    """The text without comments, indentation and empty lines.

    Raises: LanguageErrors: if it is too long or holds characters that no keyboard types (S103, S106).
    """
    if len(text) > MAX_LENGTH:
        message = f"the text has {len(text):,} characters; a strategy has at most {MAX_LENGTH:,}"
        raise LanguageErrors([Problem("S106", message)])
    original = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if problems := list(_forbidden(original)):
        raise LanguageErrors(problems, original)
    lines, rows, columns = [], [], []
    for row, line in enumerate(original.split("\n"), start=1):
        squeezed, places = _squeeze(line)
        if squeezed:
            lines.append(squeezed)
            rows.append(row)
            columns.append(places)
    return Source(original, tuple(lines), tuple(rows), tuple(columns))


def _forbidden(text: str) -> Iterator[Problem]:
    """The first few control and formatting characters: invisible, so they can only mislead a reader."""
    found = 0
    for row, line in enumerate(text.split("\n"), start=1):
        for column, character in enumerate(line, start=1):
            if character in _ALLOWED or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
                continue
            message = f"the invisible character U+{ord(character):04X} cannot stand in a strategy"
            yield Problem("S103", message, row, column, hint="delete it, or retype the line")
            found += 1
            if found == 5:
                return


def _squeeze(line: str) -> tuple[str, tuple[int, ...]]:
    """One line with single blanks and no comment, and the column of each character kept."""
    kept: list[str] = []
    columns: list[int] = []
    start = 0
    if symbol := _SYMBOL_LINE.match(line):  # "#" belongs to some brokers' symbols
        start = symbol.end()
        for match in re.finditer(r"\S+", symbol.group()):
            _keep(kept, columns, match.group(), match.start())
    for match in _PIECES.finditer(line, start):
        piece = match.group()
        if match["symbol"]:
            _keep(kept, columns, match["word"], match.start(), bool(columns) and match.start() == columns[-1])
            _keep(kept, columns, match["symbol"], match.start("symbol"))
            continue
        if piece.startswith("#"):
            break
        if piece.isspace():
            continue
        if piece[0] in "“„":
            piece = piece.translate(_CURLY_QUOTES)
        elif piece[0] != '"':
            piece = piece.translate(_LOOKALIKES)
        glued = bool(columns) and match.start() == columns[-1]
        _keep(kept, columns, piece, match.start(), glued)
    return "".join(kept), tuple(columns)


def _keep(kept: list[str], columns: list[int], piece: str, start: int, glued: bool = False) -> None:
    if kept and not glued:
        kept.append(" ")
        columns.append(columns[-1] + 1)
    kept.append(piece)
    columns.extend(range(start + 1, start + 1 + len(piece)))
