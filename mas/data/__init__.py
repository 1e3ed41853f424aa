"""Where bars come from: files (`read_bars`), a generator of synthetic ones (`sample_bars`), finer bars (`resample`)."""

from __future__ import annotations

from mas.data.read import read_bars
from mas.data.report import DataReport
from mas.data.resample import resample
from mas.data.sample import sample_bars

__all__ = ["DataReport", "read_bars", "resample", "sample_bars"]
