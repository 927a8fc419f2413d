"""An audit: the record by itself, then the published tables against the record."""

from ledger import confidential
from ledger.book import Book
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
    problems = found.problems or [Problem(None, what) for what in _stale(book)]
    if private and not found.problems and not is_publication(book.store.conn):
        problems += confidential.problems(book)
    ordered = sorted(problems, key=lambda one: (one.position is None, one.position or 0))
    return Report(found.count, found.root, ordered)


def _stale(book: Book) -> list[str]:
    """Where the published tables are not what the events come to."""
    try:
        return book.check()
    except ValueError as error:
        # A type that this program does not know, or data that is not of its type.
        return [f"the events cannot be read: {error}"]
