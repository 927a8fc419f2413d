"""Review: appeals, stays, judgments and remittals, and what becomes of each fine and order."""

import pytest

from events.rows import Step
from tests.histories import admitted, case_of, not_applied, odd, then

DECIDED = """
2022-05-18 fine_imposed fine=F1 amount="100 EUR" provision="GDPR Art. 6"
2022-05-18 order_issued order=O1 item=stop within=P6M penalty="10 EUR"
"""
LODGED = (
    DECIDED + "2022-06-01 appeal_lodged appeal=A1 forum=tribunal appellant=X fine=F1 order=O1\n"
)


def decided(outcome: str, *effects: str, day: str = "2023-10-17") -> str:
    told = " ".join(f'effect="{effect}"' for effect in effects)
    return f"{LODGED}{day} appeal_decided appeal=A1 outcome={outcome} {told}\n"


def test_an_appeal_names_what_it_is_against_and_puts_the_case_under_review() -> None:
    assert (
        then(
            case_of(LODGED),
            """
            appeals.A1.status = pending
            appeals.A1.against = F1; O1
            appeals.A1.lodged_on = 2022-06-01
            cases.stage = under_review
            fines.F1.enforceable = true
            """,
        )
        == []
    )


def test_a_dismissed_appeal_leaves_all_as_it_was() -> None:
    assert (
        then(
            case_of(decided("dismissed", "fine F1 kept", "order O1 kept")),
            """
            appeals.A1.outcome = dismissed
            appeals.A1.decided_on = 2023-10-17
            fines.F1.balance = 100 EUR
            orders.O1.status = active
            cases.stage = enforcement
            """,
        )
        == []
    )


def test_a_court_can_vary_a_fine() -> None:
    case = case_of(decided("partly_allowed", "fine F1 varied 40 EUR"))
    assert then(case, "fines.F1.amount = 40 EUR\nfines.F1.imposed = 100 EUR") == []


def test_a_fine_is_annulled_and_put_in_force_again_by_a_higher_court() -> None:
    text = decided("allowed", "fine F1 annulled", "order O1 annulled") + (
        "2023-11-17 appeal_lodged appeal=A2 forum=higher appellant=CNIL\n"
        '2025-10-06 appeal_decided appeal=A2 outcome=allowed effect="fine F1 reinstated" '
        'effect="order O1 reinstated"\n'
        "2025-10-06 case_remitted to=tribunal appeal=A1\n"
    )
    assert (
        then(
            case_of(text, as_of="2023-10-17"),
            """
            fines.F1.legal_status = annulled
            fines.F1.balance = 0 EUR
            orders.O1.status = annulled
            periodic_penalties.O1.accrues_until = 2023-10-17
            """,
        )
        == []
    )
    assert (
        then(
            case_of(text),
            """
            fines.F1.legal_status = imposed
            fines.F1.balance = 100 EUR
            orders.O1.status = active
            appeals.A1.status = remitted
            appeals.A1.outcome = null
            cases.stage = under_review
            none: anomalies
            """,
        )
        == []
    )


def test_a_reinstated_order_revives_the_deadline_that_its_annulment_cancelled() -> None:
    text = decided("allowed", "order O1 annulled", day="2022-11-08")
    assert then(case_of(text), "deadlines.D1.status = cancelled\ncases.next_due_on = null") == []
    text += (
        "2022-11-17 appeal_lodged appeal=A2 forum=higher\n"
        '2023-03-01 appeal_decided appeal=A2 outcome=allowed effect="order O1 reinstated"\n'
    )
    # Ten days were left on 8 November; from 1 March they end on Saturday 11 March 2023.
    assert (
        then(
            case_of(text),
            """
            orders.O1.status = active
            deadlines.D1.status = running
            deadlines.D1.due_on = 2023-03-13
            periodic_penalties.O1.accrues_until = null
            """,
        )
        == []
    )


def test_a_penalty_does_not_accrue_while_its_order_was_annulled() -> None:
    text = (
        DECIDED
        + """
        2022-11-19 deadline_missed deadline=D1
        2022-12-01 appeal_lodged appeal=A1 forum=tribunal order=O1
        2023-01-10 appeal_decided appeal=A1 outcome=allowed effect="order O1 annulled"
        2023-01-15 appeal_lodged appeal=A2 forum=higher
        2023-01-20 appeal_decided appeal=A2 outcome=allowed effect="order O1 reinstated"
        """
    )
    assert (
        then(
            case_of(text),
            """
            orders.O1.status = breached
            deadlines.D1.status = missed
            periodic_penalties.O1.accrues_from = 2022-11-19
            periodic_penalties.O1.accrues_until = null
            periodic_penalties.O1.suspended_days = 9
            """,
        )
        == []
    )


SEVERAL = """
2022-01-01 party_joined name=Y
2022-05-18 fine_imposed fine=F1 amount="100 EUR"
2022-05-18 order_issued order=O1 item=stop
"""
STAYED = SEVERAL + "2022-06-01 stay_granted fine=F1 respondent=Y by=law\n"


def test_a_stay_for_one_of_several_holds_off_that_ones_fine_alone() -> None:
    case = case_of(STAYED)
    mine = "fines.F1/X.enforceable = true\nfines.F1/Y.enforceable = false\nnone: anomalies"
    assert then(case, mine) == []
    assert case.of(Step)["6"].summary == "Stay of fine F1 granted for Y by law"
    lifted = case_of(STAYED + "2022-07-01 stay_lifted fine=F1 respondent=Y reason=over")
    assert then(lifted, "fines.F1/Y.enforceable = true\nnone: anomalies") == []
    assert lifted.of(Step)["7"].summary == "Stay of fine F1 lifted for Y: over"


def test_a_stay_for_one_is_not_lifted_for_another() -> None:
    case = case_of(STAYED + "2022-07-01 stay_lifted fine=F1 respondent=X")
    assert admitted(case) == ["not_stayed"]
    assert then(case, "fines.F1/Y.enforceable = false") == []


def test_a_stay_that_names_nobody_covers_all() -> None:
    case = case_of(SEVERAL + "2022-06-01 stay_granted fine=F1")
    assert then(case, "fines.F1/X.enforceable = false\nfines.F1/Y.enforceable = false") == []


def test_a_stay_for_somebody_who_was_not_fined_is_not_applied() -> None:
    case = case_of(SEVERAL + "2022-06-01 stay_granted fine=F1 respondent=Z")
    assert not_applied(case) == ["fine_unknown"]


def test_a_stay_of_what_binds_several_together_for_one_of_them_is_doubted() -> None:
    joint = SEVERAL.replace("fine=F1", "fine=F1 liability=joint")
    for what in ("fine=F1", "order=O1"):
        case = case_of(joint + f"2022-06-01 stay_granted {what} respondent=Y")
        assert admitted(case) == ["stay_of_a_part"]
        both = case_of(joint + f"2022-06-01 stay_granted {what} respondent=Y respondent=X")
        assert admitted(both) == []


def test_a_stay_survives_annulment_and_reinstatement() -> None:
    text = LODGED + (
        "2022-06-01 stay_granted fine=F1 order=O1\n"
        '2023-01-10 appeal_decided appeal=A1 outcome=allowed effect="order O1 annulled"\n'
        "2023-01-15 appeal_lodged appeal=A2 forum=higher\n"
        '2023-01-20 appeal_decided appeal=A2 outcome=allowed effect="order O1 reinstated"\n'
    )
    held = "orders.O1.stayed = true\ndeadlines.D1.status = suspended\nfines.F1.enforceable = false"
    assert then(case_of(text), held) == []
    text += "2023-02-01 stay_lifted fine=F1 order=O1"
    free = "orders.O1.stayed = false\ndeadlines.D1.status = running\nfines.F1.enforceable = true"
    assert then(case_of(text), free) == []


def test_a_fine_sent_back_counts_nothing_until_it_is_imposed_anew() -> None:
    text = decided("remitted", "fine F1 annulled") + "2023-10-17 case_remitted to=CNIL fine=F1\n"
    sent_back = "fines.F1.legal_status = remitted\nfines.F1.balance = 0 EUR\ncases.stage = remitted"
    assert then(case_of(text), sent_back) == []
    anew = text + '2024-05-01 fine_imposed fine=F1 amount="70 EUR"\n'
    assert (
        then(
            case_of(anew),
            """
            fines.F1.legal_status = imposed
            fines.F1.balance = 70 EUR
            fines.F1.imposed_on = 2024-05-01
            cases.stage = decided
            none: anomalies
            """,
        )
        == []
    )


def test_a_new_decision_after_a_remittal_starts_before_enforcement_again() -> None:
    text = decided("dismissed") + (
        "2024-01-01 case_remitted to=CNIL fine=F1\n2024-06-01 decision_adopted outcome=violation\n"
    )
    assert then(case_of(text), "cases.stage = decided") == []


def test_an_order_sent_back_is_out_of_force_and_its_penalty_ends() -> None:
    case = case_of(LODGED + "2022-10-01 case_remitted to=CNIL order=O1")
    assert (
        then(
            case,
            """
            orders.O1.status = annulled
            deadlines.D1.status = cancelled
            periodic_penalties.O1.accrues_until = 2022-10-01
            """,
        )
        == []
    )


@pytest.mark.parametrize(
    ("line", "status", "stage"),
    [
        ("outcome=refused", "permission_refused", "decided"),
        ("outcome=refused renewed_before=higher", "pending", "under_review"),
        ("outcome=granted", "pending", "under_review"),
    ],
)
def test_permission_to_appeal_decides_whether_there_is_a_review(
    line: str, status: str, stage: str
) -> None:
    case = case_of(LODGED + f"2022-09-01 permission_to_appeal_decided appeal=A1 {line}")
    assert then(case, f"appeals.A1.status = {status}\ncases.stage = {stage}") == []


def test_what_a_judgment_sets_aside_no_longer_counts_as_found() -> None:
    text = f'{LODGED}2023-01-01 appeal_decided appeal=A1 outcome=allowed set_aside="GDPR Art. 6"\n'
    assert then(case_of(text), "infringements.GDPR Art. 6.status = set_aside") == []
    again = text + '2024-01-01 infringement_alleged provision="GDPR Art. 6"'
    assert then(case_of(again), "infringements.GDPR Art. 6.status = alleged") == []


@pytest.mark.parametrize(
    "line",
    [
        'infringement_set_aside provision="GDPR Art. 99"',
        'appeal_decided appeal=A1 outcome=allowed set_aside="GDPR Art. 99"',
    ],
)
def test_setting_aside_what_nobody_found_is_doubted(line: str) -> None:
    assert admitted(case_of(LODGED + f"2023-01-01 {line}")) == ["infringement_unknown"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("appeal_decided appeal=A1 outcome=allowed", "appeal_settled"),
        ("permission_to_appeal_decided appeal=A1 outcome=granted", "appeal_settled"),
    ],
)
def test_what_happens_to_an_appeal_after_its_end_is_doubted(line: str, code: str) -> None:
    case = case_of(decided("dismissed") + f"2024-01-01 {line}")
    assert admitted(case) == [code]
    assert then(case, "appeals.A1.status = decided") == []


@pytest.mark.parametrize(
    ("effect", "code"),
    [("fine F1 reinstated", "fine_in_force"), ("order O1 reinstated", "order_in_force")],
)
def test_reinstating_what_is_in_force_is_doubted_and_changes_nothing(
    effect: str, code: str
) -> None:
    case = case_of(decided("allowed", effect))
    assert admitted(case) == [code]
    assert then(case, "fines.F1.balance = 100 EUR\norders.O1.status = active") == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("appeal_lodged appeal=A1 forum=other", "appeal_known"),
        ("appeal_lodged forum=other fine=F9", "fine_unknown"),
        ("appeal_decided appeal=A9 outcome=allowed", "appeal_unknown"),
        ("permission_to_appeal_decided appeal=A9 outcome=granted", "appeal_unknown"),
        ("case_remitted to=CNIL appeal=A9", "appeal_unknown"),
        ('appeal_decided appeal=A1 outcome=allowed effect="fine F9 annulled"', "fine_unknown"),
        ('appeal_decided appeal=A1 outcome=allowed effect="order O9 annulled"', "order_unknown"),
        (
            'appeal_decided appeal=A1 outcome=allowed effect="fine F1 varied 4 GBP"',
            "currency_differs",
        ),
    ],
)
def test_what_does_not_fit_a_review_is_not_applied(line: str, code: str) -> None:
    assert not_applied(case_of(LODGED + f"2023-01-01 {line}")) == [code]


@pytest.mark.parametrize(
    "effect", ["F1 annulled", "fine F1 varied", "order O1 varied 5 EUR", "fine F1 doubled"]
)
def test_an_effect_that_says_nothing_is_no_effect(effect: str) -> None:
    with pytest.raises(ValueError, match=r"effect|amount"):
        case_of(decided("allowed", effect))


def test_one_of_several_fines_can_be_changed_alone() -> None:
    text = """
    2022-05-18 fine_imposed fine=F1 respondent=X respondent=Y amount="100 EUR"
    2022-06-01 appeal_lodged appeal=A1 forum=tribunal appellant=Y fine=F1
    2023-05-18 fine_annulled fine=F1 respondent=Y
    """
    assert then(case_of(text), "fines.F1/X.balance = 100 EUR\nfines.F1/Y.balance = 0 EUR") == []


def test_a_final_decision_is_enforced_and_a_closed_case_is_closed() -> None:
    text = DECIDED + "2022-07-20 decision_became_final reason=period_expired\n"
    assert then(case_of(text), "cases.stage = enforcement") == []
    text += (
        '2022-08-01 payment_received fine=F1 amount="100 EUR"\n2022-08-02 order_complied order=O1\n'
    )
    closed = text + "2022-09-01 case_closed reason=complied\n"
    assert then(case_of(closed), "cases.stage = closed\ncases.closed_on = 2022-09-01") == []
    assert odd(case_of(closed)) == []
    reopened = closed + "2023-01-01 case_reopened\n"
    assert then(case_of(reopened), "cases.stage = enforcement\ncases.closed_on = null") == []


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("2022-09-01 case_closed", ["closed_with_open_items"]),
        ("2022-09-01 case_reopened", ["not_closed"]),
    ],
)
def test_closing_over_open_items_and_reopening_what_is_open_are_doubted(
    lines: str, codes: list[str]
) -> None:
    assert admitted(case_of(LODGED + lines)) == codes


def test_a_decision_is_not_final_while_an_appeal_is_pending_without_a_doubt() -> None:
    assert admitted(case_of(LODGED + "2022-09-01 decision_became_final")) == ["final_under_review"]


def test_a_case_that_is_closed_is_not_closed_again_without_a_doubt() -> None:
    assert admitted(case_of("2022-09-01 case_closed\n2022-09-02 case_closed")) == ["already_closed"]
