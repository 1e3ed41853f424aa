"""Settings and keys: where they come from, and where keys may go."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from nl2strat.translate.llm.costs import estimate, said
from nl2strat.translate.llm.keys import NO_KEY, OPENAI_URL, Secret, find_key
from nl2strat.translate.llm.messages import Usage
from nl2strat.translate.llm.settings import ModelSettings, model_settings
from nl2strat.translate.llm.troubles import NotConfigured
from tests.nl2strat.llm.conftest import KEY

FILE = """
base_url = "http://127.0.0.1:8080/v1/"
model = "local"
samples = 3

[timeouts]
silence = 5

[prices]
dated = "2026-11-01"
[prices.per_million.local]
input = 2.0
cached = 0.5
output = 10.0
"""


def write(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.toml").write_text(text, encoding="utf-8")


def test_options_win_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not model_settings().is_configured
    write(tmp_path, FILE)
    assert (model_settings().model, model_settings().base_url) == ("local", "http://127.0.0.1:8080/v1")
    monkeypatch.setenv("NL2STRAT_MODEL", "from-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    assert (model_settings().model, model_settings().base_url) == ("from-environment", "http://127.0.0.1:8080/v1")
    monkeypatch.setenv("NL2STRAT_BASE_URL", "https://here.example/v1")
    assert model_settings().base_url == "https://here.example/v1"
    given = model_settings("mine", "https://there.example/v1", 5)
    assert (given.model, given.base_url, given.samples) == ("mine", "https://there.example/v1", 5)
    assert given.timeouts.silence == 5.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('api_key = "abc"', "keys do not belong"),
        ('[timeouts]\ntoken = "abc"', "keys do not belong"),
        ('modle = "x"', "did you mean model"),
        ("model = ", "models.toml"),
        ("samples = 0", "samples"),
        ("samples = true", "samples"),
        ('samples = "3"', "samples"),
        ('base_url = "localhost"', "base_url"),
        ('base_url = "https://user:pw@host/v1"', "before the @"),
        ('grammar = "maybe"', "grammar"),
        ("timeouts = 3", "table"),
        ("[timeouts]\nsilence = -1", "silence"),
        ("[prices.per_million.x]\ninput = 1", "output"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(text: str, says: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    with pytest.raises(NotConfigured) as caught:
        model_settings()
    assert says in str(caught.value)
    assert "abc" not in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "environment", "key"),
    [
        (OPENAI_URL, {"OPENAI_API_KEY": "a-key"}, "a-key"),
        (OPENAI_URL, {"OPENAI_API_KEY": "a-key", "NL2STRAT_API_KEY": "own"}, "own"),
        ("https://other.example/v1", {"NL2STRAT_API_KEY": "own"}, "own"),
        ("https://other.example/v1", {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://other.example/v1/"}, "k"),
        ("http://127.0.0.1:8080/v1", {"OPENAI_API_KEY": "a-key"}, NO_KEY),
        ("http://localhost:11434/v1", {}, NO_KEY),
        ("http://192.168.1.7/v1", {"NL2STRAT_API_KEY": "own"}, "own"),
    ],
)
def test_a_key_goes_where_it_belongs(
    url: str, environment: dict[str, str], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert find_key(url, environment).value == key


@pytest.mark.parametrize(
    ("url", "environment", "says"),
    [
        (OPENAI_URL, {}, "OPENAI_API_KEY"),
        ("https://other.example/v1", {"OPENAI_API_KEY": "a-key"}, "there is no key for other.example"),
        ("https://api.openai.com.evil.example/v1", {"OPENAI_API_KEY": "a-key"}, "there is no key"),
        ("http://other.example/v1", {"NL2STRAT_API_KEY": "own-key"}, "unencrypted"),
        (OPENAI_URL, {"NL2STRAT_API_KEY": "two words"}, "blanks"),
    ],
)
def test_and_nowhere_else(url: str, environment: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(NotConfigured) as caught:
        find_key(url, environment)
    assert says in str(caught.value)
    assert not any(value in str(caught.value) for value in environment.values())


def test_the_keyring_is_asked_by_host(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    keyring.get_password = lambda service, name: f"{service}-{name}"  # type: ignore[attr-defined]
    errors.KeyringError = RuntimeError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert find_key("https://host.example/v1", {}).value == "nl2strat-host.example"


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {[secret]}"
    assert KEY not in secret.hide(f"x {KEY} y Bearer {KEY}")
    assert Secret("").hide("let key_reversal_with_long_names = 1") == "let key_reversal_with_long_names = 1"
    assert "sk-other" not in Secret("").hide("the key sk-other-0123456789abcdefghij is wrong")


def test_cost_is_an_estimate_by_the_users_dated_table(tmp_path: Path) -> None:
    write(tmp_path, FILE)
    settings = model_settings()
    usage = Usage(input=1_000_000, output=100_000, cached=400_000, requests=2)
    assert estimate(usage, settings) == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 0.1 * 10)
    assert "prices of 2026-11-01" in said(usage, settings)
    assert estimate(usage, ModelSettings("unknown")) is None
    assert estimate(Usage(known=False), settings) is None
