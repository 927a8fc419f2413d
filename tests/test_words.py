"""What stands in an event is words wherever it is shown, and runs nowhere."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import feedparser
import pytest
from datasette.utils import tilde_encode
from icalendar import Calendar
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from ledger import exports, workbook
from ledger.book import Book, create
from ledger.door import proposed
from ledger.search import search
from tests.published import datasette

pytestmark = pytest.mark.datasette

INJECTIONS = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "attribute": '" onmouseover="alert(1)" x=\'y',
    "template": "{{ 1234*5678 }}{% raw %}${1234*5678}<%= 1234*5678 %>",
    "sql": "'); drop table events; --",
    "formula": '=HYPERLINK("http://evil.example","1")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "markdown": "[x](javascript:alert(1)) **bold** ![x](http://evil.example/x.png)",
    "calendar": "x\\nEND:VEVENT\\nBEGIN:VEVENT\\nSUMMARY:evil;ATTACH:http://evil.example/",
    "feed": "]]></title><entry><id>x</id></entry><!--&lt;b&gt;",
}


@pytest.fixture(params=INJECTIONS.values(), ids=INJECTIONS)
def evil(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def book(tmp_path: Path, evil: str) -> Iterator[Book]:
    """A case whose every text is an injection."""
    create(tmp_path / "ledger.db", evil)
    said = {
        "case_opened": {"title": evil, "authority": evil, "document": evil},
        "party_joined": {"name": evil},
        "order_issued": {"order": evil, "title": evil, "item": [evil], "document": evil},
        "deadline_set": {"deadline": "D1", "subject": evil, "due_on": "2026-01-30"},
        "fine_imposed": {"fine": evil, "respondent": evil, "amount": "1 EUR", "document": evil},
        "statement_made": {"speaker": evil, "conveyed_by": evil, "topic": evil, "text": evil},
        "note_added": {"text": evil},
    }
    with Book(tmp_path / "ledger.db") as opened:
        opened.append(
            [
                proposed(evil[:39].strip(), name, fields, source=evil)
                for name, fields in said.items()
            ],
            by=evil,
            admit=True,
        )
        yield opened


def ask(book: Book, address: str) -> Any:
    async def answer() -> Any:
        served = datasette(book.store.path)
        await served.invoke_startup()
        return await served.client.get(address)

    found = asyncio.run(answer())
    assert found.status_code == 200, address
    return found


class Markup(HTMLParser):
    """What a browser would make of a page: elements and attributes that no page of ours has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "b", "em", "strong", "entry") and attrs:
            self.foreign.append(tag)
        self.foreign += ["script"] if tag == "script" else []
        for name, value in attrs:
            runs = name.startswith("on") or str(value).strip().startswith("javascript:")
            if runs or name == "src":
                self.foreign.append(f"{tag} {name}")


def test_pages_show_it_as_words(book: Book, evil: str) -> None:
    case = f"/ledger/cases/{tilde_encode(evil[:39].strip())}"
    for address in (case, f"/-/search?q={quote(evil)}", "/-/search?q=evil", "/-/search?q=alert"):
        main = ask(book, address).text.partition("<main")[2].partition("</main>")[0]
        assert Markup(main).foreign == [], address
        assert "7006652" not in main


def test_the_feed_has_it_as_words(book: Book, evil: str) -> None:
    body = ask(book, "/-/feed.atom").content
    told = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert (told.bozo, len(told.entries)) == (False, 7)
    titles = [e.text for e in ElementTree.fromstring(body).iter() if e.tag.endswith("}title")]
    assert titles[0] == evil
    assert titles[1] == f"{evil}: {evil}"


def test_the_calendar_has_one_deadline(book: Book, evil: str) -> None:
    (event,) = Calendar.from_ical(ask(book, "/-/deadlines.ics").content).walk("VEVENT")
    assert str(event["SUMMARY"]).replace("\n", "\\n") == f"{evil} ({evil})"


def test_exports_have_it_as_text_that_no_spreadsheet_runs(book: Book, evil: str) -> None:
    (row,) = csv.DictReader(io.StringIO("".join(exports.table_as_csv(book, "cases")), newline=""))
    assert row["title"] == (f"'{evil}" if evil[0] in "=@" else evil)
    (plain,) = json.loads("".join(exports.table_as_json(book, "cases")))
    assert plain["title"] == evil
    out = book.store.path.parent / "out.xlsx"
    workbook.write(book, out)
    head, row_ = load_workbook(out)["statements"].iter_rows()
    cell = dict(zip([c.value for c in head], row_, strict=True))["text"]
    assert (unescape(cell.value), cell.data_type, cell.hyperlink) == (evil, "s", None)


def test_it_is_found_as_words(book: Book, evil: str) -> None:
    assert [case.title for case in search(book.store.conn, evil).cases] == [evil]
    assert book.check() == []
