"""The texts of the page in the language chosen: English, or Chinese in traditional or simplified characters.

    say("Ready")     say("{n} bars of {what}", n="6,000", what="EURUSD H1")

English texts are the keys, as in `mas.messages`; the page's own catalogue comes first, the runtime's after it. One
language holds for the server: it is the user's, whichever tab it was chosen in, and is remembered.
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from mas import messages
from nl2strat.library.places import data_folder

NAMES = {"en": "English", "zh-tw": "繁體中文", "zh-cn": "简体中文"}
"""Codes and how each language calls itself."""
TAGS = {"en": "en", "zh-tw": "zh-Hant", "zh-cn": "zh-Hans"}
"""What the `lang` attribute of the page says."""

_FILE = Path("web") / "language"


def say(text: str, **values: object) -> str:
    """A text of the page, with values put in. Args: text: the English, values as `{name}`."""
    template = _catalogue(messages.language()).gettext(text) if messages.language() != "en" else text
    if template == text:
        template = messages.translated(text)
    return template.format_map(values) if values else template


def say_known(text: str) -> str:
    """A text of the library (an error, a warning, a metric) in the language chosen, as far as it is known."""
    page = _catalogue(messages.language()).gettext(text) if messages.language() != "en" else text
    return page if page != text else messages.translated(text)


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
