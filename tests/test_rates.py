"""Rates: only on request, with their day beside them, and in no balance."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.book import Book, create
from ledger.door import proposed
from ledger.due import deadlines
from ledger.errors import Malformed
from ledger.exposure import exposure
from ledger.rates import Rate, last_day, rate, totals


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


def test_a_debt_counts_from_the_day_it_was_imposed(book: Book) -> None:
    assert totals(book, "EUR", "2022-10-16") == [{"currency": None, "into": "EUR", "worth": "0.00"}]
    assert totals(book, "EUR", "2022-10-17")[-1]["worth"] == "28756869.57"


def test_a_fine_that_was_annulled_counts_on_the_days_before(book: Book) -> None:
    annulled = {"fine": "F1", "occurred_on": "2023-10-17"}
    book.append([proposed("b", "fine_annulled", annulled)], by="clerk")
    assert [row["currency"] for row in totals(book, "EUR", "2023-10-16")] == ["EUR", "GBP", None]
    assert [row["currency"] for row in totals(book, "EUR", "2023-10-17")] == ["EUR", None]
    assert [row["currency"] for row in totals(book, "EUR", "2099-01-01")] == ["EUR", None]
    # Until that was recorded, the fine was held to stand on that day too.
    known = totals(book, "EUR", "2023-10-17", known_at="8")
    assert [row["currency"] for row in known] == ["EUR", "GBP", None]


def test_what_was_known_at_a_moment_is_summed(book: Book) -> None:
    (euro, whole) = totals(book, "EUR", "2099-01-01", known_at="2")
    assert (euro["debts"], euro["amount"], whole["worth"]) == (1, "20000000.00", "20000000.00")
    # The case `twin` was linked to `b` only later.
    assert totals(book, "EUR", "2022-10-17", known_at="6")[1]["debts"] == 2


def test_after_the_last_rate_that_is_installed_that_one_counts(book: Book) -> None:
    assert rate("USD", "EUR", "2199-01-01").rate_on == last_day()
    # The rouble has no rate since 2022, which no later day can lend it.
    with pytest.raises(Malformed):
        rate("RUB", "EUR", "2199-01-01")


def test_a_small_rate_is_told_with_as_many_digits() -> None:
    assert Rate(Decimal("0.0000519234"), "2022-10-17").written == "0.0000519234"
    assert Rate(Decimal(1), "2022-10-17").written == "1.000000"


def link(book: Book, case_id: str, other: str, relation: str = "duplicate_of") -> None:
    fields = {"other_case": other, "relation": relation}
    book.append([proposed(case_id, "case_linked", fields)], by="clerk")


def in_totals(book: Book) -> list[tuple[str, int]]:
    query = "select currency, sum(debts) from totals_by_authority group by currency"
    found = book.store.conn.execute(query).fetchall()
    told = [(row["currency"], row["debts"]) for row in totals(book, "EUR", "2022-10-17")[:-1]]
    assert found == told
    return told


def contradicting(book: Book) -> list[tuple[str, str]]:
    query = "select case_id, why from links_that_contradict"
    return book.store.conn.execute(query).fetchall()


def test_of_two_cases_that_each_call_the_other_a_duplicate_one_counts(book: Book) -> None:
    assert contradicting(book) == []
    link(book, "b", "twin", "merged_into")
    assert in_totals(book) == [("EUR", 1), ("GBP", 1)]
    assert contradicting(book) == [
        ("b", "the other case is counted in this one, by an earlier link")
    ]


def test_of_a_circle_of_cases_one_counts_and_what_leads_into_it_counts_there(book: Book) -> None:
    link(book, "b", "a")
    link(book, "a", "twin")
    assert in_totals(book) == [("EUR", 1)]
    assert [case_id for case_id, _ in contradicting(book)] == ["a"]
    book.append([proposed("d", "case_opened", {"title": "T", "authority": "A"})], by="clerk")
    link(book, "d", "b")
    assert [case_id for case_id, _ in contradicting(book)] == ["a"]
    query = "select group_concat(case_id) from cases_counted"
    assert book.store.conn.execute(query).fetchone() == ("a",)


def test_a_case_merged_into_one_that_is_not_here_counts_itself_until_that_one_comes(
    book: Book,
) -> None:
    link(book, "b", "elsewhere", "merged_into")
    assert in_totals(book) == [("EUR", 1), ("GBP", 1)]
    assert contradicting(book) == [("b", "the other case is not in this ledger")]
    book.append(
        [proposed("elsewhere", "case_opened", {"title": "T", "authority": "A"})], by="clerk"
    )
    assert in_totals(book) == [("EUR", 1)]
    assert contradicting(book) == []


def test_lists_by_a_day_have_the_cases_that_totals_have(book: Book) -> None:
    link(book, "b", "twin")
    for case_id in ("b", "twin"):
        terms = {"order": "O1", "item": "a", "due_on": "2022-12-19", "occurred_on": "2022-10-17"}
        ordered = proposed(case_id, "order_issued", terms | {"penalty": "1 GBP"})
        book.append([ordered], by="clerk")
    for day in ("2022-12-01", "2199-01-01"):
        assert [row["case_id"] for row in deadlines(book, day)] == ["b"]
        assert [row["case_id"] for row in exposure(book, day)] == ["b"]


def test_a_day_without_a_rate_takes_the_last_one_before(book: Book) -> None:
    assert rate("GBP", "EUR", "2022-10-16").rate_on == "2022-10-14"


@pytest.mark.parametrize(
    ("into", "on"), [("XXX", "2022-10-17"), ("CLP", "2022-10-17"), ("EUR", "2022-02-30")]
)
def test_what_cannot_be_converted_is_refused(book: Book, into: str, on: str) -> None:
    with pytest.raises(Malformed):
        totals(book, into, on)


def test_before_the_euro_there_was_no_rate() -> None:
    with pytest.raises(Malformed, match="no rate from USD into EUR for 1998-01-01"):
        rate("USD", "EUR", "1998-01-01")
