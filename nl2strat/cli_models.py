"""`nl2strat models`: which endpoint and model are configured, and what a test of them found."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nl2strat.cli_options import JsonOption
from nl2strat.cli_steps import console_of, reporting


def models(
    model: Annotated[str | None, typer.Option(metavar="NAME", help="Another model than the configured one.")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Another endpoint.")] = None,
    test: Annotated[
        bool, typer.Option("--test", help="Ask the endpoint now what it can (a few small requests).")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Show the configured model, where its key is from, and whether the endpoint holds it to the grammar."""
    with reporting(json) as result:
        result["models"] = _found(model, base_url, test)
        if json != "-":
            _show(result["models"])


def _found(model: str | None, base_url: str | None, test: bool) -> dict[str, Any]:
    from nl2strat.translate.llm.capability import cache_path, capability_of, remembered
    from nl2strat.translate.llm.costs import said
    from nl2strat.translate.llm.keys import find_key, has_key
    from nl2strat.translate.llm.live import LiveExchange
    from nl2strat.translate.llm.settings import model_settings, settings_path
    from nl2strat.translate.llm.troubles import NotConfigured

    settings = model_settings(model, base_url)
    found: dict[str, Any] = {
        "settings": str(settings_path()),
        "endpoint": settings.base_url,
        "model": settings.model or None,
        "key": "found" if has_key(settings.base_url) else "missing",
        "cache": str(cache_path()),
        "capability": None,
    }
    known = remembered(settings)
    if test:
        if not settings.is_configured:
            raise NotConfigured("no model is named: give --model NAME, or write it into models.toml (docs/models.md)")
        known, usage = capability_of(settings, LiveExchange(settings, find_key(settings.base_url)), fresh=True)
        found["usage"] = said(usage, settings)
    if known is not None:
        found["capability"] = {
            "way": known.chosen().name,
            "held": known.verified and known.chosen().holds,
            "tested": known.tested,
            "found": dict(known.found),
        }
    return found


def _show(found: dict[str, Any]) -> None:
    console = console_of()

    def line(title: str, value: object) -> None:
        console.print(f"{title:<10} {value}", highlight=False, markup=False, soft_wrap=True)

    line("Settings", found["settings"])
    line("Endpoint", found["endpoint"])
    line("Model", found["model"] or "none; texts are read offline")
    line("Key", found["key"])
    capability = found["capability"]
    if capability is None:
        line("Grammar", "not tested yet; nl2strat models --test does it")
        return
    held = "held to the grammar" if capability["held"] else "free text, parsed and repaired"
    line("Grammar", f"{held} ({capability['way']}{', tested ' + capability['tested'] if capability['tested'] else ''})")
    for way, verdict in capability["found"].items():
        line("", f"{way}: {verdict}")
    if "usage" in found:
        line("Test", found["usage"])
