"""The files behind a backtest: which is the main symbol's, and where the strategy's other symbols are found.

`--data` names a file, or SYMBOL=FILE, several times if the strategy needs several symbols; or a folder with files
called SYMBOL_TIMEFRAME.csv or .parquet.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mas.dataclass import dataclass
from mas.errors import DataError
from nl2strat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mas.bars import Bars
    from nl2strat.pipeline import Compiled


@dataclass(frozen=True)
class DataChoice:
    """Which bars to use: a file (None: the bundled sample), what is known of them, and the part to use."""

    path: str | None = None
    """A file, or a folder of them."""
    symbol: str | None = None
    """The user decides the symbol, whatever text and data say."""
    timezone: str | None = None
    start: str | None = None
    end: str | None = None
    intrabar: str | None = None
    """A file of finer bars or ticks, for what happens inside the bars."""
    named: tuple[tuple[str, str], ...] = ()
    """(symbol, file) of each that was given with its symbol, where several were given."""
    main: str | None = None
    """What the file is of, if it was given with its symbol."""

    @property
    def is_open(self) -> bool:
        """Whether the main symbol's file is still to be picked: the strategy says which it needs."""
        return self.path is not None and (bool(self.named) or Path(self.path).is_dir())


def choice_of(
    data: Sequence[str] | None, symbol: str | None = None, *, timezone: str | None = None, start: str | None = None,
    end: str | None = None, intrabar: str | None = None,
) -> DataChoice:  # fmt: skip
    """What `--data`, `--symbol` and the options about the data choose.

    Raises: UsageError: a symbol without a file, or more than one file without a symbol.
    """
    given = [_split(item) for item in data or ()]
    named = tuple((name, path) for name, path in given if name is not None)
    plain = [path for name, path in given if name is None]
    if len(plain) > 1:
        raise UsageError("give --data once, or with a symbol each: --data EURUSD=FILE --data GBPUSD=FILE")
    twice = next((name for i, (name, _) in enumerate(named) if name in dict(named[:i])), None)
    if twice:
        raise UsageError(f"--data {twice}=... is given twice; give each symbol one file")
    path = plain[0] if plain else named[0][1] if named else None
    if len(given) == 1 and named:
        symbol, named = symbol or named[0][0], ()
    return DataChoice(path, symbol, timezone, start, end, intrabar, named)


def _split(item: str) -> tuple[str | None, str]:
    name, equals, path = item.partition("=")
    if equals and not name:
        raise UsageError(f"--data {item}: the symbol before = is missing; write SYMBOL=FILE or FILE")
    if equals and not path:
        raise UsageError(f"--data {item}: the file after = is missing; write SYMBOL=FILE or FILE")
    if equals and "/" not in name and "\\" not in name and not Path(item).exists():
        return name, path
    return None, item


def pick_main(choice: DataChoice, symbol: str, timeframe: str) -> DataChoice:
    """The choice with the file of the main symbol.

    Args: symbol, timeframe: what the strategy names, else the defaults.
    Raises: DataError: the folder has no such file.
    """
    assert choice.path is not None
    name, path = _of(choice.named, choice.symbol or symbol)
    if path is None and Path(choice.path).is_dir():
        found = _in_folder(choice.path, choice.symbol or symbol, timeframe)
        if found is None:
            raise DataError(
                f"{choice.path} has no {choice.symbol or symbol}_{timeframe}.csv or .parquet, and no finer bars of it: "
                f"put it there, or give --data {choice.symbol or symbol}=FILE"
            )
        return replace(choice, path=str(found))
    if path is None:  # the file without a symbol, else the first
        name, path = next(((n, p) for n, p in choice.named if p == choice.path), (None, choice.path))
    return replace(choice, path=path, main=name)


def siblings(compiled: Compiled, bars: Bars, choice: DataChoice, folder: str | None) -> list[tuple[Bars, bool]]:
    """The bars of the strategy's other symbols, and whether it trades by its rules on them; then of all others given.

    Args: folder: where files of symbols may lie.
    Raises: ParameterError: a symbol that the strategy needs has no data; the message says which option gives it.
        DataError: unreadable data, or data coarser than the strategy's bars.
    """
    from mas.data import read_bars, resample, sample_bars
    from mas.joining import symbols_of

    traded, read = symbols_of(compiled.new(), bars.symbol)
    needed = [symbol for symbol in (*traded, *read) if not _same(symbol, bars.symbol)]
    given = [name for name, _ in choice.named if not any(_same(name, symbol) for symbol in (bars.symbol, *needed))]
    found = []
    for symbol in (*needed, *given):
        path = _of(choice.named, symbol)[1] or _in_folder(folder, symbol, bars.timeframe)
        if path is not None:
            other = read_bars(path, symbol=symbol, timezone=choice.timezone)
            found.append((resample(other, bars.timeframe), symbol in traded))
        elif choice.path is None:
            found.append((sample_bars(symbol, bars.timeframe), symbol in traded))
        else:
            from mas.history import bars_beside

            found.append((bars_beside(symbol, bars), symbol in traded))
    return found


def _of(named: Sequence[tuple[str, str]], symbol: str) -> tuple[str | None, str | None]:
    return next(((name, path) for name, path in named if _same(name, symbol)), (None, None))


def _same(one: str, other: str) -> bool:
    """EURUSD and EURUSD.sml are one market."""
    from mas.symbols import canonical_symbol

    return one == other or canonical_symbol(one) == canonical_symbol(other)


def _in_folder(folder: str | None, symbol: str, timeframe: str) -> Path | None:
    from mas.history import file_in

    return None if folder is None else file_in(Path(folder), symbol, timeframe)
