-- Fines and orders made public more than 60 days after they were decided, or not at all. The day of service does not count.
-- act: fine or order.
-- ref: The fine or the order within its case.
-- days: Days from the decision to its publication.
with acts as (
    select case_id, 'fine' as act, fine_ref as ref, coalesce(decided_on, imposed_on) as decided_on,
        published_on, last_event
    from fines
    where imposed_on is not null
    union all
    select case_id, 'order', order_ref, coalesce(decided_on, issued_on), published_on, last_event
    from orders
)
select
    a.case_id,
    a.act,
    a.ref,
    a.decided_on,
    a.published_on,
    cast(julianday(a.published_on) - julianday(a.decided_on) as integer) as days,
    a.last_event
from acts a
join cases c on c.case_id = a.case_id
where length(a.decided_on) = 10
    and c.case_id in (select case_id from cases_counted)
    and (a.published_on is null or julianday(a.published_on) - julianday(a.decided_on) > 60)
order by days desc, a.case_id, a.act, a.ref;
