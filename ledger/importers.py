"""Import: many events from a file, in a form of ours or with a mapping.

The whole file is read and checked before anything of it is written. Then it is written some
thousand events at a time, cases whole, so that others get their turn; whoever stops it in the
middle finds a sound ledger, and doing it again completes it. Events are known by their ids, so
the same file again adds nothing.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from ledger import casefiles
from ledger.appending import Receipt
from ledger.book import Book
from ledger.errors import (
    Busy,
    FileTrouble,
    LedgerError,
    Malformed,
    Refused,
    files_in_sentences,
    in_sentences,
)
from ledger.filing import file_case
from ledger.import_report import REFUSALS_KEPT, SHOWN, ImportReport, Progress, Refusal
from ledger.jsonl import JsonLines
from ledger.mapped import MappedRows
from ledger.mapping import read_mapping
from ledger.placing import refuse_to_overwrite
from ledger.restoring import Restored as Restored
from ledger.restoring import restore_file as restore_file
from ledger.revisions import Revision, revised
from ledger.spool import Found, FoundCase, Spool, on_disk

BATCH_EVENTS = 2_000
"""Events that are recorded in one transaction. Others wait for as long as one takes."""

_PROGRESS_EVERY = 500
_OBJECTS = 20_000
"""How many more there are when Python looks for circles among them, in an import."""
_UNCHANGED = "; nothing was changed"
_CASE_FILES = (".yml", ".yaml")
_TABLES = (".csv", ".tsv", ".txt")


class _Source(Protocol):
    """A file that events are read from."""

    encoding: str

    def read(self, at: Callable[[int], None]) -> Iterator[Found | Refusal]: ...
    def write_refused(self, why: Callable[[int, str | None], str | None], out: IO[str]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """How it is to be recorded."""

    by: str
    strict: bool
    dry_run: bool
    go_on: bool
    """Whether to record the rest where a part is refused."""


def import_file(
    book: Book,
    source: Path | IO[bytes],
    *,
    by: str,
    mapping: Path | None = None,
    strict: bool = False,
    dry_run: bool = False,
    expect: bool = True,
    continue_to: Path | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file: `.jsonl`, a `.yml` case file, or a table (`.csv`, `.tsv`) with a mapping.

    A stream is events as lines of JSON, or with `mapping` a table. `by` is who records it. Oddities
    are admitted and counted, or refused with `strict`. `expect`: whether a case file must come to
    what it says. With refusals nothing is recorded, unless `continue_to` names a new file: then
    cases without a refusal are recorded, and the others written there with the reasons.

    Raises Malformed where the file or its mapping cannot be read at all, Refused where a case does
    not come to what its file expects or `continue_to` exists, FileTrouble, Busy.
    """
    wish = _Wish(by=by, strict=strict, dry_run=dry_run, go_on=continue_to is not None)
    if continue_to is not None:
        refuse_to_overwrite(continue_to)
    if isinstance(source, Path) and source.is_dir():
        raise FileTrouble(f"{source} is a folder", hint=f"name the files: {source}/*.yml")
    tell = progress or (lambda stage, done, total: None)
    with _seldom_collecting(), on_disk(source) as (path, name):
        report = ImportReport(file=name, is_dry_run=dry_run, goes_on=wish.go_on)
        if mapping is None and path.suffix.lower() in _CASE_FILES:
            _import_case_files(book, path, wish, report, expect=expect)
            return report
        rows = _opened(path, name, mapping)
        # A full disk is then that of the temporary files: the ledger's own is told by the book.
        with in_sentences("temporary files (TMPDIR)"), Spool() as spool:
            _read(rows, path, spool, report, tell)
            _record(book, spool, wish, report, tell)
            if isinstance(rows, MappedRows) and rows.mapping.list_prefix and not rows.is_rest:
                report.disappeared = _disappeared(book, spool, rows.mapping.list_prefix)
            if continue_to is not None and report.refused and not dry_run:
                _write_refused(rows, spool, continue_to)
                report.continued_to = str(continue_to)
    return report


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """What an import makes goes as it is written: to look for circles after every 700 objects, as
    Python does, costs a fourteenth of its time and frees little."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _opened(path: Path, name: str, mapping: Path | None) -> _Source:
    if mapping is not None:
        return MappedRows(path, name, read_mapping(mapping))
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        raise Malformed(
            f"{name} is a table; say how its rows become events: --mapping FILE.yml",
            hint="the mappings that come with caseledger are examples: ledger/mappings/",
            file=name,
        )
    if suffix not in (".jsonl", ".ndjson", ".json", ""):
        raise Malformed(
            f"{name}: the kinds of file are .jsonl, .yml, and .csv or .tsv with a mapping",
            file=name,
        )
    return JsonLines(path)


# Reading ------------------------------------------------------------------------------------


def _read(rows: _Source, path: Path, spool: Spool, report: ImportReport, tell: Progress) -> None:
    """Read the whole file into the spool, and check what can be checked without the ledger."""
    with files_in_sentences(path):
        size = path.stat().st_size
    done = 0

    def at(count: int) -> None:
        nonlocal done
        done = count

    for number, found in enumerate(rows.read(at)):
        if isinstance(found, Refusal):
            spool.refuse(found)
        else:
            spool.add(found)
        if number % _PROGRESS_EVERY == 0:
            tell("read", done, size)
    tell("read", size, size)
    spool.settle()


# Recording ----------------------------------------------------------------------------------


def _record(book: Book, spool: Spool, wish: _Wish, report: ImportReport, tell: Progress) -> None:
    """Record what waits; or, on a dry run, find out what would become of it."""
    is_small = spool.count <= BATCH_EVENTS
    held_back = spool.refused > 0 and not wish.go_on
    if wish.dry_run or held_back:
        _work_through(book, spool, wish, report, tell, keep=False)
    else:
        if not is_small:
            _check(book, spool, wish, tell)
        if spool.refused == 0 or wish.go_on:
            _work_through(book, spool, wish, report, tell, keep=True)
            report.is_recorded = spool.refused == 0 or wish.go_on or report.cases > 0
    report.refused, report.malformed = spool.refused, spool.malformed
    report.refused_cases = spool.refused_cases()
    report.refusals = list(spool.refusals(REFUSALS_KEPT))


def _check(book: Book, spool: Spool, wish: _Wish, tell: Progress) -> None:
    """Try the cases that may be refused for more than what stands in the file."""
    done = 0
    for batch in _batches(spool.cases(), BATCH_EVENTS):
        risky = [
            case for case in batch if wish.strict or case.must_try or book.store.head(case.case_id)
        ]
        if risky:
            _write(book, spool, risky, wish, keep=False)
        done += sum(len(case.events) for case in batch)
        tell("check", done, spool.count)


def _work_through(
    book: Book, spool: Spool, wish: _Wish, report: ImportReport, tell: Progress, *, keep: bool
) -> None:
    done = 0
    is_whole = spool.count <= BATCH_EVENTS
    for batch in _batches(spool.cases(), BATCH_EVENTS):
        try:
            found = _write(book, spool, batch, wish, keep=keep, whole=is_whole and not wish.go_on)
        except (FileTrouble, Busy) as error:
            if keep and done:
                error.message = (
                    f"{error.message.removesuffix(_UNCHANGED)}; what came before is recorded"
                    f" ({done:,} of {spool.count:,} events of the file), and the same import"
                    " completes it"
                )
            raise
        for one in found:
            _tell_of(one, report)
        done += sum(len(case.events) for case in batch)
        tell("write" if keep else "check", done, spool.count)


def _batches(cases: Iterable[FoundCase], size: int) -> Iterator[list[FoundCase]]:
    """Whole cases, together of about `size` events."""
    batch: list[FoundCase] = []
    count = 0
    for case in cases:
        batch.append(case)
        count += len(case.events)
        if count >= size:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


class _Done(NamedTuple):
    """A case of which all was recorded, or known before."""

    case: FoundCase
    receipts: list[Receipt]
    revision: Revision


def _write(
    book: Book,
    spool: Spool,
    batch: list[FoundCase],
    wish: _Wish,
    *,
    keep: bool,
    whole: bool = False,
) -> list[_Done]:
    """Record cases in one transaction; a case that is refused is left out, or with `whole` all.

    Without `keep`, and on any refusal with `whole`, everything is as before afterwards.
    """
    done: list[_Done] = []
    failed: list[Refusal] = []
    with suppress(_UndoneError), book.writing():
        asked = [(case, _revision(book, case)) for case in batch]
        failed += [_refusal(case, one) for case, one in asked if isinstance(one, LedgerError)]
        revisions = [(case, one) for case, one in asked if not isinstance(one, LedgerError)]
        proposals = [one.proposals for _, one in revisions]
        told = book.append_cases(proposals, by=wish.by, admit=not wish.strict)
        for (case, one), receipts in zip(revisions, told, strict=True):
            if isinstance(receipts, LedgerError):
                failed.append(_refusal(case, receipts))
            else:
                done.append(_Done(case, receipts, one))
        if not keep or (failed and whole):
            raise _UndoneError
    for refusal in failed:
        spool.refuse(refusal)
    return [] if failed and whole and keep else done


class _UndoneError(Exception):
    """Ends a transaction whose result is not to be kept."""


def _revision(book: Book, case: FoundCase) -> Revision | Refused | Malformed:
    if any(found.changed != "refuse" for found in case.events) and book.store.head(case.case_id):
        try:
            return revised(book, case)
        except (Refused, Malformed) as error:
            return error
    return Revision([found.proposal for found in case.events])


def _refusal(case: FoundCase, error: LedgerError) -> Refusal:
    malformed = isinstance(error, Malformed)
    return Refusal(case.events[0].line, case.case_id, error.message, error.hint, malformed)


def _tell_of(done: _Done, report: ImportReport) -> None:
    case, receipts, revision = done
    report.cases += 1
    report.recorded_openly += revision.recorded_openly
    report.gone += revision.gone
    asked = {found.proposal.event_id for found in case.events}
    report.known += sum(1 for found in case.events) - sum(
        1 for receipt in receipts if receipt.entry.event_id in asked and not receipt.is_duplicate
    )
    for receipt in receipts:
        if receipt.is_duplicate:
            continue
        report.events += 1
        report.corrected += receipt.entry.event_id not in asked
        report.follow_ups += len(receipt.follow_ups)
        report.by_type[receipt.entry.type] += 1
        report.oddities.update(oddity.code for oddity in receipt.oddities)
        if len(report.first) < SHOWN:
            report.first.append(f"{case.case_id}: {receipt.summary}")


def _write_refused(rows: _Source, spool: Spool, path: Path) -> None:
    with files_in_sentences(path), path.open("x", encoding=rows.encoding, newline="") as out:
        rows.write_refused(spool.why, out)


def _disappeared(book: Book, spool: Spool, prefix: str) -> list[str]:
    """Cases of the ledger whose id begins so, and which the file has not."""
    query = "select case_id from main.cases where substr(case_id, 1, ?) = ? order by case_id"
    rows = book.store.conn.execute(query, (len(prefix), prefix))
    return [case_id for (case_id,) in rows if not spool.has_case(case_id)]


# Case files ---------------------------------------------------------------------------------


def _import_case_files(
    book: Book, path: Path, wish: _Wish, report: ImportReport, *, expect: bool
) -> None:
    """Case files are short: all of a file in one transaction, and held against what it expects."""
    if wish.go_on:
        raise Malformed("a case file is recorded whole or not at all; leave out --continue")
    with suppress(_UndoneError), book.writing():
        for case in casefiles.read(path):
            new = [p for p in case.proposals if book.store.find(p.event_id) is None]
            filed = file_case(book, case, by=wish.by, admit=not wish.strict, expect=expect)
            report.cases += 1
            report.events += filed.recorded
            report.known += filed.known
            report.by_type.update(proposal.event.type for proposal in new)
            report.oddities.update(oddity.code for oddity in filed.oddities)
            report.unmet += filed.unmet
            report.first += [f"{case.case_id}: {p.event.type}" for p in new]
        if wish.dry_run:
            raise _UndoneError
        report.is_recorded = True
    del report.first[SHOWN:]
