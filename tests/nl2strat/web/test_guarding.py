"""The guard: names, origins, sessions, the password, sizes, headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nl2strat.web.guarding import Guard
from nl2strat.web.sessions import COOKIE, LIFE, Sessions, secret_of

pytest.importorskip("fastapi", reason="the page is not installed (nl2strat[ui])")

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

HERE = "http://localhost:8765"
WS = "ws://localhost:8765/ws"
SECRET = b"s" * 32


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.method} {len(await request.body())}")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("there")
    await socket.close()


def client(
    password: str | None = None, hosts: tuple[str, ...] = ("localhost", "127.0.0.1"), **options: Any
) -> TestClient:
    paths = ("/", "/other", "/api/v1/x", "/api/v1/data", "/api/v1/health")
    routes = [Route(path, _echo, methods=["GET", "POST"]) for path in paths]
    app = Starlette(routes=[*routes, WebSocketRoute("/ws", _socket)])
    return TestClient(Guard(app, sessions(password), hosts, **options), base_url=HERE, follow_redirects=False)


def sessions(password: str | None = None) -> Sessions:
    return Sessions(SECRET, password)


@pytest.fixture
def known() -> Iterator[TestClient]:
    """A browser with a session."""
    with client() as browser:
        browser.cookies.set(COOKIE, sessions().new())
        yield browser


BEARER = {"authorization": f"Bearer {sessions().token}"}
ORIGIN = {"origin": HERE}


def test_without_a_session_there_is_a_page_for_people_and_an_error_for_programs() -> None:
    with client() as stranger:
        page = stranger.get("/other")
        assert page.status_code == 401
        assert "nl2strat ui" in page.text
        refused = stranger.get("/api/v1/x")
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["message"].startswith("no session")
        assert stranger.get("/api/v1/health").status_code == 200


def test_the_token_lets_a_browser_in_and_does_not_stay_in_the_address() -> None:
    with client() as browser:
        answer = browser.get(f"/?token={sessions().token}")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert browser.get("/").text == "GET 0"
        assert browser.get("/?token=whatever").status_code == 303  # a bookmark is no harm


def test_a_wrong_token_lets_nobody_in() -> None:
    with client() as browser:
        assert browser.get("/?token=" + "0" * 40).status_code == 401
        assert browser.get("/api/v1/x", headers={"authorization": "Bearer " + "0" * 40}).status_code == 401
        browser.cookies.set(COOKIE, "9999999999.abc.def")
        assert browser.get("/api/v1/x").status_code == 401


def test_foreign_names_reach_nothing(known: TestClient) -> None:
    for host in ("evil.example", "evil.example:8765", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        assert known.get("/api/v1/x", headers={"host": host, **BEARER}).status_code == 421, host
    for host in ("localhost", "LOCALHOST:8765", "127.0.0.1:8765"):
        assert known.get("/api/v1/x", headers={"host": host}).status_code == 200, host


def test_on_the_network_addresses_are_names_too() -> None:
    with client("a password", any_address=True) as browser:
        for host, status in (("192.168.1.7:8765", 200), ("[fe80::1]:8765", 200), ("evil.example", 421)):
            assert browser.get("/api/v1/health", headers={"host": host}).status_code == status, host


def test_other_sites_cannot_call_us(known: TestClient) -> None:
    for origin in ("http://evil.example", "null", "http://localhost:9999", "file://", f"{HERE}.evil.example"):
        assert known.post("/api/v1/x", headers={"origin": origin}).status_code == 403, origin
        assert known.get("/api/v1/x", headers={"origin": origin}).status_code == 403, origin
    assert known.post("/api/v1/x").status_code == 403  # a browser says where it comes from
    assert known.post("/api/v1/x", headers=ORIGIN).status_code == 200


def test_programs_need_no_origin() -> None:
    with client() as program:
        assert program.post("/api/v1/x", headers=BEARER).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"host": "evil.example", **ORIGIN}])
def test_websockets_of_others_are_closed(known: TestClient, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect), known.websocket_connect(WS, headers=headers):
        pass


def test_websockets_of_our_own_page_are_open(known: TestClient) -> None:
    with known.websocket_connect(WS, headers=ORIGIN) as socket:
        assert socket.receive_text() == "there"
    with (
        client() as stranger,
        pytest.raises(WebSocketDisconnect),
        stranger.websocket_connect(WS, headers=ORIGIN),
    ):
        pass


def test_every_answer_has_the_headers(known: TestClient) -> None:
    for answer in (known.get("/"), known.get("/api/v1/x", headers={"host": "evil.example"}), known.get("/login")):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "http:" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"


def test_scripts_are_the_page_s_own_and_elsewhere_there_are_none(known: TestClient) -> None:
    page = known.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in page
    assert "script-src-attr 'none'" in page, "an attribute of a tag is never a script"
    for answer in (known.get("/login"), known.get("/api/v1/x"), known.post("/api/v1/x"), client().get("/other")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy


def test_bodies_have_an_end(known: TestClient) -> None:
    assert known.post("/api/v1/x", headers=ORIGIN, content=b"x" * 900_000).text == "POST 900000"
    refused = known.post("/api/v1/x", headers=ORIGIN, content=b"x" * 1_100_000)
    assert refused.status_code == 413
    assert "1 MB" in refused.json()["errors"][0]["message"]
    assert known.post("/api/v1/data", headers=ORIGIN, content=b"x" * 1_100_000).status_code == 200


def test_a_body_without_a_length_has_an_end_too(known: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"x" * 100_000 for _ in range(20))

    assert known.post("/api/v1/x", headers=ORIGIN, content=pieces()).status_code == 413


def test_the_password() -> None:
    with client("correct horse") as browser:
        assert "password" in browser.get("/").text
        assert browser.get(f"/?token={sessions('correct horse').token}").status_code == 401
        wrong = browser.post("/login", headers=ORIGIN, data={"password": "<script>"})
        assert wrong.status_code == 401
        assert "<script>" not in wrong.text
        assert browser.post("/login", data={"password": "correct horse"}).status_code == 403  # from nowhere
        assert browser.post("/login", headers=ORIGIN, data={"password": "correct horse"}).status_code == 303
        assert browser.get("/").text == "GET 0"


def test_guessing_has_to_wait() -> None:
    with client("correct horse") as browser:
        for _ in range(5):
            assert browser.post("/login", headers=ORIGIN, data={"password": "guess"}).status_code == 401
        late = browser.post("/login", headers=ORIGIN, data={"password": "correct horse"})
        assert late.status_code == 429
    ours = sessions("correct horse")
    for _ in range(5):
        assert not ours.is_password("10.0.0.1", "guess", now=100.0)
    assert not ours.may_try("10.0.0.1", now=101.0)
    assert ours.may_try("10.0.0.2", now=101.0)
    assert ours.may_try("10.0.0.1", now=161.0)


def test_sessions_end_with_time_and_with_the_password() -> None:
    ours = sessions()
    value = ours.new(now=1000.0)
    assert ours.is_session(value, now=1000.0 + LIFE - 1)
    assert not ours.is_session(value, now=1000.0 + LIFE + 1)
    assert not sessions("a password").is_session(ours.new())
    assert not sessions("another").is_session(sessions("a password").new())
    assert sessions("a password").is_session(sessions("a password").new())
    assert not ours.is_session("")
    assert not ours.is_session(value[:-1] + ("0" if value[-1] != "0" else "1"), now=1000.0)


def test_the_secret_is_kept_for_the_user_alone(tmp_path: Any) -> None:
    first = secret_of(tmp_path)
    assert len(first) >= 32
    assert secret_of(tmp_path) == first
    assert (tmp_path / "web" / "secret").stat().st_mode & 0o077 == 0
