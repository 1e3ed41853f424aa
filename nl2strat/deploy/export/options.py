"""What an app is told on its command line."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nl2strat.deploy.folders import COMMANDS

if TYPE_CHECKING:
    from nl2strat.deploy.export.payload import Payload


def parser(payload: Payload, digest: str) -> argparse.ArgumentParser:
    """The options, and what --help says."""
    when = f"{datetime.fromtimestamp(payload.approved_at, UTC):%Y-%m-%d}"
    told = f'"{payload.name}", version {payload.version}, on {payload.symbol} {payload.timeframe}. '
    told += f"Approved by {payload.approved_by} on {when}. SHA-256 {digest}."
    found = argparse.ArgumentParser(
        description=told.replace("%", "%%"),
        epilog="Without NL2STRAT_ACCOUNT, NL2STRAT_PASSWORD and NL2STRAT_SERVER in the environment it asks for "
        "account, password and server. The password is not shown and not kept.",
    )
    add = found.add_argument
    add("--on", default="mt5", metavar="PLACE", help="mt5 (this machine's terminal), mt5linux://host:port, or paper")
    add("--replay", type=Path, metavar="FILE", help="with --on paper: the recorded bars to play")
    add("--from", dest="begin", metavar="DATE", help="with --on paper: begin there; bars before are history")
    add("--timezone", metavar="ZONE", help="with --on paper: time zone of the bars")
    add("--speed", type=float, metavar="N", help="with --on paper: so many times as fast as the clock")
    add("--deposit", type=float, metavar="MONEY", help="with --on paper: the balance to begin with")
    add("--account", type=int, metavar="N", help="number of the account")
    add("--server", metavar="NAME", help="the broker's server")
    add("--live", action="store_true", help="the account may be a real one")
    add("--magic", type=int, metavar="N", help="the number in its orders")
    add("--folder", type=Path, metavar="DIR", help="for journal and log; beside the app if not given")
    add("--interval", type=float, default=1.0, metavar="SECONDS", help="between two looks at the terminal; 1")
    add("--quiet", action="store_true", help="no lines on the screen")
    add("--show", action="store_true", help="say what it does, and end")
    add("--tell", choices=COMMANDS, help="tell the app that is running, and end")
    add("--release", action="store_true", help="let it go on after a kill")
    return found
