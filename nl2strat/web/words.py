"""The texts of the page in the language chosen: English, or Chinese in traditional or simplified characters.

    say("Ready")     say("{n} bars of {what}", n="6,000", what="EURUSD H1")

English texts are the keys, as in `mas.messages`; the page's own catalogue (`locale/<language>/LC_MESSAGES/page.po`,
compiled beside it to page.mo) comes first, the runtime's after it. Sentences of the library that have values in them
are found by their patterns, which stand in the context "library". One language holds for the server: it is the user's,
whichever tab it was chosen in, and is remembered.
"""

from __future__ import annotations

import gettext
import re
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from mas import messages
from nl2strat.library.places import data_folder

NAMES = {"en": "English", "zh-tw": "繁體中文", "zh-cn": "简体中文"}
"""Codes and how each language calls itself."""
TAGS = {"en": "en", "zh-tw": "zh-Hant", "zh-cn": "zh-Hans"}
"""What the `lang` attribute of the page says."""

LIBRARY = "library"
"""The context of texts that the library makes: whole sentences, with `{name}` where a value stands."""

_FILE = Path("web") / "language"
_FIELD = re.compile(r"\{(\w+)\}")
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z{\d])")
_NUMBER, _ANYTHING = r"\d(?:[\d,. ]*\d)?", r".+?"


def say(text: str, **values: object) -> str:
    """A text of the page, with values put in. Args: text: the English, values as `{name}`."""
    template = _catalogue(messages.language()).gettext(text) if messages.language() != "en" else text
    if template == text:
        template = messages.translated(text)
    return template.format_map(values) if values else template


def say_of(what: str, text: str) -> str:
    """A text of the page whose English also means something else. Args: what: what it is said of, "run" or such."""
    found = _catalogue(messages.language()).pgettext(what, text) if messages.language() != "en" else text
    return found if found != text else say(text)


def say_known(text: str) -> str:
    """A text of the library (an error, a warning, a metric) in the language chosen, as far as it is known."""
    code = messages.language()
    if code == "en" or not text:
        return text
    return _known(code, text) or _by_sentence(code, text) or _by_pattern(code, text) or messages.translated(text)


def language() -> str:
    """The code of the language chosen."""
    return messages.language()


def choose(code: str, home: Path | None = None) -> bool:
    """Choose the language and remember it. Returns: False, and nothing changed, for a code that is not known."""
    if code not in NAMES or not messages.set_language(code):
        return False
    file = (home or data_folder()) / _FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
    except OSError:
        pass  # then it is not remembered
    return True


def recall(home: Path) -> None:
    """The language that was chosen last; English if none was."""
    try:
        code = (home / _FILE).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return
    if code in NAMES:
        messages.set_language(code)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    name = messages.LANGUAGES.get(code, "")
    with as_file(files("nl2strat.web") / "locale") as folder:
        return gettext.translation("page", folder, languages=[name or "en"], fallback=True)


class _Pattern(NamedTuple):
    finds: re.Pattern[str]
    says: str


def _known(code: str, text: str) -> str:
    """A text that the page's catalogue has as it stands; empty if it has not."""
    catalogue = _catalogue(code)
    return next((found for found in (catalogue.gettext(text), catalogue.pgettext(LIBRARY, text)) if found != text), "")


def _by_sentence(code: str, text: str) -> str:
    """Several sentences, if each is known; before patterns are tried, whose values would reach into the next one."""
    sentences = _SENTENCES.split(text)
    if len(sentences) < 2:
        return ""
    found = [_known(code, one) or _by_pattern(code, one) for one in sentences]
    return "".join(found) if all(found) else ""


def _by_pattern(code: str, text: str) -> str:
    """A text of the library with values in it."""
    for pattern in _patterns(code):
        match = pattern.finds.fullmatch(text)
        if match is not None:
            return pattern.says.format_map({name: say_known(value) for name, value in match.groupdict().items()})
    return ""


@cache
def _patterns(code: str) -> tuple[_Pattern, ...]:
    """The library's sentences with values, those with the most fixed letters first."""
    start = f"{LIBRARY}\x04"
    known: dict[object, str] = getattr(_catalogue(code), "_catalog", {})
    keys = [key.removeprefix(start) for key in known if isinstance(key, str) and key.startswith(start) and "{" in key]
    keys.sort(key=lambda key: len(_FIELD.sub("", key)), reverse=True)
    return tuple(_Pattern(_finder(key), known[start + key]) for key in keys)


def _finder(key: str) -> re.Pattern[str]:
    """Finds the texts made of a pattern: {n} and {m} are numbers; a name that comes again has the same value."""
    parts, seen = [], set[str]()
    for place, part in enumerate(_FIELD.split(key)):
        if place % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>{_NUMBER if part in ('n', 'm') else _ANYTHING})")
    return re.compile("".join(parts), re.DOTALL)
