"""Where the user's things are kept: the library, the runs, imported data."""

from __future__ import annotations

import os
from pathlib import Path

from nl2strat.errors import UsageError

VARIABLE = "NL2STRAT_HOME"
"""An environment variable that names another folder."""


def data_folder() -> Path:
    """The user's data folder, by the custom of the system, or where NL2STRAT_HOME says; made if it is not there.

    Raises: UsageError: it cannot be made.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        folder = Path(given).expanduser()
    else:
        from platformdirs import user_data_path

        folder = user_data_path("nl2strat", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.name == "posix":
            folder.chmod(0o700)  # account numbers and results are nobody else's business
    except OSError as error:
        raise UsageError(
            f"{folder}: the folder for strategies and runs cannot be made: {error.strerror or error}. "
            f"Set {VARIABLE} to a folder that you may write to"
        ) from None
    return folder
