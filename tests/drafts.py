"""Events as the store takes them, in short, and a ledger to put them in."""

from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.schema import create
from ledger.store import Draft, Entry, Store

CASES = ("A", "B", "C")


def uuid(number: int) -> str:
    return str(UUID(int=number))


def draft(number: int, case_id: str = "A", **fields: Any) -> Draft:
    given: dict[str, Any] = {
        "event_id": uuid(number),
        "case_id": case_id,
        "type": "note_added",
        "schema_version": 1,
        "occurred_on": "2022-10-17",
        "recorded_by": "clerk",
        "data": {"text": f"note {number}"},
    }
    return Draft(**given | fields)


def new_ledger(path: Path) -> Path:
    create(path, "Test register")
    with Store(path) as store, store.writing():
        store.conn.execute("create table cases (case_id text primary key)")
        store.conn.executemany("insert into cases values (?)", [(case_id,) for case_id in CASES])
    return path


def append(store: Store, *drafts: Draft) -> list[Entry]:
    with store.writing():
        return [store.append(each) for each in drafts]
