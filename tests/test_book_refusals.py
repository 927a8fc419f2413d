"""What the book refuses, with a reason, and that nothing changes then."""

from typing import Any

import pytest

from ledger.book import Book
from ledger.door import new_id
from ledger.errors import LedgerError, Malformed, NotFound, Refused, VersionConflict
from tests.contents import dump, value
from tests.facts import CASE, fact, fined, opened


def test_a_misspelt_case_is_refused_until_somebody_opens_it(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    before = dump(book)
    paid = fact("payment_received", "cnil-y", fine="F1", amount="5 EUR")
    with pytest.raises(Refused, match="nobody opened case cnil-y; check its name"):
        book.append([paid], by="clerk")
    assert dump(book) == before
    with pytest.raises(Refused, match="nobody opened case cnil-y"):
        book.append([fact("note_added", "cnil-y", text="x")], by="clerk")
    # An admitted one stands on show, once, and no more when the case is opened.
    book.append([fact("note_added", "cnil-y", text="x")], by="clerk", admit=True)
    book.append([fact("note_added", "cnil-y", text="y")], by="clerk")
    assert value(book, "select group_concat(code) from anomalies") == "case_not_opened"
    book.append([opened("cnil-y")], by="clerk")
    assert value(book, "select count(*) from anomalies") == 0


def test_the_opening_of_a_case_with_events_is_not_withdrawn_without_a_doubt(book: Book) -> None:
    first, _ = book.append([opened(), fined()], by="clerk")
    gone = fact("event_withdrawn", target=first.entry.event_id, reason="never opened")
    with pytest.raises(Refused, match="event #2 would no longer fit: nobody opened"):
        book.append([gone], by="clerk")


def test_a_misfit_is_refused_with_the_reason_and_nothing_changes(book: Book) -> None:
    book.append([opened()], by="clerk")
    before = dump(book)
    with pytest.raises(Refused, match="no fine F9 was imposed; the case has no fine"):
        book.append([fact("payment_received", fine="F9", amount="5 EUR")], by="clerk")
    assert dump(book) == before


def test_one_bad_event_keeps_all_events_of_all_cases_out(book: Book) -> None:
    before = dump(book)
    bad = fact("payment_received", "other", fine="F9", amount="5 EUR")
    with pytest.raises(Refused):
        book.append([opened(), opened("other"), bad], by="clerk")
    assert dump(book) == before


def test_an_event_that_makes_a_recorded_one_a_misfit_is_refused(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    paid = fact("payment_received", fine="F1", amount="100 EUR", occurred_on="2020-03-01")
    (receipt,) = book.append([paid], by="clerk")
    imposed = book.event_at(2)
    withdrawal = fact("event_withdrawn", target=imposed.event_id, reason="another firm")
    with pytest.raises(Refused, match=f"event #{receipt.entry.position} would no longer fit"):
        book.append([withdrawal], by="clerk")


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "101 EUR"},
        {"occurred_on": "2020-02-02"},
        {"source": "https://example.org/other"},
        {"confidence": "B"},
        {"case_id": "other"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_an_event_id_with_other_content_is_refused(book: Book, other: dict[str, Any]) -> None:
    event_id = new_id()
    book.append([opened(), fined(event_id=event_id)], by="clerk")
    with pytest.raises(Refused, match="already recorded, at position 2, with other content"):
        book.append([fined(event_id=event_id, **other)], by="clerk")


@pytest.mark.parametrize(
    ("expect", "is_met"),
    [("new", False), ("exists", True), (1, True), (0, False), (2, False), (None, True)],
)
def test_an_append_is_held_against_what_the_caller_takes_the_case_to_be(
    book: Book, expect: int | str | None, is_met: bool
) -> None:
    book.append([opened()], by="clerk")
    if is_met:
        book.append([fined()], by="clerk", expect=expect)
    else:
        with pytest.raises(VersionConflict):
            book.append([fined()], by="clerk", expect=expect)
    assert book.store.head(CASE) == 1 + is_met


def test_a_new_case_is_new(book: Book) -> None:
    with pytest.raises(VersionConflict, match="expected to be in the ledger"):
        book.append([opened()], by="clerk", expect="exists")
    book.append([opened()], by="clerk", expect="new")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "a lot"}, "amount: 'a lot' is not an amount of money"),
        ({"amont": "1 EUR"}, "has no field 'amont'; did you mean amount"),
        ({"case_id": "other"}, "cannot be corrected: withdraw the event"),
        ({"amount": "100 XXX"}, "there is no currency XXX"),
        ({"amount": None}, "amount is missing"),
        ({"confidence": "E"}, "confidence: 'E'"),
    ],
    ids=str,
)
def test_a_correction_that_would_make_no_event_is_refused(
    book: Book, changes: dict[str, Any], words: str
) -> None:
    fine = fined()
    book.append([opened(), fine], by="clerk")
    with pytest.raises(Malformed, match=words):
        book.append([fact("event_corrected", target=fine.event_id, changes=changes)], by="clerk")
    assert book.store.size() == 2


def test_a_correction_of_an_event_of_another_case_is_refused(book: Book) -> None:
    fine = fined()
    book.append([opened(), fine, opened("other")], by="clerk")
    changes = {"amount": "1 EUR"}
    with pytest.raises(Refused, match="it names no earlier event of this case"):
        book.append(
            [fact("event_corrected", "other", target=fine.event_id, changes=changes)], by="clerk"
        )


def test_a_case_or_a_position_that_is_not_there_is_not_found(book: Book) -> None:
    with pytest.raises(NotFound, match="there is no case 'nobody'"):
        book.case("nobody")
    with pytest.raises(NotFound, match="no event at position 7; the last one is 0"):
        book.event_at(7)


def test_a_refusal_is_a_sentence_with_a_code(book: Book) -> None:
    book.append([opened()], by="clerk")
    with pytest.raises(LedgerError) as refused:
        book.append([fact("payment_received", fine="F1", amount="5 EUR")], by="clerk")
    assert refused.value.code == "refused"
    assert refused.value.facts["codes"] == ["fine_unknown"]
    assert "--admit" in str(refused.value.hint)
