"""What Datasette is told of each table, view and column: taken from where it is defined.

`metadata.yml` is written from here by cog (`make docs`), and a test holds it against the schema.
"""

import re
import sqlite3
from contextlib import closing
from functools import cache
from typing import Any

from events.published import TABLES
from ledger import meanings
from ledger.projections import CHANGES, ddl, views
from ledger.schema import schema_sql
from ledger.search import SEARCH

_COLUMN = re.compile(r"^ {4}(\w+) +\w[^\n]*?-- ([^\n]+)$", re.MULTILINE)
_TABLE = re.compile(r"create table (\w+) \(\n(.*?)\n\) strict\b", re.DOTALL)

_RECORD = {
    "events": "The record: every event of every case, as it was appended. Nothing is changed.",
    "meta": "This ledger: its id and title, when it was made, and the format of its record.",
    "withheld": "Events that a public copy leaves out: their place and their fingerprint.",
    "settings": "What holds for all that is recorded in this ledger.",
}
_OWN_COLUMNS = {
    "data": "What the client said, as JSON: data ->> '$.amount'.",
    "case_id": "The case.",
    "entry": "The whole event but its position, as canonical JSON: the bytes that were hashed.",
    "leaf_hash": "SHA-256(0x00 || entry), a leaf of an RFC 6962 tree.",
    "title": "Title of the ledger.",
    "corrects": "event_id of the event that this one corrects or withdraws.",
    "name": "clerk_role, or published_at in a copy for the public.",
    "value": "The role that stands in place of names, or the UTC instant of publication.",
}

SETTINGS: dict[str, dict[str, Any]] = {
    "cases": {
        "label_column": "title",
        "sort": "case_id",
        "facets": ["authority", "stage", "jurisdiction", "regime"],
    },
    "parties": {"label_column": "name", "sort": "party_ref", "facets": ["role", "country"]},
    "orders": {"label_column": "title", "sort": "case_id", "facets": ["status", "stayed"]},
    "deadlines": {"label_column": "subject", "sort": "due_on", "facets": ["status", "rule"]},
    "infringements": {"sort": "provision", "facets": ["provision", "status", "respondent"]},
    "fines": {
        "sort": "case_id",
        "facets": ["currency", "kind", "legal_status", "payment_status", "recovery_status"],
    },
    "appeals": {"sort_desc": "lodged_on", "facets": ["status", "outcome"]},
    "statements": {"label_column": "speaker", "facets": ["speaker"]},
    "links": {"facets": ["relation"]},
    "conflicts": {"facets": ["resolved", "field"]},
    "anomalies": {"label_column": "message", "facets": ["code"]},
    "history": {"label_column": "summary", "sort": "case_id"},
    "search": {"label_column": "title", "facets": ["authority"]},
    "changes": {"size": 50},
    "events": {
        "label_column": "type",
        "sort_desc": "position",
        "size": 50,
    },
    "outstanding_fines": {"facets": ["authority", "currency", "payment_status"]},
    "totals_by_authority": {"facets": ["currency"]},
    "totals_by_respondent": {"facets": ["currency"]},
    "open_deadlines": {"facets": ["authority", "status"]},
    "overdue": {"facets": ["authority"]},
}
"""How each table is shown at first. Tables with a row or more per event have no facets until
somebody asks for them: on a million events each would take a tenth of a second."""


def described_tables() -> dict[str, dict[str, Any]]:
    """Every table and view with its description, its columns', and how it is shown."""
    found: dict[str, dict[str, Any]] = {"_sqlite_migrations": {"hidden": True}}
    for name in meanings.KINDS:
        found[name] = _entry(name, meanings.of_table(name), meanings.of_columns(name))
    for name, columns in _record_columns().items():
        found[name] = _entry(name, _RECORD[name], columns)
    known = {**found["events"]["columns"]}
    for name in [SEARCH, CHANGES, *TABLES]:
        known = {**found[name]["columns"], **known}
    for name, view in views().items():
        told = {column: view.columns.get(column) or known[column] for column in _view_columns(name)}
        found[name] = _entry(name, view.description, told)
    return found


def _view_columns(name: str) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.executescript(";\n".join([schema_sql(), *ddl()]))
        return [
            column for (column,) in conn.execute("select name from pragma_table_info(?)", (name,))
        ]


def _entry(name: str, description: str, columns: dict[str, str]) -> dict[str, Any]:
    words = " ".join(description.split())
    return {"description": words, **SETTINGS.get(name, {}), "columns": columns}


@cache
def _record_columns() -> dict[str, dict[str, str]]:
    """Columns of the record with the comment that stands beside each in schema.sql."""
    found: dict[str, dict[str, str]] = {}
    for name, body in _TABLE.findall(schema_sql()):
        told = dict(_COLUMN.findall(body))
        own = [
            line.split()[0]
            for line in body.splitlines()
            if re.match(r" {4}[a-z_]+ +(text|int|blob)", line)
        ]
        found[name] = {column: _OWN_COLUMNS.get(column) or told[column] for column in own}
    return found
