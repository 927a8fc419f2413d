"""Entries that no ledger wrote: `verify` tells them, `restore` refuses them, neither falls."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.audit import audit
from ledger.book import Book, create
from ledger.door import proposed
from ledger.errors import VerificationFailed
from ledger.seal import canonical, leaf_hash
from tests.sessions import Run

EVENTS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("case_opened", {"title": "T", "authority": "CNIL", "occurred_on": "2021-01-01"}, []),
    ("order_issued", {"item": ["stop"], "within": "P2M", "occurred_on": "2021-11-26"}, []),
    ("fine_imposed", {"respondent": "X", "amount": "5 EUR", "occurred_on": "2022-01-01"}, []),
    ("statement_made", {"speaker": "Jo", "text": "so be it"}, ["speaker"]),
    ("note_added", {"text": "between us"}, ["all"]),
    ("payment_received", {"fine": "F1", "amount": "1 EUR", "occurred_on": "2022-02-01"}, []),
]
ORDER, FINE, STATEMENT, SECRET, PAYMENT = 2, 3, 4, 5, 6

FORGED: list[tuple[int, Callable[[dict[str, Any]], Any]]] = [
    (FINE, lambda one: one["resolved"].update(refs=5)),
    (FINE, lambda one: one["resolved"].update(refs={"fine": 5})),
    (ORDER, lambda one: one["resolved"].update(due=[1])),
    (ORDER, lambda one: one["resolved"].update(due={})),
    (ORDER, lambda one: one["resolved"].update(due=[{}])),
    (ORDER, lambda one: one["resolved"]["due"][0].pop("due_on")),
    (FINE, lambda one: one["resolved"].update(digits="x")),
    (FINE, lambda one: one["resolved"].update(digits={})),
    (FINE, lambda one: one["resolved"].update(digits={"EUR": -1})),
    (FINE, lambda one: one["resolved"].update(digits={"EUR": 10**15})),
    (PAYMENT, lambda one: one["resolved"].update(digits={"EUR": "2"})),
    (PAYMENT, lambda one: one["resolved"].update(occurred_on=7)),
    (PAYMENT, lambda one: one["resolved"].update(sealed="abc")),
    (PAYMENT, lambda one: one["resolved"].update(sealed=["data"])),
    (PAYMENT, lambda one: one["resolved"].update(sealed=["amount"])),
    (PAYMENT, lambda one: one["resolved"].update(sealed=["changes.amount"])),
    (PAYMENT, lambda one: one["resolved"].update(sealed=[["data"]])),
    (PAYMENT, lambda one: one["resolved"].update(sealed=[""])),
    (STATEMENT, lambda one: one["resolved"].pop("sealed")),
    (STATEMENT, lambda one: one["data"].update(speaker={"sealed": "x"})),
    (STATEMENT, lambda one: one["data"].update(speaker={})),
    (SECRET, lambda one: one["data"].clear()),
    (SECRET, lambda one: one["data"].update(sealed=7)),
    (PAYMENT, lambda one: one.update(recorded_by={"sealed": "0" * 64})),
    (PAYMENT, lambda one: one["resolved"].update(role=5)),
    (PAYMENT, lambda one: one["data"].update(amount="some EUR")),
    (PAYMENT, lambda one: one["data"].clear()),
    (PAYMENT, lambda one: one.update(data={"fine": {"deep": []}, "amount": []})),
    (PAYMENT, lambda one: one.update(type="payment_lost")),
    (PAYMENT, lambda one: one.update(schema_version=99)),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    create(path, "a test")
    with Book(path) as book:
        case = [
            proposed("c", type_name, fields, confidential=sealed)
            for type_name, fields, sealed in EVENTS
        ]
        book.append(case, by="clerk")
    return path


def forge(path: Path, position: int, change: Callable[[dict[str, Any]], Any]) -> None:
    """Put another entry in the place of one, with a fingerprint that agrees with it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        query = "select entry from events where position = ?"
        fields = orjson.loads(conn.execute(query, (position,)).fetchone()[0])
        change(fields)
        text = canonical(fields)
        guard = "select sql from sqlite_master where name = 'events_are_never_changed'"
        (rule,) = conn.execute(guard).fetchone()
        conn.execute("pragma ignore_check_constraints = on")
        conn.execute("drop trigger events_are_never_changed")
        conn.execute(
            "update events set entry = ?, leaf_hash = ?, type = ?, schema_version = ?"
            " where position = ?",
            (text, leaf_hash(text), fields["type"], fields["schema_version"], position),
        )
        conn.execute(rule)


@pytest.mark.parametrize(("position", "change"), FORGED)
def test_a_forged_entry_is_told_with_its_place(
    ledger: Path, run: Run, position: int, change: Callable[[dict[str, Any]], Any]
) -> None:
    forge(ledger, position, change)
    ran = run("verify --json")
    assert (ran.code, "Traceback" in ran.err) == (5, False), ran.err
    assert position in [problem["position"] for problem in ran.json["problems"]], ran.json


@pytest.mark.parametrize(("position", "change"), FORGED)
def test_a_forged_entry_is_not_restored(
    ledger: Path, run: Run, position: int, change: Callable[[dict[str, Any]], Any]
) -> None:
    forge(ledger, position, change)
    with closing(sqlite3.connect(ledger)) as conn:
        texts = [text for (text,) in conn.execute("select entry from events order by position")]
    Path("events.jsonl").write_text("\n".join(texts), encoding="utf-8")
    before = sorted(Path().iterdir())
    ran = run("restore events.jsonl --db again.db")
    assert (ran.code, "Traceback" in ran.err) == (2, False), ran.err
    assert f"line {position}: " in ran.err or f"position {position} " in ran.err
    assert sorted(Path().iterdir()) == before


def test_tables_are_not_made_from_events_that_cannot_be_read(ledger: Path) -> None:
    forge(ledger, FINE, lambda one: one["resolved"].update(digits={}))
    with Book(ledger) as book:
        for work in (book.rebuild, book.check):
            with pytest.raises(VerificationFailed, match="position 3 cannot be read"):
                work()


def test_what_is_private_is_looked_at_where_only_the_tables_are_stale(ledger: Path) -> None:
    with Book(ledger) as book:
        with book.store.writing():
            book.store.conn.execute("update fines set amount_minor = 1")
        book.private.erase([book.event_at(STATEMENT).seals["speaker"]])
        told = [problem.what for problem in audit(book).problems]
    assert [any(words in one for one in told) for words in ("fines", "speaker is gone")] == [
        True,
        True,
    ]
