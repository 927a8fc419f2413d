"""A publication as plain files: pages that any web server can hand out, or a folder be opened from.

They are the pages of Datasette as somebody without an account sees them, fetched in process. What
only a server can answer (search, filters, questions, a case as of a day) is not in them.
"""

import asyncio
import html
import re
from collections.abc import Collection
from contextlib import closing
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import Any
from urllib.parse import urlsplit

from ledger import exports
from ledger.book import Book
from ledger.errors import FileTrouble, files_in_sentences, in_sentences
from ledger.serve import in_process

_HOST = "http://localhost"
"""Where pages that are fetched in process take themselves to be."""

_PAGE = re.compile(r"/|/ledger|/-/(party|authority)/[^/]+|/ledger/(cases|events)/[^/.]+")
_FILE = re.compile(r"/-/static(-plugins)?/.+|/-/deadlines\.ics|/-/feed\.atom")
_TABLE = re.compile(r"/ledger/([^/.]+)(\.csv|\.json)?")
_LINK = re.compile(rf' (href|src)="({_HOST})?(/[^"]*)"')
_VARIES = re.compile(
    r'\s*&middot;\s*Queries took [0-9.]+ms| style="[^"]*(border-color:|10px solid) #[0-9a-f]{6}"'
)
"""How long the server took, and a colour made from the bytes of the file: with them no page would
be the same twice, to compare."""
_ADDED = "<style>form, .advanced-export, .facet-results { display: none !important }</style></head>"
"""What asks a server is not shown: forms, and what lists its answers."""


class Site:
    """The pages of a publication in process, and the files that they become."""

    def __init__(self, datasette: Any, tables: Collection[str]) -> None:
        """`tables` and views have a page; whole tables are put beside it by who publishes."""
        self._client, self._tables = datasette.client, tables

    async def write(self, out: Path) -> int:
        """Write every page that the home page leads to, by however many steps, and what they need.

        Returns how many files. Raises FileTrouble.
        """
        waiting = ["/"]
        known = set(waiting)
        for path in waiting:
            content, needed = await self._fetched(path)
            waiting += [found for found in needed if found not in known]
            known.update(needed)
            file = out / str(self.file_of(path))
            with files_in_sentences(file):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        return len(waiting)

    def file_of(self, path: str) -> str | None:
        """The file for an address, relative to the folder; None where it has none."""
        table = _TABLE.fullmatch(path)
        if table and table[1] in self._tables:
            return path[1:] if table[2] else f"{path[1:]}.html"
        if _PAGE.fullmatch(path):
            return f"{path[1:]}.html" if path != "/" else "index.html"
        return path[1:] if _FILE.fullmatch(path) else None

    async def _fetched(self, path: str) -> tuple[bytes, list[str]]:
        """What an address answers, and the addresses that it needs to be there."""
        answer = await self._client.get(path)
        if answer.status_code != 200:
            raise FileTrouble(
                f"the page {path} cannot be made: it answers {answer.status_code}",
                hint="look at it: `caseledger serve`",
            )
        if answer.headers["content-type"].startswith("text/html"):
            return self._rewritten(answer.text, path)
        return answer.content, []

    def _rewritten(self, page: str, path: str) -> tuple[bytes, list[str]]:
        """A page whose links lead to files.

        A link with a query leads nowhere, but to a file: there it names a version, or asks for all.
        """
        here = str(PurePosixPath(str(self.file_of(path))).parent)
        needed: dict[str, None] = {}

        def linked(match: re.Match[str]) -> str:
            name, _, written = match.groups()
            target = urlsplit(html.unescape(written))
            file = self.file_of(target.path)
            if file is None or (target.query and file.endswith(".html")):
                return ""
            if not file.endswith((".csv", ".json")):
                needed.setdefault(target.path)
            fragment = f"#{target.fragment}" if target.fragment else ""
            return f' {name}="{html.escape(relpath(file, here) + fragment)}"'

        return _LINK.sub(linked, _VARIES.sub("", page)).replace(
            "</head>", _ADDED, 1
        ).encode(), list(needed)


def publish(path: Path) -> int:
    """Write the pages and whole tables of a publication beside it; returns how many files.

    `path` is its ledger.db. Raises FileTrouble.
    """
    folder = path.parent
    count = asyncio.run(Site(in_process(path), exports.names()).write(folder))
    with (
        in_sentences(path),
        Book(path, read_only=True) as book,
        files_in_sentences(folder),
        book.store.reading(),
    ):
        for name in exports.names():
            for suffix, parts in (
                ("csv", exports.table_as_csv(book, name)),
                ("json", exports.table_as_json(book, name)),
            ):
                file = folder / "ledger" / f"{name}.{suffix}"
                with closing(parts), file.open("w", encoding="utf-8", newline="") as out:
                    out.writelines(parts)
                count += 1
    return count
