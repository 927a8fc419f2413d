"""Closing: the end of a case, and its reopening."""

from collections.abc import Iterator
from typing import Literal

from events.base import Event, Moment, Oddity
from events.case import Case
from events.rows import Appeal, Deadline, Fine, Order
from events.timing import OPEN
from events.words import Text


class CaseClosed(Event, name="case_closed"):
    """The case came to its end."""

    reason: (
        Literal[
            "complied",
            "paid",
            "final",
            "no_action",
            "withdrawn",
            "written_off",
            "settled",
            "superseded",
            "other",
        ]
        | None
    ) = None
    """Why it was closed."""
    note: Text | None = None
    """Anything to add."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if case.is_closed:
            yield Oddity("already_closed", "the case is already closed")
        loose = [
            f"order {o.order_ref}"
            for o in case.of(Order).values()
            if o.status in ("active", "breached")
        ]
        loose += [
            f"deadline {d.deadline_ref}" for d in case.of(Deadline).values() if d.status in OPEN
        ]
        loose += [f"appeal {a.appeal_ref}" for a in case.of(Appeal).values() if a.is_open]
        loose += [f"fine {f.fine_ref}" for f in case.of(Fine).values() if f.balance_minor > 0]
        if loose:
            yield Oddity("closed_with_open_items", f"still open: {', '.join(dict.fromkeys(loose))}")

    def apply(self, case: Case, at: Moment) -> None:
        case.is_closed = True
        case.set(case.row, closed_on=at.on)

    def summary(self, at: Moment) -> str:
        return f"Case closed{f': {self.reason}' if self.reason else ''}".replace("_", " ")


class CaseReopened(Event, name="case_reopened"):
    """A closed case was taken up again."""

    reason: Text | None = None
    """Why."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if not case.is_closed:
            yield Oddity("not_closed", "the case is not closed")

    def apply(self, case: Case, at: Moment) -> None:
        case.is_closed = False
        case.set(case.row, closed_on=None)

    def summary(self, at: Moment) -> str:
        return f"Case reopened{f': {self.reason}' if self.reason else ''}"
