"""What SOURCE may be, and how a wrong one is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from nl2strat.errors import UsageError
from nl2strat.source import MAX_CHARACTERS, Kind, read_source

PROGRAM = 'strategy "x"\nenter long when close > open\nend\nend strategy\n'


def test_plain_words_are_english() -> None:
    """A sentence is taken as English, dots and slashes included."""
    source = read_source("Buy EUR/USD when the RSI is below 30.")

    assert Kind.ENGLISH is source.kind


def test_a_program_is_recognised_by_its_title() -> None:
    """Text that starts with a title line, after comments and blank lines, is a program."""
    source = read_source("# mine\n\n" + PROGRAM)

    assert Kind.LANGUAGE is source.kind


@pytest.mark.parametrize(("suffix", "kind"), [(".strat", Kind.LANGUAGE), (".py", Kind.PYTHON), (".txt", Kind.ENGLISH)])
def test_the_suffix_of_a_file_decides(tmp_path: Path, suffix: str, kind: Kind) -> None:
    """Files are read and taken for what their names say."""
    file = tmp_path / f"my strategy{suffix}"
    file.write_text(PROGRAM, encoding="utf-8-sig")

    source = read_source(str(file))

    assert (kind, PROGRAM) == (source.kind, source.text)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash reads standard input and looks at what it is."""
    monkeypatch.setattr("sys.stdin", io.StringIO(PROGRAM))

    assert Kind.LANGUAGE is read_source("-").kind


@pytest.mark.parametrize(
    ("argument", "part"),
    [
        ("missing.strat", "no such file"),
        ("nowhere/missing.py", "no such file"),
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x" * (MAX_CHARACTERS + 1), "longer than"),
    ],
)
def test_a_wrong_source_is_refused_with_a_reason(argument: str, part: str) -> None:
    """Missing, empty and endless sources are refused in words."""
    with pytest.raises(UsageError, match=part):
        read_source(argument)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named as such."""
    file = tmp_path / "x.strat"
    file.write_bytes(b"\xff\xfe\x00\x81")

    with pytest.raises(UsageError, match="UTF-8"):
        read_source(str(file))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """A folder with the right suffix cannot be read."""
    folder = tmp_path / "x.strat"
    folder.mkdir()

    with pytest.raises(UsageError, match="cannot be read"):
        read_source(str(folder))
