"""The home page: what it adds up, as of today, and for whom."""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Book, create
from ledger.door import proposed
from ledger.web import kept
from ledger.web.charts import Bars, lying, upright
from tests.published import clearview, datasette

pytestmark = pytest.mark.datasette


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clearview(tmp_path_factory.mktemp("published"))


def get(path: Path, address: str = "/", closed: Sequence[str] = ()) -> Any:
    async def ask() -> Any:
        served = datasette(path, closed=closed)
        await served.invoke_startup()
        return await served.client.get(address)

    return asyncio.run(ask())


def words(path: Path, address: str = "/") -> str:
    """A page as it reads, tags and surplus blanks apart."""
    answer = get(path, address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


def ledger(tmp_path: Path, *events: Any) -> Path:
    """A ledger with one case of an authority A, and events of it."""
    path = tmp_path / "ledger.db"
    create(path, "A test")
    opened = proposed("c", "case_opened", {"title": "T", "authority": "A"})
    with Book(path) as book:
        book.append([opened, *events], by="clerk", admit=True)
    return path


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2021-09-15T12:00:00Z", "0 overdue"),
        ("2021-09-15T12:00:00Z", "3 due soon"),
        ("2021-09-16T12:00:00Z", "3 overdue"),
        ("2021-09-16T12:00:00Z", "0 due soon"),
        ("2021-09-16T12:00:00Z", "Overdue on 16 September 2021"),
    ],
)
def test_what_is_overdue_is_so_on_the_day_on_which_somebody_looks(
    path: Path, monkeypatch: pytest.MonkeyPatch, now: str, said: str
) -> None:
    monkeypatch.setenv("CASELEDGER_NOW", now)
    assert said in words(path)


def test_cases_and_events_are_counted(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        (events,) = conn.execute("select count(*) from events").fetchone()
    told = words(path)
    assert "7 cases 7 not closed, 7 authorities" in told
    assert f"{events} events on record; a correction is a further one" in told


def test_money_is_added_up_within_a_currency_only(path: Path) -> None:
    told = words(path)
    assert "EUR: 95,700,000.00 EUR imposed, 0.00 EUR paid" in told
    assert "GBP: 7,552,800.00 GBP imposed, 0.00 GBP paid" in told
    assert "SEK: 2,500,000.00 SEK imposed, 0.00 SEK paid" in told


def test_the_figures_of_a_chart_are_in_its_words_and_in_its_table(path: Path) -> None:
    page = get(path).text
    title = "CNIL: 25,200,000.00 EUR imposed, 25,200,000.00 EUR of it in force, 0.00 EUR paid"
    assert page.count(title) == 2
    assert '<td class="sum" data-label="Imposed">25,200,000.00 EUR</td>' in page


def test_payments_count_in_the_year_in_which_they_came_less_what_was_paid_back(
    tmp_path: Path,
) -> None:
    fine = {"fine": "F1", "respondent": "X", "amount": "100 EUR", "occurred_on": "2020-05-01"}
    events = [
        proposed("c", "fine_imposed", fine),
        proposed(
            "c", "payment_received", {"fine": "F1", "amount": "100 EUR", "occurred_on": "2021"}
        ),
        proposed(
            "c", "payment_refunded", {"fine": "F1", "amount": "30 EUR", "occurred_on": "2022"}
        ),
    ]
    told = words(ledger(tmp_path, *events))
    assert "EUR: 100.00 EUR imposed, 70.00 EUR paid" in told
    assert "2020 100.00 EUR 100.00 EUR 0.00 EUR 2021 0.00 EUR 0.00 EUR 100.00 EUR" in told
    assert "2022 0.00 EUR 0.00 EUR -30.00 EUR" in told


def test_a_new_event_is_on_the_page_at_once(tmp_path: Path) -> None:
    path = ledger(tmp_path)
    assert "The clerk saw it" not in words(path)
    fine = {"respondent": "X", "amount": "5 EUR"}
    with Book(path) as book:
        book.append([proposed("c", "note_added", {"text": "The clerk saw it"})], by="clerk")
        book.append([proposed("c", "fine_imposed", fine)], by="clerk")
    told = words(path)
    assert "The clerk saw it" in told
    assert "EUR: 5.00 EUR imposed" in told


def test_a_case_that_was_filed_twice_counts_once(tmp_path: Path) -> None:
    fine = {"respondent": "X", "amount": "5 EUR", "occurred_on": "2020"}
    path = ledger(tmp_path, proposed("c", "fine_imposed", fine))
    twin = [
        proposed("d", "case_opened", {"title": "T", "authority": "A"}),
        proposed("d", "fine_imposed", fine),
        proposed("d", "deadline_set", {"deadline": "D1", "subject": "S", "due_on": "2020-01-30"}),
        proposed("d", "case_linked", {"other_case": "c", "relation": "duplicate_of"}),
    ]
    with Book(path) as book:
        book.append(twin, by="clerk")
    told = words(path)
    assert "1 case 1 not closed, 1 authority" in told
    assert "0 overdue" in told
    assert "EUR: 5.00 EUR imposed" in told


def test_of_two_cases_that_each_call_the_other_a_duplicate_every_page_counts_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELEDGER_NOW", "2026-01-10T12:00:00Z")
    path = ledger(tmp_path)
    with Book(path) as book:
        book.append(
            [
                proposed("d", "case_opened", {"title": "T", "authority": "A"}),
                *(
                    proposed(case_id, type_name, fields)
                    for case_id in ("c", "d")
                    for type_name, fields in (
                        ("fine_imposed", {"respondent": "X", "amount": "5 EUR"}),
                        ("deadline_set", {"subject": "S", "due_on": "2020-01-30"}),
                    )
                ),
                proposed("c", "case_linked", {"other_case": "d", "relation": "duplicate_of"}),
                proposed("d", "case_linked", {"other_case": "c", "relation": "duplicate_of"}),
            ],
            by="clerk",
        )
        totals = "select debts, amount_minor from totals_by_authority"
        assert book.store.conn.execute(totals).fetchall() == [(1, 500)]
    told = words(path)
    assert "1 case 1 not closed, 1 authority" in told
    assert "1 overdue" in told
    assert "EUR: 5.00 EUR imposed" in told
    for address in ("/-/authority/A", "/-/party/x"):
        page = words(path, address)
        assert re.search(r"\b1 (case|debt)\b", page), page
        assert page.count("counted in") == 1


def test_an_empty_ledger_has_a_home_page(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "Nothing yet")
    told = words(tmp_path / "ledger.db")
    assert "0 cases" in told
    assert "Nothing is recorded yet" in told


def test_words_of_an_event_are_no_html_on_the_home_page(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    create(tmp_path / "ledger.db", evil)
    with Book(tmp_path / "ledger.db") as book:
        opened = {"title": evil, "authority": evil}
        fine = {"respondent": evil, "amount": "1 EUR", "occurred_on": "2020"}
        due = {"deadline": "D1", "subject": evil, "due_on": "2020-01-30"}
        book.append(
            [
                proposed("c<i>", "case_opened", opened),
                proposed("c<i>", "fine_imposed", fine),
                proposed("c<i>", "deadline_set", due),
            ],
            by=evil,
        )
    page = get(tmp_path / "ledger.db").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_who_may_not_see_a_table_gets_datasettes_own_page(path: Path) -> None:
    page = get(path, closed=["fines"])
    assert page.status_code == 200
    assert "Imposed and paid" not in page.text
    assert "/ledger" in page.text


def test_datasettes_own_list_of_databases_stays(path: Path) -> None:
    for address in ("/-/", "/.json"):
        answer = get(path, address)
        assert answer.status_code == 200
        assert "/ledger" in answer.text


def test_a_year_in_which_more_was_paid_back_than_paid_lies_below_the_line() -> None:
    chart = upright([Bars("2019", 300_00, 200_00, 100_00), Bars("2021", 0, 0, -50_00)], "EUR", 2)
    bars = {(bar["kind"], bar["words"][:4]): bar for bar in chart["bars"]}
    line = next(tick["y"] for tick in chart["ticks"] if tick["zero"])
    assert bars["paid", "2021"]["y"] == line
    assert bars["paid", "2019"]["y"] + bars["paid", "2019"]["height"] == pytest.approx(line)
    assert bars["imposed", "2019"]["height"] == pytest.approx(
        3 * bars["paid", "2019"]["height"], abs=0.5
    )
    assert bars["imposed", "2019"]["height"] == pytest.approx(
        6 * bars["paid", "2021"]["height"], abs=1
    )
    assert [name["words"] for name in chart["names"]] == ["2019", "2020", "2021"]
    assert [tick["words"] for tick in chart["ticks"]] == ["0", "100", "200", "300"]


@pytest.mark.parametrize(
    ("high", "digits", "top"), [(1, 0, "1"), (1_196_000_000_00, 2, "1.5 bn"), (7, 2, "1")]
)
def test_an_axis_is_named_by_round_amounts(high: int, digits: int, top: str) -> None:
    chart = upright([Bars("2020", high, high, 0)], "EUR", digits)
    assert chart["ticks"][-1]["words"] == top
    assert 2 <= len(chart["ticks"]) <= 6


def test_the_eight_highest_are_drawn_and_the_others_are_in_the_table() -> None:
    found = [Bars(f"A{number}", number * 100, 0, 0) for number in range(1, 12)]
    chart = lying(found, "EUR", 2)
    assert [row["name"] for row in chart["rows"]] == [f"A{n}" for n in range(11, 3, -1)]
    assert chart["left_out"] == 3
    assert chart["rows"][0]["imposed"] == chart["width"]


def test_sums_that_cost_much_are_made_anew_only_once_in_a_while(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock of our own: each making takes ten seconds, so it is right for another 200."""
    clock = [0.0]
    states = [kept.State("file", "shape", 1, b"", "2026-01-01")]
    monkeypatch.setattr(kept, "monotonic", lambda: clock[0])
    monkeypatch.setattr(kept, "state", lambda conn: states[-1])

    def make(conn: sqlite3.Connection, now: kept.State) -> int:
        clock[0] += 10
        return now.position

    def answer() -> Any:
        with closing(sqlite3.connect(":memory:")) as conn:
            return kept.kept(conn, "a test", make)

    assert answer() == 1
    states.append(states[-1]._replace(position=2))
    clock[0] += 199
    assert answer() == 1
    clock[0] += 1
    assert answer() == 2
    states.append(states[-1]._replace(day="2026-01-02"))
    assert answer() == 2
    assert clock[0] == 230
