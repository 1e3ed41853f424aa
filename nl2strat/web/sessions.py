"""Who may use the page: a secret of this installation, session cookies made from it, and the password's attempts.

On loopback whoever has the address that `nl2strat ui` prints (it carries a token) gets a session; elsewhere a password
is asked for. Sessions are signed, not stored: they outlive a restart of the server, and end with the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

COOKIE = "nl2strat_session"
LIFE = 30 * 86_400
"""Seconds for which a session is good."""

TRIES, WITHIN = 5, 60.0
"""Wrong passwords of one address within so many seconds, after which it has to wait; of all together ten times as
many."""


def secret_of(home: Path) -> bytes:
    """The installation's secret; made when it is first wanted, for the user's eyes only."""
    file = home / "web" / "secret"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        found = file.read_bytes()
        if len(found) >= 32:
            return found
    except OSError:
        pass
    part = file.with_suffix(f".{os.getpid()}.part")
    handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(32))
    part.replace(file)
    return file.read_bytes()


@dataclass
class Sessions:
    """Args: secret: of the installation. password: None: whoever has the token may come in."""

    secret: bytes
    password: str | None = None
    wrong: dict[str, deque[float]] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """What lets programs in (`Authorization: Bearer ...`), and without a password the browser too."""
        return self._sign(b"token")

    def knows_token(self, given: str) -> bool:
        """Whether it is the token."""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def new(self, now: float | None = None) -> str:
        """The value of a session cookie."""
        stamp = f"{int((now or time.time()) + LIFE)}.{secrets.token_hex(8)}"
        return f"{stamp}.{self._sign(self._epoch + stamp.encode())}"

    def is_session(self, value: str, now: float | None = None) -> bool:
        """Whether a cookie is one of ours and not too old; another password ends them all."""
        stamp, _, signature = value.rpartition(".")
        until = stamp.partition(".")[0]
        if not until.isascii() or not until.isdigit() or int(until) < (now or time.time()):
            return False
        return hmac.compare_digest(signature.encode(), self._sign(self._epoch + stamp.encode()).encode())

    def may_try(self, address: str, now: float | None = None) -> bool:
        """Whether an address may try a password now."""
        now = now or time.monotonic()
        for times in self.wrong.values():
            while times and times[0] < now - WITHIN:
                times.popleft()
        self.wrong = {key: times for key, times in self.wrong.items() if times}
        everywhere = sum(map(len, self.wrong.values()))
        return len(self.wrong.get(address, ())) < TRIES and everywhere < 10 * TRIES

    def is_password(self, address: str, given: str, now: float | None = None) -> bool:
        """Whether it is the password; a wrong one is counted."""
        if self.password is not None and hmac.compare_digest(_digest(given), _digest(self.password)):
            return True
        self.wrong.setdefault(address, deque()).append(now or time.monotonic())
        return False

    @property
    def _epoch(self) -> bytes:
        return b"open" if self.password is None else hashlib.sha256(self.secret + self.password.encode()).digest()

    def _sign(self, text: bytes) -> str:
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()[:40]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
