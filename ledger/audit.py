"""An audit: the record by itself, then the published tables against the record."""

from pathlib import Path

from ledger import confidential
from ledger.book import Book
from ledger.errors import Malformed, VerificationFailed
from ledger.legible import unreadable
from ledger.schema import is_publication
from ledger.verify import Problem, Report, parse_checkpoint, verify

ROOT = "root.txt"
"""The file beside a copy for the public that tells its root, as SIZE:ROOT."""


def audit(book: Book, against: str | None = None, *, private: bool = True) -> Report:
    """Look at every entry, at an earlier root (`SIZE:ROOT`), at the published tables, and, unless
    `private` is False, at the confidential values beside it; of a copy for the public at the root
    that is told beside it instead.

    Problems stand in the order of their positions; those of the ledger as a whole come last.
    Raises Malformed where `against` is no root.
    """
    found = verify(book.store, parse_checkpoint(against) if against else None)
    # What was tampered with cannot be folded: the tables are looked at where the record holds.
    problems = found.problems or _stale(book)
    if not found.problems and is_publication(book.store.conn):
        problems += _told_otherwise(book.store.path.with_name(ROOT), found)
    elif private and all(one.position is None for one in problems) and not found.problems:
        problems += confidential.problems(book)
    ordered = sorted(problems, key=lambda one: (one.position is None, one.position or 0))
    return Report(found.count, found.root, ordered)


def _stale(book: Book) -> list[Problem]:
    """Where the published tables are not what the events come to, or these cannot be read."""
    try:
        return [Problem(None, what) for what in book.check()]
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
