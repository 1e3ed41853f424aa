"""The one screen, as its users see it: type, change an assumption, review, backtest, why; and what goes wrong there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the page is not installed (nl2strat[ui])")

from nl2strat.web.pages.marked import Layer, colours, pieces, python_tokens
from nl2strat.web.pages.typing import EXAMPLES, layers
from nl2strat.web.shapes import DataSpec, Options, RuleMap
from nl2strat.web.tasks import understand
from tests.llm_server import Script, fail, model_server, say
from tests.nl2strat.llm.models import PROGRAM, model_file
from tests.nl2strat.llm.models import TEXT as CROSSOVER
from tests.nl2strat.web.accessible import faults
from tests.nl2strat.web.browser import Browser, PageServer, entered, needs_browser, serving

TEXT = "Buy EURUSD H1 when the 20 EMA crosses above the 50 EMA. Sell when RSI is above 70. Stop 2 ATR."
BOX = ".text-box textarea"
CHART = "nl2-chart[data-step]"
CHOSEN = ".cm-tooltip-autocomplete [aria-selected]"


# ------------------------------------------------------------------ plain functions


def test_pieces_are_the_text_and_the_innermost_rule_counts() -> None:
    outer = Layer(0, 9, ("rule:1",), "rule rule-1", "long")
    found = pieces("buy a dip now", [outer, Layer(4, 9, ("rule:2",), "rule rule-2", "dip"), Layer(2, 99)])
    assert "".join(text for text, _ in found) == "buy a dip now"
    assert [(text, layer.rules, layer.title) for text, layer in found] == [
        ("buy ", ("rule:1",), "long"), ("a dip", ("rule:2",), "dip"), (" now", (), ""),
    ]  # fmt: skip
    assert pieces("", []) == []


def test_rules_have_colours_and_what_is_no_rule_a_common_one() -> None:
    rules = [RuleMap("symbol", "market", "symbol EURUSD"), *(RuleMap(f"rule:{i}", "entry", "") for i in range(1, 8))]
    found = colours(rules)
    assert found["symbol"] == "rule rule-0"
    assert found["rule:1"] == "rule rule-1"
    assert found["rule:7"] == "rule rule-1", "after the last colour the first"


def test_tokens_of_python_stand_where_they_are() -> None:
    source = "import mas  # é\nx = 'é' + 1\n"
    found = {source[one.start : one.end]: one.classes for one in python_tokens(source)}
    assert found == {"import": "code-keyword", "# é": "code-comment", "'é'": "code-string", "1": "code-number"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_understood_in_full(name: str) -> None:
    found = understand(EXAMPLES[name], Options(data=DataSpec(), choices=False))
    assert found.status == "understood", found.questions
    assert any("rule-1" in layer.classes for layer in layers(found))


def test_what_is_clear_has_its_colour_while_a_question_is_open() -> None:
    found = understand("Buy EURUSD H1 when it looks strong. Stop 50 pips. Exit when RSI(14) is above 70.", Options())
    assert found.status == "question"
    known = {span.text: span.rules for span in found.spans}
    assert known["Stop 50 pips"] == ("rule:1",)
    assert known["RSI(14) is above 70"] == ("rule:2",)
    assert not any(lost.start < span.end and span.start < lost.end
                   for lost in found.not_understood for span in found.spans if span.rules)  # fmt: skip
    several = understand("Buy EURUSD H1 when RSI(14) crosses below 30. Stop 50, target 100.", Options())
    assert several.status == "question"
    assert {"Stop 50", "target 100"} <= {span.text for span in several.spans if span.rules}


# ------------------------------------------------------------------ in the browser


KEY = "sk-test-VERYSECRET0123456789abcdef"


@pytest.fixture(scope="module")
def model() -> Iterator[Script]:
    """A model of this machine, told by each test what to answer."""
    with model_server([fail(500)]) as script:
        yield script


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: Script) -> Iterator[PageServer]:
    home = tmp_path_factory.mktemp("page")
    (home / "models.toml").write_text(model_file(model.url), encoding="utf-8")
    names = {"NL2STRAT_MODELS": str(home / "models.toml"), "NL2STRAT_CACHE": str(home / "cache")}
    with serving(home, **names, NL2STRAT_API_KEY=KEY, NL2STRAT_MODEL="", NL2STRAT_BASE_URL="") as started:
        yield started


@pytest.fixture(scope="module")
def window(server: PageServer) -> Iterator[Browser]:
    with entered(server, patience=60) as browser:
        yield browser


@pytest.fixture
def page(server: PageServer, window: Browser) -> Iterator[Browser]:
    """An empty draft; nothing may have gone wrong in the page."""
    window.open(f"{server.address}/new")
    window.wait(BOX)
    yield window
    assert window.log() == []
    assert "Traceback" not in server.log(), server.log()[-3000:]


def _value(page: Browser) -> str:
    return str(page.run("return document.querySelector(arguments[0])?.value ?? ''", BOX))


def _read(page: Browser, text: str = TEXT) -> None:
    """As who begins to type, and then pastes the rest."""
    page.type(BOX, text[:9])
    page.paste(BOX, text[9:], clear=False)
    page.wait_text(text[:20], ".marked")
    page.wait(".state.good")


@needs_browser
def test_the_whole_path(page: Browser) -> None:
    assert "Nothing written yet" in page.text(".reading"), "the empty state teaches"
    assert page.all(".run-button[disabled]")
    _read(page)
    assert page.text(".marked") == TEXT
    bought = page.run("return [...document.querySelectorAll('.marked .rule-1')].map(e => e.textContent).join('|')")
    assert "Buy" in bought
    assert "RSI" not in bought

    page.click(".chip.choosable")
    page.wait_text("sell opens a short", ".q-item").click()
    page.until(lambda: "sell short" in _value(page), "the text, reworded")
    page.wait_text("sell short", ".marked")
    page.wait_text("Sells short", ".said")

    page.type(".draft-name input", "First try\t")
    page.wait(".run-button:not([disabled])")
    page.click("h2")
    page.keys("?")
    page.wait_text("Run the backtest", ".key-list")
    page.keys("Escape")
    page.wait_gone(".key-list")
    page.type(BOX, " ", clear=False)
    page.keys("Control", "Enter")
    page.wait(CHART)
    page.wait_text("Draft saved", ".saved")
    assert "SYNTHETIC" in page.text(".doubts")
    assert faults(page) == []

    page.click(".trades tbody tr .link")
    page.wait(".why-body .clause")
    assert re.search(r"ema\(close, ?20\)|rsi\(14\)", page.text(".why-body"))

    page.click("[aria-label='ema length'] [role=slider], [role=slider][aria-label='ema length']")
    page.wait(".input-value.changed")
    turned = page.text(".input-value.changed")
    page.wait_text(f"{turned}-bar exponential", ".said")

    page.reload()
    page.wait(CHART)
    assert "sell short" in _value(page), "a reload finds everything again"
    assert page.run("return document.querySelector('.draft-name input').value") == "First try"
    page.wait_text(f"{turned}-bar exponential", ".said")
    page.paste(BOX, "Buy EURUSD H1 when RSI(14) crosses below 30. Stop 50 pips.")
    page.wait_text("crosses below 30", ".said")


@pytest.mark.slow
@needs_browser
def test_a_rule_pointed_at_shows_wherever_it_stands(page: Browser) -> None:
    _read(page)
    page.wait(".said .rule-2")
    page.mouse(".marked .rule-2", 0.5, 0.5).perform()
    page.until(lambda: page.all(".said .rule-2.lit"), "the rule in the English")
    assert page.all(".code .rule-2.lit"), "and in the Python"
    assert page.all(".cm-line .rule-2.lit"), "and in the language"
    assert not page.all(".said .rule-1.lit")

    page.run("document.querySelector('.said').focus()")
    page.keys("Home")
    walked = [page.run("return document.querySelector('.marked .lit')?.dataset.rules")]
    for _ in range(6):
        page.keys("ArrowDown")
        walked.append(page.run("return document.querySelector('.said .lit')?.dataset.rules"))
    rules = [name for name in dict.fromkeys(walked) if name and name.startswith("rule:")]
    assert rules == ["rule:1", "rule:2"], "each rule in its turn, by keyboard"
    page.click(BOX)
    page.keys("Control", "Home")
    page.until(lambda: page.all(".said .rule-1.lit"), "the rule in which the cursor stands")

    page.click("#tab-english")
    page.keys("ArrowRight")
    page.wait(".cm-content")
    page.keys("End")
    page.wait("pre.code")
    assert page.run("return document.activeElement.id") == "tab-python"
    page.keys("ArrowRight")
    page.wait(".said")
    assert (
        page.run("return [...document.querySelectorAll('.review [role=tab]')].map(e => e.tabIndex).join()") == "0,-1,-1"
    )


@pytest.mark.slow
@needs_browser
def test_a_phone_shows_one_part_at_a_time(page: Browser) -> None:
    _read(page)
    page.size(390, 844)
    try:
        page.wait_gone(".said")
        page.click("nl2-parts [data-to=review]")
        page.wait(".said")
        assert not page.wait("#part-review").find_elements("css selector", ".text-box")
        assert page.run("return document.querySelector('#part-review').getAttribute('role')") == "tabpanel"
        page.wait_gone(BOX)
        page.keys("ArrowRight")
        page.wait(".run-button")
        assert page.run("return document.documentElement.scrollWidth") <= 390
        assert faults(page) == []
    finally:
        page.size(1440, 900)
    page.wait(BOX)


@pytest.mark.slow
@needs_browser
def test_a_model_reads_where_it_is_chosen_and_says_what_it_took(page: Browser, model: Script) -> None:
    pytest.importorskip("openai", reason="needs the openai package: pip install 'nl2strat[model]'")
    _read(page, CROSSOVER)
    assert model.requests == [], "offline nothing is asked"
    model.steps, model.at = [fail(500), say(PROGRAM)], 0
    page.click(".reader .segments button:nth-child(2)")
    page.wait_text("gave no answer", ".reader-trouble")
    page.wait(".state.good")
    assert page.wait(".run-button:not([disabled])"), "the offline reading stands instead"
    page.click(".reader-trouble button")
    page.wait_text("This reading: 1,200 tokens, about 0.2000 USD", ".reader-cost")
    assert page.text(".reader-trouble") == ""
    page.wait_text("Read by the model test", ".reading")
    page.wait_text("20-bar simple moving average", ".said")
    assert faults(page) == []
    page.reload()
    page.wait_text("This draft: 1,200 tokens", ".reader-cost")
    page.wait_text("Read by the model test", ".reading")
    page.wait(".run-button:not([disabled])")
    page.keys("Control", "Enter")
    page.wait(CHART)
    assert len(model.requests) == 2, "neither the reload nor the backtest has asked again"
    assert KEY not in page.driver.page_source


def _reached(page: Browser, word: str) -> bool:
    """Whether the word is the chosen one; if another is, the key for the next one is pressed."""
    chosen = page.text(CHOSEN)
    if chosen and not chosen.startswith(word):
        time.sleep(0.2)  # a list that has just opened takes no keys, so that who types on chooses nothing
        page.keys("ArrowDown")
    return chosen.startswith(word)


@pytest.mark.slow
@needs_browser
def test_the_language_is_edited_with_its_errors_in_their_place(page: Browser) -> None:
    _read(page)
    page.click("#tab-language")
    page.wait_text("enter long", ".cm-content")
    page.run("[...document.querySelectorAll('.cm-line')].find(e => e.textContent.includes('stop stop_')).id = 'stop'")
    page.click("#stop")
    page.keys("End")
    page.keys("Enter")
    line = page.driver.switch_to.active_element
    line.send_keys("target 2 * at")
    page.wait_text("atr(length", ".cm-tooltip-autocomplete")
    page.until(lambda: _reached(page, "atr("), "the function, chosen by key")
    page.keys("Enter")
    line.send_keys("atr_length")
    page.wait_text("target is 2 times", ".reading .said")
    page.wait(".state.good")
    assert "target 2 * atr(atr_length)" in page.text(".cm-content"), "the cursor stood between the parentheses"

    page.keys("End")
    line.send_keys(" nonsense")
    page.wait_text("Line ", ".problems")
    page.wait(".state.bad")
    page.wait(".problem-mark[title*=nonsense]")
    page.wait(".cm-line .lost")
    assert page.all(".run-button[disabled]"), "a program with errors cannot run"
    assert page.run("return document.querySelector(arguments[0]).readOnly", BOX), "the program counts, not the text"
    page.reload()
    page.wait_text("Line ", ".problems")
    page.wait_text("nonsense", ".cm-content")
    page.click(".problems .link")
    page.until(lambda: "cm-content" in page.run("return document.activeElement.className"), "the editor, at the place")
    page.until(lambda: "nonsense" in page.text(".cm-activeLine"), "the line of the problem")
    page.keys("End")
    for _ in range(len("nonsense")):
        page.keys("\ue003")
    page.wait(".state.good")
    page.wait_gone(".problem-mark[title*=nonsense]")
    page.click(".typing-note button")
    page.until(lambda: not page.run("return document.querySelector(arguments[0]).readOnly", BOX), "the text again")
    page.wait_text(TEXT[:20], ".marked")


@pytest.mark.slow
@needs_browser
def test_what_is_not_understood_is_underlined_and_asked_about(page: Browser) -> None:
    page.paste(BOX, "Buy EURUSD H1 when it looks strong. Stop 50 pips.")
    page.wait(".state.open")
    assert "it looks strong" in page.text(".marked .lost")
    assert page.all(".marked .rule-1"), "what is clear has its colour"
    assert "strong" in page.text(".asked")
    assert page.all(".run-button[disabled]")
    assert faults(page) == []


@pytest.mark.slow
@needs_browser
def test_a_question_is_answered_with_a_click(page: Browser) -> None:
    text = "Buy EURUSD H1 when RSI(14) crosses below 30. Exit when RSI(14) crosses above 60. Stop 50, target 100."
    page.paste(BOX, text)
    options = page.until(lambda: page.all(".reading-option"), "the readings")
    assert len(options) == 2
    assert all(re.search(r"stop 50 .* trades", one.text, re.DOTALL) for one in options), "each says what it would trade"
    assert all("Exit" not in one.text and "above 60" not in one.text for one in options), "and only what is its own"
    assert faults(page) == []
    page.click(".reading-option:nth-child(2)")
    page.wait(".state.good")
    assert "50 points" in page.text(".said")
    page.reload()
    page.wait(".state.good")
    assert "50 points" in page.text(".said"), "the answer is kept"


@pytest.mark.slow
@needs_browser
def test_a_text_that_is_far_too_long_is_refused_and_not_kept(page: Browser) -> None:
    _read(page)
    page.click(BOX)
    page.keys("Control", "a")
    page.run("document.execCommand('insertText', false, 'buy '.repeat(1250000))")
    page.wait_text("fits on a page", ".reading")
    page.wait_gone(".marked")
    page.reload()
    page.wait(".state.good")
    assert _value(page) == TEXT


@pytest.mark.slow
@needs_browser
def test_what_users_write_is_never_html(page: Browser) -> None:
    evil = "<script>window.hit=1</script><img src=x onerror='window.hit=1'> {{ 1+1 }}"
    page.paste(BOX, evil)
    page.wait_text("<script>", ".marked")
    page.click("#tab-language")
    page.wait(".cm-content").send_keys(evil)
    page.wait_text("Line ", ".problems")
    assert page.run("return [window.hit ?? null, document.querySelectorAll('main img, main script').length]") == [
        None, 0,
    ]  # fmt: skip


@needs_browser
def test_stopping_all_trading_asks_first(page: Browser, server: PageServer) -> None:
    page.click(".top .kill")
    page.wait_text("Stop all trading?", ".dialog")
    page.click(".dialog-buttons button:first-child")
    page.wait_gone(".dialog")
    assert not list(Path(server.home).glob("**/KILL*")), "nothing was done"
    page.click(".top .kill")
    page.click(".dialog .strong-kill")
    page.wait_text("Trading is forbidden", ".top .kill")
    page.click(".top .kill")
    page.wait_text("Let trading begin again?", ".dialog")
    page.click(".dialog .strong-kill")
    page.wait_text("Stop all trading", ".top .kill")


@pytest.mark.slow
@needs_browser
def test_two_tabs_of_one_draft_do_not_overwrite_each_other(page: Browser, server: PageServer) -> None:
    _read(page)
    page.until(lambda: "draft=" in str(page.driver.current_url), "the address of the draft")
    first, address = page.driver.current_window_handle, page.driver.current_url
    page.driver.switch_to.new_window("tab")
    page.open(address)
    _read(page, TEXT.replace("20", "10"))
    page.driver.close()
    page.driver.switch_to.window(first)
    page.type(BOX, " Risk 1% per trade.", clear=False)
    page.wait_text("another tab", ".notice")
    page.open(address)
    page.until(lambda: "10 EMA" in _value(page), "what the other tab has stored")
