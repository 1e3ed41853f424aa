"""What an answer took: tokens, and an estimate of their price by the user's own dated table."""

from __future__ import annotations

from nl2strat.translate.llm.messages import Usage
from nl2strat.translate.llm.settings import ModelSettings


def estimate(usage: Usage, settings: ModelSettings) -> float | None:
    """The price in the table's currency; None without a price of this model or without counts."""
    price = settings.prices.per_million.get(settings.model)
    if price is None or not usage.known:
        return None
    cached = min(usage.cached, usage.input)
    of_cached = price.input if price.cached is None else price.cached
    return ((usage.input - cached) * price.input + cached * of_cached + usage.output * price.output) / 1e6


def said(usage: Usage, settings: ModelSettings) -> str:
    """The use in a sentence."""
    requests = f"{usage.requests} request{'s' if usage.requests != 1 else ''}"
    if not usage.known:
        return f"{requests}; the endpoint does not say how many tokens"
    thinking = f", {usage.reasoning:,} of them thinking" if usage.reasoning else ""
    cached = f", {usage.cached:,} of them cached" if usage.cached else ""
    text = f"{requests}, {usage.input:,} tokens read{cached}, {usage.output:,} written{thinking}"
    cost = estimate(usage, settings)
    if cost is None:
        return f"{text}; no price of {settings.model} in models.toml"
    dated = f", prices of {settings.prices.dated}" if settings.prices.dated else ""
    return f"{text}; about {cost:.4f} {settings.prices.currency}{dated}"
