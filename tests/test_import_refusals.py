"""What an import refuses, by its line and with a sentence, and how it is mended."""

import json
from pathlib import Path

import pytest

from ledger import importers
from ledger.book import Book
from ledger.errors import Malformed, Refused
from ledger.importers import import_file
from tests.importing import event, fined, written


def test_nothing_is_recorded_of_a_file_with_a_refusal(book: Book, tmp_path: Path) -> None:
    wrong = event("two", "fine_imposed", "f", fine="F1", amount="20.000 EUR")
    path = written(tmp_path / "x.jsonl", [*fined("one"), wrong, "{", '{"type": "x"}'])
    report = import_file(book, path, by="me")
    assert report.was_refused
    assert [(one.line, one.case_id) for one in report.refusals] == [
        (4, "two"),
        (5, None),
        (6, None),
    ]
    assert "20.000 EUR has 3 decimals" in report.refusals[0].message
    assert book.store.size() == 0


def test_what_was_refused_can_be_mended_and_imported_again(book: Book, tmp_path: Path) -> None:
    wrong = [*fined("two")[:2], event("two", "payment_received", "p", fine="F1", amount="40")]
    path, rest = written(tmp_path / "x.jsonl", [*fined("one"), *wrong]), tmp_path / "rest.jsonl"
    report = import_file(book, path, by="me", continue_to=rest)
    assert (report.cases, report.events, report.refused, report.refused_cases) == (1, 3, 1, 1)
    lines = [json.loads(line) for line in rest.read_text().splitlines()]
    assert [line["refused"][:21] for line in lines] == [
        "held back with line 6",
        "held back with line 6",
        "amount: '40' is not a",
    ]
    mended = rest.read_text().replace('"amount":"40"', '"amount":"40 EUR"')
    rest.write_text(mended)
    again = import_file(book, rest, by="me")
    assert (again.events, again.refused) == (3, 0)
    assert book.case("two").fines("F1")[0].paid_minor == 4000


def test_a_file_to_continue_to_is_never_written_over(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", ["{"])
    with pytest.raises(Refused, match="exists already"):
        import_file(book, path, by="me", continue_to=path)
    assert path.read_text() == "{\n"
    with pytest.raises(Refused, match="confidential values"):
        import_file(book, path, by="me", continue_to=book.private.path)


def test_an_id_that_stands_for_two_events_is_refused_with_both_lines(
    book: Book, tmp_path: Path
) -> None:
    one, other = event("a", "note_added", "n", text="x"), event("a", "note_added", "n", text="y")
    path = written(tmp_path / "x.jsonl", [one, one, other])
    report = import_file(book, path, by="me")
    assert [(r.line, "line 1" in r.message) for r in report.refusals] == [(3, True)]
    assert book.store.size() == 0


def test_a_recorded_event_is_not_replaced_by_another_of_its_id(book: Book, tmp_path: Path) -> None:
    import_file(book, written(tmp_path / "x.jsonl", fined("a")), by="me")
    other = event("a", "case_opened", "o", title="Other", authority="A", occurred_on="2020-01-01")
    report = import_file(book, written(tmp_path / "y.jsonl", [*fined("b"), other]), by="me")
    assert report.was_refused
    assert "with other content" in report.refusals[0].message
    assert book.store.size() == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[]", "not an object"),
        ('{"case_id": ""}', "empty"),
        ('{"case_id": "a"}', "no `type`"),
        ('{"case_id": "a", "type": "fine"}', "no type of event"),
        ('{"case_id": "a", "type": "note_added", "data": {"text": "x"}}', "neither an `event_id`"),
        ('{"case_id": "a", "type": "note_added", "event_id": "7"}', "text is missing"),
        (
            '{"case_id": "a", "type": "note_added", "event_id": 7, "data": {"text": "x"}}',
            "not text",
        ),
        ('{"case_id": "a", "type": "note_added", "text": "x"}', "no key 'text'"),
        ('{"case_id": "a", "type": "note_added", "id": "n", "data": 5}', "not an object"),
        (
            '{"case_id": "a", "type": "note_added", "id": "n", "data": {"text": "x"}, '
            '"schema_version": 99}',
            "not version 99",
        ),
        (
            '{"case_id": "a", "type": "event_withdrawn", "id": "w", "target": "opening", '
            '"data": {"reason": "r"}}',
            "target: 'opening' is not a UUID",
        ),
        (
            '{"case_id": "a", "type": "event_corrected", "id": "w", "corrects": "7", '
            '"data": {"changes": {"text": "y"}}}',
            "target: '7' is not a UUID",
        ),
        (
            '{"case_id": "a", "type": "event_disputed", "id": "d", "data": {"target": "7", '
            '"field": "text", "other_value": "y"}}',
            "target: '7' is not a UUID",
        ),
        (
            '{"case_id": "a", "type": "note_added", "id": "n", "data": {"text": "x"}, '
            '"caused_by": "7"}',
            "caused_by: '7' is not a UUID",
        ),
    ],
)
def test_a_line_that_is_no_event_is_refused_with_a_sentence(
    book: Book, tmp_path: Path, line: str, words: str
) -> None:
    report = import_file(book, written(tmp_path / "x.jsonl", ["", line]), by="me")
    assert [(one.line, words in one.message) for one in report.refusals] == [(2, True)], report
    assert (report.exit_code, book.store.size()) == (2, 0)


def test_a_line_that_is_not_utf_8_is_refused_by_its_number(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes('{"case_id": "a"}\n{"case_id": "für"}\n'.encode("latin-1"))
    report = import_file(book, path, by="me")
    told = "line 2: byte 15 of the line is not UTF-8; save the file as UTF-8"
    assert report.refusals[1].sentence == told
    rest = tmp_path / "rest.jsonl"
    import_file(book, path, by="me", continue_to=rest)
    assert "not UTF-8" in json.loads(rest.read_text().splitlines()[1])["refused"]


def test_an_endless_line_is_refused_by_its_number(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", ['"' + "x" * 2_500_000 + '"', json.dumps(fined("a")[0])])
    report = import_file(book, path, by="me", continue_to=tmp_path / "rest")
    assert [(one.line, "longer than" in one.message) for one in report.refusals] == [(1, True)]
    assert report.events == 1


def test_a_kind_of_file_that_nobody_reads_is_malformed(book: Book, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="--mapping"):
        import_file(book, written(tmp_path / "x.csv", ["a"]), by="me")
    with pytest.raises(Malformed, match="kinds of file"):
        import_file(book, written(tmp_path / "x.xlsx", ["a"]), by="me")


def test_a_large_file_is_refused_whole_for_what_only_the_ledger_knows(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a batch: the last case is tried before the first is written."""
    monkeypatch.setattr(importers, "BATCH_EVENTS", 4)
    import_file(book, written(tmp_path / "x.jsonl", fined("z")), by="me")
    other = event("z", "case_opened", "o", title="Other", authority="A", occurred_on="2020-01-01")
    many = [one for n in range(5) for one in fined(f"c{n}")]
    report = import_file(book, written(tmp_path / "y.jsonl", [*many, other]), by="me")
    assert report.was_refused
    assert book.store.size() == 3
