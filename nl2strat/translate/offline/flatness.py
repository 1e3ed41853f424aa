"""Stage 5d: that nothing is open, as a condition: `no position is open`, `we are flat`."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import predicates
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import listed

_WORDS = listed("atoms")


def market_state(p: Cursor) -> Expr | None:
    """`no position is open`, `we are flat`, `the trade is 20 pips in profit`, `it is Monday`."""
    p.skip("i am", "i 'm", "we are", "we 're", "i", "we", "is", "account is", "strategy is", "you are", "currently")
    if p.accept(*_WORDS["market state"]):
        p.skip("is open", "yet", "already", "in market")
        if p.at(
            "otherwise", "rest of time", "in all other", "in any other", "at all other", "all other", "at end", "by"
        ):
            return None  # what to do, not how it stands
        if (
            p.word(-1) == "market"
            and p.base(-4) in ("and", ",", "then")
            and p.at("moment", "when", "as soon as", "once")
        ):
            return None  # "long while A, and out of the market the moment B"
        if p.word(-1) == "flat" and (predicates.starts_comparison(p) or p.at("when", "if", "once", "as soon as")):
            return None
        return ast.Flag("flat")
    return None
