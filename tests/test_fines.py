"""Fines: proposed, imposed, varied, annulled, reinstated; who owes them; charges and penalties."""

import pytest

from events.rows import Fine
from tests.histories import admitted, case_of, not_applied, then

FINED = '2022-10-17 fine_imposed fine=F1 amount="100 EUR"\n'
PENALTY = """
2022-10-17 order_issued order=O1 item=stop within=P2M penalty="1000 EUR" penalty_cap="60000 EUR"
2022-12-20 deadline_missed deadline=D1
"""


def test_an_imposed_fine_is_a_debt_of_its_respondent() -> None:
    case = case_of(FINED)
    assert (
        then(
            case,
            """
            fines.F1/X.kind = fine
            fines.F1.imposed = 100 EUR
            fines.F1.balance = 100 EUR
            fines.F1.legal_status = imposed
            fines.F1.enforceable = true
            fines.F1.payment_status = none_recorded
            fine_respondents.F1.party_ref = x
            cases.stage = decided
            """,
        )
        == []
    )


def test_a_proposed_amount_is_in_no_balance() -> None:
    case = case_of('2022-07-14 notice_of_intent_issued amount="30 EUR" amount_max="50 EUR"')
    assert (
        then(
            case,
            """
            fines.F1.proposed = 30 EUR
            fines.F1.proposed_max = 50 EUR
            fines.F1.balance = 0 EUR
            fines.F1.legal_status = proposed
            fines.F1.enforceable = false
            fines.F1.imposed = null
            cases.stage = notice
            """,
        )
        == []
    )


def test_a_proposed_fine_keeps_what_was_proposed_when_it_is_imposed() -> None:
    case = case_of('2022-07-14 notice_of_intent_issued fine=F1 amount="300 EUR"\n' + FINED)
    assert then(case, "fines.F1.proposed = 300 EUR\nfines.F1.balance = 100 EUR") == []


def test_a_second_notice_takes_the_place_of_the_first() -> None:
    text = """
    2022-07-14 notice_of_intent_issued fine=F1 amount="300 EUR"
    2022-08-14 notice_of_intent_issued fine=F1 amount="200 EUR"
    """
    assert then(case_of(text), "fines.F1.proposed = 200 EUR\nnone: anomalies") == []


def test_a_notice_can_do_without_an_amount() -> None:
    case = case_of('2022-07-14 notice_of_intent_issued provisions="GDPR Art. 6"')
    assert then(case, "infringements.GDPR Art. 6/X.status = alleged\nnone: fines") == []


def test_with_several_liability_each_respondent_owes_the_amount() -> None:
    case = case_of('2022-01-01 fine_imposed fine=F1 respondent=X respondent=Y amount="60 EUR"')
    assert then(case, "fines.F1/X.balance = 60 EUR\nfines.F1/Y.balance = 60 EUR") == []
    assert then(case, "cases.respondents = X; Y\nfines.F1/Y.liability = several") == []


def test_a_joint_fine_counts_once() -> None:
    case = case_of(
        '2022-01-01 fine_imposed fine=F1 respondent=X respondent=Y liability=joint amount="60 EUR"'
    )
    assert (
        then(
            case,
            """
            fines.F1.respondent = X; Y
            fines.F1.liability = joint
            fines.F1.balance = 60 EUR
            fine_respondents.F1/X; Y/y.respondent = X; Y
            """,
        )
        == []
    )


def test_the_same_respondent_named_twice_owes_once() -> None:
    case = case_of('2022-01-01 fine_imposed fine=F1 respondent=X respondent=x amount="60 EUR"')
    assert [fine.ref for fine in case.of(Fine).values()] == ["F1/X"]


def test_a_fine_goes_from_imposed_to_varied_to_annulled_and_back() -> None:
    text = FINED + '2023-01-01 fine_varied fine=F1 amount="40 EUR" reason=discount\n'
    varied = "fines.F1.legal_status = varied\nfines.F1.amount = 40 EUR\nfines.F1.imposed = 100 EUR"
    assert then(case_of(text), varied) == []
    text += "2023-02-01 fine_annulled fine=F1 reason=error\n"
    annulled = "fines.F1.legal_status = annulled\nfines.F1.balance = 0 EUR"
    assert then(case_of(text), annulled + "\nfines.F1.enforceable = false") == []
    assert then(case_of(text + "2023-03-01 fine_reinstated fine=F1"), varied) == []
    other = text + '2023-03-01 fine_reinstated fine=F1 amount="50 EUR"'
    assert then(case_of(other), "fines.F1.legal_status = varied\nfines.F1.balance = 50 EUR") == []


def test_a_fine_that_needs_a_courts_confirmation_is_enforceable_only_after_it() -> None:
    text = '2022-01-01 fine_imposed fine=F1 amount="9 EUR" needs_confirmation=true\n'
    assert then(case_of(text), "fines.F1.enforceable = false") == []
    text += "2022-06-01 fine_confirmed fine=F1 forum=court"
    assert then(case_of(text), "fines.F1.enforceable = true") == []


def test_a_charge_adds_to_what_is_owed_and_not_to_the_fine() -> None:
    case = case_of(FINED + '2023-01-01 charge_added fine=F1 kind=surcharge amount="10 EUR"')
    assert then(case, "fines.F1.amount = 100 EUR\nfines.F1.balance = 110 EUR") == []


def test_unpaid_is_what_somebody_said_as_of_a_day_and_never_follows_from_silence() -> None:
    text = FINED + "2023-05-15 fine_unpaid fine=F1 asserted_by=CNIL\n"
    said = "fines.F1.payment_status = unpaid\nfines.F1.unpaid_as_of = 2023-05-15"
    assert then(case_of(text), said) == []
    assert then(case_of(text, as_of="2023-05-14"), "fines.F1.payment_status = none_recorded") == []
    assert then(case_of(text, as_of="2030-01-01"), said) == []


def test_unpaid_after_it_was_paid_is_doubted() -> None:
    text = FINED + '2023-01-01 payment_received fine=F1 amount="100 EUR"\n'
    assert admitted(case_of(text + "2023-02-01 fine_unpaid fine=F1")) == ["unpaid_though_paid"]


def test_what_was_written_off_is_never_paid() -> None:
    text = FINED + '2023-01-01 payment_received fine=F1 amount="30 EUR"\n'
    case = case_of(text + "2024-01-01 fine_written_off fine=F1 reason=insolvency")
    assert (
        then(
            case,
            """
            fines.F1.written_off = 70 EUR
            fines.F1.balance = 0 EUR
            fines.F1.payment_status = part_paid
            fines.F1.recovery_status = written_off
            """,
        )
        == []
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('2022-11-01 fine_imposed fine=F1 amount="5 EUR"', "fine_known"),
        ('2022-11-01 fine_varied fine=F9 amount="5 EUR"', "fine_unknown"),
        ('2022-11-01 fine_varied fine=F1 amount="5 GBP"', "currency_differs"),
        ('2022-11-01 charge_added fine=F1 amount="5 GBP"', "currency_differs"),
        ('2022-11-01 fine_written_off fine=F1 amount="5 GBP"', "currency_differs"),
        ('2022-11-01 fine_reinstated fine=F1 amount="5 GBP"', "currency_differs"),
        ("2022-11-01 fine_unpaid fine=F1 respondent=Nobody", "fine_unknown"),
        ('2022-11-01 notice_of_intent_issued fine=F1 amount="5 EUR"', "fine_known"),
        (
            '2022-11-01 notice_of_intent_issued amount="5 EUR" amount_max="4 EUR"',
            "range_reversed",
        ),
        (
            '2022-11-01 notice_of_intent_issued amount="5 EUR" amount_max="9 GBP"',
            "currency_differs",
        ),
    ],
)
def test_what_does_not_fit_a_fine_is_not_applied(line: str, code: str) -> None:
    case = case_of(FINED + line)
    assert not_applied(case) == [code]
    assert then(case, "fines.F1.balance = 100 EUR") == []


@pytest.mark.parametrize(
    "line",
    [
        'fine_varied fine=F1 amount="5 EUR"',
        "fine_annulled fine=F1",
        "fine_reinstated fine=F1",
        "fine_confirmed fine=F1",
        "fine_unpaid fine=F1",
        "fine_written_off fine=F1",
        'charge_added fine=F1 amount="5 EUR"',
        'payment_received fine=F1 amount="5 EUR"',
        "payment_plan_agreed fine=F1",
        "collection_referred fine=F1",
        "stay_granted fine=F1",
        "case_remitted to=CNIL fine=F1",
    ],
)
def test_nothing_happens_to_a_fine_that_is_only_proposed(line: str) -> None:
    case = case_of(f'2022-01-01 notice_of_intent_issued fine=F1 amount="9 EUR"\n2022-02-01 {line}')
    assert not_applied(case) == ["fine_proposed"]
    assert then(case, "fines.F1.balance = 0 EUR\nfines.F1.legal_status = proposed") == []


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("fine_reinstated fine=F1", ["fine_in_force"]),
        ("fine_annulled fine=F1|fine_annulled fine=F1", ["fine_not_in_force"]),
        (
            'fine_annulled fine=F1|fine_varied fine=F1 amount="5 EUR"',
            ["fine_not_in_force"],
        ),
        ('fine_written_off fine=F1 amount="500 EUR"', ["written_off_over_balance"]),
    ],
)
def test_what_is_odd_about_a_fine_is_applied_and_on_show(lines: str, codes: list[str]) -> None:
    text = FINED + "\n".join(f"2023-01-01 {line}" for line in lines.split("|"))
    assert admitted(case_of(text)) == codes


def test_reinstating_a_fine_in_force_leaves_its_amount_alone() -> None:
    text = (
        FINED + '2023-01-01 fine_varied fine=F1 amount="40 EUR"\n2023-02-01 fine_reinstated fine=F1'
    )
    assert then(case_of(text), "fines.F1.amount = 40 EUR") == []


def test_a_last_day_to_pay_before_the_fine_is_doubted() -> None:
    case = case_of('2022-10-17 fine_imposed amount="1 EUR" due_on=2021-10-17')
    assert admitted(case) == ["due_before_fine"]


@pytest.mark.parametrize(
    "line",
    [
        'fine_imposed amount="1 EUR"',
        'notice_of_intent_issued amount="1 EUR"',
        'infringement_found provision="GDPR Art. 6"',
        "reprimand_issued",
    ],
)
def test_an_act_against_nobody_is_not_applied(line: str) -> None:
    opened = "2020-01-01 case_opened title=T authority=CNIL\n"
    assert not_applied(case_of(f"{opened}2022-01-01 {line}", opened=False)) == ["nobody_addressed"]


def test_a_proposed_penalty_is_no_fine() -> None:
    proposed = (
        PENALTY
        + '2023-02-09 notice_of_intent_issued fine=L1 kind=periodic_penalty amount="9 EUR"\n'
    )
    assert not_applied(case_of(proposed + '2023-03-01 fine_imposed fine=L1 amount="9 EUR"')) == [
        "kind_differs"
    ]
    case = case_of(
        '2022-01-01 notice_of_intent_issued fine=F1 amount="9 EUR"\n' + PENALTY + LIQUIDATED
    )
    assert not_applied(case) == ["kind_differs"]


LIQUIDATED = """
2023-04-13 penalty_liquidated fine=F1 order=O1 period_from=2022-12-20 period_to=2023-01-10 \
amount="21000 EUR"
"""


def test_only_liquidation_makes_a_debt_of_what_accrued() -> None:
    assert then(case_of(PENALTY), "none: fines") == []
    assert (
        then(
            case_of(PENALTY + LIQUIDATED),
            """
            fines.F1.kind = periodic_penalty
            fines.F1.balance = 21000 EUR
            periodic_penalties.O1.liquidated = 21000 EUR
            liquidations.F1.days_one_endpoint = 21
            liquidations.F1.days_both_endpoints = 22
            liquidations.F1.agrees = true
            cases.stage = enforcement
            none: anomalies
            """,
        )
        == []
    )


def test_a_penalty_announced_before_becomes_the_debt_that_was_announced() -> None:
    text = PENALTY + (
        '2023-02-09 notice_of_intent_issued fine=F1 kind=periodic_penalty amount="21000 EUR"\n'
    )
    announced = "fines.F1.legal_status = proposed\nfines.F1.balance = 0 EUR"
    assert then(case_of(text), announced) == []
    decided = "fines.F1.proposed = 21000 EUR\nfines.F1.balance = 21000 EUR\nnone: anomalies"
    assert then(case_of(text + LIQUIDATED), decided) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("order=O9", "order_unknown"),
        ("order=O2", "penalty_unknown"),
        ('order=O1 amount="21000 GBP"', "currency_differs"),
        ("order=O1 period_to=2022-12-01", "period_reversed"),
    ],
)
def test_a_liquidation_that_cannot_be_is_not_applied(line: str, code: str) -> None:
    fields = {"period_from": "2022-12-20", "period_to": "2023-01-10", "amount": '"21000 EUR"'}
    fields |= dict(word.split("=", 1) for word in line.replace(" GBP", "_GBP").split())
    words = " ".join(f"{k}={v.replace('_GBP', ' GBP')}" for k, v in fields.items())
    text = (
        PENALTY + f"2022-10-17 order_issued order=O2 item=a\n2023-04-13 penalty_liquidated {words}"
    )
    assert not_applied(case_of(text)) == [code]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ('period_to=2023-01-10 endpoints=both amount="21000 EUR"', "liquidation_differs"),
        ('period_to=2023-01-10 amount="500 EUR"', "liquidation_differs"),
        ('period_to=2023-02-18 endpoints=both amount="61000 EUR"', "liquidation_over_cap"),
    ],
)
def test_an_amount_that_no_reading_of_the_period_gives_is_on_show_not_mended(
    lines: str, code: str
) -> None:
    case = case_of(
        PENALTY + f"2023-04-13 penalty_liquidated order=O1 period_from=2022-12-20 {lines}"
    )
    assert admitted(case) == [code]
    amount = lines.split('"')[1]
    assert then(case, f"fines.F1.balance = {amount}") == []


RAISED = """
2022-10-17 order_issued order=O1 item=a due_on=2022-12-19 penalty="1000 EUR"
2022-12-20 deadline_missed deadline=D1
2022-12-30 order_varied order=O1 penalty="2000 EUR"
2023-04-13 penalty_liquidated order=O1 period_from=2022-12-20 period_to=2023-01-03 """


@pytest.mark.parametrize(
    ("amount", "agrees"),
    # Ten days at 1000 and five at 2000; the first or the last day may be the one left out.
    [("20000 EUR", True), ("19000 EUR", True), ("18000 EUR", True), ("30000 EUR", False)],
)
def test_a_liquidation_is_held_against_the_rate_that_each_day_had(
    amount: str, agrees: bool
) -> None:
    case = case_of(RAISED + f'amount="{amount}"')
    assert admitted(case) == ([] if agrees else ["liquidation_differs"])
    assert (
        then(
            case,
            """
            liquidations.F1.computed_one_endpoint = 18000 EUR
            liquidations.F1.computed_both_endpoints = 20000 EUR
            """,
        )
        == []
    )


def test_a_day_is_liquidated_once() -> None:
    again = (
        LIQUIDATED.replace("F1", "F2").replace("2022-12-20", "2022-12-31").replace("21000", "10000")
    )
    assert admitted(case_of(PENALTY + LIQUIDATED + again)) == ["liquidation_overlaps"]


def test_what_nobody_found_breached_is_not_liquidated_without_a_doubt() -> None:
    ordered = PENALTY.splitlines()[1] + LIQUIDATED
    assert admitted(case_of(ordered)) == ["liquidation_without_breach"]


@pytest.mark.parametrize("until", ["", "2023-01-05 stay_lifted order=O1\n"])
def test_days_of_a_stay_are_not_liquidated_without_a_doubt(until: str) -> None:
    stayed = PENALTY + "2022-12-28 stay_granted order=O1\n" + until
    assert admitted(case_of(stayed + LIQUIDATED)) == ["liquidation_of_stayed"]


def test_a_penalty_by_week_is_recorded_as_decided_and_not_reckoned() -> None:
    text = (
        PENALTY.replace('penalty="1000 EUR"', 'penalty="1000 EUR" penalty_unit=week') + LIQUIDATED
    )
    assert (
        then(
            case_of(text),
            """
            liquidations.F1.computed_one_endpoint = null
            liquidations.F1.agrees = null
            none: anomalies
            """,
        )
        == []
    )
