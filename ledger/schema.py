"""The file: made once, opened many times, and refused where it is not what it should be.

Only new files need `sqlite_utils`, so it is imported only there (it costs 90 ms).
"""

import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ledger.clock import utc_now
from ledger.errors import FileTrouble, files_in_sentences, in_sentences, sentence
from ledger.lock import WriteLock
from ledger.placing import beside, place, refuse_to_overwrite

if TYPE_CHECKING:
    from sqlite_utils import Migrations

FORMAT = 2
"""Format of the record that this program writes, and the newest that it reads: 2 has settings."""

APPLICATION_ID = 0x436C6564
"""The letters Cled, at offset 68 of the file: `file` and SQLite can tell a ledger by it."""

SQLITE_VERSION_MIN = (3, 38, 0)
"""The first with the operators -> and ->>, on which the rules of the record rest."""


WAL_SECONDS_MAX = 30.0


def schema_sql(written_format: int = FORMAT) -> str:
    """The text that makes the record in one of its formats, from 1."""
    names = ("schema.sql", "settings.sql")[:written_format]
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)


def migrations() -> "Migrations":
    """The steps that make the record what it is. A released step is never edited; add the next."""
    from sqlite_utils import Database, Migrations

    steps = Migrations("caseledger")

    @steps()
    def record(db: Database) -> None:
        db.executescript(schema_sql(1))

    @steps()
    def settings(db: Database) -> None:
        for statement in _statements("settings.sql"):
            db.execute(statement)

    return steps


def _statements(name: str) -> Iterator[str]:
    """The statements of a file one by one, so that they can be part of a transaction."""
    statement = ""
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines(True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def create(
    path: str | os.PathLike[str],
    title: str,
    *,
    ledger_id: str | None = None,
    created_at: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> str:
    """Makes an empty ledger and returns its id, a UUID.

    `ledger_id` and `created_at` are given where it is to hold the events of another ledger: they
    are the same in every copy. It appears under its name only when it is whole. Raises Refused
    where something stands there already, FileTrouble where nothing can.
    """
    from sqlite_utils import Database

    check_sqlite_version()
    target = Path(path).resolve()
    refuse_to_overwrite(target)
    ledger_id = ledger_id or str(uuid.uuid4())
    temporary = beside(target)
    with in_sentences(target), files_in_sentences(target):
        try:
            db = Database(temporary, execute_plugins=False)
            try:
                migrations().apply(db)
                db.execute(
                    "insert into meta (ledger_id, title, created_at, format) values (?, ?, ?, ?)",
                    [ledger_id, title, created_at or utc_now(), FORMAT],
                )
                db.conn.executemany("insert into settings values (?, ?)", (settings or {}).items())
                db.conn.commit()
                db.enable_wal()
            finally:
                db.close()
            place(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    return ledger_id


def check_sqlite_version() -> None:
    """Raises FileTrouble if the SQLite in use is too old for the record, or cannot search."""
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        needed = ".".join(map(str, SQLITE_VERSION_MIN[:2]))
        raise FileTrouble(
            f"this Python comes with SQLite {sqlite3.sqlite_version}; a ledger needs {needed}",
            hint="use a newer Python, or one that is linked with a newer SQLite",
        )
    if not _has_fts5():
        raise FileTrouble(
            "this Python comes with a SQLite that cannot search (it was built without FTS5)",
            hint="use a Python from python.org, from a distribution, or from uv: theirs can",
        )


@cache
def _has_fts5() -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        query = "select count(*) from pragma_module_list where name = 'fts5'"
        return bool(connection.execute(query).fetchone()[0])


def connect(
    path: str | os.PathLike[str], *, read_only: bool = False, wait_seconds: float = 30.0
) -> sqlite3.Connection:
    """Opens a ledger. Transactions are the caller's (`isolation_level` is None).

    `wait_seconds` is how long SQLite waits for other programs. Raises FileTrouble if there is no
    file, if it is no ledger, or if it is newer than this program; Busy if others keep it locked.
    """
    check_sqlite_version()
    target = _existing_file(path)
    with in_sentences(target):
        if not read_only:
            return _opened(target, "mode=rw", wait_seconds, writer=True)
        try:
            return _opened(target, "mode=ro", wait_seconds)
        except sqlite3.OperationalError as error:
            # A reader in WAL mode must be able to make the -shm. Where it cannot because nobody
            # writes in that folder, the file does not change and can be read without one.
            if sentence(error, target) is None or not _stands_still(target):
                raise
            return _opened(target, "mode=ro&immutable=1", wait_seconds)


def connect_to_examine(path: str | os.PathLike[str]) -> sqlite3.Connection:
    """As `connect` for reading, and `pragma integrity_check` looks at the rules of tables too.

    In a file that is opened with mode=ro SQLite does not even see a CHECK. Nothing is written, but
    closing makes a checkpoint where nobody else has the file open.
    """
    check_sqlite_version()
    target = _existing_file(path)
    if os.access(target, os.W_OK) and os.access(target.parent, os.W_OK):
        with in_sentences(target):
            return _opened(target, "mode=rw", wait_seconds=5.0)
    return connect(target, read_only=True)


def _existing_file(path: str | os.PathLike[str]) -> Path:
    target = Path(path).resolve()
    with files_in_sentences(target):
        _check_is_file(target)
    return target


def _check_is_file(target: Path) -> None:
    if target.is_dir():
        raise FileTrouble(f"{target} is a folder", hint="give the file in it", file=str(target))
    if not target.exists():
        raise FileTrouble(
            f"there is no ledger at {target}",
            hint="give its place with --db, or make one: `caseledger init`",
            file=str(target),
        )
    if not target.is_file():
        raise FileTrouble(f"{target} is not a file", file=str(target))


def _stands_still(target: Path) -> bool:
    wal = target.with_name(target.name + "-wal")
    return not os.access(target.parent, os.W_OK) and not (wal.exists() and wal.stat().st_size)


def _opened(
    target: Path, mode: str, wait_seconds: float, *, writer: bool = False
) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(target))}?{mode}", uri=True, isolation_level=None, timeout=wait_seconds
    )
    try:
        _check_is_ledger(connection, target)
        _set_up(connection, target, writer=writer)
    except UnicodeDecodeError as error:
        # Python reads what SQLite says as UTF-8, and of a spoilt file it may quote anything.
        connection.close()
        raise _damaged(target) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _damaged(target: Path) -> FileTrouble:
    return FileTrouble(
        f"{target} is damaged: its pages do not fit together",
        hint="stop writing to it and restore the last backup",
        file=str(target),
    )


def _check_is_ledger(connection: sqlite3.Connection, target: Path) -> None:
    not_one = FileTrouble(
        f"{target} is not a ledger",
        hint="give another file, or make one: `caseledger init`",
        file=str(target),
    )
    if connection.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        raise not_one
    tables = "select count(*) from sqlite_master where name in ('meta', 'events', 'withheld')"
    if connection.execute(tables).fetchone()[0] != 3:
        raise not_one
    try:
        row = connection.execute("select format from main.meta").fetchone()
    except sqlite3.OperationalError as error:
        if sentence(error, target) is None:
            raise not_one from error
        raise
    if row is None:
        raise not_one
    if not isinstance(row[0], int):
        raise _damaged(target)
    if row[0] > FORMAT:
        raise FileTrouble(
            f"{target} was written by a newer caseledger: format {row[0]}, this one reads {FORMAT}",
            hint="install the newer version; nothing was changed",
            file=str(target),
            format=row[0],
        )


def _set_up(connection: sqlite3.Connection, target: Path, *, writer: bool) -> None:
    if writer:
        _use_wal(connection, target)
        _bring_up(connection, target)
    # WAL with synchronous=NORMAL loses commits in a power cut; the default depends on the build.
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    _distrust_schema(connection)
    connection.execute("pragma cell_size_check = on")
    if not writer:
        connection.execute("pragma query_only = on")


def _distrust_schema(connection: sqlite3.Connection) -> None:
    """What stands in the file calls no function that could do harm.

    SQLite 3.40 and before counts the functions for JSON among those, and then the rules of the
    record cannot be obeyed. There the file is trusted; this program adds no functions of its own.
    """
    connection.execute("pragma trusted_schema = off")
    try:
        connection.execute("select data from main.events limit 0")
    except sqlite3.OperationalError:
        connection.execute("pragma trusted_schema = on")


def _use_wal(connection: sqlite3.Connection, target: Path) -> None:
    """Readers and a writer at once need WAL; a backup comes without, and gets it here."""
    mode = "pragma journal_mode"
    if connection.execute(mode).fetchone()[0] == "wal":
        return
    lock = WriteLock(target)
    lock.acquire(WAL_SECONDS_MAX)
    try:
        got = connection.execute(f"{mode} = wal").fetchone()[0]
    finally:
        lock.close()
    if got != "wal":
        raise FileTrouble(
            f"{target} cannot be written safely where it lies (journal mode {got})",
            hint="keep it on a local disk, not on a network drive",
            file=str(target),
        )


def _bring_up(connection: sqlite3.Connection, target: Path) -> None:
    """Bring a file of an older format to the present one: what is recorded stays as it is."""
    if format_of(connection) == FORMAT:
        return
    from sqlite_utils import Database

    lock = WriteLock(target)
    lock.acquire(WAL_SECONDS_MAX)
    try:
        migrations().apply(Database(connection, execute_plugins=False))
    finally:
        lock.close()


def setting(connection: sqlite3.Connection, name: str) -> str | None:
    """A setting of the ledger; None where it has none of that name. Raises sqlite3.Error."""
    return settings_of(connection).get(name)


def format_of(connection: sqlite3.Connection) -> int:
    """The format in which the ledger is written, from 1. Raises sqlite3.Error."""
    return int(connection.execute("select format from main.meta").fetchone()[0])


def settings_of(connection: sqlite3.Connection) -> dict[str, str]:
    """All settings of the ledger by name. Raises sqlite3.Error."""
    if format_of(connection) < 2:
        return {}
    return dict(connection.execute("select name, value from main.settings").fetchall())


def add_setting(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Make a setting that the ledger has not. Raises sqlite3.Error."""
    connection.execute("insert into main.settings values (?, ?)", (name, value))


def is_publication(connection: sqlite3.Connection) -> bool:
    """Whether this is a copy that was made for the public. Raises sqlite3.Error."""
    return setting(connection, "published_at") is not None


def differences(connection: sqlite3.Connection) -> list[str]:
    """What of the record's tables, indexes and triggers is not as schema.sql makes it, in words.

    A rule that was dropped, altered or added changes what may be done to the record, even if
    nothing has been done yet. Indexes that others have added do no harm. Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(":memory:")) as fresh:
        (written,) = connection.execute("select max(format) from main.meta").fetchone()
        fresh.executescript(schema_sql(written if written in (1, FORMAT) else FORMAT))
        expected, found = objects(fresh), objects(connection)
    words = []
    for key, text in expected.items():
        if key not in found:
            words.append(f"the {key[0]} {key[1]} is missing")
        elif found[key] != text:
            words.append(f"the {key[0]} {key[1]} is not as it was made")
    tables = {name for kind, name in expected if kind == "table"}
    words += [
        f"the trigger {name} on {table} does not belong there"
        for (kind, name), (table, _) in found.items()
        if kind == "trigger" and (kind, name) not in expected and table in tables
    ]
    if connection.execute("select count(*) from main.meta").fetchone()[0] != 1:
        words.append("the table meta has not exactly one row")
    return words


def objects(connection: sqlite3.Connection) -> dict[tuple[str, str], tuple[str, bytes]]:
    """Type and name of everything in the file that was made by a statement, with table and text.

    Raises sqlite3.Error.
    """
    rows = connection.execute(
        "select cast(type as blob), cast(name as blob), cast(tbl_name as blob), cast(sql as blob)"
        " from main.sqlite_master where sql is not null"
    )
    return {
        (kind.decode(errors="replace"), name.decode(errors="replace")): (
            table.decode(errors="replace").lower(),
            sql,
        )
        for kind, name, table, sql in rows
    }
