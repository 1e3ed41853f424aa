"""From an approved strategy to a file: its script, and the executable that PyInstaller makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nl2strat.errors import UsageError
from nl2strat.library.fingerprint import sha256

if TYPE_CHECKING:
    from nl2strat.deploy.export.payload import Payload

LEFT_OUT = (
    "alembic", "apprise", "certifi", "cryptography", "fastapi", "httpx", "interegular", "IPython", "keyring",
    "llvmlite", "matplotlib", "nicegui", "numba", "openai", "pandas", "polars", "prometheus_client", "pydantic",
    "pygments", "pytest", "regex", "requests", "rich", "scipy", "setuptools", "tkinter", "typer", "urllib3",
    "uvicorn", "yaml", "nl2strat.cli", "nl2strat.report", "nl2strat.translate", "nl2strat.web",
)  # fmt: skip
"""Packages that an app does without."""
_HUGE = r"flight|_s3|_gcsfs|_azurefs|_hdfs|gandiva|_orc\.|_cuda|_cpp_tests|libarrow\w*\.(so|so\.\d+\.\d+\.\d+|dylib)$"
"""Parts of Arrow, by the names of their files, that no file of bars needs; and the second names of others."""

_SCRIPT = '''\
"""{title}"""

from nl2strat.deploy.export.app import main

STRATEGY = {text!r}
SHA256 = {digest!r}

if __name__ == "__main__":
    raise SystemExit(main(STRATEGY, SHA256))
'''

_SPEC = """\
import re

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

hidden = collect_submodules("mas") + [{hidden}]
a = Analysis(
    [{script!r}], pathex={paths!r}, hiddenimports=hidden, excludes={excludes!r}, noarchive=False,
    datas=collect_data_files("mas", includes=["symbols.csv"]) + collect_data_files("tzdata"),
)
a.binaries = [one for one in a.binaries if "pyarrow" not in one[0] or not re.search({huge!r}, one[0])]
a.datas = [one for one in a.datas if not one[0].endswith((".pyi", ".h", ".hpp", ".pxd", ".pyx"))]
exe = EXE(
    PYZ(a.pure), a.scripts, a.binaries, a.datas, [], name={name!r}, console=True, upx=False, strip=False,
)
"""


def script_of(payload: Payload) -> tuple[str, str]:
    """The script of an app, and the SHA-256 by which it is known."""
    digest = sha256(payload.text)
    title = f"{payload.name!r}, made by nl2strat {payload.program}".replace('"', "'").replace("\\", "/")
    return _SCRIPT.format(title=title, text=payload.text, digest=digest), digest


def build(payload: Payload, folder: Path, name: str) -> tuple[Path, str]:
    """Make the executable. Returns: where it is, and the SHA-256 of what it carries.

    Args: folder: made if it is not there. name: of the file, without a suffix.
    Raises: UsageError: PyInstaller is not installed, or has failed.
    """
    if find_spec("PyInstaller") is None:
        raise UsageError("an app is built by PyInstaller, which is not installed: pip install 'nl2strat[app]'")
    script, digest = script_of(payload)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nl2strat-app-") as place:
        work = Path(place)
        entry = work / "strategy_app.py"
        entry.write_text(script, encoding="utf-8")
        spec = work / "app.spec"
        spec.write_text(_spec(entry, name), encoding="utf-8")
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
        command += ["--distpath", str(work / "dist"), "--workpath", str(work / "build"), str(spec)]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        made = work / "dist" / (f"{name}.exe" if os.name == "nt" else name)
        if done.returncode or not made.exists():
            last = "\n".join(done.stderr.strip().splitlines()[-8:])
            raise UsageError(f"PyInstaller could not build the app:\n{last}")
        target = folder / made.name
        shutil.move(made, target)
    return target, digest


def _spec(entry: Path, name: str) -> str:
    hidden = ["talib._ta_lib", "sqlalchemy.dialects.sqlite.pysqlite"]
    hidden += [name for name in ("mt5linux", "rpyc", "MetaTrader5") if find_spec(name) is not None]
    roots = [str(Path(__file__).resolve().parents[3])]
    return _SPEC.format(
        hidden=", ".join(map(repr, hidden)),
        script=str(entry),
        paths=roots,
        excludes=list(LEFT_OUT),
        huge=_HUGE,
        name=name,
    )
