"""The commands that keep a ledger sound: its tables, its proof, its file and copies of it."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ledger import printing
from ledger.errors import Malformed, VerificationFailed
from ledger.options import LEDGER, AsOf, Db, Json, KnownAt
from ledger.recording import opened
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
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Recompute every fingerprint; compare columns, tables and rules with what they should be."""
    from ledger.audit import audit

    with opened(db) as book:
        report = audit(book, against)
    if as_json:
        rows = [problem._asdict() for problem in report.problems]
        put_json({"events": report.count, "root": report.root.hex(), "problems": rows})
    else:
        put(f"{report.count} events, root {report.root.hex()}")
    if report.problems:
        first, told = report.problems[0], printing.problems(report.problems)
        for words in told[1:] if not as_json else []:
            note(f"  {words}")
        raise VerificationFailed(
            f"this ledger is not what it was: {told[0]}", position=first.position
        )
    if not as_json and against:
        put(f"the first {against.strip().partition(':')[0]} are those of the earlier root")
    elif not as_json:
        put("self-consistent; not compared with an earlier root")


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
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")], db: Db = LEDGER
) -> None:
    """Write a verified copy of the ledger, while others go on writing."""
    from ledger.backup import backup as copied

    with opened(db) as book:
        report = copied(book.store, out)
    put(f"{out}: {report.count} events, root {report.root.hex()}")


def export(
    what: Annotated[
        str, typer.Argument(metavar="events|TABLE", help="The events, or a table or view.")
    ] = "events",
    csv: Annotated[bool, typer.Option("--csv", help="A table as CSV instead of JSON.")] = False,
    db: Db = LEDGER,
) -> None:
    """Write the events as lines of JSON, exactly as recorded; or a table as JSON or CSV."""
    from ledger import exports

    with opened(db) as book, book.store.reading():
        if what == "events":
            parts = exports.events(book)
        else:
            parts = exports.table_as_csv(book, what) if csv else exports.table_as_json(book, what)
        # A reader that goes away must not leave a query open in a ledger that is closed.
        with closing(parts):
            for part in parts:
                put(part, end="")
