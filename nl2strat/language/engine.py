"""Lark, built from the one grammar file once per process and remembered between processes."""

from __future__ import annotations

import contextlib
import io
import pickle
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.lexer import ContextualLexer
from lark.parsers.lalr_analysis import Reduce, Shift

from nl2strat.keeping import keep, place
from nl2strat.language.grammar import grammar_text


class _TrustedLexer(ContextualLexer):
    """Lark's lexer without its checks of the terminals: they take seconds where `interegular` is installed."""

    def __init__(self, conf: Any, states: Mapping[Any, Collection[str]], always_accept: Collection[str] = ()) -> None:
        conf.skip_validation = True
        super().__init__(conf, states, always_accept=always_accept)  # type: ignore[arg-type]


_ONLY_ONES: dict[str, Any] = {"re": re, "shift": Shift, "reduce": Reduce}
"""What a parser refers to and there is one of in a process: it is kept by name."""


class _Writer(pickle.Pickler):
    def persistent_id(self, thing: Any) -> str | None:
        return next((name for name, one in _ONLY_ONES.items() if thing is one), None)


class _Reader(pickle.Unpickler):
    def persistent_load(self, name: str) -> Any:
        return _ONLY_ONES[name]


@cache
def engine() -> Lark:
    """The LALR parser of `grammars/strategy.lark`.

    Building it takes a third of a second, loading it a hundredth (and a third of what `Lark.load` takes for its
    tables): it is kept in the user's cache folder, named for everything that it depends on. A cache that cannot be
    read or written is done without.
    """
    path = _cache_file()
    with contextlib.suppress(Exception):  # missing, cut off, of another user: whatever it is, build anew
        kept: Lark = _Reader(io.BytesIO(path.read_bytes())).load()
        return kept
    built = Lark(
        grammar_text(),
        parser="lalr",
        propagate_positions=True,
        maybe_placeholders=False,
        _plugins={"ContextualLexer": _TrustedLexer},
    )
    with contextlib.suppress(Exception):
        _store(built, path)
    return built


def _cache_file() -> Path:
    return place("parser", f"{grammar_text()}|{lark.__version__}")


def _store(built: Lark, path: Path) -> None:
    table, kept = io.BytesIO(), io.BytesIO()
    built.save(table)
    table.seek(0)
    _Writer(kept, pickle.HIGHEST_PROTOCOL).dump(Lark.load(table))  # which is without what only building needs
    keep(path, kept.getvalue())
