"""The options of the command line: those that commands share, and those made from the models."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from ledger import forms
from ledger.entry import is_position
from ledger.errors import Malformed

PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
"""No markup in help, and no traceback drawn in boxes."""

FURTHER = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For a command that can tell its further options only when it looks into the ledger."""

HAPPENED = "What happened"
RECORD = "About the record"

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
PRIVATE = typer.Option("--private", help="With what is confidential, for your eyes.")
JSON = typer.Option("--json", help="JSON instead of words, errors too.")
DRY_RUN = typer.Option("--dry-run", help="Show what it would do, and record nothing.")

Case = Annotated[str, CASE]
Db = Annotated[Path, DB]
By = Annotated[str | None, BY]
AsOf = Annotated[str | None, AS_OF]
KnownAt = Annotated[str | None, KNOWN_AT]
On = Annotated[str | None, ON]
Private = Annotated[bool, PRIVATE]
Json = Annotated[bool, JSON]
DryRun = Annotated[bool, DRY_RUN]
LEDGER = Path("ledger.db")


def about(*names: str, **words: Any) -> Any:
    """An option about the record, not about what happened."""
    return typer.Option(*names, rich_help_panel=RECORD, **words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The options that append, correct and withdraw have in common, as they were given."""

    source: Annotated[
        str | None,
        about(
            "--source",
            metavar="TEXT",
            help="The document that it rests on: a citation or an address.",
        ),
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
    confidential: Annotated[
        list[str] | None,
        about(
            "--confidential",
            metavar="FIELD|all",
            help="A field that is confidential, or the whole event; private.db keeps it. [several]",
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
    openly: Annotated[
        bool, about("--openly", help="Record it though it tells words that the case seals.")
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
        if is_position(told):
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
"""Options of append that are no fields of an event."""


def taking(command: Callable[..., Any], more: Iterable[inspect.Parameter]) -> Callable[..., Any]:
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
            rich_help_panel=HAPPENED,
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


def made(command: Callable[..., Any], help_text: str | None = None) -> Any:
    """A command of typer that stands by itself."""
    alone = typer.Typer(add_completion=False, **PLAIN)
    alone.command(cls=Sections, help=help_text)(command)
    return typer.main.get_command(alone)


def fields_in(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, of what came as keywords."""
    return {
        name.removeprefix("field_"): value
        for name, value in given.items()
        if name.startswith("field_") and value not in (None, [], ())
    }


def envelope_in(given: Mapping[str, Any]) -> Envelope:
    """The envelope, of what came as keywords."""
    return Envelope(**{name: given[name] for name in ENVELOPE})


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
        first = [name for name in ("Arguments", HAPPENED) if name in sections]
        for name in dict.fromkeys([*first, *sections]):
            with formatter.section(name):
                formatter.write_dl(sections[name])


class Verbs(TyperGroup):
    """The verbs, by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        # Typer has groups after commands, and `append` is the one that everybody looks for.
        names = dict.fromkeys(["init", "append", *self.commands])
        for name in [name for name in names if name in self.commands]:
            command = self.commands[name]
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            sections.setdefault(panel, []).append((name, command.get_short_help_str(100)))
        for panel, rows in sections.items():
            with formatter.section(panel):
                formatter.write_dl(rows)
