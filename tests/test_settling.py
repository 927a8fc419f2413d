"""What is settled when events are appended: references and decimals, also those that only a
correction makes necessary; and what comes in one lot stands as if it had come one by one."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from events.rows import Anomaly, Deadline, Fine, PeriodicPenalty
from ledger.audit import audit
from ledger.book import Book
from ledger.door import Proposed, new_id
from ledger.errors import LedgerError, Refused
from tests.facts import CASE, fact, opened

ORDER = "0190a000-0000-7000-8000-000000000001"
FIRST = "0190a000-0000-7000-8000-000000000002"


def ordered(**more: Any) -> Proposed:
    fields = {"order": "O1", "item": "Stop", "respondent": "X", "occurred_on": "2022-01-17"}
    return fact("order_issued", event_id=ORDER, **(fields | more))


def corrected(target: str, event_id: str | None = None, **changes: Any) -> Proposed:
    fields = {"target": target, "changes": changes}
    return fact("event_corrected", event_id=event_id or new_id(), **fields)


def withdrawn(target: str) -> Proposed:
    return fact("event_withdrawn", target=target, reason="not so")


def sound(book: Book) -> bool:
    """Whether the tables are what the events come to, now and by all that was ever known."""
    for position in range(1, book.store.size() + 1):
        list(book.cases(known_at=str(position)))
    return audit(book).problems == []


def test_a_correction_that_gives_an_order_its_deadline_gives_it_a_reference(book: Book) -> None:
    book.append([opened(), ordered()], by="clerk")
    book.append([corrected(ORDER, due_on="2022-03-17")], by="clerk")
    (deadline,) = book.case(CASE).of(Deadline).values()
    assert (deadline.deadline_ref, deadline.due_on) == ("D1", "2022-03-17")
    assert sound(book)


def test_a_reference_that_a_correction_takes_away_is_assigned_anew(book: Book) -> None:
    fine = fact("fine_imposed", fine="F7", respondent="X", amount="5 EUR", event_id=FIRST)
    book.append([opened(), fine], by="clerk")
    book.append([corrected(FIRST, fine=None)], by="clerk")
    assert list(book.case(CASE).of(Fine)) == ["F8/X"]
    assert sound(book)


def test_each_correction_carries_what_its_event_needs_whatever_becomes_of_others(
    book: Book,
) -> None:
    book.append([opened(), ordered()], by="clerk")
    book.append([corrected(ORDER, FIRST, due_on="2022-03-17")], by="clerk")
    book.append([corrected(ORDER, within="P1M", due_on=None)], by="clerk")
    book.append([withdrawn(FIRST)], by="clerk")
    assert list(book.case(CASE).of(Deadline)) == ["D1"]
    assert sound(book)


def test_what_a_withdrawn_correction_was_given_is_not_given_to_another(book: Book) -> None:
    book.append([opened(), ordered(), corrected(ORDER, FIRST, due_on="2022-03-17")], by="clerk")
    book.append([withdrawn(FIRST)], by="clerk")
    book.append([fact("deadline_set", subject="s", due_on="2022-05-01")], by="clerk")
    assert list(book.case(CASE).of(Deadline)) == ["D2"]
    assert sound(book)


def test_a_correction_of_a_correction_settles_what_the_event_then_needs(book: Book) -> None:
    book.append([opened(), ordered(), corrected(ORDER, FIRST, document="N1")], by="clerk")
    again = {"due_on": "2022-03-17", "penalty": "100 GBP"}
    book.append([corrected(FIRST, changes=again)], by="clerk")
    case = book.case(CASE)
    assert list(case.of(Deadline)) == ["D1"]
    (penalty,) = case.of(PeriodicPenalty).values()
    assert (penalty.rate_minor, penalty.currency) == (10_000, "GBP")
    assert sound(book)


def test_a_correction_that_no_longer_fits_is_odd_and_changes_nothing(book: Book) -> None:
    given = corrected(ORDER, FIRST, deadline="D7")
    book.append([opened(), ordered(), given, corrected(ORDER, due_on="2022-03-17")], by="clerk")
    with pytest.raises(Refused, match="would not be well-formed with due_on as corrected"):
        book.append([withdrawn(FIRST)], by="clerk")
    book.append([withdrawn(FIRST)], by="clerk", admit=True)
    case = book.case(CASE)
    assert not case.of(Deadline)
    assert {row.code for row in case.of(Anomaly).values()} == {"correction_malformed"}
    assert sound(book)


def test_a_payment_before_its_fine_reads_the_same_in_one_lot_and_one_by_one(book: Book) -> None:
    fine = fact("fine_imposed", fine="F1", respondent="X", amount="5 EUR", occurred_on="2022-02-02")
    paid = fact("payment_received", fine="F1", amount="5 EUR", occurred_on="2022-01-01")
    book.append([opened(), fine, paid], by="clerk", admit=True)
    assert [row.code for row in book.case(CASE).of(Anomaly).values()] == ["fine_unknown"]
    assert sound(book)


LOTS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "party_joined": lambda r: {"name": r.choice("XY")},
    "order_issued": lambda r: {"item": "i", "respondent": r.choice("XY")},
    "fine_imposed": lambda r: {"respondent": ["X"], "amount": f"{r.randint(1, 9)} EUR"},
    "payment_received": lambda r: {"fine": r.choice(["F1", "F2"]), "amount": "3 EUR"},
    "fine_annulled": lambda r: {"fine": "F1"},
    "deadline_missed": lambda r: {"deadline": r.choice(["D1", "D2"])},
    "deadline_set": lambda r: {"subject": "s", "within": "P1M", "runs_from": "2021-01-01"},
    "note_added": lambda r: {"text": "n", "document": r.choice(["A-1", "B-2"])},
}
CHANGES: list[dict[str, Any]] = [
    {"due_on": "2022-03-17"},
    {"within": "P10D"},
    {"fine": None},
    {"fine": "F2"},
    {"penalty": "7 USD"},
    {"amount": "4 GBP"},
    {"occurred_on": None},
    {"changes": {"due_on": "2023-01-01"}},
    {"changes": {"amount": "6 JPY"}},
]


def any_fact(r: random.Random, known: list[str]) -> Proposed:
    if known and r.random() < 0.4:
        target = r.choice(known)
        return withdrawn(target) if r.random() < 0.3 else corrected(target, **r.choice(CHANGES))
    name = r.choice(list(LOTS))
    day = r.choice(["2021-05-05", "2022-02-02", "2021", "2022-02"])
    return fact(name, **LOTS[name](r), **({"occurred_on": day} if r.random() < 0.8 else {}))


@pytest.mark.parametrize("seed", range(6))
def test_any_lots_stand_as_the_events_come_to_however_they_were_put_together(
    book: Book, seed: int
) -> None:
    r, known = random.Random(seed), list[str]()
    book.append([opened()], by="clerk")
    for _ in range(25):
        lot = list[Proposed]()
        for _ in range(r.randint(1, 4)):
            lot.append(any_fact(r, [*known, *(one.event_id for one in lot)]))
        try:
            if r.random() < 0.5:
                book.append(lot, by="clerk", admit=r.random() < 0.9)
            elif isinstance(book.append_cases([lot], by="clerk", admit=True)[0], LedgerError):
                continue
            known += [one.event_id for one in lot]
        except LedgerError:
            continue
        assert book.check() == []
    assert len(known) > 20
    assert sound(book)
