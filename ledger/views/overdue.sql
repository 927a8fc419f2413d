-- Deadlines that ran out before today and that nobody has called met, missed or cancelled. Candidates, not findings.
-- days_overdue: Days since the last day.
select
    d.case_id,
    c.title,
    c.authority,
    d.deadline_ref,
    d.subject,
    d.order_ref,
    d.due_on,
    cast(julianday(date('now')) - julianday(d.due_on) as integer) as days_overdue,
    d.status,
    d.explained,
    d.last_event
from deadlines d
join cases c on c.case_id = d.case_id
where d.status in ('running', 'extended')
    and d.due_on < date('now')
    and c.case_id in (select case_id from cases_counted)
order by d.due_on, d.case_id;
