"""Deadlines as a calendar that people subscribe to (RFC 5545).

Every deadline that has, or had, a last day is an event of the whole day. Its UID never changes;
SEQUENCE grows whenever its last day or its status changes, so that calendars take the new day over;
what is met, missed or cancelled is shown as CANCELLED, and what is only suspended as TENTATIVE.
"""

import sqlite3
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from ledger.errors import NotFound

_STATUS = {
    "running": "CONFIRMED",
    "extended": "CONFIRMED",
    "suspended": "TENTATIVE",
}
_QUERY = """
select d.case_id, d.deadline_ref, d.subject, d.due_on, d.status, d.explained, c.title, c.authority,
    e.recorded_at, e.source,
    (select count(*) from changes x
     where x.case_id = d.case_id and x.table_name = 'deadlines' and x.ref = d.deadline_ref
       and x.field in ('due_on', 'status')) as revisions,
    (select ledger_id from meta) as ledger_id
from deadlines d
join cases c on c.case_id = d.case_id
join events e on e.position = d.last_event
where d.due_on is not null and c.case_id in (select case_id from cases_counted)
  and (:case_id is null or d.case_id = :case_id)
  and (:authority is null or c.authority = :authority)
order by d.due_on, d.case_id, d.deadline_ref
"""


def calendar(
    conn: sqlite3.Connection, *, case_id: str | None = None, authority: str | None = None
) -> bytes:
    """The deadlines of one case, of one authority, or of all, as an iCalendar file.

    Raises NotFound where there is no such case or authority: an empty calendar would say that
    nothing is due.
    """
    for column, value in (("case_id", case_id), ("authority", authority)):
        query = f"select exists (select 1 from cases where {column} = ?)"
        if value is not None and not conn.execute(query, (value,)).fetchone()[0]:
            raise NotFound(f"there is no {column.removesuffix('_id')} {value!r} in this ledger")
    found = Calendar()
    found.add("prodid", "-//caseledger//deadlines//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add(
        "x-wr-calname", f"Deadlines{f' of {case_id or authority}' if case_id or authority else ''}"
    )
    rows = conn.execute(_QUERY, {"case_id": case_id, "authority": authority})
    names = [column[0] for column in rows.description]
    for values in rows:
        found.add_component(_event(dict(zip(names, values, strict=True))))
    return bytes(found.to_ical())


def _event(row: dict[str, str | int | None]) -> Event:
    due_on = date.fromisoformat(str(row["due_on"]))
    recorded_at = datetime.fromisoformat(str(row["recorded_at"]))
    event = Event()
    event.add("uid", f"{row['ledger_id']}/{row['case_id']}/{row['deadline_ref']}")
    event.add("dtstamp", recorded_at)
    event.add("last-modified", recorded_at)
    event.add("dtstart", due_on)
    event.add("dtend", due_on + timedelta(days=1))
    event.add("summary", f"{row['subject']} ({row['authority'] or row['case_id']})")
    said = [row["title"], row["explained"], f"Status: {row['status']}", row["source"]]
    event.add("description", "\n".join(str(words) for words in said if words))
    event.add("sequence", max(0, int(row["revisions"] or 0) - 1))
    event.add("status", _STATUS.get(str(row["status"]), "CANCELLED"))
    event.add("transp", "TRANSPARENT")
    return event
