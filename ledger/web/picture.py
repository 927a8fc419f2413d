"""A case over time, as plain SVG: orders, fines, deadlines, stays and appeals on one axis."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from events.case import Case
from events.dates import earliest, latest
from events.rows import Appeal, Deadline, Fine, Order


class Size(NamedTuple):
    """How large a picture is drawn, in units of its own."""

    width: int
    left: int
    lane: int
    label_max: int
    years_max: int


WIDE = Size(width=960, left=220, lane=26, label_max=30, years_max=10)
NARROW = Size(width=360, left=18, lane=40, label_max=44, years_max=5)
"""For a telephone: the label stands above its line."""

_TOP, _RIGHT, _FOOT = 28, 24, 8


class Lane(NamedTuple):
    """One line of the picture: from when to when, or one day."""

    kind: str
    label: str
    start: str
    end: str | None
    words: str
    lasts: bool = False
    """Whether it still does: then it is drawn to the edge."""


def picture(case: Case, size: Size = WIDE) -> dict[str, Any] | None:
    """Coordinates for the template; None where no day is known."""
    lanes = [*_orders(case), *_deadlines(case), *_fines(case), *_stays(case), *_appeals(case)]
    if not lanes:
        return None
    days = [_day(lane.start) for lane in lanes] + [_day(lane.end) for lane in lanes if lane.end]
    days += [_day(case.row.opened_on)] if case.row.opened_on else []
    first, last = min(days).year, max(days).year + 1
    start, span = date(first, 1, 1), (date(last, 1, 1) - date(first, 1, 1)).days
    room = size.width - size.left - _RIGHT

    def across(day: date) -> float:
        return round(size.left + room * (day - start).days / span, 1)

    step = -(-(last - first) // size.years_max)
    return {
        "lanes": [_drawn(lane, number, size, across) for number, lane in enumerate(lanes)],
        "years": [
            {"x": across(date(year, 1, 1)), "year": year} for year in range(first, last + 1, step)
        ],
        "label_x": size.left - 12 if size is WIDE else 2,
        "width": size.width,
        "height": _TOP + len(lanes) * size.lane + _FOOT,
        "words": "; ".join(lane.words for lane in lanes),
    }


def _drawn(lane: Lane, number: int, size: Size, across: Callable[[date], float]) -> dict[str, Any]:
    x = across(_day(lane.start))
    end = across(_day(lane.end)) if lane.end else None
    if lane.lasts:
        end = size.width - _RIGHT
    short = len(lane.label) <= size.label_max
    return {
        "kind": lane.kind,
        "label": lane.label if short else f"{lane.label[: size.label_max - 1]}…",
        "words": lane.words,
        "x": x,
        "width": max(4.0, round(end - x, 1)) if end is not None else None,
        "y": _TOP + number * size.lane,
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


def _stays(case: Case) -> list[Lane]:
    """When a court or the law held off what: a line for all that was stayed on the same day."""
    since: dict[str, str] = {}
    found: dict[tuple[str, str | None], list[str]] = {}
    for change in case.changes:
        if change.field == "stayed" and change.effective_on:
            ref = change.ref.partition("/")[0] if change.table_name == "fines" else change.ref
            if change.new_value:
                since.setdefault(ref, change.effective_on)
            elif ref in since:
                found.setdefault((since.pop(ref), change.effective_on), []).append(ref)
    for ref, start in since.items():
        found.setdefault((start, None), []).append(ref)
    return [
        Lane(
            "stay",
            f"Stay of {', '.join(refs)}",
            start,
            end,
            f"stay of {', '.join(refs)} from {start}" + (f" to {end}" if end else ", which lasts"),
            lasts=end is None,
        )
        for (start, end), refs in sorted(found.items(), key=lambda one: one[0][0])
    ]


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
