"""How all deployments are doing, as the page shows them: those that need looking at first, then those that are over.

Blocking: call in a thread. A look costs a millisecond or two for each run that is shown.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nl2strat.web import trading
from nl2strat.web.shapes import Json

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Run

_BEGINS = 90.0
"""Seconds that a process has to begin, before its run counts as one whose process has died."""
_TAIL = 8_000
"""Bytes of a log in which its last line is looked for."""


@dataclass(frozen=True)
class Overview:
    """`at_work`: those with a process, or that need somebody: a process that died, positions left open."""

    at_work: tuple[Json, ...]
    over: tuple[Json, ...]
    """The newest of the others."""
    over_count: int
    killed: bool


def overview(library: Library, most_over: int = 20) -> Overview:
    """Every run as `seen` has it. Args: most_over: how many of those that are over are described."""
    at_work: list[Json] = []
    over: list[Run] = []
    for run in library.runs():
        if run.state == "finished":  # nothing goes on with it
            over.append(run)
            continue
        found = seen(library, run)
        if needs_attention(found):
            at_work.append(found)
        else:
            over.append(run)
    shown = tuple(seen(library, run) for run in over[:most_over])
    return Overview(tuple(at_work), shown, len(over), trading.is_killed(library))


def seen(library: Library, run: Run) -> Json:
    """A run as `nl2strat status --json` has it, with: `market` in words of its options, `guards`, `said` (the last line
    of its log), `log_size`, `can_go_on`."""
    from nl2strat.deploy.folders import JOURNAL
    from nl2strat.web.datastore import folder as data_store

    found = trading.run_object(library, run)
    folder = library.folder / run.folder
    begun = (folder / JOURNAL).exists()
    young = time.time() - run.created < _BEGINS
    if found["state"] == "interrupted" and run.state == "starting" and not found["doing"] and young:
        found["state"] = "starting"
    replay = run.options.get("replay")
    kept = replay is not None and Path(replay).parent == data_store()
    name = None if replay is None else Path(replay).stem if kept else Path(replay).name
    log, size = folder / "log.jsonl", 0
    if log.exists():
        size = log.stat().st_size
    over = found["state"] in ("finished", "starting") or (found["state"] == "failed" and not begun)
    return {
        **found, "replay": name, "quotes": run.options.get("quotes"), "speed": run.options.get("speed"),
        "guards": _guards_named(run.options.get("guards")), "said": last_line(log) if size else None, "log_size": size,
        "can_go_on": not found["alive"] and not over, "begun": begun,
    }  # fmt: skip


def needs_attention(found: Mapping[str, Any]) -> bool:
    """Whether somebody should look at a run: it works, its process has died, or it left something open."""
    left = found["doing"].get("open_positions") or found["doing"].get("waiting_orders")
    return bool(
        found["alive"] or found["state"] in ("starting", "interrupted") or (left and found["state"] != "finished")
    )


def kept_parity(library: Library, number: str) -> Json | None:
    """The comparison with the backtest that was made last. Raises: NotFound: there is no such run."""
    from nl2strat.deploy.parity import stored

    return stored(library, trading.run_called(library, number))


def last_line(log: Path) -> Json | None:
    """The newest line of a log; None if there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _TAIL))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            found = json.loads(line)
        except ValueError:
            continue  # cut off, or being written
        if isinstance(found, dict):
            return found
    return None


def _guards_named(guards: str | None) -> str:
    """The preset that the guards of a run are from; "+" behind one that was changed."""
    if not guards:
        return ""
    path = Path(guards)
    if not path.suffix:
        return guards
    name, _, number = path.stem.rpartition("-")
    return f"{name}+" if len(number) == 12 else path.name
