"""Opening a case: its parties, what set it off, its relatives, and what is said of it."""

import pytest

from events.rows import Anomaly, FineRespondent
from tests.histories import admitted, case_of, not_applied, odd, then


def test_a_case_opens_with_its_title_its_authority_and_its_law() -> None:
    assert (
        then(
            case_of(""),
            """
            cases.title = T
            cases.authority = CNIL
            cases.regime = GDPR
            cases.jurisdiction = FR
            cases.opened_on = 2020-01-01
            cases.stage = intake
            cases.respondents = X
            """,
        )
        == []
    )


def test_a_case_is_opened_once() -> None:
    case = case_of("2021-01-01 case_opened title=U authority=B")
    assert not_applied(case) == ["already_opened"]
    assert then(case, "cases.title = T\ncases.open_anomalies = 1") == []


def test_what_happens_in_a_case_that_nobody_opened_is_doubted_once() -> None:
    case = case_of("2020-01-01 note_added text=x\n2020-02-01 note_added text=y", opened=False)
    assert admitted(case) == ["case_not_opened"]
    case = case_of('- payment_received fine=F1 amount="1 EUR"', opened=False)
    assert not_applied(case) == ["fine_unknown", "case_not_opened"]


def test_a_case_without_an_opening_is_doubted_by_what_still_counts() -> None:
    text = "one: 2020-01-01 note_added text=x\n- event_withdrawn target=one reason=wrong\n"
    assert odd(case_of(text, opened=False)) == []
    case = case_of(text + "2020-01-02 note_added text=y", opened=False)
    assert list(case.of(Anomaly)) == ["3/case_not_opened"]


def test_the_stage_tells_how_far_the_case_has_come() -> None:
    text, stages = "", []
    for line in (
        "2021-01-01 complaint_received",
        "2021-02-01 investigation_opened basis=complaint",
        "2021-03-01 notice_of_intent_issued",
        "2021-03-15 response_received respondent=X",
        "2021-04-01 referral_made to=committee",
        "2021-04-15 hearing_held body=committee",
        "2021-05-01 decision_adopted outcome=violation",
        "2021-05-02 investigation_closed outcome=findings",
        "2021-07-02 decision_became_final",
        "2021-08-01 case_closed",
    ):
        text += line + "\n"
        stages.append(str(case_of(text).row.stage))
    assert stages == [
        "intake",
        "investigation",
        "notice",
        "notice",
        "sanction_procedure",
        "sanction_procedure",
        "decided",
        "decided",
        "enforcement",
        "closed",
    ]


def test_an_unknown_respondent_joins_by_being_named() -> None:
    case = case_of('2022-01-01 fine_imposed fine=F1 respondent="Y, Inc." amount="1 EUR"')
    assert then(case, "parties.y-inc.name = Y, Inc.\nparties.y-inc.role = respondent") == []


def test_a_party_is_known_by_its_reference_its_names_and_its_former_names() -> None:
    text = """
    2021-01-01 party_joined name="Facebook Ireland" party=meta
    2021-06-01 party_renamed party=meta name="Meta Ireland"
    2021-07-01 fine_imposed fine=F1 respondent="facebook ireland" amount="1 EUR"
    2021-07-01 fine_imposed fine=F2 respondent="META IRELAND" amount="1 EUR"
    2021-07-01 fine_imposed fine=F3 respondent=meta amount="1 EUR"
    """
    case = case_of(text)
    assert {row.party_ref for row in case.of(FineRespondent).values()} == {"meta"}
    assert then(case, "parties.meta.name = Meta Ireland\nnone: anomalies") == []


def test_a_party_can_play_several_parts() -> None:
    text = """
    2021-01-01 complaint_received complainant=P
    2021-02-01 party_joined name=P role=intervener country=GB
    """
    two = "parties.p.role = complainant\nparties.p.other_roles = intervener\nparties.p.country = GB"
    assert then(case_of(text), two) == []
    text += '2021-03-01 fine_imposed fine=F1 respondent=P amount="1 EUR"'
    case = case_of(text)
    assert then(case, "parties.p.role = respondent\ncases.respondents = X; P") == []
    assert then(case, "parties.p.other_roles = complainant; intervener\nnone: anomalies") == []


def test_other_is_no_part_that_stays_once_a_party_has_a_real_one() -> None:
    text = "2021-01-01 party_joined name=P role=other\n2021-02-01 party_joined name=P role=supplier"
    assert then(case_of(text), "parties.p.role = supplier\nparties.p.other_roles = null") == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("party_joined name=x", "party_known"),
        ("party_renamed party=nobody name=n", "party_unknown"),
        ("case_linked other_case=case relation=follow_up", "link_to_itself"),
        ("case_linked other_case=o relation=follow_up", "link_known"),
    ],
)
def test_what_does_not_fit_the_file_is_not_applied(line: str, code: str) -> None:
    text = f"2021-01-01 case_linked other_case=o relation=follow_up\n2022-01-01 {line}"
    assert not_applied(case_of(text)) == [code]


def test_a_spokesperson_is_no_party_by_speaking() -> None:
    case = case_of("2022-10-20 statement_made speaker=X conveyed_by=Agency topic=fine text=no")
    assert then(case, "statements.1.conveyed_by = Agency\nnone: parties.agency") == []


def test_a_case_that_was_filed_twice_is_counted_in_the_other_one() -> None:
    case = case_of("2022-01-01 case_linked other_case=first relation=duplicate_of")
    assert (
        then(case, "cases.counted_in = first\nlinks.first/duplicate_of.relation = duplicate_of")
        == []
    )
    case = case_of("2022-01-01 case_linked other_case=first relation=same_facts")
    assert then(case, "cases.counted_in = null") == []


def test_what_is_alleged_is_found_later_and_keeps_both_dates() -> None:
    text = """
    2021-11-26 infringement_alleged provision="GDPR Art. 6" provision="GDPR Art. 12"
    2022-10-17 decision_adopted provision="GDPR Art. 6" provision="GDPR Art. 31"
    2022-10-17 reprimand_issued provision="GDPR Art. 5"
    2022-12-01 infringement_set_aside provision="GDPR Art. 5"
    """
    assert (
        then(
            case_of(text),
            """
            infringements.GDPR Art. 6/X.alleged_on = 2021-11-26
            infringements.GDPR Art. 6/X.found_on = 2022-10-17
            infringements.GDPR Art. 12/X.status = alleged
            infringements.GDPR Art. 31/X.alleged_on = null
            infringements.GDPR Art. 5/X.status = set_aside
            none: anomalies
            """,
        )
        == []
    )


def test_findings_against_nobody_are_doubted() -> None:
    opened = "2020-01-01 case_opened title=T authority=CNIL\n"
    text = opened + '2022-10-17 decision_adopted provision="GDPR Art. 6"\n'
    case = case_of(text, opened=False)
    assert admitted(case) == ["nobody_addressed"]
    assert then(case, "cases.stage = decided\nnone: infringements") == []


def test_only_who_was_accused_has_a_finding_set_aside() -> None:
    text = """
    2022-01-01 infringement_found respondent=X provision="GDPR Art. 6"
    2022-02-01 party_joined name=Y
    2022-03-01 infringement_set_aside provision="GDPR Art. 6"
    """
    case = case_of(text)
    assert then(case, "infringements.GDPR Art. 6.status = set_aside\nnone: anomalies") == []


def test_a_publication_gives_its_day_to_the_fines_and_orders_of_its_document() -> None:
    text = """
    2022-10-17 fine_imposed fine=F1 document=SAN-1 amount="1 EUR"
    2022-10-17 fine_imposed fine=F2 document=SAN-2 amount="1 EUR"
    2022-10-17 order_issued order=O1 document=SAN-1 item=stop
    2022-10-20 decision_published document=SAN-1
    2022-11-20 decision_published document=SAN-1
    """
    assert (
        then(
            case_of(text),
            """
            fines.F1.published_on = 2022-10-20
            fines.F2.published_on = null
            orders.O1.published_on = 2022-10-20
            """,
        )
        == []
    )


def test_a_referral_is_by_the_authority_of_the_case_unless_somebody_else_is_named() -> None:
    case = case_of(
        "2022-06-02 referral_made to=committee\n2022-06-03 referral_made to=court from_body=Chair"
    )
    assert then(case, "referrals.1.from_body = CNIL\nreferrals.2.from_body = Chair") == []
    assert odd(case) == []
