"""The library keeps what was written, tried, approved and run."""

import sqlite3
import threading

import pytest
from sqlalchemy import create_engine, inspect

from nl2strat.errors import UsageError
from nl2strat.library import spool
from nl2strat.library.fingerprint import sha256, sha256_of
from nl2strat.library.places import data_folder
from nl2strat.library.store import FILE, Library
from nl2strat.library.tables import Approval, Base, Run
from nl2strat.pipeline import Market, compile_strategy
from nl2strat.source import Kind, Source

PROGRAM = 'strategy "Rising"\nsymbol EURUSD\ntimeframe H1\nenter long when close > sma(close, 20)\nend\nend strategy\n'


def compiled(text=PROGRAM):
    return compile_strategy(Source(text, Kind.LANGUAGE, "rising.strat"), Market())


def tried(**changes):
    return {
        "kind": "backtest", "name": "Rising", "dsl_sha256": "d", "python_sha256": "p", "symbol": "EURUSD",
        "timeframe": "H1", "first": 1, "last": 9, "bars": 9, "source": "f.csv", "synthetic": False, "trades": 3,
        "net": 1.5, "settings": {}, "metrics": {"sharpe": None}, **changes,
    }  # fmt: skip


@pytest.fixture
def library(tmp_path):
    library = Library.open(tmp_path)
    yield library
    library.close()


def test_the_same_bytes_are_one_version_and_others_the_next(library):
    first = library.keep(compiled())
    again = library.keep(compiled())
    other = library.keep(compiled(PROGRAM.replace("20", "30")))
    assert (first.number, again.id, other.number) == (1, first.id, 2)
    assert first.strategy.name == "Rising"
    assert first.dsl_sha256 == sha256(first.dsl)
    [strategy] = library.strategies()
    assert [v.number for v in strategy.versions] == [1, 2]


def test_migrations_give_exactly_the_tables_of_the_code(library, tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    Base.metadata.create_all(engine)
    ours, fresh = inspect(library._engine), inspect(engine)

    def shape(inspector, table):
        columns = {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)}
        indexed = {tuple(i["column_names"]) for i in inspector.get_indexes(table)}
        return columns, indexed, {tuple(u["column_names"]) for u in inspector.get_unique_constraints(table)}

    tables = set(fresh.get_table_names())
    assert set(ours.get_table_names()) == tables | {"alembic_version"}
    for table in tables:
        assert shape(ours, table) == shape(fresh, table), table


def test_what_was_spooled_is_taken_in_once_even_after_a_crash_in_between(tmp_path):
    spool.append(tmp_path, tried())
    spool.append(tmp_path, tried(net=-2.0, synthetic=True))
    lines = (tmp_path / spool.NAME).read_text()
    Library.open(tmp_path).close()
    (tmp_path / "tries.taken").write_text(lines)  # as if it had been killed before it could delete what it took in
    spool.append(tmp_path, tried(net=7.0, python_sha256="q"))
    with (tmp_path / spool.NAME).open("a") as waiting:
        waiting.write('{"id": "cut of')
    for _ in range(2):  # what was left behind, and then the new ones
        Library.open(tmp_path).close()
    library = Library.open(tmp_path)
    assert sorted(t.net for t in library.tries("EURUSD", "H1")) == [-2.0, 1.5, 7.0]
    assert library.latest_try("d", "p").net == 1.5
    assert library.latest_try("d", "other") is None
    library.close()


def test_an_approval_counts_until_it_is_revoked(library):
    version = library.keep(compiled())
    library.note_try(tried(dsl_sha256=version.dsl_sha256, python_sha256=version.python_sha256))
    backtest = library.latest_try(version.dsl_sha256, version.python_sha256)
    approval = library.approve(
        Approval(
            created=5, who="ann", version_id=version.id, try_id=backtest.id, dsl_sha256=version.dsl_sha256,
            python_sha256=version.python_sha256, inputs={}, inputs_sha256=sha256_of({}), symbol={},
            symbol_sha256=sha256_of({}), revoked=None,
        )
    )  # fmt: skip
    assert approval.version.strategy.name == "Rising"
    assert approval.backtest.net == 1.5
    assert [a.id for a in library.approvals(version.python_sha256)] == [approval.id]
    assert library.approvals("other") == []
    library.revoke(approval.id)
    assert library.approvals() == []
    with pytest.raises(UsageError, match="no approval 99"):
        library.revoke(99)


def test_a_run_is_found_by_the_start_of_its_id(library):
    version = library.keep(compiled())

    def run(number):
        return Run(
            id=number, created=1, ended=None, version_id=version.id, approval_id=None, terminal="paper", live=False,
            account=0, server="", magic=7, symbol="EURUSD", timeframe="H1", folder="runs/x", state="starting",
            options={},
        )  # fmt: skip

    library.begin(run("4f7k"))
    library.begin(run("4a00"))
    library.update_run("4a00", lambda row: setattr(row, "ended", 9))
    assert library.run("4f").id == "4f7k"
    assert [r.id for r in library.runs(ended=False)] == ["4f7k"]
    for wrong, told in (("4", "several runs"), ("9", "no run")):
        with pytest.raises(UsageError, match=told):
            library.run(wrong)


def test_several_may_open_a_new_library_at_once(tmp_path):
    troubles, strategy = [], compiled()  # Python's own parser is not safe in several threads at once

    def use():
        try:
            library = Library.open(tmp_path)
            library.keep(strategy)
            library.close()
        except Exception as error:
            troubles.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles
    library = Library.open(tmp_path)
    assert [len(s.versions) for s in library.strategies()] == [1]
    library.close()


@pytest.mark.parametrize("content", [b"this is no database at all, but some notes of the user's" * 20])
def test_a_file_that_is_no_library_is_told_and_kept(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UsageError, match=r"library.sqlite.*not a database"):
        Library.open(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_library_of_a_newer_version_is_not_touched(tmp_path):
    Library.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    with pytest.raises(UsageError, match="newer version"):
        Library.open(tmp_path)


def test_the_folder_is_where_the_user_says(tmp_path, monkeypatch):
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "here"))
    assert data_folder() == tmp_path / "here"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="NL2STRAT_HOME"):
        data_folder()
