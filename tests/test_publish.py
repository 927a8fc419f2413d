"""The folder of a publication: no file of others is lost, and no page stays too long."""

from pathlib import Path

import pytest

from ledger.audit import audit
from ledger.book import Book, create
from ledger.door import proposed
from ledger.errors import FileTrouble, Refused, VerificationFailed
from ledger.publish import PAGES, publish
from ledger.schema import add_setting

METADATA = Path(__file__).parent.parent / "metadata.yml"
BARE = ["ledger.db", "metadata.yml", "root.txt"]


def open_case(book: Book, case_id: str = "x") -> None:
    book.append([proposed(case_id, "case_opened", {"title": "X", "authority": "ICO"})], by="clerk")


def two_pages(path: Path) -> None:
    """Writes plain pages beside a copy, of which one tells how many events it has."""
    with Book(path, read_only=True) as copy:
        count = copy.store.size()
    (path.parent / "index.html").write_text(f"{count} events")
    (path.parent / "ledger" / "events").mkdir(parents=True)
    (path.parent / "ledger" / "events" / f"{count}.html").write_text("the last one")


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(name="out")
def empty_folder(tmp_path: Path) -> Path:
    (tmp_path / "public").mkdir()
    return tmp_path / "public"


@pytest.mark.parametrize("name", ["index.html", "root.txt", "ledger.db", "ledger/mine.txt"])
@pytest.mark.parametrize("pages", [None, two_pages])
def test_a_folder_with_files_of_others_is_refused_and_stays_as_it_was(
    book: Book, out: Path, name: str, pages: None
) -> None:
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("mine")
    with pytest.raises(Refused, match=r"is not empty .* and is not a publication of this ledger"):
        publish(book, out, METADATA, pages)
    assert contents(out) == {name: b"mine"}


def test_a_publication_of_another_ledger_is_refused(book: Book, out: Path, tmp_path: Path) -> None:
    create(tmp_path / "other.db", "other")
    with Book(tmp_path / "other.db") as other:
        publish(other, out, METADATA)
    before = contents(out)
    with pytest.raises(Refused, match="not a publication of this ledger"):
        publish(book, out, METADATA)
    assert contents(out) == before


def test_hidden_files_are_no_obstacle_and_stay(book: Book, out: Path) -> None:
    (out / ".git").mkdir()
    (out / ".git" / "config").write_text("mine")
    (out / ".DS_Store").write_text("mine")
    for _ in range(2):
        publish(book, out, METADATA, two_pages)
    hidden = {name: text for name, text in contents(out).items() if name.startswith(".")}
    assert hidden == {".git/config": b"mine", ".DS_Store": b"mine"}


def test_plain_pages_of_an_earlier_publication_go_with_the_next(book: Book, out: Path) -> None:
    publish(book, out, METADATA, two_pages)
    assert sorted(contents(out)) == [
        "index.html",
        *BARE[:1],
        "ledger/events/0.html",
        *BARE[1:2],
        PAGES,
        *BARE[2:],
    ]
    open_case(book)
    assert publish(book, out, METADATA, two_pages).files == 2
    assert "ledger/events/0.html" not in contents(out)
    assert contents(out)["ledger/events/1.html"] == b"the last one"
    publish(book, out, METADATA)
    assert sorted(path.name for path in out.iterdir()) == BARE


def test_what_others_laid_beside_a_publication_stays(book: Book, out: Path) -> None:
    publish(book, out, METADATA, two_pages)
    (out / "CNAME").write_text("mine")
    (out / "ledger" / "mine.txt").write_text("mine")
    publish(book, out, METADATA)
    assert sorted(contents(out)) == ["CNAME", *BARE[:1], "ledger/mine.txt", *BARE[1:]]


@pytest.mark.parametrize("name", ["index.html", PAGES])
def test_no_page_is_written_over_a_file_of_others(book: Book, out: Path, name: str) -> None:
    publish(book, out, METADATA)
    (out / name).write_text("mine")
    before = contents(out)
    with pytest.raises(Refused, match=f"{name} was not made by publishing; nothing was changed"):
        publish(book, out, METADATA, two_pages)
    assert contents(out) == before


def test_an_edited_list_of_pages_takes_nothing_else_away(book: Book, out: Path) -> None:
    publish(book, out, METADATA, two_pages)
    (out.parent / "precious").write_text("mine")
    (out / "mine.txt").write_text("mine")
    with (out / PAGES).open("a") as file:
        file.write(f"../precious\nledger/../../precious\n{out.parent}/precious\nmine.txt\n\n")
    publish(book, out, METADATA)
    assert (out / "mine.txt").exists()
    assert (out.parent / "precious").exists()


def test_plain_pages_without_their_list_are_left_to_the_clerk(book: Book, out: Path) -> None:
    publish(book, out, METADATA)
    (out / "-").mkdir()
    with pytest.raises(Refused, match="no list of them"):
        publish(book, out, METADATA)


def test_a_publication_that_fails_leaves_the_earlier_one_as_it_was(book: Book, out: Path) -> None:
    publish(book, out, METADATA, two_pages)
    open_case(book)
    before = contents(out)

    def fails(path: Path) -> None:
        two_pages(path)
        raise FileTrouble("the page /ledger cannot be made")

    with pytest.raises(FileTrouble, match="the page /ledger"):
        publish(book, out, METADATA, fails)
    assert contents(out) == before
    assert sorted(path.name for path in out.iterdir() if path.name.startswith(".")) == []


def test_a_ledger_that_is_not_what_it_was_leaves_the_earlier_publication(
    tmp_path: Path, out: Path
) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        open_case(book)
        publish(book, out, METADATA, two_pages)
        before = contents(out)
        book.store.conn.execute("update cases set title = 'Y'")
        with pytest.raises(VerificationFailed, match="nothing was published"):
            publish(book, out, METADATA)
    assert contents(out) == before


def test_a_publication_that_was_stopped_midway_is_tidied_up_by_the_next(
    book: Book, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(book, out, METADATA, two_pages)
    open_case(book)
    whole = Path.replace

    def stopped(self: Path, target: Path) -> Path:
        if self.name == "1.html":
            raise OSError(5, "Input/output error")
        return whole(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped)
        with pytest.raises(FileTrouble):
            publish(book, out, METADATA, two_pages)
    assert (out / "ledger" / "events" / "0.html").exists()
    publish(book, out, METADATA)
    assert sorted(path.name for path in out.iterdir()) == BARE


def problems(path: Path) -> list[str]:
    with Book(path, read_only=True) as copy:
        return [problem.what for problem in audit(copy).problems]


def remarks(path: Path) -> list[str]:
    with Book(path, read_only=True) as copy:
        return audit(copy).remarks


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        ("1:" + "0" * 64, "root.txt beside it tells another root, 1:0000"),
        ("0:" + "0" * 64, "root.txt beside it tells another root, 0:0000"),
        ("", "root.txt beside it holds no root: '' is not SIZE:ROOT"),
        ("a root", "root.txt beside it holds no root: 'a root' is not SIZE:ROOT"),
    ],
)
def test_an_edited_root_beside_a_publication_is_told(
    book: Book, out: Path, edited: str, told: str
) -> None:
    open_case(book)
    publish(book, out, METADATA)
    assert problems(out / "ledger.db") == []
    (out / "root.txt").write_text(edited)
    (what,) = problems(out / "ledger.db")
    assert what.startswith(told)
    publish(book, out, METADATA)
    assert problems(out / "ledger.db") == []


def test_a_root_that_is_not_there_or_beside_another_ledger_is_no_trouble(
    book: Book, out: Path
) -> None:
    publish(book, out, METADATA)
    (told,) = remarks(out / "ledger.db")
    assert told.startswith("this is a copy for the public, made at 20")
    (out / "root.txt").unlink()
    assert problems(out / "ledger.db") == []
    assert remarks(out / "ledger.db")[1].startswith("no root is told beside it, because root.txt")
    (book.store.path.parent / "root.txt").write_text("mine")
    assert problems(book.store.path) == []


def test_a_ledger_that_was_made_a_copy_for_the_public_by_hand_is_told(tmp_path: Path) -> None:
    """It is not possible to take that back, and it would hide what became of private.db."""
    create(tmp_path / "mine.db", "mine")
    with Book(tmp_path / "mine.db") as book:
        open_case(book)
        whole = proposed("x", "note_added", {"text": "secret"}, confidential=["all"])
        book.append([whole], by="clerk")
        add_setting(book.store.conn, "published_at", "2026-12-01T00:00:00.000000Z")
        found = audit(book)
    what = "it is confidential as a whole, and stands in a copy for the public"
    assert found.problems == [(2, what)]
    assert found.remarks == [
        "this is a copy for the public, made at 2026-12-01T00:00:00.000000Z; no events are"
        " withheld, and it takes no events"
    ]
