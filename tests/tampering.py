"""A ledger of five events, what somebody can do who may write its file, and what is found then."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from ledger.entry import COLUMNS
from ledger.schema import create
from ledger.seal import leaf_hash
from ledger.store import Draft, Store
from ledger.verify import Report, verify


def five_events(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of five events: A 1, B 1, A 2, B 2, A 3."""
    create(path, "Test register")
    monkeypatch.setenv("CASELEDGER_NOW", "2026-11-24T10:00:00Z")
    with Store(path) as store, store.writing():
        store.conn.execute("create table cases (case_id text primary key)")
        store.conn.execute("insert into cases values ('A'), ('B')")
        for number, case_id in enumerate("ABABA", start=1):
            store.append(
                Draft(
                    event_id=str(UUID(int=number)),
                    case_id=case_id,
                    type="note_added",
                    schema_version=1,
                    occurred_on="2022-10-17",
                    recorded_by="clerk",
                    source="Délibération",
                    confidence="A",
                    data={"text": f"note {number}"},
                )
            )
    return path


def tamper(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """What somebody can do who may write the file: rules are dropped first, and put back after."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma ignore_check_constraints = on")
        rules = connection.execute(
            "select name, sql from sqlite_master where type = 'trigger'"
        ).fetchall()
        for name, _ in rules:
            connection.execute(f"drop trigger {name}")
        for statement in statements:
            connection.execute(statement, values)
        for _, sql in rules:
            connection.execute(sql)


def without_rules(path: Path, *statements: str) -> None:
    """As `tamper`, but the rules are not put back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def report(path: Path, against: tuple[int, bytes] | None = None) -> Report:
    with Store(path, read_only=True) as store:
        return verify(store, against)


def positions(path: Path, against: tuple[int, bytes] | None = None) -> list[int | None]:
    return [problem.position for problem in report(path, against).problems]


def words(path: Path, against: tuple[int, bytes] | None = None) -> list[str]:
    return [problem.what for problem in report(path, against).problems]


def entry_texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("select entry from events order by position").fetchall()
    return [text for (text,) in rows]


def forge(path: Path, position: int, entry: str) -> None:
    """Puts another entry in the place of one, with columns and fingerprint that agree with it."""
    fields = orjson.loads(entry)
    changes = {name: fields[name] for name in COLUMNS} | {
        "entry": entry,
        "leaf_hash": leaf_hash(entry),
    }
    settings = ", ".join(f"{name} = ?" for name in changes)
    tamper(
        path,
        f"update events set {settings} where position = {position}",
        values=tuple(changes.values()),
    )
