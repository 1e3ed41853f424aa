"""What stands between the network and the page: every request and every websocket passes here first.

* Host: only names that are this machine's, so that a foreign name that resolves to it reaches nothing (DNS rebinding).
* Origin: what changes something, and each websocket, must come from our own pages; programs come with a token.
* A session for everything but the login page, its style and `/api/v1/health`.
* Bodies have an end, and every answer the headers that keep a browser from doing what was not meant.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nl2strat.web import login
from nl2strat.web.sessions import COOKIE, LIFE, Sessions

log = logging.getLogger("nl2strat.web")

BODY = 1_000_000
UPLOAD = 1_000_000_000
"""Bytes of a body: of requests, and of files that are uploaded."""

UPLOADS = ("/api/v1/data", "/api/v1/uploads", "/_nicegui/")
OPEN = ("/login", "/api/v1/health", "/favicon.ico")
"""What needs no session."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'none'; frame-src 'none'; media-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Nothing is loaded from elsewhere, nobody frames us, and no attribute is a script (`onerror=`). NiceGUI's page brings
its start script inline, and evaluates what the server sends it, so script elements and `eval` cannot be forbidden;
that user text is never HTML is what keeps them ours."""

STRICT = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
"""For what is no page of NiceGUI's: the API and its downloads, the login page, refusals. No script at all."""

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # with none at all a browser says of the login form that it is from "null"
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Guard:
    """ASGI middleware. Args: hosts: names (without port) by which the server may be called, besides IP addresses
    when it is bound to the network."""

    def __init__(self, app: Any, sessions: Sessions, hosts: Iterable[str], *, any_address: bool = False) -> None:
        self._app, self._sessions = app, sessions
        self._hosts = frozenset(name.lower() for name in hosts)
        self._any_address = any_address

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """As ASGI has it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            answer = self._checked(scope)
        except Refused as refused:
            await _refuse(scope, receive, send, refused)
            return
        strict = answer is not None or scope["path"].startswith("/api/")
        send = _with_headers(send, STRICT if strict else POLICY)
        if answer is not None:
            await login.answer(answer, scope, receive, send, self._sessions)
            return
        if scope["type"] == "http":
            await _Body(scope, receive, send).answered_by(self._app)
        else:
            await self._app(scope, receive, send)

    # ------------------------------------------------------------- what is checked

    def _checked(self, scope: Any) -> str | None:
        """None: the app answers; else what the login page has to do. Raises: Refused."""
        headers = _headers(scope)
        self._check_host(headers)
        token = self._has_token(headers)
        self._check_origin(scope, headers, token)
        path = scope["path"]
        if path.startswith("/login"):
            return "login"
        if path in OPEN or token or self._has_session(headers):
            if scope["type"] == "http" and path == "/" and b"token=" in scope.get("query_string", b""):
                return "enter"  # so that the token does not stay in the address bar
            return None
        if scope["type"] == "http" and self._sessions.password is None and path == "/" and self._enters(scope):
            return "enter"
        if scope["type"] == "http" and scope["method"] == "GET" and not path.startswith(("/api/", "/_nicegui")):
            return "ask"
        raise Refused(401, "no session: open the address that nl2strat ui has printed, or log in")

    def _check_host(self, headers: dict[str, str]) -> None:
        name = _name(headers.get("host", ""))
        if name in self._hosts or (self._any_address and _is_address(name)):
            return
        advice = "use the address that it has printed (NL2STRAT_UI_HOSTS adds names)"
        raise Refused(421, f"this server is not called {name[:80]!r}; {advice}")

    def _check_origin(self, scope: Any, headers: dict[str, str], token: bool) -> None:
        """Pages of other sites may not call us, whatever cookies the browser would send along."""
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE
        if origin is None:
            if changes and not token:
                raise Refused(403, "no Origin: a program comes with its token (Authorization: Bearer ...)")
            return
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() != headers.get("host", "").lower():
            raise Refused(403, f"requests from {origin[:80]!r} are not taken")

    def _has_token(self, headers: dict[str, str]) -> bool:
        kind, _, token = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._sessions.knows_token(token.strip())

    def _enters(self, scope: Any) -> bool:
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])
        return self._sessions.knows_token(given[0])

    def _has_session(self, headers: dict[str, str]) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and self._sessions.is_session(cookie.value)


def cookie_header(value: str, *, secure: bool) -> bytes:
    """The Set-Cookie of a session."""
    text = f"{COOKIE}={value}; Path=/; Max-Age={LIFE}; HttpOnly; SameSite=Strict"
    return (text + ("; Secure" if secure else "")).encode()


# ------------------------------------------------------------------ bodies, headers, refusals


class _Body:
    """A request whose body has an end: whatever the app makes of one that is too long, the answer is our refusal."""

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._most = UPLOAD if scope["path"].startswith(UPLOADS) else BODY
        length = _headers(scope).get("content-length", "")
        self._said = int(length) if length.isascii() and length.isdigit() else 0
        self._seen = 0
        self._too_long = self._begun = False

    async def answered_by(self, app: Any) -> None:
        """Have the app answer it."""
        try:
            await app(self._scope, self._piece, self._answer)
        except Exception:
            if not self._too_long:
                raise
        if self._too_long and not self._begun:
            refused = Refused(413, f"that is more than {self._most / 1e6:g} MB; send less")
            await _refuse(self._scope, self._receive, self._send, refused)

    async def _piece(self) -> Any:
        message = await self._receive()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            if max(self._seen, self._said) > self._most:
                self._too_long = True
                raise Refused(413, "too long")
        return message

    async def _answer(self, message: Any) -> None:
        if not self._too_long or self._begun:
            self._begun = True
            await self._send(message)


def _with_headers(send: Any, policy: str) -> Any:
    headers = ((b"content-security-policy", policy.encode()), *HEADERS)

    async def sending(message: Any) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            given = {name.lower() for name, _ in message.get("headers", ())}
            added = [pair for pair in headers if pair[0] not in given]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return sending


async def _refuse(scope: Any, receive: Any, send: Any, refused: Refused) -> None:
    log.info("refused (%d): %s", refused.status, refused)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    error = {"message": str(refused), "line": None, "column": None, "hint": ""}
    body = json.dumps({"status": "error", "errors": [error]}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refused.status == 413:
        headers.append((b"connection", b"close"))
    await _with_headers(send, STRICT)({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
