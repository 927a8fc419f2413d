"""A ledger of the Clearview cases, as tests of its pages look at it, and Datasette on it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import yaml
from datasette.app import Datasette

from ledger.book import Book, create
from ledger.casefiles import SHIPPED, read
from ledger.serve import SETTINGS, is_datasette_1, metadata

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
_SERVING = """
import sys
from ledger.serve import serve
serve(sys.argv[1], announce=lambda url: print(url, flush=True))
"""


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
    more = {"config": told} if is_datasette_1() else {}
    return Datasette([str(path)], metadata=told, settings={**SETTINGS, **settings}, **more)


@contextmanager
def served(path: Path, log: Path | None = None) -> Iterator[str]:
    """The address of a ledger that is served by a process of its own, as for people; `log` gets
    what the server says of itself."""
    with (
        (log or Path(os.devnull)).open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", _SERVING, str(path)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as server,
    ):
        assert server.stdout is not None
        found = next((line for line in server.stdout if line.startswith("http://")), None)
        assert found, "the server did not start"
        # Were nobody to read what it says, it would wait for somebody before long.
        Thread(target=server.stdout.read, daemon=True).start()
        yield found.strip()
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0, "Ctrl-C ends the server in order"


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to."""
    return asyncio.run(work)
