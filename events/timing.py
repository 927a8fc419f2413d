"""What happens to the last day of a deadline: set, computed, moved, paused, chained.

Nothing is computed here that depends on a calendar of holidays: what a last day rests on is a
`DueKey`, and the day itself was worked out when an event was appended (`Case.dues`).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from events.base import Event, Moment, Oddity
from events.case import Case, DueKey, Pause, Trigger
from events.dates import is_full
from events.periods import RULE
from events.rows import Deadline, Order, PeriodicPenalty

OPEN = ("pending", "running", "extended", "suspended")
"""Statuses of a deadline that has not come to an end."""


class Start(NamedTuple):
    """The full day from which a period runs, and whether it is a day of service or otherwise fixed."""

    runs_from: str
    served: bool


def start_of(event: Event, at: Moment) -> Start | None:
    """From which day a period set by this act runs: from service where it is known
    (`notified_on`), else from the act itself. None where that is not known to the day."""
    if event.notified_on:
        served = at.seen(event.notified_on)
        return Start(served, served=True) if served and is_full(served) else None
    day = event.occurred_on or event.decided_on
    return Start(day, served=False) if day and is_full(day) else None


def time_deadline(
    case: Case, at: Moment, deadline: Deadline, start: Start | None, period: str | None = None
) -> None:
    """Let a deadline run from `start` for `period`, else for its own, and take the last day that
    was computed for that."""
    length = period or deadline.period
    due = None
    if start and length and (at.as_of is None or start.runs_from <= at.as_of):
        key = DueKey(length, start.runs_from, deadline.calendar or case.row.jurisdiction)
        case.triggers[deadline.deadline_ref] = Trigger(key, at.position, at.on)
        due = case.dues.get(key)
        if due is None:
            case.wanted.setdefault(key, (deadline.deadline_ref, at.position, at.on))
    else:
        case.triggers.pop(deadline.deadline_ref, None)
    doubt = "" if start is None or start.served else ", as far as the day of service is not known"
    case.set(
        deadline,
        runs_from=start.runs_from if start and due else None,
        due_on_computed=due["due_on"] if due else None,
        explained=f"{due['explained']} (indicative{doubt})" if due else None,
    )
    conclude(case, at, deadline)


def conclude(case: Case, at: Moment, deadline: Deadline) -> None:
    """Settle which last day counts, and what rests on it: the order, and deadlines that follow."""
    due_on = deadline.due_on_stated or deadline.due_on_computed
    status = deadline.status
    if status in ("pending", "running"):
        status = "running" if due_on else "pending"
    case.set(
        deadline,
        due_on=due_on,
        rule="as_stated" if deadline.due_on_stated else RULE if deadline.due_on_computed else None,
        status=status,
    )
    order = case.order(deadline.order_ref)
    if order:
        case.set(order, due_on=due_on)
    for follower in list(case.of(Deadline).values()):
        if follower.follows == deadline.deadline_ref and follower.status in OPEN:
            follow(case, at, follower)


def follow(case: Case, at: Moment, deadline: Deadline) -> None:
    """Time a deadline that runs from the last day of another one."""
    leader = case.of(Deadline).get(deadline.follows or "")
    running = (
        leader is not None and leader.due_on and leader.status not in ("suspended", "cancelled")
    )
    start = Start(leader.due_on, served=True) if leader and leader.due_on and running else None
    time_deadline(case, at, deadline, start)


def deadline_unknown(case: Case, ref: str) -> Iterator[Oddity]:
    """The objection to an event on a deadline that nobody set."""
    known = case.of(Deadline)
    if ref not in known:
        cure = f"the case has {', '.join(known)}" if known else "the case has no deadline"
        yield Oddity("deadline_unknown", f"no deadline {ref} was set; {cure}")


def order_unknown(case: Case, order_ref: str) -> Iterator[Oddity]:
    """The objection to an event on an order that nobody issued."""
    if case.order(order_ref) is None:
        known = ", ".join(case.of(Order))
        cure = f"the case has {known}" if known else "the case has no order"
        yield Oddity("order_unknown", f"no order {order_ref} was issued; {cure}")


def end_deadlines(case: Case, order_ref: str, status: str) -> None:
    """End the open deadlines of an order: `met` or `cancelled`."""
    for deadline in case.deadlines_of(order_ref):
        if deadline.status in OPEN:
            case.pauses.pop(deadline.deadline_ref, None)
            case.set(deadline, status=status)


def pause(case: Case, at: Moment, deadline: Deadline) -> None:
    """Suspend a deadline. What is left of it is counted in days from the day of the suspension."""
    if deadline.status not in OPEN:
        return
    held = case.pauses.get(deadline.deadline_ref)
    if held:
        held.causes.add(at.position)
        return
    known = deadline.due_on and at.on and is_full(at.on)
    left = days_between(str(at.on), str(deadline.due_on)) if known else None
    case.pauses[deadline.deadline_ref] = Pause(left, {at.position})
    case.set(deadline, status="suspended")
    conclude(case, at, deadline)


def resume(case: Case, at: Moment, deadline: Deadline, lifted: set[int] | None = None) -> None:
    """Let a suspended deadline run again for the days that were left of it, unless something
    else still holds it off. `lifted` are the causes that ended; all of them where left out."""
    held = case.pauses.get(deadline.deadline_ref)
    if held is None:
        return
    held.causes -= held.causes if lifted is None else lifted
    if held.causes:
        return
    del case.pauses[deadline.deadline_ref]
    case.set(deadline, status="running" if deadline.due_on else "pending")
    if held.left_days is None or not at.on or not is_full(at.on):
        conclude(case, at, deadline)
    elif held.left_days > 0:
        case.set(deadline, due_on_stated=None)
        time_deadline(case, at, deadline, Start(at.on, served=True), f"P{held.left_days}D")
    else:
        conclude(case, at, deadline)


def breach(case: Case, deadline: Deadline) -> None:
    """Let a missed deadline have its effect on its order, and on the penalty attached to that."""
    order = case.order(deadline.order_ref)
    if order is None:
        return
    if order.status == "active":
        case.set(order, status="breached")
    penalty = case.of(PeriodicPenalty).get(order.order_ref)
    if penalty and deadline.due_on and penalty.accrues_from is None:
        case.set(penalty, accrues_from=day_after(deadline.due_on))


def day_after(day: str) -> str:
    """The day after a full date."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def days_between(first: str, last: str) -> int:
    """Days from one full date to another, one of the two end days counted."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
