"""A backup is a copy that was verified, of a ledger that others go on writing."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from ledger.backup import backup
from ledger.errors import FileTrouble, Refused, VerificationFailed
from ledger.schema import create
from ledger.seal import leaf_hash
from ledger.store import Draft, Store
from ledger.verify import verify


def draft(number: int) -> Draft:
    return Draft(str(UUID(int=number)), "A", "note_added", 1, None, "clerk")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of three events."""
    made = tmp_path / "ledger.db"
    create(made, "Test register")
    with Store(made) as store, store.writing():
        store.conn.execute("create table cases (case_id text primary key, title text)")
        store.conn.execute("insert into cases values ('A', 'Published title')")
        for number in (1, 2, 3):
            store.append(draft(number))
    return made


def tamper(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (name,) in connection.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute(statement)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


@pytest.mark.parametrize("read_only", [True, False])
def test_a_backup_is_the_ledger_as_it_is(path: Path, tmp_path: Path, read_only: bool) -> None:
    out = tmp_path / "kept" / "copy.db"
    out.parent.mkdir()
    with Store(path, read_only=read_only) as store:
        report = backup(store, out)
        assert report == verify(store)
        entries = list(store.all())
    assert names(out.parent) == {"copy.db"}
    with Store(out, read_only=True) as copy:
        assert list(copy.all()) == entries
        assert verify(copy, (report.count, report.root)) == report
        assert copy.conn.execute("select title from cases").fetchone() == ("Published title",)


def test_a_backup_holds_what_is_still_in_the_wal_and_nobody_waits(
    path: Path, tmp_path: Path
) -> None:
    with Store(path) as writer, Store(path, read_only=True) as reader:
        with writer.writing():
            writer.append(draft(4))
        with writer.writing():
            writer.append(draft(5))
            assert backup(reader, tmp_path / "copy.db").count == 4
        assert writer.size() == 5


def test_a_backup_goes_on_as_a_ledger(path: Path, tmp_path: Path) -> None:
    with Store(path) as store:
        report = backup(store, tmp_path / "copy.db")
    with Store(tmp_path / "copy.db", read_only=True) as copy:
        assert copy.conn.execute("pragma journal_mode").fetchone() == ("delete",)
    with Store(tmp_path / "copy.db") as copy:
        assert copy.conn.execute("pragma journal_mode").fetchone() == ("wal",)
        with copy.writing():
            assert copy.append(draft(4)).version == 4
        assert verify(copy, (report.count, report.root)).problems == []


def test_who_may_only_read_after_a_backup_still_can_change_nothing(
    path: Path, tmp_path: Path
) -> None:
    with Store(path, read_only=True) as store:
        backup(store, tmp_path / "copy.db")
        assert store.conn.execute("pragma query_only").fetchone() == (1,)


@pytest.mark.parametrize("beside", ["", "-wal", "-journal"])
def test_a_backup_never_takes_the_place_of_a_file(path: Path, tmp_path: Path, beside: str) -> None:
    (tmp_path / f"copy.db{beside}").write_text("precious")
    with Store(path) as store, pytest.raises(Refused, match="exists already"):
        backup(store, tmp_path / "copy.db")
    assert (tmp_path / f"copy.db{beside}").read_text() == "precious"
    assert names(tmp_path) == {"ledger.db", "ledger.db.lock", f"copy.db{beside}"}


def test_a_ledger_that_was_tampered_with_is_not_passed_off_as_a_backup(
    path: Path, tmp_path: Path
) -> None:
    tamper(path, "delete from events where position = 2")
    with Store(path) as store, pytest.raises(VerificationFailed, match="no copy was made"):
        backup(store, tmp_path / "copy.db")
    assert names(tmp_path) == {"ledger.db", "ledger.db.lock"}


def test_a_file_whose_index_is_spoilt_is_not_passed_off_as_a_backup(
    path: Path, tmp_path: Path
) -> None:
    """No entry is touched, but events would not be found by their id."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma writable_schema = on")
        connection.execute("create index spoilt on cases (title)")
        connection.execute(
            "update sqlite_master set rootpage = "
            "(select rootpage from sqlite_master where name = 'events_by_type')"
            " where name = 'spoilt'"
        )
    with Store(path) as store, pytest.raises(FileTrouble, match="damaged"):
        backup(store, tmp_path / "copy.db")
    assert names(tmp_path) == {"ledger.db", "ledger.db.lock"}


def test_an_event_that_breaks_a_rule_is_not_passed_off_in_a_backup(
    path: Path, tmp_path: Path
) -> None:
    """Entry, columns and fingerprint agree; but no program that keeps the rules wrote it."""
    with Store(path, read_only=True) as store:
        (entry,) = [text for position, text in store.texts() if position == 3]
    forged = entry.replace('"confidence":null', '"confidence":"E"')
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma ignore_check_constraints = on")
        rule = "select sql from sqlite_master where name = 'events_are_never_changed'"
        (text,) = connection.execute(rule).fetchone()
        connection.execute("drop trigger events_are_never_changed")
        connection.execute(
            "update events set entry = ?, leaf_hash = ?, confidence = 'E' where position = 3",
            (forged, leaf_hash(forged)),
        )
        connection.execute(text)
    with Store(path, read_only=True) as store:
        assert verify(store).problems == []
        with pytest.raises(FileTrouble, match="CHECK"):
            backup(store, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_into_a_folder_that_is_not_there_is_refused_in_words(
    path: Path, tmp_path: Path
) -> None:
    with Store(path) as store, pytest.raises(FileTrouble, match="there is no folder"):
        backup(store, tmp_path / "nowhere" / "copy.db")
