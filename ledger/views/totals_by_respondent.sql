-- Fines and liquidated penalties in force, per respondent and currency across all authorities. A joint debt stands under all who owe it together.
-- authorities: How many authorities.
-- cases: How many cases.
-- debts: How many debts: fines, or liquidated penalties.
-- kept_minor: Payments less refunds, in minor units.
-- said_unpaid: Of how many somebody said that they were not paid.
select
    f.respondent,
    f.currency,
    f.kind,
    count(distinct c.authority) as authorities,
    count(distinct f.case_id) as cases,
    count(*) as debts,
    sum(f.amount_minor) as amount_minor,
    sum(f.paid_minor - f.refunded_minor) as kept_minor,
    sum(f.balance_minor) as balance_minor,
    sum(f.payment_status = 'unpaid') as said_unpaid,
    f.digits
from fines f
join cases c on c.case_id = f.case_id
where f.legal_status in ('imposed', 'varied') and c.case_id in (select case_id from cases_counted)
group by f.respondent, f.currency, f.kind, f.digits
order by f.respondent, f.currency, f.kind;
