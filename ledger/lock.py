"""The fair lock beside a ledger: `<path>.lock`, held for every write and every checkpoint.

SQLite's own waiting is not fair: of many writers some starve for seconds. The kernel's flock(2)
queues them, and lets go when its holder dies. It also keeps two of our writers from committing and
checkpointing at once, which SQLite 3.7.0 to 3.51.2 do not always survive (the WAL-reset bug).
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import Literal

from ledger.errors import Busy, files_in_sentences


def lock_path(path: Path) -> Path:
    """Where the lock of a ledger lies. `path` is resolved: one ledger, one lock."""
    return path.with_name(path.name + ".lock")


class WriteLock:
    """One writer's hold on the lock. Not to be shared between threads, nor taken twice."""

    def __init__(self, path: Path) -> None:
        """`path` is that of the ledger, resolved."""
        self._path = lock_path(path)
        self._ledger = path
        self._descriptor: int | None = None

    def acquire(self, seconds_max: float) -> None:
        """Waits for the lock, at most `seconds_max`.

        Raises Busy after that, FileTrouble where there can be no lock.
        """
        with files_in_sentences(self._path):
            if self._descriptor is None:
                # Reading is enough for flock on a local disk, so any user who can read it can wait.
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o666)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if seconds_max <= 0:
                    raise self._busy(seconds_max) from None
            self._queue(self._descriptor, seconds_max)

    def _busy(self, seconds: float) -> Busy:
        return Busy(
            f"{self._ledger} was in use by another writer for {seconds:g} seconds",
            hint="nothing was changed; try again in a moment",
            file=str(self._ledger),
        )

    def _queue(self, descriptor: int, seconds_max: float) -> None:
        """Stands in the kernel's queue in another thread, which alone can wait with a limit.

        Polling would lose the place in the queue, and a signal reaches only the main thread. If the
        lock comes too late, that thread gives it back by closing the descriptor, which is its own
        from then on.
        """
        turn = threading.Lock()
        came, failure = threading.Event(), list[OSError]()
        given_up = False

        def wait() -> None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError as error:
                failure.append(error)
            with turn:
                came.set()
                if given_up:
                    os.close(descriptor)

        threading.Thread(target=wait, daemon=True, name="caseledger-lock").start()
        try:
            came.wait(seconds_max)
        finally:
            # Also when interrupted from the keyboard: nobody must be left holding the lock.
            with turn:
                given_up = not came.is_set()
                if given_up:
                    self._descriptor = None
        if given_up:
            raise self._busy(seconds_max)
        if failure:
            raise failure[0]

    def release(self) -> None:
        """Lets the next writer in."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            # Or whoever has just let go is often the first to take it again.
            os.sched_yield()

    def close(self) -> None:
        """Lets go of the file. The lock file stays: removing it would split the queue in two."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def probe(path: Path) -> Literal["free", "held", "absent", "useless"]:
    """State of the lock of the ledger at `path`; "useless" where the file system ignores locks.

    Raises OSError if the lock file cannot be opened.
    """
    first = second = None
    try:
        first = os.open(lock_path(path), os.O_RDONLY)
        second = os.open(lock_path(path), os.O_RDONLY)
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return "useless"
    except FileNotFoundError:
        return "absent"
    except BlockingIOError:
        return "held" if _refused(first) else "free"
    finally:
        for descriptor in (first, second):
            if descriptor is not None:
                os.close(descriptor)


def _refused(descriptor: int | None) -> bool:
    """Whether the lock is somebody else's: ours could be taken again."""
    try:
        assert descriptor is not None
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
