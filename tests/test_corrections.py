"""Corrections, withdrawals and disputes; legal order; what stood on a day, and what was known."""

import pytest

from events.base import UnknownType, load
from events.history import fold
from events.rows import Step
from events.versions import event_of
from tests.histories import admitted, case_of, entries, entry, not_applied, odd, then

FINED = 'fine: 2022-10-17 fine_imposed fine=F1 amount="100 EUR"\n'


def order_of(text: str) -> list[int]:
    """Positions in legal order of a history without the usual opening."""
    return [step.position for step in case_of(text, opened=False).of(Step).values()]


def test_a_correction_counts_from_when_it_was_known() -> None:
    text = FINED + '- event_corrected target=fine changes.amount="120 EUR"'
    assert then(case_of(text), "fines.F1.balance = 120 EUR") == []
    assert then(case_of(text, known_at=3), "fines.F1.balance = 100 EUR") == []


def test_its_own_date_plays_no_part() -> None:
    text = FINED + '2030-01-01 event_corrected target=fine changes.amount="120 EUR"'
    assert then(case_of(text, as_of="2022-10-17"), "fines.F1.balance = 120 EUR") == []


def test_of_two_corrections_the_last_one_wins_field_by_field() -> None:
    text = FINED + (
        'one: - event_corrected target=fine changes.amount="120 EUR" changes.document=N1\n'
        'two: - event_corrected target=fine changes.amount="130 EUR"\n'
    )
    assert then(case_of(text), "fines.F1.imposed = 130 EUR\nfines.F1.document = N1") == []
    text += "- event_withdrawn target=two reason=no"
    assert then(case_of(text), "fines.F1.imposed = 120 EUR\nfines.F1.document = N1") == []


def test_a_correction_can_itself_be_corrected() -> None:
    text = FINED + 'one: - event_corrected target=fine changes.amount="120 EUR"\n'
    known = entries(text)
    again = entry(
        5, "event_corrected", {"target": "id-4", "changes": {"changes": {"amount": "9 EUR"}}}
    )
    again.resolved["digits"] = {"EUR": 2}
    assert then(fold("case", [*known, again]), "fines.F1.imposed = 9 EUR") == []


def test_a_correction_tells_its_fields_in_one_order_however_they_were_written() -> None:
    told = {
        case_of(FINED + f"- event_corrected target=fine {changes}").of(Step)["4"].summary
        for changes in (
            "changes.due_on=2023-01-01 changes.document=N1",
            "changes.document=N1 changes.due_on=2023-01-01",
        )
    }
    assert told == {"Event #3 corrected: document is N1, due_on is 2023-01-01"}


def test_null_takes_a_value_away() -> None:
    text = 'fine: 2022-10-17 fine_imposed fine=F1 amount="1 EUR" document=N1\n'
    text += "- event_corrected target=fine changes.document=null"
    assert then(case_of(text), "fines.F1.document = null") == []


def test_a_correction_that_would_leave_no_event_is_on_show_and_changes_nothing() -> None:
    case = case_of(FINED + '- event_corrected target=fine changes.amount="a lot"')
    assert not_applied(case) == ["correction_malformed"]
    assert then(case, "fines.F1.balance = 100 EUR") == []


def test_withdrawing_a_withdrawal_revives() -> None:
    text = FINED + "gone: - event_withdrawn target=fine reason=wrong\n"
    assert (
        then(case_of(text), "none: fines\nhistory.3.status = withdrawn\nhistory.3.corrected_by = 4")
        == []
    )
    back = text + "back: - event_withdrawn target=gone reason=right\n"
    assert then(case_of(back), "fines.F1.balance = 100 EUR\nnone: anomalies") == []
    gone_again = back + "- event_withdrawn target=back reason=wrong"
    assert then(case_of(gone_again), "none: fines") == []


def test_what_rested_on_a_withdrawn_event_is_on_show() -> None:
    text = FINED + '2023-01-01 payment_received fine=F1 amount="5 EUR"\n'
    assert not_applied(case_of(text + "- event_withdrawn target=fine reason=wrong")) == [
        "fine_unknown"
    ]


def test_the_second_withdrawal_of_an_event_is_doubted() -> None:
    text = FINED + "- event_withdrawn target=fine reason=a\n- event_withdrawn target=fine reason=b"
    case = case_of(text)
    assert admitted(case) == ["target_withdrawn"]
    # It was withdrawn by the first one, and that is what the log says.
    assert then(case, "history.3.corrected_by = 4") == []


@pytest.mark.parametrize(
    "line",
    [
        "event_withdrawn target=id-9 reason=r",
        'event_corrected target=id-9 changes.amount="1 EUR"',
        "event_disputed target=id-9 field=amount other_value=2",
        "event_withdrawn target=id-4 reason=itself",
    ],
)
def test_only_an_earlier_event_of_the_case_can_be_meant(line: str) -> None:
    assert not_applied(case_of(FINED + f"- {line}")) == ["target_unknown"]


def test_a_refined_date_moves_the_event_and_what_was_computed_from_it() -> None:
    text = "order: 2021 order_issued order=O1 item=stop within=P2M\n"
    assert then(case_of(text), "deadlines.D1.status = pending\norders.O1.issued_on = 2021") == []
    text += "- event_corrected target=order changes.occurred_on=2021-11-26"
    exact = "deadlines.D1.due_on = 2022-01-26\norders.O1.issued_on = 2021-11-26"
    assert then(case_of(text), exact) == []
    assert then(case_of(text, as_of="2021-11-25"), "none: orders") == []


def test_a_value_is_put_down_to_the_correction_that_it_comes_from() -> None:
    text = FINED + (
        '- event_corrected target=fine changes.amount="120 EUR"\n'
        "2022-11-01 fine_unpaid fine=F1\n"
        "- event_corrected target=fine changes.document=N1\n"
    )
    case = case_of(text)
    (fine,) = case.rows["fines"].values()
    assert (fine.first_event, fine.last_event) == (3, 5)
    by_field = {c.field: c.position for c in case.changes if c.table_name == "fines"}
    assert by_field["imposed_minor"] == 4
    assert by_field["document"] == 6
    assert by_field["kind"] == 3
    assert by_field["unpaid_as_of"] == 5


def test_what_the_case_shows_because_of_a_correction_is_put_down_to_it() -> None:
    text = "order: 2021 order_issued order=O1 item=stop within=P2M\n"
    case = case_of(text + "- event_corrected target=order changes.occurred_on=2021-11-26")
    (change,) = [c for c in case.changes if c.field == "next_due_on"]
    assert (change.position, change.new_value) == (4, "2022-01-26")


def test_the_opening_comes_first_and_the_rest_by_legal_date_then_position() -> None:
    text = """
    2022-03-01 note_added text=march
    2022-01 note_added text=january
    2022-01-01 note_added text=first
    2021-05-05 case_opened title=T authority=A
    2022 note_added text=year
    """
    assert order_of(text) == [4, 2, 3, 5, 1]


def test_an_event_without_a_date_goes_right_after_the_last_dated_one_recorded_before_it() -> None:
    text = """
    2022-03-01 note_added text=a
    - note_added text=b
    2022-01-01 note_added text=c
    - note_added text=d
    2022-03-01 note_added text=e
    """
    assert order_of(text) == [3, 4, 1, 2, 5]


def test_the_earliest_other_date_counts_where_the_legal_one_is_missing() -> None:
    text = """
    2022-02-01 note_added text=a
    - note_added text=b published_on=2022-03-01 decided_on=2022-01-01
    """
    assert order_of(text) == [2, 1]


def test_an_event_about_an_event_goes_right_after_it() -> None:
    text = """
    a: 2022-01-01 note_added text=a
    b: - note_added text=b
    2022-02-01 note_added text=c
    - event_disputed target=a field=text other_value=x
    - event_disputed target=b field=text other_value=x
    """
    assert order_of(text) == [1, 4, 2, 5, 3]


def test_dates_after_the_day_are_not_shown() -> None:
    text = 'fine: 2022-10-17 fine_imposed fine=F1 amount="1 EUR" published_on=2022-10-20'
    assert then(case_of(text, as_of="2022-10-19"), "fines.F1.published_on = null") == []
    assert then(case_of(text, as_of="2022-10-20"), "fines.F1.published_on = 2022-10-20") == []


def test_a_period_does_not_run_before_the_day_on_which_the_act_was_served() -> None:
    text = "2022-10-17 order_issued order=O1 item=a within=P2M notified_on=2022-10-20"
    assert then(case_of(text, as_of="2022-10-18"), "deadlines.D1.status = pending") == []
    assert then(case_of(text, as_of="2022-10-20"), "deadlines.D1.due_on = 2022-12-20") == []


def test_before_anything_occurred_there_is_no_case() -> None:
    assert case_of(FINED, as_of="2019-12-31").step == 0


def test_what_occurred_before_the_opening_stands_in_a_case_that_is_not_yet_open() -> None:
    text = "2019-05-01 complaint_received complainant=C\n"
    case = case_of(text, as_of="2019-06-01")
    assert (
        then(
            case,
            """
            cases.title = T
            cases.opened_on = null
            cases.stage = not_opened
            parties.c.role = complainant
            none: parties.x
            """,
        )
        == []
    )


def test_a_case_that_was_never_opened_has_its_row_all_the_same() -> None:
    case = case_of("2022-01-01 note_added text=a", opened=False)
    assert then(case, "cases.stage = not_opened\ncases.title = null") == []


DISPUTED = (
    FINED
    + 'd: - event_disputed target=fine field=amount other_value="5,000 EUR" source=S confidence=C\n'
)


def test_two_sources_that_disagree_are_both_kept() -> None:
    case = case_of(DISPUTED)
    assert (
        then(
            case,
            """
            conflicts.1.position = 3
            conflicts.1.recorded_value = 100 EUR
            conflicts.1.other_value = 5,000 EUR
            conflicts.1.source = S
            conflicts.1.confidence = C
            conflicts.1.resolved = false
            fines.F1.balance = 100 EUR
            """,
        )
        == []
    )


def test_a_correction_to_the_other_value_settles_the_dispute() -> None:
    case = case_of(DISPUTED + '- event_corrected target=fine changes.amount="5000 EUR"')
    assert then(case, "conflicts.1.resolved = true\nfines.F1.balance = 5000 EUR") == []


@pytest.mark.parametrize("found", ["recorded", "other", "neither"])
def test_a_dispute_can_be_settled_by_saying_so(found: str) -> None:
    case = case_of(DISPUTED + f"- dispute_resolved target=fine field=amount found={found}")
    assert then(case, f"conflicts.1.resolved = true\nconflicts.1.resolved_as = {found}") == []


def test_only_a_field_that_the_event_has_can_be_disputed() -> None:
    case = case_of(FINED + "- event_disputed target=fine field=amout other_value=5")
    assert not_applied(case) == ["field_unknown"]


def test_a_dispute_that_nobody_raised_is_not_settled() -> None:
    case = case_of(FINED + "- dispute_resolved target=fine field=amount found=recorded")
    assert not_applied(case) == ["dispute_unknown"]


def test_the_same_dispute_from_a_second_source_stands_in_the_same_row() -> None:
    again = '- event_disputed target=fine field=amount other_value="5,000 EUR" source=T'
    assert then(case_of(DISPUTED + again), "conflicts.1.source = T") == []


@pytest.mark.parametrize(
    ("type_name", "version", "words"),
    [
        ("fine_forgiven", 1, "does not know events of type 'fine_forgiven'"),
        ("order_varied", 3, "reads order_varied up to version 2, not version 3"),
        ("order_varied", 0, "reads order_varied up to version 2, not version 0"),
    ],
)
def test_an_unknown_type_or_a_newer_version_stops_the_fold_with_a_sentence(
    type_name: str, version: int, words: str
) -> None:
    with pytest.raises(UnknownType, match=words):
        load(type_name, version, {"order": "O1"})
    stored = entries(FINED)[-1]._replace(type=type_name, schema_version=version)
    with pytest.raises(UnknownType, match=words):
        fold("case", [stored])


def test_an_event_reads_back_as_it_was_recorded() -> None:
    found = entries(FINED)[-1]
    event = event_of(found)
    assert (event.type, event.occurred_on) == ("fine_imposed", "2022-10-17")
    assert odd(case_of(FINED)) == []
