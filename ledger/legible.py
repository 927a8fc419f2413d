"""Whether the events of every case can be read.

What a ledger wrote always can. Where they cannot, somebody tampered with the file, or a newer
program has written to it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import ValidationError

from events.base import UnknownType
from events.history import fold
from ledger.door import told
from ledger.entry import Entry
from ledger.errors import VerificationFailed
from ledger.store import Store

_STUMBLES = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)
"""What may come of reading what no door has let in: the fold does not look at it again."""


@contextmanager
def legible(store: Store) -> Iterator[None]:
    """What reads cases goes inside. Raises VerificationFailed, with its position, where an event
    cannot be read."""
    try:
        yield
    except _STUMBLES as error:
        position, why = next(unreadable(store), (None, _words(error)))
        where = f"the event at position {position}" if position else "the events"
        raise VerificationFailed(
            f"{where} cannot be read: {why}",
            hint="see what else was changed: `caseledger verify`",
            position=position,
        ) from error


def unreadable(store: Store) -> Iterator[tuple[int, str]]:
    """Of each case that cannot be read: position of the event from which on, and why."""
    for case_id, entries in store.by_case():
        if _why_not(case_id, entries) is not None:
            # Found by halving, because to read ever more events of a long case would take long.
            lengths = range(1, len(entries) + 1)
            first = bisect_left(
                lengths, True, key=lambda n: _why_not(case_id, entries[:n]) is not None
            )
            yield entries[first].position, _why_not(case_id, entries[: first + 1]) or ""


def _why_not(case_id: str, entries: Sequence[Entry]) -> str | None:
    try:
        fold(case_id, entries)
    except _STUMBLES as error:
        return _words(error)
    return None


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return f"it is not what an event of its type is: {told(error)}"
    if isinstance(error, UnknownType):
        return str(error)
    return f"what it holds does not fit together ({type(error).__name__}: {error})"
