"""Events that wait to be recorded, on disk: a whole file is read before any of it is written, and
memory stays flat however long the file is.

A temporary SQLite file without a name, which is gone when the program ends however it ends. Cases
come out whole, in the order in which the file first names them.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import orjson

from events.base import CATALOGUE, Event
from ledger.door import Proposed
from ledger.errors import files_in_sentences
from ledger.import_report import Refusal

_WAITING_ROWS = 1_000
_SCHEMA = """
pragma journal_mode = off;
pragma cache_size = -8000;
create table cases (case_no integer primary key, case_id text not null unique);
create table waiting (
    number integer primary key, case_no integer not null, line integer not null,
    event_id text not null, type text not null, changed text not null, must_try integer not null,
    envelope text not null, fields text not null
);
create table refused (
    line integer, case_id text, message text, hint text, is_malformed integer
);
create index refused_cases on refused (case_id);
"""
_INSERT = "insert into waiting values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_READ = """
select case_no, (select case_id from cases where cases.case_no = waiting.case_no),
    line, event_id, type, changed, must_try, envelope, fields
from waiting
where case_no not in (
    select case_no from cases join refused using (case_id)
)
order by {order}
"""
_ALIKE = """
select event_id, min(number) from waiting group by event_id having count(*) > 1
"""


@contextmanager
def on_disk(source: Path | IO[bytes]) -> Iterator[tuple[Path, str]]:
    """The file, and its name in messages. A stream is copied: it is read more than once."""
    if isinstance(source, Path):
        yield source, str(source)
        return
    with tempfile.TemporaryDirectory(prefix="caseledger-") as folder:
        path = Path(folder) / "stdin"
        with files_in_sentences(path), path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        yield path, "stdin"


@dataclass(frozen=True, slots=True)
class Found:
    """An event as it was found in a file."""

    line: int
    proposal: Proposed
    changed: str = "refuse"
    """What to do where the same event is recorded and reads otherwise: correct, keep, refuse."""


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case as it was found in a file: its events in their order."""

    case_id: str
    events: list[Found]
    must_try: bool
    """Whether more than its events by themselves decides if it can be recorded."""


class Spool:
    """Events that wait to be recorded, and what was refused."""

    def __init__(self) -> None:
        self._conn = sqlite3.connect("", isolation_level=None)
        self._conn.executescript(_SCHEMA)
        self._conn.execute("begin")
        self._rows: list[tuple[Any, ...]] = []
        self._case: tuple[str, int] = ("", 0)
        self._cases = 0
        self._are_together = True
        self.count = 0
        """Events that wait."""
        self.refused = 0
        self.malformed = 0
        """Of those refused, the ones that are no events at all."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._conn.close()

    def add(self, found: Found) -> None:
        """Let an event wait."""
        proposal, event = found.proposal, found.proposal.event
        self.count += 1
        envelope = (
            proposal.source,
            proposal.confidence,
            proposal.caused_by,
            proposal.confidential,
        )
        row = (
            self.count,
            self._number(proposal.case_id),
            found.line,
            proposal.event_id,
            event.type,
            found.changed,
            _must_be_tried(event),
            orjson.dumps(envelope),
            orjson.dumps(
                event.model_dump(mode="json", exclude_unset=True), option=orjson.OPT_SORT_KEYS
            ),
        )
        self._rows.append(row)
        if len(self._rows) >= _WAITING_ROWS:
            self._flush()

    def _number(self, case_id: str) -> int:
        if self._case[0] == case_id:
            return self._case[1]
        insert = "insert or ignore into cases (case_id) values (?)"
        if self._conn.execute(insert, (case_id,)).rowcount:
            self._cases += 1
            number = self._cases
        else:
            self._are_together = False
            query = "select case_no from cases where case_id = ?"
            number = self._conn.execute(query, (case_id,)).fetchone()[0]
        self._case = (case_id, number)
        return number

    def _flush(self) -> None:
        self._conn.executemany(_INSERT, self._rows)
        self._rows.clear()

    def refuse(self, refusal: Refusal) -> None:
        """Note a refusal. Nothing of its case comes out any more."""
        values = astuple(refusal)
        self._conn.execute("insert into refused values (?, ?, ?, ?, ?)", values)
        self.refused += 1
        self.malformed += refusal.is_malformed

    def settle(self) -> int:
        """Bring together what has one event_id; returns how many events stood there again.

        The same event twice is one; different ones are refused, with the case.
        """
        self._flush()
        again = 0
        for event_id, number in self._conn.execute(_ALIKE).fetchall():
            query = (
                "select number, line, case_no, type, envelope, fields from waiting"
                " where event_id = ? order by number"
            )
            first, *others = self._conn.execute(query, (event_id,)).fetchall()
            for other in others:
                if other[2:] != first[2:]:
                    case_id = self._case_id(other[2])
                    words = f"the {other[3]} is another event than that of line {first[1]}, and has"
                    self.refuse(
                        Refusal(other[1], case_id, f"{words} the same id, {event_id}", None)
                    )
                self._conn.execute("delete from waiting where number = ?", (other[0],))
                again += 1
            assert first[0] == number
        self.count -= again
        return again

    def _case_id(self, number: int) -> str:
        query = "select case_id from cases where case_no = ?"
        return str(self._conn.execute(query, (number,)).fetchone()[0])

    def cases(self) -> Iterator[FoundCase]:
        """The cases that nothing was refused of, each with its events."""
        self._flush()
        order = "number" if self._are_together else "case_no, number"
        rows = self._conn.execute(_READ.format(order=order))
        for (_, case_id), some in groupby(rows, itemgetter(0, 1)):
            events, must_try = [], False
            for _, _, line, event_id, type_name, changed, trying, envelope, fields in some:
                event = CATALOGUE[type_name].model_validate(orjson.loads(fields))
                source, confidence, caused_by, confidential = orjson.loads(envelope)
                proposal = Proposed(
                    case_id=case_id,
                    event=event,
                    event_id=event_id,
                    source=source,
                    confidence=confidence,
                    caused_by=caused_by,
                    confidential=tuple(confidential),
                )
                events.append(Found(line, proposal, changed))
                must_try = must_try or bool(trying)
            yield FoundCase(case_id, events, must_try)

    def has_case(self, case_id: str) -> bool:
        """Whether the file has that case, refused or not."""
        query = (
            "select exists (select 1 from cases where case_id = ?1)"
            " or exists (select 1 from refused where case_id = ?1)"
        )
        return bool(self._conn.execute(query, (case_id,)).fetchone()[0])

    def refusals(self, limit: int) -> Iterator[Refusal]:
        """What was refused, by line."""
        rows = self._conn.execute("select * from refused order by line limit ?", (limit,))
        return (
            Refusal(line, case_id, message, hint, bool(malformed))
            for line, case_id, message, hint, malformed in rows
        )

    def refused_cases(self) -> int:
        """How many cases are held back by a refusal."""
        query = "select count(distinct case_id) from refused"
        return int(self._conn.execute(query).fetchone()[0])

    def why(self, line: int, case_id: str | None) -> str | None:
        """Why a line was refused: its own reason, or that of its case. None if it was not."""
        query = "select message from refused where line = ? order by rowid"
        own = [words for (words,) in self._conn.execute(query, (line,))]
        if own:
            return "; ".join(dict.fromkeys(own))
        query = "select line from refused where case_id = ? order by line limit 1"
        found = self._conn.execute(query, (case_id,)).fetchone() if case_id else None
        return f"held back with line {found[0]} of the same case" if found else None


def _must_be_tried(event: Event) -> bool:
    """Whether an event may be refused for what it finds in its case or in the calendar."""
    return event.is_record or getattr(event, "within", None) is not None
