"""Whoever changes the file behind the record's back is found out, and the place is named."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from ledger import verify as verification
from ledger.errors import FileTrouble, Malformed
from ledger.printing import counted
from ledger.schema import create
from ledger.seal import canonical, leaf_hash, root
from ledger.store import Draft, Store
from ledger.verify import Report, parse_checkpoint, verify
from tests.tampering import (
    entry_texts,
    five_events,
    forge,
    positions,
    report,
    tamper,
    without_rules,
    words,
)

FORGED: dict[str, Any] = {
    "event_id": str(UUID(int=99)),
    "case_id": "C",
    "version": 9,
    "type": "fine_annulled",
    "schema_version": 2,
    "occurred_on": "2021-01-01",
    "recorded_at": "2026-11-24T10:00:00.000001Z",
    "recorded_by": "somebody else",
    "source": None,
    "confidence": "D",
    "caused_by": str(UUID(int=98)),
    "corrects": str(UUID(int=97)),
    "leaf_hash": b"x" * 32,
}
"""For every column, something else than what stands in the third event."""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return five_events(tmp_path / "ledger.db", monkeypatch)


def test_an_untouched_ledger_is_found_in_order(path: Path) -> None:
    found = report(path)
    assert found.problems == []
    assert found.count == 5
    assert found.root == root(map(leaf_hash, entry_texts(path)))
    assert found.checkpoint == f"5:{found.root.hex()}"


def test_an_empty_ledger_is_found_in_order(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "Test register")
    found = report(tmp_path / "ledger.db", (0, hashlib.sha256(b"").digest()))
    assert (found.count, found.problems) == (0, [])
    assert positions(tmp_path / "ledger.db", (0, b"x" * 32)) == [None]


@pytest.mark.parametrize("size", range(6))
def test_a_ledger_that_has_grown_still_has_every_earlier_root(path: Path, size: int) -> None:
    earlier = root(map(leaf_hash, entry_texts(path)[:size]))
    assert report(path, (size, earlier)).problems == []
    later = root(map(leaf_hash, entry_texts(path)[: (size + 1) % 6]))
    assert words(path, (size, later)) == [
        f"the first {size} entries are not those of the earlier root"
    ]


@pytest.mark.parametrize("column", FORGED)
def test_any_column_that_was_changed_is_named_with_its_place(path: Path, column: str) -> None:
    tamper(path, f"update events set {column} = ? where position = 3", values=(FORGED[column],))
    found = report(path)
    assert [problem.position for problem in found.problems] == [3]
    assert ("fingerprint" if column == "leaf_hash" else column) in found.problems[0].what


def test_any_byte_changed_in_the_file_is_found_at_its_place(path: Path) -> None:
    """Without SQLite, so that no rule and no index takes notice."""
    content, entry = path.read_bytes(), entry_texts(path)[2].encode()
    assert content.count(entry) == 1
    start = content.index(entry)
    for offset in range(start, start + len(entry)):
        for byte in {content[offset] ^ 1, 0xFF if offset % 8 else 0x00}:
            path.write_bytes(content[:offset] + bytes([byte]) + content[offset + 1 :])
            # What is wrong with the third may make the fifth, of the same case, look wrong too.
            assert positions(path)[0] == 3


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        ((1,), "this event is missing"),
        ((3,), "this event is missing"),
        ((2, 3, 4), "the events 2 to 4 are missing"),
    ],
)
def test_an_event_that_was_removed_is_missed_at_its_place(
    path: Path, missing: tuple[int, ...], what: str
) -> None:
    places = ", ".join(map(str, missing))
    tamper(path, f"delete from events where position in ({places})")
    found = report(path)
    assert (missing[0], what) in found.problems
    assert found.count == 5 - len(missing)


def test_events_that_were_moved_up_to_hide_a_gap_are_found(path: Path) -> None:
    tamper(
        path,
        "delete from events where position = 3",
        "update events set position = position - 1 where position > 3",
    )
    assert (4, "it is not the next event of case 'A': number 3") in report(path).problems


def test_events_that_changed_places_are_found(path: Path) -> None:
    tamper(
        path,
        "update events set position = -1 where position = 1",
        "update events set position = 1 where position = 3",
        "update events set position = 3 where position = -1",
    )
    assert positions(path) == [1, 3, 5]


def test_an_event_at_an_impossible_position_is_found(path: Path) -> None:
    tamper(path, "update events set position = -7 where position = 1")
    assert (-7, "this position is taken twice or is no position") in report(path).problems
    tamper(path, f"update events set position = {2**63 - 1} where position = -7")
    assert (1, "this event is missing") in report(path).problems


def test_a_tail_that_was_cut_off_is_found_only_by_an_earlier_root(path: Path) -> None:
    before = report(path)
    tamper(path, "delete from events where position > 3")
    assert report(path).problems == []
    assert words(path, (before.count, before.root)) == [
        "the earlier root is of 5 entries; 3 are left"
    ]


def test_a_forgery_without_a_fault_is_found_only_by_an_earlier_root(path: Path) -> None:
    before = report(path)
    forge(path, 3, entry_texts(path)[2].replace("note 3", "note 8"))
    assert report(path).problems == []
    assert words(path, (5, before.root)) == [
        "the first 5 entries are not those of the earlier root"
    ]
    early = root(map(leaf_hash, entry_texts(path)[:2]))
    assert report(path, (2, early)).problems == []


def test_an_old_backup_in_place_of_the_ledger_is_found_by_an_earlier_root(path: Path) -> None:
    old = path.read_bytes()
    with Store(path) as store:
        with store.writing():
            store.append(Draft(str(UUID(int=6)), "A", "note_added", 1, None, "clerk"))
        newest = verify(store)
    path.write_bytes(old)
    assert report(path).problems == []
    assert positions(path, (newest.count, newest.root)) == [None]


def test_an_instant_that_goes_back_is_found(path: Path) -> None:
    text = entry_texts(path)[2].replace("2026-11-24T10", "2026-11-23T10")
    forge(path, 3, text)
    assert report(path).problems == [(3, "it was recorded before the event that stands before it")]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('"version":', '"version":7,"version":'),
        lambda text: text.replace('"text":', '"text":"another","text":'),
        lambda text: text.replace('"data":{', '"data":{"share":1.5,'),
        lambda text: text.replace('"data":{', '"data":{"n":9007199254740993,'),
        lambda text: text.replace('"data":{', r'"data":{"n":"\u0000",'),
        lambda text: text.replace('"data":{', r'"data":{"n":"\ud800",'),
        lambda text: text.replace("é", r"\u00e9"),
        lambda text: text.replace(",", ", ", 1),
        lambda text: text.replace('{"case_id"', '{"added":1,"case_id"'),
        lambda text: text.replace('"source":"Délibération",', ""),
        lambda text: text.replace('"data":{"text":"note 3"}', '"data":[]'),
        lambda text: text.replace('"data":{', '"data":{"deep":' + "[" * 500 + "]" * 500 + ","),
        lambda text: "[]",
        lambda text: "7",
    ],
)
def test_an_entry_that_the_record_would_not_write_so_is_found(path: Path, spoil: Any) -> None:
    """Its fingerprint agrees with its bytes, and some readers would take it for the same event."""
    before = entry_texts(path)[2]
    text = spoil(before)
    assert text != before
    tamper(
        path,
        "update events set entry = ?, leaf_hash = ? where position = 3",
        values=(text, leaf_hash(text)),
    )
    assert (3, "its entry is not in the one form that the record writes") in report(path).problems


def test_text_that_is_no_text_is_found(path: Path) -> None:
    tamper(path, "update events set source = cast(x'ff00fe' as text) where position = 2")
    assert positions(path) == [2]
    content = path.read_bytes()
    path.write_bytes(
        content.replace(
            '"source":"Délibération"'.encode(), b'"source":"D\xff\xfelib\xc3\xa9ration"'
        )
    )
    assert set(positions(path)) == {1, 2, 3, 4, 5}


def test_an_entry_beyond_the_greatest_length_is_found(path: Path) -> None:
    fields = orjson.loads(entry_texts(path)[4])
    forge(path, 5, canonical(fields | {"data": {"text": "x" * 65_535}}))
    assert report(path).problems == [(5, "its entry is longer than 65,535 bytes")]


def test_a_name_that_was_sealed_leaves_its_column_to_a_role(path: Path) -> None:
    fields = orjson.loads(entry_texts(path)[4]) | {"recorded_by": {"sealed": "0" * 64}}
    fields["resolved"]["role"] = "inspector"
    text = canonical(fields)
    change = "update events set entry = ?, leaf_hash = ?, {} = 'inspector' where position = 5"
    tamper(path, change.format("recorded_by"), values=(text, leaf_hash(text)))
    assert report(path).problems == []
    tamper(path, change.format("source"), values=(text, leaf_hash(text)))
    assert positions(path) == [5]


def withhold(path: Path, *places: int) -> None:
    """Makes of a ledger a public copy that does not show some events."""
    published(path)
    leave_out(path, *places)


def published(path: Path) -> None:
    """Makes of a ledger a copy for the public, as any client can."""
    tamper(path, "insert into settings values ('published_at', '2026-12-01T00:00:00.000000Z')")


def leave_out(path: Path, *places: int) -> None:
    """Puts fingerprints in the place of events."""
    leaves = [leaf_hash(text) for text in entry_texts(path)]
    for place in places:
        tamper(
            path,
            f"insert into withheld values ({place}, x'{leaves[place - 1].hex()}')",
            f"delete from events where position = {place}",
        )


def test_a_public_copy_has_the_root_of_the_ledger(path: Path) -> None:
    before = report(path)
    withhold(path, 2, 3)
    found = report(path, (5, before.root))
    assert (found.count, found.root, found.problems) == (before.count, before.root, [])


def test_only_a_copy_for_the_public_withholds_events(path: Path) -> None:
    before = report(path)
    leave_out(path, 2, 3)
    found = report(path, (5, before.root))
    what = "this event is withheld, and the ledger is no copy for the public"
    assert found.problems == [(2, what), (3, what)]
    without_rules(path, "insert into withheld values (6, zeroblob(32))")
    assert positions(path) == [2, 3, 6]
    without_rules(path, "drop table settings")
    assert [place for place in positions(path) if place] == [2, 3, 6]


@pytest.mark.parametrize(
    ("places", "told"), [((), "no events are"), ((2,), "1 event is"), ((2, 3), "2 events are")]
)
def test_a_copy_for_the_public_is_called_one(path: Path, places: tuple[int], told: str) -> None:
    assert report(path).remarks == []
    withhold(path, *places)
    found = report(path)
    told_openly = (
        f"this is a copy for the public, made at 2026-12-01T00:00:00.000000Z; {told} withheld,"
        " and it takes no events"
    )
    assert (found.remarks, found.problems) == ([told_openly], [])


def test_a_withheld_event_cannot_be_another(path: Path) -> None:
    before = report(path)
    withhold(path, 2)
    for forged in ("zeroblob(32)", "x''"):
        tamper(path, f"update withheld set leaf_hash = {forged}")
        assert positions(path, (5, before.root)) == [None]


def test_an_event_cannot_be_both_shown_and_withheld(path: Path) -> None:
    published(path)
    tamper(path, "insert into withheld values (3, zeroblob(32))")
    assert positions(path) == [3]


def test_a_case_has_no_more_gaps_than_events_are_withheld(path: Path) -> None:
    withhold(path, 3)
    text = entry_texts(path)[3]
    forge(path, 5, text.replace('"version":3', '"version":4'))
    assert (5, "it is not the next event of case 'A': number 4") in report(path).problems


def test_a_file_whose_pages_are_spoilt_is_looked_at_without_a_fall(path: Path) -> None:
    """Found damaged, found tampered with or found the same: never anything else."""
    content = path.read_bytes()
    expected = report(path)
    for offset in range(0, len(content), 4096):
        for spoilt_from in (offset + 8, offset + 100, offset + 4000):
            spoilt = content[:spoilt_from] + b"\xa5" * 64 + content[spoilt_from + 64 :]
            path.write_bytes(spoilt)
            try:
                found = report(path, (expected.count, expected.root))
            except FileTrouble:
                continue
            assert found.problems or (found.count, found.root) == (expected.count, expected.root)


def test_of_very_many_problems_only_some_are_listed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "PROBLEMS_MAX", 3)
    tamper(path, "update events set source = 'x'")
    found = report(path).problems
    assert [problem.position for problem in found] == [1, 2, 3, None]
    assert found[-1].what == "2 more problems are not listed"


def test_an_earlier_root_is_read_as_it_was_printed(path: Path) -> None:
    found = report(path)
    assert parse_checkpoint(found.checkpoint) == (5, found.root)
    assert parse_checkpoint(f" {found.checkpoint.upper()}\n") == (5, found.root)
    assert parse_checkpoint(f" {counted(found)}\n") == (5, found.root)
    for count in (0, 1, 999, 1_000, 407_255, 1_234_567):
        report_ = Report(count, found.root, [])
        assert parse_checkpoint(counted(report_)) == (count, found.root)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "5:",
        f":{'0' * 64}",
        f"5:{'0' * 63}",
        f"5:{'0' * 65}",
        f"-5:{'0' * 64}",
        f"05:{'0' * 64}",
        f"5:{'g' * 64}",
        f"\u0665:{'0' * 64}",
        f"{'9' * 30}:{'0' * 64}",
        f"5 {'0' * 64}",
        f"5 events root {'0' * 64}",
        f"5,0 events, root {'0' * 64}",
    ],
)
def test_what_is_no_earlier_root_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="is not SIZE:ROOT"):
        parse_checkpoint(text)
