"""Answers about a case: read as published, or folded anew, they are the same."""

from pathlib import Path
from typing import Any

import pytest

from events.rows import Step
from ledger import answers
from ledger.book import Book
from ledger.casefiles import SHIPPED, read
from ledger.errors import FileTrouble, NotFound
from ledger.projections import CHANGES


def unordered(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    return {
        name: sorted(map(repr, rows))
        for name, rows in tables.items()
        if name not in (Step.table, CHANGES)
    }


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/*.yml")), ids=lambda path: path.stem)
def test_what_is_read_of_a_case_is_what_its_events_come_to(book: Book, path: Path) -> None:
    for case in read(path):
        book.append(case.proposals, by="clerk", admit=True)
        standing = answers.standing(book, case.case_id)
        assert unordered(standing) == unordered(answers.show(book.case(case.case_id)))
        assert len(standing["cases"]) == 1


def test_a_case_that_is_not_there_does_not_stand(book: Book) -> None:
    with pytest.raises(NotFound, match="there is no case 'x'"):
        answers.standing(book, "x")


def test_tables_of_another_version_are_not_read(book: Book) -> None:
    book.store.conn.execute("update meta set published_shape = 'older'")
    with pytest.raises(FileTrouble, match="another version"):
        answers.standing(book, "x")
    book.rebuild()
