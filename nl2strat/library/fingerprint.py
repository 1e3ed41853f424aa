"""SHA-256 of what an approval is about: texts as they are, data in one canonical JSON form."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mas.bars import Bars
    from nl2strat.language import ast


def sha256(text: str) -> str:
    """Of a text, as UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def sha256_of(value: Any) -> str:
    """Of plain data: the same for the same data, whatever the order of its keys."""
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def plain(value: Any) -> Any:
    """Dataclasses, tuples and sets as what JSON can say."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such numbers
    return value if isinstance(value, str | int | float) or value is None else str(value)


def inputs_of(program: ast.Program) -> dict[str, Any]:
    """The strategy's inputs, each with the value it runs with, as the language writes it."""
    from nl2strat.language.printer import print_number

    return {given.name: print_number(given.default) for given in program.inputs}


def specs_of(bars: Bars) -> dict[str, Any]:
    """What is known of the symbols that a strategy trades or reads, by name."""
    return {one.symbol: plain(one.spec) for one in (bars, *bars.siblings.values())}
