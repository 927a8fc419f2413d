"""What the home page tells: how many cases, what is overdue, imposed and paid, and what is new."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ledger.schema import setting
from ledger.web.charts import Bars, lying, upright
from ledger.web.kept import State, kept

TABLES = ("cases", "cases_counted", "deadlines", "fines", "payments", "history", "events")
"""What it is made from; who may not see one of them gets Datasette's own page."""

_CHARTED_MAX = 4
_OVERDUE_MAX = 5
_LATEST_MAX = 8
UNDATED = "no date"

# Not a join, nor an IN: for these SQLite makes the whole view first, where so it looks up one case
# by its key, and works out which links contradict each other at most once. The view holds every
# case that goes on in no other one: asked first, because it is quick, and true of nearly all.
COUNTS = (
    "(c.counted_in is null or exists (select 1 from cases_counted k where k.case_id = c.case_id))"
)
"""SQL for whether case `c` counts in sums."""

_COUNTS = f"""
select
    count(*) as cases,
    coalesce(sum(c.closed_on is null), 0) as open,
    count(distinct c.authority) as authorities
from cases c where {COUNTS}
"""
_OVERDUE = f"""
from deadlines d join cases c on c.case_id = d.case_id
where d.status in ('running', 'extended') and d.due_on < :day and {COUNTS}
"""
_SOON = f"""
select count(*) from deadlines d join cases c on c.case_id = d.case_id
where d.status in ('running', 'extended') and d.due_on between :day and date(:day, '+30 days')
    and {COUNTS}
"""
_OLDEST = f"""
select d.case_id, c.title, c.authority, d.subject, d.due_on,
    cast(julianday(:day) - julianday(d.due_on) as integer) as days
{_OVERDUE} order by d.due_on, d.case_id limit {_OVERDUE_MAX}
"""
_IMPOSED = f"""
select c.authority, f.currency, f.digits, substr(f.imposed_on, 1, 4) as year,
    count(*) as debts, sum(f.imposed_minor) as imposed, sum(f.amount_minor) as amount,
    sum(f.paid_minor - f.refunded_minor) as paid, sum(f.balance_minor) as balance
from fines f join cases c on c.case_id = f.case_id
where f.imposed_minor is not null and {COUNTS}
group by c.authority, f.currency, f.digits, year
"""
_PAID = f"""
select p.currency, p.digits, substr(p.received_on, 1, 4) as year,
    sum(iif(p.kind = 'refund', -p.amount_minor, p.amount_minor)) as paid
from payments p join cases c on c.case_id = p.case_id
where {COUNTS}
group by p.currency, p.digits, year
"""
_LATEST = f"""
select e.position, e.case_id, e.type, e.recorded_at, h.effective_on, h.summary, h.status, c.title
from (select * from events order by position desc limit {_LATEST_MAX}) e
left join history h on h.case_id = e.case_id and h.position = e.position
left join cases c on c.case_id = e.case_id
order by e.position desc
"""


class Sums(NamedTuple):
    """Debts added up, in minor units of one currency."""

    debts: int = 0
    imposed: int = 0
    amount: int = 0
    paid: int = 0
    balance: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(*(one + more for one, more in zip(self, other, strict=True)))


Money = tuple[str, int]
"""A currency and its decimals; amounts are only ever added up within one."""


def tell(conn: sqlite3.Connection) -> dict[str, Any]:
    """All that the home page shows."""
    return {**kept(conn, "home", _summed), "latest": rows(conn, _LATEST)}


def rows(conn: sqlite3.Connection, sql: str, **given: Any) -> list[dict[str, Any]]:
    """What a query finds, a dictionary each."""
    found = conn.execute(sql, given)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _summed(conn: sqlite3.Connection, now: State) -> dict[str, Any]:
    (counts,) = rows(conn, _COUNTS)
    day = now.day
    return {
        "title": conn.execute("select title from meta").fetchone()[0],
        "published_at": setting(conn, "published_at"),
        "withheld": conn.execute("select count(*) from withheld").fetchone()[0],
        **counts,
        "position": now.position,
        "day": day,
        "overdue": conn.execute(f"select count(*) {_OVERDUE}", {"day": day}).fetchone()[0],
        "soon": conn.execute(_SOON, {"day": day}).fetchone()[0],
        "oldest": rows(conn, _OLDEST, day=day),
        **_money(rows(conn, _IMPOSED), rows(conn, _PAID)),
    }


def _money(imposed: list[dict[str, Any]], paid: list[dict[str, Any]]) -> dict[str, Any]:
    """Per currency: charts and tables by year and by authority; those with most debts first."""
    paid_in = {(row["currency"], row["digits"], _year(row)): row["paid"] for row in paid}
    found = []
    for money in {(row["currency"], row["digits"]) for row in imposed}:
        own = [row for row in imposed if (row["currency"], row["digits"]) == money]
        years = _added(own, _year)
        for currency, digits, year in paid_in:
            if (currency, digits) == money:
                years.setdefault(year, Sums())
        by_year = [
            Bars(year, sums.imposed, sums.amount, paid_in.get((*money, year), 0))
            for year, sums in sorted(years.items())
        ]
        found.append(
            _charted(money, _added(own, lambda row: row["authority"] or "not known"), by_year)
        )
    found.sort(key=lambda one: (-one["sums"].debts, one["currency"]))
    return {"currencies": found[:_CHARTED_MAX], "more_currencies": len(found[_CHARTED_MAX:])}


def _charted(money: Money, authorities: dict[str, Sums], by_year: list[Bars]) -> dict[str, Any]:
    currency, digits = money
    ranked = sorted(authorities.items(), key=lambda one: (-one[1].imposed, one[0]))
    dated = [bars for bars in by_year if bars.name != UNDATED]
    whole = Sums()
    for sums in authorities.values():
        whole = whole.plus(sums)
    return {
        "currency": currency,
        "digits": digits,
        "sums": whole,
        "authorities": ranked,
        "years": by_year,
        # One bar shows nothing that its figure does not.
        "charted": len(ranked) > 1 or len(by_year) > 1,
        "by_authority": lying(
            [Bars(name, sums.imposed, sums.amount, sums.paid) for name, sums in ranked],
            currency,
            digits,
        ),
        "by_year": upright(dated, currency, digits) if dated else None,
    }


def _added(
    found: Iterable[dict[str, Any]], key: Callable[[dict[str, Any]], str]
) -> dict[str, Sums]:
    sums: dict[str, Sums] = defaultdict(Sums)
    for row in found:
        name = key(row)
        sums[name] = sums[name].plus(Sums(*(row[field] or 0 for field in Sums._fields)))
    return dict(sums)


def _year(row: dict[str, Any]) -> str:
    return row["year"] or UNDATED
