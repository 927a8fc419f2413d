"""Whether the installation and the file are in order, in words. Changes nothing."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Literal, NamedTuple

from ledger.comparison import misshapen
from ledger.errors import Busy, LedgerError, sentence
from ledger.lock import lock_path, probe
from ledger.private import Private, private_path, require_apart
from ledger.projections import made_as, shape
from ledger.schema import (
    FORMAT,
    check_sqlite_version,
    connect_to_examine,
    differences,
    is_publication,
    setting,
)

DISTRIBUTION = "caseledger"


class Finding(NamedTuple):
    """One thing looked at, and how it is."""

    level: Literal["ok", "warn", "bad"]
    subject: str
    words: str


def examine(path: str | os.PathLike[str]) -> list[Finding]:
    """Looks at the installation and at the ledger at `path`. Raises nothing for what it finds."""
    target = Path(path).resolve()
    return [*_sqlite(), *_packages(), *_folder(target), *_file(target)]


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Whether that SQLite may damage a file when two writers commit and checkpoint at once.

    Since 3.7.0; mended in 3.51.3, 3.50.7 and 3.44.6: https://www.sqlite.org/wal.html
    """
    mended = {(3, 44): 6, (3, 50): 7}.get(version[:2])
    if mended is not None:
        return version[2] < mended
    return (3, 7, 0) <= version < (3, 51, 3)


def _sqlite() -> Iterator[Finding]:
    version, info = sqlite3.sqlite_version, sqlite3.sqlite_version_info
    try:
        check_sqlite_version()
    except LedgerError as error:
        yield Finding("bad", "SQLite", error.message)
        return
    if has_wal_reset_bug(info):
        yield Finding(
            "warn",
            "SQLite",
            f"version {version} has the WAL-reset bug: two programs that write at the same moment"
            " may damage the file. Writing only with caseledger is safe, because it queues;"
            " SQLite 3.51.3, 3.50.7 and 3.44.6 are mended",
        )
    else:
        yield Finding("ok", "SQLite", f"version {version}")


def _packages() -> Iterator[Finding]:
    owners = packages_distributions()
    for name in ("events", "ledger"):
        others = sorted(set(owners.get(name, [])) - {DISTRIBUTION})
        if others:
            yield Finding(
                "bad",
                f"package {name}",
                f"also belongs to {', '.join(others)}: give {DISTRIBUTION} its own environment",
            )
        else:
            yield Finding("ok", f"package {name}", f"belongs to {DISTRIBUTION} alone")


def _folder(target: Path) -> Iterator[Finding]:
    if os.access(target.parent, os.W_OK):
        yield Finding("ok", "folder", f"{target.parent} can be written")
    else:
        yield Finding("warn", "folder", f"{target.parent} cannot be written: reading only")
    try:
        state = probe(target)
    except OSError as error:
        yield Finding("warn", "lock", f"{lock_path(target)} cannot be opened: {error.strerror}")
        return
    if state == "useless":
        yield Finding(
            "bad", "lock", "this file system ignores locks: keep the ledger on a local disk"
        )
    elif state == "held":
        yield Finding("ok", "lock", "somebody is writing at this moment")
    elif state == "absent":
        yield Finding("ok", "lock", "nobody has written here yet")
    else:
        yield Finding("ok", "lock", "free, and it works on this file system")


def _file(target: Path) -> Iterator[Finding]:
    try:
        connection = connect_to_examine(target)
    except LedgerError as error:
        yield Finding("bad", "file", error.message)
        return
    with closing(connection):
        for look in (_format, _pages, _references, _rules, _withheld, _published, _durability):
            try:
                yield from look(connection)
            except (sqlite3.Error, UnicodeDecodeError) as error:
                told = sentence(error, target) if isinstance(error, sqlite3.Error) else None
                yield Finding("bad", "file", str(told or error))
        yield from _private(connection, private_path(target), target)


def _format(connection: sqlite3.Connection) -> Iterator[Finding]:
    (written,) = connection.execute("select format from main.meta").fetchone()
    newer = "" if written == FORMAT else f"; the next writer brings it to format {FORMAT}"
    yield Finding("ok", "file", f"a ledger of format {written}{newer}")


def _pages(connection: sqlite3.Connection) -> Iterator[Finding]:
    problems = [words for (words,) in connection.execute("pragma integrity_check(20)")]
    if problems == ["ok"]:
        yield Finding("ok", "pages", "every page, index and check of the file is sound")
    for words in problems if problems != ["ok"] else []:
        yield Finding("bad", "pages", words.replace("\n", " "))


def _references(connection: sqlite3.Connection) -> Iterator[Finding]:
    broken: dict[str, int] = {}
    for table, _, parent, _ in connection.execute("pragma foreign_key_check"):
        words = f"{table} that name no row of {parent}"
        broken[words] = broken.get(words, 0) + 1
    for words, count in broken.items():
        yield Finding("bad", "references", f"{count} rows of {words}: run `caseledger rebuild`")
    if not broken:
        yield Finding("ok", "references", "every reference between tables holds")


def _rules(connection: sqlite3.Connection) -> Iterator[Finding]:
    problems = differences(connection)
    for words in problems:
        yield Finding("bad", "rules", words)
    if not problems:
        yield Finding("ok", "rules", "the tables and triggers of the record are as they were made")


def _withheld(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Whether events are withheld, as only a copy for the public does."""
    (count,) = connection.execute("select count(*) from main.withheld").fetchone()
    published_at = setting(connection, "published_at")
    if published_at is not None:
        told = f"a copy for the public, made at {published_at:.40}; it withholds {count} events"
        yield Finding("ok", "file", told)
    elif count:
        told = f"{count} events are withheld, and the ledger is no copy for the public"
        yield Finding("bad", "file", f"{told}: `caseledger verify` names them")


def _published(connection: sqlite3.Connection) -> Iterator[Finding]:
    made, _ = made_as(connection)
    if made is None:
        return
    if made != shape():
        told = "were made by another version of caseledger; `caseledger rebuild` makes them anew"
        yield Finding("warn", "tables", f"the published tables {told}")
        return
    problems = misshapen(connection)
    for words in problems:
        yield Finding("bad", "tables", words)
    if not problems:
        yield Finding("ok", "tables", "the published tables and views are as they were made")


def _private(connection: sqlite3.Connection, path: Path, ledger: Path) -> Iterator[Finding]:
    """Whether the file of confidential values is there, where the ledger has any, and is one."""
    sealed = "select exists (select 1 from main.events where instr(entry, '\"sealed\"'))"
    if wrong := _not_private(path, ledger):
        yield Finding("bad", "private", wrong)
    elif not path.exists():
        if not is_publication(connection) and connection.execute(sealed).fetchone()[0]:
            words = f"{path} is not there: what is confidential is out of reach; put it back"
            yield Finding("bad", "private", words)
    elif not os.access(path, os.R_OK):
        yield Finding("warn", "private", f"{path} may not be read by you")
    elif path.stat().st_mode & 0o077:
        yield Finding("warn", "private", f"others may read {path}: `chmod 600` keeps them out")
    else:
        yield Finding("ok", "private", f"{path} is there, and for its owner only")


def _not_private(path: Path, ledger: Path) -> str | None:
    """What stands in the place of the file of confidential values; None where it is one, or where
    nobody can tell."""
    try:
        require_apart(path, ledger)
        if os.access(path, os.R_OK):
            # Whose values these are does not matter here.
            Private(path, "").check()
    except Busy:
        return None
    except LedgerError as error:
        return error.message
    except sqlite3.Error as error:
        return f"{path} is not a file of confidential values: {error}"
    return None


def _durability(connection: sqlite3.Connection) -> Iterator[Finding]:
    mode = connection.execute("pragma journal_mode").fetchone()[0]
    if mode == "wal":
        yield Finding("ok", "journal", "WAL: readers and a writer do not wait for each other")
    else:
        yield Finding("warn", "journal", f"{mode}; becomes WAL when it is next opened for writing")
    level = connection.execute("pragma synchronous").fetchone()[0]
    if level >= 2:
        yield Finding("ok", "durability", "an event that was acknowledged survives a power cut")
    else:
        yield Finding("bad", "durability", f"synchronous is {level}: a power cut may lose events")
