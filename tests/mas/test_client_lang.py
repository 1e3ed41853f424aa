"""`set_lang`: three languages for everything that is printed or returned, codes that stay."""

from __future__ import annotations

import ast
import gettext
import logging
import re
from pathlib import Path

import pytest

import mas
from mas import messages
from mas.errors import ParameterError
from mas.terminals.simulated.validation import COMMENTS
from tests.mas.scenarios import flat, market, order, play

PACKAGE = Path(mas.__file__).parent
CATALOGUES = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/mas.po"))
OURS = [*sorted((PACKAGE / "client").glob("*.py")), *(PACKAGE / f"{n}.py" for n in (
    "answers", "history", "live", "request", "subscriptions", "tick_replay",
))]  # fmt: skip


@pytest.fixture(autouse=True)
def english_again():
    """The language is that of the process: whatever a test chooses ends with it."""
    yield
    messages.set_language("en")


def test_the_documented_error_in_three_languages():
    """Q28: the text changes, in the dict of `get_account_info` and in the reports; the code beside it does not."""
    client = mas.MAS()
    texts = []
    for code in ("en", "zh-tw", "zh-cn"):
        assert client.set_lang(code) is None
        texts.append((client.get_account_info()["error"], client.generate_data_report()["error"]))
        assert client.generate_data_report()["code"] == "NO_TRADES"
    assert texts[0] == ("Failed to retrieve account information", "Missing trade data for KPI generation")
    assert texts[1][0] == "無法取得帳戶資訊"
    assert texts[2][0] == "无法获取账户信息"
    assert len(set(texts)) == 3


def test_an_unknown_language_changes_nothing(caplog):
    """It is logged, in the language that stays."""
    client = mas.MAS()
    client.set_lang("zh-tw")
    for wrong in ("de", "", None, 5):
        client.set_lang(wrong)
    assert messages.language() == "zh-tw"
    assert "語言維持不變" in caplog.text
    client.set_lang()
    assert messages.language() == "en"


def test_texts_with_values_are_translated_with_their_values():
    """Failures, errors that are raised, refusals: the key and the value stay as they are."""
    client = mas.MAS()
    client.set_lang("zh-cn")
    answer = client.login({"account": 1, "password": "p"})
    assert (str(answer), answer.code) == ("login 缺少参数 server", -2)
    with pytest.raises(ParameterError, match="captital 必须是大于 0 的数字,而不是 -1"):
        client.subscribe_bars({"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": True, "captital": -1})
    _, scripted = play(market(flat(1.1, 3)), {0: order("buy", sl=1.2)})
    assert (str(scripted.answers[0]), scripted.answers[0].code) == ("无效的止损止盈 (10016)", 10016)


def test_log_lines_are_translated(caplog):
    """Also those whose values the logging module fills in."""
    client = mas.MAS()
    client.set_lang("zh-tw")
    with caplog.at_level(logging.WARNING, "mas"):
        client.check_connection()
        client.get_start_date("2025-06-30", "D1", 250)
    assert caplog.messages == ["尚未連線到終端機"]


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parent.parent.name)
def test_the_compiled_catalogue_is_that_of_the_source(file):
    """mas.mo holds what mas.po says, and each translation has the values of its English text."""
    source = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', file.read_text(encoding="utf-8"), re.MULTILINE))
    source = {key.replace('\\"', '"'): value.replace('\\"', '"') for key, value in source.items()}
    with file.with_suffix(".mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    assert len(source) > 90
    for key, value in source.items():
        assert catalogue.gettext(key) == value
        assert sorted(re.findall(r"\{\w+\}|%\w", key)) == sorted(re.findall(r"\{\w+\}|%\w", value)), key


def said(node: ast.expr) -> str:
    """A text as it might come out: every value is 1."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "1" for v in node.values)
    return ""


def texts_of(file: Path) -> list[str]:
    """The texts that a module logs or raises, and those it keeps as constants with a colon or a blank in them."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = ast.unparse(node.func)
            if re.fullmatch(r"log\.(info|warning|error)|(ParameterError|DataError|BrokerError)", name):
                found.append(said(node.args[0]))
    return [text for text in found if " " in text and not text.startswith("%s: %s")]


@pytest.mark.parametrize("language", ["zh-tw", "zh-cn"])
def test_nothing_that_is_said_is_left_in_english(language):
    """Every log line and every error of the client's modules is in the catalogue, and every return code's comment."""
    messages.set_language(language)
    missing = [text for file in OURS for text in texts_of(file) if messages.translated(text) == text]
    missing += [text for text in COMMENTS.values() if messages.translated(text) == text]
    assert missing == []
