"""Last days of periods, by the public holidays of their place: worked out once, when an event is
appended, and stored in it with the version of the calendar."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from events.case import Case, DueKey
from events.history import fold
from events.periods import RULE, end, parse
from events.versions import Recorded
from ledger.errors import Malformed

_ROUNDS_MAX = 50
"""How often last days may rest on each other."""


def settled(
    case_id: str,
    events: Callable[[], Sequence[Recorded]],
    store: Callable[[dict[str, Any], str, int, str | None], None],
) -> Case:
    """The case of some events, once all last days that it asks for are stored in them.

    Each is given to `store`, with the deadline's reference, and the position and legal date of the
    event that asks for it; `events` are asked for anew after that. Raises Malformed as `due` does,
    and where deadlines wait for each other.
    """
    for _ in range(_ROUNDS_MAX):
        case = fold(case_id, events())
        if not case.wanted:
            return case
        for key, (ref, position, on) in case.wanted.items():
            store(due(key), ref, position, on)
    raise Malformed(f"the deadlines of case {case_id} wait for each other in a circle")


def due(key: DueKey) -> dict[str, Any]:
    """The last day of a period, with all it was computed from. Malformed beyond the calendar."""
    runs_from = date.fromisoformat(key.runs_from)
    period = parse(key.period)
    try:
        free = holidays_of(key.calendar, runs_from, period.days_max)
        ended = end(period, runs_from, free)
    except (OverflowError, ValueError):
        raise Malformed(
            f"a period of {key.period} from {key.runs_from} ends beyond the calendar"
        ) from None
    from importlib.metadata import version

    between = [d for d in free if runs_from < d <= ended.due_on]
    return {
        "period": key.period,
        "runs_from": key.runs_from,
        "calendar": key.calendar,
        "rule": RULE,
        "due_on": ended.due_on.isoformat(),
        "nominal_on": ended.nominal_on.isoformat(),
        "explained": ended.explained
        + _holiday_words(key.calendar, free, ended.nominal_on, ended.due_on),
        "holidays": [d.isoformat() for d in sorted(between)][:40],
        "calendar_version": f"holidays {version('holidays')}",
    }


def _holiday_words(
    calendar: str | None, free: Mapping[date, str], nominal: date, due_on: date
) -> str:
    """Which holidays moved the last day, or that none could be looked up."""
    known = calendar_country(calendar)
    if known is None:
        place = f"for {calendar}" if calendar else "without a place"
        return f"; no calendar of holidays {place}, only weekends were looked at"
    if "-" in str(calendar) and known[1] is None:
        return f"; no holidays of {calendar} itself are known, those of {known[0]} were looked at"
    day, named = nominal, []
    while day < due_on:
        if day in free:
            named.append(f"{free[day]} on {day.day} {day:%B}")
        day += timedelta(days=1)
    return f" ({', '.join(named)})" if named else ""


def calendar_country(calendar: str | None) -> tuple[str, str | None] | None:
    """Country and part of it whose public holidays are known, or None."""
    if not calendar:
        return None
    import holidays

    country, _, part = calendar.partition("-")
    supported = holidays.list_supported_countries(include_aliases=True)
    if country not in supported:
        return None
    return country, part if part in supported[country] else None


def holidays_of(calendar: str | None, start: date, days: int) -> Mapping[date, str]:
    """Public holidays of a place from the year of `start` on, by day; none where it is unknown."""
    place = calendar_country(calendar)
    if place is None:
        return {}
    import holidays

    years = range(start.year, start.year + days // 365 + 2)
    country, part = place
    return dict(holidays.country_holidays(country, subdiv=part, years=years, language="en_US"))
