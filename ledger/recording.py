"""The commands that record: append, correct and withdraw one event, import many."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import IO, Annotated, Any

import typer
from typer.core import TyperGroup

from events.base import CATALOGUE, Event
from events.confidential import Confidential
from events.opening import CaseOpened
from events.record import EventCorrected, EventWithdrawn
from events.versions import resolve
from ledger import door, forms, namesakes, printing
from ledger.book import Book
from ledger.entry import Entry, is_position
from ledger.errors import Malformed, NotFound, Refused, files_in_sentences, in_sentences
from ledger.options import (
    ENVELOPE,
    LEDGER,
    PLAIN,
    TAKEN,
    By,
    Case,
    Db,
    DryRun,
    Envelope,
    Json,
    about,
    envelope_in,
    fields_in,
    made,
    options_of,
    taking,
)
from ledger.receipts import receipt_json, receipt_lines
from ledger.terminal import note, progress, put, put_json, put_lines


@contextmanager
def opened(db: Path, *, writing: bool = False, private: bool = False) -> Iterator[Book]:
    """The ledger, for the time of a command."""
    with in_sentences(db), Book(db, read_only=not writing, private=private) as book:
        yield book


def recorder(by: str | None) -> str:
    """Who records something. Raises Malformed where nobody can be told."""
    try:
        return door.as_line("--by", by or getpass.getuser())
    except (OSError, KeyError):
        raise Malformed("say who records it: --by NAME, or CASELEDGER_BY", field="by") from None


def located(book: Book, written: str) -> Entry:
    """An event by its position or its id. Raises NotFound, Malformed."""
    if is_position(written):
        return book.event_at(int(written))
    try:
        event_id = door.as_uuid("event", written)
    except Malformed:
        raise Malformed(
            f"{written!r} is neither the position of an event nor its id",
            hint="`caseledger log` has the positions, in its first column",
            field="event",
        ) from None
    entry = book.store.find(event_id)
    if entry is None:
        raise NotFound(f"there is no event with the id {event_id}", event_id=event_id)
    return entry


def read_data(written: str | None) -> dict[str, Any]:
    """The fields in --data: JSON, or a file of it, or stdin. Raises Malformed, FileTrouble."""
    if written is None:
        return {}
    text: str | bytes = written
    if written == "-":
        text = sys.stdin.buffer.read()
    elif written.startswith("@"):
        with files_in_sentences(written[1:]):
            text = Path(written[1:]).read_bytes()
    data = forms.read_json(text, "--data")
    if not isinstance(data, dict):
        raise Malformed('--data is not an object like {"amount": "100 EUR"}', field="data")
    return data


def append_command(kind: type[Event]) -> Any:
    """The subcommand of one type of event, made from its fields."""
    form = forms.blanks(kind, TAKEN)

    def command(
        case: Case,
        data: Annotated[
            str | None,
            about(
                "--data",
                metavar="JSON|@FILE|-",
                help="Fields as JSON, for what is nested; a file of it, or stdin.",
            ),
        ] = None,
        **given: Any,
    ) -> None:
        envelope = envelope_in(given)
        with forms.told_as_options(form):
            named, from_data = forms.filled(form, fields_in(given)), read_data(data)
            if twice := [name for name in named if name in from_data]:
                raise Malformed(f"{twice[0]}: given twice, as an option and in --data")
            named |= from_data
            with opened(envelope.db, writing=True) as book:
                if kind.is_record and named.get("target"):
                    named["target"] = located(book, str(named["target"])).event_id
                record(book, case, kind, named, envelope)

    options = [*options_of(form), *ENVELOPE.values()]
    found = made(taking(command, options), " ".join(str(kind.__doc__).split()))
    found.name = kind.type.replace("_", "-")
    return found


def record(
    book: Book, case: str, kind: type[Event], named: dict[str, Any], envelope: Envelope
) -> None:
    """Append one event and tell what it did."""
    cause = located(book, envelope.caused_by).event_id if envelope.caused_by else None
    proposal = door.proposed(
        case,
        kind.type,
        named,
        event_id=envelope.event_id,
        source=envelope.source,
        confidence=envelope.confidence,
        caused_by=cause,
        confidential=[name.removeprefix("--") for name in envelope.confidential or ()],
    )
    by, expect = recorder(envelope.by), envelope.expectation
    with suppress(_DryRunError), book.writing():
        before = book.case(proposal.case_id) if book.store.head(proposal.case_id) else None
        (receipt,) = book.append(
            [proposal], by=by, expect=expect, admit=envelope.admit, openly=envelope.openly
        )
        after = book.case(proposal.case_id)
        doubts = list(_written_otherwise(book, receipt.entry)) if before is None else []
        if envelope.dry_run:
            raise _DryRunError
    if book.store.clock_raised and not envelope.dry_run:
        note("the clock of this machine lies behind the last event; that one's instant was taken")
    for doubt in doubts:
        note(doubt)
    if envelope.json:
        put_json(receipt_json(receipt, before, after, dry_run=envelope.dry_run))
    else:
        put_lines(receipt_lines(receipt, before, after))
    if envelope.dry_run:
        note("nothing was recorded")


def _written_otherwise(book: Book, entry: Entry) -> Iterator[str]:
    authority = entry.data.get("authority")
    if entry.type == CaseOpened.type and isinstance(authority, str):
        yield from namesakes.written_otherwise(book.store, entry, authority)


class _DryRunError(Exception):
    """Ends a transaction whose result is not to be kept."""


def correct(
    ctx: typer.Context,
    position: Annotated[
        str, typer.Argument(metavar="POSITION", help="The event: its position, or its id.")
    ],
    blank: Annotated[
        list[str] | None,
        typer.Option("--blank", metavar="FIELD", help="A field that should be empty. [several]"),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="Why, and what shows the right value."),
    ] = None,
    **given: Any,
) -> None:
    """Correct an event: caseledger correct 3 --occurred-on 2021-11-26 --reason "…".

    POSITION comes first. Further options are the fields of that type of event, with their right
    values: `caseledger append TYPE --help` lists them. Fields that have the name of an option here
    have `new` in front: --new-source, --new-confidence, --new-reason. A field that holds several
    values is given whole. What was recorded stays, and counts in what was known until now.
    """
    envelope = envelope_in(given)
    with opened(envelope.db, writing=True) as book:
        target = located(book, position)
        form = forms.corrections(CATALOGUE[target.type], TAKEN | {"--reason", "--blank"})
        fields = made(taking(lambda **right: right, options_of(form)))
        with fields.make_context(target.type, list(ctx.args), parent=ctx.parent) as inner:
            right = forms.filled(form, fields_in(inner.params))
        changes = {name.replace("-", "_"): None for name in blank or []} | right
        if not changes:
            names = ", ".join(blank.option for blank in form)
            raise Malformed(
                f"say what is wrong with event #{target.position}, {target.type}",
                hint=f"give the right value of {names}; or --blank FIELD",
            )
        named: dict[str, Any] = {"target": target.event_id, "changes": changes, "reason": reason}
        with forms.told_as_options(form):
            if not envelope.event_id:
                _refuse_what_is_said(book, target, EventCorrected(**named))
            record(book, target.case_id, EventCorrected, named, envelope)


def _refuse_what_is_said(book: Book, target: Entry, correction: EventCorrected) -> None:
    """Raises Refused for a correction to what the event says already; Malformed, NotFound."""
    told = {one.recorded.event_id: one for one in resolve(book.entries(target.case_id))}
    last, changes = told[target.event_id].versions[-1], correction.changes
    if isinstance(last.event, Confidential):
        return
    said = (last.event, last.source, last.confidence)
    right = (
        door.check_correction(last.event, correction),
        changes.get("source", last.source),
        changes.get("confidence", last.confidence),
    )
    if right == said:
        raise Refused(
            f"event #{target.position}, {target.type}, says so already; nothing was recorded",
            hint=f"`caseledger log {quote(target.case_id)}` has what was corrected before",
            position=target.position,
        )


def withdraw(
    position: Annotated[
        str, typer.Argument(metavar="POSITION", help="The event: its position, or its id.")
    ],
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why it should not have been recorded."),
    ],
    **given: Any,
) -> None:
    """Withdraw an event. It stays in the record and counts no more; so may a withdrawal be."""
    envelope = envelope_in(given)
    with opened(envelope.db, writing=True) as book:
        target = located(book, position)
        named = {"target": target.event_id, "reason": reason}
        record(book, target.case_id, EventWithdrawn, named, envelope)


taking(correct, ENVELOPE.values())
taking(withdraw, ENVELOPE.values())


class Types(TyperGroup):
    """`append`: a subcommand for each type of event, made when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name.replace("_", "-") for name in CATALOGUE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return append_command(forms.type_named(cmd_name))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for topic, kinds in forms.topics().items():
            with formatter.section(topic.capitalize()):
                formatter.write_dl(
                    [(k.type.replace("_", "-"), forms.first_sentence(k)) for k in kinds]
                )


append = typer.Typer(
    cls=Types, invoke_without_command=True, subcommand_metavar="TYPE CASE", **PLAIN
)


@append.callback()
def append_any(ctx: typer.Context) -> None:
    """Append one event to a case."""
    if ctx.invoked_subcommand is None:
        put(ctx.get_help())


@contextmanager
def _stoppable() -> Iterator[None]:
    """Says what stands where an import is stopped."""
    try:
        yield
    except KeyboardInterrupt:
        note("stopped: what was recorded is sound, and the same import completes it")
        raise


def import_(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE|-", help=".jsonl, .yml, or .csv with --mapping; - is stdin."),
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

    if len(files) > 1 and (restore or continue_to):
        raise Malformed("--restore and --continue take one file at a time")
    reports: list[Any] = []
    try:
        with opened(db, writing=True) as book:
            if restore:
                restored = importers.restore_file(book, _source(files[0]))
                put_json(asdict(restored)) if as_json else put(printing.restored(restored))
                return
            for file in files:
                with _stoppable(), progress() as tell:
                    report = importers.import_file(
                        book,
                        _source(file),
                        by=recorder(by),
                        mapping=mapping,
                        strict=strict,
                        dry_run=dry_run,
                        expect=not no_expect,
                        continue_to=continue_to,
                        progress=tell,
                    )
                reports.append(report)
                if not as_json:
                    put_lines(printing.imported(report))
    finally:
        # Where a file cannot be read at all, those before it are recorded.
        if as_json and reports:
            put_json([report.told() for report in reports])
    raise typer.Exit(max(report.exit_code for report in reports))


def _source(file: str) -> Path | IO[bytes]:
    return sys.stdin.buffer if file == "-" else Path(file)
