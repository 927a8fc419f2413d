"""The feed: every event once, in the order of recording, for whoever follows a case."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from xml.etree import ElementTree

import feedparser
import pytest
from datasette.utils import tilde_encode
from hypothesis import given
from hypothesis import strategies as some

from ledger.atom import PAGE, _tilde
from ledger.book import Book, create
from ledger.door import Proposed, proposed
from tests.published import clearview, datasette

pytestmark = pytest.mark.datasette


def fact(type_name: str, case_id: str = "c", **fields: Any) -> Proposed:
    return proposed(case_id, type_name, fields, source=fields.pop("source", None))


def get(path: Path, address: str, closed: tuple[str, ...] = ()) -> Any:
    async def answer() -> Any:
        served = datasette(path, closed=closed, base_url="/under/")
        await served.invoke_startup()
        return await served.client.get(address)

    return asyncio.run(answer())


def read(path: Path, **asked: str) -> Any:
    """The feed as another program reads it."""
    answer = get(path, f"/-/feed.atom?{urlencode(asked)}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    ElementTree.fromstring(answer.content)
    told = feedparser.parse(answer.content)
    assert (told.bozo, told.version) == (False, "atom10")
    return told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "ledger.db", "a test")
    return tmp_path / "ledger.db"


def test_an_entry_is_an_event_with_its_own_id_and_a_link_to_the_case(tmp_path: Path) -> None:
    path = clearview(tmp_path)
    told = read(path, case="cnil-clearview")
    with Book(path, read_only=True) as book:
        entries = book.entries("cnil-clearview")
    assert [e.id for e in told.entries] == [UUID(e.event_id).urn for e in reversed(entries)]
    assert [e.updated for e in told.entries] == [e.recorded_at for e in reversed(entries)]
    last = told.entries[0]
    assert last.link == (
        f"http://localhost/under/ledger/cases/cnil-clearview#event-{entries[-1].position}"
    )
    assert any("SAN-2022-019" in e.title and "Legal date: 2022" in e.summary for e in told.entries)
    everything, french = read(path), read(path, authority="CNIL")
    assert len(everything.entries) > len(french.entries) == len(entries)
    assert len({everything.feed.id, french.feed.id, told.feed.id}) == 3


def test_a_correction_and_what_comes_late_are_new_entries_and_nothing_else_changes(
    path: Path,
) -> None:
    fine = fact("fine_imposed", respondent="X", amount="9 EUR", occurred_on="2022-05-05")
    with Book(path) as book:
        book.append([fact("case_opened", title="T", authority="A"), fine], by="x")
        before = read(path)
        book.append([fact("note_added", text="an old thing", occurred_on="2001-01-01")], by="x")
        right = {"changes": {"amount": "8 EUR"}}
        book.append([fact("event_corrected", target=fine.event_id, **right)], by="x")
    after = read(path)
    assert [e.id for e in after.entries[2:]] == [e.id for e in before.entries]
    assert [e.updated for e in after.entries[2:]] == [e.updated for e in before.entries]
    assert [e.title for e in after.entries[:2]] == [
        "T: Event #2 corrected: amount is 8 EUR",
        "T: an old thing",
    ]
    assert "As corrected by event #4." in after.entries[2].summary
    assert (after.feed.id, after.feed.updated) == (before.feed.id, after.entries[0].updated)


def test_older_entries_are_a_page_away_and_none_is_lost(path: Path) -> None:
    notes = [fact("note_added", text=f"n{i}") for i in range(PAGE + 20)]
    with Book(path) as book:
        book.append([fact("case_opened", title="T", authority="A"), *notes], by="x")
    first = read(path, case="c")
    links = {link.rel: link.href for link in first.feed.links}
    before = links["next"].rpartition("=")[2]
    second = read(path, case="c", before=before)
    assert (len(first.entries), len(second.entries)) == (PAGE, 21)
    assert not {e.id for e in first.entries} & {e.id for e in second.entries}
    assert "next" not in {link.rel for link in second.feed.links}
    assert links["first"] == "http://localhost/under/-/feed.atom?case=c"


def test_a_ledger_without_events_is_a_feed_without_entries(path: Path) -> None:
    told = read(path)
    assert (told.entries, told.feed.title) == ([], "a test")


EVIL = "<script>alert(1)</script>]]>&lt;b&gt; \x01\ufffe\x1b &amp; <entry><id>x</id></entry>"


def test_words_of_an_event_are_words_of_the_feed(path: Path) -> None:
    opening = fact("case_opened", "c<&>.~ é", title="a", authority=EVIL[:25], source=EVIL[:25])
    said = fact("statement_made", "c<&>.~ é", speaker="<b>S</b>", text="<script>alert(2)</script>")
    with Book(path) as book:
        book.append([opening, said], by="x")
        # What the door may let through one day, and XML cannot hold.
        with book.store.writing():
            evil = (EVIL,)
            book.store.conn.execute("update history set summary = ? where position = 2", evil)
    told = read(path, case="c<&>.~ é")
    assert len(told.entries) == 2
    body = get(path, "/-/feed.atom").content.decode()
    assert "<script" not in body
    shown = [e.text or "" for e in ElementTree.fromstring(body).iter() if e.tag.endswith("title")]
    assert shown[1].endswith(EVIL.translate(dict.fromkeys([1, 0x1B, 0xFFFE], "\ufffd")))
    page = told.entries[0].link.partition("localhost/under")[2].partition("#")[0]
    assert get(path, page).status_code == 200


@given(some.text(max_size=20))
def test_a_case_in_a_path_is_written_as_datasette_writes_it(case_id: str) -> None:
    assert _tilde(case_id).replace("~20", "+") == tilde_encode(case_id)


@pytest.mark.parametrize("asked", ["case=nobody", "authority=nobody"])
def test_a_feed_of_nothing_is_not_found(path: Path, asked: str) -> None:
    assert get(path, f"/-/feed.atom?{asked}").status_code == 404


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "0"])
def test_a_page_that_is_none_is_the_first_one(path: Path, before: str) -> None:
    assert read(path, before=before).entries == []


def test_whoever_may_not_see_the_events_gets_no_feed(path: Path) -> None:
    assert get(path, "/-/feed.atom", ("events",)).status_code == 403


def test_the_page_of_a_case_names_its_feed(tmp_path: Path) -> None:
    page = get(clearview(tmp_path), "/ledger/cases/cnil-clearview").text
    head = page.partition("</head>")[0]
    assert 'type="application/atom+xml"' in head
    assert 'href="/under/-/feed.atom?case=cnil-clearview"' in head
