"""Whole generated files, compared byte by byte. NL2STRAT_UPDATE_GOLDEN=1 writes them anew: then read the difference."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nl2strat.codegen import extract_program, render, verify
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from tests.nl2strat.codegen.programs import ENGLISH, GOLDEN, PROGRAMS

UPDATE = bool(os.environ.get("NL2STRAT_UPDATE_GOLDEN"))
RUFF = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))

every_program = pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])


def generated(path: Path) -> str:
    return render(check(parse_program(path.read_text(encoding="utf-8"))).program, english=ENGLISH)


def ruff(*arguments: str, cwd: Path = GOLDEN) -> subprocess.CompletedProcess[str]:
    return subprocess.run([RUFF, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_there_are_enough_programs() -> None:
    """At least twelve programs cover the constructs of the language."""
    assert len(PROGRAMS) >= 12


@every_program
def test_the_class_is_the_golden_one(path: Path) -> None:
    """A program gives exactly the reviewed file."""
    golden, source = path.with_suffix(".py"), generated(path)
    if UPDATE:
        golden.write_text(source, encoding="utf-8", newline="\n")
    assert golden.read_text(encoding="utf-8") == source


@every_program
def test_the_class_passes_verification(path: Path) -> None:
    """What render writes, verify allows; and the program can be read back from it."""
    source = generated(path)
    verify(source)
    assert parse_program(extract_program(source)) == check(parse_program(path.read_text(encoding="utf-8"))).program


@pytest.mark.skipif(not Path(RUFF).is_file(), reason="ruff is not installed")
def test_golden_files_are_formatted_and_clean() -> None:
    """`ruff format` would not change a generated file, and `ruff check` has nothing to say about it."""
    formatted = ruff("format", "--check", ".")
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr
    checked = ruff("check", ".")
    assert checked.returncode == 0, checked.stdout


def test_the_same_program_gives_the_same_bytes() -> None:
    """Neither a second run nor another hash seed changes a byte."""
    path = GOLDEN / "kitchen_sink.strat"
    script = (
        "import sys; from nl2strat.codegen import render; from nl2strat.language.checker import check; "
        "from nl2strat.language.parser import parse_program; "
        "sys.stdout.buffer.write(render(check(parse_program(open(sys.argv[1], encoding='utf-8').read())).program)"
        ".encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(path)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(GOLDEN.parents[1])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    program = check(parse_program(path.read_text(encoding="utf-8"))).program
    assert outputs == {render(program).encode()}
