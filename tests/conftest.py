"""Property tests draw the same examples in every run of the default suite, so that a failure belongs to a change.

`NL2STRAT_RANDOM_TESTS=1 pytest` draws new ones and shrinks what fails.

No file of symbols of the user who runs the tests counts, and nothing is written into that user's library. Where byte
code must not be written beside the sources it has a folder of its own: else each of many processes would compile them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from hypothesis import Phase, settings

settings.register_profile(
    "steady", derandomize=True, database=None, phases=(Phase.explicit, Phase.generate), print_blob=True
)
if not os.environ.get("NL2STRAT_RANDOM_TESTS"):
    settings.load_profile("steady")

if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.pycache_prefix = sys.pycache_prefix or str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

for _variable in ("NL2STRAT_MODEL", "NL2STRAT_BASE_URL"):  # nor a model of the user's: tests read offline
    os.environ.pop(_variable, None)
os.environ["NL2STRAT_MODELS"] = str(Path(__file__).parent / "fixtures" / "no_models.toml")
os.environ["MAS_SYMBOLS"] = str(Path(__file__).parent / "fixtures" / "no_symbols.toml")
os.environ["NL2STRAT_HOME"] = _home = tempfile.mkdtemp(prefix="nl2strat-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
