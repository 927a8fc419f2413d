"""The page that answers a search: the cases found, with the words that were asked for marked."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from datasette.utils import sqlite_timelimit, tilde_encode
from datasette.utils.asgi import Response

from ledger.errors import Malformed
from ledger.search import PAGE, SEARCH, Answer, Excerpt, search
from ledger.web.access import is_open

_TABLES = (SEARCH, "cases", "parties", "orders", "order_items", "statements", "fines", "appeals")
"""What the words come from; who may not see one of them searches none."""

_LIMIT_MS = 2000
_PAGES_MAX = 10_000
_NAMES = {"numbers": "number", "orders": "ordered", "parties": "party", "statements": "said"}


async def answered(request: Any, datasette: Any) -> Any:
    """The page: `?q=` words, `&page=` from 1."""
    if not await is_open(datasette, request, _TABLES):
        return Response.text("The cases are not open to you here.\n", status=403)
    query = request.args.get("q") or ""
    page = _page(request.args.get("page"))
    told: dict[str, Any] = {"query": query, "page": page, "trouble": None, "answer": None}
    if query.strip():
        told |= await _asked(datasette, query, page)
    told |= {"encode": tilde_encode, "pieces": pieces, "names": _NAMES, "size": PAGE}
    html = await datasette.render_template("ledger_search.html", told, request=request)
    return Response.html(html, headers={"cache-control": "private"} if request.actor else {})


def _page(written: str | None) -> int:
    is_number = written is not None and written.isascii() and written.isdecimal()
    return min(max(int(written[:6]), 1), _PAGES_MAX) if written and is_number else 1


async def _asked(datasette: Any, query: str, page: int) -> dict[str, Any]:
    def ask(conn: sqlite3.Connection) -> Answer:
        with sqlite_timelimit(conn, _LIMIT_MS):
            return search(conn, query, limit=PAGE, offset=PAGE * (page - 1))

    try:
        return {"answer": await datasette.get_database("ledger").execute_fn(ask)}
    except Malformed as error:
        return {"trouble": error.message}
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        return {"trouble": "That takes too long here. Ask for longer words, or for more of them"}


def pieces(excerpt: Excerpt) -> Iterator[tuple[str, bool]]:
    """The text of an excerpt in pieces, and whether each was asked for."""
    since = 0
    for begin, end in excerpt.marks:
        yield excerpt.text[since:begin], False
        yield excerpt.text[begin:end], True
        since = end
    yield excerpt.text[since:], False
