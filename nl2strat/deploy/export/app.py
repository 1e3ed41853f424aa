"""What runs in an app: one strategy, one place, and a folder beside it with journal, log and guards' memory.

It is the runner of `nl2strat deploy`, without the library: what is approved is inside.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from mas.errors import MasError
from mas.secrecy import conceal
from nl2strat.deploy.export.access import open_account
from nl2strat.deploy.export.options import parser
from nl2strat.deploy.export.payload import Payload
from nl2strat.deploy.folders import GUARDS, KILL, RunFolder, kill_file, only_one
from nl2strat.deploy.terminals import Place
from nl2strat.errors import UsageError
from nl2strat.moments import moment

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_NOTE = "run.json"
FAILED = 1
WRONG = 2


def main(text: str, digest: str, arguments: list[str] | None = None) -> int:
    """Run the app. Args: text, digest: of its payload. Returns: 0 done, 1 failed, 2 refused."""
    try:
        payload = Payload.checked(text, digest)
        options = parser(payload, digest).parse_args(arguments)
        if options.show:
            print(f"{payload.explanation.rstrip()}\n\nPython SHA-256 {payload.python_sha256}\nApp SHA-256 {digest}")
            return 0
        return _run(payload, options)
    except MasError as error:
        print(conceal(f"Error: {error}"), file=sys.stderr)
        return WRONG
    except (KeyboardInterrupt, EOFError):
        print("Stopped.", file=sys.stderr)
        return 130


def _run(payload: Payload, options: argparse.Namespace) -> int:
    place = Place(options.on)
    _check(place, options)
    home = (options.folder or _beside(payload)).absolute()
    if options.tell or options.release:
        return _say(home, options)
    terminal: Any = None
    if not place.is_paper:
        terminal = open_account(place, options)
        _check_contract(payload, terminal)
    account = 0 if terminal is None else int(terminal.account_info().login)
    where = f"paper {options.replay.absolute()}" if place.is_paper else f"{place.text} {account}"
    folder = _folder_of(home, where, fresh=place.is_paper)
    with folder.held(), only_one(home, f"{account or where}", f'"{payload.name}" is running there already'):
        _check_kill(home, folder)
        row = _row(payload, place, options, folder, account)
        if terminal is None:
            terminal = _open_paper(folder, row)
        try:
            return _trade(payload, row, folder, home, terminal, options)
        finally:
            (getattr(terminal, "close", None) or terminal.shutdown)()


def _trade(
    payload: Payload, row: Any, folder: RunFolder, home: Path, terminal: Any, options: argparse.Namespace
) -> int:
    from nl2strat.codegen.load import load
    from nl2strat.deploy.happenings import Watchers
    from nl2strat.deploy.logs import Log
    from nl2strat.deploy.runner import Runner

    watchers = Watchers(Log(folder.path, row.id, console=not options.quiet))
    try:
        strategy = load(payload.python)()
        wait = 0.05 if row.terminal == "paper" else options.interval
        runner = Runner(row, strategy, folder, home, terminal, payload.rules, watchers, wait=wait)
        state = runner.run()
    finally:
        watchers.close()
    _note(folder, {**_noted(folder), "state": state, "reason": runner.reason})
    if state == "failed":
        print(conceal(f"Error: {runner.reason}. The log is in {folder.path}"), file=sys.stderr)
        return FAILED
    return 0


# ------------------------------------------------------------- what it is told


def _check(place: Place, options: argparse.Namespace) -> None:
    if options.tell or options.release:
        return
    if place.is_paper and options.replay is None:
        raise UsageError("--on paper plays recorded bars: give them with --replay FILE")
    if place.is_paper and not options.replay.is_file():
        raise UsageError(f"--replay {options.replay}: there is no such file")
    if not 0.01 <= options.interval <= 60.0:
        raise UsageError(f"--interval {options.interval:g}: give 0.01 to 60 seconds")
    if not place.is_paper:
        for name in ("replay", "begin", "timezone", "speed", "deposit"):
            if getattr(options, name) is not None:
                raise UsageError(f"--{name.replace('begin', 'from')} is for --on paper")
    elif options.account or options.live:
        raise UsageError("--account and --live are for a broker's account; --on paper has one of its own")


def _say(home: Path, options: argparse.Namespace) -> int:
    from mas.trading.inputs import Command

    told = 0
    for path in sorted((home / "runs").glob("*")):
        folder = RunFolder(path)
        if options.tell and folder.is_held:
            folder.command(Command(options.tell, _user(), ""))
            told += 1
        if options.release and not folder.is_held:
            told += _released(home, folder)
    if not told:
        raise UsageError(f"nothing is running in {home}" if options.tell else f"nothing was killed in {home}")
    print(f"told to {options.tell}" if options.tell else "it may go on")
    return 0


def _released(home: Path, folder: RunFolder) -> bool:
    found = False
    for file in (home / KILL, folder.path / KILL):
        found |= file.exists()
        file.unlink(missing_ok=True)
    guards = folder.path / GUARDS
    state = json.loads(guards.read_text(encoding="utf-8")) if guards.exists() else {}
    if state.get("halts", {}).pop("kill", None) is not None:
        guards.write_text(json.dumps(state), encoding="utf-8")
        found = True
    return found


def _check_kill(home: Path, folder: RunFolder) -> None:
    killed, guards = kill_file(home, folder.path), folder.path / GUARDS
    halted = guards.exists() and "kill" in json.loads(guards.read_text(encoding="utf-8")).get("halts", {})
    if killed is not None or halted:
        raise UsageError(f"it was killed{f' by the file {killed}' if killed else ''}: --release lets it go on")


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or "somebody"


# ------------------------------------------------------------- the run


def _beside(payload: Payload) -> Path:
    """The folder of journal and log, beside the app."""
    app = Path(sys.executable if getattr(sys, "frozen", False) else sys.argv[0]).resolve()
    slug = "".join(letter if letter.isalnum() else "-" for letter in payload.name.lower()).strip("-")
    return app.parent / f"{slug or 'strategy'}-data"


def _folder_of(home: Path, where: str, *, fresh: bool) -> RunFolder:
    """The folder of the run in that place: the newest one, if it is not over, else a new one.

    Args: fresh: a recording that has been played to its end is played again by a new run.
    """
    runs = home / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        home.chmod(0o700)
    mine = [path for path in sorted(runs.iterdir()) if _read(path / _NOTE).get("where") == where]
    if mine and not (fresh and _read(mine[-1] / _NOTE).get("state") == "finished"):
        return RunFolder(mine[-1])
    number = "".join(secrets.choice(_LETTERS) for _ in range(6))
    folder = RunFolder(runs / f"{time.time_ns():020d}-{number}")
    _note(folder, {"id": number, "where": where, "state": "starting", "created": int(time.time())})
    return folder


def _noted(folder: RunFolder) -> dict[str, Any]:
    return _read(folder.path / _NOTE)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _note(folder: RunFolder, values: dict[str, Any]) -> None:
    temporary = folder.path / f"{_NOTE}.tmp"
    temporary.write_text(json.dumps(values), encoding="utf-8")
    temporary.replace(folder.path / _NOTE)


def _row(payload: Payload, place: Place, options: argparse.Namespace, folder: RunFolder, account: int) -> Any:
    """The run as the runner knows one. A run that goes on has the options with which it began.

    Raises: UsageError: it was begun by another version of the strategy.
    """
    from nl2strat.codegen.load import load
    from nl2strat.library.tables import Run, Strategy, Version

    noted = _noted(folder)
    if noted.setdefault("python_sha256", payload.python_sha256) != payload.python_sha256:
        raise UsageError(
            f"{folder.path} is of another version of the strategy: close what it has open (with that app, by --tell "
            "kill), and use another --folder"
        )
    if "magic" not in noted:
        own = int(getattr(load(payload.python)(), "magic", 0))
        noted["magic"] = options.magic or own or 100_000 + secrets.randbelow(900_000)
    terms = {} if options.deposit is None else {"deposit": options.deposit}
    begins = None if options.begin is None else moment(options.begin, "--from")
    noted.setdefault("options", {
        "replay": None if options.replay is None else str(options.replay.absolute()), "speed": options.speed,
        "timezone": options.timezone, "begin": begins, "account": terms,
    })  # fmt: skip
    _note(folder, noted)
    version = Version(
        strategy=Strategy(name=payload.name), number=payload.version, dsl=payload.dsl, python=payload.python,
        dsl_sha256=payload.dsl_sha256, python_sha256=payload.python_sha256,
    )  # fmt: skip
    return Run(
        id=noted["id"], created=noted["created"], version=version, terminal=place.text, account=account,
        magic=noted["magic"], symbol=payload.symbol, timeframe=payload.timeframe, folder=str(folder.path),
        state="running", options=noted["options"],
    )  # fmt: skip


def _open_paper(folder: RunFolder, row: Any) -> Any:
    from nl2strat.deploy.terminals import open_paper

    terminal = open_paper(folder.path, row.options, row.symbol, row.timeframe)
    terminal.initialize()
    return terminal


def _check_contract(payload: Payload, connection: Any) -> None:
    """Raises: UsageError: the broker's symbol is not the one that the backtest was of."""
    from mas.terminals.specs import spec_of
    from nl2strat.deploy.approval import contract_differences
    from nl2strat.library.fingerprint import plain

    try:
        connection.symbol_select(payload.symbol, True)
        info = connection.symbol_info(payload.symbol)
        found = contract_differences(payload.contract, plain(spec_of(payload.symbol, info)))
        if found:
            raise UsageError(f"{payload.symbol} at this broker is not what was approved: {'; '.join(found)}")
    except BaseException:
        connection.shutdown()
        raise
