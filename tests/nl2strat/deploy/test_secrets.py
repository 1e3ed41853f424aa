"""A password and a notification's token are in no file, journal, log, report, traceback, output or process list."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nl2strat.deploy.brokers import LOGIN

SECRET = 'Sw0rd"fish\\ü-4711'
TOKEN = "t0ken-for-telegram-0815"
PARTS = (SECRET, SECRET.replace('"', '\\"').replace("\\ü", "\\\\ü"), "Sw0rd", "fish\\", TOKEN)
"""The secrets as they are, as JSON and repr write them, and pieces of them."""


def found_in(text: str) -> list[str]:
    return [part for part in PARTS if part in text]


def everything_written(folder: Path) -> dict[str, list[str]]:
    """The files of a folder that hold something secret."""
    texts = {file: file.read_bytes().decode("utf-8", "replace") for file in folder.rglob("*") if file.is_file()}
    assert texts
    return {str(file): found_in(text) for file, text in texts.items() if found_in(text)}


def seen_in_process_list() -> list[str]:
    """Where it shows: the command lines of all processes, and the environments of all but those that we have begun."""
    told = []
    for place in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                text = (place / name).read_bytes().decode("utf-8", "replace")
                if name == "cmdline" or not _is_ours(int(place.name)):
                    told += [f"{part} in {name} of {place.name}" for part in found_in(text)]
            except OSError:
                continue
    return told


def _is_ours(process: int) -> bool:
    """Whether a process is this one or descends from it. Raises: OSError: it is gone."""
    while process > 1 and process != os.getpid():
        process = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return process == os.getpid()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="process lists are read from /proc")
def test_secrets_are_nowhere(user, broker_at):
    broker, address = broker_at(password=SECRET)
    file = user.approved()
    (user.folder / "profiles.toml").write_text(f'[demo]\nserver = "Broker-Demo"\naccount = {LOGIN}\n')
    by_number = ["deploy", file, "--on", address, "--interval", "0.01", "--account", str(LOGIN)]
    deploy = [*by_number, "--profile", "demo"]
    environment = {
        **os.environ, "NL2STRAT_PASSWORD": SECRET, "NL2STRAT_NOTIFY": f"nosuch://{TOKEN}/", "NL2STRAT_DEBUG": "1",
    }  # fmt: skip
    said = ""

    def does(*command: str, **changed: str) -> int:
        nonlocal said
        child = subprocess.Popen(
            [sys.executable, "-m", "nl2strat", *command], env={**environment, **changed}, cwd=user.folder,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        listed: list[str] = []
        broker.at_look[broker.looks + 3] = lambda: listed.extend(seen_in_process_list())
        told, _ = child.communicate(timeout=120)
        assert not listed
        said += told
        return child.returncode

    assert does(*deploy) == 2  # apprise does not know the address
    assert "does not know" in said
    no_notify = {"NL2STRAT_NOTIFY": ""}
    assert does(*by_number, **no_notify, NL2STRAT_PASSWORD="Sw0rd-is-not-it") in (2, 4)  # refused, with what was sent
    assert "Authorization failed" in said
    said = said.replace("Sw0rd-is-not-it", "")
    broker._password = ""

    def breaks() -> None:
        raise ValueError(f"the server has failed with {SECRET} in its hands")

    broker.at_look[broker.looks + 12] = breaks
    assert does(*deploy, **no_notify) in (0, 2, 4)
    assert "Rising" in said
    assert found_in(said) == []
    assert everything_written(user.home) == {}
