"""What was found while reading market data: counted, and said in sentences."""

from __future__ import annotations

from dataclasses import field

from mas.dataclass import dataclass


@dataclass
class DataReport:
    """How a file was read and what was wrong with it.

    What could be repaired without guessing was; anything else would have been refused with a DataError.
    """

    source: str = ""
    dialect: str = ""
    rows: int = 0  # as written in the file
    bars: int = 0  # as delivered
    symbol_source: str = "default"  # "argument", "metadata", "file name" or "default"
    timeframe_source: str = "steps"  # "steps" (between stamps), "ticks", "metadata", "file name", "argument"
    timezone_source: str = "assumed"  # "argument", "metadata", "stamps", "dialect" or "assumed"
    digits_source: str = "prices"  # "metadata", "prices" or "library"
    duplicates: int = 0  # exact repetitions, dropped
    empty: int = 0  # rows without any price (all zero or missing), dropped
    cut: int = 0  # last line incomplete, dropped
    backward: int = 0  # rows earlier than the one before; all rows were sorted
    widened: int = 0  # high or low one point short of open or close: moved there
    spread_filled: int = 0  # missing spreads, taken from the bar before
    weekend_gaps: int = 0
    other_gaps: int = 0
    missing_bars: int = 0  # bars that would fill the other gaps
    longest_gap: int = 0  # seconds, weekends aside
    longest_gap_after: str = ""
    notes: list[str] = field(default_factory=list)  # anything else that the reader should know

    @property
    def dropped(self) -> int:
        """Rows of the file that became no bar."""
        return self.duplicates + self.empty + self.cut

    @property
    def repaired(self) -> int:
        """Rows that were moved or changed."""
        return self.backward + self.widened + self.spread_filled

    def lines(self) -> list[str]:
        """The report in sentences, most important first; only what is worth saying."""
        found = [
            (self.empty, "{} without prices (all zero or empty) dropped"),
            (self.duplicates, "{} repeated exactly, repetitions dropped"),
            (self.cut, "{} incomplete at the end of the file, dropped"),
            (self.backward, "{} earlier than the one before: the file was sorted by time"),
            (self.widened, "{} with a high or low one point inside open or close: moved there"),
            (self.spread_filled, "{} without a spread: the last known one was taken"),
        ]
        said = [text.format(_rows(count)) for count, text in found if count]
        return said + self._gaps() + self.notes

    def _gaps(self) -> list[str]:
        said = []
        if self.weekend_gaps:
            said.append(f"{self.weekend_gaps:,} weekends without bars")
        if self.other_gaps:
            gaps = "1 other gap" if self.other_gaps == 1 else f"{self.other_gaps:,} other gaps"
            bars = "1 bar" if self.missing_bars == 1 else f"{self.missing_bars:,} bars"
            said.append(
                f"{gaps} ({bars} missing; the longest is {_duration(self.longest_gap)} after {self.longest_gap_after})"
            )
        return said


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _duration(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600}:{rest % 3600 // 60:02d} h" if rest else ""
    return " ".join(part for part in (f"{days} d" if days else "", clock) if part) or "0 d"
