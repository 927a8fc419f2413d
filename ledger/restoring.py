"""Restoring: a ledger comes back from a backup, or from the exact entries of an export."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ledger.backup import backup, require_sound
from ledger.book import Book, create
from ledger.errors import (
    Malformed,
    Refused,
    VerificationFailed,
    VersionConflict,
    files_in_sentences,
)
from ledger.placing import made, refuse_to_overwrite
from ledger.spool import on_disk
from ledger.store import Store
from ledger.verify import Report, parse_checkpoint, verify

_SQLITE = b"SQLite format 3\0"
"""How a file of SQLite begins: https://www.sqlite.org/fileformat.html"""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOTHING = "nothing was restored"
_SOURCES = "give the file that `caseledger backup OUT` or `caseledger export` has written"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a ledger is after it was restored."""

    entries: int
    cases: int
    root: str
    """Root of the Merkle tree over the entries, in hex: compare it with that of the original."""


def restore(
    source: Path | IO[bytes], out: Path, *, title: str | None = None, against: str | None = None
) -> Report:
    """Make a ledger at `out` from a backup, or from an export of events, and tell what is in it.

    It appears under its name only when it was verified, against an earlier root (`SIZE:ROOT`) where
    one is given. An export has neither the title of its ledger nor its id: `title` is for it, and
    the id is a new one. Nor has it settings: where it seals names of clerks, the ledger goes on to,
    under the last role. Raises Refused where there is a file at `out`, VerificationFailed where the
    record is not what it was, Malformed, VersionConflict, FileTrouble.
    """
    earlier = parse_checkpoint(against) if against else None
    target = out.resolve()
    refuse_to_overwrite(target)
    with on_disk(source) as (path, name):
        with files_in_sentences(name), path.open("rb") as file:
            is_backup = file.read(len(_SQLITE)) == _SQLITE
        if not is_backup:
            return _from_export(path, target, title or "Cases", earlier)
        if title is not None:
            raise Malformed(f"{name} is a backup, which has its title; leave out --title")
        with closing(Store(path, read_only=True)) as kept:
            return backup(kept, target, earlier)


def _from_export(
    source: Path, target: Path, title: str, against: tuple[int, bytes] | None
) -> Report:
    with made(target) as temporary:
        create(temporary, title)
        with Book(temporary) as book:
            restore_file(book, source)
            report = verify(book.store, against)
        require_sound(report)
    return report


def restore_file(book: Book, source: Path | IO[bytes]) -> Restored:
    """Fill an empty ledger with the exact entries of an export: same ids, same root.

    One transaction. Raises Refused where the ledger is not empty, Malformed where a line is no
    entry as it was, VersionConflict where one is missing; FileTrouble.
    """
    if book.store.size():
        raise Refused(
            f"{book.store.path} holds events already; a ledger is restored into an empty one",
            hint="make one: `caseledger init --db NEW.db`",
        )
    with on_disk(source) as (path, name):
        lines = _Lines(path, name)
        try:
            cases = book.restore(lines)
        except (Malformed, Refused, VersionConflict) as error:
            words = f"{name}, line {lines.number}: {error.message}"
            raise type(error)(words, hint=error.hint, **error.facts) from None
        except VerificationFailed as error:
            raise Malformed(
                f"{name} is not what a ledger has written: {error.message}",
                hint="take another copy of the export, and compare its root: --against SIZE:ROOT",
                **error.facts,
            ) from None
        if not lines.number:
            raise Malformed(f"{name} is empty; nothing was restored", hint=_SOURCES, file=name)
    report = verify(book.store)
    return Restored(book.store.size(), cases, report.root.hex())


class _Lines:
    """The entries of an export; knows on which line it is."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        is_first = True
        with files_in_sentences(self.name), self.path.open("rb") as file:
            for self.number, line in enumerate(file, start=1):
                text = line.removeprefix(_BYTE_ORDER_MARK) if self.number == 1 else line
                if text.isspace() or not text:
                    continue
                if is_first and not text.startswith(b"{"):
                    raise Malformed(
                        f"this is the beginning neither of a backup nor of an export; {_NOTHING}",
                        hint=_SOURCES,
                        file=self.name,
                    )
                is_first = False
                yield self._decoded(text.strip(b"\r\n"))

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise Malformed(
                f"byte {error.start + 1} is not UTF-8, as an export is; {_NOTHING}",
                hint="take the file as `caseledger export` wrote it: no program may save it anew",
                file=self.name,
            ) from None
