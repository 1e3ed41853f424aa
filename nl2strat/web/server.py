"""The server: API and page in one application, behind the guard; it begins and ends with its services."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nl2strat import __version__
from nl2strat.errors import UsageError
from nl2strat.web.guarding import Guard
from nl2strat.web.services import Services, set_current
from nl2strat.web.sessions import Sessions, secret_of

if TYPE_CHECKING:
    from fastapi import FastAPI

LOOPBACK = ("127.0.0.1", "localhost", "::1")
HOSTS = "NL2STRAT_UI_HOSTS"
"""Further names, separated by commas, by which the server may be called."""
PORT = 8765
_MESSAGE = 8_000_000
"""Bytes of one message of a page: a text that is far too long still arrives, to be refused in words."""

_PATIENCE = 60.0
"""Seconds for which a page whose connection broke is kept: a busy machine must not make it begin anew."""


@dataclass(frozen=True)
class Served:
    """What is served: the ASGI application with its guard, and the address that lets a browser in."""

    app: Any
    services: Services
    sessions: Sessions
    host: str
    port: int

    @property
    def address(self) -> str:
        """To be opened in a browser; without a password it holds the token."""
        name = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1", "::1") else self.host
        token = f"?token={self.sessions.token}" if self.sessions.password is None else ""
        return f"http://{name}:{self.port}/{token}"


def build(
    host: str = "127.0.0.1", port: int = PORT, password: str | None = None, *, services: Services | None = None,
    pages: bool = True,
) -> Served:  # fmt: skip
    """Put everything together.

    Args: pages: without them only the API is served (and NiceGUI is not imported).
    Raises: UsageError: off loopback without a password; the data folder or the library cannot be used.
    """
    if not is_loopback(host) and not password:
        raise UsageError(
            f"--host {host} lets other machines in: set a password first (NL2STRAT_UI_PASSWORD, or "
            "`keyring set nl2strat ui`)"
        )
    services = services or Services()
    sessions = Sessions(secret_of(services.home), password)
    app = application(services)
    if pages:
        _add_pages(app, services)
    guard = Guard(app, sessions, _names(host), any_address=not is_loopback(host))
    return Served(guard, services, sessions, host, port)


def application(services: Services) -> FastAPI:
    """The API alone, without its guard."""
    from fastapi import FastAPI

    from nl2strat.web import api, errors, words

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        set_current(services)
        words.recall(services.home)
        services.begin()
        try:
            yield
        finally:
            await services.end()
            set_current(None)

    app = FastAPI(
        title="nl2strat", version=__version__, description=api.DESCRIPTION, lifespan=life, docs_url=None,
        redoc_url=None, openapi_url="/api/v1/openapi.json", openapi_tags=api.TAGS,
    )  # fmt: skip
    errors.install(app)
    api.add_to(app, services)
    return app


def _add_pages(app: FastAPI, services: Services) -> None:
    """The page, by NiceGUI; what it would write into the working folder goes into the data folder."""
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(services.home / "web" / "nicegui"))
    from nicegui import core, ui
    from starlette.staticfiles import StaticFiles

    from nl2strat.web import pages

    static = Path(__file__).parent / "static"
    app.mount("/static", StaticFiles(directory=static), name="static")
    core.sio.eio.max_http_buffer_size = _MESSAGE
    core.sio.eio.cors_allowed_origins = None  # our own only; the guard has looked already
    pages.register(app)
    ui.run_with(
        app, title="nl2strat", language="en-US", dark=None, reconnect_timeout=_PATIENCE, tailwind=False,
        show_welcome_message=False, favicon=static / "favicon.svg",
    )  # fmt: skip


def serve(served: Served, tell: Callable[[str], None], *, browser: bool = True) -> None:
    """Serve until Ctrl-C. Args: tell: told the address once it can be opened. browser: open it.

    Raises: UsageError: the port is taken, or the address is none of this machine's.
    """
    import uvicorn

    listening = _listen(served.host, served.port)
    config = uvicorn.Config(
        served.app, log_level="warning", access_log=False, server_header=False, lifespan="on", ws_max_size=_MESSAGE,
        timeout_graceful_shutdown=3, proxy_headers=False,
    )  # fmt: skip
    server = _Server(config, lambda: _begun(served, tell, browser))
    with listening, contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if not server.started:
        raise UsageError("the server could not begin; what is above says why")


def _begun(served: Served, tell: Callable[[str], None], browser: bool) -> None:
    tell(served.address)
    if browser:
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(served.address)


def _Server(config: Any, begun: Callable[[], None]) -> Any:  # noqa: N802  (a class that needs uvicorn)
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                begun()

    return Server(config)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would let two servers share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"--host {host} --port {port}: cannot be served there: {why}; choose another port") from None
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine can call it."""
    return host in LOOPBACK or host.startswith("127.")


def _names(host: str) -> set[str]:
    given = {name.strip() for name in os.environ.get(HOSTS, "").split(",") if name.strip()}
    own = {*LOOPBACK, host}
    if not is_loopback(host):
        name = socket.gethostname()
        own |= {name, f"{name}.local"}
    return own | given
