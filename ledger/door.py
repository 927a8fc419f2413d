"""The door: what a client proposes becomes an event that no later change of the world can alter.

Here, and only here, tables of currencies and of countries are asked, as `calendars` asks for
holidays; what the fold needs of it is stored in the event (`resolved`), and it never asks again.
"""

import os
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from events import words
from events.base import CATALOGUE, Event, money_in, number_in
from events.confidential import WHOLE, WITHIN, can_be_sealed
from events.money import Money
from events.record import ENVELOPE_FIELDS, EventCorrected, EventDisputed, PrivateErased
from events.versions import corrected
from ledger.clock import unix_millis
from ledger.errors import Malformed
from ledger.misfits import nearest
from ledger.misfits import told as told

IMPORT_NAMESPACE = uuid.UUID("7f3c1c52-6a0e-5d0b-9d9e-3a1f0f1f6b11")
"""Namespace of the ids of imported events: the same file gives the same ids. Never changed."""

CONFIDENCES = ("A", "B", "C", "D")

ALL = "all"
"""What a client says where all of an event is confidential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """An event as a client proposes it."""

    case_id: str
    event: Event
    event_id: str
    """UUID in lower case: proposing it again with the same content adds nothing."""
    source: str | None = None
    confidence: str | None = None
    caused_by: str | None = None
    confidential: tuple[str, ...] = ()
    """What of it the record holds only a seal of: see `sealed_places`."""


def new_id() -> str:
    """A new event id: UUID version 7, so that ids ascend with time (RFC 9562 §5.7)."""
    bits = (unix_millis() << 80) | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | (7 << 76)
    return str(uuid.UUID(int=bits & ~(0b11 << 62) | (0b10 << 62)))


def imported_id(case_id: str, type_name: str, key: str) -> str:
    """The id of an imported event: UUID version 5 of what names it in its file."""
    return str(uuid.uuid5(IMPORT_NAMESPACE, f"{case_id}/{type_name}/{key}"))


def proposed(
    case_id: str,
    type_name: str,
    fields: Mapping[str, Any],
    *,
    event_id: str | None = None,
    source: str | None = None,
    confidence: str | None = None,
    caused_by: str | None = None,
    confidential: Iterable[str] = (),
) -> Proposed:
    """An event from what somebody wrote. Raises Malformed: each field, its value, the cure."""
    if type_name not in CATALOGUE:
        raise Malformed(
            f"there is no type of event called {type_name!r}{nearest(type_name, CATALOGUE)}",
            hint="`caseledger types` lists them",
            field="type",
        )
    if type_name == PrivateErased.type:
        raise Malformed(
            "that a confidential value was erased is recorded by what erases it",
            hint="`caseledger erase POSITION --reason TEXT`",
            field="type",
        )
    _refuse_turning(fields)
    stated = dict(fields)
    if CATALOGUE[type_name].is_record and isinstance(stated.get("target"), str):
        # What is about an event names it by its id: a name that is none could never be found.
        stated["target"] = as_uuid("target", stated["target"])
    try:
        event = CATALOGUE[type_name].model_validate(stated)
    except ValidationError as error:
        raise Malformed(told(error, CATALOGUE[type_name]), type=type_name) from None
    _refuse_unknown_country(event)
    if event_id is not None:
        event_id = as_uuid("event_id", event_id)
    if confidence is not None and confidence not in CONFIDENCES:
        raise Malformed(
            f"confidence: {confidence!r} is not one of A (official), B (credible), C (weak) "
            "or D (not seen)",
            field="confidence",
        )
    return Proposed(
        case_id=as_case_id(case_id),
        event=event,
        event_id=event_id or new_id(),
        source=as_line("source", source) if source is not None else None,
        confidence=confidence,
        caused_by=as_uuid("caused_by", caused_by) if caused_by else None,
        confidential=sealed_places(event, confidential) if confidential else (),
    )


def erasure(case_id: str, target: str, erased: list[str], reason: str) -> Proposed:
    """The event that says which fields of another one were erased, and why. Raises Malformed."""
    _refuse_turning(reason, "reason")
    try:
        event = PrivateErased(target=target, erased=tuple(erased), reason=reason)
    except ValidationError as error:
        raise Malformed(told(error, PrivateErased), type=PrivateErased.type) from None
    return Proposed(case_id=case_id, event=event, event_id=new_id())


def _refuse_turning(value: Any, place: str = "") -> None:
    """Raises Malformed where text holds a character that turns the direction of writing.

    Here and not in the fields' own checks, by which recorded events are read as well.
    """
    if isinstance(value, str):
        if not value.isprintable() and (found := words.TURNING.search(value)):
            raise Malformed(
                f"{place}: contains the invisible character U+{ord(found[0]):04X}, which turns the "
                "direction of writing; remove it",
                field=place,
            )
    elif isinstance(value, Mapping):
        for name, inside in value.items():
            _refuse_turning(inside, place or str(name))
    elif isinstance(value, (list, tuple)):
        for inside in value:
            _refuse_turning(inside, place)


def _refuse_unknown_country(event: Event) -> None:
    """Raises Malformed for a country that there is not, nor was (ISO 3166-1, -3, as CLDR has them):
    no ceiling of the law and no holidays would be found for it."""
    for field in _country_fields(type(event)):
        code = getattr(event, field)
        if code and code[:2] not in _countries():
            hint = "the United Kingdom is GB" if code[:2] == "UK" else "FR, DE-HH and EU are such"
            raise Malformed(
                f"{field}: there is no country {code[:2]}",
                hint=f"use its code of ISO 3166: {hint}",
                field=field,
            )


@cache
def _country_fields(kind: type[Event]) -> tuple[str, ...]:
    return tuple(name for name in words.COUNTRY_FIELDS if name in kind.model_fields)


@cache
def _countries() -> frozenset[str]:
    from babel.core import get_global

    # Of its tables this one lists every place that has, or had, money of its own, and EU.
    return frozenset(get_global("territory_currencies")) - {"ZZ"}  # CLDR: unknown


def as_case_id(written: str) -> str:
    """The name of a case. Raises Malformed where it is empty, too long, or cannot be shown."""
    try:
        case_id = words.name(written)
    except ValueError as error:
        raise Malformed(f"the case id {error}", field="case_id") from None
    if len(case_id) > words.NAME_CHARACTERS_MAX:
        raise Malformed(
            f"the case id is longer than {words.NAME_CHARACTERS_MAX} characters", field="case_id"
        )
    return case_id


def as_line(field: str, written: str) -> str:
    """One line of printable text. Raises Malformed."""
    try:
        return words.line(written)
    except ValueError as error:
        raise Malformed(f"{field} {error}", field=field) from None


def as_uuid(field: str, written: str) -> str:
    """A UUID in its usual form. Raises Malformed."""
    try:
        return str(uuid.UUID(written))
    except ValueError:
        raise Malformed(f"{field}: {written!r} is not a UUID", field=field) from None


def check_correction(target: Event, correction: EventCorrected) -> Event:
    """The target as the correction makes it. Raises Malformed where that is no event."""
    for name in correction.changes:
        if name in ("type", "case_id", "event_id", "target"):
            raise Malformed(
                f"{name} cannot be corrected: withdraw the event and append it anew", field=name
            )
        if name not in ENVELOPE_FIELDS and name not in type(target).model_fields:
            near = nearest(name, type(target).model_fields)
            raise Malformed(f"{target.type} has no field {name!r}{near}", field=name)
    confidence = correction.changes.get("confidence")
    if confidence is not None and confidence not in CONFIDENCES:
        raise Malformed(f"confidence: {confidence!r} is not A, B, C or D", field="confidence")
    try:
        right = corrected(target, correction.changes)
    except ValidationError as error:
        raise Malformed(told(error, type(target)), type=target.type) from None
    _refuse_unknown_country(right)
    return right


def sealed_places(event: Event, names: Iterable[str]) -> tuple[str, ...]:
    """Where the record seals what a client calls confidential: fields of the event, or `all`.

    Of a correction, a name means the field that it corrects. Raises Malformed for a field that the
    event does not have, or that the case cannot do without.
    """
    found = sorted({_place(event, name.replace("-", "_")) for name in names})
    return (WHOLE,) if WHOLE in found else tuple(found)


def _place(event: Event, name: str) -> str:
    if name == ALL:
        if isinstance(event, PrivateErased):
            raise Malformed("what was erased, and why, is told in the open", field=name)
        return WHOLE
    if isinstance(event, EventCorrected) and isinstance(
        right := event.changes.get(name), str | list
    ):
        _refuse_several(name, right)
        return WITHIN + name
    if getattr(event, name, None) is None or name not in type(event).model_fields:
        raise Malformed(
            f"confidential: the {event.type} has no {name}", hint="name a field that you give"
        )
    if not can_be_sealed(type(event), name):
        raise _rests_on(name)
    _refuse_several(name, getattr(event, name))
    return name


def _refuse_several(name: str, value: Any) -> None:
    """Raises Malformed where a field that is to be sealed has more than one value."""
    if isinstance(value, tuple | list) and len(value) > 1:
        raise Malformed(
            f"confidential: {name} has {len(value)} values, and the case rests on how many",
            hint=f"record an event for each, or seal the whole event: `{ALL}`",
            field=name,
        )


def check_confidential(
    hidden: Collection[str], event: Event, marked: Collection[str], target: Event | None
) -> None:
    """Raises Malformed where an event would tell in the open what its target seals (`hidden`), or
    keep from the public what changes a public event, or what the case rests on. `marked` is what
    the event itself seals; `target` the event that it is about in the end."""
    if WHOLE in marked:
        raise Malformed(
            f"the {event.type} is about an event that is not confidential, so it cannot be either",
            hint="seal a field of it, such as `reason`",
        )
    for place in marked:
        name = place.removeprefix(WITHIN)
        if (
            place != name
            and name != "source"
            and not (target and can_be_sealed(type(target), name))
        ):
            raise _rests_on(name)
    for place, name in _told_of_target(event):
        if name in hidden and place not in marked:
            raise Malformed(
                f"{name} of that event is confidential: seal it here too",
                hint=f"`--confidential {place.removeprefix(WITHIN)}`"
                if place
                else "withdraw that correction, and record it anew with what it seals",
                field=name,
            )


def _told_of_target(event: Event) -> Iterator[tuple[str, str]]:
    """The fields of its target that an event tells, each with the place where it could be sealed;
    that of a correction of a correction is empty."""
    if isinstance(event, EventDisputed):
        yield "other_value", event.field
    if isinstance(event, EventCorrected):
        for name, right in event.changes.items():
            if isinstance(right, dict):
                yield from (("", inner) for inner in right)
            elif right is not None:
                yield WITHIN + name, name


def _rests_on(name: str) -> Malformed:
    return Malformed(
        f"confidential: {name} cannot be sealed by itself, the case rests on it",
        hint=f"seal the whole event: `{ALL}`",
        field=name,
    )


def digits_of(*events: Event) -> dict[str, int]:
    """Decimals of every currency that the events name (ISO 4217).

    Raises Malformed for a currency that does not exist, or more decimals than it has.
    """
    found: dict[str, int] = {}
    for event in events:
        for money in money_in(event):
            found[money.currency] = _digits(money)
    return found


def _digits(money: Money) -> int:
    digits = decimals(money.currency)
    if digits is None:
        raise Malformed(
            f"{money}: there is no currency {money.currency}",
            hint="use its code of ISO 4217, like EUR, GBP or JPY",
        )
    # Trailing zeros count: whether 20.000 EUR is twenty or twenty thousand, nobody can tell.
    written = -int(money.number.as_tuple().exponent)
    if written > digits:
        raise Malformed(
            f"{money.number} {money.currency} has {written} decimals; the currency has {digits}",
            hint=_fewer_decimals(money, written, digits),
        )
    try:
        money.minor(digits)
    except ValueError as error:
        raise Malformed(str(error)) from None
    return digits


def _fewer_decimals(money: Money, written: int, digits: int) -> str:
    """What to write instead: a point parts thousands only between one to three digits and three."""
    fewer = f"give {f'at most {digits}' if digits else 'none'}"
    if written != 3 or not 1 <= money.number < 1000:
        return f"the point begins the decimals: {fewer}"
    grouped = f"{int(str(money.number).replace('.', '')):,}"
    return (
        f"if the point parts thousands, write {grouped} {money.currency}; "
        f"if it begins the decimals, {fewer}"
    )


@cache
def decimals(currency: str) -> int | None:
    """How many decimals a currency has (ISO 4217: EUR 2, JPY 0, KWD 3); None if there is none."""
    from iso4217 import Currency

    try:
        return Currency(currency).exponent
    except ValueError:
        pass
    # ISO 4217 drops a currency that is no longer in use (DEM, FRF); CLDR keeps it.
    from babel.numbers import get_currency_precision, list_currencies

    known = currency in list_currencies() and not currency.startswith("X")
    return get_currency_precision(currency) if known else None


class Numbers:
    """The numbers that references like F1, F2, … have used in a case, by prefix."""

    def __init__(self, told: Iterable[tuple[Event, Mapping[str, str]]]) -> None:
        """`told` are the events of the case, each with the references assigned to it."""
        self._last: dict[str, int] = {}
        for event, refs in told:
            self.note(event, refs)

    def note(self, event: Event, refs: Mapping[str, str]) -> None:
        """Count the references that an event gives, and those that were assigned to it: to fields
        of its own, to those that it corrects, or to those that it does not tell."""
        for name, prefix in event.assigned.items():
            self._count(getattr(event, name) or "", prefix)
        for ref in refs.values():
            self._count(ref, ref.rstrip("0123456789"))

    def _count(self, ref: str, prefix: str) -> None:
        self._last[prefix] = max(self._last.get(prefix, 0), number_in(ref, prefix))

    def assign(self, event: Event, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """References for the fields that the client left out: those that are known, else the next
        number of each kind."""
        refs = {
            name: (known or {}).get(name) or f"{prefix}{self._last.get(prefix, 0) + 1}"
            for name, prefix in event.unassigned().items()
        }
        self.note(event, refs)
        return refs
