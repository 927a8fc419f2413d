"""An event as it is given to the ledger, and as it stands in the record."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from ledger.errors import Malformed
from ledger.seal import canonical_bytes


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
            recorded_by=self.recorded_by if isinstance(self.recorded_by, str) else "",
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
_KINDS = {
    "version": int,
    "schema_version": int,
    "event_id": str,
    "case_id": str,
    "type": str,
    "recorded_at": str,
    "data": dict,
    "resolved": dict,
    "nonce": str,
}
_DIGITS_MAX = 9
_RESOLVED: Mapping[str, Callable[[Any], bool]] = {
    "refs": lambda refs: type(refs) is dict and _are(str, refs.values()),
    "digits": lambda digits: (
        type(digits) is dict
        and _are(int, digits.values())
        and all(0 <= one <= _DIGITS_MAX for one in digits.values())
    ),
    "due": lambda due: type(due) is list and _are(dict, due),
    "occurred_on": lambda day: type(day) is str,
    "role": lambda role: type(role) is str and role != "",
    "sealed": lambda places: type(places) is list and _are(str, places),
}
"""How what was settled at the door looks, as far as readers rely on it."""


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
    """The seals, in hex, at those places of an entry where there is one."""
    return {place: seal for place in places if (seal := seal_at(fields, place))}


def parsed(entry: bytes) -> dict[str, Any] | None:
    """The fields of an entry; None if its bytes are not those that the record writes."""
    try:
        fields = orjson.loads(entry)
        if not isinstance(fields, dict) or fields.keys() != set(FIELDS):
            return None
        if any(type(fields[name]) is not kind for name, kind in _KINDS.items()):
            return None
        # Names that stand twice, other spellings of a number and the like do not survive this.
        return fields if canonical_bytes(fields) == entry else None
    except (ValueError, Malformed):
        return None


def faults(fields: Mapping[str, Any]) -> Iterator[str]:
    """What no ledger writes in what it adds to an event itself: what was settled, and the seals."""
    resolved = fields["resolved"]
    wrong = [
        name for name, fits in _RESOLVED.items() if name in resolved and not fits(resolved[name])
    ]
    yield from (f"its resolved {name} is not as a ledger writes it" for name in wrong)
    for place in resolved.get("sealed", ()) if "sealed" not in wrong else ():
        if not re.fullmatch("[0-9a-f]{64}", seal_at(fields, place) or ""):
            yield f"it says that {place} is sealed, and there is no seal"
    if type(fields[CLERK]) is dict and "role" not in resolved:
        yield f"its {CLERK} is sealed, and no role stands in its place"


def seal_at(fields: Mapping[str, Any], place: str) -> str | None:
    """The seal, in hex, at one of the places that an entry names; None where there is none."""
    holder: Any = fields if place in ("data", CLERK) else fields["data"]
    for name in (*place.split("."), "sealed"):
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder if isinstance(holder, str) else None


def _are(kind: type, values: Any) -> bool:
    return all(type(one) is kind for one in values)
