"""Loading: from text to a class, and back to the program."""

from __future__ import annotations

import pytest

from nl2strat.codegen import extract_program, load
from nl2strat.errors import VerifyError
from nl2strat.language.parser import parse_program
from tests.nl2strat.codegen.programs import ENGLISH, compiled

SOURCE = compiled("enter long when close > open\n  stop 30 pips\nend", english=ENGLISH)

pytest.importorskip("mas.client")


def test_the_class_is_a_client() -> None:
    """A loaded strategy is a MAS with the program's settings; its rules carry no state between loads."""
    from mas import MAS

    first, second = load(SOURCE), load(SOURCE)
    assert first is not second
    assert issubclass(first, MAS)
    assert (first.__name__, first.symbol, first.timeframe) == ("ATest", "EURUSD", "H1")
    assert first().toggle is True


def test_only_verified_files_run() -> None:
    """A file with anything else in it does not run, unless its user trusts it."""
    edited = SOURCE.replace("import mas\n", "import mas\n\nSECRET = 'x'\n", 1)
    with pytest.raises(VerifyError, match="line 5"):
        load(edited)
    assert load(edited, trust=True).__name__ == "ATest"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import mas\n1 +", "line 2: this is not Python"),
        ("1 / 0", "ZeroDivisionError"),
        ("import no_such_module_anywhere", "ModuleNotFoundError"),
        ("x = 1", "no strategy class"),
        ("from mas import MAS", "no strategy class"),
    ],
)
def test_trusted_files_fail_in_words(source: str, message: str) -> None:
    """What goes wrong in a trusted file is said, not thrown."""
    with pytest.raises(VerifyError, match=message):
        load(source, trust=True)


def test_the_program_comes_back() -> None:
    """PROGRAM is read without running the file, and parses."""
    assert parse_program(extract_program(SOURCE)).name == "A test"


def test_an_edited_program_is_noticed() -> None:
    """A PROGRAM that no longer matches its hash may not describe the class any more."""
    with pytest.raises(VerifyError, match="edited"):
        extract_program(SOURCE.replace("stop 30 pips", "stop 31 pips"))


def test_a_foreign_file_is_named_as_such() -> None:
    """Python that was not generated here says so."""
    with pytest.raises(VerifyError, match="not generated"):
        extract_program("import mas\n")
