"""One Chromium for all tests of a process: it is begun by the first that needs it and ends with the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nl2strat.web.browser import end_browser


@pytest.fixture(scope="session", autouse=True)
def _browser_ends() -> Iterator[None]:
    yield
    end_browser()
