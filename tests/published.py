"""A ledger of the Clearview cases, as tests of its pages look at it, and Datasette on it."""

import asyncio
from collections.abc import Coroutine, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import yaml
from datasette.app import Datasette

from ledger.book import Book, create
from ledger.casefiles import SHIPPED, read
from ledger.serve import SETTINGS, metadata

T = TypeVar("T")


def clearview(folder: Path) -> Path:
    """A ledger with the Clearview cases, called as it must be to be served."""
    path = folder / "ledger.db"
    create(path, "Clearview AI")
    with Book(path) as book:
        for file in sorted(SHIPPED.glob("clearview/*.yml")):
            for case in read(file):
                book.append(case.proposals, by="clerk")
    return path


def datasette(path: Path, *, closed: Sequence[str] = (), **settings: Any) -> Datasette:
    """Datasette on a ledger, in process, on either of its lines; `closed` tables nobody sees."""
    told = yaml.safe_load(metadata().read_text(encoding="utf-8"))
    for table in closed:
        told["databases"]["ledger"]["tables"][table]["allow"] = False
    more = {"config": told} if version("datasette").startswith("1") else {}
    return Datasette([str(path)], metadata=told, settings={**SETTINGS, **settings}, **more)


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to."""
    return asyncio.run(work)
