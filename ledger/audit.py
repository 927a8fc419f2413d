"""An audit: the record by itself, then the published tables against the record."""

import os
from collections.abc import Iterator
from pathlib import Path

from ledger import confidential
from ledger.book import Book
from ledger.errors import FileTrouble, Malformed, VerificationFailed
from ledger.legible import unreadable
from ledger.schema import FORMAT, format_of, is_publication
from ledger.verify import Problem, Report, parse_checkpoint, verify

ROOT = "root.txt"
"""The file beside a copy for the public that tells its root, as SIZE:ROOT."""


def audit(book: Book, against: str | None = None, *, private: bool = True) -> Report:
    """Look at every entry, at an earlier root (`SIZE:ROOT`), at the published tables, and, unless
    `private` is False, at the confidential values beside it; of a copy for the public at the root
    that is told beside it instead.

    Problems stand in the order of their positions; those of the ledger as a whole come last. That
    it is a copy for the public, or that an older version of the program wrote it, is no problem,
    and is told as a remark.
    Raises Malformed where `against` is no root, FileTrouble where a file cannot be read.
    """
    found = verify(book.store, parse_checkpoint(against) if against else None)
    # What was tampered with cannot be folded: the tables are looked at where the record holds.
    problems = found.problems or _stale(book)
    if not found.problems and is_publication(book.store.conn):
        problems += _told_otherwise(book.store.path.with_name(ROOT), found)
    elif private and all(one.position is None for one in problems) and not found.problems:
        problems += _private(book)
    ordered = sorted(problems, key=lambda one: (one.position is None, one.position or 0))
    remarks = [] if found.problems else [*_without_root(book), *_older(book)]
    return Report(found.count, found.root, ordered, [*found.remarks, *remarks])


def _private(book: Book) -> list[Problem]:
    """What of the confidential values is not as it was sealed."""
    try:
        return list(confidential.problems(book))
    except FileTrouble as error:
        if os.access(book.private.path, os.R_OK):
            raise
        # Whoever may read the ledger need not be allowed to read what is confidential.
        hint = "ask for the right to read it, or look at the record alone: `--without-private`"
        raise FileTrouble(error.message, hint=hint, **error.facts) from error


def _stale(book: Book) -> list[Problem]:
    """Where the published tables are not what the events come to, or these cannot be read."""
    try:
        if book.is_current:
            return [Problem(None, what) for what in book.check()]
        return [Problem(*one) for one in unreadable(book.store)]
    except VerificationFailed as error:
        found = [Problem(*one) for one in unreadable(book.store)]
        return found or [Problem(None, error.message)]


def _told_otherwise(path: Path, found: Report) -> list[Problem]:
    """What is wrong with the root that is told beside a copy for the public, if there is any."""
    try:
        told = parse_checkpoint(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return []
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return [Problem(None, f"{ROOT} beside it cannot be read: {reason}")]
    except Malformed as error:
        return [Problem(None, f"{ROOT} beside it holds no root: {error.message}")]
    if told == (found.count, found.root):
        return []
    size, root = told
    what = f"{ROOT} beside it tells another root, {size}:{root.hex()}; publish it again"
    return [Problem(None, what)]


def _without_root(book: Book) -> Iterator[str]:
    """That nothing beside a copy for the public tells the root of the ledger it was made from."""
    if is_publication(book.store.conn) and not book.store.path.with_name(ROOT).exists():
        yield (
            f"no root is told beside it, because {ROOT} is not there: compare it with the root of"
            " the ledger that it was made from, `--against SIZE:ROOT`"
        )


def _older(book: Book) -> Iterator[str]:
    """What another version of the program has written otherwise than this one does."""
    written = format_of(book.store.conn)
    if written < FORMAT:
        yield (
            f"the ledger has format {written}, that of an older caseledger; the next command that"
            f" writes brings it to format {FORMAT}, and changes no event"
        )
    if not book.is_current:
        yield (
            "the published tables were made by another version of caseledger, so they were not"
            " compared with the events; `caseledger rebuild` makes them anew"
        )
