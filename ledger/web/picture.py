"""A case over time, as plain SVG: orders, fines, deadlines, stays and appeals on one axis."""

from datetime import date
from typing import Any, NamedTuple

from events.case import Case
from events.dates import earliest, latest
from events.rows import Appeal, Deadline, Fine, Order

WIDTH = 960
LANE_HEIGHT = 26
LEFT = 190
TOP = 28
_LABEL_MAX = 26


class Lane(NamedTuple):
    """One line of the picture: from when to when, or one day."""

    kind: str
    label: str
    start: str
    end: str | None
    words: str


def picture(case: Case) -> dict[str, Any] | None:
    """Coordinates for the template; None where no day is known."""
    lanes = [*_orders(case), *_deadlines(case), *_fines(case), *_appeals(case)]
    if not lanes:
        return None
    days = [_day(lane.start) for lane in lanes] + [_day(lane.end) for lane in lanes if lane.end]
    days += [_day(case.row.opened_on)] if case.row.opened_on else []
    first, last = min(days).year, max(days).year + 1
    start, span = date(first, 1, 1), (date(last, 1, 1) - date(first, 1, 1)).days

    def across(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - 24) * (day - start).days / span, 1)

    drawn = []
    for number, lane in enumerate(lanes):
        x = across(_day(lane.start))
        end = across(_day(lane.end)) if lane.end else None
        label = lane.label if len(lane.label) <= _LABEL_MAX else f"{lane.label[: _LABEL_MAX - 1]}…"
        drawn.append(
            {
                "kind": lane.kind,
                "label": label,
                "words": lane.words,
                "x": x,
                "width": max(4.0, round(end - x, 1)) if end is not None else None,
                "y": TOP + number * LANE_HEIGHT,
            }
        )
    step = max(1, (last - first) // 10)
    years = [{"x": across(date(year, 1, 1)), "year": year} for year in range(first, last + 1, step)]
    return {
        "lanes": drawn,
        "years": years,
        "width": WIDTH,
        "height": TOP + len(lanes) * LANE_HEIGHT + 8,
        "words": "; ".join(lane.words for lane in lanes),
    }


def _day(day: str | None) -> date:
    return date.fromisoformat(earliest(str(day)))


def _orders(case: Case) -> list[Lane]:
    found = []
    for order in case.of(Order).values():
        if order.issued_on:
            until = f", due {order.due_on}" if order.due_on else ""
            words = f"order {order.order_ref} of {order.issued_on}{until}, {order.status}"
            end = (
                order.due_on if order.due_on and order.due_on > earliest(order.issued_on) else None
            )
            found.append(Lane("order", f"Order {order.order_ref}", order.issued_on, end, words))
    return found


def _deadlines(case: Case) -> list[Lane]:
    """Deadlines that are no order's own; those are the end of their order's line."""
    return [
        Lane(
            "deadline",
            f"{d.deadline_ref}: {d.subject}",
            d.due_on,
            None,
            f"{d.subject}: {d.due_on}, {d.status}",
        )
        for d in case.of(Deadline).values()
        if d.due_on and not d.order_ref
    ]


def _fines(case: Case) -> list[Lane]:
    found = []
    for fine in case.of(Fine).values():
        if fine.imposed_on:
            words = f"fine {fine.fine_ref} of {fine.imposed_on}, {fine.legal_status}"
            end = (
                fine.unpaid_as_of
                if fine.unpaid_as_of and fine.unpaid_as_of > fine.imposed_on
                else None
            )
            words += f", said to be unpaid on {end}" if end else ""
            found.append(Lane("fine", f"Fine {fine.fine_ref}", fine.imposed_on, end, words))
    return found


def _appeals(case: Case) -> list[Lane]:
    found = []
    for appeal in case.of(Appeal).values():
        start = appeal.lodged_on or appeal.decided_on
        if start:
            end = latest(appeal.decided_on) if appeal.decided_on and appeal.lodged_on else None
            outcome = appeal.outcome or appeal.status
            words = f"appeal {appeal.appeal_ref} of {start}, {outcome}".replace("_", " ")
            found.append(Lane("appeal", f"Appeal {appeal.appeal_ref}", start, end, words))
    return found
