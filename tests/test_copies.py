"""Copies of a ledger: with its settings and what it withholds, and whole or not at all."""

from pathlib import Path
from typing import Any

import pytest

from ledger.audit import audit
from ledger.book import Book, create
from ledger.door import Proposed, proposed
from ledger.errors import FileTrouble, LedgerError, Malformed, Refused
from ledger.placing import made
from ledger.publish import publish
from ledger.schema import settings_of
from ledger.store import Store
from tests.sessions import Run

METADATA = Path(__file__).parent.parent / "metadata.yml"


def note(text: str, **more: Any) -> Proposed:
    return proposed("c", "note_added", {"text": text}, **more)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A ledger that seals the names of clerks, with an event that is confidential as a whole."""
    path = tmp_path / "source" / "ledger.db"
    path.parent.mkdir()
    create(path, "a test", clerk_role="case officer")
    opened = proposed("c", "case_opened", {"title": "T", "authority": "A"})
    hidden = note("between us", confidential=["all"])
    with Book(path) as book:
        book.append([opened, hidden, note("in the open")], by="Ann Clerk")
    return path


@pytest.fixture
def publication(source: Path, tmp_path: Path) -> Path:
    with Book(source, read_only=True) as book:
        return Path(publish(book, tmp_path / "public", METADATA).file)


def files_beside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir() if not one.name.endswith(".lock"))


def test_a_copy_goes_on_to_seal_the_names_of_clerks(run: Run) -> None:
    run("init --clerk-role 'case officer'")
    run("append case-opened c --title T --authority A")
    assert run("rebuild --into copy.db").out == "copy.db has 1 cases\n"
    assert run("append note-added c --text new --by 'Ann Clerk' --db copy.db").code == 0
    with Book("copy.db", read_only=True) as copy:
        assert copy.event_at(2).recorded_by == "case officer"
    assert b"Ann Clerk" not in Path("copy.db").read_bytes()


@pytest.mark.parametrize("way", ["restore", "import --restore"])
def test_what_comes_back_from_an_export_goes_on_to_seal_the_names_of_clerks(
    run: Run, way: str
) -> None:
    run("init --clerk-role 'case officer'")
    run("append case-opened c --title T --authority A")
    Path("events.jsonl").write_text(run("export").out, encoding="utf-8")
    if way != "restore":
        run("init --db again.db")
    assert run(f"{way} events.jsonl --db again.db").code == 0
    assert run("append note-added c --text new --by 'Ann Clerk' --db again.db").code == 0
    with Book("again.db", read_only=True) as again:
        assert again.event_at(2).recorded_by == "case officer"
        assert settings_of(again.store.conn) == {"clerk_role": "case officer"}
    assert b"Ann Clerk" not in Path("again.db").read_bytes()


def test_a_ledger_that_seals_names_keeps_its_own_role_when_it_is_filled(run: Run) -> None:
    run("init --clerk-role 'case officer'")
    run("append case-opened c --title T --authority A")
    Path("events.jsonl").write_text(run("export").out, encoding="utf-8")
    run("init --db again.db --clerk-role registrar")
    assert run("import --restore events.jsonl --db again.db").code == 0
    with Book("again.db", read_only=True) as again:
        assert settings_of(again.store.conn) == {"clerk_role": "registrar"}


def test_a_copy_of_a_publication_is_one_too(publication: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "copy.db"
    out.parent.mkdir()
    with Book(publication, read_only=True) as book:
        assert book.rebuild_into(out) == 1
        checkpoint, settings = audit(book).checkpoint, settings_of(book.store.conn)
    with Book(out) as copy:
        assert audit(copy, checkpoint).problems == []
        assert settings_of(copy.store.conn) == settings
        with pytest.raises(Refused, match="takes no events"):
            copy.append([note("new")], by="clerk")


@pytest.mark.parametrize(("known_at", "leaves"), [("1", 1), ("2", 2), ("3", 3)])
def test_a_copy_of_a_publication_ends_where_it_is_told_to(
    publication: Path, tmp_path: Path, known_at: str, leaves: int
) -> None:
    with Book(publication, read_only=True) as book:
        book.rebuild_into(tmp_path / "copy.db", known_at=known_at)
    with Store(tmp_path / "copy.db", read_only=True) as copy:
        assert copy.size() == leaves


def test_a_publication_is_not_published_again(publication: Path, tmp_path: Path) -> None:
    before = files_beside(publication)
    with (
        Book(publication, read_only=True) as book,
        pytest.raises(Refused, match="is not published again"),
    ):
        publish(book, tmp_path / "again", METADATA)
    assert not (tmp_path / "again").exists()
    assert files_beside(publication) == before


@pytest.mark.parametrize("failure", [KeyboardInterrupt, Malformed("spoilt"), OSError(28, "full")])
@pytest.mark.parametrize(
    ("way", "more"), [("rebuild_into", ()), ("publish_into", ("2026-01-01T00:00:00.000000Z",))]
)
def test_a_copy_that_failed_leaves_nothing_behind(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Any, way: str, more: Any
) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(Book, "_rebuild", fail)
    with Book(source, read_only=True) as book:
        copy = getattr(book, way)
        with pytest.raises((KeyboardInterrupt, LedgerError, OSError)):
            copy(out / "copy.db", *more)
    assert list(out.iterdir()) == []


def test_a_copy_is_never_made_over_another_file(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy.db"
    out.write_text("mine", encoding="utf-8")
    with Book(source, read_only=True) as book, pytest.raises(Refused, match="exists already"):
        book.rebuild_into(out)
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_refusal_speaks_of_the_file_that_was_asked_for(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "copy.db"
    with Book(source, read_only=True) as book, pytest.raises(FileTrouble) as told:
        book.rebuild_into(out)
    assert (told.value.message, told.value.facts["file"]) == (
        f"there is no folder {out.parent}; nothing was made",
        str(out),
    )


def _make_with_pages_left_over(target: Path) -> None:
    with made(target) as name:
        for end in ("", "-wal"):
            name.with_name(name.name + end).touch()


def test_what_could_not_be_written_to_its_end_gets_no_name(tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with pytest.raises(FileTrouble, match="could not be written to its end"):
        _make_with_pages_left_over(target)
    assert list(tmp_path.iterdir()) == []
