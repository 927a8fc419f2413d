"""Export: the events as lines of JSON, and any published table as CSV or JSON, streaming.

A line of the event export is the exact text of an entry, byte for byte as its fingerprint was
taken: `import --restore` gives the same ledger, and anybody can recompute the root from the file.

Cells of a CSV that a spreadsheet would take for a formula (text that begins with = + - @, a tab or
a carriage return: OWASP, "CSV Injection") get an apostrophe in front; numbers are left as they are.
JSON has the values as they are.
"""

import csv
import io
from collections.abc import Generator, Iterator
from typing import Any

import orjson

from ledger import projections
from ledger.book import Book
from ledger.errors import NotFound

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet would take for a formula."""
_ROWS_AT_ONCE = 500


def events(book: Book) -> Generator[str]:
    """Every event by position, a line each: the exact text of its entry."""
    for _, text in book.store.texts():
        yield f"{text}\n"


_RECORD = ("events", "withheld")
"""Tables of the record that can be exported like the published ones; hashes are in hex."""


def names() -> list[str]:
    """The tables and views that can be exported as such."""
    return [*projections.tables(), *projections.views(), *_RECORD]


def table_as_csv(book: Book, name: str) -> Generator[str]:
    """A published table or view as CSV (RFC 4180), in the order of its key. Raises NotFound."""
    columns, rows = _read(book, name)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_cell(value) for value in row])
        if number % _ROWS_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def table_as_json(book: Book, name: str) -> Generator[str]:
    """A published table or view as one JSON array, a row a line. Raises NotFound."""
    columns, rows = _read(book, name)
    opening = "[\n"
    for row in rows:
        yield opening + orjson.dumps(dict(zip(columns, row, strict=True))).decode()
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def _read(book: Book, name: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The columns, readable amounts among them, and the rows."""
    book.require_current()
    table = projections.tables().get(name)
    if table is None and name not in (*projections.views(), *_RECORD):
        raise NotFound(f"there is no table {name!r}; there are {', '.join(names())}", table=name)
    order = f" order by {', '.join(table.key)}" if table else ""
    columns = [f'"{name}"' for name in _columns(book, name)]
    if name in _RECORD:
        order = " order by position"
        columns[columns.index('"leaf_hash"')] = "lower(hex(leaf_hash)) as leaf_hash"
    found = book.store.conn.execute(f'select {", ".join(columns)} from main."{name}"{order}')
    return [column[0] for column in found.description], found


def _columns(book: Book, name: str) -> list[str]:
    found = book.store.conn.execute("select name from pragma_table_xinfo(?)", (name,))
    return [column for (column,) in found]


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    """Whether a text is a plain decimal number, as the readable amounts are."""
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isdecimal() and digits.isascii()
