"""Case files are taken into a ledger and held against what they expect; so is the demo made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from events.rows import Anomaly
from ledger.book import Book, create
from ledger.casefiles import SHIPPED, CaseFile, read
from ledger.errors import Refused, files_in_sentences
from ledger.expectations import unmet
from ledger.lock import lock_path
from ledger.placing import beside, place

DEMO_TITLE = "Demo: Clearview AI before seven authorities"
DEMO_BY = "caseledger demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of one case of a file."""

    file: str
    case_id: str
    recorded: int
    """Events that were appended."""
    known: int
    """Events that had been recorded before."""
    oddities: list[Anomaly] = field(default_factory=list)
    """What is odd about the events appended; it was admitted, and is on show."""
    unmet: list[str] = field(default_factory=list)
    """What the file expects and is not so, where the ledger knows more of the case than the file:
    sentences."""


def file_case(
    book: Book,
    case: CaseFile,
    *,
    by: str,
    admit: bool = True,
    dry_run: bool = False,
    expect: bool = True,
) -> Filed:
    """Append the events of one case that are not there yet, all of them or none.

    With `expect`, the case must come to what its file says; where the ledger holds further events
    of it, which the file cannot know, what is unmet is only told. Raises Refused where it does not
    come to that, or where an event is odd and not to be admitted; what `Book.append` raises.
    """
    filed = None
    with suppress(_DryRunError), book.writing():
        receipts = book.append(case.proposals, by=by, admit=admit)
        known = sum(receipt.is_duplicate for receipt in receipts)
        filed = Filed(
            file=case.file,
            case_id=case.case_id,
            recorded=len(receipts) - known,
            known=known,
            oddities=[oddity for receipt in receipts for oddity in receipt.oddities],
        )
        if expect:
            filed.unmet.extend(_hold_against(book, case))
        if dry_run:
            raise _DryRunError
    assert filed is not None
    return filed


class _DryRunError(Exception):
    """Ends a transaction whose result is not to be kept."""


def _hold_against(book: Book, case: CaseFile) -> list[str]:
    """What is unmet, where the ledger knows more of the case. Raises Refused otherwise."""
    problems: list[str] = []
    for expected in case.expectations:
        known_at = expected.known_at
        if expected.known_with:
            entry = book.store.find(expected.known_with)
            known_at = str(entry.position) if entry else known_at
        stands = book.case(case.case_id, expected.as_of, known_at)
        problems += unmet(stands, expected)
    if problems and not _knows_more(book, case):
        raise Refused(
            f"case {case.case_id} does not come to what its file expects: {'; '.join(problems)}",
            hint="correct the events or the expectations; --no-expect records them all the same",
            case_id=case.case_id,
            problems=problems,
        )
    return problems


def _knows_more(book: Book, case: CaseFile) -> bool:
    """Whether the ledger holds events of the case that are neither in the file nor computed because
    of those that are."""
    own = {proposal.event_id for proposal in case.proposals}
    return any(
        entry.event_id not in own and entry.caused_by not in own
        for entry in book.store.entries(case.case_id)
    )


def build_demo(folder: Path) -> Path:
    """Make the demo ledger in a folder, or bring the one there up to date; returns its path.

    Events that somebody appended to it stay. Raises Refused where another ledger stands there, or
    where an older demo does that cannot be brought up to date; FileTrouble.
    """
    target = folder / "ledger.db"
    with files_in_sentences(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(target):
        with _made(target) as temporary:
            place(temporary, target)
        return target
    with Book(target, read_only=True) as book:
        _check_is_demo(book)
    try:
        with Book(target) as book:
            _fill(book)
    except Refused:
        # The cases that are shipped have changed since it was made.
        _replace(target)
    return target


def _check_is_demo(book: Book) -> None:
    (title,) = book.store.conn.execute("select title from main.meta").fetchone()
    if title != DEMO_TITLE:
        raise Refused(
            f"{book.store.path} is a ledger of its own ({title!r}) and not the demo; "
            "nothing was changed",
            hint="name another folder: `caseledger demo FOLDER`",
        )


def _replace(target: Path) -> None:
    """Put a new demo in the place of an older one that holds nothing else."""
    with Book(target, read_only=True) as book:
        own = sum(entry.recorded_by != DEMO_BY for entry in book.store.all())
    if own:
        raise Refused(
            f"{target} is an older demo with events of your own ({own}); nothing was changed",
            hint="move it away, or name another folder: `caseledger demo FOLDER`",
        )
    with _made(target) as temporary, files_in_sentences(target):
        for companion in ("-wal", "-shm"):
            target.with_name(target.name + companion).unlink(missing_ok=True)
        temporary.replace(target)


@contextmanager
def _made(target: Path) -> Iterator[Path]:
    """A new demo ledger beside `target`, which is gone afterwards unless it got another name."""
    temporary = beside(target)
    try:
        create(temporary, DEMO_TITLE)
        with Book(temporary) as book:
            _fill(book)
        with files_in_sentences(target):
            yield temporary
    finally:
        for path in (temporary, lock_path(temporary)):
            path.unlink(missing_ok=True)


def _fill(book: Book) -> None:
    with book.writing():
        for path in sorted(SHIPPED.glob("clearview/*.yml")):
            for case in read(path):
                file_case(book, case, by=DEMO_BY, expect=False)
