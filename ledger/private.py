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

from ledger.errors import files_in_sentences, in_sentences
from ledger.seal import canonical

_MAKE = """
create table if not exists private (
    ledger_id text not null,
    position  integer not null, -- of the event that seals it
    field     text not null,    -- of that event; `data` where all of it is sealed
    salt      blob not null,
    value     text not null,    -- as canonical JSON
    primary key (ledger_id, position, field)
) strict, without rowid
"""


class Value(NamedTuple):
    """A confidential value and what it is sealed with."""

    position: int
    field: str
    salt: bytes
    value: Any
    """What JSON can hold."""


def private_path(ledger: Path) -> Path:
    """Where the confidential values of a ledger lie: `private.db` in its folder, or in the place
    that the variable CASELEDGER_PRIVATE names."""
    given = os.environ.get("CASELEDGER_PRIVATE")
    return Path(given).resolve() if given else ledger.with_name("private.db")


class Private:
    """The confidential values of one ledger. Several ledgers of a folder may share the file."""

    def __init__(self, path: Path, ledger_id: str) -> None:
        self.path, self._ledger_id = path, ledger_id

    @property
    def is_there(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def put(self, values: Iterable[Value]) -> None:
        """Keep values, durably. Only under the write lock of the ledger, before it commits.

        What stands at their positions was sealed by events that were then not recorded: it goes.
        Raises FileTrouble, Busy.
        """
        kept = list(values)
        if not kept:
            return
        rows = [
            (self._ledger_id, one.position, one.field, one.salt, canonical(one.value))
            for one in kept
        ]
        first = min(one.position for one in kept)
        with self._open("rwc") as conn:
            conn.execute(_MAKE)
            conn.execute("begin immediate")
            conn.execute(
                "delete from private where ledger_id = ? and position >= ?",
                (self._ledger_id, first),
            )
            conn.executemany("insert into private values (?, ?, ?, ?, ?)", rows)
            conn.execute("commit")

    def values(self, *positions: int) -> Iterator[Value]:
        """The values that events seal, by position: all, or those at some positions. None without
        the file."""
        if not self.is_there:
            return
        where = "and position in (select value from json_each(?2))" if positions else ""
        query = (
            f"select position, field, salt, value from private where ledger_id = ?1 {where}"
            " order by position, field"
        )
        asked = [canonical(list(positions))] if positions else []
        with self._open("ro") as conn:
            for place, field, salt, value in conn.execute(query, [self._ledger_id, *asked]):
                yield Value(place, field, salt, orjson.loads(value))

    def erase(self, position: int, fields: Collection[str]) -> None:
        """Remove values for good. Only once an event says so. Raises FileTrouble, Busy."""
        if not self.is_there:
            return
        with self._open("rw") as conn:
            conn.executemany(
                "delete from private where ledger_id = ? and position = ? and field = ?",
                [(self._ledger_id, position, field) for field in fields],
            )

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        with in_sentences(self.path), files_in_sentences(self.path):
            if mode == "rwc":
                # Made for its owner only, before anything stands in it.
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            address = f"{self.path.as_uri()}?mode={mode.removesuffix('c')}"
            connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30.0)
            with closing(connection):
                # What is deleted is overwritten. While that lasts, the journal has a copy.
                connection.execute("pragma secure_delete = on")
                connection.execute("pragma synchronous = extra")
                yield connection
