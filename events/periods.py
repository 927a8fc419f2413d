"""Legal periods: "two months from 18 October 2022", and the day on which they end.

The rule here is Regulation (EEC, Euratom) No 1182/71 (CELEX 31971R1182). It governs acts of
the Union; for a period that an authority sets of its own it is used by analogy, so that what
comes out is indicative.
"""

import calendar
import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, WithJsonSchema

from events.dates import spoken

RULE = "EU-1182/71"
COUNT_MAX = 9_999

_ISO = re.compile(r"P(?:(\d{1,4})Y)?(?:(\d{1,6})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?", re.ASCII)
_WORDS = re.compile(r"(\d{1,4}) (working day|day|week|month|year)s?", re.ASCII)


class Period(NamedTuple):
    """How long a period is, in one unit."""

    length: int
    unit: str
    """`day`, `week`, `month` (a year is twelve) or `working day`."""

    def __str__(self) -> str:
        if self.unit == "working day":
            return self.spoken()
        return f"P{self.length}{self.unit[0].upper()}"

    @property
    def days_max(self) -> int:
        """More days than the period can take, weekends and holidays included."""
        return self.length * {"day": 1, "week": 7, "month": 31, "working day": 3}[self.unit] + 60

    def spoken(self) -> str:
        """`2 months`, `1 working day`."""
        return f"{self.length} {self.unit}{'' if self.length == 1 else 's'}"


def parse(written: str) -> Period:
    """Read `P2M`, `P28D`, `P6W`, `P1Y` or `10 working days`. Raises ValueError with the cure."""
    text = written.strip()
    if match := _WORDS.fullmatch(text):
        count, unit = int(match[1]), match[2]
    elif (match := _ISO.fullmatch(text)) and sum(
        group is not None for group in match.groups()
    ) == 1:
        count, unit = next(
            (int(group), name)
            for group, name in zip(match.groups(), ("year", "month", "week", "day"), strict=True)
            if group is not None
        )
    else:
        raise ValueError(
            f"{written!r} is not a period; write P2M, P28D, P6W, P1Y or '10 working days'"
        )
    if count == 0:
        raise ValueError(f"{written!r} has no length")
    return Period(count * 12, "month") if unit == "year" else Period(count, unit)


Duration = Annotated[
    str,
    AfterValidator(lambda written: str(parse(written))),
    WithJsonSchema({"type": "string", "examples": ["P2M", "P28D", "P6W", "10 working days"]}),
]
"""A period: an ISO 8601 duration of one unit, or a number of working days."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Where a period ends, and why."""

    due_on: date
    nominal_on: date
    """The last day before weekends and holidays were looked at."""
    explained: str


def end(period: Period, runs_from: date, holidays: Container[date]) -> Ended:
    """Last day of `period`, which runs from an event on `runs_from`.

    `holidays` are the public holidays of the place where the action is due (Article 2(1));
    Saturdays and Sundays need not be in it. Article numbers are those of Regulation 1182/71.

    * 3(1): the day of the event is not counted.
    * 3(2)(c): weeks and months end on the same weekday or date as the day of the event, or on
      the last day of the month where it lacks that date (C-171/03 Toeters, paras 33 and 36).
    * 3(3): holidays and weekends count, unless the period is in working days.
    * 3(4): a last day on a holiday, Saturday or Sunday moves to the next working day.
    * 3(5): a period of two days or more has at least two working days.
    """

    def is_working(day: date) -> bool:
        return day.weekday() < 5 and day not in holidays

    def next_working(day: date) -> date:
        while not is_working(day):
            day += timedelta(days=1)
        return day

    nominal = _nominal(period, runs_from, is_working)
    due = next_working(nominal)
    if period != Period(1, "day"):
        while _working_days(runs_from, due, is_working) < 2:
            due = next_working(due + timedelta(days=1))
    return Ended(due, nominal, _explain(period, runs_from, nominal, due))


def _nominal(period: Period, runs_from: date, is_working: Callable[[date], bool]) -> date:
    if period.unit == "day":
        return runs_from + timedelta(days=period.length)
    if period.unit == "week":
        return runs_from + timedelta(weeks=period.length)
    if period.unit == "month":
        months = runs_from.month - 1 + period.length
        year, month = runs_from.year + months // 12, months % 12 + 1
        return date(year, month, min(runs_from.day, calendar.monthrange(year, month)[1]))
    day, left = runs_from, period.length
    while left:
        day += timedelta(days=1)
        left -= is_working(day)
    return day


def _working_days(after: date, until: date, is_working: Callable[[date], bool]) -> int:
    """Working days after `after` up to and with `until`, counted no further than two."""
    found, day = 0, after
    while day < until and found < 2:
        day += timedelta(days=1)
        found += is_working(day)
    return found


def _explain(period: Period, runs_from: date, nominal: date, due: date) -> str:
    start, ends, last = (spoken(day.isoformat()) for day in (runs_from, nominal, due))
    moved = "" if due == nominal else f", so on {last}"
    return f"{period.spoken()} from {start} end on {ends}{moved}"
