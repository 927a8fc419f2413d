"""Deadlines: when something must be done, and whether it was."""

from collections.abc import Iterator
from typing import Literal

from events.base import Event, Moment, Oddity
from events.case import Case
from events.dates import Day, days_between, is_full, latest
from events.periods import Duration
from events.rows import Deadline
from events.timing import (
    Start,
    breach,
    conclude,
    deadline_known,
    deadline_unknown,
    follow,
    order_unknown,
    pause,
    resume,
    start_of,
    stated,
    time_deadline,
    undo_breach,
)
from events.words import Country, Line, Ref, Text


class DeadlineSet(Event, name="deadline_set", assigned={"deadline": "D"}):
    """A deadline that is not an order's own: to answer, to pay, to appeal, or one that waits for
    something."""

    deadline: Ref | None = None
    """The deadline: D1, D2, … in order where left out."""
    subject: Line
    """What must be done by then."""
    order: Ref | None = None
    """The order that it belongs to, if any."""
    within: Duration | None = None
    """Period: P2M, P28D, P6W, or 10 working days."""
    runs_from: Day | None = None
    """Day of the event from which the period runs; service or date of this act where left out."""
    follows: Ref | None = None
    """The deadline from whose last day the period runs, e.g. D1 for the end of the appeal
    period."""
    waits_for: Line | None = None
    """What must happen before the period runs, e.g. expiry of the appeal period."""
    due_on: Day | None = None
    """Last day as a document states it; it wins over a computed one."""
    calendar: Country | None = None
    """Place whose public holidays count; the jurisdiction of the case where left out."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from deadline_known(case, self.ref("deadline", at))
        if not (self.within or self.due_on):
            yield Oddity("deadline_without_end", "a deadline needs a period or a last day")
        if self.order:
            yield from order_unknown(case, self.order)
        if self.follows:
            yield from deadline_unknown(case, self.follows)

    def apply(self, case: Case, at: Moment) -> None:
        deadline = case.put(
            Deadline(
                deadline_ref=self.ref("deadline", at),
                subject=self.subject,
                order_ref=self.order,
                due_on_stated=self.due_on,
                period=self.within,
                calendar=self.calendar,
                follows=self.follows,
                waits_for=None if self.runs_from else self.waits_for,
            )
        )
        if self.follows:
            follow(case, at, deadline)
        elif self.runs_from:
            time_deadline(case, at, deadline, stated(at, self.runs_from))
        else:
            start = None if self.waits_for else start_of(self, at)
            time_deadline(case, at, deadline, start)
        if stays := case.stays.get(f"orders:{self.order}"):
            pause(case, at, deadline, stays)

    def summary(self, at: Moment) -> str:
        when = self.due_on or (f"within {self.within}" if self.within else "")
        waiting = self.waits_for or (f"the end of {self.follows}" if self.follows else "")
        start = f" from {waiting}" if waiting else ""
        return f"Deadline {self.ref('deadline', at)} set, {when}{start}: {self.subject}"


class AboutDeadline(Event):
    """What events on one deadline have in common."""

    deadline: Ref
    """The deadline, e.g. D1."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from deadline_unknown(case, self.deadline)

    def row(self, case: Case) -> Deadline:
        """The deadline of the case."""
        return case.of(Deadline)[self.deadline]


class DeadlineTriggered(AboutDeadline, name="deadline_triggered"):
    """What a deadline waits for took place, or its date became known. The ledger itself appends
    this event, as `recomputed`, when a correction changes what a computed last day rests on."""

    runs_from: Day | None = None
    """Day of what it waited for; service or date of this event where left out."""
    reason: Line | None = None
    """What set the period running."""
    basis: Literal["fact", "recomputed"] = "fact"
    """fact: it took place; recomputed: nothing happened but that last days were computed anew."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.basis == "fact":
            yield from super().objections(case, at)

    def apply(self, case: Case, at: Moment) -> None:
        # A recomputed last day counts wherever it is asked for (Case.dues): here nothing happens.
        if self.basis == "recomputed":
            return
        deadline = self.row(case)
        start = stated(at, self.runs_from) if self.runs_from else start_of(self, at)
        case.set(deadline, waits_for=None, follows=None)
        time_deadline(case, at, deadline, start)

    def summary(self, at: Moment) -> str:
        if self.basis == "recomputed":
            return f"Last day of deadline {self.deadline} computed anew"
        because = f": {self.reason}" if self.reason else ""
        start = self.runs_from or at.on or "an unknown day"
        return f"Deadline {self.deadline} runs from {start}{because}"


class DeadlineExtended(AboutDeadline, name="deadline_extended"):
    """A deadline was moved to a later day. Every earlier last day stays in `changes`."""

    due_on: Day | None = None
    """The new last day."""
    extra: Duration | None = None
    """How much longer it is, where no new last day is stated: counted from the last day so far."""
    granted_by: Literal["agreement", "authority", "court", "law"] | None = None
    """Who extended it."""
    reason: Text | None = None
    """Why."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        if not (self.due_on or self.extra):
            yield Oddity("deadline_without_end", "an extension needs a new last day or a period")

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        deadline = self.row(case)
        if self.due_on and deadline.due_on and self.due_on <= deadline.due_on:
            yield Oddity(
                "extension_not_later",
                f"deadline {self.deadline} runs until {deadline.due_on} already",
            )
        if deadline.status in ("met", "cancelled"):
            yield Oddity(
                "deadline_settled", f"deadline {self.deadline} was already {deadline.status}"
            )
        if self.extra and not deadline.due_on:
            yield Oddity(
                "last_day_unknown",
                f"the last day of {self.deadline} is not known, so it cannot be moved",
            )

    def apply(self, case: Case, at: Moment) -> None:
        deadline, before = self.row(case), self.row(case).due_on
        was_missed = deadline.status == "missed"
        case.set(deadline, extensions=deadline.extensions + 1, due_on_stated=self.due_on)
        if deadline.status != "suspended":
            case.set(deadline, status="extended", missed_basis=None, missed_asserted_by=None)
        if was_missed:
            undo_breach(case, deadline)
        if self.due_on:
            conclude(case, at, deadline)
        elif before and self.extra:
            time_deadline(case, at, deadline, Start(before, is_certain=True), self.extra)
        held = case.pauses.get(self.deadline)
        if held and held.left_days is not None and before and deadline.due_on:
            held.left_days += days_between(before, deadline.due_on)

    def summary(self, at: Moment) -> str:
        until = f"to {self.due_on}" if self.due_on else f"by {self.extra}"
        by = f" by {self.granted_by}" if self.granted_by else ""
        because = f": {self.reason}" if self.reason else ""
        return f"Deadline {self.deadline} extended {until}{by}{because}"


class DeadlineSuspended(AboutDeadline, name="deadline_suspended"):
    """A deadline does not run for the time being."""

    reason: Text | None = None
    """Why."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        status = self.row(case).status
        if status in ("met", "missed", "cancelled"):
            yield Oddity("deadline_settled", f"deadline {self.deadline} was already {status}")
        elif status == "suspended":
            yield Oddity("already_suspended", f"deadline {self.deadline} is already suspended")

    def apply(self, case: Case, at: Moment) -> None:
        pause(case, at, self.row(case))

    def summary(self, at: Moment) -> str:
        return f"Deadline {self.deadline} suspended{f': {self.reason}' if self.reason else ''}"


class DeadlineResumed(AboutDeadline, name="deadline_resumed"):
    """A suspended deadline runs again, for the days that were left of it."""

    due_on: Day | None = None
    """The new last day, where it is stated."""
    reason: Text | None = None
    """Why."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        if self.deadline in case.of(Deadline) and self.row(case).status != "suspended":
            yield Oddity("deadline_not_suspended", f"deadline {self.deadline} is not suspended")

    def apply(self, case: Case, at: Moment) -> None:
        deadline = self.row(case)
        resume(case, at, deadline)
        if self.due_on:
            case.set(deadline, due_on_stated=self.due_on)
            conclude(case, at, deadline)

    def summary(self, at: Moment) -> str:
        until = f" until {self.due_on}" if self.due_on else ""
        return f"Deadline {self.deadline} runs again{until}"


class DeadlineMet(AboutDeadline, name="deadline_met"):
    """What was due was done in time. Dated after the last day, it leaves a deadline missed that was
    found to be missed; in time or without a date, it takes that back, and the breach with it."""

    asserted_by: Line | None = None
    """Who established it; the authority of the case where left out."""
    note: Text | None = None
    """What was done."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        deadline = self.row(case)
        was_missed = deadline.status == "missed"
        if deadline.status in ("met", "cancelled"):
            yield Oddity(
                "deadline_settled", f"deadline {self.deadline} was already {deadline.status}"
            )
        elif self._is_late(case, at):
            stays = "; it stays missed: what was done late is an order_complied"
            words = f"deadline {self.deadline} ended on {deadline.due_on}, before {at.on}"
            yield Oddity("met_late", f"{words}{stays if was_missed else ''}")
        elif was_missed:
            words = f"deadline {self.deadline} was already missed; with this it counts as met"
            yield Oddity("deadline_settled", words)

    def _is_late(self, case: Case, at: Moment) -> bool:
        due_on = self.row(case).due_on
        return bool(due_on and at.on and is_full(at.on) and at.on > due_on)

    def apply(self, case: Case, at: Moment) -> None:
        deadline = self.row(case)
        was_missed = deadline.status == "missed"
        if was_missed and self._is_late(case, at):
            return
        case.pauses.pop(self.deadline, None)
        case.set(deadline, status="met", missed_basis=None, missed_asserted_by=None)
        if was_missed:
            undo_breach(case, deadline)

    def summary(self, at: Moment) -> str:
        return f"Deadline {self.deadline} met{f': {self.note}' if self.note else ''}"


class DeadlineMissed(AboutDeadline, name="deadline_missed"):
    """Somebody established that a deadline passed without what was due. It occurs on the day after
    the last day, also where no date is given and that day is known. The order it belongs to is then
    breached."""

    basis: Literal["finding", "computed"] = "finding"
    """finding: an authority established it; computed: the calendar alone says so."""
    asserted_by: Line | None = None
    """Who established it; where left out, the authority of the case, if it is a finding."""
    note: Text | None = None
    """What was established, e.g. that there was no reply at all."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        known = self.row(case)
        if known.due_on and at.on and latest(at.on) <= known.due_on:
            yield Oddity(
                "missed_early",
                f"deadline {self.deadline} runs until {known.due_on}, so it cannot be missed on "
                f"{at.on}",
            )
        if known.status in ("met", "cancelled", "missed", "suspended"):
            yield Oddity("deadline_settled", f"deadline {self.deadline} was already {known.status}")

    def apply(self, case: Case, at: Moment) -> None:
        deadline = self.row(case)
        # That the calendar says so is nobody's finding.
        authority = case.row.authority if self.basis == "finding" else None
        case.pauses.pop(self.deadline, None)
        case.set(
            deadline,
            status="missed",
            missed_basis=self.basis,
            missed_asserted_by=self.asserted_by or authority,
        )
        breach(case, at, deadline)

    def summary(self, at: Moment) -> str:
        return f"Deadline {self.deadline} missed{f': {self.note}' if self.note else ''}"
