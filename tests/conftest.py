"""Property tests draw the same examples in every run of the default suite, so that a failure belongs to a change.

`NL2STRAT_RANDOM_TESTS=1 pytest` draws new ones and shrinks what fails.

No file of symbols of the user who runs the tests counts, and nothing is written into that user's library. Where byte
code must not be written beside the sources it has a folder of its own: else each of many processes would compile them.
Temporary folders are in memory where it has room, so that thousands of small commits do not wait for a disk.

`pytest -n 2` hands a worker that has nothing left what another one has not begun: modules stay together, with what they
set up, and no worker idles at the end.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

if sys.dont_write_bytecode:  # before hypothesis, which is large
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.pycache_prefix = sys.pycache_prefix or str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "steady", derandomize=True, database=None, phases=(Phase.explicit, Phase.generate), print_blob=True,
    deadline=None,  # a busy machine is no failure
)  # fmt: skip
if not os.environ.get("NL2STRAT_RANDOM_TESTS"):
    settings.load_profile("steady")

MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30
"""A file system in memory, and the bytes that must be free there for it to hold the temporary folders."""
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

for _variable in ("NL2STRAT_MODEL", "NL2STRAT_BASE_URL"):  # nor a model of the user's: tests read offline
    os.environ.pop(_variable, None)
os.environ["NL2STRAT_MODELS"] = str(Path(__file__).parent / "fixtures" / "no_models.toml")
os.environ["MAS_SYMBOLS"] = str(Path(__file__).parent / "fixtures" / "no_symbols.toml")
os.environ["NL2STRAT_HOME"] = _home = tempfile.mkdtemp(prefix="nl2strat-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Work is stolen, unless another way has been asked for."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None
