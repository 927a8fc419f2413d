"""Events about the record itself: an earlier event was wrong, or never should have been recorded,
or another source disagrees with it. The earlier event stays as it is."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, JsonValue

from events.base import Event, Lines, Moment, Oddity
from events.case import Case
from events.money import Money
from events.rows import Conflict
from events.words import Line, Text

ENVELOPE_FIELDS = ("occurred_on", "source", "confidence")
"""What a correction can change beside the fields of the type: not case, type and id."""


class AboutEvent(Event):
    """What events about another event have in common."""

    is_record = True

    target: Line
    """The event: its id. At the command line, its position."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        known = at.targets.get(self.target)
        if known is None or known.position >= at.position:
            yield Oddity("target_unknown", "it names no earlier event of this case")

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        known = at.targets[self.target]
        if known.withdrawn_since and known.withdrawn_since < at.position:
            words = f"event #{known.position} was already withdrawn, by #{known.withdrawn_since}"
            yield Oddity("target_withdrawn", words)


def in_order(value: Any) -> Any:
    """A value of JSON with the keys of its objects in order, as the record has them: what is told
    of an event must not depend on the order in which somebody wrote it."""
    if isinstance(value, dict):
        return {name: in_order(inside) for name, inside in sorted(value.items())}
    return [in_order(one) for one in value] if isinstance(value, list) else value


class EventCorrected(AboutEvent, name="event_corrected"):
    """An earlier event was recorded wrongly. What was recorded stays, and stands in what was known
    until this correction."""

    corrects_target: ClassVar[bool] = True

    changes: Annotated[dict[str, JsonValue], AfterValidator(in_order)]
    """The fields that were wrong, each with its right value; null where it should have been left
    out."""
    reason: Text | None = None
    """Why it is corrected, and what shows the right value."""

    def summary(self, at: Moment) -> str:
        changed = ", ".join(f"{name} is {_told(value)}" for name, value in self.changes.items())
        return f"Event #{_position(at, self.target)} corrected: {changed}"


class EventWithdrawn(AboutEvent, name="event_withdrawn"):
    """An earlier event should not have been recorded. It stays in the record and counts no more;
    withdrawing a withdrawal lets it count again."""

    corrects_target: ClassVar[bool] = True

    reason: Text
    """Why it is withdrawn."""

    def summary(self, at: Moment) -> str:
        return f"Event #{_position(at, self.target)} withdrawn: {self.reason}"


class EventDisputed(AboutEvent, name="event_disputed"):
    """Another source gives another value for a field of an earlier event. Both are kept; the ledger
    goes on with the recorded one until it is corrected."""

    field: Line
    """The field on which the sources disagree, e.g. occurred_on or amount."""
    other_value: Line
    """What the other source says. The other source is the source of this event."""
    note: Text | None = None
    """What is known of the disagreement."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        target = at.targets.get(self.target)
        if target and self.field not in type(target.event).model_fields:
            near = get_close_matches(self.field, type(target.event).model_fields, n=1)
            cure = f"; did you mean {near[0]}?" if near else ""
            yield Oddity("field_unknown", f"{target.event.type} has no field {self.field}{cure}")

    def apply(self, case: Case, at: Moment) -> None:
        target = at.targets[self.target]
        position = target.position
        recorded = _told(recorded_value(target.event, self.field))
        key = f"{position}/{self.field}/{self.other_value}"
        values: dict[str, Any] = {
            "recorded_value": recorded,
            "source": at.source,
            "confidence": at.confidence,
            "resolved": recorded is not None and same_value(recorded, self.other_value),
        }
        known = case.of(Conflict).get(key)
        if known:
            case.set(known, **values)
        else:
            case.put(
                Conflict(
                    position=position, field=self.field, other_value=self.other_value, **values
                )
            )

    def summary(self, at: Moment) -> str:
        other = f"another source has {self.other_value} for {self.field}"
        return f"Event #{_position(at, self.target)}: {other}"


class DisputeResolved(AboutEvent, name="dispute_resolved"):
    """A disagreement of sources was settled. `target` is the event that was disputed."""

    field: Line
    """The field that was disputed."""
    found: Literal["recorded", "other", "neither"]
    """Which value is right. Where it is another than the recorded one, record a correction too."""
    note: Text | None = None
    """What settled it."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        if not self._conflicts(case, at):
            yield Oddity("dispute_unknown", f"nobody disputed {self.field} of that event")

    def _conflicts(self, case: Case, at: Moment) -> list[Conflict]:
        position = at.targets[self.target].position if self.target in at.targets else 0
        return [
            row
            for row in case.of(Conflict).values()
            if (row.position, row.field) == (position, self.field)
        ]

    def apply(self, case: Case, at: Moment) -> None:
        for row in self._conflicts(case, at):
            case.set(row, resolved=True, resolved_as=self.found)

    def summary(self, at: Moment) -> str:
        return (
            f"Dispute on {self.field} of event #{_position(at, self.target)} settled: {self.found}"
        )


class PrivateErased(AboutEvent, name="private_erased"):
    """Confidential values that an earlier event only seals were erased. The event itself stays as
    it is, and so does every proof."""

    erased: Lines
    """The sealed fields whose values were erased; `data` where all of the event was sealed."""
    reason: Text
    """On what ground: a request under Article 17 GDPR, the end of a retention period."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        # A value is erased no less where the event that sealed it was withdrawn.
        return iter(())

    def summary(self, at: Moment) -> str:
        where = f"event #{_position(at, self.target)}"
        return f"Confidential values of {where} erased: {self.reason}"


def recorded_value(event: Event, name: str) -> Any:
    """The value of a field of an event, as JSON has it; None where it has no such field."""
    return event.model_dump(mode="json").get(name) if name in type(event).model_fields else None


def same_value(one: str, other: str) -> bool:
    """Whether two written values are the same, or the same amount of money written otherwise."""
    if one == other:
        return True
    try:
        return Money.parse(one) == Money.parse(other)
    except ValueError:
        return False


def _told(value: Any) -> str | None:
    if isinstance(value, (list, tuple)):
        return "; ".join(str(part) for part in value)
    return None if value is None else str(value)


def _position(at: Moment, target: str) -> int | str:
    return at.targets[target].position if target in at.targets else "?"
