"""The options of the command line: those that commands share, and those made from the models."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from ledger import forms
from ledger.errors import Malformed

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
"""No markup in help, and no traceback drawn in boxes."""

CASE = typer.Argument(metavar="CASE", help="Name of the case, like cnil-clearview.")
DB = typer.Option("--db", envvar="CASELEDGER_DB", metavar="FILE", help="The ledger.")
BY = typer.Option("--by", envvar="CASELEDGER_BY", metavar="NAME", help="Who records it; you.")
AS_OF = typer.Option("--as-of", metavar="DATE", help="Only what had occurred by that day.")
KNOWN_AT = typer.Option(
    "--known-at",
    metavar="WHEN",
    help="Only what had been recorded by then: a position, a day, or an instant.",
)
ON = typer.Option("--on", metavar="DATE", help="The day that counts as today.")
JSON = typer.Option("--json", help="JSON instead of words, errors too.")
DRY_RUN = typer.Option("--dry-run", help="Show what it would do, and record nothing.")

Case = Annotated[str, CASE]
Db = Annotated[Path, DB]
By = Annotated[str | None, BY]
AsOf = Annotated[str | None, AS_OF]
KnownAt = Annotated[str | None, KNOWN_AT]
On = Annotated[str | None, ON]
Json = Annotated[bool, JSON]
DryRun = Annotated[bool, DRY_RUN]
LEDGER = Path("ledger.db")
RECORD = "About the record"


def about(*names: str, **words: Any) -> Any:
    """An option about the record, not about what happened."""
    return typer.Option(*names, rich_help_panel=RECORD, **words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The options that append, correct and withdraw have in common, as they were given."""

    source: Annotated[
        str | None,
        about("--source", help="The document that it rests on: a citation or an address."),
    ] = None
    confidence: Annotated[
        str | None,
        about(
            "--confidence",
            metavar="A-D",
            help="A official, B credible, C weak or inferred, D not seen.",
        ),
    ] = None
    caused_by: Annotated[
        str | None,
        about(
            "--caused-by", metavar="EVENT", help="The event that led to it: its position or its id."
        ),
    ] = None
    by: Annotated[
        str | None,
        about(
            "--by",
            envvar="CASELEDGER_BY",
            metavar="NAME",
            help="Who records it; your login name where left out.",
        ),
    ] = None
    event_id: Annotated[
        str | None,
        about("--event-id", metavar="UUID", help="Its id: with it, trying again adds nothing."),
    ] = None
    expect_version: Annotated[
        str | None,
        about("--expect-version", metavar="N|new|exists", help="What you take the case to be."),
    ] = None
    admit: Annotated[
        bool, about("--admit", help="Record it though it contradicts the case; it is on show then.")
    ] = False
    dry_run: Annotated[
        bool, about("--dry-run", help="Show what it would change, and record nothing.")
    ] = False
    db: Annotated[
        Path, about("--db", envvar="CASELEDGER_DB", metavar="FILE", help="The ledger.")
    ] = LEDGER
    json: Annotated[bool, about("--json", help="JSON instead of words, errors too.")] = False

    @property
    def expectation(self) -> int | str | None:
        """What the case is taken to be. Raises Malformed."""
        told = self.expect_version
        if told is None or told in ("new", "exists"):
            return told
        if told.isdecimal() and told.isascii():
            return int(told)
        raise Malformed(
            f"--expect-version: {told!r} is neither a number nor `new` nor `exists`",
            field="expect_version",
        )


HINTS = get_type_hints(Envelope, include_extras=True)
ENVELOPE = {
    f.name: inspect.Parameter(
        f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=HINTS[f.name]
    )
    for f in fields(Envelope)
}
TAKEN = {f"--{name.replace('_', '-')}" for name in [*ENVELOPE, "data", "help"]}


def taking(command: Callable[..., None], more: Iterable[inspect.Parameter]) -> Callable[..., None]:
    """A command with more options than its own, which come to it as keywords."""
    own = inspect.signature(command, eval_str=True).parameters.values()
    named = [p for p in own if p.kind is not inspect.Parameter.VAR_KEYWORD]
    command.__signature__ = inspect.Signature([*named, *more])  # type: ignore[attr-defined]
    return command


def options_of(form: Iterable[forms.Blank]) -> list[inspect.Parameter]:
    """The options of a form, as typer reads them. What is required is left to the model to say,
    because it may come from --data."""
    made = []
    for blank in form:
        off = f"{blank.option}/--no-{blank.option.removeprefix('--')}"
        option = typer.Option(
            off if blank.is_flag else blank.option,
            help=blank.help,
            metavar=None if blank.is_flag else blank.metavar,
            show_default=False,
            rich_help_panel="What happened",
            autocompletion=_beginning(blank.choices) if blank.choices else None,
        )
        kind: Any = bool if blank.is_flag else list[str] if blank.is_several else str
        parameter = inspect.Parameter(
            f"field_{blank.name}",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[kind | None, option],
        )
        made.append(parameter)
    return made


def _beginning(choices: Sequence[str]) -> Callable[[str], list[str]]:
    return lambda incomplete: [choice for choice in choices if choice.startswith(incomplete)]


def split(given: dict[str, Any]) -> tuple[dict[str, Any], Envelope]:
    """Fields, and the envelope, of what came as keywords."""
    named = {
        name.removeprefix("field_"): value
        for name, value in given.items()
        if name.startswith("field_") and value not in (None, [])
    }
    return named, Envelope(**{name: given[name] for name in ENVELOPE})


class Sections(TyperCommand):
    """A command whose help shows its options in sections."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            plain = "Arguments" if param.param_type_name == "argument" else "Options"
            if record:
                name = getattr(param, "rich_help_panel", None) or plain
                sections.setdefault(name, []).append(record)
        for name, records in sections.items():
            with formatter.section(name):
                formatter.write_dl(records)


class Verbs(TyperGroup):
    """The verbs, by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            sections.setdefault(panel, []).append((name, command.get_short_help_str(100)))
        for panel, rows in sections.items():
            with formatter.section(panel):
                formatter.write_dl(rows)
