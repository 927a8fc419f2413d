"""The fold: from the events of a case, as recorded, to the case as it stands.

It is a pure function of the events and never fails on a misfit: an event that cannot be applied is
not, one that can but is odd is, and both stand in `anomalies` until a later event makes sense of
them. Only an event of an unknown type or version stops it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from events import ceilings
from events.base import Event, Moment, Oddity, Target, load
from events.case import Case, Change, DueKey
from events.confidential import WHOLE, Confidential, masked
from events.dates import earliest
from events.opening import CaseOpened
from events.record import AboutEvent, EventCorrected, EventWithdrawn
from events.rows import Anomaly, Fine, Step

STALE = "due_date_stale"
"""Code of a deadline whose last day was not computed anew when what it rests on changed."""

NOT_OPENED = "case_not_opened"
"""Code of the first event of a case that nobody opened: perhaps its name was misspelt."""


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
    source: str | None
    confidence: str | None


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


def fold(case_id: str, known: Iterable[Recorded], as_of: str | None = None) -> Case:
    """The case that its events come to, in legal order.

    `known` are the events of the case known so far, in any order. With `as_of` (a full date) only
    what had occurred by then counts, and dates that lie later are left out.
    Raises UnknownType for events that this program is too old to read.
    """
    told = resolve(known)
    return _folded(case_id, told, Places().in_order(told), as_of)


def _folded(case_id: str, told: list[Told], ordered: list[Told], as_of: str | None) -> Case:
    case = Case(case_id=case_id, dues=_dues(told), as_of=as_of)
    targets = {
        one.recorded.event_id: Target(
            one.recorded.position, one.event, one.withdrawn_by, one.recorded.resolved
        )
        for one in told
    }
    if as_of is not None:
        ordered = _occurred_by(as_of, ordered)
    for one in ordered:
        _step(case, one, targets)
    _note_standing(case)
    return case


def _occurred_by(as_of: str, ordered: list[Told]) -> list[Told]:
    """What had occurred by a day. Where anything had, the opening counts too, whatever its date:
    without it nobody could say whose case it is and which law it is under."""
    found = [one for one in ordered if one.day <= as_of]
    if found and not isinstance(found[0].event, CaseOpened):
        openings = [one for one in ordered if isinstance(one.event, CaseOpened)]
        found = [*openings, *found]
    return found


class Course:
    """The events of a case and what they come to, kept so that further events can be added."""

    def __init__(self, case_id: str, known: Iterable[Recorded]) -> None:
        """Raises what `fold` does."""
        self.told = resolve(known)
        self._case_id = case_id
        self._places = Places()

    @cached_property
    def case(self) -> Case:
        """The case as it stands; it changes as events are added."""
        ordered = self._places.in_order(self.told)
        self._last = ordered[-1].key if ordered else ()
        targets = {one.event.target for one in self.told if isinstance(one.event, AboutEvent)}
        self._missing = targets - {one.recorded.event_id for one in self.told}
        return _folded(self._case_id, self.told, ordered, None)

    def ordered(self) -> list[Told]:
        """The events in legal order."""
        return sorted(self.told, key=_key) if self.case.step else []

    def add(self, new: Iterable[Recorded]) -> bool:
        """Take further events into the case, where they are the last in legal order, about no other
        event, and none of an earlier event is about them: the same as to fold all of them anew, in
        less time.

        Returns False, with the case as it was, where they are not; then nothing more can be added.
        """
        case, later = self.case, [_told(recorded) for recorded in new]
        if any(isinstance(one.event, AboutEvent) for one in later):
            return False
        if any(one.recorded.event_id in self._missing for one in later):
            return False
        if self._places.in_order(later) != later or later[0].key <= self._last:
            return False
        if case.wanted or any(row.code in _ANEW for row in case.of(Anomaly).values()):
            return False
        case.dues = {**case.dues, **_dues(later)}
        for one in later:
            _step(case, one, {})
        _note_standing(case)
        self.told += later
        self._last = later[-1].key
        return True


def _dues(told: Iterable[Told]) -> dict[DueKey, Mapping[str, Any]]:
    """The last days that were computed for events, by what they depend on."""
    return {
        DueKey(due["period"], due["runs_from"], due["calendar"]): due
        for one in told
        for due in one.recorded.resolved.get("due", ())
    }


def _told(r: Recorded) -> Told:
    digits = r.resolved.get("digits") or {}
    return Told(r, [Version(event_of(r), r.position, digits, r.source, r.confidence)])


def resolve(known: Iterable[Recorded]) -> list[Told]:
    """Corrections and withdrawals brought to the events they are about, from the latest back."""
    by_position = sorted(known, key=lambda recorded: recorded.position)
    told = [_told(recorded) for recorded in by_position]
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
        event, last = correction.event, one.versions[-1]
        assert isinstance(event, EventCorrected)
        try:
            right = corrected(last.event, event.changes)
        except ValidationError:
            fields = ", ".join(event.changes)
            words = f"the event would not be well-formed with {fields} as corrected"
            correction.misfits.append(Oddity("correction_malformed", words))
            continue
        one.versions.append(
            Version(
                right,
                correction.recorded.position,
                {**last.digits, **(correction.recorded.resolved.get("digits") or {})},
                event.changes.get("source", last.source),  # type: ignore[arg-type]
                event.changes.get("confidence", last.confidence),  # type: ignore[arg-type]
            )
        )


class Places:
    """Gives events, as they were recorded, their places in legal order.

    The opening comes first. The rest go by legal date, then by position; one without any date goes
    right after the last dated one recorded before it; events about an event go right after that.
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
        return sorted(told, key=_key)

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
            one.day = self._day = earliest(one.on)
            one.key = self._last = (one.day, position)
        else:
            one.key, one.day = (*self._last, 1, position), self._day


_key = attrgetter("key")


def _step(case: Case, one: Told, targets: Mapping[str, Target]) -> None:
    """Take one event into the case."""
    case.step += 1
    case.position = one.recorded.position
    status = "record" if one.event.is_record else "applied"
    if isinstance(one.event, Confidential):
        status = "confidential"
    attributed: Mapping[tuple[str, str, str], int] = {}
    latest = one.versions[-1]
    at = _moment(case, one, latest, targets)
    if one.withdrawn_by is not None:
        status = "withdrawn"
    else:
        if len(one.versions) > 1:
            attributed = _attribution(case, one, targets)
        if one.event.document:
            case.documents.setdefault(one.event.document, at.position)
        if not _take(case, one, latest, at):
            status = "not_applied"
    case.settle()
    case.put(
        Step(
            position=at.position,
            step=case.step,
            effective_on=one.on,
            status=status,
            corrected_by=one.withdrawn_by or (latest.since if len(one.versions) > 1 else None),
            summary=one.event.summary(at),
        )
    )
    case.flush(one.on or one.day or None, attributed)


def _moment(case: Case, one: Told, version: Version, targets: Mapping[str, Target]) -> Moment:
    return Moment(
        position=one.recorded.position,
        # What an earlier version was worth is told as of the date that it had.
        on=one.on
        if version is one.versions[-1]
        else version.event.happened_on or one.recorded.resolved.get("occurred_on"),
        as_of=case.as_of,
        refs=one.recorded.resolved.get("refs") or {},
        digits=version.digits,
        targets=targets,
        source=version.source,
        confidence=version.confidence,
    )


def _take(case: Case, one: Told, version: Version, at: Moment) -> bool:
    """Apply a version of an event unless there is an objection, and note what is odd about it."""
    event = version.event
    objections = [*one.misfits, *event.objections(case, at)]
    doubts = [] if objections else list(event.doubts(case, at))
    if not objections:
        event.apply(case, at)
        ceilings.keep_ceilings(case)
    for oddity in objections or doubts:
        _note(case, at.position, oddity, applied=not objections)
    # The opening comes first whatever its date: what finds the case without it, stays without it.
    if case.row.title is None and not (case.lacks_opening or event.is_record):
        case.lacks_opening = True
        words = f"nobody opened case {case.case_id}; check its name, or record its case_opened"
        _note(case, at.position, Oddity(NOT_OPENED, words), applied=not objections)
    return not objections


def _note(case: Case, position: int, oddity: Oddity, *, applied: bool) -> None:
    known = case.of(Anomaly).get(f"{position}/{oddity.code}")
    if known is None:
        case.put(
            Anomaly(position=position, code=oddity.code, message=oddity.message, applied=applied)
        )
    elif oddity.message not in known.message:
        case.set(known, message=f"{known.message}; {oddity.message}")


def _attribution(
    case: Case, one: Told, targets: Mapping[str, Target]
) -> dict[tuple[str, str, str], int]:
    """Which values of a corrected event come from which correction: each is put down to the one
    from which on it has been what it is."""
    found: dict[tuple[str, str, str], tuple[Any, int]] = {}
    for version in one.versions:
        twin = case.clone()
        _take(twin, one, version, _moment(twin, one, version, targets))
        twin.settle()
        told = {
            (row.table, twin.ref_of(row), name): getattr(row, name)
            for row, before in twin.pending.items()
            for name in before
        }
        for place in found.keys() - told.keys():
            del found[place]
        for place, value in told.items():
            if place not in found or found[place][0] != value:
                found[place] = (value, version.since)
    own = one.recorded.position
    return {place: since for place, (_, since) in found.items() if since != own}


_STANDING = (STALE, ceilings.OVER)


def _note_standing(case: Case) -> None:
    """Note what is odd about the case as it stands in the end, whichever event came last:
    deadlines whose last day was not computed anew when what it rests on changed, and fines above
    what the law allows."""
    found = [
        (trigger.position, Oddity(STALE, f"the last day of deadline {ref} {_NOT_COMPUTED}"))
        for ref, trigger in case.triggers.items()
        if trigger.key not in case.dues
    ]
    for fine, oddity in ceilings.over_ceilings(case):
        found.append((_set_by(case, fine), oddity))
    for position, oddity in found:
        case.position = position
        _note(case, position, oddity, applied=True)
    if found:
        case.settle()
        case.flush(None, {})
        _merge_last_step(case)


def _merge_last_step(case: Case) -> None:
    """Let a value change once in the last step, where the event itself had changed it too."""
    last = list(takewhile(lambda change: change.step == case.step, reversed(case.changes)))
    del case.changes[len(case.changes) - len(last) :]
    merged: dict[tuple[str, str, str], Change] = {}
    for change in reversed(last):
        key = (change.table_name, change.ref, change.field)
        before = merged.get(key, change)
        merged[key] = change._replace(old_value=before.old_value, effective_on=before.effective_on)
    case.changes += merged.values()


_ANEW = (*_STANDING, "fine_unknown", "fine_proposed")
"""Codes of oddities that a later event may end, or tell otherwise."""
_NOT_COMPUTED = "was not computed after what it rests on changed"


def _set_by(case: Case, fine: Fine) -> int:
    """Position of the event that gave a fine its amount."""
    place = (fine.table, fine.ref, "amount_minor")
    for change in case.changes[::-1]:
        if (change.table_name, change.ref, change.field) == place:
            return change.position
    return fine.last_event
