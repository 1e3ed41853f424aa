"""What a backtest came to: the figures with their definitions, doubts about them, the months, what it cost.

Everything here is made of the summary that `recording` leaves: plain data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from mas.heat_map import MONTH_NAMES, heat_map
from nl2strat.web.pages.parts import Tag, button, money, refill, tag, tone
from nl2strat.web.words import say, say_known

Json = dict[str, Any]

TILES = (
    ("Net profit", "net_profit", "Return", "total_return_percent"),
    ("Max. drawdown", "equity_drawdown_relative_percent", "Longest", "longest_drawdown_days"),
    ("Profit factor", "profit_factor", "A trade", "expected_payoff"),
    ("Sharpe ratio", "sharpe", "A year", "cagr_percent"),
    ("Win rate", "win_rate_percent", "Win / loss", "payoff_ratio"),
    ("Trades", "trades", "In the market", "exposure_percent"),
    ("Spread paid", "spread_cost", "Ambiguous trades", "ambiguous_trades"),
)
"""The key figures, each with its heading: what a tile shows large, and what stands under it."""

COLUMNS = (("Result", "Costs and execution"), ("Risk", "Statistics"), ("Trades",))
"""The groups of figures, in columns of about the same length."""

YEARS = 30
"""Years whose months are shown at first, the newest: each cell is looked at again with every change of the page."""


def tiles(summary: Mapping[str, Any]) -> None:
    """The figures that decide whether one looks further."""
    figures = _by_key(summary)
    with tag("dl", classes="tiles"):
        for title, main, note, under in TILES:
            figure, other = figures[main], figures[under]
            with tag("div", classes="tile defined", tabindex="0"):
                tag("dt", say_known(title))
                amount, _, currency = _minus(figure["text"]).partition(" ")
                with tag("dd", "", f"tile-value {_tone(figure)}"):
                    tag("span", amount)
                    if currency:
                        tag("small", f" {currency}")
                tag("dd", f"{say_known(note)} {_minus(say_known(other['text']))}", "tile-under")
                tag("dd", say_known(figure["definition"]), "definition", role="tooltip")


def doubts(summary: Mapping[str, Any]) -> None:
    """What a reader must know before believing the figures: warnings, and what bars cannot tell."""
    warnings = [str(text) for text in summary.get("warnings", ())]
    ambiguous = int(summary.get("metrics", {}).get("ambiguous_trades") or 0)
    band = str(summary.get("band_text") or "")
    if not warnings and not band and not ambiguous:
        return
    with tag("ul", classes="doubts", aria_label=say("Warnings")):
        for text in warnings:
            tag("li", say_known(text), "doubt warn")
        if band:
            tag("li", say_known(band), "doubt")
        elif ambiguous:
            text = say("{n} trades had stop and target inside one bar: the stop was taken first.", n=str(ambiguous))
            tag("li", text, "doubt")


def band(summary: Mapping[str, Any]) -> None:
    """The net profit between the worst and the best order of prices inside bars, as a strip with words."""
    found = summary.get("band")
    if not isinstance(found, Mapping) or not found.get("trades_depending"):
        return
    currency, net = str(summary.get("currency", "")), float(summary.get("net", 0.0))
    worst, best = float(found["worst"]), float(found["best"])
    low, high = min(worst, best, 0.0), max(worst, best, 0.0)
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return round(100 * (value - low) / span, 2)

    with tag("figure", classes="band"):
        tag("figcaption", say("Net profit, whatever came first inside a bar"))
        with tag("div", classes="band-strip", aria_hidden="true"):
            tag("i", classes="band-range").style(f"left: {at(worst)}%; width: {max(0.8, at(best) - at(worst))}%")
            tag("i", classes="band-net").style(f"left: {min(100.0, max(0.0, at(net)))}%")
        with tag("p", classes="band-words"):
            tag("span", money(worst, sign=True), tone(worst))
            tag("span", say("this run {net}", net=money(net, currency, sign=True)), "muted")
            tag("span", money(best, sign=True), tone(best))


def months(summary: Mapping[str, Any]) -> None:
    """The heat map of monthly returns."""
    rows: Sequence[Json] = heat_map(summary.get("months", ()))
    box = tag("div", classes="scroll", tabindex="0", role="region", aria_label=say("Monthly returns"))
    with box:
        _months(box, rows, YEARS)


def _months(box: Tag, rows: Sequence[Json], most: int) -> None:
    with tag("table", classes="months"):
        tag("caption", say("Change of the equity per month, percent"), "sr")
        with tag("thead"), tag("tr"):
            tag("th", say("Year"), scope="col")
            for name in MONTH_NAMES:
                tag("th", say_known(name), scope="col")
            tag("th", say("Total"), scope="col")
        with tag("tbody"):
            for row in rows[-most:]:
                _year(row)
    if len(rows) > most:
        button(say("Show more"), lambda: refill(box, lambda: _months(box, rows, most + YEARS)))


def _year(row: Json) -> None:
    with tag("tr"):
        tag("th", str(row["year"]), scope="row")
        for cell in row["cells"]:
            tone_ = "blank" if cell["tone"] == "empty" else cell["tone"]  # "empty" is a box with a word to beginners
            shown = tag("td", cell["text"] or "\N{MIDDLE DOT}", f"month {tone_}")
            if cell["heat"]:
                shown.style(f"--heat: {int(cell['heat'])}")


def groups(summary: Mapping[str, Any]) -> None:
    """All figures by group; the definition of each on hover, focus and touch."""
    found: dict[str, list[Json]] = {}
    for figure in summary.get("figures", ()):
        found.setdefault(figure["group"], []).append(figure)
    rest = tuple(name for name in found if not any(name in column for column in COLUMNS))
    with tag("div", classes="metric-groups"):
        for column in (*COLUMNS[:-1], (*COLUMNS[-1], *rest)):
            with tag("div"):
                for name in column:
                    _group(name, found.get(name, []))


def _group(name: str, figures: Sequence[Json]) -> None:
    with tag("section", classes="metric-group"):
        tag("h4", say_known(name))
        with tag("dl"):
            for figure in figures:
                _metric(figure)


def _metric(figure: Json) -> None:
    with tag("div", classes="metric defined", tabindex="0"):
        tag("dt", say_known(figure["title"]))
        tag("dd", _minus(say_known(figure["text"])), f"metric-value {_tone(figure)}")
        tag("dd", say_known(figure["definition"]), "definition", role="tooltip")


def conditions(summary: Mapping[str, Any]) -> None:
    """How the orders were filled, what is known of the data, the look-ahead check."""
    lookahead = summary.get("lookahead")
    said = lookahead if isinstance(lookahead, str) else str((lookahead or {}).get("text", ""))
    with ui.element("div").classes("conditions"):
        for title, lines in (
            (say("How orders were filled"), summary.get("execution", ())),
            (say("The data"), summary.get("notes", ())),
            (say("Look-ahead"), (said,) if said else ()),
        ):
            if not lines:
                continue
            with tag("section"):
                tag("h4", title)
                with tag("ul", classes="lines"):
                    for line in lines:
                        tag("li", say_known(str(line)))


def _by_key(summary: Mapping[str, Any]) -> dict[str, Json]:
    return {figure["key"]: figure for figure in summary["figures"]}


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def _tone(figure: Json) -> str:
    return tone(figure["value"]) if figure["signed"] else ""
