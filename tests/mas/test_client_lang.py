"""`set_lang`: three languages for everything that is printed or returned, codes that stay."""

from __future__ import annotations

import ast
import gettext
import logging
import re
from collections.abc import Mapping
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import mas
from mas import messages
from mas.errors import DataError, ParameterError
from mas.terminals import troubles
from mas.terminals.connection import Connection
from mas.terminals.retcodes import RETCODES, sentence
from mas.terminals.simulated.validation import COMMENTS
from mas.terminals.troubles import Trouble
from tests.mas.live_terminal import LiveTerminal
from tests.mas.scenarios import flat, market, order, play

PACKAGE = Path(mas.__file__).parent
CATALOGUES = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/mas.po"))
OURS = [
    *(file for name in ("client", "data", "terminals") for file in sorted((PACKAGE / name).glob("*.py"))),
    *(PACKAGE / f"{n}.py" for n in (
        "answers", "finer", "history", "live", "margin_calls", "modelling", "netting_parts", "portfolio", "profiles",
        "request", "subscriptions", "tick_files", "tick_replay", "timeframes", "zones",
    )),
]  # fmt: skip
SAYS = re.compile(
    r"log\.(info|warning|error|critical)|self\._wrong|(Parameter|Data|Broker)Error|ConnectionLost|Rejected|OutcomeUnknown"
)


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


def source_of(file: Path) -> dict[str, str]:
    """English texts and translations as the source of a catalogue has them."""
    found = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    return {plain(key): plain(value) for key, value in found}


def plain(text: str) -> str:
    """A text of a catalogue without its escapes."""
    return text.replace('\\"', '"').replace("\\n", "\n")


def test_every_catalogue_has_the_same_keys():
    """In the same order, each once, and none without a translation."""
    keys = [list(source_of(file)) for file in CATALOGUES]
    assert len(keys) == len(messages.LANGUAGES) - 1
    assert all(one == keys[0] for one in keys)
    for file in CATALOGUES:
        entries = file.read_text(encoding="utf-8").split("msgid ")[2:]
        assert len(entries) == len(keys[0])
        assert all(source_of(file).values())


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parent.parent.name)
def test_the_compiled_catalogue_is_that_of_the_source(file):
    """mas.mo holds what mas.po says, and each translation has the values of its English text."""
    source = source_of(file)
    with file.with_suffix(".mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    assert len(source) > 90
    for key, value in source.items():
        assert catalogue.gettext(key) == value
        assert sorted(re.findall(r"\{\w+\}|%\w", key)) == sorted(re.findall(r"\{\w+\}|%\w", value)), key


def said(node: ast.expr, names: Mapping[str, Any]) -> list[str]:
    """The texts that an expression may make: values are 1, constants and texts made before are known by name."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        return list(map("".join, product(*(said(value, names) for value in node.values))))
    if isinstance(node, ast.FormattedValue):
        return said(node.value, names) or ["1"]
    if isinstance(node, ast.BinOp):
        return [a + b for a in said(node.left, names) for b in said(node.right, names)]
    if isinstance(node, ast.IfExp):
        return [*said(node.body, names), *said(node.orelse, names)]
    if isinstance(node, ast.Name):
        known = names.get(node.id, [])
        return [known] if isinstance(known, str) else said(known, {}) if isinstance(known, ast.expr) else []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return [re.sub(r"\{\w+\}", "1", text) for text in said(node.func.value, names)]
    return []


def texts_of(file: Path) -> list[str]:
    """The texts that a module logs or raises, written there or kept in a constant."""
    module = import_module(".".join(("mas", *file.relative_to(PACKAGE).with_suffix("").parts)))
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    before = {
        node.targets[0].id: node.value
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.IfExp)
    }
    names, found = before | {name: value for name, value in vars(module).items() if isinstance(value, str)}, []
    for node in nodes:
        if isinstance(node, ast.Call) and node.args and SAYS.fullmatch(ast.unparse(node.func)):
            found += said(node.args[1 if ast.unparse(node.func) == "self._wrong" else 0], names)
    return [text for text in found if re.search(r"[a-z]+ [a-z]", text)]


@pytest.mark.parametrize("language", ["zh-tw", "zh-cn"])
def test_nothing_that_is_said_is_left_in_english(language):
    """Every log line and every error of the client's modules is in the catalogue, and every return code's comment."""
    messages.set_language(language)
    missing = [text for file in OURS for text in texts_of(file) if messages.translated(text) == text]
    missing += [text for text in COMMENTS.values() if messages.translated(text) == text]
    assert missing == []


ENGLISH = re.compile(r"\b(the|is|are|was|not|no|has|have|with|and|or|of|to|it|in)\b")
"""Words that no translation needs."""

TROUBLES = sorted({*troubles.LAST_ERRORS.values(), *(v for v in vars(troubles).values() if isinstance(v, Trouble))})


@pytest.mark.parametrize("language", ["zh-tw", "zh-cn"])
def test_what_goes_wrong_with_a_terminal_is_told_in_the_language_chosen(language):
    """Every trouble with and without its detail, every return code; the numbers and the detail stay."""
    messages.set_language(language)
    for trouble in TROUBLES:
        with_detail = messages.translated(trouble.sentence("initialize: -6 DETAIL"))
        assert "initialize: -6 DETAIL" in with_detail
        for text in (with_detail, messages.translated(trouble.sentence())):
            assert not ENGLISH.search(re.sub(r"\([A-Z].*?\)|[A-Z]\w+ > [\w ]+", "", text)), text
    for code in RETCODES:
        text = messages.translated(sentence(code))
        assert str(code) in text
        assert not ENGLISH.search(text), text


def client_on(terminal):
    """A client that is logged in to that terminal, and pushes nothing."""
    client = mas.MAS()
    client._connection = Connection(lambda: terminal, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))
    client._connection.connect()
    client._live_loop()._start = lambda run: None
    return client


def test_a_refused_order_is_explained_in_the_language_chosen(caplog):
    """mas.terminals: the answer and the line in the log; the code stays."""
    messages.set_language("zh-cn")
    real = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False}
    answer = client_on(LiveTerminal([10019])).send_order(real)
    assert (str(answer), answer.code) == ("可用保证金不足(10019):请减少手数", 10019)
    assert "可用保证金不足" in caplog.text
    answer = client_on(LiveTerminal([10016, 10016])).send_order({**real, "sl": 1.05})
    assert "多头持仓" in answer
    assert not ENGLISH.search(answer)


def test_a_lost_terminal_is_told_in_the_language_chosen(caplog):
    """Also where the error is a value of a line in the log."""
    client = client_on(terminal := LiveTerminal())
    messages.set_language("zh-tw")
    terminal.up = terminal._connected = False
    assert client.get_orders_total() == 0
    assert all("終端機未及時回答(initialize: -10005 IPC timeout)" in line for line in caplog.messages)
    assert not ENGLISH.search(caplog.messages[-1].partition(": ")[2]), caplog.messages[-1]


def test_bad_data_are_told_in_the_language_chosen(tmp_path, monkeypatch):
    """mas.data: file and line stay, what is wrong and what to do are translated."""
    messages.set_language("zh-tw")
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    wanted = {"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": True}
    head, row = "time,open,high,low,close\n", "2024-01-01 0{}:00,1.1,{},1.0,1.1\n"
    for text, expected in {
        head + row.format(1, 1.2) + row.format(2, 0.9) + row.format(3, 0.9):
            "EURUSD_H1.csv 第 3 行 第 4 行:high 低於 low。請更正或刪除這些列:價格不能用猜的",
        head + row.format(1, 1.2) + row.format(2, "x"): 'EURUSD_H1.csv 第 3 行:high 的 "x" 不是數字',
        head: "EURUSD_H1.csv 的標題列之下沒有資料",
        "nothing": "EURUSD_H1.csv 不是 K 線表格",
    }.items():  # fmt: skip
        (tmp_path / "EURUSD_H1.csv").write_text(text)
        with pytest.raises(DataError) as caught:
            mas.MAS().subscribe_bars(wanted)
        assert str(caught.value).startswith(expected), str(caught.value)
    (tmp_path / "EURUSD_H1.csv").write_text(head + row.format(1, 1.2) + row.format(2, 1.2) + row.format(3, 1.2))
    with pytest.raises(DataError, match="2024-01-01 至 2024-01-01 的 K 線"):
        mas.MAS().subscribe_bars({**wanted, "from": "2025-01-01"})


def test_bad_profiles_are_told_in_the_language_chosen(tmp_path, monkeypatch):
    """mas.profiles: by way of login, whose answer is a false text with a code."""
    messages.set_language("zh-cn")
    file = tmp_path / "profiles.toml"
    monkeypatch.setenv("MAS_PROFILES", str(file))
    assert mas.MAS().login({"profile": "demo"}).startswith("没有经纪商配置 demo")
    for text, expected in {
        '[demo]\nserver = "X"\n': "配置 demo 需要参数 account",
        '[demo]\nserver = "X"\naccount = 1\npasswort = "x"\n': "未知的参数 passwort:",
        '[demo]\nserver = "X"\naccount = 1\npassword = "x"\n': "此文件既未加密也不私密,不得含有 password",
        '[demo]\nserver = "X"\naccount = 1\ntimezone = "Europe/Athen"\n': '未知的时区 "Europe/Athen":您是指',
        '[demo]\nserver = "X"\naccount = 1\nterminal = "here"\n': '终端地址必须是 "local"',
    }.items():
        file.write_text(text)
        answer = mas.MAS().login({"profile": "demo"})
        assert (bool(answer), answer.code) == (False, -2)
        assert f"{file} 第" in answer
        assert expected in answer, answer
