"""Any checked program renders, verifies, compiles, and is formatted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nl2strat.codegen import extract_program, render, verify
from nl2strat.errors import LanguageErrors
from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from tests.lengths import for_all, lengths
from tests.strategies import programs

RUFF = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))


def is_sound(program: ast.Program) -> bool:
    try:
        check(program)
    except LanguageErrors:
        return False
    return True


CHECKED = programs().filter(is_sound).map(lambda program: check(program).program)


def becomes_a_class(program: ast.Program) -> None:
    source = render(program, english="x")
    verify(source)
    compile(source, "strategy", "exec")
    assert render(program, english="x") == source
    assert parse_program(extract_program(source)) == program


@pytest.mark.parametrize("examples", lengths(15, 60))
def test_every_program_becomes_a_class(examples: int) -> None:
    """What the checker lets through has a class that verification lets through, the same bytes each time."""
    for_all(examples, becomes_a_class, CHECKED)


@pytest.mark.skipif(not Path(RUFF).is_file(), reason="ruff is not installed")
@pytest.mark.parametrize("examples", lengths(5, 15))
def test_every_class_is_formatted(examples: int) -> None:
    """`ruff format` finds nothing to change."""
    for_all(examples, is_formatted, CHECKED)


def is_formatted(program: ast.Program) -> None:
    source = render(program)
    command = [RUFF, "format", "--isolated", "--line-length", "100", "-"]
    result = subprocess.run(command, input=source, capture_output=True, text=True, encoding="utf-8", check=True)
    assert result.stdout == source
