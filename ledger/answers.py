"""Answers about cases: what stands, what happened, and why a value is what it is.

Rows are dictionaries shaped like the published tables, for people and programs alike.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from events.case import Case, Change
from events.published import TABLES
from events.rows import CaseRow, Step
from events.versions import event_of
from ledger.book import Book
from ledger.entry import Entry
from ledger.errors import NotFound
from ledger.misfits import nearest
from ledger.projections import CHANGES, tables, tuples_of
from ledger.search import SEARCH

_MONEY = "_minor"


def cases(
    book: Book, as_of: str | None = None, known_at: str | None = None
) -> list[dict[str, Any]]:
    """The row of every case, by case_id: as it stands, as of a day, as known at a moment."""
    book.require_current()
    if as_of or known_at:
        return [show(case)["cases"][0] for case in book.cases(as_of, known_at)]
    names = tables()["cases"].names
    rows = book.store.conn.execute(f"select {', '.join(names)} from main.cases order by case_id")
    return [dict(zip(names, row, strict=True)) for row in rows]


def standing(book: Book, case_id: str) -> dict[str, list[dict[str, Any]]]:
    """A case as it stands, read from the published tables: a key per table, its rows as `show` has
    them, in the order of their keys. How it came to be (`history`, `changes`) is left out.

    Raises NotFound; FileTrouble where the tables are of another version of the program.
    """
    book.require_current()
    found = {}
    with book.store.reading():
        for name, query in _standing().items():
            rows = book.store.conn.execute(query, (case_id,))
            names = [column[0] for column in rows.description]
            found[name] = [dict(zip(names, row, strict=True)) for row in rows]
    if not found[CaseRow.table]:
        book.entries(case_id)
    return found


@cache
def _standing() -> dict[str, str]:
    return {
        name: f"select * from main.{name} where case_id = ? order by {', '.join(table.key)}"
        for name, table in tables().items()
        if name not in (Step.table, CHANGES, SEARCH)
    }


def show(case: Case) -> dict[str, list[dict[str, Any]]]:
    """What a case publishes: a key per table, its rows as there, readable amounts included; not
    the words by which it is found, which repeat them."""
    names = [name for name in tables() if name != SEARCH]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for name, values in tuples_of(case):
        found[name].append(_row(name, values))
    return found


def _row(name: str, values: Iterable[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    stored = dict(zip(tables()[name].names, values, strict=True))
    for column, value in stored.items():
        row[column] = int(value) if isinstance(value, bool) else value
        if column.endswith(_MONEY):
            row[column.removesuffix(_MONEY)] = decimal_text(value, stored["digits"])
    return row


def decimal_text(minor: int | None, digits: int) -> str | None:
    """An amount in minor units as a decimal number: -5 with 2 digits is -0.05."""
    if minor is None:
        return None
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}{f'.{part:0{digits}d}' if digits else ''}"


def log(
    book: Book, case_id: str | None, as_of: str | None = None, known_at: str | None = None
) -> list[dict[str, Any]]:
    """The timeline of a case in legal order; that of the whole ledger by position, without one."""
    if case_id is not None:
        entries = {entry.position: entry for entry in book.entries(case_id, known_at)}
        steps = book.case(case_id, as_of, known_at).of(Step).values()
        return [_line(step, entries[step.position]) for step in steps]
    book.require_current()
    lines = []
    for case_id, found in book.by_case(known_at):
        entries = {entry.position: entry for entry in found}
        lines += [
            _line(step, entries[step.position])
            for step in book.folded(case_id, found, as_of).of(Step).values()
        ]
    return sorted(lines, key=lambda line: int(line["position"]))


def _line(step: Step, entry: Entry) -> dict[str, Any]:
    return {
        "case_id": entry.case_id,
        "step": step.step,
        "position": entry.position,
        "version": entry.version,
        "effective_on": step.effective_on,
        "type": entry.type,
        "summary": step.summary,
        "status": step.status,
        "corrected_by": step.corrected_by,
        "source": entry.source,
        "confidence": entry.confidence,
        "recorded_at": entry.recorded_at,
        "recorded_by": entry.recorded_by,
    }


def why(
    book: Book,
    case_id: str,
    place: str | None = None,
    as_of: str | None = None,
    known_at: str | None = None,
) -> list[dict[str, Any]]:
    """Where published values come from: the event, its document and who recorded it, what stood
    there before in law, and what was believed before.

    `place` is TABLE.REF.FIELD, or TABLE.REF for all fields of a row, or None for the whole case. A
    ref may contain dots: the place is split at the first and the last one. Money may be named by
    its readable column, like `balance` for `balance_minor`. Raises NotFound.
    """
    case = book.case(case_id, as_of, known_at)
    entries = {entry.position: entry for entry in book.entries(case_id, known_at)}
    steps = case.of(Step)
    histories: dict[tuple[str, str, str], list[Change]] = {}
    for change in case.changes:
        histories.setdefault((change.table_name, change.ref, change.field), []).append(change)
    found = []
    for key in _places(case, place, histories):
        last = histories[key][-1]
        entry = entries[last.position]
        origin = _one(key, histories[key], entry, steps[str(entry.position)].summary)
        if place is not None:
            origin["believed"] = list(_beliefs(book, case_id, key, as_of, entries))
        found.append(origin)
    return found


def _places(
    case: Case, place: str | None, known: dict[tuple[str, str, str], list[Change]]
) -> list[tuple[str, str, str]]:
    if place is None:
        return list(known)
    table, _, rest = place.partition(".")
    ref, _, field = rest.rpartition(".")
    if table == "cases" and not ref:
        ref = case.case_id
    columns = (field, f"{field}{_MONEY}")
    begin = [key for key in known if key[0] == table]
    wanted = [key for key in begin if key[1] == ref and key[2] in columns]
    # The ref of a row with a composite key may be given by its first parts, if that is enough.
    wanted = wanted or [k for k in begin if k[1].startswith(f"{ref}/") and k[2] in columns]
    wanted = wanted or [k for k in begin if k[1] == rest or k[1].startswith(f"{rest}/")]
    if wanted:
        return wanted
    raise NotFound(
        f"case {case.case_id} has no value at {place!r}", hint=_cure(case, table, rest, field)
    )


def _cure(case: Case, table: str, rest: str, field: str) -> str:
    if table not in TABLES:
        return f"the place is TABLE.REF.FIELD, and TABLE one of {', '.join([*TABLES])}"
    rows = case.rows.get(table, {})
    ref = rest.rpartition(".")[0]
    if rest in rows or any(key == ref or key.partition("/")[0] == ref for key in rows):
        names = tables()[table].names
        if rest not in rows and not {field, f"{field}{_MONEY}"} & {*names}:
            readable = [name.removesuffix(_MONEY) for name in names]
            return f"{table} has no column {field!r}{nearest(field, readable)}"
        return (
            f"{field or rest} was never set; `caseledger show {case.case_id} --json` has the fields"
        )
    return f"the case has {table} {', '.join(rows)}" if rows else f"the case has no {table}"


def _one(
    key: tuple[str, str, str], history: list[Change], entry: Entry, summary: str
) -> dict[str, Any]:
    last = history[-1]
    return {
        "table": key[0],
        "ref": key[1],
        "field": key[2],
        "value": last.new_value,
        "before": last.old_value,
        "effective_on": last.effective_on,
        "position": entry.position,
        "event_id": entry.event_id,
        "type": entry.type,
        "summary": summary,
        "document": event_of(entry).document,
        "source": entry.source,
        "confidence": entry.confidence,
        "recorded_at": entry.recorded_at,
        "recorded_by": entry.recorded_by,
        "history": [
            {
                "effective_on": c.effective_on,
                "position": c.position,
                "old": c.old_value,
                "new": c.new_value,
            }
            for c in history
        ],
    }


def _beliefs(
    book: Book,
    case_id: str,
    key: tuple[str, str, str],
    as_of: str | None,
    entries: dict[int, Entry],
) -> Iterator[dict[str, Any]]:
    """What the value was held to be, from recording to recording, wherever it was another one."""
    positions = sorted(entries)
    believed: list[tuple[int, Any]] = []
    for count in range(1, len(positions) + 1):
        known = [entries[position] for position in positions[:count]]
        changes = [c for c in book.folded(case_id, known, as_of).changes if c[3:6] == key]
        value = changes[-1].new_value if changes else None
        if not believed or believed[-1][1] != value:
            believed.append((positions[count - 1], value))
    for (since, value), (until, _) in pairwise(believed):
        if value is not None or since != positions[0]:
            yield {
                "value": value,
                "since": since,
                "until": until,
                "since_at": entries[since].recorded_at,
                "until_at": entries[until].recorded_at,
            }
