"""Events on their way into the record: their exact bytes, their rows, and many of them at once."""

import os
import sqlite3
from collections.abc import Iterable
from itertools import count
from typing import Any

from ledger.entry import COLUMNS, Draft, Entry, decoded
from ledger.errors import Malformed, Refused
from ledger.seal import ENTRY_BYTES_MAX, canonical_bytes, leaf_hash_of_bytes

_NONCE_BYTES = 16
INSERT = (
    f"insert into main.events (position, {', '.join(COLUMNS)}, leaf_hash, entry)"
    f" values (?, {', '.join('?' * len(COLUMNS))}, ?, cast(? as text))"
)


class Lot:
    """Events that wait to be appended together."""

    def __init__(self, conn: sqlite3.Connection, last_position: int, recorded_at: str) -> None:
        self._conn, self._recorded_at = conn, recorded_at
        self._last_position = last_position
        self._rows: list[tuple[Any, ...]] = []

    @property
    def next_position(self) -> int:
        """The position that the next event will have."""
        return self._last_position + len(self._rows) + 1

    def add(self, drafts: Iterable[Draft], head: int) -> list[Entry]:
        """Let events of one case, which has `head` already, wait: all of them or none.

        Raises Malformed as `Store.append` does.
        """
        made = [
            row_of(position, entry_bytes_of(draft, version, self._recorded_at))
            for (position, version), draft in zip(
                zip(count(self.next_position), count(head + 1), strict=False), drafts, strict=False
            )
        ]
        self._rows += [row for _, row in made]
        return [entry for entry, _ in made]

    def write(self) -> None:
        """Append them. Raises Refused, Malformed where one breaks a rule of the record."""
        try:
            self._conn.executemany(INSERT, self._rows)
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError) as error:
            raise Refused(f"the events were not recorded: {error}") from error
        self._rows.clear()


def entry_bytes_of(draft: Draft, version: int, recorded_at: str) -> bytes:
    """The exact bytes of an event in its place. Raises Malformed."""
    entry = {
        "case_id": draft.case_id,
        "caused_by": draft.caused_by,
        "confidence": draft.confidence,
        "corrects": draft.corrects,
        "data": draft.data,
        "event_id": draft.event_id,
        "nonce": os.urandom(_NONCE_BYTES).hex(),
        "occurred_on": draft.occurred_on,
        "recorded_at": recorded_at,
        "recorded_by": draft.recorded_by,
        "resolved": draft.resolved,
        "schema_version": draft.schema_version,
        "source": draft.source,
        "type": draft.type,
        "version": version,
    }
    return canonical_bytes(entry)


def row_of(position: int, entry_bytes: bytes) -> tuple[Entry, tuple[Any, ...]]:
    """The entry that bytes are, and its row. Raises Malformed if they are too many."""
    if len(entry_bytes) > ENTRY_BYTES_MAX:
        raise Malformed(
            f"the event has {len(entry_bytes):,} bytes, {ENTRY_BYTES_MAX:,} are the most;"
            " nothing was recorded",
            hint="keep the document elsewhere and cite it by its SHA-256 in `source`",
            bytes=len(entry_bytes),
        )
    entry = decoded(position, entry_bytes)
    leaf = leaf_hash_of_bytes(entry_bytes)
    return entry, (*entry[: len(COLUMNS) + 1], leaf, entry_bytes)
