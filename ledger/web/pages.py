"""The pages that no table has: the home page, and those of a party and of an authority."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.utils import tilde_decode
from datasette.utils.asgi import Forbidden, NotFound, Response
from datasette.views.index import IndexView

from ledger.web import authority, home, party
from ledger.web.access import is_open
from ledger.web.wording import SAY


async def start(request: Any, datasette: Any, send: Callable[..., Awaitable[None]]) -> Any:
    """The home page. Datasette's own where there is no ledger, or none for who asks."""
    if not await is_open(datasette, request, home.TABLES):
        return await databases(request, datasette, send)
    told = await datasette.get_database("ledger").execute_fn(home.tell)
    sql = bool(datasette.setting("default_allow_sql"))
    return await _page(datasette, request, "ledger_home.html", {"home": {**told, "sql": sql}})


async def databases(request: Any, datasette: Any, send: Callable[..., Awaitable[None]]) -> Any:
    """Datasette's own list of databases, where Datasette 1.0 has it too."""
    return await IndexView.as_view(datasette)(request, send)


async def of_the_server(request: Any, datasette: Any) -> Any:
    """What Datasette tells of the machine it runs on, places of files among it: nothing."""
    raise Forbidden("What this server runs on is not told where anybody may ask.")


async def of_party(request: Any, datasette: Any) -> Any:
    """The page of a party, by its reference."""
    return await _of(datasette, request, "party", party.TABLES, party.tell)


async def of_authority(request: Any, datasette: Any) -> Any:
    """The page of an authority, by its name."""
    return await _of(datasette, request, "authority", authority.TABLES, authority.tell)


async def _of(
    datasette: Any,
    request: Any,
    what: str,
    tables: tuple[str, ...],
    tell: Callable[[sqlite3.Connection, str], dict[str, Any] | None],
) -> Any:
    if not await is_open(datasette, request, tables):
        raise Forbidden(f"The page of this {what} is made from tables that are not open to you.")
    name = tilde_decode(request.url_vars["name"])
    told = await datasette.get_database("ledger").execute_fn(lambda conn: tell(conn, name))
    if told is None:
        raise NotFound(f"No case in this ledger has the {what} {name!r}.")
    return await _page(datasette, request, f"ledger_{what}.html", {what: told})


async def not_found(datasette: Any, request: Any, words: str) -> Any:
    """The answer that something is not there, as Datasette words it."""
    told = {"ok": False, "error": words, "status": 404, "title": None}
    if request.path.endswith(".json"):
        return Response.json(told, status=404)
    html = await datasette.render_template(["404.html", "error.html"], told, request=request)
    return Response.html(html, status=404)


async def _page(datasette: Any, request: Any, template: str, told: dict[str, Any]) -> Any:
    html = await datasette.render_template(template, {**told, "say": SAY}, request=request)
    return Response.html(html, headers={"cache-control": "private"} if request.actor else {})
