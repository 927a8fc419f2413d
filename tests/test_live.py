"""A live ledger: people read its pages while a clerk writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from ledger.audit import audit
from ledger.book import Book
from ledger.door import proposed
from tests.published import clearview, served

pytestmark = pytest.mark.datasette

ROOT = Path(__file__).resolve().parent.parent
READERS = 20
ROUNDS = 3
PAGES = (
    "",
    "ledger/cases/cnil-clearview",
    "ledger/events.json?_sort_desc=position&_size=5",
    "-/party/clearview-ai",
    "-/authority/CNIL",
    "-/search?q=clearview",
    "-/feed.atom",
    "-/deadlines.ics",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return clearview(tmp_path)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the server says of itself."""
    return tmp_path / "server.log"


@pytest.fixture
def address(path: Path, log: Path) -> Iterator[str]:
    """Where the ledger is served, by a process of its own."""
    with served(path, log) as found:
        yield found


def read(url: str) -> tuple[int, str]:
    with urlopen(url, timeout=60) as answer:
        return answer.status, answer.read().decode()


def test_a_page_that_is_not_there_leaves_nothing_in_the_log(address: str, log: Path) -> None:
    for page in ("nope", "ledger/nope", "ledger/nope.json", "ledger/cases/nope", "-/party/nope"):
        with pytest.raises(HTTPError) as refused:
            read(f"{address}{page}")
        assert refused.value.code == 404, page
    assert log.read_text() == ""


def written(path: Path, done: Event) -> int:
    """Notes that a clerk appends, one by one, until everybody has read; returns how many."""
    count = 0
    with Book(path) as book:
        while not done.is_set():
            note = proposed("cnil-clearview", "note_added", {"text": f"note {count}"})
            book.append([note], by="clerk")
            count += 1
    return count


def test_nobody_meets_an_error_while_a_clerk_writes(path: Path, address: str) -> None:
    done = Event()
    with ThreadPoolExecutor(READERS + 1) as people:
        clerk = people.submit(written, path, done)
        try:
            pages = [f"{address}{page}" for page in PAGES * ROUNDS * (READERS // len(PAGES) + 1)]
            answers = list(people.map(read, pages))
        finally:
            done.set()
        count = clerk.result()
    assert {status for status, _ in answers} == {200}
    assert count > 0
    with Book(path, read_only=True) as book:
        assert audit(book).problems == []


def test_a_page_shows_at_once_what_was_recorded(path: Path, address: str) -> None:
    read(f"{address}ledger/cases/cnil-clearview")
    with Book(path) as book:
        said = {"speaker": "CNIL", "text": "a statement that is quite new"}
        book.append([proposed("cnil-clearview", "statement_made", said)], by="clerk")
    for page in ("", "ledger/cases/cnil-clearview", "-/search?q=quite+new", "-/feed.atom"):
        assert "quite new" in read(f"{address}{page}")[1].replace("</mark>", "").replace(
            "<mark>", ""
        ), page
