"""What programs ask for: deadlines as a calendar, and a case whole, at any time, as JSON."""

import asyncio
from pathlib import Path
from typing import Any

from datasette.utils.asgi import Response

from ledger.answers import show
from ledger.book import Book
from ledger.errors import LedgerError, NotFound
from ledger.projections import tables
from ledger.web.access import is_open

_CALENDAR = ("deadlines", "cases", "changes", "events")
"""What a calendar is made from; who may not see one of them gets none."""


async def case(request: Any, datasette: Any) -> Any:
    """A case as `caseledger show --json` gives it: `?case_id=`, with `as_of` and `known_at`."""
    if not await is_open(datasette, request, [*tables(), "events"]):
        return Response.json({"ok": False, "error": "Cases are not open to you here."}, status=403)
    asked = [request.args.get(name) or None for name in ("case_id", "as_of", "known_at")]
    path = Path(datasette.get_database("ledger").path)
    try:
        told = await asyncio.to_thread(_case, path, *asked)
    except LedgerError as error:
        status = 404 if isinstance(error, NotFound) else 400
        return Response.json({"ok": False, "error": error.message}, status=status)
    return Response.json(told)


def _case(path: Path, case_id: str | None, as_of: str | None, known_at: str | None) -> Any:
    with Book(path, read_only=True) as book, book.store.reading():
        return show(book.case(case_id or "", as_of, known_at))


async def deadlines(request: Any, datasette: Any) -> Any:
    """The calendar; `?case_id=` or `?authority=` asks for a part."""
    if not await is_open(datasette, request, _CALENDAR):
        return Response.text("The deadlines are not open to you here.\n", status=403)
    # Not before: it takes long to load, and only this page needs it.
    from ledger.ics import calendar

    asked = {name: request.args.get(name) or None for name in ("case_id", "authority")}
    database = datasette.get_database("ledger")
    body = await database.execute_fn(lambda conn: calendar(conn, **asked))
    return Response(body, content_type="text/calendar; charset=utf-8")
