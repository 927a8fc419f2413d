"""New files: each is made under another name beside its own, and gets that when it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR

from ledger.errors import FileTrouble, LedgerError, Refused, files_in_sentences
from ledger.lock import lock_path
from ledger.private import refuse_private_name


def refuse_to_overwrite(target: Path) -> None:
    """Raises Refused if there is a file at `target`, or the remains of an older one beside it, or
    if it has the name of the file of confidential values.

    SQLite would replay a -wal left behind by another file of that name into the new one. Raises
    FileTrouble where there is no folder that it could be put into.
    """
    refuse_private_name(target)
    _require_folder(target)
    for name in (target.name, target.name + "-wal", target.name + "-journal"):
        if os.path.lexists(target.with_name(name)):
            raise Refused(
                f"{target.with_name(name)} exists already; nothing was changed",
                hint="give another name, or move it away first",
                file=str(target),
            )


def _require_folder(target: Path) -> None:
    with files_in_sentences(target), suppress(FileNotFoundError, NotADirectoryError):
        if S_ISDIR(target.parent.stat().st_mode):
            return
    raise FileTrouble(
        f"there is no folder {target.parent}; nothing was made",
        hint="make the folder first, or give another place",
        file=str(target),
    )


def beside(target: Path) -> Path:
    """A name for a file that is to become `target`: in the same folder, so on the same disk."""
    return target.with_name(f".{target.name}.{os.urandom(6).hex()}.new")


def place(temporary: Path, target: Path) -> None:
    """Gives a finished file its name, durably, and never over another, nor where confidential
    values are kept. Raises Refused, OSError.

    The file must not be open in SQLite here: closing a second descriptor drops its locks.
    """
    refuse_private_name(target)
    _sync(temporary)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError as error:
        raise Refused(f"{target} exists already; nothing was changed", file=str(target)) from error
    try:
        temporary.replace(target)
    except OSError:
        target.unlink()
        raise
    _sync(target.parent)


@contextmanager
def made(target: Path) -> Iterator[Path]:
    """A name beside `target` to make a ledger under; once it is whole and closed it is `target`.

    Whatever fails, nothing is left behind, and a refusal speaks of `target`. Raises Refused where
    something stands there already, FileTrouble.
    """
    refuse_to_overwrite(target)
    temporary = beside(target)
    wal, shm = (temporary.with_name(temporary.name + end) for end in ("-wal", "-shm"))
    try:
        yield temporary
        if wal.exists():
            # Its newest pages stand there, because closing could not write them where they belong.
            raise FileTrouble(
                f"{target} could not be written to its end; nothing was made",
                hint="free some space, then try again",
                file=str(target),
            )
        with files_in_sentences(target):
            place(temporary, target)
    except LedgerError as error:
        error.message = error.message.replace(str(temporary), str(target))
        error.facts |= {"file": str(target)} if "file" in error.facts else {}
        raise
    finally:
        for path in (temporary, wal, shm, lock_path(temporary)):
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
