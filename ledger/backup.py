"""A verified copy of a ledger that is in use.

Never copy the file itself: its newest pages are in the -wal beside it. VACUUM INTO would do, but
from a file opened for reading SQLite 3.40 cannot so copy a table with CHECKs and generated columns.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ledger.errors import FileTrouble, VerificationFailed, files_in_sentences, in_sentences
from ledger.placing import beside, place, refuse_to_overwrite
from ledger.store import Store
from ledger.verify import Report, verify


def backup(
    store: Store, out: str | os.PathLike[str], against: tuple[int, bytes] | None = None
) -> Report:
    """Writes a copy to `out` and returns the report on that copy.

    The copy is one moment of the ledger, published tables included; nobody has to stop writing. It
    appears under its name only when it was verified, against an earlier size and root where they
    are given, and is safe on disk. Raises Refused if there is a file at `out`, VerificationFailed
    if the ledger is not what it was, FileTrouble.
    """
    target = Path(out).resolve()
    refuse_to_overwrite(target)
    temporary = beside(target)
    with in_sentences(target), files_in_sentences(target):
        try:
            _copy(store, temporary)
            report = _verified(temporary, against)
            place(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    return report


def _copy(store: Store, temporary: Path) -> None:
    with closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
        store.conn.backup(copy)
        # One file without companions; it becomes WAL again when it is next opened for writing.
        copy.execute("pragma journal_mode = delete")
        (found,) = copy.execute("pragma integrity_check(1)").fetchone()
    if found != "ok":
        raise FileTrouble(
            f"no copy was made, because the file is damaged: {found}",
            hint="look closer: `caseledger doctor`",
        )


def _verified(temporary: Path, against: tuple[int, bytes] | None) -> Report:
    with closing(Store(temporary, read_only=True)) as copy:
        report = verify(copy, against)
    require_sound(report)
    return report


def require_sound(report: Report) -> None:
    """Raises VerificationFailed where a copy is not to be made of what was found."""
    if report.problems:
        first = report.problems[0]
        where = f"position {first.position}: " if first.position else ""
        raise VerificationFailed(
            f"no copy was made, because the ledger is not what it was: {where}{first.what}",
            hint="see all that was found: `caseledger verify`",
            position=first.position,
        )
