"""Legal dates, as precise as they are known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from events.dates import earliest, full, is_full, latest, partial, spoken


@pytest.mark.parametrize("written", ["2022-10-17", "2022-10", "2022", "2024-02-29"])
def test_a_date_may_be_a_day_a_month_or_a_year(written: str) -> None:
    assert partial(written) == written
    assert is_full(written) == (len(written) == 10)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2022-02-30", "that month has 28 days"),
        ("2023-02-29", "that month has 28 days"),
        ("2022-13", "there is no month 13"),
        ("2022-00", "there is no month 00"),
        ("2022-01-00", "that month has 31 days"),
        ("0120-11-18", "the year must lie between"),
        ("5015-08-28", "the year must lie between"),
        ("17 October 2022", "write 2022-10-17, or 2022-10 or 2022"),
        ("2022-1-7", "is not a date"),
        ("20221017", "is not a date"),
        ("2022-10-17T00:00", "is not a date"),
        ("٢٠٢٢", "is not a date"),
        ("", "is not a date"),
    ],
)
def test_what_is_no_date_is_refused_with_the_reason(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        partial(written)


def test_where_a_day_is_needed_a_month_will_not_do() -> None:
    with pytest.raises(ValueError, match="does not name a day"):
        full("2022-10")


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2022", "2022-01-01", "2022-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2022-10-17", "2022-10-17", "2022-10-17"),
    ],
)
def test_a_date_means_the_days_from_its_first_to_its_last(
    written: str, first: str, last: str
) -> None:
    assert (earliest(written), latest(written)) == (first, last)


def test_a_day_is_spoken_with_its_weekday() -> None:
    assert spoken("2022-12-18") == "Sunday 18 December 2022"


@given(some.dates(date(1800, 1, 1), date(2199, 12, 31)), some.sampled_from([4, 7, 10]))
def test_every_day_lies_in_its_month_and_its_year(day: date, precision: int) -> None:
    written = partial(day.isoformat()[:precision])
    assert earliest(written) <= day.isoformat() <= latest(written)
