"""What proposals leave open is settled when they are appended, in their order: the references of
what they make, and the decimals of their currencies."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from events.base import CATALOGUE, Event
from events.confidential import Confidential
from events.dates import earliest
from events.record import EventCorrected
from events.versions import Recorded, Told, resolve
from ledger.clock import utc_now
from ledger.door import Numbers, Proposed, check_correction, digits_of
from ledger.entry import Draft

_STARTED_ON = utc_now()[:10]
"""Of days before it there is no need to look at the clock."""

_ANY_REF = {name: "?" for kind in CATALOGUE.values() for name in kind.assigned}
"""Stands for references until it is known which are needed."""


class Settling:
    """Makes drafts of the proposals for one case, and remembers them for those that follow."""

    def __init__(self, told: Iterable[Told], *, is_sealed: bool, has_hidden: bool) -> None:
        """`told` are the events of the case, with what is confidential in them."""
        self.known: list[Recorded] = []
        """The events of the case, by position."""
        self.is_sealed = is_sealed
        """Whether one of them keeps words confidential, beside the names of clerks."""
        self.has_hidden = has_hidden
        """Whether one of them is confidential as a whole."""
        self._events: dict[str, Event] = {}
        self._own: dict[str, dict[str, str]] = {}
        self._ever: dict[str, dict[str, str]] = {}
        self._numbers = Numbers(())
        for one in told:
            self.known.append(one.recorded)
            refs = one.recorded.resolved.get("refs") or {}
            self._numbers.note(one.event, refs)
            self._note(one.recorded.event_id, one.event, refs)

    def _note(self, event_id: str, event: Event, refs: dict[str, str]) -> None:
        self._events[event_id], self._own[event_id] = event, refs
        if refs:
            self._ever.setdefault(self._base(event_id), {}).update(refs)

    def _base(self, event_id: str) -> str:
        """What corrections of corrections are about in the end."""
        seen = set[str]()
        while event_id not in seen:
            seen.add(event_id)
            event = self._events.get(event_id)
            if isinstance(event, EventCorrected) and event.target in self._events:
                event_id = event.target
        return event_id

    def event(self, event_id: str) -> Event | None:
        """An event of the case, as corrected."""
        return self._events.get(event_id)

    def draft(self, proposal: Proposed, by: str, position: int) -> Draft:
        """The draft of a proposal that comes after those that were asked for before.

        Raises Malformed for a correction that makes no event, and for what is wrong with money.
        """
        event, resolved = proposal.event, dict[str, Any]()
        about, right = proposal.event_id, event
        self._events[proposal.event_id] = event
        if isinstance(event, EventCorrected) and event.target in self._events:
            about, right = self._corrected(proposal, event, position)
        # A correction says all that its event then needs, whatever becomes of other corrections.
        has = self._own.get(about, {})
        needed = self._numbers.assign(right, self._ever.get(about))
        refs = {name: ref for name, ref in needed.items() if name not in has}
        if refs:
            resolved["refs"] = refs
        said = [event] if right is event else [event, right]
        if digits := digits_of(*said):
            resolved["digits"] = digits
        if ahead := _ahead_of(right):
            resolved["ahead_of"] = ahead
        self._note(proposal.event_id, event, refs)
        draft = draft_of(proposal, by, resolved)
        self.known.append(draft.placed(position))
        return draft

    def _corrected(
        self, proposal: Proposed, event: EventCorrected, position: int
    ) -> tuple[str, Event]:
        """The event that a correction is about in the end, by id, and as it then reads."""
        target = self._events[event.target]
        if isinstance(target, Confidential):
            return proposal.event_id, event
        right = check_correction(target, event)
        self._events[event.target] = right
        if not isinstance(right, EventCorrected):
            return event.target, right
        placed = draft_of(proposal, "", {"refs": _ANY_REF}).placed(position)
        told = {one.recorded.event_id: one for one in resolve([*self.known, placed])}
        base = self._base(event.target)
        self._events[base] = told[base].event
        return base, told[base].event


def _ahead_of(event: Event) -> str | None:
    """Today, where the event is dated later: in no place on earth has that day begun."""
    on = event.happened_on
    if on is None or earliest(on) <= _STARTED_ON:
        return None
    today = utc_now()[:10]
    tomorrow = (date.fromisoformat(today) + timedelta(days=1)).isoformat()
    return today if earliest(on) > tomorrow else None


def draft_of(proposal: Proposed, by: str, resolved: dict[str, Any]) -> Draft:
    """A proposal as it is to be recorded, with what was settled."""
    event = proposal.event
    data = event.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    data.pop("occurred_on", None)
    corrects = data.pop("target") if event.corrects_target else None
    return Draft(
        event_id=proposal.event_id,
        case_id=proposal.case_id,
        type=event.type,
        schema_version=event.schema_version,
        occurred_on=event.occurred_on,
        recorded_by=by,
        source=proposal.source,
        confidence=proposal.confidence,
        caused_by=proposal.caused_by,
        corrects=corrects,
        data=data,
        resolved=resolved,
    )
