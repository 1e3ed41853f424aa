"""Any object with the MetaTrader5 module's functions, served on the loopback as an mt5linux server serves the module.

The protocol is rpyc's classic mode, which runs whatever Python text the client sends; `import MetaTrader5` in that text
finds the served object. Each connection has its own thread and may hold the object's one account, as with a terminal.
"""

from __future__ import annotations

import builtins
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the plumbum that mt5linux pins
    from rpyc.core import SlaveService
    from rpyc.utils.server import ThreadedServer


class _Quiet:
    """A logger that says nothing: clients hang up without a farewell."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def _service(terminal: Any) -> type[SlaveService]:
    def importing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name != "MetaTrader5":
            return builtins.__import__(name, *args, **kwargs)
        if terminal is None:
            raise ModuleNotFoundError("No module named 'MetaTrader5'", name="MetaTrader5")
        return terminal

    class Served(SlaveService):  # type: ignore[misc]
        """One client's session: its names live as long as its connection."""

        def on_connect(self, connection: Any) -> None:
            super().on_connect(connection)
            self.namespace["__builtins__"] = {**vars(builtins), "__import__": importing}

    return Served


class _Server(ThreadedServer):  # type: ignore[misc]
    """Ends a client's thread in silence when its socket is closed under it."""

    def _authenticate_and_serve_client(self, sock: Any) -> None:
        with suppress(EOFError, OSError, ValueError):
            super()._authenticate_and_serve_client(sock)


class Mt5LinuxServer:
    """A running server; `terminal` None stands for a Python without the MetaTrader5 package."""

    def __init__(self, terminal: Any, port: int = 0) -> None:
        self._server = _Server(_service(terminal), hostname="127.0.0.1", port=port, reuse_addr=True, logger=_Quiet())
        self.port: int = self._server.port
        self.address = f"mt5linux://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.start, daemon=True)
        self._thread.start()
        while not self._server.active:  # until it listens
            time.sleep(0.001)

    def stop(self) -> None:
        """Hang up on every client and free the port."""
        self._server.close()
        self._thread.join(5)


@contextmanager
def serving(terminal: Any) -> Iterator[Mt5LinuxServer]:
    """A server for the length of a `with` block."""
    server = Mt5LinuxServer(terminal)
    try:
        yield server
    finally:
        server.stop()
