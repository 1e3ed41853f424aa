"""`nl2strat ui` as a process: it begins, answers while a million bars are played, ends, and finds what it left."""

from __future__ import annotations

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nicegui", reason="the page is not installed (nl2strat[ui])")

import httpx

from tests.lengths import every, lengths

TEXT = "Buy when RSI(14) crosses below 30. Exit when RSI(14) crosses above 60. Stop 50 pips."
BEAT = 0.25
"""Seconds within which the server answers, whatever runs."""


class Server:
    """One `nl2strat ui`."""

    def __init__(self, home: Path, *options: str, **variables: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "nl2strat", "ui", "--no-open", "--port", str(self.port), *options]
        environment = {**os.environ, "NL2STRAT_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "200", **variables}
        self.process = subprocess.Popen(
            command, env=environment, cwd=home, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said, self.address = "", ""
        while not self.address:
            line = self.process.stdout.readline()
            assert line, f"it has ended: {self.said}"
            self.said += line
            found = re.search(r"http://\S+", line)
            self.address = found.group() if found else ""
        self.token = self.address.partition("token=")[2]

    def client(self, **options: Any) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=60, **options)

    def end(self) -> str:
        """Ctrl-C. Returns: what it has said since."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=60)
        return rest


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    running = Server(home)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def test_the_address_opens_the_page(server: Server) -> None:
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        page = browser.get(server.address)
        assert page.status_code == 200
        assert "token" not in str(page.url)
        assert "nl2strat" in page.text
        sources = re.findall(r'(?:src|href)="([^"]+)"|url\("([^"]+)"\)', page.text)
        assert not [link for pair in sources for link in pair if link.startswith(("http:", "https:", "//"))]


def test_the_page_s_line_is_for_our_own_pages(server: Server) -> None:
    line = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    own = f"http://127.0.0.1:{server.port}"
    with server.client() as client:
        assert client.get(line, headers={"origin": own}).status_code == 200
        assert client.get(line, headers={"origin": "http://evil.example"}).status_code == 403
        assert client.get(line, headers={"host": "evil.example"}).status_code == 421
    assert httpx.get(own + line, timeout=60).status_code == 401


@pytest.mark.parametrize("bars", lengths(20_000, 1_000_000))
def test_the_server_answers_while_bars_are_played(server: Server, bars: int) -> None:
    with server.client() as client:
        spec = {"text": TEXT, "data": {"bars": bars}}
        run = client.post("/api/v1/runs", json={"spec": spec}).json()["id"]
        waits, steps, status = [], [], "running"
        while status == "running":
            began = time.perf_counter()
            assert client.get("/api/v1/health").status_code == 200
            waits.append(time.perf_counter() - began)
            state = client.get(f"/api/v1/runs/{run}").json()
            status = state["status"]
            steps.append(state["step"]["done"])
            time.sleep(0.05)
        assert status == "done", state["error"]
        assert state["summary"]["data"]["bars"] == bars
        assert statistics.median(waits) < BEAT, sorted(waits)  # what else the machine does may hold up one of them
        assert bars < 1_000_000 or len(set(steps)) > 3  # it has said how far it was
        began = time.perf_counter()
        window = client.get(f"/api/v1/runs/{run}/window", params={"width": 800}).json()
        assert len(window["time"]) <= 1600
        assert time.perf_counter() - began < 5


def test_a_server_that_was_killed_in_mid_run_leaves_a_clear_state(server: Server, home: Path) -> None:
    with server.client() as client:
        spec = {"text": TEXT, "data": {"bars": 2_000_000}}
        run = client.post("/api/v1/runs", json={"spec": spec}).json()["id"]
        assert client.get(f"/api/v1/runs/{run}").json()["status"] == "running"
    server.process.kill()
    server.process.communicate(timeout=60)  # the workers, which hold the same pipe, end with it
    later = Server(home)
    assert later.token == server.token  # the browser's session is still good
    try:
        with later.client() as client:
            state = client.get(f"/api/v1/runs/{run}").json()
            assert state["status"] == "interrupted"
            assert "run it again" in state["error"]["errors"][0]["message"]
            again = client.post(f"/api/v1/runs/{run}/again").json()
            assert again["status"] == "running"
        said = later.end()
        assert later.process.returncode == 0, said
        assert said.rstrip().endswith("Ended.")
        assert "Traceback" not in said
    finally:
        if later.process.poll() is None:
            later.process.kill()


@pytest.mark.parametrize(
    ("options", "says"),
    every(
        2,
        [
            (("--host", "0.0.0.0"), "set a password first"),
            (("--host", "192.0.2.1"), "set a password first"),
            (("--port", "taken"), "choose another port"),
        ],
    ),
)
def test_what_cannot_be_served_is_said(home: Path, options: tuple[str, str], says: str) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        given = [str(busy.getsockname()[1]) if option == "taken" else option for option in options]
        environment = {**os.environ, "NL2STRAT_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "200"}
        environment.pop("NL2STRAT_UI_PASSWORD", None)
        done = subprocess.run(
            [sys.executable, "-m", "nl2strat", "ui", "--no-open", *given], env=environment, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
        )  # fmt: skip
    assert done.returncode == 2
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_on_the_network_the_password_is_asked_for(tmp_path: Path) -> None:
    server = Server(tmp_path, "--host", "0.0.0.0", NL2STRAT_UI_PASSWORD="correct horse")
    try:
        assert "token" not in server.address
        assert "correct horse" not in server.said
        own = f"http://127.0.0.1:{server.port}"
        with httpx.Client(base_url=own, timeout=60) as browser:
            assert "password" in browser.get("/").text
            given = browser.post("/login", data={"password": "correct horse"}, headers={"origin": own})
            assert given.status_code == 303
            assert "Log in" not in browser.get("/").text
    finally:
        server.end()
