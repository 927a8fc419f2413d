"""The filters of mappings: dates, numbers and money are read as stated, or refused."""

# ruff: noqa: RUF001 - full-width letters and digits are what Japanese lists have

from decimal import Decimal

import pytest

from ledger import mapping_filters as filters


@pytest.mark.parametrize(
    ("written", "form", "since", "meant"),
    [
        ("10/18/2019", "%m/%d/%Y", None, "2019-10-18"),
        ("18.10.19", "%d.%m.%y", None, "2019-10-18"),
        ("18.10.49", "%d.%m.%y", 1950, "2049-10-18"),
        ("18.10.50", "%d.%m.%y", 1950, "1950-10-18"),
        ("10/2019", "%m/%Y", None, "2019-10"),
        ("2019", "%Y", None, "2019"),
        (None, "%Y", None, None),
    ],
)
def test_dates_in_a_stated_form(
    written: str | None, form: str, since: int | None, meant: str | None
) -> None:
    assert filters.date(written, form, since) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("H30.8.10", "2018-08-10"),
        ("Ｈ２９．３．１３", "2017-03-13"),
        ("平成30年８月10日", "2018-08-10"),
        ("令和元年5月", "2019-05"),
        ("昭和64年", "1989"),
        ("H29. 3. 9", "2017-03-09"),
    ],
)
def test_dates_of_japanese_eras(written: str, meant: str) -> None:
    assert filters.era(written) == meant


@pytest.mark.parametrize("written", ["H30.13.1", "X30.1.1", "2018-08-10", "平成", ""])
def test_what_is_no_date_of_an_era_is_said_so(written: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date in a Japanese era|there is no month"):
        filters.era(written)


@pytest.mark.parametrize("zone", ["+01:00", "+02:00", "Z", "-11:00", ""])
def test_a_time_zone_never_shifts_the_day(zone: str) -> None:
    assert filters.day(f"2006-07-24T00:00:00{zone}") == "2006-07-24"


@pytest.mark.parametrize(
    ("written", "decimal", "thousands", "meant"),
    [
        ("608016,54", ",", None, "608016.54"),
        ("1.234.567,8", ",", ".", "1234567.8"),
        ("35.0", ".", None, "35.0"),
        ("-5", ".", None, "-5"),
        ("1 234", ".", " ", "1234"),
    ],
)
def test_numbers_as_the_mapping_states_them(
    written: str, decimal: str, thousands: str | None, meant: str
) -> None:
    assert filters.number(written, decimal, thousands) == Decimal(meant)


@pytest.mark.parametrize(
    ("written", "decimal", "thousands"),
    [
        ("1,234", ".", None),
        ("1.23,4", ",", "."),
        ("12.34", ".", "."),
        ("1e5", ".", None),
        ("", ".", None),
        ("١", ".", None),
        ("NaN", ".", None),
    ],
)
def test_a_number_written_otherwise_is_refused(
    written: str, decimal: str, thousands: str | None
) -> None:
    with pytest.raises(
        ValueError, match=r"is not a number|where none parts thousands|stands for both"
    ):
        filters.number(written, decimal, thousands)


def test_money_keeps_its_cents_and_its_sign() -> None:
    assert filters.money(Decimal("608016.540"), "BRL") == "608016.54 BRL"
    assert filters.money("35.0", "EUR") == "35 EUR"
    assert filters.money(Decimal(-5), "EUR").startswith("-5")
