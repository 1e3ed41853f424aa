"""What the user handed over: English, a program of the language, or a generated file.

SOURCE on the command line is English text, the name of a `.strat`, `.py` or `.txt` file, or `-` for standard input.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from mas.dataclass import dataclass
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from nl2strat.translate.choice import Translator

MAX_CHARACTERS = 200_000
"""More than this is not a strategy; it is refused before anything reads it."""


class Kind(StrEnum):
    ENGLISH = "english"
    LANGUAGE = "language"
    PYTHON = "python"


@dataclass(frozen=True)
class Source:
    """A text and what it is written in. `name` is how messages call it; `reader` reads English (None: offline)."""

    text: str
    kind: Kind
    name: str
    reader: Translator | None = None


_SUFFIXES = {".strat": Kind.LANGUAGE, ".py": Kind.PYTHON, ".txt": Kind.ENGLISH, ".md": Kind.ENGLISH}


def read_source(argument: str) -> Source:
    """Finds out what SOURCE is and reads it.

    Raises: UsageError: a file that is missing or unreadable, an empty text, or one that is far too long.
    """
    if argument == "-":
        return _of_text(_limited(_read_input(), "standard input"), "standard input")
    suffix = Path(argument).suffix.lower() if "\n" not in argument and len(argument) < 1024 else ""
    if suffix in _SUFFIXES and (_is_file(argument) or " " not in argument.strip()):
        text = _limited(_read_file(Path(argument)), argument)
        return Source(text, _SUFFIXES[suffix], argument)
    return _of_text(_limited(argument, "the text"), "text")


def _of_text(text: str, name: str) -> Source:
    """Text without a file name: a program starts with its title, a class file with its docstring or an import."""
    start = text.lstrip("\ufeff \t\r\n")
    lines = [line.strip() for line in start.splitlines() if line.strip() and not line.strip().startswith("#")]
    if lines and lines[0].startswith('strategy "'):
        return Source(text, Kind.LANGUAGE, name)
    if "import mas" in lines and any(line.startswith("class ") for line in lines):
        return Source(text, Kind.PYTHON, name)
    return Source(text, Kind.ENGLISH, name)


def _read_input() -> str:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        return sys.stdin.read(MAX_CHARACTERS + 1)
    try:
        return str(stream.read(4 * MAX_CHARACTERS + 1).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not UTF-8 text (byte {error.start})") from None


def _is_file(argument: str) -> bool:
    try:
        return Path(argument).is_file()
    except (OSError, ValueError):
        return False


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            f"{path}: no such file; give an existing .strat, .py or .txt file, or the text itself"
        ) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not a UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _limited(text: str, name: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise UsageError(f"{name} is longer than {MAX_CHARACTERS:,} characters; a strategy fits on a page")
    if not text.strip():
        raise UsageError(f"{name} is empty; say when to buy and when to sell")
    return text
