"""What the documentation of the API leaves open, in one place; to be set before a run.

    from mas.settings import settings
    settings.tolerant = True

Where a subscription has a key of the same name (`tolerant`, `spread`, `commission`, `leverage`), the key counts.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPORTS_VARIABLE = "MAS_REPORTS"
"""Environment variable with the folder of the report files."""


@dataclass
class Settings:
    """The open points, with our answers as defaults."""

    tolerant: bool = False
    """An exception in a callback is logged and the run goes on; else it stops the run and is raised."""
    reports: Path | None = None
    """Folder of kpi_report.html and trade_report.html; None: MAS_REPORTS, else the working directory."""
    documented_kpis: bool = False
    """The KPI table by the documented definitions, flaws included, instead of the sound ones."""
    commission: float = 0.0
    """Account currency per lot, charged on the entry and on the exit; 3.1 gives the 0.62 of the documented sample."""
    leverage: int = 100
    """1:100."""
    spread: float | None = None
    """Points; None: the data's own, else the symbol's typical one."""

    @property
    def reports_folder(self) -> Path:
        """Where report files go."""
        given = os.environ.get(REPORTS_VARIABLE, "").strip()
        return (self.reports or Path(given or ".")).expanduser()


settings = Settings()
