"""What programs ask for: deadlines as a calendar, events as a feed, a case whole as JSON."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from datasette.utils.asgi import Response

from ledger.answers import show
from ledger.book import Book
from ledger.entry import is_position
from ledger.errors import LedgerError, NotFound
from ledger.projections import tables
from ledger.web.access import is_open

_FEED = ("cases", "history", "events")
"""What a feed is made from."""

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
    try:
        body = await database.execute_fn(lambda conn: calendar(conn, **asked))
    except NotFound as error:
        return Response.text(f"{error.message}\n", status=404)
    return Response(body, content_type="text/calendar; charset=utf-8")


async def feed(request: Any, datasette: Any) -> Any:
    """The events as a feed; `?case=` or `?authority=` asks for a part, `?before=` for what is
    older than a position."""
    if not await is_open(datasette, request, _FEED):
        return Response.text("The events are not open to you here.\n", status=403)
    from ledger.atom import feed

    asked = [(name, request.args[name]) for name in ("case", "authority") if request.args.get(name)]
    written = request.args.get("before") or "0"
    before = int(written) if is_position(written) else 0

    def address(path: str) -> str:
        return str(datasette.absolute_url(request, datasette.urls.path(path)))

    def made(conn: sqlite3.Connection) -> bytes:
        return feed(conn, address, only=asked[0] if asked else None, before=before)

    try:
        body = await datasette.get_database("ledger").execute_fn(made)
    except LedgerError as error:
        return Response.text(f"{error.message}\n", status=404)
    return Response(body, content_type="application/atom+xml; charset=utf-8")
