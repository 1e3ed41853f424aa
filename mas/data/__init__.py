"""Where bars and ticks come from: files (`read_bars`, `read_ticks`, `read_finer` for whichever a file has), a generator
of synthetic bars (`sample_bars`), finer bars (`resample`)."""

from __future__ import annotations

from mas.data.read import read_bars, read_finer, read_ticks
from mas.data.report import DataReport
from mas.data.resample import resample
from mas.data.sample import sample_bars

__all__ = ["DataReport", "read_bars", "read_finer", "read_ticks", "resample", "sample_bars"]
