"""The picture of a case over time: what has a line, from when to when."""

import pytest

from ledger.web.picture import NARROW, WIDE, Size, picture
from tests.histories import case_of

pytestmark = pytest.mark.datasette

STAYED = """
order: 2020-02-01 order_issued order=O1 title=T due_on=2020-06-01
fine:  2020-03-01 fine_imposed fine=F1 amount="100 EUR" respondent=X
       2020-04-01 stay_granted fine=F1 order=O1
"""
LIFTED = """
       2020-05-01 stay_lifted fine=F1 order=O1
       2021-02-01 stay_granted fine=F1
"""


def words(text: str, size: Size = WIDE) -> list[str]:
    drawn = picture(case_of(text), size)
    assert drawn is not None
    return [lane["words"] for lane in drawn["lanes"] if lane["kind"] == "stay"]


def test_a_stay_that_lasts_is_drawn_to_the_edge() -> None:
    assert words(STAYED) == ["stay of F1, O1 from 2020-04-01, which lasts"]
    drawn = picture(case_of(STAYED))
    assert drawn is not None
    stay = drawn["lanes"][-1]
    assert stay["x"] + stay["width"] == pytest.approx(drawn["years"][-1]["x"])


def test_a_stay_that_was_lifted_ends_there_and_another_one_begins_its_own_line() -> None:
    assert words(STAYED + LIFTED) == [
        "stay of F1, O1 from 2020-04-01 to 2020-05-01",
        "stay of F1 from 2021-02-01, which lasts",
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_everything_is_drawn_within_the_picture_whatever_its_size(size: Size) -> None:
    drawn = picture(case_of(STAYED + LIFTED), size)
    assert drawn is not None
    for lane in drawn["lanes"]:
        assert size.left <= lane["x"] <= lane["x"] + (lane["width"] or 0) <= size.width
        assert lane["y"] + size.lane <= drawn["height"]
    assert len(drawn["years"]) <= size.years_max + 1
