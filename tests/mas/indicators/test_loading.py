"""TA-Lib is loaded by one thread: another that asks meanwhile waits for it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mas.indicators import talib_bridge


def test_it_is_loaded_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = [0], [0]

    def slow() -> object:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.01)
        inside[0] -= 1
        return talib_bridge

    monkeypatch.setattr(talib_bridge, "_loaded", slow)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: talib_bridge._extension(), range(4)))
    assert found == [talib_bridge] * 4
    assert most == [1]
