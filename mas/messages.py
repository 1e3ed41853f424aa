"""The language of everything the library says: English, or Chinese in traditional or simplified characters.

Catalogues are gettext's (`mas/locale/<language>/LC_MESSAGES/mas.po`, compiled beside it to mas.mo); English texts are
the keys. A text with values in it is known by its pattern: "symbol must be ... not {value}" finds the text made
from it, and the values are put into the translation. Log records carry pattern and values apart; where a value is one
of our errors, that is translated too.
Codes, keys and MetaTrader's names are never translated: programs compare those, never texts.
"""

from __future__ import annotations

import gettext
import logging
import re
from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

from mas.errors import MasError

LANGUAGES = {"en": "", "zh-tw": "zh_TW", "zh-cn": "zh_CN"}
"""The codes of `set_lang`, and the names of their catalogues."""

_FIELD = re.compile(r"\{(\w+)\}")
_ESCAPED_FIELD = re.compile(r"\\\{(\w+)\\\}")
_language = "en"


class _Pattern(NamedTuple):
    finds: re.Pattern[str]
    says: str


def set_language(code: str) -> bool:
    """Choose the language for the whole process; False, and nothing changed, for a code that is not known."""
    global _language
    known = isinstance(code, str) and code.strip().lower().replace("_", "-") in LANGUAGES
    if known:
        _language = code.strip().lower().replace("_", "-")
    return known


def language() -> str:
    """The code of the language chosen."""
    return _language


def translated(text: str) -> str:
    """A text of the library in the language chosen; as it is, where the catalogue does not have it."""
    if not LANGUAGES[_language]:
        return text
    found = _catalogue(_language).gettext(text)
    if found != text:
        return found
    for pattern in _patterns(_language):
        match = pattern.finds.fullmatch(text)
        if match is not None:
            return pattern.says.format_map({name: translated(value) for name, value in match.groupdict().items()})
    return text


def template(text: str) -> str:
    """The template of a log record in the language chosen."""
    return _catalogue(_language).gettext(text) if LANGUAGES[_language] else text


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    name = LANGUAGES[code]
    with as_file(files("mas") / "locale") as folder:
        return gettext.translation("mas", folder, languages=[name])


@cache
def _patterns(code: str) -> tuple[_Pattern, ...]:
    """The texts with values, those with the most fixed letters first."""
    catalogue = _catalogue(code)
    keys = [key for key in getattr(catalogue, "_catalog", {}) if isinstance(key, str) and "{" in key]
    keys.sort(key=lambda key: len(_FIELD.sub("", key)), reverse=True)
    return tuple(_Pattern(_finder(key), catalogue.gettext(key)) for key in keys)


def _finder(key: str) -> re.Pattern[str]:
    return re.compile(_ESCAPED_FIELD.sub(r"(?P<\1>.+)", re.escape(key)), re.DOTALL)


class _Translator(logging.Filter):
    """Puts the templates of log records into the language chosen."""

    def filter(self, record: logging.LogRecord) -> bool:
        if LANGUAGES[_language] and isinstance(record.msg, str):
            record.msg = template(record.msg)
            if isinstance(record.args, tuple):
                record.args = tuple(translated(str(a)) if isinstance(a, MasError) else a for a in record.args)
        return True


logging.getLogger("mas").addFilter(_Translator())
