"""What a case must come to, as it is written at the end of a case file.

    expect:
      - as_of: 2022-03-01         # left out: all that occurred
        known_at: order           # the id of an event: up to and with it; or a position, or an
                                  # instant; left out: all that is known
        that:
          cases.stage: decided
          deadlines.D1.status: missed
          fines.SAN-2022-019/Clearview AI, Inc..balance: 20000000 EUR
          fines.SAN-2022-019.enforceable: true
          referrals.1.to_body: restricted committee
        none: [anomalies, fines.F2]

A place is table, ref and column, split at the first and the last dot. Of a ref of several parts the
first will do where it means one row. Rows whose key is a position, or who have no key, are counted
in the order in which they came to be: `referrals.1`. The case's own row needs no ref. Money is
written with its currency, in the column's name without `_minor`. `none` names tables, or
rows, that must not be there.

A file whose case does not come to that is refused. Where the ledger holds further events of the
case, which the file cannot know, the difference is only told.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from events.case import Case
from events.dates import full
from events.money import Money
from events.published import TABLES, Row
from ledger.yamlfile import Reading, line_of, nearest

_KEYS = ("as_of", "known_at", "that", "none")
_KNOWN_AT = re.compile(r"\d{1,15}|\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a case must come to: as of a day, and by what was known at a moment."""

    file: str
    line: int
    as_of: str | None = None
    known_at: str | None = None
    """A position or an instant; None where all that is known counts, or `known_with` says."""
    known_with: str | None = None
    """event_id of the last event that counts as known."""
    that: Mapping[str, Any] = field(default_factory=dict)
    """Values by place: text, True, False or None."""
    none: tuple[str, ...] = ()
    """Tables, and rows as table.ref, that must not be there."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of each place in the file."""


def split(place: str) -> tuple[str, str, str]:
    """Table, ref and column of a place. The ref is empty in `cases.stage`."""
    table, _, rest = place.partition(".")
    ref, _, column = rest.rpartition(".")
    return table, ref, column


def expectation(
    reading: Reading, node: yaml.Node, named: Callable[[str], list[str]]
) -> Expectation:
    """One entry of `expect`; `named` gives the event_ids that an id may mean. Raises Malformed."""
    parts = reading.mapping(node, "an expectation", _KEYS)
    as_of = known_at = known_with = None
    if "as_of" in parts:
        try:
            as_of = full(reading.word(parts["as_of"], "as_of"))
        except ValueError as error:
            reading.wrong(parts["as_of"], f"as_of: {error}")
    if "known_at" in parts:
        known_at = reading.word(parts["known_at"], "known_at")
        events = named(known_at)
        if len(events) == 1:
            known_at, known_with = None, events[0]
        elif events or not _KNOWN_AT.fullmatch(known_at):
            reading.wrong(
                parts["known_at"],
                f"known_at: {known_at!r} means {'several events' if events else 'no event'} of the "
                "case; give the id of one, a position, or an instant like 2022-11-01T09:00:00Z",
            )
    that = reading.mapping(parts["that"], "that") if "that" in parts else {}
    none = reading.sequence(parts["none"], "none") if "none" in parts else []
    for place, part in that.items():
        _check(reading, part, place)
    absent = tuple(reading.word(part, "none") for part in none)
    for part, table in zip(none, absent, strict=True):
        _check_table(reading, part, table.partition(".")[0])
    if not (that or none):
        reading.wrong(node, "nothing is expected here; give `that:` or `none:`")
    return Expectation(
        file=reading.file,
        line=line_of(node),
        as_of=as_of,
        known_at=known_at,
        known_with=known_with,
        that={place: reading.value(part) for place, part in that.items()},
        none=absent,
        lines={place: line_of(part) for place, part in that.items()},
    )


def _check(reading: Reading, node: yaml.Node, place: str) -> None:
    """Let a place through that names a table and a column of it."""
    table, ref, column = split(place)
    _check_table(reading, node, table)
    columns = TABLES[table].columns
    if not ref and table != "cases":
        reading.wrong(node, f"{place}: a place is table, ref and column, like orders.O1.status")
    if column not in columns and f"{column}_minor" not in columns:
        cure = nearest(column, columns) or f"; its columns are {', '.join(columns)}"
        reading.wrong(node, f"{place}: {table} has no column {column!r}{cure}")


def _check_table(reading: Reading, node: yaml.Node, table: str) -> None:
    if table not in TABLES:
        cure = nearest(table, TABLES) or f"; there are {', '.join(TABLES)}"
        reading.wrong(node, f"there is no table {table!r}{cure}")


def unmet(case: Case, expected: Expectation) -> list[str]:
    """What is expected of a case and is not so, a sentence each. The case must be the one as of
    the day, and by the knowledge, that the expectation names."""
    when = f" as of {expected.as_of}" if expected.as_of else ""
    problems = []
    for place, value in expected.that.items():
        table, ref, column = split(place)
        found = _found(case, table, ref)
        where = f"{expected.file}, line {expected.lines.get(place, expected.line)}: {place}"
        if len(found) != 1:
            known = ", ".join(_rows(case, table)) or "none"
            words = "means several rows" if found else "is not there"
            problems.append(f"{where} {words}{when}; the rows of {table} are: {known}")
        elif not _is(found[0], column, value):
            stands = _stands(found[0], column, value)
            problems.append(f"{where} should be {_shown(value)}{when}, and is {stands}")
    for name in expected.none:
        table, _, ref = name.partition(".")
        if there := _found(case, table, ref):
            refs = ", ".join(row.ref for row in there)
            problems.append(
                f"{expected.file}, line {expected.line}: there should be no {name}{when}, "
                f"and there is {refs}"
            )
    return problems


def _rows(case: Case, table: str) -> dict[str, Row]:
    """Rows of a table as places name them."""
    if table == "cases":
        return {case.case_id: case.row}
    rows, key = case.rows.get(table, {}), TABLES[table].key
    if key and key[0] != "position":
        return dict(rows)
    return {str(count): row for count, row in enumerate(rows.values(), start=1)}


def _found(case: Case, table: str, ref: str) -> list[Row]:
    """The rows that a ref means: one by its whole key, else those whose key begins with it."""
    rows = _rows(case, table)
    if not ref:
        return list(rows.values())
    if ref in rows:
        return [rows[ref]]
    return [row for key, row in rows.items() if key.startswith(f"{ref}/")]


def _money(row: Row, column: str) -> Money | None:
    """An amount of a row; None where none stands there. It may lie below zero, unlike others."""
    minor = getattr(row, f"{column}_minor")
    if minor is None:
        return None
    currency = getattr(row, f"{column}_currency", None) or getattr(row, "currency", None)
    return Money(Decimal(minor).scaleb(-getattr(row, "digits", 0)), str(currency))


def _is(row: Row, column: str, value: Any) -> bool:
    """Whether a column of a row has the value that a case file expects."""
    if column not in row.columns:
        stands = _money(row, column)
        return stands is value if stands is None or value is None else _same(stands, str(value))
    stands = getattr(row, column)
    if isinstance(stands, bool):
        return stands is value or str(int(stands)) == value
    return stands is value if stands is None or value is None else str(stands) == value


def _same(stands: Money, written: str) -> bool:
    sign = -1 if written.startswith("-") else 1
    try:
        money = Money.parse(written.removeprefix("-"))
    except ValueError:
        return False
    return (money.number * sign, money.currency) == (stands.number, stands.currency)


def _stands(row: Row, column: str, value: Any) -> str:
    return _shown(getattr(row, column) if column in row.columns else _money(row, column))


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    return str(value).lower() if isinstance(value, bool) else str(value)
