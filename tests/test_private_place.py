"""Where confidential values lie: nothing else is written there, and what stands there is told."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger import doctor
from ledger.book import Book, create
from ledger.errors import FileTrouble, Refused
from ledger.publish import publish
from tests.facts import opened, remark
from tests.sessions import Run

METADATA = Path(__file__).parent.parent / "metadata.yml"


def files() -> list[str]:
    return sorted(str(path) for path in Path().rglob("*"))


@pytest.mark.parametrize(
    "line",
    [
        "init --db {}",
        "backup {}",
        "rebuild --into {}",
        "export --xlsx {}",
        "export --xes {}",
        "restore kept.db --db {}",
    ],
)
@pytest.mark.parametrize(
    "name", ["private.db", "away/private.db", "private.db-journal", "away/mine.db"]
)
def test_no_file_is_written_where_confidential_values_lie(
    session: Run, monkeypatch: pytest.MonkeyPatch, line: str, name: str
) -> None:
    Path("away").mkdir()
    session("backup kept.db")
    if name.endswith("mine.db"):
        monkeypatch.setenv("CASELEDGER_PRIVATE", name)
    before = files()
    ran = session(line.format(name))
    assert (ran.code, "is where the confidential values of a ledger lie" in ran.err) == (1, True)
    assert files() == before


def test_the_demo_takes_no_place_of_confidential_values(
    session: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELEDGER_PRIVATE", str(tmp_path / "demo" / "ledger.db"))
    assert session("demo demo --no-serve").code == 1
    assert not (tmp_path / "demo" / "ledger.db").exists()


@pytest.mark.parametrize("name", ["ledger.db", "index.html", "deep/private.db"])
def test_what_is_confidential_does_not_lie_in_the_folder_that_is_published(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CASELEDGER_PRIVATE", str(tmp_path / "public" / name))
    with (
        Book(book.store.path) as again,
        pytest.raises(Refused, match="would lie in the folder that is published"),
    ):
        publish(again, tmp_path / "public", METADATA)
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal", ".lock"])
def test_what_belongs_to_the_ledger_holds_no_confidential_values(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = tmp_path / f"ledger.db{ending}"
    monkeypatch.setenv("CASELEDGER_PRIVATE", str(path))
    with (
        Book(book.store.path) as again,
        pytest.raises(FileTrouble, match=r"belongs to the ledger ledger\.db, and cannot hold"),
    ):
        again.append([opened(), remark()], by="clerk")
    assert ("bad", "private") in looked_at(book.store.path)


def looked_at(path: Path) -> dict[tuple[str, str], str]:
    return {(level, subject): words for level, subject, words in doctor.examine(path)}


@pytest.mark.parametrize("what", ["a folder", "no database", "a ledger", "other columns"])
def test_the_doctor_tells_what_stands_where_confidential_values_should(
    book: Book, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "private.db"
    if what == "a folder":
        path.mkdir()
    elif what == "no database":
        path.write_bytes(b"no database" * 500)
    elif what == "a ledger":
        create(tmp_path / "other.db", "another")
        (tmp_path / "other.db").rename(path)
    else:
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("create table sealed_values (other)")
    told = {
        "a folder": "is a folder, and cannot hold confidential values",
        "no database": "is damaged, or not the file of confidential values",
        "a ledger": "is not a file of confidential values: it has a table",
        "other columns": "is not a file of confidential values: no such column",
    }
    assert told[what] in looked_at(book.store.path)["bad", "private"]
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()
    assert ("bad", "private") not in looked_at(book.store.path)
