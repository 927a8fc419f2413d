"""Slips that clerks make, and what they are told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.rows import Anomaly
from ledger.book import Book, create
from ledger.door import new_id
from ledger.errors import FileTrouble, Malformed, Refused
from ledger.rates import totals
from tests.facts import CASE, fact, opened
from tests.histories import case_of
from tests.sessions import Run

TODAY = datetime.now(tz=UTC).date()
AHEAD = (TODAY + timedelta(days=400)).isoformat()
FINED = {"respondent": "X", "amount": "7 EUR"}


def codes(book: Book) -> list[str]:
    return [row.code for row in book.case(CASE).of(Anomaly).values()]


@pytest.mark.parametrize("day", [AHEAD, AHEAD[:7], AHEAD[:4]])
def test_what_has_not_happened_yet_is_refused_and_on_show_if_admitted(book: Book, day: str) -> None:
    book.append([opened()], by="clerk")
    fine = fact("fine_imposed", **FINED, occurred_on=day)
    # Not TODAY, which is that of the start: midnight may have passed since.
    today = datetime.now(tz=UTC).date()
    with pytest.raises(Refused, match=f"it is dated {day}, and was recorded on {today}"):
        book.append([fine], by="clerk")
    book.append([fine], by="clerk", admit=True)
    assert codes(book) == ["dated_ahead"]


def test_of_two_places_on_earth_one_has_tomorrow_already(book: Book) -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    book.append([opened(), fact("fine_imposed", **FINED, occurred_on=tomorrow)], by="clerk")
    assert codes(book) == []


def test_a_mistyped_year_can_be_corrected_and_not_be_brought_in_by_a_correction(book: Book) -> None:
    event_id = new_id()
    fine = fact("fine_imposed", **FINED, occurred_on=AHEAD, event_id=event_id)
    book.append([opened(), fine], by="clerk", admit=True)
    right = {"target": event_id, "changes": {"occurred_on": "2022-02-01"}}
    book.append([fact("event_corrected", **right)], by="clerk")
    assert codes(book) == []
    wrong = {"target": event_id, "changes": {"occurred_on": AHEAD}}
    with pytest.raises(Refused, match="it is dated"):
        book.append([fact("event_corrected", **wrong)], by="clerk")


def test_a_fine_that_is_dated_ahead_is_in_no_total_before_its_day(book: Book) -> None:
    now = fact("fine_imposed", respondent="X", amount="9 EUR", occurred_on="2024-01-01")
    ahead = fact("fine_imposed", **FINED, occurred_on=AHEAD)
    book.append([opened(), now, ahead], by="clerk", admit=True)
    days = ["2024-06-01", TODAY.isoformat(), AHEAD]
    assert [totals(book, "EUR", day)[-1]["worth"] for day in days] == ["9.00", "9.00", "16.00"]


def test_an_undated_event_that_stands_before_what_it_is_about_is_told_to_be_dated(
    book: Book,
) -> None:
    fine = fact("fine_imposed", fine="F1", **FINED, occurred_on="2025-03-01")
    late = fact("complaint_received", subject="letter", occurred_on="2024-01-12")
    book.append([opened(), fine, late], by="clerk")
    words = "it has no date, and so stands right after 2024-01-12, before what is dated later"
    with pytest.raises(Refused, match=words):
        book.append([fact("payment_received", fine="F1", amount="7 EUR")], by="clerk")
    paid = {"fine": "F1", "amount": "7 EUR", "occurred_on": "2025-04-01"}
    book.append([fact("payment_received", **paid)], by="clerk")
    with pytest.raises(Refused) as refusal:
        book.append([fact("payment_received", fine="F9", amount="7 EUR")], by="clerk")
    assert "it has no date" not in str(refusal.value)


@pytest.mark.parametrize(("ref", "kind"), [("F1", "fine"), ("O1", "order")])
def test_an_appeal_names_a_fine_as_a_fine(ref: str, kind: str) -> None:
    lines = [
        '2025-03-01 fine_imposed fine=F1 amount="100 EUR"',
        "2025-03-01 order_issued order=O1 item=stop",
        f"2025-04-01 appeal_lodged forum=Court against={ref}",
    ]
    (row,) = case_of("\n".join(lines)).of(Anomaly).values()
    assert (row.code, row.applied) == ("act_is_no_other", True)
    assert row.message.startswith(f"{ref} is one of the {kind}s of this case; name it as `{kind}`")


@pytest.mark.parametrize(
    ("amount", "hint"),
    [
        ("1000.5 JPY", "the point begins the decimals: give none"),
        (
            "20.000 EUR",
            "if the point parts thousands, write 20,000 EUR; if it begins the decimals, "
            "give at most 2",
        ),
    ],
)
def test_too_many_decimals_are_taken_for_thousands_only_where_they_may_be(
    book: Book, amount: str, hint: str
) -> None:
    fine = fact("fine_imposed", respondent="X", amount=amount)
    with pytest.raises(Malformed) as refusal:
        book.append([opened(), fine], by="clerk")
    assert refusal.value.hint == hint


def test_a_country_is_a_code() -> None:
    with pytest.raises(Malformed, match="'France' is not a code of ISO 3166; write one like FR"):
        opened(jurisdiction="France")


def test_a_folder_that_is_not_there_is_what_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match=f"there is no folder {tmp_path / 'nowhere'}"):
        create(tmp_path / "nowhere" / "ledger.db", "a test")


def test_an_event_of_a_misspelt_case_is_refused_with_the_name_that_was_meant(run: Run) -> None:
    run("init")
    run("append case-opened stadt-kamera --title T --authority LfDI")
    ran = run("append note-added stadt-kamra --text x")
    assert (ran.code, "did you mean stadt-kamera? If not, append it" in ran.err) == (1, True)


def test_a_case_and_an_authority_that_are_written_otherwise_are_told(run: Run) -> None:
    run("init")
    run("append case-opened cnil-clearview --title T --authority CNIL")
    ran = run("append case-opened CNIL-clearview --title T --authority Cnil")
    assert (ran.code, ran.err.splitlines()) == (
        0,
        [
            "there is a case cnil-clearview as well; if it is the same one: caseledger withdraw 2"
            " --reason …",
            "other cases have the authority CNIL; totals go by its name, so if it is the same one:"
            " caseledger correct 2 --authority CNIL",
        ],
    )
    assert run("correct 2 --authority CNIL").err == ""
    assert run("append case-opened third --title T --authority CNIL").err == ""
    assert run("append case-opened fourth --title T --authority Garante").err == ""
