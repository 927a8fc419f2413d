"""Exposure: what a periodic penalty has come to by a day, by its unit, its stays and its cap."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Book, create
from ledger.casefiles import SHIPPED, read
from ledger.door import proposed
from ledger.errors import Malformed
from ledger.exposure import exposure


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as opened:
        yield opened


def breach(book: Book, **order: Any) -> None:
    """An order of France with a penalty, due on Friday 29 April 2022 and missed."""
    facts = [
        ("case_opened", {"title": "T", "authority": "A", "jurisdiction": "FR"}),
        (
            "order_issued",
            {
                "order": "O1",
                "respondent": "X",
                "item": "stop",
                "occurred_on": "2022-01-01",
                "due_on": "2022-04-29",
                "penalty": "100 EUR",
                **order,
            },
        ),
        ("deadline_missed", {"deadline": "D1", "occurred_on": "2022-04-30"}),
    ]
    book.append([proposed("c", name, fields) for name, fields in facts], by="clerk")


def stay(book: Book, granted_on: str, lifted_on: str) -> None:
    for name, on in (("stay_granted", granted_on), ("stay_lifted", lifted_on)):
        book.append([proposed("c", name, {"order": "O1", "occurred_on": on})], by="clerk")


def on(book: Book, day: str) -> tuple[int | None, str | None]:
    (row,) = exposure(book, day)
    return row["units"], row["exposure"]


def test_every_calendar_day_after_the_last_day_counts(book: Book) -> None:
    breach(book)
    assert on(book, "2022-04-29") == (None, None)
    assert on(book, "2022-04-30") == (1, "100.00")
    assert on(book, "2022-05-09") == (10, "1000.00")


def test_in_working_days_neither_weekends_nor_holidays_count(book: Book) -> None:
    breach(book, penalty_unit="working_day")
    # 30 April and 1 May are a weekend; 26 May 2022 is Ascension Day in France.
    assert on(book, "2022-05-06") == (5, "500.00")
    assert on(book, "2022-05-27") == (19, "1900.00")


@pytest.mark.parametrize(
    ("unit", "day", "units"),
    [
        ("week", "2022-05-05", 0),
        ("week", "2022-05-06", 1),
        ("month", "2022-05-28", 0),
        ("month", "2022-05-29", 1),
        ("month", "2023-04-29", 12),
    ],
)
def test_weeks_and_months_count_when_they_are_over(
    book: Book, unit: str, day: str, units: int
) -> None:
    breach(book, penalty_unit=unit)
    assert on(book, day)[0] == units


def test_the_days_of_a_stay_do_not_count(book: Book) -> None:
    breach(book)
    stay(book, "2022-05-03", "2022-05-06")
    assert on(book, "2022-05-02") == (3, "300.00")
    assert on(book, "2022-05-05") == (3, "300.00")
    assert on(book, "2022-05-07") == (5, "500.00")


def test_a_cap_is_kept(book: Book) -> None:
    breach(book, penalty_cap="250 EUR")
    assert on(book, "2022-05-31")[1] == "250.00"


def vary(book: Book, day: str, **terms: Any) -> None:
    fields = {"order": "O1", **({"occurred_on": day} if day else {}), **terms}
    book.append([proposed("c", "order_varied", fields)], by="clerk")


def test_what_accrued_before_its_rate_was_changed_keeps_the_rate_it_had(book: Book) -> None:
    breach(book)
    vary(book, "2022-05-05", penalty="150 EUR")
    assert on(book, "2022-05-04") == (5, "500.00")
    assert on(book, "2022-05-09") == (10, "1250.00")
    (row,) = exposure(book, "2022-05-09")
    assert row["explained"] == (
        "5 calendar days at 100.00 and 5 calendar days at 150.00 since 2022-04-30"
    )
    (rate,) = book.store.conn.execute("select rate from periodic_penalties").fetchone()
    assert rate == "150.00"


def test_a_changed_rate_counts_from_service_where_that_is_known(book: Book) -> None:
    breach(book)
    vary(book, "2022-05-05", penalty="150 EUR", notified_on="2022-05-08")
    assert on(book, "2022-05-09") == (10, "1100.00")


def test_a_rate_changed_twice_on_one_day_counts_as_it_was_changed_last(book: Book) -> None:
    breach(book)
    vary(book, "2022-05-05", penalty="150 EUR")
    vary(book, "2022-05-05", penalty="200 EUR")
    assert on(book, "2022-05-09") == (10, "1500.00")


def test_from_a_change_of_rate_whose_day_is_not_known_nothing_is_reckoned(book: Book) -> None:
    breach(book)
    vary(book, "2022-05", penalty="150 EUR")
    (row,) = exposure(book, "2022-05-09")
    assert (row["exposure"], row["explained"]) == (
        None,
        "the day on which the rate changed is not known",
    )
    assert seen(book) == [(None, None, "the day on which the rate changed is not known")]


def test_a_week_counts_at_the_rate_of_the_day_that_completes_it(book: Book) -> None:
    breach(book, penalty_unit="week")
    vary(book, "2022-05-10", penalty="150 EUR")
    # Weeks end on 6, 13 and 20 May.
    assert on(book, "2022-05-20") == (3, "400.00")


def test_a_unit_that_was_changed_counts_from_its_own_day(book: Book) -> None:
    breach(book)
    vary(book, "2022-05-05", penalty_unit="week", penalty="1000 EUR")
    assert on(book, "2022-05-12") == (None, "1500.00")


def test_a_rate_that_was_unknown_for_some_of_the_days_is_not_made_up(book: Book) -> None:
    breach(book, penalty=None, penalty_cap="9000 EUR")
    vary(book, "2022-05-05", penalty="150 EUR")
    (row,) = exposure(book, "2022-05-09")
    assert (row["exposure"], row["explained"]) == (None, "the rate is not known for all days")
    assert seen(book) == [(None, None, "the rate is not known for all days")]


def seen(book: Book) -> list[tuple[Any, ...]]:
    """What the view says, which goes by today."""
    return book.store.conn.execute(
        "select days, exposure_minor, not_known from exposure"
    ).fetchall()


@pytest.mark.parametrize(("unit", "minor"), [("calendar_day", 2_300_00), ("week", 250_00)])
def test_the_view_reckons_as_the_command_does(book: Book, unit: str, minor: int) -> None:
    # Eleven days before the stay, and eight after it at the new rate.
    breach(book, penalty_unit=unit)
    stay(book, "2022-05-11", "2022-05-15")
    vary(book, "2022-05-13", penalty="150 EUR")
    ended = {"order": "O1", "occurred_on": "2022-05-22"}
    book.append([proposed("c", "order_complied", ended)], by="clerk")
    (row,) = exposure(book, "2022-06-30")
    days = {"calendar_day": 19, "week": 2}[unit]
    assert (row["units"], row["exposure_minor"]) == (days, minor)
    assert seen(book) == [(19, minor, None)]


def test_per_violation_nothing_is_counted_and_it_says_why(book: Book) -> None:
    breach(book, penalty_unit="violation")
    (row,) = exposure(book, "2022-05-31")
    assert (row["exposure"], "per violation" in row["explained"]) == (None, True)


def test_a_day_in_words_is_refused(book: Book) -> None:
    with pytest.raises(Malformed):
        exposure(book, "today")


@pytest.mark.parametrize(
    ("file", "day", "expected"),
    [
        ("clearview/cnil.yml", "2023-02-09", "5200000.00"),
        ("courses/cnpd-amazon.yml", "2025-03-18", None),
        ("clearview/ap.yml", "2025-01-01", None),
    ],
)
def test_real_penalties(book: Book, file: str, day: str, expected: str | None) -> None:
    (case,) = read(SHIPPED / file)
    book.append(case.proposals, by="clerk")
    assert {row["exposure"] for row in exposure(book, day)} == {expected}


def test_an_annulled_order_accrues_nothing_until_it_is_reinstated(book: Book) -> None:
    breach(book)
    facts = [
        ("appeal_lodged", {"forum": "Court", "order": "O1", "occurred_on": "2022-05-01"}),
        ("appeal_decided", "2022-05-03", "order O1 annulled"),
        ("appeal_lodged", {"forum": "High court", "order": "O1", "occurred_on": "2022-05-04"}),
        ("appeal_decided", "2022-05-13", "order O1 reinstated"),
    ]
    for number, (name, *told) in enumerate(facts):
        fields = told[0]
        if name == "appeal_decided":
            appeal = f"A{1 + number // 2}"
            effect = {"outcome": "allowed", "effect": told[1]}
            fields = {"appeal": appeal, "occurred_on": told[0], **effect}
        book.append([proposed("c", name, fields)], by="clerk")
    whole = on(book, "2022-05-20")[0]
    assert whole is not None
    assert whole < 21
    assert whole == on(book, "2022-05-13")[0] + 7  # type: ignore[operator]


def test_overlapping_stays_and_stays_after_the_end_count_once_or_not_at_all(book: Book) -> None:
    breach(book)
    for name, day in (("stay_granted", "2022-05-02"), ("stay_lifted", "2022-05-05")):
        book.append([proposed("c", name, {"order": "O1", "occurred_on": day})], by="clerk")
    book.append(
        [proposed("c", "order_complied", {"order": "O1", "occurred_on": "2022-05-10"})], by="c"
    )
    stay(book, "2022-06-01", "2022-07-01")
    (days,) = book.store.conn.execute("select suspended_days from periodic_penalties").fetchone()
    assert days == 3
    assert on(book, "2022-08-01") == (8, "800.00")


def test_a_respondent_that_was_renamed_keeps_its_rows(book: Book) -> None:
    facts = [
        ("case_opened", {"title": "T", "authority": "A", "occurred_on": "2020-01-01"}),
        (
            "notice_of_intent_issued",
            {
                "fine": "F1",
                "respondent": "Old",
                "amount": "5 EUR",
                "provisions": "GDPR Art. 6",
                "occurred_on": "2020-02-01",
            },
        ),
        ("party_renamed", {"party": "Old", "name": "New", "occurred_on": "2020-03-01"}),
        (
            "fine_imposed",
            {
                "fine": "F1",
                "respondent": "New",
                "amount": "4 EUR",
                "provision": "GDPR Art. 6",
                "occurred_on": "2020-04-01",
            },
        ),
    ]
    book.append([proposed("c", name, fields) for name, fields in facts], by="clerk")
    rows = book.store.conn.execute("select respondent, legal_status, amount_minor from fines")
    assert rows.fetchall() == [("Old", "imposed", 400)]
    rows = book.store.conn.execute("select respondent, status from infringements")
    assert rows.fetchall() == [("Old", "found")]
    assert book.check() == []
