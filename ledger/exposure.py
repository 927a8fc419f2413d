"""What periodic penalties have come to by a day: exposure, and no debt until it is liquidated.

Counted are the units that have passed whole: calendar days, working days by the holidays of the
place, weeks, months; days on which a stay held the penalty off are left out, and the cap is kept.
What accrues per violation cannot be counted from dates.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from events.case import Case
from events.dates import is_full
from events.rows import PeriodicPenalty
from ledger.answers import decimal_text
from ledger.book import Book
from ledger.door import holidays_of
from ledger.due import on_day


def exposure(book: Book, on: str, case_id: str | None = None) -> list[dict[str, Any]]:
    """The exposure of every periodic penalty on the day `on`, as the law stood on that day.

    `units` and `exposure_minor` are None where they cannot be told, and `explained` says why.
    Cases counted in another one are left out. Raises Malformed, NotFound.
    """
    day = on_day(on)
    book.require_current()
    if case_id is not None:
        book.entries(case_id)
    rows = book.store.conn.execute(
        "select distinct case_id from main.periodic_penalties"
        " where ?1 is null or case_id = ?1 order by case_id",
        (case_id,),
    ).fetchall()
    found = []
    for (name,) in rows:
        case = book.case(name, as_of=day)
        if case.row.counted_in:
            continue
        for penalty in case.of(PeriodicPenalty).values():
            found.append(_row(case, penalty, date.fromisoformat(day)))
    return found


def _row(case: Case, penalty: PeriodicPenalty, day: date) -> dict[str, Any]:
    why_not = _unknown(penalty)
    units = None if why_not else _units(case, penalty, day)
    minor = None
    if units is not None and penalty.rate_minor is not None:
        minor = units * penalty.rate_minor
        minor = minor if penalty.cap_minor is None else min(minor, penalty.cap_minor)
    capped = minor is not None and minor == penalty.cap_minor
    counted = f"{units} {penalty.unit.replace('_', ' ')}s since {penalty.accrues_from}"
    return {
        "case_id": case.case_id,
        "order_ref": penalty.order_ref,
        "on": day.isoformat(),
        "unit": penalty.unit,
        "accrues_from": penalty.accrues_from,
        "units": units,
        "currency": penalty.currency,
        "exposure_minor": minor,
        "exposure": decimal_text(minor, penalty.digits),
        "liquidated": decimal_text(penalty.liquidated_minor, penalty.digits),
        "explained": why_not or (f"{counted}, at the cap" if capped else counted),
    }


def _unknown(penalty: PeriodicPenalty) -> str | None:
    """Why the exposure cannot be told; None where it can."""
    if penalty.rate_minor is None:
        return "the rate is not known"
    if penalty.unit == "violation":
        return "what accrues per violation cannot be counted from dates"
    if penalty.accrues_from is None:
        return "it does not accrue: no missed last day is recorded since it was attached"
    if not is_full(penalty.accrues_from):
        return "the day from which it accrues is not known"
    return None


def _units(case: Case, penalty: PeriodicPenalty, day: date) -> int:
    """How many whole units have passed, stays left out."""
    first = date.fromisoformat(str(penalty.accrues_from))
    last = min(day, date.fromisoformat(penalty.accrues_until)) if penalty.accrues_until else day
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for start, end in _stays(case, penalty):
        days = [one for one in days if not start <= one < end]
    if penalty.unit == "working_day":
        own = [row.calendar for row in case.deadlines_of(penalty.order_ref) if row.calendar]
        free = holidays_of(own[0] if own else case.row.jurisdiction, first, len(days) + 366)
        return sum(one.weekday() < 5 and one not in free for one in days)
    if penalty.unit == "week":
        return len(days) // 7
    if penalty.unit == "month":
        return _whole_months(first, len(days))
    return len(days)


def _whole_months(first: date, count: int) -> int:
    """Whole months in so many days from a day on, by the calendar."""
    after = first + timedelta(days=count)
    months = (after.year - first.year) * 12 + after.month - first.month
    return max(0, months - (after.day < first.day))


def _stays(case: Case, penalty: PeriodicPenalty) -> Iterator[tuple[date, date]]:
    """From when, and before which day, each stay or annulment held the penalty off."""
    for start, end in case.suspensions.get(penalty.order_ref, ()):
        yield date.fromisoformat(start), date.fromisoformat(end)
    if penalty.suspended_from:
        yield date.fromisoformat(penalty.suspended_from), date.max
