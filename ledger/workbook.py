"""Export to Excel: one sheet per published table, with real dates and numbers.

Amounts are decimal numbers of their currency, worked out from the minor units. What a cell cannot
hold exactly is text: imprecise dates, days before 1900, numbers of more than 15 digits. Text is
never taken for a formula, a link or a number. What does not fit (rows on a sheet, characters in a
cell) goes on in the next sheet, or ends in words that say how much is missing.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import count, islice
from pathlib import Path
from typing import Any

from ledger import meanings, placing, projections
from ledger.book import Book
from ledger.errors import files_in_sentences
from ledger.exports import FORMULA
from ledger.search import SEARCH

ROWS_MAX = 1_048_576
"""Rows of a sheet, the header among them:
https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""

TEXT_MAX = 32_767
"""Characters of a cell."""

_EXACT = 10**15
"""Excel keeps 15 digits of a number."""

_MONEY = "_minor"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DAYS = ("_on", "_from", "_to", "_until", "_as_of")
"""How the names of columns with dates end."""
_FIRST_DAY = date(1900, 3, 1)
"""Before it, Excel counts a day that never was (29 February 1900), and before 1900 none."""
_DIGITS_MAX = 8
_WIDTHS = {"title": 40, "summary": 60, "text": 60, "explained": 60, "message": 60, "subject": 40}


def write(book: Book, out: str | Path) -> int:
    """Write every published table into a new workbook; returns how many rows they have.

    Raises Refused where there is a file at `out`, FileTrouble, and what `Book.require_current`
    raises. A file appears under its name only when it is whole.
    """
    book.require_current()
    target = Path(out).resolve()
    placing.refuse_to_overwrite(target)
    temporary = placing.beside(target)
    with files_in_sentences(target):
        try:
            rows = _written(book, temporary)
            placing.place(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    return rows


def _written(book: Book, path: Path) -> int:
    # Not before: only this export needs it.
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    title, created_at = book.store.conn.execute("select title, created_at from meta").fetchone()
    names = [name for name in projections.tables() if name != SEARCH]
    try:
        with path.open("xb") as file, Workbook(file, options) as workbook:
            workbook.set_properties({"title": title, "comments": f"Ledger made at {created_at}"})
            sheets = Sheets(workbook)
            sheets.add("columns", ["table", "column", "meaning"], _meanings(names))
            return sum(sheets.add(name, *_read(book, name)) for name in names)
    except FileCreateError as error:
        # It wraps what the disk said.
        raise (error.args[0] if isinstance(error.args[0], OSError) else error) from error


def _meanings(names: Iterable[str]) -> Iterator[list[Any]]:
    for name in names:
        yield [name, None, meanings.of_table(name)]
        for column, words in meanings.of_columns(name).items():
            if not column.endswith(_MONEY):
                yield [name, column, words.replace(f"{column}{_MONEY}", "The amount")]


def _read(book: Book, name: str) -> tuple[list[str], Iterator[list[Any]]]:
    """Columns and rows of a table, amounts as decimals in the place of their minor units."""
    table = projections.tables()[name]
    order = ", ".join(table.key)
    found = book.store.conn.execute(
        f"select {', '.join(table.names)} from main.{name} order by {order}"
    )
    digits = table.names.index("digits") if "digits" in table.names else 0
    money = [i for i, column in enumerate(table.names) if column.endswith(_MONEY)]
    columns = [column.removesuffix(_MONEY) for column in table.names]
    return columns, (_amounts(list(row), money, digits) for row in found)


def _amounts(row: list[Any], money: list[int], digits: int) -> list[Any]:
    for i in money:
        if row[i] is not None:
            row[i] = Decimal(row[i]).scaleb(-row[digits])
    return row


class Sheets:
    """The sheets of a workbook, one after the other."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self.head = workbook.add_format({"bold": True, "bottom": 1})
        self.day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self.apart = workbook.add_format({"quote_prefix": True})
        self.money = [
            workbook.add_format({"num_format": f"#,##0{'.' * bool(n)}{'0' * n}"})
            for n in range(_DIGITS_MAX + 1)
        ]

    def add(self, name: str, columns: list[str], rows: Iterable[list[Any]]) -> int:
        """Write a table, on as many sheets as it needs; returns how many rows it has."""
        rows, written = iter(rows), 0
        for number in count(1):
            some = list(islice(rows, 1))
            if not some and number > 1:
                break
            sheet = self._sheet(name if number == 1 else f"{name} ({number})", columns)
            place = 0
            for place, row in enumerate(_chained(some, rows, ROWS_MAX - 1), start=1):
                for column, value in enumerate(row):
                    self._cell(sheet, place, column, columns[column], value)
            sheet.autofilter(0, 0, max(place, 1), len(columns) - 1)
            written += place
        return written

    def _sheet(self, name: str, columns: list[str]) -> Any:
        sheet = self.workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(column, 16))
            sheet.write_string(0, place, column, self.head)
        return sheet

    def _cell(self, sheet: Any, row: int, place: int, column: str, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, Decimal):
            digits = min(-int(value.as_tuple().exponent), _DIGITS_MAX)
            if abs(value.scaleb(digits)) < _EXACT:
                sheet.write_number(row, place, float(value), self.money[digits])
                return
        elif isinstance(value, int) and abs(value) < _EXACT:
            sheet.write_number(row, place, value)
            return
        elif column.endswith(_DAYS) and (day := _day(value)):
            sheet.write_datetime(row, place, day, self.day)
            return
        text = _fitting(str(value))
        sheet.write_string(row, place, text, self.apart if text.startswith(FORMULA) else None)


def _chained(first: list[Any], rest: Iterator[Any], most: int) -> Iterator[Any]:
    yield from first
    yield from islice(rest, most - len(first))


def _day(value: Any) -> date | None:
    """The day that a text says, where Excel counts it; None for all else."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _fitting(text: str) -> str:
    if len(text) <= TEXT_MAX:
        return text
    told = " … ({:,} characters more: see the export as JSON)"
    kept = TEXT_MAX - len(told) - 10
    return text[:kept] + told.format(len(text) - kept)
