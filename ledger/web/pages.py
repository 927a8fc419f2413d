"""The pages that no table has: the home page, and those of a party and of an authority."""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette.utils.asgi import Response
from datasette.views.index import IndexView

from ledger.web import home
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


async def _page(datasette: Any, request: Any, template: str, told: dict[str, Any]) -> Any:
    html = await datasette.render_template(template, {**told, "say": SAY}, request=request)
    return Response.html(html, headers={"cache-control": "private"} if request.actor else {})
