"""Filters for mappings: dates, numbers, money and words as lists write them.

Every filter gives none for none, so that what nobody knows stays unknown. Where a value is not what
the filter expects, it says so, and the row is refused.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache, wraps
from typing import Any

from events import words
from events.dates import partial
from events.money import Money

ERAS = {"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018}
"""Year before the first of each Japanese era: Meiji, Taishō, Shōwa, Heisei, Reiwa."""

_ERA_NAMES = {"明治": "M", "大正": "T", "昭和": "S", "平成": "H", "令和": "R"}
_ERA = re.compile(
    r"(?P<era>[MTSHR])\s*(?P<year>\d{1,2}|元)"
    r"(?:\s*[.年/-]\s*(?:(?P<month>\d{1,2})(?:\s*[.月/-]\s*(?:(?P<day>\d{1,2})\s*日?)?)?)?)?"
)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?", re.DOTALL)


def _known(made: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that gives none for none."""

    @wraps(made)
    def filtered(value: Any, *options: Any, **named: Any) -> Any:
        return None if value is None else made(value, *options, **named)

    return filtered


@_known
def date(value: str, form: str, since: int | None = None) -> str:
    """A day in a stated form, like `date('%d/%m/%Y')` (Python's `strptime`).

    Two-digit years count from `since`: with 1950, 49 is 2049 and 50 is 1950; without it, POSIX has
    them from 1969. A form without day or month gives a date of that precision.
    """
    return _date(str(value).strip(), form, since)


@lru_cache(maxsize=10_000)
def _date(text: str, form: str, since: int | None) -> str:
    try:
        when = datetime.strptime(text, form)  # noqa: DTZ007 - a legal day has no time zone
    except ValueError:
        raise ValueError(f"{text!r} is not a date in the form {form}") from None
    year = when.year
    if since is not None and "%y" in form:
        year = since + (year - since) % 100
    whole = f"{year:04d}-{when.month:02d}-{when.day:02d}"
    if any(code in form for code in ("%d", "%j", "%x", "%c", "%D", "%F")):
        return partial(whole)
    has_month = any(code in form for code in ("%m", "%b", "%B"))
    return partial(whole[:7] if has_month else whole[:4])


@_known
def day(value: str) -> str:
    """The day that an ISO 8601 instant says, `2006-07-24T00:00:00+02:00`: the day where it was
    written down, not the one in UTC."""
    match = _DAY.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f"{value!r} does not begin with a day like 2006-07-24")
    return partial(match[1])


@_known
def era(value: str) -> str:
    """A date in a Japanese era: H30.8.10, 平成30年8月10日, 令和元年5月. Digits of
    any width."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    for name, letter in _ERA_NAMES.items():
        text = text.replace(name, letter)
    match = _ERA.fullmatch(text)
    if not match:
        raise ValueError(
            f"{value!r} is not a date in a Japanese era, like H30.8.10 or 平成30年8月10日"
        )
    year = ERAS[match["era"]] + (1 if match["year"] == "元" else int(match["year"]))
    parts = [f"{year:04d}", *(f"{int(match[p]):02d}" for p in ("month", "day") if match[p])]
    return partial("-".join(parts))


@_known
def number(value: Any, decimal: str = ".", thousands: str | None = None) -> Decimal:
    """A number, exactly. What stands between thousands must be stated, and in its place."""
    if decimal == thousands:
        raise ValueError(f"{decimal!r} stands for both thousands and decimals")
    text = str(value).strip().replace("\N{MINUS SIGN}", "-")
    whole, _, part = text.partition(decimal)
    if thousands and thousands in whole:
        head, *groups = whole.split(thousands)
        if not re.fullmatch(r"-?\d{1,3}", head) or any(len(group) != 3 for group in groups):
            raise ValueError(f"{value!r} has {thousands!r} where none parts thousands")
        whole = head + "".join(groups)
    if not re.fullmatch(r"-?\d{1,18}", whole, re.ASCII) or not re.fullmatch(
        r"\d{0,10}", part, re.ASCII
    ):
        cure = "" if thousands else ", and nothing between thousands: state `thousands=` if it has"
        raise ValueError(f"{value!r} is not a number with {decimal!r} before the decimals{cure}")
    return Decimal(f"{whole}.{part or '0'}")


_THOUSANDTHS, _GROUP = -3, 1_000


@_known
def money(value: Any, currency: str) -> str:
    """An amount of a currency, like `35 EUR`, from a number."""
    try:
        exact = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number; put it through number() first") from None
    if not exact.is_finite():
        raise ValueError(f"{value!r} is not a number")
    if exact.as_tuple().exponent == _THOUSANDTHS and abs(exact) < _GROUP:
        # Perhaps 3.000 is three thousand: kept as it is written, so that the door can ask. What is
        # written like 608016.540 does not part its thousands.
        return f"{exact:f} {currency}"
    return f"-{Money(-exact, currency)}" if exact < 0 else str(Money(exact, currency))


@_known
def find(value: Any, pattern: str) -> Any:
    """What a pattern (Python's `re`) first finds: its only group, its named ones, or all of it."""
    match = _compiled(pattern).search(str(value))
    return _found(match) if match else None


@_known
def find_all(value: Any, pattern: str) -> list[Any]:
    """Everything that a pattern finds, in order."""
    return [_found(match) for match in _compiled(pattern).finditer(str(value))]


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from None


def _found(match: re.Match[str]) -> Any:
    return match.groupdict() or (match[1] if match.re.groups == 1 else match[0])


@_known
def plain(value: Any) -> str:
    """Text with full-width letters and digits as plain ones (Unicode NFKC), single blanks."""
    return " ".join(unicodedata.normalize("NFKC", str(value)).split())


@_known
def slug(value: Any) -> str:
    """Text as a part of a case id: lower case, no accents, hyphens."""
    return words.slug(str(value))


@_known
def fingerprint(value: Any) -> str:
    """Twelve hexadecimal digits (SHA-256) of a value or a list of them, for the case ids of lists
    that give their cases no number."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    text = "\x1f".join(plain(part) or "" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


FILTERS: dict[str, Callable[..., Any]] = {
    made.__name__: made
    for made in (date, day, era, number, money, find, find_all, plain, slug, fingerprint)
}
