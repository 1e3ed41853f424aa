"""`nl2strat ui`: the page, served from this machine."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from nl2strat.cli_steps import console_of, reporting
from nl2strat.errors import UsageError

PASSWORD = "NL2STRAT_UI_PASSWORD"
"""The environment variable with the page's password. It is never an option: those can be seen by others."""


def ui(
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="Port to serve on.")] = 8765,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to serve on; other than this machine's needs a password.")
    ] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
) -> None:
    """Open the page: type a strategy, review it, backtest it, deploy it."""
    with reporting(None):
        _require()
        from nl2strat.web.server import build, is_loopback, serve

        served = build(host, port, None if is_loopback(host) and not _given() else _password(host))
        console = console_of()

        def tell(address: str) -> None:
            console.print("nl2strat is at", address, highlight=False, soft_wrap=True)
            console.print("Ctrl-C ends it; strategies that are deployed go on.", style="dim", highlight=False)

        serve(served, tell, browser=not no_open)
        console.print("Ended.", style="dim")


def _require() -> None:
    """Raises: UsageError: what the page needs is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("nicegui", "fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        raise UsageError(f"the page needs {', '.join(missing)}: pip install 'nl2strat[ui]'")


def _given() -> str:
    return os.environ.get(PASSWORD, "").strip()


def _password(host: str) -> str:
    """The password: of the environment, of the keyring, or typed. Raises: UsageError: there is none, or a short one."""
    found = _given() or _from_keyring()
    if not found and sys.stdin.isatty():
        found = typer.prompt(f"A password for the page on {host}", hide_input=True, confirmation_prompt=True)
    if not found:
        raise UsageError(
            f"--host {host} lets other machines in: set a password first ({PASSWORD}, or keyring set nl2strat ui)"
        )
    if len(found) < 8:
        raise UsageError("the password of the page is too short: take 8 characters or more")
    from mas.secrecy import keep

    return keep(found)


def _from_keyring() -> str:
    try:
        import keyring

        return str(keyring.get_password("nl2strat", "ui") or "")
    except Exception:  # not installed, or none that works here
        return ""
