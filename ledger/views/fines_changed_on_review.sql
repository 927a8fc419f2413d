-- Fines that no longer stand as first imposed: what was imposed, what is left, and the change in per cent. What was only proposed before does not count.
-- change_percent: Change against the amount first imposed, in per cent.
select
    f.case_id,
    c.authority,
    f.fine_ref,
    f.respondent,
    f.currency,
    f.imposed,
    f.amount,
    f.legal_status,
    round(100.0 * (f.amount_minor - f.imposed_minor) / f.imposed_minor, 1) as change_percent,
    f.imposed_on,
    f.last_event
from fines f
join cases c on c.case_id = f.case_id
where f.imposed_minor > 0
    and c.case_id in (select case_id from cases_counted)
    and (f.amount_minor is not f.imposed_minor or f.legal_status <> 'imposed')
order by change_percent, f.case_id;
