"""Another package with a module called mas is found when the client is loaded, whatever its metadata look like."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mas.beside import other_package, refuse_another

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = "import mas\nclass Client(mas):\n    pass\nprint('made')\n"


def installed(folder, name, **files):
    """The traces of an installed distribution."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "mas").mkdir(exist_ok=True)
    for file, text in files.items():
        (info / file.replace("_txt", ".txt")).write_text(text)
    return folder


@pytest.mark.parametrize(
    "files", [{"top_level_txt": "other\nmas\n"}, {"RECORD": "mas/__init__.py,sha256=x,1\nmas/core.py,,\n"}]
)
def test_another_package_called_mas_is_found(monkeypatch, tmp_path, files):
    """By the modules it names, else by the files it lists."""
    monkeypatch.setattr(sys, "path", [str(installed(tmp_path, "Other_Mas", **files)), *sys.path])
    assert other_package() == "Other_Mas"
    with pytest.raises(ImportError, match="pip uninstall Other_Mas"):
        refuse_another()


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("nl2strat", {"RECORD": "mas/__init__.py,sha256=x,1\n"}),
        ("NL2Strat", {"top_level_txt": "mas\nnl2strat\n"}),
        ("masonry", {"top_level_txt": "masonry\n"}),
        ("broken", {}),
        ("vendors", {"RECORD": "vendors/mas/__init__.py,,\nmassive/__init__.py,,\n"}),
    ],
)
def test_other_packages_are_left_alone(monkeypatch, tmp_path, name, files):
    """Ours itself, similar names, a module of that name inside another, and metadata that are incomplete."""
    folder = installed(tmp_path, name, **files)
    monkeypatch.setattr(sys, "path", [str(folder), str(tmp_path / "nowhere"), ""])
    assert other_package() == ""


@pytest.mark.parametrize("beside", [True, False])
def test_a_strategy_beside_it_says_which_to_remove(tmp_path, beside):
    """The class statement of every script fails with a sentence; without the other package it runs."""
    if beside:
        installed(tmp_path, "mas_other", RECORD="mas/__init__.py,,\n")
    path = os.pathsep.join((str(ROOT), str(tmp_path)))
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path},
        timeout=60, check=False,
    )  # fmt: skip
    assert (run.returncode != 0) == beside
    assert ("pip uninstall mas_other" in run.stderr) == beside
    assert ("made" in run.stdout) != beside
