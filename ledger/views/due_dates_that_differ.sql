-- Deadlines whose stated last day is not the one that the period comes to. The stated one counts.
-- days: Days from the computed last day to the stated one.
select
    d.case_id,
    d.deadline_ref,
    d.subject,
    d.due_on_stated,
    d.due_on_computed,
    cast(julianday(d.due_on_stated) - julianday(d.due_on_computed) as integer) as days,
    d.explained,
    d.last_event
from deadlines d
where d.due_on_stated is not d.due_on_computed
    and d.due_on_stated is not null
    and d.due_on_computed is not null
order by d.case_id, d.deadline_ref;
