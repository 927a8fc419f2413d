"""The book: what is refused, what is admitted, what a retry does, and that it is one step."""

import multiprocessing
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from events.rows import Deadline
from ledger import answers, due
from ledger.audit import audit
from ledger.book import Book, create
from ledger.doctor import examine
from ledger.door import Proposed, new_id
from ledger.errors import (
    FileTrouble,
    LedgerError,
    Malformed,
    NotFound,
    Refused,
    VersionConflict,
)
from ledger.verify import verify
from tests.facts import CASE, fact, opened


def fined(amount: str = "100 EUR", **more: Any) -> Proposed:
    fields = {"fine": "F1", "respondent": "X", "amount": amount, "occurred_on": "2020-02-01"}
    return fact("fine_imposed", **(fields | more))


def dump(book: Book) -> list[str]:
    """All that the file holds."""
    with sqlite3.connect(book.store.path) as conn:
        return list(conn.iterdump())


def value(book: Book, query: str) -> Any:
    return book.store.conn.execute(query).fetchone()[0]


def test_an_event_and_what_it_changes_are_recorded_in_one_step(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    assert value(book, "select balance from fines") == "100.00"
    assert value(book, "select recorded_by from events limit 1") == "clerk"


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


def test_a_case_is_opened_by_any_of_the_events_appended_with_it(book: Book) -> None:
    book.append([fact("note_added", text="x"), opened()], by="clerk")
    assert value(book, "select count(*) from anomalies") == 0


def test_the_opening_of_a_case_with_events_is_not_withdrawn_without_a_doubt(book: Book) -> None:
    first, _ = book.append([opened(), fined()], by="clerk")
    gone = fact("event_withdrawn", target=first.entry.event_id, reason="never opened")
    with pytest.raises(Refused, match="event #2 would no longer fit: nobody opened"):
        book.append([gone], by="clerk")


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


def test_an_event_that_makes_a_recorded_one_a_misfit_is_refused(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    paid = fact("payment_received", fine="F1", amount="100 EUR", occurred_on="2020-03-01")
    (receipt,) = book.append([paid], by="clerk")
    imposed = book.event_at(2)
    withdrawal = fact("event_withdrawn", target=imposed.event_id, reason="another firm")
    with pytest.raises(Refused, match=f"event #{receipt.entry.position} would no longer fit"):
        book.append([withdrawal], by="clerk")


def test_the_same_event_twice_is_recorded_once_and_gives_the_same_position(book: Book) -> None:
    event_id = new_id()
    book.append([opened()], by="clerk")
    first = book.append([fined(event_id=event_id)], by="clerk")[0]
    again = book.append([fined(event_id=event_id)], by="somebody else", expect="new")[0]
    assert (again.is_duplicate, again.entry) == (True, first.entry)
    assert book.store.size() == 2


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


def test_what_was_known_at_a_position_an_instant_and_a_day(book: Book) -> None:
    book.append([opened()], by="clerk")
    book.append([fined()], by="clerk")
    first = book.event_at(1).recorded_at
    assert not book.case(CASE, known_at="1").rows.get("fines")
    assert not book.case(CASE, known_at=first).rows.get("fines")
    assert book.case(CASE, known_at=first[:10]).rows["fines"]
    assert not book.case(CASE, known_at="2020-01-01").step


def test_a_ledger_made_as_of_a_day_shows_that_day_and_takes_no_events(
    book: Book, tmp_path: Path
) -> None:
    book.append([opened(), fined()], by="clerk")
    book.append(
        [fact("payment_received", fine="F1", amount="5 EUR", occurred_on="2020-04-01")], by="c"
    )
    out = tmp_path / "then.db"
    book.rebuild_into(out, as_of="2020-03-01", known_at="2")
    with Book(out) as then:
        assert value(then, "select paid_minor from fines") == 0
        assert then.check() == []
        root_then = verify(then.store, None).root
        assert verify(book.store, (2, root_then)).problems == []
        with pytest.raises(Refused, match="as of 2020-03-01"):
            then.append([opened("other")], by="clerk")


def test_tables_of_another_version_are_made_anew_by_the_next_append(book: Book) -> None:
    book.append([opened()], by="clerk")
    with book.store.writing():
        book.store.conn.execute("update meta set published_shape = 'older'")
        book.store.conn.execute("drop table payments")
    with pytest.raises(FileTrouble, match="another version"):
        answers.cases(book)
    with Book(book.store.path) as later:
        later.append([fined()], by="clerk")
        assert [row["case_id"] for row in answers.cases(later)] == [CASE]


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


def test_an_oddity_that_a_later_event_lays_upon_an_older_one_is_published_with_it(
    book: Book,
) -> None:
    book.append([opened(regime="GDPR"), fined("30000000 EUR", turnover="1 EUR")], by="clerk")
    found = fact("infringement_found", provision=["GDPR Art. 5"], occurred_on="2020-03-01")
    book.append([found], by="clerk", admit=True)
    assert value(book, "select code from anomalies") == "fine_over_ceiling"
    assert value(book, "select open_anomalies from cases") == 1


@pytest.mark.parametrize(
    "spoil",
    [
        "update fines set balance_minor = 1",
        "delete from fines",
        "insert into anomalies values ('cnil-x', 1, 'c', 'm', 1, 1, 1)",
        "update cases set opened_on = null",
        "update changes set new_value = '10000' where field = 'amount_minor'",
        "update search set title = 'another'",
        "insert into search_index (search_index) values ('delete-all')",
        "drop table search_index",
    ],
)
def test_a_published_row_that_the_events_do_not_come_to_is_found(
    tmp_path: Path, spoil: str
) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        book.append([opened(), fined()], by="clerk")
        with book.store.writing():
            book.store.conn.execute(spoil)
        assert len(book.check()) == 1
        book.rebuild()
        assert book.check() == []


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["drop view overdue"], "the view overdue is missing"),
        (
            ["drop view overdue", "create view overdue as select * from deadlines limit 0"],
            "the view overdue is not as it was made",
        ),
        (["create view paid as select 1 as yes"], "the view paid does not belong there"),
        (["drop index fines_by_kind"], "the index fines_by_kind is missing"),
        (
            ["drop index fines_by_kind", "create index fines_by_kind on fines (kind, currency)"],
            "the index fines_by_kind is not as it was made",
        ),
        (["drop table payments"], "the table payments is missing"),
        (["alter table fines add column mine text"], "the table fines is not as it was made"),
        (
            ["create trigger t after insert on fines begin delete from payments; end"],
            "the trigger t on fines does not belong there",
        ),
        (
            ["create trigger t instead of delete on overdue begin select 1; end"],
            "the trigger t on overdue does not belong there",
        ),
    ],
)
def test_what_is_published_in_another_shape_is_told_until_it_is_rebuilt(
    tmp_path: Path, statements: list[str], told: str
) -> None:
    path = tmp_path / "ledger.db"
    create(path, "a test")
    with Book(path) as book:
        book.append([opened(), fined()], by="clerk")
        with book.store.writing():
            for statement in statements:
                book.store.conn.execute(statement)
        assert book.check() == [told]
        assert [problem.what for problem in audit(book).problems] == [told]
        assert ("bad", "tables", told) in examine(path)
        book.rebuild()
        assert book.check() == []
        assert ("bad", "tables") not in {finding[:2] for finding in examine(path)}


def test_a_table_that_is_none_of_a_ledgers_is_told_and_left_to_its_owner(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        with book.store.writing():
            book.store.conn.execute("create table notes (text)")
        for _ in range(2):
            assert book.check() == [
                "the table notes is none of a ledger's: keep it in a file of its own"
            ]
            book.rebuild()


def test_indexes_and_statistics_of_others_do_no_harm(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    with book.store.writing():
        book.store.conn.execute("create index mine on fines (respondent)")
        book.store.conn.execute("analyze")
    assert value(book, "select count(*) from sqlite_stat1") > 0
    assert book.check() == []


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


def test_a_case_or_a_position_that_is_not_there_is_not_found(book: Book) -> None:
    with pytest.raises(NotFound, match="there is no case 'nobody'"):
        book.case("nobody")
    with pytest.raises(NotFound, match="no event at position 7; the last one is 0"):
        book.event_at(7)


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


def test_a_refusal_is_a_sentence_with_a_code(book: Book) -> None:
    book.append([opened()], by="clerk")
    with pytest.raises(LedgerError) as refused:
        book.append([fact("payment_received", fine="F1", amount="5 EUR")], by="clerk")
    assert refused.value.code == "refused"
    assert refused.value.facts["codes"] == ["fine_unknown"]
    assert "--admit" in str(refused.value.hint)


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
