"""Events as they were recorded, each brought together with what was recorded about it later:
corrections, withdrawals, and its place in legal order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from events.base import Event, Oddity, load
from events.confidential import WHOLE, Confidential, masked
from events.dates import earliest
from events.opening import CaseOpened
from events.record import AboutEvent, EventCorrected, EventWithdrawn


class Recorded(Protocol):
    """An event as the record holds it."""

    @property
    def position(self) -> int: ...
    @property
    def event_id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def schema_version(self) -> int: ...
    @property
    def occurred_on(self) -> str | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def confidence(self) -> str | None: ...
    @property
    def corrects(self) -> str | None: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def resolved(self) -> Mapping[str, Any]: ...


class Version(NamedTuple):
    """An event as recorded, or as one correction left it."""

    event: Event
    since: int
    """Position of the event itself, or of the correction."""
    digits: Mapping[str, int]
    refs: Mapping[str, str]
    """References assigned to it, by field."""
    source: str | None
    confidence: str | None
    ahead_of: str | None = None
    """The day on which it was recorded, where it is dated later."""


@dataclass(slots=True, eq=False)
class Told:
    """An event of the case with all that was recorded about it."""

    recorded: Recorded
    versions: list[Version]
    withdrawn_by: int | None = None
    """Position of the first withdrawal of it that stands."""
    misfits: list[Oddity] = field(default_factory=list)
    """What is odd about it before it is held against the case."""
    key: tuple[Any, ...] = ()
    """By it events go in legal order."""
    day: str = ""
    """The full day from which on it counts; empty where it counts on every day."""
    on: str | None = None
    """Legal date by which it is ordered."""

    @property
    def event(self) -> Event:
        """The event as it counts now."""
        return self.versions[-1].event


def event_of(recorded: Recorded) -> Event:
    """The event that the record holds, in the newest version of its type.

    Of what is sealed it has a placeholder. Raises UnknownType where this program is too old for it.
    """
    sealed = recorded.resolved.get("sealed")
    if sealed and WHOLE in sealed:
        return Confidential(occurred_on=recorded.occurred_on)
    data = masked(recorded.data, sealed) if sealed else dict(recorded.data)
    if recorded.occurred_on is not None:
        data["occurred_on"] = recorded.occurred_on
    if recorded.corrects is not None:
        data["target"] = recorded.corrects
    return load(recorded.type, recorded.schema_version, data)


def corrected(event: Event, changes: Mapping[str, Any]) -> Event:
    """An event with some of its fields changed; null leaves a field out. Raises ValidationError."""
    data = event.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for name, value in changes.items():
        if value is None:
            data.pop(name, None)
        elif name not in ("source", "confidence"):
            data[name] = value
    return type(event).model_validate(data)


def told_of(r: Recorded) -> Told:
    """An event with nothing yet recorded about it. Raises UnknownType."""
    digits, refs = r.resolved.get("digits") or {}, r.resolved.get("refs") or {}
    ahead = r.resolved.get("ahead_of")
    first = Version(event_of(r), r.position, digits, refs, r.source, r.confidence, ahead)
    return Told(r, [first])


def resolve(known: Iterable[Recorded]) -> list[Told]:
    """Corrections and withdrawals brought to the events they are about, from the latest back."""
    by_position = sorted(known, key=lambda recorded: recorded.position)
    told = [told_of(recorded) for recorded in by_position]
    by_id = {one.recorded.event_id: one for one in told}
    about: dict[str, list[Told]] = {}
    for one in reversed(told):
        _amend(one, about.get(one.recorded.event_id, ()))
        event = one.event
        if one.withdrawn_by is not None or not isinstance(event, (EventCorrected, EventWithdrawn)):
            continue
        target = by_id.get(event.target)
        if target is None or target.recorded.position >= one.recorded.position:
            continue
        if isinstance(event, EventWithdrawn):
            # The first of several withdrawals is met last.
            target.withdrawn_by = one.recorded.position
        else:
            about.setdefault(event.target, []).insert(0, one)
    return told


def _amend(one: Told, corrections: Iterable[Told]) -> None:
    """Bring the corrections of an event to it, in the order in which they were recorded."""
    for correction in corrections:
        event, last, settled = correction.event, one.versions[-1], correction.versions[-1]
        assert isinstance(event, EventCorrected)
        refs = {**last.refs, **settled.refs}
        try:
            right = corrected(last.event, event.changes)
        except ValidationError:
            right = None
        # What needs a reference that nobody assigned was made for an event that read otherwise.
        if right is None or right.unassigned().keys() - refs:
            fields = ", ".join(event.changes)
            words = f"the event would not be well-formed with {fields} as corrected"
            correction.misfits.append(Oddity("correction_malformed", words))
            continue
        one.versions.append(
            Version(
                right,
                correction.recorded.position,
                {**last.digits, **settled.digits},
                refs,
                _stated(event.changes, "source", last.source),
                _stated(event.changes, "confidence", last.confidence),
                settled.ahead_of or last.ahead_of,
            )
        )


def _stated(changes: Mapping[str, Any], name: str, before: str | None) -> str | None:
    """What a correction says of the envelope of its event, or what stood there."""
    right = changes.get(name, before)
    return None if right is None else str(right)


class Places:
    """Gives events, as they were recorded, their places in legal order.

    The opening comes first. The rest go by legal date, then by position; one without any date goes
    right after the last dated one recorded before it that is not confidential; events about an
    event go right after that.
    """

    def __init__(self) -> None:
        # A key of day and position; what goes right after another event has that one's in front.
        self._last: tuple[Any, ...] = ("", 0)
        self._day = ""
        self._by_id: dict[str, Told] = {}

    def in_order(self, told: list[Told]) -> list[Told]:
        """The events that were recorded next, each given its place, in legal order."""
        for one in told:
            self._by_id[one.recorded.event_id] = one
            self._place(one, one.event, one.recorded.position)
        return sorted(told, key=by_place)

    def _place(self, one: Told, event: Event, position: int) -> None:
        one.on = event.happened_on or one.recorded.resolved.get("occurred_on")
        if isinstance(event, AboutEvent):
            target = self._by_id.get(event.target)
            if target is None or target is one:
                one.key, one.day, one.on = (*self._last, 1, position), self._day, None
            else:
                one.key, one.day, one.on = (*target.key, 0, position), target.day, target.on
        elif isinstance(event, CaseOpened):
            one.key, one.day = ("", -1, position), earliest(one.on) if one.on else ""
            self._day = self._day or one.day
        elif one.on:
            one.day, one.key = earliest(one.on), (earliest(one.on), position)
            # A copy for the public lacks what is confidential, and must have the same order.
            if not isinstance(event, Confidential):
                self._day, self._last = one.day, one.key
        else:
            one.key, one.day = (*self._last, 1, position), self._day


by_place = attrgetter("key")
"""What events are sorted by once they have their places."""
