"""The results of a sweep on disk: written in pieces as they come, one Parquet file in the end.

Until the sweep is over its pieces lie in a folder beside the file, each complete or not there at all, so that a sweep
that was stopped (or killed) goes on where it was. The folder says what it is of: results of another strategy, other
bars or another account are never mixed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.metric_table import METRICS
from nl2strat.errors import UsageError
from nl2strat.research.space import Key, Space

if TYPE_CHECKING:
    import pyarrow

    from nl2strat.research.studies import Measured

_ABOUT = "sweep.json"


@dataclass(frozen=True)
class Row:
    """One configuration's result as a sweep remembers it."""

    key: Key
    goal: float | None
    """The figure that the sweep is sorted by."""
    error: str


class Store:
    """Where a sweep's results go.

    Args: path: the Parquet file in the end. identity: what the results are of. sort: the figure to sort by. resume: go
        on with what is there.
    Raises: UsageError: there is a sweep that was not finished (or, with resume, another one's), or no such folder.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], space: Space, sort: str, *, resume: bool) -> None:
        self.path, self.folder, self.space, self._sort = path, path.with_name(path.name + ".parts"), space, sort
        self.rows: dict[Key, Row] = {}
        self._pieces = 0
        about = json.loads(json.dumps(identity))
        if self.folder.exists():
            if not resume:
                raise UsageError(
                    f"{self.folder} holds a sweep that was not finished: go on with it by --resume, or delete it"
                )
            self._go_on(about)
            return
        try:
            self.folder.mkdir(parents=True)
            _write(self.folder / _ABOUT, json.dumps(about).encode())
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None

    def add(self, found: Sequence[tuple[Key, Measured]]) -> None:
        """Keep some results."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns: dict[str, list[Any]] = {axis.name: [] for axis in self.space.axes}
        columns |= {name: [] for name in ("ran_by", "error", *METRICS)}
        for key, measured in found:
            values = self.space.values(key)
            for axis in self.space.axes:
                columns[axis.name].append(float(values[axis.name]))
            columns["ran_by"].append(measured.path)
            columns["error"].append(measured.error)
            for name in METRICS:
                value = measured.figures.get(name)
                columns[name].append(None if value is None else float(value))
            self._remember(key, measured.figures.get(self._sort), measured.error)
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(columns, schema=self.schema()), sink)
        _write(self.folder / f"{self._pieces:06d}.parquet", sink.getvalue().to_pybytes())
        self._pieces += 1

    def schema(self) -> pyarrow.Schema:
        """The columns: the inputs, what ran the configuration, why it could not be run, and every figure."""
        import pyarrow as pa

        fields = [(axis.name, pa.float64()) for axis in self.space.axes]
        fields += [("ran_by", pa.string()), ("error", pa.string())]
        return pa.schema([*fields, *((name, pa.float64()) for name in METRICS)])

    def finish(self, plateau: Mapping[Key, float | None]) -> None:
        """Make one file of the pieces, piece by piece, with the plateau score of each configuration."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = self.schema().append(pa.field("plateau", pa.float64()))
        unfinished = self.path.with_name(self.path.name + ".new")
        with pq.ParquetWriter(unfinished, schema) as writer:
            for table in self._tables():
                scores = [plateau.get(key) for key in self._keys(table)]
                writer.write_table(table.append_column("plateau", pa.array(scores, pa.float64())))
        os.replace(unfinished, self.path)
        shutil.rmtree(self.folder)

    def _go_on(self, about: Mapping[str, Any]) -> None:
        try:
            before = json.loads((self.folder / _ABOUT).read_text())
        except (OSError, ValueError):
            raise UsageError(f"{self.folder} cannot be read; delete it, and run the sweep again") from None
        other = [name for name in about if before.get(name) != about[name]]
        if other:
            raise UsageError(
                f"{self.folder} holds a sweep with another {' and '.join(other)}; its results do not belong to this "
                "one: choose another -o, or delete it"
            )
        for table in self._tables():
            goals, errors = table[self._sort].to_pylist(), table["error"].to_pylist()
            for key, goal, error in zip(self._keys(table), goals, errors, strict=True):
                self._remember(key, goal, error)
            self._pieces += 1

    def _remember(self, key: Key, goal: float | int | None, error: str) -> None:
        self.rows[key] = Row(key, None if goal is None else float(goal), error)

    def _tables(self) -> Iterator[pyarrow.Table]:
        import pyarrow.parquet as pq

        for piece in sorted(self.folder.glob("*.parquet")):
            yield pq.read_table(piece)

    def _keys(self, table: pyarrow.Table) -> list[Key]:
        columns = []
        for axis in self.space.axes:
            places = {value: place for place, value in enumerate(axis.values)}
            columns.append([places[value] for value in table[axis.name].to_pylist()])
        return list(zip(*columns, strict=True))


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
