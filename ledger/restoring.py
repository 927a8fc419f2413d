"""Restoring: an empty ledger is filled with the exact entries of an export."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.book import Book
from ledger.errors import Malformed, Refused, files_in_sentences
from ledger.verify import verify


@dataclass(frozen=True, slots=True)
class Restored:
    """What a ledger is after it was restored."""

    entries: int
    cases: int
    root: str
    """Root of the Merkle tree over the entries, in hex: compare it with that of the original."""


def restore_file(book: Book, path: Path) -> Restored:
    """Fill an empty ledger with the exact entries of an export: same ids, same root.

    One transaction. Raises Refused where the ledger is not empty, Malformed where a line is no
    entry as it was, VersionConflict where one is missing; FileTrouble.
    """
    if book.store.size():
        raise Refused(
            f"{book.store.path} holds events already; a ledger is restored into an empty one",
            hint="make one: `caseledger init --db NEW.db`",
        )
    cases = book.restore(_texts(path))
    report = verify(book.store)
    return Restored(book.store.size(), cases, report.root.hex())


def _texts(path: Path) -> Iterator[str]:
    with files_in_sentences(path), path.open("rb") as file:
        for line in file:
            if not line.isspace():
                try:
                    yield line.strip(b"\r\n").decode()
                except UnicodeDecodeError:
                    raise Malformed(f"{path} is not UTF-8", file=str(path)) from None
