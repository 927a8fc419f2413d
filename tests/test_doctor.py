"""The doctor looks at the installation and at the file, says what it finds, and touches nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from ledger import doctor
from ledger.doctor import Finding, examine, has_wal_reset_bug
from ledger.lock import WriteLock, lock_path
from ledger.schema import create
from ledger.store import Draft, Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of one event."""
    made = tmp_path / "ledger.db"
    create(made, "Test register")
    with Store(made) as store, store.writing():
        store.conn.execute("create table cases (case_id text primary key)")
        store.conn.execute("insert into cases values ('A')")
        store.append(Draft(str(UUID(int=1)), "A", "note_added", 1, None, "clerk"))
    return made


@pytest.fixture(autouse=True)
def sound_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is the matter with the SQLite of this machine is not what is tested here."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.51.3")


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def troubles(path: Path) -> list[Finding]:
    return [finding for finding in examine(path) if finding.level != "ok"]


def test_a_ledger_in_good_health_has_nothing_wrong_with_it(path: Path) -> None:
    findings = examine(path)
    assert {finding.level for finding in findings} == {"ok"}
    assert [finding.subject for finding in findings] == [
        "SQLite",
        "package events",
        "package ledger",
        "folder",
        "lock",
        "file",
        "pages",
        "references",
        "rules",
        "journal",
        "durability",
    ]


@pytest.mark.parametrize(
    ("version", "has_bug"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_versions_of_sqlite_with_the_wal_reset_bug_are_known(
    version: tuple[int, int, int], has_bug: bool
) -> None:
    assert has_wal_reset_bug(version) == has_bug


def test_a_sqlite_with_a_known_bug_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.40.1")
    ((level, subject, words),) = troubles(path)
    assert (level, subject) == ("warn", "SQLite")
    assert "3.40.1" in words
    assert "3.51.3" in words


def test_a_sqlite_that_is_too_old_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    assert ("bad", "SQLite") in {(level, subject) for level, subject, _ in troubles(path)}


def test_another_package_of_the_same_name_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = {"events": ["caseledger", "Events"], "ledger": ["caseledger"]}
    monkeypatch.setattr(doctor, "packages_distributions", lambda: owners)
    ((level, subject, words),) = troubles(path)
    assert (level, subject) == ("bad", "package events")
    assert "Events" in words


def test_a_lock_that_is_held_is_no_trouble_and_is_told(path: Path) -> None:
    holder = WriteLock(path)
    holder.acquire(0.0)
    assert ("ok", "lock", "somebody is writing at this moment") in examine(path)
    holder.close()
    assert ("ok", "lock", "free, and it works on this file system") in examine(path)
    lock_path(path).unlink()
    assert ("ok", "lock", "nobody has written here yet") in examine(path)
    lock_path(path).mkdir()
    assert examine(path)


def test_a_lock_that_does_not_lock_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fcntl.flock", lambda descriptor, operation: None)
    ((level, subject, words),) = troubles(path)
    assert (level, subject) == ("bad", "lock")
    assert "ignores locks" in words


@pytest.mark.parametrize(
    ("statements", "subject", "words"),
    [
        (
            ["drop trigger events_are_never_removed"],
            "rules",
            "the trigger events_are_never_removed is missing",
        ),
        (["delete from cases"], "references", "1 rows of events that name no row of cases"),
        (
            [
                "pragma ignore_check_constraints = on",
                "drop trigger events_are_never_changed",
                "update events set confidence = 'E'",
            ],
            "pages",
            "CHECK constraint failed in events",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_named(
    path: Path, statements: list[str], subject: str, words: str
) -> None:
    execute(path, *statements)
    found = [finding for finding in troubles(path) if finding.subject == subject]
    assert [finding.level for finding in found] == ["bad"]
    assert words in found[0].words


def test_events_withheld_from_a_ledger_that_is_no_copy_for_the_public_are_told(path: Path) -> None:
    execute(path, "insert into withheld values (2, zeroblob(32))")
    ((level, subject, words),) = troubles(path)
    assert (level, subject) == ("bad", "file")
    assert "1 events are withheld, and the ledger is no copy for the public" in words
    execute(path, "insert into settings values ('published_at', '2026-12-01T00:00:00Z')")
    assert troubles(path) == []
    assert any("it withholds 1 events" in words for _, _, words in examine(path))


def test_a_backup_that_was_not_yet_written_to_is_told(path: Path) -> None:
    execute(path, "pragma journal_mode = delete")
    ((level, subject, words),) = troubles(path)
    assert (level, subject) == ("warn", "journal")
    assert "delete" in words


def test_what_is_no_ledger_is_told_without_a_fall(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    for path in (tmp_path, tmp_path / "missing.db", tmp_path / "notes.txt"):
        assert [(level, subject) for level, subject, _ in troubles(path)] == [("bad", "file")]


def test_a_file_with_spoilt_pages_is_told_without_a_fall(path: Path) -> None:
    content = path.read_bytes()
    seen = set()
    for offset in range(0, len(content), 4096):
        for spoilt_from in (offset + 8, offset + 100, offset + 4000):
            path.write_bytes(content[:spoilt_from] + b"\xa5" * 64 + content[spoilt_from + 64 :])
            seen |= {(level, subject) for level, subject, _ in troubles(path)}
    assert ("bad", "file") in seen


def test_the_doctor_leaves_the_file_as_it_was(path: Path) -> None:
    before = path.read_bytes()
    examine(path)
    assert path.read_bytes() == before
