"""Orders: issued, varied, complied with, closed; penalties that accrue, and stays."""

import pytest

from tests.histories import admitted, case_of, not_applied, odd, then

ORDER = """
order: 2022-10-17 order_issued order=O1 item=stop item=delete within=P2M penalty="1000 EUR"
"""
MISSED = ORDER + "missed: 2022-12-20 deadline_missed deadline=D1\n"


def test_an_order_says_what_is_demanded_and_sets_its_deadline() -> None:
    case = case_of(ORDER)
    assert (
        then(
            case,
            """
        orders.O1.title = stop
        orders.O1.status = active
        orders.O1.respondents = X
        orders.O1.due_on = 2022-12-19
        order_items.O1/1.text = stop
        order_items.O1/2.text = delete
        deadlines.D1.order_ref = O1
        periodic_penalties.O1.rate = 1000 EUR
        periodic_penalties.O1.accrues_from = null
        cases.stage = notice
        none: anomalies
        """,
        )
        == []
    )


def test_an_order_whose_deadline_was_missed_is_breached_and_its_penalty_accrues() -> None:
    assert (
        then(
            case_of(MISSED),
            """
        orders.O1.status = breached
        periodic_penalties.O1.accrues_from = 2022-12-20
        """,
        )
        == []
    )


BREACHED = """
2022-10-17 order_issued order=O1 item=stop due_on=2022-12-19
2022-12-20 deadline_missed deadline=D1
"""


@pytest.mark.parametrize(
    ("attached", "accrues_from"),
    [
        ("2023-03-01 order_varied order=O1", "2023-03-02"),
        ("2023-03-01 order_varied order=O1 notified_on=2023-03-06", "2023-03-07"),
        ("2023-03-01 order_varied order=O1 penalty_from=2023-04-01", "2023-04-01"),
        ("2023-03 order_varied order=O1", "null"),
        ("2023-03 order_varied order=O1 penalty_from=2023-04-01", "2023-04-01"),
    ],
)
def test_a_penalty_attached_after_the_breach_accrues_from_its_own_day(
    attached: str, accrues_from: str
) -> None:
    case = case_of(BREACHED + f'{attached} penalty="1000 EUR"')
    assert odd(case) == []
    assert then(case, f"periodic_penalties.O1.accrues_from = {accrues_from}") == []


def test_a_penalty_attached_before_the_breach_accrues_after_the_last_day() -> None:
    issued = "2022-10-17 order_issued order=O1 item=stop due_on=2022-12-19\n"
    varied = '2022-11-02 order_varied order=O1 penalty="9 EUR"\n'
    case = case_of(issued + varied + "2022-12-20 deadline_missed deadline=D1")
    assert then(case, "periodic_penalties.O1.accrues_from = 2022-12-20") == []
    later = varied.replace("O1", "O1 penalty_from=2023-02-01")
    case = case_of(issued + later + "2022-12-20 deadline_missed deadline=D1")
    assert then(case, "periodic_penalties.O1.accrues_from = 2023-02-01") == []


def test_an_order_states_from_which_day_its_penalty_accrues_and_never_before_the_breach() -> None:
    order = '2022-10-17 order_issued order=O1 item=a due_on=2022-12-19 penalty="9 EUR" '
    missed = "\n2022-12-20 deadline_missed deadline=D1"
    for stated, accrues_from in (("2023-01-01", "2023-01-01"), ("2022-12-01", "2022-12-20")):
        case = case_of(order + f"penalty_from={stated}" + missed)
        assert then(case, f"periodic_penalties.O1.accrues_from = {accrues_from}") == []


def test_a_penalty_never_accrues_before_it_existed() -> None:
    line = '2023-03-01 order_varied order=O1 penalty="9 EUR" penalty_from=2022-12-20'
    case = case_of(BREACHED + line)
    assert admitted(case) == ["penalty_before_act"]
    assert then(case, "periodic_penalties.O1.accrues_from = 2023-03-01") == []


def test_where_the_last_day_is_unknown_a_penalty_accrues_from_the_day_of_the_finding() -> None:
    order = '2022 order_issued order=O1 item=stop within=P2M penalty="9 EUR"\n'
    for day, accrues_from in (
        ("2023-01-10", "2023-01-10"),
        ("2023-01", "2023-01-31"),
    ):
        case = case_of(order + f"{day} deadline_missed deadline=D1")
        assert then(case, f"periodic_penalties.O1.accrues_from = {accrues_from}") == []


def test_a_penalty_attached_while_the_order_is_stayed_accrues_once_the_stay_is_over() -> None:
    stayed = BREACHED + "2023-02-01 stay_granted order=O1\n"
    attached = stayed + '2023-03-01 order_varied order=O1 penalty="9 EUR"\n'
    assert then(case_of(attached), "periodic_penalties.O1.suspended_from = 2023-03-01") == []
    lifted = case_of(attached + "2023-03-12 stay_lifted order=O1")
    assert (
        then(
            lifted,
            """
            periodic_penalties.O1.accrues_from = 2023-03-02
            periodic_penalties.O1.suspended_days = 10
            """,
        )
        == []
    )


def test_a_first_day_of_no_penalty_is_not_applied() -> None:
    alone = "2022-10-17 order_issued order=O1 item=a penalty_from=2023-01-01"
    assert not_applied(case_of(alone)) == ["penalty_unknown"]
    varied = BREACHED + "2023-01-01 order_varied order=O1 penalty_from=2023-01-01"
    assert not_applied(case_of(varied)) == ["penalty_unknown"]


def test_a_second_deadline_of_an_order_leaves_its_last_day_alone() -> None:
    case = case_of(ORDER + "2022-10-18 deadline_set subject=report order=O1 due_on=2023-06-01")
    assert then(case, "orders.O1.due_on = 2022-12-19\ndeadlines.D2.due_on = 2023-06-01") == []


def test_what_a_variation_leaves_out_stays_as_it_was() -> None:
    case = case_of(
        """
        2022-10-17 order_issued order=O1 item=a item=b penalty="7 EUR" penalty_unit=week \
            penalty_cap="70 EUR"
        2022-11-01 order_varied order=O1 penalty="9 EUR"
        """.replace("\\\n", "")
    )
    assert (
        then(
            case,
            """
        periodic_penalties.O1.rate = 9 EUR
        periodic_penalties.O1.unit = week
        periodic_penalties.O1.cap = 70 EUR
        order_items.O1/2.dropped = false
        """,
        )
        == []
    )


def test_an_item_that_a_variation_drops_can_come_back() -> None:
    fewer = ORDER + '2022-11-01 order_varied order=O1 item=stop title="Stop it"\n'
    assert then(case_of(fewer), "order_items.O1/2.dropped = true\norders.O1.title = Stop it") == []
    again = (
        fewer + "2022-11-02 order_varied order=O1 item=stop item=erase item=report uncapped=true"
    )
    assert (
        then(
            case_of(again),
            """
        order_items.O1/2.dropped = false
        order_items.O1/2.text = erase
        order_items.O1/3.text = report
        """,
        )
        == []
    )


def test_a_cap_without_a_known_rate_is_kept() -> None:
    case = case_of('2024-05-16 order_issued order=O1 title=End penalty_cap="5100000 EUR"')
    assert (
        then(
            case,
            """
        periodic_penalties.O1.cap = 5100000 EUR
        periodic_penalties.O1.rate = null
        none: anomalies
        """,
        )
        == []
    )


def test_compliance_claimed_is_not_compliance() -> None:
    case = case_of(MISSED + "2023-01-01 compliance_claimed order=O1 by=X")
    assert then(case, "orders.O1.status = breached") == []


@pytest.mark.parametrize(
    ("ending", "status", "deadline"),
    [
        ("order_complied order=O1", "complied", "met"),
        ("order_closed order=O1 reason=complied", "closed", "met"),
        ("order_closed order=O1 reason=moot", "closed", "cancelled"),
        ("order_revoked order=O1", "revoked", "cancelled"),
    ],
)
def test_an_order_that_ends_takes_its_open_deadline_and_its_penalty_with_it(
    ending: str, status: str, deadline: str
) -> None:
    case = case_of(ORDER + f"2022-11-15 {ending}")
    assert (
        then(
            case,
            f"""
        orders.O1.status = {status}
        deadlines.D1.status = {deadline}
        periodic_penalties.O1.accrues_until = 2022-11-15
        none: anomalies
        """,
        )
        == []
    )


@pytest.mark.parametrize(
    "late", ["order_complied", "order_closed", "order_revoked", "order_varied title=Y"]
)
def test_what_comes_after_an_order_was_closed_is_doubted(late: str) -> None:
    kind, *rest = late.split()
    text = ORDER + f"2022-11-01 order_closed order=O1\n2022-11-02 {kind} order=O1 {' '.join(rest)}"
    assert admitted(case_of(text)) == ["order_settled"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2022-01-01 order_complied order=O9", "order_unknown"),
        ("2022-11-01 order_issued order=O1 item=again", "order_known"),
        ('2022-11-01 order_issued penalty="1 EUR" penalty_cap="5 GBP"', "currency_differs"),
        ('2022-11-01 order_varied order=O1 penalty="1 GBP"', "currency_differs"),
    ],
)
def test_what_does_not_fit_an_order_is_not_applied(line: str, code: str) -> None:
    assert not_applied(case_of(ORDER + line)) == [code]


def test_a_unit_for_a_penalty_that_an_order_does_not_carry_is_not_applied() -> None:
    case = case_of(
        "2022-01-01 order_issued order=O1 item=a\n2022-01-02 order_varied order=O1 uncapped=true"
    )
    assert not_applied(case) == ["penalty_unknown"]


def test_a_last_day_before_the_order_itself_is_doubted() -> None:
    assert admitted(case_of("2022-10-17 order_issued item=a due_on=2021-10-17")) == [
        "due_before_order"
    ]


def test_a_stay_holds_off_exactly_what_it_names() -> None:
    case = case_of(
        ORDER
        + """
        2022-10-17 order_issued order=O2 item=other within=P2M
        2022-10-17 fine_imposed fine=F1 amount="5 EUR"
        2022-11-18 stay_granted order=O1 by=court
        """
    )
    assert (
        then(
            case,
            """
        orders.O1.stayed = true
        deadlines.D1.status = suspended
        periodic_penalties.O1.suspended_from = 2022-11-18
        orders.O2.stayed = false
        deadlines.D2.status = running
        fines.F1.enforceable = true
        """,
        )
        == []
    )


def test_when_a_stay_is_lifted_the_deadline_runs_for_the_days_that_were_left() -> None:
    # On 18 November, 31 days were left until 19 December 2022.
    case = case_of(
        ORDER + "2022-11-18 stay_granted order=O1\n2023-02-01 stay_lifted order=O1 reason=over"
    )
    assert (
        then(
            case,
            """
        orders.O1.stayed = false
        deadlines.D1.status = running
        deadlines.D1.due_on = 2023-03-06
        periodic_penalties.O1.suspended_from = null
        periodic_penalties.O1.suspended_days = 0
        """,
        )
        == []
    )  # 31 days from 1 February end on Saturday 4 March, so on Monday 6 March


def test_days_of_a_stay_are_no_days_of_penalty_once_it_accrues() -> None:
    case = case_of(MISSED + "2023-01-10 stay_granted order=O1\n2023-01-20 stay_lifted order=O1")
    assert then(case, "periodic_penalties.O1.suspended_days = 10") == []


def test_a_stay_counts_though_the_breach_was_established_only_after_it() -> None:
    case = case_of(
        ORDER
        + """
        2023-01-10 stay_granted order=O1
        2023-01-20 stay_lifted order=O1
        2023-02-01 deadline_missed deadline=D1
        """
    )
    assert (
        then(
            case,
            """
        periodic_penalties.O1.accrues_from = 2022-12-20
        periodic_penalties.O1.suspended_days = 10
        """,
        )
        == []
    )


def test_a_second_stay_is_held_off_by_both_until_all_is_lifted() -> None:
    twice = ORDER + "2022-11-18 stay_granted order=O1\n2022-11-28 stay_granted order=O1\n"
    assert then(case_of(twice), "periodic_penalties.O1.suspended_from = 2022-11-18") == []
    lifted = twice + "2022-12-01 stay_lifted order=O1"
    assert then(case_of(lifted), "orders.O1.stayed = false\ndeadlines.D1.status = running") == []


def test_a_deadline_set_while_its_order_is_stayed_does_not_run() -> None:
    text = ORDER + "2022-11-01 stay_granted order=O1\n"
    text += "2022-11-02 deadline_set subject=report order=O1 within=P10D\n"
    assert then(case_of(text), "deadlines.D2.status = suspended") == []
    text += "2022-12-01 stay_lifted order=O1"
    assert then(case_of(text), "deadlines.D2.status = running") == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2022-11-01 stay_granted by=court", "stay_of_nothing"),
        ("2022-11-01 stay_lifted", "stay_of_nothing"),
        ("2022-11-01 stay_granted order=O9", "order_unknown"),
        ("2022-11-01 stay_granted fine=F9", "fine_unknown"),
    ],
)
def test_a_stay_of_nothing_known_is_not_applied(line: str, code: str) -> None:
    assert not_applied(case_of(ORDER + line)) == [code]


def test_lifting_a_stay_that_nobody_granted_is_doubted() -> None:
    assert admitted(case_of(ORDER + "2022-11-01 stay_lifted order=O1")) == ["not_stayed"]
    fined = '2022-11-01 fine_imposed fine=F1 amount="1 EUR"\n2022-11-02 stay_lifted fine=F1'
    assert admitted(case_of(fined)) == ["not_stayed"]


def test_an_order_to_nobody_in_particular_is_addressed_to_all_respondents() -> None:
    case = case_of("2022-01-01 party_joined name=Y\n2022-01-02 order_issued order=O1 item=a")
    assert then(case, "orders.O1.respondents = X; Y") == []
    assert odd(case) == []
