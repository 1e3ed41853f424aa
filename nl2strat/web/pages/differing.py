"""Two versions side by side: sentences, lines of the language, trades on the same bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nl2strat.web.pages.parts import money, tag, tone
from nl2strat.web.pages.reasons import reasons
from nl2strat.web.words import say

MOST = 100
"""Trades that are listed."""


def show_difference(found: Mapping[str, Any], before: int, after: int) -> None:
    """Args: found: of `tasks.diff`. before, after: the numbers of the versions."""
    trades, net = found["trades"], found["net"]
    with tag("dl", classes="kept-facts difference-facts"):
        _fact(say("Only in version {n}", n=before), _trades(len(trades["removed"])))
        _fact(say("Only in version {n}", n=after), _trades(len(trades["added"])))
        _fact(say("In both, but otherwise"), _trades(len(trades["changed"])))
        _fact(say("The same in both"), _trades(trades["same"]))
        for number, side in ((before, "before"), (after, "after")):
            _fact(say("Net of version {n}", n=number), money(net[side], sign=True), tone(net[side]))
    tag("h4", say("In words"))
    changed = [line for line in found["english"] if line["sign"]]
    if changed:
        _lines(changed)
    else:
        tag("p", say("Both say the same."), "muted small")
    _language(found["language"])
    rows = list(_rows(trades))
    if rows:
        _table(rows)


def _trades(count: int) -> str:
    return say("1 trade") if count == 1 else say("{n} trades", n=f"{count:,}")


def _fact(name: str, value: str, classes: str = "") -> None:
    with tag("div"):
        tag("dt", name)
        tag("dd", value, classes)


def _language(lines: Sequence[Mapping[str, str]]) -> None:
    if not any(line["sign"] for line in lines):
        return
    with tag("details", classes="difference-language"):
        tag("summary", say("In the language"))
        _lines(lines, "changed-lines code-lines")


def _lines(lines: Sequence[Mapping[str, str]], classes: str = "changed-lines") -> None:
    signs = {"+": ("came", "+", say("new:")), "-": ("went", "\N{MINUS SIGN}", say("gone:")), "": ("", "", "")}
    with tag("ul", classes=classes):
        for line in lines:
            kind, sign, word = signs[line["sign"]]
            with tag("li", classes=kind):
                tag("span", sign, "changed-sign", aria_hidden="true")
                if word:
                    tag("span", word, "sr")
                tag("span", line["text"])


def _rows(trades: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any] | None]]:
    """What happened to each trade, the trade, and what it was before; in order of their entries."""
    found: list[tuple[str, Mapping[str, Any], Mapping[str, Any] | None]] = []
    found += [("gone", one, None) for one in trades["removed"]]
    found += [("new", one, None) for one in trades["added"]]
    found += [("other", one["after"], one["before"]) for one in trades["changed"]]
    yield from sorted(found, key=lambda row: (row[1]["entry_time"], row[0]))


def _table(rows: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any] | None]]) -> None:
    tag("h4", say("In trades"))
    names = {"gone": say("\N{MINUS SIGN} gone"), "new": say("+ new"), "other": say("~ ends otherwise")}
    sides = {"long": say("Long"), "short": say("Short")}
    words = reasons()
    heads = (say("Trade"), say("Side"), say("Entry"), say("Exit"), say("Ends by"), say("Net"))
    area = tag("div", classes="scroll", tabindex="0", role="region", aria_label=say("Trades that differ"))
    with area, tag("table", classes="kept-table trades-differ"):
        with tag("thead"), tag("tr"):
            for text in heads:
                tag("th", text, "num" if text == heads[-1] else "", scope="col")
        with tag("tbody"):
            for kind, trade, was in rows[:MOST]:
                with tag("tr", classes={"gone": "went", "new": "came", "other": ""}[kind]):
                    tag("td", names[kind])
                    tag("td", sides.get(trade["side"], trade["side"]))
                    tag("td", _minute(trade["entry_time"]))
                    tag("td", _minute(trade["exit_time"]))
                    tag("td", words.get(str(trade["exit_reason"]), str(trade["exit_reason"])))
                    _net(trade, was)
    if len(rows) > MOST:
        tag("p", say("The first {n} of {of}.", n=MOST, of=f"{len(rows):,}"), "muted small")


def _net(trade: Mapping[str, Any], was: Mapping[str, Any] | None) -> None:
    value = _net_of(trade)
    with tag("td", classes=f"num {tone(value)}"):
        before = "" if was is None else f"{money(_net_of(was), sign=True)} \N{RIGHTWARDS ARROW} "
        tag("span", before + money(value, sign=True))


def _net_of(trade: Mapping[str, Any]) -> float:
    return float(trade["profit"]) + float(trade["commission"]) + float(trade["swap"])


def _minute(text: str) -> str:
    return str(text)[:16].replace("T", " ")
