"""Plain values of options reach a command as they always did, without pydantic; others are looked at by typer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from nl2strat.cli_values import take_plain_values

got: list[object] = []
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def command(
    word: Annotated[str, typer.Argument()],
    text: Annotated[str | None, typer.Option()] = None,
    share: Annotated[float | None, typer.Option()] = None,
    count: Annotated[int, typer.Option()] = 3,
    few: Annotated[int, typer.Option(min=0, max=5)] = 1,
    path: Annotated[Path | None, typer.Option()] = None,
    several: Annotated[list[str] | None, typer.Option()] = None,
    flag: Annotated[bool | None, typer.Option("--flag/--no-flag")] = None,
) -> None:
    """Takes a value of every kind."""
    got[:] = [word, text, share, count, few, path, several, flag]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [None, None, 3, 1, None, None, None]),
        (["--text", " x ", "--share", "0.25", "--count", "-7"], [" x ", 0.25, -7, 1, None, None, None]),
        (["--share", "1e3", "--path", "a/b", "--no-flag"], [None, 1000.0, 3, 1, Path("a/b"), None, False]),
        (["--several", "a", "--several", "b", "--flag"], [None, None, 3, 1, None, ["a", "b"], True]),
        (["--share", "-.5", "--few", "5"], [None, -0.5, 3, 5, None, None, None]),
    ],
)
def test_values_are_those_of_typer(arguments: list[str], expected: list[object]) -> None:
    """With and without the short cut the command gets the same, of the same types."""
    take_plain_values()
    result = CliRunner().invoke(app, ["word", *arguments])

    assert result.exit_code == 0, result.output
    given = [*got[1:6], got[6] or None, got[7]]
    assert [(type(one), one) for one in given] == [(type(one), one) for one in expected]


@pytest.mark.parametrize(
    "arguments", [["--share", "much"], ["--count", "1.5"], ["--few", "6"], ["--count", "9" * 40 + "x"]]
)
def test_wrong_values_are_typers_errors(arguments: list[str]) -> None:
    """Exit code 2, and the option is named."""
    take_plain_values()
    result = CliRunner().invoke(app, ["word", *arguments])

    assert result.exit_code == 2
    assert arguments[0] in result.output


def test_a_backtest_loads_neither_pandas_nor_pydantic(tmp_path: Path) -> None:
    """What a backtest of a program does not need is not loaded: each takes longer than ten thousand bars."""
    code = (
        "import sys; from nl2strat.cli import main;"
        f"code = main(['backtest', 'examples/golden_cross.strat', '--json', {str(tmp_path / 'x.json')!r},"
        " '--deposit', '5000', '--spread', '12']);"
        "heavy = {'pandas', 'pydantic', 'numba', 'nicegui', 'openai', 'polars'} & set(sys.modules);"
        "sys.stderr.write(f'{code} {sorted(heavy)}')"
    )
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)

    assert run.stderr.endswith("0 []")
