-- Deadlines that run, soonest first, with how the last day was found. Overdue ones are in it too.
select
    d.case_id,
    c.title,
    c.authority,
    d.deadline_ref,
    d.subject,
    d.order_ref,
    d.due_on,
    d.status,
    d.rule,
    d.explained,
    d.last_event
from deadlines d
join cases c on c.case_id = d.case_id
where d.status in ('pending', 'running', 'extended') and c.case_id in (select case_id from cases_counted)
order by d.due_on is null, d.due_on, d.case_id;
