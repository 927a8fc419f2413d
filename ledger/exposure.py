"""What periodic penalties have come to by a day: exposure, and no debt until it is liquidated.

Counted are the units that have passed whole: calendar days, working days by the holidays of the
place, weeks, months; days on which a stay held the penalty off are left out, and the cap is kept.
Where the rate was changed, each unit counts at the rate of its day.
What accrues per violation cannot be counted from dates.
"""

from collections.abc import Container, Iterator
from datetime import date, timedelta
from typing import Any

from events.case import Case
from events.dates import is_full
from events.rows import Order, PenaltyRate, PeriodicPenalty
from events.timing import rates_of
from ledger.answers import decimal_text
from ledger.book import Book
from ledger.calendars import holidays_of
from ledger.due import cases_with, is_counted, on_day


def exposure(
    book: Book, on: str, case_id: str | None = None, known_at: str | None = None
) -> list[dict[str, Any]]:
    """The exposure of every periodic penalty on the day `on`, as the law stood on that day and by
    what was known at a moment.

    `units` and `exposure_minor` are None where they cannot be told, and `explained` says why.
    Cases counted in another one are left out. Raises Malformed, NotFound.
    """
    day = on_day(on)
    book.require_current()
    found = []
    for case in cases_with(book, PeriodicPenalty, day, case_id, known_at):
        if not is_counted(book, case):
            continue
        for penalty in case.of(PeriodicPenalty).values():
            found.append(_row(case, penalty, date.fromisoformat(day)))
    return found


def _row(case: Case, penalty: PeriodicPenalty, day: date) -> dict[str, Any]:
    why_not, counted = _unknown(case, penalty), list[tuple[PenaltyRate, int]]()
    if not why_not:
        counted = [(rate, units) for rate, units in _counted(case, penalty, day) if units]
        why_not = next((words for rate, _ in counted if (words := _uncountable(rate))), None)
    minor = None
    if not why_not:
        minor = sum(units * (rate.rate_minor or 0) for rate, units in counted)
        minor = minor if penalty.cap_minor is None else min(minor, penalty.cap_minor)
    capped = minor is not None and minor == penalty.cap_minor
    told = f"{_spoken(penalty, counted)} since {penalty.accrues_from}"
    same_unit = {rate.unit for rate, _ in counted} <= {penalty.unit}
    return {
        "case_id": case.case_id,
        "order_ref": penalty.order_ref,
        "on": day.isoformat(),
        "unit": penalty.unit,
        "accrues_from": penalty.accrues_from,
        "units": None if why_not or not same_unit else sum(units for _, units in counted),
        "currency": penalty.currency,
        "exposure_minor": minor,
        "exposure": decimal_text(minor, penalty.digits),
        "liquidated": decimal_text(penalty.liquidated_minor, penalty.digits),
        "explained": why_not or (f"{told}, at the cap" if capped else told),
    }


def _spoken(penalty: PeriodicPenalty, counted: list[tuple[PenaltyRate, int]]) -> str:
    """How many units; where there were several rates, at which each of them."""
    if len(counted) < 2:
        units = counted[0][1] if counted else 0
        return f"{units} {(counted[0][0] if counted else penalty).unit.replace('_', ' ')}s"
    return " and ".join(
        f"{units} {rate.unit.replace('_', ' ')}s at {decimal_text(rate.rate_minor, rate.digits)}"
        for rate, units in counted
    )


def _unknown(case: Case, penalty: PeriodicPenalty) -> str | None:
    """Why the exposure cannot be told; None where it can."""
    if penalty.rate_minor is None:
        return "the rate is not known"
    if penalty.unit == "violation":
        return "what accrues per violation cannot be counted from dates"
    if penalty.accrues_from is None:
        if case.of(Order)[penalty.order_ref].status == "breached":
            return "the day from which it accrues is not known"
        return "it does not accrue: no missed last day is recorded"
    if not is_full(penalty.accrues_from):
        return "the day from which it accrues is not known"
    if any(r.applies_from is None for r in rates_of(case, penalty.order_ref)[1:]):
        return "the day on which the rate changed is not known"
    return None


def _uncountable(rate: PenaltyRate) -> str | None:
    """Why what accrued under one of the rates cannot be told; None where it can."""
    if rate.rate_minor is None:
        return "the rate is not known for all days"
    return "a part accrued per violation" if rate.unit == "violation" else None


def _counted(case: Case, penalty: PeriodicPenalty, day: date) -> Iterator[tuple[PenaltyRate, int]]:
    """Each rate with the whole units that passed under it, stays left out. A week or a month counts
    at the rate of the day that completes it."""
    first = date.fromisoformat(str(penalty.accrues_from))
    last = min(day, date.fromisoformat(penalty.accrues_until)) if penalty.accrues_until else day
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for start, end in _stays(case, penalty):
        days = [one for one in days if not start <= one < end]
    free = _holidays(case, penalty, days)
    passed: dict[str, list[date]] = {}
    for rate in rates_of(case, penalty.order_ref):
        since, until = rate.applies_from or "", rate.applies_until or "9999"
        of_unit = passed.setdefault(rate.unit, [])
        before = _whole(rate.unit, of_unit, free)
        of_unit += [one for one in days if since <= one.isoformat() <= until]
        yield rate, _whole(rate.unit, of_unit, free) - before


def _holidays(case: Case, penalty: PeriodicPenalty, days: list[date]) -> Container[date]:
    """The public holidays that a penalty per working day leaves out."""
    units = {rate.unit for rate in rates_of(case, penalty.order_ref)}
    if "working_day" not in units or not days:
        return ()
    own = [row.calendar for row in case.deadlines_of(penalty.order_ref) if row.calendar]
    place = own[0] if own else case.row.jurisdiction
    return holidays_of(place, days[0], (days[-1] - days[0]).days + 366)


def _whole(unit: str, days: list[date], free: Container[date]) -> int:
    """How many whole units so many days make."""
    if unit == "working_day":
        return sum(one.weekday() < 5 and one not in free for one in days)
    if unit == "week":
        return len(days) // 7
    if unit == "month":
        return _whole_months(days[0], len(days)) if days else 0
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
