"""The file of confidential values: what a crash, damage, a copy or a second ledger does to it."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import answers
from ledger.audit import audit
from ledger.book import Book, create
from ledger.confidential import erase, erase_left_behind
from ledger.errors import FileTrouble
from tests.contents import held
from tests.facts import CASE, SECRET, fact, note, opened, remark


def copy_of(book: Book, name: str, tmp_path: Path) -> Book:
    """A copy of a ledger in the same folder, which shares its private.db."""
    with sqlite3.connect(tmp_path / name) as other:
        book.store.conn.backup(other)
    other.close()
    return Book(tmp_path / name)


def test_nothing_of_what_was_erased_stays_in_the_file(book: Book, tmp_path: Path) -> None:
    r = random.Random(7)
    words = [f"SECRET{number:03} " + "x" * r.randint(0, 500) for number in range(60)]
    notes = [note(text, confidential=["text"]) for text in words]
    book.append([opened(), *notes], by="clerk")
    left = list(range(2, 62))
    r.shuffle(left)
    while left:
        position = left.pop()
        erase(book, position, reason="asked", by="clerk")
        assert f"SECRET{position - 2:03}".encode() not in (tmp_path / "private.db").read_bytes()


def test_a_journal_that_a_crash_left_is_played_back(troubled: Book, tmp_path: Path) -> None:
    book = troubled
    book.append([opened(), remark()], by="clerk")
    ran = subprocess.run([sys.executable, "-c", CRASHED, tmp_path / "private.db"], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert (tmp_path / "private.db-journal").stat().st_size > 0
    assert audit(book).problems == []
    assert held(book) == [(2, "speaker")]


def test_a_file_of_something_else_holds_no_confidential_values(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(tmp_path / "other.db", "another")
    lot = [opened("x"), fact("note_added", "x", text="quiet words", confidential=["text"])]
    for name, words in (("other.db", "is not a file of conf"), ("ledger.db", "is the ledger")):
        monkeypatch.setenv("CASELEDGER_PRIVATE", str(tmp_path / name))
        with Book(book.store.path) as again, pytest.raises(FileTrouble, match=words):
            again.append(lot, by="clerk")
    with Book(tmp_path / "other.db") as other:
        assert other.check() == []


def test_copies_of_a_ledger_share_the_file_and_take_nothing_from_each_other(
    book: Book, tmp_path: Path
) -> None:
    book.append([opened(), remark()], by="clerk")
    with copy_of(book, "copy.db", tmp_path) as copy:
        copy.append([remark(speaker="Ford Prefect")], by="clerk")
        book.append([remark(speaker="Arthur Dent")], by="clerk")
        copy.append([remark(speaker="Marvin")], by="clerk")
        for one in (book, copy):
            assert audit(one).problems == []
        assert (len(held(book)), len(held(copy))) == (2, 3)


def test_the_same_events_in_two_ledgers_of_a_folder_keep_their_own_values(
    book: Book, tmp_path: Path
) -> None:
    lot = [opened(), remark()]
    create(tmp_path / "other.db", "another")
    with Book(tmp_path / "other.db") as other:
        for one in (book, other):
            one.append(lot, by="clerk")
        erase(other, 2, reason="r", by="clerk")
        for one in (book, other):
            assert audit(one).problems == []
        assert (held(book), held(other)) == ([(2, "speaker")], [])


def test_what_a_crash_left_behind_is_told_until_somebody_removes_it(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    seals = book.event_at(2).seals
    (left,) = book.private.values(seals.values()).values()
    book.private.put([left._replace(seal="0" * 64, event_id=opened().event_id)])
    (problem,) = audit(book).problems
    assert "holds 1 confidential values of events that this ledger never recorded" in problem.what
    assert "look with `verify` of every copy first" in problem.what
    assert erase_left_behind(book) == 1
    assert audit(book).problems == []
    assert [one.seal for one in book.private.all()] == [*seals.values()]


def test_a_value_whose_event_was_recorded_before_the_crash_stays(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    (kept,) = book.private.values(book.event_at(2).seals.values()).values()
    with sqlite3.connect(book.private.path) as conn:
        query = "select ledger_id from meta"
        (ledger_id,) = book.store.conn.execute(query).fetchone()
        conn.execute("update sealed_values set awaited = ?", (ledger_id,))
    conn.close()
    with Book(book.store.path) as next_one:
        next_one.append([note("an open one")], by="clerk")
    assert book.private.awaited() == []
    assert [*book.private.all()] == [kept]


CRASHED = """
import os, signal, sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("pragma cache_size = 1")
conn.execute("pragma cache_spill = 1")
conn.execute("begin immediate")
conn.execute("update sealed_values set event_id = 'spoilt'")
rows = [(f"{n:064}", "e", b"s", "x" * 4000) for n in range(200)]
conn.executemany("insert into sealed_values (seal, event_id, salt, value) values (?,?,?,?)", rows)
os.kill(os.getpid(), signal.SIGKILL)
"""

KILLED = """
import os, signal, sys
from ledger.book import Book
from ledger.private import Private
from ledger.sealing import Sealing
from tests.facts import remark

def die(*given):
    os.kill(os.getpid(), signal.SIGKILL)

def put_and_die(private, values, put=Private.put):
    put(private, values)
    die()

path, when = sys.argv[1:]
if when == "before":
    Private.put = die
elif when == "between":
    Private.put = put_and_die
else:
    Sealing.settle = die
with Book(path) as book:
    book.append([remark(speaker="Ford Prefect")], by="clerk")
"""


@pytest.mark.parametrize(
    ("when", "left", "recorded"), [("before", 0, 2), ("between", 1, 2), ("after", 0, 3)]
)
def test_a_kill_at_any_moment_leaves_no_event_without_its_value_and_no_value_for_good(
    book: Book, when: str, left: int, recorded: int
) -> None:
    book.append([opened(), remark()], by="clerk")
    ran = subprocess.run([sys.executable, "-c", KILLED, book.store.path, when], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert (book.store.size(), len(held(book))) == (recorded, recorded - 1)
    assert len(audit(book).problems) == left
    with Book(book.store.path) as next_one:
        next_one.append([note("an open one")], by="clerk")
        assert erase_left_behind(next_one) == left
    assert audit(book).problems == []
    assert (len(list(book.private.all())), book.private.awaited()) == (recorded - 1, [])


@pytest.fixture
def troubled(tmp_path: Path) -> Iterator[Book]:
    """A ledger that may be in trouble when the test is over."""
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        yield book


@pytest.mark.parametrize("kept", [0, 4096], ids=["no database", "a spoilt page"])
def test_a_damaged_file_is_told_in_a_sentence_and_leaves_open_cases_alone(
    troubled: Book, tmp_path: Path, kept: int
) -> None:
    book = troubled
    book.append([opened(), remark()], by="clerk")
    private = tmp_path / "private.db"
    private.write_bytes(private.read_bytes()[:kept] + b"\xff" * 8192)
    for ask in (
        lambda: audit(book),
        lambda: book.append([remark()], by="clerk"),
        lambda: erase(book, 2, reason="r", by="clerk"),
    ):
        with pytest.raises(FileTrouble, match=r"private\.db is damaged"):
            ask()
    book.append([opened("open"), fact("note_added", "open", text="x")], by="clerk")
    assert audit(book, private=False).problems == []


def test_a_lost_file_is_told_before_another_is_made(troubled: Book, tmp_path: Path) -> None:
    book = troubled
    book.append([opened(), remark()], by="clerk")
    (tmp_path / "private.db").unlink()
    with pytest.raises(FileTrouble, match=r"private\.db is not there"):
        book.append([remark()], by="clerk")
    with pytest.raises(FileTrouble, match=r"private\.db is not there"):
        book.append([opened("b"), fact("note_added", "b", text="x", confidential=["text"])], by="c")
    with (
        Book(book.store.path, read_only=True, private=True) as inside,
        pytest.raises(FileTrouble, match=r"private\.db is not there"),
    ):
        inside.case(CASE)
    (tmp_path / "private.db").touch()
    book.append([remark()], by="clerk")
    assert held(book) == [(3, "speaker")]


def test_a_backup_and_its_private_file_open_elsewhere(book: Book, tmp_path: Path) -> None:
    book.append([opened(), remark()], by="clerk")
    away = tmp_path / "away"
    away.mkdir()
    copy_of(book, "copy.db", tmp_path).close()
    shutil.move(tmp_path / "copy.db", away / "copy.db")
    shutil.copy(tmp_path / "private.db", away)
    with Book(away / "copy.db", read_only=True, private=True) as inside:
        assert answers.show(inside.case(CASE))["statements"][0]["speaker"] == SECRET
        assert audit(inside).problems == []
