"""The ledger as an event log for process mining: XES (IEEE 1849), one trace per case.

Events stand in legal order, with the values that corrections gave them. What was withdrawn is left
out, and so are events about the record (corrections, disputes): they are no steps of the case. What
contradicts its case and was not applied is in, with the status `not_applied`.

XES knows instants only, and readers of it want one on every event. A legal date is midnight UTC of
that day, a month or a year that of its first day. An event without a date has that of the event it
goes after, where there is none that of the first dated one, and in a case without any date that of
its recording. `date_known` says which dates are known, and how far: day, month, year, or none.

The schema of the standard has no namespace, and so has the file.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from pydantic import BaseModel

from events.base import Event
from events.dates import earliest, is_full
from events.history import Course
from events.money import Money
from events.rows import CaseRow, Step
from events.versions import Told
from ledger.book import Book
from ledger.errors import files_in_sentences
from ledger.placing import beside, place, refuse_to_overwrite

_EXTENSIONS = {
    "concept": "Concept",
    "time": "Time",
    "org": "Organizational",
    "lifecycle": "Lifecycle",
    "identity": "Identity",
}
"""Extensions of the standard by prefix. Attributes without a prefix are the ledger's own."""

_TIMESTAMP = "time:timestamp"
_DATE_KNOWN = {10: "day", 7: "month", 4: "year"}
"""How much of a date is known, by its length."""

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""

Attribute = tuple[str, str, str]
"""Kind (an element of XES), key, and value as the file has it."""


class Written(NamedTuple):
    """What an event log holds."""

    cases: int
    events: int


def write(book: Book, out: str | os.PathLike[str]) -> Written:
    """Write the ledger as an event log to `out`, one case after the other: memory stays flat.

    The file appears when it is whole. Raises Refused where there is a file at `out`, FileTrouble.
    """
    target = Path(out).resolve()
    refuse_to_overwrite(target)
    temporary = beside(target)
    with files_in_sentences(target):
        try:
            with temporary.open("wb") as file, book.store.reading():
                written = _log(book, XMLGenerator(file, "utf-8", short_empty_elements=True))
            place(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    return written


def _log(book: Book, xml: XMLGenerator) -> Written:
    xml.startDocument()
    _start(xml, "log", {"xes.version": "1849.2016", "xes.features": ""})
    for prefix, name in _EXTENSIONS.items():
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        _empty(xml, "extension", name=name, prefix=prefix, uri=uri)
    _globals(xml, "trace", "concept:name")
    _globals(xml, "event", "concept:name", "org:resource", "lifecycle:transition", _TIMESTAMP)
    _empty(xml, "classifier", name="Activity", scope="event", keys="concept:name")
    title, ledger_id = book.store.conn.execute("select title, ledger_id from main.meta").fetchone()
    _attributes(xml, [("string", "concept:name", title), ("id", "identity:id", ledger_id)])
    cases = events = 0
    for case_id, entries in book.store.by_case():
        cases += 1
        events += _trace(xml, Course(case_id, entries))
    xml.endElement("log")
    xml.endDocument()
    return Written(cases, events)


def _globals(xml: XMLGenerator, scope: str, *keys: str) -> None:
    """Declare attributes that every trace, or every event, has."""
    _start(xml, "global", {"scope": scope})
    for key in keys:
        is_time = key == _TIMESTAMP
        value = _midnight("1970") if is_time else "unknown"
        _empty(xml, "date" if is_time else "string", key=key, value=value)
    xml.endElement("global")


def _trace(xml: XMLGenerator, course: Course) -> int:
    """A case with its events. Returns how many these are."""
    case = course.case
    steps = {step.position: step for step in case.of(Step).values()}
    events = [
        (one, steps[one.recorded.position])
        for one in course.ordered()
        if steps[one.recorded.position].status not in ("withdrawn", "record")
    ]
    first_day = next((one.day for one, _ in events if one.day), None)
    _start(xml, "trace", {})
    _attributes(xml, _about_case(case.case_id, case.row))
    for one, step in events:
        _start(xml, "event", {})
        _attributes(xml, _about_event(one, step, first_day))
        xml.endElement("event")
    xml.endElement("trace")
    return len(events)


def _about_case(case_id: str, row: CaseRow) -> Iterator[Attribute]:
    yield "string", "concept:name", case_id
    for name in row.values:
        yield from _typed(name, getattr(row, name))


def _about_event(one: Told, step: Step, first_day: str | None) -> Iterator[Attribute]:
    recorded: Any = one.recorded
    version = one.versions[-1]
    day = one.day or first_day or recorded.recorded_at[:10]
    yield "string", "concept:name", recorded.type
    yield "date", _TIMESTAMP, _midnight(day)
    yield "string", "org:resource", recorded.recorded_by
    # An event is recorded when it has happened.
    yield "string", "lifecycle:transition", "complete"
    yield "id", "identity:id", recorded.event_id
    yield "int", "position", str(step.position)
    yield "string", "status", step.status
    yield "string", "date_known", _DATE_KNOWN[len(one.on)] if one.on else "none"
    yield from _typed("summary", step.summary)
    yield from _typed("source", version.source)
    yield from _typed("confidence", version.confidence)
    if recorded.caused_by:
        yield "id", "caused_by", recorded.caused_by
    yield "date", "recorded_at", recorded.recorded_at
    if step.corrected_by:
        yield "int", "corrected_by", str(step.corrected_by)
    yield from _fields(version.event, recorded.resolved.get("refs") or {}, version.digits)


def _fields(
    event: Event, refs: Mapping[str, str], digits: Mapping[str, int]
) -> Iterator[Attribute]:
    """The fields of an event, with references that were assigned. Money is written as it was
    stated, and as whole minor units beside the currency: the numbers of XES are binary fractions.
    """
    for name in type(event).model_fields:
        value = getattr(event, name)
        value = refs.get(name) if value is None else value
        yield from _typed(name, value)
        if isinstance(value, Money):
            yield "string", f"{name}_currency", value.currency
            if value.currency in digits:
                yield "int", f"{name}_minor", str(value.minor(digits[value.currency]))


def _typed(name: str, value: Any) -> Iterator[Attribute]:
    """A value as an attribute, or none where there is no value. Several words are one string, as in
    the published tables: readers of event logs make nothing of lists."""
    if value is None or value in ((), {}):
        return
    if isinstance(value, bool):
        yield "boolean", name, str(value).lower()
    elif isinstance(value, int):
        yield "int", name, str(value)
    elif isinstance(value, str) and name.endswith("_on") and is_full(value):
        yield "date", name, _midnight(value)
    elif isinstance(value, tuple):
        yield "string", name, "; ".join(map(_words, value))
    else:
        yield "string", name, _words(value)


def _words(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _midnight(day: str) -> str:
    return f"{earliest(day)}T00:00:00.000+00:00"


def _attributes(xml: XMLGenerator, attributes: Iterable[Attribute]) -> None:
    for kind, key, value in attributes:
        _empty(xml, kind, key=key, value=value)


def _empty(xml: XMLGenerator, element: str, **attributes: str) -> None:
    _start(xml, element, attributes)
    xml.endElement(element)


def _start(xml: XMLGenerator, element: str, attributes: dict[str, str]) -> None:
    printable = {
        name: _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", value)
        for name, value in attributes.items()
    }
    xml.ignorableWhitespace("\n")
    xml.startElement(element, AttributesImpl(printable))
