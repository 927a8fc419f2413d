"""What a ledger and the files beside it hold, asked in short."""

import sqlite3
from pathlib import Path
from typing import Any

from ledger.book import Book


def value(book: Book, query: str) -> Any:
    """The first column of the first row."""
    return book.store.conn.execute(query).fetchone()[0]


def cells(book: Book, query: str) -> list[tuple[Any, ...]]:
    """Every row."""
    return book.store.conn.execute(query).fetchall()


def dump(book: Book) -> list[str]:
    """All that the file holds."""
    with sqlite3.connect(book.store.path) as conn:
        return list(conn.iterdump())


def held(book: Book) -> list[tuple[int, str]]:
    """Position and place of every confidential value that is there."""
    return [
        (entry.position, place)
        for entry in book.store.sealing()
        for place, seal in entry.seals.items()
        if book.private.values([seal])
    ]


def bytes_in(folder: Path, *, but: str = "") -> bytes:
    """The bytes of every file of a folder, one after the other."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != but]
    return b"".join(path.read_bytes() for path in files)
