"""Payments: part, over, back, by instalments, and collection."""

import pytest

from events.case import Case
from events.rows import Anomaly
from tests.histories import admitted, case_of, not_applied, odd, then

FINED = '2022-10-17 fine_imposed fine=F1 amount="100 EUR"\n'


def paid(*amounts: int) -> str:
    lines = [
        f'2023-0{month}-01 payment_received fine=F1 amount="{amount} EUR"'
        for month, amount in enumerate(amounts, start=1)
    ]
    return FINED + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("amounts", "status", "balance"),
    [((40,), "part_paid", 60), ((40, 60), "paid", 0), ((40, 80), "overpaid", -20)],
)
def test_only_payments_make_a_fine_paid(
    amounts: tuple[int, ...], status: str, balance: int
) -> None:
    case = case_of(paid(*amounts))
    assert then(case, f"fines.F1.payment_status = {status}\nfines.F1.balance = {balance} EUR") == []
    assert odd(case) == (["payment_over_balance"] if balance < 0 else [])


def test_a_payment_is_a_row_with_its_day() -> None:
    assert (
        then(
            case_of(paid(40)),
            """
            payments.P1.kind = payment
            payments.P1.amount = 40 EUR
            payments.P1.received_on = 2023-01-01
            """,
        )
        == []
    )


def test_what_was_paid_stays_paid_when_the_fine_falls_and_goes_back_by_a_refund() -> None:
    text = paid(100) + "2023-06-01 fine_annulled fine=F1\n"
    assert (
        then(case_of(text), "fines.F1.balance = -100 EUR\nfines.F1.payment_status = overpaid") == []
    )
    text += '2023-07-01 payment_refunded fine=F1 amount="100 EUR" interest="7 EUR"'
    assert (
        then(
            case_of(text),
            """
            fines.F1.balance = 0 EUR
            fines.F1.payment_status = refunded
            fines.F1.refunded = 100 EUR
            payments.P2.kind = refund
            payments.P2.interest = 7 EUR
            none: anomalies
            """,
        )
        == []
    )


def test_interest_that_the_authority_owes_is_in_no_balance() -> None:
    text = paid(100) + '2023-07-01 payment_refunded fine=F1 amount="0 EUR" interest="7 EUR"'
    assert then(case_of(text), "fines.F1.balance = 0 EUR\nfines.F1.payment_status = paid") == []


def test_more_is_not_returned_than_was_paid_without_a_doubt() -> None:
    text = paid(40) + '2023-07-01 payment_refunded fine=F1 amount="41 EUR"'
    assert admitted(case_of(text)) == ["refund_over_payments"]


def words(case: Case) -> list[str]:
    return [row.message for row in case.of(Anomaly).values()]


@pytest.mark.parametrize("ref", ["fine=F1 ", ""])
def test_of_a_payment_before_its_fine_it_is_said_when_the_fine_is_imposed(ref: str) -> None:
    paid = '2022-09-01 payment_received fine=F1 amount="1 EUR"\n'
    case = case_of(paid + f'2022-10-17 fine_imposed {ref}amount="100 EUR"')
    assert not_applied(case) == ["fine_unknown"]
    assert words(case) == ["fine F1 is imposed only on 2022-10-17, after 2022-09-01"]
    noticed = f'2022-08-01 notice_of_intent_issued fine=F1 amount="9 EUR"\n{paid}'
    case = case_of(noticed + '2022-10-17 fine_imposed fine=F1 amount="100 EUR"')
    assert not_applied(case) == ["fine_proposed"]
    assert words(case) == [
        "fine F1 is only proposed; nothing is owed; "
        "fine F1 is imposed only on 2022-10-17, after 2022-09-01"
    ]


def test_the_fine_that_is_still_to_come_is_the_first_in_law_however_it_was_recorded() -> None:
    fines = [f'2022-{day} fine_imposed fine=F1 amount="100 EUR"' for day in ("10-17", "11-17")]
    early = '2022-09-01 payment_received fine=F1 amount="4 EUR"'
    for lines in ((early, *fines), (early, *reversed(fines)), (*reversed(fines), early)):
        case = case_of("\n".join(lines))
        (words,) = [r.message for r in case.of(Anomaly).values() if r.code == "fine_unknown"]
        assert words == "fine F1 is imposed only on 2022-10-17, after 2022-09-01"


def test_a_fine_that_is_withdrawn_or_not_seen_yet_is_not_announced() -> None:
    text = '2022-09-01 payment_received fine=F1 amount="1 EUR"\n'
    text += 'fine: 2022-10-17 fine_imposed fine=F1 amount="100 EUR"\n'
    unknown = ["no fine F1 was imposed; the case has no fine"]
    assert words(case_of(text, as_of="2022-09-30")) == unknown
    assert words(case_of(text + "- event_withdrawn target=fine reason=wrong")) == unknown


def test_a_plan_takes_the_place_of_an_earlier_one() -> None:
    text = FINED + (
        '2023-01-01 payment_plan_agreed fine=F1 instalment="2023-06-01 60 EUR" '
        'instalment="2023-12-01 40 EUR"\n'
        '2023-03-01 payment_plan_agreed fine=F1 instalment="2024-06-01 100 EUR"\n'
    )
    assert (
        then(
            case_of(text),
            """
            fines.F1.recovery_status = plan
            instalments.F1/X/1.replaced = true
            instalments.F1/X/3.due_on = 2024-06-01
            instalments.F1/X/3.replaced = false
            fines.F1.balance = 100 EUR
            none: anomalies
            """,
        )
        == []
    )


def test_a_plan_that_does_not_come_to_what_is_owed_is_doubted() -> None:
    text = FINED + '2023-01-01 payment_plan_agreed fine=F1 instalment="2023-06-01 60 EUR"'
    assert admitted(case_of(text)) == ["plan_differs"]


@pytest.mark.parametrize(
    ("means", "status"), [("collection", "referred"), ("insolvency", "insolvency")]
)
def test_collection_changes_nothing_but_how_the_debt_is_recovered(means: str, status: str) -> None:
    case = case_of(FINED + f"2023-01-01 collection_referred fine=F1 to=ministry means={means}")
    expected = f"fines.F1.recovery_status = {status}\nfines.F1.payment_status = none_recorded"
    assert then(case, expected) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('payment_received fine=F9 amount="5 EUR"', "fine_unknown"),
        ('payment_received fine=F1 amount="5 GBP"', "currency_differs"),
        ('payment_received fine=F1 payment=P1 amount="5 EUR"', "payment_known"),
        ('payment_refunded fine=F1 payment=P1 amount="5 EUR"', "payment_known"),
        ('payment_refunded fine=F1 amount="5 EUR" interest="1 GBP"', "currency_differs"),
        ('payment_plan_agreed fine=F1 instalment="2023-06-01 60 GBP"', "currency_differs"),
        ('payment_received fine=F2 amount="5 EUR"', "respondent_needed"),
    ],
)
def test_a_payment_that_cannot_be_placed_is_not_applied(line: str, code: str) -> None:
    text = paid(40) + '2022-10-17 fine_imposed fine=F2 respondent=X respondent=Y amount="9 EUR"\n'
    assert not_applied(case_of(text + f"2023-08-01 {line}")) == [code]


def test_of_several_debtors_the_one_who_pays_is_named() -> None:
    text = '2022-10-17 fine_imposed fine=F2 respondent=X respondent=Y amount="9 EUR"\n'
    case = case_of(text + '2023-01-01 payment_received fine=F2 respondent=Y amount="9 EUR"')
    assert then(case, "fines.F2/X.balance = 9 EUR\nfines.F2/Y.balance = 0 EUR") == []


def test_any_of_those_who_owe_jointly_pays_for_all() -> None:
    text = (
        '2022-10-17 fine_imposed fine=F2 respondent=X respondent=Y liability=joint amount="9 EUR"\n'
    )
    case = case_of(text + '2023-01-01 payment_received fine=F2 respondent=Y amount="9 EUR"')
    assert then(case, "fines.F2.payment_status = paid\nnone: anomalies") == []
