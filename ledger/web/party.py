"""What the page of a party tells: all its cases, whatever the authority."""

import json
import re
import sqlite3
from typing import Any

from ledger.web.home import COUNTS, rows
from ledger.web.kept import State, kept

TABLES = (
    "cases",
    "cases_counted",
    "parties",
    "fines",
    "fine_respondents",
    "orders",
    "infringements",
    "events",
)
"""What it is made from; who may not see one of them gets no page."""

CASES_MAX = 100
"""Further cases are in the table of parties, and in the sums."""

_COUNTS = f"""
select count(*) as cases, count(distinct c.authority) as authorities,
    coalesce(sum(c.closed_on is null), 0) as open
from parties p join cases c on c.case_id = p.case_id
where p.party_ref = :ref and {COUNTS}
"""
_CASES = f"""
select p.case_id, p.name, p.role, p.other_roles, p.country, p.last_event, c.title, c.authority,
    c.stage, c.opened_on, c.closed_on, iif({COUNTS}, null, c.counted_in) as counted_in
from parties p join cases c on c.case_id = p.case_id
where p.party_ref = :ref
order by not {COUNTS}, p.case_id
limit {CASES_MAX}
"""
_SUMS = f"""
select f.currency, f.digits, count(*) as debts, count(distinct c.authority) as authorities,
    sum(f.imposed_minor) as imposed_minor, sum(f.amount_minor) as amount_minor,
    sum(f.paid_minor - f.refunded_minor) as paid_minor, sum(f.balance_minor) as balance_minor
from fine_respondents r
join fines f on f.case_id = r.case_id and f.fine_ref = r.fine_ref and f.respondent = r.respondent
join cases c on c.case_id = f.case_id
where r.party_ref = :ref and f.imposed_minor is not null and {COUNTS}
group by f.currency, f.digits
order by f.currency
"""
_FINES = """
select f.case_id, f.fine_ref, f.kind, f.respondent, f.liability, f.currency, f.digits,
    f.imposed_on, f.imposed_minor, f.amount_minor, f.paid_minor - f.refunded_minor as paid_minor,
    f.balance_minor, f.proposed_minor, f.proposed_max_minor, f.legal_status, f.payment_status,
    f.last_event, c.authority
from fine_respondents r
join fines f on f.case_id = r.case_id and f.fine_ref = r.fine_ref and f.respondent = r.respondent
join cases c on c.case_id = f.case_id
where r.party_ref = :ref and r.case_id in (select value from json_each(:cases))
order by f.imposed_on is null, f.imposed_on, f.case_id, f.fine_ref
"""
_ORDERS = """
select o.case_id, o.order_ref, o.title, o.respondents, o.issued_on, o.due_on, o.status, o.stayed,
    o.last_event, c.authority
from orders o
join cases c on c.case_id = o.case_id
join parties p on p.case_id = o.case_id and p.party_ref = :ref
where o.case_id in (select value from json_each(:cases))
    and instr('; ' || p.role || '; ' || coalesce(p.other_roles, '') || '; ', '; respondent; ')
order by o.issued_on is null, o.issued_on, o.case_id, o.order_ref
"""
_FOUND = """
select i.provision, i.status, i.case_id, i.last_event, c.authority
from infringements i
join parties p on p.case_id = i.case_id and p.party_ref = :ref and p.name = i.respondent
join cases c on c.case_id = i.case_id
where i.case_id in (select value from json_each(:cases))
order by i.provision, c.authority, i.case_id
"""


def tell(conn: sqlite3.Connection, ref: str) -> dict[str, Any] | None:
    """All that the page of a party shows; None where no case has it."""
    told: dict[str, Any] | None = kept(conn, f"party {ref}", lambda c, now: _made(c, now, ref))
    return told


def _made(conn: sqlite3.Connection, now: State, ref: str) -> dict[str, Any] | None:
    cases = rows(conn, _CASES, ref=ref)
    if not cases:
        return None
    (counts,) = rows(conn, _COUNTS, ref=ref)
    shown = json.dumps([case["case_id"] for case in cases])
    provisions: dict[str, list[dict[str, Any]]] = {}
    for row in rows(conn, _FOUND, ref=ref, cases=shown):
        provisions.setdefault(row["provision"], []).append(row)
    names = list(dict.fromkeys(case["name"] for case in cases))
    return {
        "ref": ref,
        "name": names[0],
        "names": names[1:],
        "countries": sorted({case["country"] for case in cases if case["country"]}),
        "roles": sorted({case["role"] for case in cases}),
        **counts,
        "rows": cases,
        "left_out": len(cases) == CASES_MAX,
        "sums": rows(conn, _SUMS, ref=ref),
        "fines": rows(conn, _FINES, ref=ref, cases=shown),
        "orders": rows(conn, _ORDERS, ref=ref, cases=shown),
        "provisions": sorted(provisions.items(), key=lambda one: _by_number(one[0])),
        "position": now.position,
    }


def _by_number(provision: str) -> list[tuple[int, str]]:
    """Art. 6 before Art. 27."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", provision)]
