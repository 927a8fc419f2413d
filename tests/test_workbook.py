"""The export to Excel: what another program reads in it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape
from typer.testing import CliRunner

import cli
from ledger import workbook
from ledger.book import Book, create
from ledger.door import Proposed, proposed
from ledger.errors import FileTrouble, Refused
from ledger.projections import tables
from tests.published import clearview


def fact(type_name: str, **fields: Any) -> Proposed:
    return proposed("c", type_name, fields)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as opened:
        opened.append([fact("case_opened", title="=1+1", authority="A")], by="x")
        yield opened


def read(book: Book) -> Workbook:
    out = book.store.path.parent / "out.xlsx"
    out.unlink(missing_ok=True)
    workbook.write(book, out)
    return load_workbook(out)


def rows(found: Workbook, name: str) -> list[dict[str, Any]]:
    head, *below = found[name].iter_rows()
    names = [cell.value for cell in head]
    return [dict(zip(names, row, strict=True)) for row in below]


def values(found: Workbook, name: str, column: str) -> list[Any]:
    return [row[column].value for row in rows(found, name)]


def test_every_table_is_a_sheet_with_all_its_rows(tmp_path: Path) -> None:
    with Book(clearview(tmp_path), read_only=True) as book:
        found = read(book)
        for name in set(tables()) - {"search"}:
            (stored,) = book.store.conn.execute(f"select count(*) from {name}").fetchone()
            assert found[name].max_row == stored + 1
            assert found[name].freeze_panes == "A2"
    assert found.sheetnames == ["columns", *(name for name in tables() if name != "search")]
    told = {(row["table"].value, row["column"].value) for row in rows(found, "columns")}
    for name in found.sheetnames[1:]:
        assert {(name, cell.value) for cell in found[name][1]} <= told
    assert all(values(found, "columns", "meaning"))


@pytest.mark.parametrize(
    ("amount", "currency", "value", "shown"),
    [
        ("35258707.95", "EUR", 35258707.95, "#,##0.00"),
        ("500", "JPY", 500, "#,##0"),
        ("1.234", "KWD", 1.234, "#,##0.000"),
        ("9999999999999.99", "EUR", 9999999999999.99, "#,##0.00"),
        ("12345678901234.56", "EUR", "12345678901234.56", "General"),
    ],
)
def test_amounts_are_numbers_as_long_as_excel_can_hold_them(
    book: Book, amount: str, currency: str, value: object, shown: str
) -> None:
    book.append([fact("fine_imposed", respondent="X", amount=f"{amount} {currency}")], by="x")
    (row,) = rows(read(book), "fines")
    cell = row["amount"]
    assert (cell.value, cell.number_format) == (value, shown)
    assert (row["currency"].value, row["balance"].value) == (currency, value)
    assert "amount_minor" not in row


@pytest.mark.parametrize(
    ("on", "value"),
    [
        ("2022-10-17", date(2022, 10, 17)),
        ("1900-03-01", date(1900, 3, 1)),
        ("1900-02-28", "1900-02-28"),
        ("1875-01-01", "1875-01-01"),
        ("2022-10", "2022-10"),
        ("2022", "2022"),
    ],
)
def test_days_are_days_and_what_is_no_day_of_excel_stays_text(
    book: Book, on: str, value: object
) -> None:
    book.append([fact("order_issued", order="O1", occurred_on=on)], by="x")
    found = read(book)
    (cell,) = [row["issued_on"] for row in rows(found, "orders")]
    told = cell.value.date() if cell.is_date else cell.value
    assert (told, cell.is_date) == (value, isinstance(value, date))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x.example/", "0012",
     "_x0041_", "1e5", "{=1}", "TRUE", "<b>&amp;</b>"],
)  # fmt: skip
def test_text_stays_the_text_it_is(book: Book, text: str) -> None:
    book.append([fact("statement_made", speaker=text, text=text)], by="x")
    found = read(book)
    (row,) = rows(found, "statements")
    # openpyxl leaves it to its caller to read the escapes of the format.
    assert unescape(row["text"].value) == text
    assert (row["text"].data_type, row["text"].hyperlink) == ("s", None)
    assert row["text"].quotePrefix == (text[0] in "=+-@")


def test_what_no_sheet_can_hold_goes_on_in_the_next(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS_MAX", 4)
    notes = [fact("statement_made", speaker="S", text=f"n{i}") for i in range(7)]
    book.append(notes, by="x")
    found = read(book)
    sheets = ["statements", "statements (2)", "statements (3)"]
    assert [name for name in found.sheetnames if name.startswith("statements")] == sheets
    texts = [text for name in sheets for text in values(found, name, "text")]
    assert texts == [f"n{i}" for i in range(7)]
    assert values(found, "cases", "title") == ["=1+1"]


def test_text_too_long_for_a_cell_says_so(book: Book) -> None:
    book.append([fact("statement_made", speaker="S", text="x" * 40_000)], by="x")
    (text,) = values(read(book), "statements", "text")
    assert len(text) <= workbook.TEXT_MAX
    assert "characters more: see the export as JSON" in text
    kept = text.count("x", 0, text.index("…"))
    assert f"({40_000 - kept:,} characters more" in text


def test_nothing_is_written_over_and_nothing_half(book: Book, tmp_path: Path) -> None:
    (tmp_path / "there.xlsx").write_text("precious")
    with pytest.raises(Refused, match="exists already"):
        workbook.write(book, tmp_path / "there.xlsx")
    with pytest.raises(FileTrouble):
        workbook.write(book, tmp_path / "nowhere" / "out.xlsx")
    assert (tmp_path / "there.xlsx").read_text() == "precious"
    assert [path.name for path in tmp_path.glob("*.new")] == []


def test_the_command_writes_all_tables_or_says_why_not(book: Book, tmp_path: Path) -> None:
    more = ["--db", str(book.store.path), "--xlsx", str(tmp_path / "all.xlsx")]
    done = CliRunner().invoke(cli.app, ["export", *more])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "rows, a sheet per table" in done.stderr
    assert load_workbook(tmp_path / "all.xlsx")["cases"].max_row == 2
    assert CliRunner().invoke(cli.app, ["export", "fines", *more]).exit_code != 0
