"""Confidential values that stand beside the record: each is there as it was sealed, or an event
says that it was erased."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from events.confidential import WHOLE, WITHIN
from events.record import PrivateErased
from events.versions import event_of
from ledger.book import Book
from ledger.door import ALL, erasure
from ledger.entry import CLERK, Entry
from ledger.errors import NotFound
from ledger.lock import probe
from ledger.private import Value
from ledger.schema import is_publication
from ledger.sealing import Sealing, recorded_seals
from ledger.secrecy import Leak, leaks, sealed_in
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
    there = list(target.seals)
    # Who recorded it is another matter than what it says.
    own = [place for place in there if place != CLERK] or there
    wanted = [_place(name, there) for name in fields] or own
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
            said = erasure(target.case_id, target.event_id, left, reason)
            (receipt,) = book.append([said], by=by)
            recorded = receipt.entry
    book.private.erase(target.seals[place] for place in wanted)
    return recorded, wanted


def _place(name: str, there: Collection[str]) -> str:
    """The place that a client means; of a correction by the name of the field that it corrects."""
    plain = WHOLE if name == ALL else name.replace("-", "_")
    return WITHIN + plain if WITHIN + plain in there else plain


def held_elsewhere(book: Book, entry: Entry) -> list[int]:
    """Positions of the events about an event, such as corrections, that hold values of their own
    beside the record."""
    about = [
        one
        for one in book.store.entries(entry.case_id)
        if entry.event_id in (one.corrects, one.data.get("target"))
    ]
    held = book.private.values(_own_seals(about))
    return sorted(one.position for one in about if not held.keys().isdisjoint(_own_seals([one])))


def sealed_alike(book: Book, entry: Entry) -> list[int]:
    """Positions of other events, of any case, that seal the same words as an event does."""
    sealing = Sealing(book.private, None)
    others = [one for one in book.store.sealing() if one.position != entry.position]
    (own, *rest) = sealing.values([entry, *others])
    words = {secret.words for secret in sealed_in(*own)}
    return [
        other.position
        for other, values in rest
        if any(secret.words in words for secret in sealed_in(other, values))
    ]


def told_openly(book: Book) -> list[Leak]:
    """What events tell in the open although another one of their case seals it. Of an event that is
    sealed as a whole, only what the case had not told before. Raises FileTrouble."""
    sealing = Sealing(book.private, None)
    cases = dict.fromkeys(one.case_id for one in book.store.sealing() if _own_seals([one]))
    found = []
    for case_id in cases:
        told = list(leaks(sealing.values(book.store.entries(case_id))))
        known = {(one.sealed_by, one.place) for one in told if one.position < one.sealed_by}
        found += [one for one in told if one.place != WHOLE or (one.sealed_by, WHOLE) not in known]
    return found


def _own_seals(entries: Iterable[Entry]) -> list[str]:
    """Seals of what events say; who recorded them is another matter."""
    return [seal for entry in entries for place, seal in entry.seals.items() if place != CLERK]


def _erased(book: Book, case_id: str | None = None) -> dict[str, set[str]]:
    """What events say was erased: fields by the event_id of the event that sealed them."""
    found: dict[str, set[str]] = {}
    for entry in book.store.of_type("private_erased", case_id):
        event = event_of(entry)
        if isinstance(event, PrivateErased):
            found.setdefault(event.target, set()).update(event.erased)
    return found


def problems(book: Book) -> Iterator[Problem]:
    """What of the confidential values is not as it was sealed, what is gone without a word, and
    what stands there of an event that was never recorded."""
    erased = _erased(book)
    kept = {one.seal: one.is_whole for one in book.private.all()}
    lost = Counter[int]()
    for entry in book.store.sealing():
        told = erased.get(entry.event_id, set())
        for place, seal in entry.seals.items():
            is_whole = kept.get(seal)
            what = None
            if is_whole is None and place not in told:
                lost[entry.position] += 1
                what = "is gone, and no event says that it was erased"
            elif is_whole is not None and place in told:
                what = "was to be erased and is still there: `caseledger erase` completes it"
            elif is_whole is False:
                what = "is not what was sealed"
            if what and book.private.is_there:
                yield Problem(entry.position, f"its confidential {place} {what}")
    if lost and not book.private.is_there:
        yield Problem(
            None,
            f"{book.private.path} is not there: {lost.total()} confidential values are out of"
            " reach; put it back, or look at the record alone: `--without-private`",
        )
    yield from _left_behind(book)


def out_of_reach(book: Book) -> int:
    """How many confidential values are neither there nor said to be erased. None is missing from a
    copy for the public, which never has them. Raises FileTrouble, Busy."""
    if is_publication(book.store.conn):
        return 0
    erased = _erased(book)
    kept = {one.seal for one in book.private.all()}
    return sum(
        seal not in kept and place not in erased.get(entry.event_id, ())
        for entry in book.store.sealing()
        for place, seal in entry.seals.items()
    )


def erase_left_behind(book: Book) -> int:
    """Remove the values of events that this ledger never recorded; returns how many. Only where no
    copy of it has recorded them either, and none is being written. Raises FileTrouble, Busy."""
    with book.writing():
        left = left_behind(book)
        book.private.erase([one.seal for one in left])
    return len(left)


def left_behind(book: Book) -> list[Value]:
    """Values of events that this ledger was about to record, and never did. Raises FileTrouble."""
    awaited = book.private.awaited()
    recorded = recorded_seals(book.store, awaited)
    return [one for one in awaited if one.seal not in recorded]


def _left_behind(book: Book) -> Iterator[Problem]:
    left = left_behind(book)
    # Whoever is writing at this moment may be about to record them.
    if left and probe(book.store.path) != "held":
        yield Problem(
            None,
            f"{book.private.path} holds {len(left)} confidential values of events that this ledger"
            " never recorded; a copy of it may have: look with `verify` of every copy first. Only"
            " if none of them has recorded them, and none is being written, `caseledger erase"
            " --left-behind` removes them",
        )
