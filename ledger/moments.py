"""Days and moments as people ask for them: what stood on a day, and what was known by then."""

import re

from events.dates import full
from ledger.entry import is_position
from ledger.errors import Malformed
from ledger.store import Store

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_IN_FULL = "write it in full, like 2022-10-17"


def day(name: str, written: str) -> str:
    """A day in full; `name` is what asks for it. Raises Malformed."""
    try:
        return full(written)
    except ValueError as error:
        words = str(error)
    if not _DAY.fullmatch(written.strip()):
        words = f"{written!r} does not name a day; {_IN_FULL}"
    raise Malformed(f"{name}: {words}", field=name) from None


def last_known(store: Store, known_at: str | None) -> int | None:
    """The last position known at a moment: a position in digits, the end of a day in UTC, or an
    instant. None where all counts. Raises Malformed."""
    if known_at is None:
        return None
    if is_position(known_at):
        return _position(known_at, store.size())
    if _DAY.fullmatch(known_at.strip()):
        return store.position_at(f"{day('known-at', known_at)}T23:59:59.999999Z")
    try:
        return store.position_at(known_at)
    except Malformed:
        raise Malformed(
            f"known-at: {known_at!r} is not an instant, nor a day; {_IN_FULL}, or with the time"
            " and its offset, like 2022-10-17T10:00:00Z",
            field="known-at",
        ) from None


def _position(written: str, last: int) -> int:
    if int(written) > last:
        raise Malformed(
            f"known-at: {written} would be the position of an event, and the last one is {last};"
            f" if it is a day, {_IN_FULL}",
            field="known-at",
        )
    return int(written)
