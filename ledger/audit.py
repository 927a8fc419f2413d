"""An audit: the record by itself, then the published tables against the record."""

from ledger import confidential
from ledger.book import Book
from ledger.errors import VerificationFailed
from ledger.legible import unreadable
from ledger.schema import is_publication
from ledger.verify import Problem, Report, parse_checkpoint, verify


def audit(book: Book, against: str | None = None, *, private: bool = True) -> Report:
    """Look at every entry, at an earlier root (`SIZE:ROOT`), at the published tables, and, unless
    `private` is False or this is a copy for the public, at the confidential values beside it.

    Problems stand in the order of their positions; those of the ledger as a whole come last.
    Raises Malformed where `against` is no root.
    """
    found = verify(book.store, parse_checkpoint(against) if against else None)
    # What was tampered with cannot be folded: the tables are looked at where the record holds.
    problems = found.problems or _stale(book)
    is_readable = not found.problems and all(one.position is None for one in problems)
    if private and is_readable and not is_publication(book.store.conn):
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
