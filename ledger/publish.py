"""A copy for the public: without what is confidential, and under the same root.

It is made by projecting the public events into a new file, never by deleting from a copy: what
SQLite deletes lives on in free pages and in indexes.
"""

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger.audit import audit
from ledger.book import Book
from ledger.clock import utc_now
from ledger.errors import Refused, VerificationFailed, files_in_sentences, in_sentences
from ledger.lock import lock_path
from ledger.schema import beside, is_publication, place
from ledger.store import Store

FILE = "ledger.db"
"""Datasette's pages go by the name of the file."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publication."""

    file: str
    cases: int
    entries: int
    """Leaves under the root, those of withheld events included."""
    withheld: int
    """Events that are not shown: of each only its fingerprint is there."""
    root: str
    """In hex; that of the ledger itself."""


def publish(book: Book, out: Path, metadata: Path) -> Published:
    """Make a folder with a verified public copy of a ledger, ready for `datasette -i`.

    `metadata` is the description for Datasette, which is put beside it. A publication of the same
    ledger that stands there is replaced; plain pages beside it are not. Raises VerificationFailed
    where the ledger or the copy is not what it should be, Refused where another ledger.db stands
    there, FileTrouble.
    """
    target = out.resolve() / FILE
    with files_in_sentences(out):
        out.mkdir(parents=True, exist_ok=True)
    replaces = os.path.lexists(target)
    if replaces:
        _check_is_publication(book, target)
    with in_sentences(target), files_in_sentences(target), book.store.reading():
        found = audit(book)
        if found.problems:
            raise VerificationFailed(
                f"nothing was published, because the ledger is not what it was: "
                f"{found.problems[0].what}",
                hint="see all that was found: `caseledger verify`",
            )
        temporary = beside(target)
        try:
            cases, withheld = book.publish_into(temporary, utc_now())
            _check(temporary, found.checkpoint)
            if replaces:
                temporary.replace(target)
            else:
                place(temporary, target)
        finally:
            for path in (temporary, lock_path(temporary)):
                path.unlink(missing_ok=True)
        shutil.copyfile(metadata, out / "metadata.yml")
        (out / "root.txt").write_text(f"{found.checkpoint}\n", encoding="utf-8")
    return Published(str(target), cases, found.count, withheld, found.root.hex())


def _check_is_publication(book: Book, target: Path) -> None:
    with closing(Store(target, read_only=True)) as there:
        is_one = is_publication(there.conn)
        query = "select ledger_id from main.meta"
        same = there.conn.execute(query).fetchone() == book.store.conn.execute(query).fetchone()
    if not (is_one and same):
        raise Refused(
            f"{target} is not a publication of this ledger; nothing was changed",
            hint="name another folder",
            file=str(target),
        )


def _check(temporary: Path, checkpoint: str) -> None:
    """Raises VerificationFailed where the copy is not under the root of the ledger."""
    with Book(temporary, read_only=True) as copy:
        found = audit(copy, checkpoint)
    if found.problems:
        raise VerificationFailed(f"nothing was published: {found.problems[0].what}")
