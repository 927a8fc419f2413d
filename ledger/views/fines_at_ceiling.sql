-- Fines as high as the law allows, with the rule and the figures behind that.
select f.case_id, c.authority, f.fine_ref, f.respondent, f.currency, f.imposed, f.ceiling,
    f.ceiling_basis, f.imposed_on, f.last_event
from fines f
join cases c on c.case_id = f.case_id
where f.at_ceiling = 1 and c.case_id in (select case_id from cases_counted)
order by f.imposed_on, f.case_id;
