"""Datasette on a ledger: told what fits the schema, right in its answers, and read-only."""

import asyncio
import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from icalendar import Calendar

from ledger.answers import show
from ledger.book import Book, create
from ledger.door import proposed
from ledger.errors import FileTrouble
from ledger.projections import tables, views
from ledger.serve import PUBLIC, SETTINGS, arguments, is_datasette_1, metadata, serve
from tests.published import clearview, datasette

pytestmark = pytest.mark.datasette

TOLD = yaml.safe_load(metadata().read_text(encoding="utf-8"))["databases"]["ledger"]
QUERIES = TOLD["queries"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clearview(tmp_path_factory.mktemp("published"))


def get(path: Path, address: str, **settings: Any) -> Any:
    """The answer of Datasette to one request."""

    async def ask() -> Any:
        served = datasette(path, **settings)
        await served.invoke_startup()
        return await served.client.get(address)

    return asyncio.run(ask())


def rows(path: Path, address: str) -> list[dict[str, Any]]:
    """The rows of a table or a query, whole."""
    answer = get(path, f"{address}{'&' if '?' in address else '?'}_shape=array")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def asked(path: Path, sql: str, **settings: Any) -> Any:
    """The answer to a query of one's own, where this line of Datasette takes it."""
    where = "/ledger/-/query.json" if is_datasette_1() else "/ledger.json"
    return get(path, f"{where}?{urlencode({'sql': sql})}", **settings)


def columns_of(path: Path, name: str) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        found = conn.execute("select name from pragma_table_xinfo(?)", (name,))
        return [column for (column,) in found]


def test_every_table_and_view_of_the_file_is_described_and_no_other(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        found = conn.execute(
            "select name from sqlite_master where type in ('table', 'view')"
            " and name not like 'sqlite_%' and name not like 'search_index%'"
        )
        assert {name for (name,) in found} == set(TOLD["tables"])


@pytest.mark.parametrize("name", [*tables(), *views(), "events", "meta", "settings", "withheld"])
def test_every_column_is_described_and_no_other(path: Path, name: str) -> None:
    told, there = TOLD["tables"][name], columns_of(path, name)
    assert list(told["columns"]) == there or set(told["columns"]) == set(there)
    assert all(told["columns"].values())
    assert told["description"]


@pytest.mark.parametrize("name", [*tables(), *views(), "events", "meta", "settings", "withheld"])
def test_what_a_table_is_sorted_labelled_and_faceted_by_is_there(path: Path, name: str) -> None:
    told, there = TOLD["tables"][name], columns_of(path, name)
    named = [told[key] for key in ("sort", "sort_desc", "label_column") if key in told]
    assert set(named) | set(told.get("facets", [])) <= set(there)


@pytest.mark.parametrize("name", [*tables(), *views(), "events", "meta", "settings", "withheld"])
def test_the_page_of_every_table_and_view_opens(path: Path, name: str) -> None:
    answer = get(path, f"/ledger/{name}")
    assert answer.status_code == 200
    assert TOLD["tables"][name]["description"].split(":")[0][:30] in answer.text


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_has_a_title_and_runs_with_and_without_its_parameters(
    path: Path, name: str
) -> None:
    given = {"party": "clearview-ai", "case_id": "cnil-clearview", "day": "2022-03-01"}
    names = QUERIES[name].get("params", [])
    assert QUERIES[name]["title"]
    assert QUERIES[name]["description"]
    rows(path, f"/ledger/{name}.json?{urlencode({n: given[n] for n in names})}")
    rows(path, f"/ledger/{name}.json?{urlencode(dict.fromkeys(names, ''))}")


def test_what_clearview_was_fined_is_told_per_currency(path: Path) -> None:
    found = rows(path, "/ledger/respondent_totals.json?party=clearview-ai")
    assert [(r["kind"], r["currency"], r["debts"], r["amount_minor"]) for r in found] == [
        ("fine", "EUR", 4, 90_500_000_00),
        ("fine", "GBP", 1, 7_552_800_00),
        ("periodic_penalty", "EUR", 1, 5_200_000_00),
    ]
    assert [r["paid_minor"] for r in found] == [0, 0, 0]


def test_the_fine_of_the_swedish_police_is_not_clearviews(path: Path) -> None:
    found = rows(path, "/ledger/totals_by_respondent.json")
    assert [(r["respondent"], r["amount_minor"]) for r in found if r["currency"] == "SEK"] == [
        ("Polismyndigheten (Swedish Police Authority)", 2_500_000_00)
    ]


def test_unpaid_is_what_somebody_said_per_authority_and_currency(path: Path) -> None:
    found = rows(path, "/ledger/unpaid_fines.json")
    assert ("CNIL", "EUR", 2_000_000_000) in [
        (r["authority"], r["currency"], r["balance_minor"]) for r in found
    ]


def test_everything_about_a_respondent_comes_from_all_its_authorities(path: Path) -> None:
    found = rows(path, "/ledger/respondent.json?party=clearview-ai")
    assert {r["authority"] for r in found if r["what"] == "fine"} >= {"CNIL", "ICO", "AP"}
    assert "imy-police" not in {r["case_id"] for r in found}


def test_overdue_deadlines_are_those_of_the_day_asked_for(path: Path) -> None:
    before = rows(path, "/ledger/overdue_on.json?day=2021-09-15")
    after = rows(path, "/ledger/overdue_on.json?day=2021-09-16")
    assert {r["case_id"] for r in before} == set()
    assert {(r["case_id"], r["days_overdue"]) for r in after} == {("imy-police", 1)}


def test_the_timeline_of_a_case_is_in_legal_order(path: Path) -> None:
    found = rows(path, "/ledger/case_timeline.json?case_id=cnil-clearview")
    assert [r["step"] for r in found] == list(range(1, len(found) + 1))
    assert found[0]["type"] == "case_opened"


@pytest.mark.parametrize("day", ["2022-03-01", "2022-10-19", "2023-05-15", "2026-01-01"])
@pytest.mark.parametrize("case_id", ["cnil-clearview", "ico-clearview"])
def test_the_state_on_a_day_by_sql_is_that_of_the_ledger(
    path: Path, case_id: str, day: str
) -> None:
    found = rows(path, f"/ledger/state_as_of.json?case_id={case_id}&day={day}")
    by_sql = {(r["table_name"], r["ref"], r["field"]): r["value"] for r in found}
    with Book(path, read_only=True) as book:
        told = show(book.case(case_id, as_of=day))
    for fine in told["fines"]:
        ref = f"{fine['fine_ref']}/{fine['respondent']}"
        for field in ("legal_status", "amount_minor", "payment_status", "published_on"):
            assert by_sql.get(("fines", ref, field)) == fine[field], (ref, field)
    for order in told["orders"]:
        for field in ("status", "issued_on", "due_on"):
            assert by_sql.get(("orders", order["order_ref"], field)) == order[field]
    assert by_sql["cases", case_id, "stage"] == told["cases"][0]["stage"]
    assert {ref for table, ref, _ in by_sql if table == "fines"} == {
        f"{fine['fine_ref']}/{fine['respondent']}" for fine in told["fines"]
    }


def test_a_case_leads_to_its_rows_and_events_and_an_event_to_what_it_made(path: Path) -> None:
    case = get(path, "/ledger/cases/cnil-clearview").text
    for name in ("events", "orders", "deadlines", "fines"):
        assert f"/ledger/{name}?case_id=cnil-clearview" in case
    imposed = next(
        r["position"]
        for r in rows(path, "/ledger/case_timeline.json?case_id=cnil-clearview")
        if r["type"] == "fine_imposed"
    )
    event = get(path, f"/ledger/events/{imposed}").text
    assert f"/ledger/fines?first_event={imposed}" in event
    assert "/ledger/cases/cnil-clearview" in event


def test_money_is_shown_for_people_and_kept_for_programs(path: Path) -> None:
    assert "20,000,000.00 EUR" in get(path, "/ledger/fines").text
    (fine,) = rows(path, "/ledger/fines.json?fine_ref=SAN-2022-019")
    assert fine["amount_minor"] == 2_000_000_000


@pytest.mark.parametrize(
    "sql",
    [
        "delete from fines",
        "update cases set title = 'x'",
        "drop table events",
        "drop trigger events_are_never_changed",
        "pragma query_only = off",
        "with x as (select 1) delete from fines",
    ],
)
def test_no_query_can_write(path: Path, sql: str) -> None:
    assert asked(path, "select 1 as one").json()["rows"]
    answer = asked(path, sql)
    assert answer.status_code != 200 or answer.json().get("ok") is False
    assert rows(path, "/ledger/fines.json?_size=1")


@pytest.mark.parametrize(
    "sql",
    [
        "select length(randomblob(1000000000))",
        "select length(replace(hex(zeroblob(4000000)), '0', 'ten letters'))",
        "with r(n) as (select 1 union all select n + 1 from r limit 1000000)"
        " select length(group_concat(hex(randomblob(1000)))) from r",
    ],
)
def test_no_query_fills_the_memory(path: Path, sql: str) -> None:
    answer = asked(path, sql)
    assert answer.status_code == 400 or answer.json().get("ok") is False


def test_in_public_nobody_writes_queries_of_their_own(path: Path) -> None:
    assert asked(path, "select 1", default_allow_sql=False).status_code == 403


@pytest.mark.parametrize("page", ["databases", "threads"])
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_in_public_nobody_is_told_where_files_are(path: Path, page: str, suffix: str) -> None:
    answer = get(path, f"/-/{page}{suffix}", **PUBLIC)
    assert answer.status_code == 403
    assert str(path.parent) not in answer.text


def test_at_home_the_list_of_databases_is_as_datasette_has_it(path: Path) -> None:
    assert str(path) in get(path, "/-/databases.json").text


def test_words_of_an_event_are_shown_as_words(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        opening = {"title": evil, "authority": evil}
        fine = {"respondent": evil, "amount": "1 EUR", "fine": "F<b>1"}
        book.append(
            [
                proposed("c<i>", "case_opened", opening, source=evil),
                proposed("c<i>", "fine_imposed", fine),
                proposed("c<i>", "statement_made", {"speaker": evil, "text": evil}),
            ],
            by=evil,
        )
    pages = [
        "cases",
        "fines",
        "events",
        "statements",
        "timeline",
        "totals_by_respondent",
        "changes",
    ]
    for page in [*pages, "cases/c~3Ci~3E", "case_timeline?case_id=c%3Ci%3E"]:
        answer = get(tmp_path / "ledger.db", f"/ledger/{page}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "<b>1" not in answer.text


def test_only_a_file_of_the_right_name_is_served(tmp_path: Path, path: Path) -> None:
    other = tmp_path / "cases.db"
    other.write_bytes(path.read_bytes())
    with pytest.raises(FileTrouble, match=r"must be called ledger\.db"):
        serve(other)
    other.write_bytes(b"no ledger")
    with pytest.raises(FileTrouble, match="is not a ledger"):
        serve(other)
    with pytest.raises(FileTrouble, match="there is no ledger at"):
        arguments(tmp_path / "ledger.db", "127.0.0.1", 8001)


def test_the_page_of_a_case_tells_where_it_stands_and_which_event_says_so(path: Path) -> None:
    page = get(path, "/ledger/cases/cnil-clearview").text
    for words in ("enforcement", "25,200,000.00 EUR", "SAN-2022-019", "52 days", "Timeline"):
        assert words in page
    with Book(path, read_only=True) as book:
        case = book.case("cnil-clearview")
    origin = [c for c in case.changes if c[3:6] == ("orders", "MED-2021-134", "issued_on")][-1]
    assert f'href="#event-{origin.position}"' in page
    assert f'id="event-{origin.position}"' in page


def test_the_page_of_a_case_goes_back_in_law_and_in_knowledge(path: Path) -> None:
    then = get(path, "/ledger/cases/cnil-clearview?_as_of=2022-03-01").text
    assert "as of <strong>1 March 2022</strong>" in then
    assert "breached" in then
    assert "Restricted committee" not in then
    assert "20,000,000.00 EUR" not in then
    with Book(path, read_only=True) as book:
        corrected = next(e for e in book.entries("cnil-clearview") if e.type == "event_corrected")
    before = get(path, f"/ledger/cases/cnil-clearview?_known_at={corrected.position - 1}").text
    assert "issued 2021 " in before.replace("<a", " <a")


@pytest.mark.parametrize("asked", ["_as_of=2022-13-01", "_known_at=yesterday", "_as_of=<script>"])
def test_a_day_nobody_understands_is_said_on_the_page(path: Path, asked: str) -> None:
    answer = get(path, f"/ledger/cases/cnil-clearview?{asked}")
    assert answer.status_code == 200
    assert "The case is shown as it stands" in answer.text
    assert "<script>" not in answer.text.partition("<main")[2].partition("</main>")[0]


def test_a_withdrawn_event_is_struck_through_and_still_readable(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    note = proposed("c", "note_added", {"text": "said by mistake"})
    with Book(tmp_path / "ledger.db") as book:
        book.append([proposed("c", "case_opened", {"title": "T", "authority": "A"}), note], by="x")
        withdrawal = {"target": note.event_id, "reason": "another case"}
        book.append([proposed("c", "event_withdrawn", withdrawal)], by="x")
    assert (
        "<s>said by mistake</s> (withdrawn)" in get(tmp_path / "ledger.db", "/ledger/cases/c").text
    )


def test_a_penalty_whose_rate_nobody_knows_is_listed_with_what_is_missing(path: Path) -> None:
    found = {r["case_id"]: r for r in rows(path, "/ledger/exposure.json")}
    dutch, french = found["ap-clearview"], found["cnil-clearview"]
    assert (dutch["exposure_minor"], dutch["not_known"]) == (None, "the rate is not known")
    assert french["exposure_minor"] == french["days"] * 100_000_00
    assert french["not_known"] is None


def test_provisions_are_counted_by_authority_and_status(path: Path) -> None:
    found = rows(path, "/ledger/provisions_by_status.json?authority=CNIL")
    assert ("GDPR Art. 31", "found", 1) in [
        (r["provision"], r["status"], r["infringements"]) for r in found
    ]


@pytest.mark.parametrize("address", ["/", "/ledger/cases/cnil-clearview", "/ledger/fines.csv"])
def test_every_answer_keeps_a_page_to_this_host(path: Path, address: str) -> None:
    told = get(path, address).headers
    assert "default-src 'none'" in told["content-security-policy"]
    assert "http" not in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"


def test_the_deadlines_of_a_case_are_a_calendar(path: Path) -> None:
    answer = get(path, "/-/deadlines.ics?case_id=cnil-clearview")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [str(e["SUMMARY"]) for e in events] == [
        "Comply with order MED-2021-134 (CNIL)",
        "Comply with order SAN-2022-019-INJ (CNIL)",
    ]
    everything = get(path, "/-/deadlines.ics").content
    assert len(Calendar.from_ical(everything).walk("VEVENT")) > len(events)
    assert (
        "/-/deadlines.ics?case_id=cnil-clearview" in get(path, "/ledger/cases/cnil-clearview").text
    )


@pytest.mark.parametrize("asked_for", ["case_id=nope", "authority=nope"])
def test_there_is_no_calendar_of_what_is_not_there(path: Path, asked_for: str) -> None:
    answer = get(path, f"/-/deadlines.ics?{asked_for}")
    assert (answer.status_code, "'nope' in this ledger" in answer.text) == (404, True)


def test_whoever_may_not_see_the_deadlines_gets_no_calendar(path: Path) -> None:
    async def ask() -> Any:
        served = datasette(path, closed=["deadlines"])
        await served.invoke_startup()
        return await served.client.get("/-/deadlines.ics")

    assert asyncio.run(ask()).status_code == 403


def test_words_of_an_event_add_nothing_to_a_calendar(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    deadline = {"deadline": "D1", "subject": "Answer; BEGIN:VEVENT, \\n", "due_on": "2026-01-30"}
    with Book(tmp_path / "ledger.db") as book:
        book.append(
            [
                proposed("c", "case_opened", {"title": "T", "authority": "A"}),
                proposed("c", "deadline_set", deadline, source="END:VEVENT\\nBEGIN:VEVENT"),
            ],
            by="x",
        )
    answer = get(tmp_path / "ledger.db", "/-/deadlines.ics")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]) == f"{deadline['subject']} (A)"


def test_a_case_as_json_goes_back_in_law_and_in_knowledge(path: Path) -> None:
    with Book(path, read_only=True) as book:
        corrected = next(e for e in book.entries("cnil-clearview") if e.type == "event_corrected")
    asked = "/-/case.json?case_id=cnil-clearview"
    now, then, before = (
        get(path, f"{asked}{more}").json()
        for more in ("", "&as_of=2022-03-01", f"&known_at={corrected.position - 1}")
    )
    assert {fine["fine_ref"] for fine in now["fines"]} == {"SAN-2022-019", "SAN-2023-005"}
    assert (then["fines"], then["orders"][0]["status"]) == ([], "breached")
    assert before["orders"][0]["issued_on"] == "2021"


@pytest.mark.parametrize(
    ("asked", "status"),
    [("case_id=nobody", 404), ("case_id=cnil-clearview&as_of=soon", 400), ("", 404)],
)
def test_a_case_as_json_that_cannot_be_told_says_why(path: Path, asked: str, status: int) -> None:
    answer = get(path, f"/-/case.json?{asked}")
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def test_a_long_table_is_streamed_to_its_last_row(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    said = [{"speaker": "S", "text": f"n{i}"} for i in range(2_345)]
    with Book(tmp_path / "ledger.db") as book:
        opening = proposed("c", "case_opened", {"title": "T", "authority": "A"})
        statements = [proposed("c", "statement_made", fields) for fields in said]
        book.append([opening, *statements], by="x")
    streamed = get(tmp_path / "ledger.db", "/ledger/statements.csv?_stream=on&_size=max").text
    texts = [row["text"] for row in csv.DictReader(io.StringIO(streamed, newline=""))]
    assert texts == [fields["text"] for fields in said]
    assert SETTINGS["max_csv_mb"] == 0
    # JSON comes by the page, and says where the next one is.
    address, found = "/ledger/statements.json?_size=max", list[str]()
    while address:
        page = get(tmp_path / "ledger.db", address).json()
        columns = page.get("columns")
        found += [
            r["text"] if isinstance(r, dict) else r[columns.index("text")] for r in page["rows"]
        ]
        address = (page.get("next_url") or "").partition("localhost")[2]
    assert found == texts
