"""The published tables: made from the classes of `events.rows`, written from folded cases.

A case's rows are a function of its events, so keeping up and rebuilding are one code path. On
append only rows that differ are written.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice, takewhile
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple, Protocol, get_args, get_type_hints

from events.case import Case, Change, all_rows
from events.history import fold
from events.published import TABLES, Row
from events.rows import CaseRow
from ledger import search
from ledger.entry import Entry
from ledger.search import SEARCH

CHANGES = "changes"
_SQL_TYPES = {str: "text", int: "integer", bool: "integer", Any: "any"}
_MONEY = "_minor"


class Column(NamedTuple):
    """A column of a published table."""

    name: str
    sql_type: str
    optional: bool
    default: str | None = None


class Table(NamedTuple):
    """A published table: its columns, in order, and those of its primary key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that are stored."""
        return tuple(column.name for column in self.columns)


def _column(name: str, hint: Any) -> Column:
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not NoneType]
    return Column(name, _SQL_TYPES[kinds[0]], optional=NoneType in get_args(hint) or hint is Any)


@cache
def tables() -> dict[str, Table]:
    """Every published table by name."""
    found = {}
    for name, kind in TABLES.items():
        hints = get_type_hints(kind)
        own = tuple(_column(column, hints[column]) for column in kind.columns)
        positions = tuple(Column(column, "integer", optional=False) for column in Row.__slots__)
        key = kind.key or (() if kind is CaseRow else ("first_event",))
        columns = (Column("case_id", "text", optional=False), *own, *positions)
        found[name] = Table(name, columns, ("case_id", *key))
    hints = get_type_hints(Change)
    columns = tuple(_column(column, hints[column]) for column in Change._fields)
    key = ("case_id", "step", "table_name", "ref", "field")
    found[CHANGES] = Table(CHANGES, (Column("case_id", "text", optional=False), *columns), key)
    hints = get_type_hints(search.Words)
    columns = tuple(_column(column, hints[column]) for column in search.Words._fields)
    first = Column("first_event", "integer", optional=False)
    case_id = Column("case_id", "text", optional=False)
    # The index goes by this number, which no VACUUM changes: every case has one of its own.
    found[SEARCH] = Table(SEARCH, (first, case_id, *columns), ("first_event",))
    return found


_REFERENCES = {
    "order_ref": ("orders", "case_id, order_ref"),
    "deadline_ref": ("deadlines", "case_id, deadline_ref"),
}
"""Columns that name a row of another table of the same case."""


def ddl() -> list[str]:
    """The statements that make the published tables, their indexes and the views."""
    return [*bare_ddl(), *_index_ddl()]


def bare_ddl() -> list[str]:
    """The statements that make the published tables and the views, without any index."""
    tables_made = [_create(table) for table in tables().values()]
    return [*tables_made, *(f"create view {name} as\n{v.sql}" for name, v in views().items())]


def _index_ddl() -> list[str]:
    """What is made once the tables are filled."""
    made = [statement for table in tables().values() for statement in _indexes(table)]
    return [*made, search.CREATE_INDEX, search.FILL]


def _create(table: Table) -> str:
    lines = []
    for column in table.columns:
        lines.append(f"    {column.name} {column.sql_type}{'' if column.optional else ' not null'}")
        if column.name.endswith(_MONEY):
            lines.append(
                f"    {column.name.removesuffix(_MONEY)} text"
                f" generated always as ({_readable(column.name)}) virtual"
            )
    lines.append(f"    primary key ({', '.join(table.key)})")
    if table.name != "cases":
        lines.append(
            "    foreign key (case_id) references cases (case_id) deferrable initially deferred"
        )
    for name in ("first_event", "last_event", "position"):
        if name in table.names:
            lines.append(f"    foreign key ({name}) references events (position)")
    body = ",\n".join(lines)
    without = ", without rowid" if len(table.key) > 1 else ""
    return f"create table {table.name} (\n{body}\n) strict{without}"


def _readable(name: str) -> str:
    """SQL for an amount in minor units as a decimal number: -5 with 2 digits is -0.05."""
    size = "cast(substr('100000000', 1, digits + 1) as integer)"
    whole = f"(abs({name}) / {size})"
    part = f"substr('00000000' || (abs({name}) % {size}), -digits)"
    sign = f"iif({name} < 0, '-', '')"
    digits = f"iif(digits > 0, '.' || {part}, '')"
    return f"{sign} || {whole} || {digits}"


_INDEXED = {
    "cases": ("authority", "stage", "jurisdiction", "next_due_on", "opened_on"),
    "parties": ("party_ref", "role"),
    "orders": ("status", "due_on"),
    "deadlines": ("status, due_on",),
    "fines": ("currency", "legal_status", "payment_status", "recovery_status", "kind"),
    "fine_respondents": ("party_ref",),
    "infringements": ("status", "provision"),
    "payments": ("received_on",),
    "appeals": ("status", "forum"),
    "statements": ("speaker",),
    "links": ("other_case_id",),
    "conflicts": ("resolved",),
    "anomalies": ("code",),
    "history": ("status",),
    SEARCH: ("case_id",),
}
"""Columns that facets and views look things up by."""


def _indexes(table: Table) -> list[str]:
    made = []
    for columns in _INDEXED.get(table.name, ()):
        name = f"{table.name}_by_{columns.replace(', ', '_and_')}"
        made.append(f"create index {name} on {table.name} ({columns})")
    # A foreign key is followed backwards on Datasette's page of an event.
    if table.name == CHANGES:
        made.append(f"create index {table.name}_by_position on {table.name} (position)")
    elif table.name not in ("history", SEARCH):
        for name in ("first_event", "last_event"):
            made.append(f"create index {table.name}_by_{name} on {table.name} ({name})")
    return made


class View(NamedTuple):
    """A question that is asked often: what it answers, what its own columns say, and the SQL."""

    description: str
    columns: dict[str, str]
    sql: str


@cache
def views() -> dict[str, View]:
    """The views by name: one file each, which begins with its description and, line by line, with
    what those columns say that no table has."""
    found = {}
    for path in sorted(Path(__file__).with_name("views").glob("*.sql")):
        lines = path.read_text(encoding="utf-8").splitlines()
        head = [line[3:] for line in takewhile(lambda line: line.startswith("-- "), lines)]
        columns = dict(line.split(": ", 1) for line in head[1:])
        sql = "\n".join(lines[len(head) :]).strip().rstrip(";")
        found[path.stem] = View(head[0], columns, sql)
    return found


_READING = 2
"""Of how events are read: grows when the same ones come to other rows, and files are rebuilt."""


@cache
def shape() -> str:
    """Fingerprint of the published tables and views, and of how events are read into them; a file
    with another one is rebuilt."""
    told = "\n".join([*ddl(), f"-- {_READING}"])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def made_as(conn: sqlite3.Connection) -> tuple[str | None, str | None]:
    """The shape of the published tables in a file, and the day as of which they were made; None
    where there are none, or where they show the present. Raises sqlite3.Error."""
    told = conn.execute("select published_shape from main.meta").fetchone()[0]
    made, _, as_of = (told or "").partition(" as of ")
    return made or None, as_of or None


def create(conn: sqlite3.Connection) -> None:
    """Make the published tables, empty, in place of what stood there; `index` is to follow once
    they are filled. Only inside a transaction."""
    for kind, name in conn.execute(
        "select type, name from main.sqlite_master where type in ('view', 'table')"
    ).fetchall():
        if kind == "view" or name in tables() or name == search.INDEX:
            conn.execute(f'drop {kind} "{name}"')
    for statement in bare_ddl():
        conn.execute(statement)


def index(conn: sqlite3.Connection) -> None:
    """Make the indexes of the published tables: faster after many rows than before."""
    for statement in _index_ddl():
        conn.execute(statement)


Rows = dict[tuple[str, tuple[Any, ...]], tuple[Any, ...]]
"""Published rows by table and primary key."""


def rows_of(case: Case) -> Rows:
    """Every row that a case publishes; none where it has no events."""
    if not case.step:
        return {}
    found: Rows = {}
    for name, values in _written(case):
        key = tuple(values[i] for i in key_places(name))
        found[name, key] = values
    return found


def _written(case: Case) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Table and values of every row that a case has in the file."""
    yield from tuples_of(case)
    yield SEARCH, _searched(case)


def _searched(case: Case) -> tuple[Any, ...]:
    return (case.row.first_event, case.case_id, *search.words_of(case))


def tuples_of(case: Case) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Table and values of every row that a case publishes; not the words by which it is found,
    which repeat them."""
    case_id = case.case_id
    for row in all_rows(case):
        yield row_tuple(case_id, row)
    for change in case.changes:
        yield CHANGES, (case_id, *change)


def row_tuple(case_id: str, row: Row) -> tuple[str, tuple[Any, ...]]:
    """Table and values of a row."""
    kind = type(row)
    values = [getattr(row, name) for name in kind.columns]
    return kind.table, (case_id, *values, row.first_event, row.last_event)


@cache
def key_places(name: str) -> tuple[int, ...]:
    """Where the columns of its primary key stand among the columns of a table."""
    table = tables()[name]
    return tuple(table.names.index(column) for column in table.key)


@cache
def _insert(name: str) -> str:
    table = tables()[name]
    places = ", ".join("?" * len(table.names))
    return f"insert into main.{name} ({', '.join(table.names)}) values ({places})"


@cache
def _delete(name: str) -> str:
    key = tables()[name].key
    return f"delete from main.{name} where {' and '.join(f'{column} = ?' for column in key)}"


def _own_key(name: str) -> tuple[str, ...]:
    """The columns that name a row within its case."""
    return tables()[name].key[1:]


@cache
def _update(name: str, columns: tuple[str, ...]) -> str:
    new = ", ".join(f"{column} = ?" for column in (*columns, "last_event"))
    key = " and ".join(f"{column} = ?" for column in (*_own_key(name), "case_id"))
    return f"update main.{name} set {new} where {key}"


class Writer(Protocol):
    """Takes rows: a connection, or what gathers them for one."""

    def executemany(self, statement: str, rows: list[tuple[Any, ...]], /) -> object: ...


class Gathered:
    """Rows of many cases, to be written table by table. No case may come twice."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Any, ...]]] = {}

    def executemany(self, statement: str, rows: list[tuple[Any, ...]], /) -> None:
        """Keep rows for a statement."""
        self._rows.setdefault(statement, []).extend(rows)

    def write(self, conn: sqlite3.Connection) -> None:
        """Write them: first what goes, then what comes."""
        for statement in sorted(self._rows, key=lambda text: not text.startswith("delete")):
            conn.executemany(statement, self._rows[statement])
        self._rows.clear()


def update(conn: Writer, before: Rows, after: Rows) -> None:
    """Write the rows of a case that differ from what stood there. Only inside a transaction."""
    gone: dict[str, list[tuple[Any, ...]]] = {}
    new: dict[str, list[tuple[Any, ...]]] = {}
    for place, values in before.items():
        if after.get(place) != values:
            gone.setdefault(place[0], []).append(place[1])
    for place, values in after.items():
        if before.get(place) != values:
            new.setdefault(place[0], []).append(values)
    _replace(conn, gone, new)


def _replace(
    conn: Writer, gone: dict[str, list[tuple[Any, ...]]], new: dict[str, list[tuple[Any, ...]]]
) -> None:
    """Take rows away by their keys, and add others."""
    if SEARCH in gone:
        conn.executemany(search.REMOVE, gone[SEARCH])
    for name, keys in gone.items():
        conn.executemany(_delete(name), keys)
    for name, rows in new.items():
        conn.executemany(_insert(name), rows)
    if SEARCH in new:
        conn.executemany(search.ADD, [(row[0], *row[2:]) for row in new[SEARCH]])


class Marker(NamedTuple):
    """How far a case had come, so that what it made and changed since then can be told."""

    rows: dict[str, int]
    """How many rows each table had; none of `cases` while the case had no event."""
    changes: int
    documents: int


def mark(case: Case) -> Marker:
    """How far a case has come by now."""
    rows = {name: len(rows) for name, rows in case.rows.items()}
    return Marker(
        {**rows, CaseRow.table: 1} if case.step else rows, len(case.changes), len(case.documents)
    )


def update_since(conn: Writer, case: Case, marker: Marker) -> None:
    """Write what events that came last in a case made and changed. Only inside a transaction."""
    news = case.changes[marker.changes :]
    changed: dict[tuple[str, str], list[str]] = {}
    for change in news:
        changed.setdefault((change.table_name, change.ref), []).append(change.field)
    tables_of: dict[str, dict[str, Row]] = {CaseRow.table: {case.case_id: case.row}, **case.rows}
    for name, rows in tables_of.items():
        made = list(islice(rows.items(), marker.rows.get(name, 0), None))
        if made:
            conn.executemany(_insert(name), [row_tuple(case.case_id, row)[1] for _, row in made])
        for ref, _ in made:
            changed.pop((name, ref), None)
    for (name, ref), columns in changed.items():
        row = tables_of[name][ref]
        values = [getattr(row, column) for column in (*columns, "last_event", *_own_key(name))]
        conn.executemany(_update(name, tuple(columns)), [(*values, case.case_id)])
    if news:
        conn.executemany(_insert(CHANGES), [(case.case_id, *change) for change in news])
    is_new = CaseRow.table not in marker.rows
    if is_new or search.may_differ(case, marker.changes, marker.documents):
        gone = [] if is_new else [(case.row.first_event,)]
        _replace(conn, {SEARCH: gone}, {SEARCH: [_searched(case)]})


_BATCH = 5_000


def write_all(conn: sqlite3.Connection, cases: Iterable[Case]) -> int:
    """Write the rows of many cases into empty tables; returns how many cases."""
    waiting: dict[str, list[tuple[Any, ...]]] = {name: [] for name in tables()}
    count = 0
    for case in cases:
        count += 1
        for name, values in _written(case):
            rows = waiting[name]
            rows.append(values)
            if len(rows) >= _BATCH:
                conn.executemany(_insert(name), rows)
                rows.clear()
    for name, rows in waiting.items():
        if rows:
            conn.executemany(_insert(name), rows)
    return count


def folded(cases: Iterable[tuple[str, list[Entry]]], as_of: str | None = None) -> Iterator[Case]:
    """Each case that has come to be, folded."""
    for case_id, entries in cases:
        case = fold(case_id, entries, as_of)
        if case.step:
            yield case
