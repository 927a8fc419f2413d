"""The file: made once and whole, opened only if it is a ledger that this program can read."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlite_utils import Database

from ledger import schema
from ledger.errors import FileTrouble, LedgerError, Refused, sentence
from ledger.schema import APPLICATION_ID, FORMAT, connect, create, differences
from ledger.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new ledger."""
    made = tmp_path / "ledger.db"
    create(made, "Test register")
    return made


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="caseledger-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_another_user(script: str, *arguments: object) -> list[Any]:
    """What a script prints, as lines of JSON, when run by a user without rights over the file.

    The account is given up after the imports: Python itself may lie in the home of root.
    """
    start = (
        "import json, os, sys, sqlite3\n"
        "from ledger.errors import LedgerError\n"
        "from ledger.store import Draft, Store\n"
        "from ledger.verify import verify\n"
        "if os.geteuid() == 0:\n"
        "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", start + script, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=Path(schema.__file__).parent.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_new_ledger_says_what_it_is(path: Path) -> None:
    with closing(connect(path, read_only=True)) as connection:
        rows = connection.execute("select * from meta").fetchall()
        (marked,) = connection.execute("pragma application_id").fetchone()
    ((ledger_id, title, created_at, written_format, shape),) = rows
    assert str(UUID(ledger_id)) == ledger_id
    assert (title, written_format, shape) == ("Test register", FORMAT, None)
    assert len(created_at) == 27
    assert marked == APPLICATION_ID == int.from_bytes(b"Cled")


def test_a_new_ledger_is_one_file(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == ["ledger.db"]


def test_two_ledgers_are_not_the_same(tmp_path: Path) -> None:
    assert create(tmp_path / "a.db", "A") != create(tmp_path / "b.db", "A")


def test_the_record_is_made_by_a_migration_that_is_written_down(path: Path) -> None:
    with closing(connect(path, read_only=True)) as connection:
        steps = connection.execute("select migration_set, name from _sqlite_migrations").fetchall()
    assert steps == [("caseledger", "record"), ("caseledger", "settings")]


def test_a_new_ledger_is_guarded_by_its_rules(path: Path) -> None:
    with closing(connect(path, read_only=True)) as connection:
        assert differences(connection) == []


@pytest.mark.parametrize("beside", ["", "-wal", "-journal"])
def test_nothing_is_ever_made_over_what_is_there(tmp_path: Path, beside: str) -> None:
    (tmp_path / f"ledger.db{beside}").write_text("precious")
    with pytest.raises(Refused, match="exists already"):
        create(tmp_path / "ledger.db", "Test register")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [
        (f"ledger.db{beside}", "precious")
    ]


def test_a_ledger_in_a_folder_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="there is no folder"):
        create(tmp_path / "nowhere" / "ledger.db", "Test register")


def test_a_ledger_that_could_not_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "schema_sql", lambda _: "create table meta (nothing);")
    with pytest.raises(sqlite3.OperationalError):
        create(tmp_path / "ledger.db", "Test register")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_not_made_by_opening_it(tmp_path: Path) -> None:
    for read_only in (True, False):
        with pytest.raises(FileTrouble, match="there is no ledger at"):
            connect(tmp_path / "ledger.db", read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="is a folder"):
        connect(tmp_path)


def test_what_is_neither_file_nor_folder_is_not_a_ledger() -> None:
    with pytest.raises(FileTrouble, match="is not a file"):
        connect("/dev/null")


@pytest.mark.parametrize(
    "content", [b"", b"case,amount\n1,2\n" * 100, b"SQLite format 3\0" + b"\1" * 2000]
)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_of_another_kind_is_not_a_ledger(
    tmp_path: Path, content: bytes, read_only: bool
) -> None:
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(FileTrouble, match="is not a ledger"):
        connect(tmp_path / "ledger.db", read_only=read_only)
    assert (tmp_path / "ledger.db").read_bytes() == content


@pytest.mark.parametrize(
    "statements",
    [
        ["create table events (a)"],
        [f"pragma application_id = {APPLICATION_ID}"],
        [
            f"pragma application_id = {APPLICATION_ID}",
            *(f"create table {name} (a)" for name in ("meta", "events", "withheld")),
        ],
        [
            f"pragma application_id = {APPLICATION_ID}",
            *(f"create table {name} (format)" for name in ("meta", "events", "withheld")),
        ],
    ],
    ids=["foreign", "empty", "other columns", "no row"],
)
def test_a_database_of_another_kind_is_not_a_ledger(tmp_path: Path, statements: list[str]) -> None:
    execute(tmp_path / "ledger.db", *statements)
    with pytest.raises(FileTrouble, match="is not a ledger"):
        connect(tmp_path / "ledger.db")


def test_a_ledger_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    execute(path, f"update meta set format = {FORMAT + 1}")
    before = path.read_bytes()
    for read_only in (True, False):
        with pytest.raises(FileTrouble, match="newer caseledger") as refusal:
            connect(path, read_only=read_only)
        assert refusal.value.facts["format"] == FORMAT + 1
    assert path.read_bytes() == before


def test_an_older_sqlite_is_refused_by_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.37.2")
    for opening in (lambda: connect(path), lambda: create(path.with_name("other.db"), "Other")):
        with pytest.raises(FileTrouble, match=r"SQLite 3\.37\.2; a ledger needs 3\.38"):
            opening()


def test_the_oldest_sqlite_that_will_do_is_accepted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 38, 0))
    connect(path).close()


def test_a_writer_is_set_up_to_lose_nothing(path: Path) -> None:
    with closing(connect(path)) as connection:
        settings = {
            name: connection.execute(f"pragma {name}").fetchone()[0]
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "cell_size_check",
                "busy_timeout",
                "query_only",
            )
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "cell_size_check": 1,
        "busy_timeout": 30_000,
        "query_only": 0,
    }


@pytest.mark.parametrize("name", ["ledger#1?.db", "100%.db", "Réclamations ½.db", "file:x.db"])
def test_a_ledger_may_have_any_name(tmp_path: Path, name: str) -> None:
    create(tmp_path / name, "Test register")
    with Store(tmp_path / name) as store, store.writing():
        pass
    assert {file.name for file in tmp_path.iterdir()} == {name, f"{name}.lock"}


def test_a_link_and_its_ledger_share_one_lock(path: Path) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    with Store(link) as store, store.writing():
        assert path.with_name("ledger.db.lock").exists()
    assert not path.with_name("link.db.lock").exists()


def test_who_opens_for_reading_can_change_nothing(path: Path) -> None:
    with Store(path, read_only=True) as store:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            store.conn.execute("update meta set title = 'mine'")
        with pytest.raises(FileTrouble, match="reading only"), store.writing():
            pass


def test_a_reader_without_rights_reads_a_ledger_at_rest(open_folder: Path) -> None:
    create(open_folder / "ledger.db", "Test register")
    (open_folder / "ledger.db").chmod(0o644)
    open_folder.chmod(0o555)
    script = (
        "with Store(sys.argv[1], read_only=True) as store:\n"
        "    print(json.dumps(store.conn.execute('select title from meta').fetchone()[0]))\n"
        "    print(json.dumps(len(verify(store).problems)))\n"
    )
    assert as_another_user(script, open_folder / "ledger.db") == ["Test register", 0]


def test_a_reader_without_rights_sees_what_is_still_in_the_wal(open_folder: Path) -> None:
    path = open_folder / "ledger.db"
    create(path, "Test register")
    script = (
        "with Store(sys.argv[1], read_only=True) as store:\n"
        "    print(json.dumps(store.conn.execute('select title from meta').fetchone()[0]))\n"
    )
    with Store(path) as writer:
        with writer.writing():
            writer.conn.execute("update meta set title = 'New title'")
        assert path.with_name("ledger.db-wal").stat().st_size > 0
        open_folder.chmod(0o555)
        assert as_another_user(script, path) == ["New title"]
        open_folder.chmod(0o755)


def test_a_reader_never_overlooks_a_wal_that_it_cannot_read(open_folder: Path) -> None:
    """What was committed is in the -wal alone; without it the reader would see an older ledger."""
    path = open_folder / "ledger.db"
    create(path, "Test register")
    with Store(path) as writer:
        with writer.writing():
            writer.conn.execute("update meta set title = 'New title'")
        for name in ("ledger.db", "ledger.db-wal"):
            # Not by Python: to open the file here and close it again drops the locks of SQLite.
            subprocess.run(["cp", open_folder / name, open_folder / f"left-{name}"], check=True)
    open_folder.chmod(0o555)
    script = (
        "try:\n"
        "    with Store(sys.argv[1], read_only=True) as store:\n"
        "        print(json.dumps(store.conn.execute('select title from meta').fetchone()[0]))\n"
        "except LedgerError as error:\n"
        "    print(json.dumps(error.code))\n"
    )
    (said,) = as_another_user(script, open_folder / "left-ledger.db")
    assert said == "file_trouble"


def test_a_writer_without_rights_is_told_so(open_folder: Path) -> None:
    path = open_folder / "ledger.db"
    create(path, "Test register")
    path.chmod(0o644)
    open_folder.chmod(0o555)
    before = path.read_bytes()
    script = (
        "try:\n"
        "    with Store(sys.argv[1]) as store, store.writing():\n"
        "        store.conn.execute(\"update meta set title = 'mine'\")\n"
        "except LedgerError as error:\n"
        "    print(json.dumps([error.code, error.message]))\n"
    )
    ((code, message),) = as_another_user(script, path)
    assert code == "file_trouble"
    assert str(path) in message
    assert path.read_bytes() == before
    assert os.listdir(open_folder) == ["ledger.db"]


def test_a_ledger_in_a_folder_that_cannot_be_entered_is_refused_in_words(
    open_folder: Path,
) -> None:
    create(open_folder / "ledger.db", "Test register")
    open_folder.chmod(0o600)
    script = (
        "for read_only in (True, False):\n"
        "    try:\n"
        "        Store(sys.argv[1], read_only=read_only)\n"
        "    except LedgerError as error:\n"
        "        print(json.dumps(error.message))\n"
    )
    said = as_another_user(script, open_folder / "ledger.db")
    assert said == [f"{open_folder / 'ledger.db'}: permission denied"] * 2


def test_every_refusal_has_a_code_and_an_exit_code_of_its_own() -> None:
    kinds = LedgerError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len({kind.exit_code for kind in kinds}) == 7
    error = LedgerError("no", hint="try", file="x")
    assert (str(error), error.message, error.hint, error.facts) == (
        "no",
        "no",
        "try",
        {"file": "x"},
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "there is no room left on the disk for x.db; nothing was changed"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "there is no room left on the disk for x.db-shm, without"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk failed while x.db was in use"),
    ],
)
def test_a_full_disk_is_told_from_one_that_fails(code: int, words: str) -> None:
    error = sqlite3.OperationalError("it failed")
    error.sqlite_errorcode = code
    told = sentence(error, "x.db")
    assert told is not None
    assert (told.message.startswith(words), told.exit_code) == (True, 74)


def test_a_ledger_of_the_first_format_is_read_as_it_is_and_brought_up_by_a_writer(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    database = Database(path)
    schema.migrations().apply(database, stop_before="settings")
    database.execute("insert into meta values ('id', 'T', '2026-01-01T00:00:00.000000Z', 1, null)")
    database.conn.commit()
    database.close()
    with closing(connect(path, read_only=True)) as connection:
        assert schema.setting(connection, "clerk_role") is None
        assert differences(connection) == []
    for _ in range(2):
        with closing(connect(path)) as connection:
            assert connection.execute("select format from meta").fetchone() == (FORMAT,)
            assert differences(connection) == []
