"""Whether the published tables are what the events come to: they are made anew, to compare.

First how they were made, by the text of the statements, then row by row.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, islice, zip_longest
from typing import Any

from events.case import Case
from ledger import search
from ledger.projections import Table, bare_ddl, ddl, key_places, tables, write_all
from ledger.schema import objects, schema_sql
from ledger.search import SEARCH

_TOOLS = ("sqlite_", "_sqlite_migrations")
"""What the names of tables begin with that SQLite keeps for itself (statistics), or sqlite-utils,
which makes the record."""


def differences(conn: sqlite3.Connection, cases: Iterable[Case], limit: int = 20) -> Iterator[str]:
    """Where the published tables are not what the cases come to: what is there and how it was made,
    rows, values, storage types.

    Rebuilds in a temporary file beside, and compares table by table in the order of the keys.
    """
    there = {name for _, name in objects(conn)}
    with closing(sqlite3.connect("", isolation_level=None)) as beside:
        for statement in [*bare_ddl(), "begin"]:
            beside.execute(statement)
        write_all(beside, cases)
        for statement in (search.CREATE_INDEX, search.FILL):
            beside.execute(statement)
        # What is missing was told, and has no rows to look at.
        names = [name for name in tables() if name in there]
        rows = (words for name in names for words in _compared(name, conn, beside))
        words = _misindexed(conn, beside) if search.INDEX in there else ()
        yield from islice(chain(misshapen(conn), rows, words), limit)


def misshapen(conn: sqlite3.Connection) -> list[str]:
    """What of the published tables, views and indexes is not as this program makes it, in words.

    Nothing else may stand beside them but the record: what bears another name is taken for
    published too by who looks at the file. Indexes that others have added do no harm. Raises
    sqlite3.Error.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        fresh.executescript(schema_sql())
        record = {name for _, name in objects(fresh)}
        for statement in ddl():
            fresh.execute(statement)
        made = objects(fresh)
    # How FTS5 makes the tables that hold the index is its own affair, and another one's tomorrow.
    inside = {name for _, name in made if name.startswith(f"{search.INDEX}_")}
    published = {key: text for key, text in made.items() if key[1] not in record | inside}
    found = objects(conn)
    words = []
    for (kind, name), (table, text) in published.items():
        if (kind, name) in found:
            if found[kind, name][1] != text:
                words.append(f"the {kind} {name} is not as it was made")
        # With a table its indexes went, too.
        elif kind != "index" or ("table", table) in found:
            words.append(f"the {kind} {name} is missing")
    names = {name for _, name in published}
    for (kind, name), (table, _) in found.items():
        if kind == "trigger" and table in names:
            words.append(f"the trigger {name} on {table} does not belong there")
        elif kind == "view" and (kind, name) not in published:
            words.append(f"the view {name} does not belong there")
        elif kind == "table" and not (name in names | record | inside or name.startswith(_TOOLS)):
            words.append(f"the table {name} is none of a ledger's: keep it in a file of its own")
    return words


def _compared(name: str, stored: sqlite3.Connection, made: sqlite3.Connection) -> Iterator[str]:
    table = tables()[name]
    columns = ", ".join(f"{column}, typeof({column})" for column in table.names)
    query = f"select {columns} from main.{name} order by {', '.join(table.key)}"
    try:
        rows = stored.execute(query)
        for old, new in zip_longest(rows, made.execute(query)):
            if old != new:
                there = new or old
                places = [2 * i for i in key_places(name)]
                key = "/".join(str(there[i]) for i in places)
                words = (
                    "is missing" if old is None else "does not belong there" if new is None else ""
                )
                yield f"{name} {key} {words or _differing(table, old, new)}"
    except sqlite3.Error as error:
        yield f"{name} cannot be read: {error}"


def _misindexed(stored: sqlite3.Connection, made: sqlite3.Connection) -> Iterator[str]:
    try:
        with search.vocabulary(stored) as old, search.vocabulary(made) as new:
            if any(one != other for one, other in zip_longest(old, new)):
                yield f"{search.INDEX} does not lead to the words of {SEARCH}"
    except sqlite3.Error as error:
        yield f"{search.INDEX} cannot be read: {error}"


def _differing(table: Table, old: tuple[Any, ...], new: tuple[Any, ...]) -> str:
    for i, column in enumerate(table.names):
        if old[2 * i : 2 * i + 2] != new[2 * i : 2 * i + 2]:
            return f"has {column} {old[2 * i]!r} where the events come to {new[2 * i]!r}"
    return "differs"
