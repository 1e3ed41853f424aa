"""Where a strategy is put to work: on paper with recorded bars or a terminal's quotes, or on an account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from mas.errors import MasError
from nl2strat.errors import UsageError
from nl2strat.moments import moment_or_none
from nl2strat.web.pages.fields import Field, Segments
from nl2strat.web.pages.parts import Tag, button, money, refill, tag
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.shapes import Json, StoredData

PAPER, QUOTES, ACCOUNT = "paper", "quotes", "account"
SPEEDS = ("max", "10", "1", "real")
"""As fast as it goes, so many bars a second, or as the clock goes."""
USUAL: dict[str, Any] = {
    "where": PAPER, "data": "", "begin": "", "speed": "max", "quotes": "mt5", "terminal": "mt5", "profile": "",
}  # fmt: skip

Look = Callable[[str, str], Awaitable["Json"]]


class Wrong(UsageError):
    """A field that cannot be as it is; it has been said there."""


class Places:
    """The fields. `state` is what is to be kept of them; the account number is never kept: it is typed each time.

    Args: state: as it was kept. told: hears of every change. look: asks a terminal (address, profile) for its account.
    """

    def __init__(self, state: dict[str, Any], told: Callable[[], Any], look: Look) -> None:
        self.state = {**USUAL, **{key: value for key, value in state.items() if key in USUAL}}
        self._told, self._look = told, look
        self.account: Json | None = None
        """What the terminal has said of its account, since its address was typed."""
        self._fields: dict[str, Field] = {}
        with tag("div", classes="places"):
            names = {PAPER: say("Paper"), QUOTES: say("Paper, live quotes"), ACCOUNT: say("Account")}
            where = self.state["where"] if self.state["where"] in names else PAPER
            self._where = Segments(say("Where"), names, where, self._choose)
            self._parts = {PAPER: self._recorded(), QUOTES: self._quoted(), ACCOUNT: self._live()}
        self._show()

    @property
    def where(self) -> str:
        """Which of the three."""
        return self._where.value

    def offer(self, stored: Sequence[StoredData], symbol: str, chosen: str) -> None:
        """The recorded bars that there are. Args: symbol: of the strategy; empty: not known. chosen: those of the
        backtest."""
        fit = [
            one for one in stored
            if one.kind == "bars" and (not symbol or one.symbol == symbol or one.name == chosen)
        ]  # fmt: skip
        options = {one.name: f"{one.name} \N{MIDDLE DOT} {one.bars:,} {say('bars')}" for one in fit}
        kept = self.state["data"] if self.state["data"] in options else chosen
        value = kept if kept in options else next(iter(options), None)
        self._fields["data"].offer(options, value)
        words = say("Those of the backtest, played bar by bar.") if value and value == chosen else ""
        self._fields["data"].explain(words if value else say("There are none of this symbol: import some under Data."))

    def clear(self) -> None:
        """Nothing is wrong."""
        for field in self._fields.values():
            field.trouble()

    def trouble(self, name: str, text: str) -> Wrong:
        """Say what is wrong with a field. Returns: the error to raise."""
        self._fields[name].trouble(text)
        return Wrong(text)

    def asked(self, seconds: int) -> dict[str, Any]:
        """What is asked for, as fields of `DeploySpec`. Args: seconds: of a bar of the strategy.

        Raises: Wrong: a field cannot be as it is; it says so.
        """
        self.clear()
        return {PAPER: self._asked_paper, QUOTES: self._asked_quotes, ACCOUNT: self._asked_live}[self.where](seconds)

    # ------------------------------------------------------------- the three

    def _recorded(self) -> Tag:
        box = tag("div", classes="place-grid")
        with box:
            self._fields["data"] = Field(say("Recorded bars"), self._keeper("data"), classes="wide").choice(None, {})
            begin = Field(say("From"), self._keeper("begin")).text(self.state["begin"], hint=say("the first bar"))
            begin.explain(say("Bars before are history."))
            self._fields["begin"] = begin
            speeds = dict(zip(SPEEDS, (
                say("As fast as it goes"), say("Ten bars a second"), say("A bar a second"), say("As the clock goes"),
            ), strict=True))  # fmt: skip
            speed = self.state["speed"] if self.state["speed"] in speeds else "max"
            self._fields["speed"] = Field(say("Speed"), self._keeper("speed")).choice(speed, speeds)
        return box

    def _quoted(self) -> Tag:
        box = tag("div", classes="place-grid")
        with box:
            quotes = Field(say("Terminal with the quotes"), self._keeper("quotes"), classes="wide")
            self._fields["quotes"] = quotes.text(self.state["quotes"], hint="mt5")
            quotes.explain(say("mt5, or mt5linux://host:port. None of its money is touched."))
        return box

    def _live(self) -> Tag:
        box = tag("div", classes="place-grid")
        with box:
            terminal = Field(say("Terminal"), self._address, classes="wide").text(self.state["terminal"], hint="mt5")
            terminal.explain(say("mt5 on this machine, or mt5linux://host:port."))
            self._fields["terminal"] = terminal
            self._fields["profile"] = Field(say("Profile"), self._profile).text(
                self.state["profile"], hint=say("none: as it is logged in")
            )
            self._ask = button(say("Look at its account"), self.look)
            self._said = tag("div", classes="account-said", role="status", aria_live="polite")
            number = Field(say("Type the account's number"), lambda _: self._fields["number"].trouble(), classes="wide")
            self._fields["number"] = number.text("", inputmode="numeric", autocomplete="off")
        self._fields["number"].box.set_visibility(False)
        return box

    def _asked_paper(self, seconds: int) -> dict[str, Any]:
        data = self._fields["data"].value
        if not data:
            raise self.trouble("data", say("Choose the bars to be played; import some under Data."))
        try:
            moment_or_none(self.state["begin"])
        except UsageError as error:
            raise self.trouble("begin", str(error)) from None
        speed = {"max": None, "real": 1.0, "1": float(seconds), "10": 10.0 * seconds}[self._fields["speed"].value]
        return {"on": PAPER, "replay": data, "begin": self.state["begin"].strip() or None, "speed": speed}

    def _asked_quotes(self, _: int) -> dict[str, Any]:
        address = self.state["quotes"].strip()
        if not is_terminal(address):
            raise self.trouble("quotes", say("Say which terminal: mt5, or mt5linux://host:port."))
        return {"on": PAPER, "quotes": address}

    def _asked_live(self, _: int) -> dict[str, Any]:
        if self.account is None:
            raise self.trouble("terminal", say("Look at its account first: demo or real is what the terminal says."))
        typed = str(self._fields["number"].value or "").strip()
        if typed != str(self.account["login"]):
            text = say("Type the number of the account that is meant.")
            if typed:
                text = say("The terminal is on another account than {typed}: read its number above.", typed=typed[:20])
            raise self.trouble("number", text)
        return {
            "on": self.state["terminal"].strip(), "profile": self.state["profile"].strip(),
            "account": self.account["login"], "server": self.account["server"], "live": bool(self.account["real"]),
        }  # fmt: skip

    # ------------------------------------------------------------- the account

    async def look(self) -> None:
        """Ask the terminal whose account it is on."""
        self.clear()
        self._forget()
        address = self.state["terminal"].strip()
        if not is_terminal(address):
            self.trouble("terminal", say("Say which terminal: mt5, or mt5linux://host:port."))
            return
        self._ask.set(disabled=True)
        self._ask.set_text(say("Looking"))
        try:
            found = await self._look(address, self.state["profile"].strip())
        except MasError as error:
            self.trouble("profile" if "profile" in str(error).lower() else "terminal", str(error))
            return
        finally:
            self._ask.set_text(say("Look at its account"))
            self._ask.set(disabled=False)
        if address != self.state["terminal"].strip():
            return  # it is another one by now
        self.account = found
        refill(self._said, lambda: _account(found))
        self._fields["number"].set("")
        self._fields["number"].box.set_visibility(True)
        kept = self._told()
        if kept is not None:  # None while the page is being built
            await kept

    def _forget(self) -> None:
        self.account = None
        self._said.clear()
        self._fields["number"].set("")
        self._fields["number"].box.set_visibility(False)

    # ------------------------------------------------------------- changes

    def _keeper(self, name: str) -> Callable[[Any], Any]:
        def keep(value: Any) -> Any:
            self.state[name] = value or ""
            self._fields[name].trouble()
            return self._told()

        return keep

    def _address(self, value: Any) -> Any:
        self._forget()
        return self._keeper("terminal")(value)

    def _profile(self, value: Any) -> Any:
        self._forget()
        return self._keeper("profile")(value)

    def _choose(self, where: str) -> Any:
        self.state["where"] = where
        self._show()
        return self._told()

    def _show(self) -> None:
        for key, part in self._parts.items():
            part.set_visibility(key == self.where)


def is_terminal(address: str) -> bool:
    """Whether an address can be one of a terminal."""
    from nl2strat.deploy.terminals import Place

    try:
        return not Place(address).is_paper
    except UsageError:
        return False


def _account(found: Json) -> None:
    """What the terminal says: demo or real before everything else."""
    real = bool(found["real"])
    with tag("p", classes="account-kind real" if real else "account-kind"):
        tag("strong", say("REAL money") if real else say("Demo account"))
        tag("span", say("account {n} on {server}", n=found["login"], server=found["server"]))
    with tag("p", classes="muted"):
        facts = [str(found["name"]), money(float(found["balance"]), str(found["currency"])), f"1:{found['leverage']}"]
        tag("span", " \N{MIDDLE DOT} ".join(fact for fact in facts if fact))
    if real:
        tag("p", say("What it loses is yours. Only go on if that is meant."), "check-warn")
