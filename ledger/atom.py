"""What is recorded, as a feed that people follow (Atom, RFC 4287), a hundred entries at a time.

An entry is an event of the record, the last one first, so that corrections and late additions come
up as new entries whatever their legal date. Its id is the event's own and never changes. Older
entries are a page away (RFC 5005, section 3).
"""

import re
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from ledger.errors import NotFound

PAGE = 100
"""How many entries a page has."""

PATH = "/-/feed.atom"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (section 2.2)."""
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_POSITION_MAX = 2**63 - 1

_QUERY = """
select e.position, e.event_id, e.case_id, e.type, e.occurred_on, e.recorded_at, e.source,
    h.summary, h.status, h.corrected_by, h.effective_on, c.title, c.authority
from events e
join cases c on c.case_id = e.case_id
join history h on h.case_id = e.case_id and h.position = e.position
where e.position < :before {only}
order by e.{order} desc
limit :limit
"""
# Within a case, events go by version as they go by position, and there is an index for it.
_ONLY = {
    None: ("", "position"),
    "case": ("and e.case_id = :of", "version"),
    "authority": ("and c.authority = :of", "position"),
}
_STATUS = {
    "withdrawn": "It was withdrawn by event #{}.",
    "not_applied": "It contradicts the case and was not applied.",
}


def feed(
    conn: sqlite3.Connection,
    address: Callable[[str], str],
    *,
    only: tuple[str, str] | None = None,
    before: int | None = None,
) -> bytes:
    """The latest events as an Atom feed: of all, or `only` of a (`case`, id) or an (`authority`,
    name).

    `address` makes a full address of a path on this server. `before` is the position that all
    events of the page lie before. Raises NotFound where there is no such case or authority.
    """
    kind, of = only or (None, None)
    if kind:
        column = {"case": "case_id", "authority": "authority"}[kind]
        query = f"select exists (select 1 from cases where {column} = ?)"
        if not conn.execute(query, (of,)).fetchone()[0]:
            raise NotFound(f"there is no {kind} {of!r} in this ledger")
    where, order = _ONLY[kind]
    found = conn.execute(
        _QUERY.format(only=where, order=order),
        {"of": of, "before": min(before or _POSITION_MAX, _POSITION_MAX), "limit": PAGE + 1},
    )
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    meta = conn.execute("select ledger_id, title, created_at from meta").fetchone()
    asked = {kind: of} if kind and of is not None else {}
    root = _head(tuple(meta), asked, rows, address, before)
    for row in rows[:PAGE]:
        root.append(_entry(row, address))
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _head(
    meta: tuple[str, str, str],
    asked: dict[str, str],
    rows: list[dict[str, Any]],
    address: Callable[[str], str],
    before: int | None,
) -> Element:
    ledger_id, title, created_at = meta
    name = UUID(ledger_id)
    for kind, of in asked.items():
        name = uuid5(name, f"feed/{kind}/{of}")
    root = Element("feed", xmlns=_NAMESPACE)
    _text(root, "id", name.urn)
    _text(root, "title", ": ".join([title, *asked.values()]))
    _text(root, "updated", rows[0]["recorded_at"] if rows else created_at)
    _text(SubElement(root, "author"), "name", title)
    links = {"self": {**asked, **({"before": str(before)} if before else {})}, "first": asked}
    if len(rows) > PAGE:
        links["next"] = {**asked, "before": str(rows[PAGE - 1]["position"])}
    for relation, query in links.items():
        path = f"{PATH}?{urlencode(query)}" if query else PATH
        kind = "application/atom+xml"
        SubElement(root, "link", rel=relation, type=kind, href=_allowed(address(path)))
    return root


def _entry(row: dict[str, Any], address: Callable[[str], str]) -> Element:
    entry = Element("entry")
    _text(entry, "id", UUID(row["event_id"]).urn)
    _text(entry, "title", f"{row['title'] or row['case_id']}: {row['summary']}")
    _text(entry, "updated", row["recorded_at"])
    _text(entry, "published", row["recorded_at"])
    place = f"/ledger/cases/{_tilde(row['case_id'])}#event-{row['position']}"
    SubElement(entry, "link", rel="alternate", type="text/html", href=address(place))
    if link := _ADDRESS.search(_allowed(row["source"] or "")):
        SubElement(entry, "link", rel="via", href=link[0])
    SubElement(entry, "category", term=row["type"])
    _text(entry, "summary", "\n".join(_told(row)))
    return entry


def _told(row: dict[str, Any]) -> list[str]:
    status = _STATUS.get(row["status"], "").format(row["corrected_by"])
    if not status and row["corrected_by"]:
        status = f"As corrected by event #{row['corrected_by']}."
    lines = [
        row["summary"],
        f"Legal date: {row['effective_on']}" if row["effective_on"] else "No legal date is known.",
        f"Case {', '.join(filter(None, [row['case_id'], row['authority']]))}",
        status,
        f"Source: {row['source']}" if row["source"] else "",
    ]
    return [line for line in lines if line]


def _tilde(text: str) -> str:
    """A key as Datasette has it in a path: letters, digits, - and _ stand; the rest is ~XX."""
    return quote(text, safe="").replace("~", "%7E").replace(".", "%2E").replace("%", "~")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _allowed(text)


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
