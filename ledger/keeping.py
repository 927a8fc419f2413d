"""The commands that keep a ledger sound: its tables, its proof, its file, and copies of it."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ledger import printing
from ledger.errors import FileTrouble, Malformed, VerificationFailed
from ledger.options import LEDGER, AsOf, Db, Json, KnownAt
from ledger.recording import opened
from ledger.schema import is_publication
from ledger.terminal import note, put, put_json, put_lines


def rebuild(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare, and change nothing.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FILE", help="Into another ledger.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = LEDGER,
) -> None:
    """Make the published tables anew from the events."""
    if (as_of or known_at) and into is None:
        raise Malformed("--as-of and --known-at need --into: the ledger itself shows the present")
    with opened(db, writing=not check and into is None) as book:
        if check:
            found = book.check()
            if found:
                raise VerificationFailed(
                    "; ".join(found), hint="`caseledger rebuild` makes them anew"
                )
            put("the published tables are what the events come to")
        elif into is not None:
            put(f"{into} has {book.rebuild_into(into, as_of, known_at)} cases")
        else:
            put(f"the tables of {book.rebuild()} cases were made anew")


def verify(
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="SIZE:ROOT", help="An earlier root to compare with."),
    ] = None,
    without_private: Annotated[
        bool,
        typer.Option("--without-private", help="Look at the record alone, not at private.db."),
    ] = False,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Recompute every fingerprint; compare columns, tables and rules with what they should be."""
    from ledger.audit import audit

    with opened(db) as book:
        report = audit(book, against, private=not without_private)
    if as_json:
        rows = [problem._asdict() for problem in report.problems]
        counted = {"events": report.count, "root": report.root.hex()}
        put_json(counted | {"problems": rows, "remarks": report.remarks})
    else:
        put(printing.counted(report))
        for words in report.remarks:
            note(words)
    if report.problems:
        first, told = report.problems[0], printing.problems(report.problems)
        for words in told[1:] if not as_json else []:
            note(f"  {words}")
        raise VerificationFailed(
            f"this ledger is not what it was: {told[0]}", position=first.position
        )
    if not as_json:
        put(_compared(against))


def _compared(against: str | None) -> str:
    if against is None:
        return "self-consistent; not compared with an earlier root"
    from ledger.verify import parse_checkpoint

    return f"the first {parse_checkpoint(against)[0]} are those of the earlier root"


def doctor(db: Db = LEDGER, as_json: Json = False) -> None:
    """Look at the installation and the file. Changes nothing."""
    from ledger.doctor import examine

    found = examine(db)
    if as_json:
        put_json([finding._asdict() for finding in found])
    else:
        put_lines(printing.aligned((f.level, f.subject, f.words) for f in found))
    if any(finding.level == "bad" for finding in found):
        raise typer.Exit(5)


def backup(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Write a verified copy of the ledger, while others go on writing."""
    from ledger.backup import backup as copied

    with opened(db) as book:
        report = copied(book.store, out)
        private = book.private
        seals = any(book.store.sealing()) and not is_publication(book.store.conn)
    told = {"file": str(out), "events": report.count, "root": report.root.hex()}
    put_json(told) if as_json else put(printing.kept(out, report))
    if private.is_there:
        note(f"what is confidential is not in it: copy {private.path} too, and keep that copy less")
    elif seals:
        note(f"what is confidential is not in it, and {private.path} is not there: put that back")


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="BACKUP|-", help="A backup, or what export wrote; - is stdin.")
    ],
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="SIZE:ROOT", help="An earlier root to compare with."),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TEXT", help="Title of the ledger, which no export has."),
    ] = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Make the ledger anew from a backup, verified. Never over another: move that away first."""
    from ledger.restoring import restore as restored

    stream = sys.stdin.buffer if str(source) == "-" else source
    report = restored(stream, db, title=title, against=against)
    told = {"file": str(db), "events": report.count, "root": report.root.hex()}
    put_json(told) if as_json else put(f"{printing.kept(db, report)}\n{_compared(against)}")
    _note_private(db)


def _note_private(db: Path) -> None:
    """Say which confidential values of a ledger that was restored are not there."""
    from ledger.confidential import out_of_reach

    with opened(db) as book:
        try:
            lost, path = out_of_reach(book), book.private.path
        except FileTrouble as error:
            # The ledger is restored all the same.
            note(f"what is confidential is out of reach: {error.message}")
            return
    if lost:
        note(f"{lost} confidential values are not in {path}: put that file back from its own copy")


def export(
    what: Annotated[
        str, typer.Argument(metavar="events|TABLE", help="The events, or a table or view.")
    ] = "events",
    csv: Annotated[bool, typer.Option("--csv", help="A table as CSV instead of JSON.")] = False,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="OUT", help="All tables as an Excel file.")
    ] = None,
    xes: Annotated[
        Path | None,
        typer.Option("--xes", metavar="OUT.xes", help="All cases as an event log (IEEE 1849)."),
    ] = None,
    db: Db = LEDGER,
) -> None:
    """Write the events as lines of JSON, exactly as recorded; or a table as JSON or CSV."""
    from ledger import exports

    alone = what == "events" and not csv
    if xlsx is not None:
        _export_workbook(xlsx, db, alone=alone and xes is None)
        return
    if xes is not None:
        _export_log(xes, db, alone=alone)
        return
    with opened(db) as book, book.store.reading():
        if what == "events" and (withheld := book.store.withheld()):
            note(
                f"{withheld} events are withheld here, so `restore` cannot make the ledger from"
                " this export: export the ledger that the copy was made from"
            )
        if what == "events" and not csv:
            parts = exports.events(book)
        else:
            parts = exports.table_as_csv(book, what) if csv else exports.table_as_json(book, what)
        # A reader that goes away must not leave a query open in a ledger that is closed.
        with closing(parts):
            for part in parts:
                put(part, end="")


def _export_workbook(out: Path, db: Path, *, alone: bool) -> None:
    if not alone:
        raise Malformed("--xlsx writes all tables into one file; leave the other options out")
    from ledger import workbook

    with opened(db) as book, book.store.reading():
        note(f"{out}: {workbook.write(book, out):,} rows, a sheet per table")


def _export_log(out: Path, db: Path, *, alone: bool) -> None:
    if not alone:
        raise Malformed("--xes writes all cases into one file; leave TABLE and --csv out")
    from ledger import xes

    with opened(db) as book:
        written = xes.write(book, out)
    put(printing.traced(out, written))
