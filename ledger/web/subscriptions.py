"""What people subscribe to: the deadlines of a case, of an authority, or all, as a calendar."""

from typing import Any

from datasette.utils.asgi import Response

_TABLES = ("deadlines", "cases", "changes", "events")
"""What a calendar is made from; who may not see one of them gets none."""


async def deadlines(request: Any, datasette: Any) -> Any:
    """The calendar; `?case_id=` or `?authority=` asks for a part."""
    for table in _TABLES:
        path = f"/ledger/{table}.json?_size=0&_nofacet=1&_nocount=1"
        seen = await datasette.client.get(path, cookies=dict(request.cookies))
        if seen.status_code != 200:
            return Response.text("The deadlines are not open to you here.\n", status=403)
    # Not before: it takes long to load, and only this page needs it.
    from ledger.ics import calendar

    asked = {name: request.args.get(name) or None for name in ("case_id", "authority")}
    database = datasette.get_database("ledger")
    body = await database.execute_fn(lambda conn: calendar(conn, **asked))
    return Response(body, content_type="text/calendar; charset=utf-8")
