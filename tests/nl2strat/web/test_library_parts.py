"""One file in and out, versions that open as they were left, uploads and the data store: without a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the page is not installed (nl2strat[ui])")

from mas.data import sample_bars
from mas.errors import DataError, ParameterError
from nl2strat.errors import LanguageErrors, UsageError
from nl2strat.library import shelf
from nl2strat.library.names import NameTaken
from nl2strat.library.store import Library
from nl2strat.web import datastore, exchange, keeping, origins, shelves, uploads, versions
from nl2strat.web.errors import NotFound
from nl2strat.web.shapes import DataSpec, Json, Options
from nl2strat.web.work import MasError
from nl2strat.web.workers import rebuilt, taken_apart
from nl2strat.web.workspace import Draft, Workspace

TEXT = "Buy EURUSD H1 when RSI(14) crosses below 30. Stop 50 pips."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    with closing(Library.open(home)) as opened:
        yield opened


def kept(draft: Draft, **named: object) -> Json:
    origin = origins.as_json(origins.origin_of(draft))
    return keeping.keep(draft.source, replace(draft.options, choices=False), origin=origin, **named)  # type: ignore[arg-type]


# ------------------------------------------------------------------ versions


def test_a_version_opens_as_it_was_left(library: Library) -> None:
    draft = Draft("a" * 16, text=TEXT, inputs={"rsi_length": 9.0})
    made = kept(draft, name="Dip")
    found = versions.opening(made["id"])
    assert found["exactly"], "what was approved still is what opens"
    origin = origins.read_origin(found["origin"])
    assert origin is not None
    version = library.version(made["id"])
    again = origins.opened(Draft("b" * 16), version, origin)
    assert (again.text, again.inputs, again.version_id) == (TEXT, {"rsi_length": 9.0}, made["id"])
    assert origins.is_kept(again, version)
    assert origins.is_kept(replace(again, data=DataSpec(bars=10)), version), "other data is no other strategy"
    assert not origins.is_kept(replace(again, inputs={}), version)
    assert not origins.is_kept(replace(again, text=TEXT + " Target 2R."), version)


def test_a_version_whose_words_nobody_knows_opens_as_its_program(library: Library) -> None:
    made = keeping.keep(TEXT, Options(choices=False))
    found = versions.opening(made["id"])
    origin = origins.read_origin(found["origin"])
    assert origin is not None
    assert (origin.edited, origin.text, origin.program) == ("language", TEXT, library.version(made["id"]).dsl)
    assert origins.read_origin({"edited": "klingon"}) is None
    assert origins.read_origin({"text": "x" * 10_000_000}) is None
    assert origins.read_origin("nothing") is None


def test_changes_are_said_in_words(library: Library) -> None:
    first = kept(Draft("a" * 16, text=TEXT), name="Dip")
    kept(Draft("a" * 16, text=TEXT.replace("50", "40")), strategy_id=first["strategy_id"])
    [found] = versions.changes(first["strategy_id"])
    assert [(line["sign"], "pips" in line["text"]) for line in found["changes"]] == [("-", True), ("+", True)]
    again = kept(Draft("a" * 16, text=TEXT), strategy_id=first["strategy_id"])
    assert (again["number"], again["note"]) == (3, "back to version 1"), "what is kept is the newest version"
    assert kept(Draft("a" * 16, text=TEXT), strategy_id=first["strategy_id"])["id"] == again["id"]


def test_an_approval_goes_where_the_draft_belongs(library: Library) -> None:
    draft = Draft("a" * 16, text=TEXT)
    options = replace(draft.options, choices=False)
    stranger = keeping.keep(TEXT.replace("50", "70"), options)  # called as our program is
    ours = kept(draft, name="Dip")
    read = kept(replace(draft, text=TEXT.replace("50", "40")), name="Elsewhere")
    for one in (ours, read):
        library.note_try({
            "kind": "backtest", "name": "x", "dsl_sha256": one["dsl_sha256"], "python_sha256": one["python_sha256"],
            "symbol": "EURUSD", "timeframe": "H1", "first": 1, "last": 9, "bars": 2000, "source": "f.csv",
            "synthetic": False, "trades": 3, "net": 1.5, "settings": {}, "metrics": {},
        })  # fmt: skip
    origin = origins.as_json(origins.origin_of(draft))

    def approved(text: str, one: Json, version_id: int | None) -> Json:
        return keeping.approve(text, options, "Ann", one["python_sha256"], version_id=version_id, origin=origin)

    assert approved(TEXT, ours, ours["id"])["version_id"] == ours["id"]
    changed = approved(TEXT.replace("50", "40"), read, ours["id"])
    assert (changed["strategy"], changed["version"]) == ("Dip", 2), "though another strategy has these bytes too"
    alone = approved(TEXT, ours, None)
    assert alone["strategy"] == f"{stranger['strategy']} 2", "never among the versions of a stranger"
    shelf.delete(library, ours["strategy_id"])
    assert approved(TEXT, ours, ours["id"])["strategy"] == f"{stranger['strategy']} 3"


# ------------------------------------------------------------------ one file


def test_a_strategy_goes_into_a_file_and_back_byte_for_byte(library: Library, tmp_path: Path) -> None:
    first = kept(Draft("a" * 16, text=TEXT, inputs={"stop_pips": 60.0}), name="Dip / <b>", note="one")
    kept(Draft("a" * 16, text=TEXT.replace("50", "40")), strategy_id=first["strategy_id"])
    file = tmp_path / "upload"
    file.write_text(json.dumps(exchange.exported("Dip / <b>")), encoding="utf-8")
    with pytest.raises(NameTaken) as taken:
        exchange.imported_file(str(file), "dip.json")
    assert rebuilt(taken_apart(taken.value)).free == "Dip / <b> 2", "over the line to a worker too"  # type: ignore[attr-defined]
    before = [(v.dsl_sha256, v.python_sha256, v.note, v.origin) for v in library.strategies()[0].versions]
    shelf.delete(library, first["strategy_id"])
    back = exchange.imported_file(str(file), "dip.json")
    assert back["strategy"] == "Dip / <b>"
    assert [(v.dsl_sha256, v.python_sha256, v.note, v.origin) for v in library.strategies()[0].versions] == before
    assert exchange.file_name("Dip / <b> ..") == "dip-b.nl2strat.json"
    assert exchange.file_name("策略") == "strategy.nl2strat.json"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "no text"),
        (b'{"nl2strat": 1,\n "versions": [}', "line 2, column 15"),
        (b"[" * 100_000, "not JSON|nested|recursion"),
        (b'{"nl2strat": 2}', "format '2'"),
        (b'{"nl2strat": 1, "versions": []}', "1 to 500 versions"),
        (b'{"nl2strat": 1, "versions": [{"dsl": 7}]}', "version 1"),
        (b" " * (exchange.LARGEST + 1), "larger than 5 MB"),
    ],
)
def test_what_is_no_strategy_is_refused_with_its_place(
    library: Library, tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "upload"
    file.write_bytes(content)
    with pytest.raises((UsageError, RecursionError), match=says):
        exchange.imported_file(str(file), "file.json")
    assert not library.strategies()


def test_one_wrong_version_and_nothing_is_taken(library: Library) -> None:
    made = kept(Draft("a" * 16, text=TEXT), name="Dip")
    given = exchange.exported("Dip")
    shelf.delete(library, made["strategy_id"])
    given["versions"].append({"dsl": 'strategy "x"\nbuy low\nend strategy\n'})
    with pytest.raises(LanguageErrors, match="version 2 of the file") as wrong:
        exchange.imported(given)
    assert wrong.value.problems[0].line == 2
    assert not library.strategies()


def test_an_origin_that_says_something_else_is_not_taken(library: Library) -> None:
    kept(Draft("a" * 16, text=TEXT), name="Dip")
    given = exchange.exported("Dip")
    for changes in ({"text": TEXT.replace("50", "10")}, {"translator": "model"}):
        one = {**given["versions"][0], "origin": {**given["versions"][0]["origin"], **changes}}
        back = exchange.imported({**given, "versions": [one]}, "new")
        assert library.version(back["versions"][0]["id"]).origin is None


# ------------------------------------------------------------------ what the page lists


def test_the_list_says_what_is_kept_and_what_is_not(library: Library, home: Path) -> None:
    from nl2strat.web.runs import Runs

    workspace = Workspace(library)
    services = SimpleNamespace(library=library, workspace=workspace, runs=Runs(home))
    draft = workspace.save(Draft("a" * 16, text=TEXT))
    made = kept(draft, name="Dip")
    draft = workspace.save(replace(draft, version_id=made["id"]))
    workspace.save(Draft("b" * 16, text="sell when it rains"))
    found = shelves.contents(services)  # type: ignore[arg-type]
    assert [(row.name, row.symbol, row.timeframe, row.versions) for row in found.rows] == [("Dip", "EURUSD", "H1", 1)]
    assert [one.draft.id for one in found.loose] == ["b" * 16], "what is kept as it stands is no draft any more"
    draft = workspace.save(replace(draft, text=TEXT.replace("50", "40")))
    [ours] = [one for one in shelves.contents(services).loose if one.draft.id == "a" * 16]  # type: ignore[arg-type]
    assert ours.of == "Dip"
    assert origins.draft_to_open(workspace.all(), library.strategies()[0].versions) == draft
    library.note_try({
        "id": "c" * 12, "kind": "backtest", "name": "Dip", "dsl_sha256": "d", "python_sha256": made["python_sha256"],
        "symbol": "EURUSD", "timeframe": "H1", "first": 1, "last": 9, "bars": 9, "source": "f.csv", "synthetic": True,
        "trades": 3, "net": 1.5, "settings": {}, "metrics": {},
    })  # fmt: skip
    dossier = shelves.dossier(services, made["strategy_id"])  # type: ignore[arg-type]
    assert [(one.row.id, one.version, one.run) for one in dossier.backtests] == [("c" * 12, 1, None)]
    with pytest.raises(UsageError, match="made room"):
        shelves.open_backtest(services, dossier.backtests[0], dossier)  # type: ignore[arg-type]
    [row] = shelves.contents(services).rows  # type: ignore[arg-type]
    assert row.result is not None
    assert row.result.net == 1.5


def test_a_search_wants_every_word() -> None:
    assert shelves.matches("dip rsi", "My Dip", "Buy when RSI")
    assert not shelves.matches("dip macd", "My Dip", "Buy when RSI")
    assert shelves.matches("", "anything")


# ------------------------------------------------------------------ files on their way in


def _sent(home: Path, name: str, content: bytes) -> uploads.Uploaded:
    async def pieces() -> AsyncIterator[bytes]:
        yield content[:5]
        yield content[5:]

    return asyncio.run(uploads.receive(home, name, pieces()))


def test_an_upload_waits_until_it_is_let_go(home: Path) -> None:
    sent = _sent(home, "../x.csv", b"0123456789")
    assert (sent.size, uploads.name_of(home, sent.id)) == (10, "../x.csv")
    assert uploads.path_of(home, sent.id).read_bytes() == b"0123456789"
    for _ in range(uploads.KEPT):
        _sent(home, "y.csv", b"1")
    with pytest.raises(NotFound):
        uploads.path_of(home, sent.id)
    for wrong in ("..", "../../x", "a" * 24, ""):
        with pytest.raises(NotFound):
            uploads.path_of(home, wrong)
        uploads.drop(home, wrong)


def test_an_upload_that_breaks_off_leaves_nothing(home: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(uploads.receive(home, "x.csv", pieces()))
    assert list((home / "web" / "uploads").iterdir()) == []


# ------------------------------------------------------------------ data


def _file(folder: Path, separator: str = ",", bars: int = 300) -> Path:
    from nl2strat.web.pages.telling import stamp

    made = sample_bars("EURUSD", "H1", bars)
    lines = [separator.join(("time", "open", "high", "low", "close"))]
    for i in range(bars):
        prices = [f"{getattr(made, name).values[i]:.5f}" for name in ("open", "high", "low", "close")]
        lines.append(separator.join((stamp(int(made.time[i])).replace(" ", "T"), *prices)))
    path = folder / "upload"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_that_says_no_symbol_is_asked_for_it_and_stays(home: Path, tmp_path: Path) -> None:
    path = _file(tmp_path)
    with pytest.raises(datastore.Wanting) as wanting:
        datastore.keep(path, "prices.csv")
    assert wanting.value.wants == ("symbol",)
    assert path.is_file(), "it need not be sent again"
    entry = datastore.keep(path, "prices.csv", symbol="GBPUSD")
    assert (entry.name, entry.bars, entry.source) == ("GBPUSD_H1", 300, "prices.csv")
    assert path.is_file()
    path.write_bytes(b"")
    with pytest.raises(DataError, match="empty"):
        datastore.keep(path, "EURUSD_H1.csv")


def test_a_separator_is_asked_for_only_where_there_is_one(home: Path, tmp_path: Path) -> None:
    with pytest.raises(datastore.Wanting) as wanting:
        datastore.keep(_file(tmp_path, "~"), "EURUSD_H1.csv")
    assert wanting.value.wants == ("separator",)
    assert datastore.keep(_file(tmp_path, "~"), "EURUSD_H1.csv", separator="~").bars == 300
    assert datastore.keep(_file(tmp_path, "  "), "EURUSD_H1.txt", separator=" ").bars == 300
    for wrong in ("ab", "1", "."):
        with pytest.raises(UsageError, match="cannot stand between"):
            datastore.keep(_file(tmp_path, "~"), "EURUSD_H1.csv", separator=wrong)
    prose = tmp_path / "upload"
    prose.write_text("These are\nno bars\nat all, of any symbol")
    with pytest.raises(DataError) as refused:
        datastore.keep(prose, "EURUSD_H1.csv")
    assert not isinstance(refused.value, datastore.Wanting)


def test_the_clock_is_said_once_and_the_stamps_stay(home: Path, tmp_path: Path) -> None:
    before = datastore.keep(_file(tmp_path), "EURUSD_H1.csv")
    assert not before.timezone_known
    with pytest.raises(ParameterError):
        datastore.put_on_clock(before.name, "Middle/Earth")
    after = datastore.put_on_clock(before.name, "Europe/Helsinki")
    assert (after.timezone, after.timezone_known) == ("Europe/Helsinki", True)
    assert (after.first, after.last, after.bars, after.gaps) == (before.first, before.last, before.bars, before.gaps)
    assert datastore.entry_of(before.name) == after
    with pytest.raises(UsageError, match="says so"):
        datastore.put_on_clock(before.name, "UTC")
    with pytest.raises(MasError):
        datastore.put_on_clock("../x", "UTC")
