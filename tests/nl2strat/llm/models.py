"""Translators over the loopback server, and programs for its scripts."""

from __future__ import annotations

from typing import Any

from nl2strat.translate.llm.model import ModelTranslator
from nl2strat.translate.llm.settings import ModelSettings, Timeouts
from tests.llm_server import Script

TEXT = (
    "Buy when the 20 SMA crosses above the 50 SMA, sell when it crosses back below. Stop loss 30 pips, target 60 pips."
)

PROGRAM = """strategy "Average crossover"
assume "'sell' closes the long: the text has no word of short"

enter long when sma(close, 20) crosses above sma(close, 50)
  stop 30 pips
  target 60 pips
end

exit long when sma(close, 20) crosses below sma(close, 50)
end strategy
"""

PATIENT = Timeouts(connect=5.0, silence=20.0, total=30.0)
QUICK = Timeouts(connect=2.0, silence=0.4, total=1.0)
"""For servers that stall; too quick for the client's first answer, while it loads its types."""


def translator(server: Script, **more: Any) -> ModelTranslator:
    """A model translator that asks the server; free text, unless said otherwise, and no retries."""
    apart = {name: more.pop(name) for name in ("record", "replay") if name in more}
    usual: dict[str, Any] = {"grammar": "off", "retries": 0, "timeouts": PATIENT, "rounds": 0}
    return ModelTranslator(ModelSettings("test", server.url, **usual | more), **apart)


def model_file(url: str) -> str:
    """A models.toml for the loopback server."""
    return (
        f'base_url = "{url}"\nmodel = "test"\ngrammar = "off"\nretries = 0\nrounds = 0\n'
        '[prices]\ndated = "2026-11-01"\ncurrency = "USD"\n[prices.per_million."test"]\ninput = 100.0\noutput = 500.0\n'
    )
