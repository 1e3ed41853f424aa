"""Ambiguity is priced: each reading of a text is run on the bars at hand.

If they all trade the same, the conventional one is taken, and an assumption says so. If not, the question shows what
each of them comes to. It sits above the translators, which know nothing of backtests.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mas.dataclass import dataclass
from mas.errors import MasError
from nl2strat.backtesting import finer_data, play, prepare
from nl2strat.errors import NotUnderstood

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import Backtest
    from nl2strat.datafiles import DataChoice
    from nl2strat.pipeline import Compiled
    from nl2strat.settings import Settings
    from nl2strat.source import Source
    from nl2strat.translate.choice import Translator
    from nl2strat.translate.reading import Alternative, Reading

NOTE = 118
"""Characters of an assumption in a program."""


@dataclass(frozen=True)
class _Group:
    """Readings that make the same trades."""

    readings: tuple[Alternative, ...]
    backtest: Backtest

    @property
    def line(self) -> str:
        """The readings, and what they come to."""
        meant = ", or ".join(one.text for one in self.readings)
        return f"{meant}: {_trades(self.backtest)}, net profit {_net(self.backtest):+.2f} {self.backtest.currency}"


@dataclass(frozen=True)
class _Choosing:
    """A translator that gives one reading of a text it would otherwise ask about."""

    reader: Translator
    text: str
    note: str = ""

    def read(self, text: str, symbol: str | None = None, timeframe: str | None = None) -> Reading:
        """The reading called `text`, with the note among its assumptions. Raises: NotUnderstood: it has none such."""
        try:
            return self.reader.read(text, symbol, timeframe)
        except NotUnderstood as asked:
            for one in asked.readings:
                if one.text == self.text:
                    return _noted(one.reading, self.note) if self.note else one.reading
            raise

    def courtesy_of(self, explanation: str, text: str) -> str:
        """As the translator it asks."""
        return self.reader.courtesy_of(explanation, text)


def prepare_priced(
    source: Source,
    choice: DataChoice,
    settings: Settings,
    tell: Callable[[str], None] = lambda _: None,
    *,
    trust: bool = False,
) -> tuple[Compiled, Bars]:
    """As `backtesting.prepare`; a text with several readings is settled if they trade the same on the given data.

    Without data nothing is settled: the made-up bars prove nothing about anybody's market.
    Raises: NotUnderstood: they trade differently (or nothing was traded); its questions say what each comes to.
    """
    from nl2strat.translate.choice import OfflineTranslator

    try:
        return prepare(source, choice, trust=trust)
    except NotUnderstood as asked:
        if len(asked.readings) < 2:
            raise
        tell(f"testing {len(asked.readings)} ways to read the text")
        reader = source.reader or OfflineTranslator()

        def prepared(text: str, note: str = "") -> tuple[Compiled, Bars]:
            return prepare(replace(source, reader=_Choosing(reader, text, note)), choice, trust=trust)

        def tried(text: str) -> Backtest:
            from mas.backtest import silent

            compiled, bars = prepared(text)
            with silent(logging.ERROR):  # orders of a reading that may not be meant are nobody's warning
                return play(compiled, bars, settings, finer_data(bars, choice, settings.modelling))

        try:
            groups = _grouped(asked.readings, tried)
        except MasError:
            raise asked from None  # one of them cannot be run: the plain question stands
        if len(groups) > 1 or not groups[0].backtest.trades or choice.path is None:
            raise _priced(asked, groups) from None
        return prepared(asked.readings[0].text, _settled(groups[0]))


def _grouped(readings: Sequence[Alternative], tried: Callable[[str], Backtest]) -> list[_Group]:
    """The readings by the trades they make, in their order."""
    groups: dict[object, _Group] = {}
    for one in readings:
        backtest = tried(one.text)
        key = tuple(
            (t.symbol, t.side, t.volume, t.entry_time, t.entry_price, t.exit_time, t.exit_price)
            for t in backtest.trades
        )
        priced = replace(one, trades=len(backtest.trades), net=_net(backtest))
        known = groups.get(key)
        groups[key] = _Group((*(known.readings if known else ()), priced), known.backtest if known else backtest)
    return list(groups.values())


def _priced(asked: NotUnderstood, groups: Sequence[_Group]) -> NotUnderstood:
    """The question with what each reading comes to."""
    bars = groups[0].backtest.bars
    data = f"{len(bars):,} {'SYNTHETIC (made-up) ' if bars.synthetic else ''}bars of {bars.symbol} {bars.timeframe}"
    if len(groups) > 1:
        head = f"There are {len(groups)} ways to read this, and they trade differently on {data}. Which is meant?"
    else:
        head = f"There are several ways to read this. On {data} they do not differ, which settles nothing"
        head += " without data of yours." if bars.synthetic else ": nothing was traded. Which is meant?"
    readings = tuple(one for group in groups for one in group.readings)
    plain = [text for text in asked.questions if not _names(text, readings)]
    questions = (*plain, head, *(group.line for group in groups))
    return NotUnderstood(questions, asked.spans, asked.assumptions, readings, asked.notes)


def _names(question: str, readings: Sequence[Alternative]) -> bool:
    """Whether a line of the question only names readings, which the lines with figures do too."""
    return all(one.text in question for one in readings) or any(question.startswith(one.text) for one in readings)


def _settled(group: _Group) -> str:
    """What is assumed where all readings trade the same."""
    taken, *others = (one.text for one in group.readings)
    if len(taken) > NOTE // 2:  # "the model: Buys at the next open when ..."
        taken, *others = (one.text.split(":")[0] for one in group.readings)
    note = f"Read as {taken}; {', '.join(others)} would make the same {_trades(group.backtest)} on this data."
    return note.replace('"', "'") if len(note) <= NOTE else f"Read as {taken}; the others trade the same on this data."


def _noted(reading: Reading, note: str) -> Reading:
    note = note.replace('"', "'")[:NOTE]
    program = replace(reading.program, assumptions=(*reading.program.assumptions, note))
    return replace(reading, program=program, assumptions=(*reading.assumptions, note))


def _trades(backtest: Backtest) -> str:
    count = len(backtest.trades)
    return f"{count:,} trade{'' if count == 1 else 's'}"


def _net(backtest: Backtest) -> float:
    """Net profit, account currency."""
    return round(sum((trade.net for trade in backtest.trades), 0.0), 2)
