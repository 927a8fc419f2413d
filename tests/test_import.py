"""Import of lines of JSON and of case files: what is recorded, once and whole, and restored."""

import json
import signal
import sqlite3
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import exports, importers, printing
from ledger.book import Book, create
from ledger.door import imported_id, proposed
from ledger.errors import FileTrouble, Malformed, Refused
from ledger.importers import import_file, restore_file
from ledger.spool import Spool
from ledger.verify import verify
from tests.importing import event, fined, written

ROOT = Path(__file__).resolve().parent.parent


def test_lines_of_json_become_events(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", fined("one") + fined("two"))
    report = import_file(book, path, by="me")
    assert (report.cases, report.events, report.known, report.refused) == (2, 6, 0, 0)
    assert report.by_type == {"case_opened": 2, "fine_imposed": 2, "payment_received": 2}
    assert report.first[0] == "one: A opened the case: T"
    assert book.case("two").fines("F1")[0].balance_minor == 6000


def test_the_same_file_twice_adds_nothing(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", fined("one"))
    import_file(book, path, by="me")
    report = import_file(book, path, by="somebody else")
    assert (report.events, report.known, report.refused) == (0, 3, 0)
    assert book.store.size() == 3


def test_a_stream_is_read_like_a_file(book: Book) -> None:
    text = "".join(json.dumps(one) + "\n" for one in fined("one"))
    report = import_file(book, BytesIO(text.encode()), by="me")
    assert (report.file, report.events) == ("stdin", 3)


def test_a_dry_run_says_what_would_come_and_records_nothing(book: Book, tmp_path: Path) -> None:
    over = event("one", "payment_received", "q", fine="F1", amount="90 EUR")
    path = written(tmp_path / "x.jsonl", [*fined("one"), over])
    report = import_file(book, path, by="me", dry_run=True)
    assert (report.events, dict(report.oddities)) == (4, {"payment_over_balance": 1})
    assert not report.is_recorded
    assert book.store.size() == 0


def test_what_is_odd_is_admitted_and_counted_but_refused_when_strict(
    book: Book, tmp_path: Path
) -> None:
    early = event("one", "payment_received", "p", fine="F9", amount="1 EUR")
    path = written(tmp_path / "x.jsonl", [fined("one")[0], early])
    strict = import_file(book, path, by="me", strict=True)
    assert (strict.was_refused, strict.refusals[0].line) == (True, 1)
    assert book.store.size() == 0
    report = import_file(book, path, by="me")
    assert dict(report.oddities) == {"fine_unknown": 1}
    assert book.store.size() == 2


def test_a_case_may_be_opened_further_down_in_its_file_or_by_another_file(
    book: Book, tmp_path: Path
) -> None:
    opened, *rest = fined("one")
    report = import_file(book, written(tmp_path / "x.jsonl", [*rest, opened]), by="me")
    assert dict(report.oddities) == {}
    opened, *rest = fined("two")
    report = import_file(book, written(tmp_path / "y.jsonl", rest), by="me")
    assert dict(report.oddities) == {"case_not_opened": 1}
    import_file(book, written(tmp_path / "z.jsonl", [opened]), by="me")
    assert book.store.conn.execute("select count(*) from anomalies").fetchone() == (0,)


def test_an_import_that_fills_the_disk_says_what_is_recorded_and_is_completed_later(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importers, "BATCH_EVENTS", 60)
    many = written(tmp_path / "x.jsonl", [one for n in range(100) for one in fined(f"c{n}")])
    (pages,) = book.store.conn.execute("pragma page_count").fetchone()
    book.store.conn.execute(f"pragma max_page_count = {pages + 1}")
    with pytest.raises(FileTrouble, match=r"no room left on the disk.*; nothing was changed$"):
        import_file(book, many, by="me")
    assert book.store.size() == 0
    book.store.conn.execute(f"pragma max_page_count = {pages + 150}")
    with pytest.raises(FileTrouble, match="no room left on the disk") as told:
        import_file(book, many, by="me")
    assert 0 < (kept := book.store.size()) < 300
    assert f"recorded ({kept} of 300 events of the file)" in told.value.message
    book.store.conn.execute("pragma max_page_count = 1000000")
    assert import_file(book, many, by="me").events == 300 - kept


def test_a_full_disk_of_the_temporary_files_is_told_as_such(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(Spool, "add", full)
    with pytest.raises(FileTrouble, match="no room left on the disk for temporary files"):
        import_file(book, written(tmp_path / "x.jsonl", fined("a")), by="me")


def test_cases_that_are_mixed_in_the_file_are_recorded_whole(book: Book, tmp_path: Path) -> None:
    one, two = fined("one"), fined("two")
    mixed = [two[0], one[0], one[1], two[1], one[2], two[2]]
    import_file(book, written(tmp_path / "x.jsonl", mixed), by="me")
    assert [entry.case_id for entry in book.store.all()] == ["two"] * 3 + ["one"] * 3


def test_others_get_their_turn_between_batches(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importers, "BATCH_EVENTS", 3)
    seen: list[int] = []

    def look(stage: str, done: int, total: int | None) -> None:
        if stage == "write":
            with Book(book.store.path, wait_seconds=0) as other, other.writing():
                seen.append(other.store.size())

    path = written(tmp_path / "x.jsonl", [one for n in range(3) for one in fined(f"c{n}")])
    import_file(book, path, by="me", progress=look)
    assert seen == [3, 6, 9]


CHILD = """
import sys
from pathlib import Path
from ledger import importers
from ledger.book import Book
importers.BATCH_EVENTS = 6
def tell(stage, done, total):
    print(stage, done, flush=True)
    if stage == "write" and done >= 30:
        sys.stdin.read()
with Book(sys.argv[1]) as book:
    importers.import_file(book, Path(sys.argv[2]), by="me", progress=tell)
"""


def test_killed_in_the_middle_it_leaves_a_sound_ledger_and_completes_when_run_again(
    tmp_path: Path,
) -> None:
    create(tmp_path / "ledger.db", "a test")
    path = written(tmp_path / "x.jsonl", [one for n in range(20) for one in fined(f"c{n:02d}")])
    command = [sys.executable, "-c", CHILD, str(tmp_path / "ledger.db"), str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        assert any(line == "write 30\n" for line in child.stdout)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    with Book(tmp_path / "ledger.db") as book:
        assert book.store.size() == 30
        assert verify(book.store).problems == []
        assert book.check() == []
        report = import_file(book, path, by="me")
        assert (report.events, report.known) == (30, 30)
        assert book.check() == []


CASE_FILE = """
case: shop
events:
  - {type: case_opened, id: opened, title: Shop, authority: A, occurred_on: 2020-01-01}
expect:
  - that: {cases.title: %s}
"""


def test_a_case_file_must_come_to_what_it_expects(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "shop.yml"
    path.write_text(CASE_FILE % "Shoe")
    with pytest.raises(Refused, match="should be Shoe"):
        import_file(book, path, by="me")
    assert book.store.size() == 0
    report = import_file(book, path, by="me", expect=False)
    assert (report.events, report.known, report.is_recorded) == (1, 0, True)
    path.write_text(CASE_FILE % "Shop")
    assert import_file(book, path, by="me").known == 1


def test_a_restored_ledger_has_the_same_entries_and_root(book: Book, tmp_path: Path) -> None:
    import_file(book, written(tmp_path / "x.jsonl", fined("one") + fined("two")), by="me")
    export = tmp_path / "export.jsonl"
    export.write_text("".join(exports.events(book)))
    create(tmp_path / "new.db", "another")
    with Book(tmp_path / "new.db") as new:
        restored = restore_file(new, export)
        assert (restored.entries, restored.cases) == (6, 2)
        assert restored.root == verify(book.store).root.hex()
        assert list(new.store.texts()) == list(book.store.texts())
        assert new.check() == []
        with pytest.raises(Refused, match="holds events already"):
            restore_file(new, export)


def test_of_a_damaged_export_nothing_is_restored(book: Book, tmp_path: Path) -> None:
    import_file(book, written(tmp_path / "x.jsonl", fined("one")), by="me")
    lines = list(exports.events(book))
    lines[2] = lines[2].replace("40 EUR", "41  EUR").replace('"type"', '"typ"')
    export = tmp_path / "export.jsonl"
    export.write_text("".join(lines))
    create(tmp_path / "new.db", "another")
    with Book(tmp_path / "new.db") as new:
        with pytest.raises(Malformed, match="not an entry"):
            restore_file(new, export)
        assert new.store.size() == 0


def test_an_export_imported_elsewhere_is_the_same_events_recorded_anew(
    book: Book, tmp_path: Path
) -> None:
    import_file(book, written(tmp_path / "x.jsonl", fined("one")), by="me")
    export = tmp_path / "export.jsonl"
    export.write_text("".join(exports.events(book)))
    create(tmp_path / "new.db", "another")
    with Book(tmp_path / "new.db") as new:
        import_file(new, export, by="her")
        old = [(e.event_id, e.type, e.data) for e in book.store.all()]
        assert [(e.event_id, e.type, e.data) for e in new.store.all()] == old
        assert {entry.recorded_by for entry in new.store.all()} == {"her"}
        assert old[0][0] == imported_id("one", "case_opened", "o")


names = st.sampled_from(
    ["case_id", "type", "event_id", "id", "occurred_on", "target", "data", "text", "amount", "fine"]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["a", "note_added", "fine_imposed", "event_corrected", "1 EUR", "2020-01-01"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)
lines = st.one_of(
    st.binary(max_size=30),
    values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(names, values, max_size=7).map(lambda value: json.dumps(value).encode()),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(found=st.lists(lines, max_size=6))
def test_whatever_stands_in_a_file_it_is_recorded_whole_or_not_at_all(
    tmp_path: Path, found: list[bytes]
) -> None:
    path = tmp_path / "any.db"
    for name in tmp_path.iterdir():
        name.unlink()
    create(path, "a test")
    source = tmp_path / "any.jsonl"
    source.write_bytes(b"\n".join(found))
    with Book(path) as book:
        report = import_file(book, source, by="me")
        assert book.store.size() == (0 if report.was_refused else report.events)
        assert book.check() == []
    with sqlite3.connect(path) as conn:
        assert conn.execute("pragma foreign_key_check").fetchall() == []


EXPECTING = """
case: c
events:
  - {type: case_opened, id: o, title: T, authority: A}
  - {type: fine_imposed, id: f, respondent: X, amount: 100 EUR, fine: F1, occurred_on: 2020-01-01}
expect:
  - that: {fines.F1.balance: 100 EUR}
"""


def test_a_file_is_not_refused_for_what_it_cannot_know(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "c.yml"
    file.write_text(EXPECTING)
    assert import_file(book, file, by="me").unmet == []
    paid = proposed("c", "payment_received", {"fine": "F1", "amount": "40 EUR"})
    book.append([paid], by="me")
    report = import_file(book, file, by="me")
    assert (report.known, report.exit_code) == (2, 0)
    assert "100 EUR" in report.unmet[0]
    assert any("knows more of the case" in line for line in printing.imported(report))


def test_a_file_is_refused_for_what_its_own_events_do_not_come_to(
    book: Book, tmp_path: Path
) -> None:
    file = tmp_path / "c.yml"
    file.write_text(EXPECTING.replace("balance: 100 EUR", "balance: 90 EUR"))
    with pytest.raises(Refused, match="does not come to what its file expects"):
        import_file(book, file, by="me")
    assert book.store.size() == 0
