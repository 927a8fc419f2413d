"""Whether the record is what it was: every fingerprint, every place, and an earlier root.

A ledger that agrees with itself may still be a forgery made as a whole. Only a root that somebody
kept elsewhere proves that the entries under it are the same.
"""

import heapq
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from events.confidential import WHOLE
from ledger.entry import CLERK, COLUMNS, faults, parsed
from ledger.errors import LedgerError, Malformed, sentence
from ledger.schema import differences, setting
from ledger.seal import ENTRY_BYTES_MAX, Tree, leaf_hash_of_bytes
from ledger.store import Store

PROBLEMS_MAX = 1_000
"""More are counted, not listed."""

_SIZE_ROOT = re.compile(
    r"(0|[1-9][0-9]{0,17}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5})(?::| events?, root )([0-9a-f]{64})",
    re.ASCII | re.IGNORECASE,
)


class Problem(NamedTuple):
    """Something in the record that is not as it was written."""

    position: int | None
    """Where; None if it concerns the ledger as a whole."""
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of looking at every entry."""

    count: int
    """Leaves of the tree, those of withheld events included."""
    root: bytes
    """Over the bytes as they are stored now."""
    problems: list[Problem]
    remarks: list[str] = field(default_factory=list)
    """What is no fault: what the file is, and what could not be looked at."""

    @property
    def checkpoint(self) -> str:
        """SIZE:ROOT in hex, as `parse_checkpoint` reads it."""
        return f"{self.count}:{self.root.hex()}"


def parse_checkpoint(text: str) -> tuple[int, bytes]:
    """Size and root of an earlier report: from SIZE:ROOT, or from the line that `verify` and
    `backup` print of it, like `5 events, root …`. Raises Malformed."""
    match = _SIZE_ROOT.fullmatch(text.strip())
    if match is None:
        raise Malformed(
            f"{text!r} is not SIZE:ROOT, nor the line `SIZE events, root ROOT`",
            hint="copy the line that an earlier `verify` printed, between quotation marks",
        )
    return int(match[1].replace(",", "")), bytes.fromhex(match[2])


def verify(store: Store, against: tuple[int, bytes] | None = None) -> Report:
    """Looks at every entry, and at the rules that guard them. Never raises for what it finds.

    `against` is the size and root of an earlier report: the first SIZE entries must have it still.
    """
    inspection = _Inspection(against)
    try:
        with store.reading(), _any_text(store.conn):
            inspection.rules(store.conn)
            inspection.walk(store.conn)
    except (sqlite3.Error, LedgerError, UnicodeDecodeError) as error:
        told = sentence(error, store.path) if isinstance(error, sqlite3.Error) else error
        inspection.note(None, f"the file cannot be read to its end: {told or error}")
    return inspection.report()


@contextmanager
def _any_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Text that is no UTF-8 comes out as something, where it would raise otherwise."""
    before = connection.text_factory
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = before


def _published_at(connection: sqlite3.Connection) -> str | None:
    """When it was made for the public; None where it was not, or nothing can tell."""
    try:
        return setting(connection, "published_at")
    except sqlite3.Error:
        # The table is gone or altered, which is told among the rules.
        return None


def _is_for_the_public(published_at: str, withheld: int) -> str:
    are = "1 event is" if withheld == 1 else f"{withheld or 'no'} events are"
    return (
        f"this is a copy for the public, made at {published_at:.40}; {are} withheld, and it"
        " takes no events"
    )


def _is_sealed_whole(fields: dict[str, Any]) -> bool:
    """Whether an entry says that all of its event is sealed."""
    places = fields["resolved"].get("sealed")
    return isinstance(places, list) and WHOLE in places


class _Leaf(NamedTuple):
    position: int
    leaf_hash: Any
    entry: bytes | None
    """None if the event is withheld."""
    columns: tuple[Any, ...]


_EVENTS = (
    f"select cast(position as integer), leaf_hash, coalesce(cast(entry as blob), x''),"
    f" {', '.join(COLUMNS)} from main.events order by position"
)
_WITHHELD = "select cast(position as integer), leaf_hash from main.withheld order by position"
_columns_of = itemgetter(*COLUMNS)


class _Inspection:
    """One walk along the ledger."""

    def __init__(self, against: tuple[int, bytes] | None) -> None:
        self._against = against
        self._tree = Tree()
        self._problems: list[Problem] = []
        self._more = 0
        self._next_position = 1
        self._recorded_at = ""
        self._versions: dict[str, int] = {}
        self._withheld = 0
        self._published_at: str | None = None
        self._remarks: list[str] = []

    def note(self, position: int | None, what: str) -> None:
        if len(self._problems) < PROBLEMS_MAX:
            self._problems.append(Problem(position, what))
        else:
            self._more += 1

    def report(self) -> Report:
        if self._against is not None and self._tree.size < self._against[0]:
            self.note(
                None,
                f"the earlier root is of {self._against[0]} entries; {self._tree.size} are left",
            )
        if self._more:
            self._problems.append(Problem(None, f"{self._more} more problems are not listed"))
        return Report(self._tree.size, self._tree.root(), self._problems, self._remarks)

    def rules(self, connection: sqlite3.Connection) -> None:
        """The tables and triggers of the record, by their text."""
        for words in differences(connection):
            self.note(None, words)

    def walk(self, connection: sqlite3.Connection) -> None:
        """Every leaf, by position."""
        self._withheld = connection.execute("select count(*) from main.withheld").fetchone()[0]
        self._published_at = _published_at(connection)
        if self._published_at is not None:
            # Any client can make a ledger one, and nobody can take that back: so it is told.
            self._remarks.append(_is_for_the_public(self._published_at, self._withheld))
        self._compare_with_earlier_root()
        events = (
            _Leaf(p, leaf, entry, tuple(columns))
            for p, leaf, entry, *columns in connection.execute(_EVENTS)
        )
        withheld = (_Leaf(p, leaf, None, ()) for p, leaf in connection.execute(_WITHHELD))
        for leaf in heapq.merge(events, withheld, key=itemgetter(0)):
            self._place(leaf.position)
            if leaf.entry is None:
                if self._published_at is None:
                    what = "this event is withheld, and the ledger is no copy for the public"
                    self.note(leaf.position, what)
                self._tree.add(leaf.leaf_hash if isinstance(leaf.leaf_hash, bytes) else b"")
            else:
                self._entry(leaf, leaf.entry)
            self._compare_with_earlier_root()

    def _place(self, position: int) -> None:
        if position > self._next_position:
            missing = range(self._next_position, position)
            what = (
                "this event is missing"
                if len(missing) == 1
                else (f"the events {missing[0]} to {missing[-1]} are missing")
            )
            self.note(missing[0], what)
        elif position < self._next_position:
            self.note(position, "this position is taken twice or is no position")
        self._next_position = max(position + 1, self._next_position)

    def _entry(self, leaf: _Leaf, entry: bytes) -> None:
        digest = leaf_hash_of_bytes(entry)
        self._tree.add(digest)
        if digest != leaf.leaf_hash:
            self.note(leaf.position, "its fingerprint is not that of its bytes")
        if len(entry) > ENTRY_BYTES_MAX:
            self.note(leaf.position, f"its entry is longer than {ENTRY_BYTES_MAX:,} bytes")
        fields = parsed(entry)
        if fields is None:
            self.note(leaf.position, "its entry is not in the one form that the record writes")
            return
        for what in faults(fields):
            self.note(leaf.position, what)
        if self._published_at is not None and _is_sealed_whole(fields):
            what = "it is confidential as a whole, and stands in a copy for the public"
            self.note(leaf.position, what)
        self._columns(leaf, fields)
        self._order(leaf.position, fields)

    def _columns(self, leaf: _Leaf, fields: dict[str, Any]) -> None:
        values = _columns_of(fields)
        if leaf.columns == values:
            return
        for name, column, value in zip(COLUMNS, leaf.columns, values, strict=True):
            if name == CLERK and isinstance(value, dict):
                value = fields["resolved"].get("role")
            if column != value:
                self.note(
                    leaf.position, f"{name} is {column!r:.60}, but its entry says {value!r:.60}"
                )

    def _order(self, position: int, fields: dict[str, Any]) -> None:
        case_id, version = fields["case_id"], fields["version"]
        gap = version - self._versions.get(case_id, 0) - 1
        if 0 < gap <= self._withheld:
            self._withheld -= gap
        elif gap:
            self.note(position, f"it is not the next event of case {case_id!r}: number {version}")
        self._versions[case_id] = version
        if fields["recorded_at"] < self._recorded_at:
            self.note(position, "it was recorded before the event that stands before it")
        self._recorded_at = max(fields["recorded_at"], self._recorded_at)

    def _compare_with_earlier_root(self) -> None:
        if self._against is None or self._tree.size != self._against[0]:
            return
        if self._tree.root() != self._against[1]:
            self.note(
                None,
                f"the first {self._tree.size} entries are not those of the earlier root",
            )
