-- Debts in force of which something is still owed by what is recorded. What nobody recorded as paid may have been paid.
select
    f.case_id,
    c.authority,
    f.fine_ref,
    f.kind,
    f.respondent,
    f.currency,
    f.amount,
    f.paid,
    f.balance,
    f.balance_minor,
    f.digits,
    f.imposed_on,
    f.due_on,
    f.enforceable,
    f.payment_status,
    f.unpaid_as_of,
    f.unpaid_asserted_by,
    f.recovery_status,
    f.last_event
from fines f
join cases c on c.case_id = f.case_id
where f.balance_minor > 0
    and f.legal_status in ('imposed', 'varied')
    and c.case_id in (select case_id from cases_counted)
order by f.currency, f.balance_minor desc, f.case_id;
