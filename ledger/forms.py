"""What a type of event asks for, as a form: one option per field, made from the model.

No option is checked here: values are handed on as text, and the model says what is wrong with them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args, get_origin

import orjson
from pydantic.fields import FieldInfo

from events.base import CATALOGUE, Event
from events.dates import Day, PartialDate
from events.money import Money
from events.periods import Duration
from events.published import described
from events.record import ENVELOPE_FIELDS
from events.words import Country, Ref
from ledger.errors import Malformed

_SHORT = (
    (Money, "AMOUNT"),
    (Day, "DATE"),
    (PartialDate, "DATE"),
    (Duration, "PERIOD"),
    (Country, "CODE"),
    (Ref, "REF"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """One field of a form."""

    name: str
    """The field of the event."""
    option: str
    """Its option, like --occurred-on."""
    meaning: str
    choices: tuple[str, ...] = ()
    """What may be given; anything where empty."""
    metavar: str = "TEXT"
    is_required: bool = False
    is_several: bool = False
    """Whether it may be given again for each further value."""
    is_flag: bool = False
    is_json: bool = False
    default: str | None = None
    """What counts where it is left out."""

    @property
    def help(self) -> str:
        """Its meaning with what may be given, on one line."""
        notes = [f"One of: {', '.join(self.choices)}."] if self.choices else []
        notes += [f"[default: {self.default}]"] if self.default else []
        notes += ["[several]"] if self.is_several else []
        notes += ["[required]"] if self.is_required else []
        return " ".join([self.meaning, *notes])


def type_named(written: str) -> type[Event]:
    """The type of event with that name, hyphens or not. Raises Malformed with the nearest one."""
    name = written.replace("-", "_").lower()
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = get_close_matches(name, list(CATALOGUE), n=1)
    cure = f"; did you mean {near[0]}?" if near else ""
    raise Malformed(
        f"there is no type of event called {written!r}{cure}",
        hint="`caseledger types` lists them",
        field="type",
    )


def topics() -> dict[str, list[type[Event]]]:
    """The types of event by topic, in the order in which a case lives them."""
    found: dict[str, list[type[Event]]] = {}
    for kind in CATALOGUE.values():
        found.setdefault(kind.__module__.rpartition(".")[2], []).append(kind)
    return found


def catalogue() -> list[dict[str, str]]:
    """Every type of event with its topic and its meaning in a sentence."""
    return [
        {"type": kind.type, "topic": topic, "meaning": first_sentence(kind)}
        for topic, kinds in topics().items()
        for kind in kinds
    ]


def first_sentence(kind: type[Event]) -> str:
    """What a type of event says, in one sentence."""
    words = " ".join((kind.__doc__ or "").split())
    return re.split(r"(?<=\.)\s+(?=[A-Z`])", words, maxsplit=1)[0]


def blanks(kind: type[Event], taken: Collection[str]) -> list[Blank]:
    """The fields of a type: its own first, then those that every event has.

    `taken` are options that already mean something else: such a field is called after its type,
    like --granted-by for `by` of stay_granted.
    """
    return [_blank(kind, name, taken, kind.type.rpartition("_")[2]) for name in _names(kind)]


def corrections(kind: type[Event], taken: Collection[str]) -> list[Blank]:
    """What can be corrected in an event of a type: its fields, its source, its confidence.

    Where an option is taken, the field has `new` in front: --new-source.
    """
    fields = [_blank(kind, name, taken, "new") for name in _names(kind) if name != "target"]
    envelope = [
        Blank(name=name, option=f"--new-{name}", meaning=f"The right {name} of the event.")
        for name in ENVELOPE_FIELDS
        if name not in kind.model_fields
    ]
    return [*fields, *envelope]


def _names(kind: type[Event]) -> list[str]:
    common = Event.model_fields
    return [name for name in kind.model_fields if name not in common] + list(common)


def _blank(kind: type[Event], name: str, taken: Collection[str], before: str) -> Blank:
    info = kind.model_fields[name]
    option = f"--{name.replace('_', '-')}"
    if option in taken:
        option = f"--{before}-{name.replace('_', '-')}"
    inside = list(_inside(_whole(info)))
    choices = next((get_args(part) for part in inside if get_origin(part) is Literal), ())
    is_json = any(get_origin(part) is dict for part in inside)
    default = None if info.is_required() or not isinstance(info.default, str) else info.default
    short = next((word for part in inside for what, word in _SHORT if part == what), "TEXT")
    return Blank(
        name=name,
        option=option,
        meaning=described(kind).get(name, ""),
        choices=choices,
        metavar="JSON" if is_json else "WORD" if choices else short,
        is_required=info.is_required(),
        is_several=any(get_origin(part) is tuple for part in inside),
        is_flag=bool in inside,
        is_json=is_json,
        default=default,
    )


def _whole(info: FieldInfo) -> Any:
    """The type of a field as it was written; pydantic takes the outermost `Annotated` apart."""
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation


def _inside(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        if get_origin(kind) is not Literal:
            yield from _inside(part)


def filled(form: Iterable[Blank], given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, by name. Raises Malformed where one should be JSON and is not."""
    return {
        blank.name: read_json(given[blank.name], blank.option)
        if blank.is_json
        else given[blank.name]
        for blank in form
        if given.get(blank.name) is not None
    }


def read_json(text: str | bytes, where: str) -> Any:
    """What a JSON text says. Raises Malformed."""
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise Malformed(f"{where} is not JSON: {error}", field=where) from None


@contextmanager
def told_as_options(form: Sequence[Blank]) -> Iterator[None]:
    """Lets Malformed speak of options where it speaks of fields."""
    try:
        yield
    except Malformed as error:
        words = in_options(error.message, form)
        raise Malformed(words, hint=error.hint, **error.facts) from None


def in_options(message: str, form: Iterable[Blank]) -> str:
    """A message of the door with options in place of fields: --occurred-on for `occurred_on`."""
    options = {blank.name: blank.option for blank in form}
    names = "|".join(sorted(options, key=len, reverse=True))
    head = rf"(^|; )({names})(?:\.\d+)?(?=:|\.| is missing)"
    told = re.sub(head, lambda found: f"{found[1]}{options[found[2]]}", message)
    return re.sub(
        rf"did you mean ({names})\?", lambda found: f"did you mean {options[found[1]]}?", told
    )
