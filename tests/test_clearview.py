"""The real cases on Clearview AI, asked as an analyst asks: by SQL, as of a day, as known then."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events.case import Case
from ledger.book import Book, create
from ledger.casefiles import SHIPPED, read
from tests.histories import odd, then


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A ledger of the shipped Clearview cases. No test appends to it."""
    path: Path = tmp_path_factory.mktemp("clearview") / "ledger.db"
    create(path, "the cases on Clearview AI")
    with Book(path) as opened:
        for file in sorted(SHIPPED.glob("clearview/*.yml")):
            for case in read(file):
                opened.append(case.proposals, by="test")
        yield opened


@pytest.fixture
def uk(book: Book) -> "AsOf":
    return AsOf(book, "ico-clearview")


@pytest.fixture
def france(book: Book) -> "AsOf":
    return AsOf(book, "cnil-clearview")


class AsOf:
    """A case of the ledger, asked as of a day."""

    def __init__(self, book: Book, case_id: str) -> None:
        self.book, self.case_id = book, case_id

    def __call__(self, day: str | None = None, known_at: str | None = None) -> Case:
        return self.book.case(self.case_id, as_of=day, known_at=known_at)


def asked(book: Book, query: str) -> list[tuple[Any, ...]]:
    return book.store.conn.execute(query).fetchall()


ON_CLEARVIEW = """
    from fines f join fine_respondents r using (case_id, fine_ref, respondent)
    where r.party_ref = 'clearview-ai'
"""


def test_fines_in_force_on_clearview_come_to_90_5_million_euro_and_7_552_800_pounds(
    book: Book,
) -> None:
    query = f"""
        select currency, count(*), sum(amount_minor) {ON_CLEARVIEW} and f.kind = 'fine'
        and f.legal_status not in ('proposed', 'annulled', 'remitted') group by currency
    """
    assert asked(book, query) == [("EUR", 4, 9_050_000_000), ("GBP", 1, 755_280_000)]


def test_the_four_fines_in_euro_are_those_of_france_italy_greece_and_the_netherlands(
    book: Book,
) -> None:
    query = f"""
        select c.jurisdiction, f.amount from cases c join (
            select f.* {ON_CLEARVIEW} and f.kind = 'fine' and f.currency = 'EUR'
        ) f using (case_id) order by 1
    """
    assert asked(book, query) == [
        ("FR", "20000000.00"),
        ("GR", "20000000.00"),
        ("IT", "20000000.00"),
        ("NL", "30500000.00"),
    ]


def test_the_swedish_fine_is_the_police_authoritys(book: Book) -> None:
    query = """
        select r.party_ref, f.amount from fines f
        join fine_respondents r using (case_id, fine_ref, respondent) where currency = 'SEK'
    """
    ((party, amount),) = asked(book, query)
    assert party != "clearview-ai"
    assert amount == "2500000.00"


def test_the_liquidated_penalty_is_a_debt_of_its_own(book: Book) -> None:
    query = f"select f.case_id, f.amount {ON_CLEARVIEW} and f.kind = 'periodic_penalty'"
    assert asked(book, query) == [("cnil-clearview", "5200000.00")]


def test_no_payment_is_recorded_on_any_fine_of_clearview(book: Book) -> None:
    query = """
        select count(*) from payments p join fine_respondents r using (case_id, fine_ref)
        where r.party_ref = 'clearview-ai'
    """
    assert asked(book, query) == [(0,)]


def test_nothing_odd_stands_in_any_of_the_cases(book: Book) -> None:
    assert asked(book, "select * from anomalies") == []
    assert book.check() == []


def test_on_1_march_2022_the_order_is_breached_and_nobody_was_fined(france: AsOf) -> None:
    assert (
        then(
            france("2022-03-01"),
            """
            deadlines.D1.status = missed
            orders.MED-2021-134.status = breached
            none: referrals
            none: fines
            """,
        )
        == []
    )


def test_on_19_october_2022_the_fine_is_imposed_and_not_yet_published(france: AsOf) -> None:
    told = "fines.SAN-2022-019.balance = 20000000 EUR\nfines.SAN-2022-019.published_on = null"
    assert then(france("2022-10-19"), told) == []
    assert then(france("2022-10-20"), "fines.SAN-2022-019.published_on = 2022-10-20") == []


def test_before_the_correction_the_order_was_known_by_its_year(book: Book, france: AsOf) -> None:
    query = """
        select min(position) from events
        where case_id = 'cnil-clearview' and type = 'event_corrected'
    """
    ((correction,),) = asked(book, query)
    before = france(known_at=str(correction - 1))
    assert then(before, "orders.MED-2021-134.issued_on = 2021") == []
    after = france(known_at=str(correction))
    assert then(after, "orders.MED-2021-134.issued_on = 2021-11-26") == []
    assert asked(book, "select issued_on from orders where order_ref = 'MED-2021-134'") == [
        ("2021-11-26",)
    ]


def test_both_readings_of_the_liquidated_period_stand_beside_what_was_decided(
    book: Book, france: AsOf
) -> None:
    query = """
        select endpoints, days_one_endpoint, days_both_endpoints, decided,
            computed_one_endpoint, computed_both_endpoints, agrees
        from liquidations
    """
    assert asked(book, query) == [
        ("not_stated", 52, 53, "5200000.00", "5200000.00", "5300000.00", 1)
    ]
    assert odd(france()) == []


def test_the_penalty_was_announced_before_it_was_a_debt(france: AsOf) -> None:
    announced = "fines.SAN-2023-005.proposed = 5200000 EUR\nfines.SAN-2023-005.balance = 0 EUR"
    assert then(france("2023-03-01"), announced) == []


@pytest.mark.parametrize(
    ("day", "legal_status", "balance"),
    [
        ("2021-12-15", "proposed", "0 GBP"),
        ("2022-05-17", "proposed", "0 GBP"),
        ("2022-05-18", "imposed", "7552800 GBP"),
        ("2023-10-16", "imposed", "7552800 GBP"),
        ("2023-10-17", "annulled", "0 GBP"),
        ("2025-10-05", "annulled", "0 GBP"),
        ("2025-10-06", "imposed", "7552800 GBP"),
    ],
)
def test_the_british_fine_through_its_life(
    uk: AsOf, day: str, legal_status: str, balance: str
) -> None:
    told = f"fines.MPN.legal_status = {legal_status}\nfines.MPN.balance = {balance}"
    assert then(uk(day), told) == []


def test_the_british_fine_is_under_appeal_again(uk: AsOf) -> None:
    told = (
        "cases.stage = under_review\nappeals.FTT.status = remitted\nfines.MPN.enforceable = false"
    )
    assert then(uk(), told) == []


@pytest.mark.parametrize("day", ["2022-05-18", "2022-05-23", "2023-10-17", "2025-10-06"])
@pytest.mark.parametrize("table", ["orders", "appeals", "deadlines", "parties"])
def test_what_stood_on_a_day_can_be_asked_of_the_changes_by_sql(
    book: Book, uk: AsOf, day: str, table: str
) -> None:
    query = f"""
        select ref, field, new_value from changes c
        where case_id = 'ico-clearview' and table_name = '{table}' and step = (
            select max(step) from changes l
            where l.case_id = c.case_id and l.table_name = c.table_name and l.ref = c.ref
                and l.field = c.field and l.effective_on <= '{day}'
        ) and new_value is not null
    """
    told = {(ref, field): value for ref, field, value in asked(book, query)}
    rows = uk(day).rows.get(table, {})
    assert told == {
        (ref, field): int(value) if isinstance(value, bool) else value
        for ref, row in rows.items()
        for field in row.values
        if (value := getattr(row, field)) is not None
    }


def test_what_was_believed_then_about_a_day_is_both_clocks_at_once(
    france: AsOf, book: Book
) -> None:
    query = """
        select min(position) from events
        where case_id = 'cnil-clearview' and type = 'fine_unpaid'
    """
    ((first,),) = asked(book, query)
    believed = france("2022-10-20", known_at=str(first))
    assert then(believed, "fines.SAN-2022-019.payment_status = unpaid") == []
    sooner = france("2022-10-20", known_at=str(first - 1))
    assert then(sooner, "fines.SAN-2022-019.payment_status = none_recorded") == []
