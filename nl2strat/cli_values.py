"""Plain values of options, taken as they are: newer versions of typer load pydantic to look at each of them.

Loading it takes as long as backtesting ten thousand bars. Texts, paths of which nothing is asked, and numbers that are
written in the plainest way, need no such look; whatever else is given is still looked at by typer, which also words the
errors. An older typer, or one that does these things otherwise, is left alone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

_NUMBERS: dict[type, re.Pattern[str]] = {int: re.compile(r"-?\d{1,15}"), float: re.compile(r"-?\d{1,15}(\.\d{1,15})?")}
_UNKNOWN = object()


def take_plain_values() -> None:
    """Have typer's parameters take plain values by themselves."""
    try:
        from typer.core import _TyperParameter as Parameter  # type: ignore[attr-defined, unused-ignore]

        looked_at = Parameter.get_runtime_param
    except (ImportError, AttributeError):
        return
    if getattr(looked_at, "plain", False):
        return

    def get_runtime_param(self: Any) -> Any:
        return _Plain(self, looked_at)

    get_runtime_param.plain = True  # type: ignore[attr-defined]
    setattr(Parameter, "get_runtime_param", get_runtime_param)  # noqa: B010  (to a type checker it is a method)


class _Plain:
    """Stands where typer has something with a `coerce`."""

    def __init__(self, parameter: Any, looked_at: Any) -> None:
        self.parameter, self.looked_at = parameter, looked_at

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as the command gets it."""
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        plain = _plain(self.parameter.type_descriptor, value)
        return self.looked_at(self.parameter).coerce(value, param=param, ctx=ctx) if plain is _UNKNOWN else plain


def _plain(described: Any, value: Any) -> Any:
    """The value, if it is a text, or a number in plain digits, and nothing more is asked of it."""
    try:
        kind, info = described.annotation, described.parameter_info
        special = (
            info.parser
            or getattr(info, "click_type", None)
            or described.is_ranged
            or described.is_choice
            or described.is_file
        )
    except AttributeError:
        return _UNKNOWN
    if special:
        return _UNKNOWN
    if kind == list[str] and isinstance(value, list | tuple) and all(type(item) is str for item in value):
        return list(value)
    if type(value) is not str:
        return _UNKNOWN
    if kind is str:
        return value
    if kind is Path:
        return Path(value) if _may_be_any(info) and _unread_or_readable(value) else _UNKNOWN
    pattern = _NUMBERS.get(kind)
    return kind(value) if pattern is not None and pattern.fullmatch(value) else _UNKNOWN


def _may_be_any(info: Any) -> bool:
    """Whether nothing is asked of a path but that it can be read where there is something."""
    asked = info.exists or info.writable or info.resolve_path or info.allow_dash or info.path_type
    return not asked and info.file_okay and info.dir_okay and info.readable


def _unread_or_readable(path: str) -> bool:
    return not os.path.exists(path) or os.access(path, os.R_OK)
