"""The table of trades: sorted, filtered, in pages; a row leads to its place in the chart. On a phone rows are cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, get_args

from nicegui import ui

from nl2strat.web.pages.parts import Tag, button, money, refill, tag, tone
from nl2strat.web.pages.reasons import reason_of
from nl2strat.web.pages.selecting import Result, Row, Selection, bars_of, selected
from nl2strat.web.words import say

PAGE = 20
"""Rows of a page."""


class TradeTable:
    """The trades of a run. `show` fills it; what the user sorts and filters stays when another run is shown."""

    def __init__(self, on_pick: Callable[[Row], Any]) -> None:
        """Args: on_pick: told the trade whose row was chosen."""
        self._on_pick = on_pick
        self._rows: Sequence[Row] = ()
        self._digits, self._currency = 5, ""
        self._asked = Selection()
        self._found: list[Row] = []
        self._page = 0
        self._chosen: int | None = None
        self._shown: dict[int, Tag] = {}
        with tag("div", classes="trades"):
            with tag("div", classes="card-head"):
                tag("h3", say("Trades"))
                self._filters = tag("div", classes="filters", role="group", aria_label=say("Show only"))
            self._table = tag("div", classes="scroll")
            self._pager = tag("div", classes="pager")

    def show(self, rows: Sequence[Row], digits: int, currency: str) -> None:
        """Args: rows: all trades, as `mas.report.trade_rows`. digits: decimals of prices."""
        self._rows, self._digits, self._currency = rows, digits, currency
        self._page, self._chosen = 0, None
        if self._asked.reason and not any(row["exit_reason"] == self._asked.reason for row in rows):
            self._asked = replace(self._asked, reason="")
        refill(self._filters, self._filter_bar)
        self._draw()

    def choose(self, number: int | None) -> None:
        """Mark a trade, and turn to its page if it is listed at all."""
        before, self._chosen = self._chosen, number
        place = next((i for i, row in enumerate(self._found) if row["number"] == number), None)
        if place is not None and place // PAGE != self._page:
            self._page = place // PAGE
            self._draw()
            return
        for one, chosen in ((before, False), (number, True)):
            row = self._shown.get(one) if one is not None else None
            if row is not None:
                row.classes(add="chosen") if chosen else row.classes(remove="chosen")
                row.set(aria_selected="true" if chosen else None)

    def beside(self, number: int | None, direction: int) -> Row | None:
        """The trade before (-1) or after (1) one in the order shown; from the ends where none is chosen."""
        if not self._found:
            return None
        place = next((i for i, row in enumerate(self._found) if row["number"] == number), None)
        if place is None:
            return self._found[0 if direction > 0 else -1]
        return self._found[min(max(place + direction, 0), len(self._found) - 1)]

    # ------------------------------------------------------------- filters

    def _filter_bar(self) -> None:
        sides = (("", say("All")), ("long", say("Long")), ("short", say("Short")))
        results = {"": say("All"), "won": say("Won"), "lost": say("Lost"), "ambiguous": say("Ambiguous")}
        self._segments("side", say("Side"), sides)
        self._segments("result", say("Result"), [(one, results[one]) for one in get_args(Result)])
        names = sorted({str(row["exit_reason"]) for row in self._rows})
        options = {"": say("Every exit"), **{name: reason_of(name) for name in names}}
        choice = ui.select(options, value=self._asked.reason, on_change=lambda e: self._filter(reason=e.value or ""))
        choice.props("dense outlined options-dense").props["aria-label"] = say("How it ended")

    def _segments(self, name: str, label: str, options: Sequence[tuple[str, str]]) -> None:
        with tag("div", classes="segments", role="group", aria_label=label):
            for value, text in options:
                pressed = "true" if getattr(self._asked, name) == value else "false"
                button(text, lambda v=value: self._press(name, v), aria_pressed=pressed)  # type: ignore[misc]

    def _press(self, name: str, value: str) -> None:
        self._filter(**{name: value})
        refill(self._filters, self._filter_bar)

    def _filter(self, **asked: Any) -> None:
        self._asked, self._page = replace(self._asked, **asked), 0
        self._draw()

    # ------------------------------------------------------------- the table

    def _draw(self) -> None:
        self._found = selected(self._rows, self._asked)
        self._page = min(max(0, self._page), max(0, (len(self._found) - 1) // PAGE))
        self._shown = {}
        refill(self._table, self._rows_shown)
        refill(self._pager, self._paging)

    def _columns(self) -> list[tuple[str, str, str]]:
        """Key to sort by, heading, classes; the symbol is one of them where there are several."""
        several = bool(self._rows) and "symbol" in self._rows[0]
        return [
            ("number", "#", "number"),
            *([("symbol", say("Symbol"), "symbol")] if several else []),
            ("side", say("Side"), "side"),
            ("net", say("Net"), "num net"),
            ("entry_time", say("In"), "entry"),
            ("entry_price", say("Price"), "num entry-price"),
            ("exit_time", say("Out"), "exit"),
            ("exit_price", say("Price"), "num exit-price"),
            ("exit_reason", say("Exit"), "reason"),
            ("sl", say("Stop"), "num levels"),
            ("tp", say("Target"), "num levels"),
            ("bars", say("Bars"), "num bars"),
            ("volume", say("Lots"), "num volume"),
        ]

    def _rows_shown(self) -> None:
        if not self._found:
            text = say("No trade matches.") if self._rows else say("The strategy made no trade in this period.")
            tag("p", text, "empty")
            return
        with tag("table"):
            tag("caption", say("Trades; choose one to see it in the chart"), "sr")
            with tag("thead"), tag("tr"):
                for key, title, classes in self._columns():
                    order = ("descending" if self._asked.descending else "ascending") if key == self._asked.sort else ""
                    with tag("th", "", classes, scope="col", aria_sort=order or "none"):
                        button(title, lambda k=key: self._order(k), "sort")  # type: ignore[misc]
            with tag("tbody"):
                for row in self._found[self._page * PAGE : (self._page + 1) * PAGE]:
                    self._row(row)

    def _row(self, row: Row) -> None:
        number, long, net = int(row["number"]), row["side"] == "long", float(row["net"])
        line = tag("tr", classes="chosen" if number == self._chosen else "")
        self._shown[number] = line
        line.on("click", lambda: self._on_pick(row), args=[])
        values = {
            "symbol": (str(row.get("symbol", "")), ""),
            "side": (f"\N{BLACK UP-POINTING TRIANGLE} {say('Long')}", "long") if long
            else (f"\N{BLACK DOWN-POINTING TRIANGLE} {say('Short')}", "short"),
            "net": (money(net, sign=True), f"strong {tone(net)}"),
            "entry_time": (_moment(row["entry_time"]), ""),
            "entry_price": (self._price(row["entry_price"]), ""),
            "exit_time": (_moment(row["exit_time"]), ""),
            "exit_price": (self._price(row["exit_price"]), ""),
            "exit_reason": (reason_of(str(row["exit_reason"])) + (" *" if row["ambiguous"] else ""), ""),
            "sl": (self._price(row["sl"]), ""),
            "tp": (self._price(row["tp"]), ""),
            "bars": (f"{bars_of(row):,}", ""),
            "volume": (f"{row['volume']:g}", ""),
        }  # fmt: skip
        with line:
            for key, title, classes in self._columns():
                if key == "number":
                    with tag("th", "", classes, scope="row"):
                        tag("button", str(number), "link", type="button", aria_label=say("Show trade {n}", n=number))
                    continue
                text, extra = values[key]
                tag("td", text, f"{classes} {extra}", data_label=title)

    def _price(self, value: float | None) -> str:
        return "\N{EN DASH}" if value is None else f"{value:.{self._digits}f}"

    def _order(self, column: str) -> None:
        self._asked, self._page = self._asked.ordered_by(column), 0
        self._draw()

    def _paging(self) -> None:
        net, pages = sum(float(row["net"]) for row in self._found), max(1, -(-len(self._found) // PAGE))
        counted = say("{n} of {all} trades, net", n=f"{len(self._found):,}", all=f"{len(self._rows):,}")
        with tag("div"):
            tag("span", counted)
            tag("span", money(net, self._currency, sign=True), f"strong {tone(net)}")
        if any(row["ambiguous"] for row in self._found):
            tag("span", say("* stop and target inside one bar: the stop was taken first"))
        with tag("div"):
            button("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", lambda: self._turn(-1),
                   aria_label=say("Earlier page"), disabled=self._page == 0)  # fmt: skip
            tag("span", f"{self._page + 1} / {pages}")
            button("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", lambda: self._turn(1),
                   aria_label=say("Later page"), disabled=self._page + 1 >= pages)  # fmt: skip

    def _turn(self, pages: int) -> None:
        self._page += pages
        self._draw()


def _moment(text: Any) -> str:
    return str(text).replace("T", " ")[:16]
