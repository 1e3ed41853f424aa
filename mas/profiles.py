"""Broker profiles: what a broker needs, under a name of yours, so that switching brokers is one word.

One TOML file, `profiles.toml` in the user's configuration folder (or the file that MAS_PROFILES names):

    [demo]
    server = "ICMarketsSC-Demo"
    account = 51234567
    suffix = ".sml"              # the broker's EURUSD is EURUSD.sml
    timezone = "Europe/Athens"   # of the server's clock
    terminal = "mt5linux://127.0.0.1:18812"

    [demo.symbols]               # names that no rule finds
    GOLD = "XAUUSD.x"

Passwords are not in it, and a file with one is refused: they live in the system's keyring (package `keyring`).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mas import constants as mt5
from mas.dataclass import dataclass
from mas.errors import ParameterError
from mas.folders import config_folder
from mas.messages import template, translated
from mas.zones import check_zone

FILE_VARIABLE = "MAS_PROFILES"
"""Environment variable with another path of the file."""

FILLINGS = {
    "fok": mt5.ORDER_FILLING_FOK,
    "ioc": mt5.ORDER_FILLING_IOC,
    "return": mt5.ORDER_FILLING_RETURN,
}
"""Filling modes by the names that a profile uses."""

_KEYRING_SERVICE = "mas"
_SECRET = re.compile(r"pass(word|wd|phrase)?|pwd|pin|secret|token|api_?key", re.IGNORECASE)

NO_KEYRING = (
    "passwords are kept in the system's keyring: pip install 'nl2strat[keyring]', "
    "or give the password to login beside the profile's name"
)
NO_BACKEND = (
    "the system's keyring does not work here ({why}): install one that the keyring package finds (Secret Service, "
    "KWallet, keyrings.alt), or give the password to login beside the profile's name"
)


@dataclass(frozen=True)
class Profile:
    """One broker. Empty texts mean: not given."""

    name: str
    server: str
    account: int
    suffix: str = ""  # what the broker appends to symbol names
    filling: str = ""  # "fok", "ioc" or "return"; else what the symbol allows
    timezone: str = ""  # IANA name of the server's clock
    terminal: str = ""  # "local", "mt5linux://host:port"; else what the machine is set up for
    path: str = ""  # of terminal64.exe, where there are several
    stops_after_fill: bool = False  # for brokers that refuse stops within a market order
    symbols: Mapping[str, str] = field(default_factory=dict)  # our names to the broker's

    @property
    def type_filling(self) -> int | None:
        """The filling mode in MetaTrader's numbers, if the profile says."""
        return FILLINGS.get(self.filling)


def profiles_path() -> Path:
    """Where the profiles are, whether or not the file exists."""
    given = os.environ.get(FILE_VARIABLE, "").strip()
    return Path(given).expanduser() if given else config_folder() / "mas" / "profiles.toml"


def read_profiles(path: Path | None = None) -> dict[str, Profile]:
    """All profiles, by name; none if there is no file.

    Raises: ParameterError: the file is malformed, or holds a password; the message says file and line.
    """
    path = path or profiles_path()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"the broker profiles cannot be read: {path}: {error}") from None
    return _File(path, text).profiles()


def read_profile(name: str, path: Path | None = None) -> Profile:
    """One profile by its name.

    Raises: ParameterError: there is none of that name, or the file is malformed.
    """
    path = path or profiles_path()
    known = read_profiles(path)
    if name in known:
        return known[name]
    if not known:
        raise ParameterError(
            f"no broker profile {name}: there are none yet in {path}. It would look like this:\n{EXAMPLE}"
        )
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
    raise ParameterError(f"no broker profile {name} in {path}: {hint}")


def add_profile(profile: Profile, path: Path | None = None) -> Path:
    """Append a profile to the file, which is made if need be; what is in it stays as it is.

    Returns: the file. Raises: ParameterError: the name is taken, or a value is wrong.
    """
    path = path or profiles_path()
    if profile.name in read_profiles(path):
        raise ParameterError(f"there is a broker profile {profile.name} already: edit it in {path}")
    section = as_toml(profile)
    _File(path, section).profiles()
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8-sig").rstrip("\n") + "\n\n" if path.exists() else ""
    path.write_text(before.lstrip("\n") + section, encoding="utf-8")
    return path


def as_toml(profile: Profile) -> str:
    """A profile as it stands in the file."""
    lines = [f"[{_key(profile.name)}]"]
    for item in fields(profile):
        value = getattr(profile, item.name)
        if item.name not in ("name", "symbols") and value not in ("", False):
            lines.append(f"{item.name} = {_value(value)}")
    if profile.symbols:
        lines += ["", f"[{_key(profile.name)}.symbols]"]
        lines += [f"{_key(ours)} = {_value(theirs)}" for ours, theirs in profile.symbols.items()]
    return "\n".join(lines) + "\n"


# ----------------------------------------------------------------- passwords


def password_of(profile: Profile) -> str:
    """The password of a profile's account, from the keyring.

    Raises: ParameterError: there is none, or no keyring; the message says how to store it.
    """
    found = _keyring("get_password", profile)
    if not found:
        raise ParameterError(
            f"the keyring has no password for {_user(profile)}: store it with "
            f"`keyring set {_KEYRING_SERVICE} {_user(profile)}`, which asks for it"
        )
    return str(found)


def store_password(profile: Profile, password: str) -> None:
    """Put the password of a profile's account into the keyring. Raises: ParameterError: there is no keyring."""
    _keyring("set_password", profile, password)


def forget_password(profile: Profile) -> None:
    """Take the password out of the keyring. Raises: ParameterError: there was none, or no keyring."""
    _keyring("delete_password", profile)


def _user(profile: Profile) -> str:
    return f"{profile.account}@{profile.server}"


def _keyring(action: str, profile: Profile, *more: str) -> Any:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise ParameterError(NO_KEYRING) from error
    try:
        return getattr(keyring, action)(_KEYRING_SERVICE, _user(profile), *more)
    except KeyringError as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise ParameterError(NO_BACKEND.format(why=why)) from None


# ----------------------------------------------------------------- the file


class _File:
    """The text of a profiles file, and complaints that name its lines."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()
        try:
            self._tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ParameterError(f"{path} is not TOML: {error}") from None

    def profiles(self) -> dict[str, Profile]:
        self._refuse_secrets(self._tables, ())
        return {name: self._profile(name, table) for name, table in self._tables.items()}

    def _profile(self, name: str, table: Any) -> Profile:
        if not isinstance(table, dict):
            raise self._wrong((name,), f"{name} stands outside of any profile: begin one with [its name] above it")
        kinds: dict[str, Any] = {item.name: item.type for item in fields(Profile) if item.name != "name"}
        for key, value in table.items():
            if key not in kinds:
                near = get_close_matches(key, kinds, n=1, cutoff=0.6)
                hint = f"did you mean {near[0]}?" if near else f"a profile has {', '.join(kinds)}"
                raise self._wrong((name, key), f"unknown key {key}: {hint}")
            self._check_type((name, key), value, _TYPES.get(key, str))
        for key in ("server", "account"):
            if not table.get(key):
                raise self._wrong((name,), f"profile {name} needs the key {key}")
        self._check_values(name, table)
        return Profile(name=name, **table)

    def _check_type(self, where: tuple[str, ...], value: Any, kind: type) -> None:
        if type(value) is not kind:
            raise self._wrong(where, _WRONG_KIND[kind].format(key=where[-1]))
        if isinstance(value, dict):
            for key, theirs in value.items():
                self._check_type((*where, key), theirs, str)

    def _check_values(self, name: str, table: dict[str, Any]) -> None:
        if table["account"] < 0:
            raise self._wrong((name, "account"), "account must be a positive number")
        if table.get("filling", "fok") not in FILLINGS:
            raise self._wrong((name, "filling"), f"filling must be one of {', '.join(FILLINGS)}")
        try:
            check_zone(table.get("timezone", "UTC"))
        except ParameterError as error:
            raise self._wrong((name, "timezone"), str(error)) from None
        if table.get("terminal"):
            from mas.terminals.opening import LOCAL, parse_address

            try:
                if table["terminal"] != LOCAL:
                    parse_address(table["terminal"])
            except ParameterError as error:
                raise self._wrong((name, "terminal"), str(error)) from None

    def _refuse_secrets(self, table: dict[str, Any], above: tuple[str, ...]) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                if (*above, key)[1:] != ("symbols",):  # a symbol may be called PIN
                    self._refuse_secrets(value, (*above, key))
            elif _SECRET.fullmatch(key):
                raise self._wrong(
                    (*above, key),
                    f"a {key} must not stand in this file, which is neither encrypted nor private: take it out, and "
                    f"change it at the broker if the file was ever shared. It belongs in the keyring: "
                    f"keyring set {_KEYRING_SERVICE} ACCOUNT@SERVER",
                )

    def _wrong(self, where: tuple[str, ...], complaint: str) -> ParameterError:
        line, said = self._line_of(where), translated(complaint)
        return ParameterError(
            template("%s, line %d: %s") % (self._path, line, said) if line else f"{self._path}: {said}"
        )

    def _line_of(self, where: tuple[str, ...]) -> int:
        """The line where a key or table stands, else the nearest one above it; 0 if it is written in another way."""
        for depth in range(len(where), 0, -1):
            parent = self._header(where[: depth - 1])
            line = self._header(where[:depth]) or self._key_after(parent, where[depth - 1])
            if line:
                return line
        return 0

    def _header(self, names: tuple[str, ...]) -> int:
        wanted = re.compile(r"\s*\[\s*" + r"\s*\.\s*".join(_quoted(n) for n in names) + r"\s*\]")
        return next((n for n, text in enumerate(self._lines, 1) if names and wanted.match(text)), 0)

    def _key_after(self, start: int, key: str) -> int:
        wanted = re.compile(r"\s*" + _quoted(key) + r"\s*[.=]")
        for n, text in enumerate(self._lines[start:], start + 1):
            if wanted.match(text):
                return n
            if text.lstrip().startswith("["):
                break
        return 0


_TYPES: dict[str, type] = {"account": int, "stops_after_fill": bool, "symbols": dict}
_WRONG_KIND = {
    str: "{key} must be a text in quotes",
    int: "{key} must be a whole number",
    bool: "{key} must be true or false",
    dict: "{key} must be a table",
}

EXAMPLE = """    [demo]
    server = "ICMarketsSC-Demo"
    account = 51234567
    suffix = ".sml"
"""


def _quoted(name: str) -> str:
    return f"[\"']?{re.escape(name)}[\"']?"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", text) + '"'
