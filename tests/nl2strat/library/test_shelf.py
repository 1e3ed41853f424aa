"""Whole strategies: named, copied, put away, brought back; versions restored; taken in from elsewhere."""

import sqlite3

import pytest

from nl2strat.errors import UsageError
from nl2strat.library import shelf
from nl2strat.library.names import LONGEST, NameTaken, NotThere, checked_name, free_name
from nl2strat.library.store import FILE, Library
from nl2strat.library.tables import Approval, Run
from nl2strat.pipeline import Market, compile_strategy
from nl2strat.source import Kind, Source

PROGRAM = 'strategy "Rising"\nsymbol EURUSD\ntimeframe H1\nenter long when close > sma(close, 20)\nend\nend strategy\n'


def compiled(length=20):
    text = PROGRAM.replace("20", str(length))
    return compile_strategy(Source(text, Kind.LANGUAGE, "rising.strat"), Market())


@pytest.fixture
def library(tmp_path):
    library = Library.open(tmp_path)
    yield library
    library.close()


def names(library):
    return [row.name for row in library.strategies()]


def run_of(version, **changes):
    columns = {
        "id": "r1", "created": 1, "ended": None, "version_id": version.id, "approval_id": None, "terminal": "paper",
        "live": False, "account": 0, "server": "", "magic": 1, "symbol": "EURUSD", "timeframe": "H1", "folder": "",
        "state": "running", "options": {},
    }  # fmt: skip
    return Run(**{**columns, **changes})


def try_of(library, version, number="t1"):
    library.note_try(
        {"id": number, "kind": "backtest", "name": "Rising", "dsl_sha256": version.dsl_sha256,
         "python_sha256": version.python_sha256, "symbol": "EURUSD", "timeframe": "H1", "first": 1, "last": 9,
         "bars": 9, "source": "f.csv", "synthetic": False, "trades": 3, "net": 1.5, "settings": {}, "metrics": {}}
    )  # fmt: skip


def approval_of(version, number="t1"):
    return Approval(
        created=5, who="Ann", version_id=version.id, try_id=number, dsl_sha256=version.dsl_sha256,
        python_sha256=version.python_sha256, inputs={}, inputs_sha256="i", symbol={}, symbol_sha256="s", revoked=None,
    )  # fmt: skip


def test_a_renamed_strategy_stays_the_one_that_its_bytes_belong_to(library):
    first = library.keep(compiled())
    assert shelf.rename(library, first.strategy_id, "  My\ndip ").name == "My dip"
    assert library.keep(compiled()).id == first.id, "an approval of these bytes finds them under the new name"
    with pytest.raises(UsageError, match="empty"):
        shelf.rename(library, first.strategy_id, " \n ")
    other = library.keep(compiled(30)).strategy_id
    with pytest.raises(NameTaken) as taken:
        shelf.rename(library, other, "My dip")
    assert taken.value.free == "My dip 2"
    assert names(library) == ["My dip", "Rising"]


def test_a_copy_begins_with_the_newest_version(library):
    library.keep(compiled())
    newest = library.keep(compiled(30))
    copy = shelf.duplicate(library, newest.strategy_id)
    assert copy.name == "Rising copy"
    [version] = copy.versions
    assert (version.number, version.python_sha256) == (1, newest.python_sha256)
    assert "version 2" in version.note
    assert shelf.duplicate(library, newest.strategy_id).name == "Rising copy 2"
    assert library.keep(compiled(30)).strategy.name == "Rising", "the one that is called as the program is"


def test_what_is_deleted_waits_with_everything_and_its_name_is_free(library):
    first = library.keep(compiled())
    try_of(library, first)
    library.approve(approval_of(first))
    shelf.delete(library, first.strategy_id)
    assert names(library) == []
    assert library.approvals() == [], "what was put away must not trade"
    assert [row.formerly for row in shelf.deleted(library)] == ["Rising"]
    with pytest.raises(NotThere, match="deleted"):
        shelf.keep_new(library, compiled(40), strategy_id=first.strategy_id)
    other = library.keep(compiled())
    assert other.strategy_id != first.strategy_id
    back = shelf.bring_back(library, first.strategy_id)
    assert back.name == "Rising 2", "its name is somebody else's now"
    assert len(library.approvals()) == 1
    assert shelf.bring_back(library, first.strategy_id).name == "Rising 2"
    assert shelf.deleted(library) == []


def test_what_runs_is_not_deleted(library):
    first = library.keep(compiled())
    library.begin(run_of(first))
    with pytest.raises(UsageError, match="running"):
        shelf.delete(library, first.strategy_id)

    def end(run):
        run.ended = 2

    library.update_run("r1", end)
    shelf.delete(library, first.strategy_id)
    assert library.run("r1").version.strategy.name == "Rising (deleted)"


def test_restoring_makes_the_newest_version_and_loses_none(library):
    first, second = library.keep(compiled()), library.keep(compiled(30))
    again = shelf.restore(library, first.id)
    assert (again.number, again.python_sha256, again.note) == (3, first.python_sha256, "restored version 1")
    assert shelf.restore(library, again.id).id == again.id, "the newest is what it is"
    [strategy] = library.strategies()
    assert [v.id for v in strategy.versions] == [first.id, second.id, again.id]
    assert shelf.keep_new(library, compiled(30), strategy_id=strategy.id).number == 4
    with pytest.raises(UsageError, match="no version 99"):
        shelf.restore(library, 99)


def test_a_new_strategy_never_joins_another_of_its_name(library):
    first = shelf.keep_new(library, compiled(), name="Dip", origin={"text": "buy the dip"})
    assert first.strategy.name == "Dip"
    assert library.version(first.id).origin == {"text": "buy the dip"}
    with pytest.raises(NameTaken):
        shelf.keep_new(library, compiled(30), name="Dip")
    assert [len(row.versions) for row in library.strategies()] == [1]


def test_taking_in_asks_where_the_name_is_there(library):
    incoming = [shelf.Incoming(compiled(), "one", 1_600_000_000), shelf.Incoming(compiled(30))]
    taken = shelf.take_in(library, "Dip", incoming)
    assert [(v.number, v.note) for v in taken.versions] == [(1, "one"), (2, "")]
    assert taken.versions[0].created == 1_600_000_000
    with pytest.raises(NameTaken):
        shelf.take_in(library, "Dip", incoming)
    assert shelf.take_in(library, "Dip", incoming, "new").name == "Dip 2"
    added = shelf.take_in(library, "Dip", [*incoming, shelf.Incoming(compiled(40))], "add")
    assert (added.id, len(added.versions)) == (taken.id, 3)


def test_the_record_of_a_strategy(library):
    first, second = library.keep(compiled()), library.keep(compiled(30))
    try_of(library, first)
    try_of(library, second, "t2")
    library.note_try({"id": "t3", "kind": "backtest", "name": "Rising", "dsl_sha256": "x", "python_sha256": "x",
                      "symbol": "EURUSD", "timeframe": "H1", "first": 1, "last": 9, "bars": 9, "source": "f.csv",
                      "synthetic": False, "trades": 0, "net": 0.0, "settings": {}, "metrics": {}})  # fmt: skip
    approved = library.approve(approval_of(first))
    library.revoke(approved.id)
    library.begin(run_of(second))
    found = shelf.record(library, first.strategy_id)
    assert {row.id for row in found.tries} == {"t1", "t2"}
    assert [row.revoked is not None for row in found.approvals] == [True]
    assert [(row.id, row.version.number) for row in found.runs] == [("r1", 2)]
    assert {row.id for row in shelf.record(library, first.strategy_id, ["t3"]).tries} == {"t1", "t2", "t3"}
    assert shelf.latest_tries(library)[first.python_sha256].id == "t1"


def test_names_are_one_line_and_have_an_end():
    assert checked_name("a\x00b\tc") == "a b c"
    with pytest.raises(UsageError, match=str(LONGEST)):
        checked_name("x" * (LONGEST + 1))
    assert free_name("Dip", {"Dip", "Dip 2"}) == "Dip 3"
    assert len(free_name("x" * LONGEST, {"x" * LONGEST})) <= LONGEST


def test_a_library_of_before_gets_what_it_lacks(tmp_path):
    library = Library.open(tmp_path)
    kept = library.keep(compiled())
    library.close()
    with sqlite3.connect(tmp_path / FILE) as database:
        for table, column in (("strategy", "deleted"), ("strategy", "formerly"), ("version", "origin")):
            database.execute(f"alter table {table} drop column {column}")
        database.execute("update alembic_version set version_num = '0002'")
    database.close()
    library = Library.open(tmp_path)
    [strategy] = library.strategies()
    assert (strategy.name, strategy.deleted, strategy.formerly) == ("Rising", None, "")
    assert library.version(kept.id).origin is None
    library.close()
