"""What the page of an authority tells: its cases, how long they take, what became of its fines."""

import json
import sqlite3
from statistics import median
from typing import Any

from ledger.web.home import COUNTS, rows
from ledger.web.kept import State, kept

TABLES = (
    "cases",
    "cases_counted",
    "parties",
    "deadlines",
    "fines",
    "payments",
    "changes",
    "events",
)
"""What it is made from; who may not see one of them gets no page."""

CASES_MAX = 100
CHANGED_MAX = 50

_STAGES = f"""
select c.stage, count(*) as cases, sum(c.closed_on is null) as open
from cases c where c.authority = :name and {COUNTS}
group by c.stage order by cases desc, c.stage
"""
_OVERDUE = f"""
select count(*) from deadlines d join cases c on c.case_id = d.case_id
where d.status in ('running', 'extended') and d.due_on < :day and c.authority = :name
    and {COUNTS}
"""
_SUMS = f"""
select f.currency, f.digits, count(*) as debts, sum(f.imposed_minor) as imposed_minor,
    sum(f.amount_minor) as amount_minor, sum(f.paid_minor - f.refunded_minor) as paid_minor,
    sum(f.balance_minor) as balance_minor,
    sum(f.amount_minor < f.imposed_minor and f.legal_status in ('imposed', 'varied')) as reduced,
    sum(f.legal_status = 'annulled') as annulled,
    sum(f.legal_status = 'remitted') as remitted
from cases c join fines f on f.case_id = c.case_id
where c.authority = :name and {COUNTS} and f.imposed_minor is not null
group by f.currency, f.digits order by f.currency
"""
_TO_DECISION = f"""
select julianday(d.decided_on) - julianday(c.opened_on)
from cases c
join (
    select case_id, min(coalesce(decided_on, imposed_on)) as decided_on
    from fines where imposed_on is not null group by case_id
) d on d.case_id = c.case_id
where c.authority = :name and {COUNTS}
    and length(c.opened_on) = 10 and length(d.decided_on) = 10
"""
_TO_PAYMENT = f"""
select julianday(p.paid_on) - julianday(coalesce(f.decided_on, f.imposed_on))
from cases c
join fines f on f.case_id = c.case_id
join (
    select case_id, fine_ref, respondent, max(received_on) as paid_on
    from payments where kind = 'payment' group by case_id, fine_ref, respondent
) p on p.case_id = f.case_id and p.fine_ref = f.fine_ref and p.respondent = f.respondent
where c.authority = :name and {COUNTS} and f.payment_status in ('paid', 'overpaid')
    and length(p.paid_on) = 10 and length(coalesce(f.decided_on, f.imposed_on)) = 10
"""
# The event that made the amount what it is says whether a court did it or the authority itself.
_CHANGED = f"""
select f.*, e.position, e.type in ('appeal_decided', 'case_remitted') as on_review
from (
    select f.case_id, c.title, f.fine_ref, f.respondent, f.currency, f.digits, f.imposed_on,
        f.imposed_minor, f.amount_minor, f.legal_status,
        (
            select x.position from changes x
            where x.case_id = f.case_id and x.table_name = 'fines'
                and x.ref = f.fine_ref || '/' || f.respondent
                and x.field in ('legal_status', 'amount_minor')
            order by x.step desc limit 1
        ) as changed_by
    from cases c
    join fines f on f.case_id = c.case_id
    where c.authority = :name and {COUNTS} and f.imposed_minor is not null
        and (f.amount_minor is not f.imposed_minor or f.legal_status <> 'imposed')
    order by f.imposed_on desc, f.case_id, f.fine_ref
    limit {CHANGED_MAX}
) f
left join events e on e.position = f.changed_by
order by f.imposed_on desc, f.case_id, f.fine_ref
"""
_CASES = f"""
select c.case_id, c.title, c.stage, c.opened_on, c.closed_on,
    iif({COUNTS}, null, c.counted_in) as counted_in, c.open_anomalies, c.last_event
from cases c where c.authority = :name
order by c.last_event desc limit {CASES_MAX}
"""
_RESPONDENTS = """
select case_id, party_ref, name from parties
where role = 'respondent' and case_id in (select value from json_each(:cases))
order by case_id, name
"""
_DEBTS = """
select case_id, currency, digits, sum(imposed_minor) as imposed_minor,
    sum(amount_minor) as amount_minor, sum(balance_minor) as balance_minor
from fines
where imposed_minor is not null and case_id in (select value from json_each(:cases))
group by case_id, currency, digits
"""


def tell(conn: sqlite3.Connection, name: str) -> dict[str, Any] | None:
    """All that the page of an authority shows; None where it has no case."""
    told: dict[str, Any] | None = kept(
        conn, f"authority {name}", lambda c, now: _made(c, now, name)
    )
    return told


def _made(conn: sqlite3.Connection, now: State, name: str) -> dict[str, Any] | None:
    cases = rows(conn, _CASES, name=name)
    if not cases:
        return None
    stages = rows(conn, _STAGES, name=name)
    shown = json.dumps([case["case_id"] for case in cases])
    respondents = _by_case(rows(conn, _RESPONDENTS, cases=shown))
    debts = _by_case(rows(conn, _DEBTS, cases=shown))
    for case in cases:
        case["parties"] = respondents.get(case["case_id"], [])
        case["debts"] = debts.get(case["case_id"], [])
    (overdue,) = conn.execute(_OVERDUE, {"name": name, "day": now.day}).fetchone()
    return {
        "name": name,
        "cases": sum(stage["cases"] for stage in stages),
        "open": sum(stage["open"] for stage in stages),
        "stages": stages,
        "overdue": overdue,
        "sums": rows(conn, _SUMS, name=name),
        "to_decision": _days(conn, _TO_DECISION, name),
        "to_payment": _days(conn, _TO_PAYMENT, name),
        "changed": rows(conn, _CHANGED, name=name),
        "rows": cases,
        "left_out": len(cases) == CASES_MAX,
        "position": now.position,
        "day": now.day,
    }


def _by_case(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    by_case: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        by_case.setdefault(row["case_id"], []).append(row)
    return by_case


def _days(conn: sqlite3.Connection, sql: str, name: str) -> dict[str, int] | None:
    """Days between two dates that are both known to the day; None where there are none."""
    found = [int(days) for (days,) in conn.execute(sql, {"name": name})]
    if not found:
        return None
    return {
        "count": len(found),
        "median": round(median(found)),
        "least": min(found),
        "most": max(found),
    }
