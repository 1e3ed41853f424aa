"""What the documentation of the API leaves open, in one place; to be set before a run.

    from mas.settings import settings
    settings.tolerant = True

Where a subscription has a key of the same name (`tolerant`, `spread`, `commission`, `netting` ...), the key counts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.dataclass import dataclass

if TYPE_CHECKING:
    from mas.terminals.simulated.terms import AccountTerms, SymbolTerms

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
    commission: float | Mapping[str, Any] = 0.0
    """Account currency per lot, charged on the entry and on the exit; 3.1 gives the 0.62 of the documented sample. Or a
    table: {"amount": 0.002, "per": "percent", "on": "in", "least": 1}; per "lot", "deal" or "percent" (of the deal's
    value), on "both", "in" or "out"."""
    leverage: int = 100
    """1:100."""
    spread: float | None = None
    """Points; None: the data's own, else the symbol's typical one."""
    currency: str = "USD"
    """Of the simulated account."""
    modelling: str | None = None
    """How prices move inside bars, one of `mas.modelling.MODES`; None: pessimistic."""
    netting: bool | None = None
    """One position per symbol instead of one per order. None, here and below: what `account` says."""
    swaps: bool | None = None
    """Charge the symbol's swap for every night."""
    slippage: float | None = None
    """Points by which market orders, stop orders and stop losses fill worse."""
    stop_out: str | None = None
    """At stop-out "all" positions are closed, or the "worst" until the level is regained."""
    stop_out_level: float | None = None
    """Percent of the margin at which the equity stops the account out; 50 unless `account` says otherwise."""
    account: AccountTerms | None = None
    """Everything else that a broker sets for an account (`mas.terminals.simulated.terms`)."""
    terms: SymbolTerms | None = None
    """What a broker sets for the symbol; None: what is known of it, else the usual."""
    symbols: str | Path | None = None
    """File of symbol specifications; None: MAS_SYMBOLS, else symbols.toml in the configuration folder."""

    @property
    def reports_folder(self) -> Path:
        """Where report files go."""
        given = os.environ.get(REPORTS_VARIABLE, "").strip()
        return (self.reports or Path(given or ".")).expanduser()


settings = Settings()
