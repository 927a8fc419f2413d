"""The commands that record one event: append, correct, withdraw."""

import getpass
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from events.base import CATALOGUE, Event
from ledger import door, forms, printing
from ledger.book import Book, Receipt
from ledger.entry import Entry
from ledger.errors import Malformed, NotFound, files_in_sentences, in_sentences
from ledger.options import (
    ENVELOPE,
    PLAIN,
    TAKEN,
    Case,
    Envelope,
    Sections,
    about,
    options_of,
    split,
    taking,
)
from ledger.terminal import note, put, put_json, put_lines


@contextmanager
def opened(db: Path, *, writing: bool = False) -> Iterator[Book]:
    """The ledger, for the time of a command."""
    with in_sentences(db), Book(db, read_only=not writing) as book:
        yield book


def recorder(by: str | None) -> str:
    """Who records something. Raises Malformed where nobody can be told."""
    try:
        return by or getpass.getuser()
    except (OSError, KeyError):
        raise Malformed("say who records it: --by NAME, or CASELEDGER_BY", field="by") from None


def located(book: Book, written: str) -> Entry:
    """An event by its position or its id. Raises NotFound, Malformed."""
    if written.isdecimal() and written.isascii():
        return book.event_at(int(written))
    entry = book.store.find(door.as_uuid("event", written))
    if entry is None:
        raise NotFound(f"there is no event with the id {written}", event_id=written)
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
            about("--data", metavar="JSON|@FILE|-", help="Fields as JSON, for what is nested."),
        ] = None,
        **given: Any,
    ) -> None:
        named, envelope = split(given)
        with opened(envelope.db, writing=True) as book:
            fields_given = {**read_data(data), **forms.filled(form, named)}
            if "target" in fields_given and kind.is_record:
                fields_given["target"] = located(book, str(fields_given["target"])).event_id
            record(book, case, kind, fields_given, envelope)

    command.__doc__ = kind.__doc__
    single = typer.Typer(**PLAIN)
    single.command(cls=Sections, help=" ".join(str(kind.__doc__).split()))(
        taking(command, [*options_of(form), *ENVELOPE.values()])
    )
    made = typer.main.get_command(single)
    made.name = kind.type.replace("_", "-")
    return made


def record(
    book: Book, case: str, kind: type[Event], given: dict[str, Any], envelope: Envelope
) -> None:
    """Append one event and tell what it did."""
    try:
        proposal = door.proposed(
            case,
            kind.type,
            given,
            event_id=envelope.event_id,
            source=envelope.source,
            confidence=envelope.confidence,
            caused_by=located(book, envelope.caused_by).event_id if envelope.caused_by else None,
        )
    except Malformed as error:
        words = forms.in_options(error.message, forms.blanks(kind, TAKEN))
        raise Malformed(words, hint=error.hint, **error.facts) from None
    known = book.store.head(proposal.case_id) > 0
    before = book.case(proposal.case_id) if known else None
    (receipt,) = book.append(
        [proposal],
        by=recorder(envelope.by),
        expect=envelope.expectation,
        admit=envelope.admit,
        dry_run=envelope.dry_run,
    )
    if book.store.clock_raised:
        note("the clock of this machine lies behind the last event; that one's instant was taken")
    tell(receipt, before, dry_run=envelope.dry_run, as_json=envelope.json)


def tell(receipt: Receipt, before: Any, *, dry_run: bool, as_json: bool) -> None:
    """What became of one event."""
    entry = receipt.entry
    if as_json:
        put_json(
            {
                "position": entry.position,
                "case_id": entry.case_id,
                "version": entry.version,
                "type": entry.type,
                "event_id": entry.event_id,
                "summary": receipt.summary,
                "recorded": not dry_run and not receipt.is_duplicate,
                "duplicate": receipt.is_duplicate,
                "changes": [change._asdict() for change in receipt.changes],
                "oddities": [{"code": o.code, "message": o.message} for o in receipt.oddities],
                "follow_ups": [follow_up.position for follow_up in receipt.follow_ups],
            }
        )
        return
    line = f"{entry.position}  {entry.case_id}  {entry.version}  {entry.type}  {receipt.summary}"
    lines = [line, *printing.changed(receipt.changes, before)]
    lines += [f"  odd: {oddity.message}" for oddity in receipt.oddities]
    lines += [f"  event #{f.position}: {f.type}, because of it" for f in receipt.follow_ups]
    put_lines(lines)
    if dry_run:
        note("nothing was recorded")


def correct(
    position: Annotated[str, typer.Argument(metavar="POSITION", help="The event that is wrong.")],
    blank: Annotated[
        list[str] | None, typer.Option("--blank", metavar="FIELD", help="A field to leave out.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, and what shows it.")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME=VALUE", help="A field and its right value; several."),
    ] = None,
    **given: Any,
) -> None:
    """Correct an event: --field occurred_on=2021-11-26. What was recorded stays."""
    envelope = Envelope(**{name: given[name] for name in ENVELOPE})
    with opened(envelope.db, writing=True) as book:
        target = located(book, position)
        changes: dict[str, Any] = dict.fromkeys(names_of(blank or []))
        for written in field or []:
            name, equals, value = written.partition("=")
            if not equals:
                raise Malformed(f"--field: {written!r} is not NAME=VALUE", field="field")
            key = name.strip().replace("-", "_")
            # A field that holds several is corrected as a whole: give each of its values.
            several = key in changes and changes[key] is not None
            changes[key] = [*listed(changes[key]), value] if several else value
        if not changes:
            raise Malformed("name what is wrong: --field NAME=VALUE, or --blank NAME")
        fields_given = {"target": target.event_id, "changes": changes}
        if reason:
            fields_given["reason"] = reason
        record(book, target.case_id, CATALOGUE["event_corrected"], fields_given, envelope)


def names_of(written: Iterable[str]) -> list[str]:
    """Names of fields as options have them, as the record has them."""
    return [name.replace("-", "_") for name in written]


def listed(value: Any) -> list[Any]:
    """One value, or several, as several."""
    return value if isinstance(value, list) else [value]


def withdraw(
    position: Annotated[str, typer.Argument(metavar="POSITION", help="The event to withdraw.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it should not have been recorded.")],
    **given: Any,
) -> None:
    """Withdraw an event. It stays in the record and counts no more."""
    envelope = Envelope(**{name: given[name] for name in ENVELOPE})
    with opened(envelope.db, writing=True) as book:
        target = located(book, position)
        fields_given = {"target": target.event_id, "reason": reason}
        record(book, target.case_id, CATALOGUE["event_withdrawn"], fields_given, envelope)


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
