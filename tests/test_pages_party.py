"""The pages of a party and of an authority: everything on them, across cases, and nothing else."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Book, create
from ledger.casefiles import SHIPPED, read
from ledger.door import proposed
from tests.published import clearview, datasette

pytestmark = pytest.mark.datasette


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clearview(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of cases that went on after the decision: reviews, refunds, annulments."""
    path = tmp_path_factory.mktemp("courses") / "ledger.db"
    create(path, "Courses")
    with Book(path) as book:
        for name in ("cnpd-amazon", "ec-deutsche-telekom", "ico-doorstep-dispensaree"):
            for case in read(SHIPPED / "courses" / f"{name}.yml"):
                book.append(case.proposals, by="clerk")
    return path


def get(path: Path, address: str, closed: Sequence[str] = ()) -> Any:
    async def ask() -> Any:
        served = datasette(path, closed=closed)
        await served.invoke_startup()
        return await served.client.get(address)

    return asyncio.run(ask())


def words(path: Path, address: str) -> str:
    answer = get(path, address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


def test_a_party_has_its_cases_before_all_authorities_on_one_page(path: Path) -> None:
    told = words(path, "/-/party/clearview-ai")
    assert "7 cases before 7 authorities, 7 not closed" in told
    for authority in ("AP", "CNIL", "DSB", "Garante", "HDPA", "ICO", "IMY"):
        assert f" {authority} " in told
    assert "respondent, supplier" in told


def test_the_debts_of_a_party_are_added_up_per_currency(path: Path) -> None:
    told = words(path, "/-/party/clearview-ai")
    assert (
        "EUR 4 5 95,700,000.00 EUR 95,700,000.00 EUR 0.00 EUR 95,700,000.00 EUR"
        " GBP 1 1 7,552,800.00 GBP 7,552,800.00 GBP 0.00 GBP 7,552,800.00 GBP"
    ) in told
    assert "SEK" not in told


def test_what_the_police_were_ordered_is_not_on_the_page_of_their_supplier(path: Path) -> None:
    assert "DI-2020-2719" not in words(path, "/-/party/clearview-ai")
    assert "MED-2021-134" in words(path, "/-/party/clearview-ai")


def test_provisions_stand_in_the_order_of_the_law(path: Path) -> None:
    told = words(path, "/-/party/clearview-ai").partition("Infringements")[2]
    assert told.index("GDPR Art. 5(1)(a)") < told.index("GDPR Art. 12 ") < told.index("Art. 31")
    assert re.search(r"GDPR Art\. 12 CNIL: found #\d+ Garante: found #\d+ HDPA: found #\d+", told)


def test_a_provision_with_a_raised_digit_is_no_number_and_no_error(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        opened = proposed("c", "case_opened", {"title": "T", "authority": "A"})
        found = {"provision": "Law 9²", "respondent": "X"}
        joined = proposed("c", "party_joined", {"name": "X", "role": "respondent"})
        book.append([opened, joined, proposed("c", "infringement_found", found)], by="x")
    assert "Law 9²" in words(tmp_path / "ledger.db", "/-/party/x")


def test_a_debt_that_two_owe_together_counts_once_for_each(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    fine = {
        "respondent": ["X", "Y"],
        "liability": "joint",
        "amount": "9 EUR",
        "occurred_on": "2020",
    }
    with Book(tmp_path / "ledger.db") as book:
        opened = proposed("c", "case_opened", {"title": "T", "authority": "A"})
        book.append([opened, proposed("c", "fine_imposed", fine)], by="x")
    for ref in ("x", "y"):
        told = words(tmp_path / "ledger.db", f"/-/party/{ref}")
        assert "EUR 1 1 9.00 EUR 9.00 EUR 0.00 EUR 9.00 EUR" in told
        assert "jointly: X; Y" in told


def test_a_party_has_all_its_names(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        for case_id, name in (("c", "Facebook Ireland"), ("d", "Meta Ireland")):
            opened = proposed(case_id, "case_opened", {"title": "T", "authority": "A"})
            joined = proposed(case_id, "party_joined", {"name": name, "party": "m/1"})
            book.append([opened, joined], by="x")
    told = words(tmp_path / "ledger.db", "/-/party/m~2F1")
    assert "Facebook Ireland m/1" in told
    assert "Also called Meta Ireland" in told


def test_an_authority_has_its_cases_and_its_sums(path: Path) -> None:
    told = words(path, "/-/authority/CNIL")
    assert "1 case 1 not closed" in told
    assert "25,200,000.00 EUR in force 2 debts, 0.00 EUR paid" in told
    assert "Clearview AI, Inc." in told
    assert "Garante" not in told


def test_how_long_an_authority_takes_is_told_where_both_days_are_known(path: Path) -> None:
    """Opened on 26 August 2020, fined on 17 October 2022."""
    assert "first fine 782 days 782 days 782 days 1" in words(path, "/-/authority/CNIL")
    assert "How long it takes" not in words(path, "/-/authority/ICO")


def test_days_to_payment_count_to_the_last_payment_of_a_fine_that_was_paid(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    paid = ["2020-02-01", "2020-03-01"]
    with Book(tmp_path / "ledger.db") as book:
        for case_id, fined, days in (("c", "2020-01-01", paid), ("d", "2020-01-21", paid[:1])):
            opening = {"title": "T", "authority": "A", "occurred_on": "2019-12-22"}
            fine = {"fine": "F", "respondent": "X", "amount": "2 EUR", "occurred_on": fined}
            book.append(
                [
                    proposed(case_id, "case_opened", opening),
                    proposed(case_id, "fine_imposed", fine),
                    *(
                        proposed(
                            case_id,
                            "payment_received",
                            {"fine": "F", "amount": "1 EUR", "occurred_on": day},
                        )
                        for day in days
                    ),
                ],
                by="x",
            )
    told = words(tmp_path / "ledger.db", "/-/authority/A")
    assert "first fine 20 days 10 days 30 days 2" in told
    assert "once it was paid 60 days 60 days 60 days 1" in told


def test_what_a_court_annulled_or_reduced_is_told_with_the_event_that_says_so(
    courses: Path,
) -> None:
    amazon = words(courses, "/-/authority/CNPD")
    assert "EUR 1 746,000,000.00 EUR 0.00 EUR 0.00 EUR 0.00 EUR 0 0 1" in amazon
    assert re.search(r"remitted review #\d+ 746,000,000\.00 EUR 0\.00 EUR", amazon)
    telekom = words(courses, "/-/authority/European+Commission")
    assert re.search(r"changed review #\d+ 31,070,000\.00 EUR 19,030,981\.00 EUR", telekom)
    assert "92,000.00 GBP" in words(courses, "/-/authority/ICO")


def test_nobody_and_no_authority_have_no_page(path: Path) -> None:
    for address in ("/-/party/nobody", "/-/authority/Nowhere"):
        answer = get(path, address)
        assert answer.status_code == 404
        assert "No case in this ledger has the" in answer.text
        assert "<h1" in answer.text


@pytest.mark.parametrize("address", ["/-/party/clearview-ai", "/-/authority/CNIL"])
def test_who_may_not_see_the_fines_gets_no_page_that_tells_them(path: Path, address: str) -> None:
    answer = get(path, address, closed=["fines"])
    assert answer.status_code == 403
    assert "EUR" not in answer.text


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("/", "/-/authority/CNIL"),
        ("/ledger/cases", "/-/authority/CNIL"),
        ("/ledger/cases/cnil-clearview", "/-/authority/CNIL"),
        ("/ledger/cases/cnil-clearview", "/-/party/clearview-ai"),
        ("/ledger/parties", "/-/party/clearview-ai"),
        ("/-/authority/CNIL", "/-/party/clearview-ai"),
        ("/-/party/clearview-ai", "/-/authority/CNIL"),
        ("/-/party/clearview-ai", "/ledger/cases/cnil-clearview"),
    ],
)
def test_one_page_leads_to_the_other(path: Path, address: str, link: str) -> None:
    assert f'href="{link}"' in get(path, address).text


def test_words_of_an_event_are_no_html_on_these_pages(tmp_path: Path) -> None:
    evil = '<script>alert(1)</script>"><img src=x>'
    create(tmp_path / "ledger.db", "a test")
    opened = {"title": evil, "authority": evil}
    fine = {"fine": "F<b>1", "respondent": evil, "amount": "1 EUR", "occurred_on": "2020"}
    order = {"title": evil, "order": "O<b>1", "item": [evil], "respondent": [evil]}
    with Book(tmp_path / "ledger.db") as book:
        book.append(
            [
                proposed("c<i>", "case_opened", opened),
                proposed(
                    "c<i>", "party_joined", {"name": evil, "party": "<b>p", "role": "respondent"}
                ),
                proposed("c<i>", "fine_imposed", fine),
                proposed("c<i>", "order_issued", order),
                proposed("c<i>", "fine_varied", {"fine": "F<b>1", "amount": "0.50 EUR"}),
            ],
            by=evil,
        )
    for address in ("/-/party/~3Cb~3Ep", f"/-/authority/{tilde(evil)}"):
        page = get(tmp_path / "ledger.db", address)
        assert page.status_code == 200
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "<b>" not in page.text


def tilde(words: str) -> str:
    """Letters as they are, all else as ~XX: how Datasette writes words into an address."""
    return "".join(c if c.isalnum() else f"~{ord(c):02X}" for c in words)


@pytest.mark.parametrize("address", ["/ledger/fines/nope", "/ledger/fines/nope.json"])
def test_a_row_whose_key_lacks_a_part_is_not_there(path: Path, address: str) -> None:
    """Datasette 1.0 says itself that the request is wrong."""
    answer = get(path, address)
    assert answer.status_code in (400, 404)
    assert "binding parameter" not in answer.text
