"""What results are of: the program, the bars, the account and the code. Results of something else are never mixed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.series import Series

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.ticks import Ticks
    from nl2strat.research.evaluating import Evaluator


def parts_of(evaluators: Sequence[Evaluator]) -> dict[str, str]:
    """A digest of each part, by a name that a person understands."""
    from nl2strat.library.fingerprint import plain
    from nl2strat.research.cluster import versions

    with ThreadPoolExecutor(1) as beside:  # a digest of much data holds no lock
        data = beside.submit(_of_data, evaluators)
        programs = _digest([[one.compiled.dsl, one.compiled.python] for one in evaluators])
        account, version = _digest([plain(one.settings) for one in evaluators]), _digest(versions())
        return {"strategy": programs, "data": data.result(), "account": account, "version": version}


def identity_of(evaluators: Sequence[Evaluator]) -> str:
    """All parts in one digest."""
    return _digest(parts_of(evaluators))


def _of_data(evaluators: Sequence[Evaluator]) -> str:
    data = sha256()
    for one in evaluators:
        for bars in (one.bars, *one.bars.siblings.values(), *([] if one.finer is None else [one.finer])):
            _add(data, bars)
    return data.hexdigest()


def _add(digest: Any, bars: Bars | Ticks) -> None:
    """Every column, and what the symbol is: a spread or a contract that differs makes other trades."""
    digest.update(f"{bars!r} {bars.timezone} {bars.spec!r}".encode())
    for item in fields(bars):
        column = getattr(bars, item.name)
        column = column.values if isinstance(column, Series) else column
        digest.update(np.ascontiguousarray(column).view(np.uint8) if isinstance(column, np.ndarray) else b"-")


def _digest(what: object) -> str:
    return sha256(json.dumps(what, default=str).encode()).hexdigest()
