"""Broker profiles: one file, no password in it, and complaints that name the line."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from mas import constants as mt5
from mas.errors import ParameterError
from mas.profiles import (
    FILE_VARIABLE,
    Profile,
    add_profile,
    as_toml,
    forget_password,
    password_of,
    profiles_path,
    read_profile,
    read_profiles,
    store_password,
)

GOOD = """\
# my brokers
[demo]
server = "Broker-Demo"
account = 51234567
suffix = ".sml"
filling = "ioc"
timezone = "Europe/Athens"
terminal = "mt5linux://127.0.0.1:18812"
stops_after_fill = true

[demo.symbols]
GOLD = "XAUUSD.x"

["live one"]
server = "Broker-Live"
account = 7
"""
DEMO = Profile(
    "demo", "Broker-Demo", 51234567, ".sml", "ioc", "Europe/Athens", "mt5linux://127.0.0.1:18812",
    stops_after_fill=True, symbols={"GOLD": "XAUUSD.x"},
)  # fmt: skip


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The profiles file, by way of the environment."""
    path = tmp_path / "sub" / "profiles.toml"
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    return path


@pytest.fixture
def keyring(monkeypatch):
    """A keyring that is a dict."""
    kept: dict[tuple[str, str], str] = {}
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})
    module.errors = errors
    module.get_password = lambda service, user: kept.get((service, user))
    module.set_password = lambda service, user, password: kept.__setitem__((service, user), password)
    module.delete_password = lambda service, user: kept.pop((service, user))
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return kept


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_profile_is_read_by_its_name(file):
    """Every key arrives, the filling mode in MetaTrader's numbers."""
    written(file, GOOD)
    assert read_profile("demo") == DEMO
    assert read_profile("demo").type_filling == mt5.ORDER_FILLING_IOC
    assert read_profile("live one").type_filling is None


def test_no_file_means_no_profiles(file):
    """A missing file is no error until a profile is asked for, and then an example is shown."""
    assert read_profiles() == {}
    with pytest.raises(ParameterError, match=r"none yet in .*profiles\.toml.*\n +\[demo\]"):
        read_profile("demo")


def test_an_unknown_name_gets_a_proposal(file):
    """A slip is answered with the nearest name, a stranger with all of them."""
    written(file, GOOD)
    with pytest.raises(ParameterError, match=r"did you mean demo\?"):
        read_profile("dmeo")
    with pytest.raises(ParameterError, match="there are demo, live one"):
        read_profile("xyz")


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ('[a]\nserver = "S\naccount = 1', 2, "is not TOML"),
        ('[a]\nserver = "S"\naccount = 1\nsufix = ".x"', 4, "unknown key sufix: did you mean suffix"),
        ('[a]\nserver = "S"\naccount = "1"', 3, "account must be a whole number"),
        ('[a]\nserver = "S"\naccount = true', 3, "account must be a whole number"),
        ('[a]\nserver = "S"\naccount = -1', 3, "positive"),
        ('[a]\nserver = "S"\n\n[b]\nserver = "S"\naccount = 1', 1, "profile a needs the key account"),
        ('[a]\nserver = "S"\naccount = 1\nfilling = "all"', 4, "one of fok, ioc, return"),
        ('[a]\nserver = "S"\naccount = 1\ntimezone = "Europe/Athen"', 4, "Europe/Athens"),
        ('[a]\nserver = "S"\naccount = 1\nterminal = "http://x"', 4, "mt5linux://host:18812"),
        ('[a]\nserver = "S"\naccount = 1\n[a.symbols]\nGOLD = 3', 5, "GOLD must be a text"),
        ('server = "S"\n[a]\nserver = "S"\naccount = 1', 1, "outside of any profile"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(file, text, line, complaint):
    """Every malformed file says file, line and what to do."""
    written(file, text)
    with pytest.raises(ParameterError, match=complaint) as caught:
        read_profiles()
    assert f"line {line}" in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("key", ["password", "Password", "passwd", "pwd", "api_key", "token"])
@pytest.mark.parametrize("table", ["[a]", "[a.deeper]"])
def test_a_password_in_the_file_is_refused_and_not_repeated(file, key, table):
    """The line is named, the value is not, and the way to the keyring is shown."""
    written(file, f'[a]\nserver = "S"\naccount = 1\n{table if table != "[a]" else "# here"}\n{key} = "hunter2"\n')
    with pytest.raises(ParameterError, match=r"line 5.*keyring set mas") as caught:
        read_profiles()
    assert "hunter2" not in str(caught.value)


def test_a_symbol_may_be_called_pin(file):
    """Names of symbols are no secrets."""
    written(file, '[a]\nserver = "S"\naccount = 1\n[a.symbols]\nPIN = "PINS.x"\n')
    assert read_profile("a").symbols == {"PIN": "PINS.x"}


def test_adding_keeps_what_is_there(file):
    """A new profile is appended below comments and other profiles; a taken name is refused."""
    add_profile(DEMO)
    file.write_text("# mine\n" + file.read_text())
    odd = Profile('o"dd', "S\\1", 1, path="C:\\MT5\\terminal64.exe")
    assert add_profile(odd) == file
    assert file.read_text().startswith("# mine\n[demo]\n")
    assert read_profiles() == {"demo": DEMO, 'o"dd': odd}
    with pytest.raises(ParameterError, match="already"):
        add_profile(DEMO)


def test_a_wrong_profile_is_not_written(file):
    """A value that could not be read back never reaches the file."""
    with pytest.raises(ParameterError, match="filling"):
        add_profile(Profile("x", "S", 1, filling="some"))
    assert not file.exists()


def test_passwords_live_in_the_keyring(keyring):
    """Stored, read and forgotten under account@server; the file's text has no place for it."""
    store_password(DEMO, "hunter2")
    assert keyring == {("mas", "51234567@Broker-Demo"): "hunter2"}
    assert password_of(DEMO) == "hunter2"
    forget_password(DEMO)
    with pytest.raises(ParameterError, match="keyring set mas 51234567@Broker-Demo"):
        password_of(DEMO)
    assert "password" not in as_toml(DEMO)


def test_without_the_keyring_package_the_error_says_what_to_install(monkeypatch):
    """The package is asked for only when a password is needed."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ParameterError, match=r"pip install 'nl2strat\[keyring\]'"):
        password_of(DEMO)


def test_a_keyring_that_does_not_work_is_explained(keyring):
    """A machine without any keyring service is told what would do instead."""

    def refuse(service, user):
        raise sys.modules["keyring.errors"].KeyringError("No recommended backend was available.")

    sys.modules["keyring"].get_password = refuse
    with pytest.raises(ParameterError, match=r"No recommended backend.*password to login"):
        password_of(DEMO)


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CONFIG_HOME", "mas/profiles.toml"),
        ("win32", "APPDATA", "mas/profiles.toml"),
    ],
)
def test_the_file_is_where_the_system_keeps_settings(monkeypatch, tmp_path, platform, variable, expected):
    """XDG_CONFIG_HOME on Linux, APPDATA on Windows."""
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert profiles_path() == tmp_path / expected
