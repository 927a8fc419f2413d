"""Export: what a spreadsheet, a program and an auditor get."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import exports
from ledger.book import Book, create
from ledger.door import proposed
from ledger.errors import NotFound
from ledger.seal import leaf_hash, root
from ledger.verify import verify


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A ledger of one case, whose title and respondent look like formulas."""
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as opened:
        fine = {"fine": "F1", "respondent": "@SUM(A1)", "amount": "100 EUR"}
        paid = {"fine": "F1", "amount": "120 EUR"}
        proposals = [
            proposed("shop", "case_opened", {"title": '=1+1,"x"', "authority": "A"}),
            proposed("shop", "fine_imposed", fine),
            proposed("shop", "payment_received", paid),
        ]
        opened.append(proposals, by="me", admit=True)
        yield opened


def test_the_root_can_be_recomputed_from_an_export_of_the_events(book: Book) -> None:
    lines = [line.removesuffix("\n") for line in exports.events(book)]
    assert root(leaf_hash(line) for line in lines) == verify(book.store).root


def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(book: Book) -> None:
    text = "".join(exports.table_as_csv(book, "cases"))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["title"] == '\'=1+1,"x"'
    assert row["respondents"] == "'@SUM(A1)"


def test_numbers_below_zero_stay_numbers(book: Book) -> None:
    (row,) = csv.DictReader(io.StringIO("".join(exports.table_as_csv(book, "fines"))))
    assert (row["balance_minor"], row["balance"]) == ("-2000", "-20.00")


def test_json_has_values_as_they_are(book: Book) -> None:
    (row,) = json.loads("".join(exports.table_as_json(book, "cases")))
    assert (row["title"], row["closed_on"]) == ('=1+1,"x"', None)
    assert json.loads("".join(exports.table_as_json(book, "appeals"))) == []


def test_every_table_and_view_can_be_exported_whole(book: Book) -> None:
    for name in exports.names():
        rows = list(csv.reader(io.StringIO("".join(exports.table_as_csv(book, name)), newline="")))
        told = json.loads("".join(exports.table_as_json(book, name)))
        assert len(rows) == len(told) + 1
        assert all(list(row) == rows[0] for row in told)


def test_a_table_that_is_none_is_named_with_those_there_are(book: Book) -> None:
    with pytest.raises(NotFound, match="fines"):
        list(exports.table_as_csv(book, "sqlite_master"))


def test_the_record_itself_is_a_table_too(book: Book) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(exports.table_as_csv(book, "events")))))
    assert [int(row["position"]) for row in rows] == list(range(1, book.store.size() + 1))
    assert all(len(bytes.fromhex(row["leaf_hash"])) == 32 for row in rows)


def test_a_long_table_is_exported_to_its_last_row(book: Book) -> None:
    said = [{"speaker": "S", "text": f"n{i}"} for i in range(2_345)]
    book.append([proposed("shop", "statement_made", fields) for fields in said], by="me")
    text = "".join(exports.table_as_csv(book, "statements"))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    told = json.loads("".join(exports.table_as_json(book, "statements")))
    wanted = [fields["text"] for fields in said]
    assert [row["text"] for row in rows] == [row["text"] for row in told] == wanted
