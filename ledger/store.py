"""The record: events are appended and read here, and nowhere else.

Positions are given out inside the transaction that holds the write lock, so a reader who has seen
position n has seen all before it. `entry` is decoded on reading, the columns are not: everything
is in it, and they are tied to it by the rules of the table.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import orjson

from ledger.clock import instant, utc_now
from ledger.entry import COLUMNS, decoded, faults, parsed
from ledger.entry import Draft as Draft
from ledger.entry import Entry as Entry
from ledger.errors import (
    FileTrouble,
    LedgerError,
    Malformed,
    Refused,
    VerificationFailed,
    VersionConflict,
    in_sentences,
)
from ledger.lock import WriteLock
from ledger.lot import INSERT, Lot, entry_bytes_of, row_of
from ledger.schema import connect

_POSITION_MAX = 2**63 - 1
_READ = "select position, cast(entry as blob) from main.events "
_TEXTS = "select position, entry from main.events where position >= ? order by position"
_LEAVES = (
    "select position, entry, leaf_hash from main.events where position <= ?1 union all"
    " select position, null, leaf_hash from main.withheld where position <= ?1 order by position"
)
# Each a look-up by itself: an aggregate over a join would read the whole ledger.
_ENDS = (
    "select coalesce((select max(position) from main.events), 0),"
    " coalesce((select max(position) from main.withheld), 0),"
    " coalesce((select recorded_at from main.events order by position desc limit 1), ''),"
    " coalesce(head.version, 0), coalesce(head.nonce, '')"
    " from (select 1) left join (select version, entry ->> '$.nonce' as nonce from main.events"
    " where case_id = ? order by version desc limit 1) as head"
)
_SIZE = (
    "select max(coalesce((select max(position) from main.events), 0),"
    " coalesce((select max(position) from main.withheld), 0))"
)
_RECORDED_BY_THEN = (
    "select position, recorded_at from main.events where position <= ?"
    " order by position desc limit 1"
)
_HEAD = "select coalesce(max(version), 0) from main.events where case_id = ?"


class Ends(NamedTuple):
    """Where a ledger and one of its cases end: what the next event follows."""

    position: int
    """Last position of the ledger, withheld ones included; 0 of an empty one."""
    recorded_at: str
    """Instant of the last event; empty where there is none."""
    version: int
    """Last version of the case; 0 where there is none."""
    nonce: str
    """That of the last event of the case: no other event, also none that came to nothing, has
    it. Empty where there is none."""

    def after(self, entry: Entry) -> "Ends":
        """The ends once an event of the case was added."""
        return Ends(entry.position, entry.recorded_at, entry.version, entry.nonce)


class Store:
    """An open ledger. For one thread; other threads and processes open their own."""

    def __init__(
        self, path: str | os.PathLike[str], *, read_only: bool = False, wait_seconds: float = 30.0
    ) -> None:
        """`wait_seconds` is how long to wait for other writers. Raises FileTrouble, Busy."""
        self.path = Path(path).resolve()
        self.read_only = read_only
        self.wait_seconds = wait_seconds
        self.clock_raised = False
        """Whether the last event appended got a later `recorded_at` than the clock said."""
        self.conn = connect(self.path, read_only=read_only, wait_seconds=wait_seconds)
        self._lock = WriteLock(self.path)
        self._writing = 0
        self._reading = 0
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file: a writer under the lock, because the last to close checkpoints."""
        try:
            if self.read_only:
                return
            # Whoever holds it has the file open, so then this is not the last to close.
            with suppress(LedgerError):
                self._lock.acquire(0.0)
        finally:
            self.conn.close()
            self._lock.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction under the write lock: all of it is recorded, or nothing is.

        Inside another, a part of it that may fail by itself. Raises Busy if the lock does not come
        in time, FileTrouble if the disk or the file does not do its part.
        """
        if self.read_only or self._failed:
            why = "is open for reading only" if self.read_only else "must be opened again first"
            raise FileTrouble(f"{self.path} {why}", file=str(self.path))
        if self._reading and not self._writing:
            raise RuntimeError("writing() inside reading(): the snapshot may be out of date")
        if self._writing:
            self._check_transaction()
            with self._within("savepoint part", "release part", "rollback to part; release part"):
                yield
            return
        self._lock.acquire(self.wait_seconds)
        try:
            with self._within("begin immediate", "commit", "rollback"):
                yield
        finally:
            self._lock.release()

    @contextmanager
    def _within(self, begin: str, commit: str, rollback: str) -> Iterator[None]:
        self._row(begin)
        self._writing += 1
        try:
            yield
            self._check_transaction()
            self.conn.execute(commit)
        except BaseException as error:
            self._undo(rollback, error)
            with in_sentences(self.path):
                raise
        finally:
            self._writing -= 1

    def _check_transaction(self) -> None:
        """After some errors (a full disk) SQLite has rolled back by itself, all of it.

        Who caught such an error and went on would write outside of any transaction.
        """
        if not (self._writing and self.conn.in_transaction):
            raise RuntimeError("there is no writing() that this could be part of")

    def _undo(self, rollback: str, error: BaseException) -> None:
        codes = [getattr(one, "sqlite_errorcode", 0) for one in (error, error.__cause__)]
        # After a failed fsync the pages in memory and on disk may differ: no retry on this handle.
        self._failed |= any(code & 0xFF == sqlite3.SQLITE_IOERR for code in codes)
        if self.conn.in_transaction:
            for statement in rollback.split("; "):
                self.conn.execute(statement)

    def compact(self) -> None:
        """Leave one file without free pages and without companions, as it goes to others."""
        with in_sentences(self.path):
            self.conn.execute("vacuum")
            self.conn.execute("pragma journal_mode = delete")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot: what is read inside belongs together. Within writing() it adds nothing."""
        if self._reading or self._writing:
            yield
            return
        with in_sentences(self.path):
            self.conn.execute("begin")
            self._reading += 1
            try:
                yield
            finally:
                self._reading -= 1
                if self.conn.in_transaction:
                    self.conn.execute("rollback")

    # Appending ------------------------------------------------------------------------------

    def append(self, draft: Draft, ends: Ends | None = None) -> Entry:
        """Adds an event at the end of the ledger and of its case. Only inside writing().

        `ends` is what `ends()` says now, where the caller has asked already.
        Raises Malformed if it has no exact written form, is too long or breaks a rule of the
        record; Refused if its event_id is recorded already.
        """
        last = ends or self.ends(draft.case_id)
        now = utc_now()
        self.clock_raised = now < last.recorded_at
        recorded_at = last.recorded_at if self.clock_raised else now
        text = entry_bytes_of(draft, last.version + 1, recorded_at)
        return self._insert(last.position + 1, text)

    def lot(self) -> Lot:
        """Events that are appended together, in one statement. Only inside writing()."""
        last, now = self.ends(""), utc_now()
        self.clock_raised = now < last.recorded_at
        return Lot(self.conn, last.position, last.recorded_at if self.clock_raised else now)

    def restore(self, entry_text: str) -> Entry:
        """Appends an entry exactly as it once was, nonce and all. Only inside writing().

        Raises Malformed if the text is not that of an entry, VersionConflict if it is not the next
        of its case, Refused if it is recorded already or older than the last.
        """
        # What is not Unicode becomes what no entry can be.
        entry_bytes = entry_text.encode(errors="surrogatepass")
        entry = parsed(entry_bytes)
        if entry is None:
            raise Malformed(
                "this is not an entry as the record writes it; its bytes must be as they were",
                hint="to record events anew instead: `caseledger import`",
            )
        for fault in faults(entry):
            raise Malformed(
                f"this is not an entry as the record writes it: {fault}",
                hint="it was changed after it was recorded; take another copy of the export",
            )
        last = self.ends(entry["case_id"])
        # Withheld events leave gaps, and the guard of the table counts them.
        if entry["version"] != last.version + 1 and not self.withheld():
            raise VersionConflict(
                f"event {entry['version']} of case {entry['case_id']} cannot follow event"
                f" {last.version}",
                hint="restore every event of a ledger, in order, into an empty one; an export of"
                " a copy for the public lacks those that are withheld, and cannot be restored",
                expected=last.version + 1,
                actual=entry["version"],
            )
        return self._insert(last.position + 1, entry_bytes)

    def withhold(self, position: int, leaf: bytes) -> None:
        """Put its fingerprint in the place of an event that is not shown. Only inside writing().

        Raises Refused where the position is not the next one.
        """
        self._check_transaction()
        try:
            self.conn.execute("insert into main.withheld values (?, ?)", (position, leaf))
        except sqlite3.IntegrityError as error:
            raise Refused(f"the event was not withheld: {error}") from error

    def withheld(self) -> int:
        """How many events are withheld; none, but in a copy for the public."""
        return int(self._row("select count(*) from main.withheld")[0])

    def ends(self, case_id: str) -> Ends:
        """Where the ledger and a case end. Only inside writing()."""
        self._check_transaction()
        position, withheld, recorded_at, version, nonce = self._row(_ENDS, case_id)
        return Ends(max(position, withheld), recorded_at, version, nonce)

    def _insert(self, position: int, entry_bytes: bytes) -> Entry:
        # What is returned is what will be read, and no longer shared with the caller.
        entry, row = row_of(position, entry_bytes)
        try:
            self.conn.execute(INSERT, row)
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError) as error:
            raise _refusal(error, entry) from error
        return entry

    # Reading --------------------------------------------------------------------------------

    def _read(self, where: str, *values: object) -> Iterator[Entry]:
        """The events that `where` finds, one by one."""
        decode = decoded
        position = 0
        with in_sentences(self.path):
            try:
                for position, entry in self._rows(_READ + where, *values):
                    yield decode(position, entry)
            except (ValueError, KeyError, TypeError) as error:
                raise VerificationFailed(
                    f"the event at position {position} cannot be read",
                    hint="see what else was changed: `caseledger verify`",
                    position=position,
                ) from error

    def _rows(self, query: str, *values: object) -> sqlite3.Cursor:
        """What a query finds. Raises Malformed if a value is no text that can stand in a ledger."""
        try:
            return self.conn.execute(query, values)
        except UnicodeEncodeError as error:
            raise Malformed(f"{error.object!r} is not Unicode", hint="write it anew") from error

    def _row(self, query: str, *values: object) -> Any:
        """The first row of a query, or None."""
        with in_sentences(self.path):
            return self._rows(query, *values).fetchone()

    def known(self, column: str, values: Iterable[str]) -> set[str]:
        """Those of the values that some event has in a column, `event_id` or `case_id`."""
        listed = orjson.dumps(list(values)).decode()
        query = f"select value from json_each(?) where value in (select {column} from main.events)"
        with in_sentences(self.path):
            return {value for (value,) in self._rows(query, listed)}

    def find(self, event_id: str) -> Entry | None:
        """The event with that id."""
        return next(self._read("where event_id = ?", event_id), None)

    def at(self, position: int) -> Entry | None:
        """The event at that place of the ledger."""
        return next(self._read("where position = ?", min(position, _POSITION_MAX)), None)

    def entries(self, case_id: str) -> list[Entry]:
        """All events of a case, by position."""
        # Version and position ascend together, and the index is by version.
        return list(self._read("where case_id = ? order by version", case_id))

    def by_case(self, upto_position: int | None = None) -> Iterator[tuple[str, list[Entry]]]:
        """Every case with its events, by case_id, then by position; one case at a time in memory.

        `upto_position` leaves out what was recorded after it, and cases that came after it.
        """
        limit = _POSITION_MAX if upto_position is None else min(upto_position, _POSITION_MAX)
        found = self._read("where position <= ? order by case_id, version", limit)
        for case_id, entries in groupby(found, attrgetter("case_id")):
            yield case_id, list(entries)

    def all(self, from_position: int = 1) -> Iterator[Entry]:
        """Every event from a place of the ledger on, by position."""
        start = min(from_position, _POSITION_MAX)
        return self._read("where position >= ? order by position", start)

    def of_type(self, type_name: str, case_id: str | None = None) -> Iterator[Entry]:
        """The events of a type, of one case or of all, by position."""
        where = "where type = ? and coalesce(case_id = ?, true) order by position"
        return self._read(where, type_name, case_id)

    def sealing(self) -> Iterator[Entry]:
        """Every event that seals something, by position."""
        found = self._read("where instr(entry, '\"sealed\"') order by position")
        return (entry for entry in found if entry.seals)

    def about_others(self) -> Iterator[Entry]:
        """Every event that names another one as its target, by position."""
        target = "instr(entry, '\"target\"')"
        return self._read(f"where corrects is not null or {target} order by position")

    def texts(self, from_position: int = 1) -> Iterator[tuple[int, str]]:
        """Position and stored text of every event from a place on, as `restore` takes it."""
        start = min(from_position, _POSITION_MAX)
        with in_sentences(self.path):
            yield from self._rows(_TEXTS, start)

    def leaves(self, upto_position: int | None = None) -> Iterator[tuple[int, str | None, bytes]]:
        """Position, stored text and fingerprint of every event; of a withheld one without text."""
        limit = _POSITION_MAX if upto_position is None else min(upto_position, _POSITION_MAX)
        with in_sentences(self.path):
            yield from self._rows(_LEAVES, limit)

    def size(self) -> int:
        """How many leaves the ledger has: the last position, withheld ones included."""
        return int(self._row(_SIZE)[0])

    def head(self, case_id: str) -> int:
        """The version of a case: how many events it has. 0 if there is no such case."""
        return int(self._row(_HEAD, case_id)[0])

    def position_at(self, moment: str) -> int:
        """The last position recorded at or before an instant; 0 if there is none.

        Instants never go back along the ledger, so it is found by halving, without an index.
        Raises Malformed if `moment` is not an instant.
        """
        try:
            limit = instant(moment)
        except ValueError as error:
            raise Malformed(str(error)) from error
        with self.reading():
            low, high, found = 0, self.size(), 0
            while low < high:
                middle = (low + high + 1) // 2
                row = self._row(_RECORDED_BY_THEN, middle)
                if row is not None and row[1] > limit:
                    high = row[0] - 1
                else:
                    low, found = middle, row[0] if row else found
            return found


def _refusal(error: sqlite3.Error, entry: Entry) -> Refused | Malformed:
    """What a rule of the record that was broken means to a person."""
    code, words = getattr(error, "sqlite_errorcode", None), str(error)
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return Refused(f"the event was not recorded: {words}")
    if code == sqlite3.SQLITE_CONSTRAINT_NOTNULL:
        words = f"{words.rpartition('.')[2]} is missing"
    elif code == sqlite3.SQLITE_CONSTRAINT_CHECK:
        words = words.removeprefix("CHECK constraint failed: ")
    else:
        values = zip(entry._fields, entry[: len(COLUMNS) + 1], strict=False)
        odd = [name for name, value in values if not isinstance(value, str | int | None)]
        words = f"{' and '.join(odd)} is not plain text" if odd else words
    return Malformed(f"the event breaks a rule of the record: {words}", hint="nothing was recorded")
