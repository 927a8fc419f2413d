"""The fold: from the events of a case, as recorded, to the case as it stands.

It is a pure function of the events and never fails on a misfit: an event that cannot be applied is
not, one that can but is odd is, and both stand in `anomalies` until a later event makes sense of
them. Only an event of an unknown type or version stops it.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import takewhile
from typing import Any

from events import ceilings
from events.base import Moment, Oddity, Target
from events.case import Case, Change, DueKey
from events.confidential import Confidential
from events.dates import earliest
from events.opening import CaseOpened
from events.record import AboutEvent
from events.rows import Anomaly, Fine, Step
from events.versions import Places, Recorded, Told, Version, by_place, resolve, told_of

STALE = "due_date_stale"
"""Code of a deadline whose last day was not computed anew when what it rests on changed."""

AHEAD = "dated_ahead"
"""Code of an event that had not happened when it was recorded: perhaps its year was mistyped."""

NOT_OPENED = "case_not_opened"
"""Code of the first event of a case that nobody opened: perhaps its name was misspelt."""


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
    targets = _targets(told)
    if as_of is not None:
        ordered = _occurred_by(as_of, ordered)
    for one in ordered:
        _step(case, one, targets)
    _note_standing(case)
    return case


def _targets(told: Iterable[Told]) -> dict[str, Target]:
    """Events by id, for those that look at each other."""
    return {
        one.recorded.event_id: Target(
            one.recorded.position, one.event, one.withdrawn_by, one.versions[-1].refs
        )
        for one in told
    }


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
        return sorted(self.told, key=by_place) if self.case.step else []

    def add(self, new: Iterable[Recorded]) -> bool:
        """Take further events into the case, where they are the last in legal order, about no other
        event, and none of an earlier event is about them: the same as to fold all of them anew, in
        less time.

        Returns False, with the case as it was, where they are not; then nothing more can be added.
        """
        case, later = self.case, [told_of(recorded) for recorded in new]
        if any(isinstance(one.event, AboutEvent) for one in later):
            return False
        if any(one.recorded.event_id in self._missing for one in later):
            return False
        if self._places.in_order(later) != later or later[0].key <= self._last:
            return False
        if case.wanted or any(row.code in _ANEW for row in case.of(Anomaly).values()):
            return False
        case.dues = {**case.dues, **_dues(later)}
        targets = _targets(later)
        for one in later:
            _step(case, one, targets)
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
        refs=version.refs,
        digits=version.digits,
        targets=targets,
        source=version.source,
        confidence=version.confidence,
    )


def _take(case: Case, one: Told, version: Version, at: Moment) -> bool:
    """Apply a version of an event unless there is an objection, and note what is odd about it."""
    event = version.event
    objections = [*one.misfits, *event.objections(case, at)]
    doubts = [] if objections else [*event.doubts(case, at), *_ahead(version)]
    if not objections:
        event.apply(case, at)
        ceilings.keep_ceilings(case)
    for oddity in objections or doubts:
        _note(case, at.position, oddity, applied=not objections)
    # The opening comes first whatever its date: what finds the case without it, stays without it.
    tells = not event.is_record and not isinstance(event, Confidential)
    if case.row.title is None and tells and not case.lacks_opening:
        case.lacks_opening = True
        words = f"nobody opened case {case.case_id}; check its name, or record its case_opened"
        _note(case, at.position, Oddity(NOT_OPENED, words), applied=not objections)
    return not objections


def _ahead(version: Version) -> Iterator[Oddity]:
    on = version.event.happened_on
    if version.ahead_of and on and earliest(on) > version.ahead_of and not version.event.is_record:
        words = f"it is dated {on}, and was recorded on {version.ahead_of}, before that"
        yield Oddity(AHEAD, words)


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
