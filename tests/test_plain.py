"""A publication as plain files: every link leads to a file, and nothing asks for a server."""

import json
import re
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page

import cli
from ledger.backup import backup
from ledger.book import Book
from ledger.door import proposed
from tests.published import clearview

LINK = re.compile(r' (?:href|src)="([^"]*)"')
SECRET = "Zaphod Beeblebrox"


def publish(folder: Path, *, static: bool = True) -> int:
    """Publish the ledger of a folder into `public`, with plain files; returns the exit code."""
    more = ["--static"] if static else []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["caseledger", "publish", "public", "--json", *more])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    clearview(folder)
    with Book(folder / "ledger.db") as book:
        secret = proposed("cnil-clearview", "note_added", {"text": SECRET}, confidential=["all"])
        book.append([secret], by="clerk")
    assert publish(folder) == 0
    return folder / "public"


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


@pytest.mark.datasette
def test_every_link_of_every_page_leads_to_a_file(site: Path) -> None:
    for page in pages(site):
        for written in LINK.findall(page.read_text(encoding="utf-8")):
            link, _, _ = unescape(written).partition("#")
            if link.startswith(("https://", "http://")):
                assert "//localhost" not in link, page
            elif link:
                assert not link.startswith("/"), (page, link)
                assert (page.parent / link).is_file(), (page, link)


@pytest.mark.datasette
def test_there_is_a_page_for_every_case_party_authority_and_event(site: Path) -> None:
    names = {str(page.relative_to(site)) for page in pages(site)}
    assert {
        "index.html",
        "ledger.html",
        "ledger/cases.html",
        "ledger/cases/cnil-clearview.html",
        "ledger/events/1.html",
        "-/party/clearview-ai.html",
        "-/authority/CNIL.html",
    } <= names


@pytest.mark.datasette
def test_whole_tables_and_the_calendar_stand_beside_the_pages(site: Path) -> None:
    with Book(site / "ledger.db", read_only=True) as book:
        (count,) = book.store.conn.execute("select count(*) from changes").fetchone()
    assert len(json.loads((site / "ledger/changes.json").read_text(encoding="utf-8"))) == count
    assert (site / "ledger/fines.csv").read_text(encoding="utf-8").startswith("case_id,")
    assert (site / "-/deadlines.ics").read_text(encoding="utf-8").startswith("BEGIN:VCALENDAR")


def test_no_plain_file_tells_what_is_confidential(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


@pytest.mark.datasette
def test_pages_that_are_published_again_are_the_same_so_that_they_can_be_compared(
    site: Path,
) -> None:
    before = {page: page.read_bytes() for page in pages(site)}
    assert publish(site.parent) == 0
    assert {page for page in pages(site) if page.read_bytes() != before[page]} == set()


@pytest.mark.datasette
def test_a_page_that_is_no_longer_published_goes(site: Path) -> None:
    folder = site.parent
    with Book(folder / "ledger.db") as book:
        backup(book.store, folder / "earlier.db")
        note = proposed("cnil-clearview", "note_added", {"text": "a slip"})
        (receipt,) = book.append([note], by="clerk")
    page = site / "ledger" / "events" / f"{receipt.entry.position}.html"
    assert publish(folder) == 0
    assert page.exists()
    (folder / "earlier.db").replace(folder / "ledger.db")
    assert publish(folder, static=False) == 0
    assert sorted(path.name for path in site.iterdir()) == ["ledger.db", "metadata.yml", "root.txt"]
    assert publish(folder) == 0
    assert not page.exists()


def test_plain_pages_can_be_read_in_a_browser_without_a_server(
    site: Path, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="IMY", exact=True).first.click()
    page.get_by_role("link", name="Use of Clearview AI by the Swedish Police").first.click()
    # The address changes before the page is read.
    page.locator("[id^=event-]").first.wait_for()
    assert not page.locator("form").first.is_visible()
