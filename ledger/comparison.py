"""Whether the published tables are what the events come to: they are made anew, to compare."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, islice, zip_longest
from typing import Any

from events.case import Case
from ledger import search
from ledger.projections import Table, bare_ddl, key_places, tables, write_all
from ledger.search import SEARCH


def differences(conn: sqlite3.Connection, cases: Iterable[Case], limit: int = 20) -> Iterator[str]:
    """Where the published tables are not what the cases come to: rows, values, storage types.

    Rebuilds in a temporary file beside, and compares table by table in the order of the keys.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as beside:
        for statement in [*bare_ddl(), "begin"]:
            beside.execute(statement)
        write_all(beside, cases)
        for statement in (search.CREATE_INDEX, search.FILL):
            beside.execute(statement)
        rows = (words for name in tables() for words in _compared(name, conn, beside))
        yield from islice(chain(rows, _misindexed(conn, beside)), limit)


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
