"""What a case seals is not told in the open by another event of it, however it is written."""

from pathlib import Path

import pytest

from events.base import CATALOGUE
from events.confidential import can_be_sealed
from events.rows import Anomaly
from ledger import answers
from ledger.book import Book
from ledger.confidential import erase, sealed_alike
from ledger.door import Proposed
from ledger.errors import LedgerError, Malformed, Refused
from ledger.publish import publish
from tests.contents import bytes_in, held, value
from tests.facts import CASE, SECRET, fact, note, opened, remark
from tests.test_confidential import METADATA

TOLD = [
    note("Zo\u00ade Beeble\u200bbrox"),
    note(f"{SECRET} was here"),
    note("said ZOE  BEEBLEBROX."),
    note("Beeblebrox, Zoë: a witness"),
    note("zoe-beeblebrox"),
    note("nothing", source="letter of Zoë\u00a0Beeblebrox"),
    note("nothing", document="Beeblebrox/Zoe 1"),
    fact("fine_imposed", respondent=["Y", SECRET], amount="5 EUR"),
    fact("party_joined", name=SECRET),
    fact("payment_received", fine="F1", respondent="zoe-beeblebrox", amount="5 EUR"),
]


@pytest.mark.parametrize("told", TOLD, ids=range(len(TOLD)))
@pytest.mark.parametrize("sealed", [remark(), remark(confidential=["all"])], ids=["field", "all"])
def test_a_sealed_name_is_not_told_in_the_open(
    book: Book, sealed: Proposed, told: Proposed
) -> None:
    book.append([opened(), sealed], by="clerk")
    with pytest.raises(Refused, match="would tell in the open words that event #2 seals"):
        book.append([told], by="clerk", admit=True)
    assert value(book, "select count(*) from events") == 2
    book.append([told], by="clerk", admit=True, openly=True)


@pytest.mark.parametrize(
    "lot",
    [
        [remark(), note(f"of {SECRET}")],
        [note(f"of {SECRET}"), remark()],
        [remark(text=f"{SECRET} said so")],
        [note("a", document=SECRET, confidential=["document"], source=SECRET)],
        [fact("party_joined", name=SECRET, confidential=["name"]), note("zoe beeblebrox")],
    ],
    ids=["after", "before", "beside it", "its source", "as a party"],
)
def test_nor_in_the_same_lot_or_by_the_event_itself(book: Book, lot: list[Proposed]) -> None:
    with pytest.raises(Refused, match="would tell in the open"):
        book.append([opened(), *lot], by="clerk", admit=True)
    (told,) = book.append_cases([[opened(), *lot]], by="clerk", admit=True)
    assert isinstance(told, LedgerError)
    assert value(book, "select count(*) from events") == 0


def test_nor_later_in_the_same_transaction(book: Book) -> None:
    with book.writing():
        book.append([opened(), remark()], by="clerk")
        with pytest.raises(Refused, match="would tell in the open"):
            book.append([note(SECRET)], by="clerk")
    assert value(book, "select count(*) from events") == 2
    assert held(book) == [(2, "speaker")]


def test_a_short_name_is_looked_for_where_it_is_all_that_a_field_says(book: Book) -> None:
    book.append([opened(), remark(speaker="Bo")], by="clerk")
    book.append([note("Bo Diddley and robots")], by="clerk")
    with pytest.raises(Refused):
        book.append([fact("party_joined", name="bo")], by="clerk")


def test_a_name_that_is_a_part_of_another_word_is_not_that_name(book: Book) -> None:
    book.append([opened(), remark(speaker="Maria")], by="clerk")
    book.append([note("the Mariana case")], by="clerk")
    with pytest.raises(Refused):
        book.append([note("ask maria")], by="clerk")


@pytest.mark.parametrize(
    ("name", "told"),
    [("Anna Müller", "Frau anna mueller"), ("Jørn Mueller", "Müller, Jorn"), ("Voß", "a voss")],
)
def test_a_name_is_found_as_those_write_it_who_lack_its_letters(
    book: Book, name: str, told: str
) -> None:
    book.append([opened(), remark(speaker=name)], by="clerk")
    with pytest.raises(Refused):
        book.append([note(told)], by="clerk")


def test_a_word_that_fixed_choices_have_too_is_no_hindrance(book: Book) -> None:
    book.append([opened(), remark(speaker="respondent")], by="clerk")
    book.append([fact("party_joined", name="X", role="respondent")], by="clerk")
    erase(book, 2, ["speaker"], reason="GDPR Art. 17", by="clerk")


def test_a_name_of_a_script_without_spaces_is_found_within_a_sentence(book: Book) -> None:
    book.append([opened(), remark(speaker="佐藤健")], by="clerk")
    with pytest.raises(Refused):
        book.append([note("昨日佐藤健に会った")], by="clerk")


def test_what_was_in_the_open_before_is_no_secret(book: Book) -> None:
    book.append([opened(), fact("party_joined", name=SECRET)], by="clerk")
    book.append([remark()], by="clerk")
    book.append([note(f"{SECRET} pays")], by="clerk")
    assert value(book, "select count(*) from events") == 4


def test_another_case_may_tell_it(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    book.append([opened("other"), fact("note_added", "other", text=SECRET)], by="clerk")
    assert value(book, "select count(*) from events") == 4


def test_a_party_with_a_sealed_name_is_renamed_under_seal(book: Book) -> None:
    book.append([opened(), fact("party_joined", name=SECRET, confidential=["name"])], by="clerk")
    (ref,) = (row[0] for row in book.store.conn.execute("select party_ref from parties"))
    with pytest.raises(Refused, match="the new one would be told in the open"):
        book.append([fact("party_renamed", party=ref, name="Zoë Smith")], by="clerk")
    again = fact("party_renamed", party=ref, name="Zoë Smith", confidential=["name"])
    book.append([again], by="clerk")
    assert value(book, "select count(*) from parties") == 1


def test_a_party_that_was_given_a_reference_keeps_its_sealed_name_too(book: Book) -> None:
    named = {"party": "witness-1", "name": SECRET, "confidential": ["name"]}
    book.append([opened(), fact("party_joined", **named)], by="clerk")
    for type_name in ("party_renamed", "party_joined"):
        again = fact(type_name, party="Witness-1", name="Zoë Prefect")
        with pytest.raises(Refused, match="the new one would be told in the open"):
            book.append([again], by="clerk", admit=True)


def test_the_name_of_a_case_does_not_tell_what_it_seals(book: Book) -> None:
    case_id = "zoe-beeblebrox"
    secret = opened(case_id, title=SECRET, confidential=["title"])
    with pytest.raises(Refused, match="would tell in the open"):
        book.append([secret], by="clerk")


def test_a_case_that_is_opened_anew_keeps_what_it_seals(book: Book) -> None:
    book.append([opened(), remark(confidential=["all"])], by="clerk")
    with Book(book.store.path) as again, pytest.raises(Refused, match="would tell in the open"):
        again.append([note(SECRET)], by="clerk")


def test_what_is_sealed_with_an_event_is_its_source_and_its_references_too(book: Book) -> None:
    order = {"order": "raid-on-acme", "item": "stop", "source": "letter 7 of Ann"}
    book.append([opened(), fact("order_issued", **order, confidential=["all"])], by="clerk")
    for told in (note("x", source="Letter 7 of Ann"), note("the raid on Acme")):
        with pytest.raises(Refused, match="would tell in the open"):
            book.append([told], by="clerk")


def test_a_long_text_is_not_told_again_word_for_word(book: Book) -> None:
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    book.append([opened(), remark(text=text, confidential=["text"])], by="clerk")
    with pytest.raises(Refused):
        book.append([note(f"they said: {text.title()}!")], by="clerk")


def test_messages_tell_no_word_of_what_is_confidential(book: Book) -> None:
    fine = {"respondent": "X", "amount": "31415 EUR", "confidential": ["all"]}
    book.append([opened(), fact("fine_imposed", **fine)], by="clerk")
    over = {"fine": "F1", "amount": "99999 EUR", "confidential": ["all"]}
    with pytest.raises(Refused) as refusal:
        book.append([fact("payment_received", **over)], by="clerk")
    assert "31" not in str(refusal.value)
    assert refusal.value.facts["codes"] == ["payment_over_balance"]


def test_a_sealed_miss_without_a_day_stands_on_the_day_after_the_last(
    book: Book, tmp_path: Path
) -> None:
    order = {"item": "stop", "due_on": "2021-02-01", "occurred_on": "2021-01-01"}
    missed = fact("deadline_missed", deadline="D1", confidential=["all"])
    book.append([opened(), fact("order_issued", **order), missed], by="clerk")
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        assert answers.log(inside, CASE)[-1]["effective_on"] == "2021-02-02"


@pytest.mark.parametrize("how", ["extension", "correction"])
def test_an_open_event_does_not_take_a_sealed_last_day_away(
    book: Book, tmp_path: Path, how: str
) -> None:
    order = fact("order_issued", item="stop", within="P1M", occurred_on="2021-01-01")
    more = {"deadline": "D1", "extra": "P1M"}
    hidden = fact("deadline_extended", **more, occurred_on="2021-01-10", confidential=["all"])
    book.append([opened(), order], by="clerk")
    book.append([hidden], by="clerk")
    if how == "extension":
        last = fact("deadline_extended", **more, occurred_on="2021-01-20")
    else:
        changes = {"occurred_on": "2021-01-05"}
        last = fact("event_corrected", target=order.event_id, changes=changes)
    book.append([last], by="clerk")
    assert book.case(CASE).wanted == {}
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        case = inside.case(CASE)
        (deadline,) = answers.show(case)["deadlines"]
    due_on = "2021-04-01" if how == "extension" else "2021-03-05"
    assert (deadline["due_on"], case.wanted, case.of(Anomaly)) == (due_on, {}, {})
    assert value(book, "select count(*) from anomalies") == 0
    done = publish(book, tmp_path / "public", METADATA)
    assert done.withheld == 2


def test_after_an_erasure_another_event_is_not_taken_for_the_same(book: Book) -> None:
    one = remark()
    book.append([opened(), one], by="clerk")
    erase(book, 2, reason="asked", by="clerk")
    assert book.append([one], by="clerk")[0].is_duplicate
    with pytest.raises(Refused, match="with other content"):
        book.append([remark(event_id=one.event_id, text="something else")], by="clerk")


def test_those_who_may_read_it_are_told_the_reference_that_the_public_sees(
    book: Book, tmp_path: Path
) -> None:
    book.append([opened(), fact("party_joined", name=SECRET, confidential=["name"])], by="clerk")
    ref = value(book, "select party_ref from parties")
    assert ref.startswith("confidential-")
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        (party,) = answers.show(inside.case(CASE))["parties"]
        (shown,) = [o for o in answers.why(inside, CASE) if o["field"] == "name"]
    assert (party["party_ref"], party["name"], shown["value"]) == (ref, SECRET, SECRET)
    fine = fact("fine_imposed", respondent=ref, amount="5 EUR")
    book.append([fine], by="clerk")
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        (fined,) = answers.show(inside.case(CASE))["fines"]
    assert fined["respondent"] == SECRET


def test_of_several_respondents_none_is_sealed_by_itself_for_each_owes_its_part() -> None:
    fine = {"respondent": ["X", "Y"], "amount": "5 EUR", "confidential": ["respondent"]}
    with pytest.raises(Malformed, match="respondent has 2 values, and the case rests on how many"):
        fact("fine_imposed", **fine)


def test_a_correction_seals_only_what_could_be_sealed_before(book: Book) -> None:
    fine = fact("fine_imposed", respondent="X", amount="5 EUR")
    book.append([opened(), fine], by="clerk")
    fields = {"target": fine.event_id, "changes": {"amount": "6 EUR"}, "confidential": ["amount"]}
    with pytest.raises(Malformed, match="amount cannot be sealed by itself"):
        book.append([fact("event_corrected", **fields)], by="clerk")


def test_a_correction_of_a_correction_does_not_tell_what_the_event_seals(book: Book) -> None:
    sealed = remark()
    first = fact("event_corrected", target=sealed.event_id, changes={"document": "N1"})
    book.append([opened(), sealed, first], by="clerk")
    nested = {"changes": {"changes": {"speaker": "Ford Prefect"}}, "target": first.event_id}
    with pytest.raises(Malformed, match="speaker of that event is confidential"):
        book.append([fact("event_corrected", **nested)], by="clerk")


def test_a_correction_of_a_confidential_event_is_held_against_what_it_says(book: Book) -> None:
    hidden = fact("fine_imposed", respondent="X", amount="5 EUR", confidential=["all"])
    book.append([opened(), hidden], by="clerk")
    wrong = fact("event_corrected", target=hidden.event_id, changes={"sum": "6 EUR"})
    with pytest.raises(Malformed, match="has no field 'sum'"):
        book.append([wrong], by="clerk")
    paid = fact("payment_received", fine="F9", amount="5 EUR", confidential=["all"])
    with pytest.raises(Refused, match=r"contradicts what is confidential .*\(fine_unknown\)"):
        book.append([paid], by="clerk")
    paid = fact("payment_received", fine="F1", amount="5 EUR", confidential=["all"])
    book.append([paid], by="clerk")
    gone = [fact("event_withdrawn", target=hidden.event_id, reason="r") for _ in range(2)]
    with pytest.raises(Refused, match=r"\(fine_unknown\)"):
        book.append(gone[:1], by="clerk")
    book.append(gone[:1], by="clerk", admit=True)
    with pytest.raises(Refused, match=r"\(target_withdrawn\)"):
        book.append(gone[1:], by="clerk")


def test_nobody_says_that_something_was_erased_but_what_erases_it() -> None:
    with pytest.raises(Malformed, match="is recorded by what erases it"):
        fact("private_erased", target=opened().event_id, erased=["text"], reason="r")
    assert not can_be_sealed(CATALOGUE["private_erased"], "erased")


def test_erasing_tells_of_other_events_that_seal_the_same_words(book: Book) -> None:
    book.append([opened(), remark(), remark(), remark(speaker="Marvin")], by="clerk")
    person = fact("party_joined", "other", name=SECRET, confidential=["name"])
    book.append([opened("other"), person], by="clerk")
    assert sealed_alike(book, book.event_at(2)) == [3, 6]
    assert sealed_alike(book, book.event_at(4)) == []


def test_an_event_about_one_that_was_sealed_later_is_not_published(
    book: Book, tmp_path: Path
) -> None:
    hidden = remark(confidential=["all"])
    early = fact("event_withdrawn", target=hidden.event_id, reason="the witness lied")
    book.append([opened(), early, hidden], by="clerk", admit=True)
    done = publish(book, tmp_path / "public", METADATA)
    assert done.withheld == 2
    assert b"witness lied" not in bytes_in(tmp_path / "public")
