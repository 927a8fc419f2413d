"""Legal dates, as precise as they are known: `2022-10-17`, `2022-10` or `2022`."""

import calendar
import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

YEAR_MIN = 1800
YEAR_MAX = 2199

# Digits are 0 to 9 alone: other scripts have digits too, which compare and sort otherwise.
_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def partial(written: object) -> str:
    """A date of any precision, checked. Raises ValueError with the cure."""
    return _checked(str(written).strip())


# The dates of a file are few, and each is read several times on its way into the tables.
@lru_cache(maxsize=20_000)
def _checked(text: str) -> str:
    match = _WRITTEN.fullmatch(text)
    if not match:
        raise ValueError(
            f"{text!r} is not a date; write 2022-10-17, or 2022-10 or 2022 if less is known"
        )
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise ValueError(f"{text!r}: the year must lie between {YEAR_MIN} and {YEAR_MAX}")
    if month is not None and not 1 <= month <= 12:
        raise ValueError(f"{text!r}: there is no month {month:02d}")
    if month is not None and day is not None:
        last = calendar.monthrange(year, month)[1]
        if not 1 <= day <= last:
            raise ValueError(f"{text!r}: that month has {last} days")
    return text


def full(written: object) -> str:
    """A date to the day. Raises ValueError with the cure."""
    text = partial(written)
    if not is_full(text):
        raise ValueError(f"{text!r} does not name a day; write it in full, like 2022-10-17")
    return text


def is_full(text: str) -> bool:
    """Whether `text`, a checked date, is known to the day."""
    return len(text) == 10


def earliest(text: str) -> str:
    """The first day that a checked date of any precision can mean, as `YYYY-MM-DD`."""
    return (text + "-01-01")[:10]


def latest(text: str) -> str:
    """The last day that a checked date of any precision can mean, as `YYYY-MM-DD`."""
    if is_full(text):
        return text
    month = text if len(text) == 7 else f"{text}-12"
    return f"{month}-{calendar.monthrange(int(month[:4]), int(month[5:]))[1]:02d}"


def day_after(day: str, days: int = 1) -> str:
    """The day that comes so many days after a full date; before it, where `days` is negative."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: str, last: str) -> int:
    """Days from one full date to another, one of the two end days counted."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def spoken(day: str) -> str:
    """A full date as a sentence has it.

    >>> spoken("2022-12-18")
    'Sunday 18 December 2022'
    """
    when = date.fromisoformat(day)
    weekday, month = calendar.day_name[when.weekday()], calendar.month_name[when.month]
    return f"{weekday} {when.day} {month} {when.year}"


PartialDate = Annotated[
    str,
    BeforeValidator(partial),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}),
]
"""A legal date of any precision: `2022-10-17`, `2022-10`, `2022`."""

Day = Annotated[
    str,
    BeforeValidator(full),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]
"""A legal date to the day: `2022-10-17`."""
