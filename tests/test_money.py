"""Money: read as people write it, refused where nobody can tell what was meant."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from events.base import Event, money_in
from events.money import MINOR_MAX, Money, readable
from ledger.door import decimals, digits_of, proposed
from ledger.errors import Malformed


@pytest.mark.parametrize(
    ("written", "number", "currency"),
    [
        ("20000000 EUR", "20000000", "EUR"),
        ("7,552,800 GBP", "7552800", "GBP"),
        ("35258707.95 EUR", "35258707.95", "EUR"),
        ("1,234.5 KWD", "1234.5", "KWD"),
        (" 5  JPY ", "5", "JPY"),
    ],
)
def test_an_amount_is_a_number_and_a_currency(written: str, number: str, currency: str) -> None:
    assert Money.parse(written) == Money(Decimal(number), currency)


@pytest.mark.parametrize(
    "written",
    [
        "20.000.000 EUR",
        "20000000",
        "EUR 20000000",
        "20 000 EUR",
        "20,00 EUR",
        "1,2345 EUR",
        "1e6 EUR",
        "٣ EUR",
        "-5 EUR",
        "5 eur",
        "5 EURO",
        "NaN EUR",
        "1" * 17 + " EUR",
        "",
    ],
)
def test_what_is_ambiguous_or_no_amount_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount of money|below zero"):
        Money.parse(written)


def test_an_amount_with_more_decimals_than_its_currency_has_no_minor_units() -> None:
    with pytest.raises(ValueError, match="has more decimals than EUR, which has 2"):
        Money.parse("12.345 EUR").minor(2)
    assert Money.parse("12.345 KWD").minor(3) == 12345
    assert Money.parse("12.340 EUR").minor(2) == 1234


def test_an_amount_larger_than_any_program_can_hold_is_refused() -> None:
    assert Money.parse("90071992547409.91 EUR").minor(2) == MINOR_MAX
    with pytest.raises(ValueError, match="larger than the ledger can hold"):
        Money.parse("90071992547409.92 EUR").minor(2)


@pytest.mark.parametrize(
    ("minor", "digits", "currency", "words"),
    [
        (2_000_000_000, 2, "EUR", "20,000,000.00 EUR"),
        (-5, 2, "EUR", "-0.05 EUR"),
        (1234, 0, "JPY", "1,234 JPY"),
        (1, 3, "KWD", "0.001 KWD"),
    ],
)
def test_minor_units_are_told_as_people_read_them(
    minor: int, digits: int, currency: str, words: str
) -> None:
    assert readable(minor, digits, currency) == words


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("SEK", 2), ("FRF", 2), ("XXX", None), ("ABC", None)],
)
def test_a_currency_has_as_many_decimals_as_iso_4217_says(
    currency: str, digits: int | None
) -> None:
    assert decimals(currency) == digits


@given(some.integers(0, MINOR_MAX), some.sampled_from([0, 2, 3]))
def test_what_is_told_reads_back_as_the_same_amount(minor: int, digits: int) -> None:
    assert Money.parse(readable(minor, digits, "EUR")).minor(digits) == minor
    written = str(Money.parse(readable(minor, digits, "EUR")))
    assert Money.parse(written).minor(digits) == minor


def test_money_is_found_wherever_it_stands_in_an_event() -> None:
    one, two = Money.parse("1 EUR"), Money.parse("2 GBP")
    assert list(money_in([{"a": (one,)}, "x", two])) == [one, two]


def test_whole_yen_are_taken_and_half_a_yen_is_not() -> None:
    def imposed(amount: str) -> Event:
        fields = {"respondent": "X", "amount": amount}
        return proposed("c", "fine_imposed", fields).event

    assert digits_of(imposed("500 JPY")) == {"JPY": 0}
    with pytest.raises(Malformed, match="has 1 decimals"):
        digits_of(imposed("500.0 JPY"))
