"""Deadlines as a calendar: what a subscriber's program is told, and told anew."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from ledger.book import Book, create
from ledger.door import Proposed, proposed
from ledger.errors import NotFound
from ledger.ics import calendar


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as opened:
        yield opened


def fact(type_name: str, case_id: str = "c", **fields: Any) -> Proposed:
    return proposed(case_id, type_name, fields)


def begin(book: Book, case_id: str = "c", subject: str = "Answer") -> None:
    opened = fact("case_opened", case_id, title="T", authority=case_id.upper())
    deadline = fact("deadline_set", case_id, subject=subject, due_on="2022-01-26")
    book.append([opened, deadline], by="clerk")


def events(book: Book, **scope: str) -> list[Any]:
    return list(Calendar.from_ical(calendar(book.store.conn, **scope)).walk("VEVENT"))


def test_a_deadline_is_an_event_of_the_whole_last_day(book: Book) -> None:
    begin(book)
    (event,) = events(book)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (
        date(2022, 1, 26),
        date(2022, 1, 27),
    )
    assert event["status"] == "CONFIRMED"
    assert event.decoded("dtstamp").tzinfo is not None


def test_a_moved_deadline_keeps_its_name_and_counts_up(book: Book) -> None:
    begin(book)
    (before,) = events(book)
    book.append([fact("deadline_extended", deadline="D1", due_on="2022-03-01")], by="clerk")
    (after,) = events(book)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == date(2022, 3, 1)


def test_a_deadline_that_was_met_is_cancelled(book: Book) -> None:
    begin(book)
    before = events(book)[0]["sequence"]
    book.append([fact("deadline_met", deadline="D1", occurred_on="2022-01-20")], by="clerk")
    (event,) = events(book)
    assert (event["status"], event["sequence"] > before) == ("CANCELLED", True)


def test_a_calendar_is_of_one_case_of_one_authority_or_of_all(book: Book) -> None:
    begin(book, "a")
    begin(book, "b")
    assert [len(events(book, **scope)) for scope in ({}, {"case_id": "a"}, {"authority": "B"})] == [
        2,
        1,
        1,
    ]


@pytest.mark.parametrize("scope", [{"case_id": "nope"}, {"authority": "nope"}])
def test_a_case_or_authority_that_is_not_there_has_no_calendar(
    book: Book, scope: dict[str, str]
) -> None:
    begin(book)
    with pytest.raises(NotFound, match=r"there is no (case|authority) 'nope' in this ledger"):
        events(book, **scope)


def test_words_of_an_event_cannot_forge_a_line_of_the_calendar(book: Book) -> None:
    begin(book, subject="x; END:VEVENT, BEGIN:VEVENT \\n SUMMARY:forged")
    (event,) = events(book)
    assert str(event["summary"]).startswith("x; END:VEVENT, BEGIN:VEVENT \\n SUMMARY:forged")
