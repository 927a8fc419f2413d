"""The command line: words in, words out. No SQL and no rules; every command asks the ledger."""

import os
import sys
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer

try:
    from events import UnknownType
    from ledger import answers, clock, due, forms, printing
    from ledger.book import create
    from ledger.errors import LedgerError, Malformed, VerificationFailed, os_sentence
    from ledger.options import (
        CASE,
        LEDGER,
        PLAIN,
        AsOf,
        By,
        Case,
        Db,
        DryRun,
        Json,
        KnownAt,
        On,
        Sections,
        Verbs,
    )
    from ledger.recording import append, correct, opened, recorder, withdraw
    from ledger.terminal import fail, note, progress, put, put_json, put_lines
except ImportError as error:
    if (error.name or "").partition(".")[0] not in ("events", "ledger"):
        raise
    sys.exit(
        f"caseledger: another package has put its own `{error.name}` in the place of caseledger's "
        "(PyPI's Events and Ledger do)\n"
        "  hint: give caseledger an environment of its own: pipx install caseledger"
    )


app = typer.Typer(cls=Verbs, invoke_without_command=True, **PLAIN)
app.add_typer(append, name="append", rich_help_panel="Record")
recording = app.command


@app.callback()
def caseledger(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Which version this is.")] = False,
) -> None:
    """The ledger of regulatory cases: what was ordered, missed, fined and paid; and the proof."""
    if version:
        put(f"caseledger {version_of('caseledger')}")
    elif ctx.invoked_subcommand is None:
        put(ctx.get_help())


@recording(name="init", rich_help_panel="Record")
def init(
    db: Db = LEDGER,
    title: Annotated[str, typer.Option("--title", help="What the ledger is about.")] = "Cases",
) -> None:
    """Make an empty ledger."""
    ledger_id = create(db, title)
    put(f"{db}: an empty ledger, {ledger_id}")


recording(name="correct", cls=Sections, rich_help_panel="Record")(correct)
recording(name="withdraw", cls=Sections, rich_help_panel="Record")(withdraw)


@recording(name="import", rich_help_panel="Record")
def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help=".jsonl, .yml, or .csv with --mapping.")
    ],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="How rows become events.")
    ] = None,
    restore: Annotated[
        bool,
        typer.Option("--restore", help="Fill an empty ledger with the exact events of an export."),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse what contradicts its case.")
    ] = False,
    no_expect: Annotated[
        bool, typer.Option("--no-expect", help="Do not hold case files against what they expect.")
    ] = False,
    continue_to: Annotated[
        Path | None,
        typer.Option(
            "--continue", metavar="FILE", help="Record the rest, and write what was refused there."
        ),
    ] = None,
    dry_run: DryRun = False,
    by: By = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Import many events from a file. The same file again adds nothing."""
    from ledger import importers

    with opened(db, writing=True) as book:
        if restore:
            restored = importers.restore_file(book, Path(file))
            told = asdict(restored)
            put_json(told) if as_json else put(
                f"{restored.entries} events of {restored.cases} cases, root {restored.root}"
            )
            return
        report = importers.import_file(
            book,
            sys.stdin.buffer if file == "-" else Path(file),
            by=recorder(by),
            mapping=mapping,
            strict=strict,
            dry_run=dry_run,
            expect=not no_expect,
            continue_to=continue_to,
            progress=progress() if sys.stderr.isatty() else None,
        )
    if as_json:
        put_json(asdict(report))
    else:
        put_lines(printing.imported(report))
    if report.was_refused:
        raise typer.Exit(1)


@recording(name="cases", rich_help_panel="Look up")
def cases(db: Db = LEDGER, as_json: Json = False) -> None:
    """List the cases and where each stands."""
    with opened(db) as book:
        rows = answers.cases(book)
    put_json(rows) if as_json else put_lines(printing.cases(rows))


@recording(name="show", rich_help_panel="Look up")
def show(
    case: Case, as_of: AsOf = None, known_at: KnownAt = None, db: Db = LEDGER, as_json: Json = False
) -> None:
    """Show a case: as it stands, as of a day, as known at a moment."""
    with opened(db) as book:
        tables = answers.show(book.case(case, as_of, known_at))
    if as_json:
        put_json(tables)
    elif not tables["cases"]:
        put(f"{case}: nothing of it was known then, or had occurred by then")
    else:
        put_lines(printing.case_page(tables, as_of, known_at))


@recording(name="log", rich_help_panel="Look up")
def log(
    case: Annotated[str | None, CASE] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """List events: of a case in legal order, of the whole ledger as recorded."""
    with opened(db) as book:
        rows = answers.log(book, case, as_of, known_at)
    put_json(rows) if as_json else put_lines(printing.timeline(rows, of_one_case=bool(case)))


@recording(name="why", rich_help_panel="Look up")
def why(
    case: Case,
    place: Annotated[
        str | None, typer.Argument(metavar="TABLE.REF.FIELD", help="Like fines.F1.balance_minor.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Tell which event put a value there, and what was there, and believed, before."""
    with opened(db) as book:
        rows = answers.why(book, case, place, as_of, known_at)
    put_json(rows) if as_json else put_lines(printing.reasons(rows, in_full=place is not None))


@recording(name="deadlines", rich_help_panel="Look up")
def deadlines(
    case: Annotated[str | None, CASE] = None,
    on: On = None,
    within: Annotated[
        int | None, typer.Option("--within", metavar="DAYS", help="No later than so many days.")
    ] = None,
    ics: Annotated[bool, typer.Option("--ics", help="As a calendar to subscribe to.")] = False,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """List deadlines that run, those overdue first. Overdue is a candidate, not a finding."""
    with opened(db) as book:
        if ics:
            from ledger.ics import calendar

            book.require_current()
            put(calendar(book.store.conn, case_id=case).decode().replace("\r\n", "\n").rstrip())
            return
        rows = due.deadlines(book, on or clock.today(), case_id=case, within_days=within)
    put_json(rows) if as_json else put_lines(printing.deadlines(rows))


@recording(name="sweep", rich_help_panel="Record")
def sweep(
    on: On = None,
    append_them: Annotated[bool, typer.Option("--record", help="Append what is proposed.")] = False,
    by: By = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Propose a deadline_missed for every deadline that ran out and is still open."""
    with opened(db, writing=append_them) as book:
        found = due.sweep(book, on or clock.today())
        if append_them:
            book.append(found, by=recorder(by))
    told = [
        {"case_id": p.case_id, "deadline": p.event.deadline, "occurred_on": p.event.occurred_on}  # type: ignore[attr-defined]
        for p in found
    ]
    if as_json:
        put_json({"recorded": append_them, "deadline_missed": told})
        return
    put_lines(
        f"{row['case_id']}  {row['deadline']}  missed on {row['occurred_on']}" for row in told
    )
    done = "recorded" if append_them else "proposed; --record appends them"
    note(f"{len(told)} missed deadlines {done}" if told else "nothing has run out")


@recording(name="totals", rich_help_panel="Look up")
def totals(
    into: Annotated[str, typer.Option("--in", metavar="CURRENCY", help="The currency, like EUR.")],
    on: On = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Sum up all debts in force, in one currency by the ECB's rate of a day."""
    from ledger import rates

    with opened(db) as book:
        rows = rates.totals(book, into.upper(), on or clock.today())
    put_json(rows) if as_json else put_lines(printing.totals(rows))


@recording(name="types", rich_help_panel="Look up")
def types(as_json: Json = False) -> None:
    """List the types of event."""
    rows = forms.catalogue()
    if as_json:
        put_json([dict(zip(("type", "topic", "meaning"), row, strict=True)) for row in rows])
    else:
        put_lines(printing.aligned(rows))


@recording(name="schema", rich_help_panel="Look up")
def schema(name: Annotated[str, typer.Argument(metavar="TYPE", help="Like fine_imposed.")]) -> None:
    """Print the JSON Schema of a type of event."""
    put_json(forms.type_named(name).model_json_schema())


@recording(name="rebuild", rich_help_panel="Keep")
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
            put(f"{into}: {book.rebuild_into(into, as_of, known_at)} cases")
        else:
            put(f"{book.rebuild()} cases")


@recording(name="verify", rich_help_panel="Keep")
def verify(
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="SIZE:ROOT", help="An earlier root to compare with."),
    ] = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Recompute every fingerprint; compare columns, tables and rules with what they should be."""
    from ledger.verify import parse_checkpoint
    from ledger.verify import verify as examined

    with opened(db) as book:
        report = examined(book.store, parse_checkpoint(against) if against else None)
        problems = [{"position": p.position, "what": p.what} for p in report.problems]
        if not any(problem["position"] for problem in problems):
            problems += [{"position": None, "what": what} for what in book.check()]
    told = {"events": report.count, "root": report.root.hex(), "problems": problems}
    if as_json:
        put_json(told)
    else:
        put(f"{report.count} events, root {report.root.hex()}")
    if problems:
        first = min(problems, key=lambda p: (p["position"] is None, p["position"] or 0))
        where = f"position {first['position']}: " if first["position"] else ""
        for problem in problems if not as_json else []:
            at = f"position {problem['position']}: " if problem["position"] else ""
            note(f"  {at}{problem['what']}")
        raise VerificationFailed(f"{where}{first['what']}", position=first["position"])
    if not as_json:
        compared = (
            f"the first {against.partition(':')[0]} are those of the earlier root"
            if against
            else ""
        )
        put(compared or "self-consistent; not compared with an earlier root")


@recording(name="doctor", rich_help_panel="Keep")
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


@recording(name="backup", rich_help_panel="Keep")
def backup(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")], db: Db = LEDGER
) -> None:
    """Write a verified copy of the ledger, while others go on writing."""
    from ledger.backup import backup as copied

    with opened(db) as book:
        report = copied(book.store, out)
    put(f"{out}: {report.count} events, root {report.root.hex()}")


@recording(name="export", rich_help_panel="Keep")
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
                put(part.removesuffix("\n").removesuffix("\r"))


@recording(name="serve", rich_help_panel="Publish")
def serve(
    port: Annotated[int | None, typer.Option("--port", help="A free one where left out.")] = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="For everybody: no SQL of one's own.")
    ] = False,
    db: Db = LEDGER,
) -> None:
    """Open the ledger in Datasette, for reading only. Ctrl-C ends it."""
    from ledger.serve import serve as served

    served(
        db, host=host, port=port, public=public, announce=lambda url: put(f"the ledger is at {url}")
    )


@recording(name="demo", rich_help_panel="Publish")
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make it.")] = Path("demo"),
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only build it.")] = False,
    port: Annotated[int | None, typer.Option("--port", help="A free one where left out.")] = None,
) -> None:
    """Build a ledger of the real Clearview AI cases, and open it in Datasette."""
    from ledger import filing

    path = filing.build_demo(folder)
    with opened(path) as book:
        put_lines(printing.cases(answers.cases(book)))
    if no_serve:
        note(f"{path} is ready: caseledger serve --db {path}")
    else:
        serve(port=port, db=path)


def main() -> None:
    """The command `caseledger`."""
    try:
        clock.utc_now()
        app(prog_name="caseledger")
    except LedgerError as error:
        fail(error)
        sys.exit(error.exit_code)
    except UnknownType as error:
        fail(Malformed(str(error), hint="install the newer version of caseledger"))
        sys.exit(Malformed.exit_code)
    except OSError as error:
        fail(os_sentence(error, error.filename or "the file"))
        sys.exit(74)
    except ValueError as error:
        if "CASELEDGER_NOW" not in os.environ:
            raise
        fail(Malformed(f"CASELEDGER_NOW: {error}"))
        sys.exit(Malformed.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
