"""The confidential values of a ledger, in a file of their own beside it: `private.db`.

The record holds only their seals, so the ledger may be copied and kept for ever. Here, and only
here, a value can be erased: the seal and every proof stay. Keep backups of this file for a short
time, or what is erased lives on in them.
"""

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ledger.errors import FileTrouble, Refused, files_in_sentences, in_sentences
from ledger.seal import SALT_BYTES, canonical, sealed

_MAKE = """
create table if not exists sealed_values (
    seal     text primary key, -- what stands in the record in its place, in hex
    event_id text not null,    -- of the event that seals it
    salt     blob not null,
    value    text not null,    -- as canonical JSON
    awaited  text              -- id of the ledger that is about to record it; empty once it has
) strict, without rowid;
create index if not exists values_awaited on sealed_values (awaited) where awaited is not null;
"""
_TABLES = "select name from sqlite_master where type = 'table'"
_TABLE = "sealed_values"
_READ = "select seal, event_id, salt, value from sealed_values"
_JOURNALS = ("-journal", "-wal", "-shm")
_OF_LEDGER = (*_JOURNALS, ".lock")
_SPOILT = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _delete(conn: sqlite3.Connection, seals: Iterable[str]) -> None:
    conn.executemany("delete from sealed_values where seal = ?", [(seal,) for seal in seals])


class Value(NamedTuple):
    """A confidential value and what it is sealed with."""

    seal: str
    """In hex. Each sealing has its own, so that copies of a ledger can share the file."""
    event_id: str
    salt: bytes
    value: Any
    """What JSON can hold."""

    @property
    def is_whole(self) -> bool:
        """Whether it is what was sealed."""
        return len(self.salt) == SALT_BYTES and sealed(self.salt, self.value)["sealed"] == self.seal


def private_path(ledger: Path) -> Path:
    """Where the confidential values of a ledger lie: `private.db` in its folder, or in the place
    that the variable CASELEDGER_PRIVATE names."""
    given = os.environ.get("CASELEDGER_PRIVATE")
    return Path(given).resolve() if given else ledger.with_name("private.db")


def require_apart(path: Path, ledger: Path) -> None:
    """Raises FileTrouble where the file of confidential values, at `path`, would be a ledger or one
    of the files that SQLite and this program keep beside it."""
    if path.parent != ledger.parent or path.name not in _with_companions(ledger.name, *_OF_LEDGER):
        return
    what = "is the ledger" if path == ledger else f"belongs to the ledger {ledger.name}"
    raise FileTrouble(
        f"{path} {what}, and cannot hold its confidential values as well",
        hint="call the ledger otherwise, or set CASELEDGER_PRIVATE to another file",
        file=str(path),
    )


def refuse_private_name(target: Path) -> None:
    """Raises Refused where a file that is to be made would lie where confidential values do, or
    where SQLite keeps what belongs to their file."""
    folder = target.parent.resolve()
    path = private_path(folder / target.name)
    if folder == path.parent and target.name in _with_companions(path.name, *_JOURNALS):
        raise Refused(
            f"{target} is where the confidential values of a ledger lie; nothing was made",
            hint="give the file another name",
            file=str(target),
        )


def _with_companions(name: str, *endings: str) -> list[str]:
    return [name, *(name + ending for ending in endings)]


class Private:
    """The file of confidential values, as one ledger uses it. Others may share it."""

    def __init__(self, path: Path, ledger_id: str) -> None:
        self.path, self._ledger_id = path, ledger_id

    @property
    def is_there(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def check(self) -> None:
        """Raises FileTrouble where something else stands there: a folder, a file that is none of
        SQLite or spoilt, a ledger; Busy."""
        self.awaited()

    def put(self, values: Iterable[Value]) -> None:
        """Keep values, durably, and note that their events are awaited. Only under the write lock
        of the ledger, before it commits. Raises FileTrouble, Busy."""
        rows = [(*one[:3], canonical(one.value), self._ledger_id) for one in values]
        with self._open("rwc") as conn:
            conn.executescript(_MAKE)
            conn.execute("begin immediate")
            conn.executemany("insert or ignore into sealed_values values (?, ?, ?, ?, ?)", rows)
            conn.execute("commit")

    def awaited(self) -> list[Value]:
        """Values of events that the ledger, or a copy of it, was about to record when they were put
        here. Raises FileTrouble, Busy."""
        return list(self._read(f"{_READ} where awaited = ?", self._ledger_id))

    def settle(self, recorded: Collection[str], not_recorded: Collection[str]) -> None:
        """Keep for good the values of seals that were recorded, and drop those that were not: only
        the program that put them knows that no copy of the ledger has recorded them.

        Raises FileTrouble, Busy.
        """
        if not (recorded or not_recorded) or not self.is_there:
            return
        with self._open("rw") as conn:
            conn.execute("begin immediate")
            conn.executemany(
                "update sealed_values set awaited = null where seal = ?",
                [(seal,) for seal in recorded],
            )
            _delete(conn, not_recorded)
            conn.execute("commit")
            if not_recorded:
                conn.execute("vacuum")

    def values(self, seals: Iterable[str]) -> dict[str, Value]:
        """The values of seals, as far as they are there and are what was sealed.

        Raises FileTrouble, Busy.
        """
        where = "where seal in (select value from json_each(?))"
        found = self._read(f"{_READ} {where}", canonical(list(seals)))
        return {one.seal: one for one in found if one.is_whole}

    def all(self) -> Iterator[Value]:
        """Every value of the file, also of other ledgers. Raises FileTrouble, Busy."""
        return self._read(f"{_READ} order by seal")

    def erase(self, seals: Iterable[str]) -> None:
        """Remove values for good. Only once an event says so. Raises FileTrouble, Busy."""
        if not self.is_there:
            return
        with self._open("rw") as conn:
            if _TABLE in {name for (name,) in conn.execute(_TABLES)}:
                _delete(conn, seals)
                # Where pages were parted or joined, copies of what they held can be left in them.
                conn.execute("vacuum")

    def _read(self, query: str, *values: str) -> Iterator[Value]:
        """Nothing where there is no file, or an empty one."""
        if not self.is_there:
            return
        # A journal that a crash has left can be played back only by who may write.
        with self._open("rw" if os.access(self.path, os.W_OK) else "ro") as conn:
            if _TABLE not in {name for (name,) in conn.execute(_TABLES)}:
                return
            for seal, event_id, salt, text in conn.execute(query, values):
                try:
                    yield Value(seal, event_id, salt, orjson.loads(text))
                except ValueError:
                    yield Value(seal, event_id, b"", None)

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        if self.path.is_dir():
            raise FileTrouble(
                f"{self.path} is a folder, and cannot hold confidential values",
                hint="move it away, or set CASELEDGER_PRIVATE to a file",
                file=str(self.path),
            )
        with in_sentences(self.path), files_in_sentences(self.path), self._spoilt_in_sentences():
            if mode == "rwc":
                # Made for its owner only, before anything stands in it.
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            address = f"{self.path.as_uri()}?mode={mode.removesuffix('c')}"
            connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30.0)
            with closing(connection):
                # What is deleted is overwritten. While that lasts, the journal has a copy.
                connection.execute("pragma secure_delete = on")
                connection.execute("pragma synchronous = extra")
                self._check_is_one(connection)
                yield connection

    def _check_is_one(self, connection: sqlite3.Connection) -> None:
        """Raises FileTrouble where it is a database of something else, such as a ledger."""
        others = {name for (name,) in connection.execute(_TABLES)} - {_TABLE}
        if others:
            raise FileTrouble(
                f"{self.path} is not a file of confidential values: it has a table {min(others)}",
                hint="CASELEDGER_PRIVATE names it; each ledger.db needs another file for them",
                file=str(self.path),
            )

    @contextmanager
    def _spoilt_in_sentences(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _SPOILT:
                raise
            raise FileTrouble(
                f"{self.path} is damaged, or not the file of confidential values",
                hint="put it back from its backup; the record is not touched:"
                " `caseledger verify --without-private`",
                file=str(self.path),
            ) from error
