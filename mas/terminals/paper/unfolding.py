"""Work that stops on its way, so that others can act in the middle of it, and then goes on.

It runs on a thread of its own, which runs only while somebody waits for it in `go_on`: never two at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class _Abandoned(BaseException):
    """Unwinds the work of somebody who will not come back."""


class Unfolding:
    """One piece of work. Args: work: what it does; it may call `stop_here`."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name="mas paper", daemon=True)
        self._begun = self._done = self._abandoned = False
        self._error: Exception | None = None

    @property
    def is_here(self) -> bool:
        """Whether the caller is part of the work."""
        return threading.current_thread() is self._thread

    def go_on(self) -> bool:
        """Let it work until it stops. Returns: False if it has come to its end. Raises: what it raises."""
        if not self._begun:
            self._begun = True
            self._thread.start()
        else:
            self._go.release()
        self._stopped.acquire()
        if self._error is not None:
            raise self._error
        return not self._done

    def stop_here(self) -> None:
        """Let the others go on; returns when it is the work's turn again."""
        self._stopped.release()
        self._go.acquire()
        if self._abandoned:
            raise _Abandoned

    def abandon(self) -> None:
        """Give up what is left of it."""
        if self._begun and not self._done:
            self._abandoned = True
            self._go.release()
            self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
        except _Abandoned:
            return
        except Exception as error:
            self._error = error
        self._done = True
        self._stopped.release()
