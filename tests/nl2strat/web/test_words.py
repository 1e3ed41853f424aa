"""The page's catalogues: every text is in them, nothing else, and the compiled ones are those of the sources."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import mas
import nl2strat
from mas import messages
from mas.heat_map import MONTH_NAMES
from mas.metric_table import METRICS
from mas.metrics import warnings_for
from mas.report import execution_notes
from nl2strat.web import words
from tests.backtests import by_profits
from tests.nl2strat.web import page_texts

CATALOGUES = sorted((page_texts.PACKAGE / "locale").glob("*/LC_MESSAGES/page.po"))
ENGLISH = re.compile(r"\b(the|is|are|was|not|no|has|have|with|and|or|of|to|it|in|that)\b")
MARKS = " ,:;.()'\""
FIELD = re.compile(r"\{\w+\}")
RUN_STATES = ("starting", "running", "paused", "stopped", "finished", "failed", "killed")
"""`library.tables.Run.state`."""

MAS, NL2STRAT = Path(mas.__file__).parent, Path(nl2strat.__file__).parent
SENTENCES_FROM = [
    *(MAS / f"{name}.py" for name in ("metric_table", "metrics", "modelling", "report")),
    *sorted((NL2STRAT / "research").glob("*.py")),
    *sorted((NL2STRAT / "translate" / "offline").rglob("*.py")),
    MAS / "terminals" / "simulated" / "market.py",
    *(MAS / "terminals" / "guarded" / f"{name}.py" for name in ("rules", "wording")),
    *(NL2STRAT / f"{name}.py" for name in ("backtesting", "lookahead")),
    *(NL2STRAT / "web" / f"{name}.py" for name in ("datastore", "runs", "tasks")),
]
"""Modules whose sentences are known by their pattern."""

Key = tuple[str, str]


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    messages.set_language("en")


def source_of(file: Path) -> dict[Key, str]:
    """(context, English) -> translation, as the source of a catalogue has them."""
    entry = re.compile(r'^(?:msgctxt (".*")\n)?msgid (".+")\nmsgstr (".*")$', re.MULTILINE)
    found = entry.findall(file.read_text(encoding="utf-8").partition("\n\n")[2])
    return {(ast.literal_eval(context or '""'), ast.literal_eval(key)): ast.literal_eval(value)
            for context, key, value in found}  # fmt: skip


def passed_on() -> dict[page_texts.Passed, list[str]]:
    """What `say` is given from elsewhere, and the texts that can be."""
    pytest.importorskip("nicegui", reason="the page's package is not installed")
    from nl2strat.web.pages import clocks, layout, typing

    return {
        page_texts.Passed("clocks", "text"): list(clocks.USUAL.values()),
        page_texts.Passed("layout", "PLACES[here]"): list(layout.PLACES.values()),
        page_texts.Passed("layout", "name"): list(layout.PLACES.values()),
        page_texts.Passed("typing", "name"): list(typing.EXAMPLES),
        page_texts.Passed("versions_panel", "text"): page_texts.choices("versions_panel", "text"),
    }


def library_texts() -> list[str]:
    """Texts of the library that are finite, which the page says as they stand."""
    from nl2strat.web.pages import metrics, robust

    figures = [text for one in METRICS.values() for text in (one.group, one.title, one.definition)]
    tiles = [text for title, _, note, _ in metrics.TILES for text in (title, note)]
    groups = [name for column in metrics.COLUMNS for name in column]
    return [*figures, *tiles, *groups, *MONTH_NAMES, *robust.STANDS.values(), *RUN_STATES]


def wanted() -> dict[Key, str]:
    """Every text that must be known, and where it stands; sentences with patterns are apart."""
    found, passed = page_texts.texts()
    known = passed_on()
    assert set(passed) == set(known), "say() is given a text from elsewhere: say here which texts that can be"
    texts = {(one.context, one.english): one.place for one in found}
    texts |= {("", text): str(at) for at, some in known.items() for text in some}
    return texts | {("", text): "the library" for text in library_texts()}


def test_both_catalogues_have_every_text_of_the_page_and_no_other() -> None:
    """None without a translation, each once, in the same order."""
    texts = wanted()
    assert len(texts) > 600
    assert len(CATALOGUES) == len(messages.LANGUAGES) - 1
    sources = [source_of(file) for file in CATALOGUES]
    assert all(list(one) == list(sources[0]) for one in sources)
    for file, source in zip(CATALOGUES, sources, strict=True):
        assert file.read_text(encoding="utf-8").count("\nmsgid ") == len(source) + 1
        assert [key for key, value in source.items() if not value] == []
        of_the_page = {key for key in source if key[0] != words.LIBRARY}
        assert {key: texts[key] for key in texts.keys() - of_the_page} == {}, "not translated"
        assert of_the_page - texts.keys() == set(), "obsolete"


def test_a_sentence_of_the_library_is_one_that_it_still_makes() -> None:
    """Between their values the sentences stand in the source of the library."""
    made = re.sub(rf"[{MARKS}]+", " ", page_texts.pieces_of(SENTENCES_FROM))
    keys = [key for context, key in source_of(CATALOGUES[0]) if context == words.LIBRARY]
    assert len(keys) > 80
    gone = {key: piece for key in keys for piece in FIELD.split(key) if not _stands(piece, made)}
    assert gone == {}


def _stands(piece: str, made: str) -> bool:
    """The words between two values stand in the source, in one part, or in up to three that are put together there."""
    left, parts = re.findall(rf"[^{MARKS}]+", piece), 0
    while left:
        count = next((n for n in range(len(left), 0, -1) if " ".join(left[:n]) in made), 0)
        parts += 1
        if not count or parts > 3:
            return False
        left = left[count:]
    return True


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parent.parent.name)
def test_the_compiled_catalogue_is_that_of_the_source(file: Path) -> None:
    """page.mo holds what page.po says, and each translation has the values of its English text."""
    source = source_of(file)
    with file.with_suffix(".mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    for (context, key), value in source.items():
        assert (catalogue.pgettext(context, key) if context else catalogue.gettext(key)) == value
        assert sorted(FIELD.findall(key)) == sorted(FIELD.findall(value)), key
    assert len([key for key in catalogue._catalog if key]) == len(source)


def test_the_two_chinese_are_written_each_in_its_own_characters() -> None:
    """Those of Big5 and of GB 2312, which have few in common: a slip from one to the other is neither."""
    for name, charset in (("zh_TW", "big5"), ("zh_CN", "gb2312")):
        file = page_texts.PACKAGE / "locale" / name / "LC_MESSAGES" / "page.po"
        for value in source_of(file).values():
            "".join(re.findall(r"[\u4e00-\u9fff]", value)).encode(charset)


def test_what_the_english_says_twice_is_two_texts_in_chinese() -> None:
    """To stop a run is not its stop."""
    messages.set_language("zh-tw")
    assert (words.say("Stop"), words.say_of("run", "Stop")) == ("停損", "停止")
    assert words.say_of("run", "Trades") == words.say("Trades"), "without a text of its own the usual one"
    messages.set_language("en")
    assert (words.say("Stop"), words.say_of("run", "Stop")) == ("Stop", "Stop")


def test_sentences_of_the_library_are_translated_with_their_values() -> None:
    """Warnings, how orders were filled, the verdict and its checks of a real judgement: none is left in English."""
    from tests.nl2strat.research.cases import judged, traded

    few = by_profits(30.0, -4.0, -5.0)
    many = traded(np.random.default_rng(3).normal(1.0, 25, 300))
    said = [*warnings_for(few, dict.fromkeys(METRICS, None) | {"trades": 3, "net_profit": 21.0, "largest_win": 30.0})]
    for backtest in (few, many):
        found = judged(backtest)
        said += [found.verdict.head, *found.verdict.reasons]
        said += [text for one in found.checks for text in (one.title, one.text, one.reason) if text]
        said += [text for one in found.not_run for text in (one.title, one.how)]
        said += execution_notes(backtest)
    said += ["Look-ahead: none. With the data cut after 100 and 200 bars, the trades until then stay."]
    assert len(said) > 40
    for code in ("zh-tw", "zh-cn"):
        messages.set_language(code)
        assert [shown for text in said if ENGLISH.search(shown := words.say_known(text))] == []
    messages.set_language("zh-cn")
    assert words.say_known("There are only 12 trades.") == "只有 12 笔交易。"
    assert words.say_known("Nobody has translated this. There are only 12 trades.").startswith("Nobody has"), "whole"
    messages.set_language("en")
    assert all(words.say_known(text) == text for text in said)


@pytest.mark.parametrize("code", ["zh-tw", "zh-cn"])
def test_what_limits_mean_is_said_in_the_language_chosen(code: str) -> None:
    """Every preset, with the figures as they are."""
    from mas.terminals.guarded.presets import preset_names
    from nl2strat.web.limits import Limits

    messages.set_language(code)
    lines = [line for preset in ("", *preset_names()) for line in Limits(preset).sentences]
    shown = [words.say_known(line) for line in lines]
    assert [text for text in shown if ENGLISH.search(text)] == []
    for line, text in zip(lines, shown, strict=True):
        assert sorted(re.findall(r"\d[\d.:]*\d|\d", line)) == sorted(re.findall(r"\d[\d.:]*\d|\d", text)), line
