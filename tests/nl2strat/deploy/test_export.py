"""`export`: the class as a file, and the app: its script in the usual interpreter, and (slow) the executable itself."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nl2strat
from mas.trading.journal import Journal
from mas.trading.summary import summary
from nl2strat.deploy.approval import NotApproved
from nl2strat.deploy.export import access, app
from nl2strat.deploy.export.build import LEFT_OUT, build, script_of
from nl2strat.deploy.export.payload import Damaged, Payload
from nl2strat.errors import UsageError
from nl2strat.library.fingerprint import sha256
from tests.nl2strat.deploy.brokers import LOGIN
from tests.nl2strat.deploy.conftest import COUNT, User

GUARDS = '[lots]\nper_order = 5.0\n\n[kill]\nfile = "STOP"\n'
SECRET = "hunter2-Secret"


def payload_of(user: User, guards: str = GUARDS) -> Payload:
    """What the approved strategy of the user puts into an app."""
    user.approved()
    library = user.library()
    approval = library.approvals()[0]
    library.close()
    return Payload.of(approval, "EURUSD", "H1", (guards, "guards.toml") if guards else ("", ""))


def run_app(payload: Payload, *arguments: str, folder: str = "data") -> int:
    return app.main(payload.text, sha256(payload.text), [*arguments, "--folder", folder, "--quiet"])


def runs(folder: str | Path = "data") -> list[Path]:
    return sorted((Path(folder) / "runs").iterdir())


def journal_of(path: Path) -> Any:
    journal = Journal(path / "journal.sqlite")
    try:
        return summary(journal)
    finally:
        journal.close()


def result_of(path: Path) -> tuple[int, float]:
    """How many deals closed something, and what they came to."""
    told = journal_of(path)
    return told.closed, round(told.realised, 2)


def deployed(user: User) -> tuple[int, float]:
    """The same of `deploy`, on the same bars."""
    code, told = user.does("deploy", "rising.strat", "--on", "paper", "--replay", user.recording, "--quiet")
    assert code == 0
    return result_of(user.folder_of(told["run"]).path)


# ------------------------------------------------------------- the class


def test_the_class_is_that_of_compile(user: User) -> None:
    user.write("rising.strat", user.folder.joinpath(user.approved()).read_text())
    assert user.does("export", "rising.strat", "-o", "exported.py")[0] == 0
    assert user.does("compile", "rising.strat", "-o", "compiled.py")[0] == 0
    assert Path("exported.py").read_bytes() == Path("compiled.py").read_bytes()
    assert "-o FILE.py" in user.fails("export", "rising.strat")[1]
    assert "--guards is for --app" in user.fails("export", "rising.strat", "-o", "b.py", "--guards", "cautious")[1]


# ------------------------------------------------------------- the script


def test_the_script_runs_without_the_library(user: User) -> None:
    payload = payload_of(user)
    script, digest = script_of(payload)
    Path("strategy_app.py").write_text(script)
    environment = {**os.environ, "PYTHONPATH": str(Path(nl2strat.__file__).parents[1])}
    environment.pop("NL2STRAT_HOME")
    asked = [sys.executable, "strategy_app.py"]
    shown = subprocess.run([*asked, "--show"], env=environment, capture_output=True, text=True, check=True)
    assert payload.python_sha256 in shown.stdout
    assert digest in shown.stdout
    done = subprocess.run(
        [*asked, "--on", "paper", "--replay", user.recording], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "the recording is over" in done.stderr
    assert {"journal.sqlite", "log.jsonl", "guards.json"} <= {f.name for f in runs("rising-data")[0].iterdir()}
    assert result_of(runs("rising-data")[0]) == deployed(user)
    assert not (user.folder / "rising-data" / "library.sqlite").exists()


def test_what_is_left_out_is_not_asked_for(user: User) -> None:
    """In an interpreter in which those packages cannot be imported the app trades all the same."""
    payload = payload_of(user)
    script, _ = script_of(payload)
    Path("strategy_app.py").write_text(script)
    hide = f"import sys, runpy\nfor name in {LEFT_OUT!r}: sys.modules[name] = None\n"
    hide += f"sys.argv = ['strategy_app.py', '--on', 'paper', '--replay', {user.recording!r}, '--quiet']\n"
    hide += "runpy.run_path('strategy_app.py', run_name='__main__')\n"
    environment = {**os.environ, "PYTHONPATH": str(Path(nl2strat.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", hide], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert journal_of(runs("rising-data")[0]).bars == COUNT - 1


def test_the_bytes_are_those_that_were_approved(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    payload = payload_of(user)
    digest = sha256(payload.text)
    assert Payload.checked(payload.text, digest) == payload
    changed = payload.text.replace("sma(", "ema(", 1)
    assert changed != payload.text
    with pytest.raises(Damaged, match="has been changed"):
        Payload.checked(changed, digest)
    with pytest.raises(Damaged, match="bytes that were approved"):
        Payload.checked(changed, sha256(changed))
    assert app.main(changed, digest, ["--on", "paper", "--replay", user.recording]) == 2
    assert "has been changed since it was made" in capsys.readouterr().err
    assert not Path("data").exists()


def test_only_what_is_approved_is_exported(user: User) -> None:
    user.write("other.strat", Path(user.approved()).read_text().replace("30 pips", "31 pips"))
    code, told = user.fails("export", "other.strat", "--app")
    assert code == 2
    assert NotApproved.__name__ not in told
    assert "is not the version" in told


def test_without_pyinstaller_it_says_so(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nl2strat.deploy.export.build.find_spec", lambda name: None)
    code, told = user.fails("export", user.approved(), "--app", "-o", "apps")
    assert code == 2
    assert "pip install 'nl2strat[app]'" in told


def test_a_wrong_file_of_guards_is_told_before_anything_is_built(user: User) -> None:
    user.write("guards.toml", "[lots]\nper_order = -1\n")
    assert "per_order" in user.fails("export", user.approved(), "--app", "--guards", "guards.toml")[1]


# ------------------------------------------------------------- on paper


def test_what_was_interrupted_goes_on(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payload = payload_of(user)
    monkeypatch.setattr(app.RunFolder, "commands", _interrupting(app.RunFolder.commands, 50))
    asked = ("--on", "paper", "--replay", user.recording)
    with pytest.raises(_Killed):
        run_app(payload, *asked)
    monkeypatch.undo()
    monkeypatch.chdir(user.folder)
    monkeypatch.setenv("NL2STRAT_HOME", str(user.home))
    assert run_app(payload, *asked) == 0
    assert len(runs()) == 1
    assert result_of(runs()[0]) == deployed(user)
    assert run_app(payload, *asked) == 0  # it is over: a new one begins
    assert len(runs()) == 2


class _Killed(BaseException):
    """The process is gone."""


def _interrupting(plain: Any, look: int) -> Any:
    looks = iter(range(1_000_000))

    def commands(self: Any) -> Any:
        if next(looks) == look:
            raise _Killed
        return plain(self)

    return commands


def test_the_guards_are_inside(user: User) -> None:
    payload = payload_of(user, "[lots]\nper_order = 0.05\n")
    assert run_app(payload, "--on", "paper", "--replay", user.recording) == 0
    told = journal_of(runs()[0])
    assert told.closed == 0
    assert told.refused > 5
    assert "lots.per_order" in (runs()[0] / "log.jsonl").read_text()


def test_a_kill_holds_until_it_is_taken_back(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    payload = payload_of(user)
    Path("data").mkdir()
    (Path("data") / "KILL").write_text("")
    asked = ("--on", "paper", "--replay", user.recording)
    assert run_app(payload, *asked) == 2
    assert "--release lets it go on" in capsys.readouterr().err
    assert run_app(payload, "--release") == 0
    assert run_app(payload, *asked) == 0
    assert run_app(payload, "--tell", "stop") == 2
    assert "nothing is running" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--on", "paper"), "--replay FILE"),
        (("--on", "paper", "--replay", "nosuch.csv"), "no such file"),
        (("--on", "mt4"), "--on mt4"),
        (("--on", "mt5", "--replay", "a.csv"), "--replay is for --on paper"),
        (("--on", "paper", "--replay", "EURUSD_H1.csv", "--live"), "are for a broker's account"),
        (("--on", "paper", "--replay", "EURUSD_H1.csv", "--from", "soon"), "is not a date"),
        (("--on", "mt5", "--interval", "0"), "0.01 to 60"),
    ],
)
def test_what_cannot_be_is_said(
    user: User, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert run_app(payload_of(user), *arguments) == 2
    assert words in capsys.readouterr().err


# ------------------------------------------------------------- on an account


class _Keyboard(io.StringIO):
    """A terminal at which somebody sits."""

    def isatty(self) -> bool:
        return True


def everything_in(folder: Path) -> str:
    return "\n".join(f.read_bytes().decode("utf-8", "replace") for f in folder.rglob("*") if f.is_file())


def test_it_asks_and_keeps_no_password(
    user: User, broker_at: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broker, address = broker_at(password=SECRET, then=lambda: stop_all(user))
    payload = payload_of(user)
    questions: list[str] = []
    monkeypatch.setattr(access, "getpass", lambda question: questions.append(question) or SECRET)
    monkeypatch.setattr(sys, "stdin", _Keyboard(f"{LOGIN}\nBroker-Demo\n"))
    assert run_app(payload, "--on", address, "--interval", "0.01") == 0
    assert len(questions) == 1
    assert len(broker.sent) > 5
    assert journal_of(runs()[0]).closed > 2
    assert SECRET not in everything_in(user.folder / "data")
    assert SECRET not in "".join(capfd.readouterr())


def stop_all(user: User) -> None:
    from mas.trading.inputs import Command
    from nl2strat.deploy.folders import RunFolder

    for path in runs(user.folder / "data"):
        RunFolder(path).command(Command("stop", "test"))


def test_a_wrong_password_is_not_told(
    user: User, broker_at: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _, address = broker_at(password="another")
    payload = payload_of(user)
    monkeypatch.setenv("NL2STRAT_PASSWORD", SECRET)
    monkeypatch.setenv("NL2STRAT_SERVER", "Broker-Demo")
    assert run_app(payload, "--on", address, "--account", str(LOGIN)) == 2
    told = capfd.readouterr().err
    assert "Error:" in told
    assert SECRET not in told


def test_a_real_account_is_confirmed(
    user: User, broker_at: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broker, address = broker_at(real=True, then=lambda: stop_all(user))
    payload = payload_of(user)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert run_app(payload, "--on", address) == 2
    assert "is real" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", _Keyboard("\n7\n"))
    assert run_app(payload, "--on", address) == 2
    assert broker.sent == []
    monkeypatch.setattr(sys, "stdin", _Keyboard(f"\n{LOGIN}\n"))
    assert run_app(payload, "--on", address, "--interval", "0.01") == 0
    assert broker.sent


def test_another_contract_is_refused(user: User, broker_at: Any, capsys: pytest.CaptureFixture[str]) -> None:
    broker, address = broker_at()
    broker.symbol["trade_contract_size"] = 10_000.0
    assert run_app(payload_of(user), "--on", address) == 2
    assert "is not what was approved" in capsys.readouterr().err


# ------------------------------------------------------------- the executable


@pytest.mark.slow
def test_the_executable_trades(user: User, broker_at: Any) -> None:
    """Built and run where there is no Python of ours: on paper, and on an account of a served terminal."""
    payload = payload_of(user)
    path, digest = build(payload, user.folder / "apps", "rising")
    assert path.stat().st_size < 120_000_000
    environment = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(path), *arguments], env={**environment, **more}, capture_output=True, text=True, timeout=300
        )

    assert digest in run("--show").stdout
    done = run("--on", "paper", "--replay", user.recording)
    assert done.returncode == 0, done.stderr
    assert result_of(runs(path.parent / "rising-data")[0]) == deployed(user)

    data = path.parent / "rising-data"
    broker, address = broker_at(password=SECRET, then=lambda: run("--tell", "stop"))
    login = {"NL2STRAT_ACCOUNT": str(LOGIN), "NL2STRAT_SERVER": "Broker-Demo", "NL2STRAT_PASSWORD": SECRET}
    done = run("--on", address, "--interval", "0.01", **login)
    assert done.returncode == 0, done.stderr
    assert len(broker.sent) > 5
    assert SECRET not in everything_in(data) + done.stdout + done.stderr
    notes = [json.loads((one / "run.json").read_text()) for one in runs(data)]
    assert {note["state"] for note in notes} == {"finished", "stopped"}


@pytest.mark.slow
def test_the_command_builds_one(user: User) -> None:
    code, told = user.does("export", user.approved(), "--app", "-o", "apps", "--guards", "cautious")
    assert code == 0
    assert Path(told["file"]).parent == Path("apps")
    shown = subprocess.run([told["file"], "--show"], capture_output=True, text=True, check=True)
    assert told["sha256"] in shown.stdout


def test_a_broken_build_is_told(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*command: Any, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess((), 1, "", "line 1\nno space left")

    monkeypatch.setattr("nl2strat.deploy.export.build.subprocess.run", fail)
    monkeypatch.setattr("nl2strat.deploy.export.build.find_spec", lambda name: name)
    with pytest.raises(UsageError, match="no space left"):
        build(payload_of(user), user.folder, "rising")


def test_without_the_builder_the_app_is_not_begun(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nl2strat.deploy.export.build.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install 'nl2strat\\[app\\]'"):
        build(payload_of(user), user.folder / "apps", "rising")
    assert not (user.folder / "apps").exists()
