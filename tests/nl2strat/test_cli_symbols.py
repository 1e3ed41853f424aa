"""`nl2strat symbols`: the library, a file over it, snapshots of a terminal, and refusals."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from nl2strat.cli import main
from tests.fake_terminal import FakeTerminal, listed


@pytest.fixture
def symbols(tmp_path: Path) -> Any:
    """Runs the command; gives the exit code and the JSON object."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        out = tmp_path / "out.json"
        code = main(["symbols", *arguments, "--json", str(out)])
        return code, json.loads(out.read_text(encoding="utf-8"))

    return run


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    """A terminal that answers at whatever address."""
    fake = FakeTerminal(symbols=[listed("EURUSD.sml", "EUR", "USD", spread=4, trade_contract_size=100_000.0)])
    monkeypatch.setattr("mas.terminals.connection.open_terminal", lambda address: fake)
    return fake


def test_the_list_says_what_is_known_and_from_where(symbols: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = symbols()
    assert (code, result["status"]) == (0, "ok")
    known = {symbol["name"]: symbol for symbol in result["symbols"]}
    assert len(known) >= 120
    assert (known["XAUUSD"]["contract_size"], known["XAUUSD"]["source"]) == (100.0, "library")
    assert known["USDJPY"]["swap_rollover3days"] == "wed"
    assert "XAUUSD" in capsys.readouterr().out


def test_a_file_and_a_guess_say_so(symbols: Any, tmp_path: Path) -> None:
    """The broker's spelling is the name; what nobody knows is inferred."""
    file = tmp_path / "mine.toml"
    file.write_text('[EURUSD]\nspread = 2\nfilling_mode = ["ioc"]\n')
    found = symbols("EURUSD.sml", "gold", "NOSUCH", "--symbols", str(file))[1]["symbols"]
    assert [(one["name"], one["source"]) for one in found] == [
        ("EURUSD.sml", "file"), ("gold", "library"), ("NOSUCH", "inferred"),
    ]  # fmt: skip
    assert (found[0]["spread"], found[0]["filling_mode"]) == (2, ["ioc"])


def test_a_snapshot_of_a_terminal_is_written_and_used(symbols: Any, terminal: FakeTerminal, tmp_path: Path) -> None:
    """Under our name of the symbol; the file that comes out is one that goes in."""
    file = tmp_path / "broker.toml"
    code, result = symbols("EURUSD", "--from-terminal", "mt5linux://127.0.0.1", "-o", str(file))
    assert (code, result["symbols"][0]["source"], result["file"]) == (0, "terminal", str(file))
    assert tomllib.loads(file.read_text())["EURUSD"]["spread"] == 4
    assert not terminal._connected
    again = symbols("EURUSD.sml", "--symbols", str(file))[1]["symbols"][0]
    assert (again["source"], again["spread"]) == ("file", 4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from-terminal", "local"], "name the symbols that the terminal is to be asked for"),
        (["EURUSD", "--from-terminal", "somewhere"], 'a terminal is "local" or "mt5linux://host:18812"'),
        (["EURUSD", "--from-terminal", "local", "--profile", "demo"], "not both"),
        (["EURUSD", "--profile", "nobody"], "no broker profile nobody"),
        (["NOSUCH", "--from-terminal", "local"], "the broker has no symbol NOSUCH"),
        (["EURUSD", "--symbols", "nowhere.toml"], "--symbols nowhere.toml: there is no such file"),
        (["???"], "not a symbol name"),
        (["EURUSD", "-o", "no/such/folder/x.toml"], "there is no folder no/such/folder"),
    ],
)
def test_wrong_input_is_refused_in_words(
    symbols: Any,
    terminal: FakeTerminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    says: str,
) -> None:
    monkeypatch.setenv("MAS_PROFILES", str(tmp_path / "profiles.toml"))
    code, result = symbols(*arguments)
    assert (code, result["status"]) == (2, "error")
    assert says in result["errors"][0]["message"]


def test_no_other_file_is_overwritten(symbols: Any, tmp_path: Path) -> None:
    notes = tmp_path / "notes.toml"
    notes.write_text("mine = true\n")
    code, result = symbols("EURUSD", "-o", str(notes))
    assert code == 2
    assert "choose another name" in result["errors"][0]["message"]
    assert notes.read_text() == "mine = true\n"
