"""What falls due: lists by a day, missed deadlines proposed, and a calendar to subscribe to.

That a last day has passed is a fact of the calendar, and no more: a deadline is missed only when an
event says so. What is listed here as overdue are candidates.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from events.case import Case
from events.published import Row
from events.rows import Deadline
from events.timing import due_set_by, missed_on
from ledger import moments
from ledger.book import Book
from ledger.clock import today
from ledger.door import Proposed, imported_id, proposed

_COLUMNS = (
    "case_id",
    "deadline_ref",
    "subject",
    "order_ref",
    "due_on",
    "status",
    "rule",
    "explained",
    "last_event",
)


def deadlines(
    book: Book,
    on: str,
    *,
    case_id: str | None = None,
    within_days: int | None = None,
    known_at: str | None = None,
) -> list[dict[str, Any]]:
    """Deadlines that run on the day `on`, by last day: those overdue then, and those to come.

    On a past day they are those that ran then, as the law stood; with `known_at` by what was known
    at that moment. `within_days` leaves out what falls due later than so many days after `on`. Each
    row has the title of its case, `days_left` (below zero where it is overdue) and `is_overdue`.
    Stayed orders' deadlines do not run. Cases counted in another one are left out. Raises
    Malformed, NotFound.
    """
    day = date.fromisoformat(on_day(on))
    book.require_current()
    if case_id is not None:
        book.entries(case_id)
    if known_at is not None or is_past(on):
        rows = _ran_on(book, on, case_id, known_at)
    else:
        rows = _running(book, case_id)
    found = []
    for row in rows:
        row["days_left"] = (date.fromisoformat(row["due_on"]) - day).days
        row["is_overdue"] = row["days_left"] < 0
        if within_days is None or row["days_left"] <= within_days:
            found.append(row)
    return found


def _running(book: Book, case_id: str | None = None) -> list[dict[str, Any]]:
    """Deadlines that run by what is published."""
    columns = ", ".join(f"d.{name}" for name in _COLUMNS)
    rows = book.store.conn.execute(
        f"select {columns}, c.title, c.authority"
        " from main.deadlines d join main.cases c using (case_id)"
        " where d.status in ('running', 'extended') and d.due_on is not null"
        " and c.case_id in (select case_id from main.cases_counted)"
        " and (?1 is null or d.case_id = ?1) order by d.due_on, d.case_id",
        (case_id,),
    )
    return [dict(zip((*_COLUMNS, "title", "authority"), row, strict=True)) for row in rows]


def _ran_on(
    book: Book, day: str, case_id: str | None, known_at: str | None
) -> list[dict[str, Any]]:
    """Deadlines that ran on a day, by what was known at a moment."""
    found = []
    as_of = day if is_past(day) else None
    for case in cases_with(book, Deadline, as_of, case_id, known_at):
        if not is_counted(book, case):
            continue
        about = {"title": case.row.title, "authority": case.row.authority}
        for row in case.of(Deadline).values():
            if row.status in ("running", "extended") and row.due_on:
                told = {column: getattr(row, column) for column in _COLUMNS[1:]}
                found.append({"case_id": case.case_id, **told, **about})
    return sorted(found, key=lambda one: (str(one["due_on"]), str(one["case_id"])))


def cases_with(
    book: Book, kind: type[Row], as_of: str | None, case_id: str | None, known_at: str | None
) -> Iterator[Case]:
    """The cases that may have rows of a table, or the one asked for, as `Book.case` has them.

    Raises NotFound, Malformed.
    """
    if case_id is not None:
        yield book.case(case_id, as_of, known_at)
    elif known_at is not None:
        # What has been withdrawn since is in no table any more.
        yield from book.cases(as_of, known_at)
    else:
        query = f"select distinct case_id from main.{kind.table} order by case_id"
        for (name,) in book.store.conn.execute(query).fetchall():
            yield book.case(name, as_of)


def is_past(day: str) -> bool:
    """Whether a day lies before today: what stood on it is told as of that day."""
    return day < today()


def is_counted(book: Book, case: Case) -> bool:
    """Whether a case counts, and not another one in its place: as the view `cases_counted` has it,
    for a case as of any day."""
    if case.row.counted_in is None:
        return True
    query = "select 1 from main.links_that_contradict where case_id = ?"
    return book.store.conn.execute(query, (case.case_id,)).fetchone() is not None


def on_day(written: str) -> str:
    """A day in full. Raises Malformed."""
    return moments.day("on", written)


def sweep(book: Book, on: str) -> list[Proposed]:
    """Missed deadlines to append, one for each that ran out before the day `on` and is still open.

    Each is caused by the event that set the last day, and its id is made from deadline and last
    day, so that the same sweep proposes the same events and appending them again adds nothing.
    """
    day, found = on_day(on), []
    book.require_current()
    for row in _running(book):
        if row["due_on"] >= day:
            continue
        case_id, ref, due_on = row["case_id"], row["deadline_ref"], row["due_on"]
        case = book.case(case_id)
        cause = book.event_at(due_set_by(case, ref)[0])
        fields = {
            "deadline": ref,
            "basis": "computed",
            "asserted_by": "caseledger",
            "occurred_on": missed_on(case, ref),
        }
        event_id = imported_id(case_id, "deadline_missed", f"{ref} ran out on {due_on}")
        found.append(
            proposed(
                case_id,
                "deadline_missed",
                fields,
                event_id=event_id,
                source=cause.source,
                caused_by=cause.event_id,
            )
        )
    return found
