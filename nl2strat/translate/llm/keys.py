"""Keys of endpoints: where they come from, and how they stay out of everything that is written or shown.

A key comes from the environment or the system's keyring, never from a file of ours. `NL2STRAT_API_KEY` goes to whatever
endpoint is configured. `OPENAI_API_KEY` goes only where it belongs: to OpenAI, or to the address that
`OPENAI_BASE_URL` names beside it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from nl2strat.translate.llm.troubles import NotConfigured

OPENAI_URL = "https://api.openai.com/v1"
KEYRING_SERVICE = "nl2strat"
NO_KEY = "none"
"""What is sent where no key is needed; the client insists on something."""

_HIDDEN = "[key]"
_LIKE_A_KEY = re.compile(
    r"\b(?:sk|rk|gsk|xai|hf|fw)[-_](?=[A-Za-z0-9_\-]*\d)[A-Za-z0-9_\-]{16,}|(?i:bearer)\s+[A-Za-z0-9._~+/\-]{8,}=*"
)


@dataclass(frozen=True, repr=False)
class Secret:
    """A key that shows itself to nobody who merely prints it."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def hide(self, text: str) -> str:
        """The text without the key, and without anything else that looks like one."""
        if len(self.value) >= 4 and self.value != NO_KEY:
            for shown in (self.value, json.dumps(self.value)[1:-1]):
                text = text.replace(shown, _HIDDEN)
        return hide_keys(text)


def hide_keys(text: str) -> str:
    """The text without what looks like a key, whosever it is."""
    return _LIKE_A_KEY.sub(_HIDDEN, text)


def find_key(base_url: str, environment: Mapping[str, str] | None = None) -> Secret:
    """The key for an endpoint; a placeholder for endpoints on this machine or network, which mostly want none.

    Raises: NotConfigured: there is none, or it would travel unencrypted over the internet.
    """
    environment = os.environ if environment is None else environment
    found = _from_environment(base_url, environment) or _from_keyring(base_url)
    if found is None:
        if is_near(base_url):
            return Secret(NO_KEY)
        own = " (or OPENAI_API_KEY)" if _is_openai(base_url) else ""
        host = host_of(base_url)
        raise NotConfigured(
            f"there is no key for {host}: set NL2STRAT_API_KEY{own}, or keep it in the system's keyring with "
            f"`keyring set {KEYRING_SERVICE} {host}`; --translator offline needs none"
        )
    if not found.isascii() or not found.isprintable() or " " in found:
        raise NotConfigured(
            f"the key for {host_of(base_url)} holds blanks or characters that no key has; copy it again"
        )
    if urlsplit(base_url).scheme == "http" and not is_near(base_url):
        raise NotConfigured(f"the key would go to {host_of(base_url)} unencrypted; use an https:// address")
    return Secret(found)


def has_key(base_url: str) -> bool:
    """Whether a request could be sent at all."""
    try:
        find_key(base_url)
    except NotConfigured:
        return False
    return True


def _from_environment(base_url: str, environment: Mapping[str, str]) -> str | None:
    if own := environment.get("NL2STRAT_API_KEY", "").strip():
        return own
    given = environment.get("OPENAI_BASE_URL", "").strip().rstrip("/")
    if _is_openai(base_url) or (given and given == base_url.rstrip("/")):
        return environment.get("OPENAI_API_KEY", "").strip() or None
    return None


def _from_keyring(base_url: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, host_of(base_url)) or None
    except (KeyringError, RuntimeError, OSError):
        return None  # no keyring on this machine: then there is no key in it


def host_of(base_url: str) -> str:
    """`api.openai.com`, `127.0.0.1:8080`: never what may stand before an @."""
    parts = urlsplit(base_url)
    return (parts.hostname or "") + (f":{parts.port}" if parts.port else "")


def _is_openai(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")


def is_near(base_url: str) -> bool:
    """Whether the endpoint is on this machine or in a private network."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith((".local", ".lan", ".internal", ".localhost")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host and bool(host)  # a name of the local network
    return address.is_loopback or address.is_private
