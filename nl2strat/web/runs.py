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
from nl2strat.web.errors import NotFound
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
        """One of them. Raises: NotFound: there is none of that id."""
        if number in self._running:
            return self._running[number]
        try:
            return _state(json.loads((self.path(number) / "run.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            raise NotFound(f"there is no backtest {number!r}; it may have been removed to make room") from None

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
            raise NotFound(f"{number[:40]!r} is no id of a backtest")
        return self.folder / number

    # ------------------------------------------------------------- what the chart shows

    def window(self, number: str, start: int = 0, end: int | None = None, width: int = 800) -> Json:
        """Bars `start` to `end` (exclusive) of a finished run as at most 2 * `width` candles of `step` bars each, a
        power of 2; candles begin at multiples of it, so that they stay what they are when the view moves.

        Returns: `bars` (of the run), `start`, `end` (as shown), `step`, what the bars are, `time` (open of each
        candle's first bar); `open`, `high`, `low`, `close`; `equity` (lowest close of each), `equity_high`, `balance`,
        `drawdown` (percent, the deepest); `lines`: indicators (the last value of each, null where not available);
        `trades`: those that touch the window, if these are not too many, else `trades_left_out` says how many.
        Raises: UsageError: it is not finished, or there is none.
        """
        import numpy as np

        state, folder = self._done(number)
        summary = state.summary or {}
        times = self._array(folder, "time")
        view = _view(len(times), start, end, width)
        digits = int(summary.get("digits", 5))

        def part(name: str) -> NDArray[np.float64]:
            return np.asarray(self._array(folder, name)[view.start : view.end])

        def joined(name: str, join: Callable[..., Any]) -> NDArray[np.float64]:
            values = part(name)
            return values if view.step == 1 else np.asarray(join(values, view.firsts))

        inside = [t for t in self._trades(number) if t["entry_bar"] < view.end and t["exit_bar"] >= view.start]
        shown = inside if len(inside) <= MOST_TRADES else []
        return {
            "bars": len(times), "start": view.start, "end": view.end, "step": view.step,
            **{name: summary.get(name) for name in ("digits", "currency", "deposit")},
            **{name: summary.get("strategy", {}).get(name) for name in ("symbol", "timeframe")},
            "synthetic": summary.get("data", {}).get("synthetic", False),
            "time": np.asarray(times[view.start : view.end])[view.firsts].tolist(),
            "open": _plain(part("open")[view.firsts], digits),
            "high": _plain(joined("high", np.maximum.reduceat), digits),
            "low": _plain(joined("low", np.minimum.reduceat), digits),
            "close": _plain(part("close")[view.lasts], digits),
            "equity": _plain(joined("equity", np.minimum.reduceat), 2),
            "equity_high": _plain(joined("equity", np.maximum.reduceat), 2),
            "balance": _plain(part("balance")[view.lasts], 2),
            "drawdown": _plain(joined("drawdown", np.minimum.reduceat), 4),
            "lines": [
                {
                    "name": line["label"], "pane": "price" if line["pane"] == "price" else "own", "group": line["pane"],
                    "values": _plain(part(line["file"].removesuffix(".npy"))[view.lasts], 8),
                }
                for line in summary.get("indicators", ())
            ],
            "trades": shown,
            "trades_left_out": len(inside) - len(shown),
        }  # fmt: skip

    def trades(
        self, number: str, *, page: int = 0, size: int = 25, sort: str = "number", down: bool = False,
        side: str | None = None, reason: str | None = None, result: str | None = None,
    ) -> Json:  # fmt: skip
        """A page of the trades: `rows` (of `mas.report.trade_rows`), `count` that match, `of` all, their `net`, `page`
        of `pages`.

        Args: page: from 0. sort: a column; `down`: largest first. result: "won" or "lost".
        Raises: UsageError: no such column, no such run.
        """
        rows: Sequence[Json] = self._trades(number)
        if rows and sort not in rows[0]:
            raise UsageError(f"trades cannot be sorted by {sort!r}; use {', '.join(rows[0])}")
        wanted = {"side": side, "exit_reason": reason}
        found = [row for row in rows if all(not value or row[key] == value for key, value in wanted.items())]
        if result:
            found = [row for row in found if (row["net"] > 0) is (result == "won")]
        found.sort(key=lambda row: (row[sort] is None, row[sort] if row[sort] is not None else 0), reverse=down)
        size = max(1, min(size, MOST_TRADES))
        pages = max(1, -(-len(found) // size))
        page = max(0, min(page, pages - 1))
        return {
            "rows": found[page * size : (page + 1) * size], "count": len(found), "of": len(rows),
            "net": round(sum(row["net"] for row in found), 2), "pages": pages, "page": page,
        }  # fmt: skip

    def all_trades(self, number: str) -> Sequence[Json]:
        """Every trade of a finished run, in order of the exits. Raises: UsageError: it is not finished."""
        return self._trades(number)

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
        known = self.all()
        over = [state for state in known if state.status != "running"]
        for state in over[max(0, KEPT - (len(known) - len(over))) :]:
            shutil.rmtree(self.path(state.id), ignore_errors=True)


@dataclass(frozen=True)
class _View:
    """Bars in candles of `step`; `firsts`, `lasts`: where each begins and ends, from the start of the view."""

    start: int
    end: int
    step: int
    firsts: NDArray[np.intp]
    lasts: NDArray[np.intp]


def _view(total: int, start: int, end: int | None, width: int) -> _View:
    import numpy as np

    width = max(10, min(width, WIDEST))
    first = max(0, min(start, total - 1))
    last = max(first + 1, min(total if end is None else end, total))
    step = 1
    while -(-(last - first) // step) > width:
        step *= 2
    first -= first % step
    last = min(total, -(-last // step) * step)
    firsts = np.arange(0, last - first, step)
    return _View(first, last, step, firsts, np.append(firsts[1:], last - first) - 1)


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
