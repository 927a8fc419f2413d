"""The book: what is recorded in one step, what is admitted, what a retry does, what is known."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from events.rows import Deadline
from ledger import answers, due
from ledger.book import Book
from ledger.door import Proposed, new_id
from ledger.errors import Malformed, NotFound, Refused
from tests.contents import dump, value
from tests.facts import CASE, fact, fined, opened


def test_an_event_and_what_it_changes_are_recorded_in_one_step(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    assert value(book, "select balance from fines") == "100.00"
    assert value(book, "select recorded_by from events limit 1") == "clerk"


def test_a_case_is_opened_by_any_of_the_events_appended_with_it(book: Book) -> None:
    book.append([fact("note_added", text="x"), opened()], by="clerk")
    assert value(book, "select count(*) from anomalies") == 0


def test_what_is_said_of_a_payment_without_its_fine_changes_when_the_fine_comes(
    book: Book,
) -> None:
    paid = fact("payment_received", fine="F1", amount="5 EUR", occurred_on="2020-01-15")
    book.append([opened(), paid], by="clerk", admit=True)
    book.append([fined()], by="clerk")
    words = "fine F1 is imposed only on 2020-02-01, after 2020-01-15"
    assert value(book, "select message from anomalies") == words


def answer_by(day: str, **more: Any) -> Proposed:
    fields = {"subject": "answer", "due_on": day, "occurred_on": "2020-02-01"}
    return fact("deadline_set", **(fields | more))


def test_a_deadline_missed_on_no_stated_day_was_missed_the_day_after_its_last_day(
    book: Book,
) -> None:
    later = fact("note_added", text="later", occurred_on="2021-01-01")
    book.append([opened(), answer_by("2020-03-31"), later], by="clerk")
    missed = fact("deadline_missed", deadline="D1", event_id=new_id())
    (receipt,) = book.append([missed], by="clerk")
    query = "select effective_on from history where position = 4"
    assert (receipt.entry.occurred_on, value(book, query)) == (None, "2020-04-01")
    assert value(book, "select step from history where position = 4") == 3
    # What the client said is what a retry is held against.
    (again,) = book.append([missed], by="clerk")
    assert (again.is_duplicate, book.store.size()) == (True, 4)
    assert answers_as_of(book, "2020-04-01") == "missed"
    assert answers_as_of(book, "2020-03-31") == "running"


def answers_as_of(book: Book, day: str) -> str:
    return book.case(CASE, as_of=day).of(Deadline)["D1"].status


def test_a_miss_without_a_date_may_come_with_the_deadline_that_it_is_about(book: Book) -> None:
    sets = answer_by("", due_on=None, within="P2M", occurred_on="2020-01-31")
    book.append([opened(), sets, fact("deadline_missed", deadline="D1")], by="clerk")
    # Two months from 31 January end on 31 March.
    assert value(book, "select effective_on from history where position = 3") == "2020-04-01"


def test_a_deadline_set_after_its_last_day_is_missed_when_it_is_set(book: Book) -> None:
    late = answer_by("2020-01-15", occurred_on="2020-02-01")
    book.append([opened(), late], by="clerk")
    book.append([fact("deadline_missed", deadline="D1")], by="clerk")
    assert value(book, "select effective_on from history where position = 3") == "2020-02-01"


def test_a_miss_of_an_unknown_last_day_goes_after_what_was_recorded_before_it(book: Book) -> None:
    sets = answer_by("", due_on=None, within="P2M", occurred_on="2020-02")
    book.append([opened(), sets, fact("deadline_missed", deadline="D1")], by="clerk")
    assert value(book, "select effective_on from history where position = 3") is None
    assert value(book, "select status from deadlines") == "missed"


def test_the_date_of_a_miss_can_be_corrected(book: Book) -> None:
    book.append([opened(), answer_by("2020-03-31")], by="clerk")
    (missed,) = book.append([fact("deadline_missed", deadline="D1")], by="clerk")
    right = {"target": missed.entry.event_id, "changes": {"occurred_on": "2020-05-02"}}
    book.append([fact("event_corrected", **right)], by="clerk")
    assert value(book, "select effective_on from history where position = 3") == "2020-05-02"


def test_what_is_admitted_stands_as_an_anomaly_until_a_later_event_makes_sense_of_it(
    book: Book,
) -> None:
    payment = fact("payment_received", fine="F1", amount="5 EUR", occurred_on="2020-03-01")
    (_, receipt) = book.append([opened(), payment], by="clerk", admit=True)
    assert [row.code for row in receipt.oddities] == ["fine_unknown"]
    assert value(book, "select open_anomalies from cases") == 1
    book.append([fined()], by="clerk")
    assert value(book, "select open_anomalies from cases") == 0
    assert value(book, "select paid from fines") == "5.00"


def test_the_same_event_twice_is_recorded_once_and_gives_the_same_position(book: Book) -> None:
    event_id = new_id()
    book.append([opened()], by="clerk")
    first = book.append([fined(event_id=event_id)], by="clerk")[0]
    again = book.append([fined(event_id=event_id)], by="somebody else", expect="new")[0]
    assert (again.is_duplicate, again.entry) == (True, first.entry)
    assert book.store.size() == 2


def test_a_dry_run_tells_what_would_change_and_records_nothing(book: Book) -> None:
    book.append([opened()], by="clerk")
    before = dump(book)
    (receipt,) = book.append([fined()], by="clerk", dry_run=True)
    assert ("fines", "balance_minor", 10000) in [
        (c.table_name, c.field, c.new_value) for c in receipt.changes
    ]
    assert dump(book) == before


def test_references_are_assigned_in_order_and_never_twice(book: Book) -> None:
    book.append([opened()], by="clerk")
    refs = []
    for number in range(3):
        (receipt,) = book.append(
            [fact("fine_imposed", respondent=f"R{number}", amount="1 EUR")], by="clerk"
        )
        refs.append(receipt.entry.resolved["refs"]["fine"])
    third = book.event_at(4)
    book.append([fact("event_withdrawn", target=third.event_id, reason="wrong")], by="clerk")
    (receipt,) = book.append([fact("fine_imposed", respondent="R9", amount="1 EUR")], by="clerk")
    refs.append(receipt.entry.resolved["refs"]["fine"])
    assert refs == ["F1", "F2", "F3", "F4"]


def test_refining_the_date_of_an_order_computes_its_last_day_and_says_so(book: Book) -> None:
    order = fact("order_issued", order="O1", item=["stop"], within="P2M", occurred_on="2021")
    book.append([opened(), order], by="clerk")
    assert value(book, "select status || coalesce(due_on, '') from deadlines") == "pending"
    correction = fact(
        "event_corrected", target=order.event_id, changes={"occurred_on": "2021-11-26"}
    )
    (receipt,) = book.append([correction], by="clerk")
    (follow_up,) = receipt.follow_ups
    assert (follow_up.type, follow_up.caused_by) == ("deadline_triggered", correction.event_id)
    assert value(book, "select due_on from deadlines") == "2022-01-26"
    assert value(book, "select due_on from orders") == "2022-01-26"


def test_what_was_known_at_a_position_an_instant_and_a_day(book: Book) -> None:
    book.append([opened()], by="clerk")
    book.append([fined()], by="clerk")
    first = book.event_at(1).recorded_at
    assert not book.case(CASE, known_at="1").rows.get("fines")
    assert not book.case(CASE, known_at=first).rows.get("fines")
    assert book.case(CASE, known_at=first[:10]).rows["fines"]
    assert not book.case(CASE, known_at="2020-01-01").step


def paid(amount: str, **more: Any) -> Proposed:
    return fact("payment_received", fine="F1", amount=amount, occurred_on="2020-04-01", **more)


def test_what_another_writer_appended_in_between_counts(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    book.append([paid("10 EUR")], by="clerk")
    with Book(book.store.path) as other:
        other.append([paid("20 EUR")], by="somebody else")
    (receipt,) = book.append([paid("30 EUR")], by="clerk")
    assert receipt.entry.version == 5
    assert value(book, "select paid_minor from fines") == 6000


def test_what_was_refused_or_only_tried_leaves_no_trace_in_later_events(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    book.append([paid("70 EUR")], by="clerk", dry_run=True)
    with pytest.raises(Refused):
        book.append([paid("101 EUR")], by="clerk")
    with pytest.raises(Malformed):
        book.append([paid("1 XXX")], by="clerk")
    (receipt,) = book.append([paid("100 EUR")], by="clerk")
    assert receipt.entry.resolved["refs"] == {"payment": "P1"}
    assert value(book, "select balance_minor from fines") == 0


def _take_back(book: Book, proposal: Proposed) -> None:
    with book.writing():
        book.append([proposal], by="clerk")
        raise ZeroDivisionError


def test_an_event_that_was_taken_back_and_appended_otherwise_by_another_counts_once(
    book: Book,
) -> None:
    book.append([opened(), fined()], by="clerk")
    same_id = new_id()
    with pytest.raises(ZeroDivisionError):
        _take_back(book, paid("70 EUR", event_id=same_id))
    with Book(book.store.path) as other:
        other.append([paid("5 EUR", event_id=same_id)], by="somebody else")
    book.append([paid("6 EUR")], by="clerk")
    assert value(book, "select paid_minor from fines") == 1100


def test_a_correction_between_two_appends_counts_in_the_second(book: Book) -> None:
    imposed = fined("100 EUR")
    book.append([opened(), imposed], by="clerk")
    changes = {"amount": "50 EUR"}
    book.append([fact("event_corrected", target=imposed.event_id, changes=changes)], by="clerk")
    with pytest.raises(Refused, match="only"):
        book.append([paid("51 EUR")], by="clerk")
    book.append([paid("50 EUR")], by="clerk")
    assert value(book, "select payment_status from fines") == "paid"


def test_a_sweep_proposes_what_ran_out_and_nothing_the_second_time(book: Book) -> None:
    order = fact("order_issued", order="O1", item=["stop"], within="P2M", occurred_on="2021-11-26")
    book.append([opened(), order], by="clerk")
    assert due.sweep(book, "2022-01-26") == []
    found = due.sweep(book, "2022-01-27")
    assert [(p.event.type, p.event.occurred_on, p.caused_by) for p in found] == [
        ("deadline_missed", "2022-01-27", order.event_id)
    ]
    book.append(found, by="sweep")
    assert due.sweep(book, "2022-02-01") == []
    assert book.append(found, by="sweep")[0].is_duplicate
    assert value(book, "select status || missed_basis from deadlines") == "missedcomputed"
    assert value(book, "select status from orders") == "breached"


def test_overdue_is_told_of_a_day_and_changes_nothing(book: Book) -> None:
    order = fact("order_issued", order="O1", item=["stop"], due_on="2022-01-26")
    book.append([opened(), order], by="clerk")
    rows = [due.deadlines(book, day)[0] for day in ("2022-01-26", "2022-01-28")]
    assert [(row["days_left"], row["is_overdue"]) for row in rows] == [(0, False), (-2, True)]
    assert due.deadlines(book, "2022-01-01", within_days=7) == []
    with pytest.raises(Malformed, match="on: '2022-13'"):
        due.deadlines(book, "2022-13")


def test_why_names_the_event_the_person_and_what_was_believed_before(book: Book) -> None:
    fine = fined(document="SAN-1", source="https://example.org/san-1")
    book.append([opened(), fine], by="ann")
    book.append(
        [fact("event_corrected", target=fine.event_id, changes={"amount": "120 EUR"})], by="ben"
    )
    (origin,) = answers.why(book, CASE, "fines.F1/X.amount_minor")
    assert (origin["value"], origin["before"], origin["position"]) == (12000, None, 3)
    assert origin["recorded_by"] == "ben"
    assert [(b["value"], b["since"], b["until"]) for b in origin["believed"]] == [(10000, 2, 3)]
    (origin,) = answers.why(book, CASE, "fines.F1.imposed_on")
    assert (origin["document"], origin["recorded_by"]) == ("SAN-1", "ann")


@pytest.mark.parametrize("place", ["fines.F9.amount_minor", "fine.F1.x", "x", "fines.F1/X.nope"])
def test_why_of_a_value_that_is_not_there_says_what_is(book: Book, place: str) -> None:
    book.append([opened(), fined()], by="clerk")
    with pytest.raises(NotFound) as refused:
        answers.why(book, CASE, place)
    assert refused.value.hint


def _append_fifty(path: Path, worker: int, spread: bool) -> None:
    with Book(path) as book:
        for number in range(50):
            case_id = f"case-{worker if spread else 0}"
            note = fact("note_added", case_id, text=f"worker {worker}, note {number}")
            book.append([note], by=f"worker-{worker}", admit=True)


@pytest.mark.parametrize("spread", [False, True], ids=["to one case", "to many"])
def test_eight_clerks_at_once_lose_nothing_and_double_nothing(book: Book, spread: bool) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=_append_fifty, args=(book.store.path, worker, spread))
        for worker in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 8
    texts = [entry.data["text"] for entry in book.store.all()]
    assert sorted(texts) == sorted(f"worker {w}, note {n}" for w in range(8) for n in range(50))
    assert [entry.position for entry in book.store.all()] == list(range(1, 401))


def test_an_event_that_an_earlier_one_was_about_makes_sense_of_it(book: Book) -> None:
    note = fact("note_added", text="late", occurred_on="2020-05-01")
    about = fact("dispute_resolved", target=note.event_id, field="text", found="recorded")
    book.append([opened(), about], by="clerk", admit=True)
    book.append([note], by="clerk", admit=True)
    assert book.check() == []


def test_oddities_of_the_last_event_and_of_the_case_as_it_stands_are_one_change(
    book: Book,
) -> None:
    opening = opened(regime="GDPR")
    found = fact("infringement_found", respondent="X", provision="GDPR Art. 6")
    fine = fined("30000000 EUR", turnover="100000000 EUR", provision="GDPR Art. 6")
    paid = fact("payment_received", fine="F1", amount="40000000 EUR", occurred_on="2021-05-01")
    receipts = book.append([opening, found, fine, paid], by="clerk", admit=True)
    codes = {oddity.code for receipt in receipts for oddity in receipt.oddities}
    assert codes == {"fine_over_ceiling", "payment_over_balance"}
    assert book.check() == []
    query = "select old_value, new_value from changes where field = 'open_anomalies' and step = 4"
    assert book.store.conn.execute(query).fetchall() == [(0, 2)]
