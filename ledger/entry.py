"""An event as it is given to the ledger, and as it stands in the record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import orjson


@dataclass(frozen=True, slots=True)
class Draft:
    """An event as it is given to the ledger, before it has its place there."""

    event_id: str
    """UUID in lower case: appending the same id twice is refused."""
    case_id: str
    type: str
    schema_version: int
    """Version of the fields of that type, from 1."""
    occurred_on: str | None
    """Legal date, of any precision; None if unknown."""
    recorded_by: str | dict[str, str]
    """Who records it; the seal of the name where it is confidential."""
    source: str | None = None
    confidence: str | None = None
    """A to D; None if nobody said."""
    caused_by: str | None = None
    """event_id of the event that led to it."""
    corrects: str | None = None
    """event_id of the event that it corrects or withdraws."""
    data: dict[str, Any] = field(default_factory=dict)
    """What the client said."""
    resolved: dict[str, Any] = field(default_factory=dict)
    """What was computed at the door."""

    def placed(self, position: int) -> "Entry":
        """The entry that it will be at a position, as far as the fold of its case asks."""
        return Entry(
            position=position,
            event_id=self.event_id,
            case_id=self.case_id,
            version=0,
            type=self.type,
            schema_version=self.schema_version,
            occurred_on=self.occurred_on,
            recorded_at="",
            recorded_by="",
            source=self.source,
            confidence=self.confidence,
            caused_by=self.caused_by,
            corrects=self.corrects,
            data=self.data,
            resolved=self.resolved,
            nonce="",
            seals=seals_of({"data": self.data}, {*self.resolved.get("sealed", ())} - {CLERK}),
        )


class Entry(NamedTuple):
    """An event as it stands in the record."""

    position: int
    """Place in the ledger, from 1."""
    event_id: str
    case_id: str
    version: int
    """Place in the case, from 1."""
    type: str
    schema_version: int
    occurred_on: str | None
    recorded_at: str
    """UTC instant to the microsecond."""
    recorded_by: str
    """Who recorded it; where the name is sealed, the role in its place."""
    source: str | None
    confidence: str | None
    caused_by: str | None
    corrects: str | None
    data: dict[str, Any]
    resolved: dict[str, Any]
    nonce: str
    seals: Mapping[str, str] = {}
    """What it seals: seals in hex, by place."""


FIELDS = Entry._fields[1:-1]
"""The fields of an entry. The position is not among them."""

COLUMNS = FIELDS[: FIELDS.index("data")]
"""Those that are columns of the table as well."""

_POSITION_DIGITS_MAX = 18
"""So that it is a number for SQLite too."""

CLERK = "recorded_by"
"""The field that names who recorded an event, and its place where the name is sealed."""

_fields_of = itemgetter(*FIELDS)
_NONE: dict[str, str] = {}


def is_position(written: str) -> bool:
    """Whether a text is a number that a position, or a version, can be."""
    return written.isascii() and written.isdecimal() and len(written) <= _POSITION_DIGITS_MAX


def decoded(position: int, entry: bytes) -> Entry:
    """An entry from its stored bytes. Raises ValueError, KeyError or TypeError if they are none."""
    fields = orjson.loads(entry)
    resolved = fields["resolved"]
    places = resolved.get("sealed") if type(resolved) is dict else None
    seals = seals_of(fields, places) if places else _NONE
    if type(fields[CLERK]) is dict:
        fields[CLERK] = resolved["role"]
    return Entry._make((position, *_fields_of(fields), seals))


def seals_of(fields: Mapping[str, Any], places: Iterable[str]) -> dict[str, str]:
    """The seals at places of an entry that it names itself. Raises KeyError or TypeError where it
    has none there."""
    found = {}
    for place in places:
        holder = fields if place in ("data", CLERK) else fields["data"]
        for name in place.split("."):
            holder = holder[name]
        found[place] = str(holder["sealed"])
    return found
