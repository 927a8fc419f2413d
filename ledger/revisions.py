"""A later edition of a list: what it says otherwise is recorded as corrections."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from events.base import Event
from events.confidential import WHOLE, WITHIN
from events.record import AboutEvent
from events.versions import Told, resolve
from ledger.book import Book
from ledger.door import Proposed, imported_id, proposed
from ledger.entry import Entry
from ledger.errors import Refused
from ledger.spool import Found, FoundCase

_BY_NAME = 5
"""Version of a UUID that is made from a name."""


class Revision(NamedTuple):
    """What a later edition comes to for a case that the ledger has already."""

    proposals: list[Proposed]
    recorded_openly: int = 0
    """How many known events tell in the open what the edition would keep confidential."""
    gone: tuple[str, ...] = ()
    """Events that came from a file, and that the edition has no longer: they stay as they are."""


def revised(book: Book, case: FoundCase) -> Revision:
    """What to record of a case that the ledger has already.

    An event that is known and now reads otherwise becomes a correction of the known one. Its id is
    made from what it corrects, so that the same edition again adds nothing. An event that somebody
    withdrew stays withdrawn. What is sealed is compared where its value is there, and a correction
    of it seals too, as it does what the edition calls confidential; what was erased stays erased.
    Raises Refused where something changed in an event that the edition would seal as a whole, and
    that was recorded in the open.
    """
    entries = book.store.entries(case.case_id)
    opened = book.opened(entries)
    told = {one.recorded.event_id: one for one in resolve(opened)}
    sealed, left = _seals(entries), _seals(opened)
    proposals, openly = list[Proposed](), 0
    for found in case.events:
        known = told.get(found.proposal.event_id)
        marked = {place.removeprefix(WITHIN) for place in found.proposal.confidential}
        seals = sealed.get(found.proposal.event_id, set())
        unsealed = set() if WHOLE in seals else marked - seals
        openly += bool(known and unsealed)
        if known is None or found.changed == "refuse":
            proposals.append(found.proposal)
        elif found.changed == "keep" or known.withdrawn_by is not None:
            continue
        elif changes := _changes(known, found.proposal, left[found.proposal.event_id]):
            if WHOLE in unsealed:
                raise Refused(
                    f"event #{known.recorded.position} was recorded in the open, so what changed in"
                    " it cannot be confidential as a whole",
                    hint="name the fields that are to be confidential instead of all",
                )
            hidden = (seals | marked) & changes.keys()
            proposals.append(_correction(book, known, found, changes, hidden))
    return Revision(proposals, openly, tuple(_gone(opened, told, case)))


def _gone(entries: Iterable[Entry], told: Mapping[str, Told], case: FoundCase) -> Iterator[str]:
    asked = {found.proposal.event_id for found in case.events}
    for entry in entries:
        one = told[entry.event_id]
        # Ids of files are made from names; what somebody appended by hand has a random one.
        is_imported = UUID(entry.event_id).version == _BY_NAME and not entry.caused_by
        is_about = isinstance(one.event, AboutEvent) or one.withdrawn_by is not None
        if is_imported and not is_about and entry.event_id not in asked:
            yield f"#{entry.position} {entry.type} of {case.case_id}"


def _seals(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """Fields that events, or corrections of them, seal, by the event's id."""
    found: dict[str, set[str]] = {}
    for one in entries:
        places = {place.removeprefix(WITHIN) for place in one.seals}
        for event_id in (one.event_id, one.corrects):
            if event_id:
                found[event_id] = found.get(event_id, set()) | places
    return found


def _changes(known: Told, proposal: Proposed, left: Collection[str]) -> dict[str, Any]:
    """The fields that read otherwise now, null for those that are no longer there; of those that
    are `left` sealed nobody can tell."""
    last = known.versions[-1]
    old, new = _fields(last.event), _fields(proposal.event)
    names = sorted((old | new).keys() - left) if WHOLE not in left else []
    changes = {name: new.get(name) for name in names if old.get(name) != new.get(name)}
    for name, before, now in (
        ("source", last.source, proposal.source),
        ("confidence", last.confidence, proposal.confidence),
    ):
        if changes and before != now:
            changes[name] = now
    return changes


def _fields(event: Event) -> dict[str, Any]:
    return event.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def _correction(
    book: Book, known: Told, found: Found, changes: dict[str, Any], hidden: Collection[str]
) -> Proposed:
    proposal, target = found.proposal, known.recorded.event_id
    entry = book.store.at(known.versions[-1].since)
    assert entry is not None
    return proposed(
        proposal.case_id,
        "event_corrected",
        {"target": target, "changes": changes, "reason": "a later edition of the list"},
        event_id=imported_id(
            proposal.case_id, "event_corrected", f"{target} after {entry.event_id}"
        ),
        source=proposal.source,
        confidence=proposal.confidence,
        confidential=[name for name in hidden if changes[name] is not None],
    )
