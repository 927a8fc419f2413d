"""Many cases appended together: each comes to what it does by itself, or is left out whole."""

from pathlib import Path

from events.rows import Deadline
from ledger.book import Book, create
from ledger.door import Proposed, proposed
from ledger.errors import LedgerError, Malformed, Refused


def proposals_of(case_id: str) -> list[Proposed]:
    """An order with a period, and a payment on a fine that was never imposed."""
    order = {"item": "Stop", "within": "P2M", "occurred_on": "2021-01-01"}
    served = {"deadline": "D1", "occurred_on": "2021-01-04"}
    opened = {"title": "T", "authority": "A", "jurisdiction": "FR"}
    return [
        proposed(case_id, "case_opened", opened),
        proposed(case_id, "order_issued", order),
        proposed(case_id, "deadline_triggered", served),
        proposed(case_id, "payment_received", {"fine": "F9", "amount": "1 EUR"}),
    ]


def test_many_cases_together_come_to_what_each_by_itself_does(book: Book, tmp_path: Path) -> None:
    cases = [proposals_of(f"c{number}") for number in range(3)]
    book.append_cases([case[:2] for case in cases], by="me")
    told = book.append_cases([case[2:] for case in cases], by="me", admit=True)
    create(tmp_path / "other.db", "another")
    with Book(tmp_path / "other.db") as other:
        for case in cases:
            other.append(case[:2], by="me")
        alone = [other.append(case[2:], by="me", admit=True) for case in cases]
        for name in ("cases", "orders", "deadlines", "anomalies", "changes"):
            query = f"select count(*), group_concat(case_id) from main.{name}"
            assert book.store.conn.execute(query).fetchall() == (
                other.store.conn.execute(query).fetchall()
            )
        for number in range(3):
            one, two = book.case(f"c{number}"), other.case(f"c{number}")
            assert [row.due_on for row in one.of(Deadline).values()] == [
                row.due_on for row in two.of(Deadline).values()
            ]
    for together, receipts in zip(told, alone, strict=True):
        assert not isinstance(together, LedgerError)
        assert [r.summary for r in together] == [r.summary for r in receipts]
        assert [[o.code for o in r.oddities] for r in together] == [
            [o.code for o in r.oddities] for r in receipts
        ]


def test_of_many_cases_the_refused_are_left_out_whole(book: Book) -> None:
    cases = [proposals_of(name) for name in ("a", "b", "c")]
    told = book.append_cases([cases[0][:1], cases[1], cases[2][:1]], by="me")
    assert [isinstance(one, Refused) for one in told] == [False, True, False]
    assert [(e.position, e.case_id) for e in book.store.all()] == [(1, "a"), (2, "c")]
    again = book.append_cases([cases[0][:1], cases[2][:1]], by="me")
    assert [[r.is_duplicate for r in one] for one in again if isinstance(one, list)] == [[True]] * 2


def test_of_an_event_too_large_for_the_record_nothing_of_its_case_is_recorded(book: Book) -> None:
    large = [proposed("a", "note_added", {"text": "é" * 39_000}) for _ in range(2)]
    small = proposed("b", "case_opened", {"title": "T", "authority": "A"})
    told = book.append_cases([[proposals_of("a")[0], *large], [small]], by="me")
    assert isinstance(told[0], Malformed)
    assert [(e.position, e.case_id) for e in book.store.all()] == [(1, "b")]
