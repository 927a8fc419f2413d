"""Headers on every answer: a page asks this host only, and nobody frames it."""

from collections.abc import Awaitable, Callable
from typing import Any

_POLICY = "; ".join(
    [
        "default-src 'none'",
        # Datasette's own pages have scripts and styles inline.
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}

Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[dict[str, Any], Any, Send], Awaitable[None]]


def wrapped(app: App) -> App:
    """The same application, whose answers carry the headers too."""

    async def answer(scope: dict[str, Any], receive: Any, send: Send) -> None:
        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", []))
                names = {name.lower() for name, _ in given}
                given += [
                    (name.encode(), value.encode())
                    for name, value in HEADERS.items()
                    if name.encode() not in names
                ]
                message = {**message, "headers": given}
            await send(message)

        await app(scope, receive, sent)

    return answer
