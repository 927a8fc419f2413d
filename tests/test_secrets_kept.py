"""What is confidential stays so: what a ledger does by itself, what a later edition of a list says,
and what the public copy shows."""

import sqlite3
from pathlib import Path

import pytest

from events.rows import Anomaly, Order
from ledger.book import Book
from ledger.confidential import sealed_alike
from ledger.errors import FileTrouble, Malformed, Refused
from ledger.import_report import ImportReport
from ledger.publish import publish
from tests.contents import bytes_in, cells, held
from tests.facts import CASE, SECRET, fact, fined, note, opened, remark
from tests.importing import imported
from tests.sources import ROOT

MAPPING = """\
case: "c{{ no }}"
events:
  - type: case_opened
    id: o
    fields: {title: T, authority: A}
  - type: complaint_received
    id: "{{ no }}"
    changed: correct
    SEALED
    fields:
      complainant: "{{ name }}"
      occurred_on: "{{ day }}"
"""


def edition(book: Book, text: str, sealed: str) -> ImportReport:
    """Import an edition of a list, with a mapping that calls some fields confidential."""
    report = imported(book, f"no,name,day\n{text}\n", MAPPING.replace("SEALED", sealed))
    (book.store.path.parent / "table.csv").unlink()
    return report


def test_a_later_edition_seals_what_its_mapping_calls_confidential(book: Book) -> None:
    edition(book, "1,,2022-01-01", "confidential: [complainant]")
    edition(book, f"1,{SECRET},2022-01-01", "confidential: [complainant]")
    assert held(book) == [(3, "changes.complainant")]
    assert SECRET.encode() not in bytes_in(book.store.path.parent, but="private.db")


def test_what_was_recorded_in_the_open_is_told_where_a_mapping_comes_to_seal_it(
    book: Book,
) -> None:
    edition(book, "1,Jo Doe,2022-01-01", "")
    report = edition(book, f"1,{SECRET},2022-01-01", "confidential: [complainant]")
    assert (report.corrected, report.recorded_openly) == (1, 1)
    assert SECRET.encode() not in bytes_in(book.store.path.parent, but="private.db")


def test_an_open_event_is_corrected_by_none_that_would_be_sealed_as_a_whole(book: Book) -> None:
    edition(book, "1,Jo Doe,2022-01-01", "")
    report = edition(book, "1,Jo Doe,2022-01-02\n2,New,2022-01-01", "confidential: [all]")
    (refusal,) = report.refusals
    assert (refusal.line, "was recorded in the open" in refusal.message) == (2, True)
    assert book.store.size() == 2


def test_an_event_recorded_in_the_open_is_not_said_to_be_sealed(book: Book) -> None:
    told = note("a story")
    book.append([opened(), told], by="clerk")
    again = note("a story", event_id=told.event_id, confidential=["text"])
    with pytest.raises(Refused, match="already recorded, at position 2, in the open"):
        book.append([again], by="clerk")


def test_what_is_sealed_because_its_event_is_may_be_said_again(book: Book) -> None:
    hidden = note("a story", confidential=["all"])
    about = {"target": hidden.event_id, "changes": {"text": "another"}, "reason": "misread"}
    right = fact("event_corrected", **about, confidential=["reason"])
    book.append([opened(), hidden, right], by="clerk")
    (receipt,) = book.append([right], by="clerk")
    assert receipt.is_duplicate


def test_without_the_file_nobody_can_tell_that_an_event_is_the_same(book: Book) -> None:
    told = remark()
    book.append([opened(), told], by="clerk")
    away = book.private.path.rename(book.private.path.with_name("away"))
    with pytest.raises(FileTrouble, match="is not there"):
        book.append([remark(event_id=told.event_id, speaker="Jo Doe")], by="clerk")
    away.rename(book.private.path)


def test_a_list_of_one_is_corrected_under_seal_and_of_several_not(book: Book) -> None:
    order = fact("order_issued", order="O1", item=[SECRET], confidential=["item"])
    book.append([opened(), order], by="clerk")
    several = {"target": order.event_id, "changes": {"item": ["one", "two"]}}
    with pytest.raises(Malformed, match="item has 2 values"):
        fact("event_corrected", **several, confidential=["item"])
    right = {"target": order.event_id, "changes": {"item": ["Jo Doe"]}}
    book.append([fact("event_corrected", **right, confidential=["item"])], by="clerk")
    assert held(book) == [(2, "item"), (3, "changes.item")]
    assert book.check() == []


def test_what_is_undated_stands_where_it_does_in_the_copy_for_the_public(
    book: Book, tmp_path: Path
) -> None:
    hidden = note("hidden", occurred_on="2023-01-01", confidential=["all"])
    late = note("late", occurred_on="2019-01-01")
    paid = fact("payment_received", fine="F1", amount="100 EUR")
    for one in (opened(), fined(), late, hidden, paid):
        book.append([one], by="clerk", admit=True)
    publish(book, tmp_path / "pub", ROOT / "metadata.yml")
    query = "select paid, payment_status, (select count(*) from anomalies) from fines"
    with sqlite3.connect(tmp_path / "pub" / "ledger.db") as conn:
        assert conn.execute(query).fetchall() == cells(book, query)


def test_a_date_that_stands_inside_a_seal_alone_is_told_in_no_event_of_the_ledger(
    book: Book,
) -> None:
    first = fact("deadline_set", deadline="D1", subject="S", due_on="2023-01-31")
    second = fact(
        "deadline_set",
        deadline="D2",
        subject="pay",
        within="P2M",
        follows="D1",
        notified_on="2022-03-03",
        confidential=["all"],
    )
    book.append([opened(), first, second], by="clerk")
    right = {"target": first.event_id, "changes": {"due_on": "2023-06-30"}}
    (receipt,) = book.append([fact("event_corrected", **right)], by="clerk")
    assert cells(book, "select type, occurred_on from events where position > 4") == [
        ("deadline_triggered", None)
    ]
    assert "2022-03-03" not in str(cells(book, "select entry from events"))
    assert receipt.entry.position == 4


def test_a_last_day_that_an_open_event_changes_is_put_down_to_it_and_to_no_sealed_one(
    book: Book,
) -> None:
    first = fact("deadline_set", deadline="D1", subject="S", due_on="2023-01-31")
    second = fact("deadline_set", deadline="D2", subject="P", within="P2M", follows="D1")
    book.append([opened(), first, second], by="clerk")
    moved = fact("event_corrected", target=first.event_id, changes={"due_on": "2023-06-30"})
    book.append([moved, note("hidden", confidential=["all"])], by="clerk")
    (entry,) = [one for one in book.store.all() if one.caused_by]
    assert (entry.type, entry.caused_by) == ("deadline_triggered", moved.event_id)


def test_a_case_may_be_confidential_from_its_opening(book: Book) -> None:
    book.append([opened(authority="Garante", confidential=["all"])], by="clerk")
    book.append([note("a story", confidential=["all"])], by="clerk")
    assert book.case(CASE).of(Anomaly) == {}
    assert book.check() == []
    with pytest.raises(Refused, match="nobody opened case"):
        book.append([note("another")], by="clerk")


def test_a_sealed_event_of_a_misspelt_case_is_refused(book: Book) -> None:
    with pytest.raises(Refused, match="case_not_opened"):
        book.append([note("a story", confidential=["all"])], by="clerk")


def test_whoever_has_a_sealed_name_gets_no_open_one(book: Book) -> None:
    complaint = fact("complaint_received", complainant=SECRET, confidential=["complainant"])
    book.append([opened(), complaint], by="clerk")
    (party,) = [ref for (ref,) in cells(book, "select party_ref from parties")]
    with pytest.raises(Refused, match=f"the name of party {party} is confidential"):
        book.append([fact("party_renamed", party=party, name="Jo Doe")], by="clerk")


def test_who_records_may_not_be_whom_the_event_seals(book: Book) -> None:
    book.append([opened()], by="clerk")
    with pytest.raises(Refused, match="would tell in the open"):
        book.append([remark()], by=SECRET)


def test_the_names_of_what_a_correction_changes_are_read_as_well(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    unknown = "00000000-0000-7000-8000-000000000000"
    stray = fact("event_corrected", target=unknown, changes={SECRET: "x"})
    with pytest.raises(Refused, match="would tell in the open"):
        book.append([stray], by="clerk", admit=True)


def test_a_sealed_period_beyond_the_calendar_is_told_in_no_message(book: Book) -> None:
    hidden = {"deadline": "D1", "subject": "p", "within": "P7999Y", "waits_for": "x"}
    sealed = fact("deadline_set", **hidden, occurred_on="2022-03-03", confidential=["all"])
    book.append([opened(), sealed], by="clerk", admit=True)
    starts = fact("deadline_triggered", deadline="D1", occurred_on="2023-05-05")
    with pytest.raises(Malformed, match="lies beyond the calendar") as found:
        book.append([starts], by="clerk", admit=True)
    assert "P" + "95988M" not in found.value.message
    assert book.case(CASE).of(Order) == {}


def test_an_erasure_names_the_events_that_seal_the_same_words_as_a_whole(book: Book) -> None:
    whole = fact("complaint_received", complainant=SECRET, confidential=["all"])
    book.append([opened(), remark(), whole, note("other", confidential=["all"])], by="clerk")
    assert sealed_alike(book, book.event_at(2)) == [3]
