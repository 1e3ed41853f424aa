"""The pip of currency pairs: what tells a slip of the pen from a price difference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mas.errors import MasError
from mas.symbols import symbol_spec
from nl2strat.language.scope import Scope


def common_pip(symbols: tuple[str, ...]) -> float | None:
    """The largest pip of some currency pairs; None where one of them is something else, or where there is none."""
    pips = [_pip(symbol) for symbol in symbols]
    known = [pip for pip in pips if pip is not None]
    return max(known) if known and len(known) == len(pips) else None


@contextmanager
def prices_of(scope: Scope, symbol: str | None) -> Iterator[None]:
    """Inside, plain numbers are judged as distances of that symbol (None: of the strategy's own)."""
    own = scope.pip
    if symbol is not None:
        scope.pip = _pip(symbol)
    try:
        yield
    finally:
        scope.pip = own


def _pip(symbol: str) -> float | None:
    """Prices of what is no currency pair say too little about what a number may mean."""
    try:
        spec = symbol_spec(symbol)
    except MasError:
        return None
    return spec.pip if spec.kind == "forex" and not spec.inferred else None
