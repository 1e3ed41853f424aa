"""Stage 5i: how much is traded."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.language import ast
from nl2strat.translate.offline import brackets
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import Clause
from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.quantities import plain_number

_WORDS = listed("sizing")

_FRAME = _WORDS["frame"]
_ACCOUNT = {
    "equity": "equity",
    "account equity": "equity",
    "current equity": "equity",
    "my equity": "equity",
    "balance": "balance",
    "account balance": "balance",
    "my balance": "balance",
    "account": "balance",
    "my account": "balance",
    "capital": "balance",
    "my capital": "balance",
    "account capital": "balance",
    "trading capital": "balance",
    "deposit": "balance",
    "current balance": "balance",
    "trading account": "balance",
    "money": "balance",
    "account size": "balance",
    "total capital": "balance",
    "total equity": "equity",
    "account 's equity": "equity",
    "account 's balance": "balance",
    "portfolio": "balance",
    "available capital": "balance",
    "your account": "balance",
    "funds": "balance",
    "total account": "balance",
    "bankroll": "balance",
    "account value": "equity",
    "free balance": "balance",
    "your equity": "equity",
    "your balance": "balance",
    "our account": "balance",
    "cash": "balance",
    "your capital": "balance",
}


def size(p: Cursor) -> Clause | None:
    """Any size, with the side it is said for."""
    side = brackets.side_before(p, *_SIZES)
    result = p.first_of(_risk, _lots, _share)
    if result is None:
        return None
    return Clause(result.field, result.value, side or brackets.side_after(p))


_SIZES = ("size", "position size", "lot", "lots", "volume", "risk", "trade", "use")


def _tail(p: Cursor) -> None:
    p.skip(*_WORDS["tail filler"])


def _account(p: Cursor) -> str | None:
    if not p.accept("of", "from", "in"):
        return None
    for phrase in sorted(_ACCOUNT, key=len, reverse=True):
        if p.accept(phrase):
            if _ACCOUNT[phrase] == "balance" and phrase not in (
                "balance",
                "account balance",
                "my balance",
                "current balance",
                "your balance",
            ):
                p.note(f'"{phrase}" means the balance of the account.')
            return _ACCOUNT[phrase]
    return None


def _money(p: Cursor) -> ast.Number | ast.Name | None:
    """`$100`, `100 dollars`, `100 USD`."""
    sign = p.accept("$", "€", "£", "usd", "eur")
    amount = plain_number(p)
    if amount is None:
        return None
    if not p.accept(*_WORDS["money"]) and not sign:
        return None
    p.note("Money is in the currency of the account.")
    return amount


def _percent(p: Cursor) -> ast.Number | ast.Name | None:
    """`2%`, `half a percent`, `a quarter of a percent`."""
    for word, share in (("half", "0.5"), ("quarter", "0.25"), ("quarter of", "0.25"), ("half of", "0.5")):
        if p.accept(f"{word} percent", f"{word} %", f"{word} of 1 %", f"{word} 1 %"):
            return ast.Number(Decimal(share))
    amount = plain_number(p)
    return amount if amount is not None and p.accept("%", "percent") else None


def _risk(p: Cursor) -> Clause | None:
    """`risk 1% per trade`, `1% risk`, `risk 2 percent of equity`, `risk $100 on each trade`."""
    p.skip(*(f for f in _FRAME if f not in ("lots", "lot", "buy", "sell", "at")))
    p.skip("i", "never", "only", "we", "is willing to") if p.at("i risk", "we risk", "only risk") else None
    never = p.at("never risk", "never lose")
    p.skip("never") if never else None
    named = p.accept(*_WORDS["risked"])
    if never and p.at("not", "no", "less", "under", "at most", "below"):
        return None  # "never risk not more than 1%" says something else
    p.skip(*_WORDS["risk filler"]) if named else None
    money = p.trial(_money)
    if money is None:
        amount = _percent(p)
        if amount is None:
            return None
    base = p.trial(_account)
    p.skip("per trade", "on each trade", "each trade")
    after = p.accept(*_WORDS["risk"])
    if not named and not after:
        return None
    base = base or p.trial(_account)
    _tail(p)
    base = base or p.trial(_account)
    _tail(p)
    p.skip(*_WORDS["when the stop is hit"])
    if money is not None:
        return Clause("size", ast.RiskMoney(money))
    if base is None:
        p.note("Risk is a share of the balance.")
    return Clause("size", ast.Risk(amount, base or "balance"))  # type: ignore[arg-type]


def risked(p: Cursor) -> ast.Risk | ast.RiskMoney | None:
    """`1 percent of the account balance`, `$100`: what is lost at the stop."""
    money = p.trial(_money)
    if money is not None:
        return ast.RiskMoney(money)
    amount = _percent(p)
    if amount is None:
        return None
    base = p.trial(_account)
    if base is None:
        p.note("Risk is a share of the balance.")
    return ast.Risk(amount, base or "balance")  # type: ignore[arg-type]


_PARTS_OF_A_LOT = {
    share: tuple(f"{one}{part} {of}" for one in ("", "1 ") for of in ("of lot", "of 1 lot", "lot", "of standard lot"))
    for share, part in (("0.1", "tenth"), ("0.25", "quarter"), ("0.2", "fifth"), ("0.01", "hundredth"))
}


def _lots(p: Cursor) -> Clause | None:
    """`trade 0.25 lots`, `lot size 0.2`, `volume: 0.5`, `one mini lot`."""
    i = p.i
    named = False
    while p.accept(*_FRAME):
        word, before = p.base(-1), p.base(-2)
        named = (
            named
            or word in ("lot", "volume")
            or (word == "size" and before in ("lot", "position", "trade", "order"))
            or word in ("sizing", "quantity")
        )
        if word == "size":
            named = True
    if p.accept("half", "half of") and p.accept("lot"):
        amount: ast.Number | ast.Name | None = ast.Number(Decimal("0.5"))
        _tail(p)
        return Clause("size", ast.Lots(amount))  # type: ignore[arg-type]
    for share, names in _PARTS_OF_A_LOT.items():
        if p.accept(*names):
            _tail(p)
            return Clause("size", ast.Lots(ast.Number(Decimal(share))))
    amount = plain_number(p)
    if amount is None:
        return None
    scale = "0.1" if p.accept("mini") else "0.01" if p.accept("micro") else "1"
    p.skip("standard", "full")
    unit = p.accept("lot")
    if not unit and not (named and p.i > i):
        return None
    if not unit and (p.at("%", "percent", "pip", "of", "dollar", "$", "unit", "units", "atr", "times")):
        return None
    if isinstance(amount, ast.Number) and scale != "1":
        amount = ast.Number((amount.value * Decimal(scale)).normalize())
    p.skip("size", "position", "fixed", "at a time", "position size")
    _tail(p)
    return Clause("size", ast.Lots(amount))


def _share(p: Cursor) -> Clause | None:
    """`use 10% of equity`, `invest 20% of the balance per trade`, `size 5% of the account`."""
    p.skip(*_FRAME)
    amount = plain_number(p)
    if amount is None or not p.accept("%", "percent"):
        return None
    base = p.trial(_account)
    if base is None:
        return None
    _tail(p)
    if p.at("stop", "target", "risk"):
        return None
    return Clause("size", ast.Share(amount, base))  # type: ignore[arg-type]
