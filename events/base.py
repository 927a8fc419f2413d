"""What every event has in common, and the catalogue of all of them.

A type of event is one class in one place: its fields with their meaning, what it objects to,
what it doubts, what it does to the case, and how its older versions are read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict

from events.case import Case
from events.dates import PartialDate, earliest
from events.money import Money
from events.words import Line, Ref

_NUMBER_DIGITS_MAX = 9

CATALOGUE: dict[str, type["Event"]] = {}
"""Every type of event by its name, in the order in which a case lives them."""


class UnknownType(ValueError):
    """A stored event has a type or a version that this program does not know."""


class Oddity(NamedTuple):
    """Something about an event that contradicts the case."""

    code: str
    message: str


class Target(NamedTuple):
    """An event of the case that another event is about."""

    position: int
    event: "Event"
    """The event as corrected."""
    withdrawn_since: int | None = None
    """Position of the first withdrawal of it that stands."""
    refs: Mapping[str, str] = {}
    """References assigned to it, by field."""


@dataclass(slots=True)
class Moment:
    """One application of an event: where it stands, and what was settled when it was appended."""

    position: int
    on: str | None
    """Legal date of the event, of any precision; None where none is known."""
    as_of: str | None = None
    """The day as of which the case is told; later dates are not shown."""
    refs: Mapping[str, str] = field(default_factory=dict)
    """References assigned to it, by field."""
    digits: Mapping[str, int] = field(default_factory=dict)
    """Decimals of the currencies it names."""
    targets: Mapping[str, "Target"] = field(default_factory=dict)
    """Events of the case by id."""
    source: str | None = None
    confidence: str | None = None

    def minor(self, money: Money) -> int:
        """Money in minor units of its currency."""
        return int(money.number.scaleb(self.digits[money.currency]))

    def seen(self, day: str | None) -> str | None:
        """A date, or None where it lies after the day as of which the case is told."""
        return day if day and (self.as_of is None or earliest(day) <= self.as_of) else None


class Event(BaseModel):
    """A fact of a case."""

    # What fields mean is read from the source where somebody asks (`published.described`). Pydantic
    # can read it here, but then each process does, and spends a quarter of its time on that.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    type: ClassVar[str]
    schema_version: ClassVar[int]
    assigned: ClassVar[Mapping[str, str]] = {}
    """Fields whose reference is assigned in order where it is left out, with its prefix."""
    is_record: ClassVar[bool] = False
    """Whether it is about another event and not about the world; `target` is that event's id."""

    corrects_target: ClassVar[bool] = False
    """Whether `target` is kept in the column `corrects` of the record, and not in `data`."""

    occurred_on: PartialDate | None = None
    """Legal date of the fact: 2022-10-17, or 2022-10 or 2022 if less is known."""
    decided_on: PartialDate | None = None
    """Date of the decision, where it differs."""
    notified_on: PartialDate | None = None
    """Date on which it was served."""
    published_on: PartialDate | None = None
    """Date on which it was made public."""
    document: Line | None = None
    """Number of the document: decision number, ECLI, case number."""

    def __init_subclass__(
        cls,
        *,
        name: str = "",
        version: int = 1,
        assigned: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if not name:
            return
        if assigned:
            cls.assigned = assigned
        assert name not in CATALOGUE, f"two classes are called {name}"
        for older in range(1, version):
            assert hasattr(cls, f"from_v{older}"), f"{name} cannot read its version {older}"
        cls.type, cls.schema_version = name, version
        CATALOGUE[name] = cls

    @property
    def happened_on(self) -> str | None:
        """Legal date by which the event is ordered: `occurred_on`, else the earliest other date."""
        if self.occurred_on:
            return self.occurred_on
        others = [d for d in (self.decided_on, self.notified_on, self.published_on) if d]
        return min(others, key=earliest, default=None)

    def unassigned(self) -> dict[str, str]:
        """Fields that need a reference assigned, with the prefix of each."""
        return {name: prefix for name, prefix in self.assigned.items() if not getattr(self, name)}

    def ref(self, name: str, at: Moment) -> str:
        """A reference as given, or as assigned when the event was appended."""
        given = getattr(self, name)
        return str(given) if given else at.refs[name]

    def dates(self, at: Moment) -> dict[str, Any]:
        """The dates of the document as seen from `at`, for the row that the event makes."""
        return {
            "decided_on": at.seen(self.decided_on),
            "notified_on": at.seen(self.notified_on),
            "published_on": at.seen(self.published_on),
        }

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        """Why the event cannot be applied to the case as it stood before it."""
        return iter(())

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        """What is odd about the event in the case as it stood before it."""
        return iter(())

    def apply(self, case: Case, at: Moment) -> None:
        """Change the case. Called only where there was no objection; must not fail."""

    def summary(self, at: Moment) -> str:
        """The event in one line, for timelines."""
        return spoken_type(self.type).capitalize()


def spoken_type(name: str) -> str:
    """The name of a type as a sentence has it: `fine imposed`."""
    return name.replace("_", " ")


def kind_of(type_name: str) -> type[Event]:
    """The class of a type. Raises UnknownType where this program does not know it."""
    kind = CATALOGUE.get(type_name)
    if kind is None:
        raise UnknownType(f"this version of caseledger does not know events of type {type_name!r}")
    return kind


def load(type_name: str, schema_version: int, data: Mapping[str, Any]) -> Event:
    """An event from the record, lifted to the newest version of its type.

    Raises UnknownType where this program is too old for it, and pydantic's ValidationError
    where `data` is not an event of that type.
    """
    kind = kind_of(type_name)
    if not 1 <= schema_version <= kind.schema_version:
        raise UnknownType(
            f"this version of caseledger reads {type_name} up to version {kind.schema_version}, "
            f"not version {schema_version}"
        )
    stored = dict(data)
    for older in range(schema_version, kind.schema_version):
        stored = getattr(kind, f"from_v{older}")(stored)
    return kind.model_validate(stored)


def several(value: object) -> object:
    """Let one value stand for a list of one."""
    return value if isinstance(value, (list, tuple)) else (value,)


Refs = Annotated[
    tuple[Ref, ...], BeforeValidator(several, json_schema_input_type=tuple[Ref, ...] | Ref)
]
"""Several references; a single one may be given as it is."""

Lines = Annotated[
    tuple[Line, ...], BeforeValidator(several, json_schema_input_type=tuple[Line, ...] | Line)
]
"""Several lines of text; a single one may be given as it is."""


def money_in(value: Any) -> Iterator[Money]:
    """Every amount of money inside an event."""
    if isinstance(value, Money):
        yield value
    elif isinstance(value, BaseModel):
        for inside in vars(value).values():
            if inside is not None and type(inside) is not str:
                yield from money_in(inside)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from money_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from money_in(item)


def number_in(ref: str, prefix: str) -> int:
    """The number in a reference like F12, or 0."""
    digits = ref.removeprefix(prefix)
    fits = len(digits) < len(ref) and len(digits) <= _NUMBER_DIGITS_MAX
    return int(digits) if fits and digits.isascii() and digits.isdecimal() else 0
