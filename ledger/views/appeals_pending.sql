-- Reviews that a court or another body has still to decide, the oldest first.
-- days_since: Days since it was lodged.
select
    a.case_id,
    c.title,
    a.appeal_ref,
    a.forum,
    a.appellant,
    a.against,
    a.lodged_on,
    cast(julianday(date('now')) - julianday(substr(a.lodged_on || '-01-01', 1, 10)) as integer)
        as days_since,
    a.status,
    a.last_event
from appeals a
join cases c on c.case_id = a.case_id
where a.status in ('pending', 'remitted') and c.case_id in (select case_id from cases_counted)
order by a.lodged_on, a.case_id;
