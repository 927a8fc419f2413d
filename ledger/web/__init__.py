"""The Datasette plugin: money and dates for people, links to the events behind every value.

It works on Datasette 0.65 and 1.0 alike, and keeps to the hooks that both have. Nothing here
interprets text of events as HTML: what is shown is escaped by `markupsafe`.
"""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasette import hookimpl
from datasette.utils import tilde_decode, tilde_encode, urlsafe_components
from markupsafe import Markup

from events.money import readable
from ledger.errors import LedgerError
from ledger.web import (
    case_page,
    dataset,
    headers,
    pages,
    search_page,
    subscriptions,
    wording,
)

DATABASE = "ledger"
"""The name under which a ledger is always served: metadata and templates go by it."""

_BYTES_MAX = 10_000_000
"""The longest value that a query may make; the longest that is stored has 65,535 bytes."""

_MEMORY_BYTES_MAX = 1_000_000_000
"""What SQLite may take for all queries together; one that needs more fails."""

_MONEY = "_minor"
_POSITIONS = {"position", "first_event", "last_event", "corrected_by"}
_PAGES = {"authority": "/-/authority/", "party_ref": "/-/party/"}
"""Columns whose values have a page of their own."""
_YES_OR_NO = {
    "stayed",
    "enforceable",
    "needs_confirmation",
    "at_ceiling",
    "resolved",
    "applied",
    "agrees",
    "dropped",
    "replaced",
}
_MARK = {1: "yes", 0: "no"}


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Let no query write to a ledger, whatever asks it, nor make a value that fills the memory;
    Datasette writes its own `_internal`."""
    if database == DATABASE:
        conn.execute("pragma query_only = on")
        conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _BYTES_MAX)
        conn.execute(f"pragma hard_heap_limit = {_MEMORY_BYTES_MAX}")


@hookimpl
def asgi_wrapper(datasette: Any) -> Any:
    """Headers that keep a page to this host."""
    return headers.wrapped


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """Pages that no table has, a calendar of deadlines, and a case whole as JSON.

    `format` is what Datasette's own list of databases asks of its address. Where nobody may write
    queries of their own (`caseledger serve --public`), nobody is told of the machine either: these
    addresses come before Datasette's own.
    """
    is_public = not datasette.setting("default_allow_sql")
    closed = [(r"^/-/(databases|threads)(\.json)?$", pages.of_the_server)] if is_public else []
    return [
        *closed,
        (r"^/(?P<format>)$", pages.start),
        (r"^/-/(?P<format>)$", pages.databases),
        (r"^/-/party/(?P<name>[^/]+)$", pages.of_party),
        (r"^/-/authority/(?P<name>[^/]+)$", pages.of_authority),
        (r"^/-/deadlines\.ics$", subscriptions.deadlines),
        (r"^/-/case\.json$", subscriptions.case),
        (r"^/-/dataset\.json$", dataset.page),
        (r"^/-/schemas/(?P<type>\w+)\.json$", dataset.schemas),
        (r"^/-/feed\.atom$", subscriptions.feed),
        (r"^/-/search$", search_page.answered),
    ]


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    """A row is not there where its key has fewer parts than its table: Datasette 0.65 asks SQLite
    for it all the same, and answers that it failed."""
    told = request.url_vars
    if not isinstance(exception, sqlite3.ProgrammingError) or told.get("database") != DATABASE:
        return None
    if "pks" not in told:
        return None

    async def answer() -> Any:
        keys = await datasette.get_database(DATABASE).primary_keys(tilde_decode(told["table"]))
        if len(urlsafe_components(told["pks"])) == len(keys):
            return None
        return await pages.not_found(datasette, request, "Record not found")

    return answer


@hookimpl
def extra_css_urls(datasette: Any) -> list[str]:
    """Our few rules, beside Datasette's own."""
    return [datasette.urls.static_plugins("caseledger", "ledger.css")]


@hookimpl
def extra_js_urls(datasette: Any) -> list[str]:
    """What Datasette's pages leave out for those who do not see them."""
    return [datasette.urls.static_plugins("caseledger", "ledger.js")]


@hookimpl
def render_cell(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any
) -> Any:
    """A value as people read it; None leaves it to Datasette."""
    if value is None or isinstance(value, dict) or database != DATABASE:
        return None
    if amount := money(row, column):
        return Markup('<span class="money">{}</span>').format(amount)
    if column in _YES_OR_NO and value in _MARK:
        return Markup('<span class="{0}">{0}</span>').format(_MARK[value])
    if column == "case_id" and table != "cases":
        return _link(datasette, "cases", value)
    if column in _PAGES and isinstance(value, str):
        return _anchor(f"{datasette.urls.path(_PAGES[column])}{tilde_encode(value)}", value)
    if column in _POSITIONS and isinstance(value, int) and table != "events":
        return _link(datasette, "events", value, f"#{value}")
    if column == "leaf_hash" and isinstance(value, bytes):
        return Markup("<code>{}</code>").format(value.hex())
    return None


def money(row: Any, column: str) -> str | None:
    """The amount in a column, thousands grouped, with its currency; None where it is none."""
    names = row.keys()
    source = column if column.endswith(_MONEY) else f"{column}{_MONEY}"
    if source not in names or not {"currency", "digits"} <= set(names):
        return None
    # Beside its readable twin, the number in minor units stays a plain number.
    if column == source and column.removesuffix(_MONEY) in names:
        return None
    minor, currency, digits = (_plain(row, name) for name in (source, "currency", "digits"))
    if not isinstance(minor, int) or not isinstance(digits, int):
        return None
    return readable(minor, digits, str(currency))


def _plain(row: Mapping[str, Any], name: str) -> Any:
    value = row[name]
    return value.get("value") if isinstance(value, dict) else value


def _link(datasette: Any, table: str, key: Any, words: str | None = None) -> Markup:
    path = f"{datasette.urls.table(DATABASE, table)}/{tilde_encode(str(key))}"
    return _anchor(path, words or key)


def _anchor(path: str, words: Any) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, words)


@hookimpl
def extra_template_vars(
    database: str | None, table: str | None, view_name: str, request: Any, datasette: Any
) -> Any:
    """What the page of a case is made from; other pages need nothing."""
    if (view_name, database) == ("database", DATABASE):
        return lambda: _dataset(request, datasette)
    if (view_name, database, table) != ("row", DATABASE, "cases"):
        return {}
    return lambda: _case(request, datasette)


async def _case(request: Any, datasette: Any) -> dict[str, Any]:
    case_id = tilde_decode(request.url_vars["pks"])
    asked = (request.args.get("_as_of") or None, request.args.get("_known_at") or None)
    path = Path(datasette.get_database(DATABASE).path)
    return {
        "case_id": case_id,
        "told": await asyncio.to_thread(_told, path, case_id, *asked),
        "say": wording.SAY,
        "pretty": lambda data: json.dumps(data, ensure_ascii=False, indent=2),
    }


async def _dataset(request: Any, datasette: Any) -> dict[str, Any]:
    return {"dataset": await dataset.described(request, datasette)}


def _told(path: Path, case_id: str, as_of: str | None, known_at: str | None) -> Any:
    """The page's contents; None where the row is there and the events are not (a spoilt file)."""
    try:
        return case_page.tell(path, case_id, as_of, known_at)
    except LedgerError:
        return None
