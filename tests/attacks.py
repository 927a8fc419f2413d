"""Attacks on the record, as SQL text, so that every client can try the same."""

import hashlib
import json
from typing import Any

from ledger.entry import COLUMNS
from ledger.seal import canonical
from tests.drafts import uuid

FIELDS: dict[str, Any] = {
    "case_id": "A",
    "caused_by": uuid(1),
    "confidence": "A",
    "corrects": uuid(3),
    "data": {"amount": "20000000 EUR", "respondents": ["Société Ünïque"]},
    "event_id": uuid(4),
    "nonce": "0" * 32,
    "occurred_on": "2022-10-17",
    "recorded_at": "2999-01-01T00:00:00.000000Z",
    "recorded_by": "clerk",
    "resolved": {},
    "schema_version": 1,
    "source": "Délibération SAN-2022-019",
    "type": "fine_imposed",
    "version": 3,
}
"""The next event of case A. Its position is 4."""


def literal(value: object) -> str:
    """A value in SQL, also text that SQL cannot spell."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    text = str(value)
    if "\0" in text or "\n" in text:
        return f"cast(x'{text.encode().hex()}' as text)"
    return "'" + text.replace("'", "''") + "'"


def insert(
    verb: str = "insert", after: str = "", *, columns: dict[str, Any] | None = None, **fields: Any
) -> str:
    """The next event of case A: with other `fields` in its entry, and others still in `columns`."""
    said = FIELDS | fields
    row = {name: said[name] for name in COLUMNS} | {"position": 4, "entry": canonical(said)}
    row |= columns or {}
    entry = row["entry"]
    entry_bytes = entry.encode() if isinstance(entry, str) else bytes(entry or b"")
    row.setdefault("leaf_hash", hashlib.sha256(b"\0" + entry_bytes).digest())
    names, values = ", ".join(row), ", ".join(map(literal, row.values()))
    return f"{verb} into events ({names}) values ({values}) {after}"


def entry(**fields: Any) -> str:
    return canonical(FIELDS | fields)


def without(name: str) -> str:
    return canonical({key: value for key, value in FIELDS.items() if key != name})


CHANGES = {
    **{
        f"change {name}": f"update events set {name} = {literal(value)} where position = 2"
        for name, value in {
            **{column: FIELDS[column] for column in COLUMNS},
            "position": 9,
            "entry": entry(),
            "leaf_hash": b"x" * 32,
        }.items()
    },
    "change nothing": "update events set case_id = case_id",
    "change or replace": "update or replace events set position = 1 where position = 2",
    "change or ignore": "update or ignore events set position = 1 where position = 2",
    "remove one": "delete from events where position = 3",
    "remove all": "delete from events",
    "replace by position": insert("insert or replace", columns={"position": 2}),
    "replace by event_id": insert("insert or replace", event_id=uuid(2)),
    "replace by place in the case": insert("insert or replace", version=2),
    "replace all three": insert("replace", event_id=uuid(1), version=1, columns={"position": 1}),
    "upsert by position": insert(
        after="on conflict (position) do update set case_id = 'Z'", columns={"position": 2}
    ),
    "upsert by event_id": insert(
        after="on conflict (event_id) do update set source = 'Z'", event_id=uuid(2)
    ),
    "upsert to nothing": insert(after="on conflict do nothing", event_id=uuid(2)),
    "ignored position": insert("insert or ignore", columns={"position": 2}),
    "ignored event_id": insert("insert or ignore", event_id=uuid(2)),
    "ignored version": insert("insert or ignore", version=2),
    "withheld over an event": "insert or replace into withheld values (2, zeroblob(32))",
    "withheld after a gap": "insert into withheld values (5, zeroblob(32))",
    "withheld without a fingerprint": "insert into withheld values (4, x'00')",
    "second meta": "insert into meta values ('x', 'x', 'x', 1, null)",
    "replaced meta": "insert or replace into meta select ledger_id, 'x', 'x', 1, null from meta",
    "other ledger_id": "update meta set ledger_id = 'x'",
    "other created_at": "update meta set created_at = 'x'",
    "older format": "update meta set format = 0",
    "removed meta": "delete from meta",
}
"""What would change or remove what is recorded."""

PLACES = {
    "gap": insert(columns={"position": 5}),
    "position zero": insert(columns={"position": 0}),
    "negative position": insert(columns={"position": -1}),
    "no position": insert(columns={"position": None}),
    "position taken": insert(columns={"position": 3}),
    "last position of all": insert(columns={"position": 2**63 - 1}),
    "version taken": insert(version=2),
    "version left out": insert(version=4),
    "version zero": insert(version=0),
    "first of a case is not 1": insert(case_id="new", version=2),
    "recorded before the last": insert(recorded_at="2000-01-01T00:00:00.000000Z"),
    "second row out of place": insert() + ", " + insert(event_id=uuid(5)).partition("values")[2],
}
"""Events that would not stand at the end of the ledger and of their case."""

LIES = {
    **{
        f"{name} says otherwise": insert(columns={name: value})
        for name, value in {
            "event_id": uuid(7),
            "case_id": "a",
            "type": "fine_annulled",
            "schema_version": 2,
            "occurred_on": "2022-10-18",
            "recorded_at": "2999-01-01T00:00:00.000001Z",
            "recorded_by": "Clerk",
            "source": "Délibération SAN-2022-020",
            "confidence": "B",
            "caused_by": uuid(2),
            "corrects": uuid(1),
        }.items()
    },
    **{f"{name} says nothing": insert(columns={name: None}) for name in COLUMNS},
    **{
        f"entry says nothing of {name}": insert(columns={"entry": entry(**{name: None})})
        for name in COLUMNS
    },
    **{f"entry lacks {name}": insert(columns={"entry": without(name)}) for name in FIELDS},
    "entry has more": insert(columns={"entry": canonical({**FIELDS, "z": 1})}),
    "entry has its position": insert(columns={"entry": canonical({**FIELDS, "position": 4})}),
    "entry says one thing twice": insert(
        columns={"entry": entry().replace('"version":3', '"version":3,"version":4')}
    ),
    "entry says first another": insert(
        columns={"entry": entry().replace('"version":3', '"version":4,"version":3')}
    ),
    "version as text": insert(columns={"entry": entry(version="3")}),
    "version as fraction": insert(
        columns={"entry": entry().replace('"version":3', '"version":3.0')}
    ),
    "version as truth": insert(
        case_id="new", version=1, columns={"entry": entry(case_id="new", version=True)}
    ),
    "source as number": insert(columns={"entry": entry(source=5), "source": "5"}),
    "case as number": insert(columns={"entry": entry(case_id=5, version=1), "case_id": "5"}),
    "data as list": insert(columns={"entry": entry(data=[])}),
    "data as text": insert(columns={"entry": entry(data="{}")}),
    "no data": insert(columns={"entry": entry(data=None)}),
    "resolved as list": insert(columns={"entry": entry(resolved=[])}),
    "blanks between": insert(columns={"entry": json.dumps(FIELDS, ensure_ascii=False)}),
    "other order": insert(
        columns={"entry": json.dumps(dict(reversed(FIELDS.items())), separators=(",", ":"))}
    ),
    "escaped letters": insert(
        columns={"entry": json.dumps(FIELDS, separators=(",", ":"), sort_keys=True)}
    ),
    "no JSON": insert(columns={"entry": "a fine was imposed"}),
    "nearly JSON": insert(columns={"entry": entry().replace('"version"', "version")}),
    "no entry": insert(columns={"entry": None}),
    "empty entry": insert(columns={"entry": ""}),
    "bytes for an entry": insert(columns={"entry": entry().encode()}),
    "more after the entry": insert(columns={"entry": entry() + " "}),
}
"""Columns that disagree with the entry, and entries that are not one."""

NUL_LIES = {
    "NUL ends the entry": insert(columns={"entry": entry() + "\0"}),
    "NUL hides the rest": insert(columns={"entry": entry() + "\0lies"}),
    **{
        f"NUL in {name}": insert(columns={name: f"{FIELDS[name]}\0lies"})
        for name in COLUMNS
        if isinstance(FIELDS[name], str)
    },
    "NUL in column and entry": insert(
        columns={
            "entry": entry(source="a").replace('"source":"a"', r'"source":"a\u0000lies"'),
            "source": "a\0lies",
        }
    ),
    "escaped NUL cut off": insert(
        columns={
            "entry": entry(source="a").replace('"source":"a"', r'"source":"a\u0000lies"'),
            "source": "a",
        }
    ),
    "escaped NUL after a backslash": insert(
        columns={"entry": entry().replace('"data":{', r'"data":{"a":"\\\u0000",')}
    ),
}
"""U+0000, which some programs take for the end of a text."""

SHAPES = {
    "entry too long": insert(data={"text": "x" * 65_535}),
    "short fingerprint": insert(columns={"leaf_hash": b"x" * 31}),
    "no fingerprint": insert(columns={"leaf_hash": None}),
    "fingerprint as text": insert(columns={"leaf_hash": "x" * 32}),
    "upper-case event_id": insert(event_id="ABCDEF00-0000-4000-8000-000000000000"),
    "event_id that is no UUID": insert(event_id="event-4"),
    "caused_by that is no UUID": insert(caused_by="event-1"),
    "corrects that is no UUID": insert(corrects="1"),
    "case without a name": insert(case_id="", version=1),
    "case with too long a name": insert(case_id="x" * 201, version=1),
    "type in upper case": insert(type="FineImposed"),
    "type of nothing": insert(type=""),
    "type in several words": insert(type="fine imposed"),
    "schema version zero": insert(schema_version=0),
    **{
        f"occurred_on {value}": insert(occurred_on=value)
        for value in ("", "2022-13", "2022-02-30", "22", "2022-1-1", "2022-10-17T00:00", "now")
    },
    **{
        f"recorded_at {value}": insert(recorded_at=value)
        for value in (
            "2999-01-01T00:00:00Z",
            "2999-01-01 00:00:00.000000Z",
            "2999-01-01T00:00:00.000000+00:00",
            "2999-02-30T00:00:00.000000Z",
            "2999-01-01T25:00:00.000000Z",
            "9999",
        )
    },
    "recorded by nobody": insert(recorded_by=""),
    "confidence E": insert(confidence="E"),
    "short nonce": insert(nonce="0" * 31),
    "nonce in upper case": insert(nonce="A" * 32),
    "nonce as number": insert(nonce=0),
}
"""Events of a shape that the record does not know."""

ATTACKS = CHANGES | PLACES | LIES | NUL_LIES | SHAPES
