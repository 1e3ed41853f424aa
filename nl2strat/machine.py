"""The machine-readable results of EXECUTION.md: one JSON object per command, whatever happens."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.errors import MasError
from mas.secrecy import conceal
from nl2strat.errors import LanguageErrors, NotUnderstood, RunFailed, UsageError

if TYPE_CHECKING:
    from mas.results import Backtest, ClosedTrade
    from nl2strat.backtesting import Outcome
    from nl2strat.pipeline import Understanding

EXIT_OK = 0
EXIT_INVALID = 2
EXIT_UNCLEAR = 3
EXIT_FAILED = 4
"""A run has ended by itself: whoever looks after it may start it again."""
EXIT_PIPE = 141
"""The reader of standard output went away, as a shell reports it."""


def iso(seconds: int) -> str:
    """A bar time (epoch seconds of the data's wall clock) as ISO 8601 without a zone."""
    return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None).isoformat()


def outcome_object(outcome: Outcome) -> dict[str, Any]:
    """The object of a finished backtest."""
    from nl2strat.settings import account_object

    compiled, backtest = outcome.compiled, outcome.backtest
    bars = backtest.bars
    return {
        "status": "ok",
        "strategy": {
            "name": compiled.program.name,
            "symbol": bars.symbol,
            **({"symbols": list(backtest.symbols)} if len(backtest.symbols) > 1 else {}),
            "timeframe": bars.timeframe,
            "dsl": compiled.dsl,
            "python": compiled.python,
            "explanation": compiled.explanation,
        },
        "assumptions": list(compiled.understanding.assumptions),
        "warnings": [w.message for w in compiled.understanding.warnings],
        "understood": understood_object(compiled.understanding),
        "data": {
            "bars": len(bars),
            "from": iso(bars.time[0]),
            "to": iso(bars.time[-1]),
            "spread": _typical_spread(backtest),
            "spread_source": outcome.spread_source,
            "source": bars.source,
            "timezone": bars.timezone,
            "synthetic": bars.synthetic,
            "notes": list(outcome.notes),
        },
        "account": account_object(outcome.settings, bars.spec),
        "lookahead": outcome.lookahead.sentence(),
        "trades": trade_objects(backtest.trades),
        "metrics": outcome.metrics,
        "conflicts": backtest.conflicts,
        "ambiguous": backtest.ambiguous,
        "modelling": {"mode": backtest.modelling, "bars_without_finer_data": backtest.fallback},
        "band": band_object(backtest),
        "robustness": None if outcome.robustness is None else outcome.robustness.as_json(),
        "refused": [{"time": iso(r.time), "text": r.text, "retcode": r.retcode} for r in backtest.refused],
        **said_object(backtest),
        **guards_object(outcome),
    }


def said_object(backtest: Backtest) -> dict[str, Any]:
    """The alerts, and how many entries the strategy's limits held back, by the reason; only where there are any."""
    alerts = [{"time": iso(a.time), "symbol": a.symbol, "text": a.text} for a in backtest.alerts]
    held_back = dict(sorted(backtest.held_back.items()))
    return {**({"alerts": alerts} if alerts else {}), **({"held_back": held_back} if held_back else {})}


def guards_object(outcome: Outcome) -> dict[str, Any]:
    """What each guard has done: how often it refused an order, and everything else in full; only with guards."""
    rules, acts = outcome.settings.guards, outcome.backtest.guards
    if rules is None:
        return {}
    from mas.terminals.guarded.summary import summary_of

    by_guard = [
        {**asdict(one), "first": one.first and iso(one.first), "last": one.last and iso(one.last)}
        for one in summary_of(acts)
    ]
    told = [{**act.as_json(), "time": iso(act.time)} for act in acts if act.action != "refused"]
    return {"guards": {"rules": rules.source, "summary": by_guard, "acts": told}}


def band_object(backtest: Backtest) -> dict[str, Any] | None:
    """Net profit if inside every ambiguous bar the stop, or the target, came first; null if it was not computed."""
    band = backtest.band
    if band is None:
        return None
    return {"worst": band.worst, "best": band.best, "trades_depending": band.trades_depending}


def _typical_spread(backtest: Backtest) -> float:
    """The spread charged, points; the median where it changes from bar to bar."""
    from mas.figures import median
    from mas.metrics import spread_points

    return median(spread_points(backtest))


def trade_objects(trades: Sequence[ClosedTrade]) -> list[dict[str, Any]]:
    """The rows of `trades`."""
    import numpy as np

    entries, exits = (
        np.array([getattr(trade, name) for trade in trades], dtype="datetime64[s]").astype(str).tolist()
        for name in ("entry_time", "exit_time")
    )
    return [_row(trade, entry, exit_) for trade, entry, exit_ in zip(trades, entries, exits, strict=True)]


def trade_object(trade: ClosedTrade) -> dict[str, Any]:
    """One row of `trades`."""
    return _row(trade, iso(trade.entry_time), iso(trade.exit_time))


def _row(trade: ClosedTrade, entry_time: str, exit_time: str) -> dict[str, Any]:
    return {
        "symbol": trade.symbol,
        "side": trade.side,
        "volume": trade.volume,
        "entry_time": entry_time,
        "entry_price": trade.entry_price,
        "exit_time": exit_time,
        "exit_price": trade.exit_price,
        "sl": trade.sl,
        "tp": trade.tp,
        "profit": trade.profit,
        "commission": trade.commission,
        "swap": trade.swap,
        "exit_reason": trade.exit_reason,
    }


def understood_object(understanding: Understanding) -> dict[str, Any]:
    """Which words became which part of the program, and which were ignored as small talk."""
    reading = understanding.reading
    if reading is None:
        return {"used": [], "ignored": []}
    return {
        "used": [{"start": u.start, "end": u.end, "text": u.text, "node": u.node} for u in reading.uses],
        "ignored": [{"start": s.start, "end": s.end, "text": s.text} for s in reading.ignored],
    }


def error_object(error: MasError) -> dict[str, Any]:
    """The object of a refusal: `needs_clarification` for English that leaves something open, else `error`."""
    if isinstance(error, NotUnderstood):
        return {
            "status": "needs_clarification",
            "questions": list(error.questions),
            "not_understood": [{"start": s.start, "end": s.end, "text": s.text} for s in error.spans],
            "assumptions": list(error.assumptions),
            **readings_object(error),
            **({"notes": list(error.notes)} if error.notes else {}),
        }
    if isinstance(error, LanguageErrors):
        errors = [
            {"message": p.message, "line": p.line, "column": p.column, "hint": p.hint, "code": p.code}
            for p in error.problems
        ]
    else:
        errors = [{"message": conceal(str(error)), "line": None, "column": None, "hint": ""}]
    return {"status": "error", "errors": errors}


def readings_object(error: NotUnderstood) -> dict[str, Any]:
    """What the text could be, the conventional reading first; `trades` and `net` are null where it was not tried."""
    from nl2strat.language.printer import print_program

    readings = [
        {"text": one.text, "trades": one.trades, "net": one.net, "dsl": print_program(one.reading.program)}
        for one in error.readings
    ]
    return {"readings": readings} if readings else {}


def exit_code(error: MasError) -> int:
    """The exit code that goes with an error."""
    if isinstance(error, RunFailed):
        return EXIT_FAILED
    return EXIT_UNCLEAR if isinstance(error, NotUnderstood) else EXIT_INVALID


def json_text(value: Mapping[str, Any]) -> str:
    """The object as text, indented by one blank.

    With an indent Python's encoder is slow, so that thousands of trades take as long as their backtest: their rows,
    which hold no other objects, are written by the fast one, with separators that come to the same.
    """
    rows = value.get("trades")
    if not isinstance(rows, list) or not rows:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    flat = json.dumps(rows, ensure_ascii=False, allow_nan=False, separators=(",\n   ", ": "))
    written = "{\n   " + flat[2:-2].replace("},\n   {", "\n  },\n  {\n   ") + "\n  }"  # no text holds a line break
    rest = json.dumps({**value, "trades": []}, ensure_ascii=False, allow_nan=False, indent=1)
    return rest.replace('\n "trades": []', f'\n "trades": [\n  {written}\n ]', 1)


def write_json(target: str, value: Mapping[str, Any]) -> None:
    """Writes one object to a file (whole or not at all), or to standard output for `-`.

    Raises: UsageError: the file cannot be written.
    """
    text = json_text(value) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    write_text(Path(target), text, replaces='"status":')


def check_outputs(*targets: str | Path | None) -> None:
    """Refuses places that cannot be written, or one place for two results, before any work is done.

    Raises: UsageError: names the place.
    """
    places = [Path(target) for target in targets if target is not None and str(target) != "-"]
    for place in places:
        folder = place.parent
        if not str(place) or place.name == "" or place.is_dir():
            raise UsageError(f"{str(place)!r} is no name for a file; give one")
        if not folder.is_dir():
            raise UsageError(f"{place}: cannot be written: there is no folder {folder}")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"{place}: cannot be written: the folder {folder} is read-only for you")
    if len({place.absolute() for place in places}) < len(places):
        raise UsageError(f"{places[0]} is named for two results; give each its own file")


def write_text(path: Path, text: str, *, replaces: str) -> None:
    """Writes a file through a temporary neighbour, so that a crash leaves the old one or the new one.

    Args: replaces: what an older result of the same kind has near its start. Any other file in that place (market
    data, a strategy, somebody's notes) is never overwritten.
    Raises: UsageError: the file cannot be written, or holds something else.
    """
    refuse_to_destroy(path, replaces)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}; choose another place") from None


def refuse_to_destroy(path: Path, replaces: str) -> None:
    """Raises: UsageError: there is a file that is no older result of the kind that has this near its start."""
    try:
        with path.open("rb") as stream:
            start = stream.read(8192)
    except OSError:
        return
    if start and replaces.encode() not in start:
        raise UsageError(f"{path} exists and is not a file that this command writes; choose another name")


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
