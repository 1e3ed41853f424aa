"""The login page, and coming in with the token of the printed address. Plain HTML: it needs no script."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import parse_qs

from nl2strat.web.sessions import Sessions

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>nl2strat</title><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ display: grid; place-items: center; min-height: 100vh; margin: 0 }}
main {{ width: min(24rem, calc(100vw - 48px)) }}
input, button {{ font: inherit; width: 100%; box-sizing: border-box; padding: 8px 12px; margin-top: 8px }}
p.wrong {{ color: light-dark(#b3261e, #f2b8b5) }}
</style></head><body><main><h1>nl2strat</h1>{body}</main></body></html>"""

_FORM = """<form method="post" action="/login"><label for="password">Password of this server</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Log in</button>{note}</form>"""

_TOKEN = "<p>Open the address that <code>nl2strat ui</code> has printed; it lets this browser in.</p>"


async def answer(what: str, scope: Any, receive: Any, send: Any, sessions: Sessions) -> None:
    """Answer a request that is about coming in. Args: what: "enter" (with the token), "ask", or "login"."""
    if what == "enter":
        await _redirect(send, sessions, scope)
    elif what == "ask" or scope["method"] in ("GET", "HEAD"):
        await _page(send, 401 if what == "ask" else 200, sessions)
    elif sessions.password is None:
        await _page(send, 401, sessions)
    else:
        await _try(scope, receive, send, sessions)


async def _try(scope: Any, receive: Any, send: Any, sessions: Sessions) -> None:
    address = (scope.get("client") or ("",))[0]
    if not sessions.may_try(address):
        await _page(send, 429, sessions, "Too many wrong passwords; wait a minute.")
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > 4096 or message["type"] == "http.disconnect":
            await _page(send, 413, sessions, "That is too long for a password.")
            return
        if not message.get("more_body"):
            break
    given = parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]
    if sessions.is_password(address, given):
        await _redirect(send, sessions, scope)
    else:
        await _page(send, 401, sessions, "That is not the password.")


async def _redirect(send: Any, sessions: Sessions, scope: Any) -> None:
    from nl2strat.web.guarding import cookie_header

    cookie = cookie_header(sessions.new(), secure=scope.get("scheme") == "https")
    headers = [(b"location", b"/"), (b"set-cookie", cookie), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _page(send: Any, status: int, sessions: Sessions, wrong: str = "") -> None:
    note = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    body = _PAGE.format(body=_TOKEN if sessions.password is None else _FORM.format(note=note)).encode()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"),
               (b"content-length", str(len(body)).encode())]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
