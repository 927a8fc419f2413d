-- Fines and liquidated penalties in force, per authority and currency. Joint debts count once; currencies are never added up.
-- cases: How many cases.
-- debts: How many debts: fines, or liquidated penalties.
-- kept_minor: Payments less refunds, in minor units.
select
    c.authority,
    f.currency,
    f.kind,
    count(distinct f.case_id) as cases,
    count(*) as debts,
    sum(f.imposed_minor) as imposed_minor,
    sum(f.amount_minor) as amount_minor,
    sum(f.paid_minor - f.refunded_minor) as kept_minor,
    sum(f.balance_minor) as balance_minor,
    f.digits
from fines f
join cases c on c.case_id = f.case_id
where f.legal_status in ('imposed', 'varied') and c.case_id in (select case_id from cases_counted)
group by c.authority, f.currency, f.kind, f.digits
order by c.authority, f.currency, f.kind;
