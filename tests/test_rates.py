"""Rates: only on request, with their day beside them, and in no balance."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.book import Book, create
from ledger.door import proposed
from ledger.errors import Malformed
from ledger.rates import rate, totals


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Two fines in force, of two currencies, one proposed, and one of a case counted elsewhere."""
    create(tmp_path / "ledger.db", "a test")
    fines = [("a", "20000000 EUR"), ("b", "7552800 GBP"), ("twin", "7552800 GBP")]
    with Book(tmp_path / "ledger.db") as opened:
        for case_id, amount in fines:
            fields = {"respondent": "X", "amount": amount, "occurred_on": "2022-10-17"}
            opening = {"title": "T", "authority": "A"}
            opened.append(
                [
                    proposed(case_id, "case_opened", opening),
                    proposed(case_id, "fine_imposed", fields),
                ],
                by="clerk",
            )
        intent = {"amount": "17000000 GBP", "respondent": "Y"}
        link = {"other_case": "b", "relation": "duplicate_of"}
        opened.append([proposed("b", "notice_of_intent_issued", intent)], by="clerk")
        opened.append([proposed("twin", "case_linked", link)], by="clerk")
        yield opened


def test_a_total_names_the_rate_and_its_day(book: Book) -> None:
    euro, pound, whole = totals(book, "EUR", "2022-10-17")
    assert (euro["amount"], euro["rate"], euro["worth"]) == (
        "20000000.00",
        "1.000000",
        "20000000.00",
    )
    # The bank's reference rate of that day: 0.86250 GBP for one euro.
    assert (pound["rate"], pound["rate_on"]) == ("1.159420", "2022-10-17")
    assert pound["worth"] == "8756869.57"
    assert whole["worth"] == "28756869.57"


def test_proposed_fines_and_cases_counted_elsewhere_are_in_no_total(book: Book) -> None:
    assert [row.get("debts") for row in totals(book, "EUR", "2022-10-17")] == [1, 1, None]


def test_a_day_without_a_rate_takes_the_last_one_before(book: Book) -> None:
    assert rate("GBP", "EUR", "2022-10-16").rate_on == "2022-10-14"


@pytest.mark.parametrize(
    ("into", "on"), [("XXX", "2022-10-17"), ("EUR", "1998-01-01"), ("EUR", "2022-02-30")]
)
def test_what_cannot_be_converted_is_refused(book: Book, into: str, on: str) -> None:
    with pytest.raises(Malformed):
        totals(book, into, on)
