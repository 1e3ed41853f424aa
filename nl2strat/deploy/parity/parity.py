"""`parity`: a run's journal handled again, the backtest of the same bars, and the two compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas.errors import DataError
from mas.terminals.structs import AccountInfo
from mas.trading.journal import START, Journal
from nl2strat.deploy.folders import RunFolder
from nl2strat.deploy.parity.causes import Cause
from nl2strat.deploy.parity.comparison import Comparison, Difference, ParityReport
from nl2strat.deploy.parity.rerun import joined, rerun
from nl2strat.deploy.parity.told import Told, told
from nl2strat.deploy.parity.wording import number
from nl2strat.deploy.terminals import Place, account_terms, connect, recording
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.trading.channel import Start
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Run

STORED = "parity.json"


def parity(library: Library, run: Run, data: Path | str | None = None) -> ParityReport:
    """How a run relates to the backtest of the bars that it has heard of, with its class, account terms and guards.

    It may be under way: then as far as its journal goes.

    Args: data: bars of the run's symbol with those before its beginning; if not given, the recording of a run on paper,
        else what its terminal gives. Bars of its time are compared with those it has heard of.
    Raises: Diverged: the class, told the same, does not do what the run did. UsageError: the run never began.
        DataError: the bars before its beginning cannot be had. BrokerError: its terminal cannot be reached.
    """
    from nl2strat.codegen import load
    from nl2strat.deploy.beginning import rules_called

    kind = load(run.version.python)
    folder = RunFolder(library.folder / run.folder)
    if not folder.journal.exists():
        raise UsageError(f"run {run.id} has no journal: it never began")
    journal = Journal(folder.journal)
    try:
        known = _known_bars(run, data, journal)
        history = _taken_from(known, run)
        heard = told(journal, _named(kind(), run.magic, live=True), history)
    finally:
        journal.close()
    base = _base(run, heard, known)
    if not heard.stretches:
        return replace(base, notes=(*base.notes, "no bar has closed yet"))
    closed = [stretch.bar for stretch in heard.stretches]
    seen, point = closed[-1].seen, heard.start.symbol.point or known.spec.point
    following = max(seen.time, closed[-1].time + 1), seen.bid, (seen.ask - seen.bid) / point
    bars = joined(heard.start.bars, closed, following)
    settings = _settings(run, heard.start, bars)
    guards = rules_called(run.options["guards"]) if run.options.get("guards") else None
    replay = rerun(_named(kind(), run.magic, live=False), bars, len(heard.start.bars), settings, guards)
    comparison = Comparison(point, exact=_is_exact(run))
    for stretch, step in zip(heard.stretches, replay.steps, strict=True):
        comparison.add(stretch, step)
    ours = [trade for _, trade in heard.book.closed[: heard.stretches[-1].picture.closed]]
    theirs = [trade for _, trade in replay.terminal.book.closed]
    return replace(
        base, decisions=comparison.decisions, alike=comparison.alike, trades=len(ours), net=sum(t.net for t in ours),
        backtest_trades=len(theirs), backtest_net=sum(t.net for t in theirs),
        differences=_numbered(comparison.differences, _other_bars(known, heard, point)),
    )  # fmt: skip


def store(library: Library, run: Run, report: ParityReport) -> Path:
    """Keep a report with its run, for those who show it. Returns: the file."""
    file = RunFolder(library.folder / run.folder).path / STORED
    temporary = file.with_suffix(".tmp")
    temporary.write_text(json.dumps(report.as_json(), indent=1), encoding="utf-8")
    temporary.replace(file)
    return file


def stored(library: Library, run: Run) -> dict[str, Any] | None:
    """The report that was kept last, as plain data; None if there is none."""
    try:
        found = json.loads((library.folder / run.folder / STORED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _named(strategy: Any, magic: int, *, live: bool) -> Any:
    """The strategy with the magic number of its run, as the runner has it. Args: live: its orders are no backtest's."""
    strategy.magic, strategy.toggle = magic, not live
    return strategy


def _base(run: Run, heard: Told, known: Bars) -> ParityReport:
    closed = [stretch.bar.time for stretch in heard.stretches]
    notes = []
    if heard.doubtful:
        notes.append("the journal ends with a request without an outcome: what came then is not compared")
    return ParityReport(
        run.id, run.version.strategy.name, run.symbol, run.timeframe, run.terminal, len(closed),
        closed[0] if closed else None, closed[-1] if closed else None, 0, 0, 0, 0.0, 0, 0.0, (), tuple(notes),
    )  # fmt: skip


# ------------------------------------------------------------- bars


def _known_bars(run: Run, data: Path | str | None, journal: Journal) -> Bars:
    """Bars with those before the run's beginning, of its timeframe."""
    from mas.data import resample

    if data is None and not run.options.get("replay"):
        return _from_terminal(run, journal)
    options = run.options if data is None else {**run.options, "replay": str(data)}
    bars = recording(options, run.symbol, run.timeframe)
    return bars if bars.timeframe == run.timeframe else resample(bars, run.timeframe)


def _is_exact(run: Run) -> bool:
    """Whether the run's quotes were made of the very bars that the backtest has."""
    if not (Place(run.terminal).is_paper and run.options.get("replay")):
        return False
    return recording(run.options, run.symbol, run.timeframe).timeframe == run.timeframe


def _from_terminal(run: Run, journal: Journal) -> Bars:
    from mas.trading.direct import DirectChannel

    start = next((entry for entry in journal.entries() if entry.kind == START), None)
    if start is None:
        raise UsageError(f"run {run.id} never began: there is nothing to compare")
    place = Place(run.options.get("quotes") or run.terminal)
    connection = connect(place, run.account, run.server, run.options.get("profile", ""))
    try:
        connection.symbol_select(run.symbol, True)
        channel = DirectChannel(connection, run.symbol, run.timeframe, run.magic)
        return channel.history(max(start.data["bars"], 1), start.data["last_bar"])
    finally:
        connection.shutdown()


def _taken_from(known: Bars, run: Run) -> Callable[[int, int | None], Bars]:
    """What `start_of` asks for bars."""

    def history(count: int, last: int | None) -> Bars:
        if last is None:
            return known[0:0]
        end = int(known.time.searchsorted(last, side="right"))
        bars = known[max(end - count, 0) : end]
        if len(bars) < count or int(bars.time[-1]) != last:
            raise DataError(
                f"{known.source or 'the data'}: the {count} {run.timeframe} bars before run {run.id} began are not "
                "all there: give --data FILE with them"
            )
        return bars

    return history


def _other_bars(known: Bars, heard: Told, point: float) -> Sequence[Difference]:
    """Bars of the run's time that the data have otherwise, or that the run has never heard of."""
    closed = {stretch.bar.time: stretch.bar for stretch in heard.stretches}
    found = []
    first, last = min(closed), max(closed)
    for place in range(*known.time.searchsorted((first, last + 1))):
        time = int(known.time[place])
        prices = [float(s.values[place]) for s in (known.open, known.high, known.low, known.close)]
        bar = closed.get(time)
        told_in_data = ", ".join(number(price, point) for price in prices)
        if bar is None:
            why = "the data have a bar of which the run has never heard"
            found.append(Difference(0, time, "bar", "", "", told_in_data, Cause.MISSED, why))
            continue
        heard_prices = [bar.open, bar.high, bar.low, bar.close]
        if any(abs(one - other) > point * 1e-3 for one, other in zip(prices, heard_prices, strict=True)):
            words = ", ".join(number(price, point) for price in heard_prices)
            why = "the data have other prices than the run has heard of; the backtest has taken those of the run"
            found.append(Difference(0, time, "bar", "", words, told_in_data, Cause.REVISED, why))
    return found


def _numbered(decisions: Sequence[Difference], bars: Sequence[Difference]) -> tuple[Difference, ...]:
    """Decisions keep their numbers, as others name them; bars come after."""
    more = len(decisions)
    return (*decisions, *(replace(one, number=more + place) for place, one in enumerate(bars, 1)))


# ------------------------------------------------------------- the account


def _settings(run: Run, start: Start, bars: Bars) -> dict[str, Any]:
    """The account of the backtest: the terms of the run's, and its balance when it began."""
    account = start.account
    if Place(run.terminal).is_paper:
        given = account_terms(run.options.get("account", {}), bars)
        return {**given, "deposit": account.balance, "spread": None}
    return {
        "deposit": account.balance, "leverage": max(account.leverage, 1), "currency": account.currency or "USD",
        "account": _terms(account),
    }  # fmt: skip


def _terms(account: AccountInfo) -> Any:
    from mas.terminals.simulated.terms import AccountTerms

    netting = account.margin_mode != mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
    return AccountTerms(netting=netting, fifo_close=account.fifo_close)
