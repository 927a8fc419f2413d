-- What periodic penalties have come to by today if nothing ended them: exposure, not a debt. Where it cannot be reckoned, not_known says why; a stay that still lasts is left out.
-- until: The day up to which it is reckoned.
-- days: Days that count, stays left out.
-- exposure_minor: What it has come to, at most the cap, in minor units; empty where it cannot be reckoned.
-- not_known: Why it cannot be reckoned.
with told as (
    select
        p.case_id,
        p.order_ref,
        p.unit,
        p.rate_minor,
        p.accrues_from,
        p.suspended_days,
        p.currency,
        p.digits,
        p.liquidated_minor,
        p.cap_minor,
        p.last_event,
        min(
            substr(coalesce(p.accrues_until, date('now')) || '-01-01', 1, 10),
            substr(coalesce(date(p.suspended_from, '-1 day'), date('now')) || '-01-01', 1, 10),
            date('now')
        ) as until,
        case
            when p.rate_minor is null then 'the rate is not known'
            when p.accrues_from is null then 'it is not known from when it accrues'
            when length(p.accrues_from) < 10 then 'the day from which it accrues is not known'
            when p.unit not in ('calendar_day', 'week')
                then 'the unit needs a calendar: the command caseledger exposure reckons it'
        end as not_known
    from periodic_penalties p
    join cases c on c.case_id = p.case_id
    where c.counted_in is null
),
counted as (
    select
        t.case_id,
        t.order_ref,
        max(0, cast(julianday(t.until) - julianday(t.accrues_from) as integer) + 1
            - t.suspended_days) as days
    from told t
    where t.not_known is null
),
reckoned as (
    select
        k.case_id,
        k.order_ref,
        k.days,
        t.rate_minor * case t.unit
            when 'calendar_day' then k.days
            else k.days / 7
        end as accrued_minor
    from counted k
    join told t on t.case_id = k.case_id and t.order_ref = k.order_ref
)
select
    t.case_id,
    t.order_ref,
    t.unit,
    t.accrues_from,
    iif(t.not_known is null, t.until, null) as until,
    r.days,
    t.suspended_days,
    t.currency,
    t.digits,
    min(r.accrued_minor, coalesce(t.cap_minor, r.accrued_minor)) as exposure_minor,
    t.not_known,
    t.liquidated_minor,
    t.cap_minor,
    t.last_event
from told t
left join reckoned r on r.case_id = t.case_id and r.order_ref = t.order_ref
order by t.case_id, t.order_ref;
