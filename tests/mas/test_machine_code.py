"""The kernel's machine code in files and in memory: what is kept is whole, and what is called gets what it takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mas.compiled import building, machine_code
from mas.compiled.layout import BOOKS
from mas.compiled.machine_code import Code, keep, kept

CODES = {name: Code(f"_{name}", name.encode()) for name in machine_code.SIGNATURES}


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "0123"
    assert kept(folder) is None
    keep(CODES, folder)
    assert kept(folder) == CODES
    keep(CODES, folder)  # as by another process, a little later
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("name", ["play_all.o", "functions.json"])
@pytest.mark.parametrize("left", [0, 3])
def test_what_is_broken_is_made_anew(tmp_path: Path, name: str, left: int) -> None:
    folder = tmp_path / "0123"
    keep(CODES, folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:left])
    assert kept(folder) is None
    keep(CODES, folder)
    assert kept(folder) == CODES


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        keep(CODES, tmp_path / "file" / "0123")


def test_other_arrays_than_it_takes_are_refused() -> None:
    """They would be read as something else."""
    ran: list[object] = []
    call = machine_code._call
    for wrong in (np.zeros(3, np.float32), np.zeros((3, 1)), np.zeros(6)[::2]):
        with pytest.raises(TypeError, match="crossings takes float64 of 1"):
            call("crossings", lambda *_: ran.append(1) or 0, (machine_code.FLOATS,), wrong)
    with pytest.raises(TypeError, match="takes a record"):
        call("play", lambda *_: ran.append(1) or 0, (BOOKS,), np.zeros(1)[0])
    with pytest.raises(ValueError, match="argument"):
        call("play", lambda *_: ran.append(1) or 0, (float,))
    assert not ran


def test_an_error_of_the_machine_code_is_one_of_python() -> None:
    with pytest.raises(RuntimeError, match="play"):
        machine_code._call("play", lambda *_: 1, (float,), 2.0)


def test_from_source_to_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest of the functions, compiled, kept, loaded and called; the others are under the slow tests."""
    pytest.importorskip("numba")
    monkeypatch.setattr(machine_code, "SIGNATURES", {"crossings_of": machine_code.SIGNATURES["crossings_of"]})
    monkeypatch.setattr(building, "SIGNATURES", machine_code.SIGNATURES)
    keep(building._compile(), tmp_path / "0123")
    codes = kept(tmp_path / "0123")
    assert codes is not None
    numbers = np.random.default_rng(5)
    a, b = (numbers.integers(0, 4, 500).astype(np.float64) for _ in range(2))
    found = [[np.empty(500, np.bool_) for _ in range(4)] for _ in range(2)]
    machine_code.loaded(codes)["crossings_of"](a, b, *found[0])
    building.plain()["crossings_of"](a, b, *found[1])
    assert np.array_equal(found[0], found[1])
    assert found[0][0].any()
