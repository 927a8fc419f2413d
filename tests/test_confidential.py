"""What is confidential never enters the ledger, can be erased, and every proof stays."""

import json
from pathlib import Path
from typing import Any

import pytest

from events.base import CATALOGUE
from events.confidential import can_be_sealed
from ledger import answers
from ledger.audit import audit
from ledger.book import Book, create
from ledger.casefiles import read
from ledger.confidential import erase, held_elsewhere
from ledger.door import Proposed
from ledger.errors import Malformed, NotFound, Refused, VerificationFailed
from ledger.exports import events
from ledger.filing import file_case
from ledger.importers import import_file, restore_file
from ledger.publish import publish
from ledger.schema import setting
from tests.contents import bytes_in, held, value
from tests.facts import CASE, fact, opened

METADATA = Path(__file__).parent.parent / "metadata.yml"
SECRET = "Zaphod Beeblebrox"


def remark(**more: Any) -> Proposed:
    fields = {"speaker": SECRET, "text": f"{SECRET} said so", "occurred_on": "2020-02-01"}
    return fact("statement_made", **({"confidential": ["speaker", "text"]} | fields | more))


def lose(book: Book, position: int, place: str) -> None:
    """Remove a value behind the back of the ledger."""
    book.private.erase([book.event_at(position).seals[place]])


def test_a_confidential_field_never_enters_the_ledger(book: Book, tmp_path: Path) -> None:
    book.append([opened(), remark()], by="clerk")
    assert value(book, "select text from statements").startswith("[confidential ")
    assert SECRET.encode() not in bytes_in(tmp_path, but="private.db")
    assert SECRET.encode() in (tmp_path / "private.db").read_bytes()
    assert (tmp_path / "private.db").stat().st_mode & 0o777 == 0o600


def test_those_who_may_read_the_private_file_are_told_the_whole_case(
    book: Book, tmp_path: Path
) -> None:
    book.append([opened(), remark()], by="clerk")
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        (statement,) = answers.show(inside.case(CASE))["statements"]
        lines = answers.log(inside, None)
    assert (statement["speaker"], statement["text"]) == (SECRET, f"{SECRET} said so")
    assert SECRET in lines[1]["summary"]


def test_an_event_that_is_confidential_as_a_whole_changes_nothing_in_the_open(
    book: Book, tmp_path: Path
) -> None:
    fine = fact(
        "fine_imposed",
        respondent=SECRET,
        amount="5 EUR",
        source=f"letter of {SECRET}",
        occurred_on="2020-03-01",
        confidential=["all"],
    )
    book.append([opened(), fine], by="clerk")
    assert value(book, "select count(*) from fines") == 0
    assert value(book, "select status || summary from history where step = 2") == (
        "confidentialConfidential"
    )
    assert SECRET.encode() not in bytes_in(tmp_path, but="private.db")
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        tables = answers.show(inside.case(CASE))
        source = answers.log(inside, CASE)[1]["source"]
    assert [(row["fine_ref"], row["amount"]) for row in tables["fines"]] == [("F1", "5.00")]
    assert source == f"letter of {SECRET}"


def test_a_number_that_a_confidential_event_has_taken_is_not_given_again(book: Book) -> None:
    fields = {"amount": "5 EUR", "occurred_on": "2020-03-01"}
    hidden = [
        fact("fine_imposed", **fields, **more, confidential=["all"])
        for more in ({"respondent": "Y"}, {"respondent": "Z", "fine": "F7"})
    ]
    shown = fact("fine_imposed", respondent="X", **fields)
    book.append([opened(), *hidden, shown], by="clerk")
    assert value(book, "select fine_ref from fines") == "F8"
    assert "F7" in value(book, "select entry from events where position = 3")


def test_a_name_given_as_a_reference_is_not_told_by_a_confidential_event(book: Book) -> None:
    order = fact("order_issued", order="raid-on-acme", item="i", confidential=["all"])
    book.append([opened(), order], by="clerk")
    assert "acme" not in value(book, "select group_concat(entry) from events")


def test_two_parties_with_sealed_names_stay_two(book: Book) -> None:
    people = [fact("party_joined", name=name, confidential=["name"]) for name in ("Ann", "Bob")]
    book.append([opened(), *people], by="clerk")
    refs = book.store.conn.execute("select party_ref, name from parties").fetchall()
    assert len({ref for ref, _ in refs}) == 2
    assert all(ref.startswith("confidential-") for ref, _ in refs)


def test_trying_again_with_the_same_confidential_event_adds_nothing(book: Book) -> None:
    one = remark()
    book.append([opened(), one], by="clerk")
    assert [receipt.is_duplicate for receipt in book.append([one], by="clerk")] == [True]
    other = remark(event_id=one.event_id, text="something else")
    with pytest.raises(Refused, match="already recorded"):
        book.append([other], by="clerk")


def test_what_a_case_rests_on_cannot_be_sealed_by_itself() -> None:
    with pytest.raises(Malformed, match="amount cannot be sealed by itself"):
        fact("fine_imposed", respondent="X", amount="5 EUR", confidential=["amount"])
    with pytest.raises(Malformed, match="has no sum"):
        fact("fine_imposed", respondent="X", amount="5 EUR", confidential=["sum"])
    assert not can_be_sealed(CATALOGUE["event_withdrawn"], "target")


def test_a_correction_must_not_tell_what_the_event_seals(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    target = book.event_at(2).event_id
    changes = {"text": f"{SECRET} denied it"}
    with pytest.raises(Malformed, match="text of that event is confidential"):
        book.append([fact("event_corrected", target=target, changes=changes)], by="clerk")
    sealed = fact("event_corrected", target=target, changes=changes, confidential=["text"])
    book.append([sealed], by="clerk")
    assert value(book, "select count(distinct text) from statements") == 1
    assert SECRET not in value(book, "select group_concat(entry) from events")
    disputed = {"target": target, "field": "text", "other_value": "no"}
    with pytest.raises(Malformed, match="text of that event is confidential"):
        book.append([fact("event_disputed", **disputed)], by="clerk")


def test_what_is_about_a_confidential_event_is_confidential_too(book: Book) -> None:
    hidden = remark(confidential=["all"])
    book.append([opened(), hidden], by="clerk")
    withdrawn = fact("event_withdrawn", target=hidden.event_id, reason=f"{SECRET} never spoke")
    book.append([withdrawn], by="clerk")
    assert SECRET not in value(book, "select group_concat(entry) from events")


def test_what_changes_a_public_event_is_public(book: Book) -> None:
    book.append([opened()], by="clerk")
    target = book.event_at(1).event_id
    hidden = {"target": target, "reason": "r", "confidential": ["all"]}
    with pytest.raises(Malformed, match="about an event that is not confidential"):
        book.append([fact("event_withdrawn", **hidden)], by="clerk")


def test_a_dry_run_and_a_refusal_keep_nothing(book: Book, tmp_path: Path) -> None:
    book.append([opened(), remark()], by="clerk", dry_run=True)
    payment = fact("payment_received", fine="F9", amount="5 EUR")
    with pytest.raises(Refused):
        book.append([opened(), remark(), payment], by="clerk")
    assert not (tmp_path / "private.db").exists()


def test_an_erased_value_is_gone_and_every_proof_stays(book: Book, tmp_path: Path) -> None:
    book.append([opened(), remark()], by="clerk")
    before = audit(book)
    entry, fields = erase(book, 2, ["text", "speaker"], reason="GDPR Art. 17(1)(a)", by="clerk")
    assert entry is not None
    assert (entry.type, fields) == ("private_erased", ["text", "speaker"])
    assert SECRET.encode() not in bytes_in(tmp_path)
    assert audit(book, before.checkpoint).problems == []
    assert erase(book, 2, reason="again", by="clerk")[0] is None


def test_one_of_several_values_can_be_erased(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    erase(book, 2, ["text"], reason="r", by="clerk")
    assert held(book) == [(2, "speaker")]


def test_what_is_not_confidential_cannot_be_erased(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    with pytest.raises(NotFound, match="nothing confidential"):
        erase(book, 1, reason="r", by="clerk")
    with pytest.raises(NotFound, match="no confidential document; what it seals is speaker, text"):
        erase(book, 2, ["document"], reason="r", by="clerk")


def said_of(book: Book, **how: Any) -> list[str]:
    return [problem.what for problem in audit(book, **how).problems]


def test_a_value_that_is_gone_without_a_word_is_found(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        book.append([opened(), remark(), remark()], by="clerk")
        lose(book, 2, "text")
        assert said_of(book) == [
            "its confidential text is gone, and no event says that it was erased"
        ]
        (tmp_path / "private.db").unlink()
        (words,) = said_of(book)
        assert "private.db is not there: 4 confidential values are out of reach" in words
        assert said_of(book, private=False) == []


def test_a_value_that_was_exchanged_or_survived_its_erasure_is_found(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        book.append([opened(), remark()], by="clerk")
        seals = book.event_at(2).seals
        speaker = book.private.values([seals["speaker"]])[seals["speaker"]]
        lose(book, 2, "speaker")
        book.private.put([speaker._replace(value="Somebody Else")])
        assert said_of(book) == ["its confidential speaker is not what was sealed"]
        assert book.private.values(seals.values()).keys() == {seals["text"]}
        erase(book, 2, ["speaker"], reason="r", by="clerk")
        book.private.put([speaker])
        (words,) = said_of(book)
        assert "speaker was to be erased and is still there" in words
        erase(book, 2, ["speaker"], reason="r", by="clerk")
        assert said_of(book) == []


def test_names_of_clerks_are_sealed_where_the_ledger_asks_for_it(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test", clerk_role="case officer")
    with Book(tmp_path / "ledger.db") as book:
        book.append([opened()], by=SECRET)
        assert value(book, "select recorded_by from events") == "case officer"
        assert book.event_at(1).recorded_by == "case officer"
        assert audit(book).problems == []
        assert SECRET.encode() not in bytes_in(tmp_path, but="private.db")
        erase(book, 1, reason="left the office", by=SECRET)
        assert audit(book).problems == []
        assert held(book) == [(2, "recorded_by")]
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        assert [line["recorded_by"] for line in answers.log(inside, CASE)] == [
            "case officer",
            SECRET,
        ]


def test_the_role_in_place_of_a_name_is_part_of_the_proof(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test", clerk_role="case officer")
    with Book(tmp_path / "ledger.db") as book:
        book.append([opened()], by=SECRET)
        (guard,) = book.store.conn.execute(
            "select sql from sqlite_master where name = 'events_are_never_changed'"
        ).fetchone()
        book.store.conn.execute("drop trigger events_are_never_changed")
        book.store.conn.execute("update events set recorded_by = 'judge'")
        book.store.conn.execute(guard)
        (words,) = said_of(book)
        assert words == "recorded_by is 'judge', but its entry says 'case officer'"


def hidden_case() -> list[Proposed]:
    secret = remark(confidential=["all"])
    about = fact("event_withdrawn", target=secret.event_id, reason=f"{SECRET} never spoke")
    whole = [opened("quiet"), fact("note_added", "quiet", text=SECRET, confidential=["all"])]
    return [opened(), secret, remark(), about, fact("note_added", text="in the open"), *whole]


def test_a_publication_shows_nothing_confidential_under_the_same_root(
    book: Book, tmp_path: Path
) -> None:
    book.append(hidden_case(), by="clerk")
    done = publish(book, tmp_path / "public", METADATA)
    assert (done.cases, done.entries, done.withheld) == (2, 7, 3)
    assert done.root == audit(book).root.hex()
    with Book(tmp_path / "public" / "ledger.db", read_only=True) as copy:
        assert audit(copy, audit(book).checkpoint).problems == []
        query = "select position, type from events order by position"
        kept = copy.store.conn.execute(query).fetchall()
        assert kept == [
            (1, "case_opened"),
            (3, "statement_made"),
            (5, "note_added"),
            (6, "case_opened"),
        ]
        assert value(copy, "select group_concat(position) from withheld") == "2,4,7"
        assert answers.show(copy.case(CASE))["anomalies"] == []
    assert SECRET.encode() not in bytes_in(tmp_path / "public")
    assert sorted(path.name for path in (tmp_path / "public").iterdir()) == [
        "ledger.db",
        "metadata.yml",
        "root.txt",
    ]


def test_a_publication_takes_no_events(book: Book, tmp_path: Path) -> None:
    book.append([opened()], by="clerk")
    publish(book, tmp_path / "public", METADATA)
    with Book(tmp_path / "public" / "ledger.db") as copy:
        with pytest.raises(Refused, match="a copy made for the public"):
            copy.append([remark()], by="clerk")
        assert setting(copy.store.conn, "published_at") is not None


def test_publishing_again_replaces_the_publication_and_nothing_else(
    book: Book, tmp_path: Path
) -> None:
    book.append([opened()], by="clerk")
    publish(book, tmp_path / "public", METADATA)
    book.append([remark()], by="clerk")
    assert publish(book, tmp_path / "public", METADATA).entries == 2
    with pytest.raises(Refused, match="is not a publication of this ledger"):
        publish(book, tmp_path, METADATA)


def test_a_ledger_that_is_not_what_it_was_is_not_published(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        book.append([opened(), remark()], by="clerk")
        lose(book, 2, "text")
        with pytest.raises(VerificationFailed, match="nothing was published"):
            publish(book, tmp_path / "public", METADATA)
    assert not (tmp_path / "public").exists()


CASE_FILE = f"""
case: {CASE}
events:
  - type: case_opened
    id: opening
    title: X
    authority: ICO
  - type: statement_made
    id: said
    speaker: {SECRET}
    text: a long story
    confidential: [speaker, text]
  - type: note_added
    id: note
    text: of {SECRET}
    confidential: all
"""


def test_a_case_file_can_say_what_is_confidential(book: Book, tmp_path: Path) -> None:
    (case,) = read(CASE_FILE)
    for _ in range(2):
        file_case(book, case, by="clerk")
    assert value(book, "select count(*) from events") == 3
    assert SECRET.encode() not in bytes_in(tmp_path, but="private.db")
    assert held(book) == [(2, "speaker"), (2, "text"), (3, "data")]


def test_lines_of_json_can_say_what_is_confidential(book: Book, tmp_path: Path) -> None:
    note = {"case_id": CASE, "type": "note_added", "id": "n", "data": {"text": SECRET}}
    lines = tmp_path / "lines.jsonl"
    book.append([opened()], by="clerk")
    lines.write_text(json.dumps(note | {"confidential": "text"}))
    import_file(book, lines, by="clerk")
    lines.unlink()
    assert SECRET.encode() not in bytes_in(tmp_path, but="private.db")
    lines.write_text(json.dumps(note | {"confidential": {"text": True}}))
    (refusal,) = import_file(book, lines, by="clerk").refusals
    assert "give the names of fields" in refusal.message


def test_what_is_exported_with_seals_goes_back_only_as_it_was(book: Book, tmp_path: Path) -> None:
    book.append([opened(), remark()], by="clerk")
    lines = tmp_path / "lines.jsonl"
    lines.write_text("".join(events(book)))
    create(tmp_path / "other.db", "other")
    with Book(tmp_path / "other.db") as other:
        (refusal,) = import_file(other, lines, by="clerk").refusals
        assert "holds seals" in refusal.message
        restore_file(other, lines)
        assert audit(other).root == audit(book).root


def test_erasing_tells_of_corrections_that_hold_values_too(book: Book) -> None:
    book.append([opened(), remark()], by="clerk")
    target = book.event_at(2)
    changes = {"target": target.event_id, "changes": {"text": "t"}, "confidential": ["text"]}
    book.append([fact("event_corrected", **changes)], by="clerk")
    assert held_elsewhere(book, target) == [3]
    erase(book, 3, reason="r", by="clerk")
    assert held_elsewhere(book, target) == []


def test_the_last_day_of_a_confidential_order_is_computed_for_those_who_may_read_it(
    book: Book, tmp_path: Path
) -> None:
    order = {"order": "O1", "item": "stop", "within": "P2M", "occurred_on": "2021-11-26"}
    book.append([opened(), fact("order_issued", **order, confidential=["all"])], by="clerk")
    more = {"deadline": "D1", "extra": "P1M", "occurred_on": "2021-12-01"}
    book.append([fact("deadline_extended", **more, confidential=["all"])], by="clerk")
    assert value(book, "select count(*) from deadlines") == 0
    assert value(book, "select group_concat(code) from anomalies") is None
    with Book(tmp_path / "ledger.db", read_only=True, private=True) as inside:
        tables = answers.show(inside.case(CASE))
    assert [row["due_on"] for row in tables["deadlines"]] == ["2022-02-28"]
    assert tables["anomalies"] == []
