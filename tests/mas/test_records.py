"""Files that must survive: what they refuse, and what they say when they cannot be written."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from mas.errors import DataError, ParameterError
from mas.records import RecordError, RecordFile

TABLES = MetaData()
NUMBERS = Table("numbers", TABLES, Column("number", Integer, primary_key=True))


@pytest.fixture
def opened(tmp_path):
    files = []

    def opening(kind="a test", version=1, path=tmp_path / "file.sqlite", **how):
        files.append(RecordFile(path, TABLES, kind, version, **how))
        return files[-1]

    yield opening
    for file in files:
        file.close()


def write(file, number, durable=True):
    with file.writing(durable) as connection:
        connection.execute(insert(NUMBERS), {"number": number})


def fill(file):
    for number in range(10_000):
        write(file, number, durable=False)


def numbers(file):
    with file.reading() as connection:
        return list(connection.execute(select(NUMBERS.c.number)).scalars())


def test_what_is_written_is_there_for_others_at_once(opened):
    file = opened()
    write(file, 1)
    write(file, 2, durable=False)
    assert numbers(opened(look=True)) == [1, 2]


def test_it_is_written_ahead_and_synced_where_that_is_asked_for(opened):
    file = opened()
    for durable, level in ((True, 2), (False, 1), (True, 2)):
        write(file, len(numbers(file)), durable)
        driver = file._connected().connection.driver_connection
        assert driver.execute("PRAGMA synchronous").fetchone() == (level,)
    assert driver.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_write_that_fails_leaves_nothing(opened):
    file = opened()
    write(file, 1)
    with pytest.raises(RecordError):
        write(file, 1)
    assert numbers(file) == [1]


def test_a_full_disk_is_told_and_writing_goes_on_once_there_is_room(opened):
    file = opened()
    driver = file._connected().connection.driver_connection
    pages = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(RecordError, match=r"file\.sqlite, cannot be written: the disk is full: make room"):
        fill(file)
    kept = numbers(file)
    driver.execute("PRAGMA max_page_count=100000")
    write(file, 99_999)
    assert numbers(file) == [*kept, 99_999]


def test_a_file_that_another_process_holds_is_told(opened, monkeypatch, tmp_path):
    monkeypatch.setattr("mas.records._PATIENCE", 0.05)
    file = opened()
    other = sqlite3.connect(tmp_path / "file.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordError, match="another process holds it"):
        write(file, 1)
    other.execute("COMMIT")
    other.close()
    write(file, 1)


def test_files_of_another_kind_or_version_are_refused(opened, tmp_path):
    opened()
    with pytest.raises(DataError, match="is not a journal, but a test"):
        opened("a journal")
    with pytest.raises(DataError, match="of version 1, and this program knows version 2: begin a new one"):
        opened(version=2)
    with pytest.raises(DataError, match="knows version 0: update this program"):
        opened(version=0)
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE mail (subject TEXT)")
    with pytest.raises(DataError, match="is not a test, but something else"):
        opened(path=foreign)
    with pytest.raises(ParameterError, match="there is no file"):
        opened(path=tmp_path / "none", look=True)
    with pytest.raises(RecordError, match="cannot be opened"):
        opened(path=tmp_path / "none" / "deeper")


def test_a_damaged_file_is_told(opened, tmp_path):
    opened().close()
    file = tmp_path / "file.sqlite"
    file.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(RecordError, match=r"damaged|no SQLite file"):
        opened()
