-- How often each provision was alleged, found, and set aside on review, per authority.
-- infringements: How many: one per case and respondent.
-- cases: In how many cases.
select
    c.authority,
    i.provision,
    i.status,
    count(*) as infringements,
    count(distinct i.case_id) as cases
from infringements i
join cases c on c.case_id = i.case_id
where c.case_id in (select case_id from cases_counted)
group by c.authority, i.provision, i.status
order by c.authority, i.provision, i.status;
