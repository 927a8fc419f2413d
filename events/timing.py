"""What happens to the last day of a deadline: set, computed, moved, paused, chained.

Nothing is computed here that depends on a calendar of holidays: what a last day rests on is a
`DueKey`, and the day itself was worked out when an event was appended (`Case.dues`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from events.base import Event, Moment, Oddity
from events.case import Annulment, Case, DueKey, Pause, Trigger
from events.dates import day_after, days_between, earliest, is_full, latest
from events.periods import RULE
from events.rows import Deadline, Order, PenaltyRate, PeriodicPenalty, Step

OPEN = ("pending", "running", "extended", "suspended")
"""Statuses of a deadline that has not come to an end."""


class Start(NamedTuple):
    """The full day from which a period runs, and whether that day is certain: that of service, or
    one that was stated."""

    runs_from: str
    is_certain: bool


def start_of(event: Event, at: Moment) -> Start | None:
    """From which day a period set by this act runs: from service where it is known
    (`notified_on`), else from the act itself. None where that is not known to the day."""
    if event.notified_on:
        return stated(at, event.notified_on)
    day = at.seen(event.occurred_on or event.decided_on)
    return Start(day, is_certain=False) if day and is_full(day) else None


def stated(at: Moment, day: str) -> Start | None:
    """A day that was stated, unless it is not known to the day, or had not come yet."""
    seen = at.seen(day)
    return Start(seen, is_certain=True) if seen and is_full(seen) else None


def time_deadline(
    case: Case, at: Moment, deadline: Deadline, start: Start | None, period: str | None = None
) -> None:
    """Let a deadline run from `start` for `period`, else for its own, and take the last day that
    was computed for that."""
    length = period or deadline.period
    due = None
    if start and length:
        key = DueKey(length, start.runs_from, deadline.calendar or case.row.jurisdiction)
        case.triggers[deadline.deadline_ref] = Trigger(key, at.position, at.on)
        due = case.dues.get(key)
        if due is None:
            case.wanted.setdefault(key, (deadline.deadline_ref, at.position, at.on))
    else:
        case.triggers.pop(deadline.deadline_ref, None)
    case.set(
        deadline,
        runs_from=start.runs_from if start and due else None,
        due_on_computed=due["due_on"] if due else None,
        explained=_explained(due, start) if start and due else None,
    )
    conclude(case, at, deadline)


def _explained(due: Mapping[str, Any], start: Start) -> str:
    doubt = "" if start.is_certain else "; the day of service is not known"
    return f"{due['explained']} (indicative; rule {due['rule']}; not legal advice{doubt})"


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
    if order and case.deadlines_of(order.order_ref)[0] is deadline:
        case.set(order, due_on=due_on)
    for follower in list(case.of(Deadline).values()):
        # One that was extended has a last day of its own from then on.
        if follower.follows == deadline.deadline_ref and follower.status in _FOLLOWING:
            follow(case, at, follower)


_FOLLOWING = ("pending", "running", "suspended")


def follow(case: Case, at: Moment, deadline: Deadline) -> None:
    """Time a deadline that runs from the last day of another one."""
    leader = case.of(Deadline).get(deadline.follows or "")
    runs = leader is not None and leader.status not in ("suspended", "cancelled")
    day = leader.due_on if leader and runs else None
    time_deadline(case, at, deadline, Start(day, is_certain=True) if day else None)


def deadline_unknown(case: Case, ref: str) -> Iterator[Oddity]:
    """The objection to an event on a deadline that nobody set."""
    known = case.of(Deadline)
    if ref not in known:
        cure = f"the case has {', '.join(known)}" if known else "the case has no deadline"
        yield Oddity("deadline_unknown", f"no deadline {ref} was set; {cure}")


def deadline_known(case: Case, ref: str) -> Iterator[Oddity]:
    """The objection to setting a deadline whose reference is taken."""
    if ref in case.of(Deadline):
        yield Oddity("deadline_known", f"deadline {ref} was already set")


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


def pause(case: Case, at: Moment, deadline: Deadline, causes: Iterable[int] = ()) -> None:
    """Suspend a deadline. What is left of it is counted in days from the day of the suspension.
    `causes` are the positions of the events that hold it off, if not this one does."""
    holding = set(causes) or {at.position}
    held = case.pauses.get(deadline.deadline_ref)
    if held and deadline.status in ("suspended", "cancelled"):
        held.causes |= holding
        return
    if deadline.status not in OPEN:
        return
    known = deadline.due_on and at.on and is_full(at.on)
    left = days_between(str(at.on), str(deadline.due_on)) if known else None
    case.pauses[deadline.deadline_ref] = Pause(left, holding)
    case.set(deadline, status="suspended")
    conclude(case, at, deadline)


def resume(case: Case, at: Moment, deadline: Deadline, lifted: set[int] | None = None) -> None:
    """Let a suspended deadline run again for the days that were left of it, unless something
    else still holds it off. `lifted` are the causes that ended; all of them where left out.

    Its last day is unknown where the suspension began or ended on a day that is not known.
    """
    held = case.pauses.get(deadline.deadline_ref)
    if held is None:
        return
    held.causes -= held.causes if lifted is None else lifted
    if held.causes:
        return
    del case.pauses[deadline.deadline_ref]
    case.set(deadline, status="running")
    if deadline.due_on is None or (held.left_days is not None and held.left_days <= 0):
        conclude(case, at, deadline)
        return
    known = held.left_days is not None and at.on and is_full(at.on)
    start = Start(str(at.on), is_certain=True) if known else None
    case.set(deadline, due_on_stated=None)
    time_deadline(case, at, deadline, start, f"P{held.left_days}D")


def breach(case: Case, at: Moment, deadline: Deadline) -> None:
    """Let a missed deadline have its effect on its order, and on the penalty attached to that.
    Where the last day is not known, it was over on the day on which it was found to be missed."""
    order = case.order(deadline.order_ref)
    if order is None:
        return
    if order.status == "active":
        case.set(order, status="breached")
    penalty = case.of(PeriodicPenalty).get(order.order_ref)
    if penalty:
        over = latest(at.on) if at.on else None
        begin_accrual(case, penalty, day_after(deadline.due_on) if deadline.due_on else over)


def begin_accrual(case: Case, penalty: PeriodicPenalty, breached_on: str | None) -> None:
    """Let the penalty of a breached order accrue, from the first day of the breach and never before
    the day from which on the penalty itself is to accrue. Not where that day is unknown."""
    if penalty.accrues_from is None and breached_on:
        first = rates_of(case, penalty.order_ref)[0]
        case.set(penalty, accrues_from=max(breached_on, first.applies_from or ""))
        count_suspended(case, penalty)


def missed_on(case: Case, ref: str) -> str | None:
    """The full day on which a deadline is missed: the day after its last day, but none before that
    last day was set. None where the last day is not known."""
    deadline = case.of(Deadline).get(ref)
    if deadline is None or deadline.due_on is None:
        return None
    return max(day_after(deadline.due_on), due_set_by(case, ref)[1])


def due_set_by(case: Case, ref: str) -> tuple[int, str]:
    """Position of the event that put the present last day of a deadline there, and the day it has
    in law; for an event without a day that of the last one before it."""
    place = (Deadline.table, ref, "due_on")
    last = [c for c in case.changes if (c.table_name, c.ref, c.field) == place][-1]
    steps = [row for row in case.of(Step).values() if row.step <= last.step and row.effective_on]
    return last.position, earliest(str(steps[-1].effective_on)) if steps else ""


def undo_breach(case: Case, deadline: Deadline) -> None:
    """Take back what a missed deadline did to its order, unless another one was missed too."""
    order = case.order(deadline.order_ref)
    if order is None or any(d.status == "missed" for d in case.deadlines_of(order.order_ref)):
        return
    if order.status == "breached":
        case.set(order, status="active")
    penalty = case.of(PeriodicPenalty).get(order.order_ref)
    if penalty and penalty.accrues_from:
        case.set(penalty, accrues_from=None)
        count_suspended(case, penalty)


def hold_accrual(case: Case, at: Moment, order_ref: str) -> None:
    """Let the penalty of an order accrue no more for the time being. Of a day that is not known,
    the earliest counts: nobody is charged for a day on which the order may have been stayed."""
    penalty = case.of(PeriodicPenalty).get(order_ref)
    if penalty and penalty.suspended_from is None and at.on:
        case.set(penalty, suspended_from=earliest(at.on))


def free_accrual(case: Case, at: Moment, order_ref: str) -> None:
    """Let the penalty of an order accrue again, from the day of the event on; of a day that is not
    known, from the latest."""
    penalty = case.of(PeriodicPenalty).get(order_ref)
    if penalty and penalty.suspended_from and at.on:
        spans = case.suspensions.setdefault(order_ref, [])
        spans.append((penalty.suspended_from, latest(at.on)))
        case.set(penalty, suspended_from=None)
        count_suspended(case, penalty)


def rates_of(case: Case, order_ref: str) -> list[PenaltyRate]:
    """The rates that the penalty of an order has had, from the first to the present one."""
    return [rate for rate in case.of(PenaltyRate).values() if rate.order_ref == order_ref]


def note_rate(case: Case, penalty: PeriodicPenalty, since: str | None) -> None:
    """Let the present rate and unit of a penalty count from the full day `since` on, and not
    before; None where that day is not known, and for the first rate."""
    known = rates_of(case, penalty.order_ref)
    last = known[-1] if known else None
    if last and (last.rate_minor, last.unit) == (penalty.rate_minor, penalty.unit):
        return
    if last and since and last.applies_from and since <= last.applies_from:
        case.set(last, rate_minor=penalty.rate_minor, unit=penalty.unit)
        return
    if last:
        case.set(last, applies_until=day_after(since, -1) if since else None)
    case.put(
        PenaltyRate(
            order_ref=penalty.order_ref,
            rate_no=len(known) + 1,
            applies_from=since,
            currency=penalty.currency,
            digits=penalty.digits,
            rate_minor=penalty.rate_minor,
            unit=penalty.unit,
        )
    )
    count_suspended(case, penalty)


def count_suspended(case: Case, penalty: PeriodicPenalty) -> None:
    """Count the days of ended stays on which the penalty would have accrued, each of them once,
    and under the rate that it would have had."""
    spans, reached = [], penalty.accrues_from
    over = day_after(latest(penalty.accrues_until)) if penalty.accrues_until else _NEVER
    for first, end in sorted(case.suspensions.get(penalty.order_ref, ())):
        if reached is None:
            break
        start, stop = max(first, reached), min(end, over)
        if start < stop:
            spans.append((start, stop))
            reached = stop
    case.set(penalty, suspended_days=sum(days_between(*span) for span in spans))
    for rate in rates_of(case, penalty.order_ref):
        since = rate.applies_from or ""
        until = day_after(rate.applies_until) if rate.applies_until else _NEVER
        within = [(max(first, since), min(end, until)) for first, end in spans]
        days = sum(days_between(first, end) for first, end in within if first < end)
        case.set(rate, suspended_days=days)


_NEVER = "9999-12-31"
"""A day after all others."""


def accrued(case: Case, order_ref: str, first: str, last: str) -> int | None:
    """What a penalty per calendar day comes to for the full days from `first` to `last`, both
    counted, each at its rate, in minor units. None where a rate is per another unit, or not
    known."""
    total = 0
    for rate in rates_of(case, order_ref):
        start = max(first, rate.applies_from or first)
        days = days_between(start, min(last, rate.applies_until or last)) + 1
        if rate.applies_from is None and rate.rate_no > 1:
            return None
        if days <= 0:
            continue
        if rate.rate_minor is None or rate.unit != "calendar_day":
            return None
        total += days * rate.rate_minor
    return total


def end_accrual(case: Case, at: Moment, order_ref: str) -> bool:
    """Let the penalty of an order accrue no further than the day of the event; whether it did."""
    penalty = case.of(PeriodicPenalty).get(order_ref)
    if not (penalty and penalty.accrues_until is None and at.on):
        return False
    case.set(penalty, accrues_until=earliest(at.on))
    return True


def annul_order(case: Case, at: Moment, order: Order) -> None:
    """Take an order out of force. Its open deadlines stop, and keep in mind what was left of
    them."""
    if order.status == "annulled":
        return
    ended = end_accrual(case, at, order.order_ref)
    case.annulments[order.order_ref] = Annulment(order.status, at.position, ended)
    case.set(order, status="annulled")
    for deadline in case.deadlines_of(order.order_ref):
        if deadline.status in OPEN:
            pause(case, at, deadline)
            case.set(deadline, status="cancelled")


def reinstate_order(case: Case, at: Moment, order: Order) -> None:
    """Put an annulled order in force again, as it was: the deadlines that its annulment cancelled
    run for what was left of them, and its penalty did not accrue in between."""
    before = case.annulments.pop(order.order_ref, None)
    if before is None:
        return
    case.set(order, status=before.status)
    for deadline in case.deadlines_of(order.order_ref):
        if deadline.deadline_ref in case.pauses and deadline.status == "cancelled":
            case.set(deadline, status="suspended")
            resume(case, at, deadline, {before.position})
    penalty = case.of(PeriodicPenalty).get(order.order_ref)
    if penalty and penalty.accrues_until and before.ended_accrual and at.on:
        spans = case.suspensions.setdefault(order.order_ref, [])
        spans.append((day_after(penalty.accrues_until), latest(at.on)))
        case.set(penalty, accrues_until=None)
        count_suspended(case, penalty)
