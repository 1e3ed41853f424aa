"""Backtests by id: begun, running, finished, and what the chart shows of them.

Each has a folder <data folder>/web/runs/<id>/ with run.json (what was asked, how it stands, the summary) and the arrays
that `recording` writes. A run that was going on when the server ended is "interrupted" and can be run again.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nl2strat.errors import UsageError
from nl2strat.web.shapes import Costs, DataSpec, Json, Options, RunSpec, Step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Status = Literal["running", "done", "failed", "cancelled", "interrupted"]

KEPT = 60
"""Runs whose arrays are kept; those of older ones go (the library goes on counting them)."""
MOST_TRADES = 1500
"""Trades that a window lists; of more, only how many there are."""
WIDEST = 4000

_ID = re.compile(r"[0-9a-z]{12}")


@dataclass(frozen=True)
class RunState:
    """One backtest. `step`: how far it is, while running. `summary`: when done. `error`: as `machine.error_object`."""

    id: str
    created: int
    status: Status
    spec: RunSpec
    draft: str | None = None
    step: Step = field(default_factory=lambda: Step("waiting"))
    summary: Json | None = None
    error: Json | None = None
    ended: int | None = None


class Runs:
    """The backtests of a data folder. What is asked of finished ones is array slicing: fast, but call it in a thread.

    Args: home: the data folder.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "web" / "runs"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, RunState] = {}

    # ------------------------------------------------------------- their life

    def begin(self, spec: RunSpec, draft: str | None = None) -> RunState:
        """Enter a new one."""
        state = RunState(secrets.token_hex(6), int(time.time()), "running", spec, draft)
        self.path(state.id).mkdir()
        self._write(state)
        self._running[state.id] = state
        self._prune()
        return state

    def tell(self, number: str, step: Step) -> None:
        """Note how far it is; kept in memory only."""
        state = self._running.get(number)
        if state is not None:
            self._running[number] = replace(state, step=step)

    def end(self, number: str, status: Status, *, summary: Json | None = None, error: Json | None = None) -> RunState:
        """Note its end."""
        state = self._running.pop(number, None) or self.get(number)
        state = replace(state, status=status, summary=summary, error=error, ended=int(time.time()), step=Step(""))
        self._write(state)
        return state

    def recover(self) -> list[str]:
        """After a start: what another process has left running is interrupted. Returns: the ids of those."""
        found = []
        for state in self.all():
            if state.status == "running" and state.id not in self._running:
                error = {
                    "status": "error",
                    "errors": [{"message": INTERRUPTED, "line": None, "column": None, "hint": ""}],
                }
                self.end(state.id, "interrupted", error=error)
                found.append(state.id)
        return found

    def get(self, number: str) -> RunState:
        """One of them. Raises: UsageError: there is none of that id."""
        if number in self._running:
            return self._running[number]
        try:
            return _state(json.loads((self.path(number) / "run.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(f"there is no backtest {number!r}; it may have been removed to make room") from None

    def all(self) -> list[RunState]:
        """All of them, newest first."""
        found = []
        for folder in self.folder.iterdir():
            if _ID.fullmatch(folder.name):
                try:
                    found.append(self.get(folder.name))
                except UsageError:
                    continue
        return sorted(found, key=lambda state: (-state.created, state.id))

    def remove(self, number: str) -> None:
        """Take one away, with its arrays. Raises: UsageError: it is running, or there is none."""
        if self.get(number).status == "running":
            raise UsageError("the backtest is running; cancel it first")
        shutil.rmtree(self.path(number), ignore_errors=True)

    def path(self, number: str) -> Path:
        """Its folder. Raises: UsageError: that is no id."""
        if not _ID.fullmatch(number):
            raise UsageError(f"{number[:40]!r} is no id of a backtest")
        return self.folder / number

    # ------------------------------------------------------------- what the chart shows

    def window(self, number: str, start: int = 0, end: int | None = None, width: int = 800) -> Json:
        """Bars `start` to `end` (exclusive) of a finished run as at most 2 * `width` candles, all beginning at
        multiples of the same number of bars, so that they stay what they are when the view moves.

        Returns: `bars` (of the run), `start`, `end` (as shown), `step` (bars in a candle), `time` (epoch seconds, open
        of the first bar), `open`, `high`, `low`, `close`; `equity` (at the last close of each), `equity_low`,
        `balance`, `drawdown` (percent, the deepest); `indicators`: [{label, pane, values}], null where not available;
        `trades`: those that touch the window (see `trades`), `trade_count`: how many these are.
        Raises: UsageError: it is not finished, or there is none.
        """
        import numpy as np

        state, folder = self._done(number)
        time_ = self._array(folder, "time")
        total = len(time_)
        width = max(10, min(width, WIDEST))
        first = max(0, min(start, total - 1))
        last = max(first + 1, min(total if end is None else end, total))
        step = max(1, -(-(last - first) // width))
        first -= first % step
        last = min(total, -(-last // step) * step)
        at = np.arange(first, last, step)
        ends = np.append(at[1:], last) - 1
        digits = int((state.summary or {}).get("digits", 5))

        def part(name: str) -> NDArray[np.float64]:
            return np.asarray(self._array(folder, name)[first:last])

        def most(name: str, join: Callable[..., Any]) -> NDArray[np.float64]:
            values = part(name)
            return values if step == 1 else np.asarray(join(values, at - first))

        closing = ends - first
        inside = [t for t in self._trades(number) if t["entry_bar"] < last and t["exit_bar"] >= first]
        return {
            "bars": total, "start": first, "end": last, "step": step,
            "time": np.asarray(time_[at]).tolist(),
            "open": _plain(part("open")[at - first], digits),
            "high": _plain(most("high", np.maximum.reduceat), digits),
            "low": _plain(most("low", np.minimum.reduceat), digits),
            "close": _plain(part("close")[closing], digits),
            "equity": _plain(part("equity")[closing], 2),
            "equity_low": _plain(most("equity", np.minimum.reduceat), 2),
            "balance": _plain(part("balance")[closing], 2),
            "drawdown": _plain(most("drawdown", np.minimum.reduceat), 4),
            "indicators": [
                {"label": line["label"], "pane": line["pane"],
                 "values": _plain(part(line["file"].removesuffix(".npy"))[closing], 8)}
                for line in (state.summary or {}).get("indicators", ())
            ],
            "trades": inside if len(inside) <= MOST_TRADES else [],
            "trade_count": len(inside),
        }  # fmt: skip

    def trades(
        self, number: str, *, offset: int = 0, limit: int = 100, sort: str = "number", descending: bool = False,
        side: str | None = None, reason: str | None = None, result: Literal["won", "lost"] | None = None,
    ) -> Json:  # fmt: skip
        """A page of the trades (rows of `mas.report.trade_rows`): `{"count": how many match, "total": all, "rows"}`.

        Raises: UsageError: no such column, no such run.
        """
        rows: Sequence[Json] = self._trades(number)
        if rows and sort not in rows[0]:
            raise UsageError(f"trades cannot be sorted by {sort!r}; use {', '.join(rows[0])}")
        tests: list[Callable[[Json], bool]] = []
        if side:
            tests.append(lambda row: row["side"] == side)
        if reason:
            tests.append(lambda row: row["exit_reason"] == reason)
        if result:
            tests.append(lambda row: (row["net"] > 0) is (result == "won"))
        found = [row for row in rows if all(test(row) for test in tests)]
        found.sort(key=lambda row: (row[sort] is None, row[sort] if row[sort] is not None else 0), reverse=descending)
        return {"count": len(found), "total": len(rows), "rows": found[max(0, offset) : max(0, offset) + limit]}

    def bar_at(self, number: str, moment: int) -> int:
        """The bar that a moment (epoch seconds, the data's clock) falls in, or the last one before it."""
        _, folder = self._done(number)
        return max(0, int(self._array(folder, "time").searchsorted(moment, side="right")) - 1)

    def time_of(self, number: str, bar: int) -> int:
        """The open time of a bar. Raises: UsageError: there is no such bar."""
        _, folder = self._done(number)
        times = self._array(folder, "time")
        if not 0 <= bar < len(times):
            raise UsageError(f"there is no bar {bar}; the backtest has {len(times)}, from 0 on")
        return int(times[bar])

    # ------------------------------------------------------------- inside

    def _done(self, number: str) -> tuple[RunState, Path]:
        state = self.get(number)
        if state.status != "done":
            raise UsageError(f"backtest {number} has no results: it is {state.status}")
        return state, self.path(number)

    def _array(self, folder: Path, name: str) -> Any:
        """A column, mapped: only what is looked at is read."""
        import numpy as np

        try:
            return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            raise UsageError(f"the results of backtest {folder.name} are damaged; run it again") from None

    def _trades(self, number: str) -> Sequence[Json]:
        self._done(number)
        return _rows(self.path(number) / "trades.json")

    def _write(self, state: RunState) -> None:
        file = self.path(state.id) / "run.json"
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(state), allow_nan=False), encoding="utf-8")
        part.replace(file)

    def _prune(self) -> None:
        for state in self.all()[KEPT:]:
            if state.status != "running":
                shutil.rmtree(self.path(state.id), ignore_errors=True)


INTERRUPTED = "the server ended while this backtest was running; run it again"


@lru_cache(maxsize=4)
def _rows(file: Path) -> Sequence[Json]:
    """The trades of a finished run, which never change."""
    try:
        return tuple(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise UsageError("the trades of this backtest are damaged; run it again") from None


def _plain(values: NDArray[np.float64], digits: int) -> list[float | None]:
    """Numbers for JSON, not available ones as null."""
    import numpy as np

    rounded = np.round(values, digits)
    if np.isfinite(rounded).all():
        found: list[float | None] = rounded.tolist()
        return found
    return [value if np.isfinite(value) else None for value in rounded.tolist()]


def _state(given: Mapping[str, Any]) -> RunState:
    spec = given["spec"]
    options = spec["options"]
    nested = {
        **options, "data": None if options.get("data") is None else _of(DataSpec, options["data"]),
        "costs": _of(Costs, options.get("costs") or {}),
    }  # fmt: skip
    asked = RunSpec(spec["text"], _of(Options, nested), _of(DataSpec, spec["data"]), _of(Costs, spec["costs"]))
    return RunState(**{**given, "spec": asked, "step": _of(Step, given["step"])})


def _of(kind: type[Any], given: Mapping[str, Any]) -> Any:
    known = {item.name for item in fields(kind)}
    return kind(**{name: value for name, value in given.items() if name in known})
