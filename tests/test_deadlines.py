"""Deadlines: set, triggered, extended, suspended, chained, met and missed."""

import pytest

from events.case import Case
from events.history import fold
from events.rows import Deadline
from tests.histories import admitted, case_of, entries, not_applied, odd, then

SET = "set: 2022-10-18 deadline_set subject=answer within=P2M\n"


def last_days(text: str) -> list[str | None]:
    """Every last day that D1 had, in legal order."""
    return [
        change.new_value
        for change in case_of(text).changes
        if (change.table_name, change.ref, change.field) == ("deadlines", "D1", "due_on")
    ]


def explained(case: Case, ref: str = "D1") -> str:
    return case.of(Deadline)[ref].explained or ""


def test_a_period_is_computed_and_explained_and_says_how_far_it_can_be_relied_on() -> None:
    assert explained(case_of(SET)) == (
        "2 months from Tuesday 18 October 2022 end on Sunday 18 December 2022, so on Monday "
        "19 December 2022 (indicative; rule EU-1182/71; not legal advice; the day of service is "
        "not known)"
    )
    served = "2022-10-18 deadline_set subject=answer within=P2M notified_on=2022-10-18"
    assert explained(case_of(served)).endswith("(indicative; rule EU-1182/71; not legal advice)")


def test_a_period_runs_from_service_where_that_is_known() -> None:
    case = case_of("2022-10-17 deadline_set subject=pay within=P10D notified_on=2022-10-20")
    assert then(case, "deadlines.D1.runs_from = 2022-10-20\ndeadlines.D1.due_on = 2022-10-31") == []


@pytest.mark.parametrize("day", ["2022", "2022-10", "-"])
def test_nothing_is_computed_from_a_day_that_is_not_known(day: str) -> None:
    case = case_of(f"{day} deadline_set subject=answer within=P2M")
    assert then(case, "deadlines.D1.status = pending\ndeadlines.D1.due_on = null") == []


def test_a_stated_last_day_wins_and_the_computed_one_stands_beside_it() -> None:
    case = case_of("2022-10-18 deadline_set subject=answer within=P2M due_on=2022-12-18")
    assert (
        then(
            case,
            """
            deadlines.D1.due_on = 2022-12-18
            deadlines.D1.due_on_stated = 2022-12-18
            deadlines.D1.due_on_computed = 2022-12-19
            deadlines.D1.rule = as_stated
            """,
        )
        == []
    )


def test_a_deadline_waits_for_what_triggers_it() -> None:
    text = "2022-01-01 deadline_set subject=stop within=P3M waits_for=judgment\n"
    assert then(case_of(text), "deadlines.D1.status = pending") == []
    text += "2022-05-02 deadline_triggered deadline=D1 reason=judgment"
    assert (
        then(
            case_of(text),
            """
            deadlines.D1.status = running
            deadlines.D1.waits_for = null
            deadlines.D1.due_on = 2022-08-02
            """,
        )
        == []
    )


def test_a_deadline_follows_another_one_however_that_moves() -> None:
    text = """
    2022-05-18 deadline_set deadline=AP subject=appeal within=P28D
    2022-05-18 deadline_set deadline=STOP subject=stop within=P3M follows=AP
    """
    assert then(case_of(text), "deadlines.STOP.due_on = 2022-09-15") == []
    text += "2022-06-01 deadline_extended deadline=AP due_on=2022-06-30\n"
    assert then(case_of(text), "deadlines.STOP.due_on = 2022-09-30") == []


def test_a_past_day_shows_the_last_day_of_a_deadline_whose_leader_still_ran() -> None:
    text = """
    2022-05-18 deadline_set deadline=AP subject=appeal within=P28D
    2022-05-18 deadline_set deadline=STOP subject=stop within=P3M follows=AP
    """
    case = case_of(text, as_of="2022-05-20")
    assert then(case, "deadlines.STOP.due_on = 2022-09-15\nnone: anomalies") == []


def test_a_follower_that_was_itself_extended_keeps_its_last_day() -> None:
    text = """
    2022-05-18 deadline_set deadline=AP subject=appeal within=P28D
    2022-05-18 deadline_set deadline=STOP subject=stop within=P3M follows=AP
    2022-06-01 deadline_extended deadline=STOP due_on=2023-01-31
    2022-06-02 deadline_extended deadline=AP due_on=2022-06-30
    """
    assert then(case_of(text), "deadlines.STOP.due_on = 2023-01-31") == []


def test_every_earlier_last_day_stays_visible_when_a_deadline_is_extended() -> None:
    text = SET + (
        "2022-12-01 deadline_extended deadline=D1 due_on=2023-01-31 granted_by=agreement\n"
        "2023-01-15 deadline_extended deadline=D1 extra=P1M granted_by=court\n"
    )
    assert last_days(text) == ["2022-12-19", "2023-01-31", "2023-02-28"]
    assert then(case_of(text), "deadlines.D1.extensions = 2\ndeadlines.D1.status = extended") == []
    day_before = case_of(text, as_of="2023-01-20")
    assert then(day_before, "deadlines.D1.due_on = 2023-02-28") == []


def test_an_extension_in_retrospect_takes_the_breach_back() -> None:
    text = """
    2022-10-17 order_issued order=O1 item=stop within=P2M penalty="1 EUR"
    2022-12-20 deadline_missed deadline=D1
    2023-01-05 deadline_extended deadline=D1 due_on=2023-02-01
    """
    assert (
        then(
            case_of(text),
            """
            deadlines.D1.status = extended
            deadlines.D1.missed_basis = null
            orders.O1.status = active
            periodic_penalties.O1.accrues_from = null
            """,
        )
        == []
    )


def test_a_breach_that_rests_on_another_deadline_as_well_stays() -> None:
    text = """
    2022-10-17 order_issued order=O1 item=stop within=P2M
    2022-10-17 deadline_set subject=report order=O1 within=P1M
    2022-11-18 deadline_missed deadline=D2
    2022-12-20 deadline_missed deadline=D1
    2023-01-05 deadline_extended deadline=D1 due_on=2023-02-01
    """
    assert then(case_of(text), "orders.O1.status = breached") == []


def test_a_suspended_deadline_runs_again_for_the_days_that_were_left() -> None:
    text = SET + "2022-12-09 deadline_suspended deadline=D1 reason=talks\n"
    assert then(case_of(text), "deadlines.D1.status = suspended") == []
    text += "2023-01-10 deadline_resumed deadline=D1\n"
    # Ten days were left; ten days from 10 January 2023 end on Friday the 20th.
    assert (
        then(case_of(text), "deadlines.D1.status = running\ndeadlines.D1.due_on = 2023-01-20") == []
    )


def test_a_deadline_resumed_with_a_stated_day_has_that_day() -> None:
    text = SET + "2022-12-09 deadline_suspended deadline=D1\n"
    text += "2023-01-10 deadline_resumed deadline=D1 due_on=2023-03-01"
    assert (
        then(case_of(text), "deadlines.D1.due_on = 2023-03-01\ndeadlines.D1.rule = as_stated") == []
    )


def test_a_deadline_extended_while_it_is_suspended_has_more_days_left() -> None:
    text = SET + "2022-12-09 deadline_suspended deadline=D1\n"
    text += "2022-12-12 deadline_extended deadline=D1 due_on=2022-12-29\n"
    text += "2023-01-10 deadline_resumed deadline=D1"
    # Ten days and ten more, from 10 January 2023.
    assert then(case_of(text), "deadlines.D1.due_on = 2023-01-30") == []


def test_the_last_day_is_unknown_after_a_suspension_of_unknown_length() -> None:
    text = SET + "2022-12 deadline_suspended deadline=D1\n2023-01-10 deadline_resumed deadline=D1"
    assert then(case_of(text), "deadlines.D1.status = pending\ndeadlines.D1.due_on = null") == []


def test_the_deadline_of_an_order_that_was_missed_makes_the_order_breached() -> None:
    text = "2021-11-26 order_issued order=O1 item=stop within=P2M\n"
    text += "2022-01-27 deadline_missed deadline=D1"
    assert (
        then(
            case_of(text),
            """
            deadlines.D1.status = missed
            deadlines.D1.missed_basis = finding
            deadlines.D1.missed_asserted_by = CNIL
            orders.O1.status = breached
            none: anomalies
            """,
        )
        == []
    )


def test_that_the_calendar_says_so_is_nobodys_finding() -> None:
    case = case_of(SET + "2022-12-20 deadline_missed deadline=D1 basis=computed")
    assert (
        then(
            case,
            """
            deadlines.D1.missed_basis = computed
            deadlines.D1.missed_asserted_by = null
            """,
        )
        == []
    )


def test_a_deadline_is_never_missed_by_itself() -> None:
    assert then(case_of(SET, as_of="2030-01-01"), "deadlines.D1.status = running") == []


@pytest.mark.parametrize("day", ["2022-12-01", "2022-12-19", "2022-12"])
def test_a_deadline_is_not_missed_before_the_day_after_its_last_day(day: str) -> None:
    assert admitted(case_of(SET + f"{day} deadline_missed deadline=D1")) == (
        ["missed_early"] if day != "2022-12" else []
    )


def test_a_deadline_met_after_its_last_day_is_doubted() -> None:
    assert admitted(case_of(SET + "2022-12-20 deadline_met deadline=D1")) == ["met_late"]


@pytest.mark.parametrize(
    "late",
    [
        "deadline_met deadline=D1",
        "deadline_missed deadline=D1",
        "deadline_suspended deadline=D1",
        "deadline_extended deadline=D1 due_on=2023-06-01",
    ],
)
def test_what_happens_to_a_deadline_that_was_met_already_is_doubted(late: str) -> None:
    case = case_of(SET + f"2022-11-01 deadline_met deadline=D1\n2022-12-30 {late}")
    assert admitted(case) == ["deadline_settled"]


def test_a_second_suspension_is_doubted() -> None:
    text = SET + "2022-11-01 deadline_suspended deadline=D1\n"
    case = case_of(text + "2022-11-02 deadline_suspended deadline=D1")
    assert admitted(case) == ["already_suspended"]


ORDERED = """
2022-10-17 order_issued order=O1 item=stop within=P2M penalty="1 EUR"
2022-12-20 deadline_missed deadline=D1
"""


def test_what_was_done_late_leaves_the_deadline_missed_and_the_order_breached() -> None:
    case = case_of(ORDERED + "2023-01-15 deadline_met deadline=D1")
    assert admitted(case) == ["met_late"]
    assert (
        then(
            case,
            """
            deadlines.D1.status = missed
            deadlines.D1.missed_basis = finding
            orders.O1.status = breached
            periodic_penalties.O1.accrues_from = 2022-12-20
            """,
        )
        == []
    )


def test_what_was_done_in_time_after_all_takes_the_miss_and_the_breach_back() -> None:
    case = case_of(ORDERED + "- deadline_met deadline=D1")
    assert admitted(case) == ["deadline_settled"]
    assert (
        then(
            case,
            """
            deadlines.D1.status = met
            deadlines.D1.missed_basis = null
            deadlines.D1.missed_asserted_by = null
            orders.O1.status = active
            periodic_penalties.O1.accrues_from = null
            """,
        )
        == []
    )


def test_an_extension_to_an_earlier_day_is_doubted() -> None:
    case = case_of(SET + "2022-11-01 deadline_extended deadline=D1 due_on=2022-12-01")
    assert admitted(case) == ["extension_not_later"]


def test_a_last_day_that_is_not_known_cannot_be_moved_by_a_period() -> None:
    text = (
        "2022 deadline_set subject=a within=P2M\n2022-11-01 deadline_extended deadline=D1 extra=P1M"
    )
    assert admitted(case_of(text)) == ["last_day_unknown"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2022-12-20 deadline_missed deadline=D9", "deadline_unknown"),
        ("2022-11-01 deadline_set deadline=D1 subject=again within=P1M", "deadline_known"),
        ("2022-11-01 deadline_set subject=endless", "deadline_without_end"),
        ("2022-11-01 deadline_extended deadline=D1", "deadline_without_end"),
        ("2022-11-01 deadline_set subject=a within=P1M follows=D9", "deadline_unknown"),
        ("2022-11-01 deadline_set subject=a within=P1M order=O9", "order_unknown"),
        ("2022-11-01 deadline_resumed deadline=D1", "deadline_not_suspended"),
        ("2022-11-01 information_requested deadline=D1 within=P2W", "deadline_known"),
        ("2022-11-01 order_issued deadline=D1 item=a within=P2W", "deadline_known"),
    ],
)
def test_what_does_not_fit_a_deadline_is_not_applied(line: str, code: str) -> None:
    assert not_applied(case_of(SET + line)) == [code]


def test_a_request_for_information_can_set_a_deadline() -> None:
    case = case_of("2020-10-27 information_requested respondent=X subject=answers within=P2W")
    assert (
        then(
            case,
            """
            cases.stage = investigation
            cases.next_due_on = 2020-11-10
            deadlines.D1.subject = answers
            """,
        )
        == []
    )
    assert then(case_of("2020-10-27 information_requested"), "none: deadlines") == []


def test_a_last_day_that_was_never_computed_anew_is_on_show() -> None:
    known = entries(SET + "- event_corrected target=set changes.occurred_on=2022-10-20")
    assert odd(fold("case", known)) == []
    known[-1].resolved.clear()
    case = fold("case", known)
    assert odd(case) == ["due_date_stale"]
    assert then(case, "deadlines.D1.due_on = null\ndeadlines.D1.status = pending") == []


def test_the_next_last_day_of_a_case_is_that_of_its_running_deadlines() -> None:
    text = SET + "2022-10-18 deadline_set subject=pay due_on=2022-11-01\n"
    assert then(case_of(text), "cases.next_due_on = 2022-11-01") == []
    text += "2022-10-30 deadline_met deadline=D2"
    assert then(case_of(text), "cases.next_due_on = 2022-12-19") == []
