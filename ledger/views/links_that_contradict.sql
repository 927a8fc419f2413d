-- Cases said to be counted in another one that is not in this ledger, or that is counted in them in its turn. They count themselves all the same, lest their fines be in no total; of a circle it is the case whose link was recorded last.
-- position: Position of the event that links the two.
-- why: What is wrong with the link.
with recursive linked as (
    select c.case_id, c.counted_in, max(l.first_event) as position
    from cases c
    join links l on l.case_id = c.case_id
        and l.other_case_id = c.counted_in
        and l.relation in ('duplicate_of', 'merged_into')
    where c.counted_in is not null
    group by c.case_id, c.counted_in
),
followed (case_id, at) as (
    select case_id, counted_in from linked
    union
    select f.case_id, k.counted_in
    from followed f
    join linked k on k.case_id = f.at
)
select
    k.case_id,
    k.counted_in,
    k.position,
    case
        when o.case_id is null then 'the other case is not in this ledger'
        else 'the other case is counted in this one, by an earlier link'
    end as why
from linked k
left join cases o on o.case_id = k.counted_in
where o.case_id is null
    or (
        exists (select 1 from followed f where f.case_id = k.case_id and f.at = k.case_id)
        and k.position = (
            select max(q.position)
            from followed f
            join linked q on q.case_id = f.at
            where f.case_id = k.case_id
        )
    )
order by k.case_id;
