"""Refusals a person can act on, and the one place where SQLite's own errors become such sentences.

Every refusal is a sentence with a code for programs and an exit code for shells. Exit codes 74
and 75 are EX_IOERR and EX_TEMPFAIL of sysexits.h.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class LedgerError(Exception):
    """A refusal, told in one sentence and printed without a traceback."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None, **facts: object) -> None:
        """`message` names the field, the value and the cure; `facts` are for `--json`."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts


class Refused(LedgerError):
    """A rule of the record or of the case forbids it."""

    code = "refused"
    exit_code = 1


class Malformed(LedgerError):
    """What was given cannot be read as what it should be."""

    code = "malformed"
    exit_code = 2


class VersionConflict(LedgerError):
    """The case is not at the version that the caller expected."""

    code = "version_conflict"
    exit_code = 3


class NotFound(LedgerError):
    """There is no such case, event or value."""

    code = "not_found"
    exit_code = 4


class VerificationFailed(LedgerError):
    """The record is not what it was when it was written."""

    code = "verification_failed"
    exit_code = 5


class FileTrouble(LedgerError):
    """The file or the disk does not do what it must."""

    code = "file_trouble"
    exit_code = 74


class Busy(LedgerError):
    """Somebody else is writing; the same command may succeed in a moment."""

    code = "busy"
    exit_code = 75


_NO_ROOM = "free some space, then try again"

# By result code, primary or extended: https://www.sqlite.org/rescode.html
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_TROUBLE = {
    sqlite3.SQLITE_FULL: (
        "there is no room left on the disk for {path}; nothing was changed",
        _NO_ROOM,
    ),
    # To read a ledger takes some room too: for the index of its newest pages.
    sqlite3.SQLITE_IOERR_SHMSIZE: (
        "there is no room left on the disk for {path}-shm, without which the ledger cannot be"
        " opened; nothing was changed",
        _NO_ROOM,
    ),
    sqlite3.SQLITE_READONLY: (
        "{path} cannot be written; nothing was changed",
        "check who may write the file, its folder, and {path}-wal and -shm where they are there",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "{path} cannot be opened",
        "check who may read the file and write its folder",
    ),
    sqlite3.SQLITE_PERM: ("{path} cannot be used by this user", "check who may read the file"),
    # A failed fsync leaves it open what reached the disk, so no promise is made.
    sqlite3.SQLITE_IOERR: (
        "the disk failed while {path} was in use; the last change may or may not be recorded",
        "check the disk and run `caseledger verify`; trying again with the same --event-id is safe",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged: its pages do not fit together",
        "stop writing to it and restore the last backup",
    ),
    sqlite3.SQLITE_NOTADB: (
        "{path} is not a ledger",
        "give another file, or make one: `caseledger init`",
    ),
    sqlite3.SQLITE_NOLFS: ("{path} is too large for this file system", None),
}


def sentence(error: sqlite3.Error, path: str | os.PathLike[str]) -> LedgerError | None:
    """What an error of SQLite means to a person; None if it is a mistake of this program."""
    full = getattr(error, "sqlite_errorcode", None)
    if full is None:
        # Python's own, and the only one of them that no program can help: text that is no UTF-8.
        if "decode to UTF-8" not in str(error):
            return None
        full = sqlite3.SQLITE_CORRUPT
    primary = full & 0xFF
    facts = {"file": os.fspath(path), "sqlite": getattr(error, "sqlite_errorname", None)}
    if primary in _BUSY:
        return Busy(f"{path} is in use by another program", hint="try again in a moment", **facts)
    if primary not in _TROUBLE:
        return None
    message, hint = _TROUBLE.get(full, _TROUBLE[primary])
    return FileTrouble(message.format(path=path), hint=hint, **facts)


_CURES = {
    errno.ENOENT: "check the name; the folder must exist",
    errno.ENOTDIR: "check the name; a part of it is no folder",
    errno.EISDIR: "name a file, not a folder",
    errno.EEXIST: "give another name, or move it away first",
    errno.EACCES: "check who may read it, and who may write its folder",
    errno.EPERM: "check who may read it, and who may write its folder",
    errno.EROFS: "the disk can only be read: choose another place",
    errno.ENAMETOOLONG: "give a shorter name",
}


def os_sentence(error: OSError, path: str | os.PathLike[str]) -> LedgerError:
    """What an error of the operating system means to a person."""
    facts = {"file": os.fspath(path), "errno": errno.errorcode.get(error.errno or 0)}
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        message = f"there is no room left on the disk for {path}"
        return FileTrouble(message, hint=_NO_ROOM, **facts)
    words = (error.strerror or str(error)).lower()
    return FileTrouble(
        f"{path}: {words}", hint=_CURES.get(error.errno or 0, "check the disk"), **facts
    )


@contextmanager
def in_sentences(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns errors of SQLite into FileTrouble and Busy.

    Errors that only a mistake of this program can cause pass through as they are.
    """
    try:
        yield
    except sqlite3.Error as error:
        told = sentence(error, path)
        if told is None:
            raise
        raise told from error


@contextmanager
def files_in_sentences(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns errors of the operating system into FileTrouble."""
    try:
        yield
    except OSError as error:
        raise os_sentence(error, path) from error
