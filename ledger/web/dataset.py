"""The publication described for programs: as a schema.org Dataset, and its types as JSON Schemas.

https://schema.org/Dataset; it says who made it and under which licence only where metadata.yml
does (`creator`, `license`, `license_url`, at the top or under the database).
"""

import json
import sqlite3
from typing import Any

from datasette.utils.asgi import Response

from events.base import CATALOGUE
from ledger import meanings
from ledger.catalogue import schema
from ledger.errors import NotFound
from ledger.search import SEARCH
from ledger.web.access import is_open

_MONEY = "_minor"
_FACTS = """
select ledger_id, title, created_at,
    (select max(position) from events) as last,
    (select recorded_at from events order by position desc limit 1) as recorded_at,
    (select min(opened_on) from cases) as since,
    (select max(closed_on) from cases) as until,
    (select count(*) from cases where closed_on is null) as running
from meta
"""


async def page(request: Any, datasette: Any) -> Any:
    """The description by itself."""
    told = await described(request, datasette)
    if told is None:
        return Response.json({"ok": False, "error": "Cases are not open to you here."}, status=403)
    return Response(json.dumps(told), content_type="application/ld+json; charset=utf-8")


async def described(request: Any, datasette: Any) -> dict[str, Any] | None:
    """The description, of what is open to who asks; None where the cases are not."""
    names = [name for name in meanings.KINDS if name != SEARCH]
    opened = [name for name in [*names, "events"] if await is_open(datasette, request, [name])]
    if not {"cases", "events"} <= set(opened):
        return None
    database = datasette.get_database("ledger")
    facts = await database.execute_fn(_facts)
    said = await _metadata(datasette)

    def address(path: str) -> str:
        return str(datasette.absolute_url(request, datasette.urls.path(path)))

    told = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"urn:uuid:{facts['ledger_id']}",
        "url": address("/ledger"),
        "name": facts["title"],
        "description": said.get("description"),
        "creator": {"@type": "Organization", "name": said["creator"]}
        if "creator" in said
        else None,
        "license": said.get("license_url") or said.get("license"),
        "dateCreated": facts["created_at"],
        "dateModified": facts["recorded_at"] or facts["created_at"],
        "version": str(facts["last"] or 0),
        "temporalCoverage": _coverage(facts),
        "variableMeasured": [
            {"@type": "PropertyValue", "name": f"{name}.{column}", "description": words}
            for name in names
            if name in opened
            for column, words in meanings.of_columns(name).items()
        ],
        "distribution": [
            *(form for name in opened for form in _table(name, address)),
            *_file(datasette, database, address),
        ],
    }
    return {key: value for key, value in told.items() if value is not None}


def _facts(conn: sqlite3.Connection) -> dict[str, Any]:
    found = conn.execute(_FACTS)
    return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))


async def _metadata(datasette: Any) -> dict[str, Any]:
    """What metadata.yml says of the whole, and of the database where it says more."""
    if hasattr(datasette, "get_instance_metadata"):
        whole = await datasette.get_instance_metadata()
        own = await datasette.get_database_metadata("ledger")
    else:
        whole = datasette.metadata()
        own = (whole.get("databases") or {}).get("ledger") or {}
    return {key: value for key, value in {**whole, **own}.items() if isinstance(value, str)}


def _coverage(facts: dict[str, Any]) -> str | None:
    """An interval of ISO 8601, open where a case still runs."""
    if not facts["since"]:
        return None
    return f"{facts['since']}/{'..' if facts['running'] else facts['until']}"


def _table(name: str, address: Any) -> list[dict[str, str]]:
    forms = [
        ("text/csv", f"/ledger/{name}.csv?_stream=on&_size=max", "whole"),
        ("application/json", f"/ledger/{name}.json?_size=max", "by the page: next_url leads on"),
    ]
    return [
        {
            "@type": "DataDownload",
            "name": name,
            "description": f"The table {name}, {how}",
            "encodingFormat": kind,
            "contentUrl": address(path),
        }
        for kind, path, how in forms
    ]


def _file(datasette: Any, database: Any, address: Any) -> list[dict[str, str]]:
    """The file itself, where Datasette lets it be downloaded: if it is served as one that stands
    still."""
    if database.is_mutable or not datasette.setting("allow_download"):
        return []
    return [
        {
            "@type": "DataDownload",
            "name": "ledger.db",
            "encodingFormat": "application/vnd.sqlite3",
            "contentUrl": address("/ledger.db"),
        }
    ]


async def schemas(request: Any) -> Any:
    """The JSON Schema of a type of event; `index` has the address of each, beside it."""
    name = request.url_vars["type"]
    if name == "index":
        return Response.json({kind: f"{kind}.json" for kind in CATALOGUE})
    try:
        made = schema(name)
    except NotFound as error:
        return Response.json({"ok": False, "error": error.message}, status=404)
    return Response(json.dumps(made), content_type="application/schema+json; charset=utf-8")
