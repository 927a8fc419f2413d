"""The fold: from the events of a case, as recorded, to the case as it stands.

It is a pure function of the events and never fails on a misfit: an event that cannot be applied is
not, one that can but is odd is, and both stand in `anomalies` until a later event makes sense of
them. Only an event of an unknown type or version stops it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from events.base import Event, Moment, Oddity, load
from events.case import Case, DueKey
from events.dates import earliest
from events.record import AboutEvent, EventCorrected, EventWithdrawn
from events.rows import Anomaly, Step


STALE = "due_date_stale"
"""Code of a deadline whose last day was not computed anew when what it rests on changed."""


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
    misfits: list[Oddity] = field(default_factory=list)
    """What is odd about it before it is held against the case."""
    key: tuple[str, int, int] = ("", 0, 0)
    on: str | None = None

    @property
    def event(self) -> Event:
        """The event as it counts now."""
        return self.versions[-1].event


def event_of(recorded: Recorded) -> Event:
    """The event that the record holds, in the newest version of its type.

    Raises UnknownType where this program is too old for it.
    """
    data = dict(recorded.data)
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
    return fold_told(case_id, resolve(known), as_of)


def fold_told(case_id: str, told: list[Told], as_of: str | None = None) -> Case:
    """`fold`, for events to which their corrections were brought already."""
    case = Case(case_id=case_id, dues=_dues(told), as_of=as_of)
    targets = {one.recorded.event_id: (one.recorded.position, one.event) for one in told}
    for one in in_legal_order(told):
        if as_of is None or one.key[0] <= as_of:
            _step(case, one, targets)
    _note_stale(case)
    return case


def fold_on(case: Case, told: list[Told], new: Iterable[Recorded]) -> bool:
    """Take further events into a case that `told` came to, where they are the last in legal order
    and about no other event: the same as to fold anew, in less time.

    Returns False, with the case as it was, where they are not.
    """
    later = [_told(recorded) for recorded in new]
    both = in_legal_order([*told, *later])
    if both[-len(later) :] != later or any(isinstance(one.event, AboutEvent) for one in later):
        return False
    if case.wanted or any(row.code == STALE for row in case.of(Anomaly).values()):
        return False
    case.dues = {**case.dues, **_dues(later)}
    for one in later:
        _step(case, one, {})
    _note_stale(case)
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
            target.withdrawn_by = target.withdrawn_by or one.recorded.position
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


def in_legal_order(told: list[Told]) -> list[Told]:
    """The events in the order in which they took effect, and the key of each.

    The opening comes first. The rest go by legal date, then by position; one without any date goes
    right after the last dated one recorded before it; events about an event go right after that.
    """
    last: tuple[str, int] = ("", 0)
    by_id = {one.recorded.event_id: one for one in told}
    for one in told:
        event, position = one.event, one.recorded.position
        one.on = event.happened_on
        if isinstance(event, AboutEvent):
            target = by_id.get(event.target)
            place = target.key if target else (*last, 0)
            one.key, one.on = (place[0], place[1], position), target.on if target else None
        elif event.type == "case_opened":
            one.key = ("", -1, position)
        elif one.on:
            last = (earliest(one.on), position)
            one.key = (*last, 0)
        else:
            one.key = (*last, position)
    return sorted(told, key=lambda one: one.key)


def _step(case: Case, one: Told, targets: Mapping[str, tuple[int, Event]]) -> None:
    """Take one event into the case."""
    position = one.recorded.position
    case.step += 1
    case.position = position
    status, attributed = "record" if isinstance(one.event, AboutEvent) else "applied", {}
    if one.withdrawn_by is not None:
        status = "withdrawn"
    else:
        if len(one.versions) > 1:
            attributed = _attribution(case, one, targets)
        if not _take(case, one, one.versions[-1], targets):
            status = "not_applied"
    if not case.changes and not case.pending:
        case.log_all(case.row)
    case.settle()
    case.put(
        Step(
            position=position,
            step=case.step,
            effective_on=one.on,
            status=status,
            corrected_by=one.withdrawn_by
            or (one.versions[-1].since if len(one.versions) > 1 else None),
            summary=one.event.summary(_moment(case, one, one.versions[-1], targets)),
        )
    )
    case.flush(one.on, attributed)


def _moment(
    case: Case, one: Told, version: Version, targets: Mapping[str, tuple[int, Event]]
) -> Moment:
    return Moment(
        position=one.recorded.position,
        # What an earlier version was worth is told as of the date that it had.
        on=one.on if version is one.versions[-1] else version.event.happened_on,
        as_of=case.as_of,
        refs=one.recorded.resolved.get("refs") or {},
        digits=version.digits,
        targets=targets,
        source=version.source,
        confidence=version.confidence,
    )


def _take(
    case: Case, one: Told, version: Version, targets: Mapping[str, tuple[int, Event]]
) -> bool:
    """Apply a version of an event unless there is an objection, and note what is odd about it."""
    event, at = version.event, _moment(case, one, version, targets)
    objections = [*one.misfits, *event.objections(case, at)]
    doubts = [] if objections else list(event.doubts(case, at))
    if not objections:
        event.apply(case, at)
    for oddity in objections or doubts:
        _note(case, at.position, oddity, applied=not objections)
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
    case: Case, one: Told, targets: Mapping[str, tuple[int, Event]]
) -> dict[tuple[str, str, str], int]:
    """Which values of a corrected event come from which correction: each is put down to the one
    from which on it has been what it is."""
    found: dict[tuple[str, str, str], tuple[Any, int]] = {}
    for version in one.versions:
        twin = case.clone()
        _take(twin, one, version, targets)
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


def _note_stale(case: Case) -> None:
    """Note deadlines whose last day was not computed anew when what it rests on changed."""
    stale = [
        (ref, trigger) for ref, trigger in case.triggers.items() if trigger.key not in case.dues
    ]
    for ref, trigger in stale:
        words = f"the last day of deadline {ref} was not computed after what it rests on changed"
        case.position = trigger.position
        _note(case, trigger.position, Oddity(STALE, words), applied=True)
    if stale:
        case.settle()
        case.flush(None, {})
