"""Confidential values that stand beside the record: each is there as it was sealed, or an event
says that it was erased."""

from collections import Counter
from collections.abc import Iterable, Iterator

from events.confidential import WHOLE
from events.record import PrivateErased
from events.versions import event_of
from ledger.book import Book
from ledger.door import ALL, proposed
from ledger.entry import CLERK, Entry
from ledger.errors import NotFound
from ledger.seal import sealed
from ledger.verify import Problem


def erase(
    book: Book, position: int, fields: Iterable[str] = (), *, reason: str, by: str
) -> tuple[Entry | None, list[str]]:
    """Erase the confidential values of an event, all of them where no field is named.

    An event records first what is erased and why, so that a crash in between leaves a value that
    is said to be erased, and the same command again completes it. Returns that event, None where
    it had been recorded before, and the fields. Raises NotFound where there is nothing of that
    name to erase; what `Book.append` raises.
    """
    target = book.event_at(position)
    there = list(target.resolved.get("sealed", ()))
    # Who recorded it is another matter than what it says.
    own = [place for place in there if place != CLERK] or there
    wanted = [WHOLE if name == ALL else name.replace("-", "_") for name in fields] or own
    missing = [name for name in wanted if name not in there]
    if missing or not there:
        has = f"what it seals is {', '.join(there)}" if there else "it seals nothing"
        what = f"no confidential {' or '.join(missing)}" if missing else "nothing confidential"
        raise NotFound(f"event #{position} has {what}; {has}", position=position)
    recorded = None
    with book.writing():
        told = _erased(book, target.case_id).get(target.event_id, set())
        left = [name for name in wanted if name not in told]
        if left:
            named = {"target": target.event_id, "erased": left, "reason": reason}
            (receipt,) = book.append([proposed(target.case_id, "private_erased", named)], by=by)
            recorded = receipt.entry
    book.private.erase(position, wanted)
    return recorded, wanted


def held_elsewhere(book: Book, entry: Entry) -> list[int]:
    """Positions of the events about an event, such as corrections, that hold values of their own
    beside the record."""
    about = {
        one.position
        for one in book.store.entries(entry.case_id)
        if entry.event_id in (one.corrects, one.data.get("target"))
    }
    held = book.private.values(*about) if about else ()
    return sorted({one.position for one in held if one.field != CLERK})


def _erased(book: Book, case_id: str | None = None) -> dict[str, set[str]]:
    """What events say was erased: fields by the event_id of the event that sealed them."""
    found: dict[str, set[str]] = {}
    for entry in book.store.of_type("private_erased", case_id):
        event = event_of(entry)
        if isinstance(event, PrivateErased):
            found.setdefault(event.target, set()).update(event.erased)
    return found


def problems(book: Book) -> Iterator[Problem]:
    """What of the confidential values is not as it was sealed, and what is gone without a word."""
    erased = _erased(book)
    values = {
        (one.position, one.field): sealed(one.salt, one.value)["sealed"]
        for one in book.private.values()
    }
    lost = Counter[int]()
    for position, event_id, seals in book.store.seals():
        told = erased.get(event_id, set())
        for field, seal in seals.items():
            kept = values.get((position, field))
            if kept is None and field not in told:
                lost[position] += 1
                if book.private.is_there:
                    what = "is gone, and no event says that it was erased"
                    yield Problem(position, f"its confidential {field} {what}")
            elif kept is not None and field in told:
                what = "was to be erased and is still there: `caseledger erase` completes it"
                yield Problem(position, f"its confidential {field} {what}")
            elif kept is not None and kept != seal:
                yield Problem(position, f"its confidential {field} is not what was sealed")
    if lost and not book.private.is_there:
        yield Problem(
            None,
            f"{book.private.path} is not there: {lost.total()} confidential values are out of"
            " reach; put it back, or look at the record alone: `--without-private`",
        )
