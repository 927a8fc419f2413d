"""Datasette on a ledger: read-only, with settings that are safe on a live file."""

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ledger.errors import FileTrouble
from ledger.schema import connect, is_publication

NAME = "ledger.db"
"""Name of the file: Datasette names the database after it, and descriptions go by that."""

HOST = "127.0.0.1"

SETTINGS: dict[str, int | bool] = {
    "suggest_facets": False,
    "facet_time_limit_ms": 1500,
    "sql_time_limit_ms": 3000,
    # A stream of CSV is whole: the default cuts it at 100 MB with a line in its midst.
    "max_csv_mb": 0,
}
PUBLIC: dict[str, int | bool] = {"default_allow_sql": False, "sql_time_limit_ms": 1000}
"""What is stricter where anybody may ask."""

_POLL_SECONDS = 0.05
_WAIT_SECONDS = 60.0


def metadata() -> Path:
    """The descriptions of tables and queries: in the wheel beside this file, else above it."""
    beside = Path(__file__).with_name("metadata.yml")
    return beside if beside.exists() else Path(__file__).parent.parent / "metadata.yml"


def is_datasette_1() -> bool:
    """Whether the Datasette that is installed is of the line of 1.0, which has a file of settings
    of its own."""
    return version("datasette").startswith("1")


def free_port(host: str = HOST) -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind((host, 0))
        return int(found.getsockname()[1])


def arguments(path: Path, host: str, port: int, *, public: bool = False) -> list[str]:
    """The arguments of `datasette` for a ledger.

    Raises FileTrouble where the file is missing, is no ledger, or is not called ledger.db.
    """
    with contextlib.closing(connect(path, read_only=True)) as connection:
        stands_still = is_publication(connection)
    if path.name != NAME:
        raise FileTrouble(
            f"{path.name} must be called {NAME} to be served: its pages go by that name",
            hint=f"put it into a folder of its own as {NAME}",
        )
    settings = {**SETTINGS, **(PUBLIC if public else {}), "allow_download": stands_still}
    if is_datasette_1():
        settings["allow_signed_tokens"] = False
    # A copy for the public never changes: its counts are kept, and it may be taken whole.
    file = ["-i", str(path)] if stands_still else [str(path)]
    made = ["serve", *file, "-h", host, "-p", str(port), "-m", str(metadata())]
    if is_datasette_1():
        made += ["-c", str(metadata())]
    for name, value in settings.items():
        made += ["--setting", name, json.dumps(value)]
    return made


def in_process(path: Path) -> Any:
    """Datasette on a copy for the public, as everybody sees it, without a port."""
    import yaml
    from datasette.app import Datasette

    told = yaml.safe_load(metadata().read_text(encoding="utf-8"))
    more = {"config": told} if is_datasette_1() else {}
    settings = {**SETTINGS, **PUBLIC}
    return Datasette([], immutables=[str(path)], metadata=told, settings=settings, **more)


def serve(
    path: str | Path,
    *,
    host: str = HOST,
    port: int | None = None,
    public: bool = False,
    announce: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve a ledger until Ctrl-C. `announce` is called with the address once it answers.

    Raises FileTrouble where the file is missing, is no ledger, is not called ledger.db, or where
    the port is taken.
    """
    target = Path(path).resolve()
    chosen = port if port is not None else free_port(host)
    args = arguments(target, host, chosen, public=public)
    _require_free(host, chosen)
    import click
    from datasette.cli import cli
    from datasette.plugins import pm

    # Who opened it was told the address; a page that is not there needs no traceback in the log,
    # which Datasette draws wherever `rich` is installed. What failed is still told. The module must
    # not be imported before the other plugins: Datasette 0.65 would then register it half made.
    pm.get_plugin("datasette.handle_exception").rich = None
    for name in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.WARNING)
    url = f"http://{host}:{chosen}/"
    threading.Thread(target=_announce, args=(host, chosen, url, announce), daemon=True).start()
    # uvicorn ends in order on Ctrl-C, and then raises what it caught; click makes an Abort of it.
    with contextlib.suppress(KeyboardInterrupt, click.Abort):
        cli.main(args=args, prog_name="caseledger serve", standalone_mode=False)


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise FileTrouble(
                f"{host}:{port} cannot be listened on: {(error.strerror or str(error)).lower()}",
                hint="choose another port, or leave it out to have a free one",
            ) from error


def _announce(host: str, port: int, url: str, announce: Callable[[str], None]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            announce(url)
            return
        time.sleep(_POLL_SECONDS)
