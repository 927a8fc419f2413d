"""Answers as people read them at a terminal: cases, timelines, deadlines, reasons, imports."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from functools import cache
from typing import Any

from events.case import Case
from events.money import readable
from events.published import TABLES
from events.rows import Fine

Row = Mapping[str, Any]

SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "anomalies": ("Oddities", ("position", "message")),
    "parties": ("Parties", ("name", "role")),
    "orders": ("Orders", ("order_ref", "status", "title")),
    "deadlines": ("Deadlines", ("deadline_ref", "status", "due_on", "subject")),
    "periodic_penalties": ("Periodic penalties", ("order_ref", "rate", "unit")),
    "referrals": ("Referrals", ("referred_on", "to_body")),
    "infringements": ("Infringements", ("provision", "status", "respondent")),
    "fines": ("Fines", ("fine_ref", "legal_status", "amount", "respondent")),
    "liquidations": ("Liquidations", ("fine_ref", "decided", "order_ref")),
    "payments": ("Payments", ("payment_ref", "kind", "amount", "received_on")),
    "instalments": ("Instalments", ("fine_ref", "instalment_no", "amount", "due_on")),
    "appeals": ("Appeals", ("appeal_ref", "status", "forum")),
    "statements": ("Statements", ("stated_on", "speaker", "text")),
    "links": ("Links", ("relation", "other_case_id")),
    "conflicts": ("Sources disagree", ("position", "field", "recorded_value", "other_value")),
}
"""Tables in the order in which a case is shown, with the columns of their first line."""

_ELSEWHERE = {"cases", "order_items", "fine_respondents", "history", "changes"}
"""Tables that are shown in other ways, or by other commands."""

_HIDDEN = {"case_id", "first_event", "last_event", "currency", "digits", "turnover_currency"}
_SAME = {"due_on_computed": "due_on", "due_on_stated": "due_on", "imposed": "amount"}
"""Columns that say nothing more where they have the value of another one."""

REFUSALS_SHOWN = 50
GONE_SHOWN = 10
"""How many refusals of an import are told; the rest are counted."""

_EVEN_IF_NONE = {"balance", "amount"}
"""Amounts that are told even where they are zero."""


def aligned(rows: Iterable[Iterable[object]], indent: str = "") -> list[str]:
    """Lines with their cells one under the other; the last cell is as long as it is."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][:-1]
    return [
        indent
        + "  ".join(
            [cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + row[-1:]
        ).rstrip()
        for row in cells
    ]


def fitted(lines: Iterable[str], width: int | None) -> str:
    """Lines as one text; those longer than a terminal is wide go on under their own beginning.

    What was recorded with line breaks is told on one line here.
    """
    lines = [line.replace("\n", " ") for line in lines]
    if width is None:
        return "\n".join(lines)
    told = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        told += textwrap.wrap(
            line, max(width, 40), subsequent_indent=indent, break_on_hyphens=False
        ) or [""]
    return "\n".join(told)


def money(row: Any, column: str, value: Any) -> str:
    """A value of a published row as people read it: amounts with their currency."""
    digits = getattr(row, "digits", None)
    if value is None or digits is None or not column.endswith("_minor"):
        return "empty" if value is None else str(value)
    own = getattr(row, column.replace("_minor", "_currency"), None)
    return readable(value, digits, own or row.currency)


@cache
def flags(table: str) -> frozenset[str]:
    """The columns of a table that are yes or no."""
    kind = TABLES.get(table)
    return frozenset(f.name for f in fields(kind) if "bool" in str(f.type)) if kind else frozenset()


# -- a case --------------------------------------------------------------------------------------


def case_page(
    tables: Mapping[str, Sequence[Row]], as_of: str | None, known_at: str | None
) -> list[str]:
    """A case as it stands, section by section."""
    case = tables["cases"][0]
    if not tables.get("history"):
        by_then = "had been recorded" if known_at else "had occurred"
        return [f"{case['case_id']}: nothing of it {by_then} by {known_at or as_of}"]
    told = [case["authority"], case["jurisdiction"], case["regime"], f"stage: {case['stage']}"]
    told += [f"opened {case['opened_on']}"] if case["opened_on"] else []
    told += [f"closed {case['closed_on']}"] if case["closed_on"] else []
    told += [f"next due on {case['next_due_on']}"] if case["next_due_on"] else []
    told += [f"counted in {case['counted_in']}"] if case["counted_in"] else []
    lines = [f"{case['case_id']}: {case['title'] or 'not opened yet'}"]
    lines += ["  ".join(str(word) for word in told if word)]
    lines += [f"as of {as_of}"] if as_of else []
    at = f"event #{known_at}" if known_at and known_at.isdecimal() else known_at
    lines += [f"as known at {at}"] if known_at else []
    order = [*SECTIONS, *(name for name in tables if name not in SECTIONS)]
    for name in order:
        if name not in _ELSEWHERE and tables.get(name):
            lines += _section(name, tables)
    count = len(tables["history"])
    return [*lines, "", f"{_count(count, 'event')}: caseledger log {case['case_id']}"]


def _section(name: str, tables: Mapping[str, Sequence[Row]]) -> list[str]:
    title, columns = SECTIONS.get(name, (name.replace("_", " ").capitalize(), ()))
    rows = tables[name]
    columns = columns or tuple(key for key in rows[0] if key not in _HIDDEN)[:2]
    heads = aligned(([_told(row, column) for column in columns] for row in rows), "  ")
    lines = ["", title]
    for head, row in zip(heads, rows, strict=True):
        lines.append(head)
        lines += [f"      {line}" for line in _below(name, row, columns, tables)]
    return lines


def _below(
    name: str, row: Row, columns: Sequence[str], tables: Mapping[str, Sequence[Row]]
) -> Iterator[str]:
    """What stands under the first line of a row."""
    if name == "orders":
        for item in tables.get("order_items", []):
            if item["order_ref"] == row["order_ref"]:
                dropped = " (dropped)" if item["dropped"] else ""
                yield f"{item['item_no']}. {item['text']}{dropped}"
    details = [words for key in row if key not in columns for words in _detail(name, key, row)]
    if details:
        yield "; ".join(details)
    if row.get("explained"):
        yield str(row["explained"])


def _detail(table: str, column: str, row: Row) -> Iterator[str]:
    value = row[column]
    if column in _HIDDEN or column == "explained" or column.endswith("_minor"):
        return
    label = column.replace("_", " ")
    if column in flags(table):
        if value or column == "enforceable":
            yield label if value else f"not {label}"
    elif value == row.get(_SAME.get(column, "")):
        return
    elif f"{column}_minor" in row:
        if row[f"{column}_minor"] or column in _EVEN_IF_NONE:
            yield f"{label} {_told(row, column)}"
    elif value not in (None, 0, "none"):
        yield f"{label} {value}"


def _told(row: Row, column: str) -> str:
    value, minor = row[column], row.get(f"{column}_minor")
    if minor is not None:
        currency = row.get(f"{column}_currency") or row["currency"]
        return readable(minor, row["digits"], currency)
    if column == "position":
        return f"#{value}"
    return "-" if value is None else str(value)


# -- lists ---------------------------------------------------------------------------------------


def timeline(rows: Iterable[Row], *, of_one_case: bool) -> list[str]:
    """Events, a line each, with what became of those that no longer count as they were recorded."""
    return aligned(
        (
            row["position"],
            *(() if of_one_case else (row["case_id"],)),
            row["effective_on"] or "undated",
            row["type"],
            f"{row['summary']}{_mark(row)}",
        )
        for row in rows
    )


def _mark(row: Row) -> str:
    by = f" by #{row['corrected_by']}" if row["corrected_by"] else ""
    if row["status"] == "withdrawn":
        return f"  [withdrawn{by}]"
    if row["status"] == "not_applied":
        return "  [not applied: see the oddities of the case]"
    return f"  [corrected{by}]" if by else ""


def cases(rows: Iterable[Row]) -> list[str]:
    """Cases, a line each."""
    return aligned(
        (
            row["case_id"],
            row["authority"] or "-",
            row["stage"],
            f"due {row['next_due_on']}" if row["next_due_on"] else "",
            _oddities(row["open_anomalies"]),
            row["title"] or "-",
        )
        for row in rows
    )


def found(rows: Iterable[Row]) -> Iterator[str]:
    """Cases that a search found, with what of each has the words."""
    for row in rows:
        yield f"{row['case_id']}  {row['authority'] or '-'}  {row['title'] or '-'}"
        yield from aligned(((e["column"], e["text"]) for e in row["excerpts"]), "      ")


def _oddities(count: int) -> str:
    return f"{count} odd" if count else ""


def _count(count: int, of: str) -> str:
    return f"{count:,} {of}{'' if count == 1 else 's'}"


def standing(case: Case) -> str:
    """The debts of a case, in a few words."""
    return "; ".join(
        f"{money(fine, 'amount_minor', fine.amount_minor or fine.imposed_minor or 0)} "
        f"{fine.legal_status} ({fine.kind.replace('_', ' ')}, "
        f"payment: {fine.payment_status.replace('_', ' ')})"
        for fine in case.of(Fine).values()
    )


def deadlines(rows: Iterable[Row]) -> list[str]:
    """Deadlines that run, a line each: what is overdue, and by how much."""
    return aligned(
        (
            row["due_on"],
            _left(row["days_left"]),
            row["case_id"],
            row["deadline_ref"],
            row["subject"],
        )
        for row in rows
    )


def _left(days: int) -> str:
    if days == 0:
        return "due today"
    count = _count(abs(days), "day")
    return f"{count} left" if days > 0 else f"{count} overdue"


# -- reasons -------------------------------------------------------------------------------------


def reasons(rows: Sequence[Row], case: Case, *, in_full: bool) -> list[str]:
    """Where values come from: a paragraph each, or a line each for the whole case."""
    if in_full:
        return [line for row in rows for line in [*_reason(row, case), ""]][:-1]
    return [
        f"{place(row)} = {_value(row, case, row['value'])}  (#{row['position']} {row['type']})"
        for row in rows
    ]


def place(row: Row) -> str:
    """TABLE.REF.FIELD of a value."""
    return f"{row['table']}.{row['ref']}.{row['field']}"


def _value(reason: Row, case: Case, value: Any) -> str:
    row = case.rows.get(reason["table"], {}).get(reason["ref"])
    if reason["field"] in flags(reason["table"]) and value is not None:
        return "yes" if value else "no"
    return money(row, reason["field"], value)


def _reason(row: Row, case: Case) -> Iterator[str]:
    since = f" since {row['effective_on']}" if row["effective_on"] else ""
    yield f"{place(row)} is {_value(row, case, row['value'])}{since}."
    yield f"  Event #{row['position']} put it there: {row['type']}, {row['summary']}"
    document = f", document {row['document']}" if row["document"] else ""
    confidence = f" (confidence {row['confidence']})" if row["confidence"] else ""
    yield f"  Source: {row['source'] or 'none given'}{confidence}{document}"
    yield f"  Recorded by {row['recorded_by']} at {row['recorded_at']}."
    earlier = row["history"][:-1]
    for old in reversed(earlier):
        when = f" since {old['effective_on']}" if old["effective_on"] else ""
        was = _value(row, case, old["new"])
        yield f"  Before that, in law, it was {was}{when} (event #{old['position']})."
    if not earlier:
        yield "  Before that nothing stood there."
    for belief in row.get("believed", []):
        yield (
            f"  Until event #{belief['until']} was recorded, at {belief['until_at']}, "
            f"it was believed to be {_value(row, case, belief['value'])}."
        )


# -- imports and totals --------------------------------------------------------------------------


def imported(report: Any) -> list[str]:
    """What became of a file that was imported."""
    events, cases_ = _count(report.events, "event"), _count(report.cases, "case")
    told = f"{events} of {cases_} {report.fate}, {report.known:,} known before"
    if report.fate.startswith("nothing"):
        told = report.fate
        told += f"; without what is refused it has {events} of {cases_}" if report.events else ""
    lines = [f"{report.file}: {told}"]
    lines += aligned(((count, name) for name, count in sorted(report.by_type.items())), "  ")
    lines += [f"  {line}" for line in report.first] if not report.is_recorded else []
    lines += [f"  {report.corrected:,} correct an earlier edition"] if report.corrected else []
    lines += [f"  {report.follow_ups:,} last days computed anew"] if report.follow_ups else []
    lines += [f"  odd: {count:,} {code}" for code, count in sorted(report.oddities.items())]
    if report.refused:
        rest = "the rest is recorded" if report.is_recorded else f"the rest {report.fate}"
        rest = report.fate if report.fate.startswith("nothing") else rest
        lines.append(f"{report.refused:,} refused, {rest}:")
        lines += [f"  {refusal.sentence}" for refusal in report.refusals[:REFUSALS_SHOWN]]
        if (more := report.refused - REFUSALS_SHOWN) > 0:
            every = "" if report.continued_to else "; `--continue FILE` writes them all to a file"
            lines.append(f"  and {more:,} more{every}")
    if report.unmet:
        lines.append("the ledger knows more of the case than the file, which expects otherwise:")
        lines += [f"  {words}" for words in report.unmet]
    if report.disappeared:
        cases_ = _count(len(report.disappeared), "case")
        listed = _some(report.disappeared)
        lines.append(f"{cases_} no longer listed, which closes nothing: {listed}")
    if report.gone:
        events = _count(len(report.gone), "event")
        lines.append(f"{events} no longer in the file, and still in force: {_some(report.gone)}")
    if report.recorded_openly:
        events = _count(report.recorded_openly, "event")
        lines.append(
            f"{events} recorded before in the open, with what the file calls confidential: the"
            " record keeps that, and only what changes is sealed"
        )
    lines += [f"what was refused is in {report.continued_to}"] if report.continued_to else []
    return lines


def _some(names: Sequence[str]) -> str:
    more = len(names) - GONE_SHOWN
    return ", ".join(names[:GONE_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def restored(found: Any) -> str:
    """What a ledger holds after it was restored."""
    events, cases_ = _count(found.entries, "event"), _count(found.cases, "case")
    return f"{events} of {cases_}, root {found.root}"


def published(done: Any) -> str:
    """What a copy for the public holds."""
    events, cases_ = _count(done.entries, "event"), _count(done.cases, "case")
    return f"{done.file}: {cases_}, {events}, root {done.root}"


def traced(file: Any, written: Any) -> str:
    """What an event log holds."""
    return f"{file}: {_count(written.events, 'event')} in {_count(written.cases, 'trace')}"


def counted(report: Any) -> str:
    """How many events a ledger holds, and under which root."""
    return f"{_count(report.count, 'event')}, root {report.root.hex()}"


def kept(file: Any, report: Any) -> str:
    """What a copy of a ledger holds."""
    return f"{file}: {counted(report)}"


def totals(rows: Iterable[Row]) -> list[str]:
    """Sums per currency with what they are worth in another one, and the rate and its day."""
    return aligned(
        (
            _sum(row["amount"], row["currency"]) if row["currency"] else "together",
            _sum(row["worth"], row["into"]),
            f"at {row['rate']}, ECB, {row['rate_on']}"
            if row["currency"] not in (None, row["into"])
            else "",
        )
        for row in rows
    )


def _sum(amount: str, currency: str) -> str:
    return f"{Decimal(amount):,f} {currency}"


def problems(found: Iterable[Any]) -> list[str]:
    """What an audit found, with the positions."""
    return [f"position {one.position}: {one.what}" if one.position else one.what for one in found]


def exposures(rows: Iterable[Row]) -> list[str]:
    """What each periodic penalty has come to, and how it was counted."""
    return aligned(
        (
            row["case_id"],
            row["order_ref"],
            "-" if row["exposure"] is None else f"{row['exposure']} {row['currency']}",
            row["explained"],
        )
        for row in rows
    )
