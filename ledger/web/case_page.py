"""What the page of a case tells: the case as asked for, with the event behind every value."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events.case import Case
from events.money import readable
from events.rows import Fine, Step
from ledger.answers import show
from ledger.book import Book
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.web.picture import NARROW, picture

_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Origins:
    """Which event put each value there."""

    positions: dict[tuple[str, str, str], int]

    @classmethod
    def of(cls, case: Case) -> "Origins":
        """The origins of all values of a case, as it is told."""
        return cls({(c.table_name, c.ref, c.field): c.position for c in case.changes})

    def position(self, table: str, ref: str, field: str) -> int | None:
        """The event behind one value."""
        return self.positions.get((table, ref, field))


def tell(path: Path, case_id: str, as_of: str | None, known_at: str | None) -> dict[str, Any]:
    """All that the page of a case shows.

    Where the day or the moment asked for cannot be understood, `trouble` says why and the case is
    told as it stands. Raises NotFound where there is no such case.
    """
    trouble = None
    with Book(path, read_only=True) as book, book.store.reading():
        try:
            case, entries = _folded(book, case_id, as_of, known_at)
        except LedgerError as error:
            if not (as_of or known_at):
                raise
            trouble, as_of, known_at = error.message, None, None
            case, entries = _folded(book, case_id, None, None)
        rows = show(case)
        linked = book.store.known("case_id", [row["other_case_id"] for row in rows["links"]])
    return {
        "case": rows["cases"][0] if rows["cases"] else None,
        "case_id": case_id,
        "rows": _with_refs(case, rows),
        "origins": Origins.of(case),
        "linked": linked,
        "owed": _owed(case),
        "steps": _steps(case, entries),
        "pictures": [("wide", picture(case)), ("narrow", picture(case, NARROW))],
        "as_of": as_of,
        "known_at": known_at,
        "trouble": trouble,
    }


def _folded(
    book: Book, case_id: str, as_of: str | None, known_at: str | None
) -> tuple[Case, list[Entry]]:
    return book.case(case_id, as_of, known_at), book.entries(case_id, known_at)


def _with_refs(
    case: Case, rows: dict[str, list[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, with the ref by which `changes` knows them."""
    for table, found in case.rows.items():
        for ref, row in zip(found, rows[table], strict=True):
            row["ref"] = ref
    return rows


def _owed(case: Case) -> list[str]:
    """What is still owed by what is recorded, per currency."""
    sums: dict[tuple[str, int], int] = {}
    for fine in case.of(Fine).values():
        if fine.balance_minor > 0:
            key = (fine.currency, fine.digits)
            sums[key] = sums.get(key, 0) + fine.balance_minor
    return [readable(minor, digits, currency) for (currency, digits), minor in sorted(sums.items())]


def _steps(case: Case, entries: list[Entry]) -> list[dict[str, Any]]:
    """The timeline, the latest first."""
    by_position = {entry.position: entry for entry in entries}
    told = []
    for step in reversed(case.of(Step).values()):
        entry = by_position[step.position]
        link = _LINK.search(entry.source or "")
        told.append(
            {
                "position": step.position,
                "on": step.effective_on,
                "summary": step.summary,
                "status": step.status,
                "corrected_by": step.corrected_by,
                "type": entry.type.replace("_", " "),
                "source": entry.source,
                "link": link.group(0) if link else None,
                "confidence": entry.confidence,
                "recorded_on": entry.recorded_at[:10],
                "recorded_by": entry.recorded_by,
                "data": entry.data,
            }
        )
    return told
