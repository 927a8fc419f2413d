"""A ledger that an older version of the program has written is verified as it is."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.schema import FORMAT, format_of
from ledger.store import Store
from tests.sessions import Run, state

OLDER_TABLES = "the published tables were made by another version of caseledger"


@pytest.fixture
def older(session: Run, tmp_path: Path) -> Run:
    """As `session`, with the ledger as the first version wrote it: of format 1."""
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as conn:
        query = "select sql from sqlite_master where name = 'meta_keeps_its_origin'"
        (rule,) = conn.execute(query).fetchone()
        conn.execute("drop table settings")
        conn.execute("drop trigger meta_keeps_its_origin")
        conn.execute("update meta set format = 1, published_shape = 'older'")
        conn.execute(rule)
        conn.execute("delete from _sqlite_migrations where name = 'settings'")
    return session


def test_the_record_of_an_older_format_is_verified_and_the_format_told(
    older: Run, tmp_path: Path
) -> None:
    before = state(tmp_path)
    ran = older("verify")
    assert (ran.code, ran.out.splitlines()[1]) == (
        0,
        "self-consistent; not compared with an earlier root",
    )
    assert "the ledger has format 1, that of an older caseledger" in ran.err
    assert f"brings it to format {FORMAT}, and changes no event" in ran.err
    assert OLDER_TABLES in ran.err
    told = older("verify --json").json
    assert (told["problems"], len(told["remarks"])) == ([], 2)
    assert state(tmp_path) == before


def test_a_writer_brings_an_older_ledger_up_under_the_same_root(older: Run, tmp_path: Path) -> None:
    root = older("verify --json").json["root"]
    assert older("append note-added cnil-clearview --text 'it goes on'").code == 0
    ran = older(f"verify --against 6:{root}")
    assert (ran.code, ran.err) == (0, "")
    with Store(tmp_path / "ledger.db", read_only=True) as store:
        assert format_of(store.conn) == FORMAT


def test_what_was_changed_in_an_older_ledger_is_found(older: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as conn:
        conn.execute("drop trigger events_are_never_removed")
        conn.execute("delete from events where position = 6")
    ran = older("verify")
    assert (ran.code, "the trigger events_are_never_removed is missing" in ran.err) == (5, True)
    assert OLDER_TABLES not in ran.err


def test_older_tables_are_no_fault_of_the_record(session: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as conn:
        conn.execute("update meta set published_shape = 'older'")
    ran = session("verify")
    assert (ran.code, ran.err.count(OLDER_TABLES), "format" in ran.err) == (0, 1, False)
    assert session("rebuild --check").code == 5
    session("rebuild")
    assert (session("verify").err, session("rebuild --check").code) == ("", 0)
