"""The results of a sweep on disk: written in pieces as they come, one Parquet file in the end.

Until the sweep is over its pieces lie in a folder beside the file, each complete or not there at all, so that a sweep
that was stopped (or killed) goes on where it was. The folder says what it is of: results of another strategy, other
bars, another account, other code or other configurations are never mixed. The file has its rows in the order of the
grid, whoever finished first: the same sweep gives the same file.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mas.metric_table import METRICS
from nl2strat.errors import UsageError
from nl2strat.research.arrow_columns import numbers, places, texts
from nl2strat.research.space import Key, Space
from nl2strat.research.tables import refuse_other_table, written_whole

if TYPE_CHECKING:
    import pyarrow

    from nl2strat.research.studies import Measured

_ABOUT = "sweep.json"
BLOCK = 20_000
"""Rows of the file that are put in order at a time."""


@dataclass(frozen=True)
class Row:
    """One configuration's result as a sweep remembers it."""

    goal: float | None
    """The figure that the sweep is sorted by; None where nothing was traded: not to trade is no strategy."""
    trades: int
    error: str
    place: tuple[int, int]
    """Number of the piece, and row in it."""


class Store:
    """Where a sweep's results go. Use it in a `with` statement: until its end nobody else may write there.

    Args: path: the Parquet file in the end. identity: what the results are of, by names that a person understands.
        sort: the figure to sort by. resume: go on with what is there.
    Raises: UsageError: there is a sweep that was not finished (or, with resume, another one's), another sweep that
        writes there now, a file of another kind, or no such folder.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], space: Space, sort: str, *, resume: bool) -> None:
        self.path, self.folder, self.space, self._sort = path, path.with_name(path.name + ".parts"), space, sort
        self.rows: dict[Key, Row] = {}
        self._pieces = 0
        self._about = json.loads(json.dumps(identity))
        refuse_other_table(path, {"ran_by", "error", "plateau"}, "the result of a sweep")
        self._lock = self._locked()
        try:
            if any(self.folder.glob("*.parquet")):
                if not resume:
                    raise UsageError(
                        f"{self.folder} holds a sweep that was not finished: go on with it by --resume, or delete it"
                    )
                self._go_on()
        except BaseException:
            self._release()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def add(self, found: Sequence[tuple[Key, Measured]]) -> None:
        """Keep some results. Raises: UsageError: they cannot be written; those before stay."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        figures = [measured.figures for _, measured in found]
        inputs = [self.space.values(key) for key, _ in found]
        columns = [numbers([values[axis.name] for values in inputs]) for axis in self.space.axes]
        columns += [texts([measured.path for _, measured in found]), texts([measured.error for _, measured in found])]
        columns += [numbers([one.get(name) for one in figures]) for name in METRICS]
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_arrays(columns, schema=self.schema()), sink)
        try:
            self.folder.mkdir(exist_ok=True)
            if not (self.folder / _ABOUT).exists():
                _write(self.folder / _ABOUT, json.dumps(self._about).encode())
            _write(self._piece(self._pieces), sink.getvalue().to_pybytes())
        except OSError as error:
            raise UsageError(f"{self.folder}: cannot be written: {error.strerror or error}{self._kept}") from None
        for place, ((key, measured), one) in enumerate(zip(found, figures, strict=True)):
            self._remember(key, one.get(self._sort), one.get("trades"), measured.error, place)
        self._pieces += 1

    def schema(self) -> pyarrow.Schema:
        """The columns: the inputs, what ran the configuration, why it could not be run, and every figure."""
        import pyarrow as pa

        fields = [(axis.name, pa.float64()) for axis in self.space.axes]
        fields += [("ran_by", pa.string()), ("error", pa.string())]
        return pa.schema([*fields, *((name, pa.float64()) for name in METRICS)])

    def finish(self, plateau: Mapping[Key, float | None]) -> None:
        """Make one file of the pieces, in the order of the grid, with the plateau score of each configuration.

        Raises: UsageError: it cannot be written; the pieces stay.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = self.schema().append(pa.field("plateau", pa.float64()))
        with written_whole(self.path, self._kept) as unfinished, pq.ParquetWriter(unfinished, schema) as writer:
            for keys, table in self._in_order():
                writer.write_table(table.append_column("plateau", numbers([plateau.get(key) for key in keys])))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _in_order(self) -> Iterator[tuple[list[Key], pyarrow.Table]]:
        """All rows, some thousands at a time. They come nearly in order, so that few pieces are read for each."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        ordered = sorted(self.rows)
        for begin in range(0, len(ordered), BLOCK):
            keys = ordered[begin : begin + BLOCK]
            first, tables, known = {}, [], 0
            for piece in sorted({self.rows[key].place[0] for key in keys}):
                table = pq.ParquetFile(self._piece(piece)).read()
                first[piece] = known
                known += len(table)
                tables.append(table)
            rows = [first[self.rows[key].place[0]] + self.rows[key].place[1] for key in keys]
            table = pa.concat_tables(tables)
            yield keys, table if rows == list(range(len(table))) else table.take(places(rows))

    def _go_on(self) -> None:
        import pyarrow.parquet as pq

        try:
            before = json.loads((self.folder / _ABOUT).read_text())
        except (OSError, ValueError):
            raise UsageError(f"{self.folder} cannot be read; delete it, and run the sweep again") from None
        other = [name for name in self._about if before.get(name) != self._about[name]]
        if other:
            raise UsageError(
                f"{self.folder} holds a sweep with another {' and '.join(other)}; its results do not belong to this "
                "one: choose another -o, or delete it"
            )
        for file in sorted(self.folder.glob("*.parquet")):
            self._pieces = int(file.stem)
            try:
                table = pq.ParquetFile(file).read()
            except (OSError, ValueError):
                continue  # lost with the power: its configurations are run again
            goals, trades, errors = (table[name].to_pylist() for name in (self._sort, "trades", "error"))
            rows = zip(self._keys(table), goals, trades, errors, strict=True)
            for place, (key, goal, count, error) in enumerate(rows):
                self._remember(key, goal, count, error, place)
        self._pieces += 1

    def _remember(self, key: Key, goal: float | None, trades: float | None, error: str, place: int) -> None:
        known = float(goal) if goal is not None and trades else None
        self.rows[key] = Row(known, int(trades or 0), error, (self._pieces, place))

    def _piece(self, number: int) -> Path:
        return self.folder / f"{number:06d}.parquet"

    def _keys(self, table: pyarrow.Table) -> list[Key]:
        columns = []
        for axis in self.space.axes:
            places = {value: place for place, value in enumerate(axis.values)}
            columns.append([places[value] for value in table[axis.name].to_pylist()])
        return list(zip(*columns, strict=True))

    @property
    def _kept(self) -> str:
        """What is not lost when something cannot be written."""
        return f"; {len(self.rows):,} results are kept: make room, and go on with --resume" if self.rows else ""

    def _locked(self) -> Any:
        from filelock import FileLock, Timeout

        lock = FileLock(self.path.with_name(self.path.name + ".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise UsageError(
                f"{self.path}: another sweep writes to it now; wait for it, or choose another -o"
            ) from None
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be written: {error.strerror or error}") from None
        return lock

    def _release(self) -> None:
        if self._lock.is_locked:
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing."""
    unfinished = path.with_name(path.name + ".new")
    try:
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
