"""The checker on clauses, rules and the header: what is refused, what is odd, what can never act."""

from __future__ import annotations

import pytest

from tests.nl2strat.language.programs import HEAD, entering, problems, warnings

CLAUSES_REFUSED = [
    ("stop 30 pips; valid until 17:00", "R504", "place"),
    ("place stop at high; stop 30 pips; valid until 24:30", "V403", ""),
    ('place stop at high; stop 30 pips; valid until 17:00 in "London"', "V413", "Europe/London"),
    ("place stop at high; stop 30 pips; valid until 17:00; valid until 18:00", "R505", ""),
    ("stop 30 pips; target 1% after 0 bars", "V401", ""),
    ("stop 30 pips; target 1% after 12 bars; target 2% after 12 bars", "V419", "order"),
    ("stop 30 pips; target 1% after 12 bars; target 2% after 5 bars", "V419", "order"),
    ("stop 30 pips; target rsi(14) after 5 bars", "T307", ""),
    ("stop 30 pips; target at 20 pips after 5 bars", "T307", "leave out at"),
    ("trail 20 pips; target 1R after 5 bars", "T310", "stop"),
    ("stop 30 pips; take 101% after 1R", "V401", ""),
    ("stop 30 pips; take 0 lots after 1R", "V401", ""),
    ("stop 30 pips; size 1 lots; take 0.6 lots after 1R; take 0.5 lots after 2R", "R503", ""),
    ("stop 30 pips; trail at 20 pips", "T307", ""),
    ("stop 30 pips; trail at high + 10 pips", "R506", ""),
    ("stop 30 pips; trail at low after 0 pips", "V411", ""),
    ("trail at low after 1R", "T310", "stop"),
    ("trail at low; risk 1% of equity", "R501", "next to the trail"),
    ("stop 30 pips; lock 2R after 1R", "R507", "less"),
    ("stop 30 pips; lock 1R after 1R", "R507", "less"),
    ("stop 30 pips; lock 0 pips after 1R", "V411", ""),
    ("lock 1R after 2R; stop at low", None, ""),
    ("trail 20 pips; lock 10 pips after 2R", "T310", "stop"),
    ("stop 30 pips; lock close after 2R", "T307", ""),
    ("stop 30 pips; size 0 money", "V401", ""),
    ("stop 30 pips; scale size by 11 after loss at most 4 times", "V401", ""),
    ("stop 30 pips; scale size by 0.05 after loss at most 4 times", "V401", ""),
    ("stop 30 pips; scale size by 1 after loss at most 4 times", "V421", "another factor"),
    ("stop 30 pips; scale size by 1.1 after loss at most 21 times", "V401", ""),
    ("stop 30 pips; scale size by 1.1 after loss at most 0 times", "V401", ""),
    ("stop 30 pips; scale size by 1.1 after loss at most 1.5 times", "V402", ""),
    ("stop 30 pips; add 51 times every 2% against", "V401", ""),
    ("stop 30 pips; add 0 times every 2% against", "V401", ""),
    ("stop 30 pips; add 5 times every rsi(14) against", "T307", ""),
    ("stop 30 pips; add 5 times every 0% against", "V411", ""),
    ("stop 30 pips; add 5 times every 2% against scaled 6", "V401", ""),
    ("stop 30 pips; add 5 times every 2% against scaled 0.05", "V401", ""),
    ("target 1%; add 5 times every 2% against", "R516", "add a stop"),
    ("target 1%; add 5 times every 2% ahead", "R516", "add a stop"),
    ("close after 20 bars; add 5 times every 2% against", None, ""),
    ("stop 30 pips; add 5 times every 2% against; trail 20 pips", "R515", "trail"),
    ("stop 30 pips; add 5 times every 2% against; trail at low", "R515", "trail at"),
    ("stop 30 pips; add 5 times every 2% against; breakeven after 1R", "R515", "breakeven"),
    ("stop 30 pips; add 5 times every 2% against; lock 1R after 2R", "R515", "lock"),
    ("stop 30 pips; add 5 times every 2% against; take 50% after 1R", "R515", "take"),
    ("stop 30 pips; add 5 times every 2% against; target 1% after 5 bars", "R515", "target"),
    ("place stop at high; stop 30 pips; add 5 times every 2% against", "R515", "place"),
    ("stop 30 pips; trail at low; trail at low[1]", "R505", ""),
]


@pytest.mark.parametrize(("clauses", "code", "hint"), CLAUSES_REFUSED)
def test_clauses_are_refused_with_a_hint(clauses: str, code: str | None, hint: str) -> None:
    """Units, ranges, what a clause builds on and what it excludes."""
    found = problems(entering(clauses=clauses))
    assert [p.code for p in found] == ([code] if code else [])
    assert all(hint in p.hint for p in found)


CLAUSES_ALLOWED = [
    'place stop at high + 2 pips; valid for 5 bars; valid until 17:00 in "Europe/London"; stop 30 pips',
    "stop 30 pips; target 4%; target 2% after 5 bars; target 0% after 10 bars; target -1% after 20 bars",
    "stop 30 pips; target 4%; target at ema(close, 20) after 5 bars",
    "stop 30 pips; take 0.05 lots after 1R; take 50% at highest(high, 20)[1]",
    "stop 30 pips; trail at psar(); trail 2 * atr(14) after 1R",
    "trail at lowest(low, 10) after 20 pips",
    "stop 30 pips; lock 1R after 2R; lock 2R after 4R; breakeven after 1R",
    "stop 30 pips; size 1000 money; scale size by 2 after loss at most 4 times",
    "stop 30 pips; scale size by 0.5 after loss at most 3 times",
    "stop 10%; target 1%; add 5 times every 2% against scaled 1.5",
    "stop 30 pips; target 3R; add 2 times every 1R ahead",
]


@pytest.mark.parametrize("clauses", CLAUSES_ALLOWED)
def test_clauses_of_every_kind_pass(clauses: str) -> None:
    """Each as people write it."""
    assert problems(entering(clauses=clauses)) == ()


SHORT = "enter short when red()\n  stop 30 pips\nend\n"
WAITING = "enter short when red()\n  place stop at low - 2 pips\n  stop 30 pips\nend\n"
ADDING = "enter short when red()\n  stop 30 pips\n  add 2 times every 10 pips against\nend\n"

RULES_REFUSED = [
    ("reduce long by 0% when red()", "V401", ""),
    ("reduce long by 101% when red()", "V401", ""),
    ("reduce long by 0 lots when red()", "V401", ""),
    ("reduce long by 50% when close", "T301", ""),
    ("trade from 2020-02-30", "V418", "2024-01-31"),
    ("trade from 2020-13-01 until 2021-01-01", "V418", ""),
    ("trade from 2021-01-01 until 2020-01-01", "V418", "earlier"),
    ("only short", "R518", "enter short"),
    ("only long\nonly long", "R505", ""),
    ("cancel orders at 17:00", "R517", "place"),
    ("cancel orders when red()", "R517", "place"),
    (f"{WAITING}cancel long orders when red()", "R517", "side"),
    (f"{ADDING}cancel short orders when red()", None, ""),
    (f"{ADDING}cancel orders at 17:00", None, ""),
    (f"{ADDING}cancel long orders when red()", "R517", "side"),
    (f"{ADDING}one cancels other", "R517", "place"),
    (f"{WAITING}cancel orders at 24:00", "V403", ""),
    (f'{WAITING}cancel orders at 17:00 in "Mars"', "V413", ""),
    (f"{WAITING}cancel orders at 17:00 on mon, mon", "V414", ""),
    (f"{WAITING}cancel orders when close", "T301", ""),
    ("one cancels other", "R517", "place"),
    ("daily loss at most 0%", "V401", ""),
    ("daily loss at most 101%", "V401", ""),
    ("daily profit at most 0 money", "V401", ""),
    ("daily loss at most 3%\ndaily loss at most 100 money", "R505", ""),
    ("daily loss at most 3%\ndaily profit at most 3%", None, ""),
    ("spread at most close", "T307", ""),
    ("spread at most 1%", "T307", "pips"),
    ("spread at most 0 pips", "V411", ""),
    ("spread at most 2R", "T310", ""),
    ("spread at most 0.1 * atr(14)", None, ""),
    ("spread at most 2 pips\nspread at most 3 pips", "R505", ""),
    ("volume at most 0 lots", "V401", ""),
    ("volume at most 0.05 lots\nenter long when red()\n  size 0.06 lots\n  stop 30 pips\nend", "R519", "smaller"),
    ("wait 0 bars after loss", "V401", ""),
    ("wait 1.5 bars after loss", "V402", ""),
    ("wait 5 bars after loss\nwait 6 bars after loss", "R505", ""),
    ("wait 5 bars after loss\nwait 6 bars after win", None, ""),
    ("skip 0 entries after loss", "V401", ""),
    ("skip 1 entry after loss\nskip 2 entries after loss", "R505", ""),
    (f"{SHORT}allow hedging\nno reversal", "R520", "keep the one"),
    ("allow hedging\nallow hedging", "R505", ""),
    ("exit long in EURUSD when red()", "R514", "exit long when"),
    ("reduce long by 50% in EURUSD when red()", "R514", "reduce long when"),
]


@pytest.mark.parametrize(("more", "code", "hint"), RULES_REFUSED)
def test_rules_are_refused_with_a_hint(more: str, code: str | None, hint: str) -> None:
    """Ranges, dates, what a rule needs and what it excludes."""
    found = problems(entering(more=more))
    assert [p.code for p in found] == ([code] if code else [])
    assert all(hint in p.hint for p in found)


def test_two_ways_to_add_exclude_each_other() -> None:
    """Pyramiding and adding at levels would both grow a position; one entry at a time is no pyramid."""
    grid = "stop 10%; add 5 times every 2% against"
    assert [p.code for p in problems(entering(clauses=grid, more="pyramid 3"))] == ["R515"]
    assert problems(entering(clauses=grid, more="pyramid 1")) == ()
    assert problems(entering(clauses="target 1%; add 5 times every 2% against", more="exit long when red()")) == ()


UNREACHABLE = [
    ("time >= 20:00", "trade between 08:00 and 17:00", "hours and days"),
    ("friday and green()", "trade on mon, tue", "hours and days"),
    ('time in "Europe/London" >= 20:00', 'trade between 08:00 and 17:00 in "Europe/London"', "hours and days"),
    ("time >= 20:00", 'trade between 08:00 and 17:00 in "Europe/London"', None),
    ("time >= 20:00", "trade between 08:00 and 17:00\ntrade between 19:00 and 21:00", None),
    ("time >= 20:00", "trade between 19:00 and 05:00", None),
    ("time >= 12:00", "trade between 19:00 and 05:00", None),
    ("time >= 12:00 and time < 13:00", "trade between 19:00 and 05:00", "hours and days"),
    ("holding long", "", "one position at a time"),
    ("holding long", "pyramid 2", None),
    ("trades open >= 2", "", "one position at a time"),
    ("trades open >= 1", "", None),
    ("holding short", f"{SHORT}no reversal", "no reversal"),
    ("holding short", SHORT, None),
    ("trades today >= 3", "limit 3 trades per day", "limit 3 trades"),
    ("trades today >= 2", "limit 3 trades per day", None),
    ("bars since loss < 3", "wait 5 bars after loss", "wait 5 bars"),
    ("result today < -200", "daily loss at most 100 money", "daily loss"),
    ("result today > 200", "daily profit at most 100 money", "daily profit"),
    ("green()", "exit long when holding short", "open long position"),
    ("green()", f"{SHORT}allow hedging\nexit long when holding short", None),
    ("green()", "exit long when trades open == 0", "open position"),
    ("green()", "reduce all by 50% when trades open < 1", "open position"),
]


@pytest.mark.parametrize(("condition", "more", "whose"), UNREACHABLE)
def test_rules_that_can_never_act_are_refused(condition: str, more: str, whose: str | None) -> None:
    """A condition is read together with what the other rules ask of the same decision."""
    found = problems(entering(condition, more=more))
    assert [p.code for p in found] == (["R511"] if whose else [])
    assert whose is None or whose in found[0].message


def test_an_exit_after_the_last_bar_of_a_trade_never_acts() -> None:
    """A position that is closed after ten bars has no eleventh."""
    late = entering(clauses="close after 10 bars", more="exit long when bars since entry > 12")
    assert [p.code for p in problems(late)] == ["R511"]
    assert problems(late.replace("> 12", "> 5")) == ()


HEADS_REFUSED = [
    ("symbol EURUSD, EURUSD\n", "V420"),
    ("symbol EURUSD, GBPUSD, EURUSD\n", "V420"),
    ("symbol EURUSD, GBPUSD\n", None),
    ("symbol EURUSD\naccount deposit 1000\naccount deposit 2000\n", "R505"),
    ("symbol EURUSD\naccount deposit 0\n", "V401"),
    ("symbol EURUSD\naccount leverage 0.5\n", "V401"),
    ("symbol EURUSD\naccount leverage 6000\n", "V401"),
    ("symbol EURUSD\naccount commission 5000\n", "V401"),
    ("symbol EURUSD\naccount spread 0\naccount slippage 0\naccount leverage 30\naccount commission 3.5\n", None),
]


@pytest.mark.parametrize(("head", "code"), HEADS_REFUSED)
def test_the_header_is_sane(head: str, code: str | None) -> None:
    """Symbols once each, settings once each and within reason."""
    found = problems(entering(head=f'strategy "Test"\n{head}timeframe H1\n'))
    assert [p.code for p in found] == ([code] if code else [])


@pytest.mark.parametrize("rule", ["enter long in XAUUSD when red()\n  stop 1%\nend", "exit long in XAUUSD when red()"])
def test_one_symbol_decides_for_another(rule: str) -> None:
    """`in B` goes with one header symbol only, and not with that one."""
    several = HEAD.replace("symbol EURUSD", "symbol EURUSD, GBPUSD")
    assert "R513" in [p.code for p in problems(entering(head=several, more=rule))]
    assert problems(entering(more=rule)) == ()
    assert "R514" in [p.code for p in problems(entering(more=rule.replace("XAUUSD", "EURUSD")))]


ODD = [
    (entering(clauses="stop 30 pips; target 1% after 12 bars; close after 10 bars"), ["W908"]),
    (entering(clauses="stop 30 pips; scale size by 3 after loss at most 4 times"), ["W906"]),
    (entering(clauses="stop 30 pips; add 10 times every 2% against scaled 2"), ["W906"]),
    (entering(more=f"{SHORT}only long"), ["W902"]),
    (entering(more="allow hedging"), ["W902"]),
    (entering(more=f"{SHORT}allow hedging"), []),
    (entering(more=f"{WAITING}one cancels other"), ["W902"]),
    (entering(more=f"{WAITING}{WAITING.replace('low - 2', 'low - 3')}one cancels other"), []),
    (entering(clauses="target 1%", more="wait 5 bars after stop"), ["W902"]),
    (entering(more="reduce short by 50% when red()"), ["W902"]),
    (entering(more="exit long in XAUUSD when red()"), ["W902"]),
    (entering(more='alert "x" when red()\nalert "x" when red()'), ["W904"]),
    (entering(clauses="trail at low"), []),
    (entering(clauses="size 1 lots", more=f"{SHORT}allow hedging"), ["W901"]),
    (entering(more="enter long in XAUUSD when red()\n  stop 2 * atr(14)\n  target at high\nend"), ["W909", "W909"]),
    (entering(more="enter long in XAUUSD when red()\n  stop 2 * atr(14) of XAUUSD\n  target 1%\nend"), []),
]


@pytest.mark.parametrize(("text", "codes"), ODD)
def test_oddities_are_warnings(text: str, codes: list[str]) -> None:
    """What can run but is hardly meant is said, not refused."""
    assert sorted(warnings(text)) == codes


def test_a_long_and_a_short_on_one_condition_may_be_two_symbols() -> None:
    """A pair is bought and sold at once; and where only one side is taken nothing cancels out."""
    both = entering("red()", more="enter short {place}when red()\n  stop 1%\nend\n{more}")
    assert [p.code for p in problems(both.format(place="", more=""))] == ["R508"]
    assert problems(both.format(place="in XAUUSD ", more="")) == ()
    assert problems(both.format(place="", more="only long\n")) == ()
