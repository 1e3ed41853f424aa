"""Secrets of this process, and texts without them.

Whoever comes to know a password or a token says so once (`keep`); whatever is written or shown afterwards (logs, the
journal, errors) goes through `conceal`. Secrets are never written anywhere by this module.
"""

from __future__ import annotations

import json
import logging

_known: set[str] = set()

HIDDEN = "[secret]"
_SHORTEST = 4
"""Shorter ones would take ordinary words out of texts; no broker accepts such a password."""


def keep(secret: str) -> str:
    """Take note of a secret. Returns it."""
    if len(secret) >= _SHORTEST:
        _known.update((secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]))
    return secret


def conceal(text: str) -> str:
    """The text without any secret that is known."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


class Concealing(logging.Formatter):
    """A formatter whose lines, tracebacks included, hold no secret."""

    def format(self, record: logging.LogRecord) -> str:
        return conceal(super().format(record))
