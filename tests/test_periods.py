"""Legal periods: Regulation (EEC, Euratom) No 1182/71, by the examples that lawyers know."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from events.case import DueKey
from events.periods import Period, end, parse
from ledger.calendars import due, holidays_of

# Event, period, place of the action, last day; as in the law's own terms.
EXAMPLES = {
    "E1 two months from a Friday end on that date": ("2021-11-26", "P2M", "FR", "2022-01-26"),
    "E2 a Sunday moves to the Monday": ("2022-10-18", "P2M", "FR", "2022-12-19"),
    "E3 a Saturday moves to the Monday": ("2022-10-17", "P2M", "FR", "2022-12-19"),
    "E4 a month without that date ends with its last day": (
        "2024-12-31",
        "P2M",
        "FR",
        "2025-02-28",
    ),
    "E5 weeks end on the same weekday": ("2024-05-16", "P6W", "NL", "2024-06-27"),
    "E6 Good Friday is a holiday in Germany": ("2025-04-08", "P10D", "DE", "2025-04-22"),
    "E6 Good Friday is no holiday in France": ("2025-04-08", "P10D", "FR", "2025-04-18"),
    "E7 1 and 8 May are no working days in France": (
        "2025-04-30",
        "5 working days",
        "FR",
        "2025-05-09",
    ),
    "E7 8 May is a working day in Germany": ("2025-04-30", "5 working days", "DE", "2025-05-08"),
    "E8 a Saturday moves in Luxembourg too": ("2021-07-15", "P6M", "LU", "2022-01-17"),
    "E9 28 days": ("2022-05-18", "P28D", "GB", "2022-06-15"),
    "E9 and three months": ("2022-06-15", "P3M", "GB", "2022-09-15"),
    "E9 and six months": ("2022-06-15", "P6M", "GB", "2022-12-15"),
    "E10 28 days": ("2025-04-30", "P28D", "IE", "2025-05-28"),
    "E10 and six months": ("2025-05-28", "P6M", "IE", "2025-11-28"),
    "a year is twelve months, and 29 February ends on the 28th": (
        "2024-02-29",
        "P1Y",
        "FR",
        "2025-02-28",
    ),
    "two days over a weekend have two working days": ("2022-12-16", "P2D", "FR", "2022-12-20"),
    "one day may be a single working day": ("2022-12-16", "P1D", "FR", "2022-12-19"),
    "a place without a calendar has weekends": ("2022-10-18", "P2M", "ZZ", "2022-12-19"),
}


@pytest.mark.parametrize(("runs_from", "period", "place", "last"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_period_ends_as_the_regulation_says(
    runs_from: str, period: str, place: str, last: str
) -> None:
    assert due(DueKey(period, runs_from, place))["due_on"] == last


def test_a_last_day_says_what_it_was_computed_from() -> None:
    told = due(DueKey("P10D", "2025-04-08", "DE"))
    assert told["explained"] == (
        "10 days from Tuesday 8 April 2025 end on Friday 18 April 2025, so on Tuesday 22 April 2025"
        " (Good Friday on 18 April, Easter Monday on 21 April)"
    )
    assert (told["rule"], told["nominal_on"]) == ("EU-1182/71", "2025-04-18")
    assert told["calendar_version"].startswith("holidays ")


def test_without_a_calendar_it_says_that_only_weekends_were_looked_at() -> None:
    assert "no calendar of holidays for ZZ" in due(DueKey("P2M", "2022-10-18", "ZZ"))["explained"]


def test_where_a_part_of_a_country_is_unknown_it_says_that_those_of_the_country_count() -> None:
    told = due(DueKey("P2M", "2022-10-18", "DE-WB"))["explained"]
    assert "no holidays of DE-WB itself are known, those of DE were looked at" in told
    assert "itself" not in due(DueKey("P2M", "2022-10-18", "DE-BW"))["explained"]


EU_AND_EEA = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO GB"
)


@pytest.mark.parametrize("place", EU_AND_EEA.split())
def test_every_state_of_the_union_and_the_area_and_the_kingdom_has_its_holidays(place: str) -> None:
    assert date(2024, 12, 25) in holidays_of(place, date(2024, 1, 1), 365)


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("P2M", Period(2, "month")),
        ("P1Y", Period(12, "month")),
        ("P6W", Period(6, "week")),
        ("P28D", Period(28, "day")),
        ("10 working days", Period(10, "working day")),
        ("1 working day", Period(1, "working day")),
        (" 2 months ", Period(2, "month")),
    ],
)
def test_a_period_is_read_as_people_write_it(written: str, period: Period) -> None:
    assert parse(written) == period
    assert parse(str(period)) == period


@pytest.mark.parametrize(
    "written", ["", "P", "P0D", "P1M2D", "PT72H", "two months", "-P1D", "P1.5M", "0 working days"]
)
def test_what_is_no_period_is_refused_with_the_cure(written: str) -> None:
    with pytest.raises(ValueError, match=r"write P2M, P28D|has no length"):
        parse(written)


days = some.dates(date(1990, 1, 1), date(2040, 12, 31))
periods = some.builds(
    Period, some.integers(1, 60), some.sampled_from(["day", "week", "month", "working day"])
)
calendars = some.frozensets(days, max_size=5)


@given(periods, days, calendars)
def test_a_period_ends_on_a_working_day_after_the_event_and_says_so(
    period: Period, runs_from: date, holidays: frozenset[date]
) -> None:
    ended = end(period, runs_from, holidays)
    assert ended.due_on > runs_from
    assert ended.nominal_on <= ended.due_on
    assert ended.due_on.weekday() < 5
    assert ended.due_on not in holidays
    assert (ended.due_on - runs_from).days <= period.days_max
    assert ended.due_on.strftime("%A ") in ended.explained


@given(periods, days, calendars)
def test_a_period_of_two_days_or_more_has_two_working_days(
    period: Period, runs_from: date, holidays: frozenset[date]
) -> None:
    last = end(period, runs_from, holidays).due_on
    between = (runs_from + timedelta(days=n) for n in range(1, (last - runs_from).days + 1))
    working = [day for day in between if day.weekday() < 5 and day not in holidays]
    assert len(working) >= (1 if period.length == 1 and "day" in period.unit else 2)


@given(some.integers(1, 60), days, calendars)
def test_working_days_are_counted_one_by_one(
    length: int, runs_from: date, holidays: frozenset[date]
) -> None:
    last = end(Period(length, "working day"), runs_from, holidays).nominal_on
    between = (runs_from + timedelta(days=n) for n in range(1, (last - runs_from).days + 1))
    assert sum(day.weekday() < 5 and day not in holidays for day in between) == length
