"""A Dask cluster of real processes on this machine: a scheduler and workers, each of which can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WAIT = 60.0
CODE = "as the tests began"
SAME_CODE = f"from nl2strat.research import cluster; cluster.code_fingerprint = lambda: {CODE!r}"
"""Workers start at different times: a source file that is changed meanwhile is no concern of these tests."""
WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("nl2strat", "mas"):
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, Absent())
"""
"""A worker on which nl2strat is not installed."""
QUIET = {"DASK_DISTRIBUTED__DIAGNOSTICS__NVML": "False", "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"}


class LocalProcesses:
    """A scheduler on a port of its own, and worker processes that are started and killed. Use it in `with`.

    Args: folder: for their files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self._scheduler = self._start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        end = time.monotonic() + WAIT
        while not file.exists() or not file.stat().st_size:
            assert time.monotonic() < end, "the scheduler has not come up"
            assert self._scheduler.poll() is None, "the scheduler has ended"
            time.sleep(0.05)
        self.address = str(json.loads(file.read_text())["address"])

    def add_worker(self, preload: str = SAME_CODE) -> subprocess.Popen[bytes]:
        """Start a worker with one thread; it registers by itself. Args: preload: what it does first."""
        options = (
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--local-directory",
            str(self.folder),
            "--preload",
            preload,
        )
        worker = self._start("worker", self.address, *options)
        self.workers.append(worker)
        return worker

    def kill_worker(self, number: int) -> None:
        """As the out-of-memory killer does."""
        os.kill(number, signal.SIGKILL)

    def __enter__(self) -> LocalProcesses:
        return self

    def __exit__(self, *error: object) -> None:
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()

    def stop_scheduler(self) -> None:
        """The cluster is gone."""
        self._scheduler.kill()
        self._scheduler.wait()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"],
                stdout=log, stderr=log, env={**os.environ, **QUIET}, cwd=Path(__file__).parents[3],
            )  # fmt: skip
