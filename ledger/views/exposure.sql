-- What periodic penalties have come to by today if nothing ended them: exposure, not a debt. Every day counts at the rate that it had. Where it cannot be reckoned, not_known says why; a stay that still lasts is left out.
-- until: The day up to which it is reckoned.
-- days: Days that count, stays left out.
-- exposure_minor: What it has come to, at most the cap, in minor units; empty where it cannot be reckoned.
-- not_known: Why it cannot be reckoned.
with told as (
    select
        p.case_id,
        p.order_ref,
        p.unit,
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
            when exists (
                select 1
                from penalty_rates r
                where r.case_id = p.case_id
                    and r.order_ref = p.order_ref
                    and r.rate_no > 1
                    and r.applies_from is null
            ) then 'the day on which the rate changed is not known'
        end as not_known
    from periodic_penalties p
    join cases c on c.case_id = p.case_id
    where c.case_id in (select case_id from cases_counted)
),
spans as (
    select
        t.case_id,
        t.order_ref,
        r.rate_no,
        r.unit,
        r.rate_minor,
        max(0, cast(julianday(min(t.until, coalesce(r.applies_until, t.until)))
            - julianday(max(t.accrues_from, coalesce(r.applies_from, t.accrues_from))) as integer)
            + 1 - r.suspended_days) as days
    from told t
    join penalty_rates r on r.case_id = t.case_id and r.order_ref = t.order_ref
    where t.not_known is null
),
counted as (
    select *, sum(days) over (partition by case_id, order_ref, unit order by rate_no) as reached
    from spans
),
reckoned as (
    select
        case_id,
        order_ref,
        sum(days) as days,
        sum(rate_minor * case unit
            when 'calendar_day' then days
            else reached / 7 - (reached - days) / 7
        end) as accrued_minor,
        case
            when max(days > 0 and rate_minor is null) then 'the rate is not known for all days'
            when max(days > 0 and unit not in ('calendar_day', 'week'))
                then 'the unit needs a calendar: the command caseledger exposure reckons it'
        end as not_known
    from counted
    group by case_id, order_ref
)
select
    t.case_id,
    t.order_ref,
    t.unit,
    t.accrues_from,
    iif(coalesce(t.not_known, r.not_known) is null, t.until, null) as until,
    iif(r.not_known is null, r.days, null) as days,
    t.suspended_days,
    t.currency,
    t.digits,
    iif(r.not_known is null, min(r.accrued_minor, coalesce(t.cap_minor, r.accrued_minor)), null)
        as exposure_minor,
    coalesce(t.not_known, r.not_known) as not_known,
    t.liquidated_minor,
    t.cap_minor,
    t.last_event
from told t
left join reckoned r on r.case_id = t.case_id and r.order_ref = t.order_ref
order by t.case_id, t.order_ref;
