"""Files to import, in short: lines of JSON, and tables with a mapping."""

import json
from pathlib import Path
from typing import Any

from ledger.book import Book
from ledger.import_report import ImportReport
from ledger.importers import import_file


def event(case_id: str, type_name: str, key: str, **data: Any) -> dict[str, Any]:
    on = data.pop("occurred_on", None)
    return {"case_id": case_id, "type": type_name, "id": key, "occurred_on": on, "data": data}


def fined(case_id: str) -> list[dict[str, Any]]:
    """A case of three events: opened, fined 100 EUR, and 40 EUR paid."""
    return [
        event(case_id, "case_opened", "o", title="T", authority="A", occurred_on="2020-01-01"),
        event(
            case_id,
            "fine_imposed",
            "f",
            fine="F1",
            respondent="X",
            amount="100 EUR",
            occurred_on="2020-02-01",
        ),
        event(
            case_id, "payment_received", "p", fine="F1", amount="40 EUR", occurred_on="2020-03-01"
        ),
    ]


def written(path: Path, events: list[Any]) -> Path:
    """A file with a line per event; text is written as it is."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in events]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def imported(book: Book, table: str | bytes, mapping: str | Path, **how: Any) -> ImportReport:
    """A table taken into the ledger with a mapping, a text or one of those shipped."""
    folder = book.store.path.parent
    source = folder / how.pop("name", "table.csv")
    source.write_bytes(table if isinstance(table, bytes) else table.encode())
    if isinstance(mapping, str):
        (folder / "mapping.yml").write_text(mapping)
        mapping = folder / "mapping.yml"
    return import_file(book, source, by="me", mapping=mapping, **how)
