"""Transactions of the store: what fails leaves nothing behind, and a reader sees one moment."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import FileTrouble, Refused
from ledger.store import Draft, Store
from tests.drafts import CASES, append, draft, new_ledger, uuid


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with three cases and no event."""
    return new_ledger(tmp_path / "ledger.db")


class OtherError(Exception):
    """Something failed that has nothing to do with the record."""


def give_up(store: Store, *drafts: Draft) -> None:
    """Appends, and fails before the end."""
    with store.writing():
        for each in drafts:
            store.append(each)
        raise OtherError


def go_on_after_rollback(store: Store, go_on: Callable[[], object]) -> None:
    """Appends, loses the transaction as SQLite does after some errors of a disk, and goes on."""
    with store.writing():
        store.append(draft(1))
        store.conn.execute("rollback")
        go_on()


def test_what_fails_inside_writing_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(OtherError):
        give_up(store, draft(1))
    assert store.size() == 0
    append(store, draft(2))
    assert store.size() == 1


def test_a_part_may_fail_by_itself(store: Store) -> None:
    with store.writing():
        store.append(draft(1))
        with pytest.raises(Refused):
            append(store, draft(2), draft(1))
        append(store, draft(3))
    assert [entry.event_id for entry in store.all()] == [uuid(1), uuid(3)]


def test_a_part_that_was_kept_falls_with_the_whole(store: Store) -> None:
    def whole() -> None:
        with store.writing():
            append(store, draft(1))
            give_up(store, draft(2))

    with pytest.raises(OtherError):
        whole()
    assert store.size() == 0


def test_nothing_is_appended_outside_of_writing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        store.append(draft(1))
    with pytest.raises(RuntimeError), store.reading(), store.writing():
        store.append(draft(1))
    assert store.size() == 0
    append(store, draft(1))


def test_reading_is_one_moment_whatever_others_write(path: Path, store: Store) -> None:
    append(store, draft(1))
    with Store(path, read_only=True) as reader:
        with reader.reading():
            assert reader.size() == 1
            append(store, draft(2))
            with reader.reading():
                assert reader.size() == 1
            assert [entry.position for entry in reader.all()] == [1]
            assert reader.at(2) is None
        assert reader.size() == 2


def test_reading_within_writing_sees_what_is_being_written(store: Store) -> None:
    with store.writing():
        store.append(draft(1))
        with store.reading():
            assert store.size() == 1
        store.append(draft(2))
    assert store.size() == 2


def test_who_sees_a_position_has_seen_all_before_it(path: Path, store: Store) -> None:
    """No number is given out before what has it is there to be read."""
    with Store(path, read_only=True) as reader, store.writing():
        assert store.append(draft(1)).position == 1
        assert reader.size() == 0
    with pytest.raises(OtherError):
        give_up(store, draft(2))
    assert append(store, draft(3))[0].position == 2


def test_an_event_without_its_case_in_the_published_tables_is_not_recorded(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        append(store, draft(1, "unpublished"))
    assert store.size() == 0
    with store.writing():
        store.append(draft(1, "later"))
        store.conn.execute("insert into cases values ('later')")
    assert store.size() == 1


def test_a_full_ledger_says_so_and_goes_on_when_there_is_room(store: Store) -> None:
    append(store, draft(1))
    (pages,) = store.conn.execute("pragma page_count").fetchone()
    store.conn.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(FileTrouble, match="no room left"):
        append(store, *(draft(number, data={"text": "x" * 4000}) for number in range(2, 200)))
    assert [entry.event_id for entry in store.all()] == [uuid(1)]
    store.conn.execute("pragma max_page_count = 1000000")
    append(store, draft(2))
    assert store.size() == 2


def test_after_sqlite_gave_up_the_transaction_nothing_is_written_without_one(store: Store) -> None:
    def part() -> None:
        with store.writing():
            store.conn.execute("insert into cases values ('lost')")

    for go_on in (lambda: store.append(draft(2)), part, lambda: None):
        with pytest.raises(RuntimeError):
            go_on_after_rollback(store, go_on)
    assert store.size() == 0
    assert store.conn.execute("select count(*) from cases").fetchone() == (len(CASES),)
    append(store, draft(3))
    assert store.size() == 1
