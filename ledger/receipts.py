"""What an event did to its case, as values and as people read it at a terminal."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from events.case import Case
from events.published import Row
from events.rows import Anomaly, Step
from ledger.appending import Receipt
from ledger.printing import flags, money

_TOLD_APART = {"history", "anomalies", "fine_respondents"}
"""Tables whose rows follow from others, or are told in other words."""

_NOT_TOLD = {
    "currency",
    "digits",
    "turnover_currency",
    "open_anomalies",
    "due_on_computed",
    "due_on_stated",
}
"""Columns that say nothing beside the others."""

_PROSE = {"explained", "ceiling_basis"}
"""Columns of which only the new sentence is told."""


class Difference(NamedTuple):
    """One published value that is another one than before."""

    table_name: str
    ref: str
    field: str
    old_value: Any
    """None where nothing stood there."""
    new_value: Any
    """None where nothing stands there any more."""


def differences(before: Case | None, after: Case) -> list[Difference]:
    """Every published value of a case that differs from what it was; all of a new case."""
    old, new = _rows(before), _rows(after)
    return [
        Difference(
            table,
            ref,
            name,
            _value(old.get((table, ref)), name),
            _value(new.get((table, ref)), name),
        )
        for table, ref in dict.fromkeys([*new, *old])
        for name in (new.get((table, ref)) or old[table, ref]).columns
        if _value(old.get((table, ref)), name) != _value(new.get((table, ref)), name)
    ]


def _rows(case: Case | None) -> dict[tuple[str, str], Row]:
    if case is None:
        return {}
    found = {
        (table, ref): row
        for table, rows in case.rows.items()
        if table != Step.table
        for ref, row in rows.items()
    }
    return {**found, ("cases", case.case_id): case.row}


def _value(row: Row | None, name: str) -> Any:
    value = getattr(row, name, None)
    return int(value) if isinstance(value, bool) else value


def receipt_json(receipt: Receipt, before: Case | None, after: Case, *, dry_run: bool) -> Any:
    """What became of one event, for programs."""
    entry = receipt.entry
    return {
        "position": entry.position,
        "case_id": entry.case_id,
        "version": entry.version,
        "type": entry.type,
        "event_id": entry.event_id,
        "occurred_on": entry.occurred_on,
        "recorded_at": entry.recorded_at,
        "recorded_by": entry.recorded_by,
        "summary": receipt.summary,
        "recorded": not dry_run and not receipt.is_duplicate,
        "duplicate": receipt.is_duplicate,
        "changes": [found._asdict() for found in differences(before, after)],
        "oddities": [{"code": odd.code, "message": odd.message} for odd in receipt.oddities],
        "follow_ups": [
            {"position": one.position, "type": one.type, "event_id": one.event_id}
            for one in receipt.follow_ups
        ],
    }


def receipt_lines(receipt: Receipt, before: Case | None, after: Case) -> list[str]:
    """What became of one event: a line for it, then what it changed, what is odd, what followed."""
    entry, steps = receipt.entry, after.of(Step)
    told = [
        f"{one.position}  {one.case_id}  {one.version}  {one.type}  {summary}"
        for one, summary in [
            (entry, receipt.summary),
            *((one, steps[str(one.position)].summary) for one in receipt.follow_ups),
        ]
    ]
    return [
        told[0],
        *_changed(before, after),
        *(f"  odd: {odd.message}" for odd in receipt.oddities),
        *(f"  no longer odd: {row.message}" for row in _healed(before, after)),
        *told[1:],
    ]


def _healed(before: Case | None, after: Case) -> list[Anomaly]:
    stand = after.of(Anomaly)
    return [row for ref, row in before.of(Anomaly).items() if ref not in stand] if before else []


def _changed(before: Case | None, after: Case) -> Iterator[str]:
    """A line for each row that is not as it was, the case's own last."""
    old, new = _rows(before), _rows(after)
    found: dict[tuple[str, str], list[Difference]] = {}
    for one in differences(before, after):
        found.setdefault((one.table_name, one.ref), []).append(one)
    for (table, ref), changes in found.items():
        if table in _TOLD_APART:
            continue
        label = "  cases" if table == "cases" else f"  {table} {ref}"
        if (table, ref) not in new:
            yield f"{label}  is gone"
            continue
        is_new = (table, ref) not in old
        words = list(_words(changes, new[table, ref], is_new=is_new))
        if words:
            yield f"{label}  {'; '.join(words)}"


def _words(changes: Iterable[Difference], row: Row, *, is_new: bool) -> Iterator[str]:
    """Each change of a row. Of a new row, what is nought and what names it is not told."""
    for change in changes:
        name = change.field
        unsaid = change.new_value in (None, 0, "none") or name in row.key
        if name in _NOT_TOLD or (is_new and unsaid):
            continue
        old, new = (_told(row, name, value) for value in (change.old_value, change.new_value))
        name = name.removesuffix("_minor")
        was = "" if change.old_value is None or name in _PROSE else f"{old} -> "
        yield f"{name}: {was}{new}"


def _told(row: Row, name: str, value: Any) -> str:
    if value is None:
        return "nothing"
    if name in flags(row.table):
        return "yes" if value else "no"
    return money(row, name, value)
