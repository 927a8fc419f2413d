"""Appending and reading: what was acknowledged is there, whole, in order, and only once."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ledger import clock
from ledger.errors import FileTrouble, Malformed, Refused, VerificationFailed, VersionConflict
from ledger.seal import ENTRY_BYTES_MAX, canonical
from ledger.store import Entry, Store
from ledger.verify import verify
from tests.drafts import CASES, append, draft, new_ledger, uuid
from tests.histories import text_of


def at(monkeypatch: pytest.MonkeyPatch, instant: str) -> None:
    monkeypatch.setenv("CASELEDGER_NOW", instant)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with three cases and no event."""
    return new_ledger(tmp_path / "ledger.db")


def test_an_event_gets_its_place_in_the_ledger_and_in_its_case(store: Store) -> None:
    entries = append(store, draft(1), draft(2, "B"), draft(3), draft(4, "B"), draft(5))
    assert [(entry.position, entry.case_id, entry.version) for entry in entries] == [
        (1, "A", 1),
        (2, "B", 1),
        (3, "A", 2),
        (4, "B", 2),
        (5, "A", 3),
    ]


def test_what_was_appended_is_what_is_read(store: Store) -> None:
    full = draft(
        2,
        source="https://example.org/é?a=1",
        confidence="B",
        caused_by=uuid(1),
        corrects=uuid(1),
        data={"list": ("a", 1), "deep": {"b": [None, True]}},
        resolved={"due_on": "2022-12-19", "calendar": "FR 0.80"},
    )
    first, second = append(store, draft(1, occurred_on=None), full)
    assert second.data == {"list": ["a", 1], "deep": {"b": [None, True]}}
    assert (second.resolved, second.caused_by, second.corrects) == (
        full.resolved,
        full.caused_by,
        full.corrects,
    )
    assert (first.occurred_on, first.source, first.confidence) == (None, None, None)
    assert list(store.all()) == store.entries("A") == [first, second]
    assert store.at(2) == store.find(uuid(2)) == second
    assert len(bytes.fromhex(second.nonce)) == 16
    assert second.nonce != first.nonce


def test_the_entry_is_kept_apart_from_what_the_caller_goes_on_to_change(store: Store) -> None:
    data = {"text": "as it was said"}
    (entry,) = append(store, draft(1, data=data))
    data["text"] = "as it was changed"
    assert entry.data == {"text": "as it was said"}


def test_nothing_is_found_where_nothing_is(store: Store) -> None:
    assert (store.find(uuid(1)), store.at(1), store.entries("A")) == (None, None, [])
    assert (store.head("A"), store.size(), list(store.all()), list(store.by_case())) == (
        0,
        0,
        [],
        [],
    )


def test_a_position_beyond_all_numbers_is_no_event(store: Store) -> None:
    append(store, draft(1))
    assert store.at(10**30) is None
    assert list(store.all(10**30)) == []
    assert list(store.texts(10**30)) == []
    assert [case_id for case_id, _ in store.by_case(10**30)] == ["A"]


def test_what_cannot_be_written_cannot_be_asked_for(store: Store) -> None:
    """A terminal may hand over bytes that are no text; Python makes surrogates of them."""
    for ask in (store.find, store.entries, store.head):
        with pytest.raises(Malformed, match="is not Unicode"):
            ask("caf\udce9")
    with pytest.raises(Malformed, match="not Unicode"):
        append(store, draft(1, "caf\udce9"))


def test_cases_are_read_one_by_one_in_their_own_order(store: Store) -> None:
    append(store, draft(1, "C"), draft(2, "A"), draft(3, "C"), draft(4, "B"), draft(5, "A"))
    read = {case_id: [e.position for e in entries] for case_id, entries in store.by_case()}
    assert list(read.items()) == [("A", [2, 5]), ("B", [4]), ("C", [1, 3])]


def test_cases_can_be_read_as_they_were_known_at_a_position(store: Store) -> None:
    append(store, draft(1, "C"), draft(2, "A"), draft(3, "C"), draft(4, "B"), draft(5, "A"))
    read = [(case_id, [e.position for e in entries]) for case_id, entries in store.by_case(3)]
    assert read == [("A", [2]), ("C", [1, 3])]
    assert list(store.by_case(0)) == []


def test_the_ledger_can_be_read_from_any_position_on(store: Store) -> None:
    append(store, *map(draft, range(1, 6)))
    assert [entry.position for entry in store.all(4)] == [4, 5]
    assert [position for position, _ in store.texts(4)] == [4, 5]
    assert store.size() == store.head("A") == 5


def test_the_text_of_an_entry_is_what_the_record_holds(store: Store) -> None:
    append(store, draft(1, source="Délibération"), draft(2))
    assert [text for _, text in store.texts()] == [text_of(entry) for entry in store.all()]


def test_an_event_is_recorded_only_once(store: Store) -> None:
    append(store, draft(1))
    with pytest.raises(Refused, match="already recorded"):
        append(store, draft(1, "B"))
    assert store.size() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_on", "2022-02-30"),
        ("occurred_on", 2022),
        ("confidence", "E"),
        ("event_id", "1"),
        ("event_id", None),
        ("case_id", ""),
        ("type", "Note added"),
        ("schema_version", 0),
        ("schema_version", "1"),
        ("schema_version", True),
        ("recorded_by", ""),
        ("recorded_by", None),
        ("source", {"sealed": "x"}),
        ("source", 5),
        ("data", []),
        ("data", {"amount": 1.5}),
        ("data", {"text": "a\0b"}),
        ("data", {"text": "\ud800"}),
        ("data", {"number": 2**53}),
        ("resolved", None),
    ],
)
def test_a_malformed_event_is_refused_in_words_and_nothing_is_written(
    store: Store, field: str, value: Any
) -> None:
    with pytest.raises(Malformed) as refusal:
        append(store, draft(1), draft(2, **{field: value}))
    assert store.size() == 0
    assert "constraint" not in refusal.value.message.lower()


def test_an_event_that_is_too_long_is_refused_with_its_size_and_the_cure(store: Store) -> None:
    (entry,) = append(store, draft(1, data={"text": ""}))
    room = ENTRY_BYTES_MAX - len(text_of(entry))
    append(store, draft(2, data={"text": "x" * room}))
    with pytest.raises(Malformed, match=r"65,536 bytes, 65,535 are the most") as refusal:
        append(store, draft(3, data={"text": "x" * (room + 1)}))
    assert "SHA-256" in str(refusal.value.hint)
    # Bytes count, not characters.
    with pytest.raises(Malformed, match="bytes"):
        append(store, draft(3, data={"text": "é" * (room // 2 + 1)}))
    assert store.size() == 2


def test_recorded_at_is_the_clock_unless_the_clock_goes_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = []
    for number, now in enumerate(
        ["2026-11-24T10:00:00Z", "2026-11-24T09:00:00Z", "2026-11-24T12:00:00.5+01:00"], start=1
    ):
        at(monkeypatch, now)
        recorded.append((append(store, draft(number))[0].recorded_at, store.clock_raised))
    assert recorded == [
        ("2026-11-24T10:00:00.000000Z", False),
        ("2026-11-24T10:00:00.000000Z", True),
        ("2026-11-24T11:00:00.500000Z", False),
    ]


def test_the_position_known_at_an_instant_is_the_last_one_recorded_by_then(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = [1, 2, 2, 2, 5, 8, 8]
    for number, hour in enumerate(hours, start=1):
        at(monkeypatch, f"2026-11-24T{hour:02}:00:00Z")
        append(store, draft(number))
    known = [store.position_at(f"2026-11-24T{hour:02}:00:00Z") for hour in range(10)]
    assert known == [sum(1 for each in hours if each <= hour) for hour in range(10)]
    assert store.position_at("2026-11-24T01:59:59.999999Z") == 1
    assert store.position_at("2026-11-24T06:00:00+01:00") == 5


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-24", "2026-11-24T10:00:00", "7"])
def test_what_is_no_instant_is_refused(store: Store, text: str) -> None:
    with pytest.raises(Malformed, match="is not an instant"):
        store.position_at(text)


def test_the_clock_tells_utc_to_the_microsecond() -> None:
    now = clock.utc_now()
    assert clock.instant(now) == now
    assert len(now) == 27
    assert now.endswith("Z")
    assert clock.today() >= now[:10]


@pytest.mark.parametrize("text", ["now", "2026-11-24", "0001-01-01T00:00:00+14:00"])
def test_a_clock_that_was_stopped_at_no_instant_does_not_run(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    at(monkeypatch, text)
    with pytest.raises(ValueError, match="is not an instant"):
        clock.utc_now()


def test_a_ledger_restored_from_its_entries_has_the_same_root(store: Store, tmp_path: Path) -> None:
    append(store, draft(1, "A", source="é"), draft(2, "B"), draft(3, "A"))
    new_ledger(tmp_path / "restored.db")
    with Store(tmp_path / "restored.db") as other:
        with other.writing():
            restored = [other.restore(text) for _, text in store.texts()]
        assert restored == list(store.all()) == list(other.all())
        assert verify(other).checkpoint == verify(store).checkpoint


def forged(entry: Entry, **fields: object) -> str:
    return canonical(orjson.loads(text_of(entry)) | fields)


def test_an_entry_is_restored_only_where_it_stood(store: Store, tmp_path: Path) -> None:
    first, second, third = append(store, draft(1), draft(2), draft(3))
    new_ledger(tmp_path / "restored.db")
    with Store(tmp_path / "restored.db") as other:
        with pytest.raises(VersionConflict) as conflict, other.writing():
            other.restore(text_of(second))
        assert conflict.value.facts == {"expected": 1, "actual": 2}
        with other.writing():
            other.restore(text_of(first))
        with pytest.raises(VersionConflict), other.writing():
            other.restore(text_of(third))
        with pytest.raises(VersionConflict), other.writing():
            other.restore(text_of(first))
        with pytest.raises(Refused, match="already recorded"), other.writing():
            other.restore(forged(second, event_id=first.event_id))
        with pytest.raises(Refused, match="recorded_at"), other.writing():
            other.restore(forged(second, recorded_at="2000-01-01T00:00:00.000000Z"))
        assert list(other.all()) == [first]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + " ",
        lambda text: text.replace('"version":1', '"version":1,"version":1'),
        lambda text: text.replace('"version":1', '"version":1.0'),
        lambda text: text.replace('"version":1', '"version":true'),
        lambda text: text.replace('"version":1', '"version": 1'),
        lambda text: text.replace('"source":null,', ""),
        lambda text: text.replace('{"case_id"', '{"added":1,"case_id"'),
        lambda text: text.replace('"case_id":"A"', '"case_id":1'),
        lambda text: text.replace('"case_id":"A"', '"case_id":["A"]'),
        lambda text: text.replace('"source":null', '"source":"\\u0000"'),
        lambda text: text.replace("note 1", "\ud800"),
        lambda text: "[]",
        lambda text: "",
        lambda text: "a fine",
    ],
)
def test_what_is_not_an_entry_to_the_byte_is_not_restored(store: Store, spoil: Any) -> None:
    with store.writing():
        text = text_of(store.append(draft(1)))
        store.conn.execute("rollback")
        store.conn.execute("begin immediate")
    with pytest.raises(Malformed), store.writing():
        store.restore(spoil(text))
    assert store.size() == 0


@pytest.mark.parametrize("spoilt", [b"note\xff2", b'note"2', b"note\x002"])
def test_an_entry_that_cannot_be_read_is_named(path: Path, spoilt: bytes) -> None:
    with Store(path) as store:
        append(store, draft(1), draft(2), draft(3))
    path.write_bytes(path.read_bytes().replace(b"note 2", spoilt))
    with Store(path, read_only=True) as store:
        for reading in (store.all, lambda: store.entries("A"), store.by_case):
            with pytest.raises(VerificationFailed, match="position 2 cannot be read"):
                list(reading())
        assert store.at(1) is not None


def test_an_entry_that_lacks_a_field_is_named(path: Path) -> None:
    with Store(path) as store:
        append(store, draft(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as tampering:
        tampering.execute("pragma ignore_check_constraints = on")
        tampering.execute("drop trigger events_are_never_changed")
        for entry in ('{"case_id":"A"}', "[]", "7"):
            tampering.execute("update events set entry = ?", (entry,))
            unreadable = pytest.raises(VerificationFailed, match="position 1 cannot be read")
            with Store(path, read_only=True) as store, unreadable:
                store.at(1)


def test_text_that_is_no_text_is_told_as_damage(path: Path) -> None:
    with Store(path) as store:
        append(store, draft(1))
    path.write_bytes(path.read_bytes().replace(b"note 1", b"note\xff1"))
    with Store(path, read_only=True) as store, pytest.raises(FileTrouble, match="is damaged"):
        list(store.texts())


def test_pages_that_are_spoilt_are_told_as_damage(path: Path) -> None:
    """Halfway through, after events that could be read."""
    with Store(path) as store:
        append(store, *(draft(number, data={"text": "x" * 900}) for number in range(1, 41)))
    content = bytearray(path.read_bytes())
    last = content.rindex(b'"event_id":"' + uuid(40).encode()) // 4096 * 4096
    content[last : last + 8] = b"\xa5" * 8
    path.write_bytes(content)
    with Store(path, read_only=True) as store, pytest.raises(FileTrouble, match="is damaged"):
        list(store.all())
    with Store(path, read_only=True) as store:
        assert store.at(1) is not None


@settings(max_examples=50)
@given(
    some.lists(
        some.tuples(
            some.sampled_from(CASES),
            some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        ),
        max_size=12,
    )
)
def test_every_history_is_read_as_it_was_told(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, str]]
) -> None:
    path = new_ledger(tmp_path_factory.mktemp("history") / "ledger.db")
    with Store(path) as store:
        entries = append(
            store,
            *(
                draft(number, case_id, source=text, data={"text": text})
                for number, (case_id, text) in enumerate(told, start=1)
            ),
        )
        assert list(store.all()) == entries
        assert [(entry.case_id, entry.source, entry.data["text"]) for entry in entries] == [
            (case_id, text, text) for case_id, text in told
        ]
        by_case = dict(store.by_case())
        assert by_case == {case_id: store.entries(case_id) for case_id in by_case}
        assert sum(map(len, by_case.values())) == len(told)
        assert verify(store).problems == []
    for file in path.parent.iterdir():
        os.unlink(file)
