"""Days and amounts as people say them, for every page."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from datasette.utils import tilde_encode

from events.dates import earliest, spoken
from events.money import readable


def said_day(day: str | None) -> str:
    """A legal date as people say it: 17 October 2022, October 2022, 2022."""
    if not day:
        return ""
    if len(day) == 10:
        return spoken(day).split(" ", 1)[1]
    return f"{date.fromisoformat(earliest(day)):%B %Y}" if len(day) == 7 else day


def said_money(row: dict[str, Any], field: str) -> str:
    """An amount of a row as people read it."""
    minor = row.get(f"{field}_minor")
    return "" if minor is None else readable(minor, row["digits"], row["currency"])


def said_sum(minor: int | None, digits: int, currency: str) -> str:
    """An amount in minor units as people read it; nothing where there is none."""
    return "" if minor is None else readable(minor, digits, currency)


def in_short(minor: int, digits: int) -> str:
    """A round amount in few letters, for the axis of a chart: 500 m, 1.5 bn, 20 k.

    >>> in_short(150_000_000_00, 2)
    '150 m'
    """
    amount = minor / 10**digits
    for size, letters in ((10**9, " bn"), (10**6, " m"), (10**3, " k")):
        if abs(amount) >= size:
            return f"{amount / size:g}{letters}"
    return f"{amount:g}"


SAY = SimpleNamespace(day=said_day, money=said_money, sum=said_sum, encode=tilde_encode)
"""What templates say things with."""
