"""Histories that a lawyer can read, and what they come to.

    case = case_of(
        '''
        fine:    2022-10-17 fine_imposed fine=F1 amount="100 EUR"
                 2022-11-01 payment_received fine=F1 amount="40 EUR"
        -        - event_corrected target=fine changes.amount="90 EUR"
        '''
    )
    assert then(case, "fines.F1.balance = 50 EUR") == []

A line is a name (or none, or -), a legal date (or - for none), a type, and its fields. A field that
stands twice is a list. Every history begins with the opening of a case of the CNIL under the GDPR
(position 1) and its respondent X (position 2), unless told otherwise.
"""

import re
import shlex
from collections.abc import Iterable
from typing import Any

from events.base import CATALOGUE
from events.case import Case
from events.history import fold
from events.rows import Anomaly
from events.versions import event_of
from ledger.calendars import due
from ledger.door import Numbers, digits_of
from ledger.entry import Entry
from ledger.expectations import Expectation, unmet
from ledger.seal import canonical

OPENED = """
opening: 2020-01-01 case_opened title=T authority=CNIL jurisdiction=FR regime=GDPR
party: 2020-01-01 party_joined name=X
"""

_NAMED = re.compile(r"\s*(?:(?P<name>[\w-]+):|-(?=\s+(?:-|\d))|)\s*(?P<rest>.*)")
_FLAGS = {"true": True, "false": False, "null": None}
_PERIODS_MAX = 50


def entries(text: str, *, opened: bool = True) -> list[Entry]:
    """The events of a history, as a ledger that holds nothing else would record them."""
    lines = [line for line in (OPENED * opened + text).splitlines() if line.strip()]
    found: list[Entry] = []
    ids: dict[str, str] = {}
    for position, line in enumerate(lines, start=1):
        match = _NAMED.fullmatch(line)
        assert match
        day, type_name, *words = shlex.split(match["rest"])
        ids[match["name"] or f"#{position}"] = f"id-{position}"
        fields = _fields(words, ids)
        if day != "-":
            fields["occurred_on"] = day
        found.append(entry(position, type_name, fields))
    return resolved(found)


def _fields(words: Iterable[str], ids: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for word in words:
        name, _, written = word.partition("=")
        value: Any = _FLAGS.get(written, written)
        if name == "target":
            value = ids.get(written, written)
        if name.startswith("changes."):
            fields.setdefault("changes", {})[name.removeprefix("changes.")] = value
        elif name in fields:
            before = fields[name]
            fields[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            fields[name] = value
    return fields


def entry(position: int, type_name: str, fields: dict[str, Any], version: int = 0) -> Entry:
    """An event in the record, with nothing resolved yet. `version` 0 is the newest of its type."""
    fields = dict(fields)
    envelope = {name: fields.pop(name, None) for name in ("source", "confidence")}
    kind = CATALOGUE[type_name]
    if version in (0, kind.schema_version):
        event = kind.model_validate(fields)
        fields = event.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return Entry(
        position=position,
        event_id=f"id-{position}",
        case_id="case",
        version=position,
        type=type_name,
        schema_version=version or kind.schema_version,
        occurred_on=fields.pop("occurred_on", None),
        recorded_at="2026-01-01T00:00:00.000000Z",
        recorded_by="clerk",
        caused_by=None,
        corrects=fields.pop("target") if kind.corrects_target else None,
        data=fields,
        resolved={},
        nonce="",
        **envelope,
    )


def text_of(entry: Entry) -> str:
    """The text of an entry as the record holds it, made anew from its fields."""
    fields = entry._asdict()
    del fields["position"], fields["seals"]
    return canonical(fields)


def resolved(found: list[Entry]) -> list[Entry]:
    """Events with what the door settles: references, decimals of currencies, last days."""
    numbers = Numbers(())
    by_id = {one.event_id: one for one in found}
    for one in found:
        event = event_of(one)
        one.resolved["refs"] = numbers.assign(event)
        one.resolved["digits"] = digits_of(event)
        changes = one.data.get("changes", {}) if one.corrects in by_id else {}
        if money := [value for value in changes.values() if _MONEY.fullmatch(str(value))]:
            one.resolved["digits"] = {str(value)[-3:]: 2 for value in money}
    for _ in range(_PERIODS_MAX):
        wanted = fold("case", found).wanted
        if not wanted:
            return found
        for key in wanted:
            found[-1].resolved.setdefault("due", []).append(due(key))
    raise AssertionError("the deadlines wait for each other in a circle")


_MONEY = re.compile(r"[\d.,]+ [A-Z]{3}")


def case_of(
    text: str, *, as_of: str | None = None, known_at: int | None = None, opened: bool = True
) -> Case:
    """What a history comes to: as of a day, and by what was known at a position."""
    found = entries(text, opened=opened)
    return fold("case", found[:known_at], as_of)


def then(case: Case, text: str) -> list[str]:
    """What a case should come to and does not, a sentence each. A line is a place and its value,
    parted by ` = `, or `none:` and a table or row that must not be there."""
    that: dict[str, Any] = {}
    none = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("none:"):
            none.append(line.removeprefix("none:").strip())
        else:
            place, _, written = line.partition(" = ")
            that[place.strip()] = _FLAGS.get(written.strip(), written.strip())
    expected = Expectation(file="then", line=1, that=that, none=tuple(none))
    return unmet(case, expected)


def odd(case: Case) -> list[str]:
    """Codes of what is odd about a case."""
    return [row.code for row in case.of(Anomaly).values()]


def not_applied(case: Case) -> list[str]:
    """Codes of what could not be applied."""
    return [row.code for row in case.of(Anomaly).values() if not row.applied]


def admitted(case: Case) -> list[str]:
    """Codes of what is odd but was applied."""
    return [row.code for row in case.of(Anomaly).values() if row.applied]
