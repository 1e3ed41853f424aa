"""A finished backtest as files that the page can look into without reading them whole (`runs` is the other side).

time.npy open.npy high.npy low.npy close.npy    per bar
equity.npy balance.npy                           per bar close, account currency
indicator-0.npy ...                              per bar, NaN where not available
trades.json                                      rows of `mas.report.trade_rows`
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.dataclass import dataclass
from nl2strat.pipeline import Compiled
from nl2strat.web.shapes import Json, Step

if TYPE_CHECKING:
    from mas.client import MAS
    from nl2strat.backtesting import Outcome

_EVERY = 0.1
"""Seconds between two words about how far a run is."""


# ------------------------------------------------------------------ how far it is


@dataclass(frozen=True)
class _Seen(Compiled):
    """A compiled strategy that remembers which of its instances runs."""

    running: list[MAS] = field(default_factory=list)

    def new(self) -> MAS:
        """As `Compiled`."""
        strategy = super().new()
        self.running[:] = [strategy]
        return strategy


@contextmanager
def watched(
    compiled: Compiled, bars: int, tell: Callable[[Step], None]
) -> Iterator[tuple[Compiled, Callable[[str], None]]]:
    """The strategy, and what `backtesting.run` is to tell of its steps; meanwhile bars are counted.

    They are read off the running strategy from beside, so that being watched changes nothing and costs nothing.
    """
    seen = _Seen(**{item.name: getattr(compiled, item.name) for item in fields(compiled)})
    doing = [""]
    over = threading.Event()

    def say(text: str) -> None:
        doing[0] = text
        tell(Step(text, 0, bars))

    def look() -> None:
        while not over.wait(_EVERY):
            session = getattr(seen.running[0], "_session", None) if seen.running else None
            if session is not None and doing[0]:
                total = len(session.bars)
                tell(Step(doing[0], min(max(0, session.bar + 1), total), total))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen, say
    finally:
        over.set()
        watcher.join()


# ------------------------------------------------------------------ what it leaves


def record(folder: Path, outcome: Outcome) -> Json:
    """Write the arrays and return the summary: everything else that the page shows of the run."""
    import numpy as np

    from mas import report as figures

    backtest = outcome.backtest
    bars = backtest.bars
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "time.npy", np.asarray(bars.time, np.int64))
    for name in ("open", "high", "low", "close"):
        np.save(folder / f"{name}.npy", np.asarray(getattr(bars, name).values, np.float64))
    for name in ("equity", "balance"):
        np.save(folder / f"{name}.npy", np.asarray(getattr(backtest, name), np.float64))
    peak = np.maximum.accumulate(np.maximum(backtest.equity, backtest.deposit))
    np.save(folder / "drawdown.npy", np.where(peak > 0, 100.0 * (backtest.equity / np.maximum(peak, 1e-9) - 1.0), 0.0))
    lines = _indicators(folder, outcome)
    rows = figures.trade_rows(backtest)
    (folder / "trades.json").write_text(json.dumps(rows, allow_nan=False), encoding="utf-8")
    return {**_summary(outcome), "indicators": lines}


def _summary(outcome: Outcome) -> Json:
    import math

    from mas import metrics as mas_metrics
    from mas import report as figures
    from mas.metric_table import METRICS, format_metric
    from nl2strat.library.fingerprint import sha256
    from nl2strat.machine import outcome_object
    from nl2strat.pipeline import warning_lines

    whole = {k: v for k, v in outcome_object(outcome).items() if k != "trades"}
    backtest, metrics = outcome.backtest, outcome.metrics
    finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in metrics.items()}
    warnings = (
        *mas_metrics.warnings_for(backtest, dict(metrics)),
        *warning_lines(outcome.compiled.understanding.warnings),
    )
    return {
        **whole,
        "metrics": finite,
        "figures": [
            {
                "group": metric.group, "key": key, "title": metric.title, "definition": metric.definition,
                "value": finite[key], "text": format_metric(key, metrics[key], backtest.currency),
                "unit": metric.unit, "signed": metric.signed,
            }
            for key, metric in METRICS.items()
        ],
        "warnings": list(dict.fromkeys(warnings)),
        "months": figures.monthly_returns(backtest),
        "execution": [*figures.execution_notes(backtest), *outcome.account_lines],
        "band_text": figures.band_text(backtest),
        "deposit": backtest.deposit,
        "currency": backtest.currency,
        "digits": backtest.bars.spec.digits,
        "trade_count": len(backtest.trades),
        "net": backtest.net,
        "dsl_sha256": sha256(outcome.compiled.dsl),
        "python_sha256": sha256(outcome.compiled.python),
        "input_values": {item.name: float(item.default) for item in outcome.compiled.program.inputs},
    }  # fmt: skip


# ------------------------------------------------------------------ indicators


def _indicators(folder: Path, outcome: Outcome) -> list[Json]:
    """Each indicator that the rules name, as a line: over the prices, or in a pane of its own kind."""
    import numpy as np

    from mas.series import Series
    from nl2strat.evaluation import Evaluator
    from nl2strat.language.printer import print_expr
    from nl2strat.language.tuning import inlined

    compiled, bars = outcome.compiled, outcome.backtest.bars
    if not compiled.dsl or len(outcome.backtest.symbols) > 1:
        return []
    program = inlined(compiled.program)
    evaluator = Evaluator(program, bars)
    lines: list[Json] = []
    for expr, pane in _drawn(program).items():
        try:
            found: Any = evaluator._array(expr, bars)
        except Exception:  # nothing to draw is no reason to lose a finished run
            continue
        if not isinstance(found, Series) or not np.isfinite(found.values).any():
            continue
        file = f"indicator-{len(lines)}.npy"
        np.save(folder / file, np.asarray(found.values, np.float64))
        lines.append({"label": print_expr(expr), "pane": pane, "file": file})
    return lines


def _drawn(program: Any) -> dict[Any, str]:
    """The calls worth drawing, and where: "price" (over the candles), else the indicator's own name."""
    from nl2strat.language import ast
    from nl2strat.language.functions import lookup

    found: dict[Any, str] = {}

    def look(node: Any, wrap: Callable[[Any], Any]) -> None:
        match node:
            case ast.OnTimeframe(value):
                look(value, lambda inner: wrap(ast.OnTimeframe(inner, node.timeframe)))
                return
            case ast.OfSymbol():
                return
            case ast.Call(name):
                function = lookup(name)
                if function is not None and function.result not in ("bool", "distance", "number"):
                    over = function.result == "price" or (function.result == "same" and _of_price(node))
                    found.setdefault(wrap(node), "price" if over else name.split("_")[0])
                    return
        for child in ast.children(node):
            look(child, wrap)

    for rule in (*program.lets, *program.rules):
        look(rule, lambda inner: inner)
    return dict(list(found.items())[:12])


def _of_price(call: Any) -> bool:
    from nl2strat.language import ast

    return all(
        node.field in ("open", "high", "low", "close") for node in ast.walk(call) if isinstance(node, ast.Price)
    ) and not any(isinstance(node, ast.Call) for argument in call.arguments for node in ast.walk(argument))
